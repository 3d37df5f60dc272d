/* SPDX-License-Identifier: MIT */
/* What the trace tells, sorted to the devices and cores it is about. */
#include "model/machine/spans.h"

#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/machine/spans_internal.h"

#define PLACES 4096u                 /* pairs of point and source; a power of two */

enum kind {
	OTHER,
	FRAME_RING,
	NIC_RAISE,
	CMD_START,
	CMD_MEDIUM,
	CMD_ENTRY,
	SSD_RAISE,
	MESSAGE,
	TAKE,
	BEGIN,
	END,
};

static const struct {
	const char *point;
	enum kind kind;
} kinds[] = {
	{ "nic82599.rx.ring", FRAME_RING },   { "nic82599.irq.raise", NIC_RAISE },
	{ "nvme.cmd.start", CMD_START },      { "nvme.cmd.medium", CMD_MEDIUM },
	{ "nvme.cmd.complete", CMD_ENTRY },   { "nvme.irq.raise", SSD_RAISE },
	{ "pcie.msi", MESSAGE },              { "intc.take", TAKE },
	{ "linux.slice.begin", BEGIN },       { "linux.slice.end", END },
};

struct spans_place {
	const struct trace_point *point;
	const char *source;
	enum kind kind;
	struct spans_device *device;
};

/* ---- lists of numbers ---- */

void spans_push(struct spans_fifo *fifo, uint64_t item)
{
	if (fifo->tail - fifo->head == fifo->room) {
		size_t room = fifo->room ? 2 * fifo->room : 64, count = 0;
		uint64_t *more = malloc(room * sizeof(*more));

		ASSERT(more);
		for (; fifo->head != fifo->tail; fifo->head++)
			more[count++] = fifo->item[fifo->head & (fifo->room - 1)];
		free(fifo->item);
		*fifo = (struct spans_fifo){ .item = more, .tail = count, .room = room };
	}
	fifo->item[fifo->tail++ & (fifo->room - 1)] = item;
}

bool spans_peek(const struct spans_fifo *fifo, uint64_t *item)
{
	if (fifo->head == fifo->tail)
		return false;
	*item = fifo->item[fifo->head & (fifo->room - 1)];
	return true;
}

bool spans_pop(struct spans_fifo *fifo, uint64_t *item)
{
	bool any = spans_peek(fifo, item);

	fifo->head += any;
	return any;
}

void spans_cut(struct span *span, uint64_t start, const uint64_t *end, unsigned count)
{
	uint64_t last = end[count - 1], from = start;

	span->latency_ps = last - start;
	span->end_ps = last;
	span->stages = count;
	for (unsigned i = 0; i < count; i++) {
		uint64_t to = end[i] == SPANS_NEVER ? from : end[i];

		to = to < from ? from : to > last ? last : to;
		span->stage_ps[i] = to - from;
		from = to;
	}
}

/* ---- interrupts ---- */

/* Intel SDM volume 3A, 10.11.1 and 10.11.2: destination in address bits 19:12, vector in data. */
static void message(struct spans *spans, struct spans_device *device, const uint64_t arg[3])
{
	unsigned core = (unsigned)(arg[0] >> 12) & 0xff, vector = (unsigned)arg[1] & 0xff;
	unsigned entry = (unsigned)arg[2] % SPANS_ENTRIES;

	if (core >= CORES_MAX)
		return;
	spans->core[core].vector[vector] = (struct spans_vector){ device, entry };
	device->core[entry] = (int)core;
}

static void taken(struct spans *spans, unsigned core, const struct spans_vector *of, uint64_t now)
{
	if (!of->device)
		return;
	if (of->device->nic)
		spans_frames_taken(of->device, of->entry, core, spans, now);
	else
		spans_ios_taken(of->device, of->entry, core, now);
}

/* The controller is asked at the engine's time, which a core may be ahead of: where slices are told,
 * the one that begins next has the core's. */
static void take(struct spans *spans, unsigned core, unsigned vector, uint64_t now)
{
	const struct spans_vector *of = &spans->core[core].vector[vector % SPANS_ENTRIES];

	if (spans->slices)
		spans->core[core].taking = *of;
	else
		taken(spans, core, of, now);
}

/* ---- cores ---- */

/* The driver's poll is its code run by the softirq, and no interrupt's. */
static void slice_begin(struct spans *spans, unsigned id, const uint64_t arg[3], uint64_t now)
{
	struct spans_core *core = &spans->core[id];
	uint8_t category = (uint8_t)linux_host_call_category(arg[1]);
	uint8_t outer = core->depth ? core->category[(core->depth - 1) % 64] : PLAT_CAT_SCHED;
	const char *function = linux_host_call_function(arg[1]);

	spans->slices = true;
	if (category == PLAT_CAT_HARDIRQ) {
		taken(spans, id, &core->taking, now);
		core->taking.device = NULL;
	}
	if (category == PLAT_CAT_DRIVER && outer == PLAT_CAT_SOFTIRQ)
		core->poll = now;
	else if (category == PLAT_CAT_STACK && outer == PLAT_CAT_DRIVER &&
		 function && !strcmp(function, "napi_gro_receive"))
		spans_frames_handed(spans, id, arg[2], now);
	core->category[core->depth++ % 64] = category;
}

