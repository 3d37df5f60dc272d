/* SPDX-License-Identifier: MIT */
#include "analysis/point_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

void point_folder(char *text, size_t bytes, const char *dir, const struct result_point *point)
{
	char path[4096];

	snprintf(text, bytes, "point%03u-seed%" PRIu64, point->index, point->seed);
	if (snprintf(path, sizeof(path), "%s/%s", dir, text) < (int)sizeof(path) &&
	    !access(path, F_OK))
		return;
	snprintf(text, bytes, "point%03u", point->index);
}

bool point_file(char *path, size_t bytes, const char *dir, const struct result_point *point,
		const char *name)
{
	char folder[64];

	point_folder(folder, sizeof(folder), dir, point);
	snprintf(path, bytes, "%s/%s/%s", dir, folder, name);
	if (!access(path, R_OK))
		return true;
	snprintf(path, bytes, "%s/%s", dir, name);
	return !access(path, R_OK);
}
