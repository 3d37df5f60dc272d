/* SPDX-License-Identifier: MIT */
/* Where a point's files are. */
#ifndef DOORBELL_ANALYSIS_POINT_FILE_H
#define DOORBELL_ANALYSIS_POINT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/result.h"

/* The path of a file in the point's folder below `dir`, or beside the result if that is a point's
 * own. False: there is none. */
bool point_file(char *path, size_t bytes, const char *dir, const struct result_point *point,
		const char *name);
/* "point003" or "point003-seed7", as the folder is called; "point003" beside its own result. */
void point_folder(char *text, size_t bytes, const char *dir, const struct result_point *point);

#endif
