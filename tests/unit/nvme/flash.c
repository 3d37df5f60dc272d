// SPDX-License-Identifier: MIT
/* The flash behind the controller: layout, table, times of its operations, collection. */
#include <stdlib.h>

#include "devices/nvme/flash_array.h"
#include "devices/nvme/flash_internal.h"
#include "devices/nvme/flash_layout.h"
#include "devices/nvme/flash_map.h"
#include "rig.h"

#define MIB (1024u * 1024u)

static struct flash_cfg small(void)
{
	return (struct flash_cfg){
		.channels = 2, .packages = 2, .dies = 2, .planes = 2, .dies_at_once = 2,
		.pages = 64, .cell_bits = 1, .page_bytes = 8192, .unit_bytes = 4096,
		.spare_percent = 20,
		.read = { dur_us(50) }, .program = { dur_us(500) }, .erase = dur_ms(3),
		.channel_bits_per_second = 8ull * 409600000, /* 10 us for 4 KiB */
		.command_read = dur_ns(300), .command_program = dur_ns(400),
		.command_erase = dur_ns(200),
		.reads_first = 4, .gc_blocks = 2, .buffer_bytes = MIB, .buffer_access = dur_us(1),
		.precondition = FLASH_SEQUENTIAL, .seed = 7,
	};
}

struct bench {
	struct sim sim;
	struct flash *flash;
	unsigned done;
	struct at last;
};

static struct bench *bench_new(const struct flash_cfg *cfg, uint64_t capacity)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	bench->sim.engine = engine_create();
	bench->sim.stats = stats_create();
	bench->sim.trace = trace_create(1);
	assert_int_equal(flash_create(&bench->flash, &bench->sim, "ssd", cfg, capacity), SIM_OK);
	stats_window_begin(bench->sim.stats, 0);
	return bench;
}

static void bench_free(struct bench *bench)
{
	flash_destroy(bench->flash);
	trace_destroy(bench->sim.trace);
	stats_destroy(bench->sim.stats);
	engine_destroy(bench->sim.engine);
	free(bench);
}

static void done(void *ctx)
{
	struct bench *bench = ctx;

	bench->done++;
	bench->last = sim_now(&bench->sim);
}

static void ask(struct bench *bench, enum flash_request_kind kind, uint64_t offset, uint64_t bytes)
{
	flash_start(bench->flash, kind, offset, bytes, false, done, bench);
}

/* Runs until everything asked is answered; nanoseconds that took. */
static uint64_t settle(struct bench *bench)
{
	struct at start = sim_now(&bench->sim);

	while (engine_run_one(bench->sim.engine))
		;
	return at_since(bench->last, start).ps / PS_PER_NS;
}

/* Counters count from one call to the next. */
static uint64_t level(struct bench *bench, const char *name)
{
	uint64_t now = sim_now(&bench->sim).ps;
	struct stat_value value;

	stats_window_end(bench->sim.stats, now);
	assert_true(stats_find(bench->sim.stats, name, &value));
	stats_window_begin(bench->sim.stats, now);
	return value.num;
}

/* ---- layout ---- */

static void check_layout(enum flash_precondition precondition, uint64_t capacity)
{
	struct flash_cfg cfg = small();
	struct bench *bench;
	const struct flash_shape *shape;
	uint8_t *seen;
	uint64_t valid = 0;

	cfg.precondition = precondition;
	bench = bench_new(&cfg, capacity);
	shape = flash_shape(bench->flash);
	seen = calloc((size_t)shape->dies * shape->blocks, shape->block_units);
	for (uint32_t unit = 0; unit < shape->units; unit++) {
		uint32_t place = flash_layout_place(bench->flash->layout, unit);

		assert_true(place < shape->dies * shape->blocks * shape->block_units);
		assert_false(seen[place]);
		seen[place] = 1;
		assert_int_equal(flash_layout_unit(bench->flash->layout, place), unit);
	}
	/* And nowhere else is anything. */
	for (uint32_t p = 0; p < shape->dies * shape->blocks * shape->block_units; p++) {
		if (!seen[p])
			assert_int_equal(flash_layout_unit(bench->flash->layout, p), UINT32_MAX);
	}
	for (uint32_t b = 0; b < shape->dies * shape->blocks; b++)
		valid += bench->flash->block[b].valid;
	assert_int_equal(valid, shape->units);
	free(seen);
	bench_free(bench);
}

