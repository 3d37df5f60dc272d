/* SPDX-License-Identifier: MIT */
/* A failed assertion of the RTL is our bug, as ASSERT is. Verilator has printed which it was. */
#include <verilated.h>

extern "C" {
#include "model/core/assert.h"
}

void vl_stop(const char *file, int line, const char *hier) VL_MT_UNSAFE
{
	assert_failed("RTL assertion", file, line, hier);
}

void vl_fatal(const char *file, int line, const char *hier, const char *message) VL_MT_UNSAFE
{
	assert_failed(message, file, line, hier);
}
