/* SPDX-License-Identifier: MIT */
#include "model/trace/trace_recent.h"

#include <string.h>

#include "model/trace/trace_text.h"

static void emit(void *ctx, struct at when, const struct trace_point *point, const char *source,
		 const uint64_t arg[3])
{
	struct trace_recent *recent = ctx;
	size_t slot = recent->seen++ % TRACE_RECENT_EVENTS;

	recent->event[slot].when = when;
	recent->event[slot].point = point;
	recent->event[slot].source = source;
	memcpy(recent->event[slot].arg, arg, sizeof(recent->event[slot].arg));
}

void trace_recent_init(struct trace_recent *recent)
{
	*recent = (struct trace_recent){ .sink = { .emit = emit, .ctx = recent } };
}

void trace_recent_write(const struct trace_recent *recent, FILE *out)
{
	uint64_t i = recent->seen > TRACE_RECENT_EVENTS ? recent->seen - TRACE_RECENT_EVENTS : 0;

	for (; i < recent->seen; i++) {
		size_t slot = i % TRACE_RECENT_EVENTS;

		trace_text_line(out, recent->event[slot].when, recent->event[slot].point,
				recent->event[slot].source, recent->event[slot].arg);
	}
}
