/* SPDX-License-Identifier: MIT */
/* Blocks: what is valid in them, which are free, where the next program goes. */
#include <stdlib.h>

#include "devices/nvme/flash_internal.h"
#include "model/core/assert.h"

#define COLLECTION_RESERVE 1u      /* free blocks that only collection may open */

struct flash_block *flash_block_at(struct flash *flash, uint32_t place)
{
	return &flash->block[place / flash->shape.block_units];
}

void flash_blocks_init(struct flash *flash)
{
	uint32_t place;

	for (uint32_t die = 0; die < flash->shape.dies; die++) {
		for (uint32_t b = 0; b < flash->shape.blocks; b++) {
			struct flash_block *block = &flash->block[die * flash->shape.blocks + b];

			block->valid = flash_layout_block_units(flash->layout, b);
			block->initial = block->valid;
			block->state = block->valid ? FLASH_BLOCK_FULL : FLASH_BLOCK_FREE;
			flash->die[die].free_blocks += !block->valid;
		}
	}
	for (uint32_t n = 0; (place = flash_layout_absent(flash->layout, n)) != UINT32_MAX; n++)
		flash_block_at(flash, place)->valid--;
}

uint32_t flash_where(struct flash *flash, uint32_t unit)
{
	uint32_t value = flash_map_get(flash->map, unit);

	if (value != FLASH_INITIAL)
		return value;
	if (flash->cfg.precondition == FLASH_FRESH)
		return FLASH_NOWHERE;
	return flash_layout_place(flash->layout, unit);
}

uint32_t flash_owner(struct flash *flash, uint32_t place)
{
	const struct flash_block *block = flash_block_at(flash, place);

	if (block->initial)
		return flash_layout_unit(flash->layout, place);
	return block->unit ? block->unit[place % flash->shape.block_units] : FLASH_NO_UNIT;
}

void flash_drop(struct flash *flash, uint32_t unit)
{
	uint32_t place = flash_where(flash, unit);

	if (place < FLASH_PLACES)
		flash_block_at(flash, place)->valid--;
}

/* A run without its tables cannot go on, and the host's memory is no part of the model. */
void flash_set(struct flash *flash, uint32_t unit, uint32_t value)
{
	bool ok = flash_map_set(flash->map, unit, value);

	ASSERT(ok);
}

void flash_settle(struct flash *flash, uint32_t unit, uint32_t place)
{
	struct flash_block *block = flash_block_at(flash, place);

	block->unit[place % flash->shape.block_units] = unit;
	block->valid++;
	flash_set(flash, unit, place);
}

/* The free block that was erased least often. */
static uint32_t least_worn(struct flash *flash, uint32_t die)
{
	struct flash_block *blocks = &flash->block[die * flash->shape.blocks];
	uint32_t best = UINT32_MAX;

	for (uint32_t b = 0; b < flash->shape.blocks; b++) {
		if (blocks[b].state == FLASH_BLOCK_FREE &&
		    (best == UINT32_MAX || blocks[b].erases < blocks[best].erases))
			best = b;
	}
	return best;
}

static bool open_block(struct flash *flash, uint32_t number, enum flash_stream stream)
{
	struct flash_die *die = &flash->die[number];
	struct flash_block *block;
	uint32_t units = flash->shape.block_units;

	if (die->free_blocks <= (stream == FLASH_STREAM_HOST ? COLLECTION_RESERVE : 0))
		return false;
	die->open[stream] = (struct flash_open){ .open = true, .block = least_worn(flash, number) };
	block = &flash->block[number * flash->shape.blocks + die->open[stream].block];
	block->unit = malloc(units * sizeof(*block->unit));
	ASSERT(block->unit);
	for (uint32_t i = 0; i < units; i++)
		block->unit[i] = FLASH_NO_UNIT;
	flash->tables_bytes += units * sizeof(*block->unit);
	block->state = FLASH_BLOCK_OPEN;
	die->free_blocks--;
	return true;
}

bool flash_take(struct flash *flash, uint32_t number, enum flash_stream stream, uint32_t *place)
{
	struct flash_open *open = &flash->die[number].open[stream];
	struct flash_block *block;
	uint32_t b;

	if (!open->open && !open_block(flash, number, stream))
		return false;
	b = number * flash->shape.blocks + open->block;
	block = &flash->block[b];
	*place = b * flash->shape.block_units + open->next;
	block->pending++;
	if (stream == FLASH_STREAM_HOST)
		flash->die[number].owed += flash->shape.program_units;
	open->next += flash->shape.program_units;
	if (open->next == flash->shape.block_units) {
		block->state = FLASH_BLOCK_FULL;
		open->open = false;
	}
	flash_gc_check(flash, number);
	return true;
}

/* All planes at once; one_shot: all page types of the row of cells. */
void flash_program_op(struct flash *flash, struct flash_op *op, uint32_t place)
{
	const struct flash_cfg *cfg = &flash->cfg;
	uint32_t page = place % flash->shape.block_units / flash->shape.row_units;

	op->kind = FLASH_PROGRAM;
	op->die = (uint16_t)(place / flash->shape.block_units / flash->shape.blocks);
	op->planes = (uint8_t)cfg->planes;
	op->type = (uint8_t)(cfg->one_shot ? cfg->cell_bits - 1 : page % cfg->cell_bits);
	op->bytes = flash->shape.program_units * cfg->unit_bytes;
}

void flash_read_op(struct flash *flash, struct flash_op *op, uint32_t place, uint32_t bytes)
{
	uint32_t row = place / flash->shape.row_units;

	op->kind = FLASH_READ;
	op->die = (uint16_t)(place / flash->shape.block_units / flash->shape.blocks);
	op->plane = (uint8_t)(place % flash->shape.row_units / flash->shape.page_units);
	op->row = row;
	op->type = (uint8_t)(place % flash->shape.block_units / flash->shape.row_units %
			     flash->cfg.cell_bits);
	op->bytes = bytes;
}

uint64_t flash_most_worn(void *ctx)
{
	struct flash *flash = ctx;
	uint64_t most = 0;

	for (uint32_t i = 0; i < flash->shape.dies * flash->shape.blocks; i++) {
		if (flash->block[i].erases > most)
			most = flash->block[i].erases;
	}
	return most;
}
