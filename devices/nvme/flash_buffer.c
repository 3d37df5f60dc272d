/* SPDX-License-Identifier: MIT */
/* The write buffer: units wait in it until a whole program's worth of them is there, or until someone
 * wants them to be durable. A unit that is written again before that takes no further slot. */
#include <stdlib.h>

#include "devices/nvme/flash_internal.h"
#include "model/core/assert.h"

#define NONE              UINT32_MAX
#define PROGRAMS_WAITING  1u      /* of the buffer, at one die; further ones choose another die */
#define PROGRAMS_PER_DIE  3u      /* waiting, on the channel or in the die, suspended */

/* ---- slots in use, in order of arrival ---- */

static uint32_t slot_take(struct flash_buffer *buffer, uint32_t unit)
{
	uint32_t number = buffer->free[buffer->slots - ++buffer->used];
	struct flash_slot *slot = &buffer->slot[number];

	*slot = (struct flash_slot){ .unit = unit, .newer = NONE, .older = buffer->newest,
				     .order = ++buffer->order, .state = FLASH_SLOT_WAITS };
	if (buffer->newest != NONE)
		buffer->slot[buffer->newest].newer = number;
	else
		buffer->oldest = number;
	buffer->newest = number;
	buffer->waits[(buffer->waits_head + buffer->waits_count++) % buffer->slots] = number;
	return number;
}

static void slot_free(struct flash_buffer *buffer, uint32_t number)
{
	struct flash_slot *slot = &buffer->slot[number];

	if (slot->older != NONE)
		buffer->slot[slot->older].newer = slot->newer;
	else
		buffer->oldest = slot->newer;
	if (slot->newer != NONE)
		buffer->slot[slot->newer].older = slot->older;
	else
		buffer->newest = slot->older;
	slot->state = FLASH_SLOT_FREE;
	buffer->free[buffer->slots - buffer->used--] = number;
}

/* ---- programs ---- */

static void wake(struct flash *flash)
{
	struct flash_buffer *buffer = &flash->buffer;
	struct flash_request *request;

	while ((request = buffer->durable_head)) {
		if (buffer->oldest != NONE && buffer->slot[buffer->oldest].order <= request->order)
			break;
		buffer->durable_head = request->next;
		flash_request_durable(request);
	}
	while ((request = buffer->room_head) && flash_buffer_write(flash, request)) {
		buffer->room_head = request->next;
		flash_request_room(request);
	}
}

static void tell_durable(struct flash *flash, const struct flash_slot *slot)
{
	const struct flash_cfg *cfg = &flash->cfg;

	if (cfg->durable)
		cfg->durable(cfg->durable_ctx, (uint64_t)slot->unit * cfg->unit_bytes,
			     cfg->unit_bytes, slot->version);
}

static void programmed(void *ctx, struct flash_op *op)
{
	struct flash_program *program = ctx;
	struct flash *flash = program->flash;
	struct flash_buffer *buffer = &flash->buffer;

	flash_block_at(flash, program->place)->pending--;
	for (unsigned i = 0; i < program->count; i++) {
		uint32_t number = program->slot[i], unit = buffer->slot[number].unit;

		tell_durable(flash, &buffer->slot[number]);

		/* Written again or deallocated meanwhile: what was programmed is dead. */
		if (flash_map_get(flash->map, unit) == FLASH_PLACES + number)
			flash_settle(flash, unit, program->place + i);
		slot_free(buffer, number);
	}
	flash->buffer_units += program->count;
	program->count = 0;
	program->next = buffer->programs;
	buffer->programs = program;
	flash_gc_check(flash, op->die);
	wake(flash);
	flash_buffer_drain(flash);
}

/* The next die in turn that can take a program soon, and has a block for it. */
static bool find_place(struct flash *flash, uint32_t *place)
{
	struct flash_buffer *buffer = &flash->buffer;

	for (unsigned i = 0; i < flash->shape.dies; i++) {
		unsigned die = buffer->turn;

		buffer->turn = die + 1 == flash->shape.dies ? 0 : die + 1;
		if (flash_array_programs(flash->array, die) < PROGRAMS_WAITING &&
		    flash_take(flash, die, FLASH_STREAM_HOST, place))
			return true;
	}
	return false;
}

static bool wanted(const struct flash_buffer *buffer)
{
	const struct flash_slot *first = &buffer->slot[buffer->waits[buffer->waits_head]];

	return buffer->waits_count && first->order <= buffer->durable_wanted;
}

void flash_buffer_drain(struct flash *flash)
{
	struct flash_buffer *buffer = &flash->buffer;
	uint32_t full = flash->shape.program_units;

	while (buffer->programs && (buffer->waits_count >= full || wanted(buffer))) {
		struct flash_program *program = buffer->programs;
		uint32_t place;

		if (!find_place(flash, &place))
			return;
		buffer->programs = program->next;
		program->place = place;
		program->count = buffer->waits_count < full ? buffer->waits_count : full;
		for (unsigned i = 0; i < program->count; i++) {
			program->slot[i] = buffer->waits[buffer->waits_head];
			buffer->slot[program->slot[i]].state = FLASH_SLOT_PROGRAMMED;
			buffer->waits_head = (buffer->waits_head + 1) % buffer->slots;
			buffer->waits_count--;
		}
		program->op = (struct flash_op){ .done = programmed, .ctx = program };
		flash_program_op(flash, &program->op, place);
		flash_array_submit(flash->array, &program->op);
	}
}

