/* SPDX-License-Identifier: MIT */
/* Translation: page sizes, caches, and the time that walks take. */
#include "tests/unit/iommu/rig.h"

#define GIB (1ull << 30)
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

static void off_passes_everything_in_no_time(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_hit(rig, 0x123456789, 0x123456789), 0);
	assert_int_equal(rig->reads, 0);
}

static void pages_of_all_sizes_are_found(void **state)
{
	struct rig *rig = *state;
	struct iommu_page page;

	rig_translating(rig);
	rig_map(rig, 0x7f0000005000, 0x12345000, 1, RW);
	rig_map(rig, 0x40000000, 0x0ff00200000, 2, RW | SNP);
	rig_map(rig, 0x8000000000, 0x2bc0000000, 3, RW);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(rig_go(rig, 0x7f0000005678, DMA_WRITE, &page), DMA_OK);
		assert_int_equal(page.pa, 0x12345678);
		assert_int_equal(page.bytes, 0x1000 - 0x678);
		assert_int_equal(rig_go(rig, 0x40012345, DMA_READ, &page), DMA_OK);
		assert_int_equal(page.pa, 0x0ff00212345);
		assert_int_equal(page.bytes, 0x200000 - 0x12345);
		assert_int_equal(rig_go(rig, 0x8000000000 + GIB - 1, DMA_READ, &page), DMA_OK);
		assert_int_equal(page.pa, 0x2bc0000000 + GIB - 1);
		assert_int_equal(page.bytes, 1);
	}
	assert_int_equal(rig_stat(rig, "iommu.iotlb.hits"), 3);
	assert_int_equal(rig_stat(rig, "iommu.iotlb.misses"), 3);
	assert_int_equal(rig_stat(rig, "iommu.walks"), 3);
	assert_int_equal(rig_stat(rig, "iommu.walk_reads"), 2 + 4 + 3 + 2);
}

static void three_levels_reach_39_bits(void **state)
{
	struct rig *rig = *state;
	uint64_t table;
	struct iommu_page page;

	rig_translating(rig);
	table = rig_page(rig);
	rig_context(rig, 0x0120, rig_context_low(table, TT_MULTI), rig_context_high(9, 1));
	*rig_entry(rig, table, 3, 1, 0x7fffff3000) = 0x3000 | R;
	assert_int_equal(iommu_translate(rig->iommu, 0x0120, 0x7fffff3004, DMA_READ, &page),
			 DMA_OK);
	assert_int_equal(page.pa, 0x3004);
	assert_int_equal(page.delay.ps, (LOOKUP + 5 * READ) * PS_PER_NS);
	assert_int_equal(iommu_translate(rig->iommu, 0x0120, 0x8000000000, DMA_READ, &page),
			 DMA_UNSUPPORTED);
}

static void pass_through_needs_the_context_only(void **state)
{
	struct rig *rig = *state;
	struct iommu_page page;

	rig_translating(rig);
	rig_context(rig, 0x20, rig_context_low(0, TT_THROUGH), rig_context_high(3, 2));
	assert_int_equal(iommu_translate(rig->iommu, 0x20, 0xabcdef123, DMA_WRITE, &page), DMA_OK);
	assert_int_equal(page.pa, 0xabcdef123);
	assert_int_equal(page.delay.ps, (LOOKUP + 2 * READ) * PS_PER_NS);
	rig_run(rig, 1000);
	assert_int_equal(iommu_translate(rig->iommu, 0x20, 0xabcdef123, DMA_WRITE, &page), DMA_OK);
	assert_int_equal(page.delay.ps, LOOKUP * PS_PER_NS);
	assert_int_equal(rig_stat(rig, "iommu.walks"), 0);
	assert_int_equal(rig_stat(rig, "iommu.iotlb.misses"), 0);
}

/* Context 2 reads, tables 4; then what the caches leave over. */
static void a_walk_reads_what_the_caches_do_not_know(void **state)
{
	struct rig *rig = *state;

	rig_translating(rig);
	rig_map(rig, 0x0000000, 0x1000, 1, RW);
	rig_map(rig, 0x0001000, 0x2000, 1, RW);
	rig_map(rig, 0x0200000, 0x3000, 1, RW);
	rig_map(rig, 0x40000000, 0x4000, 1, RW);
	rig_map(rig, 0x8000000000, 0x5000, 1, RW);
	assert_int_equal(rig_hit(rig, 0x0, 0x1000), LOOKUP + 6 * READ);
	rig_run(rig, 10000);
	assert_int_equal(rig_hit(rig, 0x8, 0x1008), LOOKUP);
	assert_int_equal(rig_hit(rig, 0x1000, 0x2000), LOOKUP + READ);
	rig_run(rig, 10000);
	assert_int_equal(rig_hit(rig, 0x200000, 0x3000), LOOKUP + 2 * READ);
	rig_run(rig, 10000);
	assert_int_equal(rig_hit(rig, 0x40000000, 0x4000), LOOKUP + 3 * READ);
	rig_run(rig, 10000);
	assert_int_equal(rig_hit(rig, 0x8000000000, 0x5000), LOOKUP + 4 * READ);
	assert_int_equal(rig_stat(rig, "iommu.context.misses"), 1);
	assert_int_equal(rig_stat(rig, "iommu.paging.l2.misses"), 4);
	assert_int_equal(rig_stat(rig, "iommu.paging.l3.misses"), 3);
	assert_int_equal(rig_stat(rig, "iommu.paging.l4.misses"), 2);
}

