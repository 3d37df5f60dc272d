// SPDX-License-Identifier: MIT
/* The sparse store, against a plain array, and its memory. */
#include "devices/nvme/nvme_store.h"
#include "model/core/random.h"
#include "rig.h"

#include <stdlib.h>

#define SMALL_BYTES (3u << 20)

static void pattern(void *ctx, uint64_t lba, void *sector_data, uint32_t sectors)
{
	uint8_t *to = sector_data;

	for (uint32_t i = 0; i < sectors; i++)
		memset(to + 512 * i, (int)((lba + i) * 37 + 11) & 0xff, 512);
}

/* Random writes, zeroings and reads of any alignment agree with an array. */
static void like_an_array(nvme_store_fill fill)
{
	struct nvme_store *store = nvme_store_create(SMALL_BYTES, fill, NULL);
	uint8_t *plain = calloc(1, SMALL_BYTES), *buffer = malloc(65536), *scratch = malloc(65536);
	struct random random;

	if (fill)
		fill(NULL, 0, plain, SMALL_BYTES / 512);
	random_init(&random, 1, "store");
	for (unsigned i = 0; i < 4000; i++) {
		uint32_t bytes = 4 * (uint32_t)(1 + random_below(&random, 16384));
		uint64_t offset = 4 * random_below(&random, (SMALL_BYTES - bytes) / 4 + 1);
		uint64_t zeroed;

		switch (random_below(&random, 4)) {
		case 0:
			rig_pattern(buffer, bytes, i);
			assert_true(nvme_store_write(store, offset, buffer, bytes));
			memcpy(plain + offset, buffer, bytes);
			break;
		case 1:
			zeroed = random_below(&random, 8) ? bytes :
				random_below(&random, SMALL_BYTES - offset + 1);
			assert_true(nvme_store_zero(store, offset, zeroed));
			memset(plain + offset, 0, zeroed);
			break;
		case 2:
			nvme_store_read(store, offset, buffer, bytes);
			assert_memory_equal(buffer, plain + offset, bytes);
			break;
		default:
			bytes = bytes > 4096 ? 4096 : bytes;
			assert_memory_equal(nvme_store_view(store, offset, bytes, scratch),
					    plain + offset, bytes);
		}
	}
	for (uint64_t at = 0; at < SMALL_BYTES; at += 65536) {
		nvme_store_read(store, at, buffer, 65536);
		assert_memory_equal(buffer, plain + at, 65536);
	}
	nvme_store_destroy(store);
	free(plain);
	free(buffer);
	free(scratch);
}

static void store_agrees_with_an_array(void **state)
{
	like_an_array(NULL);
}

static void filled_store_agrees_with_an_array(void **state)
{
	like_an_array(pattern);
}

static void reading_half_a_terabyte_takes_no_memory(void **state)
{
	struct nvme_store *store = nvme_store_create(512ull << 30, pattern, NULL);
	uint64_t before = nvme_store_bytes(store);
	struct random random;
	uint8_t data[4096], want[512];

	random_init(&random, 2, "store");
	for (unsigned i = 0; i < 100000; i++) {
		uint64_t lba = 8 * random_below(&random, (512ull << 30) / 4096);

		nvme_store_read(store, lba * 512, data, 4096);
		pattern(NULL, lba + 7, want, 1);
		assert_int_equal(data[4095], want[0]);
	}
	assert_int_equal(nvme_store_bytes(store), before);
	nvme_store_destroy(store);
}

static void memory_follows_what_was_written(void **state)
{
	struct nvme_store *store = nvme_store_create(512ull << 30, NULL, NULL);
	struct random random;
	uint8_t data[4096] = { 1 };

	random_init(&random, 3, "store");
	for (unsigned i = 0; i < 2000; i++) {
		uint64_t place = 4096 * random_below(&random, (512ull << 30) / 4096);

		assert_true(nvme_store_write(store, place, data, 4096));
	}
	/* Two thousand chunks, and at most three nodes of 4 KiB for each. */
	assert_in_range(nvme_store_bytes(store), 2000 * 4096, 2000 * 4 * 4096 + (2u << 20));
	nvme_store_destroy(store);
}

static void deallocating_everything_is_cheap_and_frees(void **state)
{
	struct nvme_store *store = nvme_store_create(512ull << 30, pattern, NULL);
	uint64_t used;
	uint8_t data[4096];

	memset(data, 1, sizeof(data));
	for (unsigned i = 0; i < 1000; i++)
		assert_true(nvme_store_write(store, (uint64_t)i << 28, data, 4096));
	used = nvme_store_bytes(store);
	assert_true(nvme_store_zero(store, 4096, (512ull << 30) - 8192));
	assert_true(nvme_store_bytes(store) <= used + 8 * 4096);
	nvme_store_read(store, 300ull << 30, data, 4096);
	assert_int_equal(data[0], 0);           /* zeroes, not the pattern */
	nvme_store_read(store, 0, data, 4096);
	assert_int_equal(data[0], 1);
	nvme_store_read(store, (512ull << 30) - 4096, data, 4096);
	assert_int_equal(data[0], (((512ull << 30) / 512 - 8) * 37 + 11) & 0xff);
	/* Chunks are used again: writing as much anew takes no more than before. */
	for (unsigned i = 0; i < 1000; i++)
		assert_true(nvme_store_write(store, (uint64_t)i << 28, data, 4096));
	assert_true(nvme_store_bytes(store) <= used + 8 * 4096);
	nvme_store_destroy(store);
}

