/* SPDX-License-Identifier: MIT */
/* A flame graph of folded stacks as one SVG without script or font of its own. A box is a function,
 * as wide as the simulated time in it and what it called; its callers are below it. A box's title
 * (the browser shows it under the mouse) has the whole name and the time. */
#ifndef DOORBELL_ANALYSIS_FLAME_H
#define DOORBELL_ANALYSIS_FLAME_H

#include <stdio.h>

#include "analysis/folded.h"

/* 0, or -1 if it could not be written. */
int flame_write(const struct folded_node *root, const char *title, FILE *out);

#endif
