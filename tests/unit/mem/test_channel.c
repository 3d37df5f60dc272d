/* SPDX-License-Identifier: MIT */
/* The bandwidth of memory: bytes pass one after another, and an idle channel owes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/mem/channel.h"

#define RATE 64000000000ull   /* a line a nanosecond */

static uint64_t take(struct channel *channel, uint64_t at_ns, uint64_t lines)
{
	return channel_take(channel, (struct at){ at_ns * PS_PER_NS }, 64 * lines).ps / PS_PER_NS;
}

static void bytes_take_their_time(void **state)
{
	struct channel channel = { .rate = RATE };

	(void)state;
	assert_int_equal(take(&channel, 10, 1), 1);
	assert_int_equal(take(&channel, 20, 64), 64);
}

static void who_asks_waits_for_those_before(void **state)
{
	struct channel channel = { .rate = RATE };

	(void)state;
	assert_int_equal(take(&channel, 100, 50), 50);
	assert_int_equal(take(&channel, 110, 1), 41);
	assert_int_equal(take(&channel, 110, 1), 42);
	/* Asked for by one whose clock is behind: still after the others. */
	assert_int_equal(take(&channel, 90, 1), 63);
}

static void time_that_nobody_used_is_lost(void **state)
{
	struct channel channel = { .rate = RATE };

	(void)state;
	assert_int_equal(take(&channel, 0, 10), 10);
	assert_int_equal(take(&channel, 1000, 10), 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_take_their_time),
		cmocka_unit_test(who_asks_waits_for_those_before),
		cmocka_unit_test(time_that_nobody_used_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
