/* SPDX-License-Identifier: MIT */
/* The parent's side of point_writer.h: bytes as they arrive from a pipe become a result_point.
 * Broken lines are remembered, never trusted: a child may crash in the middle of one. */
#ifndef DOORBELL_ANALYSIS_POINT_READER_H
#define DOORBELL_ANALYSIS_POINT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/result.h"

#define POINT_READER_LINE_BYTES 1024

struct point_reader {
	struct result_point *point;     /* the caller's, being filled */
	char line[POINT_READER_LINE_BYTES];
	size_t line_bytes;
	uint64_t now_ns, end_ns;        /* last progress */
	char error[POINT_READER_LINE_BYTES];
	bool begun, ended, broken;
};

void point_reader_init(struct point_reader *reader, struct result_point *point);
void point_reader_feed(struct point_reader *reader, const char *bytes, size_t count);
/* At end of file: true if the result is whole (and the stats are sorted). */
bool point_reader_finish(struct point_reader *reader);

#endif
