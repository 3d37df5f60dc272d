/* SPDX-License-Identifier: MIT */
/* Where the cores' time of the window went. Ticks become picoseconds, and these whole nanoseconds, so
 * that the categories add up to cores times window exactly: what rounding left over is given to the
 * categories with the largest remainders, in their order. */
#include <stdio.h>

#include "model/machine/internal.h"

const char *const machine_category_name[PLAT_CAT_COUNT] = {
	[PLAT_CAT_SCHED] = "sched",   [PLAT_CAT_HARDIRQ] = "hardirq",
	[PLAT_CAT_SOFTIRQ] = "softirq", [PLAT_CAT_DRIVER] = "driver",
	[PLAT_CAT_STACK] = "stack",   [PLAT_CAT_DMA] = "dma",
	[PLAT_CAT_INVALIDATE] = "invalidate", [PLAT_CAT_BOUNCE] = "bounce",
	[PLAT_CAT_COPY] = "copy",     [PLAT_CAT_IPI] = "ipi",
	[PLAT_CAT_SPIN] = "spin",     [PLAT_CAT_APP] = "app",
	[PLAT_CAT_IDLE] = "idle",
};

static void spent_now(struct machine *machine, unsigned core, uint64_t spent[CORE_CATEGORIES])
{
	core_spent(&machine->cores->core[core], sim_now(&machine->sim), spent);
}

static void ideal_spent(struct machine *machine, unsigned core, uint64_t spent[CORE_CATEGORIES])
{
	spent[PLAT_CAT_APP] = ideal_application_ps(machine->ideal, core);
	spent[PLAT_CAT_DRIVER] = ideal_busy_ps(machine->ideal, core) - spent[PLAT_CAT_APP];
}

void measure_window_begin(struct machine *machine)
{
	for (unsigned c = 0; c < machine->cfg->cores.count; c++) {
		if (machine->ideal)
			ideal_spent(machine, c, machine->run.spent_from[c]);
		else
			spent_now(machine, c, machine->run.spent_from[c]);
	}
}

/* Picoseconds of every category over all cores. A core may have been a block ahead at the window's
 * begin, so that a category looks a little below what it was then: counted as nothing, and taken from
 * idle or the next category by the apportioning. */
static void sum_cores(struct machine *machine, unsigned __int128 ps[CORE_CATEGORIES])
{
	struct cores *cores = machine->cores;

	for (unsigned c = 0; c < machine->cfg->cores.count; c++) {
		uint64_t spent[CORE_CATEGORIES], idle = 0;

		spent_now(machine, c, spent);
		for (unsigned k = 0; k < PLAT_CAT_COUNT; k++) {
			uint64_t from = machine->run.spent_from[c][k];
			uint64_t ticks = spent[k] > from ? spent[k] - from : 0;

			ps[k] += (unsigned __int128)ticks * cores->tick_num / cores->tick_den;
			if (k == PLAT_CAT_IDLE)
				idle = (uint64_t)((unsigned __int128)ticks * cores->tick_num /
						  cores->tick_den);
		}
		machine->run.busy_ps[c] =
			at_since(machine->run.window_to, machine->run.window_from).ps;
		machine->run.busy_ps[c] -= idle < machine->run.busy_ps[c] ? idle
									   : machine->run.busy_ps[c];
	}
}

static void apportion(struct machine *machine, const unsigned __int128 ps[CORE_CATEGORIES])
{
	uint64_t window = at_since(machine->run.window_to, machine->run.window_from).ps;
	uint64_t total = window / PS_PER_NS * machine->cfg->cores.count;
	uint64_t *ns = machine->run.category_ns, given = 0;
	bool served[PLAT_CAT_COUNT] = { false };

	for (unsigned k = 0; k < PLAT_CAT_COUNT; k++) {
		ns[k] = (uint64_t)(ps[k] / PS_PER_NS);
		given += ns[k];
	}
	while (given < total) {
		unsigned best = PLAT_CAT_COUNT;

		for (unsigned k = 0; k < PLAT_CAT_COUNT; k++)
			if (!served[k] && (best == PLAT_CAT_COUNT ||
					   ps[k] % PS_PER_NS > ps[best] % PS_PER_NS))
				best = k;
		if (best == PLAT_CAT_COUNT) {
			/* More than rounding: the block that crossed the window's edge. */
			ns[PLAT_CAT_SCHED] += total - given;
			return;
		}
		served[best] = true;
		ns[best]++;
		given++;
	}
	for (unsigned k = 0; k < PLAT_CAT_COUNT && given > total; k++) {
		uint64_t over = given - total < ns[k] ? given - total : ns[k];

		ns[k] -= over;
		given -= over;
	}
}

static void measure_ideal(struct machine *machine, unsigned __int128 ps[CORE_CATEGORIES])
{
	uint64_t window = at_since(machine->run.window_to, machine->run.window_from).ps;

	for (unsigned c = 0; c < machine->cfg->cores.count; c++) {
		const uint64_t *from = machine->run.spent_from[c];
		uint64_t spent[CORE_CATEGORIES], driver, app;

		ideal_spent(machine, c, spent);
		driver = spent[PLAT_CAT_DRIVER] - from[PLAT_CAT_DRIVER];
		app = spent[PLAT_CAT_APP] - from[PLAT_CAT_APP];
		driver = driver < window ? driver : window;
		app = app < window - driver ? app : window - driver;
		machine->run.busy_ps[c] = driver + app;
		ps[PLAT_CAT_DRIVER] += driver;
		ps[PLAT_CAT_APP] += app;
		ps[PLAT_CAT_IDLE] += window - driver - app;
	}
}

void measure_window_end(struct machine *machine)
{
	unsigned __int128 ps[CORE_CATEGORIES] = { 0 };

	if (machine->ideal)
		measure_ideal(machine, ps);
	else
		sum_cores(machine, ps);
	apportion(machine, ps);
}

static uint64_t category_ns(void *ctx)
{
	struct measure_share *share = ctx;

	return share->machine->run.category_ns[share->index];
}

static void core_busy(void *ctx, uint64_t *num, uint64_t *den)
{
	struct measure_share *share = ctx;

	*num = share->machine->run.busy_ps[share->index];
	*den = share->machine->run.window_open
		       ? 0
		       : at_since(share->machine->run.window_to, share->machine->run.window_from).ps;
}

static void all_busy(void *ctx, uint64_t *num, uint64_t *den)
{
	struct machine *machine = ctx;

	*num = *den = 0;
	for (unsigned c = 0; c < machine->cfg->cores.count; c++) {
		struct measure_share share = { machine, c };
		uint64_t core_num, core_den;

		core_busy(&share, &core_num, &core_den);
		*num += core_num;
		*den += core_den;
	}
}

static struct measure_share *share_of(struct machine *machine, unsigned index)
{
	struct measure_share *share = &machine->share[index];

	share->machine = machine;
	share->index = index;
	return share;
}

void measure_register(struct machine *machine)
{
	struct stats *stats = machine->sim.stats;
	char name[64];

	for (unsigned k = 0; k < PLAT_CAT_COUNT; k++) {
		snprintf(name, sizeof(name), "cpu.time_ns.%s", machine_category_name[k]);
		stats_level_fn(stats, name, category_ns, share_of(machine, k));
	}
	for (unsigned c = 0; c < machine->cfg->cores.count; c++) {
		snprintf(name, sizeof(name), "cpu%u.busy", c);
		stats_ratio_fn(stats, name, core_busy, share_of(machine, c));
	}
	stats_ratio_fn(stats, "cpu.busy", all_busy, machine);
}
