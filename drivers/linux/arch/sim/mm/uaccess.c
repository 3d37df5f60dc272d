// SPDX-License-Identifier: GPL-2.0
/* Access to user memory: TLB, walk, fault, then the copy in simulated RAM. */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>
#include <asm/plat.h>
#include "../kernel/sim.h"
#include "tlb.h"

/* Every round installs an entry or fails; others can only take it away so often. */
#define MAX_ROUNDS 64

static bool is_enough(u64 pte, bool write)
{
	u64 need = _PAGE_PRESENT | _PAGE_USER | (write ? _PAGE_RW : 0);

	return (pte & need) == need;
}

static bool hit(struct tlb_entry *entry, bool write)
{
	return entry && is_enough(entry->pte, write) && (!write || (entry->pte & _PAGE_DIRTY));
}

/* Physical address, or 0: page 0 is no RAM that the kernel uses. */
static u64 translate(unsigned long address, bool write)
{
	struct mm_struct *mm = current->mm ?: current->active_mm;
	u64 page = address >> PAGE_SHIFT;
	struct tlb_entry *entry;
	pte_t *pte;
	int round;

	if (address >= TASK_SIZE)
		return 0;
	for (round = 0; round < MAX_ROUNDS; round++) {
		entry = tlb_find(page);
		if (hit(entry, write))
			return (entry->pte & _PFN_MASK) | offset_in_page(address);
		pte = sim_walk(mm, address);
		if (pte && is_enough(pte_val(*pte), write)) {
			pte->pte |= _PAGE_ACCESSED | (write ? _PAGE_DIRTY : 0);
			tlb_insert(page, pte_val(*pte));
			return (pte_val(*pte) & _PFN_MASK) | offset_in_page(address);
		}
		tlb_drop_entry(page);	/* a fault does so in hardware */
		if (!current->mm || faulthandler_disabled() || irqs_disabled())
			return 0;
		if (sim_fault(mm, address, write) & VM_FAULT_ERROR)
			return 0;
	}
	pr_err("sim: endless page fault at %lx\n", address);
	return 0;
}

unsigned long sim_user_copy(unsigned long address, void *buffer, unsigned long bytes, bool write)
{
	while (bytes) {
		unsigned long part = min(bytes, PAGE_SIZE - offset_in_page(address));
		u64 physical = translate(address, write);

		if (!physical)
			break;
		plat_charge(PLAT_COST_USER_COPY, part);
		if (write)
			sim_copy_uncharged(__va(physical), buffer, part);
		else
			sim_copy_uncharged(buffer, __va(physical), part);
		address += part;
		buffer += part;
		bytes -= part;
	}
	return bytes;
}
EXPORT_SYMBOL(sim_user_copy);

unsigned long sim_user_clear(unsigned long address, unsigned long bytes)
{
	while (bytes) {
		unsigned long part = min(bytes, PAGE_SIZE - offset_in_page(address));
		u64 physical = translate(address, true);

		if (!physical)
			break;
		memset(__va(physical), 0, part);
		address += part;
		bytes -= part;
	}
	return bytes;
}
EXPORT_SYMBOL(sim_user_clear);