static void slice_end(struct spans *spans, unsigned id, const uint64_t arg[3], uint64_t now)
{
	struct spans_core *core = &spans->core[id];
	unsigned category = linux_host_call_category(arg[1]);

	core->depth -= core->depth > 0;
	if (category == PLAT_CAT_SOFTIRQ)
		spans_frames_left(spans, id, now);
	else if (category == PLAT_CAT_HARDIRQ)
		spans_ios_left(spans, id, now);
}

/* ---- the sink ---- */

static struct spans_device *device_named(struct spans *spans, const char *name)
{
	for (unsigned d = 0; d < spans->cfg->devices; d++)
		if (!strcmp(spans->cfg->device[d].name, name))
			return &spans->device[d];
	return NULL;
}

static const struct spans_place *place_of(struct spans *spans, const struct trace_point *point,
					  const char *source)
{
	unsigned slot = (unsigned)(((uintptr_t)point >> 3) * 31 + ((uintptr_t)source >> 3)) %
			PLACES;
	struct spans_place *place;

	for (;; slot = (slot + 1) % PLACES) {
		place = &spans->place[slot];
		if (place->point == point && place->source == source)
			return place;
		if (!place->point)
			break;
	}
	place->point = point;
	place->source = source;
	place->device = device_named(spans, source);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].point, point->name))
			place->kind = kinds[i].kind;
	if (!place->device && place->kind < TAKE)
		place->kind = OTHER;
	return place;
}

static void emit(void *ctx, struct at when, const struct trace_point *point, const char *source,
		 const uint64_t arg[3])
{
	struct spans *spans = ctx;
	const struct spans_place *place = place_of(spans, point, source);
	struct spans_device *device = place->device;

	switch (place->kind) {
	case OTHER:
		break;
	case FRAME_RING:
		spans_frames_ring(spans, device, arg[0], (unsigned)arg[1], when.ps);
		break;
	case NIC_RAISE:
		spans_frames_raised(device, (unsigned)arg[0] % SPANS_ENTRIES, when.ps);
		break;
	case CMD_START:
		spans_ios_start(spans, device, (uint32_t)arg[0], (unsigned)arg[1], arg[2],
				when.ps);
		break;
	case CMD_MEDIUM:
		spans_ios_medium(device, (uint32_t)arg[0], when.ps);
		break;
	case CMD_ENTRY:
		spans_ios_entry(spans, device, (uint32_t)arg[0], arg[2], when.ps);
		break;
	case SSD_RAISE:
		spans_ios_raised(device, (unsigned)arg[0] % SPANS_ENTRIES, when.ps);
		break;
	case MESSAGE:
		message(spans, device, arg);
		break;
	case TAKE:
		take(spans, (unsigned)arg[0], (unsigned)arg[1], when.ps);
		break;
	case BEGIN:
		slice_begin(spans, (unsigned)arg[0], arg, when.ps);
		break;
	case END:
		slice_end(spans, (unsigned)arg[0], arg, when.ps);
		break;
	}
}

/* ---- life ---- */

struct spans *spans_create(const struct machine_cfg *cfg, const struct trace_source *trace,
			   const struct spans_ops *ops)
{
	struct spans *spans = calloc(1, sizeof(*spans));

	if (!spans)
		return NULL;
	spans->cfg = cfg;
	spans->trace = trace;
	spans->ops = *ops;
	spans->sink = (struct trace_sink){ .emit = emit, .ctx = spans, .details = true };
	spans->place = calloc(PLACES, sizeof(*spans->place));
	for (unsigned d = 0; d < cfg->devices; d++) {
		struct spans_device *device = &spans->device[d];

		device->index = d;
		device->nic = cfg->device[d].model == SCN_MODEL_82599;
		for (unsigned e = 0; e < SPANS_ENTRIES; e++)
			device->core[e] = -1;
	}
	if (spans->place)
		return spans;
	free(spans);
	return NULL;
}

static void free_ios(struct spans_io *io)
{
	while (io) {
		struct spans_io *next = io->next;

		free(io);
		io = next;
	}
}

static void destroy_device(struct spans_device *device)
{
	for (unsigned q = 0; q < SPANS_QUEUES; q++)
		free(device->in_ring[q].item);
	for (unsigned e = 0; e < SPANS_ENTRIES; e++) {
		free(device->unraised[e].item);
		free(device->untaken[e].item);
	}
	free(device->frame);
	free(device->cmd);
	free_ios(device->ios);
}

void spans_destroy(struct spans *spans)
{
	if (!spans)
		return;
	for (unsigned d = 0; d < spans->cfg->devices; d++)
		destroy_device(&spans->device[d]);
	for (unsigned c = 0; c < CORES_MAX; c++) {
		free(spans->core[c].unknown.item);
		free(spans->core[c].handed.item);
	}
	free_ios(spans->free_io);
	free(spans->place);
	free(spans);
}

struct trace_sink *spans_sink(struct spans *spans)
{
	return &spans->sink;
}

const char *const *spans_stage_names(const struct machine_cfg *cfg, unsigned device)
{
	static const char *const frame[] = { "device", "throttle", "irq", "softirq", "driver",
					     "stack", "wakeup", NULL };
	static const char *const io[] = { "submit", "fetch", "prepare", "medium", "coalesce", "irq",
					  "handler", "wakeup", NULL };

	return cfg->device[device].model == SCN_MODEL_82599 ? frame : io;
}
