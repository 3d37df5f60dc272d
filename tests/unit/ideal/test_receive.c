/* SPDX-License-Identifier: MIT */
/* Receive: every scheme's costs to the picosecond, the ring, the throttle's refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/ideal/rig.h"

static struct rig *receive(struct ideal_cfg cfg, unsigned queues, unsigned ring)
{
	struct rig *rig;

	cfg.budget = cfg.budget ? cfg.budget : 64;
	cfg.cores = cfg.cores ? cfg.cores : 1;
	rig = rig_new(&cfg);
	rig_nic(rig, queues, ring);
	rig_up(rig);
	return rig;
}

static void burst(struct rig *rig, uint64_t ps, unsigned first_id, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		rig_script(rig, ps, ARRIVE, 0, first_id + i);
}

static void expect(const struct rig *rig, unsigned n, uint64_t id, uint64_t ps)
{
	assert_true(n < rig->deliveries);
	assert_int_equal(rig->delivered[n].id, id);
	assert_int_equal(rig->delivered[n].ps, ps);
}

static void interrupt_scheme_pays_interrupt_and_packet_each_time(void **state)
{
	struct rig *rig = receive((struct ideal_cfg){ .scheme = IDEAL_INTERRUPT,
						      .interrupt = dur_ns(1000),
						      .packet = dur_ps(300001) }, 1, 8);

	burst(rig, 1000, 1, 2);
	rig_run(rig, 1000 * NS);
	assert_int_equal(ideal_busy_ps(rig->ideal, 0), 999000);
	rig_run(rig, 10000 * NS);
	expect(rig, 0, 1, 1000 + 1300001);
	expect(rig, 1, 2, 1000 + 2 * 1300001);
	assert_int_equal(rig->deliveries, 2);
	assert_int_equal(ideal_busy_ps(rig->ideal, 0), 2 * 1300001);
	rig_free(rig);
}

static void drain_scheme_pays_the_interrupt_once(void **state)
{
	struct rig *rig = receive((struct ideal_cfg){ .scheme = IDEAL_INTERRUPT_DRAIN,
						      .interrupt = dur_us(1),
						      .packet = dur_ns(300) }, 1, 8);

	burst(rig, 0, 1, 2);
	rig_script(rig, 1500 * NS, ARRIVE, 0, 3);
	rig_run(rig, 10000 * NS);
	expect(rig, 0, 1, 1300 * NS);
	expect(rig, 1, 2, 1600 * NS);
	expect(rig, 2, 3, 1900 * NS);
	assert_int_equal(ideal_busy_ps(rig->ideal, 0), 1900 * NS);
	rig_free(rig);
}

static void drain_scheme_pays_for_an_interrupt_that_finds_nothing(void **state)
{
	struct rig *rig = receive((struct ideal_cfg){ .scheme = IDEAL_INTERRUPT_DRAIN,
						      .interrupt = dur_us(1) }, 1, 8);

	rig_script(rig, 0, ARRIVE_INTERRUPT, 0, 0);
	rig_run(rig, 10000 * NS);
	assert_int_equal(rig->deliveries, 0);
	assert_int_equal(ideal_busy_ps(rig->ideal, 0), 1000 * NS);
	rig_free(rig);
}

static void timer_scheme_sleeps_whenever_the_ring_is_empty(void **state)
{
	struct rig *rig = receive((struct ideal_cfg){ .scheme = IDEAL_TIMER, .poll = dur_ns(500),
						      .packet = dur_us(1),
						      .poll_interval = dur_us(10) }, 1, 8);

	rig_script(rig, 3000 * NS, ARRIVE, 0, 1);
	rig_script(rig, 11000 * NS, ARRIVE, 0, 2);
	rig_script(rig, 13000 * NS, ARRIVE, 0, 3);
	rig_run(rig, 24000 * NS);
	expect(rig, 0, 1, 11500 * NS);
	expect(rig, 1, 2, 12500 * NS);
	expect(rig, 2, 3, 24000 * NS);
	/* Two looks and three packets; asleep in between, which is no work. */
	assert_int_equal(ideal_busy_ps(rig->ideal, 0), 4000 * NS);
	assert_int_equal(rig->interrupts, 0);
	rig_free(rig);
}

