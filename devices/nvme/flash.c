/* SPDX-License-Identifier: MIT */
/* Creation: what a configuration makes of a capacity, and what is in the counters. */
#include "devices/nvme/flash.h"

#include <stdio.h>
#include <stdlib.h>

#include "devices/nvme/flash_internal.h"

#define PERCENT        100u
#define BLOCKS_ENOUGH  256u        /* of a die: shorter blocks until there are as many */
#define PAGES_LEAST    8u          /* rows of cells of a block */
#define DIES_MOST      4096u
#define PLANES_MOST    16u
#define FREE_WHEN_PRESSED 2u
#define LAYOUT_BEYOND  3u          /* blocks beside collection's: two open ones and a free one */

static const char *mistake(const struct flash_cfg *cfg)
{
	if (!cfg->channels || !cfg->packages || !cfg->dies || !cfg->planes || !cfg->dies_at_once)
		return "channels, packages, dies, planes and dies at once must be at least 1";
	if ((uint64_t)cfg->channels * cfg->packages * cfg->dies > DIES_MOST)
		return "more than 4096 dies";
	if (cfg->planes > PLANES_MOST)
		return "more than 16 planes";
	if (!cfg->cell_bits || cfg->cell_bits > FLASH_CELL_BITS_MAX)
		return "1 to 3 bits per cell are possible";
	if (cfg->pages < PAGES_LEAST * cfg->cell_bits || cfg->pages % cfg->cell_bits)
		return "pages of a block: a multiple of the bits per cell, and at least 8 of them";
	if (!cfg->unit_bytes || cfg->unit_bytes % 512 || !cfg->page_bytes ||
	    cfg->page_bytes % cfg->unit_bytes)
		return "units are whole sectors, and pages whole units";
	if (cfg->gc_blocks < 2)
		return "collection needs at least two blocks";
	if (!cfg->channel_bits_per_second || !cfg->reads_first)
		return "the channel's rate and the reads that go first must not be 0";
	if (cfg->link_bits_per_second && !cfg->link_payload)
		return "the link's payload must not be 0";
	return NULL;
}

static int make_shape(struct sim *sim, const char *name, const struct flash_cfg *cfg,
		      uint64_t capacity_bytes, struct flash_shape *shape)
{
	uint64_t units = (capacity_bytes + cfg->unit_bytes - 1) / cfg->unit_bytes, die_units;
	uint64_t blocks;
	uint32_t pages = cfg->pages;

	shape->dies = cfg->channels * cfg->packages * cfg->dies;
	shape->page_units = cfg->page_bytes / cfg->unit_bytes;
	shape->row_units = shape->page_units * cfg->planes;
	shape->program_units = shape->row_units * (cfg->one_shot ? cfg->cell_bits : 1);
	die_units = (units + shape->dies - 1) / shape->dies;
	die_units = die_units * (PERCENT + cfg->spare_percent) / PERCENT + 1;
	while (die_units / ((uint64_t)pages * shape->row_units) < BLOCKS_ENOUGH &&
	       pages / 2 >= PAGES_LEAST * cfg->cell_bits && pages / 2 % cfg->cell_bits == 0 &&
	       pages % 2 == 0)
		pages /= 2;
	shape->block_units = pages * shape->row_units;
	/* A tiny medium has more spare blocks than it should, rather than none. */
	blocks = (die_units + shape->block_units - 1) / shape->block_units;
	if (blocks < die_units * PERCENT / (PERCENT + cfg->spare_percent) / shape->block_units + 1 +
			     cfg->gc_blocks + LAYOUT_BEYOND)
		blocks = die_units * PERCENT / (PERCENT + cfg->spare_percent) /
				 shape->block_units + 1 + cfg->gc_blocks + LAYOUT_BEYOND;
	if (blocks * shape->dies * shape->block_units >= FLASH_PLACES)
		return sim_fail(sim, SIM_ERR_CONFIG, "%s: too large for units of %u bytes", name,
				cfg->unit_bytes);
	shape->blocks = (uint32_t)blocks;
	shape->units = (uint32_t)units;
	return SIM_OK;
}

static uint64_t count_reads(void *ctx)
{
	return flash_array_counts(((struct flash *)ctx)->array)->reads;
}

static uint64_t count_programs(void *ctx)
{
	return flash_array_counts(((struct flash *)ctx)->array)->programs;
}

static uint64_t count_erases(void *ctx)
{
	return flash_array_counts(((struct flash *)ctx)->array)->erases;
}

static uint64_t count_suspensions(void *ctx)
{
	return flash_array_counts(((struct flash *)ctx)->array)->suspensions;
}

static uint64_t count_multi_plane(void *ctx)
{
	return flash_array_counts(((struct flash *)ctx)->array)->multi_plane_reads;
}

static uint64_t count_blocks(void *ctx)
{
	return ((struct flash *)ctx)->collected_blocks;
}

static uint64_t count_units(void *ctx)
{
	return ((struct flash *)ctx)->collected_units;
}

static uint64_t count_hits(void *ctx)
{
	return ((struct flash *)ctx)->buffer_hits;
}

static uint64_t count_buffered(void *ctx)
{
	return ((struct flash *)ctx)->buffer_units;
}

static uint64_t count_misses(void *ctx)
{
	struct flash *flash = ctx;

	return flash->cache ? flash_cache_misses(flash->cache) : 0;
}

static uint64_t table_bytes(void *ctx)
{
	struct flash *flash = ctx;

	return flash->tables_bytes + flash_map_bytes(flash->map);
}

