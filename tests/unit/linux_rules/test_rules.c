/* SPDX-License-Identifier: MIT */
/* The rules of the DMA API: what is a breach, what is none, and what the report says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/linux/host/dma_rules.h"
#include "drivers/linux/host/dma_rules_owned.h"
#include "drivers/linux/host/symbols.h"

#define DEVFN 0x0108u
#define PAGES 64u
#define BUS   0xfff00000u
#define PA    0x5000u

#define PC_OF_THE_API 0x10u

/* In place of the executable's symbol table. */
uint32_t symbols_function(uintptr_t pc)
{
	return (uint32_t)pc;
}

const char *symbols_function_name(uint32_t function)
{
	return function == PC_OF_THE_API ? "dma_map_page_attrs" : "some_driver";
}

bool symbols_name(uintptr_t pc, char *text, size_t bytes)
{
	snprintf(text, bytes, "%s+0x%lx", symbols_function_name((uint32_t)pc), (unsigned long)pc);
	return true;
}

struct told {
	unsigned count;
	enum dma_rule rule;
	char text[1024];
};

static void breach(void *ctx, enum dma_rule rule, const char *text)
{
	struct told *told = ctx;

	told->count++;
	told->rule = rule;
	snprintf(told->text, sizeof(told->text), "%s", text);
}

static const struct dma_rules_ops ops = { breach };
static struct told told;

static struct dma_rules *create(void)
{
	struct dma_rules *rules = dma_rules_create(PAGES, &ops, &told);

	assert_non_null(rules);
	told = (struct told){ 0 };
	return rules;
}

/* Each from a place of its own: a place is told once. */
static struct dma_rules_where here(void)
{
	static uintptr_t pc = 0x1000;
	struct dma_rules_where where = { .time = at_ps(7000), .core = 2, .count = 2 };

	where.pc[0] = PC_OF_THE_API;
	where.pc[1] = pc++;
	return where;
}

static void call(struct dma_rules *rules, enum plat_dma_call what, unsigned long bus,
		 unsigned long bytes, enum plat_dma_direction direction)
{
	struct plat_dma dma = { .call = what,
				.devfn = DEVFN,
				.device = "0000:01:01.0",
				.bus = bus,
				.pa = PA + (bus - BUS),
				.bytes = bytes,
				.direction = direction };
	struct dma_rules_where where = here();

	dma_rules_dma(rules, &dma, &where);
}

static unsigned cpu(struct dma_rules *rules, uint64_t pa, uint64_t bytes, bool write)
{
	struct dma_rules_where where = here();
	unsigned before = told.count;

	dma_rules_cpu_access(rules, pa, bytes, write, &where);
	return told.count - before;
}

static uint64_t device(struct dma_rules *rules, uint64_t bus, uint64_t bytes, bool write)
{
	uint64_t before = 0, after = 0;

	for (enum dma_rule rule = 0; rule < RULE_COUNT; rule++)
		before += dma_rules_breaches(rules, rule);
	dma_rules_device_access(rules, DEVFN, bus, bytes, write, at_ps(9000));
	for (enum dma_rule rule = 0; rule < RULE_COUNT; rule++)
		after += dma_rules_breaches(rules, rule);
	return after - before;
}

static void cpu_may_not_touch_what_the_device_fills(void **state)
{
	struct dma_rules *rules = create();

	call(rules, PLAT_DMA_MAP, BUS, 2048, PLAT_DMA_FROM_DEVICE);
	assert_int_equal(cpu(rules, PA + 2048, 8, true), 0);
	assert_int_equal(cpu(rules, PA + 2047, 1, false), 1);
	assert_int_equal(told.rule, RULE_CPU_ACCESS);
	assert_non_null(strstr(told.text, "cpu-access: 0000:01:01.0: some_driver+0x"));
	assert_non_null(strstr(told.text, " at 7 ns on cpu2 "));
	assert_non_null(strstr(told.text, "reads byte 2047"));
	assert_non_null(strstr(told.text, "DMA_FROM_DEVICE 0xfff00000, 2048 bytes, mapped by"));
	assert_int_equal(cpu(rules, PA, 64, true), 1);
	call(rules, PLAT_DMA_UNMAP, BUS, 2048, PLAT_DMA_FROM_DEVICE);
	assert_int_equal(cpu(rules, PA, 64, true), 0);
	dma_rules_destroy(rules);
}