/* Two walkers, one read each: the third walk waits for the first. */
static void walks_beyond_the_walkers_wait(void **state)
{
	struct rig *rig = *state;

	rig_translating(rig);
	for (uint64_t i = 0; i < 8; i++)
		rig_map(rig, i << 12, 0x10000 + (i << 12), 1, RW);
	rig_hit(rig, 0, 0x10000);
	rig_run(rig, 10000);
	assert_int_equal(rig_hit(rig, 0x1000, 0x11000), LOOKUP + READ);
	assert_int_equal(rig_hit(rig, 0x2000, 0x12000), LOOKUP + READ);
	assert_int_equal(rig_hit(rig, 0x3000, 0x13000), LOOKUP + 2 * READ);
	assert_int_equal(rig_hit(rig, 0x4000, 0x14000), LOOKUP + 2 * READ);
	assert_int_equal(rig_hit(rig, 0x5000, 0x15000), LOOKUP + 3 * READ);
}

static void a_request_waits_for_the_walk_that_is_under_way(void **state)
{
	struct rig *rig = *state;

	rig_translating(rig);
	rig_map(rig, 0, 0x1000, 1, RW);
	rig_map(rig, 0x1000, 0x2000, 1, RW);
	assert_int_equal(rig_hit(rig, 0, 0x1000), LOOKUP + 6 * READ);
	rig_run(rig, 200);
	assert_int_equal(rig_hit(rig, 4, 0x1004), LOOKUP + 4 * READ);
	/* Its table is known when the first walk has read the entry above: after 5 of 6 reads. */
	assert_int_equal(rig_hit(rig, 0x1000, 0x2000), LOOKUP + 4 * READ);
	rig_run(rig, 600);
	assert_int_equal(rig_hit(rig, 8, 0x1008), LOOKUP);
	assert_int_equal(rig_stat(rig, "iommu.walks"), 2);
	assert_int_equal(rig_stat(rig, "iommu.walk_reads"), 7);
}

/* The knee of MEASUREMENTS 3.1: a window of as many pages as entries misses no more. */
static void a_window_beyond_the_entries_misses(void **state)
{
	struct rig *rig = *state;

	rig_translating(rig);
	for (uint64_t i = 0; i < 65; i++)
		rig_map(rig, i << 12, i << 12, 1, RW);
	for (unsigned round = 0; round < 3; round++)
		for (uint64_t i = 0; i < 64; i++)
			rig_hit(rig, i << 12, i << 12);
	rig_hit(rig, 64 << 12, 64 << 12);
	rig_hit(rig, 0, 0);
	assert_int_equal(rig_stat(rig, "iommu.iotlb.misses"), 64 + 2);
	assert_int_equal(rig_stat(rig, "iommu.iotlb.hits"), 128);
}

static void domains_do_not_see_each_others_translations(void **state)
{
	struct rig *rig = *state;
	uint64_t table;
	struct iommu_page page;

	rig_translating(rig);
	table = rig_page(rig);
	rig_context(rig, 0x20, rig_context_low(table, TT_MULTI), rig_context_high(8, 2));
	*rig_entry(rig, table, 4, 1, 0x5000) = 0x9000 | RW;
	rig_map(rig, 0x5000, 0x7000, 1, RW);
	for (unsigned i = 0; i < 2; i++) {
		rig_hit(rig, 0x5000, 0x7000);
		assert_int_equal(iommu_translate(rig->iommu, 0x20, 0x5000, DMA_READ, &page),
				 DMA_OK);
		assert_int_equal(page.pa, 0x9000);
	}
	assert_int_equal(rig_stat(rig, "iommu.iotlb.hits"), 2);
}

static void more_permission_in_the_tables_is_seen_without_invalidation(void **state)
{
	struct rig *rig = *state;
	struct iommu_page page;

	rig_translating(rig);
	rig_map(rig, 0x5000, 0x7000, 1, R);
	rig_hit(rig, 0x5000, 0x7000);
	rig_map(rig, 0x5000, 0x7000, 1, RW);
	assert_int_equal(rig_go(rig, 0x5000, DMA_WRITE, &page), DMA_OK);
}

