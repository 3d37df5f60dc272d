/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_TLBFLUSH_H
#define _ASM_SIM_TLBFLUSH_H

#include <linux/mm_types.h>
#include <linux/smp.h>
#include <asm/tlbbatch.h>

#define TLB_FLUSH_ALL	-1UL

void flush_tlb_all(void);
void flush_tlb_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end,
			unsigned int stride_shift, bool freed_tables);
void flush_tlb_kernel_range(unsigned long start, unsigned long end);
void arch_tlbbatch_flush(struct arch_tlbflush_unmap_batch *batch);

#define flush_tlb_mm(mm) \
	flush_tlb_mm_range(mm, 0UL, TLB_FLUSH_ALL, 0UL, true)
#define flush_tlb_range(vma, start, end) \
	flush_tlb_mm_range((vma)->vm_mm, start, end, PAGE_SHIFT, false)
#define flush_tlb_page(vma, a) \
	flush_tlb_mm_range((vma)->vm_mm, a, (a) + PAGE_SIZE, PAGE_SHIFT, false)

static inline bool arch_tlbbatch_should_defer(struct mm_struct *mm)
{
	bool others = cpumask_any_but(mm_cpumask(mm), get_cpu()) < nr_cpu_ids;

	put_cpu();
	return others;
}

static inline void arch_tlbbatch_add_pending(struct arch_tlbflush_unmap_batch *batch,
					     struct mm_struct *mm, unsigned long address)
{
	atomic64_inc(&mm->context.tlb_gen);
	cpumask_or(&batch->cpumask, &batch->cpumask, mm_cpumask(mm));
}

static inline void arch_flush_tlb_batched_pending(struct mm_struct *mm)
{
	flush_tlb_mm(mm);
}

#endif
