/* SPDX-License-Identifier: MIT */
/* The continuous samplers against theory: values for chosen uniform draws, exact means by
 * stratification, and Kolmogorov-Smirnov tests of the whole shape. Tests may use libm. */
#include "model/core/random.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "tests/unit/core/expect_assert.h"

#define SAMPLES 100000

/* sqrt(n) times the largest distance between two distributions exceeds this once in a thousand. */
#define KS_LIMIT 1.95

/* The s[1] for which xoshiro256** puts out `output`: its scrambler backwards. */
static uint64_t unscramble(uint64_t output)
{
	uint64_t x = output * 0x8e38e38e38e38e39ULL;   /* 1/9 */

	x = x >> 7 | x << 57;
	return x * 0xcccccccccccccccdULL;              /* 1/5 */
}

/* A stream whose next two outputs are chosen. */
static struct random stream_of(uint64_t first, uint64_t second)
{
	struct random random = { .s = { 0, unscramble(first), 0, 0 } };

	/* The step makes s[1] ^ s[2] ^ s[0] the next s[1]. */
	random.s[0] = unscramble(second) ^ random.s[1];
	return random;
}

static void chosen_outputs_come_out(void **state)
{
	struct random random = stream_of(123456789, 0xfedcba9876543210ULL);

	assert_int_equal(random_u64(&random), 123456789);
	assert_int_equal(random_u64(&random), 0xfedcba9876543210ULL);
}

/* -ln(U) to 3e-11, over the whole range of U: by magnitudes and across the cells of the table. */
static void the_logarithm_is_right_everywhere(void **state)
{
	const uint64_t mean = 1ULL << 50;
	struct random source;
	double worst = 0;
	int i;

	random_init(&source, 1, "logarithm");
	for (i = 0; i < SAMPLES; i++) {
		uint64_t u = (random_u64(&source) >> i % 64) | 1;
		struct random random = stream_of(u, 0);
		double exact = -(double)logl((long double)u * 0x1p-64L);
		double error = fabs((double)random_exponential(&random, mean) / (double)mean -
				    exact);

		worst = error > worst ? error : worst;
	}
	print_message("worst error of -ln(U): %.3g\n", worst);
	assert_true(worst < 3e-11);
}

static void the_ends_of_the_uniform_range_are_safe(void **state)
{
	struct random smallest = stream_of(0, UINT64_MAX);
	struct random largest = stream_of(UINT64_MAX, 0);

	/* 64 ln 2 = 44.36 means at most. */
	assert_int_equal(random_exponential(&smallest, 1000), 44361 + 1);
	assert_int_equal(random_exponential(&largest, 1ULL << 50), 0);
}

static uint64_t bits_reversed(uint64_t x)
{
	uint64_t result = 0;
	int i;

	for (i = 0; i < 64; i++)
		result |= (x >> i & 1) << (63 - i);
	return result;
}

/* One draw from the middle of each of a million equal parts of 0..1: what remains of the error
 * is the sampler's own. The rounding draw is spread evenly over its range too (Hammersley's
 * points). */
static double stratified_mean(uint64_t mean)
{
	enum { PARTS = 1 << 20 };
	long double sum = 0;
	uint64_t i;

	for (i = 0; i < PARTS; i++) {
		struct random random = stream_of((2 * i + 1) << 43, bits_reversed(i));

		sum += random_exponential(&random, mean);
	}
	return sum / PARTS;
}

static void the_exponential_mean_is_exact_also_when_small(void **state)
{
	static const uint64_t mean[] = { 1, 2, 3, 10, 67, 1000, 67000, 1000000007, 1ULL << 50 };
	size_t i;

	for (i = 0; i < sizeof(mean) / sizeof(mean[0]); i++) {
		double ratio = stratified_mean(mean[i]) / mean[i];

		if (fabs(ratio - 1) >= 2e-5)
			print_error("mean %llu: %.7f\n", (unsigned long long)mean[i], ratio);
		assert_true(fabs(ratio - 1) < 2e-5);
	}
}

static void a_mean_of_zero_is_always_zero(void **state)
{
	struct random random;
	int i;

	random_init(&random, 1, "zero");
	for (i = 0; i < 1000; i++)
		assert_int_equal(random_exponential(&random, 0), 0);
}

