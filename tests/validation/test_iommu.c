/* SPDX-License-Identifier: MIT */
/* Hit ratios of the remapping unit's IOTLB against theory (9a to 9c), driven through its registers
 * and tables. Its queue: test_invalidation.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/core/random.h"
#include "tests/unit/iommu/rig.h"
#include "tests/validation/oracles.h"

#define ACCESSES 1000000u
#define LAYOUTS  64u
#define NUMBERS  (1u << 20)    /* random page numbers are below */

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

/* ---- the IOTLB ---- */

struct pages {
	unsigned count;
	uint64_t page[4096];     /* numbers */
};

static void set_up(struct rig *rig, const struct pages *pages, unsigned entries, unsigned ways,
		   enum iommu_replacement replacement)
{
	struct iommu_cfg cfg = rig_cfg();

	cfg.iotlb_entries = entries;
	cfg.iotlb_ways = ways;
	cfg.replacement = replacement;
	rig_recreate(rig, &cfg);
	rig_translating(rig);
	for (unsigned i = 0; i < pages->count; i++)
		rig_map(rig, pages->page[i] << 12, pages->page[i] << 12, 1, RW);
}

/* A request that makes the unit read its tables is a miss. */
static unsigned misses(struct rig *rig, const struct pages *pages, unsigned accesses,
		       struct random *random)
{
	unsigned missed = 0;

	for (unsigned i = 0; i < accesses; i++) {
		unsigned n = random ? (unsigned)random_below(random, pages->count)
				    : i % pages->count;
		unsigned before = rig->reads;
		struct iommu_page page;

		assert_int_equal(rig_go(rig, pages->page[n] << 12, DMA_READ, &page), DMA_OK);
		missed += rig->reads != before;
	}
	return missed;
}

/* Share of hits once the IOTLB is full. */
static double hits(struct rig *rig, const struct pages *pages, unsigned accesses,
		   struct random *random)
{
	misses(rig, pages, 4 * pages->count, random);
	return 1 - (double)misses(rig, pages, accesses, random) / accesses;
}

static void contiguous(struct pages *pages, unsigned count)
{
	pages->count = count;
	for (unsigned i = 0; i < count; i++)
		pages->page[i] = i;
}

static double uniform(struct rig *rig, const struct pages *pages, unsigned entries, unsigned ways,
		      enum iommu_replacement replacement)
{
	struct random random;

	random_init(&random, 1, "validation.iotlb");
	set_up(rig, pages, entries, ways, replacement);
	return hits(rig, pages, ACCESSES, &random);
}

static void uniform_set(struct rig *rig, const char *set)
{
	struct oracle *oracle = oracle_open("9a", set);
	unsigned entries = (unsigned)oracle_param(oracle, "N");
	struct pages pages;

	contiguous(&pages, (unsigned)oracle_param(oracle, "W"));
	oracle_compare(oracle, "hit_uniform", uniform(rig, &pages, entries, 0, IOMMU_LRU),
		       ACCESSES);
	oracle_compare(oracle, "hit_uniform_randrepl",
		       uniform(rig, &pages, entries, 0, IOMMU_RANDOM), ACCESSES);
	oracle_finish(oracle);
}

static void uniform_accesses_hit_by_size(void **state)
{
	uniform_set(*state, "V1");
	uniform_set(*state, "V2");
	uniform_set(*state, "V3");
}

static void scatter(struct pages *pages, unsigned count, struct random *random)
{
	pages->count = count;
	for (unsigned i = 0; i < count; i++) {
		unsigned same;

		do {
			pages->page[i] = random_below(random, NUMBERS);
			for (same = 0; pages->page[same] != pages->page[i]; same++)
				;
		} while (same != i);
	}
}

static double random_layouts(struct rig *rig, unsigned count, unsigned sets, unsigned ways)
{
	struct random layout, access;
	struct pages pages;
	double sum = 0;

	random_init(&layout, 1, "validation.layout");
	random_init(&access, 1, "validation.access");
	for (unsigned i = 0; i < LAYOUTS; i++) {
		scatter(&pages, count, &layout);
		set_up(rig, &pages, sets * ways, ways, IOMMU_LRU);
		sum += hits(rig, &pages, ACCESSES / LAYOUTS, &access);
	}
	return sum / LAYOUTS;
}

static void sets_set(struct rig *rig, const char *set)
{
	struct oracle *oracle = oracle_open("9b", set);
	unsigned sets = (unsigned)oracle_param(oracle, "S");
	unsigned ways = (unsigned)oracle_param(oracle, "ways");
	unsigned count = (unsigned)oracle_param(oracle, "W");
	struct pages pages;

	contiguous(&pages, count);
	oracle_compare(oracle, "hit_contiguous",
		       uniform(rig, &pages, sets * ways, ways, IOMMU_LRU), ACCESSES);
	oracle_compare(oracle, "hit_random_index", random_layouts(rig, count, sets, ways),
		       ACCESSES);
	oracle_finish(oracle);
}

static void sets_lose_what_conflicts(void **state)
{
	sets_set(*state, "V1");
	sets_set(*state, "V2");
	sets_set(*state, "V3");
}

static void ring_set(struct rig *rig, const char *set)
{
	struct oracle *oracle = oracle_open("9c", set);
	unsigned entries = (unsigned)oracle_param(oracle, "N");
	struct pages pages;

	contiguous(&pages, (unsigned)oracle_param(oracle, "W"));
	set_up(rig, &pages, entries, 0, IOMMU_LRU);
	oracle_compare(oracle, "hit_lru", hits(rig, &pages, ACCESSES, NULL), ACCESSES);
	set_up(rig, &pages, entries, 0, IOMMU_RANDOM);
	oracle_compare(oracle, "hit_random", hits(rig, &pages, ACCESSES, NULL), ACCESSES);
	oracle_finish(oracle);
}

static void rings_beyond_the_entries_never_hit_with_lru(void **state)
{
	ring_set(*state, "V1");
	ring_set(*state, "V2");
	ring_set(*state, "V3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(uniform_accesses_hit_by_size),
		TEST(sets_lose_what_conflicts),
		TEST(rings_beyond_the_entries_never_hit_with_lru),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
