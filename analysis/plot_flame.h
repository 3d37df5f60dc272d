/* SPDX-License-Identifier: MIT */
/* Flame graphs of the points of a result folder that have a profile. */
#ifndef DOORBELL_ANALYSIS_PLOT_FLAME_H
#define DOORBELL_ANALYSIS_PLOT_FLAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "analysis/result.h"

/* "flame" or "flame-SELECTION" with a core or time category, such as "flame-cpu0". */
bool plot_flame_is_name(const char *name);
/* Writes DIR/plots/NAME-pointNNN.svg, or DIR/plots/NAME.svg for the only point, and lists them.
 * Returns how many; -1 with the reason in `error`. */
int plot_flame(const char *dir, const struct result *result, const char *name, FILE *names,
	       char *error, size_t error_bytes);

#endif