static void what_is_sent_may_be_read_but_not_written_before_the_device_reads_it(void **state)
{
	struct dma_rules *rules = create();

	call(rules, PLAT_DMA_MAP, BUS, 100, PLAT_DMA_TO_DEVICE);
	assert_int_equal(cpu(rules, PA, 100, false), 0);
	assert_int_equal(device(rules, BUS, 100, false), 0);
	assert_int_equal(cpu(rules, PA + 90, 16, true), 0);
	assert_int_equal(device(rules, BUS, 90, false), 0);
	assert_int_equal(device(rules, BUS, 100, false), 1);
	assert_int_equal(told.rule, RULE_CPU_ACCESS);
	assert_non_null(strstr(told.text, " wrote byte 90 of a buffer that the device owns"));
	/* The driver gave it to the device anew, with what was written. */
	call(rules, PLAT_DMA_SYNC_FOR_DEVICE, BUS, 100, PLAT_DMA_TO_DEVICE);
	assert_int_equal(device(rules, BUS, 100, false), 0);
	dma_rules_destroy(rules);
}

/* As when a buffer was freed, and is unmapped a little later. */
static void memory_that_is_mapped_anew_before_it_was_unmapped_is_judged_by_the_new(void **state)
{
	struct dma_rules *rules = create();

	call(rules, PLAT_DMA_MAP, BUS, 54, PLAT_DMA_TO_DEVICE);
	assert_int_equal(cpu(rules, PA + 14, 2, true), 0);
	call(rules, PLAT_DMA_MAP, BUS, 256, PLAT_DMA_TO_DEVICE);
	assert_int_equal(device(rules, BUS, 54, false), 0);
	call(rules, PLAT_DMA_UNMAP, BUS, 256, PLAT_DMA_TO_DEVICE);
	assert_int_equal(device(rules, BUS, 54, false), 1);
	dma_rules_destroy(rules);
}

static void of_two_alike_the_older_is_unmapped(void **state)
{
	struct dma_rules *rules = create();

	call(rules, PLAT_DMA_MAP, BUS, 54, PLAT_DMA_TO_DEVICE);
	assert_int_equal(cpu(rules, PA + 14, 2, true), 0);
	call(rules, PLAT_DMA_MAP, BUS, 54, PLAT_DMA_TO_DEVICE);
	call(rules, PLAT_DMA_UNMAP, BUS, 54, PLAT_DMA_TO_DEVICE);
	assert_int_equal(device(rules, BUS, 54, false), 0);
	dma_rules_destroy(rules);
}

static void sync_gives_bytes_to_the_cpu_and_back(void **state)
{
	struct dma_rules *rules = create();

	call(rules, PLAT_DMA_MAP, BUS, 4096, PLAT_DMA_FROM_DEVICE);
	call(rules, PLAT_DMA_SYNC_FOR_CPU, BUS + 128, 64, PLAT_DMA_FROM_DEVICE);
	assert_int_equal(cpu(rules, PA + 128, 64, false), 0);
	assert_int_equal(cpu(rules, PA + 127, 1, false), 1);
	assert_int_equal(cpu(rules, PA + 192, 8, false), 1);
	assert_int_equal(device(rules, BUS + 128, 64, true), 1);
	assert_int_equal(told.rule, RULE_NOT_OWNED);
	call(rules, PLAT_DMA_SYNC_FOR_DEVICE, BUS + 128, 64, PLAT_DMA_FROM_DEVICE);
	assert_int_equal(device(rules, BUS + 128, 64, true), 0);
	assert_int_equal(cpu(rules, PA + 128, 1, false), 1);
	assert_non_null(strstr(told.text, "last synced for the device by"));
	dma_rules_destroy(rules);
}

/* skb copies are done by whole words (ixgbe_construct_skb). */
/* As the stack does with a frame in a socket buffer's own memory. What the driver has given to the
 * device since is another matter. */
static void behind_a_frame_that_was_synced_the_cpu_may_write_first(void **state)
{
	struct dma_rules *rules = create();
	struct dma_rules_where where = here();

	call(rules, PLAT_DMA_MAP, BUS, 4096, PLAT_DMA_FROM_DEVICE);
	call(rules, PLAT_DMA_SYNC_FOR_CPU, BUS, 4096, PLAT_DMA_FROM_DEVICE);
	call(rules, PLAT_DMA_SYNC_FOR_DEVICE, BUS, 2048, PLAT_DMA_FROM_DEVICE);
	dma_rules_cpu_access(rules, PA + 64, 8, true, &where);
	assert_int_equal(told.count, 1);
	call(rules, PLAT_DMA_SYNC_FOR_CPU, BUS, 64, PLAT_DMA_FROM_DEVICE);
	where = here();
	dma_rules_cpu_access(rules, PA + 64, 8, false, &where);
	assert_int_equal(told.count, 2);
	where = here();
	dma_rules_cpu_access(rules, PA + 64, 8, true, &where);
	dma_rules_cpu_access(rules, PA + 64, 8, false, &where);
	assert_int_equal(told.count, 2);
	call(rules, PLAT_DMA_SYNC_FOR_DEVICE, BUS, 2048, PLAT_DMA_FROM_DEVICE);
	where = here();
	dma_rules_cpu_access(rules, PA + 128, 8, true, &where);
	assert_int_equal(told.count, 3);
	dma_rules_destroy(rules);
}

