/* SPDX-License-Identifier: MIT */
/* Interrupt controller: routing, priority, merging, refusals and times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "devices/intc/intc.h"
#include "model/trace/stats.h"
#include "model/trace/trace.h"

#define LATENCY_NS 150
#define LOG_MAX    2048

struct rig {
	struct sim sim;
	struct intc *intc;
	unsigned calls;
	unsigned core[LOG_MAX], vector[LOG_MAX];
	uint64_t ps[LOG_MAX];
};

static void pending(void *ctx, unsigned core, unsigned vector)
{
	struct rig *rig = ctx;

	rig->core[rig->calls % LOG_MAX] = core;
	rig->vector[rig->calls % LOG_MAX] = vector;
	rig->ps[rig->calls % LOG_MAX] = sim_now(&rig->sim).ps;
	rig->calls++;
}

static const struct intc_ops ops = { .pending = pending };

static int setup(void **state)
{
	static struct rig rig;
	struct intc_cfg cfg = { .cores = 4, .msi_latency = dur_ns(LATENCY_NS) };

	rig = (struct rig){ .sim = { .seed = 1 } };
	rig.sim.engine = engine_create();
	rig.sim.trace = trace_create(1);
	rig.sim.stats = stats_create();
	*state = &rig;
	if (intc_create(&rig.intc, &rig.sim, &cfg, &ops, &rig))
		return -1;
	stats_window_begin(rig.sim.stats, 0);
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	intc_destroy(rig->intc);
	stats_destroy(rig->sim.stats);
	trace_destroy(rig->sim.trace);
	engine_destroy(rig->sim.engine);
	return 0;
}

static void run(struct rig *rig)
{
	engine_run(rig->sim.engine, at_ps(UINT64_MAX - 1));
}

static uint64_t stat(struct rig *rig, const char *name)
{
	struct stat_value value;

	if (stats_window_open(rig->sim.stats))
		stats_window_end(rig->sim.stats, 1);
	assert_true(stats_find(rig->sim.stats, name, &value));
	return value.num;
}

static bool msi(struct rig *rig, uint64_t addr, uint32_t data)
{
	struct msi_msg msg = { addr, data };

	return intc_msi(rig->intc, &msg);
}

static void message_reaches_its_core_after_the_latency(void **state)
{
	struct rig *rig = *state;

	assert_true(msi(rig, 0xfee02000, 0x41));
	assert_false(intc_is_pending(rig->intc, 2));
	assert_int_equal(intc_take(rig->intc, 2), -1);
	run(rig);
	assert_int_equal(rig->calls, 1);
	assert_int_equal(rig->core[0], 2);
	assert_int_equal(rig->vector[0], 0x41);
	assert_int_equal(rig->ps[0], LATENCY_NS * PS_PER_NS);
	assert_true(intc_is_pending(rig->intc, 2));
	assert_false(intc_is_pending(rig->intc, 0));
	assert_int_equal(intc_take(rig->intc, 2), 0x41);
	assert_false(intc_is_pending(rig->intc, 2));
}

static void highest_vector_is_taken_first(void **state)
{
	static const unsigned vectors[] = { 64, 33, 255, 1, 63, 128, 191 };
	static const int order[] = { 255, 191, 128, 64, 63, 33, 1, -1 };
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		intc_raise(rig->intc, 0, vectors[i], dur_ns(1));
	run(rig);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		assert_int_equal(intc_take(rig->intc, 0), order[i]);
}

static void vector_already_pending_is_not_counted_twice(void **state)
{
	struct rig *rig = *state;

	assert_true(msi(rig, 0xfee00000, 0x50));
	assert_true(msi(rig, 0xfee00000, 0x50));
	run(rig);
	assert_int_equal(rig->calls, 1);
	assert_int_equal(intc_take(rig->intc, 0), 0x50);
	assert_int_equal(intc_take(rig->intc, 0), -1);
}

static void message_after_the_vector_was_taken_is_a_new_interrupt(void **state)
{
	struct rig *rig = *state;

	intc_raise(rig->intc, 1, 40, dur_ns(10));
	intc_raise(rig->intc, 1, 40, dur_ns(20));
	engine_run(rig->sim.engine, at_ps(dur_ns(10).ps));
	assert_int_equal(intc_take(rig->intc, 1), 40);
	run(rig);
	assert_int_equal(rig->calls, 2);
	assert_int_equal(rig->ps[1], 20 * PS_PER_NS);
	assert_int_equal(intc_take(rig->intc, 1), 40);
}

static void shorter_delay_arrives_first(void **state)
{
	struct rig *rig = *state;

	intc_raise(rig->intc, 0, 2, dur_ns(500));
	intc_raise(rig->intc, 3, 2, dur_ns(100));
	intc_raise(rig->intc, 1, 7, dur_ns(0));
	assert_int_equal(rig->calls, 0);   /* never from within the call */
	run(rig);
	assert_int_equal(rig->core[0], 1);
	assert_int_equal(rig->core[1], 3);
	assert_int_equal(rig->core[2], 0);
	assert_int_equal(rig->ps[2], 500 * PS_PER_NS);
}

