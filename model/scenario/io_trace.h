/* SPDX-License-Identifier: MIT */
/* A trace of file operations, read whole: lines "time_ns,op,file,offset_bytes,length_bytes" behind a
 * line that names the columns; op is read, write or flush. As a block device has sectors, a range is
 * widened to whole ones; each file becomes an area of the device. Not modelled: what a file system
 * would do between the two (merging, its own metadata), and the times. */
#ifndef DOORBELL_SCENARIO_IO_TRACE_H
#define DOORBELL_SCENARIO_IO_TRACE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IO_TRACE_SECTOR 512u
#define IO_TRACE_ALIGN  4096u     /* of areas */

enum io_trace_what { IO_TRACE_READ, IO_TRACE_WRITE, IO_TRACE_FLUSH };

struct io_trace_record {
	uint64_t offset;         /* in the file's area */
	uint32_t bytes;          /* whole sectors; 0 for a flush */
	uint16_t file;
	uint8_t what;
};

struct io_trace {
	struct io_trace_record *record;
	size_t records;
	unsigned files;
	uint32_t most_bytes;
	uint64_t end;            /* of the longest file */
};

/* NULL, and the reason in `error`. */
struct io_trace *io_trace_load(const char *path, char *error, size_t error_bytes);
void io_trace_free(struct io_trace *trace);

#ifdef __cplusplus
}
#endif
#endif
