/* SPDX-License-Identifier: MIT */
/* A histogram of unsigned integers with log-linear buckets: exact below 2048, then 1024 buckets
 * an octave (relative width below 0.1 %). Memory grows by octave on first use. Count, sum,
 * minimum and maximum are exact. A quantile is the smallest recorded bucket's midpoint q with at
 * least the asked share of samples at or below it, clamped to [minimum, maximum].
 * Not modelled: merging two histograms; taking a sample back. */
#ifndef DOORBELL_TRACE_HIST_H
#define DOORBELL_TRACE_HIST_H

#include <stddef.h>
#include <stdint.h>

struct hist;

struct hist *hist_create(void);
void hist_destroy(struct hist *hist);
void hist_clear(struct hist *hist);
void hist_add(struct hist *hist, uint64_t value);
void hist_add_n(struct hist *hist, uint64_t value, uint64_t n);
uint64_t hist_count(const struct hist *hist);
/* Sum of all samples; 128 bits as two words. */
void hist_sum(const struct hist *hist, uint64_t *high, uint64_t *low);
/* Mean rounded to the nearest integer; 0 without samples. */
uint64_t hist_mean(const struct hist *hist);
uint64_t hist_min(const struct hist *hist);
uint64_t hist_max(const struct hist *hist);
/* num/den in (0, 1]; 0 without samples. */
uint64_t hist_quantile(const struct hist *hist, uint64_t num, uint64_t den);
/* Calls fn for each non-empty bucket in rising order: its range [low, high] and count. */
void hist_walk(const struct hist *hist,
	       void (*fn)(void *ctx, uint64_t low, uint64_t high, uint64_t count), void *ctx);

#endif
