/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_MMU_H
#define _ASM_SIM_MMU_H

#include <linux/types.h>
#include <linux/atomic.h>

/* As on x86: a number per address space, and a count of its changes. */
typedef struct {
	u64 ctx_id;
	atomic64_t tlb_gen;
} mm_context_t;

#endif
