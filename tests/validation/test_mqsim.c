/* SPDX-License-Identifier: MIT */
/* MQSim's default device, as MQSim itself simulates it: 4 KiB random reads on a map without misses.
 * Its numbers come from its own runs; ours must follow from the same parameters (profile
 * mqsim-reference), with none of them chosen by depth. The host costs nothing and the slot's link is
 * ideal, so what is left is the device. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/validation/bench.h"

#define TOLERANCE_DEPTH_1 0.01
#define TOLERANCE         0.05

struct reference {
	unsigned depth;
	double mean_us, iops;
};

static void within(const char *what, double ours, double theirs, double tolerance)
{
	double off = ours / theirs - 1;

	printf("%-10s %12.3f %12.3f %+7.2f %%\n", what, ours, theirs, 100 * off);
	assert_true(fabs(off) <= tolerance);
}

static void random_reads(const struct reference *ref)
{
	double tolerance = ref->depth == 1 ? TOLERANCE_DEPTH_1 : TOLERANCE;
	struct bench *host;
	char text[1024];

	snprintf(text, sizeof(text),
		 "format = 1\nrun = { warmup = \"20ms\", measure = \"400ms\" }\n[cpu]\ncores = 1\n"
		 "[host]\nsoftware = \"ideal\"\n[ideal]\ninterrupt = \"0ns\"\n[pcie]\nideal = true\n"
		 "[device.nvme0]\nmodel = \"nvme\"\nmedia = \"mqsim-reference\"\nqueues = 1\n"
		 "capacity = \"512GiB\"\n[[io]]\non = \"nvme0\"\nop = \"randread\"\ndepth = %u\n",
		 ref->depth);
	host = bench_scenario(text);
	printf("depth %u\n", ref->depth);
	within("mean", bench_mean(host, "nvme0.device.latency_ns"), ref->mean_us, tolerance);
	within("IOPS", 1e6 * bench_stat(host, "nvme0.io.iops"), ref->iops, tolerance);
	bench_close(host);
}

static void depth_1(void **state)
{
	random_reads(&(struct reference){ 1, 88.9, 11200 });
}

static void depth_4(void **state)
{
	random_reads(&(struct reference){ 4, 94.7, 42200 });
}

static void depth_16(void **state)
{
	random_reads(&(struct reference){ 16, 120.2, 133100 });
}

static void depth_64(void **state)
{
	random_reads(&(struct reference){ 64, 282, 226500 });
}

static void depth_256(void **state)
{
	random_reads(&(struct reference){ 256, 1016, 251300 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(depth_1),
		cmocka_unit_test(depth_4),
		cmocka_unit_test(depth_16),
		cmocka_unit_test(depth_64),
		cmocka_unit_test(depth_256),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
