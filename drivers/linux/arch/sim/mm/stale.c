// SPDX-License-Identifier: GPL-2.0
/* Stale TLB entries. Between the change of a table and the flush every core may use the old entry:
 * that is the architecture, and mm knows it (mm_tlb_flush_pending). A use when no flush is under
 * way, or of a page that was freed since, lets a task reach memory that is somebody else's. */
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <asm/plat_mm.h>
#include "tlb.h"

static u64 frees;
static u64 *freed_at;

void __init sim_stale_init(void)
{
	freed_at = memblock_alloc(max_pfn * sizeof(*freed_at), PAGE_SIZE);
}

void arch_free_page(struct page *page, int order)
{
	unsigned long pfn = page_to_pfn(page), end = pfn + (1UL << order);

	frees++;
	while (freed_at && pfn < end)
		freed_at[pfn++] = frees;
}

u64 sim_stale_clock(void)
{
	return frees;
}

static bool freed_since(unsigned long pfn, u64 clock)
{
	return pfn < max_pfn && freed_at[pfn] > clock;
}

/* fork write-protects its parent's pages and flushes at the end, with the lock for writing. */
static bool is_written_to(struct mm_struct *mm)
{
	return atomic_long_read(&mm->mmap_lock.count) & 1;
}

/* Is somebody between the change and the flush? Tables change under their lock. */
static bool is_flush_under_way(struct mm_struct *mm, unsigned long address)
{
	pud_t *pud;
	pmd_t *pmd = NULL;
	p4d_t *p4d = p4d_offset(pgd_offset(mm, address), address);

	if (mm_tlb_flush_pending(mm) || atomic_read(&mm->tlb_flush_batched) || is_written_to(mm) ||
	    spin_is_locked(&mm->page_table_lock))
		return true;
	if (p4d_present(*p4d)) {
		pud = pud_offset(p4d, address);
		if (pud_present(*pud))
			pmd = pmd_offset(pud, address);
	}
	return pmd && pmd_present(*pmd) && !pmd_leaf(*pmd) && spin_is_locked(pte_lockptr(mm, pmd));
}

void sim_stale_used(struct mm_struct *mm, unsigned long address, bool write, u64 entry, u64 now,
		    u64 clock)
{
	unsigned long pfn = (entry & _PFN_MASK) >> PAGE_SHIFT;
	bool freed = freed_since(pfn, clock);
	bool hole = freed || !is_flush_under_way(mm, address);

	plat_tlb_stale(hole);
	if (!hole)
		return;
	pr_err_ratelimited("sim: stale TLB entry: core %d %s %lx in page %lx %s (table: %llx)\n",
			   smp_processor_id(), write ? "wrote" : "read", address, pfn,
			   freed ? "that was freed" : "while no flush was under way", now);
}
