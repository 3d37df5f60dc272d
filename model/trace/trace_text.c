/* SPDX-License-Identifier: MIT */
#include "model/trace/trace_text.h"

#include <inttypes.h>
#include <stddef.h>

/* Longer names are cut before they are matched. */
#define FULL_NAME_BYTES 256

/* Greedy with one step back: when the text after the last star does not fit, that star takes one
 * character more. Earlier stars need never be tried again. */
bool trace_glob_match(const char *glob, const char *text)
{
	const char *after_star = NULL;
	const char *retry = text;

	for (;;) {
		if (*glob == '*') {
			after_star = ++glob;
			retry = text;
		} else if (*text && (*glob == '?' || *glob == *text)) {
			glob++;
			text++;
		} else if (!*glob && !*text) {
			return true;
		} else {
			if (!after_star || !*retry)
				return false;
			glob = after_star;
			text = ++retry;
		}
	}
}

static bool wanted(const char *glob, const struct trace_point *point, const char *source)
{
	char full[FULL_NAME_BYTES];

	if (!glob || trace_glob_match(glob, point->name))
		return true;
	snprintf(full, sizeof(full), "%s/%s", source, point->name);
	return trace_glob_match(glob, full);
}

void trace_text_line(FILE *out, struct at when, const struct trace_point *point,
		     const char *source, const uint64_t arg[3])
{
	int i;

	fprintf(out, "%" PRIu64 " %s %s", when.ps, source, point->name);
	for (i = 0; i < 3; i++)
		if (point->arg[i])
			fprintf(out, " %s=%" PRIu64, point->arg[i], arg[i]);
	putc('\n', out);
}

static void emit(void *ctx, struct at when, const struct trace_point *point, const char *source,
		 const uint64_t arg[3])
{
	const struct trace_text *text = ctx;

	if (wanted(text->glob, point, source))
		trace_text_line(text->out, when, point, source, arg);
}

void trace_text_init(struct trace_text *text, FILE *out, const char *glob)
{
	*text = (struct trace_text){
		.sink = { .emit = emit, .ctx = text },
		.out = out,
		.glob = glob,
	};
}
