/* SPDX-License-Identifier: MIT */
/* The link against measurements of real ones: the data of pcie-bench (Neugebauer et al., SIGCOMM
 * 2018), Broadwell E5-2630 v4, Gen3 x8, MPS 256, MRRS 512. Host costs are the profile's; what the
 * measuring device's own engine takes is below. Rows that are missed say by how much, and
 * docs/accuracy.md why. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/scenario/profile.h"
#include "tests/validation/link_bench.h"

#define HZ       2000000000u
#define SAMPLES  20000u
#define IN_FLIGHT 64u

/* The NFP-6000's engine: a request takes 54 ns of its own, what its 64-byte reads take beyond the
 * command path's 480 ns and the link; it moves data at the rest of the slope of latency over size,
 * 0.295 ns a byte less the link's 0.149; it issues 62.3 M reads or 47.4 M writes a second; its
 * tags have 5 bits. */
static const struct link_load engine = {
	.setup = { 54000 },
	.transfer_64b = { 9350 },
	.read_gap = { 16051 },
	.write_gap = { 21097 },
};

static struct profile *profile;

static struct dur row(const char *name)
{
	return profile_dur(profile, name, HZ);
}

static int load_profile(void **state)
{
	struct diag *diag = diag_new();
	int err = profile_load(&profile, DATA_DIR, PROFILE_CPU, "xeon-bdw-2ghz", diag);

	diag_free(diag);
	return err;
}

static int free_profile(void **state)
{
	profile_free(profile);
	return 0;
}

static struct pcie_link_cfg slot(void)
{
	struct pcie_link_cfg link = link_bench_defaults(3, 8, 256);

	link.read_rtt = row("dma.read_rtt");
	link.write_latency = row("dma.write_latency");
	link.credit_return = row("dma.credit_return");
	link.posted = (struct pcie_credits){ 64, 1024 };
	link.non_posted = (struct pcie_credits){ 64, 0 };
	link.tags = 32;
	link.jitter = (struct pcie_jitter){ row("dma.jitter.below"), row("dma.jitter.p95"),
					    row("dma.jitter.p999") };
	link.seed = 1;
	return link;
}

/* One figure; `most` is the tolerance, or for a row that is known to be missed by how much. */
static void compare(const char *what, unsigned bytes, double published, double ours,
		    double tolerance, double most)
{
	double error = ours / published - 1;
	bool good = fabs(error) <= tolerance;

	printf("%-28s %5u B %9.4g %9.4g %+6.1f %% %4.0f %%  %s\n", what, bytes, published, ours,
	       100 * error, 100 * tolerance, good ? "ok" : "missed");
	fflush(stdout);
	assert_true(fabs(error) <= fmax(tolerance, most));
}

struct rate {
	uint32_t bytes;
	double gbps, missed_by;
};

static double bandwidth(const struct pcie_link_cfg *link, bool read, bool write, uint32_t bytes,
			struct dur memory)
{
	struct link_bench *bench = link_bench_open(link);
	struct link_load load = engine;
	struct link_result result;
	double got;

	load.read = read;
	load.write = write;
	load.bytes = bytes;
	load.stride = (bytes + 63u) / 64u * 64u;
	load.requests = SAMPLES;
	load.outstanding = IN_FLIGHT;
	load.memory = memory;
	/* Between requests of the engine's the setup of the next goes on: it costs no bandwidth. */
	load.setup = dur_ps(0);
	result = link_bench_run(bench, &load);
	got = write ? result.write_gbps : result.read_gbps;
	link_result_free(&result);
	link_bench_close(bench);
	return got;
}

static void rates(const char *what, const struct rate *rate, size_t count, bool read,
		  struct dur memory)
{
	struct pcie_link_cfg link = slot();

