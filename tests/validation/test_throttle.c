/* SPDX-License-Identifier: MIT */
/* The 82599's EITR as a minimum distance of interrupts: oracles 1c (no service time) and 1d
 * (NAPI). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/validation/bench.h"
#include "tests/validation/oracles.h"

#define PACKETS 1e6

/* Delays are those of a host that takes no time; the shares of CPU time are of one that does: the
 * device's interrupts are the same, as nothing masks them. */
static void throttle(const char *set)
{
	struct oracle *oracle = oracle_open("1c", set);
	struct nic_load load = { .scheme = "interrupt-drain", .gap = oracle_param(oracle, "T"),
				 .rate = oracle_param(oracle, "lam"), .packets = PACKETS };
	struct bench *free_host = bench_nic(&load), *host;
	double irqs = bench_stat(free_host, "eth0.irq.count");

	oracle_compare(oracle, "batch", bench_stat(free_host, "eth0.rx.frames_per_irq"), PACKETS);
	oracle_compare(oracle, "irq_rate", bench_stat(free_host, "eth0.irq.rate"), PACKETS);
	oracle_compare(oracle, "frac_immediate", 1 - bench_held(free_host) / irqs, PACKETS);
	oracle_compare(oracle, "mean_delay",
		       bench_mean(free_host, "eth0.rx.moderation_ns"), PACKETS);
	oracle_compare(oracle, "p50",
		       bench_quantile(free_host, "eth0.rx.moderation_ns", 50), PACKETS);
	oracle_compare(oracle, "p99",
		       bench_quantile(free_host, "eth0.rx.moderation_ns", 99), PACKETS);
	bench_close(free_host);
	load.interrupt = oracle_param(oracle, "ci");
	load.packet = oracle_param(oracle, "cp");
	host = bench_nic(&load);
	oracle_compare(oracle, "util", bench_stat(host, "cpu.busy"), PACKETS);
	oracle_compare(oracle, "cpu_per_pkt",
		       bench_stat(host, "cpu.busy") / bench_per_us(host, "eth0.rx.delivered"),
		       PACKETS);
	bench_close(host);
	oracle_finish(oracle);
}

static void napi(const char *set)
{
	struct oracle *oracle = oracle_open("1d", set);
	struct nic_load load = { .scheme = "napi", .gap = oracle_param(oracle, "T"),
				 .interrupt = oracle_param(oracle, "ci"),
				 .packet = oracle_param(oracle, "s"),
				 .rate = oracle_param(oracle, "lam"), .packets = PACKETS };
	struct bench *host = bench_nic(&load);

	oracle_compare(oracle, "irq_rate", bench_stat(host, "eth0.irq.rate"), PACKETS);
	oracle_compare(oracle, "mean_latency", bench_mean(host, "eth0.rx.latency_ns"), PACKETS);
	oracle_compare(oracle, "pkts_per_irq", bench_stat(host, "eth0.rx.frames_per_irq"), PACKETS);
	oracle_compare(oracle, "util", bench_stat(host, "cpu.busy"), PACKETS);
	bench_close(host);
	oracle_finish(oracle);
}

static void throttle_gap_dense_traffic(void **state) { throttle("V1"); }
static void throttle_gap_sparse_traffic(void **state) { throttle("V2"); }
static void throttle_gap_mostly_immediate(void **state) { throttle("V3"); }
static void throttle_and_napi_half_load(void **state) { napi("V1"); }
static void throttle_and_napi_long_gap(void **state) { napi("V2"); }
static void throttle_and_napi_high_load(void **state) { napi("V3"); }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(throttle_gap_dense_traffic),
		cmocka_unit_test(throttle_gap_sparse_traffic),
		cmocka_unit_test(throttle_gap_mostly_immediate),
		cmocka_unit_test(throttle_and_napi_half_load),
		cmocka_unit_test(throttle_and_napi_long_gap),
		cmocka_unit_test(throttle_and_napi_high_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
