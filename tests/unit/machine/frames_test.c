/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/machine/frames.h"

struct log {
	uint64_t delivered[1024], arrived_ps[1024], lost[1024], signalled_ps[1024];
	unsigned deliveries, losses, signals;
};

static void on_delivered(void *ctx, uint64_t id, struct at arrived)
{
	struct log *log = ctx;

	log->delivered[log->deliveries] = id;
	log->arrived_ps[log->deliveries++] = arrived.ps;
}

static void on_lost(void *ctx, uint64_t id)
{
	struct log *log = ctx;

	log->lost[log->losses++] = id;
}

static void on_signalled(void *ctx, struct at ring)
{
	struct log *log = ctx;

	log->signalled_ps[log->signals++] = ring.ps;
}

static struct frames *make(struct log *log)
{
	struct frames_ops ops = { on_delivered, on_lost, on_signalled, log };

	memset(log, 0, sizeof(*log));
	return frames_create(&ops);
}

/* Ids 1..n arrive and stand in the ring of queue 0, flow by flow in turn. */
static void arrive(struct frames *frames, unsigned n, unsigned flows)
{
	for (unsigned i = 1; i <= n; i++) {
		assert_int_equal(frames_arrived(frames, at_ps(i)), i);
		frames_in_ring(frames, i, 0, i % flows, at_ps(100 + i));
	}
}

static void delivery_reports_id_and_arrival(void **state)
{
	struct log log;
	struct frames *frames = make(&log);

	arrive(frames, 3, 1);
	frames_delivered(frames, 1, 0, 1);
	frames_delivered(frames, 2, 0, 1);
	assert_int_equal(log.deliveries, 2);
	assert_int_equal(log.delivered[1], 2);
	assert_int_equal(log.arrived_ps[1], 2);
	assert_int_equal(frames_in_flight(frames), 1);
	frames_destroy(frames);
}

static void second_delivery_of_a_frame_is_ignored(void **state)
{
	struct log log;
	struct frames *frames = make(&log);

	arrive(frames, 2, 1);
	frames_delivered(frames, 1, 0, 1);
	frames_delivered(frames, 1, 0, 1);
	frames_delivered(frames, 77, 0, 1);
	assert_int_equal(log.deliveries, 1);
	frames_destroy(frames);
}

static void overtaken_frame_of_a_flow_is_lost_in_the_host(void **state)
{
	struct log log;
	struct frames *frames = make(&log);

	arrive(frames, 6, 2);
	/* Flow 0 holds 2, 4, 6; flow 1 holds 1, 3, 5. */
	frames_delivered(frames, 6, 0, 1);
	assert_int_equal(log.losses, 2);
	assert_int_equal(log.lost[0], 2);
	assert_int_equal(log.lost[1], 4);
	frames_delivered(frames, 1, 0, 1);
	assert_int_equal(log.losses, 2);
	assert_int_equal(frames_in_flight(frames), 2);
	frames_destroy(frames);
}

static void unknown_ids_are_taken_in_the_order_of_their_flow(void **state)
{
	struct log log;
	struct frames *frames = make(&log);

	arrive(frames, 6, 2);
	frames_delivered(frames, 0, 1, 2);
	assert_int_equal(log.deliveries, 2);
	assert_int_equal(log.delivered[0], 1);
	assert_int_equal(log.delivered[1], 3);
	frames_delivered(frames, 0, 99, 5);
	assert_int_equal(log.deliveries, 2);
	frames_destroy(frames);
}

static void signal_counts_waiting_frames_once(void **state)
{
	struct log log;
	struct frames *frames = make(&log);

	arrive(frames, 3, 1);
	/* The first was polled without an interrupt. */
	frames_delivered(frames, 1, 0, 1);
	frames_signalled(frames, 0);
	assert_int_equal(log.signals, 2);
	assert_int_equal(log.signalled_ps[0], 102);
	frames_signalled(frames, 0);
	frames_signalled(frames, 1);
	assert_int_equal(log.signals, 2);
	frames_destroy(frames);
}

static void dropped_frame_is_never_delivered(void **state)
{
	struct log log;
	struct frames *frames = make(&log);
	uint64_t id = frames_arrived(frames, at_ps(5));

	frames_dropped(frames, id);
	frames_in_ring(frames, id, 0, 0, at_ps(6));
	frames_delivered(frames, id, 0, 1);
	assert_int_equal(log.deliveries, 0);
	assert_int_equal(frames_in_flight(frames), 0);
	frames_destroy(frames);
}

/* More frames in flight than the first table holds, and more flows: both tables grow. */
static void tables_grow_with_frames_and_flows(void **state)
{
	static struct log log;
	struct frames *frames = make(&log);
	unsigned n = 40000;

	for (unsigned i = 1; i <= n; i++) {
		frames_arrived(frames, at_ps(i));
		frames_in_ring(frames, i, i % 8, i % 5000, at_ps(i));
	}
	assert_int_equal(frames_in_flight(frames), n);
	for (unsigned i = 1; i <= 1000; i++) {
		frames_delivered(frames, i, 0, 1);
		assert_int_equal(log.delivered[i - 1], i);
	}
	assert_int_equal(log.losses, 0);
	frames_destroy(frames);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delivery_reports_id_and_arrival),
		cmocka_unit_test(second_delivery_of_a_frame_is_ignored),
		cmocka_unit_test(overtaken_frame_of_a_flow_is_lost_in_the_host),
		cmocka_unit_test(unknown_ids_are_taken_in_the_order_of_their_flow),
		cmocka_unit_test(signal_counts_waiting_frames_once),
		cmocka_unit_test(dropped_frame_is_never_delivered),
		cmocka_unit_test(tables_grow_with_frames_and_flows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
