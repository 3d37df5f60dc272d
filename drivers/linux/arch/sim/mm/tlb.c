// SPDX-License-Identifier: GPL-2.0
/* The TLB as a set-associative table per core, replaced round robin. */
#include <linux/init.h>
#include <linux/moduleparam.h>
#include <linux/smp.h>
#include <asm/plat.h>
#include <asm/tlbflush.h>
#include "tlb.h"

#define MAX_ENTRIES 2048

/* The second-level TLB of Skylake-SP has 128 sets of 12 ways. */
static int tlb_sets = 128;
core_param(tlb_sets, tlb_sets, int, 0);
static int tlb_ways = 12;
core_param(tlb_ways, tlb_ways, int, 0);

static struct tlb_state states[NR_CPUS];
static struct tlb_entry entries[NR_CPUS][MAX_ENTRIES];
static u8 next_way[NR_CPUS][MAX_ENTRIES];

static int __init check_geometry(void)
{
	if (tlb_sets < 1 || tlb_ways < 1 || tlb_sets * tlb_ways > MAX_ENTRIES ||
	    tlb_sets & (tlb_sets - 1)) {
		pr_warn("sim: TLB of %d sets and %d ways is impossible, 128 x 12 is used\n",
			tlb_sets, tlb_ways);
		tlb_sets = 128;
		tlb_ways = 12;
	}
	return 0;
}
early_initcall(check_geometry);

struct tlb_state *tlb_state_of(int core)
{
	return &states[core];
}

static struct tlb_entry *set_of(u64 page)
{
	return entries[smp_processor_id()] + (page & (tlb_sets - 1)) * tlb_ways;
}

static bool is_alive(const struct tlb_entry *entry, const struct tlb_state *state)
{
	return entry->asid_plus_one && entry->epoch == state->epoch[entry->asid_plus_one - 1];
}

struct tlb_entry *tlb_find(u64 page)
{
	struct tlb_state *state = &states[smp_processor_id()];
	struct tlb_entry *set = set_of(page);
	int way;

	for (way = 0; way < tlb_ways; way++)
		if (set[way].page == page && set[way].asid_plus_one == state->asid + 1 &&
		    is_alive(&set[way], state))
			return &set[way];
	return NULL;
}

void tlb_insert(u64 page, u64 pte)
{
	struct tlb_state *state = &states[smp_processor_id()];
	struct tlb_entry *entry = tlb_find(page), *set = set_of(page);
	int way;

	for (way = 0; !entry && way < tlb_ways; way++)
		if (!is_alive(&set[way], state))
			entry = &set[way];
	if (!entry) {
		u8 *next = &next_way[smp_processor_id()][page & (tlb_sets - 1)];

		entry = &set[*next];
		*next = (*next + 1) % tlb_ways;
	}
	*entry = (struct tlb_entry){
		.page = page,
		.pte = pte,
		.epoch = state->epoch[state->asid],
		.asid_plus_one = state->asid + 1,
	};
}

void tlb_drop_entry(u64 page)
{
	struct tlb_entry *entry = tlb_find(page);

	if (entry)
		entry->asid_plus_one = 0;
}

void tlb_flush_page(u64 address)
{
	plat_charge(PLAT_COST_INVLPG, 1);
	tlb_drop_entry(address >> PAGE_SHIFT);
}

void tlb_flush_asid(u32 asid)
{
	plat_charge(PLAT_COST_TLB_FLUSH, 1);
	states[smp_processor_id()].epoch[asid]++;
}

void tlb_flush_all_asids(void)
{
	u32 asid;

	plat_charge(PLAT_COST_TLB_FLUSH, 1);
	for (asid = 0; asid < TLB_ASIDS; asid++)
		states[smp_processor_id()].epoch[asid]++;
}
