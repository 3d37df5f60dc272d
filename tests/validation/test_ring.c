/* SPDX-License-Identifier: MIT */
/* Loss when the ring is full: steady traffic (oracle 5a), with a delay at the start of every busy
 * period (5b), with looks by the clock (5c), with traffic in periods (5d), and one burst with everything
 * deterministic (5e). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/validation/bench.h"
#include "tests/validation/oracles.h"

#define PACKETS     1e6
#define FRAME_BYTES 60u
#define SPEED       10          /* of the capture: times in it are a tenth of a nanosecond */
#define WINDOW      1000.0

static struct bench *full_ring(struct oracle *oracle, struct nic_load load)
{
	struct bench *host;

	load.packet = oracle_param(oracle, "s");
	load.ring = (unsigned)oracle_param(oracle, "N");
	load.packets = PACKETS;
	host = bench_nic(&load);
	oracle_compare(oracle, "loss",
		       bench_stat(host, "eth0.rx.dropped.ring") /
			       bench_stat(host, "eth0.rx.offered"),
		       PACKETS);
	oracle_compare(oracle, "throughput", bench_per_us(host, "eth0.rx.delivered"), PACKETS);
	return host;
}

static void steady(const char *set)
{
	struct oracle *oracle = oracle_open("5a", set);

	bench_close(full_ring(oracle, (struct nic_load){ .scheme = "napi",
							 .rate = oracle_param(oracle, "lam") }));
	oracle_finish(oracle);
}

static void late_start(const char *set)
{
	struct oracle *oracle = oracle_open("5b", set);
	struct nic_load load = { .scheme = "napi", .interrupt = oracle_param(oracle, "V"),
				 .rate = oracle_param(oracle, "lam") };
	struct bench *host = full_ring(oracle, load);

	oracle_compare(oracle, "irq_rate", bench_stat(host, "eth0.irq.rate"), PACKETS);
	bench_close(host);
	oracle_finish(oracle);
}

static void looks_by_the_clock(const char *set)
{
	struct oracle *oracle = oracle_open("5c", set);
	struct nic_load load = { .scheme = "timer", .poll_interval = oracle_param(oracle, "V"),
				 .rate = oracle_param(oracle, "lam") };
	struct bench *host = full_ring(oracle, load);

	assert_int_equal((int)bench_stat(host, "eth0.irq.count"), 0);
	bench_close(host);
	oracle_finish(oracle);
}

/* The key is the mean rate over both kinds of periods. */
static void traffic_in_periods(const char *set)
{
	struct oracle *oracle = oracle_open("5d", set);
	double on = oracle_param(oracle, "Ton"), off = oracle_param(oracle, "Toff");
	struct nic_load load = { .scheme = "napi", .interrupt = oracle_param(oracle, "V"),
				 .rate = oracle_param(oracle, "lon") * on / (on + off),
				 .on = on, .off = off };
	struct bench *host = full_ring(oracle, load);

	oracle_compare(oracle, "offered", bench_per_us(host, "eth0.rx.offered"), PACKETS);
	bench_close(host);
	oracle_finish(oracle);
}

/* A nanosecond capture in the writer's own byte order: the libpcap file format. */
static void write_capture(const char *path, unsigned frames, double gap)
{
	const uint32_t head[6] = { 0xa1b23c4d, 2 | 4 << 16, 0, 0, 65535, 1 };
	uint8_t data[FRAME_BYTES] = { 2 };
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	data[12] = 8;
	assert_int_equal(fwrite(head, sizeof(head), 1, file), 1);
	for (unsigned i = 0; i < frames; i++) {
		uint32_t ns = (uint32_t)(i * gap * 1000 * SPEED + 0.5);
		uint32_t record[4] = { 0, ns, FRAME_BYTES, FRAME_BYTES };

		assert_int_equal(fwrite(record, sizeof(record), 1, file), 1);
		assert_int_equal(fwrite(data, sizeof(data), 1, file), 1);
	}
	assert_int_equal(fclose(file), 0);
}

static void burst(const char *set)
{
	struct oracle *oracle = oracle_open("5e", set);
	struct nic_load load = { .scheme = "napi", .interrupt = oracle_param(oracle, "v"),
				 .packet = oracle_param(oracle, "s"),
				 .ring = (unsigned)oracle_param(oracle, "N"),
				 .speed = SPEED, .window = WINDOW };
	struct bench *host;
	char path[512];

	snprintf(path, sizeof(path), "%s/burst-%s.pcap", OUTPUT_DIR, set);
	write_capture(path, (unsigned)oracle_param(oracle, "B"), oracle_param(oracle, "g"));
	load.pcap = path;
	host = bench_nic(&load);
	oracle_compare(oracle, "drops", bench_stat(host, "eth0.rx.dropped.ring"), PACKETS);
	oracle_not_compared(oracle, "drops_fluid", "an approximation, no acceptance value");
	assert_int_equal((int)(bench_stat(host, "eth0.rx.delivered") +
			       bench_stat(host, "eth0.rx.dropped.ring")),
			 (int)oracle_param(oracle, "B"));
	bench_close(host);
	oracle_finish(oracle);
}

static void ring_of_8_high_load(void **state) { steady("V1"); }
static void ring_of_16_higher_load(void **state) { steady("V2"); }
static void ring_of_32_overload(void **state) { steady("V3"); }
static void interrupt_latency_short(void **state) { late_start("V1"); }
static void interrupt_latency_fills_the_ring(void **state) { late_start("V2"); }
static void interrupt_latency_high_load(void **state) { late_start("V3"); }
static void timer_of_10us(void **state) { looks_by_the_clock("V1"); }
static void timer_of_50us(void **state) { looks_by_the_clock("V2"); }
static void timer_of_60us_at_high_load(void **state) { looks_by_the_clock("V3"); }
static void periods_of_20us(void **state) { traffic_in_periods("V1"); }
static void periods_of_50us_with_latency(void **state) { traffic_in_periods("V2"); }
static void short_periods_small_ring(void **state) { traffic_in_periods("V3"); }
static void burst_longer_than_the_ring(void **state) { burst("V1"); }
static void burst_at_wire_speed(void **state) { burst("V2"); }
static void burst_over_before_service_begins(void **state) { burst("V3"); }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ring_of_8_high_load),
		cmocka_unit_test(ring_of_16_higher_load),
		cmocka_unit_test(ring_of_32_overload),
		cmocka_unit_test(interrupt_latency_short),
		cmocka_unit_test(interrupt_latency_fills_the_ring),
		cmocka_unit_test(interrupt_latency_high_load),
		cmocka_unit_test(timer_of_10us),
		cmocka_unit_test(timer_of_50us),
		cmocka_unit_test(timer_of_60us_at_high_load),
		cmocka_unit_test(periods_of_20us),
		cmocka_unit_test(periods_of_50us_with_latency),
		cmocka_unit_test(short_periods_small_ring),
		cmocka_unit_test(burst_longer_than_the_ring),
		cmocka_unit_test(burst_at_wire_speed),
		cmocka_unit_test(burst_over_before_service_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
