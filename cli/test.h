/* SPDX-License-Identifier: MIT */
/* `doorbell test`: what its parts share. A case is a test with its folder; a run is a case with
 * a seed and a schedule, in a process of its own; its result lies in memory that is shared with
 * it. */
#ifndef DOORBELL_CLI_TEST_H
#define DOORBELL_CLI_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/core/time.h"

/* The simulator has no tests of its own in it. */
#define DOORBELL_TEST_HOST
#include "include/doorbell/test.h"

#define TEST_ID_BYTES       160
#define TEST_SCHEDULE_BYTES 240
#define TEST_CORES          16

struct diag;
struct scn;

struct test_case {
	const struct sim_test *test;
	const char *folder;          /* of its source */
	char id[TEST_ID_BYTES];      /* "suite.name" */
};

struct test_suite {
	struct test_case *cases;     /* sorted by id */
	size_t count;
};

enum test_outcome {
	TEST_NOT_RUN,
	TEST_PASSED,
	TEST_FAILED,                 /* an expectation */
	TEST_DRIVER,                 /* the driver crashed, hung, or broke a rule */
	TEST_USAGE,                  /* the test or its scenario cannot be run */
	TEST_OUR_BUG,
};

struct test_result {
	enum test_outcome outcome;
	char rule[48];               /* what failed: "expectation", "panic", "hung", "data.frame" */
	char message[512];
	char digest[64];
	uint64_t simulated_ns;
	uint64_t busy_ns[TEST_CORES];   /* of each core, and */
	uint64_t messages;              /* interrupts, from the test's start on */
	uint64_t cpu_us;
};

struct test_how {
	uint64_t seed;
	bool strict;
	const char *schedule;        /* perturbations, see model/machine/perturb.h; "" = none */
	const char *keep;            /* folder for log, trace and profile; NULL = none */
	FILE *timeline;              /* what the cores did around the perturbations; NULL = no */
};

/* test_find.c: compiles the folder's tests into `out` and loads them. False: the user was told. */
bool test_find(struct test_suite *suite, const char *folder, const char *out);
void test_suite_release(struct test_suite *suite);

/* test_machine.c: the test's scenario; NULL, and diag says why. */
struct scn *test_scenario(const struct test_case *test, struct diag *diag);
/* One run in this process. */
void test_run(const struct test_case *test, const struct test_how *how,
	      struct test_result *result);
/* One boot, then each schedule in a child that begins where the test does. stop: none is begun any
 * more once one has failed. */
void test_run_schedules(const struct test_case *test, const struct test_how *how,
			const char *const *schedule, size_t count, struct test_result *result);

/* test_pool.c: runs a function in a process of its own; `result` must be shared memory. */
struct test_pool;
struct test_pool *test_pool_create(unsigned jobs);
void test_pool_destroy(struct test_pool *pool);
/* Starts when a place is free. fn runs in the child; done, if given, in the parent afterwards. */
void test_pool_start(struct test_pool *pool, void (*fn)(void *ctx),
		     void (*done)(void *ctx, int status, uint64_t cpu_us), void *ctx);
void test_pool_wait(struct test_pool *pool);
void *test_shared(size_t bytes);
void test_shared_free(void *memory, size_t bytes);

#endif
