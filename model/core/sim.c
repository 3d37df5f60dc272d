/* SPDX-License-Identifier: MIT */
#include "model/core/sim.h"

#include <stdarg.h>
#include <stdio.h>

int sim_fail(struct sim *sim, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(sim->error, sizeof(sim->error), fmt, args);
	va_end(args);
	return err;
}
