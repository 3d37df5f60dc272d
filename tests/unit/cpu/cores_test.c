/* SPDX-License-Identifier: MIT */
/* Simulated cores with software that is a C function a core, and no interrupt controller. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/cpu/context.h"
#include "model/cpu/cores.h"

#define STACK_BYTES (64u << 10)
#define CORES       4u
#define LOG_MAX     256u

struct rig {
	struct sim sim;
	struct cores *cores;
	bool masked[CORES];
	void *stack[CORES];
	void *slot[CORES];
	unsigned timers, ins, outs;
	struct {
		unsigned core;
		uint64_t ps;
	} log[LOG_MAX];
	unsigned logged;
	struct event event;
	uint64_t event_ps;
	uint64_t result;
};

static struct rig *rig;

static void switch_in(void *ctx, struct core *core)
{
	rig->ins++;
}

static void switch_out(void *ctx, struct core *core)
{
	rig->outs++;
}

static bool masked(void *ctx, struct core *core)
{
	return rig->masked[core->id];
}

static void pending(void *ctx, struct core *core)
{
}

static void timer(void *ctx, struct core *core)
{
	rig->timers++;
	core_set_pending(core, true);
}

static void make_rig(unsigned count, struct dur interleave)
{
	struct cores_cfg cfg = { .count = count,
				 .frequency_hz = 3000000000ULL,
				 .interleave = interleave,
				 .relax = dur_ns(40),
				 .idle_state = { { .exit = dur_ns(100) } },
				 .idle_states = 1,
				 .categories = 3,
				 .category_start = 0,
				 .category_idle = 1 };
	struct cores_ops ops = { switch_out, switch_in, masked, pending, timer, NULL };

	rig = calloc(1, sizeof(*rig));
	rig->sim.engine = engine_create();
	assert_int_equal(cores_create(&rig->cores, &rig->sim, &cfg, &ops), SIM_OK);
}

static void free_rig(void)
{
	cores_destroy(rig->cores);
	engine_destroy(rig->sim.engine);
	for (unsigned i = 0; i < CORES; i++)
		free(rig->stack[i]);
	free(rig);
}

static struct core *self(void)
{
	return rig->cores->running;
}

static void start(unsigned core, void (*fn)(void *))
{
	rig->stack[core] = malloc(STACK_BYTES);
	context_make(&rig->slot[core], rig->stack[core], STACK_BYTES, fn, NULL);
	core_start(rig->cores, core, rig->slot[core]);
}

static void note(void)
{
	rig->log[rig->logged].core = self()->id;
	rig->log[rig->logged++].ps = core_time(self()).ps;
}

static void sleep_for_ever(void)
{
	for (;;) {
		core_halt(self());
		core_set_pending(self(), false);
	}
}

static void run_to_end(void)
{
	assert_true(at_is_never(cores_run(rig->cores, AT_NEVER)));
}

/* ---- conversion ---- */

static void ticks_convert_without_accumulating_error(void **state)
{
	make_rig(1, dur_ns(100));
	/* 3 GHz: a cycle is 333.3 ps, a tick 125/6 ps. */
	rig->cores->core[0].ticks = 3 * TICKS_PER_CYCLE;
	assert_int_equal(core_time(&rig->cores->core[0]).ps, 1000);
	rig->cores->core[0].ticks = 3000000000ULL * TICKS_PER_CYCLE * 86400;
	assert_true(core_time(&rig->cores->core[0]).ps == 86400 * PS_PER_S);
	assert_true(cores_ticks(rig->cores, dur_ps(1)) == 1);
	assert_true(cores_ticks(rig->cores, dur_ns(1)) == 48);
	free_rig();
}

static void impossible_machines_are_refused(void **state)
{
	struct cores_ops ops = { switch_out, switch_in, masked, pending, timer, NULL };
	struct cores_cfg cfg = { .count = 0, .frequency_hz = 1000000000 };
	struct sim sim = { .engine = engine_create() };
	struct cores *cores;

	assert_int_equal(cores_create(&cores, &sim, &cfg, &ops), SIM_ERR_CONFIG);
	assert_null(cores);
	cfg.count = CORES_MAX + 1;
	assert_int_equal(cores_create(&cores, &sim, &cfg, &ops), SIM_ERR_CONFIG);
	cfg.count = 1;
	cfg.frequency_hz = 1;
	assert_int_equal(cores_create(&cores, &sim, &cfg, &ops), SIM_ERR_CONFIG);
	assert_non_null(strstr(sim.error, "frequency"));
	engine_destroy(sim.engine);
}

