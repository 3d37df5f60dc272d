/* SPDX-License-Identifier: MIT */
/* Oracles 11a to 11d: an SSD as queueing stations under closed loops. Everything is set by scenario
 * keys; nothing here that a user could not write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/validation/bench.h"
#include "tests/validation/oracles.h"

#define IOS    1000000.0
#define PS     1e6           /* picoseconds of a microsecond */
#define DEVICE "[pcie]\nideal = true\n[device.nvme0]\nmodel = \"nvme\"\nqueues = 1\n"

struct stations {
	const char *kind, *engine;
	double dies, service, transfer;          /* the medium */
	double think, delivery, interrupt, submit, complete, look;
	double depth, threshold, timeout;
};

static struct bench *run(const struct stations *s)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "format = 1\nrun = { warmup = \"10ms\", measure = { ios = %.0f } }\n"
		 "[cpu]\ncores = 1\n[host]\nsoftware = \"ideal\"\n"
		 "[ideal]\nthink = \"%.0fps\"\ndelivery = \"%.0fps\"\ninterrupt = \"%.0fps\"\n"
		 "submit = \"%.0fps\"\ncomplete = \"%.0fps\"\npoll_interval = \"%.0fps\"\n" DEVICE
		 "stations = { kind = \"%s\", dies = %.0f, service = \"%.0fps\", "
		 "transfer = \"%.0fps\" }\n"
		 "coalesce_time = \"%.0fps\"\ncoalesce_threshold = %.0f\n"
		 "[[io]]\non = \"nvme0\"\nop = \"randread\"\ndepth = %.0f\nengine = \"%s\"\n",
		 IOS, s->think * PS, s->delivery * PS, s->interrupt * PS, s->submit * PS,
		 s->complete * PS, s->look * PS, s->kind, s->dies, s->service * PS,
		 s->transfer * PS, s->timeout * PS, s->threshold, s->depth,
		 s->engine ? s->engine : "async");
	return bench_scenario(text);
}

static void closed_loop(const char *id, const char *set, const char *kind)
{
	struct oracle *oracle = oracle_open(id, set);
	struct stations s = { .kind = kind, .threshold = 1,
			      .dies = oracle_param(oracle, "d"),
			      .service = oracle_param(oracle, "s"),
			      .transfer = oracle_param(oracle, "x"),
			      .think = oracle_param(oracle, "z"),
			      .depth = oracle_param(oracle, "q") };
	struct bench *host = run(&s);

	oracle_compare(oracle, "iops", bench_stat(host, "nvme0.io.iops"), IOS);
	oracle_compare(oracle, "latency", bench_mean(host, "nvme0.io.latency_ns"), IOS);
	bench_close(host);
	oracle_finish(oracle);
}

static void exponential_stations(void **state)
{
	closed_loop("11a", "V1", "exponential");
	closed_loop("11a", "V2", "exponential");
	closed_loop("11a", "V3", "exponential");
}

static void constant_stations(void **state)
{
	closed_loop("11b", "V1", "constant");
	closed_loop("11b", "V2", "constant");
	closed_loop("11b", "V3", "constant");
}

static void coalesced(const char *set)
{
	struct oracle *oracle = oracle_open("11c", set);
	double latency = oracle_param(oracle, "L");
	struct stations s = { .kind = "exponential", .service = latency,
			      .depth = oracle_param(oracle, "q"),
			      .threshold = oracle_param(oracle, "k"),
			      .timeout = oracle_param(oracle, "tau") };
	struct bench *host = run(&s);
	double measured = bench_mean(host, "nvme0.io.latency_ns");
	double irqs = bench_per_us(host, "nvme0.irq.count");

	oracle_compare(oracle, "iops", bench_stat(host, "nvme0.io.iops"), IOS);
	oracle_compare(oracle, "irq_rate", irqs, IOS);
	oracle_compare(oracle, "cqe_per_irq", bench_per_us(host, "nvme0.io.completed") / irqs,
		       IOS);
	oracle_compare(oracle, "latency", measured, IOS);
	oracle_compare(oracle, "added", measured - latency, IOS);
	bench_close(host);
	oracle_finish(oracle);
}

static void coalesced_completions(void **state)
{
	coalesced("V1");
	coalesced("V2");
	coalesced("V3");
}

static void polled_or_interrupted(const char *set)
{
	struct oracle *oracle = oracle_open("11d", set);
	struct stations s = { .kind = "exponential", .depth = 1, .threshold = 1,
			      .service = oracle_param(oracle, "L"),
			      .interrupt = oracle_param(oracle, "ci"),
			      .complete = oracle_param(oracle, "cp"),
			      .submit = oracle_param(oracle, "csub"),
			      .look = oracle_param(oracle, "g"),
			      .delivery = oracle_param(oracle, "tirq") };
	struct bench *host = run(&s);
	double interrupted = bench_stat(host, "nvme0.io.iops"), polled;

	oracle_compare(oracle, "iops_irq", interrupted, IOS);
	oracle_compare(oracle, "util_irq", bench_stat(host, "cpu.busy"), IOS);
	bench_close(host);
	s.engine = "polled";
	host = run(&s);
	polled = bench_stat(host, "nvme0.io.iops");
	oracle_compare(oracle, "iops_poll", polled, IOS);
	oracle_compare(oracle, "util_poll", bench_stat(host, "cpu.busy"), IOS);
	oracle_compare(oracle, "gain", polled / interrupted, IOS);
	bench_close(host);
	oracle_finish(oracle);
}

static void polling_and_interrupts(void **state)
{
	polled_or_interrupted("V1");
	polled_or_interrupted("V2");
	polled_or_interrupted("V3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exponential_stations),
		cmocka_unit_test(constant_stations),
		cmocka_unit_test(coalesced_completions),
		cmocka_unit_test(polling_and_interrupts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
