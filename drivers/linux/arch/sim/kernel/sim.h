/* SPDX-License-Identifier: GPL-2.0 */
/* What the port's files have of each other. */
#ifndef ARCH_SIM_KERNEL_SIM_H
#define ARCH_SIM_KERNEL_SIM_H

/* Entries of the table of line owners, and the core's number in struct plat_cpu. */
#define SIM_LINE_BITS	16
#define SIM_CPU_ID	24
/* PLAT_RAM_BASE, for the assembler. */
#define SIM_RAM_BASE	0x300000000000

/* In plat_lines: no core has to wait for the line (enum llc_state of model/mem/llc.h). */
#define SIM_LINE_COMMON	0xfc

#ifndef __ASSEMBLY__

#include <linux/types.h>

struct irq_domain;
struct msi_msg;
struct task_struct;

void sim_early_console(void);
void sim_mm_init(void);
void sim_timer_start(void);
/* Of the workloads: PLAT_VEC_USER came. */
void sim_user_vector(void);
void sim_line_moved(u8 *owner);
/* Interrupts for other cores are sent: if this core waits for a shootdown, it is what they ask for. */
void sim_shootdown_sent(void);
void sim_probe_mapped(dma_addr_t address);
void sim_probe_mapped_entries(int entries);
void sim_probe_mapped_table(int error);
void sim_probe_unmap(void);
void sim_copy_uncharged(void *to, const void *from, size_t bytes);

/* irq_remap.c: entries of the IOMMU's interrupt table. */
void sim_remap_init(void);
bool sim_remap_enabled(void);
int sim_remap_alloc(void);
void sim_remap_free(int index);
void sim_remap_set(int index, unsigned int sid, unsigned int core, unsigned int vector);
void sim_remap_clear(int index);
void sim_remap_compose(int index, struct msi_msg *msg);

extern struct irq_domain *sim_vector_domain;
extern struct irq_domain *sim_msi_domain;

/* Where a task's coroutine may put its frames: both ends of the stack stay free. */
void *sim_task_stack(struct task_struct *task);
unsigned long sim_task_stack_bytes(void);

#endif /* __ASSEMBLY__ */
#endif
