/* SPDX-License-Identifier: MIT */
#include "model/scenario/io_trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/scenario/file.h"

#define HEAD       "time_ns,op,file,offset_bytes,length_bytes"
#define FILES_MOST 64u
#define BYTES_MOST (1u << 20)

static const char *const words[] = {
	[IO_TRACE_READ] = "read", [IO_TRACE_WRITE] = "write", [IO_TRACE_FLUSH] = "flush",
};

static int what_of(const char *word)
{
	for (int i = 0; i < (int)(sizeof(words) / sizeof(words[0])); i++)
		if (!strcmp(word, words[i]))
			return i;
	return -1;
}

/* False: not a record. */
static bool parse(const char *line, struct io_trace_record *record)
{
	uint64_t time, offset, length, first, end;
	char word[8];
	unsigned file;
	int what, used = 0;

	if (sscanf(line, "%" SCNu64 ",%7[a-z],%u,%" SCNu64 ",%" SCNu64 "%n", &time, word, &file,
		   &offset, &length, &used) != 5 || line[used])
		return false;
	what = what_of(word);
	if (what < 0 || file >= FILES_MOST || length > BYTES_MOST || offset > INT64_MAX ||
	    (what != IO_TRACE_FLUSH && !length))
		return false;
	first = offset / IO_TRACE_SECTOR * IO_TRACE_SECTOR;
	end = (offset + length + IO_TRACE_SECTOR - 1) / IO_TRACE_SECTOR * IO_TRACE_SECTOR;
	*record = (struct io_trace_record){
		.offset = first,
		.bytes = what == IO_TRACE_FLUSH ? 0 : (uint32_t)(end - first),
		.file = (uint16_t)file,
		.what = (uint8_t)what,
	};
	return true;
}

static void add(struct io_trace *trace, const struct io_trace_record *record)
{
	trace->record[trace->records++] = *record;
	if (record->file >= trace->files)
		trace->files = record->file + 1u;
	if (record->bytes > trace->most_bytes)
		trace->most_bytes = record->bytes;
	if (record->offset + record->bytes > trace->end)
		trace->end = record->offset + record->bytes;
}

static size_t count_lines(const char *text)
{
	size_t lines = 1;

	while ((text = strchr(text, '\n'))) {
		lines++;
		text++;
	}
	return lines;
}

/* 0, or the number of the line that is wrong. */
static size_t read_lines(struct io_trace *trace, char *text)
{
	struct io_trace_record record;
	size_t number = 0;
	char *rest = text;

	while (*rest) {
		char *line = rest, *end = strchr(rest, '\n');

		number++;
		rest = end ? end + 1 : rest + strlen(rest);
		if (end)
			*end = '\0';
		if (number == 1) {
			if (strcmp(line, HEAD))
				return number;
			continue;
		}
		if (!parse(line, &record))
			return number;
		add(trace, &record);
	}
	return trace->most_bytes ? 0 : number + 1;
}

struct io_trace *io_trace_load(const char *path, char *error, size_t error_bytes)
{
	struct io_trace *trace = calloc(1, sizeof(*trace));
	size_t bytes, wrong;
	char *text = file_read(path, &bytes);

	ASSERT(trace);
	if (!text) {
		snprintf(error, error_bytes, "cannot read the trace: %s", strerror(errno));
		free(trace);
		return NULL;
	}
	trace->record = calloc(count_lines(text), sizeof(*trace->record));
	ASSERT(trace->record);
	wrong = read_lines(trace, text);
	free(text);
	if (wrong) {
		snprintf(error, error_bytes, "line %zu of the trace is not as %s", wrong, HEAD);
		io_trace_free(trace);
		return NULL;
	}
	return trace;
}

void io_trace_free(struct io_trace *trace)
{
	if (!trace)
		return;
	free(trace->record);
	free(trace);
}