static void every_unit_has_a_place_of_its_own(void **state)
{
	check_layout(FLASH_SEQUENTIAL, 64 * MIB);
	check_layout(FLASH_SEQUENTIAL, 61 * MIB + 4096);
	check_layout(FLASH_RANDOM, 64 * MIB);
	check_layout(FLASH_RANDOM, 61 * MIB + 4096);
}

static void the_map_keeps_what_it_is_told(void **state)
{
	struct flash_map *map = flash_map_create(1u << 20);
	uint32_t unit = 1;

	for (unsigned i = 0; i < 100000; i++, unit = unit * 2654435761u % (1u << 20))
		flash_map_set(map, unit, i);
	flash_map_set(map, 77777, 5);
	assert_int_equal(flash_map_get(map, 77777), 5);
	flash_map_set(map, 77777, FLASH_NOWHERE);
	assert_int_equal(flash_map_get(map, 77777), FLASH_NOWHERE);
	flash_map_clear(map);
	assert_int_equal(flash_map_get(map, 1), FLASH_NOWHERE);
	flash_map_set(map, 1, 9);
	assert_int_equal(flash_map_get(map, 1), 9);
	flash_map_destroy(map);
}

static void untouched_units_are_where_the_layout_says(void **state)
{
	struct flash_map *map = flash_map_create(100000);

	assert_int_equal(flash_map_get(map, 99999), FLASH_INITIAL);
	flash_map_set(map, 99999, FLASH_NOWHERE);
	assert_int_equal(flash_map_get(map, 99999), FLASH_NOWHERE);
	assert_int_equal(flash_map_get(map, 99998), FLASH_INITIAL);
	flash_map_destroy(map);
}

/* ---- times ---- */

static void a_read_is_command_cells_and_transfer(void **state)
{
	struct flash_cfg cfg = small();
	struct bench *bench = bench_new(&cfg, 64 * MIB);

	ask(bench, FLASH_REQUEST_READ, 0, 4096);
	assert_int_equal(settle(bench), 300 + 50000 + 10000);
	/* Two units of one page are one read, half a unit is half the transfer. */
	ask(bench, FLASH_REQUEST_READ, 0, 8192);
	assert_int_equal(settle(bench), 300 + 50000 + 20000);
	ask(bench, FLASH_REQUEST_READ, 2048, 2048);
	assert_int_equal(settle(bench), 300 + 50000 + 5000);
	assert_int_equal(level(bench, "ssd.flash.reads"), 3);
	bench_free(bench);
}

static void reads_of_one_die_queue_and_of_one_channel_share_it(void **state)
{
	struct flash_cfg cfg = small();
	struct bench *bench = bench_new(&cfg, 64 * MIB);
	uint64_t die_stripe = 8 * 8192;

	/* Same die, other page of another row: planes come after dies, rows after planes. */
	ask(bench, FLASH_REQUEST_READ, 0, 4096);
	ask(bench, FLASH_REQUEST_READ, 2 * die_stripe, 4096);
	assert_int_equal(settle(bench), 2 * (300 + 50000 + 10000));
	/* Pages 0 and 2 are in dies of one channel: the second one's data wait. */
	ask(bench, FLASH_REQUEST_READ, 0, 4096);
	ask(bench, FLASH_REQUEST_READ, 2 * 8192, 4096);
	assert_int_equal(settle(bench), 300 + 50000 + 2 * 10000);
	/* Pages 0 and 1 share nothing. */
	ask(bench, FLASH_REQUEST_READ, 0, 4096);
	ask(bench, FLASH_REQUEST_READ, 8192, 4096);
	assert_int_equal(settle(bench), 300 + 50000 + 10000);
	bench_free(bench);
}

