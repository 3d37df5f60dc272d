// SPDX-License-Identifier: GPL-2.0
/* Access to user memory: TLB, walk, fault, then the access in simulated RAM. What takes time
 * happens before the last lookup, as an instruction that was interrupted starts again: the page may
 * have been taken away meanwhile. */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>
#include <asm/plat.h>
#include <asm/plat_mm.h>
#include <asm/user_task.h>
#include "../kernel/sim.h"
#include "tlb.h"

#define LOWEST_IMAGE 0x10000000UL	/* drivers/linux/CMakeLists.txt */

/* Every round installs an entry or fails; others can only take it away so often. */
#define MAX_ROUNDS 1024

/* Physical address, or 0: page 0 is no RAM that the kernel uses. */
static u64 translate(unsigned long address, bool write)
{
	struct mm_struct *mm = current->mm ?: current->active_mm;
	struct plat_tlb_answer answer;
	int round;

	if (address >= TASK_SIZE)
		return 0;
	for (round = 0; round < MAX_ROUNDS; round++) {
		unsigned long pa = plat_tlb_quick(address, write);

		if (pa)
			return pa;
		plat_tlb_access(address, write, sim_stale_clock(), &answer);
		if (answer.stale)
			sim_stale_used(mm, address, write, answer.stale_entry, answer.table_entry,
				       answer.stamp);
		if (answer.pa && !answer.reads)
			return answer.pa;
		plat_charge(PLAT_COST_TLB_WALK, answer.reads);
		if (answer.pa)
			continue;
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
		u64 physical;

		plat_charge(PLAT_COST_USER_COPY, part);
		physical = translate(address, write);
		if (!physical)
			break;
		if (write)
			plat_copy_lines(__va(physical), buffer, part);
		else
			plat_copy_lines(buffer, __va(physical), part);
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
		u64 physical;

		plat_charge(PLAT_COST_CLEAR, part);
		physical = translate(address, true);
		if (!physical)
			break;
		sim_copy_uncharged(__va(physical), page_address(ZERO_PAGE(0)), part);
		address += part;
		bytes -= part;
	}
	return bytes;
}
EXPORT_SYMBOL(sim_user_clear);

bool user_load(unsigned long address, u64 *value)
{
	u64 physical;

	user_step();
	physical = translate(address, false);
	if (physical)
		*value = READ_ONCE(*(u64 *)__va(physical));
	return physical;
}

bool user_store(unsigned long address, u64 value)
{
	u64 physical;

	user_step();
	physical = translate(address, true);
	if (physical)
		WRITE_ONCE(*(u64 *)__va(physical), value);
	return physical;
}

void *user_page(unsigned long address, bool write)
{
	u64 physical = translate(address, write);

	return physical ? __va(physical) : NULL;
}

bool user_get(void *to, unsigned long from, unsigned long bytes)
{
	user_step();
	return !sim_user_copy(from, to, bytes, false);
}

bool user_put(unsigned long to, const void *from, unsigned long bytes)
{
	user_step();
	return !sim_user_copy(to, (void *)from, bytes, true);
}

/* For those who print what may be broken: a fault in kernel code ends the machine. Kernel code, its
 * data and memory lie above the first pages. */
bool copy_from_kernel_nofault_allowed(const void *from, size_t bytes)
{
	return (unsigned long)from >= LOWEST_IMAGE;
}
