// SPDX-License-Identifier: GPL-2.0
/* When was a page freed last? A TLB entry that is older than that and is still used lets a task reach
 * memory that is somebody else's. */
#include <linux/memblock.h>
#include <linux/mm.h>
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

bool sim_stale_freed_since(unsigned long pfn, u64 clock)
{
	return pfn < max_pfn && freed_at[pfn] > clock;
}
