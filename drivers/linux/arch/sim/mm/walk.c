// SPDX-License-Identifier: GPL-2.0
/* The walk that hardware does at a TLB miss: four reads of tables in simulated RAM at most. */
#include <linux/mm.h>
#include <asm/plat.h>
#include "tlb.h"

pte_t *sim_walk(struct mm_struct *mm, unsigned long address)
{
	p4d_t *p4d = p4d_offset(pgd_offset(mm, address), address);
	pud_t *pud;
	pmd_t *pmd;

	plat_charge(PLAT_COST_TLB_WALK, 1);
	if (!p4d_present(*p4d))
		return NULL;
	plat_charge(PLAT_COST_TLB_WALK, 1);
	pud = pud_offset(p4d, address);
	if (!pud_present(*pud))
		return NULL;
	plat_charge(PLAT_COST_TLB_WALK, 1);
	pmd = pmd_offset(pud, address);
	if (!pmd_present(*pmd))
		return NULL;
	plat_charge(PLAT_COST_TLB_WALK, 1);
	return (pte_t *)pmd_page_vaddr(*pmd) + pte_index(address);
}
