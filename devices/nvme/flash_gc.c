/* SPDX-License-Identifier: MIT */
/* Greedy garbage collection, die by die: the block with the fewest valid units. */
#include <stdlib.h>

#include "devices/nvme/flash_internal.h"
#include "model/core/assert.h"

static void next_step(struct flash_gc *gc);

static struct flash_block *victim_of(const struct flash_gc *gc)
{
	return &gc->flash->block[gc->die * gc->flash->shape.blocks + gc->victim];
}

static uint32_t victim_place(const struct flash_gc *gc, uint32_t position)
{
	const struct flash_shape *shape = &gc->flash->shape;

	return (gc->die * shape->blocks + gc->victim) * shape->block_units + position;
}

static bool still_there(const struct flash_gc *gc, uint32_t unit, uint32_t place)
{
	uint32_t value = flash_map_get(gc->flash->map, unit);

	return value == place || (value == FLASH_INITIAL && victim_of(gc)->initial);
}

/* ---- the block is empty ---- */

static void erased(void *ctx, struct flash_op *op)
{
	struct flash_gc *gc = ctx;
	struct flash *flash = gc->flash;
	struct flash_block *block = victim_of(gc);

	if (block->unit)
		flash->tables_bytes -= flash->shape.block_units * sizeof(*block->unit);
	free(block->unit);
	block->unit = NULL;
	block->initial = false;
	block->state = FLASH_BLOCK_FREE;
	block->erases++;
	flash->die[gc->die].free_blocks++;
	flash->collected_blocks++;
	gc->running = false;
	flash_gc_check(flash, gc->die);
	flash_buffer_drain(flash);
}

static void erase(struct flash_gc *gc)
{
	gc->op = (struct flash_op){
		.kind = FLASH_ERASE,
		.collects = true,
		.die = (uint16_t)gc->die,
		.planes = (uint8_t)gc->flash->cfg.planes,
		.done = erased,
		.ctx = gc,
	};
	flash_array_submit(gc->flash->array, &gc->op);
}

/* ---- moving what is valid ---- */

static void programmed(void *ctx, struct flash_op *op)
{
	struct flash_gc *gc = ctx;

	gc->programming = false;
	flash_block_at(gc->flash, gc->to)->pending--;
	for (unsigned i = 0; i < gc->gathered; i++) {
		/* Written or deallocated meanwhile: the copy is dead. */
		if (!still_there(gc, gc->unit[i], gc->from[i]))
			continue;
		victim_of(gc)->valid--;
		flash_settle(gc->flash, gc->unit[i], gc->to + i);
		gc->flash->collected_units++;
	}
	next_step(gc);
}

static void program(struct flash_gc *gc)
{
	unsigned kept = 0;
	bool ok;

	for (unsigned i = 0; i < gc->gathered; i++) {
		if (!still_there(gc, gc->unit[i], gc->from[i]))
			continue;
		gc->unit[kept] = gc->unit[i];
		gc->from[kept++] = gc->from[i];
	}
	gc->gathered = kept;
	if (!kept) {
		next_step(gc);
		return;
	}
	/* Collection begins while there are at least two free blocks, and one is kept for it. */
	ok = flash_take(gc->flash, gc->die, FLASH_STREAM_COLLECT, &gc->to);
	ASSERT(ok);
	gc->programming = true;
	gc->op = (struct flash_op){ .collects = true, .done = programmed, .ctx = gc };
	flash_program_op(gc->flash, &gc->op, gc->to);
	flash_array_submit(gc->flash->array, &gc->op);
}

static void was_read(void *ctx, struct flash_op *op)
{
	struct flash_gc *gc = ctx;

	if (!--gc->reading)
		program(gc);
}

static void gather(struct flash_gc *gc)
{
	const struct flash_shape *shape = &gc->flash->shape;

	gc->gathered = 0;
	for (; gc->scan < shape->block_units && gc->gathered < shape->program_units; gc->scan++) {
		uint32_t place = victim_place(gc, gc->scan);
		uint32_t unit = flash_owner(gc->flash, place);

		if (unit == FLASH_NO_UNIT || !still_there(gc, unit, place)) {
			gc->flash->die[gc->die].owed--;
			continue;
		}
		gc->unit[gc->gathered] = unit;
		gc->from[gc->gathered++] = place;
	}
}

