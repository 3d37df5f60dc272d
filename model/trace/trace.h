/* SPDX-License-Identifier: MIT */
/* Declared trace events. Every folder lists its own in trace.def, one line each, by X-macro:
 *     TRACE_POINT(RX_ACCEPT, "nic82599.rx.accept", "frame", "queue", "bytes")
 * and registers the resulting table once per machine; every emission feeds the run digest and, if
 * any, the sinks. Emitting costs a few nanoseconds without sinks. Three arguments each, unused ones
 * 0; names say the unit. Sinks are called in the order they were added. Not modelled: removing
 * one sink or a source; points that can be switched off (the digest must not depend on it).
 *
 * Details are for sinks that ask for them and never reach the digest: what happens so often that
 * every run would pay for it, or at another time than the engine's. Names of arguments say how an
 * event is drawn (trace_perfetto.h). */
#ifndef DOORBELL_TRACE_TRACE_H
#define DOORBELL_TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/core/digest.h"
#include "model/core/sim.h"

struct trace_point {
	const char *name;        /* "folder.subject.event" */
	const char *arg[3];      /* NULL = unused */
};

struct trace_sink {
	void (*emit)(void *ctx, struct at when, const struct trace_point *point, const char *source,
		     const uint64_t arg[3]);
	void *ctx;
	bool details;            /* wants trace_detail's as well */
	struct trace_sink *next; /* the trace's own */
};

struct trace {
	struct digest digest;
	struct trace_sink *sinks;
	bool details;            /* of any sink */
	uint32_t next_id;
};

/* One source of events: an instance (name such as "eth0") with its folder's table. */
struct trace_source {
	struct sim *sim;
	const struct trace_point *points;
	const char *name;
	uint32_t base;
};

struct trace *trace_create(uint64_t seed);
void trace_destroy(struct trace *trace);
void trace_add_sink(struct trace *trace, struct trace_sink *sink);
/* The sinks' owners are done: what still happens (destruction) reaches the digest only. */
void trace_drop_sinks(struct trace *trace);
/* `points` and `name` must outlive the source. Sources register in a fixed order: their numbers are
 * in the digest. */
void trace_source_init(struct trace_source *source, struct sim *sim, const char *name,
		       const struct trace_point *points, size_t count);
void trace_to_sinks(const struct trace_source *source, unsigned point, uint64_t a, uint64_t b,
		    uint64_t c);

static inline void trace_emit(const struct trace_source *source, unsigned point, uint64_t a,
			      uint64_t b, uint64_t c)
{
	struct trace *trace = source->sim->trace;

	digest_u64(&trace->digest, sim_now(source->sim).ps);
	digest_u64(&trace->digest, (uint64_t)(source->base + point) << 40 ^ a);
	digest_u64(&trace->digest, b ^ (c << 32 | c >> 32));
	if (__builtin_expect(trace->sinks != NULL, 0))
		trace_to_sinks(source, point, a, b, c);
}

/* Whether anybody listens, for callers that would have to work for the arguments. */
static inline bool trace_has_details(const struct trace_source *source)
{
	return __builtin_expect(source->sim->trace->details, 0);
}

/* What a sink is told of an event beside its arguments: NULL = nothing better is known. */
struct trace_label {
	const char *name;
	const char *category;
};

/* Finds words for the arguments of events that hold addresses or numbers of an enumeration. The
 * texts stay valid. */
typedef void (*trace_label_fn)(void *ctx, const struct trace_point *point, const uint64_t arg[3],
			       struct trace_label *label);

/* `when` is given, as a core runs ahead of the engine. */
void trace_detail(const struct trace_source *source, unsigned point, struct at when, uint64_t a,
		  uint64_t b, uint64_t c);

#endif
