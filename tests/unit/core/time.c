/* SPDX-License-Identifier: MIT */
#include "model/core/time.h"

#include "tests/unit/core/expect_assert.h"

static void units_are_thousands_of_each_other(void **state)
{
	assert_int_equal(dur_ns(3).ps, 3000);
	assert_int_equal(dur_us(3).ps, 3000000);
	assert_int_equal(dur_ms(3).ps, 3000000000);
	assert_int_equal(PS_PER_S, 1000 * PS_PER_MS);
}

static void never_plus_anything_stays_never(void **state)
{
	assert_true(at_is_never(at_add(AT_NEVER, dur_ps(0))));
	assert_true(at_is_never(at_add(AT_NEVER, dur_ms(5))));
	assert_true(at_is_never(at_add(at_ps(UINT64_MAX - 1), dur_ps(2))));
	assert_int_equal(at_add(at_ps(5), dur_ps(2)).ps, 7);
}

static void the_length_to_an_earlier_instant_is_zero(void **state)
{
	assert_int_equal(at_since(at_ps(9), at_ps(4)).ps, 5);
	assert_int_equal(at_since(at_ps(4), at_ps(9)).ps, 0);
}

static void earlier_and_later_of_two(void **state)
{
	assert_int_equal(at_min(at_ps(4), at_ps(9)).ps, 4);
	assert_int_equal(at_max(at_ps(4), at_ps(9)).ps, 9);
	assert_true(at_before(at_ps(4), at_ps(9)));
	assert_false(at_before(at_ps(4), at_ps(4)));
}

static void bytes_on_a_wire_take_their_time_rounded_up(void **state)
{
	/* 84 bytes, a 64-byte frame with preamble and gap, at 10 Gb/s: 67.2 ns. */
	assert_int_equal(dur_of_bytes(84, 10000000000ULL).ps, 67200);
	assert_int_equal(dur_of_bytes(1, 3000000000000ULL).ps, 3);
	/* No overflow in between: a terabyte at 1 Gb/s is 8000 s. */
	assert_int_equal(dur_of_bytes(1000000000000ULL, 1000000000ULL).ps, 8000 * PS_PER_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_are_thousands_of_each_other),
		cmocka_unit_test(never_plus_anything_stays_never),
		cmocka_unit_test(the_length_to_an_earlier_instant_is_zero),
		cmocka_unit_test(earlier_and_later_of_two),
		cmocka_unit_test(bytes_on_a_wire_take_their_time_rounded_up),
	};

	return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
