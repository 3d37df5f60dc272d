/* SPDX-License-Identifier: MIT */
/* The event engine, case by case; engine_random.c compares it with a naive list. */
#include "model/core/engine.h"

#include <stdlib.h>

#include "tests/unit/core/expect_assert.h"

#define LOG_MAX 4096

/* What ran, in which order. */
struct log {
	struct engine *engine;
	int id[LOG_MAX];
	uint64_t when_ps[LOG_MAX];
	size_t count;
};

struct probe {
	struct event event;
	struct log *log;
	int id;
};

static void probe_fired(void *ctx)
{
	struct probe *probe = ctx;
	struct log *log = probe->log;

	assert_true(log->count < LOG_MAX);
	log->id[log->count] = probe->id;
	log->when_ps[log->count++] = engine_now(log->engine).ps;
}

static void probe_init(struct probe *probe, struct log *log, int id, enum phase phase)
{
	*probe = (struct probe){ .log = log, .id = id };
	event_init(&probe->event, "probe", phase, probe_fired, probe);
}

static int log_setup(void **state)
{
	struct log *log = calloc(1, sizeof(*log));

	assert_non_null(log);
	log->engine = engine_create();
	assert_non_null(log->engine);
	*state = log;
	return 0;
}

static int log_teardown(void **state)
{
	struct log *log = *state;

	engine_destroy(log->engine);
	free(log);
	return 0;
}

static void expect_order(const struct log *log, const int *id, size_t count)
{
	size_t i;

	assert_int_equal(log->count, count);
	for (i = 0; i < count; i++)
		assert_int_equal(log->id[i], id[i]);
}

static void an_empty_engine_has_nothing_due(void **state)
{
	struct log *log = *state;

	assert_true(at_is_never(engine_next(log->engine)));
	assert_int_equal(engine_pending(log->engine), 0);
	assert_int_equal(engine_now(log->engine).ps, 0);
	assert_false(engine_run_one(log->engine));
	assert_int_equal(engine_run(log->engine, AT_NEVER), 0);
	assert_int_equal(engine_now(log->engine).ps, 0);
}

static void events_run_in_order_of_time(void **state)
{
	static const uint64_t when[] = { 50, 10, 40, 30, 20 };
	static const int order[] = { 1, 4, 3, 2, 0 };
	struct log *log = *state;
	struct probe probe[5];
	int i;

	for (i = 0; i < 5; i++) {
		probe_init(&probe[i], log, i, PHASE_DEVICE);
		engine_schedule(log->engine, &probe[i].event, at_ps(when[i]));
	}
	assert_int_equal(engine_next(log->engine).ps, 10);
	assert_int_equal(engine_run(log->engine, AT_NEVER), 5);
	expect_order(log, order, 5);
	for (i = 0; i < 5; i++)
		assert_int_equal(log->when_ps[i], 10 * (i + 1));
	assert_int_equal(engine_now(log->engine).ps, 50);
	assert_int_equal(engine_events_run(log->engine), 5);
}

static void at_one_instant_phase_goes_before_insertion(void **state)
{
	/* Two rounds over the phases, last phase first. */
	static const int order[] = { 5, 11, 4, 10, 3, 9, 2, 8, 1, 7, 0, 6 };
	struct log *log = *state;
	struct probe probe[2 * PHASE_COUNT];
	int i;

	assert_int_equal(PHASE_COUNT, 6);
	for (i = 0; i < 2 * PHASE_COUNT; i++) {
		probe_init(&probe[i], log, i, PHASE_COUNT - 1 - i % PHASE_COUNT);
		engine_schedule(log->engine, &probe[i].event, at_ps(7));
	}
	engine_run(log->engine, AT_NEVER);
	expect_order(log, order, 2 * PHASE_COUNT);
}

static void at_one_instant_and_phase_insertion_decides(void **state)
{
	struct log *log = *state;
	struct probe probe[1000];
	int i;

	for (i = 0; i < 1000; i++) {
		probe_init(&probe[i], log, i, PHASE_LINK);
		engine_schedule(log->engine, &probe[i].event, at_ps(3));
	}
	engine_run(log->engine, AT_NEVER);
	assert_int_equal(log->count, 1000);
	for (i = 0; i < 1000; i++)
		assert_int_equal(log->id[i], i);
}

static void run_stops_at_the_limit_and_includes_it(void **state)
{
	static const int first[] = { 0, 1 }, all[] = { 0, 1, 2 };
	struct log *log = *state;
	struct probe probe[3];
	int i;

	for (i = 0; i < 3; i++) {
		probe_init(&probe[i], log, i, PHASE_DEVICE);
		engine_schedule(log->engine, &probe[i].event, at_ps(10 + i));
	}
	assert_int_equal(engine_run(log->engine, at_ps(11)), 2);
	expect_order(log, first, 2);
	assert_int_equal(engine_now(log->engine).ps, 11);
	assert_true(event_pending(&probe[2].event));
	assert_true(engine_run_one(log->engine));
	expect_order(log, all, 3);
	assert_false(event_pending(&probe[2].event));
}

