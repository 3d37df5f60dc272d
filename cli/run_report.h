/* SPDX-License-Identifier: MIT */
/* What --profile and --spans print after the summary. */
#ifndef DOORBELL_CLI_RUN_REPORT_H
#define DOORBELL_CLI_RUN_REPORT_H

#include <stdio.h>

#include "cli/run_args.h"
#include "cli/run_task.h"

/* Writes profile.txt into each point's folder; with --json nothing else. Else also the tables: of
 * every point its spans and the 20 functions with the most self time. */
void run_report(const struct run_task *tasks, size_t count, const struct run_args *args, FILE *out);

#endif