/* ---- order ---- */

static void alternate(void *arg)
{
	for (unsigned i = 0; i < 8; i++) {
		note();
		core_charge(self(), 1000 * TICKS_PER_CYCLE / 10 * (1 + self()->id));
	}
	sleep_for_ever();
}

/* With interleave 0 the log is sorted by time: nobody acts while another core is behind. */
static void exact_interleave_runs_cores_in_time_order(void **state)
{
	make_rig(3, dur_ps(0));
	for (unsigned i = 0; i < 3; i++)
		start(i, alternate);
	run_to_end();
	assert_int_equal(rig->logged, 24);
	for (unsigned i = 1; i < rig->logged; i++)
		assert_true(rig->log[i - 1].ps <= rig->log[i].ps);
	free_rig();
}

/* A core may lead by the interleave, but never by more than that and one charge. */
static void interleave_bounds_the_lead(void **state)
{
	make_rig(2, dur_ns(100));
	start(0, alternate);
	start(1, alternate);
	run_to_end();
	for (unsigned i = 1; i < rig->logged; i++)
		if (rig->log[i - 1].ps > rig->log[i].ps)
			assert_true(rig->log[i - 1].ps - rig->log[i].ps <= 100 * PS_PER_NS);
	free_rig();
}

static void on_event(void *ctx)
{
	rig->event_ps = sim_now(&rig->sim).ps;
	/* No core has been let past the event. */
	for (unsigned i = 0; i < rig->cores->cfg.count; i++)
		if (rig->cores->core[i].state == CORE_READY)
			assert_true(core_time(&rig->cores->core[i]).ps >= rig->event_ps);
}

static void sync_sees_event(void *arg)
{
	core_charge(self(), 600 * 48);
	core_sync(self());
	/* The event of 500 ns has happened, and the engine stands at this core's time. */
	rig->result = rig->event_ps;
	assert_int_equal(sim_now(&rig->sim).ps, core_time(self()).ps);
	sleep_for_ever();
}

static void sync_lets_earlier_events_happen(void **state)
{
	make_rig(1, dur_ns(100));
	event_init(&rig->event, "test", PHASE_DEVICE, on_event, NULL);
	engine_schedule(rig->sim.engine, &rig->event, at_ps(500 * PS_PER_NS));
	start(0, sync_sees_event);
	run_to_end();
	assert_int_equal(rig->result, 500 * PS_PER_NS);
	free_rig();
}

static void sync_laggard(void *arg)
{
	core_charge(self(), 48 * 1000);
	core_sync(self());
	note();
	sleep_for_ever();
}

static void sync_leader(void *arg)
{
	core_charge(self(), 48 * 1050);
	core_sync(self());
	note();
	sleep_for_ever();
}

/* Although 1050 ns is within the interleave of 1000 ns, actions on devices are in time order. */
static void sync_orders_device_actions_of_cores(void **state)
{
	make_rig(2, dur_ns(100));
	start(0, sync_leader);
	start(1, sync_laggard);
	run_to_end();
	assert_int_equal(rig->log[0].core, 1);
	assert_int_equal(rig->log[1].core, 0);
	free_rig();
}

/* ---- halting, timers, interrupts ---- */

static void timer_sleeper(void *arg)
{
	core_set_timer(self(), at_ps(5 * PS_PER_US));
	core_halt(self());
	note();
	core_set_pending(self(), false);
	sleep_for_ever();
}

static void timer_wakes_a_halted_core_after_the_exit_latency(void **state)
{
	make_rig(1, dur_ns(100));
	start(0, timer_sleeper);
	run_to_end();
	assert_int_equal(rig->timers, 1);
	assert_int_equal(rig->log[0].ps, 5100 * PS_PER_NS);
	free_rig();
}

static void interruptible(void *arg)
{
	core_set_timer(self(), at_ps(700 * PS_PER_NS));
	rig->result = core_charge_interruptible(self(), 48 * 10000);
	note();
	core_set_pending(self(), false);
	sleep_for_ever();
}