static void a_cancelled_event_does_not_run_and_leaves_no_entry(void **state)
{
	static const int order[] = { 0, 2 };
	struct log *log = *state;
	struct probe probe[3];
	int i;

	for (i = 0; i < 3; i++) {
		probe_init(&probe[i], log, i, PHASE_DEVICE);
		engine_schedule(log->engine, &probe[i].event, at_ps(10 + i));
	}
	assert_true(engine_cancel(log->engine, &probe[1].event));
	assert_false(engine_cancel(log->engine, &probe[1].event));
	assert_int_equal(engine_pending(log->engine), 2);
	engine_run(log->engine, AT_NEVER);
	expect_order(log, order, 2);
	assert_false(engine_cancel(log->engine, &probe[0].event));
}

static void a_watchdog_rearmed_often_stays_one_entry(void **state)
{
	static const int order[] = { 1, 0 };
	struct log *log = *state;
	struct probe watchdog, other;
	int i;

	probe_init(&watchdog, log, 0, PHASE_DEVICE);
	probe_init(&other, log, 1, PHASE_DEVICE);
	engine_schedule(log->engine, &other.event, at_ps(500));
	for (i = 0; i < 100000; i++)
		engine_reschedule(log->engine, &watchdog.event, at_ps(1000 + i));
	assert_int_equal(engine_pending(log->engine), 2);
	engine_run(log->engine, AT_NEVER);
	expect_order(log, order, 2);
	assert_int_equal(log->when_ps[1], 1000 + 99999);
}

static void a_rescheduled_event_counts_as_newly_inserted(void **state)
{
	static const int order[] = { 1, 2, 0 };
	struct log *log = *state;
	struct probe probe[3];
	int i;

	for (i = 0; i < 3; i++) {
		probe_init(&probe[i], log, i, PHASE_DEVICE);
		engine_reschedule(log->engine, &probe[i].event, at_ps(10));
	}
	engine_reschedule(log->engine, &probe[0].event, at_ps(10));
	engine_run(log->engine, AT_NEVER);
	expect_order(log, order, 3);
}

static void an_event_moves_both_ways_in_time(void **state)
{
	static const int order[] = { 2, 1, 0 };
	struct log *log = *state;
	struct probe probe[3];
	int i;

	for (i = 0; i < 3; i++) {
		probe_init(&probe[i], log, i, PHASE_DEVICE);
		engine_schedule(log->engine, &probe[i].event, at_ps(10 + i));
	}
	engine_reschedule(log->engine, &probe[2].event, at_ps(1));
	engine_reschedule(log->engine, &probe[0].event, at_ps(100));
	engine_run(log->engine, AT_NEVER);
	expect_order(log, order, 3);
}

/* An event that, when it runs, cancels one, moves one, and re-arms itself. */
struct meddler {
	struct probe probe;
	struct probe *victim, *moved;
	int rounds;
};

static void meddle(void *ctx)
{
	struct meddler *meddler = ctx;
	struct engine *engine = meddler->probe.log->engine;

	probe_fired(&meddler->probe);
	if (meddler->rounds-- > 0)
		engine_schedule_in(engine, &meddler->probe.event, dur_ps(5));
	engine_cancel(engine, &meddler->victim->event);
	engine_reschedule(engine, &meddler->moved->event, engine_now(engine));
}

static void a_callback_may_schedule_cancel_and_move_events(void **state)
{
	/* The moved event is due at the very instant and runs after its mover, in the same run. */
	static const int order[] = { 9, 2, 9, 2 };
	struct log *log = *state;
	struct probe victim, moved;
	struct meddler meddler = { .victim = &victim, .moved = &moved, .rounds = 1 };

	probe_init(&victim, log, 1, PHASE_DEVICE);
	probe_init(&moved, log, 2, PHASE_DEVICE);
	meddler.probe = (struct probe){ .log = log, .id = 9 };
	event_init(&meddler.probe.event, "meddler", PHASE_DEVICE, meddle, &meddler);
	engine_schedule(log->engine, &meddler.probe.event, at_ps(10));
	engine_schedule(log->engine, &victim.event, at_ps(10));
	engine_schedule(log->engine, &moved.event, at_ps(50));
	assert_int_equal(engine_run(log->engine, AT_NEVER), 4);
	expect_order(log, order, 4);
	assert_int_equal(log->when_ps[1], 10);
	assert_int_equal(log->when_ps[3], 15);
}

