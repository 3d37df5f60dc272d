/* SPDX-License-Identifier: MIT */
#include "analysis/point_reader.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS_MAX = 10 };

void point_reader_init(struct point_reader *reader, struct result_point *point)
{
	memset(reader, 0, sizeof(*reader));
	reader->point = point;
}

/* Exactly `count` unsigned integers, one space between two, up to the end of the text. */
static bool numbers_of(const char *text, uint64_t *value, int count)
{
	for (int i = 0; i < count; i++) {
		char *end;

		if (!isdigit((unsigned char)*text))
			return false;
		errno = 0;
		value[i] = strtoull(text, &end, 10);
		if (errno || *end != (i + 1 < count ? ' ' : '\0'))
			return false;
		text = end + 1;
	}
	return true;
}

static bool take_begin(struct point_reader *reader, const char *digest, const char *rest)
{
	uint64_t simulated_ns;

	if (reader->begun || strlen(digest) >= sizeof(reader->point->digest) ||
	    !numbers_of(rest, &simulated_ns, 1))
		return false;
	strcpy(reader->point->digest, digest);
	reader->point->simulated_ns = simulated_ns;
	reader->begun = true;
	return true;
}

static bool take_int(struct point_reader *reader, const char *name, const char *rest)
{
	uint64_t value;

	if (!reader->begun || !numbers_of(rest, &value, 1))
		return false;
	result_point_stat(reader->point, name)->value = result_integer(value);
	return true;
}

static decimal_u128 wide(uint64_t high, uint64_t low)
{
	return (decimal_u128)high << 64 | low;
}

static bool take_ratio(struct point_reader *reader, const char *name, const char *rest)
{
	uint64_t value[3];

	if (!reader->begun || !numbers_of(rest, value, 3))
		return false;
	result_point_stat(reader->point, name)->value =
		result_ratio(wide(value[0], value[1]), value[2]);
	return true;
}

static bool take_dist(struct point_reader *reader, const char *name, const char *rest)
{
	uint64_t value[NUMBERS_MAX];
	struct result_stat *stat;

	if (!reader->begun || !numbers_of(rest, value, NUMBERS_MAX))
		return false;
	stat = result_point_stat(reader->point, name);
	stat->is_dist = true;
	stat->field[RESULT_COUNT] = result_integer(value[0]);
	stat->field[RESULT_MEAN] = result_ratio(wide(value[1], value[2]), value[0]);
	for (int i = RESULT_MIN; i <= RESULT_MAX; i++)
		stat->field[i] = result_integer(value[3 + i - RESULT_MIN]);
	return true;
}

static bool take_line(struct point_reader *reader, char *line)
{
	char *name = strchr(line, ' ');
	char *rest;

	if (!strcmp(line, "end")) {
		bool first = reader->begun && !reader->ended;

		reader->ended = true;
		return first;
	}
	if (!name)
		return false;
	if (!strncmp(line, "error ", 6)) {
		strcpy(reader->error, name + 1);
		return true;
	}
	if (!strncmp(line, "progress ", 9)) {
		uint64_t value[2];

		if (!numbers_of(name + 1, value, 2))
			return false;
		reader->now_ns = value[0];
		reader->end_ns = value[1];
		return true;
	}
	*name++ = '\0';
	rest = strchr(name, ' ');
	if (!rest || rest == name || reader->ended)
		return false;
	*rest++ = '\0';
	if (!strcmp(line, "begin"))
		return take_begin(reader, name, rest);
	if (!strcmp(line, "int"))
		return take_int(reader, name, rest);
	if (!strcmp(line, "ratio"))
		return take_ratio(reader, name, rest);
	if (!strcmp(line, "dist"))
		return take_dist(reader, name, rest);
	return false;
}

void point_reader_feed(struct point_reader *reader, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] == '\n') {
			reader->line[reader->line_bytes] = '\0';
			reader->line_bytes = 0;
			if (!take_line(reader, reader->line))
				reader->broken = true;
		} else if (reader->line_bytes + 1 < sizeof(reader->line)) {
			reader->line[reader->line_bytes++] = bytes[i];
		} else {
			reader->broken = true;
		}
	}
}

bool point_reader_finish(struct point_reader *reader)
{
	bool sorted = result_point_sort(reader->point);

	return sorted && reader->ended && !reader->broken && !reader->line_bytes;
}
