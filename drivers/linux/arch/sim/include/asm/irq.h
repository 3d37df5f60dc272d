/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_IRQ_H
#define _ASM_SIM_IRQ_H

#include <asm/plat.h>

#define NR_IRQS 1024
#define IRQ_MATRIX_BITS PLAT_VEC_COUNT

static inline int irq_canonicalize(int irq)
{
	return irq;
}

void sim_vectors_online(void);
void sim_device_vector(int vector);

#endif
