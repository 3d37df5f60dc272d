/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysis/decimal.h"

static void expect_text(decimal_u128 num, uint64_t den, const char *want)
{
	char text[DECIMAL_TEXT_BYTES];

	decimal_ratio(text, num, den);
	assert_string_equal(text, want);
}

static void exact_integers_have_no_point(void **state)
{
	expect_text(0, 7, "0");
	expect_text(42, 1, "42");
	expect_text(84, 2, "42");
	expect_text(UINT64_MAX, 1, "18446744073709551615");
}

static void fractions_have_nine_significant_digits(void **state)
{
	expect_text(1, 3, "0.333333333");
	expect_text(2, 3, "0.666666667");
	expect_text(1, 2, "0.5");
	expect_text(1000, 3, "333.333333");
	expect_text(1, 3000, "0.000333333333");
	expect_text(22, 7, "3.14285714");
}

static void rounding_carries_through_the_point(void **state)
{
	expect_text(9999999999, 10000000000, "1");
	expect_text(99999999999, 10000000000, "10");
	expect_text(1999999999, 2, "1000000000");
	expect_text(199999999, 2, "99999999.5");
}

static void large_integer_parts_are_written_in_full(void **state)
{
	expect_text(12345678901234567, 10, "1234567890123457");
	expect_text((decimal_u128)UINT64_MAX * UINT64_MAX, UINT64_MAX, "18446744073709551615");
	expect_text((decimal_u128)UINT64_MAX << 64, 1, "340282366920938463444927863358058659840");
}

static void smallest_ratio_fits(void **state)
{
	expect_text(1, UINT64_MAX, "0.0000000000000000000542101086");
}

static void ratio_over_nothing_is_zero(void **state)
{
	expect_text(5, 0, "0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_integers_have_no_point),
		cmocka_unit_test(fractions_have_nine_significant_digits),
		cmocka_unit_test(rounding_carries_through_the_point),
		cmocka_unit_test(large_integer_parts_are_written_in_full),
		cmocka_unit_test(smallest_ratio_fits),
		cmocka_unit_test(ratio_over_nothing_is_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
