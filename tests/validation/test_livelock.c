/* SPDX-License-Identifier: MIT */
/* Receive livelock: interrupts before the application (oracle 2a), and NAPI that works to
 * completion under overload (2b). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/validation/bench.h"
#include "tests/validation/oracles.h"

#define PACKETS       1e6
#define SWEEP_PACKETS 2e5
#define OVERLOAD      1.0     /* packets per microsecond, far above every capacity here */

static double delivered_at(struct nic_load load, double rate, double packets)
{
	struct bench *host;
	double delivered;

	load.rate = rate;
	load.packets = packets;
	host = bench_nic(&load);
	delivered = bench_per_us(host, "eth0.rx.delivered");
	bench_close(host);
	return delivered;
}

/* Load of the greatest throughput, from a sweep in steps of 1 % around the theory's. */
static double find_peak(const struct nic_load *load, double near_rate)
{
	double best = 0, best_rate = 0;

	for (int step = -6; step <= 6; step++) {
		double rate = near_rate * (1 + 0.01 * step);
		double delivered = delivered_at(*load, rate, SWEEP_PACKETS);

		if (delivered > best) {
			best = delivered;
			best_rate = rate;
		}
	}
	return best_rate;
}

/* Load at which nothing is delivered any more: the curve is still measurable 5 % and 2.5 %
 * below; the line through the two meets zero there. */
static double find_collapse(const struct nic_load *load, double near_rate)
{
	double a = 0.95 * near_rate, b = 0.975 * near_rate;
	double at_a = delivered_at(*load, a, PACKETS), at_b = delivered_at(*load, b, PACKETS);

	return b + at_b * (b - a) / (at_a - at_b);
}

static double table_value_peak(double ci, double cp, double cu, int drain)
{
	if (!drain)
		return 1 / (ci + cp + cu);
	return (-(cu + cp) + sqrt((cu + cp) * (cu + cp) + 4 * cu * ci)) / (2 * cu * ci);
}

static void livelock(const char *set)
{
	struct oracle *oracle = oracle_open("2a", set);
	int drain = !strcmp(oracle_word(oracle, "mode"), "drain");
	double ci = oracle_param(oracle, "ci"), cp = oracle_param(oracle, "cp");
	double cu = oracle_param(oracle, "cu");
	struct nic_load load = { .scheme = drain ? "interrupt-drain" : "interrupt", .interrupt = ci,
				 .packet = cp, .application = cu,
				 .rate = oracle_param(oracle, "lam"), .packets = PACKETS };
	struct bench *host = bench_nic(&load);

	oracle_compare(oracle, "delivered", bench_per_us(host, "eth0.rx.delivered"), PACKETS);
	oracle_compare(oracle, "hp_util",
		       bench_stat(host, "cpu.time_ns.driver") / 1000 / bench_window(host), PACKETS);
	bench_close(host);
	oracle_compare(oracle, "peak_load", find_peak(&load, table_value_peak(ci, cp, cu, drain)),
		       PACKETS);
	oracle_compare(oracle, "collapse_load",
		       find_collapse(&load, drain ? 1 / cp : 1 / (ci + cp)), PACKETS);
	oracle_finish(oracle);
}

/* The application's work is done in the poll loop, so it is part of the packet's. */
static void run_to_completion(const char *set)
{
	struct oracle *oracle = oracle_open("2b", set);
	double ci = oracle_param(oracle, "ci");
	double work = oracle_param(oracle, "cp") + oracle_param(oracle, "cu");
	struct nic_load load = { .scheme = "napi", .interrupt = ci, .packet = work,
				 .poll = oracle_param(oracle, "co"),
				 .budget = (unsigned)oracle_param(oracle, "b") };
	double capacity = delivered_at(load, OVERLOAD, PACKETS);

	oracle_compare(oracle, "capacity", capacity, PACKETS);
	oracle_compare(oracle, "delivered",
		       delivered_at(load, oracle_param(oracle, "lam"), PACKETS), PACKETS);
	oracle_compare(oracle, "ratio_vs_interrupt", capacity * (ci + work), PACKETS);
	oracle_finish(oracle);
}

static void interrupt_per_packet_below_the_peak(void **state) { livelock("V1"); }
static void interrupt_per_packet_starves_the_application(void **state) { livelock("V2"); }
static void draining_interrupt_collapses_later(void **state) { livelock("V3"); }
static void napi_below_capacity(void **state) { run_to_completion("V1"); }
static void napi_keeps_its_capacity_in_overload(void **state) { run_to_completion("V2"); }
static void napi_small_budget_in_overload(void **state) { run_to_completion("V3"); }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interrupt_per_packet_below_the_peak),
		cmocka_unit_test(interrupt_per_packet_starves_the_application),
		cmocka_unit_test(draining_interrupt_collapses_later),
		cmocka_unit_test(napi_below_capacity),
		cmocka_unit_test(napi_keeps_its_capacity_in_overload),
		cmocka_unit_test(napi_small_budget_in_overload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
