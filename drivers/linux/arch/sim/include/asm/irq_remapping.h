/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_IRQ_REMAPPING_H
#define _ASM_SIM_IRQ_REMAPPING_H

/* What drivers/iommu/intel names of x86's header; its driver for
 * remapping is not there (arch/sim/kernel/irq_remap.c is). */
enum { IRQ_REMAP_XAPIC_MODE, IRQ_REMAP_X2APIC_MODE };

int dmar_alloc_hwirq(int id, int node, void *arg);
void dmar_free_hwirq(int irq);

static inline void panic_if_irq_remap(const char *message)
{
}

#endif
