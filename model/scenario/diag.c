/* SPDX-License-Identifier: MIT */
#include "model/scenario/diag.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"

/* Beyond this many nothing is learned any more; printing stops far earlier. */
#define DIAG_KEPT 1000
/* Widest excerpt of a source line. */
#define DIAG_EXCERPT 96

struct source {
	char *name;
	char *text;
	size_t bytes;
};

struct item {
	struct diag_place place;
	size_t order;
	char *what;
	char *help;
};

struct diag {
	struct source *sources;
	unsigned source_count;
	struct item *items;
	size_t count;
	size_t lost;
};

struct diag *diag_new(void)
{
	struct diag *diag = calloc(1, sizeof(*diag));

	ASSERT(diag);
	return diag;
}

void diag_free(struct diag *diag)
{
	if (!diag)
		return;
	for (unsigned i = 0; i < diag->source_count; i++) {
		free(diag->sources[i].name);
		free(diag->sources[i].text);
	}
	for (size_t i = 0; i < diag->count; i++) {
		free(diag->items[i].what);
		free(diag->items[i].help);
	}
	free(diag->sources);
	free(diag->items);
	free(diag);
}

unsigned diag_source(struct diag *diag, const char *name, const char *text, size_t bytes)
{
	struct source *source;

	diag->sources = realloc(diag->sources, (diag->source_count + 1) * sizeof(*diag->sources));
	ASSERT(diag->sources);
	source = &diag->sources[diag->source_count];
	memset(source, 0, sizeof(*source));
	source->name = strdup(name);
	if (text) {
		source->text = malloc(bytes + 1);
		ASSERT(source->text);
		memcpy(source->text, text, bytes);
		source->text[bytes] = '\0';
		source->bytes = bytes;
	}
	return diag->source_count++;
}

static bool same_place(struct diag_place a, struct diag_place b)
{
	return a.source == b.source && a.line == b.line && a.column == b.column;
}

void diag_verror(struct diag *diag, struct diag_place place, const char *help, const char *fmt,
		 va_list args)
{
	char what[512];
	struct item *item;

	vsnprintf(what, sizeof(what), fmt, args);
	for (size_t i = 0; i < diag->count; i++)
		if (same_place(diag->items[i].place, place) && !strcmp(diag->items[i].what, what))
			return;
	if (diag->count == DIAG_KEPT) {
		diag->lost++;
		return;
	}
	diag->items = realloc(diag->items, (diag->count + 1) * sizeof(*diag->items));
	ASSERT(diag->items);
	item = &diag->items[diag->count];
	item->place = place;
	item->order = diag->count++;
	item->what = strdup(what);
	item->help = help ? strdup(help) : NULL;
}

void diag_error(struct diag *diag, struct diag_place place, const char *help, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	diag_verror(diag, place, help, fmt, args);
	va_end(args);
}

size_t diag_count(const struct diag *diag)
{
	return diag->count + diag->lost;
}

