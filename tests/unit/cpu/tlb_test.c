/* SPDX-License-Identifier: MIT */
/* The TLB model on page tables of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/cpu/tlb.h"

#define PAGE   4096u
#define LARGE  (512u * PAGE)
#define FLAGS  (TLB_PRESENT | TLB_WRITE | TLB_USER)
#define TABLES 8u
/* One address of each kind; they share all tables above the last. */
#define VA     0x200000000000ULL
#define VA_BIG (VA + LARGE)

/* Physical memory: tables at 0x1000 (root), 0x2000, 0x3000, 0x4000 (of VA), 0x5000. */
static struct {
	uint64_t word[TABLES * PAGE / 8];
	struct sim sim;
	struct tlb *tlb;
} rig;

static uint64_t *entry_at(void *ctx, uint64_t pa)
{
	return pa < sizeof(rig.word) ? &rig.word[pa / 8] : NULL;
}

static uint64_t *slot(uint64_t table, uint64_t va, unsigned shift)
{
	return &rig.word[table / 8 + (va >> shift & 511)];
}

/* Pages of VA lie at 1 MiB and up; VA_BIG is a large page at 4 MiB. */
static int setup(void **state)
{
	struct tlb_cfg cfg = { .cores = 2, .small = { 8, 2 }, .large = { 4, 2 },
			       .second = { 32, 4 }, .walk_cache = { 4, 2, 2 }, .hit_ticks = 8,
			       .second_ticks = 100 };
	struct tlb_ops ops = { entry_at, NULL };

	memset(&rig, 0, sizeof(rig));
	*slot(0x1000, VA, 39) = 0x2000 | FLAGS;
	*slot(0x2000, VA, 30) = 0x3000 | FLAGS;
	*slot(0x3000, VA, 21) = 0x4000 | FLAGS;
	*slot(0x3000, VA_BIG, 21) = 0x400000 | FLAGS | TLB_LARGE;
	for (unsigned i = 0; i < 512; i++)
		rig.word[0x4000 / 8 + i] = (0x100000 + i * PAGE) | FLAGS;
	assert_int_equal(tlb_create(&rig.tlb, &rig.sim, &cfg, &ops), SIM_OK);
	tlb_load(rig.tlb, 0, 1, 0x1000);
	tlb_load(rig.tlb, 1, 1, 0x1000);
	return 0;
}

static int teardown(void **state)
{
	tlb_destroy(rig.tlb);
	return 0;
}

static struct tlb_answer load(uint64_t va)
{
	return tlb_access(rig.tlb, 0, va, false, 7);
}

static void a_walk_reads_four_tables_then_the_walkers_cache_saves_three(void **state)
{
	struct tlb_answer a = load(VA + 5);

	assert_int_equal(a.reads, 4);
	assert_int_equal(a.pa, 0x100005);
	assert_true(*slot(0x4000, VA, 12) & TLB_ACCESSED);
	assert_int_equal(tlb_quick(rig.tlb, 0, VA + 9, false), 0x100009);
	assert_int_equal(load(VA + PAGE).reads, 1);
	assert_int_equal(tlb_counts(rig.tlb).walk_reads, 5);
}

static void a_large_page_is_one_entry_and_one_read_less(void **state)
{
	assert_int_equal(load(VA_BIG).reads, 3);
	assert_int_equal(tlb_quick(rig.tlb, 0, VA_BIG + 123 * PAGE + 1, false),
			 0x400000 + 123 * PAGE + 1);
}

static void the_first_store_walks_again_to_set_the_dirty_bit(void **state)
{
	load(VA);
	assert_int_equal(tlb_quick(rig.tlb, 0, VA, true), 0);
	assert_int_equal(tlb_access(rig.tlb, 0, VA, true, 0).reads, 1);
	assert_true(*slot(0x4000, VA, 12) & TLB_DIRTY);
	assert_int_equal(tlb_quick(rig.tlb, 0, VA, true), 0x100000);
}

static void absent_pages_and_missing_rights_fault(void **state)
{
	*slot(0x4000, VA, 12) &= ~TLB_WRITE;
	assert_int_equal(tlb_access(rig.tlb, 0, VA, true, 0).pa, 0);
	*slot(0x4000, VA, 12) = 0;
	assert_int_equal(load(VA).pa, 0);
	assert_int_equal(load(VA + (1ULL << 39)).pa, 0);
	assert_int_equal(tlb_counts(rig.tlb).faults, 3);
}

