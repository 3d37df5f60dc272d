/* SPDX-License-Identifier: MIT */
/* Stages of frames. A driver takes the frames of a ring in order, so the n-th one it hands to the
 * stack is the n-th that the device put there; which ring a poll serves is told by the driver's
 * context (its napi_struct), which first shows after its interrupt. */
#include <stdlib.h>

#include "model/core/assert.h"
#include "model/machine/spans_internal.h"

#define FRAMES        (1u << 17)     /* ids apart in flight at most */
#define HANDED_SHIFT  48

static struct spans_frame *frame_of(struct spans_device *device, uint64_t id)
{
	struct spans_frame *frame;

	if (!device->frame)
		return NULL;
	frame = &device->frame[id & (FRAMES - 1)];
	return frame->id == id ? frame : NULL;
}

void spans_frames_ring(struct spans *spans, struct spans_device *device, uint64_t id,
		       unsigned queue, uint64_t now)
{
	int entry = spans->ops.rx_entry(spans->ops.ctx, device->index, queue);

	queue %= SPANS_QUEUES;
	if (!device->frame)
		device->frame = calloc(FRAMES, sizeof(*device->frame));
	ASSERT(device->frame);
	device->frame[id & (FRAMES - 1)] = (struct spans_frame){
		.id = id, .queue = queue, .ring = now, .raised = SPANS_NEVER,
		.taken = SPANS_NEVER, .poll = SPANS_NEVER, .handed = SPANS_NEVER,
		.left = SPANS_NEVER,
	};
	spans_push(&device->in_ring[queue], id);
	if (entry < 0)
		return;
	entry %= (int)SPANS_ENTRIES;
	/* The interrupt of an earlier cause will do for this frame. */
	if (device->under_way[entry]) {
		device->frame[id & (FRAMES - 1)].raised = now;
		spans_push(&device->untaken[entry], id);
	} else {
		spans_push(&device->unraised[entry], id);
	}
}

/* What the driver has taken before its interrupt came needed none. */
void spans_frames_raised(struct spans_device *device, unsigned entry, uint64_t now)
{
	uint64_t id;

	device->under_way[entry] = true;
	while (spans_pop(&device->unraised[entry], &id)) {
		struct spans_frame *frame = frame_of(device, id);

		if (!frame || frame->handed != SPANS_NEVER)
			continue;
		frame->raised = now;
		spans_push(&device->untaken[entry], id);
	}
}

void spans_frames_taken(struct spans_device *device, unsigned entry, unsigned core,
			struct spans *spans, uint64_t now)
{
	uint64_t id;
	bool any = false;

	device->under_way[entry] = false;
	while (spans_pop(&device->untaken[entry], &id)) {
		struct spans_frame *frame = frame_of(device, id);

		any = true;
		if (frame && frame->handed == SPANS_NEVER)
			frame->taken = now;
	}
	/* Only an entry with frames leads to a poll of them. */
	if (any && !device->napi[entry])
		spans_push(&spans->core[core].unknown,
			   (uint64_t)device->index << HANDED_SHIFT | entry);
}

/* Whose context this is; if nobody's yet, that of the first entry taken here without one. */
static struct spans_device *device_of(struct spans *spans, unsigned core, uint64_t napi,
				      unsigned *entry)
{
	uint64_t item;

	for (unsigned d = 0; d < spans->cfg->devices; d++)
		for (unsigned e = 0; e < SPANS_ENTRIES && spans->device[d].nic; e++)
			if (spans->device[d].napi[e] == napi) {
				*entry = e;
				return &spans->device[d];
			}
	while (spans_pop(&spans->core[core].unknown, &item)) {
		struct spans_device *device = &spans->device[item >> HANDED_SHIFT];

		*entry = (unsigned)(item & (SPANS_ENTRIES - 1));
		if (device->napi[*entry])
			continue;
		device->napi[*entry] = napi;
		return device;
	}
	return NULL;
}

/* The oldest frame in the rings of an entry. */
static struct spans_fifo *oldest_ring(struct spans *spans, struct spans_device *device,
				      unsigned entry)
{
	struct spans_fifo *oldest = NULL;
	uint64_t id, oldest_id = UINT64_MAX;

	for (unsigned q = 0; q < SPANS_QUEUES; q++) {
		if (!spans_peek(&device->in_ring[q], &id) || id >= oldest_id ||
		    spans->ops.rx_entry(spans->ops.ctx, device->index, q) != (int)entry)
			continue;
		oldest = &device->in_ring[q];
		oldest_id = id;
	}
	return oldest;
}

void spans_frames_handed(struct spans *spans, unsigned core, uint64_t napi, uint64_t now)
{
	struct spans_device *device;
	struct spans_fifo *ring;
	struct spans_frame *frame;
	unsigned entry = 0;
	uint64_t id;

	device = napi ? device_of(spans, core, napi, &entry) : NULL;
	ring = device ? oldest_ring(spans, device, entry) : NULL;
	if (!ring)
		return;
	spans_pop(ring, &id);
	frame = frame_of(device, id);
	if (!frame)
		return;
	frame->handed = now;
	frame->poll = spans->core[core].poll;
	spans_push(&spans->core[core].handed, (uint64_t)device->index << HANDED_SHIFT | id);
}

void spans_frames_left(struct spans *spans, unsigned core, uint64_t now)
{
	uint64_t item;

	while (spans_pop(&spans->core[core].handed, &item)) {
		struct spans_device *device = &spans->device[item >> HANDED_SHIFT];
		struct spans_frame *frame =
			frame_of(device, item & ((1ULL << HANDED_SHIFT) - 1));

		if (frame)
			frame->left = now;
	}
}

/* A frame that came up past the hand-over: those before it in its ring did so, too. */
static void drop_from_ring(struct spans_device *device, const struct spans_frame *frame)
{
	struct spans_fifo *ring = &device->in_ring[frame->queue];
	uint64_t id;

	while (spans_peek(ring, &id) && id <= frame->id)
		spans_pop(ring, &id);
}

void spans_frame_delivered(struct spans *spans, unsigned device, uint64_t id, struct at arrived,
			   struct at now)
{
	struct spans_frame *frame = frame_of(&spans->device[device], id);
	struct span span = { .device = device, .id = id };
	uint64_t left;

	if (!frame)
		return;
	/* A sink in the softirq has the frame before that ends. */
	left = frame->left == SPANS_NEVER && frame->handed != SPANS_NEVER ? now.ps : frame->left;
	if (frame->handed == SPANS_NEVER)
		drop_from_ring(&spans->device[device], frame);
	spans_cut(&span, arrived.ps,
		  (const uint64_t[]){ frame->ring, frame->raised, frame->taken, frame->poll,
				      frame->handed, left, now.ps }, 7);
	frame->id = 0;
	spans->ops.span(spans->ops.ctx, &span);
}
