/* SPDX-License-Identifier: MIT */
/* One point with one seed: what to run, where, and what became of it. */
#ifndef DOORBELL_CLI_RUN_TASK_H
#define DOORBELL_CLI_RUN_TASK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "analysis/point_reader.h"
#include "analysis/result.h"
#include "cli/run_point.h"
#include "model/scenario/scenario.h"

enum run_state { RUN_WAITING, RUN_RUNNING, RUN_FINISHED, RUN_FAILED };

struct run_task {
	struct scn *scn;
	struct diag *diag;
	const struct scn_point *point;
	unsigned scenario;              /* which of the command line's files */
	unsigned index;                 /* of the point */
	uint64_t seed;
	char *dir;                      /* the point's folder */
	enum run_state state;
	bool has_result;                /* `result` is whole, even if the point failed */
	struct result_point result;
	struct point_reader *reader;    /* NULL when not running, as is what follows */
	pid_t pid;
	int fd;                         /* read end of the pipe */
	uint64_t started_us;
	int exit_code;                  /* enum run_exit, once it has ended */
	char *reason;                   /* of a failure */
};

/* "itr=20us rate=1Mpps"; the caller's. */
char *run_task_params(const struct run_task *task);

#endif
