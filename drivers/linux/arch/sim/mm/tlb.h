/* SPDX-License-Identifier: GPL-2.0 */
/* What user memory's files have of each other. The TLBs themselves are the simulator's
 * (asm/plat_mm.h); which address spaces they hold is the kernel's to know. */
#ifndef ARCH_SIM_MM_TLB_H
#define ARCH_SIM_MM_TLB_H

#include <linux/mm_types.h>

#define SIM_ASIDS_DYNAMIC	6	/* as TLB_NR_DYN_ASIDS of x86 */
#define SIM_ASIDS		256	/* the rest: one address space each, for broadcasts */

/* What a core has loaded; x86's struct tlb_state. */
struct tlb_state {
	struct mm_struct *mm;
	u32 asid;
	u32 next_asid;
	bool lazy;
	struct {
		u64 ctx_id;
		u64 tlb_gen;
	} ctx[SIM_ASIDS_DYNAMIC];
};

vm_fault_t sim_fault(struct mm_struct *mm, unsigned long address, bool write);

/* stale.c: a count of frees, and whether a page was freed after the count was taken. */
void sim_stale_init(void);
u64 sim_stale_clock(void);
/* A core used an entry that the table does not have any more. */
void sim_stale_used(struct mm_struct *mm, unsigned long address, bool write, u64 entry, u64 now,
		    u64 clock);

#endif