static void a_copy_may_read_the_rest_of_its_last_word(void **state)
{
	struct dma_rules *rules = create();

	call(rules, PLAT_DMA_MAP, BUS, 4096, PLAT_DMA_FROM_DEVICE);
	call(rules, PLAT_DMA_SYNC_FOR_CPU, BUS, 61, PLAT_DMA_FROM_DEVICE);
	assert_int_equal(cpu(rules, PA, 64, false), 0);
	assert_int_equal(cpu(rules, PA, 72, false), 1);
	dma_rules_destroy(rules);
}

static void device_may_not_go_beyond_its_mapping(void **state)
{
	struct dma_rules *rules = create();

	assert_int_equal(device(rules, BUS, 64, true), 1);
	assert_int_equal(told.rule, RULE_NOT_MAPPED);
	call(rules, PLAT_DMA_MAP, BUS, 1000, PLAT_DMA_FROM_DEVICE);
	assert_int_equal(device(rules, BUS, 1000, true), 0);
	assert_int_equal(device(rules, BUS, 1001, true), 1);
	assert_int_equal(told.rule, RULE_NOT_MAPPED);
	/* The next page is another mapping: one access over both is good. */
	call(rules, PLAT_DMA_MAP, BUS + 1000, 3096, PLAT_DMA_FROM_DEVICE);
	assert_int_equal(device(rules, BUS, 4096, true), 0);
	dma_rules_destroy(rules);
}

static void device_may_not_act_against_the_direction(void **state)
{
	struct dma_rules *rules = create();

	call(rules, PLAT_DMA_MAP, BUS, 64, PLAT_DMA_TO_DEVICE);
	assert_int_equal(device(rules, BUS, 64, false), 0);
	assert_int_equal(device(rules, BUS, 64, true), 1);
	assert_int_equal(told.rule, RULE_DIRECTION);
	call(rules, PLAT_DMA_ALLOC, BUS + 4096, 64, PLAT_DMA_BIDIRECTIONAL);
	assert_int_equal(device(rules, BUS + 4096, 64, true), 0);
	assert_int_equal(device(rules, BUS + 4096, 64, false), 0);
	dma_rules_destroy(rules);
}

static void access_after_unmapping_tells_who_unmapped(void **state)
{
	struct dma_rules *rules = create();

	call(rules, PLAT_DMA_MAP, BUS, 64, PLAT_DMA_FROM_DEVICE);
	call(rules, PLAT_DMA_UNMAP, BUS, 64, PLAT_DMA_FROM_DEVICE);
	assert_int_equal(device(rules, BUS, 64, true), 1);
	assert_int_equal(told.rule, RULE_AFTER_UNMAP);
	assert_non_null(strstr(told.text, "device 01:01.0 at 9 ns writes 0xfff00000, 64 bytes"));
	assert_non_null(strstr(told.text, ", unmapped by"));
	dma_rules_destroy(rules);
}

static void unmapping_twice_is_told(void **state)
{
	struct dma_rules *rules = create();

	call(rules, PLAT_DMA_MAP, BUS, 64, PLAT_DMA_FROM_DEVICE);
	assert_int_equal(dma_rules_live(rules), 1);
	call(rules, PLAT_DMA_UNMAP, BUS, 64, PLAT_DMA_FROM_DEVICE);
	assert_int_equal(dma_rules_live(rules), 0);
	assert_int_equal(told.count, 0);
	call(rules, PLAT_DMA_UNMAP, BUS, 64, PLAT_DMA_FROM_DEVICE);
	assert_int_equal(told.rule, RULE_UNMAP);
	call(rules, PLAT_DMA_SYNC_FOR_CPU, BUS, 64, PLAT_DMA_FROM_DEVICE);
	assert_int_equal(dma_rules_breaches(rules, RULE_UNMAP), 2);
	dma_rules_destroy(rules);
}