static void application_runs_while_the_timer_scheme_sleeps(void **state)
{
	struct rig *rig = receive((struct ideal_cfg){ .scheme = IDEAL_TIMER, .packet = dur_us(1),
						      .application = dur_us(12),
						      .poll_interval = dur_us(10) }, 1, 8);

	rig_script(rig, 3000 * NS, ARRIVE, 0, 1);
	rig_script(rig, 12000 * NS, ARRIVE, 0, 2);
	rig_run(rig, 30000 * NS);
	/* From 11 us on; one microsecond of it goes to the second packet at 21 us. */
	expect(rig, 0, 1, 24000 * NS);
	assert_int_equal(ideal_application_ps(rig->ideal, 0), 18000 * NS);
	assert_int_equal(ideal_busy_ps(rig->ideal, 0), 20000 * NS);
	rig_free(rig);
}

static struct rig *with_application(void)
{
	return receive((struct ideal_cfg){ .scheme = IDEAL_INTERRUPT, .interrupt = dur_us(1),
					   .packet = dur_us(1), .application = dur_us(4) }, 1, 8);
}

static void application_is_preempted_and_resumed(void **state)
{
	struct rig *rig = with_application();

	rig_script(rig, 0, ARRIVE, 0, 1);
	rig_script(rig, 3000 * NS, ARRIVE, 0, 2);
	rig_run(rig, 4000 * NS);
	assert_int_equal(ideal_application_ps(rig->ideal, 0), 1000 * NS);
	rig_run(rig, 20000 * NS);
	expect(rig, 0, 1, 8000 * NS);
	expect(rig, 1, 2, 12000 * NS);
	assert_int_equal(ideal_application_ps(rig->ideal, 0), 8000 * NS);
	assert_int_equal(ideal_busy_ps(rig->ideal, 0), 12000 * NS);
	rig_free(rig);
}

static void interrupt_at_the_end_of_application_work_does_not_repeat_it(void **state)
{
	struct rig *rig = with_application();

	rig_script(rig, 0, ARRIVE, 0, 1);
	rig_script(rig, 6000 * NS, ARRIVE, 0, 2);
	rig_run(rig, 20000 * NS);
	expect(rig, 0, 1, 6000 * NS);
	expect(rig, 1, 2, 12000 * NS);
	assert_int_equal(ideal_busy_ps(rig->ideal, 0), 12000 * NS);
	rig_free(rig);
}

static void socket_queue_that_is_full_loses_packets(void **state)
{
	struct ideal_cfg cfg = { .scheme = IDEAL_INTERRUPT, .application = dur_ms(100), .budget = 1,
				 .cores = 1 };
	struct rig *rig = receive(cfg, 1, 64);

	for (unsigned round = 0; round < 41; round++) {
		for (unsigned i = 0; i < 100; i++)
			rig_script(rig, (round * 100 + i) * NS, ARRIVE, 0, round * 100 + i + 1);
		rig_run(rig, (round + 1) * 100 * NS - 1);
	}
	assert_int_equal(rig->dropped, 0);
	rig_run(rig, 5000ULL * PS_PER_S);
	assert_int_equal(rig->deliveries, 4096);
	rig_free(rig);
}

static struct rig *napi(unsigned budget)
{
	return receive((struct ideal_cfg){ .scheme = IDEAL_NAPI, .interrupt = dur_us(1),
					   .poll = dur_ns(500), .packet = dur_us(1),
					   .budget = budget }, 1, 16);
}

static void napi_pays_a_poll_per_budget(void **state)
{
	struct rig *rig = napi(2);
	static const uint64_t at_ns[] = { 2500, 3500, 5000, 6000, 7500 };

	burst(rig, 0, 1, 5);
	rig_run(rig, 7499 * NS);
	assert_int_equal(rig->enabled & 1, 0);
	rig_run(rig, 20000 * NS);
	for (unsigned i = 0; i < 5; i++)
		expect(rig, i, i + 1, at_ns[i] * NS);
	assert_int_equal(rig->polls, 3);
	assert_int_equal(rig->interrupts, 1);
	assert_int_equal(rig->enabled & 1, 1);
	assert_int_equal(ideal_busy_ps(rig->ideal, 0), 7500 * NS);
	rig_free(rig);
}

static void napi_polls_again_after_exactly_the_budget(void **state)
{
	struct rig *rig = napi(2);

	burst(rig, 0, 1, 4);
	rig_run(rig, 6499 * NS);
	assert_int_equal(rig->enabled & 1, 0);
	rig_run(rig, 20000 * NS);
	assert_int_equal(rig->polls, 3);
	assert_int_equal(rig->enabled & 1, 1);
	assert_int_equal(ideal_busy_ps(rig->ideal, 0), 6500 * NS);
	rig_free(rig);
}

