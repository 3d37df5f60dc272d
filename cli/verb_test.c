/* SPDX-License-Identifier: MIT */
/* `doorbell test`. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/memory.h"
#include "cli/driver.h"
#include "cli/options.h"
#include "cli/run_out.h"
#include "cli/run_point.h"
#include "cli/test_runner.h"
#include "cli/verbs.h"
#include "model/scenario/diag.h"
#include "model/trace/trace_text.h"

enum test_option { T_DIR = 1, T_SEEDS, T_SEED, T_SCHEDULE, T_EXPLORE, T_STRICT, T_JSON, T_JOBS,
		   T_OUT, T_MUTANTS, T_BUDGET, T_FIRST, T_BRIEF, T_BASE, T_PLAIN,
		   T_KEEP, T_ABOUT };

static const struct option_row rows[] = {
	{ "dir", true, T_DIR },         { "seeds", true, T_SEEDS },
	{ "seed", true, T_SEED },       { "schedule", true, T_SCHEDULE },
	{ "explore", true, T_EXPLORE }, { "strict", false, T_STRICT },
	{ "json", false, T_JSON },      { "jobs", true, T_JOBS },
	{ "out", true, T_OUT },         { "mutants", true, T_MUTANTS },
	{ "budget", true, T_BUDGET },   { "first", false, T_FIRST },
	{ "brief", true, T_BRIEF },     { "base", true, T_BASE },
	{ "plain", false, T_PLAIN },    { "keep", false, T_KEEP },
	{ "about", true, T_ABOUT },
};

static bool number(const char *name, const char *text, uint64_t most, uint64_t *out)
{
	char *end = NULL;

	errno = 0;
	if (isdigit((unsigned char)*text))
		*out = strtoull(text, &end, 10);
	if (end && !*end && !errno && *out <= most)
		return true;
	cli_usage_error("test", "--%s %s: a number up to %llu is due", name, text,
			(unsigned long long)most);
	return false;
}

/* "120s" or "2min". */
static bool budget(const char *text, uint64_t *us)
{
	char *end = NULL;
	unsigned long long value = isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : 0;

	if (end && value && value < 1000000 && (!strcmp(end, "s") || !strcmp(end, "min"))) {
		*us = value * 1000000 * (*end == 'm' ? 60 : 1);
		return true;
	}
	cli_usage_error("test", "--budget %s: host CPU time such as 120s or 2min is due", text);
	return false;
}

static bool take(struct test_args *args, int option, const char *value)
{
	uint64_t seeds = 0, jobs = 0;
	bool good = true;

	switch (option) {
	case T_DIR: args->dir = value; break;
	case T_SCHEDULE: args->schedule = value; break;
	case T_STRICT: args->strict = true; break;
	case T_JSON: args->json = true; break;
	case T_OUT: args->out = value; break;
	case T_MUTANTS: args->mutants = value; break;
	case T_PLAIN: args->plain = true; break;
	case T_KEEP: args->keep = true; break;
	case T_FIRST: args->first = true; break;
	case T_BRIEF: args->brief = value; break;
	case T_ABOUT: args->about = value; break;
	case T_BASE: args->base = value; break;
	case T_BUDGET: return budget(value, &args->budget_us);
	case T_EXPLORE: return number("explore", value, 100000000, &args->explore);
	case T_SEED:
		args->has_seed = true;
		return number("seed", value, INT64_MAX, &args->seed);
	case T_SEEDS:
		good = number("seeds", value, 1000000, &seeds);
		args->seeds = (unsigned)seeds;
		break;
	case T_JOBS:
		good = number("jobs", value, 1024, &jobs) && jobs;
		args->jobs = (unsigned)jobs;
		break;
	}
	return good;
}

static bool parse(struct test_args *args, int argc, char **argv)
{
	struct options options;
	const char *value;
	int option;

	args->jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	args->out = "out/test";
	options_init(&options, rows, sizeof(rows) / sizeof(rows[0]), argc, argv);
	while ((option = options_next(&options, &value)) != OPTION_END) {
		if (option == OPTION_ERROR)
			return false;
		if (option == OPTION_FILE && args->filter) {
			cli_usage_error("test", "more than one filter");
			return false;
		}
		if (option == OPTION_FILE)
			args->filter = value;
		else if (!take(args, option, value))
			return false;
	}
	return true;
}

static bool wanted(const struct test_case *test, const char *filter)
{
	return !filter || strstr(test->id, filter) || trace_glob_match(filter, test->id);
}

/* What the tests' scenarios name may be in another executable. */
static int hand_over(const struct test_args *args, const struct test_suite *suite)
{
	int code = 0;

	for (size_t i = 0; i < suite->count && !code; i++) {
		struct diag *diag = diag_new();
		struct scn *scn = NULL;

		if (wanted(&suite->cases[i], args->filter))
			scn = test_scenario(&suite->cases[i], diag);
		if (scn) {
			code = driver_hand_over_for(scn);
			scn_free(scn);
		}
		diag_free(diag);
	}
	return code;
}

static int run_suite(const struct test_args *args, const struct test_suite *suite)
{
	struct test_runner runner = { .args = args };
	int code;

	runner.verdict = mem_zalloc(suite->count * sizeof(*runner.verdict));
	for (size_t i = 0; i < suite->count; i++)
		if (wanted(&suite->cases[i], args->filter))
			runner.verdict[runner.count++].test = &suite->cases[i];
	if (!runner.count) {
		free(runner.verdict);
		return cli_usage_error("test", "no test in %s fits \"%s\"", args->dir,
				       args->filter ? args->filter : "*");
	}
	test_runner_run(&runner);
	code = test_report_exit(&runner);
	if (!test_report_junit(&runner) ||
	    (args->brief && !test_report_brief(&runner, args->brief))) {
		fprintf(stderr, "doorbell: error: %s: %s\n", args->out, strerror(errno));
		code = code ? code : RUN_USAGE;
	}
	if (args->json)
		test_report_json(stdout, &runner);
	else
		test_report_summary(&runner);
	for (size_t i = 0; i < runner.count; i++)
		free(runner.verdict[i].timeline);
	free(runner.verdict);
	return code;
}

int verb_test(int argc, char **argv)
{
	struct test_args args = { 0 };
	struct test_suite suite;
	char dir[PATH_MAX];
	int code;

	if (!parse(&args, argc, argv))
		return RUN_USAGE;
	if (args.dir) {
		code = args.mutants ? 0 : driver_hand_over_beside(args.dir);
		if (code)
			return code;
	} else {
		snprintf(dir, sizeof(dir), "%s/tests/kit", cli_data_dir());
		args.dir = dir;
	}
	if (!run_out_prepare(args.out))
		return RUN_USAGE;
	if (args.mutants)
		return test_mutants(&args);
	code = test_find(&suite, args.dir, args.out) ? hand_over(&args, &suite) : RUN_USAGE;
	if (!code)
		code = run_suite(&args, &suite);
	test_suite_release(&suite);
	return code;
}
