/* SPDX-License-Identifier: MIT */
/* A trace sink that writes Perfetto's format (perfetto.proto), for ui.perfetto.dev or its trace
 * processor. How an event is drawn follows from its name and the names of its arguments, so that a
 * new one needs nothing here:
 *
 *     ...begin, ...end    a slice on its track; what begins last ends first
 *     "end_ps"            a slice from the event's time to there
 *     else                an instant
 *     "core"              on the track of that core; with "vector", on the core's interrupts
 *     "queue" "vector"    on a track of their own below the source
 *     "cmd"               on the track of its submission queue (the number above bit 16)
 *     else                on the track of the point's subject ("rx" of "nic82599.rx.drop")
 *     "frame" "io"        arrows connect events of one source that have the same value
 *
 * Time is written in nanoseconds, rounded down, as the format has it. Not modelled: counters; open
 * slices of a recording that is not closed. */
#ifndef DOORBELL_TRACE_TRACE_PERFETTO_H
#define DOORBELL_TRACE_TRACE_PERFETTO_H

#include <stdio.h>

#include "model/trace/trace.h"

struct trace_perfetto;

struct trace_perfetto_cfg {
	FILE *out;               /* stays the caller's */
	const char *glob;        /* as trace_text.h; NULL = all */
	const char *start;       /* nothing is recorded before an event of this name; NULL = all */
	trace_label_fn label;    /* NULL = none; asked once for each value of the second argument */
	void *label_ctx;
};

/* NULL without memory. Strings outlive the recording. */
struct trace_perfetto *trace_perfetto_create(const struct trace_perfetto_cfg *cfg);
struct trace_sink *trace_perfetto_sink(struct trace_perfetto *perfetto);
/* Ends what is open at its track's last event. 0, or -1 if anything could not be written. */
int trace_perfetto_close(struct trace_perfetto *perfetto);

#endif
