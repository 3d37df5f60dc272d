/* SPDX-License-Identifier: MIT */
#include "model/trace/trace.h"

#include <stdlib.h>

#include "model/core/assert.h"

struct trace *trace_create(uint64_t seed)
{
	struct trace *trace = calloc(1, sizeof(*trace));

	if (!trace)
		return NULL;
	digest_init(&trace->digest, seed);
	/* Number 0 stays free: an emission through a source that was never initialised is found. */
	trace->next_id = 1;
	return trace;
}

void trace_destroy(struct trace *trace)
{
	free(trace);
}

void trace_add_sink(struct trace *trace, struct trace_sink *sink)
{
	struct trace_sink **last = &trace->sinks;

	ASSERT(sink->emit);
	/* At the end, so that sinks are called in the order they were added. */
	while (*last) {
		ASSERT(*last != sink);
		last = &(*last)->next;
	}
	sink->next = NULL;
	*last = sink;
	trace->details |= sink->details;
}

void trace_drop_sinks(struct trace *trace)
{
	trace->sinks = NULL;
	trace->details = false;
}

void trace_source_init(struct trace_source *source, struct sim *sim, const char *name,
		       const struct trace_point *points, size_t count)
{
	struct trace *trace = sim->trace;

	/* The digest has 24 bits for a point's number. */
	ASSERT(count < (1U << 24) - trace->next_id);
	*source = (struct trace_source){
		.sim = sim,
		.points = points,
		.name = name,
		.base = trace->next_id,
	};
	trace->next_id += count;
}

void trace_to_sinks(const struct trace_source *source, unsigned point, uint64_t a, uint64_t b,
		    uint64_t c)
{
	const uint64_t arg[3] = { a, b, c };
	struct trace_sink *sink;

	ASSERT(source->base);
	for (sink = source->sim->trace->sinks; sink; sink = sink->next)
		sink->emit(sink->ctx, sim_now(source->sim), &source->points[point], source->name,
			   arg);
}

void trace_detail(const struct trace_source *source, unsigned point, struct at when, uint64_t a,
		  uint64_t b, uint64_t c)
{
	const uint64_t arg[3] = { a, b, c };
	struct trace_sink *sink;

	ASSERT(source->base);
	for (sink = source->sim->trace->sinks; sink; sink = sink->next)
		if (sink->details)
			sink->emit(sink->ctx, when, &source->points[point], source->name, arg);
}
