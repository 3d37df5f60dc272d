/* SPDX-License-Identifier: MIT */
/* Streams: the published generators, golden values, names, uniform integers and chances. */
#include "model/core/random.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/core/expect_assert.h"

#define FNV_OFFSET 0xcbf29ce484222325ULL
#define FNV_PRIME 0x100000001b3ULL

/* xoshiro256** from the state 1, 2, 3, 4: the first outputs of the authors' C code. */
static void the_generator_is_xoshiro256_star_star(void **state)
{
	static const uint64_t expected[] = {
		11520ULL, 0ULL, 1509978240ULL, 1215971899390074240ULL,
	};
	struct random random = { .s = { 1, 2, 3, 4 } };
	size_t i;

	for (i = 0; i < 4; i++)
		assert_int_equal(random_u64(&random), expected[i]);
}

/* An empty name hashes to the FNV offset; taken out again, the seed is SplitMix64's own, whose
 * first outputs from 1234567 are published. */
static void the_state_comes_from_splitmix64(void **state)
{
	static const uint64_t expected[] = {
		6457827717110365317ULL, 3203168211198807973ULL, 9817491932198370423ULL,
		4593380528125082431ULL,
	};
	struct random random;
	size_t i;

	random_init(&random, 1234567 ^ FNV_OFFSET, "");
	for (i = 0; i < 4; i++)
		assert_int_equal(random.s[i], expected[i]);
}

/* The published FNV-1a of "foobar" is 85944171f73967e8. */
static void the_name_enters_by_fnv_1a(void **state)
{
	struct random by_name, by_hash;

	random_init(&by_name, 0, "foobar");
	random_init(&by_hash, FNV_OFFSET ^ 0x85944171f73967e8ULL, "");
	assert_memory_equal(by_name.s, by_hash.s, sizeof(by_name.s));
}

enum sampler {
	UNIFORM, BELOW, CHANCE, EXPONENTIAL, PARETO, NORMAL, NORMAL_AROUND, SAMPLERS
};

static uint64_t sample(struct random *random, enum sampler sampler, unsigned i)
{
	switch (sampler) {
	case BELOW:
		return random_below(random, 1 + i * 2654435761ULL);
	case CHANCE:
		return random_chance(random, i % 100, 100);
	case EXPONENTIAL:
		return random_exponential(random, 67000);
	case PARETO:
		return random_pareto(random, 1000000, 1500);
	case NORMAL:
		return random_normal_q32(random);
	case NORMAL_AROUND:
		return random_normal(random, 80000000, 9000000);
	default:
		return random_u64(random);
	}
}

/* One value for gcc and clang, -O0 and -O2, any x86-64: a change here changes every result. */
static void the_samplers_are_bit_identical_everywhere(void **state)
{
	static const uint64_t golden[SAMPLERS] = {
		0x0ca3c8cbf5c3ed86ULL,
		0xa2c3fe4c1944978dULL,
		0x771a50d9702d0836ULL,
		0xcc98418da6df0fb4ULL,
		0xa6601dd34687313dULL,
		0x0cf0b19db09bec17ULL,
		0xb76bf5793a09be58ULL,
	};
	enum sampler sampler;

	for (sampler = UNIFORM; sampler < SAMPLERS; sampler++) {
		struct random random;
		uint64_t hash = FNV_OFFSET;
		unsigned i;

		random_init(&random, 42, "golden");
		for (i = 0; i < 20000; i++)
			hash = (hash ^ sample(&random, sampler, i)) * FNV_PRIME;
		if (hash != golden[sampler])
			print_error("sampler %d: 0x%016llx\n", sampler, (unsigned long long)hash);
		assert_int_equal(hash, golden[sampler]);
	}
}

static unsigned bits_in_common(struct random *a, struct random *b, unsigned words)
{
	unsigned common = 0, i;

	for (i = 0; i < words; i++)
		common += __builtin_popcountll(~(random_u64(a) ^ random_u64(b)));
	return common;
}

