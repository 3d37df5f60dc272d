/* SPDX-License-Identifier: MIT */
/* Octave 0 holds 0..2047, one bucket a value; octave k holds 2^(10+k)..2^(11+k)-1 in 1024 buckets
 * of 2^k values. */
#include "model/trace/hist.h"

#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"

typedef unsigned __int128 u128;

#define EXACT_BITS 11
#define OCTAVES (64 - EXACT_BITS + 1)

struct hist {
	uint64_t count;
	u128 sum;
	uint64_t min, max;
	uint64_t octave_count[OCTAVES];
	uint64_t *bucket[OCTAVES];
};

static size_t octave_buckets(unsigned octave)
{
	return octave ? 1U << (EXACT_BITS - 1) : 1U << EXACT_BITS;
}

static uint64_t bucket_low(unsigned octave, size_t index)
{
	return octave ? ((uint64_t)(1U << (EXACT_BITS - 1)) + index) << octave : index;
}

static uint64_t bucket_high(unsigned octave, size_t index)
{
	return bucket_low(octave, index) + ((1ULL << octave) - 1);
}

struct hist *hist_create(void)
{
	struct hist *hist = calloc(1, sizeof(*hist));

	if (hist)
		hist->min = UINT64_MAX;
	return hist;
}

void hist_destroy(struct hist *hist)
{
	unsigned octave;

	if (!hist)
		return;
	for (octave = 0; octave < OCTAVES; octave++)
		free(hist->bucket[octave]);
	free(hist);
}

void hist_clear(struct hist *hist)
{
	unsigned octave;

	/* The buckets stay: what was large enough once does not grow again. */
	for (octave = 0; octave < OCTAVES; octave++)
		if (hist->octave_count[octave])
			memset(hist->bucket[octave], 0, octave_buckets(octave) * sizeof(uint64_t));
	memset(hist->octave_count, 0, sizeof(hist->octave_count));
	hist->count = 0;
	hist->sum = 0;
	hist->min = UINT64_MAX;
	hist->max = 0;
}

void hist_add(struct hist *hist, uint64_t value)
{
	hist_add_n(hist, value, 1);
}

void hist_add_n(struct hist *hist, uint64_t value, uint64_t n)
{
	unsigned octave = 0;
	size_t index = value;

	if (!n)
		return;
	if (value >> EXACT_BITS) {
		octave = 64 - EXACT_BITS - __builtin_clzll(value);
		index = (value >> octave) & ((1U << (EXACT_BITS - 1)) - 1);
	}
	if (__builtin_expect(!hist->bucket[octave], 0)) {
		hist->bucket[octave] = calloc(octave_buckets(octave), sizeof(uint64_t));
		ASSERT(hist->bucket[octave]);
	}
	hist->bucket[octave][index] += n;
	hist->octave_count[octave] += n;
	hist->count += n;
	hist->sum += (u128)value * n;
	if (value < hist->min)
		hist->min = value;
	if (value > hist->max)
		hist->max = value;
}

uint64_t hist_count(const struct hist *hist)
{
	return hist->count;
}

void hist_sum(const struct hist *hist, uint64_t *high, uint64_t *low)
{
	*high = (uint64_t)(hist->sum >> 64);
	*low = (uint64_t)hist->sum;
}

uint64_t hist_mean(const struct hist *hist)
{
	uint64_t quotient, rest;

	if (!hist->count)
		return 0;
	quotient = hist->sum / hist->count;
	rest = hist->sum % hist->count;
	return quotient + (rest >= hist->count - rest);
}

uint64_t hist_min(const struct hist *hist)
{
	return hist->count ? hist->min : 0;
}

uint64_t hist_max(const struct hist *hist)
{
	return hist->max;
}

/* Middle of the bucket in which the sample of rank `rank` (from 1) lies, counted within an
 * octave. */
static uint64_t value_of_rank(const struct hist *hist, unsigned octave, uint64_t rank)
{
	size_t index = 0;
	uint64_t low, high;

	while (rank > hist->bucket[octave][index])
		rank -= hist->bucket[octave][index++];
	low = bucket_low(octave, index);
	high = bucket_high(octave, index);
	return low + (high - low) / 2;
}

uint64_t hist_quantile(const struct hist *hist, uint64_t num, uint64_t den)
{
	unsigned octave = 0;
	uint64_t rank, value;

	ASSERT(num > 0 && num <= den);
	if (!hist->count)
		return 0;
	rank = ((u128)hist->count * num + den - 1) / den;
	while (rank > hist->octave_count[octave])
		rank -= hist->octave_count[octave++];
	value = value_of_rank(hist, octave, rank);
	if (value < hist->min)
		return hist->min;
	return value > hist->max ? hist->max : value;
}

void hist_walk(const struct hist *hist,
	       void (*fn)(void *ctx, uint64_t low, uint64_t high, uint64_t count), void *ctx)
{
	unsigned octave;
	size_t index;

	for (octave = 0; octave < OCTAVES; octave++) {
		if (!hist->octave_count[octave])
			continue;
		for (index = 0; index < octave_buckets(octave); index++)
			if (hist->bucket[octave][index])
				fn(ctx, bucket_low(octave, index), bucket_high(octave, index),
				   hist->bucket[octave][index]);
	}
}