static void stale_translations_are_used_until_invalidated(void **state)
{
	struct rig *rig = *state;
	struct iommu_page page;

	rig_translating(rig);
	rig_queue(rig, 0);
	rig_map(rig, 0x5000, 0x7000, 1, RW);
	rig_hit(rig, 0x5000, 0x7000);
	rig_map(rig, 0x5000, 0, 1, 0);
	rig_hit(rig, 0x5000, 0x7000);
	rig_submit(rig, 0x32 | RIG_DID << 16, 0x5000);
	rig_wait(rig);
	assert_int_equal(rig_go(rig, 0x5000, DMA_READ, &page), DMA_UNSUPPORTED);
}

static void what_the_tables_do_not_back_is_stale(void **state)
{
	struct rig *rig = *state;
	struct iommu_page page;

	rig_translating(rig);
	rig_queue(rig, 0);
	rig_map(rig, 0x5000, 0x7000, 1, RW);
	assert_false(iommu_is_stale(rig->iommu, RIG_SID, 0x5000));
	rig_hit(rig, 0x5000, 0x7000);
	assert_false(iommu_is_stale(rig->iommu, RIG_SID, 0x5abc));
	rig_map(rig, 0x5000, 0x7000, 1, R);
	assert_true(iommu_is_stale(rig->iommu, RIG_SID, 0x5000));
	rig_map(rig, 0x5000, 0x9000, 1, RW);
	assert_true(iommu_is_stale(rig->iommu, RIG_SID, 0x5000));
	rig_map(rig, 0x5000, 0, 1, 0);
	assert_true(iommu_is_stale(rig->iommu, RIG_SID, 0x5000));
	assert_false(iommu_is_stale(rig->iommu, RIG_SID, 0x6000));
	rig_submit(rig, 0x32 | RIG_DID << 16, 0x5000);
	rig_wait(rig);
	assert_false(iommu_is_stale(rig->iommu, RIG_SID, 0x5000));
	assert_int_equal(rig_go(rig, 0x5000, DMA_READ, &page), DMA_UNSUPPORTED);
	assert_false(iommu_is_stale(rig->iommu, RIG_SID, 0x5000));
}

static void wrong_geometry_is_refused(void **state)
{
	struct rig *rig = *state;
	struct iommu_cfg cfg = rig_cfg();
	struct iommu *iommu;

	cfg.iotlb_ways = 5;
	assert_int_equal(iommu_create(&iommu, &rig->sim, &cfg, NULL, NULL), SIM_ERR_CONFIG);
	assert_string_equal(rig->sim.error, "iommu: 5 ways do not divide 64 IOTLB entries");
	cfg = rig_cfg();
	cfg.walkers = 0;
	assert_int_equal(iommu_create(&iommu, &rig->sim, &cfg, NULL, NULL), SIM_ERR_CONFIG);
	assert_string_equal(rig->sim.error, "iommu: walkers: 0, not 1..64");
	assert_null(iommu);
}

static void set_associative_iotlb_conflicts_by_page_number(void **state)
{
	struct rig *rig = *state;
	struct iommu_cfg cfg = rig_cfg();

	cfg.iotlb_entries = 16;
	cfg.iotlb_ways = 4;
	rig_recreate(rig, &cfg);
	rig_translating(rig);
	for (uint64_t i = 0; i < 5; i++)
		rig_map(rig, i << 14, i << 14, 1, RW);
	for (unsigned round = 0; round < 2; round++)
		for (uint64_t i = 0; i < 5; i++)
			rig_hit(rig, i << 14, i << 14);
	assert_int_equal(rig_stat(rig, "iommu.iotlb.hits"), 0);
}

static void reset_forgets_everything(void **state)
{
	struct rig *rig = *state;

	rig_translating(rig);
	rig_queue(rig, 0);
	rig_map(rig, 0x5000, 0x7000, 1, RW);
	rig_hit(rig, 0x5000, 0x7000);
	rig_submit(rig, 0x32 | RIG_DID << 16, 0x5000);
	rig_ring(rig);
	iommu_reset(rig->iommu);
	assert_int_equal(rig_get4(rig, GSTS), 0);
	assert_int_equal(rig_hit(rig, 0x5000, 0x5000), 0);
	rig_run_all(rig);
	assert_int_equal(rig_get(rig, IQH), 0);
	assert_int_equal(rig_stat(rig, "iommu.invalidations"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(off_passes_everything_in_no_time),
		TEST(pages_of_all_sizes_are_found),
		TEST(three_levels_reach_39_bits),
		TEST(pass_through_needs_the_context_only),
		TEST(a_walk_reads_what_the_caches_do_not_know),
		TEST(walks_beyond_the_walkers_wait),
		TEST(a_request_waits_for_the_walk_that_is_under_way),
		TEST(a_window_beyond_the_entries_misses),
		TEST(domains_do_not_see_each_others_translations),
		TEST(more_permission_in_the_tables_is_seen_without_invalidation),
		TEST(what_the_tables_do_not_back_is_stale),
		TEST(stale_translations_are_used_until_invalidated),
		TEST(wrong_geometry_is_refused),
		TEST(set_associative_iotlb_conflicts_by_page_number),
		TEST(reset_forgets_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