static int by_place(const void *left, const void *right)
{
	const struct item *a = left, *b = right;

	if (a->place.source != b->place.source)
		return a->place.source < b->place.source ? -1 : 1;
	if (a->place.line != b->place.line)
		return a->place.line < b->place.line ? -1 : 1;
	if (a->place.column != b->place.column)
		return a->place.column < b->place.column ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* Bytes that would move the cursor or change the terminal become '?'. A tab is one blank, so that
 * the caret stands right. */
static void put_clean(const char *text, size_t bytes, FILE *out)
{
	for (size_t i = 0; i < bytes; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\t')
			fputc(' ', out);
		else
			fputc(c < 0x20 || c == 0x7f ? '?' : c, out);
	}
}

static bool starts_character(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

/* The line's text; NULL if the source has no such line. */
static const char *source_line(const struct source *source, unsigned number, size_t *bytes)
{
	const char *at = source->text, *end = source->text + source->bytes, *stop;

	if (!at || number == 0)
		return NULL;
	for (unsigned i = 1; i < number; i++) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (!at)
			return NULL;
		at++;
	}
	stop = memchr(at, '\n', (size_t)(end - at));
	*bytes = (size_t)((stop ? stop : end) - at);
	if (*bytes && at[*bytes - 1] == '\r')
		--*bytes;
	return at;
}

static void print_excerpt(const struct source *source, struct diag_place place, FILE *out)
{
	size_t bytes, at = 0, from, to;
	const char *line = source_line(source, place.line, &bytes);
	unsigned column = 1;

	if (!line)
		return;
	while (at < bytes && column < place.column) {
		at++;
		while (at < bytes && !starts_character(line[at]))
			at++;
		column++;
	}
	/* A long line is shown around the caret. */
	from = at > DIAG_EXCERPT / 2 && bytes > DIAG_EXCERPT ? at - DIAG_EXCERPT / 2 : 0;
	while (from && !starts_character(line[from]))
		from--;
	to = bytes - from > DIAG_EXCERPT ? from + DIAG_EXCERPT : bytes;
	while (to < bytes && !starts_character(line[to]))
		to++;
	fprintf(out, "%5u | ", place.line);
	put_clean(line + from, to - from, out);
	fputs("\n      | ", out);
	for (size_t i = from; i < at; i++)
		if (starts_character(line[i]))
			fputc(' ', out);
	fputs("^\n", out);
}

void diag_print(const struct diag *diag, FILE *out)
{
	size_t shown = diag->count < DIAG_MAX ? diag->count : DIAG_MAX;

	if (diag->count)
		qsort(diag->items, diag->count, sizeof(*diag->items), by_place);
	for (size_t i = 0; i < shown; i++) {
		const struct item *item = &diag->items[i];
		const struct source *source = &diag->sources[item->place.source];

		put_clean(source->name, strlen(source->name), out);
		fprintf(out, ":%u:%u: error: ", item->place.line ? item->place.line : 1,
			item->place.line ? item->place.column : 1);
		put_clean(item->what, strlen(item->what), out);
		fputc('\n', out);
		print_excerpt(source, item->place, out);
		if (item->help) {
			fputs("help: ", out);
			put_clean(item->help, strlen(item->help), out);
			fputc('\n', out);
		}
	}
	if (diag_count(diag) > shown)
		fprintf(out, "%zu more errors are not shown\n", diag_count(diag) - shown);
}

/* Longest name that is compared: longer ones are no slip of the keys. */
#define NEAREST_LENGTH 63

/* Edit distance in which a swap of neighbours counts one (optimal string alignment). */
static unsigned distance(const char *a, size_t an, const char *b, size_t bn)
{
	unsigned rows[3][NEAREST_LENGTH + 1];
	unsigned *before = rows[0], *above = rows[1], *here = rows[2];

	for (size_t j = 0; j <= bn; j++)
		above[j] = (unsigned)j;
	for (size_t i = 1; i <= an; i++) {
		unsigned *spare = before;

		here[0] = (unsigned)i;
		for (size_t j = 1; j <= bn; j++) {
			unsigned best = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (here[j - 1] + 1 < best)
				best = here[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			here[j] = best;
		}
		before = above;
		above = here;
		here = spare;
	}
	return above[bn];
}

unsigned diag_distance(const char *a, const char *b)
{
	size_t an = strlen(a), bn = strlen(b);

	return an > NEAREST_LENGTH || bn > NEAREST_LENGTH ? UINT_MAX : distance(a, an, b, bn);
}

const char *diag_nearest(const char *name, const char *const *names, size_t count)
{
	size_t length = strlen(name);
	unsigned limit = length / 3 > 1 ? (unsigned)(length / 3) : 1;
	const char *best = NULL;

	if (length <= 3)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		unsigned d = diag_distance(name, names[i]);

		/* Only a nearer one replaces the first. */
		if (d <= limit && (!best || d < diag_distance(name, best)))
			best = names[i];
	}
	return best;
}
