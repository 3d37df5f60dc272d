/* SPDX-License-Identifier: MIT */
/* Runs tasks in child processes, a number of them at a time. A process runs one machine; a child
 * that crashes takes its own point with it and nothing else. */
#ifndef DOORBELL_CLI_RUN_POOL_H
#define DOORBELL_CLI_RUN_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/run_args.h"
#include "cli/run_task.h"

struct run_pool {
	struct run_task *tasks;
	size_t count;
	unsigned jobs;
	const struct run_args *args;
	/* Told about a task that has ended, well or not, and now and then about time passing
	 * (task NULL). */
	void (*report)(void *ctx, const struct run_pool *pool, const struct run_task *task);
	void *ctx;
	/* The pool's own: the tasks that are running. */
	struct run_task **active;
	size_t active_count;
};

/* True if all tasks were run; false if SIGINT or SIGTERM ended it early. A task that ends with
 * RUN_USAGE keeps the waiting ones from starting: they would say the same. */
bool run_pool_run(struct run_pool *pool);

uint64_t run_pool_now_us(void);

#endif
