/* SPDX-License-Identifier: MIT */
#include "model/trace/stats.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/core/expect_assert.h"

static int setup(void **state)
{
	*state = stats_create();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	stats_destroy(*state);
	return 0;
}

static struct stat_value found(const struct stats *stats, const char *name)
{
	struct stat_value value;

	if (!stats_find(stats, name, &value))
		fail_msg("no stat %s", name);
	assert_string_equal(value.name, name);
	return value;
}

static uint64_t read_total(void *ctx)
{
	return *(uint64_t *)ctx;
}

static void a_counter_is_its_growth_over_the_window(void **state)
{
	struct stats *stats = *state;
	struct counter *counter = stats_counter(stats, "eth%d.rx.frames", 0);
	struct stat_value value;

	counter->value = 100;
	stats_window_begin(stats, 1000);
	counter->value += 7;
	stats_window_end(stats, 2000);
	counter->value += 1000;
	value = found(stats, "eth0.rx.frames");
	assert_int_equal(value.kind, STAT_COUNTER);
	assert_int_equal(value.num, 7);
	assert_int_equal(value.den, 1);
	assert_null(value.hist);
}

static void a_computed_counter_is_its_growth_too(void **state)
{
	struct stats *stats = *state;
	uint64_t total = 50;

	stats_counter_fn(stats, "cpu0.busy", read_total, &total);
	stats_window_begin(stats, 0);
	total = 90;
	stats_window_end(stats, 1);
	total = 1000;
	assert_int_equal(found(stats, "cpu0.busy").num, 40);
}

static void a_counter_may_pass_the_end_of_its_range(void **state)
{
	struct stats *stats = *state;
	struct counter *counter = stats_counter(stats, "wraps");

	counter->value = UINT64_MAX - 1;
	stats_window_begin(stats, 0);
	counter->value += 5;
	stats_window_end(stats, 1);
	assert_int_equal(found(stats, "wraps").num, 5);
}

static void a_level_is_its_value_at_the_end(void **state)
{
	struct stats *stats = *state;
	uint64_t level = 50;

	stats_level_fn(stats, "eth0.rx.ring", read_total, &level);
	stats_window_begin(stats, 0);
	level = 30;
	stats_window_end(stats, 1);
	level = 5;
	assert_int_equal(found(stats, "eth0.rx.ring").kind, STAT_LEVEL);
	assert_int_equal(found(stats, "eth0.rx.ring").num, 30);
}

static void a_rate_is_growth_and_the_windows_length(void **state)
{
	struct stats *stats = *state;
	struct counter *counter = stats_counter(stats, "frames");
	struct stat_value value;

	stats_rate(stats, "frames_per_s", "frames");
	counter->value = 3;
	stats_window_begin(stats, 500);
	counter->value = 45;
	stats_window_end(stats, 2500);
	value = found(stats, "frames_per_s");
	assert_int_equal(value.kind, STAT_RATE);
	assert_int_equal(value.num, 42);
	assert_int_equal(value.den, 2000);
}

static void a_ratio_is_that_of_two_growths(void **state)
{
	struct stats *stats = *state;
	struct counter *hits = stats_counter(stats, "hits");
	struct counter *lookups = stats_counter(stats, "lookups");
	struct stat_value value;

	stats_ratio(stats, "hit_share", "hits", "lookups");
	hits->value = 5;
	lookups->value = 10;
	stats_window_begin(stats, 0);
	hits->value = 8;
	lookups->value = 14;
	stats_window_end(stats, 1);
	value = found(stats, "hit_share");
	assert_int_equal(value.kind, STAT_RATIO);
	assert_int_equal(value.num, 3);
	assert_int_equal(value.den, 4);
}

static void read_ratio(void *ctx, uint64_t *num, uint64_t *den)
{
	const uint64_t *totals = ctx;

	*num = totals[0];
	*den = totals[1];
}

