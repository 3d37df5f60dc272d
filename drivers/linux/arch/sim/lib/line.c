// SPDX-License-Identifier: GPL-2.0
/*
 * Which core wrote a cache line last. Kept for the lines of spinlocks only, in a table by the
 * line's address: two lines 4 MiB apart share an entry and may be taken for each other.
 */
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <asm/plat.h>
#include "../kernel/sim.h"

static_assert(offsetof(struct plat_cpu, id) == SIM_CPU_ID);
static_assert(PLAT_RAM_BASE == SIM_RAM_BASE);

u8 sim_line_owner[1 << SIM_LINE_BITS];

/* Called by sim_line_taken_thunk when the owner changes. */
void sim_line_moved(u8 *owner)
{
	unsigned int from = *owner;

	*owner = plat_cpu.id;
	plat_line_transfer(from);
}
