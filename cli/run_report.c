/* SPDX-License-Identifier: MIT */
#include "cli/run_report.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/profile_table.h"
#include "analysis/spans_read.h"

#define ROWS_SHOWN 20

static void head(const struct run_task *task, size_t count, const char *what, FILE *out)
{
	char *params = run_task_params(task);

	fprintf(out, "\n%s", what);
	if (count > 1)
		fprintf(out, ", %s%spoint %u, seed %" PRIu64, params, *params ? ", " : "",
			task->index, task->seed);
	fputc('\n', out);
	free(params);
}

static void report_spans(const struct run_task *task, size_t count, FILE *out)
{
	struct spans_table table;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/spans.csv", task->dir);
	spans_read(&table, path);
	if (table.count) {
		head(task, count, "Spans", out);
		spans_print(&table, out);
	}
	spans_release(&table);
}

static void write_profile(const struct folded_node *root, const char *dir)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/profile.txt", dir);
	file = fopen(path, "w");
	if (!file) {
		fprintf(stderr, "doorbell: error: %s: %s\n", path, strerror(errno));
		return;
	}
	profile_table_print(root, SIZE_MAX, file);
	fclose(file);
}

static void report_profile(const struct run_task *task, size_t count, FILE *out)
{
	struct folded_node *root;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/profile.folded", task->dir);
	root = folded_read(path, NULL);
	if (!root)
		return;
	write_profile(root, task->dir);
	if (out) {
		head(task, count, "Busy time by function", out);
		profile_table_print(root, ROWS_SHOWN, out);
	}
	folded_free(root);
}

void run_report(const struct run_task *tasks, size_t count, const struct run_args *args, FILE *out)
{
	for (size_t i = 0; i < count; i++) {
		if (tasks[i].state != RUN_FINISHED)
			continue;
		if (args->spans && !args->json)
			report_spans(&tasks[i], count, out);
		if (args->profile_ns)
			report_profile(&tasks[i], count, args->json ? NULL : out);
	}
}
