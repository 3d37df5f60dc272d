/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/scenario/units.h"

static uint64_t good(enum units_set set, const char *text)
{
	struct units_value value;

	assert_int_equal(units_parse(set, text, &value), UNITS_OK);
	return value.value;
}

static void is(enum units_result expected, enum units_set set, const char *text)
{
	struct units_value value;

	assert_int_equal(units_parse(set, text, &value), expected);
}

static void every_unit_has_its_scale(void **state)
{
	assert_int_equal(good(UNITS_TIME, "7ps"), 7);
	assert_int_equal(good(UNITS_TIME, "7ns"), 7000);
	assert_int_equal(good(UNITS_TIME, "7us"), 7000000);
	assert_int_equal(good(UNITS_TIME, "7ms"), 7000000000);
	assert_int_equal(good(UNITS_TIME, "7s"), 7000000000000);
	assert_int_equal(good(UNITS_SIZE, "4KiB"), 4096);
	assert_int_equal(good(UNITS_SIZE, "64B"), 64);
	assert_int_equal(good(UNITS_SIZE, "2GB"), 2000000000);
	assert_int_equal(good(UNITS_SIZE, "1TiB"), 1ULL << 40);
	assert_int_equal(good(UNITS_RATE, "1Mpps"), 1000000000);
	assert_int_equal(good(UNITS_RATE, "10Gbps"), 10000000000);
	assert_int_equal(good(UNITS_IO_RATE, "50kiops"), 50000000);
	assert_int_equal(good(UNITS_FREQUENCY, "3GHz"), 3000000000);
	assert_int_equal(good(UNITS_BANDWIDTH, "2.5Gbps"), 2500000000);
	assert_int_equal(good(UNITS_THROUGHPUT, "2.4GB/s"), 2400000000);
}

static void a_rate_tells_frames_from_bits(void **state)
{
	struct units_value value;

	assert_int_equal(units_parse(UNITS_RATE, "3kpps", &value), UNITS_OK);
	assert_int_equal(value.kind, UNITS_PLAIN);
	assert_int_equal(units_parse(UNITS_RATE, "3kbps", &value), UNITS_OK);
	assert_int_equal(value.kind, UNITS_OTHER);
	assert_int_equal(units_parse(UNITS_COST, "12 cycles", &value), UNITS_OK);
	assert_int_equal(value.kind, UNITS_OTHER);
}

static void cycles_have_sixteenths(void **state)
{
	struct units_value value;

	assert_int_equal(good(UNITS_CYCLES, "0.25 cycles"), 4);
	assert_int_equal(good(UNITS_CYCLES, "18 cycles"), 288);
	assert_int_equal(units_parse(UNITS_CYCLES, "0.33 cycles", &value), UNITS_INEXACT);
	assert_int_equal(units_parse(UNITS_CYCLES, "1ns", &value), UNITS_BAD_UNIT);
}

static void fractions_are_exact_or_refused(void **state)
{
	assert_int_equal(good(UNITS_TIME, "1.5us"), 1500000);
	assert_int_equal(good(UNITS_TIME, "0.001ns"), 1);
	assert_int_equal(good(UNITS_TIME, "1.50000000000000000000us"), 1500000);
	is(UNITS_INEXACT, UNITS_TIME, "1.5ps");
}

static void what_cannot_be_represented_is_refused(void **state)
{
	is(UNITS_INEXACT, UNITS_TIME, "0.3ps");
	is(UNITS_INEXACT, UNITS_TIME, "1.0001ns");
	is(UNITS_INEXACT, UNITS_SIZE, "0.5B");
	is(UNITS_INEXACT, UNITS_TIME, "1.0000000000000000001s");
	is(UNITS_TOO_LARGE, UNITS_TIME, "18446745s");
	is(UNITS_TOO_LARGE, UNITS_SIZE, "99999999999999999999999B");
	assert_int_equal(good(UNITS_TIME, "18446744073709551615ps"), UINT64_MAX);
	is(UNITS_TOO_LARGE, UNITS_TIME, "18446744073709551616ps");
}

static void no_number_no_unit_and_a_wrong_unit_are_told_apart(void **state)
{
	is(UNITS_NO_NUMBER, UNITS_TIME, "");
	is(UNITS_NO_NUMBER, UNITS_TIME, "us");
	is(UNITS_NO_NUMBER, UNITS_TIME, "-1us");
	is(UNITS_NO_NUMBER, UNITS_TIME, ".5us");
	is(UNITS_NO_NUMBER, UNITS_TIME, "1.us");
	is(UNITS_NO_UNIT, UNITS_TIME, "20");
	is(UNITS_BAD_UNIT, UNITS_TIME, "20uss");
	is(UNITS_BAD_UNIT, UNITS_TIME, "20US");
	is(UNITS_BAD_UNIT, UNITS_TIME, "1e3us");
	is(UNITS_BAD_UNIT, UNITS_TIME, "20KiB");
	is(UNITS_BAD_UNIT, UNITS_IO_RATE, "1Mpps");
}

static void millionths_keep_sign_and_refuse_the_inexact(void **state)
{
	int64_t micro;

	assert_true(units_micro("0.25", &micro));
	assert_int_equal(micro, 250000);
	assert_true(units_micro("-3", &micro));
	assert_int_equal(micro, -3000000);
	assert_false(units_micro("0.0000001", &micro));
	assert_false(units_micro("1e3", &micro));
	assert_false(units_micro("nan", &micro));
	assert_false(units_micro("", &micro));
	assert_false(units_micro("9999999999999", &micro));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_unit_has_its_scale),
		cmocka_unit_test(a_rate_tells_frames_from_bits),
		cmocka_unit_test(cycles_have_sixteenths),
		cmocka_unit_test(fractions_are_exact_or_refused),
		cmocka_unit_test(what_cannot_be_represented_is_refused),
		cmocka_unit_test(no_number_no_unit_and_a_wrong_unit_are_told_apart),
		cmocka_unit_test(millionths_keep_sign_and_refuse_the_inexact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
