/* SPDX-License-Identifier: MIT */
/* Named random streams: one root seed, one stream per consumer, so that a new consumer does not
 * shift the others. xoshiro256** seeded by SplitMix64 from (root seed, FNV-1a of the name).
 * Samplers use integers only, so they are bit-identical on any CPU and compiler; see
 * docs/determinism.md. Not modelled: cryptographic quality. */
#ifndef DOORBELL_CORE_RANDOM_H
#define DOORBELL_CORE_RANDOM_H

#include <stdint.h>

#include "model/core/time.h"

struct random {
	uint64_t s[4];
	int64_t spare_q32;  /* second value of the polar method */
	int has_spare;
};

void random_init(struct random *random, uint64_t root_seed, const char *name);
uint64_t random_u64(struct random *random);
/* Uniform in 0..n-1 without bias; n > 0. */
uint64_t random_below(struct random *random, uint64_t n);
/* True with probability num/den; den > 0. */
int random_chance(struct random *random, uint64_t num, uint64_t den);
/* Exponential with the given mean, at most 2^50; exact in the mean even where the mean is small. */
uint64_t random_exponential(struct random *random, uint64_t mean);
/* Pareto: minimum * U^(-1/alpha); alpha = alpha_milli / 1000, cut at 2^40 times the minimum
 * and at UINT64_MAX. alpha_milli > 0. */
uint64_t random_pareto(struct random *random, uint64_t minimum, unsigned alpha_milli);
/* Standard normal in units of 2^-32. */
int64_t random_normal_q32(struct random *random);
/* mean + sigma * N(0,1), not below 0; sigma at most 2^60. */
uint64_t random_normal(struct random *random, uint64_t mean, uint64_t sigma);

#endif
