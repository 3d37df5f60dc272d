/* SPDX-License-Identifier: MIT */
/* Runs a suite: first each test plainly with all its seeds, then under other schedules in
 * rounds, so that a budget is shared among the tests. The same arguments give the same verdicts,
 * whatever the number of jobs; only a budget makes the host's speed matter. */
#ifndef DOORBELL_CLI_TEST_RUNNER_H
#define DOORBELL_CLI_TEST_RUNNER_H

#include "cli/test.h"

struct test_args {
	const char *filter;          /* glob, or part of an id; NULL = all */
	const char *dir, *out;
	unsigned seeds;              /* 0 = as each test says */
	bool has_seed;
	uint64_t seed;
	const char *schedule;        /* of a replay; NULL = none */
	uint64_t explore;
	uint64_t budget_us;          /* host CPU time; 0 = no bound */
	bool strict, json, first;    /* first: the first failure ends it */
	bool keep;                   /* executables of mutants stay */
	bool plain;                  /* strict without the checking build: what devices see */
	unsigned jobs;
	const char *mutants;         /* folder of patches */
	const char *brief;           /* file for the runner of mutants */
	const char *base;            /* file of plain runs' results: written, or read if there */
	const char *about;           /* paths that a patch changes; NULL = no patch */
};

/* What became of one test: its first failure, or that all passed. */
struct test_verdict {
	const struct test_case *test;
	struct test_result result;
	uint64_t seed;
	char schedule[TEST_SCHEDULE_BYTES];
	uint64_t runs, schedules;    /* plain runs, explored schedules until the verdict */
	uint64_t cpu_us;
	struct test_result base;     /* of the first seed's plain run */
	uint64_t base_seed;
	unsigned rank;               /* 0: what args->about is about (test_order.c) */
	uint64_t planned;            /* schedules that have had their turn */
	char kept[4096];
	char *timeline;              /* of a failure under a schedule; NULL = none */
};

struct test_runner {
	const struct test_args *args;
	struct test_verdict *verdict;
	struct test_verdict **turn;  /* in the order of exploration */
	size_t count;
	struct test_pool *pool;
	uint64_t cpu_us;
	bool over;                   /* the budget is used, or the first failure has come */
};

/* Runs everything; verdicts are in the order of the suite. */
void test_runner_run(struct test_runner *runner);
/* test_order.c */
void test_order(struct test_runner *runner);
/* test_explore.c */
void test_explore_round(struct test_runner *runner, struct test_verdict *verdict, uint64_t first,
			uint64_t count);
/* test_shrink.c: fewer and smaller perturbations that still fail. */
void test_shrink(struct test_runner *runner, struct test_verdict *verdict);
/* One run in a process of its own. */
void test_runner_one(struct test_runner *runner, const struct test_verdict *verdict,
		     const struct test_how *how, struct test_result *result);
/* A process's end as a result, if it left none. */
void test_runner_status(struct test_result *result, int status);

/* test_report.c */
void test_report_line(const struct test_verdict *verdict, const struct test_args *args);
/* The one line that runs a failure again, without newline. */
void test_report_replay(FILE *out, const struct test_verdict *verdict,
			const struct test_args *args);
void test_report_summary(const struct test_runner *runner);
void test_report_json(FILE *out, const struct test_runner *runner);
bool test_report_junit(const struct test_runner *runner);
bool test_report_brief(const struct test_runner *runner, const char *path);
int test_report_exit(const struct test_runner *runner);

/* test_mutants.c: the exit code. */
int test_mutants(const struct test_args *args);

#endif
