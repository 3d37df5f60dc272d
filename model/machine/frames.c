/* SPDX-License-Identifier: MIT */
#include "model/machine/frames.h"

#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"

#define QUEUES      128
#define NONE        UINT64_MAX

enum frame_state {
	FRAME_GONE,        /* delivered, dropped or never used */
	FRAME_ON_THE_WAY,  /* in the device */
	FRAME_IN_RING,     /* in the ring or the host */
};

struct record {
	uint64_t id;
	struct at arrived, ring;
	uint64_t next_in_flow;      /* id, or NONE */
	uint64_t next_unsignalled;
	uint32_t hash;
	enum frame_state state;
};

struct flow {
	uint64_t head, tail;        /* ids of its frames in the ring, in order */
	uint32_t hash;
	bool used;
};

struct waiting {
	uint64_t head, tail;        /* frames whose interrupt has not come yet */
};

struct frames {
	struct frames_ops ops;
	struct record *record;      /* by id, modulo room */
	uint64_t room, last_id, in_flight;
	struct flow *flow;          /* open addressing by hash */
	uint32_t flow_room, flows;
	struct waiting queue[QUEUES];
};

static struct record *record_of(struct frames *frames, uint64_t id)
{
	return &frames->record[id & (frames->room - 1)];
}

static void *take(size_t count, size_t bytes)
{
	void *memory = calloc(count, bytes);

	ASSERT(memory);
	return memory;
}

struct frames *frames_create(const struct frames_ops *ops)
{
	struct frames *frames = take(1, sizeof(*frames));

	frames->ops = *ops;
	frames->room = 1 << 14;
	frames->record = take(frames->room, sizeof(*frames->record));
	frames->flow_room = 1 << 10;
	frames->flow = take(frames->flow_room, sizeof(*frames->flow));
	for (unsigned q = 0; q < QUEUES; q++)
		frames->queue[q].head = NONE;
	return frames;
}

void frames_destroy(struct frames *frames)
{
	if (!frames)
		return;
	free(frames->record);
	free(frames->flow);
	free(frames);
}

static void grow_records(struct frames *frames)
{
	uint64_t room = frames->room * 2;
	struct record *record = take(room, sizeof(*record));

	for (uint64_t i = 0; i < frames->room; i++)
		if (frames->record[i].id)
			record[frames->record[i].id & (room - 1)] = frames->record[i];
	free(frames->record);
	frames->record = record;
	frames->room = room;
}

uint64_t frames_arrived(struct frames *frames, struct at now)
{
	uint64_t id = ++frames->last_id;
	struct record *record;

	while (record_of(frames, id)->state != FRAME_GONE)
		grow_records(frames);
	record = record_of(frames, id);
	*record = (struct record){ .id = id, .arrived = now, .state = FRAME_ON_THE_WAY,
				   .next_in_flow = NONE, .next_unsignalled = NONE };
	return id;
}

static struct flow *probe(struct flow *table, uint32_t room, uint32_t hash)
{
	uint32_t slot = (uint32_t)(hash * 0x9e3779b1u) & (room - 1);

	while (table[slot].used && table[slot].hash != hash)
		slot = (slot + 1) & (room - 1);
	return &table[slot];
}

static void grow_flows(struct frames *frames)
{
	uint32_t room = frames->flow_room * 2;
	struct flow *table = take(room, sizeof(*table));

	for (uint32_t i = 0; i < frames->flow_room; i++)
		if (frames->flow[i].used)
			*probe(table, room, frames->flow[i].hash) = frames->flow[i];
	free(frames->flow);
	frames->flow = table;
	frames->flow_room = room;
}

static struct flow *flow_of(struct frames *frames, uint32_t hash)
{
	struct flow *flow = probe(frames->flow, frames->flow_room, hash);

	if (flow->used)
		return flow;
	if (2 * ++frames->flows > frames->flow_room) {
		grow_flows(frames);
		flow = probe(frames->flow, frames->flow_room, hash);
	}
	*flow = (struct flow){ .head = NONE, .tail = NONE, .hash = hash, .used = true };
	return flow;
}

void frames_in_ring(struct frames *frames, uint64_t id, unsigned queue, uint32_t hash,
		    struct at now)
{
	struct record *record = record_of(frames, id);
	struct flow *flow = flow_of(frames, hash);
	struct waiting *waiting = &frames->queue[queue % QUEUES];

	if (record->id != id || record->state != FRAME_ON_THE_WAY)
		return;
	record->state = FRAME_IN_RING;
	record->ring = now;
	record->hash = hash;
	frames->in_flight++;
	if (flow->head == NONE)
		flow->head = id;
	else
		record_of(frames, flow->tail)->next_in_flow = id;
	flow->tail = id;
	if (waiting->head == NONE)
		waiting->head = id;
	else
		record_of(frames, waiting->tail)->next_unsignalled = id;
	waiting->tail = id;
}

void frames_dropped(struct frames *frames, uint64_t id)
{
	struct record *record = record_of(frames, id);

	if (record->id == id && record->state == FRAME_ON_THE_WAY)
		record->state = FRAME_GONE;
}

/* Frames that were polled without an interrupt leave the list when they reach its head. */
static void forget_polled(struct frames *frames, struct waiting *waiting)
{
	while (waiting->head != NONE) {
		struct record *record = record_of(frames, waiting->head);

		if (record->id == waiting->head && record->state == FRAME_IN_RING)
			return;
		waiting->head = record->id == waiting->head ? record->next_unsignalled : NONE;
	}
}

void frames_signalled(struct frames *frames, unsigned queue)
{
	struct waiting *waiting = &frames->queue[queue % QUEUES];

	forget_polled(frames, waiting);
	while (waiting->head != NONE) {
		struct record *record = record_of(frames, waiting->head);
		uint64_t next = record->next_unsignalled;

		if (record->id == waiting->head && record->state == FRAME_IN_RING)
			frames->ops.signalled(frames->ops.ctx, record->ring);
		waiting->head = record->id == waiting->head ? next : NONE;
	}
}

/* Takes the first frame of a flow off its list. */
static struct record *pop(struct frames *frames, struct flow *flow)
{
	struct record *record = record_of(frames, flow->head);

	ASSERT(record->id == flow->head && record->state == FRAME_IN_RING);
	flow->head = record->next_in_flow;
	record->state = FRAME_GONE;
	frames->in_flight--;
	return record;
}

static void deliver_known(struct frames *frames, uint64_t id)
{
	struct record *record = record_of(frames, id);
	struct flow *flow;

	if (record->id != id || record->state != FRAME_IN_RING)
		return;
	flow = flow_of(frames, record->hash);
	while (flow->head != id)
		frames->ops.lost_in_host(frames->ops.ctx, pop(frames, flow)->id);
	frames->ops.delivered(frames->ops.ctx, id, pop(frames, flow)->arrived);
}

void frames_delivered(struct frames *frames, uint64_t id, uint32_t hash, unsigned count)
{
	struct flow *flow;

	if (id) {
		deliver_known(frames, id);
		return;
	}
	flow = flow_of(frames, hash);
	for (; count && flow->head != NONE; count--) {
		struct record *record = pop(frames, flow);

		frames->ops.delivered(frames->ops.ctx, record->id, record->arrived);
	}
}

uint64_t frames_in_flight(const struct frames *frames)
{
	return frames->in_flight;
}

bool frames_arrival(const struct frames *frames, uint64_t id, struct at *arrived)
{
	const struct record *record = &frames->record[id & (frames->room - 1)];

	*arrived = record->arrived;
	return id && record->id == id;
}