static void register_stats(struct flash *flash, const char *name)
{
	static const struct {
		const char *name;
		uint64_t (*fn)(void *ctx);
	} counters[] = {
		{ "flash.reads", count_reads },
		{ "flash.programs", count_programs },
		{ "flash.erases", count_erases },
		{ "flash.suspensions", count_suspensions },
		{ "flash.multi_plane_reads", count_multi_plane },
		{ "gc.blocks", count_blocks },
		{ "gc.units", count_units },
		{ "buffer.hits", count_hits },
		{ "buffer.units", count_buffered },
		{ "map.misses", count_misses },
	};
	char text[128];

	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
		snprintf(text, sizeof(text), "%s.%s", name, counters[i].name);
		stats_counter_fn(flash->sim->stats, text, counters[i].fn, flash);
	}
	snprintf(text, sizeof(text), "%s.wear.most", name);
	stats_level_fn(flash->sim->stats, text, flash_most_worn, flash);
	snprintf(text, sizeof(text), "%s.flash.bytes", name);
	stats_level_fn(flash->sim->stats, text, table_bytes, flash);
}

static bool allocate(struct flash *flash)
{
	const struct flash_shape *shape = &flash->shape;
	const struct flash_cfg *cfg = &flash->cfg;
	size_t blocks = (size_t)shape->dies * shape->blocks;

	flash->array = flash_array_create(flash->sim, &flash->cfg);
	flash->map = flash_map_create(shape->units);
	/* Random writes that never pause leave the host one block and collection another. */
	flash->layout = flash_layout_create(&flash->cfg, &flash->shape,
					    cfg->precondition == FLASH_RANDOM ? FREE_WHEN_PRESSED
									      : cfg->gc_blocks);
	flash->block = calloc(blocks, sizeof(*flash->block));
	flash->die = calloc(shape->dies, sizeof(*flash->die));
	flash->tables_bytes = blocks * sizeof(*flash->block);
	if (cfg->map_cache_bytes)
		flash->cache = flash_cache_create(
			(uint32_t)(cfg->map_cache_bytes / cfg->page_bytes));
	return flash->array && flash->map && flash->layout && flash->block && flash->die &&
	       (flash->cache || !cfg->map_cache_bytes) && flash_buffer_init(flash) == SIM_OK &&
	       flash_gc_init(flash) == SIM_OK;
}

int flash_create(struct flash **out, struct sim *sim, const char *name, const struct flash_cfg *cfg,
		 uint64_t capacity_bytes)
{
	const char *wrong = mistake(cfg);
	struct flash *flash;
	int err;

	*out = NULL;
	if (wrong)
		return sim_fail(sim, SIM_ERR_CONFIG, "%s: flash: %s", name, wrong);
	flash = calloc(1, sizeof(*flash));
	if (!flash)
		return sim_fail(sim, SIM_ERR_MEMORY, "%s: out of memory", name);
	flash->sim = sim;
	flash->cfg = *cfg;
	err = make_shape(sim, name, cfg, capacity_bytes, &flash->shape);
	if (!err && cfg->buffer_bytes / cfg->unit_bytes < 2 * flash->shape.program_units)
		err = sim_fail(sim, SIM_ERR_CONFIG, "%s: the write buffer must hold two programs",
			       name);
	if (!err && cfg->buffer_bytes / cfg->unit_bytes > FLASH_SLOTS)
		err = sim_fail(sim, SIM_ERR_CONFIG, "%s: the write buffer is too large", name);
	if (!err && !allocate(flash))
		err = sim_fail(sim, SIM_ERR_MEMORY, "%s: out of memory", name);
	if (err) {
		flash_destroy(flash);
		return err;
	}
	flash_blocks_init(flash);
	register_stats(flash, name);
	*out = flash;
	return SIM_OK;
}

static void free_units(struct flash *flash)
{
	for (size_t i = 0; flash->block && i < (size_t)flash->shape.dies * flash->shape.blocks; i++)
		free(flash->block[i].unit);
}

void flash_destroy(struct flash *flash)
{
	if (!flash)
		return;
	flash_request_cancel(flash);
	flash_array_destroy(flash->array);
	flash_map_destroy(flash->map);
	flash_layout_destroy(flash->layout);
	flash_cache_destroy(flash->cache);
	free_units(flash);
	flash_buffer_free(flash);
	flash_gc_free(flash);
	while (flash->slabs) {
		struct flash_slab *next = flash->slabs->next;

		free(flash->slabs);
		flash->slabs = next;
	}
	free(flash->block);
	free(flash->die);
	free(flash);
}

const struct flash_shape *flash_shape(const struct flash *flash)
{
	return &flash->shape;
}

void flash_trim(struct flash *flash, uint64_t offset, uint64_t bytes)
{
	uint64_t first = (offset + flash->cfg.unit_bytes - 1) / flash->cfg.unit_bytes;
	uint64_t end = (offset + bytes) / flash->cfg.unit_bytes;

	if (first == 0 && end >= flash->shape.units) {
		flash_map_clear(flash->map);
		for (size_t i = 0; i < (size_t)flash->shape.dies * flash->shape.blocks; i++)
			flash->block[i].valid = 0;
		return;
	}
	for (uint64_t unit = first; unit < end; unit++) {
		flash_drop(flash, (uint32_t)unit);
		flash_set(flash, (uint32_t)unit, FLASH_NOWHERE);
	}
}
