/* SPDX-License-Identifier: MIT */
/* Loads the scenarios, makes a task of every point and seed, has them run, and puts what came back
 * together in the order of the files: the order in which children end leaves no trace. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/memory.h"
#include "analysis/result.h"
#include "analysis/summary.h"
#include "cli/build_info.h"
#include "cli/driver.h"
#include "cli/run_args.h"
#include "cli/run_expect.h"
#include "cli/run_out.h"
#include "cli/run_pool.h"
#include "cli/run_progress.h"
#include "cli/run_report.h"
#include "cli/verbs.h"

struct source {
	struct scn *scn;
	struct diag *diag;
	char dir[PATH_MAX];
};

struct run {
	struct run_args args;
	struct source *sources;         /* one for each file of the command line */
	struct run_task *tasks;
	size_t task_count;
	bool interrupted;
	bool failed_expectation;
	bool failed_host;               /* a result could not be written */
};

static bool load(struct run *run)
{
	bool good = true;

	run->sources = mem_zalloc(run->args.file_count * sizeof(*run->sources));
	for (size_t i = 0; i < run->args.file_count; i++) {
		struct source *source = &run->sources[i];
		struct scn_options options = {
			.path = run->args.files[i],
			.data_dir = cli_data_dir(),
			.set = run->args.sets,
			.sets = run->args.set_count,
		};

		options.drivers = driver_list(&options.drivers_count);

		source->diag = diag_new();
		if (!scn_load(&source->scn, &options, source->diag))
			continue;
		diag_print(source->diag, stderr);
		good = false;
	}
	return good;
}

/* Mistakes that only the machine sees: of all scenarios and points, before anything is run. */
static bool check_machines(struct run *run)
{
	bool good = true;

	for (size_t i = 0; i < run->args.file_count; i++) {
		struct source *source = &run->sources[i];
		bool source_good = true;

		for (size_t p = 0; p < scn_point_count(source->scn); p++)
			if (run_point_check(scn_point(source->scn, p), source->diag))
				source_good = false;
		if (!source_good)
			diag_print(source->diag, stderr);
		good &= source_good;
	}
	return good;
}

static bool name_folders(struct run *run)
{
	const char *out = run->args.out_dir;

	for (size_t i = 0; i < run->args.file_count; i++) {
		struct source *source = &run->sources[i];
		const char *name = scn_name(source->scn);
		int bytes;

		for (size_t k = 0; k < i; k++) {
			if (strcmp(name, scn_name(run->sources[k].scn)))
				continue;
			cli_usage_error("run", "%s and %s have the same name: their results would "
					"share a folder", run->args.files[k], run->args.files[i]);
			return false;
		}
		if (out && run->args.file_count == 1)
			bytes = snprintf(source->dir, sizeof(source->dir), "%s", out);
		else
			bytes = snprintf(source->dir, sizeof(source->dir), "%s/%s",
					 out ? out : "out", name);
		if (bytes >= (int)sizeof(source->dir)) {
			cli_usage_error("run", "the name of the result folder is too long");
			return false;
		}
	}
	return true;
}

static void make_tasks(struct run *run)
{
	for (size_t i = 0; i < run->args.file_count; i++) {
		struct source *source = &run->sources[i];

		for (size_t p = 0; p < scn_point_count(source->scn); p++) {
			const struct scn_point *point = scn_point(source->scn, p);
			uint64_t first = run->args.seed_first, last = run->args.seed_last;

			if (!run->args.has_seed)
				first = last = scn_u64(point, "seed");
			for (uint64_t seed = first; seed <= last; seed++) {
				struct run_task *task;

				run->tasks = mem_grow(run->tasks, run->task_count,
						      sizeof(*run->tasks));
				task = &run->tasks[run->task_count++];
				task->scn = source->scn;
				task->diag = source->diag;
				task->point = point;
				task->scenario = (unsigned)i;
				task->index = (unsigned)p;
				task->seed = seed;
			}
		}
	}
}

static bool prepare_folders(struct run *run)
{
	bool seeds = run->args.has_seed && run->args.seed_first != run->args.seed_last;

	for (size_t i = 0; i < run->args.file_count; i++)
		if (!run_out_prepare(run->sources[i].dir))
			return false;
	for (size_t i = 0; i < run->task_count; i++)
		if (!run_out_point(&run->tasks[i], run->sources[run->tasks[i].scenario].dir, seeds))
			return false;
	return true;
}

char *run_task_params(const struct run_task *task)
{
	const struct scn_param *params;
	size_t count = scn_params(task->point, &params), bytes = 1;
	char *text;

	for (size_t i = 0; i < count; i++)
		bytes += strlen(params[i].key) + strlen(params[i].text) + 2;
	text = mem_zalloc(bytes);
	for (size_t i = 0, at = 0; i < count; i++)
		at += (size_t)snprintf(text + at, bytes - at, "%s%s=%s", i ? " " : "",
				       params[i].key, params[i].text);
	return text;
}

/* Text of a scenario as a JSON string. */
static char *quoted(const char *text)
{
	char *json = mem_zalloc(6 * strlen(text) + 3), *at = json;

	*at++ = '"';
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			at += sprintf(at, "\\%c", c);
		else if (c < 0x20)
			at += sprintf(at, "\\u%04x", c);
		else
			*at++ = (char)c;
	}
	*at = '"';
	return json;
}

