/* SPDX-License-Identifier: MIT */
/* What a command asks of the flash: step by step from the controller's firmware to its link. */
#include <stdlib.h>

#include "devices/nvme/flash_internal.h"
#include "model/core/assert.h"

#define SLAB_ENTRIES  64u
#define ENTRY_BYTES   4u           /* of the mapping table */

static void go_on(struct flash_request *request);

/* ---- memory ---- */

void *flash_slab_take(struct flash *flash, size_t bytes)
{
	struct flash_slab *slab = calloc(1, sizeof(*slab) + bytes);

	ASSERT(slab);
	slab->next = flash->slabs;
	flash->slabs = slab;
	return slab->memory;
}

static void event(void *ctx)
{
	go_on(ctx);
}

static struct flash_request *request_take(struct flash *flash)
{
	struct flash_request *request;

	if (!flash->requests) {
		request = flash_slab_take(flash, SLAB_ENTRIES * sizeof(*request));
		for (unsigned i = 0; i < SLAB_ENTRIES; i++) {
			request[i].flash = flash;
			request[i].known = flash->known;
			flash->known = &request[i];
			event_init(&request[i].event, "flash.request", PHASE_DEVICE, event,
				   &request[i]);
			request[i].next = flash->requests;
			flash->requests = &request[i];
		}
	}
	request = flash->requests;
	flash->requests = request->next;
	return request;
}

static struct flash_read *read_take(struct flash *flash)
{
	struct flash_read *read;

	if (!flash->reads) {
		read = flash_slab_take(flash, SLAB_ENTRIES * sizeof(*read));
		for (unsigned i = 0; i < SLAB_ENTRIES; i++) {
			read[i].known = flash->known_reads;
			flash->known_reads = &read[i];
			read[i].next = flash->reads;
			flash->reads = &read[i];
		}
	}
	read = flash->reads;
	flash->reads = read->next;
	return read;
}

static void finish(struct flash_request *request)
{
	struct flash *flash = request->flash;
	void (*done)(void *ctx) = request->done;
	void *ctx = request->ctx;

	request->step = FLASH_STEP_FREE;
	request->next = flash->requests;
	flash->requests = request;
	if (done)
		done(ctx);
}

/* ---- steps that are times ---- */

static void wait_for(struct flash_request *request, enum flash_step step, struct dur length)
{
	request->step = step;
	engine_schedule_in(request->flash->sim->engine, &request->event, length);
}

static void cross_link(struct flash_request *request, enum flash_step step, struct at *free)
{
	const struct flash_cfg *cfg = &request->flash->cfg;
	struct sim *sim = request->flash->sim;
	uint64_t bytes = request->bytes;

	request->step = step;
	if (!cfg->link_bits_per_second) {
		engine_schedule(sim->engine, &request->event, sim_now(sim));
		return;
	}
	bytes += (bytes + cfg->link_payload - 1) / cfg->link_payload * cfg->link_overhead;
	*free = at_add(at_max(*free, sim_now(sim)),
		       dur_of_bytes(bytes, cfg->link_bits_per_second));
	engine_schedule(sim->engine, &request->event, *free);
}

/* ---- reads ---- */

static void was_read(void *ctx, struct flash_op *op)
{
	struct flash_read *read = ctx;
	struct flash_request *request = read->request;

	read->next = request->flash->reads;
	request->flash->reads = read;
	if (!--request->left)
		go_on(request);
}

static struct flash_op *new_read(struct flash_request *request)
{
	struct flash_read *read = read_take(request->flash);

	read->request = request;
	read->op = (struct flash_op){ .done = was_read, .ctx = read };
	request->left++;
	return &read->op;
}

/* Bytes of the range that lie in units first..last. */
static uint32_t bytes_in(const struct flash_request *request, uint64_t first, uint64_t last)
{
	uint32_t unit = request->flash->cfg.unit_bytes;
	uint64_t from = first * unit, to = (last + 1) * unit;

	if (from < request->offset)
		from = request->offset;
	if (to > request->offset + request->bytes)
		to = request->offset + request->bytes;
	return (uint32_t)(to - from);
}

/* Pages of the table that are not in the controller's memory are read first, from a die that their
 * number chooses. False: there are none. */
static bool read_map(struct flash_request *request)
{
	struct flash *flash = request->flash;
	const struct flash_cfg *cfg = &flash->cfg;
	uint32_t entries = cfg->page_bytes / ENTRY_BYTES;
	uint64_t first = request->offset / cfg->unit_bytes / entries;
	uint64_t last = (request->offset + request->bytes - 1) / cfg->unit_bytes / entries;

	if (!flash->cache)
		return false;
	for (uint64_t page = first; page <= last; page++) {
		struct flash_op *op;

		if (flash_cache_touch(flash->cache, (uint32_t)page))
			continue;
		op = new_read(request);
		op->kind = FLASH_READ;
		op->die = (uint16_t)(page % flash->shape.dies);
		op->row = UINT32_MAX;
		op->bytes = cfg->page_bytes;
		flash_array_submit(flash->array, op);
	}
	return request->left;
}