static void a_computed_ratio_is_that_of_two_growths(void **state)
{
	struct stats *stats = *state;
	uint64_t totals[2] = { 5, 10 };
	struct stat_value value;

	stats_ratio_fn(stats, "cpu0.share", read_ratio, totals);
	stats_window_begin(stats, 0);
	totals[0] = 6;
	totals[1] = 18;
	stats_window_end(stats, 1);
	value = found(stats, "cpu0.share");
	assert_int_equal(value.num, 1);
	assert_int_equal(value.den, 8);
}

static void a_ratio_of_nothing_keeps_its_zero_denominator(void **state)
{
	struct stats *stats = *state;

	stats_counter(stats, "hits");
	stats_counter(stats, "lookups");
	stats_ratio(stats, "hit_share", "hits", "lookups");
	stats_window_begin(stats, 0);
	stats_window_end(stats, 1);
	assert_int_equal(found(stats, "hit_share").den, 0);
}

static void a_distribution_keeps_samples_of_the_window_only(void **state)
{
	struct stats *stats = *state;
	struct hist *hist = stats_dist(stats, "eth%d.latency", 0);
	struct stat_value value;

	assert_false(stats_window_open(stats));
	stats_sample(stats, hist, 1);
	stats_window_begin(stats, 0);
	assert_true(stats_window_open(stats));
	stats_sample(stats, hist, 20);
	stats_sample(stats, hist, 40);
	stats_window_end(stats, 1);
	assert_false(stats_window_open(stats));
	stats_sample(stats, hist, 1000);
	value = found(stats, "eth0.latency");
	assert_int_equal(value.kind, STAT_DIST);
	assert_ptr_equal(value.hist, hist);
	assert_int_equal(hist_count(hist), 2);
	assert_int_equal(hist_min(hist), 20);
	assert_int_equal(hist_max(hist), 40);
}

static void a_second_window_starts_afresh(void **state)
{
	struct stats *stats = *state;
	struct counter *counter = stats_counter(stats, "frames");
	struct hist *hist = stats_dist(stats, "latency");

	stats_window_begin(stats, 0);
	counter->value = 10;
	stats_sample(stats, hist, 5);
	stats_window_end(stats, 1);
	stats_window_begin(stats, 2);
	counter->value = 13;
	stats_sample(stats, hist, 9);
	stats_window_end(stats, 3);
	assert_int_equal(found(stats, "frames").num, 3);
	assert_int_equal(hist_count(hist), 1);
	assert_int_equal(hist_min(hist), 9);
}

static void rows_are_listed_by_name(void **state)
{
	static const char *const name[] = { "b", "a.z", "c", "a", "B", "a.b", "aa" };
	static const char *const sorted[] = { "B", "a", "a.b", "a.z", "aa", "b", "c" };
	struct stats *stats = *state;
	size_t i;

	for (i = 0; i < 7; i++)
		stats_counter(stats, "%s", name[i]);
	stats_window_begin(stats, 0);
	stats_window_end(stats, 1);
	assert_int_equal(stats_count(stats), 7);
	for (i = 0; i < 7; i++)
		assert_string_equal(stats_get(stats, i).name, sorted[i]);
}

static void hundreds_of_rows_keep_their_counters_in_place(void **state)
{
	enum { ROWS = 500 };
	struct stats *stats = *state;
	struct counter *counter[ROWS];
	char name[32];
	int i;

	for (i = 0; i < ROWS; i++)
		counter[i] = stats_counter(stats, "row%d", i * 7919 % ROWS);
	stats_window_begin(stats, 0);
	for (i = 0; i < ROWS; i++)
		counter[i]->value = i * 7919 % ROWS;
	stats_window_end(stats, 1);
	for (i = 0; i < ROWS; i++) {
		snprintf(name, sizeof(name), "row%d", i);
		assert_int_equal(found(stats, name).num, i);
	}
}

