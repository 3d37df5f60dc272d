/* SPDX-License-Identifier: MIT */
/* Memory for tables whose size a file decides. A host without memory for a few result tables
 * cannot go on: these say so and end the process (analysis runs above the simulator, where that
 * is allowed). */
#ifndef DOORBELL_ANALYSIS_MEMORY_H
#define DOORBELL_ANALYSIS_MEMORY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Must not return. Without one: a trap. */
void mem_set_failed(void (*handler)(void));
void mem_failed(void) __attribute__((noreturn));

static inline void *mem_check(void *memory)
{
	if (!memory)
		mem_failed();
	return memory;
}

static inline void *mem_zalloc(size_t bytes)
{
	return mem_check(calloc(1, bytes ? bytes : 1));
}

static inline char *mem_strdup(const char *text)
{
	return (char *)mem_check(strdup(text));
}

/* Room for one more entry in an array of `count`, zeroed. The array doubles at powers of two, so no
 * capacity is kept. */
static inline void *mem_grow(void *array, size_t count, size_t entry_bytes)
{
	if (!(count & (count - 1))) {
		size_t room = count ? 2 * count : 1;

		array = mem_check(realloc(array, room * entry_bytes));
		memset((char *)array + count * entry_bytes, 0, (room - count) * entry_bytes);
	}
	return array;
}

#endif