/* One read for neighbouring units of one page. False: nothing of it is in flash. */
static bool read_units(struct flash_request *request)
{
	struct flash *flash = request->flash;
	uint32_t first = (uint32_t)(request->offset / flash->cfg.unit_bytes);
	uint32_t last = (uint32_t)((request->offset + request->bytes - 1) / flash->cfg.unit_bytes);

	for (uint32_t unit = first; unit <= last; ) {
		uint32_t place = flash_where(flash, unit), from = unit++;
		struct flash_op *op;

		if (place >= FLASH_PLACES) {
			flash->buffer_hits += place < FLASH_INITIAL;
			continue;
		}
		while (unit <= last && flash_where(flash, unit) == place + (unit - from) &&
		       (place + (unit - from)) % flash->shape.page_units)
			unit++;
		op = new_read(request);
		flash_read_op(flash, op, place, bytes_in(request, from, unit - 1));
		flash_array_submit(flash->array, op);
	}
	return request->left;
}

/* ---- steps ---- */

static void accepted(struct flash_request *request)
{
	wait_for(request, FLASH_STEP_BUFFER, request->flash->cfg.buffer_access);
}

static void write_units(struct flash_request *request)
{
	struct flash *flash = request->flash;
	struct flash_buffer *buffer = &flash->buffer;

	if (!buffer->room_head && flash_buffer_write(flash, request)) {
		accepted(request);
		flash_buffer_drain(flash);
		return;
	}
	request->step = FLASH_STEP_ROOM;
	request->next = NULL;
	if (buffer->room_head)
		buffer->room_tail->next = request;
	else
		buffer->room_head = request;
	buffer->room_tail = request;
}

static void mapped(struct flash_request *request)
{
	struct flash *flash = request->flash;
	bool busy;

	if (request->kind == FLASH_REQUEST_WRITE) {
		write_units(request);
		return;
	}
	request->step = FLASH_STEP_FLASH;
	flash_array_hold(flash->array);
	busy = read_units(request);
	flash_array_release(flash->array);
	if (!busy)
		accepted(request);
}

static void wait_durable(struct flash_request *request)
{
	request->step = FLASH_STEP_DURABLE;
	if (!flash_buffer_wait(request->flash, request))
		finish(request);
}

static void controller_done(struct flash_request *request)
{
	if (request->kind == FLASH_REQUEST_TRIM) {
		finish(request);
		return;
	}
	if (request->kind == FLASH_REQUEST_FLUSH) {
		wait_durable(request);
		return;
	}
	request->step = FLASH_STEP_MAP;
	if (!read_map(request))
		mapped(request);
}

static void buffer_done(struct flash_request *request)
{
	if (request->kind == FLASH_REQUEST_READ)
		cross_link(request, FLASH_STEP_LINK_OUT, &request->flash->link_out_free);
	else if (request->forced)
		wait_durable(request);
	else
		finish(request);
}

/* Its step is over. */
static void go_on(struct flash_request *request)
{
	switch (request->step) {
	case FLASH_STEP_LINK_IN:
		wait_for(request, FLASH_STEP_CONTROLLER, request->flash->cfg.controller_write);
		break;
	case FLASH_STEP_CONTROLLER:
		controller_done(request);
		break;
	case FLASH_STEP_MAP:
		mapped(request);
		break;
	case FLASH_STEP_FLASH:
		cross_link(request, FLASH_STEP_LINK_OUT, &request->flash->link_out_free);
		break;
	case FLASH_STEP_BUFFER:
		buffer_done(request);
		break;
	case FLASH_STEP_LINK_OUT:
		finish(request);
		break;
	case FLASH_STEP_FREE:
	case FLASH_STEP_ROOM:
	case FLASH_STEP_DURABLE:
		ASSERT(!"this step has no end of its own");
	}
}

void flash_request_room(struct flash_request *request)
{
	accepted(request);
}

void flash_request_durable(struct flash_request *request)
{
	finish(request);
}

struct flash_request *flash_start(struct flash *flash, enum flash_request_kind kind,
				  uint64_t offset, uint64_t bytes, bool forced,
				  void (*done)(void *ctx), void *ctx)
{
	struct flash_request *request = request_take(flash);

	request->kind = kind;
	request->offset = offset;
	request->bytes = bytes;
	request->forced = forced;
	request->left = 0;
	request->version = 0;
	request->done = done;
	request->ctx = ctx;
	if (kind == FLASH_REQUEST_READ)
		wait_for(request, FLASH_STEP_CONTROLLER, flash->cfg.controller_read);
	else if (kind == FLASH_REQUEST_WRITE)
		cross_link(request, FLASH_STEP_LINK_IN, &flash->link_in_free);
	else
		wait_for(request, FLASH_STEP_CONTROLLER, flash->cfg.controller_write);
	return request;
}

/* Takes every event out of the engine. */
void flash_request_cancel(struct flash *flash)
{
	for (struct flash_request *each = flash->known; each; each = each->known)
		engine_cancel(flash->sim->engine, &each->event);
}

/* Every request is free again, and nobody is told. */
void flash_request_stop(struct flash *flash)
{
	flash_request_cancel(flash);
	flash->requests = NULL;
	for (struct flash_request *each = flash->known; each; each = each->known) {
		each->step = FLASH_STEP_FREE;
		each->done = NULL;
		each->next = flash->requests;
		flash->requests = each;
	}
	flash->reads = NULL;
	for (struct flash_read *each = flash->known_reads; each; each = each->known) {
		each->next = flash->reads;
		flash->reads = each;
	}
	flash->link_in_free = flash->link_out_free = sim_now(flash->sim);
}

void flash_tag(struct flash_request *request, uint64_t version)
{
	request->version = version;
}

void flash_forget(struct flash_request *request)
{
	request->done = NULL;
}