/* Numbers and true/false of TOML that are JSON as well; what is not ("0x10", "1_000", a list)
 * becomes a string. */
static bool is_json(const char *text)
{
	struct result_number number;

	return !strcmp(text, "true") || !strcmp(text, "false") ||
	       result_number_parse(&number, text);
}

static void take_params(struct result_point *point, const struct run_task *task)
{
	const struct scn_param *params;
	size_t count = scn_params(task->point, &params);

	for (size_t i = 0; i < count; i++) {
		bool raw = !params[i].quoted && is_json(params[i].text);
		char *json = raw ? mem_strdup(params[i].text) : quoted(params[i].text);

		result_point_param(point, params[i].key, params[i].text, json);
		free(json);
	}
}

static void take_task(struct run *run, struct result *result, struct run_task *task)
{
	struct result_failure *failure;
	struct result_point *point;

	/* A point whose kernel warned failed, but has a whole result. */
	if (task->state == RUN_FINISHED || (task->state == RUN_FAILED && task->has_result)) {
		point = result_add_point(result);
		*point = task->result;
		memset(&task->result, 0, sizeof(task->result));
		point->index = task->index;
		point->seed = task->seed;
		point->scenario = mem_strdup(scn_name(task->scn));
		take_params(point, task);
		run->failed_expectation |= !run_expect(result, task, point);
		run->failed_host |= !run_out_point_result(task->dir, result,
							  result->point_count - 1);
	} else {
		result->complete = false;
	}
	if (task->state != RUN_FAILED)
		return;
	failure = result_add_failure(result);
	failure->index = task->index;
	failure->seed = task->seed;
	failure->scenario = mem_strdup(scn_name(task->scn));
	failure->params = run_task_params(task);
	failure->exit_code = task->exit_code;
	failure->reason = mem_strdup(task->reason);
}

static struct result *new_result(void)
{
	struct result *result = result_create();

	result_set_build(result, build_commit(), run_kernel_version(), build_toolchain());
	return result;
}

/* Writes each scenario's folder and returns all of them as one result. */
static struct result *collect(struct run *run)
{
	struct result *all = new_result();

	for (size_t i = 0; i < run->args.file_count; i++) {
		struct result *result = new_result();

		result_add_scenario(result, scn_name(run->sources[i].scn));
		for (size_t t = 0; t < run->task_count; t++)
			if (run->tasks[t].scenario == i)
				take_task(run, result, &run->tasks[t]);
		run->failed_host |= !run_out_result(run->sources[i].dir, result);
		result_take(all, result);
	}
	return all;
}

static int exit_code(const struct run *run)
{
	int worst = run->failed_expectation ? RUN_EXPECTATION : RUN_GOOD;

	if (run->interrupted)
		return RUN_INTERRUPTED;
	for (size_t i = 0; i < run->task_count; i++)
		if (run->tasks[i].state == RUN_FAILED && run->tasks[i].exit_code > worst)
			worst = run->tasks[i].exit_code;
	return run->failed_host && worst < RUN_USAGE ? RUN_USAGE : worst;
}

static void report(void *ctx, const struct run_pool *pool, const struct run_task *task)
{
	run_progress_report(ctx, pool, task);
}

static int run_all(struct run *run)
{
	struct run_progress progress;
	struct run_pool pool = {
		.tasks = run->tasks,
		.count = run->task_count,
		.jobs = run->args.jobs,
		.args = &run->args,
		.report = report,
		.ctx = &progress,
	};
	struct result *result;
	int code;

	run_progress_init(&progress, run->task_count);
	run->interrupted = !run_pool_run(&pool);
	run_progress_clear(&progress);
	result = collect(run);
	code = exit_code(run);
	if (run->interrupted)
		fprintf(stderr, "doorbell: interrupted: %zu of %zu points have a result\n",
			result->point_count, run->task_count);
	/* A scenario that cannot be run has no result to print. */
	if (code != RUN_USAGE || run->failed_host) {
		if (run->args.json)
			result_write_json(result, stdout);
		else
			summary_print(result, stdout);
		run_report(run->tasks, run->task_count, &run->args, stdout);
	}
	result_destroy(result);
	return code;
}

static void release(struct run *run)
{
	for (size_t i = 0; i < run->task_count; i++) {
		result_point_release(&run->tasks[i].result);
		free(run->tasks[i].dir);
		free(run->tasks[i].reason);
	}
	for (size_t i = 0; run->sources && i < run->args.file_count; i++) {
		if (run->sources[i].scn)
			scn_free(run->sources[i].scn);
		diag_free(run->sources[i].diag);
	}
	free(run->tasks);
	free(run->sources);
	run_args_release(&run->args);
}

/* False, with the exit code, if a driver's executable could not be run. */
static bool hand_over(const struct run *run, int *code)
{
	int failed = 0;

	for (size_t i = 0; i < run->args.file_count && !failed; i++)
		failed = driver_hand_over_for(run->sources[i].scn);
	if (failed)
		*code = failed;
	return !failed;
}

int verb_run(int argc, char **argv)
{
	struct run run = { 0 };
	int code = RUN_USAGE;

	if (run_args_parse(&run.args, argc, argv) && load(&run) && hand_over(&run, &code) &&
	    name_folders(&run) && check_machines(&run)) {
		make_tasks(&run);
		if (prepare_folders(&run))
			code = run_all(&run);
	}
	release(&run);
	return code;
}
