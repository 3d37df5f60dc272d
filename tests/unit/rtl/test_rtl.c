/* SPDX-License-Identifier: MIT */
/* Blocks in RTL by themselves: their clock, ticks, refusals. What they do is compared with the
 * C models in tests/rtl. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "devices/rtl/rtl.h"

static struct sim sim;

static int setup(void **state)
{
	memset(&sim, 0, sizeof(sim));
	sim.engine = engine_create();
	return !sim.engine;
}

static int teardown(void **state)
{
	engine_destroy(sim.engine);
	return 0;
}

static struct moderation_answer operate(const struct moderation_port *port, struct moderation_op op)
{
	struct moderation_answer answer;

	port->step(port->ctx, &op, &answer);
	return answer;
}

static void an_idle_block_is_not_clocked(void **state)
{
	struct rtl_cfg cfg = { .name = "eth0", .clock_hz = 250000000 };
	struct rtl_moderation_cfg moderation = { .batching = false };
	struct moderation_port port;
	struct rtl_moderation *block;
	struct msix_port msix_port;
	struct rtl_msix *msix;
	uint64_t clocks;

	assert_int_equal(rtl_moderation_create(&block, &sim, &cfg, &moderation, &port), SIM_OK);
	assert_int_equal(rtl_msix_create(&msix, &sim, &cfg, &msix_port), SIM_OK);
	operate(&port, (struct moderation_op){ .what = MODERATION_RESET, .vector = 63 });
	clocks = rtl_moderation_clocks(block);
	engine_advance(sim.engine, at_ps(PS_PER_S));
	assert_int_equal(rtl_moderation_clocks(block), clocks);
	operate(&port, (struct moderation_op){ .what = MODERATION_REQUEST, .vector = 63,
					       .active = true });
	assert_int_equal(rtl_moderation_clocks(block), clocks + 1);
	assert_int_equal(engine_pending(sim.engine), 0);
	rtl_msix_destroy(msix);
	rtl_moderation_destroy(block);
}

/* 3 GHz: a period of 333 1/3 ps. An instant is the next tick, a length is rounded up. */
static void ticks_are_the_next_edge(void **state)
{
	struct rtl_cfg cfg = { .name = "eth0", .clock_hz = 3000000000 };
	struct rtl_moderation_cfg moderation = { .batching = false };
	struct moderation_op request = { .what = MODERATION_REQUEST, .active = true };
	struct moderation_port port;
	struct rtl_moderation *block;
	struct moderation_answer answer;

	assert_int_equal(rtl_moderation_create(&block, &sim, &cfg, &moderation, &port), SIM_OK);
	operate(&port, (struct moderation_op){ .what = MODERATION_RESET, .interval = dur_ps(334) });
	engine_advance(sim.engine, at_ps(1000));
	answer = operate(&port, request);
	assert_true(answer.send);
	assert_int_equal(answer.due.ps, 1666);     /* 3 + 2 ticks */
	engine_advance(sim.engine, at_ps(1001));
	answer = operate(&port, request);
	assert_true(answer.held && answer.timer_set && !answer.send);
	assert_int_equal(answer.timer.ps, 1666);
	engine_advance(sim.engine, answer.timer);
	request.what = MODERATION_EXPIRE;
	assert_true(operate(&port, request).send);
	rtl_moderation_destroy(block);
}

static void two_blocks_know_nothing_of_each_other(void **state)
{
	struct rtl_cfg cfg = { .name = "nvme0", .clock_hz = 1000000000 };
	struct coalescing_op entry = { .what = COALESCING_ENTRY, .threshold = 2,
				       .wait = dur_us(100) };
	struct coalescing_port port[2];
	struct rtl_coalescing *block[2];
	struct coalescing_answer answer;

	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(rtl_coalescing_create(&block[i], &sim, &cfg, &port[i]), SIM_OK);
	for (unsigned i = 0; i < 2; i++) {
		port[i].step(port[i].ctx, &entry, &answer);
		assert_false(answer.raise);
	}
	port[1].step(port[1].ctx, &entry, &answer);
	assert_true(answer.raise);
	assert_int_equal(answer.entries, 2);
	for (unsigned i = 0; i < 2; i++)
		rtl_coalescing_destroy(block[i]);
}

static void bad_configurations_are_refused(void **state)
{
	struct rtl_cfg cfg = { .name = "eth0", .clock_hz = 0 };
	struct msix_port port;
	struct rtl_msix *block;

	assert_int_equal(rtl_msix_create(&block, &sim, &cfg, &port), SIM_ERR_CONFIG);
	cfg.clock_hz = PS_PER_S + 1;
	assert_int_equal(rtl_msix_create(&block, &sim, &cfg, &port), SIM_ERR_CONFIG);
	assert_null(block);
	cfg.clock_hz = 1;
	cfg.wave = "no/such/folder/a.fst";
	assert_int_equal(rtl_msix_create(&block, &sim, &cfg, &port), SIM_ERR_HOST);
	assert_null(block);
	assert_non_null(strstr(sim.error, "no/such/folder"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_idle_block_is_not_clocked, setup, teardown),
		cmocka_unit_test_setup_teardown(ticks_are_the_next_edge, setup, teardown),
		cmocka_unit_test_setup_teardown(two_blocks_know_nothing_of_each_other, setup,
						teardown),
		cmocka_unit_test_setup_teardown(bad_configurations_are_refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
