/* SPDX-License-Identifier: GPL-2.0 */
/* A core's TLB for user addresses, and which address spaces it holds. Not modelled: huge pages, a
 * second level, entries of kernel addresses (their invalidation is charged only). */
#ifndef ARCH_SIM_MM_TLB_H
#define ARCH_SIM_MM_TLB_H

#include <linux/mm_types.h>

#define TLB_ASIDS	6	/* as TLB_NR_DYN_ASIDS of x86 */

struct tlb_entry {
	u64 page;
	u64 pte;
	u64 epoch;
	u32 asid_plus_one;	/* 0: free */
};

/* What a core has loaded; x86's struct tlb_state. */
struct tlb_state {
	struct mm_struct *mm;
	u32 asid;
	u32 next_asid;
	bool lazy;
	struct {
		u64 ctx_id;
		u64 tlb_gen;
	} ctx[TLB_ASIDS];
	u64 epoch[TLB_ASIDS];	/* entries of an earlier epoch are gone */
};

struct tlb_state *tlb_state_of(int core);
struct tlb_entry *tlb_find(u64 page);
void tlb_insert(u64 page, u64 pte);
void tlb_drop_entry(u64 page);

/* Invalidations of the running core, charged. */
void tlb_flush_page(u64 address);
void tlb_flush_asid(u32 asid);
void tlb_flush_all_asids(void);

pte_t *sim_walk(struct mm_struct *mm, unsigned long address);
vm_fault_t sim_fault(struct mm_struct *mm, unsigned long address, bool write);

/* stale.c: a count of frees, and whether a page was freed after the count was taken. */
void sim_stale_init(void);
u64 sim_stale_clock(void);
bool sim_stale_freed_since(unsigned long pfn, u64 clock);

#endif
