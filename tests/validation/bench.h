/* SPDX-License-Identifier: MIT */
/* A machine on the ideal host, run once from a scenario, in this process and without SystemC.
 * Times in microseconds, rates per microsecond, as the tables have them. Any failure fails the
 * test. */
#ifndef DOORBELL_TESTS_VALIDATION_BENCH_H
#define DOORBELL_TESTS_VALIDATION_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "model/core/digest.h"

struct bench;

struct nic_load {
	const char *scheme;
	double interrupt, packet, poll, application;
	unsigned budget;
	double gap;               /* throttle; 0 = off */
	const char *moderation;   /* another kind: the keys of the table, or NULL */
	unsigned ring;            /* 0: 1024 */
	double rate;              /* Poisson, packets per microsecond */
	double on, off;           /* mean lengths of periods with and without packets; 0: always on */
	double poll_interval;     /* scheme timer */
	double packets;           /* offered in the window; a warm-up of 5 % goes before */
	const char *pcap;         /* instead of Poisson arrivals; then no warm-up */
	double speed;             /* of the capture */
	double window;            /* of the capture */
	unsigned seed;
};

struct ssd_load {
	double medium;            /* latency of a read, constant */
	double interrupt, submit, complete, poll_interval;
	bool polled;
	unsigned depth;
	double coalesce_time;
	unsigned coalesce_threshold;
	double window;            /* a multiple of the cycle, so that its edges cut nothing */
};

struct bench *bench_nic(const struct nic_load *load);
struct bench *bench_ssd(const struct ssd_load *load);
/* A whole scenario; its devices are called eth0 or nvme0. */
struct bench *bench_scenario(const char *text);
void bench_close(struct bench *bench);
/* Counter or level; ratio; rate per microsecond. */
double bench_stat(const struct bench *bench, const char *name);
/* Counter per microsecond of the window. */
double bench_per_us(const struct bench *bench, const char *counter);
/* Of a distribution in nanoseconds, in microseconds. */
double bench_mean(const struct bench *bench, const char *name);
double bench_quantile(const struct bench *bench, const char *name, unsigned percent);
double bench_window(const struct bench *bench);
/* Interrupts that the throttle held back, in the window. */
double bench_held(const struct bench *bench);
/* Registers misused, in the whole run; of bench_scenario only. */
double bench_errors(const struct bench *bench);
/* Digest over all events of the run so far. */
void bench_digest(const struct bench *bench, char text[DIGEST_TEXT_BYTES]);

#endif