static void zeroes_but_for_the_last_byte(void *ctx, uint64_t lba, void *data, uint32_t sectors)
{
	memset(data, 0, (size_t)sectors * 512);
	((uint8_t *)data)[(size_t)sectors * 512 - 1] = (uint8_t)lba;
}

static bool is_that(void *ctx, uint64_t lba, const void *data, uint32_t sectors)
{
	uint8_t want[4096];

	zeroes_but_for_the_last_byte(ctx, lba, want, sectors);
	return !memcmp(data, want, (size_t)sectors * 512);
}

static void data_that_can_be_made_again_take_no_memory(void **state)
{
	struct nvme_store *store = nvme_store_create(4ull << 40, pattern, NULL);
	uint8_t data[4096], back[4096];
	uint64_t before = nvme_store_bytes(store);

	nvme_store_recognise(store, is_that, zeroes_but_for_the_last_byte);
	for (uint64_t i = 0; i < 500; i++) {
		zeroes_but_for_the_last_byte(NULL, i * 8 << 20, data, 8);
		assert_true(nvme_store_write(store, i * 4096 << 20, data, 4096));
	}
	assert_int_equal(nvme_store_bytes(store), before);
	zeroes_but_for_the_last_byte(NULL, 7 * 8 << 20, data, 8);
	data[100] = 9;
	assert_true(nvme_store_write(store, (7ull * 4096 << 20) + 100, data + 100, 1));
	nvme_store_read(store, 7ull * 4096 << 20, back, 4096);
	assert_memory_equal(back, data, 4096);
	nvme_store_destroy(store);
}

/* Against a plain array: writes, partial ones, recognised ones, zeroes of all lengths. */
static void any_course_of_writes_and_zeroes_is_remembered(void **state)
{
	enum { BYTES = 16 << 20, STEPS = 20000 };
	struct nvme_store *store = nvme_store_create(BYTES, pattern, NULL);
	uint8_t *plain = malloc(BYTES), *data = malloc(BYTES);
	struct random random;

	random_init(&random, 1, "store");
	nvme_store_recognise(store, is_that, zeroes_but_for_the_last_byte);
	pattern(NULL, 0, plain, BYTES / 512);
	for (unsigned i = 0; i < STEPS; i++) {
		uint64_t from = random_below(&random, BYTES / 512) * 512, most = BYTES - from;
		unsigned what = (unsigned)random_below(&random, 16);
		uint32_t bytes = (uint32_t)random_below(&random, most < 40000 ? most : 40000) + 1;

		if (what == 0) {
			bytes = (uint32_t)random_below(&random, most) + 1;
			assert_true(nvme_store_zero(store, from, bytes));
			memset(plain + from, 0, bytes);
			continue;
		}
		if (what < 8) {
			from = from / 4096 * 4096;
			bytes = 4096;
			zeroes_but_for_the_last_byte(NULL, from / 512, data, 8);
		} else {
			memset(data, (int)i, bytes);
		}
		assert_true(nvme_store_write(store, from, data, bytes));
		memcpy(plain + from, data, bytes);
	}
	nvme_store_read(store, 0, data, BYTES);
	assert_memory_equal(data, plain, BYTES);
	free(plain);
	free(data);
	nvme_store_destroy(store);
}

static void reads_through_the_controller_allocate_nothing(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig;
	uint8_t want[512];
	uint64_t page, before;

	cfg.capacity_bytes = 512ull << 30;
	cfg.media.fill = pattern;
	rig = rig_ready(&cfg, 1, 16);
	page = rig_alloc(rig, 4096);
	before = rig_stat(rig, "nvme0.media.bytes");
	for (unsigned i = 0; i < 500; i++) {
		uint64_t lba = 2147483ull * i + 3;

		assert_status(rig_do(rig, 1, rig_rw(0x02, lba, 8, page, 0)), 0);
		for (unsigned j = 0; j < 8; j++) {
			pattern(NULL, lba + j, want, 1);
			assert_memory_equal(rig_mem(rig, page + 512 * j), want, 512);
		}
	}
	assert_int_equal(rig_stat(rig, "nvme0.media.bytes"), before);
	rig_destroy(rig);
}

static void partial_write_keeps_the_pattern_beside_it(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig;
	uint8_t want[512], got[512];
	uint64_t page;

	cfg.media.fill = pattern;
	rig = rig_ready(&cfg, 1, 16);
	page = rig_alloc(rig, 4096);
	memset(rig_mem(rig, page), 0xcc, 4096);
	assert_status(rig_do(rig, 1, rig_rw(0x01, 10, 1, page, 0)), 0);
	for (uint64_t lba = 8; lba < 16; lba++) {
		pattern(NULL, lba, want, 1);
		if (lba == 10)
			memset(want, 0xcc, 512);
		assert_true(nvme_media_peek(rig->nvme, lba, got, 1));
		assert_memory_equal(got, want, 512);
	}
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(store_agrees_with_an_array),
		cmocka_unit_test(filled_store_agrees_with_an_array),
		cmocka_unit_test(reading_half_a_terabyte_takes_no_memory),
		cmocka_unit_test(memory_follows_what_was_written),
		cmocka_unit_test(deallocating_everything_is_cheap_and_frees),
		cmocka_unit_test(data_that_can_be_made_again_take_no_memory),
		cmocka_unit_test(any_course_of_writes_and_zeroes_is_remembered),
		cmocka_unit_test(reads_through_the_controller_allocate_nothing),
		cmocka_unit_test(partial_write_keeps_the_pattern_beside_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
