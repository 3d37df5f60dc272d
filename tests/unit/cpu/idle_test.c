/* SPDX-License-Identifier: MIT */
/* Idle states, distances of cores, and the delay of interrupts as the cores measure it. */
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
#define NS          16u             /* ticks of a nanosecond at 1 GHz */
#define US          (1000u * NS)
#define NONE        TICKS_NEVER

static struct {
	struct sim sim;
	struct cores *cores;
	void *stack, *slot;
	struct event event;
	bool masked;
	uint64_t delay;
} rig;

static void nothing(void *ctx, struct core *core)
{
}

static bool masked(void *ctx, struct core *core)
{
	return rig.masked;
}

static void timer(void *ctx, struct core *core)
{
	core_set_pending(core, true);
}

/* One core of 1 GHz: C1 with 2 us, C6 with 100 us that pays from 600 us on. */
static void make_rig(unsigned states)
{
	struct cores_cfg cfg = { .count = 1, .frequency_hz = 1000000000, .categories = 3,
				 .idle_state = { { dur_us(2), dur_ps(0) },
						 { dur_us(100), dur_us(600) } },
				 .idle_states = states, .category_idle = 1 };
	struct cores_ops ops = { nothing, nothing, masked, nothing, timer, NULL };

	memset(&rig, 0, sizeof(rig));
	rig.sim.engine = engine_create();
	rig.stack = malloc(STACK_BYTES);
	assert_int_equal(cores_create(&rig.cores, &rig.sim, &cfg, &ops), SIM_OK);
}

static void run(void (*fn)(void *))
{
	context_make(&rig.slot, rig.stack, STACK_BYTES, fn, NULL);
	core_start(rig.cores, 0, rig.slot);
	cores_run(rig.cores, AT_NEVER);
	cores_destroy(rig.cores);
	engine_destroy(rig.sim.engine);
	free(rig.stack);
}

static struct core *self(void)
{
	return rig.cores->running;
}

/* Sleeps until its timer; how much longer than `us` it took is the state's exit latency in us. */
static uint64_t sleep_us(unsigned us)
{
	struct core *core = self();
	uint64_t from = core->ticks;

	core_sync(core);
	core_set_timer(core, at_add(core_time(core), dur_us(us)));
	core_halt(core);
	core_set_pending(core, false);
	return (core->ticks - from) / US - us;
}

static void without_states_waking_is_free(void *arg)
{
	assert_int_equal(sleep_us(1000), 0);
	core_leave(self());
}

static void one_state_is_always_taken(void *arg)
{
	assert_int_equal(sleep_us(1), 2);
	assert_int_equal(sleep_us(10000), 2);
	core_leave(self());
}

static void long_sleeps_are_learnt(void *arg)
{
	unsigned shallow = 0;

	/* Before its first period a core counts as never idle. */
	while (sleep_us(1000) != 100)
		shallow++;
	assert_in_range(shallow, 1, IDLE_PERIODS - 1);
	/* A near timer forbids it whatever was learnt. */
	assert_int_equal(sleep_us(599), 2);
	core_leave(self());
}

static void short_sleeps_keep_it_shallow(void *arg)
{
	for (unsigned i = 0; i < 3 * IDLE_PERIODS; i++)
		assert_int_equal(sleep_us(50), 2);
	/* They end by themselves, the timer is far: still as before. */
	assert_int_equal(sleep_us(5000), 2);
	core_leave(self());
}

static void off_takes_no_time(void **state)
{
	make_rig(0);
	run(without_states_waking_is_free);
}

static void c1_has_its_exit_latency(void **state)
{
	make_rig(1);
	run(one_state_is_always_taken);
}

static void governor_goes_deep_after_long_periods(void **state)
{
	make_rig(2);
	run(long_sleeps_are_learnt);
}

static void governor_stays_shallow_after_short_periods(void **state)
{
	make_rig(2);
	run(short_sleeps_keep_it_shallow);
}

static void typical_period_ignores_two_long_ones(void **state)
{
	const uint64_t alike[IDLE_PERIODS] = { 100, 101, 99, 100, 100, 102, 100, 98 };
	const uint64_t outliers[IDLE_PERIODS] = { 100, 101, 9999, 100, 100, 5000, 100, 99 };
	const uint64_t mixed[IDLE_PERIODS] = { 100, 9000, 50, 7000, 100, 5000, 300, 99 };

	assert_int_equal(idle_typical(alike), 100);
	assert_int_equal(idle_typical(outliers), 100);
	assert_true(idle_typical(mixed) == TICKS_NEVER);
}

static void sockets_share_the_cores_out_in_order(void **state)
{
	struct cores cores = { .cfg = { .count = 8, .sockets = 2 } };

	assert_true(cores_same_socket(&cores, 0, 3));
	assert_false(cores_same_socket(&cores, 3, 4));
	assert_true(cores_same_socket(&cores, 7, 4));
	cores.cfg.sockets = 0;
	assert_true(cores_same_socket(&cores, 0, 7));
}

/* ---- the delay of interrupts ---- */

static void raise_vector(void *ctx)
{
	core_set_pending(&rig.cores->core[0], true);
}

static void raise_in(unsigned ns)
{
	event_init(&rig.event, "vector", PHASE_INTERRUPT, raise_vector, NULL);
	engine_schedule(rig.sim.engine, &rig.event, at_add(core_time(self()), dur_ns(ns)));
	cores_refresh_horizon(rig.cores);
}

static void take_after_code(void *arg)
{
	raise_in(100);
	self()->ticks += 130 * NS;      /* code, up to a check */
	core_horizon(self());
	rig.delay = core_irq_delay(self());
	core_leave(self());
}

static void take_after_charges(void *arg)
{
	raise_in(100);
	core_charge(self(), 500 * NS);
	self()->ticks += 7 * NS;
	core_charge(self(), 300 * NS);
	rig.delay = core_irq_delay(self());
	core_leave(self());
}

static void take_after_mask(void *arg)
{
	rig.masked = true;
	raise_in(100);
	self()->ticks += 130 * NS;
	core_horizon(self());
	rig.masked = false;
	rig.delay = core_irq_delay(self());
	core_leave(self());
}

static void delay_counts_from_the_vector_to_the_check(void **state)
{
	make_rig(0);
	run(take_after_code);
	assert_int_equal(rig.delay, 30 * NS);
}

static void delay_leaves_explicit_charges_out(void **state)
{
	make_rig(0);
	run(take_after_charges);
	assert_int_equal(rig.delay, 7 * NS);
}

static void masked_interrupts_have_no_delay(void **state)
{
	make_rig(0);
	run(take_after_mask);
	assert_true(rig.delay == NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(off_takes_no_time),
		cmocka_unit_test(c1_has_its_exit_latency),
		cmocka_unit_test(governor_goes_deep_after_long_periods),
		cmocka_unit_test(governor_stays_shallow_after_short_periods),
		cmocka_unit_test(typical_period_ignores_two_long_ones),
		cmocka_unit_test(sockets_share_the_cores_out_in_order),
		cmocka_unit_test(delay_counts_from_the_vector_to_the_check),
		cmocka_unit_test(delay_leaves_explicit_charges_out),
		cmocka_unit_test(masked_interrupts_have_no_delay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
