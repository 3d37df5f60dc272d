/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_BARRIER_H
#define _ASM_SIM_BARRIER_H

#include <asm/order.h>
#include <asm/vdso/processor.h>

/*
 * The simulated cores are sequentially consistent: a full barrier only costs time. The pass charges
 * the comment. Read, write and DMA barriers are free on x86 too (write-back memory is ordered).
 */
#define mb()								\
	do {								\
		sim_order_all();					\
		asm volatile("# full-barrier" : : : "memory");		\
	} while (0)
#define rmb()		do { sim_order_loads(); barrier(); } while (0)
#define wmb()		do { sim_order_stores(); barrier(); } while (0)
#define dma_rmb()	rmb()
#define dma_wmb()	wmb()
#define __smp_mb()	mb()
#define __smp_rmb()	rmb()
#define __smp_wmb()	wmb()

/* A locked instruction is a full barrier already, but not on every machine (asm/order.h). */
#define __smp_mb__before_atomic()	do { sim_order_all(); barrier(); } while (0)
#define __smp_mb__after_atomic()	do { sim_order_all(); barrier(); } while (0)

#include <asm-generic/barrier.h>

#endif
