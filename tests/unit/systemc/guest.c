/* SPDX-License-Identifier: MIT */
#include "tests/unit/systemc/guest.h"

#include <stdlib.h>

#include "model/core/random.h"
#include "model/cpu/context.h"
#include "model/cpu/cores.h"

#define CORES        3u
#define STACK_BYTES  (64u << 10)
#define POKES        16u
#define TICKS_PER_NS 48u        /* 3 GHz */
#define RELAX_NS     40u
#define HALT_EXIT_NS 100u

struct poke {
	struct event event;
	struct at planned;
};

static struct {
	struct order *order;
	struct sim sim;
	struct cores *cores;
	void *stack[CORES], *slot[CORES];
	struct random events, work;
	struct event odd, grid, own_poke, end;
	struct poke poke[POKES];
	uint64_t flag, flag_ps;
} guest;

static void note(uint64_t ps, uint64_t who)
{
	order_note(guest.order, ACTOR_GUEST, ps);
	digest_u64(&guest.order->guest, ps);
	digest_u64(&guest.order->guest, who);
}

static uint64_t now_ps(void)
{
	return sim_now(&guest.sim).ps;
}

static struct core *self(void)
{
	return guest.cores->running;
}

/* ---- events ---- */

static void odd(void *ctx)
{
	note(now_ps(), 100);
	engine_schedule_in(guest.sim.engine, &guest.odd,
			   dur_ps(1 + random_below(&guest.events, 60000)));
}

/* Whole nanoseconds, where foreign processes and charges of cores meet it. */
static void grid(void *ctx)
{
	note(now_ps(), 101);
	engine_schedule_in(guest.sim.engine, &guest.grid,
			   dur_ns(1 + random_below(&guest.events, 50)));
}

static void change(void)
{
	guest.flag++;
	guest.flag_ps = now_ps();
	core_set_pending(&guest.cores->core[1], true);
}

static void own_poke(void *ctx)
{
	note(now_ps(), 102);
	change();
	engine_schedule_in(guest.sim.engine, &guest.own_poke,
			   dur_ns(500 + random_below(&guest.events, 3000)));
}

static void foreign_poke(void *ctx)
{
	struct poke *poke = ctx;

	note(now_ps(), 103);
	guest.order->pokes++;
	if (now_ps() != poke->planned.ps)
		guest.order->late++;
	change();
}

int guest_poke(struct at when)
{
	for (unsigned i = 0; i < POKES; i++)
		if (!event_pending(&guest.poke[i].event)) {
			guest.poke[i].planned = when;
			engine_schedule(guest.sim.engine, &guest.poke[i].event, when);
			return 1;
		}
	return 0;
}

static void end(void *ctx)
{
	engine_stop(guest.sim.engine);
}

/* ---- software of the cores ---- */

static void worker(void *arg)
{
	for (;;) {
		uint64_t kind = random_below(&guest.work, 64);
		uint64_t ticks = 1 + random_below(&guest.work, 3000);

		/* Many to the nanosecond, a few so long that much happens meanwhile. */
		if (kind < 32)
			ticks = ticks / TICKS_PER_NS * TICKS_PER_NS + TICKS_PER_NS;
		else if (kind == 63)
			ticks *= 20;
		core_charge(self(), ticks);
		if (kind & 1)
			core_sync(self());
		note(core_time(self()).ps, 0);
	}
}

static void sleeper(void *arg)
{
	for (;;) {
		uint64_t ps;

		core_halt(self());
		ps = core_time(self()).ps;
		note(ps, 1);
		guest.order->wakes++;
		/* Conversion to ticks rounds up, and so does the latency's. */
		if (ps - guest.flag_ps > HALT_EXIT_NS * PS_PER_NS + 42)
			guest.order->late++;
		core_set_pending(self(), false);
	}
}

static void spinner(void *arg)
{
	for (;;) {
		uint64_t seen = guest.flag;
		uint64_t ps;

		while (guest.flag == seen)
			core_relax(self());
		ps = core_time(self()).ps;
		note(ps, 2);
		guest.order->spins++;
		if (ps - guest.flag_ps > RELAX_NS * PS_PER_NS)
			guest.order->late++;
	}
}

/* ---- surroundings of the cores ---- */

static void exchange(void *ctx, struct core *core)
{
}

static bool masked(void *ctx, struct core *core)
{
	return false;
}

static void timer(void *ctx, struct core *core)
{
	core_set_pending(core, true);
}

static void start_core(unsigned id, void (*fn)(void *))
{
	guest.stack[id] = malloc(STACK_BYTES);
	context_make(&guest.slot[id], guest.stack[id], STACK_BYTES, fn, NULL);
	core_start(guest.cores, id, guest.slot[id]);
}

static void start_event(struct event *event, void (*fn)(void *), struct at when)
{
	event_init(event, "guest", PHASE_DEVICE, fn, NULL);
	engine_schedule(guest.sim.engine, event, when);
}

void guest_create(struct order *order, struct dur interleave, struct at last)
{
	struct cores_cfg cfg = { .count = CORES,
				 .frequency_hz = 3000000000ULL,
				 .interleave = interleave,
				 .relax = dur_ns(RELAX_NS),
				 .idle_state = { { .exit = dur_ns(HALT_EXIT_NS) } },
				 .idle_states = 1,
				 .categories = 3,
				 .category_start = 0,
				 .category_idle = 1 };
	struct cores_ops ops = { exchange, exchange, masked, exchange, timer, NULL };

	guest.order = order;
	guest.sim.engine = engine_create();
	digest_init(&order->guest, 1);
	random_init(&guest.events, 1, "events");
	random_init(&guest.work, 1, "work");
	order->error = cores_create(&guest.cores, &guest.sim, &cfg, &ops);
	if (order->error)
		return;
	for (unsigned i = 0; i < POKES; i++)
		event_init(&guest.poke[i].event, "foreign", PHASE_DEVICE, foreign_poke,
			   &guest.poke[i]);
	start_event(&guest.odd, odd, at_ps(1));
	start_event(&guest.grid, grid, at_ps(0));
	start_event(&guest.own_poke, own_poke, at_ps(PS_PER_US));
	start_event(&guest.end, end, last);
	start_core(0, worker);
	start_core(1, sleeper);
	start_core(2, spinner);
}

void guest_destroy(void)
{
	cores_destroy(guest.cores);
	engine_destroy(guest.sim.engine);
	for (unsigned i = 0; i < CORES; i++)
		free(guest.stack[i]);
}

struct at guest_step(void *ctx, struct at limit)
{
	struct at next = cores_run(guest.cores, limit);

	return engine_stopped(guest.sim.engine) ? AT_NEVER : next;
}
