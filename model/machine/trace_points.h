/* SPDX-License-Identifier: MIT */
#ifndef DOORBELL_MACHINE_TRACE_POINTS_H
#define DOORBELL_MACHINE_TRACE_POINTS_H

#include "model/trace/trace.h"

#define TRACE_POINT(id, name, a, b, c) id,
enum {
#include "model/machine/trace.def"
	MACHINE_TRACE_POINTS,
};
#undef TRACE_POINT

extern const struct trace_point machine_trace_points[MACHINE_TRACE_POINTS];

#endif