/* A callback may free the memory its own event lies in. */
static void free_self(void *ctx)
{
	free(ctx);
}

static void a_callback_may_free_its_event(void **state)
{
	struct log *log = *state;
	struct event *event = malloc(sizeof(*event));

	assert_non_null(event);
	event_init(event, "short-lived", PHASE_DEVICE, free_self, event);
	engine_schedule(log->engine, event, at_ps(1));
	assert_int_equal(engine_run(log->engine, AT_NEVER), 1);
}

static void stop_engine(void *ctx)
{
	struct probe *probe = ctx;

	probe_fired(probe);
	engine_stop(probe->log->engine);
}

static void stop_ends_a_run_after_the_event_until_resumed(void **state)
{
	static const int before[] = { 1 }, after[] = { 1, 2 };
	struct log *log = *state;
	struct probe stopper, later;

	probe_init(&stopper, log, 1, PHASE_DEVICE);
	stopper.event.fn = stop_engine;
	probe_init(&later, log, 2, PHASE_DEVICE);
	engine_schedule(log->engine, &stopper.event, at_ps(5));
	engine_schedule(log->engine, &later.event, at_ps(5));
	assert_int_equal(engine_run(log->engine, AT_NEVER), 1);
	assert_true(engine_stopped(log->engine));
	assert_int_equal(engine_run(log->engine, AT_NEVER), 0);
	expect_order(log, before, 1);
	engine_resume(log->engine);
	assert_false(engine_stopped(log->engine));
	assert_int_equal(engine_run(log->engine, AT_NEVER), 1);
	expect_order(log, after, 2);
}

/* A core runs due device events from within its own event. */
static void run_nested(void *ctx)
{
	struct probe *probe = ctx;

	probe_fired(probe);
	engine_run(probe->log->engine, at_ps(20));
	engine_advance(probe->log->engine, at_ps(25));
}

static void an_event_may_run_the_engine(void **state)
{
	static const int order[] = { 0, 1, 2 };
	struct log *log = *state;
	struct probe core, device, last;

	probe_init(&core, log, 0, PHASE_CORE);
	core.event.fn = run_nested;
	probe_init(&device, log, 1, PHASE_DEVICE);
	probe_init(&last, log, 2, PHASE_DEVICE);
	engine_schedule(log->engine, &core.event, at_ps(10));
	engine_schedule(log->engine, &device.event, at_ps(20));
	engine_schedule(log->engine, &last.event, at_ps(30));
	assert_int_equal(engine_run(log->engine, AT_NEVER), 2);
	expect_order(log, order, 3);
	assert_int_equal(engine_events_run(log->engine), 3);
}

static void advance_moves_the_clock_up_to_the_next_event(void **state)
{
	struct log *log = *state;
	struct probe probe;

	probe_init(&probe, log, 0, PHASE_DEVICE);
	engine_schedule(log->engine, &probe.event, at_ps(100));
	engine_advance(log->engine, at_ps(60));
	assert_int_equal(engine_now(log->engine).ps, 60);
	engine_advance(log->engine, at_ps(100));
	assert_int_equal(engine_now(log->engine).ps, 100);
	assert_int_equal(engine_run(log->engine, at_ps(100)), 1);
	engine_schedule_in(log->engine, &probe.event, dur_ps(0));
	assert_int_equal(engine_next(log->engine).ps, 100);
}

static void advance_over_a_due_event_asserts(void **state)
{
	struct log *log = *state;
	struct probe probe;

	probe_init(&probe, log, 0, PHASE_DEVICE);
	engine_schedule(log->engine, &probe.event, at_ps(100));
	EXPECT_ASSERT(engine_advance(log->engine, at_ps(101)));
	assert_int_equal(engine_now(log->engine).ps, 0);
}

static void advance_into_the_past_asserts(void **state)
{
	struct log *log = *state;

	engine_advance(log->engine, at_ps(10));
	EXPECT_ASSERT(engine_advance(log->engine, at_ps(9)));
	EXPECT_ASSERT(engine_advance(log->engine, AT_NEVER));
}

static void scheduling_in_the_past_asserts(void **state)
{
	struct log *log = *state;
	struct probe probe;

	probe_init(&probe, log, 0, PHASE_DEVICE);
	engine_advance(log->engine, at_ps(10));
	EXPECT_ASSERT(engine_schedule(log->engine, &probe.event, at_ps(9)));
	assert_false(event_pending(&probe.event));
	assert_int_equal(engine_pending(log->engine), 0);
	engine_schedule(log->engine, &probe.event, at_ps(10));
	EXPECT_ASSERT(engine_reschedule(log->engine, &probe.event, at_ps(9)));
	assert_int_equal(engine_next(log->engine).ps, 10);
}