static void planes_of_a_row_are_read_together(void **state)
{
	struct flash_cfg cfg = small();
	struct bench *bench;

	cfg.channels = cfg.packages = cfg.dies = cfg.dies_at_once = 1;
	bench = bench_new(&cfg, 64 * MIB);
	ask(bench, FLASH_REQUEST_READ, 0, 16384);
	assert_int_equal(settle(bench), 2 * 300 + 50000 + 4 * 10000);
	assert_int_equal(level(bench, "ssd.flash.multi_plane_reads"), 1);
	bench_free(bench);
}

static void a_package_may_be_limited_to_one_die(void **state)
{
	struct flash_cfg cfg = small();
	struct bench *bench;

	cfg.channels = cfg.packages = 1;
	bench = bench_new(&cfg, 64 * MIB);
	ask(bench, FLASH_REQUEST_READ, 0, 4096);
	ask(bench, FLASH_REQUEST_READ, 8192, 4096);
	assert_int_equal(settle(bench), 300 + 50000 + 2 * 10000);
	bench_free(bench);
	cfg.dies_at_once = 1;
	bench = bench_new(&cfg, 64 * MIB);
	ask(bench, FLASH_REQUEST_READ, 0, 4096);
	ask(bench, FLASH_REQUEST_READ, 8192, 4096);
	assert_int_equal(settle(bench), 2 * (300 + 50000 + 10000));
	bench_free(bench);
}

static void pages_have_the_time_of_their_type(void **state)
{
	struct flash_cfg cfg = small();
	struct bench *bench;

	cfg.channels = cfg.packages = cfg.dies = cfg.dies_at_once = cfg.planes = 1;
	cfg.cell_bits = 3;
	cfg.pages = 96;
	cfg.read[1] = dur_us(60);
	cfg.read[2] = dur_us(90);
	bench = bench_new(&cfg, 64 * MIB);
	ask(bench, FLASH_REQUEST_READ, 8192, 4096);
	assert_int_equal(settle(bench), 300 + 60000 + 10000);
	ask(bench, FLASH_REQUEST_READ, 2 * 8192, 4096);
	assert_int_equal(settle(bench), 300 + 90000 + 10000);
	ask(bench, FLASH_REQUEST_READ, 3 * 8192, 4096);
	assert_int_equal(settle(bench), 300 + 50000 + 10000);
	bench_free(bench);
}

static void a_write_is_done_when_it_is_in_the_buffer(void **state)
{
	struct flash_cfg cfg = small();
	struct bench *bench = bench_new(&cfg, 64 * MIB);

	ask(bench, FLASH_REQUEST_WRITE, 0, 4096);
	assert_int_equal(settle(bench), 1000);
	assert_int_equal(level(bench, "ssd.flash.programs"), 0);
	/* Reads find it there. */
	ask(bench, FLASH_REQUEST_READ, 0, 4096);
	assert_int_equal(settle(bench), 1000);
	assert_int_equal(level(bench, "ssd.buffer.hits"), 1);
	/* A flush waits for the program, of both planes whatever is in them. */
	ask(bench, FLASH_REQUEST_FLUSH, 0, 0);
	assert_int_equal(settle(bench), 2 * 400 + 4 * 10000 + 500000);
	assert_int_equal(level(bench, "ssd.flash.programs"), 1);
	ask(bench, FLASH_REQUEST_READ, 0, 4096);
	assert_int_equal(settle(bench), 300 + 50000 + 10000);
	/* Now there is nothing to flush. */
	ask(bench, FLASH_REQUEST_FLUSH, 0, 0);
	assert_int_equal(settle(bench), 0);
	flash_start(bench->flash, FLASH_REQUEST_WRITE, 0, 4096, true, done, bench);
	assert_int_equal(settle(bench), 1000 + 2 * 400 + 4 * 10000 + 500000);
	bench_free(bench);
}