/* Of 640,000 bits half agree, with a standard deviation of 400. */
static void streams_of_close_names_and_seeds_are_unrelated(void **state)
{
	static const struct {
		uint64_t seed;
		const char *name;
	} other[] = {
		{ 42, "eth1.traffic" }, { 42, "eth0.traffid" }, { 42, "Eth0.traffic" },
		{ 42, "" }, { 43, "eth0.traffic" }, { 42 ^ 1ULL << 63, "eth0.traffic" },
	};
	size_t i;

	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		struct random a, b;
		unsigned common;

		random_init(&a, 42, "eth0.traffic");
		random_init(&b, other[i].seed, other[i].name);
		common = bits_in_common(&a, &b, 10000);
		assert_true(common > 320000 - 2000 && common < 320000 + 2000);
	}
}

static void a_stream_does_not_feel_its_neighbours(void **state)
{
	struct random alone, together, neighbour;
	int i;

	random_init(&alone, 42, "eth0.traffic");
	random_init(&together, 42, "eth0.traffic");
	random_init(&neighbour, 42, "eth1.traffic");
	for (i = 0; i < 1000; i++) {
		random_normal_q32(&neighbour);
		assert_int_equal(random_normal_q32(&alone), random_normal_q32(&together));
	}
}

static void below_is_uniform(void **state)
{
	enum { BINS = 10, DRAWS = 200000 };
	unsigned bin[BINS] = { 0 };
	struct random random;
	uint64_t squares = 0;
	int i;

	random_init(&random, 1, "below");
	for (i = 0; i < DRAWS; i++) {
		uint64_t value = random_below(&random, BINS);

		assert_true(value < BINS);
		bin[value]++;
	}
	for (i = 0; i < BINS; i++)
		squares += (uint64_t)((int64_t)bin[i] - DRAWS / BINS) *
			   ((int64_t)bin[i] - DRAWS / BINS);
	/* Chi-square, 9 degrees of freedom: 27.9 at the 0.1 % level. */
	assert_true(squares / (DRAWS / BINS) < 28);
}

/* With n = 3/4 of 2^64, a plain product without rejection makes every third result twice as likely:
 * results divisible by 3 would be half of all instead of a third. */
static void below_has_no_bias_for_a_large_range(void **state)
{
	enum { DRAWS = 100000 };
	unsigned divisible = 0;
	struct random random;
	int i;

	random_init(&random, 1, "below large");
	for (i = 0; i < DRAWS; i++) {
		uint64_t value = random_below(&random, 3ULL << 62);

		assert_true(value < 3ULL << 62);
		divisible += value % 3 == 0;
	}
	assert_true(divisible > DRAWS / 3 - 750 && divisible < DRAWS / 3 + 750);
}

static void below_one_is_always_zero(void **state)
{
	struct random random;
	int i;

	random_init(&random, 1, "one");
	for (i = 0; i < 100; i++)
		assert_int_equal(random_below(&random, 1), 0);
}

static void below_zero_asserts(void **state)
{
	struct random random;

	random_init(&random, 1, "zero");
	EXPECT_ASSERT(random_below(&random, 0));
	EXPECT_ASSERT(random_chance(&random, 0, 0));
}

static void a_chance_comes_true_as_often_as_it_says(void **state)
{
	enum { DRAWS = 100000 };
	struct random random;
	int hits = 0, i;

	random_init(&random, 1, "chance");
	for (i = 0; i < DRAWS; i++) {
		assert_false(random_chance(&random, 0, 7));
		assert_true(random_chance(&random, 7, 7));
		hits += random_chance(&random, 1, 8);
	}
	/* Standard deviation 105. */
	assert_true(abs(hits - DRAWS / 8) < 420);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_generator_is_xoshiro256_star_star),
		cmocka_unit_test(the_state_comes_from_splitmix64),
		cmocka_unit_test(the_name_enters_by_fnv_1a),
		cmocka_unit_test(the_samplers_are_bit_identical_everywhere),
		cmocka_unit_test(streams_of_close_names_and_seeds_are_unrelated),
		cmocka_unit_test(a_stream_does_not_feel_its_neighbours),
		cmocka_unit_test(below_is_uniform),
		cmocka_unit_test(below_has_no_bias_for_a_large_range),
		cmocka_unit_test(below_one_is_always_zero),
		cmocka_unit_test(below_zero_asserts),
		cmocka_unit_test(a_chance_comes_true_as_often_as_it_says),
	};

	return cmocka_run_group_tests_name("random_streams", tests, NULL, NULL);
}