static void napi_serves_what_arrives_during_the_poll(void **state)
{
	struct rig *rig = napi(64);

	rig_script(rig, 0, ARRIVE, 0, 1);
	rig_script(rig, 2400 * NS, ARRIVE, 0, 2);
	rig_script(rig, 3600 * NS, ARRIVE, 0, 3);
	rig_run(rig, 20000 * NS);
	expect(rig, 1, 2, 3500 * NS);
	/* The third came 100 ns after the poll ended: a new interrupt. */
	expect(rig, 2, 3, 6100 * NS);
	assert_int_equal(rig->interrupts, 2);
	assert_int_equal(rig->polls, 2);
	rig_free(rig);
}

static void napi_frame_on_its_way_at_the_unmask_is_not_lost(void **state)
{
	struct rig *rig = napi(64);

	rig_script(rig, 0, ARRIVE, 0, 1);
	/* The head moves before the poll's end, the data are there after it: a new interrupt at
	 * once, and by the time its poll looks the data have come. */
	rig_script(rig, 2000 * NS, ARRIVE_HEAD, 0, 2);
	rig_script(rig, 2600 * NS, ARRIVE_DATA, 0, 2);
	rig_run(rig, 20000 * NS);
	expect(rig, 0, 1, 2500 * NS);
	expect(rig, 1, 2, 5000 * NS);
	assert_int_equal(rig->interrupts, 2);
	rig_free(rig);
}

static void costs_of_zero_deliver_at_the_arrival(void **state)
{
	static const enum ideal_scheme schemes[] = { IDEAL_INTERRUPT, IDEAL_INTERRUPT_DRAIN,
						     IDEAL_NAPI };

	for (unsigned s = 0; s < 3; s++) {
		struct rig *rig = receive((struct ideal_cfg){ .scheme = schemes[s] }, 1, 8);

		for (unsigned i = 0; i < 100; i++)
			rig_script(rig, i * NS, ARRIVE, 0, i + 1);
		rig_run(rig, 1000 * NS);
		for (unsigned i = 0; i < 100; i++)
			expect(rig, i, i + 1, i * NS);
		assert_int_equal(rig->deliveries, 100);
		assert_int_equal(ideal_busy_ps(rig->ideal, 0), 0);
		rig_free(rig);
	}
}

static void ring_counts_the_packet_in_service(void **state)
{
	struct rig *rig = napi(64);

	burst(rig, 0, 1, 17);
	assert_int_equal(rig->dropped, 0);
	rig_script(rig, 2499 * NS, ARRIVE, 0, 100);   /* the first is still in service */
	rig_script(rig, 2501 * NS, ARRIVE, 0, 101);
	rig_run(rig, 2000 * NS);
	assert_int_equal(rig->dropped, 1);
	rig_run(rig, 2500 * NS);
	assert_int_equal(rig->dropped, 2);
	rig_run(rig, 100000 * NS);
	assert_int_equal(rig->dropped, 2);
	assert_int_equal(rig->deliveries, 17);
	assert_int_equal(rig->delivered[16].id, 101);
	rig_free(rig);
}

static void queues_work_on_their_own_cores(void **state)
{
	struct rig *rig = receive((struct ideal_cfg){ .scheme = IDEAL_NAPI, .interrupt = dur_us(1),
						      .packet = dur_us(2), .cores = 2 }, 4, 8);

	rig_script(rig, 0, ARRIVE, 0, 1);
	rig_script(rig, 0, ARRIVE, 3, 2);
	rig_script(rig, 500 * NS, ARRIVE, 3, 3);
	rig_run(rig, 20000 * NS);
	expect(rig, 0, 1, 3000 * NS);
	expect(rig, 1, 2, 3000 * NS);
	expect(rig, 2, 3, 5000 * NS);
	assert_int_equal(ideal_busy_ps(rig->ideal, 0), 3000 * NS);
	assert_int_equal(ideal_busy_ps(rig->ideal, 1), 5000 * NS);
	rig_free(rig);
}

static void foreign_frames_have_no_id(void **state)
{
	struct rig *rig = napi(64);

	rig_script(rig, 0, ARRIVE, 0, 1ULL << 60);
	rig_run(rig, 20000 * NS);
	expect(rig, 0, 0, 2500 * NS);
	rig_free(rig);
}