static void scheduling_at_never_asserts(void **state)
{
	struct log *log = *state;
	struct probe probe;

	probe_init(&probe, log, 0, PHASE_DEVICE);
	EXPECT_ASSERT(engine_schedule(log->engine, &probe.event, AT_NEVER));
	EXPECT_ASSERT(engine_schedule_in(log->engine, &probe.event, dur_ps(UINT64_MAX)));
	assert_int_equal(engine_pending(log->engine), 0);
}

static void scheduling_twice_asserts(void **state)
{
	struct log *log = *state;
	struct probe probe;

	probe_init(&probe, log, 0, PHASE_DEVICE);
	engine_schedule(log->engine, &probe.event, at_ps(10));
	EXPECT_ASSERT(engine_schedule(log->engine, &probe.event, at_ps(20)));
	assert_int_equal(engine_next(log->engine).ps, 10);
}

static void an_event_without_function_or_phase_asserts(void **state)
{
	struct event event;

	EXPECT_ASSERT(event_init(&event, "none", PHASE_DEVICE, NULL, NULL));
	EXPECT_ASSERT(event_init(&event, "none", PHASE_COUNT, probe_fired, NULL));
}

static void two_engines_do_not_know_each_other(void **state)
{
	struct log *log = *state;
	struct engine *other = engine_create();
	struct probe mine, its;

	assert_non_null(other);
	probe_init(&mine, log, 0, PHASE_DEVICE);
	probe_init(&its, log, 1, PHASE_DEVICE);
	engine_schedule(log->engine, &mine.event, at_ps(10));
	engine_schedule(other, &its.event, at_ps(5));
	EXPECT_ASSERT(engine_cancel(other, &mine.event));
	EXPECT_ASSERT(engine_reschedule(log->engine, &its.event, at_ps(7)));
	assert_int_equal(engine_run(log->engine, AT_NEVER), 1);
	assert_int_equal(engine_now(other).ps, 0);
	assert_int_equal(engine_pending(other), 1);
	assert_int_equal(engine_run(other, AT_NEVER), 1);
	assert_int_equal(engine_now(other).ps, 5);
	engine_destroy(other);
}

static void the_heap_grows_over_its_first_size(void **state)
{
	enum { EVENTS = 3000 };
	struct log *log = *state;
	struct probe *probe = calloc(EVENTS, sizeof(*probe));
	int i;

	assert_non_null(probe);
	for (i = 0; i < EVENTS; i++) {
		probe_init(&probe[i], log, i, PHASE_DEVICE);
		/* 7919 is prime to 3000: every instant once, in a jumbled order. */
		engine_schedule(log->engine, &probe[i].event, at_ps(i * 7919ULL % EVENTS));
	}
	assert_int_equal(engine_pending(log->engine), EVENTS);
	assert_int_equal(engine_run(log->engine, AT_NEVER), EVENTS);
	for (i = 0; i < EVENTS; i++)
		assert_int_equal(log->when_ps[i], i);
	free(probe);
}

static void owners_may_free_events_before_the_engine_goes(void **state)
{
	struct engine *engine = engine_create();
	struct probe *probe = calloc(1, sizeof(*probe));

	assert_non_null(engine);
	assert_non_null(probe);
	probe_init(probe, *state, 0, PHASE_DEVICE);
	engine_schedule(engine, &probe->event, at_ps(1));
	free(probe);
	engine_destroy(engine);
	engine_destroy(NULL);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, log_setup, log_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_empty_engine_has_nothing_due),
		CASE(events_run_in_order_of_time),
		CASE(at_one_instant_phase_goes_before_insertion),
		CASE(at_one_instant_and_phase_insertion_decides),
		CASE(run_stops_at_the_limit_and_includes_it),
		CASE(a_cancelled_event_does_not_run_and_leaves_no_entry),
		CASE(a_watchdog_rearmed_often_stays_one_entry),
		CASE(a_rescheduled_event_counts_as_newly_inserted),
		CASE(an_event_moves_both_ways_in_time),
		CASE(a_callback_may_schedule_cancel_and_move_events),
		CASE(a_callback_may_free_its_event),
		CASE(stop_ends_a_run_after_the_event_until_resumed),
		CASE(an_event_may_run_the_engine),
		CASE(advance_moves_the_clock_up_to_the_next_event),
		CASE(advance_over_a_due_event_asserts),
		CASE(advance_into_the_past_asserts),
		CASE(scheduling_in_the_past_asserts),
		CASE(scheduling_at_never_asserts),
		CASE(scheduling_twice_asserts),
		CASE(an_event_without_function_or_phase_asserts),
		CASE(two_engines_do_not_know_each_other),
		CASE(the_heap_grows_over_its_first_size),
		CASE(owners_may_free_events_before_the_engine_goes),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