static void a_protected_buffer_needs_no_flush(void **state)
{
	struct flash_cfg cfg = small();
	struct bench *bench;

	cfg.buffer_protected = true;
	bench = bench_new(&cfg, 64 * MIB);
	flash_start(bench->flash, FLASH_REQUEST_WRITE, 0, 4096, true, done, bench);
	ask(bench, FLASH_REQUEST_FLUSH, 0, 0);
	assert_int_equal(settle(bench), 1000);
	assert_int_equal(level(bench, "ssd.flash.programs"), 0);
	bench_free(bench);
}

static void writing_a_unit_again_takes_no_further_slot(void **state)
{
	struct flash_cfg cfg = small();
	struct bench *bench = bench_new(&cfg, 64 * MIB);

	for (unsigned i = 0; i < 1000; i++)
		ask(bench, FLASH_REQUEST_WRITE, 4096 * (i % 3), 4096);
	settle(bench);
	assert_int_equal(bench->done, 1000);
	assert_int_equal(level(bench, "ssd.flash.programs"), 0);
	bench_free(bench);
}

static void a_read_suspends_a_program(void **state)
{
	struct flash_cfg cfg = small();
	struct bench *bench;

	cfg.channels = cfg.packages = cfg.dies = cfg.dies_at_once = cfg.planes = 1;
	cfg.suspend_program = dur_us(5);
	cfg.suspend_program_least = dur_us(100);
	bench = bench_new(&cfg, 64 * MIB);
	flash_start(bench->flash, FLASH_REQUEST_WRITE, 0, 4096, true, NULL, NULL);
	engine_run(bench->sim.engine, at_ps(100 * PS_PER_US));
	engine_advance(bench->sim.engine, at_ps(100 * PS_PER_US));
	ask(bench, FLASH_REQUEST_READ, MIB, 4096);
	assert_int_equal(settle(bench), 300 + 5000 + 50000 + 10000);
	assert_int_equal(level(bench, "ssd.flash.suspensions"), 1);
	/* Buffer, command and transfer, program, and all of the read within it. */
	assert_int_equal(sim_now(&bench->sim).ps / PS_PER_NS,
			 1000 + 400 + 20000 + 500000 + 300 + 5000 + 50000 + 10000);
	bench_free(bench);
}

static void a_table_that_is_not_in_memory_is_read_first(void **state)
{
	struct flash_cfg cfg = small();
	struct bench *bench;

	cfg.map_cache_bytes = 8 * 8192;
	bench = bench_new(&cfg, 64 * MIB);
	ask(bench, FLASH_REQUEST_READ, 0, 4096);
	assert_int_equal(settle(bench), 300 + 50000 + 20000 + 300 + 50000 + 10000);
	ask(bench, FLASH_REQUEST_READ, 4096, 4096);
	assert_int_equal(settle(bench), 300 + 50000 + 10000);
	assert_int_equal(level(bench, "ssd.map.misses"), 1);
	bench_free(bench);
}

static void deallocated_and_fresh_units_need_no_flash(void **state)
{
	struct flash_cfg cfg = small();
	struct bench *bench = bench_new(&cfg, 64 * MIB);

	flash_trim(bench->flash, 0, MIB);
	ask(bench, FLASH_REQUEST_READ, 4096, 4096);
	assert_int_equal(settle(bench), 1000);
	/* A part of a unit stays. */
	flash_trim(bench->flash, 2 * MIB, 2048);
	ask(bench, FLASH_REQUEST_READ, 2 * MIB, 4096);
	assert_int_equal(settle(bench), 300 + 50000 + 10000);
	flash_trim(bench->flash, 0, 64 * MIB);
	ask(bench, FLASH_REQUEST_READ, 4 * MIB, 4096);
	assert_int_equal(settle(bench), 1000);
	bench_free(bench);
	cfg.precondition = FLASH_FRESH;
	bench = bench_new(&cfg, 64 * MIB);
	ask(bench, FLASH_REQUEST_READ, 4 * MIB, 4096);
	assert_int_equal(settle(bench), 1000);
	bench_free(bench);
}

