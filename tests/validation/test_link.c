/* SPDX-License-Identifier: MIT */
/* The ideal host on a machine whose link takes its time: theory is of no use there, but nothing
 * may be lost, hang, or differ between two runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/validation/bench.h"

#define TEXT_BYTES 1024

static const char *const schemes[] = { "interrupt", "interrupt-drain", "napi" };

static void nothing_is_lost_at_low_load(void **state)
{
	static const char *const throttles[] = { "off", "20us" };

	for (unsigned i = 0; i < 6; i++) {
		struct bench *host;
		char text[TEXT_BYTES];

		snprintf(text, sizeof(text),
			 "format = 1\nrun = { warmup = \"0ns\", measure = \"50ms\" }\n"
			 "[cpu]\ncores = 4\n[host]\nsoftware = \"ideal\"\n"
			 "[ideal]\nscheme = \"%s\"\n"
			 "interrupt = \"700ns\"\npacket = \"130ns\"\npoll = \"50ns\"\n"
			 "[device.eth0]\nmodel = \"82599\"\nqueues = 4\nring = 128\nitr = \"%s\"\n"
			 "[[traffic]]\nto = \"eth0\"\nrate = \"1Mpps\"\nsink = \"drop\"\n",
			 schemes[i % 3], throttles[i / 3]);
		host = bench_scenario(text);
		assert_int_equal((int)bench_stat(host, "eth0.rx.dropped"), 0);
		assert_true(bench_stat(host, "eth0.rx.offered") > 45000);
		assert_true(bench_stat(host, "eth0.rx.offered") -
			    bench_stat(host, "eth0.rx.delivered") < 100);
		assert_true(bench_stat(host, "cpu3.busy") > 0);
		assert_int_equal((int)bench_errors(host), 0);
		bench_close(host);
	}
}

/* Sparse frames: a frame whose interrupt was lost would wait for the next one. */
static void no_frame_waits_for_the_next_one(void **state)
{
	for (unsigned i = 0; i < 3; i++) {
		struct bench *host;
		char text[TEXT_BYTES];

		snprintf(text, sizeof(text),
			 "format = 1\nrun = { warmup = \"0ns\", measure = \"1000ms\" }\n"
			 "[cpu]\ncores = 1\n[host]\nsoftware = \"ideal\"\n"
			 "[ideal]\nscheme = \"%s\"\n"
			 "interrupt = \"0ns\"\npacket = \"%s\"\n"
			 "[device.eth0]\nmodel = \"82599\"\nqueues = 1\nring = 128\nitr = \"off\"\n"
			 "[[traffic]]\nto = \"eth0\"\nrate = \"20kpps\"\nsink = \"drop\"\n"
			 "[[traffic]]\nto = \"eth0\"\nrate = \"20kpps\"\nsink = \"drop\"\n",
			 schemes[i], "100ns");
		host = bench_scenario(text);
		assert_true(bench_quantile(host, "eth0.rx.latency_ns", 100) < 10);
		bench_close(host);
	}
}

static void every_byte_is_verified(void **state)
{
	static const char *const sizes[] = { "512B", "4KiB", "8KiB", "12KiB", "256KiB" };

	for (unsigned i = 0; i < 10; i++) {
		struct bench *host;
		char text[TEXT_BYTES];

		snprintf(text, sizeof(text),
			 "format = 1\nrun = { warmup = \"0ns\", measure = { ios = 2000 } }\n"
			 "[cpu]\ncores = 4\n[host]\nsoftware = \"ideal\"\n[ideal]\n"
			 "interrupt = \"700ns\"\nsubmit = \"200ns\"\ncomplete = \"100ns\"\n"
			 "poll_interval = \"50ns\"\n"
			 "[device.nvme0]\nmodel = \"nvme\"\nmedia = \"ideal\"\nqueues = 4\n"
			 "capacity = \"64MiB\"\n"
			 "[[io]]\non = \"nvme0\"\nop = \"randrw\"\nsize = \"%s\"\ndepth = 4\n"
			 "engine = \"%s\"\ncores = [0, 1]\nverify = true\n"
			 "[[io]]\non = \"nvme0\"\nop = \"read\"\nsize = \"4KiB\"\ncores = [2, 3]\n"
			 "verify = true\nrate = \"100kiops\"\n",
			 sizes[i / 2], i % 2 ? "polled" : "async");
		host = bench_scenario(text);
		assert_int_equal((int)bench_stat(host, "nvme0.io.errors"), 0);
		assert_int_equal((int)bench_stat(host, "nvme0.io.completed"), 2000);
		assert_int_equal((int)bench_stat(host, "nvme0.guest_errors"), 0);
		bench_close(host);
	}
}

static void two_runs_have_the_same_digest(void **state)
{
	char digest[2][DIGEST_TEXT_BYTES];

	for (unsigned i = 0; i < 2; i++) {
		struct nic_load load = { .scheme = "napi", .interrupt = 1, .packet = 0.3, .gap = 10,
					 .rate = 1, .packets = 20000 };
		struct bench *host = bench_nic(&load);

		bench_digest(host, digest[i]);
		bench_close(host);
	}
	assert_string_equal(digest[0], digest[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost_at_low_load),
		cmocka_unit_test(no_frame_waits_for_the_next_one),
		cmocka_unit_test(every_byte_is_verified),
		cmocka_unit_test(two_runs_have_the_same_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