static void what_is_no_interrupt_message_is_refused(void **state)
{
	static const struct msi_msg bad[] = {
		{ 0xfed00000, 0x41 },           /* not an interrupt address */
		{ 0x1fee00000, 0x41 },          /* above 4 GiB */
		{ 0xfee04000, 0x41 },           /* core 4 of 4 */
		{ 0xfeeff000, 0x41 },           /* broadcast */
		{ 0xfee00004, 0x41 },           /* logical destination */
		{ 0xfee00008, 0x41 },           /* redirection hint */
		{ 0xfee00010, 0x41 },           /* reserved address bits */
		{ 0xfee00000, 0x141 },          /* lowest priority */
		{ 0xfee00000, 0x441 },          /* NMI */
		{ 0xfee00000, 0x8041 },         /* level */
		{ 0xfee00000, 0x0f },           /* illegal vector */
	};
	const size_t count = sizeof(bad) / sizeof(bad[0]);
	struct rig *rig = *state;

	for (size_t i = 0; i < count; i++)
		assert_false(intc_msi(rig->intc, &bad[i]));
	assert_true(msi(rig, 0xfee03000, 0x10));
	run(rig);
	assert_int_equal(rig->calls, 1);
	assert_int_equal(stat(rig, "intc.spurious"), count);
	assert_int_equal(stat(rig, "intc.msi"), 1);
}

static void thousands_under_way_at_once_all_arrive(void **state)
{
	struct rig *rig = *state;

	for (unsigned i = 0; i < 1900; i++)
		intc_raise(rig->intc, i % 4, 16 + i / 8, dur_ns(1 + i / 8));
	run(rig);
	for (unsigned core = 0; core < 4; core++) {
		/* Two raises of a vector at each core merge. */
		for (int vector = 16 + 1899 / 8; vector >= 16; vector--)
			assert_int_equal(intc_take(rig->intc, core), vector);
		assert_int_equal(intc_take(rig->intc, core), -1);
	}
	assert_int_equal(stat(rig, "intc.msi"), 0);   /* none of them was a message */
}

static void destroyed_with_interrupts_under_way_leaves_no_event(void **state)
{
	struct rig *rig = *state;

	assert_true(msi(rig, 0xfee00000, 0x41));
	assert_int_equal(engine_pending(rig->sim.engine), 1);
	intc_destroy(rig->intc);
	rig->intc = NULL;
	assert_int_equal(engine_pending(rig->sim.engine), 0);
	run(rig);
	assert_int_equal(rig->calls, 0);
}

static void number_of_cores_out_of_range_is_refused(void **state)
{
	struct rig *rig = *state;
	struct intc_cfg cfg = { .cores = 0 };
	struct intc *intc;

	assert_int_equal(intc_create(&intc, &rig->sim, &cfg, &ops, rig), SIM_ERR_CONFIG);
	assert_null(intc);
	cfg.cores = 65;
	assert_int_equal(intc_create(&intc, &rig->sim, &cfg, &ops, rig), SIM_ERR_CONFIG);
	assert_null(intc);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(message_reaches_its_core_after_the_latency),
		TEST(highest_vector_is_taken_first),
		TEST(vector_already_pending_is_not_counted_twice),
		TEST(message_after_the_vector_was_taken_is_a_new_interrupt),
		TEST(shorter_delay_arrives_first),
		TEST(what_is_no_interrupt_message_is_refused),
		TEST(thousands_under_way_at_once_all_arrive),
		TEST(destroyed_with_interrupts_under_way_leaves_no_event),
		TEST(number_of_cores_out_of_range_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