static void parameters_out_of_range_assert(void **state)
{
	struct random random;

	random_init(&random, 1, "refusals");
	EXPECT_ASSERT(random_exponential(&random, (1ULL << 50) + 1));
	EXPECT_ASSERT(random_pareto(&random, 1000, 0));
	EXPECT_ASSERT(random_normal(&random, 0, (1ULL << 60) + 1));
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* sqrt(n) * sup |empirical - theory|; sorts the samples. */
static double ks_distance(double *sample, size_t n, double (*cdf)(double x))
{
	double worst = 0;
	size_t i;

	qsort(sample, n, sizeof(*sample), compare);
	for (i = 0; i < n; i++) {
		double f = cdf(sample[i]);

		worst = fmax(worst, fmax(fabs(f - (double)i / n), fabs((double)(i + 1) / n - f)));
	}
	return worst * sqrt(n);
}

static double sample[SAMPLES];

static void moments(double *mean, double *variance, double *kurtosis)
{
	double sum = 0, square = 0, fourth = 0;
	int i;

	for (i = 0; i < SAMPLES; i++)
		sum += sample[i];
	*mean = sum / SAMPLES;
	for (i = 0; i < SAMPLES; i++) {
		double d = sample[i] - *mean;

		square += d * d;
		fourth += d * d * d * d;
	}
	*variance = square / SAMPLES;
	*kurtosis = fourth / SAMPLES / (*variance * *variance);
}

static double exponential_cdf(double x)
{
	return 1 - exp(-x);
}

static void the_exponential_has_its_shape(void **state)
{
	double mean, variance, kurtosis;
	struct random random;
	int i;

	random_init(&random, 1, "exponential");
	for (i = 0; i < SAMPLES; i++)
		sample[i] = random_exponential(&random, 67000) / 67000.0;
	moments(&mean, &variance, &kurtosis);
	assert_true(fabs(mean - 1) < 0.012 && fabs(variance - 1) < 0.04);
	assert_true(ks_distance(sample, SAMPLES, exponential_cdf) < KS_LIMIT);
}

static double pareto_cdf(double x)
{
	return x < 1 ? 0 : 1 - pow(x, -1.5);
}

static void the_pareto_has_its_shape(void **state)
{
	struct random random;
	int i;

	random_init(&random, 1, "pareto");
	for (i = 0; i < SAMPLES; i++)
		sample[i] = random_pareto(&random, 1000000, 1500) / 1e6;
	assert_true(ks_distance(sample, SAMPLES, pareto_cdf) < KS_LIMIT);
}

/* minimum * U^(-1/alpha) to 1e-10, for U up to where the cut at 2^40 takes over. */
static void the_power_is_right_everywhere(void **state)
{
	static const unsigned alpha_milli[] = { 500, 1000, 1160, 2500, 10000 };
	const uint64_t minimum = 1ULL << 23;
	struct random source;
	double worst = 0;
	int i;

	random_init(&source, 1, "power");
	for (i = 0; i < SAMPLES; i++) {
		unsigned alpha = alpha_milli[i % 5];
		uint64_t u = (random_u64(&source) >> i % 60) | 1;
		struct random random = stream_of(u, 0);
		uint64_t value = random_pareto(&random, minimum, alpha);
		double exact = fmin(pow((double)u * 0x1p-64, -1000.0 / alpha), 0x1p40) * minimum;

		/* Half a unit is rounding. */
		worst = fmax(worst, (fabs(value - exact) - 0.5) / exact);
	}
	print_message("worst relative error of U^(-1/alpha): %.3g\n", worst);
	assert_true(worst < 1e-10);
}

static void the_pareto_is_cut(void **state)
{
	struct random tail = stream_of(0, 0), wide = stream_of(0, 0);
	struct random first = stream_of(UINT64_MAX, 0);
	struct random steep = stream_of(0, 0), none = stream_of(0, 0);

	assert_int_equal(random_pareto(&tail, 1000, 500), 1000ULL << 40);
	assert_int_equal(random_pareto(&steep, 1000, 1), 1000ULL << 40);
	assert_int_equal(random_pareto(&wide, 1ULL << 30, 500), UINT64_MAX);
	assert_int_equal(random_pareto(&first, 1000, 500), 1000);
	assert_int_equal(random_pareto(&none, 0, 500), 0);
}

static double normal_cdf(double x)
{
	return 0.5 * erfc(-x * M_SQRT1_2);
}

static void the_normal_has_its_shape(void **state)
{
	double mean, variance, kurtosis;
	struct random random;
	int i;

	random_init(&random, 1, "normal");
	for (i = 0; i < SAMPLES; i++)
		sample[i] = (double)random_normal_q32(&random) * 0x1p-32;
	moments(&mean, &variance, &kurtosis);
	assert_true(fabs(mean) < 0.012 && fabs(variance - 1) < 0.018);
	assert_true(fabs(kurtosis - 3) < 0.06);
	assert_true(ks_distance(sample, SAMPLES, normal_cdf) < KS_LIMIT);
}

/* The polar method by libm on the same two uniform draws. */
static void the_normal_is_the_polar_method(void **state)
{
	struct random source;
	double worst = 0;
	int i, used = 0;

	random_init(&source, 1, "polar");
	for (i = 0; i < SAMPLES; i++) {
		uint64_t first = random_u64(&source), second = random_u64(&source);
		long double x = (int64_t)(first | 3) * 0x1p-63L;
		long double y = (int64_t)(second | 3) * 0x1p-63L;
		long double s = x * x + y * y;
		struct random random = stream_of(first, second);
		long double factor;

		if (s >= 1)
			continue;
		used++;
		factor = sqrtl(-2 * logl(s) / s);
		worst = fmax(worst, fabsl(random_normal_q32(&random) * 0x1p-32L - x * factor));
		worst = fmax(worst, fabsl(random_normal_q32(&random) * 0x1p-32L - y * factor));
	}
	print_message("worst error of the normal: %.3g\n", worst);
	assert_true(used > SAMPLES / 2);
	assert_true(worst < 1e-9);
}

/* Pairs come from one point of the circle and must still be independent of each other. */
static void successive_normals_are_uncorrelated(void **state)
{
	double product = 0, squares = 0;
	struct random random;
	int i;

	random_init(&random, 1, "pairs");
	for (i = 0; i < SAMPLES; i++) {
		double x = (double)random_normal_q32(&random) * 0x1p-32;
		double y = (double)random_normal_q32(&random) * 0x1p-32;

		product += x * y;
		squares += (x * x - 1) * (y * y - 1);
	}
	assert_true(fabs(product / SAMPLES) < 0.013);
	assert_true(fabs(squares / SAMPLES) < 0.026);
}

static void the_normal_around_a_mean_is_scaled_and_not_negative(void **state)
{
	double mean, variance, kurtosis;
	struct random random;
	int i, zeros = 0;

	random_init(&random, 1, "scaled");
	for (i = 0; i < SAMPLES; i++)
		sample[i] = random_normal(&random, 80000000, 9000000);
	moments(&mean, &variance, &kurtosis);
	assert_true(fabs(mean - 80e6) < 9e6 * 0.012);
	assert_true(fabs(variance / 81e12 - 1) < 0.018);
	for (i = 0; i < SAMPLES; i++)
		zeros += random_normal(&random, 0, 1000) == 0;
	/* Half of all are cut, and those below half a unit. */
	assert_true(abs(zeros - SAMPLES / 2) < 800);
	assert_int_equal(random_normal(&random, 77, 0), 77);
	for (i = 0; i < 100; i++)
		assert_true(random_normal(&random, UINT64_MAX, 1ULL << 60) > 1ULL << 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chosen_outputs_come_out),
		cmocka_unit_test(the_logarithm_is_right_everywhere),
		cmocka_unit_test(the_ends_of_the_uniform_range_are_safe),
		cmocka_unit_test(the_exponential_mean_is_exact_also_when_small),
		cmocka_unit_test(a_mean_of_zero_is_always_zero),
		cmocka_unit_test(parameters_out_of_range_assert),
		cmocka_unit_test(the_exponential_has_its_shape),
		cmocka_unit_test(the_pareto_has_its_shape),
		cmocka_unit_test(the_power_is_right_everywhere),
		cmocka_unit_test(the_pareto_is_cut),
		cmocka_unit_test(the_normal_has_its_shape),
		cmocka_unit_test(the_normal_is_the_polar_method),
		cmocka_unit_test(successive_normals_are_uncorrelated),
		cmocka_unit_test(the_normal_around_a_mean_is_scaled_and_not_negative),
	};

	return cmocka_run_group_tests_name("random_shapes", tests, NULL, NULL);
}