/* ---- collection ---- */

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state >> 33;
}

/* Units programmed for each one written, in hundredths. */
static unsigned amplification(struct bench *bench, unsigned writes)
{
	uint64_t random = 1, units = flash_shape(bench->flash)->units;
	uint64_t moved = bench->flash->collected_units, written = bench->flash->buffer_units;

	for (unsigned i = 0; i < writes; i++) {
		ask(bench, FLASH_REQUEST_WRITE, next_random(&random) % units * 4096, 4096);
		if (i % 64 == 63)
			settle(bench);
	}
	settle(bench);
	moved = bench->flash->collected_units - moved;
	written = bench->flash->buffer_units - written;
	return (unsigned)(100 * (moved + written) / written);
}

static void check_valid(struct bench *bench)
{
	const struct flash_shape *shape = flash_shape(bench->flash);
	uint64_t valid = 0, here = 0;

	for (uint32_t b = 0; b < shape->dies * shape->blocks; b++)
		valid += bench->flash->block[b].valid;
	for (uint32_t unit = 0; unit < shape->units; unit++) {
		uint32_t place = flash_where(bench->flash, unit);

		if (place < FLASH_PLACES) {
			here++;
			assert_int_equal(flash_owner(bench->flash, place), unit);
		}
	}
	assert_int_equal(valid, here);
}

/* Greedy collection of uniform random writes: with the share r of units in all that is not free, the
 * victim's valid share v solves r = (v - 1) / ln v, and each unit written costs 1 / (1 - v). The
 * closed-form start must be that state, so that the first eighth of a pass already shows it. */
static void random_writes_start_in_their_steady_state(void **state)
{
	struct flash_cfg cfg = small();
	struct bench *bench;
	unsigned first, later;

	cfg.precondition = FLASH_RANDOM;
	bench = bench_new(&cfg, 256 * MIB);
	check_valid(bench);
	first = amplification(bench, 8000);
	check_valid(bench);
	amplification(bench, 100000);
	check_valid(bench);
	later = amplification(bench, 20000);
	print_message("write amplification x 100: %u at the start, %u after two passes\n", first,
		      later);
	assert_in_range(first, later * 85 / 100, later * 115 / 100);
	assert_in_range(later, 200, 400);
	bench_free(bench);
}

static void a_fresh_device_collects_nothing_at_first(void **state)
{
	struct flash_cfg cfg = small();
	struct bench *bench;

	cfg.precondition = FLASH_FRESH;
	bench = bench_new(&cfg, 256 * MIB);
	assert_int_equal(amplification(bench, 20000), 100);
	assert_int_equal(level(bench, "ssd.gc.blocks"), 0);
	check_valid(bench);
	bench_free(bench);
}

static void sequential_overwriting_moves_nothing(void **state)
{
	struct flash_cfg cfg = small();
	struct bench *bench = bench_new(&cfg, 64 * MIB);

	for (unsigned pass = 0; pass < 4; pass++) {
		for (uint64_t at = 0; at < 64 * MIB; at += 65536) {
			ask(bench, FLASH_REQUEST_WRITE, at, 65536);
			if (at % MIB == 0)
				settle(bench);
		}
		settle(bench);
	}
	assert_true(level(bench, "ssd.gc.blocks") > 100);
	assert_in_range(bench->flash->collected_units, 0, bench->flash->buffer_units / 50);
	check_valid(bench);
	bench_free(bench);
}

