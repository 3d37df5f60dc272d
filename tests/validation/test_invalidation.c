/* SPDX-License-Identifier: MIT */
/* The remapping unit's queue and walkers against theory: contention for invalidations (9d), and what
 * a packet costs without translation, with strict and with deferred invalidation (9e). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/validation/iommu_bench.h"
#include "tests/validation/oracles.h"

#define OPERATIONS 1000000u

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

static void contention_set(struct rig *rig, const char *set)
{
	struct oracle *oracle = oracle_open("9d", set);
	struct bench_cpus bench = { .count = (unsigned)oracle_param(oracle, "n"),
				    .think = oracle_param(oracle, "Z"),
				    .hold = oracle_param(oracle, "c"), .operations = OPERATIONS };
	struct bench_rate got = bench_cpus_run(rig, &bench);

	oracle_compare(oracle, "X_det", got.rate, OPERATIONS);
	oracle_compare(oracle, "R_det", got.response, OPERATIONS);
	oracle_compare(oracle, "wait_det", got.response - bench.hold, OPERATIONS);
	bench.spread = IOMMU_EXPONENTIAL;
	got = bench_cpus_run(rig, &bench);
	oracle_compare(oracle, "X_exp", got.rate, OPERATIONS);
	oracle_compare(oracle, "R_exp", got.response, OPERATIONS);
	oracle_compare(oracle, "wait_exp", got.response - bench.hold, OPERATIONS);
	oracle_finish(oracle);
}

static void contention_is_a_machine_repairman(void **state)
{
	contention_set(*state, "V1");
	contention_set(*state, "V2");
	contention_set(*state, "V3");
}

static void compare_off_and_strict(struct oracle *oracle, struct rig *rig)
{
	struct bench_cpus bench = { .count = (unsigned)oracle_param(oracle, "n"),
				    .think = oracle_param(oracle, "c0"), .off = true,
				    .operations = OPERATIONS };
	double rate = bench_cpus_run(rig, &bench).rate;

	oracle_compare(oracle, "off_cpu", bench.count / rate, OPERATIONS);
	bench.off = false;
	bench.think += oracle_param(oracle, "cmap") + oracle_param(oracle, "cunmap");
	bench.hold = oracle_param(oracle, "cinv");
	rate = bench_cpus_run(rig, &bench).rate;
	oracle_compare(oracle, "strict_rate_total", rate, OPERATIONS);
	oracle_compare(oracle, "strict_cpu", bench.count / rate, OPERATIONS);
}

/* A page is unusable when its flush is done, in theory when it is asked for: flushes that take no
 * time show how long pages are stale, others what they cost. */
static void compare_deferred(struct oracle *oracle, struct rig *rig)
{
	struct bench_flush bench = { .count = (unsigned)oracle_param(oracle, "n"),
				     .rate = oracle_param(oracle, "lam"),
				     .entries = (unsigned)oracle_param(oracle, "F"),
				     .timeout = oracle_param(oracle, "tau"),
				     .hold = oracle_param(oracle, "cglob"),
				     .operations = OPERATIONS };
	double work = oracle_param(oracle, "c0") + oracle_param(oracle, "cmap") +
		      oracle_param(oracle, "cunmap");
	struct bench_deferred got = bench_flush_run(rig, &bench);

	oracle_compare(oracle, "deferred_cpu", work + got.wait / got.batch, OPERATIONS);
	oracle_compare(oracle, "flush_rate", got.flush_rate, OPERATIONS);
	bench.hold = 0;
	oracle_compare(oracle, "mean_stale", bench_flush_run(rig, &bench).stale, OPERATIONS);
}

static void compare_device(struct oracle *oracle, struct rig *rig)
{
	struct bench_streams bench = { .count = (unsigned)oracle_param(oracle, "walkers"),
				       .pages = (unsigned)oracle_param(oracle, "pages"),
				       .miss = oracle_param(oracle, "miss"),
				       .hit_time = oracle_param(oracle, "thit"),
				       .walk_time = oracle_param(oracle, "twalk"),
				       .packets = OPERATIONS };

	oracle_compare(oracle, "device_cap", bench_streams_run(rig, &bench), OPERATIONS);
}

static void modes_set(struct rig *rig, const char *set)
{
	struct oracle *oracle = oracle_open("9e", set);

	compare_off_and_strict(oracle, rig);
	compare_deferred(oracle, rig);
	compare_device(oracle, rig);
	oracle_finish(oracle);
}

static void modes_cost_work_the_queue_and_flushes(void **state)
{
	modes_set(*state, "V1");
	modes_set(*state, "V2");
	modes_set(*state, "V3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(contention_is_a_machine_repairman),
		TEST(modes_cost_work_the_queue_and_flushes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
