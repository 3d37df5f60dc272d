/* SPDX-License-Identifier: MIT */
/* What stderr shows while points run: one line that is rewritten on a terminal, else a line per
 * finished point. */
#ifndef DOORBELL_CLI_RUN_PROGRESS_H
#define DOORBELL_CLI_RUN_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/run_pool.h"
#include "cli/run_task.h"

struct run_progress {
	size_t count, ended;
	bool terminal;
	uint64_t started_us, shown_us;
	uint64_t simulated_ns;          /* of the points that have ended */
};

void run_progress_init(struct run_progress *progress, size_t count);
/* As run_pool's report. */
void run_progress_report(struct run_progress *progress, const struct run_pool *pool,
			 const struct run_task *task);
/* Takes the line off the terminal. */
void run_progress_clear(const struct run_progress *progress);

#endif
