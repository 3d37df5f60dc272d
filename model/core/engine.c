/* SPDX-License-Identifier: MIT */
/* The keys lie in the heap itself, so that a comparison touches no event; an event knows its slot,
 * so that cancelling is a removal and not a search. Four children a node halve the depth, and all
 * four keys lie in two cache lines. Which of them is the least no branch predictor knows: that is
 * computed, not branched on. */
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
	struct engine_view view;   /* first: what the header's inline functions see */
	struct node *heap;
	size_t count;
	size_t capacity;
	uint64_t next_serial;
	uint64_t events_run;
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
	engine->view.next = AT_NEVER;
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

/* After each change of the heap. */
static inline void look_ahead(struct engine *engine)
{
	engine->view.next = engine->count ? at_ps(engine->heap[0].when_ps) : AT_NEVER;
}

static inline unsigned __int128 key_of(const struct node *node)
{
	return (unsigned __int128)node->when_ps << 64 | node->order;
}

static inline bool goes_first(const struct node *a, const struct node *b)
{
	return key_of(a) < key_of(b);
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

/* The first to go of the nodes from `child` on that have one parent; there is at least one. */
static inline size_t first_of(const struct node *heap, size_t count, size_t child)
{
	size_t first = child, left, right, end;

	if (child + HEAP_ARITY <= count) {
		left = child + goes_first(&heap[child + 1], &heap[child]);
		right = child + 2 + goes_first(&heap[child + 3], &heap[child + 2]);
		return left + (right - left) * goes_first(&heap[right], &heap[left]);
	}
	for (end = count; ++child < end; )
		if (goes_first(&heap[child], &heap[first]))
			first = child;
	return first;
}

static void sift_down(struct node *heap, size_t count, size_t hole, struct node node)
{
	for (;;) {
		size_t child = hole * HEAP_ARITY + 1, first;

		if (child >= count)
			break;
		first = first_of(heap, count, child);
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
	ASSERT(when.ps >= engine->view.now.ps && !at_is_never(when));
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
	look_ahead(engine);
}

void engine_schedule_in(struct engine *engine, struct event *event, struct dur delay)
{
	engine_schedule(engine, event, at_add(engine->view.now, delay));
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
	look_ahead(engine);
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
	look_ahead(engine);
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
	look_ahead(engine);
	engine->view.now.ps = first.when_ps;
	engine->events_run++;
	/* Last, and nothing of the event is read after: the callback may free or re-arm it. */
	event->fn(event->ctx);
}

size_t engine_run(struct engine *engine, struct at limit)
{
	size_t runs = 0;

	while (!engine->view.stopped && engine->count && engine->view.next.ps <= limit.ps) {
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
	ASSERT(t.ps >= engine->view.now.ps && !at_is_never(t));
	ASSERT(!engine->count || engine->view.next.ps >= t.ps);
	engine->view.now.ps = t.ps;
}

void engine_stop(struct engine *engine)
{
	engine->view.stopped = true;
}

void engine_resume(struct engine *engine)
{
	engine->view.stopped = false;
}

size_t engine_pending(const struct engine *engine)
{
	return engine->count;
}

uint64_t engine_events_run(const struct engine *engine)
{
	return engine->events_run;
}
