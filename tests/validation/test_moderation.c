/* SPDX-License-Identifier: MIT */
/* Moderation of other hardware: count and timeout (oracle 1a), packet timer and absolute timer (1b),
 * the least distance of two interrupts with any resolution (1c), watermarks without and with a timer
 * (4a, 4b). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/validation/bench.h"
#include "tests/validation/oracles.h"

#define PACKETS  1e6
/* Theory's host takes no time, but its work is counted. A host of a thousandth of the costs is done
 * before the next interrupt comes, and its share of time is a thousandth. */
#define SMALLER  1000.0

struct text {
	char keys[128];
};

static struct bench *coalesce(struct oracle *oracle, const char *moderation)
{
	struct nic_load load = { .scheme = "interrupt-drain", .moderation = moderation,
				 .rate = oracle_param(oracle, "lam"), .packets = PACKETS };
	struct bench *host;
	double busy;

	load.interrupt = oracle_param(oracle, "ci") / SMALLER;
	load.packet = oracle_param(oracle, "cp") / SMALLER;
	host = bench_nic(&load);
	busy = bench_stat(host, "cpu.busy") * SMALLER;
	oracle_compare(oracle, "util", busy, PACKETS);
	oracle_compare(oracle, "cpu_per_pkt", busy / bench_per_us(host, "eth0.rx.delivered"), PACKETS);
	bench_close(host);
	load.interrupt = load.packet = 0;
	host = bench_nic(&load);
	oracle_compare(oracle, "batch", bench_stat(host, "eth0.rx.frames_per_irq"), PACKETS);
	oracle_compare(oracle, "irq_rate", bench_stat(host, "eth0.irq.rate"), PACKETS);
	oracle_compare(oracle, "mean_delay", bench_mean(host, "eth0.rx.moderation_ns"), PACKETS);
	oracle_compare(oracle, "p50", bench_quantile(host, "eth0.rx.moderation_ns", 50), PACKETS);
	oracle_compare(oracle, "p99", bench_quantile(host, "eth0.rx.moderation_ns", 99), PACKETS);
	return host;
}

static double timeouts(const struct bench *host)
{
	return bench_stat(host, "eth0.irq.timeouts") / bench_stat(host, "eth0.irq.count");
}

static void count_timeout(const char *set)
{
	struct oracle *oracle = oracle_open("1a", set);
	struct bench *host;
	struct text text;

	snprintf(text.keys, sizeof(text.keys),
		 "kind = \"count-timeout\", count = %.0f, timeout = \"%.0fps\"",
		 oracle_param(oracle, "k"), oracle_param(oracle, "tau") * 1e6);
	host = coalesce(oracle, text.keys);
	oracle_compare(oracle, "frac_timer", timeouts(host), PACKETS);
	bench_close(host);
	oracle_finish(oracle);
}

static void packet_timer(const char *set)
{
	struct oracle *oracle = oracle_open("1b", set);
	struct bench *host;
	struct text text;

	snprintf(text.keys, sizeof(text.keys),
		 "kind = \"packet-timer\", gap = \"%.0fps\", timeout = \"%.0fps\"",
		 oracle_param(oracle, "r") * 1e6, oracle_param(oracle, "A") * 1e6);
	host = coalesce(oracle, text.keys);
	oracle_compare(oracle, "frac_abs", timeouts(host), PACKETS);
	bench_close(host);
	oracle_finish(oracle);
}

static void least_gap(const char *set)
{
	struct oracle *oracle = oracle_open("1c", set);
	struct bench *host;
	struct text text;

	snprintf(text.keys, sizeof(text.keys), "kind = \"itr\", gap = \"%.0fps\"",
		 oracle_param(oracle, "T") * 1e6);
	host = coalesce(oracle, text.keys);
	oracle_compare(oracle, "frac_immediate",
		       1 - bench_held(host) / bench_stat(host, "eth0.irq.count"), PACKETS);
	bench_close(host);
	oracle_finish(oracle);
}

/* The handler serves until the low mark is reached; the device raises no other interrupt until then. */
static void level(struct oracle *oracle, const char *moderation)
{
	struct nic_load load = { .scheme = "interrupt-drain", .moderation = moderation,
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

static void watermarks(const char *set)
{
	struct oracle *oracle = oracle_open("4a", set);
	struct text text;

	snprintf(text.keys, sizeof(text.keys), "kind = \"watermark\", high = %.0f, low = %.0f",
		 oracle_param(oracle, "H"), oracle_param(oracle, "L"));
	level(oracle, text.keys);
}

static void high_mark_or_timeout(const char *set)
{
	struct oracle *oracle = oracle_open("4b", set);
	struct text text;

	snprintf(text.keys, sizeof(text.keys),
		 "kind = \"watermark\", high = %.0f, low = 0, timeout = \"%.0fps\"",
		 oracle_param(oracle, "H"), oracle_param(oracle, "tau") * 1e6);
	level(oracle, text.keys);
}

static void count_8_or_10us(void **state) { count_timeout("V1"); }
static void count_16_at_low_load_is_the_timeout(void **state) { count_timeout("V2"); }
static void count_32_at_high_load_is_the_count(void **state) { count_timeout("V3"); }
static void packet_timer_of_2us(void **state) { packet_timer("V1"); }
static void packet_timer_of_8us(void **state) { packet_timer("V2"); }
static void packet_timer_of_1us(void **state) { packet_timer("V3"); }
static void gap_of_10us_at_high_load(void **state) { least_gap("V1"); }
static void gap_of_50us_at_low_load(void **state) { least_gap("V2"); }
static void gap_of_8us_below_one_packet(void **state) { least_gap("V3"); }
static void watermarks_16_and_0(void **state) { watermarks("V1"); }
static void watermarks_16_and_4(void **state) { watermarks("V2"); }
static void watermarks_64_and_16(void **state) { watermarks("V3"); }
static void high_mark_16_or_20us(void **state) { high_mark_or_timeout("V1"); }
static void high_mark_8_or_50us(void **state) { high_mark_or_timeout("V2"); }
static void high_mark_4_or_30us_at_low_load(void **state) { high_mark_or_timeout("V3"); }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(count_8_or_10us),
		cmocka_unit_test(count_16_at_low_load_is_the_timeout),
		cmocka_unit_test(count_32_at_high_load_is_the_count),
		cmocka_unit_test(packet_timer_of_2us),
		cmocka_unit_test(packet_timer_of_8us),
		cmocka_unit_test(packet_timer_of_1us),
		cmocka_unit_test(gap_of_10us_at_high_load),
		cmocka_unit_test(gap_of_50us_at_low_load),
		cmocka_unit_test(gap_of_8us_below_one_packet),
		cmocka_unit_test(watermarks_16_and_0),
		cmocka_unit_test(watermarks_16_and_4),
		cmocka_unit_test(watermarks_64_and_16),
		cmocka_unit_test(high_mark_16_or_20us),
		cmocka_unit_test(high_mark_8_or_50us),
		cmocka_unit_test(high_mark_4_or_30us_at_low_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
