/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_MMU_H
#define _ASM_SIM_MMU_H

#include <linux/types.h>
#include <linux/atomic.h>

/* As on x86: a number per address space, and a count of its changes. global_asid: the tag that all
 * cores use for it where hardware broadcasts invalidations, 0 = none yet. */
typedef struct {
	u64 ctx_id;
	atomic64_t tlb_gen;
	u32 global_asid;
} mm_context_t;

#endif