/* Without an IOMMU two fragments of one page, or one sent twice, are at the same bus address. */
static void memory_mapped_twice_is_kept_apart(void **state)
{
	struct dma_rules *rules = create();

	call(rules, PLAT_DMA_MAP, BUS, 512, PLAT_DMA_TO_DEVICE);
	call(rules, PLAT_DMA_MAP, BUS, 512, PLAT_DMA_TO_DEVICE);
	call(rules, PLAT_DMA_UNMAP, BUS, 512, PLAT_DMA_TO_DEVICE);
	assert_int_equal(device(rules, BUS, 512, false), 0);
	call(rules, PLAT_DMA_UNMAP, BUS, 512, PLAT_DMA_TO_DEVICE);
	assert_int_equal(told.count, 0);
	assert_int_equal(device(rules, BUS, 512, false), 1);
	dma_rules_destroy(rules);
}

static void a_place_is_told_once_and_counted_always(void **state)
{
	struct dma_rules *rules = create();
	struct dma_rules_where where = here();

	call(rules, PLAT_DMA_MAP, BUS, 64, PLAT_DMA_FROM_DEVICE);
	for (unsigned i = 0; i < 5; i++)
		dma_rules_cpu_access(rules, PA, 8, false, &where);
	assert_int_equal(told.count, 1);
	assert_int_equal(dma_rules_breaches(rules, RULE_CPU_ACCESS), 5);
	dma_rules_destroy(rules);
}

static void pages_are_watched_while_they_have_streaming_buffers(void **state)
{
	struct dma_rules *rules = create();

	call(rules, PLAT_DMA_MAP, BUS, 4097, PLAT_DMA_FROM_DEVICE);
	assert_int_equal(dma_rules_watch(rules)[PA >> 12], 1);
	assert_int_equal(dma_rules_watch(rules)[(PA >> 12) + 1], 1);
	call(rules, PLAT_DMA_UNMAP, BUS, 4097, PLAT_DMA_FROM_DEVICE);
	assert_int_equal(dma_rules_watch(rules)[(PA >> 12) + 1], 0);
	call(rules, PLAT_DMA_ALLOC, BUS, 64, PLAT_DMA_BIDIRECTIONAL);
	assert_int_equal(dma_rules_watch(rules)[PA >> 12], 0);
	dma_rules_destroy(rules);
}

/* Against a plain array of bytes. */
static void intervals_are_what_a_bitmap_is(void **state)
{
	struct owned owned = { 0 };
	bool bitmap[256] = { 0 };
	uint32_t random = 1;

	for (unsigned n = 0; n < 20000; n++) {
		unsigned from, to;
		uint64_t at = 0;
		bool add, found;

		random = random * 1664525u + 1013904223u;
		from = random >> 24;
		to = from + (random >> 16 & 31);
		to = to > 256 ? 256 : to;
		add = random >> 15 & 1;
		if (from < to)
			assert_true(add ? owned_add(&owned, from, to)
					: owned_remove(&owned, from, to));
		for (unsigned i = from; i < to; i++)
			bitmap[i] = add;
		from = random >> 3 & 255;
		found = owned_first(&owned, from, 256, &at);
		while (from < 256 && !bitmap[from])
			from++;
		assert_int_equal(found, from < 256);
		if (found)
			assert_int_equal(at, from);
		for (unsigned i = 1; i < owned.count; i++)
			assert_true(owned.range[i - 1].to < owned.range[i].from);
	}
	owned_free(&owned);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpu_may_not_touch_what_the_device_fills),
		cmocka_unit_test(
			what_is_sent_may_be_read_but_not_written_before_the_device_reads_it),
		cmocka_unit_test(
			memory_that_is_mapped_anew_before_it_was_unmapped_is_judged_by_the_new),
		cmocka_unit_test(of_two_alike_the_older_is_unmapped),
		cmocka_unit_test(sync_gives_bytes_to_the_cpu_and_back),
		cmocka_unit_test(behind_a_frame_that_was_synced_the_cpu_may_write_first),
		cmocka_unit_test(a_copy_may_read_the_rest_of_its_last_word),
		cmocka_unit_test(device_may_not_go_beyond_its_mapping),
		cmocka_unit_test(device_may_not_act_against_the_direction),
		cmocka_unit_test(access_after_unmapping_tells_who_unmapped),
		cmocka_unit_test(unmapping_twice_is_told),
		cmocka_unit_test(memory_mapped_twice_is_kept_apart),
		cmocka_unit_test(a_place_is_told_once_and_counted_always),
		cmocka_unit_test(pages_are_watched_while_they_have_streaming_buffers),
		cmocka_unit_test(intervals_are_what_a_bitmap_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
