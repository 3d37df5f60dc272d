/* SPDX-License-Identifier: MIT */
/* NAPI: exhaustive service after a set-up (oracle 3a), and a budget with a cost per poll (3b). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/validation/bench.h"
#include "tests/validation/oracles.h"

#define PACKETS 1e6

static struct bench *poll_with(struct oracle *oracle, unsigned budget)
{
	struct nic_load load = { .scheme = "napi", .interrupt = oracle_param(oracle, "ci"),
				 .poll = oracle_param(oracle, "co"),
				 .packet = oracle_param(oracle, "s"), .budget = budget,
				 .rate = oracle_param(oracle, "lam"), .packets = PACKETS };
	struct bench *host = bench_nic(&load);

	oracle_compare(oracle, "irq_rate", bench_stat(host, "eth0.irq.rate"), PACKETS);
	oracle_compare(oracle, "mean_latency", bench_mean(host, "eth0.rx.latency_ns"), PACKETS);
	oracle_compare(oracle, "pkts_per_irq", bench_stat(host, "eth0.rx.frames_per_irq"), PACKETS);
	oracle_compare(oracle, "util", bench_stat(host, "cpu.busy"), PACKETS);
	return host;
}

static void exhaustive(const char *set)
{
	struct oracle *oracle = oracle_open("3a", set);

	bench_close(poll_with(oracle, 0));
	oracle_finish(oracle);
}

static void with_budget(const char *set)
{
	struct oracle *oracle = oracle_open("3b", set);
	struct bench *host = poll_with(oracle, (unsigned)oracle_param(oracle, "b"));

	oracle_compare(oracle, "pkts_per_poll",
		       bench_stat(host, "eth0.rx.frames_per_poll"), PACKETS);
	oracle_compare(oracle, "polls_per_irq",
		       bench_stat(host, "eth0.rx.polls") / bench_stat(host, "eth0.irq.count"),
		       PACKETS);
	bench_close(host);
	oracle_finish(oracle);
}

static void exhaustive_moderate_load(void **state) { exhaustive("V1"); }
static void exhaustive_high_load(void **state) { exhaustive("V2"); }
static void exhaustive_low_load(void **state) { exhaustive("V3"); }
static void budget_4_often_reached(void **state) { with_budget("V1"); }
static void budget_16(void **state) { with_budget("V2"); }
static void budget_64_seldom_reached(void **state) { with_budget("V3"); }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exhaustive_moderate_load),
		cmocka_unit_test(exhaustive_high_load),
		cmocka_unit_test(exhaustive_low_load),
		cmocka_unit_test(budget_4_often_reached),
		cmocka_unit_test(budget_16),
		cmocka_unit_test(budget_64_seldom_reached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
