/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_TLB_H
#define _ASM_SIM_TLB_H

#include <asm/tlbflush.h>

struct mmu_gather;
#define tlb_flush tlb_flush
static inline void tlb_flush(struct mmu_gather *tlb);

#include <asm-generic/tlb.h>

static inline void tlb_flush(struct mmu_gather *tlb)
{
	unsigned long start = 0, end = TLB_FLUSH_ALL;

	if (!tlb->fullmm && !tlb->need_flush_all) {
		start = tlb->start;
		end = tlb->end;
	}
	flush_tlb_mm_range(tlb->mm, start, end, tlb_get_unmap_shift(tlb), tlb->freed_tables);
}

#endif
