/* SPDX-License-Identifier: MIT */
/* A machine that computes its result from the scenario's numbers and misbehaves on request, so
 * that the command line is tested without waiting for a real one. Requests stand in
 * host.cmdline, apart by commas: "WHAT" for every point, "WHAT@N" for point N alone. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/run_point.h"
#include "cli/verbs.h"
#include "model/scenario/scenario.h"

static bool asked(const struct scn_point *point, const char *what)
{
	const char *list = scn_text(point, "host.cmdline");
	size_t bytes = strlen(what);

	for (const char *at = list; (at = strstr(at, what)); at += bytes) {
		if (at[bytes] == '\0' || at[bytes] == ',')
			return true;
		if (at[bytes] == '@' && strtoul(at + bytes + 1, NULL, 10) == scn_point_index(point))
			return true;
	}
	return false;
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

static int misbehave(const struct scn_point *point, struct point_writer *pw)
{
	if (asked(point, "noise")) {
		puts("noise on stdout");
		fputs("noise on stderr\n", stderr);
	}
	if (asked(point, "crash")) {
		fputs("last words\n", stderr);
		raise(SIGABRT);
	}
	if (asked(point, "driver")) {
		pw_error(pw, "kernel panic at 3 ms on CPU 1");
		return RUN_DRIVER;
	}
	if (asked(point, "bug")) {
		pw_error(pw, "assertion failed");
		return RUN_OUR_BUG;
	}
	if (asked(point, "odd"))
		return 77;
	if (asked(point, "usage")) {
		scn_error_at(point, "host.cmdline", NULL, "no such machine");
		return RUN_USAGE;
	}
	if (asked(point, "hang"))
		sleep_ms(60000);
	/* Later points end first. */
	if (asked(point, "reverse"))
		sleep_ms(scn_point_index(point) < 4 ? 200 - 50 * (long)scn_point_index(point) : 0);
	return RUN_GOOD;
}

static void write_latency(struct point_writer *pw, uint64_t low)
{
	struct pw_dist dist = {
		.count = 4, .sum_low = 4 * low + 6, .min = low, .max = low + 3, .p50 = low + 1,
		.p90 = low + 3, .p99 = low + 3, .p999 = low + 3, .p9999 = low + 3,
	};
	struct pw_dist empty = { 0 };

	pw_dist(pw, "eth0.rx.latency_ns", &dist, NULL, NULL);
	pw_dist(pw, "eth0.rx.moderation_ns", &empty, NULL, NULL);
}

int run_point(const struct scn_point *point, uint64_t seed, const struct run_options *options,
	      struct point_writer *pw)
{
	uint64_t index = scn_point_index(point);
	char digest[33];
	int code;

	pw_progress(pw, 1000, 2000);
	code = misbehave(point, pw);
	if (code != RUN_GOOD)
		return code;
	snprintf(digest, sizeof(digest), "%016llx%016llx", (unsigned long long)index,
		 (unsigned long long)seed);
	pw_begin(pw, digest, 22000000);
	pw_int(pw, "eth0.rx.offered", 1000 * (index + 1) + seed);
	pw_int(pw, "eth0.rx.delivered", 1000 * (index + 1) + seed - index);
	pw_int(pw, "eth0.rx.dropped", index);
	pw_ratio(pw, "eth0.rx.frames_per_irq", 10, 3);
	pw_rate(pw, "eth0.irq.rate", 100, 20000000000);
	pw_ratio(pw, "cpu.busy", 1, 4);
	pw_int(pw, "run.window_ns", 20000000);
	if (options->trace_glob)
		pw_int(pw, "test.trace_asked", 1);
	write_latency(pw, 1000 * (index + 1));
	if (!asked(point, "silent"))
		pw_end(pw);
	return RUN_GOOD;
}

int run_point_check(const struct scn_point *point, struct diag *diag)
{
	if (!asked(point, "refuse"))
		return 0;
	scn_error_at(point, "host.cmdline", NULL, "not with this machine");
	return -1;
}

bool run_point_is_checking(void)
{
	return true;
}

const char *run_kernel_version(void)
{
	return "fake";
}

int main(int argc, char **argv)
{
	return doorbell_main(argc, argv);
}

/* Driver tests need a real machine. */
int verb_test(int argc, char **argv)
{
	return RUN_USAGE;
}
