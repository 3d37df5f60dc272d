/* SPDX-License-Identifier: MIT */
#include "analysis/memory.h"

static void (*failed)(void);

void mem_set_failed(void (*handler)(void))
{
	failed = handler;
}

void mem_failed(void)
{
	if (failed)
		failed();
	__builtin_trap();
}
