/* SPDX-License-Identifier: MIT */
/* The [[expect]] tables of a scenario, applied to a finished point. */
#ifndef DOORBELL_CLI_RUN_EXPECT_H
#define DOORBELL_CLI_RUN_EXPECT_H

#include "analysis/result.h"
#include "cli/run_task.h"

/* Adds an entry to `result` for every table that applies to the task's point; true if all hold.
 * A stat that does not exist, and a quantile of no samples, hold nothing. */
bool run_expect(struct result *result, const struct run_task *task,
		const struct result_point *point);

#endif