static void wear_is_spread(void **state)
{
	struct flash_cfg cfg = small();
	struct bench *bench = bench_new(&cfg, 64 * MIB);
	uint64_t least = UINT64_MAX;

	amplification(bench, 100000);
	for (uint32_t b = 0; b < flash_shape(bench->flash)->dies * flash_shape(bench->flash)->blocks;
	     b++) {
		if (bench->flash->block[b].erases < least)
			least = bench->flash->block[b].erases;
	}
	assert_in_range(level(bench, "ssd.wear.most"), least, least + 40);
	bench_free(bench);
}

/* A forgotten request's work goes on, and nobody is told. */
static void a_forgotten_request_is_not_answered(void **state)
{
	struct flash_cfg cfg = small();
	struct bench *bench = bench_new(&cfg, 64 * MIB);

	flash_forget(flash_start(bench->flash, FLASH_REQUEST_READ, 0, 4096, false, done, bench));
	settle(bench);
	assert_int_equal(bench->done, 0);
	assert_int_equal(level(bench, "ssd.flash.reads"), 1);
	bench_free(bench);
}

static void a_large_medium_takes_little_memory(void **state)
{
	struct flash_cfg cfg = small();
	struct bench *bench;

	cfg.channels = 16;
	cfg.pages = 768;
	bench = bench_new(&cfg, 4ull << 40);
	for (unsigned i = 0; i < 1000; i++) {
		ask(bench, FLASH_REQUEST_READ, ((uint64_t)i * 2654435761u) % (1u << 30) * 4096,
		    4096);
		settle(bench);
	}
	assert_in_range(level(bench, "ssd.flash.bytes"), 1, 40u * MIB);
	bench_free(bench);
}

static void impossible_flash_is_refused(void **state)
{
	struct sim sim = { .engine = engine_create(), .stats = stats_create() };
	struct flash_cfg cfg = small();
	struct flash *flash;

	cfg.page_bytes = 6000;
	assert_int_equal(flash_create(&flash, &sim, "ssd", &cfg, MIB), SIM_ERR_CONFIG);
	assert_null(flash);
	cfg = small();
	cfg.gc_blocks = 1;
	assert_int_equal(flash_create(&flash, &sim, "ssd", &cfg, MIB), SIM_ERR_CONFIG);
	cfg = small();
	cfg.buffer_bytes = 8192;
	assert_int_equal(flash_create(&flash, &sim, "ssd", &cfg, MIB), SIM_ERR_CONFIG);
	cfg = small();
	assert_int_equal(flash_create(&flash, &sim, "ssd", &cfg, 1ull << 45), SIM_ERR_CONFIG);
	stats_destroy(sim.stats);
	engine_destroy(sim.engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_unit_has_a_place_of_its_own),
		cmocka_unit_test(the_map_keeps_what_it_is_told),
		cmocka_unit_test(untouched_units_are_where_the_layout_says),
		cmocka_unit_test(a_read_is_command_cells_and_transfer),
		cmocka_unit_test(reads_of_one_die_queue_and_of_one_channel_share_it),
		cmocka_unit_test(planes_of_a_row_are_read_together),
		cmocka_unit_test(a_package_may_be_limited_to_one_die),
		cmocka_unit_test(pages_have_the_time_of_their_type),
		cmocka_unit_test(a_write_is_done_when_it_is_in_the_buffer),
		cmocka_unit_test(a_protected_buffer_needs_no_flush),
		cmocka_unit_test(writing_a_unit_again_takes_no_further_slot),
		cmocka_unit_test(a_read_suspends_a_program),
		cmocka_unit_test(a_table_that_is_not_in_memory_is_read_first),
		cmocka_unit_test(deallocated_and_fresh_units_need_no_flash),
		cmocka_unit_test(random_writes_start_in_their_steady_state),
		cmocka_unit_test(a_fresh_device_collects_nothing_at_first),
		cmocka_unit_test(sequential_overwriting_moves_nothing),
		cmocka_unit_test(wear_is_spread),
		cmocka_unit_test(a_forgotten_request_is_not_answered),
		cmocka_unit_test(a_large_medium_takes_little_memory),
		cmocka_unit_test(impossible_flash_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
