/* SPDX-License-Identifier: MIT */
/* NVMe with a medium of constant latency: the deterministic cases that the oracles' text gives
 * beside their tables of exponential service (11b at depth 1, 11c, 11d). The window is a
 * multiple of the cycle, so that they are exact. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/validation/bench.h"
#include "tests/validation/oracles.h"

#define CYCLES    20000.0
#define TABLE_IOS 1e6    /* no statistics here: the tolerance is the table's own */

/* Depth 1: latency s + x, then the host's delay z, which is the submission's time here. */
static void depth_1_is_service_plus_host(void **state)
{
	struct oracle *oracle = oracle_open("11b", "V1");
	double service = oracle_param(oracle, "s") + oracle_param(oracle, "x");
	double host_delay = oracle_param(oracle, "z");
	struct ssd_load load = { .medium = service, .submit = host_delay, .depth = 1,
				 .window = CYCLES * (service + host_delay) };
	struct bench *host = bench_ssd(&load);

	oracle_compare(oracle, "iops", bench_stat(host, "nvme0.io.iops"), TABLE_IOS);
	oracle_compare(oracle, "latency", bench_mean(host, "nvme0.device.latency_ns"), TABLE_IOS);
	bench_close(host);
	oracle_finish(oracle);
}

static void coalescing(unsigned depth, double medium, double tau, unsigned count, double iops,
		       double irqs)
{
	struct oracle *oracle = oracle_formulas("11c");
	struct ssd_load load = { .medium = medium, .depth = depth, .coalesce_time = tau,
				 .coalesce_threshold = count,
				 .window = CYCLES * depth / iops };
	struct bench *host = bench_ssd(&load);

	oracle_formula(oracle, "iops", iops, bench_stat(host, "nvme0.io.iops"));
	oracle_formula(oracle, "irq_rate", irqs, bench_per_us(host, "nvme0.irq.count"));
	oracle_formula(oracle, "latency", depth / iops, bench_mean(host, "nvme0.io.latency_ns"));
	bench_close(host);
	oracle_finish(oracle);
}

/* 11c: depth below the threshold: every interrupt waits for the timer. */
static void coalescing_depth_1_waits_for_the_timer(void **state)
{
	coalescing(1, 80, 100, 8, 1 / 180.0, 1 / 180.0);
}

static void coalescing_below_the_threshold_waits_for_the_timer(void **state)
{
	coalescing(4, 80, 100, 8, 4 / 180.0, 1 / 180.0);
}

static void coalescing_at_the_threshold_does_not_wait(void **state)
{
	coalescing(8, 80, 100, 8, 8 / 80.0, 1 / 80.0);
}

static void coalescing_four_thresholds_deep(void **state)
{
	coalescing(32, 80, 100, 8, 32 / 80.0, 4 / 80.0);
}

struct polling {
	double medium, interrupt, complete, submit, look;
};

/* 11d with t_irq = 0, as the message takes no time here. */
static void polling(const struct polling *p)
{
	struct oracle *oracle = oracle_formulas("11d");
	struct ssd_load load = { .medium = p->medium, .interrupt = p->interrupt,
				 .submit = p->submit, .complete = p->complete,
				 .poll_interval = p->look, .depth = 1 };
	double cpu = p->submit + p->interrupt + p->complete;
	double looks = ceil(p->medium / p->look - 1e-9);
	double polled_cycle = p->submit + p->look * looks + p->complete;
	struct bench *host;

	load.window = CYCLES * (cpu + p->medium);
	host = bench_ssd(&load);

	oracle_formula(oracle, "iops_irq", 1 / (cpu + p->medium),
		       bench_stat(host, "nvme0.io.iops"));
	oracle_formula(oracle, "util_irq", cpu / (cpu + p->medium), bench_stat(host, "cpu.busy"));
	bench_close(host);
	load.polled = true;
	load.window = CYCLES * polled_cycle;
	host = bench_ssd(&load);
	oracle_formula(oracle, "iops_poll", 1 / polled_cycle, bench_stat(host, "nvme0.io.iops"));
	oracle_formula(oracle, "util_poll", 1, bench_stat(host, "cpu.busy"));
	assert_int_equal((int)bench_stat(host, "nvme0.irq.count"), 0);
	bench_close(host);
	oracle_finish(oracle);
}

static void polling_a_fast_medium(void **state)
{
	polling(&(struct polling){ 10, 1.5, 0.8, 1, 0.1 });
}

static void polling_a_slow_medium(void **state)
{
	polling(&(struct polling){ 80, 1.5, 0.8, 1, 0.1 });
}

static void polling_seldom_sees_completions_late(void **state)
{
	polling(&(struct polling){ 4.7, 2, 0.5, 0.8, 1 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(depth_1_is_service_plus_host),
		cmocka_unit_test(coalescing_depth_1_waits_for_the_timer),
		cmocka_unit_test(coalescing_below_the_threshold_waits_for_the_timer),
		cmocka_unit_test(coalescing_at_the_threshold_does_not_wait),
		cmocka_unit_test(coalescing_four_thresholds_deep),
		cmocka_unit_test(polling_a_fast_medium),
		cmocka_unit_test(polling_a_slow_medium),
		cmocka_unit_test(polling_seldom_sees_completions_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