/* Sets of the first level hold two pages, those of the second four: six pages of one set. */
static void the_least_recently_used_entry_goes_first(void **state)
{
	for (unsigned i = 0; i < 3; i++)
		load(VA + i * 8 * PAGE);
	assert_int_equal(tlb_quick(rig.tlb, 0, VA, false), 0);
	assert_int_equal(load(VA).ticks, 108);
	assert_int_equal(tlb_counts(rig.tlb).second_hits, 1);
	for (unsigned i = 3; i < 6; i++)
		load(VA + i * 8 * PAGE);
	assert_int_equal(load(VA).reads, 0);
	assert_int_equal(load(VA + 8 * PAGE).reads, 1);
}

static void invalidating_a_page_takes_the_walkers_cache_along(void **state)
{
	load(VA);
	load(VA + PAGE);
	tlb_invalidate_page(rig.tlb, 0, 1, VA);
	assert_int_equal(load(VA + PAGE).reads, 0);
	assert_int_equal(load(VA).reads, 4);
}

static void identifiers_keep_apart_and_are_flushed_alone(void **state)
{
	load(VA);
	tlb_load(rig.tlb, 0, 2, 0x1000);
	assert_int_equal(load(VA).reads, 4);
	tlb_invalidate_asid(rig.tlb, 0, 1);
	assert_int_equal(load(VA).reads, 0);
	tlb_load(rig.tlb, 0, 1, 0x1000);
	assert_int_equal(load(VA).reads, 4);
	tlb_invalidate_all(rig.tlb, 0);
	assert_int_equal(load(VA).reads, 4);
}

/* 65536 flushes of an identifier bring its epochs round. */
static void epochs_that_come_round_bring_nothing_back(void **state)
{
	load(VA);
	for (unsigned i = 0; i < 65536; i++) {
		tlb_invalidate_asid(rig.tlb, 0, 1);
		assert_int_equal(tlb_quick(rig.tlb, 0, VA, false), 0);
	}
	assert_int_equal(load(VA).reads, 4);
}

static void cores_have_their_own(void **state)
{
	load(VA);
	assert_int_equal(tlb_access(rig.tlb, 1, VA, false, 0).reads, 4);
	tlb_invalidate_asid(rig.tlb, 0, 1);
	assert_int_equal(tlb_quick(rig.tlb, 1, VA, false), 0x100000);
}

/* As without an invalidation on real hardware: the old translation is used; but it is told. */
static void a_stale_entry_is_used_and_told(void **state)
{
	struct tlb_answer a;

	load(VA);
	*slot(0x4000, VA, 12) = 0x200000 | FLAGS;
	assert_int_equal(tlb_quick(rig.tlb, 0, VA, false), 0);
	a = load(VA);
	assert_true(a.stale);
	assert_int_equal(a.pa, 0x100000);
	assert_int_equal(a.stamp, 7);
	assert_int_equal(a.table_entry, 0x200000 | FLAGS);
	tlb_invalidate_page(rig.tlb, 0, 1, VA);
	a = load(VA);
	assert_false(a.stale);
	assert_int_equal(a.pa, 0x200000);
}

static void more_rights_or_another_age_are_not_stale_fewer_only_to_who_uses_them(void **state)
{
	tlb_access(rig.tlb, 0, VA, true, 0);
	*slot(0x4000, VA, 12) &= ~TLB_ACCESSED;
	assert_false(load(VA).stale);
	*slot(0x4000, VA, 12) &= ~TLB_WRITE;
	assert_false(load(VA).stale);
	assert_true(tlb_access(rig.tlb, 0, VA, true, 0).stale);
}

static void a_walk_through_a_table_that_is_gone_is_told(void **state)
{
	load(VA);
	*slot(0x3000, VA, 21) = 0;
	assert_true(load(VA + PAGE).stale);
}

static void impossible_shapes_are_refused(void **state)
{
	struct tlb_cfg cfg = { .cores = 1, .small = { 12, 4 }, .large = { 4, 2 },
			       .second = { 8, 2 }, .walk_cache = { 1, 1, 1 } };
	struct tlb_ops ops = { entry_at, NULL };
	struct tlb *tlb;

	assert_int_equal(tlb_create(&tlb, &rig.sim, &cfg, &ops), SIM_ERR_CONFIG);
	assert_null(tlb);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_walk_reads_four_tables_then_the_walkers_cache_saves_three),
		T(a_large_page_is_one_entry_and_one_read_less),
		T(the_first_store_walks_again_to_set_the_dirty_bit),
		T(absent_pages_and_missing_rights_fault),
		T(the_least_recently_used_entry_goes_first),
		T(invalidating_a_page_takes_the_walkers_cache_along),
		T(identifiers_keep_apart_and_are_flushed_alone),
		T(epochs_that_come_round_bring_nothing_back),
		T(cores_have_their_own),
		T(a_stale_entry_is_used_and_told),
		T(more_rights_or_another_age_are_not_stale_fewer_only_to_who_uses_them),
		T(a_walk_through_a_table_that_is_gone_is_told),
		T(impossible_shapes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
