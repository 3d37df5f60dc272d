/* SPDX-License-Identifier: MIT */
/* Stats: what a run reports. Rows register by name (INTERFACE.md's names) when blocks are created;
 * counters run from the start, and the result is their difference over the measuring window, which
 * stats_window_begin and _end mark. Distributions keep only samples between the two. All integers:
 * ratios leave as numerator and denominator. Names are copied, 127 characters at most.
 *
 * Asserted: a name registered twice, a row registered after the first window began, a rate or
 * ratio of what is no counter registered before, values asked for before a window has ended. A
 * later window starts afresh. Not modelled: rates and ratios within an open window; a ratio over nothing
 * leaves with den = 0. */
#ifndef DOORBELL_TRACE_STATS_H
#define DOORBELL_TRACE_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/trace/hist.h"

enum stat_kind {
	STAT_COUNTER,   /* integer, difference over the window */
	STAT_LEVEL,     /* integer, value at the window's end */
	STAT_RATIO,     /* num / den over the window */
	STAT_RATE,      /* num per simulated second of the window; den = picoseconds */
	STAT_DIST,      /* distribution */
};

struct counter {
	uint64_t value;
};

struct stats;

struct stats *stats_create(void);
void stats_destroy(struct stats *stats);

/* A counter owned by stats; the caller increments ->value. Never NULL. */
struct counter *stats_counter(struct stats *stats, const char *name_fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* A counter computed by its owner when asked, e.g. CPU time: fn returns the running total. */
void stats_counter_fn(struct stats *stats, const char *name, uint64_t (*fn)(void *ctx), void *ctx);
void stats_level_fn(struct stats *stats, const char *name, uint64_t (*fn)(void *ctx), void *ctx);
/* num and den are running totals; the result is the ratio of their differences. */
void stats_ratio_fn(struct stats *stats, const char *name,
		    void (*fn)(void *ctx, uint64_t *num, uint64_t *den), void *ctx);
/* `of`, registered before, per simulated second of the window. */
void stats_rate(struct stats *stats, const char *name, const char *of);
/* Ratio of two counters registered before, over the window. */
void stats_ratio(struct stats *stats, const char *name, const char *num, const char *den);
struct hist *stats_dist(struct stats *stats, const char *name_fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Adds a sample if the window is open. */
void stats_sample(struct stats *stats, struct hist *hist, uint64_t value);

void stats_window_begin(struct stats *stats, uint64_t now_ps);
void stats_window_end(struct stats *stats, uint64_t now_ps);
bool stats_window_open(const struct stats *stats);
/* A counter's or level's value so far in the open window, or a distribution for its fields; false if
 * there is no such name, or it is a rate or a ratio. */
bool stats_in_window(const struct stats *stats, const char *name, uint64_t *value,
		     const struct hist **hist);

struct stat_value {
	const char *name;
	enum stat_kind kind;
	uint64_t num, den;        /* integers: den = 1 */
	const struct hist *hist;  /* STAT_DIST */
};

/* Rows sorted by name (strcmp). After stats_window_end. */
size_t stats_count(const struct stats *stats);
struct stat_value stats_get(const struct stats *stats, size_t index);
/* At any time: what a counter has counted so far; of a distribution the samples' sum so far, and their
 * number in *count. False if there is no counter or distribution of the name. */
bool stats_so_far(const struct stats *stats, const char *name, uint64_t *value, uint64_t *count);
/* False if there is no such name. */
bool stats_find(const struct stats *stats, const char *name, struct stat_value *out);

#endif
