/* SPDX-License-Identifier: MIT */
/* The committed tables against a second construction, by integer squaring in 128 bits. */
#include "model/core/random_table.h"

#include "tests/unit/core/expect_assert.h"

typedef unsigned __int128 u128;

/* Truncation of the squares costs at most two units of the last place. */
#define TOLERANCE 3

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* log2(m / 2^63) in units of 2^-63 for m in [2^63, 2^64): squaring doubles the logarithm, and each
 * time it passes 1 a bit of the result is found. */
static uint64_t log2_by_squaring_q63(uint64_t m)
{
	uint64_t result = 0;
	int bit;

	for (bit = 62; bit >= 0; bit--) {
		u128 square = (u128)m * m;

		if (square >> 127) {
			result |= 1ULL << bit;
			m = square >> 64;
		} else {
			m = square >> 63;
		}
	}
	return result;
}

static void log2_table_is_the_logarithm(void **state)
{
	int i;

	for (i = 0; i < RANDOM_CELLS; i++) {
		uint64_t m = (1ULL << 63) + ((uint64_t)i << (63 - RANDOM_CELL_BITS));

		assert_true(distance(random_log2_q63[i], log2_by_squaring_q63(m)) <= TOLERANCE);
	}
	assert_int_equal(random_log2_q63[0], 0);
	assert_int_equal(random_log2_q63[RANDOM_CELLS], 1ULL << 63);
}

/* 2^(i/1024) squared is 2^(2i/1024): each entry's chain of squares ends at an exact power of 2. */
static void exp2_table_is_closed_under_squaring(void **state)
{
	int i;

	assert_int_equal(random_exp2_q62[0], 1ULL << 62);
	assert_int_equal(random_exp2_q62[RANDOM_CELLS], 1ULL << 63);
	for (i = 1; i < RANDOM_CELLS; i++) {
		u128 square = (u128)random_exp2_q62[i] * random_exp2_q62[i];
		int twice = 2 * i;
		unsigned down = 62;

		assert_true(random_exp2_q62[i] > random_exp2_q62[i - 1]);
		if (twice > RANDOM_CELLS) {
			twice -= RANDOM_CELLS;
			down = 63;
		}
		/* One unit of the entry is up to four of its square. */
		assert_true(distance(square >> down, random_exp2_q62[twice]) <= 4);
	}
}

/* The curvature by the chord's own error, measured in the middle of the cell: f(1-f) is 1/4
 * there. */
static void curve_table_is_what_the_chord_lacks(void **state)
{
	int i;

	for (i = 0; i < RANDOM_CELLS; i++) {
		uint64_t m = (1ULL << 63) + ((uint64_t)(2 * i + 1) << (62 - RANDOM_CELL_BITS));
		uint64_t low = random_log2_q63[i], high = random_log2_q63[i + 1];
		uint64_t chord = low + (high - low) / 2;
		uint64_t lack_q52 = (log2_by_squaring_q63(m) - chord) >> 9;

		/* The fourth-order term is 2e-7 of the second: within 1e-6. */
		assert_true(distance(lack_q52, random_curve_q52[i]) <=
			    random_curve_q52[i] / 1000000 + 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log2_table_is_the_logarithm),
		cmocka_unit_test(exp2_table_is_closed_under_squaring),
		cmocka_unit_test(curve_table_is_what_the_chord_lacks),
	};

	return cmocka_run_group_tests_name("random_tables", tests, NULL, NULL);
}