static void vectors_nobody_asked_for_are_ignored(void **state)
{
	struct rig *rig = napi(64);

	ideal_interrupt(rig->ideal, 0, 1);
	ideal_interrupt(rig->ideal, 0, 33);
	ideal_interrupt(rig->ideal, 0, 32 + 16 * 7);
	rig_run(rig, 20000 * NS);
	assert_int_equal(ideal_busy_ps(rig->ideal, 0), 0);
	rig_free(rig);
}

static void refuse(struct ideal_nic nic, const char *word)
{
	struct rig *rig = rig_new(&(struct ideal_cfg){ .budget = 1, .cores = 1 });

	assert_int_equal(ideal_add_nic(rig->ideal, &nic), SIM_ERR_CONFIG);
	if (!strstr(rig->sim.error, word))
		fail_msg("\"%s\" does not name %s", rig->sim.error, word);
	rig_free(rig);
}

static void impossible_interfaces_are_refused(void **state)
{
	refuse((struct ideal_nic){ .queues = 0, .ring = 8 }, "queues");
	refuse((struct ideal_nic){ .queues = 17, .ring = 8 }, "queues");
	refuse((struct ideal_nic){ .queues = 1, .ring = 0 }, "rings");
	refuse((struct ideal_nic){ .queues = 1, .ring = 4104 }, "rings");
	refuse((struct ideal_nic){ .queues = 1, .ring = 8, .eitr_us = 1 }, "throttle");
	refuse((struct ideal_nic){ .queues = 1, .ring = 8, .eitr_us = 1024 }, "throttle");
	refuse((struct ideal_nic){ .queues = 16, .ring = 4096 }, "memory");
}

static void too_many_devices_are_refused(void **state)
{
	struct rig *rig = rig_new(&(struct ideal_cfg){ .budget = 1, .cores = 1 });
	struct ideal_nic nic = { .queues = 1, .ring = 8 };

	for (unsigned d = 0; d < 8; d++)
		assert_int_equal(ideal_add_nic(rig->ideal, &nic), SIM_OK);
	assert_int_equal(ideal_add_nic(rig->ideal, &nic), SIM_ERR_CONFIG);
	rig_free(rig);
}

static void impossible_hosts_are_refused(void **state)
{
	struct ideal_cfg good = { .budget = 1, .cores = 1 }, cfg = good;
	struct rig *rig = rig_new(&good);
	struct ideal *ideal;
	struct ideal_ops ops = { 0 };

	cfg.budget = 0;
	assert_int_equal(ideal_create(&ideal, &rig->sim, &cfg, &ops, NULL), SIM_ERR_CONFIG);
	assert_null(ideal);
	cfg = good;
	cfg.cores = 0;
	assert_int_equal(ideal_create(&ideal, &rig->sim, &cfg, &ops, NULL), SIM_ERR_CONFIG);
	cfg.cores = 65;
	assert_int_equal(ideal_create(&ideal, &rig->sim, &cfg, &ops, NULL), SIM_ERR_CONFIG);
	ideal_destroy(NULL);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interrupt_scheme_pays_interrupt_and_packet_each_time),
		cmocka_unit_test(drain_scheme_pays_the_interrupt_once),
		cmocka_unit_test(drain_scheme_pays_for_an_interrupt_that_finds_nothing),
		cmocka_unit_test(application_is_preempted_and_resumed),
		cmocka_unit_test(interrupt_at_the_end_of_application_work_does_not_repeat_it),
		cmocka_unit_test(socket_queue_that_is_full_loses_packets),
		cmocka_unit_test(napi_pays_a_poll_per_budget),
		cmocka_unit_test(napi_polls_again_after_exactly_the_budget),
		cmocka_unit_test(napi_serves_what_arrives_during_the_poll),
		cmocka_unit_test(napi_frame_on_its_way_at_the_unmask_is_not_lost),
		cmocka_unit_test(costs_of_zero_deliver_at_the_arrival),
		cmocka_unit_test(ring_counts_the_packet_in_service),
		cmocka_unit_test(queues_work_on_their_own_cores),
		cmocka_unit_test(foreign_frames_have_no_id),
		cmocka_unit_test(vectors_nobody_asked_for_are_ignored),
		cmocka_unit_test(timer_scheme_sleeps_whenever_the_ring_is_empty),
		cmocka_unit_test(application_runs_while_the_timer_scheme_sleeps),
		cmocka_unit_test(impossible_interfaces_are_refused),
		cmocka_unit_test(too_many_devices_are_refused),
		cmocka_unit_test(impossible_hosts_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
