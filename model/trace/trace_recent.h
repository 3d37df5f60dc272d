/* SPDX-License-Identifier: MIT */
/* A trace sink that keeps the last 32 events for the report of a failed ASSERT. Not modelled: other
 * depths; names are kept as pointers, so that points and sources must outlive the ring. */
#ifndef DOORBELL_TRACE_TRACE_RECENT_H
#define DOORBELL_TRACE_TRACE_RECENT_H

#include <stdio.h>

#include "model/trace/trace.h"

#define TRACE_RECENT_EVENTS 32

struct trace_recent {
	struct trace_sink sink;
	uint64_t seen;             /* events ever; the newest lies at (seen - 1) % 32 */
	struct {
		struct at when;
		const struct trace_point *point;
		const char *source;
		uint64_t arg[3];
	} event[TRACE_RECENT_EVENTS];
};

/* The caller adds recent->sink to the trace. */
void trace_recent_init(struct trace_recent *recent);
/* Oldest first, one line each as trace_text_line writes it. Allocates nothing and asserts
 * nothing. */
void trace_recent_write(const struct trace_recent *recent, FILE *out);

#endif
