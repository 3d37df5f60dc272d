/* SPDX-License-Identifier: MIT */
#include "model/trace/stats.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"

#define NAME_BYTES 128
#define FIRST_CAPACITY 64

/* Running totals at one instant. */
struct totals {
	uint64_t num, den;
};

/* Rows never move once made: counters are handed out by pointer. */
struct row {
	char name[NAME_BYTES];
	enum stat_kind kind;
	struct counter counter;
	uint64_t (*value)(void *ctx);          /* NULL: counter.value */
	/* STAT_RATIO with its own totals. */
	void (*ratio)(void *ctx, uint64_t *num, uint64_t *den);
	void *ctx;
	const struct row *num, *den;           /* what a derived row is made of */
	struct hist *hist;
	struct totals begin, end;
};

enum window {
	WINDOW_BEFORE,
	WINDOW_OPEN,
	WINDOW_ENDED,
};

struct stats {
	struct row **row;     /* by name */
	size_t count;
	size_t capacity;
	enum window window;
	uint64_t begin_ps, end_ps;
};

struct stats *stats_create(void)
{
	struct stats *stats = calloc(1, sizeof(*stats));

	if (!stats)
		return NULL;
	stats->row = calloc(FIRST_CAPACITY, sizeof(*stats->row));
	if (!stats->row) {
		free(stats);
		return NULL;
	}
	stats->capacity = FIRST_CAPACITY;
	return stats;
}

void stats_destroy(struct stats *stats)
{
	size_t i;

	if (!stats)
		return;
	for (i = 0; i < stats->count; i++) {
		hist_destroy(stats->row[i]->hist);
		free(stats->row[i]);
	}
	free(stats->row);
	free(stats);
}

