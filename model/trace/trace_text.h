/* SPDX-License-Identifier: MIT */
/* A trace sink that writes one line an event: "time_ps source point arg=value ...", values in
 * decimal. Only events match whose point ("nic82599.rx.accept") or source and point with a '/'
 * between ("eth0/nic82599.rx.accept") fits the glob: '*' is any run of characters, '?' any one.
 * With `label` set, what it knows stands at the end: "name=ixgbe_poll category=driver".
 * Not modelled: character classes; an error of the stream is the stream's owner's to look at. */
#ifndef DOORBELL_TRACE_TRACE_TEXT_H
#define DOORBELL_TRACE_TRACE_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "model/trace/trace.h"

struct trace_text {
	struct trace_sink sink;
	FILE *out;
	const char *glob;
	trace_label_fn label;      /* NULL = none; the owner may set it after init */
	void *label_ctx;
};

/* `out` and `glob` must outlive the sink; a NULL glob matches all. The caller adds text->sink to
 * the trace. */
void trace_text_init(struct trace_text *text, FILE *out, const char *glob);

/* One event as the sink writes it, with the newline. */
void trace_text_line(FILE *out, struct at when, const struct trace_point *point,
		     const char *source, const uint64_t arg[3]);

bool trace_glob_match(const char *glob, const char *text);
/* The point's name, or source and name, fits; NULL fits all. */
bool trace_glob_wants(const char *glob, const struct trace_point *point, const char *source);

#endif
