// SPDX-License-Identifier: GPL-2.0
/* Pages that are free or in use for a purpose the kernel counts: what is missing has leaked. */
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/swap.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>
#include "mm.h"

/* With what cores have not yet added to the global count. */
static long node_count(enum node_stat_item item)
{
	struct pglist_data *pgdat = NODE_DATA(0);
	long sum = atomic_long_read(&pgdat->vm_stat[item]);
	int core;

	for_each_online_cpu(core)
		sum += per_cpu_ptr(pgdat->per_cpu_nodestats, core)->vm_node_stat_diff[item];
	return sum;
}

static long free_pages_now(void)
{
	struct zone *zone;
	long sum = 0;

	for_each_populated_zone(zone)
		sum += zone_page_state_snapshot(zone, NR_FREE_PAGES);
	return sum;
}

/* What reads of huge pages find that nobody has written to; the kernel keeps it until memory is
 * short. */
static long huge_zero_pages(void)
{
	return READ_ONCE(huge_zero_folio) ? HPAGE_PMD_NR : 0;
}

void kw_mm_tell_events(void)
{
	unsigned long count[NR_VM_EVENT_ITEMS];

	all_vm_events(count);
	pr_info("mm: %lu pages migrated, %lu huge pages made, %lu mapped by small ones\n",
		count[PGMIGRATE_SUCCESS], count[THP_FAULT_ALLOC], count[THP_SPLIT_PMD]);
}

long kw_mm_pages(void)
{
	/* Page tables and the like are freed by RCU; lists of a core's own hold pages back. */
	rcu_barrier();
	lru_add_drain_all();
	drain_all_pages(NULL);
	return free_pages_now() + huge_zero_pages() +
	       node_count(NR_ANON_MAPPED) + node_count(NR_FILE_PAGES) +
	       node_count(NR_PAGETABLE) + node_count(NR_SLAB_RECLAIMABLE_B) +
	       node_count(NR_SLAB_UNRECLAIMABLE_B) +
	       (node_count(NR_KERNEL_STACK_KB) << 10 >> PAGE_SHIFT) + vmalloc_nr_pages();
}
