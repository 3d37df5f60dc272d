/* SPDX-License-Identifier: MIT */
/* How one simulated machine hands over its result: the child process writes lines to a stream (a
 * pipe to the parent) and the bulky tables, hist.csv and samples.csv, into the point's folder. All
 * numbers are integers; ratios leave as numerator and denominator. Lines, for point_reader.h:
 *     begin DIGEST SIMULATED_NS
 *     int NAME VALUE
 *     ratio NAME NUM_HIGH NUM_LOW DEN
 *     dist NAME COUNT SUM_HIGH SUM_LOW MIN P50 P90 P99 P999 P9999 MAX
 *     progress NOW_NS END_NS
 *     error TEXT
 *     end
 */
#ifndef DOORBELL_ANALYSIS_POINT_WRITER_H
#define DOORBELL_ANALYSIS_POINT_WRITER_H

#include <stdint.h>
#include <stdio.h>

struct point_writer {
	FILE *stream;
	FILE *hist;     /* NULL: no table */
	FILE *samples;
	FILE *series;
	const char *dir; /* where series.csv would be made; the caller's, while it writes */
	int failed;     /* a table could not be written */
};

/* Opens hist.csv and samples.csv in `dir` (NULL: none). 0 or -1 with errno. */
int pw_open(struct point_writer *pw, FILE *stream, const char *dir);
/* 0, or -1 if anything could not be written. The stream stays the caller's. */
int pw_close(struct point_writer *pw);

/* Any time before pw_begin: where the simulation is. Cheap, but not for every event. */
void pw_progress(struct point_writer *pw, uint64_t now_ns, uint64_t end_ns);
/* Why the point has no result, one line; then leave with 3 or 4 and no pw_begin. */
void pw_error(struct point_writer *pw, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* One row of samples.csv, any time: a value (in the unit of the stat's name) for the frame or I/O
 * `id` that completed at time_ps. */
void pw_sample(struct point_writer *pw, uint64_t time_ps, const char *stat, uint64_t id,
	       uint64_t value);

/* One row of series.csv, which there is from the first on: what a counter gained, or a distribution's
 * sum and number of samples, in an interval of the window. */
void pw_series(struct point_writer *pw, const char *stat, uint64_t from_ps, uint64_t to_ps,
	       uint64_t value, uint64_t count);

/* The result, once, in this order: begin, any number of the next four, end. `digest` is
 * hexadecimal. */
void pw_begin(struct point_writer *pw, const char *digest, uint64_t simulated_ns);
void pw_int(struct point_writer *pw, const char *name, uint64_t value);
void pw_ratio(struct point_writer *pw, const char *name, uint64_t num, uint64_t den);
/* num per simulated second of a window of den_ps. */
void pw_rate(struct point_writer *pw, const char *name, uint64_t num, uint64_t den_ps);

struct pw_dist {
	uint64_t count;
	uint64_t sum_high, sum_low;
	uint64_t min, max;
	uint64_t p50, p90, p99, p999, p9999;
};

/* `walk` (may be NULL) calls bucket(ctx, ...) for every non-empty bucket in rising order; the
 * rows go to hist.csv. hist_walk of model/trace fits with a three-line adapter. */
typedef void (*pw_bucket_fn)(void *ctx, uint64_t low, uint64_t high, uint64_t count);
void pw_dist(struct point_writer *pw, const char *name, const struct pw_dist *dist,
	     void (*walk)(const void *hist, pw_bucket_fn bucket, void *ctx), const void *hist);
void pw_end(struct point_writer *pw);

#endif
