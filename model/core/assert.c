/* SPDX-License-Identifier: MIT */
#include "model/core/assert.h"

#include <stddef.h>
#include <stdio.h>

/* The one mutable global of the model: an ASSERT has no context to find its handler through. */
static void (*assert_handler)(const char *what, const char *file, int line, const char *func);

void assert_set_handler(void (*handler)(const char *what, const char *file, int line,
					const char *func))
{
	assert_handler = handler;
}

void assert_failed(const char *what, const char *file, int line, const char *func)
{
	if (assert_handler)
		assert_handler(what, file, line, func);
	fprintf(stderr, "%s:%d: %s: ASSERT(%s) failed\n", file, line, func, what);
	fflush(stderr);
	__builtin_trap();
}
