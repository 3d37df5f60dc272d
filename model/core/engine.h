/* SPDX-License-Identifier: MIT */
/* The event engine: a 4-ary heap of embedded events, ordered by (time, phase, insertion number).
 * Scheduling allocates nothing once the heap has grown to its high-water mark. A cancelled or
 * re-armed event leaves no dead entry. Not modelled: parallel engines; one machine has one engine.
 *
 * Time does not go back: engine_now is the time of the last event run, or what engine_advance set.
 * Scheduling before engine_now, or scheduling an event twice, asserts. */
#ifndef DOORBELL_CORE_ENGINE_H
#define DOORBELL_CORE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/core/time.h"

/* What goes first among events of one instant. Wires deliver before devices act on it, devices
 * before interrupts are taken, and simulated cores last: they see everything due at their time. */
enum phase {
	PHASE_WIRE,
	PHASE_LINK,     /* PCIe, memory: completions arrive */
	PHASE_DEVICE,
	PHASE_INTERRUPT,
	PHASE_CORE,
	PHASE_CONTROL,  /* end of warm-up, end of run, sampling */
	PHASE_COUNT,
};

struct event {
	void (*fn)(void *ctx);
	void *ctx;
	const char *name;    /* for diagnostics; lives as long as the event */
	enum phase phase;
	/* The engine's own: */
	struct at when;
	uint64_t serial;
	size_t slot;         /* heap position + 1; 0 = not scheduled */
};

struct engine;

/* The head of every engine, for the functions below only: they are asked for at every turn. */
struct engine_view {
	struct at now, next;
	bool stopped;
};

static inline const struct engine_view *engine_head(const struct engine *engine)
{
	return (const struct engine_view *)engine;
}

/* NULL only when memory is short. */
struct engine *engine_create(void);
/* Events still scheduled are forgotten; their owners may free them before or after. */
void engine_destroy(struct engine *engine);

void event_init(struct event *event, const char *name, enum phase phase, void (*fn)(void *ctx),
		void *ctx);

static inline bool event_pending(const struct event *event)
{
	return event->slot != 0;
}

static inline struct at engine_now(const struct engine *engine)
{
	return engine_head(engine)->now;
}

/* Time of the earliest event, AT_NEVER when there is none. */
static inline struct at engine_next(const struct engine *engine)
{
	return engine_head(engine)->next;
}

/* `when` must not be in the past nor AT_NEVER, and the event not pending. */
void engine_schedule(struct engine *engine, struct event *event, struct at when);
void engine_schedule_in(struct engine *engine, struct event *event, struct dur delay);
/* Moves a pending event, or schedules an idle one; it counts as newly inserted. */
void engine_reschedule(struct engine *engine, struct event *event, struct at when);
/* True if it was pending. */
bool engine_cancel(struct engine *engine, struct event *event);

/* Runs every event due at or before `limit`, in order, and returns how many. Stops early when
 * engine_stop was called from an event; runs none until engine_resume. May be called from an event:
 * a simulated core runs devices' events on its own stack. */
size_t engine_run(struct engine *engine, struct at limit);
/* Runs the earliest event only, stopped or not; false when there is none. */
bool engine_run_one(struct engine *engine);
/* Moves engine_now to `t`; asserts if an event is due before `t` or t lies in the past. A simulated
 * core calls it before it touches a device. */
void engine_advance(struct engine *engine, struct at t);

void engine_stop(struct engine *engine);
static inline bool engine_stopped(const struct engine *engine)
{
	return engine_head(engine)->stopped;
}

/* Clears the stop flag, so that running may go on. */
void engine_resume(struct engine *engine);

size_t engine_pending(const struct engine *engine);
uint64_t engine_events_run(const struct engine *engine);

#endif