/* One read for the gathered units of each page. */
static void read_gathered(struct flash_gc *gc)
{
	struct flash *flash = gc->flash;
	unsigned count = 0;

	for (unsigned i = 0; i < gc->gathered; ) {
		uint32_t page = gc->from[i] / flash->shape.page_units;
		struct flash_op *op = &gc->read[count++].op;
		unsigned first = i;

		while (i < gc->gathered && gc->from[i] / flash->shape.page_units == page)
			i++;
		*op = (struct flash_op){ .collects = true, .done = was_read, .ctx = gc };
		flash_read_op(flash, op, gc->from[first], (i - first) * flash->cfg.unit_bytes);
	}
	gc->reading = count;
	flash_array_hold(flash->array);
	for (unsigned i = 0; i < count; i++)
		flash_array_submit(flash->array, &gc->read[i].op);
	flash_array_release(flash->array);
}

/* Once the host has opened the last block it may have, collection goes first as long as it has passed
 * fewer dead units than the host has used up. So neither waits for a whole block of the other. */
static void set_pace(struct flash_gc *gc)
{
	struct flash_die *die = &gc->flash->die[gc->die];

	if (die->free_blocks > 1)
		die->owed = 0;
	flash_array_urgent(gc->flash->array, gc->die, die->owed > 0);
}

static void next_step(struct flash_gc *gc)
{
	gather(gc);
	set_pace(gc);
	if (gc->gathered)
		read_gathered(gc);
	else
		erase(gc);
}

/* Blocks with programs under way do not count what those will make valid, and cannot be victims. */
static uint32_t choose(struct flash *flash, uint32_t die)
{
	const struct flash_block *blocks = &flash->block[die * flash->shape.blocks];
	uint32_t best = UINT32_MAX;

	for (uint32_t b = 0; b < flash->shape.blocks; b++) {
		if (blocks[b].state == FLASH_BLOCK_FULL && !blocks[b].pending &&
		    (best == UINT32_MAX || blocks[b].valid < blocks[best].valid))
			best = b;
	}
	/* A full one gains nothing. */
	if (best != UINT32_MAX && blocks[best].valid == flash->shape.block_units)
		return UINT32_MAX;
	return best;
}

void flash_gc_check(struct flash *flash, uint32_t die)
{
	struct flash_gc *gc = &flash->die[die].gc;
	uint32_t free_blocks = flash->die[die].free_blocks;

	if (gc->running)
		set_pace(gc);
	if (gc->running || free_blocks >= flash->cfg.gc_blocks)
		return;
	gc->victim = choose(flash, die);
	if (gc->victim == UINT32_MAX)
		return;
	gc->running = true;
	gc->scan = 0;
	set_pace(gc);
	next_step(gc);
}

/* Collection under way is forgotten: what was not moved is still where it was. */
void flash_gc_stop(struct flash *flash)
{
	for (uint32_t i = 0; i < flash->shape.dies; i++) {
		struct flash_gc *gc = &flash->die[i].gc;

		if (gc->programming)
			flash_block_at(flash, gc->to)->pending--;
		gc->programming = gc->running = false;
		gc->gathered = gc->reading = 0;
		flash->die[i].owed = 0;
	}
}

int flash_gc_init(struct flash *flash)
{
	uint32_t units = flash->shape.program_units;

	for (uint32_t i = 0; i < flash->shape.dies; i++) {
		struct flash_gc *gc = &flash->die[i].gc;

		gc->flash = flash;
		gc->die = i;
		gc->unit = calloc(units, sizeof(*gc->unit));
		gc->from = calloc(units, sizeof(*gc->from));
		gc->read = calloc(units, sizeof(*gc->read));
		if (!gc->unit || !gc->from || !gc->read)
			return SIM_ERR_MEMORY;
	}
	return SIM_OK;
}

void flash_gc_free(struct flash *flash)
{
	for (uint32_t i = 0; flash->die && i < flash->shape.dies; i++) {
		free(flash->die[i].gc.unit);
		free(flash->die[i].gc.from);
		free(flash->die[i].gc.read);
	}
}
