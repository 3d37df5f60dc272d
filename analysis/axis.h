/* SPDX-License-Identifier: MIT */
/* The swept keys of a result as axes of figures: their values in rising order if all are numbers
 * with a common unit ("10us", "1Mpps", 4), else as categories in the order they were run ("off",
 * "10us"). */
#ifndef DOORBELL_ANALYSIS_AXIS_H
#define DOORBELL_ANALYSIS_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/result.h"

struct axis_value {
	const char *text;       /* as written; belongs to the result */
	char label[40];         /* for figures: "0-3" of "[0, 1, 2, 3]" */
	double x;               /* in base units (s, 1/s, bytes...), or the category's number */
};

struct axis {
	const char *key;        /* belongs to the result */
	const char *label;      /* its short form */
	struct axis_value *values;
	size_t count;
	bool numeric;
	bool logarithmic;       /* numeric, above 0 and wide */
};

/* Keys with at least two values, in the order of the points' params. The array is the caller's
 * (axes_free). */
struct axis *axes_of(const struct result *result, size_t *count);
void axes_free(struct axis *axes, size_t count);
/* The value's number in the axis that this point has; the count if it has none. */
size_t axis_value_of(const struct axis *axis, const struct result_point *point);
/* "1.5us" -> 1.5e-6 and the kind of its unit (a letter: s, p, i, b, B, H, % or 0 for none). */
bool axis_parse(const char *text, double *value, char *kind);

#endif