/* A charge of 10 us is cut where the interrupt came: what is left is known to the tick. */
static void long_charge_is_cut_by_an_interrupt(void **state)
{
	make_rig(1, dur_ns(100));
	start(0, interruptible);
	run_to_end();
	assert_int_equal(rig->log[0].ps, 700 * PS_PER_NS);
	assert_int_equal(rig->result, 48 * 9300);
	free_rig();
}

static void long_charge_is_not_cut_while_masked(void **state)
{
	make_rig(1, dur_ns(100));
	rig->masked[0] = true;
	start(0, interruptible);
	run_to_end();
	assert_int_equal(rig->log[0].ps, 10000 * PS_PER_NS);
	assert_int_equal(rig->result, 0);
	free_rig();
}

static uint64_t flag_set_ps;

static void spinner(void *arg)
{
	while (!rig->event_ps)
		core_relax(self());
	note();
	sleep_for_ever();
}

static void set_flag(void *ctx)
{
	rig->event_ps = flag_set_ps = sim_now(&rig->sim).ps;
}

/* Spinning jumps to the event instead of turning a million times, and leaves within one turn. */
static void spinning_jumps_to_what_can_change(void **state)
{
	make_rig(1, dur_ns(100));
	event_init(&rig->event, "flag", PHASE_DEVICE, set_flag, NULL);
	engine_schedule(rig->sim.engine, &rig->event, at_ps(50 * PS_PER_MS));
	start(0, spinner);
	run_to_end();
	assert_in_range(rig->log[0].ps - flag_set_ps, 0, 40 * PS_PER_NS);
	assert_true(rig->cores->switches < 10);
	free_rig();
}

static struct event near_event, far_event;

static void no_change(void *ctx)
{
}

/* Looks at memory, then at a register, which takes time, then turns: a driver that waits for an
 * invalidation. */
static void slow_spinner(void *arg)
{
	while (!rig->event_ps) {
		core_charge(self(), 600 * TICKS_PER_CYCLE);
		core_relax(self());
	}
	note();
	sleep_for_ever();
}

/* It turns until the near event. The flag is set while it reads the register after that: it must
 * look again before it jumps to the far event. */
static void spinning_sees_what_changed_since_it_looked(void **state)
{
	make_rig(1, dur_ns(100));
	event_init(&rig->event, "flag", PHASE_DEVICE, set_flag, NULL);
	event_init(&near_event, "near", PHASE_DEVICE, no_change, NULL);
	event_init(&far_event, "far", PHASE_DEVICE, no_change, NULL);
	engine_schedule(rig->sim.engine, &near_event, at_ps(3000 * PS_PER_NS));
	engine_schedule(rig->sim.engine, &rig->event, at_ps(3100 * PS_PER_NS));
	engine_schedule(rig->sim.engine, &far_event, at_ps(50 * PS_PER_MS));
	start(0, slow_spinner);
	run_to_end();
	assert_in_range(rig->log[0].ps - flag_set_ps, 0, 300 * PS_PER_NS);
	free_rig();
}

static void bystander(void *arg)
{
	core_charge(self(), 48 * 200);
	core_sync(self());
	rig->event_ps = core_time(self()).ps;
	sleep_for_ever();
}

static void spinning_sees_what_another_core_does(void **state)
{
	make_rig(2, dur_ps(0));
	start(0, spinner);
	start(1, bystander);
	run_to_end();
	assert_in_range(rig->log[0].ps, 200 * PS_PER_NS, 240 * PS_PER_NS);
	free_rig();
}

/* ---- limit ---- */

static void busy(void *arg)
{
	for (unsigned i = 0; i < 100; i++) {
		core_charge(self(), 48 * 10);
		note();
	}
	sleep_for_ever();
}

/* Stopping at limits of an outer kernel changes nothing of what happens. */
static void pausing_at_limits_changes_nothing(void **state)
{
	uint64_t whole[2], steps = 0;
	struct at next;

	make_rig(2, dur_ns(50));
	start(0, busy);
	start(1, busy);
	run_to_end();
	whole[0] = rig->log[99].ps;
	whole[1] = rig->log[199].core;
	free_rig();

	make_rig(2, dur_ns(50));
	start(0, busy);
	start(1, busy);
	for (next = at_ps(0); !at_is_never(next); steps++) {
		struct at limit = at_add(next, dur_ns(7));

		next = cores_run(rig->cores, limit);
		assert_true(next.ps > limit.ps);
	}
	assert_true(steps > 50);
	assert_int_equal(rig->logged, 200);
	assert_int_equal(rig->log[99].ps, whole[0]);
	assert_int_equal(rig->log[199].core, whole[1]);
	free_rig();
}

