/* SPDX-License-Identifier: MIT */
/* The unit's cache: geometry, replacement, and the index against a plain list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "iommu/iommu_cache.h"
#include "model/core/random.h"

static uint64_t key(uint64_t n)
{
	return IOMMU_KEY_VALID | n;
}

static bool holds(struct iommu_cache *cache, uint64_t n)
{
	return iommu_cache_peek(cache, key(n)) != NULL;
}

static void least_recently_used_goes(void **state)
{
	struct iommu_cache cache = { 0 };

	assert_true(iommu_cache_init(&cache, 4, 4, false));
	for (uint64_t n = 0; n < 4; n++)
		iommu_cache_put(&cache, key(n), n);
	assert_non_null(iommu_cache_find(&cache, key(0)));
	iommu_cache_put(&cache, key(9), 9);
	assert_true(holds(&cache, 0) && !holds(&cache, 1) && holds(&cache, 2) && holds(&cache, 9));
	iommu_cache_free(&cache);
}

static void first_in_goes_with_fifo(void **state)
{
	struct iommu_cache cache = { 0 };

	assert_true(iommu_cache_init(&cache, 4, 4, true));
	for (uint64_t n = 0; n < 4; n++)
		iommu_cache_put(&cache, key(n), n);
	assert_non_null(iommu_cache_find(&cache, key(0)));
	iommu_cache_put(&cache, key(9), 9);
	assert_true(!holds(&cache, 0) && holds(&cache, 1));
	iommu_cache_free(&cache);
}

static void sets_do_not_take_each_others_ways(void **state)
{
	struct iommu_cache cache = { 0 };

	assert_true(iommu_cache_init(&cache, 8, 2, false));
	iommu_cache_put(&cache, key(1), 1);
	for (uint64_t n = 0; n < 3; n++)
		iommu_cache_put(&cache, key(4 * n), 4 * n);
	assert_true(holds(&cache, 1) && !holds(&cache, 0) && holds(&cache, 4) && holds(&cache, 8));
	iommu_cache_free(&cache);
}

static void removed_entries_are_taken_first(void **state)
{
	struct iommu_cache cache = { 0 };

	assert_true(iommu_cache_init(&cache, 4, 4, false));
	for (uint64_t n = 0; n < 4; n++)
		iommu_cache_put(&cache, key(n), n);
	iommu_cache_remove(&cache, iommu_cache_peek(&cache, key(3)));
	iommu_cache_put(&cache, key(9), 9);
	for (uint64_t n = 0; n < 3; n++)
		assert_true(holds(&cache, n));
	iommu_cache_free(&cache);
}

static void putting_twice_keeps_one(void **state)
{
	struct iommu_cache cache = { 0 };
	struct iommu_entry *entry;

	assert_true(iommu_cache_init(&cache, 2, 2, false));
	entry = iommu_cache_put(&cache, key(1), 1);
	assert_ptr_equal(iommu_cache_put(&cache, key(1), 1), entry);
	iommu_cache_put(&cache, key(2), 2);
	assert_true(holds(&cache, 1) && holds(&cache, 2));
	iommu_cache_clear(&cache);
	assert_true(!holds(&cache, 1) && !holds(&cache, 2));
	iommu_cache_free(&cache);
}

/* A reference that keeps all keys in the order of their use. */
static void agrees_with_a_list_over_random_work(void **state)
{
	enum { WAYS = 13, KEYS = 40 };
	struct iommu_cache cache = { 0 };
	uint64_t list[WAYS];
	unsigned count = 0;
	struct random random;

	random_init(&random, 1, "cache");
	assert_true(iommu_cache_init(&cache, WAYS, WAYS, false));
	for (unsigned i = 0; i < 200000; i++) {
		uint64_t n = random_below(&random, KEYS);
		unsigned at = 0;

		while (at < count && list[at] != n)
			at++;
		if (random_chance(&random, 1, 8)) {
			struct iommu_entry *entry = iommu_cache_peek(&cache, key(n));

			assert_int_equal(entry != NULL, at < count);
			if (entry) {
				iommu_cache_remove(&cache, entry);
				for (count--; at < count; at++)
					list[at] = list[at + 1];
			}
			continue;
		}
		assert_int_equal(iommu_cache_find(&cache, key(n)) != NULL, at < count);
		if (at == count) {
			iommu_cache_put(&cache, key(n), 0);
			count += count < WAYS;
			at = count - 1;
		}
		for (; at > 0; at--)
			list[at] = list[at - 1];
		list[0] = n;
	}
	iommu_cache_free(&cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(least_recently_used_goes),
		cmocka_unit_test(first_in_goes_with_fifo),
		cmocka_unit_test(sets_do_not_take_each_others_ways),
		cmocka_unit_test(removed_entries_are_taken_first),
		cmocka_unit_test(putting_twice_keeps_one),
		cmocka_unit_test(agrees_with_a_list_over_random_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