static void names_are_copied(void **state)
{
	struct stats *stats = *state;
	char name[8] = "first";
	uint64_t total = 0;

	stats_counter_fn(stats, name, read_total, &total);
	strcpy(name, "other");
	stats_window_begin(stats, 0);
	stats_window_end(stats, 1);
	assert_string_equal(stats_get(stats, 0).name, "first");
}

static void an_unknown_name_is_not_found(void **state)
{
	struct stats *stats = *state;
	struct stat_value value;

	stats_counter(stats, "b");
	stats_window_begin(stats, 0);
	stats_window_end(stats, 1);
	assert_false(stats_find(stats, "a", &value));
	assert_false(stats_find(stats, "c", &value));
	assert_false(stats_find(stats, "", &value));
}

static void registering_a_name_twice_asserts(void **state)
{
	struct stats *stats = *state;
	uint64_t total = 0;

	stats_counter(stats, "frames");
	EXPECT_ASSERT(stats_counter(stats, "frames"));
	EXPECT_ASSERT(stats_level_fn(stats, "frames", read_total, &total));
	EXPECT_ASSERT(stats_dist(stats, "frames"));
	assert_int_equal(stats_count(stats), 1);
}

static void a_rate_or_ratio_of_what_is_no_counter_asserts(void **state)
{
	struct stats *stats = *state;

	stats_counter(stats, "frames");
	stats_dist(stats, "latency");
	EXPECT_ASSERT(stats_rate(stats, "rate", "missing"));
	EXPECT_ASSERT(stats_rate(stats, "rate", "latency"));
	EXPECT_ASSERT(stats_ratio(stats, "ratio", "frames", "missing"));
	EXPECT_ASSERT(stats_ratio(stats, "ratio", "latency", "frames"));
	assert_int_equal(stats_count(stats), 2);
}

static void a_name_without_end_or_letters_asserts(void **state)
{
	struct stats *stats = *state;

	EXPECT_ASSERT(stats_counter(stats, "%0200d", 1));
	EXPECT_ASSERT(stats_counter(stats, "%s", ""));
}

static void a_row_that_comes_after_the_window_began_asserts(void **state)
{
	struct stats *stats = *state;

	stats_window_begin(stats, 0);
	EXPECT_ASSERT(stats_counter(stats, "late"));
}

static void windows_out_of_order_assert(void **state)
{
	struct stats *stats = *state;
	struct stat_value value;

	stats_counter(stats, "frames");
	EXPECT_ASSERT(stats_window_end(stats, 0));
	EXPECT_ASSERT(stats_get(stats, 0));
	EXPECT_ASSERT(stats_find(stats, "frames", &value));
	stats_window_begin(stats, 5);
	EXPECT_ASSERT(stats_window_begin(stats, 6));
	EXPECT_ASSERT(stats_get(stats, 0));
	EXPECT_ASSERT(stats_window_end(stats, 4));
	stats_window_end(stats, 5);
	EXPECT_ASSERT(stats_get(stats, 1));
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_counter_is_its_growth_over_the_window),
		CASE(a_computed_counter_is_its_growth_too),
		CASE(a_counter_may_pass_the_end_of_its_range),
		CASE(a_level_is_its_value_at_the_end),
		CASE(a_rate_is_growth_and_the_windows_length),
		CASE(a_ratio_is_that_of_two_growths),
		CASE(a_computed_ratio_is_that_of_two_growths),
		CASE(a_ratio_of_nothing_keeps_its_zero_denominator),
		CASE(a_distribution_keeps_samples_of_the_window_only),
		CASE(a_second_window_starts_afresh),
		CASE(rows_are_listed_by_name),
		CASE(hundreds_of_rows_keep_their_counters_in_place),
		CASE(names_are_copied),
		CASE(an_unknown_name_is_not_found),
		CASE(registering_a_name_twice_asserts),
		CASE(a_rate_or_ratio_of_what_is_no_counter_asserts),
		CASE(a_name_without_end_or_letters_asserts),
		CASE(a_row_that_comes_after_the_window_began_asserts),
		CASE(windows_out_of_order_assert),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
