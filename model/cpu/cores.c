/* SPDX-License-Identifier: MIT */
/* Creation, conversion and accounting; who runs when is in schedule.c. */
#include "model/cpu/cores.h"

#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"

static uint64_t greatest_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

static void timer_due(void *ctx)
{
	struct core *core = ctx;

	core->timer_ticks = TICKS_NEVER;
	core->cores->ops.timer(core->cores->ops.ctx, core);
}

static void core_init(struct cores *cores, unsigned id)
{
	struct core *core = &cores->core[id];

	core->id = id;
	core->state = CORE_OFF;
	core->cores = cores;
	core->category = cores->cfg.category_idle;
	core->interruptible_from = TICKS_NEVER;
	core->takeable_from = TICKS_NEVER;
	core->timer_ticks = TICKS_NEVER;
	event_init(&core->timer, "core timer", PHASE_INTERRUPT, timer_due, core);
}

int cores_create(struct cores **out, struct sim *sim, const struct cores_cfg *cfg,
		 const struct cores_ops *ops)
{
	struct cores *cores;
	uint64_t ticks_hz, divisor;

	*out = NULL;
	if (cfg->count < 1 || cfg->count > CORES_MAX)
		return sim_fail(sim, SIM_ERR_CONFIG, "%u cores; 1 to %u are possible", cfg->count,
				CORES_MAX);
	if (cfg->frequency_hz < 1000000 || cfg->frequency_hz > 100000000000ULL)
		return sim_fail(sim, SIM_ERR_CONFIG, "a core frequency of %llu Hz is out of range",
				(unsigned long long)cfg->frequency_hz);
	cores = calloc(1, sizeof(*cores));
	if (!cores)
		return sim_fail(sim, SIM_ERR_MEMORY, "no memory for the cores");
	cores->sim = sim;
	cores->cfg = *cfg;
	cores->ops = *ops;
	ticks_hz = cfg->frequency_hz * TICKS_PER_CYCLE;
	divisor = greatest_divisor(PS_PER_S, ticks_hz);
	cores->tick_num = PS_PER_S / divisor;
	cores->tick_den = ticks_hz / divisor;
	cores->interleave_ticks = cores_ticks(cores, cfg->interleave);
	cores->own_horizon = TICKS_NEVER;
	cores->horizon = &cores->own_horizon;
	cores->limit = TICKS_NEVER;
	cores->look = TICKS_NEVER;
	cores->next_ps = UINT64_MAX;
	cores->next_ticks = TICKS_NEVER;
	for (unsigned id = 0; id < cfg->count; id++)
		core_init(cores, id);
	*out = cores;
	return SIM_OK;
}

void cores_destroy(struct cores *cores)
{
	if (!cores)
		return;
	for (unsigned id = 0; id < cores->cfg.count; id++)
		engine_cancel(cores->sim->engine, &cores->core[id].timer);
	free(cores);
}

void cores_set_horizon_variable(struct cores *cores, uint64_t *horizon)
{
	cores->horizon = horizon;
}

uint64_t cores_ticks(const struct cores *cores, struct dur d)
{
	unsigned __int128 scaled;
	uint64_t product;

	/* As in core_time: 64 bits are nearly always enough. */
	if (!__builtin_mul_overflow(d.ps, cores->tick_den, &product) &&
	    !__builtin_add_overflow(product, cores->tick_num - 1, &product))
		return product / cores->tick_num;
	scaled = (unsigned __int128)d.ps * cores->tick_den;
	return (uint64_t)((scaled + cores->tick_num - 1) / cores->tick_num);
}

bool cores_same_socket(const struct cores *cores, unsigned a, unsigned b)
{
	unsigned sockets = cores->cfg.sockets ? cores->cfg.sockets : 1;
	unsigned each = (cores->cfg.count + sockets - 1) / sockets;

	return a / each == b / each;
}

/* 64 bits hold the product for 9 hours of simulated time at any ratio a real frequency gives; the
 * wide path serves the rest. */
struct at core_time(const struct core *core)
{
	const struct cores *cores = core->cores;
	uint64_t product;

	if (!__builtin_mul_overflow(core->ticks, cores->tick_num, &product))
		return at_ps(product / cores->tick_den);
	return at_ps((uint64_t)((unsigned __int128)core->ticks * cores->tick_num /
				cores->tick_den));
}

void core_start(struct cores *cores, unsigned id, void *slot)
{
	struct core *core = &cores->core[id];
	uint64_t now = cores->running ? cores->running->ticks
				      : cores_ticks(cores, dur_ps(sim_now(cores->sim).ps));

	ASSERT(id < cores->cfg.count && core->state == CORE_OFF);
	core->resume = slot;
	core->ticks = now;
	core->spent[core->category] += now - core->since;
	core->since = now;
	core->category = cores->cfg.category_start;
	core->state = CORE_READY;
	if (cores->running)
		cores_refresh_horizon(cores);
}

unsigned core_category(struct core *core, unsigned category)
{
	unsigned former = core->category;

	core->spent[former] += core->ticks - core->since;
	core->since = core->ticks;
	core->category = category;
	return former;
}

/* A core may be a block ahead of `when`; what lies behind it is taken back from the category that
 * was just spent on, and from its neighbours if that is too little. */
static void take_back(uint64_t spent[CORE_CATEGORIES], unsigned from, uint64_t ticks)
{
	for (unsigned i = 0; i < CORE_CATEGORIES && ticks; i++) {
		unsigned category = (from + i) % CORE_CATEGORIES;
		uint64_t part = spent[category] < ticks ? spent[category] : ticks;

		spent[category] -= part;
		ticks -= part;
	}
}

void core_spent(const struct core *core, struct at when, uint64_t spent[CORE_CATEGORIES])
{
	uint64_t end = cores_ticks(core->cores, dur_ps(when.ps));

	memcpy(spent, core->spent, sizeof(core->spent));
	if (end >= core->since)
		spent[core->category] += end - core->since;
	else
		take_back(spent, core->category, core->since - end);
}
