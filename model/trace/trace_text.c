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

bool trace_glob_wants(const char *glob, const struct trace_point *point, const char *source)
{
	char full[FULL_NAME_BYTES];

	if (!glob || trace_glob_match(glob, point->name))
		return true;
	snprintf(full, sizeof(full), "%s/%s", source, point->name);
	return trace_glob_match(glob, full);
}

static void write_event(FILE *out, struct at when, const struct trace_point *point,
			const char *source, const uint64_t arg[3])
{
	int i;

	fprintf(out, "%" PRIu64 " %s %s", when.ps, source, point->name);
	for (i = 0; i < 3; i++)
		if (point->arg[i])
			fprintf(out, " %s=%" PRIu64, point->arg[i], arg[i]);
}

void trace_text_line(FILE *out, struct at when, const struct trace_point *point,
		     const char *source, const uint64_t arg[3])
{
	write_event(out, when, point, source, arg);
	putc('\n', out);
}

static void emit(void *ctx, struct at when, const struct trace_point *point, const char *source,
		 const uint64_t arg[3])
{
	const struct trace_text *text = ctx;
	struct trace_label label = { NULL, NULL };

	if (!trace_glob_wants(text->glob, point, source))
		return;
	write_event(text->out, when, point, source, arg);
	if (text->label)
		text->label(text->label_ctx, point, arg, &label);
	if (label.name)
		fprintf(text->out, " name=%s", label.name);
	if (label.category)
		fprintf(text->out, " category=%s", label.category);
	putc('\n', text->out);
}

void trace_text_init(struct trace_text *text, FILE *out, const char *glob)
{
	*text = (struct trace_text){
		.sink = { .emit = emit, .ctx = text, .details = true },
		.out = out,
		.glob = glob,
	};
}
