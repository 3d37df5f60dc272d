/* SPDX-License-Identifier: MIT */
/* Everything continuous comes from one function, -log2(U): the exponential scales it, the Pareto
 * raises 2 to it, the normal (polar method) takes its root. Fixed-point numbers carry their
 * scale in the name: x_q57 counts units of 2^-57. */
#include "model/core/random.h"

#include <stdbool.h>
#include <stddef.h>

#include "model/core/assert.h"
#include "model/core/random_table.h"

typedef unsigned __int128 u128;

#define LN2_Q64 0xb17217f7d1cf79abULL
/* (ln 2 / 1024)^2 / 2: what a chord of 2^x exceeds the curve by, over f(1-f); units of 2^-84. */
#define EXP2_CURVE_Q84 0x3d7f7bff058b1d51ULL
#define PARETO_CUT_LOG2 40

static inline uint64_t rotate_left(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static uint64_t splitmix64(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

void random_init(struct random *random, uint64_t root_seed, const char *name)
{
	uint64_t hash = 0xcbf29ce484222325ULL;   /* FNV-1a */
	size_t i;

	for (i = 0; name[i]; i++)
		hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3ULL;
	hash ^= root_seed;
	*random = (struct random){ .has_spare = 0 };
	/* Four successive SplitMix64 outputs are never all zero, the one state xoshiro cannot
	 * leave: the function is a permutation, so at most one of them is zero. */
	for (i = 0; i < 4; i++)
		random->s[i] = splitmix64(&hash);
}

uint64_t random_u64(struct random *random)
{
	uint64_t *s = random->s;
	uint64_t result = rotate_left(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return result;
}

uint64_t random_below(struct random *random, uint64_t n)
{
	ASSERT(n > 0);
	u128 product = (u128)random_u64(random) * n;

	/* Lemire: 2^64 mod n of the low words would make some results likelier; draw again
	 * there. */
	if ((uint64_t)product < n) {
		uint64_t unfair = -n % n;

		while ((uint64_t)product < unfair)
			product = (u128)random_u64(random) * n;
	}
	return product >> 64;
}

int random_chance(struct random *random, uint64_t num, uint64_t den)
{
	return random_below(random, den) < num;
}

/* f(1-f) for f in units of 2^-64. */
static inline uint64_t parabola_q64(uint64_t f_q64)
{
	return (u128)f_q64 * (0 - f_q64) >> 64;
}

/* -log2(u / 2^64) for u > 0, error below 3e-11: exponent from the leading zeros, the mantissa from
 * a chord of the table plus its curvature. */
static inline uint64_t neg_log2_q57(uint64_t u)
{
	int zeros = __builtin_clzll(u);
	uint64_t mantissa = u << zeros << 1;
	unsigned cell = mantissa >> (64 - RANDOM_CELL_BITS);
	uint64_t f_q64 = mantissa << RANDOM_CELL_BITS;
	uint64_t low = random_log2_q63[cell];
	uint64_t log2_q63 = low + ((u128)(random_log2_q63[cell + 1] - low) * f_q64 >> 64);

	log2_q63 += (u128)random_curve_q52[cell] * parabola_q64(f_q64) >> 53;
	return ((uint64_t)zeros << 57) + (((1ULL << 63) - log2_q63) >> 6);
}

/* -ln(u / 2^64), below 45. */
static inline uint64_t neg_ln_q57(uint64_t u)
{
	return (u128)neg_log2_q57(u) * LN2_Q64 >> 64;
}

uint64_t random_exponential(struct random *random, uint64_t mean)
{
	uint64_t draw_q57 = neg_ln_q57(random_u64(random) | 1);
	/* A random fraction is added before cutting: the mean stays exact however small it is,
	 * where rounding to nearest would lose 4 % at a mean of 1. */
	uint64_t fraction_q57 = random_u64(random) >> 7;

	ASSERT(mean <= 1ULL << 50);
	return ((u128)mean * draw_q57 + fraction_q57) >> 57;
}

/* 2^x for x in 0..1 in units of 2^-64; result in 1..2, relative error below 1e-11. */
static uint64_t exp2_q62(uint64_t x_q64)
{
	unsigned cell = x_q64 >> (64 - RANDOM_CELL_BITS);
	uint64_t f_q64 = x_q64 << RANDOM_CELL_BITS;
	uint64_t low = random_exp2_q62[cell];
	uint64_t chord = low + ((u128)(random_exp2_q62[cell + 1] - low) * f_q64 >> 64);
	uint64_t bend_q84 = (u128)EXP2_CURVE_Q84 * parabola_q64(f_q64) >> 64;

	return chord - (uint64_t)((u128)low * bend_q84 >> 84);
}

uint64_t random_pareto(struct random *random, uint64_t minimum, unsigned alpha_milli)
{
	ASSERT(alpha_milli > 0);
	u128 exponent_q57 = (u128)neg_log2_q57(random_u64(random) | 1) * 1000 / alpha_milli;
	unsigned shift = PARETO_CUT_LOG2;
	uint64_t factor_q62 = 1ULL << 62;

	if (exponent_q57 < (u128)PARETO_CUT_LOG2 << 57) {
		shift = exponent_q57 >> 57;
		factor_q62 = exp2_q62((uint64_t)exponent_q57 << 7);
	}
	unsigned down = 62 - shift;
	u128 value = ((u128)minimum * factor_q62 + ((u128)1 << (down - 1))) >> down;

	return value > UINT64_MAX ? UINT64_MAX : (uint64_t)value;
}

/* Square root of n >= 2^126, good to the last bit or two: 32 bits one by one, then a Newton step,
 * which doubles them. */
static uint64_t sqrt_wide(u128 n)
{
	uint64_t top = n >> 64;
	uint64_t root = 0;
	int bit;

	for (bit = 31; bit >= 0; bit--) {
		uint64_t tried = root | 1ULL << bit;

		if (tried * tried <= top)
			root = tried;
	}
	u128 guess = (u128)root << 32 | 0x80000000U;
	u128 better = (guess + n / guess) / 2;

	return better > UINT64_MAX ? UINT64_MAX : (uint64_t)better;
}

/* coordinate * sqrt(ratio), rounded. */
static int64_t polar_q32(int64_t coordinate_q62, uint64_t root, unsigned root_q)
{
	unsigned down = 62 + root_q - 32;
	__int128 product = (__int128)coordinate_q62 * root;

	return (int64_t)((product + ((__int128)1 << (down - 1))) >> down);
}

int64_t random_normal_q32(struct random *random)
{
	int64_t x_q62, y_q62;
	uint64_t square_q60;

	if (random->has_spare) {
		random->has_spare = 0;
		return random->spare_q32;
	}
	/* Marsaglia's polar method: a point in the unit circle. The odd lowest bit makes
	 * positive and negative coordinates equally likely. */
	do {
		x_q62 = (int64_t)(random_u64(random) | 2) >> 1;
		y_q62 = (int64_t)(random_u64(random) | 2) >> 1;
		square_q60 = ((u128)((__int128)x_q62 * x_q62) +
			      (u128)((__int128)y_q62 * y_q62)) >> 64;
	} while (square_q60 == 0 || square_q60 >= 1ULL << 60);

	/* sqrt(-2 ln(s) / s), from a ratio shifted up as far as it goes. */
	u128 ratio_q60 = ((u128)neg_ln_q57(square_q60 << 4) << 64) / square_q60;
	uint64_t high = ratio_q60 >> 64;
	unsigned zeros = high ? __builtin_clzll(high)
			      : 64 + __builtin_clzll((uint64_t)ratio_q60 | 1);
	unsigned up = zeros & ~1U;
	uint64_t root = sqrt_wide(ratio_q60 << up);
	unsigned root_q = (60 + up) / 2;

	random->spare_q32 = polar_q32(y_q62, root, root_q);
	random->has_spare = 1;
	return polar_q32(x_q62, root, root_q);
}

uint64_t random_normal(struct random *random, uint64_t mean, uint64_t sigma)
{
	ASSERT(sigma <= 1ULL << 60);
	__int128 shift = ((__int128)random_normal_q32(random) * (__int128)sigma +
			  ((__int128)1 << 31)) >> 32;
	__int128 value = (__int128)mean + shift;

	if (value < 0)
		return 0;
	return value > (__int128)UINT64_MAX ? UINT64_MAX : (uint64_t)value;
}
