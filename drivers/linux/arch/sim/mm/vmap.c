// SPDX-License-Identifier: GPL-2.0
/* Kernel mappings: a page table entry above PAGE_OFFSET makes the RAM appear at that address. */
#include <linux/mm.h>
#include <asm/plat.h>

void sim_kernel_pte_set(unsigned long address, unsigned long pte, unsigned int count)
{
	if (pte & _PAGE_PRESENT)
		plat_kmap(address, pte & _PFN_MASK, count * PAGE_SIZE);
	else
		plat_kunmap(address, count * PAGE_SIZE);
}

void sim_kernel_pte_clear(unsigned long address)
{
	plat_kunmap(address, PAGE_SIZE);
}