/* Place of the first row whose name is not below `name`. */
static size_t place_of(const struct stats *stats, const char *name)
{
	size_t low = 0, high = stats->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(stats->row[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct row *find(const struct stats *stats, const char *name)
{
	size_t place = place_of(stats, name);

	if (place == stats->count || strcmp(stats->row[place]->name, name) != 0)
		return NULL;
	return stats->row[place];
}

static struct row *add(struct stats *stats, enum stat_kind kind, const char *name)
{
	struct row *row;
	size_t place;

	/* A row that comes after the first window began has no total to subtract. */
	ASSERT(stats->window == WINDOW_BEFORE);
	ASSERT(name[0] && strlen(name) < NAME_BYTES);
	ASSERT(!find(stats, name));
	if (stats->count == stats->capacity) {
		stats->capacity *= 2;
		stats->row = realloc(stats->row, stats->capacity * sizeof(*stats->row));
		ASSERT(stats->row);
	}
	row = calloc(1, sizeof(*row));
	ASSERT(row);
	row->kind = kind;
	memcpy(row->name, name, strlen(name));
	place = place_of(stats, name);
	memmove(&stats->row[place + 1], &stats->row[place],
		(stats->count - place) * sizeof(*stats->row));
	stats->row[place] = row;
	stats->count++;
	return row;
}

static struct row *add_formatted(struct stats *stats, enum stat_kind kind, const char *fmt,
				 va_list args)
{
	char name[NAME_BYTES];
	int len = vsnprintf(name, sizeof(name), fmt, args);

	ASSERT(len > 0 && len < NAME_BYTES);
	return add(stats, kind, name);
}

struct counter *stats_counter(struct stats *stats, const char *name_fmt, ...)
{
	struct row *row;
	va_list args;

	va_start(args, name_fmt);
	row = add_formatted(stats, STAT_COUNTER, name_fmt, args);
	va_end(args);
	return &row->counter;
}

void stats_counter_fn(struct stats *stats, const char *name, uint64_t (*fn)(void *ctx), void *ctx)
{
	struct row *row = add(stats, STAT_COUNTER, name);

	row->value = fn;
	row->ctx = ctx;
}

void stats_level_fn(struct stats *stats, const char *name, uint64_t (*fn)(void *ctx), void *ctx)
{
	struct row *row = add(stats, STAT_LEVEL, name);

	row->value = fn;
	row->ctx = ctx;
}

void stats_ratio_fn(struct stats *stats, const char *name,
		    void (*fn)(void *ctx, uint64_t *num, uint64_t *den), void *ctx)
{
	struct row *row = add(stats, STAT_RATIO, name);

	row->ratio = fn;
	row->ctx = ctx;
}

static const struct row *counter_named(const struct stats *stats, const char *name)
{
	const struct row *row = find(stats, name);

	ASSERT(row && row->kind == STAT_COUNTER);
	return row;
}

void stats_rate(struct stats *stats, const char *name, const char *of)
{
	const struct row *num = counter_named(stats, of);

	add(stats, STAT_RATE, name)->num = num;
}

void stats_ratio(struct stats *stats, const char *name, const char *num, const char *den)
{
	const struct row *num_row = counter_named(stats, num);
	const struct row *den_row = counter_named(stats, den);
	struct row *row = add(stats, STAT_RATIO, name);

	row->num = num_row;
	row->den = den_row;
}

struct hist *stats_dist(struct stats *stats, const char *name_fmt, ...)
{
	struct row *row;
	va_list args;

	va_start(args, name_fmt);
	row = add_formatted(stats, STAT_DIST, name_fmt, args);
	va_end(args);
	row->hist = hist_create();
	ASSERT(row->hist);
	return row->hist;
}

void stats_sample(struct stats *stats, struct hist *hist, uint64_t value)
{
	if (stats->window == WINDOW_OPEN)
		hist_add(hist, value);
}

static struct totals totals_of(const struct row *row)
{
	struct totals totals = { 0, 1 };

	if (row->ratio)
		row->ratio(row->ctx, &totals.num, &totals.den);
	else if (row->value)
		totals.num = row->value(row->ctx);
	else
		totals.num = row->counter.value;
	return totals;
}

void stats_window_begin(struct stats *stats, uint64_t now_ps)
{
	size_t i;

	ASSERT(stats->window != WINDOW_OPEN);
	for (i = 0; i < stats->count; i++) {
		stats->row[i]->begin = totals_of(stats->row[i]);
		if (stats->row[i]->hist)
			hist_clear(stats->row[i]->hist);
	}
	stats->begin_ps = now_ps;
	stats->window = WINDOW_OPEN;
}

void stats_window_end(struct stats *stats, uint64_t now_ps)
{
	size_t i;

	ASSERT(stats->window == WINDOW_OPEN && now_ps >= stats->begin_ps);
	for (i = 0; i < stats->count; i++)
		stats->row[i]->end = totals_of(stats->row[i]);
	stats->end_ps = now_ps;
	stats->window = WINDOW_ENDED;
}

bool stats_window_open(const struct stats *stats)
{
	return stats->window == WINDOW_OPEN;
}

bool stats_in_window(const struct stats *stats, const char *name, uint64_t *value,
		     const struct hist **hist)
{
	const struct row *row = find(stats, name);

	ASSERT(stats->window == WINDOW_OPEN);
	if (!row || row->kind == STAT_RATE || row->kind == STAT_RATIO)
		return false;
	*hist = row->hist;
	*value = row->hist ? hist_count(row->hist) : totals_of(row).num;
	if (row->kind == STAT_COUNTER)
		*value -= row->begin.num;
	return true;
}

size_t stats_count(const struct stats *stats)
{
	return stats->count;
}

static uint64_t difference(const struct row *row)
{
	return row->end.num - row->begin.num;
}

static struct stat_value value_of(const struct stats *stats, const struct row *row)
{
	struct stat_value value = { .name = row->name, .kind = row->kind, .den = 1 };

	switch (row->kind) {
	case STAT_COUNTER:
		value.num = difference(row);
		break;
	case STAT_LEVEL:
		value.num = row->end.num;
		break;
	case STAT_RATE:
		value.num = difference(row->num);
		value.den = stats->end_ps - stats->begin_ps;
		break;
	case STAT_RATIO:
		value.num = row->ratio ? difference(row) : difference(row->num);
		value.den = row->ratio ? row->end.den - row->begin.den : difference(row->den);
		break;
	case STAT_DIST:
		value.num = hist_count(row->hist);
		value.hist = row->hist;
		break;
	}
	return value;
}

struct stat_value stats_get(const struct stats *stats, size_t index)
{
	ASSERT(stats->window == WINDOW_ENDED && index < stats->count);
	return value_of(stats, stats->row[index]);
}

bool stats_find(const struct stats *stats, const char *name, struct stat_value *out)
{
	const struct row *row = find(stats, name);

	ASSERT(stats->window == WINDOW_ENDED);
	if (!row)
		return false;
	*out = value_of(stats, row);
	return true;
}

bool stats_so_far(const struct stats *stats, const char *name, uint64_t *value, uint64_t *count)
{
	const struct row *row = find(stats, name);
	uint64_t high;

	if (!row || (row->kind != STAT_COUNTER && !row->hist))
		return false;
	*count = 0;
	if (row->hist) {
		hist_sum(row->hist, &high, value);
		*count = hist_count(row->hist);
	} else {
		*value = row->value ? row->value(row->ctx) : row->counter.value;
	}
	return true;
}
