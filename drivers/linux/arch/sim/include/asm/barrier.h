/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_BARRIER_H
#define _ASM_SIM_BARRIER_H

#include <asm/vdso/processor.h>

/*
 * The simulated cores are sequentially consistent: a full barrier only costs time. The pass charges
 * the comment. Read, write and DMA barriers are free on x86 too (write-back memory is ordered).
 */
#define mb()		asm volatile("# full-barrier" : : : "memory")
#define rmb()		barrier()
#define wmb()		barrier()
#define dma_rmb()	barrier()
#define dma_wmb()	barrier()
#define __smp_mb()	asm volatile("# full-barrier" : : : "memory")
#define __smp_rmb()	barrier()
#define __smp_wmb()	barrier()

/* A locked instruction is a full barrier already. */
#define __smp_mb__before_atomic()	barrier()
#define __smp_mb__after_atomic()	barrier()

#include <asm-generic/barrier.h>

#endif