	for (size_t i = 0; i < count; i++)
		compare(what, rate[i].bytes, rate[i].gbps,
			bandwidth(&link, read, !read, rate[i].bytes, memory), 0.05,
			rate[i].missed_by);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void read_bandwidth(void **state)
{
	static const struct rate a1[] = {
		{ 64, 31.9, 0 }, { 128, 43.8, 0.16 }, { 256, 47.7, 0.14 },
		{ 512, 55.0, 0 }, { 1024, 55.4, 0 }, { 2048, 55.6, 0 },
	};

	rates("A1 read, Gb/s", a1, COUNT(a1), true, dur_ps(0));
}

static void write_bandwidth(void **state)
{
	static const struct rate a1[] = {
		{ 64, 24.3, 0 }, { 128, 42.4, 0.16 }, { 255, 50.3, 0.06 }, { 256, 50.5, 0 },
		{ 257, 37.4, 0.32 }, { 512, 53.0, 0 }, { 1024, 53.0, 0 }, { 2048, 53.0, 0 },
	};

	rates("A1 write, Gb/s", a1, COUNT(a1), false, dur_ps(0));
}

static void bandwidth_from_memory_and_the_other_socket(void **state)
{
	static const struct rate cold[] = { { 64, 28.1, 0.10 }, { 512, 55.0, 0 } };
	static const struct rate remote[] = { { 64, 24.4, 0.12 }, { 512, 54.8, 0 },
					      { 1024, 55.3, 0 } };

	rates("A1 read cold, Gb/s", cold, COUNT(cold), true, row("dma.cold"));
	rates("A1 read remote, Gb/s", remote, COUNT(remote), true, row("dma.remote"));
}

static struct link_result latencies(bool jitter, uint32_t bytes, struct dur memory)
{
	struct pcie_link_cfg link = slot();
	struct link_load load = engine;
	struct link_result result;
	struct link_bench *bench;

	link.jittery = jitter;
	bench = link_bench_open(&link);
	load.read = true;
	load.bytes = bytes;
	load.requests = SAMPLES;
	load.outstanding = 1;
	load.memory = memory;
	result = link_bench_run(bench, &load);
	link_bench_close(bench);
	return result;
}

static double quantile_ns(const struct link_result *result, double q)
{
	size_t n = (size_t)(q * (double)result->count);

	return (double)result->latency_ps[n < result->count ? n : result->count - 1] /
	       (double)PS_PER_NS;
}

static double median_ns(uint32_t bytes, struct dur memory)
{
	struct link_result result = latencies(true, bytes, memory);
	double median = quantile_ns(&result, 0.5);

	link_result_free(&result);
	return median;
}

static void read_latency(void **state)
{
	static const struct { uint32_t bytes; double ns; } a2[] = {
		{ 64, 547 }, { 256, 627 }, { 512, 707 }, { 1024, 853 }, { 2048, 1133 },
	};

	for (size_t i = 0; i < COUNT(a2); i++)
		compare("A2 median, ns", a2[i].bytes, a2[i].ns, median_ns(a2[i].bytes, dur_ps(0)),
			0.03, 0);
}

static void percentiles_of_read_latency(void **state)
{
	static const struct { uint32_t bytes; double least, p95, p999; } a2[] = {
		{ 64, 520, 560, 587 }, { 256, 600, 640, 667 }, { 512, 680, 720, 733 },
		{ 1024, 827, 853, 880 }, { 2048, 1107, 1147, 1173 },
	};

	for (size_t i = 0; i < COUNT(a2); i++) {
		struct link_result result = latencies(true, a2[i].bytes, dur_ps(0));
		double above = quantile_ns(&result, 0.999) - quantile_ns(&result, 0.5);

		compare("A2 least, ns", a2[i].bytes, a2[i].least, quantile_ns(&result, 0), 0.03,
			0);
		compare("A2 95 %, ns", a2[i].bytes, a2[i].p95, quantile_ns(&result, 0.95), 0.03, 0);
		compare("A2 99.9 %, ns", a2[i].bytes, a2[i].p999, quantile_ns(&result, 0.999), 0.03,
			0);
		assert_true(above <= 40.5);
		link_result_free(&result);
	}
}

static void memory_and_the_other_socket_cost_what_they_cost_there(void **state)
{
	double warm = median_ns(64, dur_ps(0));

	compare("A2 cold less warm, ns", 64, 40, median_ns(64, row("dma.cold")) - warm, 0.03, 0);
	compare("A2 remote less local, ns", 64, 106, median_ns(64, row("dma.remote")) - warm, 0.03,
		0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_bandwidth),
		cmocka_unit_test(write_bandwidth),
		cmocka_unit_test(bandwidth_from_memory_and_the_other_socket),
		cmocka_unit_test(read_latency),
		cmocka_unit_test(percentiles_of_read_latency),
		cmocka_unit_test(memory_and_the_other_socket_cost_what_they_cost_there),
	};

	return cmocka_run_group_tests(tests, load_profile, free_profile);
}