/* ---- requests ---- */

/* A slot that waits holds the newest data of its unit, and can take newer ones. */
static bool can_overwrite(const struct flash *flash, uint32_t value)
{
	return value >= FLASH_PLACES && value < FLASH_INITIAL &&
	       flash->buffer.slot[value - FLASH_PLACES].state == FLASH_SLOT_WAITS;
}

bool flash_buffer_write(struct flash *flash, struct flash_request *request)
{
	struct flash_buffer *buffer = &flash->buffer;
	uint32_t first = (uint32_t)(request->offset / flash->cfg.unit_bytes), need = 0;
	uint32_t last = (uint32_t)((request->offset + request->bytes - 1) / flash->cfg.unit_bytes);

	for (uint32_t unit = first; unit <= last; unit++)
		need += !can_overwrite(flash, flash_map_get(flash->map, unit));
	if (need > buffer->slots - buffer->used)
		return false;
	for (uint32_t unit = first; unit <= last; unit++) {
		uint32_t value = flash_map_get(flash->map, unit);
		struct flash_slot *slot;

		if (!can_overwrite(flash, value)) {
			flash_drop(flash, unit);
			value = FLASH_PLACES + slot_take(buffer, unit);
			flash_set(flash, unit, value);
		}
		slot = &buffer->slot[value - FLASH_PLACES];
		if (slot->version < request->version)
			slot->version = request->version;
		if (flash->cfg.buffer_protected)
			tell_durable(flash, slot);
	}
	return true;
}

bool flash_buffer_wait(struct flash *flash, struct flash_request *request)
{
	struct flash_buffer *buffer = &flash->buffer;

	if (flash->cfg.buffer_protected || buffer->oldest == NONE)
		return false;
	request->order = buffer->order;
	request->next = NULL;
	if (buffer->durable_head)
		buffer->durable_tail->next = request;
	else
		buffer->durable_head = request;
	buffer->durable_tail = request;
	buffer->durable_wanted = buffer->order;
	flash_buffer_drain(flash);
	return true;
}

static struct flash_program *program_at(const struct flash_buffer *buffer, size_t i)
{
	return (struct flash_program *)((char *)buffer->memory + i * buffer->program_bytes);
}

static void all_free(struct flash *flash)
{
	struct flash_buffer *buffer = &flash->buffer;

	buffer->oldest = buffer->newest = NONE;
	buffer->used = buffer->waits_head = buffer->waits_count = 0;
	for (uint32_t i = 0; i < buffer->slots; i++) {
		buffer->slot[i].state = FLASH_SLOT_FREE;
		buffer->free[i] = buffer->slots - 1 - i;
	}
	buffer->programs = NULL;
	for (size_t i = (size_t)flash->shape.dies * PROGRAMS_PER_DIE; i-- > 0; ) {
		struct flash_program *program = program_at(buffer, i);

		program->flash = flash;
		program->count = 0;
		program->next = buffer->programs;
		buffer->programs = program;
	}
}

/* A protected buffer is written back with what energy is left, in no time. */
static void save(struct flash *flash, const struct flash_program *program)
{
	struct flash_buffer *buffer = &flash->buffer;

	for (unsigned i = 0; i < program->count; i++) {
		uint32_t number = program->slot[i], unit = buffer->slot[number].unit;

		if (flash->cfg.buffer_protected &&
		    flash_map_get(flash->map, unit) == FLASH_PLACES + number)
			flash_settle(flash, unit, program->place + i);
	}
}

void flash_buffer_stop(struct flash *flash)
{
	struct flash_buffer *buffer = &flash->buffer;

	for (size_t i = 0; i < (size_t)flash->shape.dies * PROGRAMS_PER_DIE; i++) {
		struct flash_program *program = program_at(buffer, i);

		if (!program->count)
			continue;
		flash_block_at(flash, program->place)->pending--;
		save(flash, program);
	}
	for (uint32_t number = buffer->oldest; number != NONE;
	     number = buffer->slot[number].newer) {
		uint32_t unit = buffer->slot[number].unit;

		if (flash_map_get(flash->map, unit) == FLASH_PLACES + number)
			flash_set(flash, unit, FLASH_NOWHERE);
	}
	buffer->room_head = buffer->durable_head = NULL;
	all_free(flash);
}

int flash_buffer_init(struct flash *flash)
{
	struct flash_buffer *buffer = &flash->buffer;
	size_t bytes = sizeof(struct flash_program) + flash->shape.program_units * sizeof(uint32_t);
	size_t programs = (size_t)flash->shape.dies * PROGRAMS_PER_DIE;

	bytes = (bytes + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
	buffer->program_bytes = bytes;
	buffer->slots = (uint32_t)(flash->cfg.buffer_bytes / flash->cfg.unit_bytes);
	buffer->slot = calloc(buffer->slots, sizeof(*buffer->slot));
	buffer->free = calloc(buffer->slots, sizeof(*buffer->free));
	buffer->waits = calloc(buffer->slots, sizeof(*buffer->waits));
	buffer->memory = calloc(programs, bytes);
	if (!buffer->slot || !buffer->free || !buffer->waits || !buffer->memory)
		return SIM_ERR_MEMORY;
	all_free(flash);
	return SIM_OK;
}

void flash_buffer_free(struct flash *flash)
{
	free(flash->buffer.slot);
	free(flash->buffer.free);
	free(flash->buffer.waits);
	free(flash->buffer.memory);
}
