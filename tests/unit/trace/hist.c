/* SPDX-License-Identifier: MIT */
/* The histogram against sorted arrays of the same samples. */
#include "model/trace/hist.h"

#include <stdlib.h>

#include "model/core/random.h"
#include "tests/unit/core/expect_assert.h"

#define SAMPLES 20000

static int setup(void **state)
{
	*state = hist_create();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	hist_destroy(*state);
	return 0;
}

static void an_empty_histogram_answers_zero(void **state)
{
	const struct hist *hist = *state;
	uint64_t high, low;

	hist_sum(hist, &high, &low);
	assert_int_equal(hist_count(hist), 0);
	assert_int_equal(high | low, 0);
	assert_int_equal(hist_mean(hist), 0);
	assert_int_equal(hist_min(hist), 0);
	assert_int_equal(hist_max(hist), 0);
	assert_int_equal(hist_quantile(hist, 1, 2), 0);
	assert_int_equal(hist_quantile(hist, 1, 1), 0);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The smallest sample with at least num/den of all at or below it. */
static uint64_t exact_quantile(const uint64_t *sorted, uint64_t n, uint64_t num, uint64_t den)
{
	uint64_t rank = (n * num + den - 1) / den;

	return sorted[rank - 1];
}

static const struct {
	uint64_t num, den;
} share[] = {
	{ 1, 1000000 }, { 1, 100 }, { 1, 4 }, { 1, 3 }, { 1, 2 }, { 9, 10 }, { 99, 100 },
	{ 999, 1000 }, { 9999, 10000 }, { 1, 1 },
};

static uint64_t sample[SAMPLES];

static void fill(struct hist *hist, const char *stream, unsigned shift_range, unsigned shift_min)
{
	struct random random;
	int i;

	random_init(&random, 1, stream);
	for (i = 0; i < SAMPLES; i++) {
		sample[i] = random_u64(&random) >>
			    (shift_min + random_below(&random, shift_range));
		hist_add(hist, sample[i]);
	}
	qsort(sample, SAMPLES, sizeof(sample[0]), compare);
}

static void quantiles_below_2048_are_exact(void **state)
{
	struct hist *hist = *state;
	size_t i;

	fill(hist, "small", 1, 53);
	assert_true(sample[SAMPLES - 1] == 2047);
	for (i = 0; i < sizeof(share) / sizeof(share[0]); i++)
		assert_int_equal(hist_quantile(hist, share[i].num, share[i].den),
				 exact_quantile(sample, SAMPLES, share[i].num, share[i].den));
}

static void quantiles_of_any_size_are_within_a_thousandth(void **state)
{
	struct hist *hist = *state;
	size_t i;

	fill(hist, "wide", 50, 0);
	for (i = 0; i < sizeof(share) / sizeof(share[0]); i++) {
		uint64_t exact = exact_quantile(sample, SAMPLES, share[i].num, share[i].den);
		uint64_t found = hist_quantile(hist, share[i].num, share[i].den);
		uint64_t apart = found > exact ? found - exact : exact - found;

		/* Half a bucket is 1/2048 of its lower end. */
		assert_true(apart <= exact / 2048 + 1);
	}
}

static void count_sum_and_ends_are_exact(void **state)
{
	struct hist *hist = *state;
	unsigned __int128 sum = 0;
	uint64_t high, low;
	int i;

	fill(hist, "exact", 50, 0);
	for (i = 0; i < SAMPLES; i++)
		sum += sample[i];
	hist_sum(hist, &high, &low);
	assert_int_equal(hist_count(hist), SAMPLES);
	assert_int_equal(high, (uint64_t)(sum >> 64));
	assert_int_equal(low, (uint64_t)sum);
	assert_int_equal(hist_min(hist), sample[0]);
	assert_int_equal(hist_max(hist), sample[SAMPLES - 1]);
	assert_int_equal(hist_mean(hist), (uint64_t)((sum + SAMPLES / 2) / SAMPLES));
}

static void the_mean_is_rounded_to_nearest(void **state)
{
	struct hist *hist = *state;

	hist_add(hist, 1);
	hist_add(hist, 2);
	assert_int_equal(hist_mean(hist), 2);
	hist_add(hist, 1);
	assert_int_equal(hist_mean(hist), 1);
}

static void the_sum_may_leave_64_bits(void **state)
{
	struct hist *hist = *state;
	uint64_t high, low;

	hist_add_n(hist, UINT64_MAX, 3);
	hist_sum(hist, &high, &low);
	assert_int_equal(high, 2);
	assert_int_equal(low, UINT64_MAX - 2);
	assert_int_equal(hist_mean(hist), UINT64_MAX);
	assert_int_equal(hist_quantile(hist, 1, 2), UINT64_MAX);
}

static void a_quantile_stays_between_the_ends(void **state)
{
	struct hist *hist = *state;

	/* One bucket of 1024 values; its middle is neither of the two. */
	hist_add(hist, (1 << 20) + 700);
	assert_int_equal(hist_quantile(hist, 1, 2), (1 << 20) + 700);
	hist_clear(hist);
	hist_add(hist, (1 << 20) + 3);
	assert_int_equal(hist_quantile(hist, 1, 1), (1 << 20) + 3);
}

static void adding_n_is_adding_n_times(void **state)
{
	struct hist *hist = *state, *one_by_one = hist_create();
	uint64_t high[2], low[2];
	int i;

	assert_non_null(one_by_one);
	hist_add_n(hist, 12345, 1000);
	hist_add_n(hist, 99, 0);
	hist_add_n(hist, 7, 10);
	for (i = 0; i < 1000; i++)
		hist_add(one_by_one, 12345);
	for (i = 0; i < 10; i++)
		hist_add(one_by_one, 7);
	hist_sum(hist, &high[0], &low[0]);
	hist_sum(one_by_one, &high[1], &low[1]);
	assert_int_equal(hist_count(hist), 1010);
	assert_int_equal(low[0], low[1]);
	assert_int_equal(hist_min(hist), 7);
	assert_int_equal(hist_quantile(hist, 1, 101), 7);
	assert_int_equal(hist_quantile(hist, 2, 101), hist_quantile(one_by_one, 2, 101));
	hist_destroy(one_by_one);
}

static void clearing_forgets_everything(void **state)
{
	struct hist *hist = *state;

	fill(hist, "cleared", 50, 0);
	hist_clear(hist);
	an_empty_histogram_answers_zero(state);
	/* Counts left in the octaves between would draw the upper quantile to a wrong one. */
	hist_add(hist, 3);
	hist_add(hist, 1ULL << 40);
	assert_int_equal(hist_count(hist), 2);
	assert_int_equal(hist_min(hist), 3);
	assert_int_equal(hist_quantile(hist, 1, 2), 3);
	assert_int_equal(hist_quantile(hist, 1, 1), 1ULL << 40);
}

struct walk {
	uint64_t count;
	uint64_t last_high;
	int buckets;
	int sample;     /* next of the sorted samples */
};

static void walk_bucket(void *ctx, uint64_t low, uint64_t high, uint64_t count)
{
	struct walk *walk = ctx;

	assert_true(count > 0 && low <= high);
	assert_true(walk->buckets == 0 || low > walk->last_high);
	/* The bucket's relative width is below 0.1 %. */
	assert_true(high - low <= low / 1000);
	for (; count; count--) {
		assert_true(sample[walk->sample] >= low && sample[walk->sample] <= high);
		walk->sample++;
	}
	walk->last_high = high;
	walk->buckets++;
}

static void walking_shows_every_sample_once_in_its_bucket(void **state)
{
	struct hist *hist = *state;
	struct walk walk = { 0 };

	fill(hist, "walked", 60, 0);
	hist_walk(hist, walk_bucket, &walk);
	assert_int_equal(walk.sample, SAMPLES);
}

static void every_power_of_two_and_its_neighbours_find_their_bucket(void **state)
{
	struct hist *hist = *state;
	struct walk walk = { 0 };
	int bit, n = 0;

	for (bit = 1; bit < 64; bit++) {
		sample[n++] = (1ULL << bit) - 1;
		sample[n++] = 1ULL << bit;
		sample[n++] = (1ULL << bit) + 1;
	}
	sample[n++] = UINT64_MAX;
	sample[n++] = 0;
	for (bit = 0; bit < n; bit++)
		hist_add(hist, sample[bit]);
	qsort(sample, n, sizeof(sample[0]), compare);
	hist_walk(hist, walk_bucket, &walk);
	assert_int_equal(walk.sample, n);
}

static void a_share_outside_0_to_1_asserts(void **state)
{
	struct hist *hist = *state;

	EXPECT_ASSERT(hist_quantile(hist, 0, 10));
	EXPECT_ASSERT(hist_quantile(hist, 11, 10));
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_empty_histogram_answers_zero),
		CASE(quantiles_below_2048_are_exact),
		CASE(quantiles_of_any_size_are_within_a_thousandth),
		CASE(count_sum_and_ends_are_exact),
		CASE(the_mean_is_rounded_to_nearest),
		CASE(the_sum_may_leave_64_bits),
		CASE(a_quantile_stays_between_the_ends),
		CASE(adding_n_is_adding_n_times),
		CASE(clearing_forgets_everything),
		CASE(walking_shows_every_sample_once_in_its_bucket),
		CASE(every_power_of_two_and_its_neighbours_find_their_bucket),
		CASE(a_share_outside_0_to_1_asserts),
	};

	return cmocka_run_group_tests_name("hist", tests, NULL, NULL);
}
