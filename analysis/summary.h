/* SPDX-License-Identifier: MIT */
/* The text at the end of a run: per device a table with one row per point, what was expected,
 * what failed. Columns are the swept keys, then what the device reports; ASCII, at most about
 * 110 wide. */
#ifndef DOORBELL_ANALYSIS_SUMMARY_H
#define DOORBELL_ANALYSIS_SUMMARY_H

#include <stdio.h>

#include "analysis/result.h"

void summary_print(const struct result *result, FILE *out);

#endif
