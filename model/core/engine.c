/* SPDX-License-Identifier: MIT */
/* The keys lie in the heap itself, so that a comparison touches no event; an event knows its slot,
 * so that cancelling is a removal and not a search. Four children a node halve the depth, and all
 * four keys lie in two cache lines. */
#include "model/core/engine.h"

#include <stdlib.h>

#include "model/core/assert.h"

#define HEAP_ARITY 4
#define HEAP_FIRST_CAPACITY 256

/* Phase above insertion number: one comparison decides between events of one instant. */
#define ORDER_PHASE_SHIFT 56

struct node {
	uint64_t when_ps;
	uint64_t order;
	struct event *event;
};

struct engine {
	struct node *heap;
	size_t count;
	size_t capacity;
	uint64_t now_ps;
	uint64_t next_serial;
	uint64_t events_run;
	bool stopped;
};

struct engine *engine_create(void)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return NULL;
	engine->heap = malloc(HEAP_FIRST_CAPACITY * sizeof(*engine->heap));
	if (!engine->heap) {
		free(engine);
		return NULL;
	}
	engine->capacity = HEAP_FIRST_CAPACITY;
	return engine;
}

void engine_destroy(struct engine *engine)
{
	if (!engine)
		return;
	free(engine->heap);
	free(engine);
}

void event_init(struct event *event, const char *name, enum phase phase, void (*fn)(void *ctx),
		void *ctx)
{
	ASSERT(fn && (unsigned)phase < PHASE_COUNT);
	*event = (struct event){ .fn = fn, .ctx = ctx, .name = name, .phase = phase };
}

struct at engine_now(const struct engine *engine)
{
	return at_ps(engine->now_ps);
}

struct at engine_next(const struct engine *engine)
{
	return engine->count ? at_ps(engine->heap[0].when_ps) : AT_NEVER;
}

static inline bool goes_first(const struct node *a, const struct node *b)
{
	return a->when_ps < b->when_ps || (a->when_ps == b->when_ps && a->order < b->order);
}

static inline void put(struct node *heap, size_t at, const struct node *node)
{
	heap[at] = *node;
	node->event->slot = at + 1;
}

/* Both sifts move a hole and write the node once, at its final place. */
static void sift_up(struct node *heap, size_t hole, struct node node)
{
	while (hole > 0) {
		size_t parent = (hole - 1) / HEAP_ARITY;

		if (!goes_first(&node, &heap[parent]))
			break;
		put(heap, hole, &heap[parent]);
		hole = parent;
	}
	put(heap, hole, &node);
}

static void sift_down(struct node *heap, size_t count, size_t hole, struct node node)
{
	for (;;) {
		size_t child = hole * HEAP_ARITY + 1;
		size_t end = child + HEAP_ARITY < count ? child + HEAP_ARITY : count;
		size_t first = child;

		if (child >= count)
			break;
		while (++child < end)
			if (goes_first(&heap[child], &heap[first]))
				first = child;
		if (!goes_first(&heap[first], &node))
			break;
		put(heap, hole, &heap[first]);
		hole = first;
	}
	put(heap, hole, &node);
}

/* The node's place is `hole`, or above, or below: wherever its key belongs. */
static void sift(struct engine *engine, size_t hole, struct node node)
{
	if (hole > 0 && goes_first(&node, &engine->heap[(hole - 1) / HEAP_ARITY]))
		sift_up(engine->heap, hole, node);
	else
		sift_down(engine->heap, engine->count, hole, node);
}

static void grow(struct engine *engine)
{
	size_t capacity = engine->capacity * 2;
	struct node *heap = realloc(engine->heap, capacity * sizeof(*heap));

	/* Scheduling has no way to fail; a host without memory for a heap cannot go on. */
	ASSERT(heap);
	engine->heap = heap;
	engine->capacity = capacity;
}

static struct node stamp(struct engine *engine, struct event *event, struct at when)
{
	ASSERT(when.ps >= engine->now_ps && !at_is_never(when));
	event->when = when;
	event->serial = engine->next_serial++;
	return (struct node){
		.when_ps = when.ps,
		.order = (uint64_t)event->phase << ORDER_PHASE_SHIFT | event->serial,
		.event = event,
	};
}

void engine_schedule(struct engine *engine, struct event *event, struct at when)
{
	ASSERT(!event_pending(event));
	if (engine->count == engine->capacity)
		grow(engine);
	struct node node = stamp(engine, event, when);

	sift_up(engine->heap, engine->count++, node);
}

void engine_schedule_in(struct engine *engine, struct event *event, struct dur delay)
{
	engine_schedule(engine, event, at_add(at_ps(engine->now_ps), delay));
}

/* Heap position of a pending event; an event of another engine, or one overwritten while it was
 * pending, is caught here. */
static size_t position(const struct engine *engine, const struct event *event)
{
	size_t at = event->slot - 1;

	ASSERT(at < engine->count && engine->heap[at].event == event);
	return at;
}

void engine_reschedule(struct engine *engine, struct event *event, struct at when)
{
	if (!event_pending(event)) {
		engine_schedule(engine, event, when);
		return;
	}
	size_t at = position(engine, event);

	sift(engine, at, stamp(engine, event, when));
}

bool engine_cancel(struct engine *engine, struct event *event)
{
	if (!event_pending(event))
		return false;
	size_t at = position(engine, event);
	struct node last = engine->heap[--engine->count];

	event->slot = 0;
	if (at < engine->count)
		sift(engine, at, last);
	return true;
}

static void run_first(struct engine *engine)
{
	struct node first = engine->heap[0];
	struct event *event = first.event;

	ASSERT(event->slot == 1);
	event->slot = 0;
	if (--engine->count)
		sift_down(engine->heap, engine->count, 0, engine->heap[engine->count]);
	engine->now_ps = first.when_ps;
	engine->events_run++;
	/* Last, and nothing of the event is read after: the callback may free or re-arm it. */
	event->fn(event->ctx);
}

size_t engine_run(struct engine *engine, struct at limit)
{
	size_t runs = 0;

	while (!engine->stopped && engine->count && engine->heap[0].when_ps <= limit.ps) {
		run_first(engine);
		runs++;
	}
	return runs;
}

bool engine_run_one(struct engine *engine)
{
	if (!engine->count)
		return false;
	run_first(engine);
	return true;
}

void engine_advance(struct engine *engine, struct at t)
{
	ASSERT(t.ps >= engine->now_ps && !at_is_never(t));
	ASSERT(!engine->count || engine->heap[0].when_ps >= t.ps);
	engine->now_ps = t.ps;
}

void engine_stop(struct engine *engine)
{
	engine->stopped = true;
}

bool engine_stopped(const struct engine *engine)
{
	return engine->stopped;
}

void engine_resume(struct engine *engine)
{
	engine->stopped = false;
}

size_t engine_pending(const struct engine *engine)
{
	return engine->count;
}

uint64_t engine_events_run(const struct engine *engine)
{
	return engine->events_run;
}
