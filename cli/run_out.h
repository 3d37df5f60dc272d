/* SPDX-License-Identifier: MIT */
/* The result folder: made, cleared of an earlier run's points, filled. */
#ifndef DOORBELL_CLI_RUN_OUT_H
#define DOORBELL_CLI_RUN_OUT_H

#include <stdbool.h>

#include "analysis/result.h"
#include "cli/run_task.h"

/* DIR and its parents; files and point folders of an earlier result in it are removed, plots stay.
 * False: the user has been told why. */
bool run_out_prepare(const char *dir);
/* The point's folder DIR/pointNNN[-seedN] into task->dir, with its manifest. */
bool run_out_point(struct run_task *task, const char *dir, bool seeds);
/* result.json, result.csv and points.csv of DIR. */
bool run_out_result(const char *dir, const struct result *result);
/* result.json in a point's folder. */
bool run_out_point_result(const char *dir, const struct result *result, size_t point);

#endif
