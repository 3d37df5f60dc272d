// SPDX-License-Identifier: GPL-2.0
/* Page tables of the kernel, protection bits of user mappings. */
#include <linux/memblock.h>
#include <linux/mm.h>
#include <asm/mmu_context.h>
#include "../kernel/sim.h"
#include "tlb.h"

pgd_t swapper_pg_dir[PTRS_PER_PGD] __page_aligned_bss;
void *empty_zero_page;
EXPORT_SYMBOL(empty_zero_page);

/* Execution is not a right of its own: nothing is executed from simulated pages. */
static const pgprot_t protection_map[16] = {
	[VM_NONE]					= PAGE_NONE,
	[VM_READ]					= PAGE_READONLY,
	[VM_WRITE]					= PAGE_COPY,
	[VM_WRITE | VM_READ]				= PAGE_COPY,
	[VM_EXEC]					= PAGE_READONLY,
	[VM_EXEC | VM_READ]				= PAGE_READONLY,
	[VM_EXEC | VM_WRITE]				= PAGE_COPY,
	[VM_EXEC | VM_WRITE | VM_READ]			= PAGE_COPY,
	[VM_SHARED]					= PAGE_NONE,
	[VM_SHARED | VM_READ]				= PAGE_READONLY,
	[VM_SHARED | VM_WRITE]				= PAGE_SHARED,
	[VM_SHARED | VM_WRITE | VM_READ]		= PAGE_SHARED,
	[VM_SHARED | VM_EXEC]				= PAGE_READONLY,
	[VM_SHARED | VM_EXEC | VM_READ]			= PAGE_READONLY,
	[VM_SHARED | VM_EXEC | VM_WRITE]		= PAGE_SHARED,
	[VM_SHARED | VM_EXEC | VM_WRITE | VM_READ]	= PAGE_SHARED,
};
DECLARE_VM_GET_PAGE_PROT

void __init sim_mm_init(void)
{
	empty_zero_page = memblock_alloc(PAGE_SIZE, PAGE_SIZE);
	sim_stale_init();
}