/* ---- accounting and ends ---- */

static void spender(void *arg)
{
	core_charge(self(), 48 * 100);
	core_category(self(), 2);
	core_charge(self(), 48 * 300);
	core_category(self(), 0);
	core_set_timer(self(), at_ps(1000 * PS_PER_NS));
	core_halt(self());
	core_set_pending(self(), false);
	core_halt(self());
}

static void every_tick_has_one_category(void **state)
{
	uint64_t spent[CORE_CATEGORIES], sum = 0;

	make_rig(1, dur_ns(100));
	start(0, spender);
	run_to_end();
	core_spent(&rig->cores->core[0], at_ps(2000 * PS_PER_NS), spent);
	assert_int_equal(spent[0], 48 * 100);
	assert_int_equal(spent[2], 48 * 300);
	for (unsigned i = 0; i < CORE_CATEGORIES; i++)
		sum += spent[i];
	assert_int_equal(sum, 48 * 2000);
	/* An earlier instant than the last change still gives an exact sum. */
	core_spent(&rig->cores->core[0], at_ps(390 * PS_PER_NS), spent);
	sum = 0;
	for (unsigned i = 0; i < CORE_CATEGORIES; i++)
		sum += spent[i];
	assert_int_equal(sum, 48 * 390);
	free_rig();
}

static void leaver(void *arg)
{
	core_charge(self(), 48);
	core_leave(self());
}

static void leaving_returns_to_the_caller(void **state)
{
	make_rig(2, dur_ns(100));
	start(0, leaver);
	start(1, busy);
	cores_run(rig->cores, AT_NEVER);
	assert_true(engine_stopped(rig->sim.engine));
	assert_null(rig->cores->running);
	free_rig();
}

/* ---- recall ---- */

static void outside_has_work(void *ctx)
{
	cores_recall(rig->cores);
}

static void busy_for_ten(void *arg)
{
	for (unsigned i = 0; i < 10; i++) {
		core_charge(self(), 4800);    /* 100 ns */
		core_sync(self());
		note();
	}
	sleep_for_ever();
}

/* Nothing behind the recall's time is done before the caller says so; nothing is lost. */
static void a_recall_ends_the_run_at_its_time(void **state)
{
	struct event event;
	struct at next;

	make_rig(1, dur_ns(0));
	event_init(&event, "test", PHASE_DEVICE, outside_has_work, NULL);
	engine_schedule(rig->sim.engine, &event, at_ps(450 * PS_PER_NS));
	start(0, busy_for_ten);
	next = cores_run(rig->cores, AT_NEVER);
	assert_int_equal(next.ps, 500 * PS_PER_NS);
	assert_int_equal(rig->logged, 4);
	run_to_end();
	assert_int_equal(rig->logged, 10);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(rig->log[i].ps, (i + 1) * 100 * PS_PER_NS);
	free_rig();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ticks_convert_without_accumulating_error),
		cmocka_unit_test(impossible_machines_are_refused),
		cmocka_unit_test(exact_interleave_runs_cores_in_time_order),
		cmocka_unit_test(interleave_bounds_the_lead),
		cmocka_unit_test(sync_lets_earlier_events_happen),
		cmocka_unit_test(sync_orders_device_actions_of_cores),
		cmocka_unit_test(timer_wakes_a_halted_core_after_the_exit_latency),
		cmocka_unit_test(long_charge_is_cut_by_an_interrupt),
		cmocka_unit_test(long_charge_is_not_cut_while_masked),
		cmocka_unit_test(spinning_jumps_to_what_can_change),
		cmocka_unit_test(spinning_sees_what_changed_since_it_looked),
		cmocka_unit_test(spinning_sees_what_another_core_does),
		cmocka_unit_test(pausing_at_limits_changes_nothing),
		cmocka_unit_test(a_recall_ends_the_run_at_its_time),
		cmocka_unit_test(every_tick_has_one_category),
		cmocka_unit_test(leaving_returns_to_the_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
