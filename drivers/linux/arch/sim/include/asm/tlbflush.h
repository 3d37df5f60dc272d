/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_TLBFLUSH_H
#define _ASM_SIM_TLBFLUSH_H

#include <linux/mm_types.h>
#include <linux/smp.h>
#include <asm/pgtable.h>
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

/*
 * x86's rules (arch/x86/include/asm/tlbflush.h): no core has an entry that was not present; a dirty
 * or accessed bit that is set, and for small pages an accessed bit that goes, may be found out
 * later.
 */
static inline bool sim_flags_need_flush(unsigned long old, unsigned long new, bool ignore_access)
{
	unsigned long on_clear = _PAGE_DIRTY | _PAGE_PRESENT |
				 (ignore_access ? 0 : _PAGE_ACCESSED);
	unsigned long on_change = _PAGE_RW | _PAGE_USER | _PAGE_PSE | _PFN_MASK;
	unsigned long changed = old ^ new;

	if (!(old & _PAGE_PRESENT))
		return false;
	return (old & changed & on_clear) || (changed & on_change);
}

static inline bool pte_needs_flush(pte_t old, pte_t new)
{
	return sim_flags_need_flush(pte_val(old), pte_val(new), true);
}
#define pte_needs_flush pte_needs_flush

static inline bool huge_pmd_needs_flush(pmd_t old, pmd_t new)
{
	return sim_flags_need_flush(pmd_val(old), pmd_val(new), false);
}
#define huge_pmd_needs_flush huge_pmd_needs_flush

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
