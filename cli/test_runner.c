/* SPDX-License-Identifier: MIT */
#include "cli/test_runner.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "analysis/memory.h"
#include "cli/run_point.h"

/* Of one test in a round of exploration: few at first, as a budget is to see all tests soon, then
 * twice as many each time. */
#define ROUND_FIRST 5
#define ROUND_MOST  80
#define ROUNDS_LATER 2

struct plain {
	struct test_runner *runner;
	struct test_verdict *verdict;
	struct test_how how;
	struct test_result *result;   /* shared */
};

void test_runner_status(struct test_result *result, int status)
{
	if (result->outcome != TEST_NOT_RUN)
		return;
	result->outcome = TEST_OUR_BUG;
	snprintf(result->rule, sizeof(result->rule), "process");
	if (WIFSIGNALED(status))
		snprintf(result->message, sizeof(result->message), "killed by signal %d",
			 WTERMSIG(status));
	else
		snprintf(result->message, sizeof(result->message), "left with %d and no result",
			 WEXITSTATUS(status));
}

static void run_plain(void *ctx)
{
	struct plain *plain = ctx;

	test_run(plain->verdict->test, &plain->how, plain->result);
}

/* The lowest failing seed is the verdict, in whatever order runs end. */
static void plain_done(void *ctx, int status, uint64_t cpu_us)
{
	struct plain *plain = ctx;
	struct test_verdict *verdict = plain->verdict;
	struct test_result *result = plain->result;

	test_runner_status(result, status);
	verdict->runs++;
	verdict->cpu_us += cpu_us;
	plain->runner->cpu_us += cpu_us;
	if (verdict->runs == 1 || plain->how.seed < verdict->base_seed) {
		verdict->base = *result;
		verdict->base_seed = plain->how.seed;
	}
	if (verdict->result.outcome == TEST_NOT_RUN ||
	    (result->outcome > TEST_PASSED && verdict->result.outcome == TEST_PASSED) ||
	    ((result->outcome > TEST_PASSED) == (verdict->result.outcome > TEST_PASSED) &&
	     plain->how.seed < verdict->seed)) {
		verdict->result = *result;
		verdict->seed = plain->how.seed;
	}
	if (result->outcome > TEST_PASSED && plain->runner->args->first)
		plain->runner->over = true;
	test_shared_free(plain->result, sizeof(*plain->result));
	free(plain);
}

static void start_plain(struct test_runner *runner, struct test_verdict *verdict, uint64_t seed)
{
	struct plain *plain = mem_zalloc(sizeof(*plain));

	plain->runner = runner;
	plain->verdict = verdict;
	plain->how = (struct test_how){ .seed = seed, .strict = runner->args->strict,
					.schedule = runner->args->schedule ?
							    runner->args->schedule : "" };
	plain->result = mem_check(test_shared(sizeof(*plain->result)));
	test_pool_start(runner->pool, run_plain, plain_done, plain);
}

static uint64_t first_seed(const struct sim_test *test)
{
	return test->seed_first ? test->seed_first : 1;
}

static void plain_phase(struct test_runner *runner)
{
	const struct test_args *args = runner->args;

	for (size_t i = 0; i < runner->count && !runner->over; i++) {
		const struct sim_test *test = runner->verdict[i].test->test;
		uint64_t first = first_seed(test);
		unsigned seeds = test->seed_count ? test->seed_count : 1;

		if (args->seeds)
			seeds = args->seeds;

		if (args->has_seed) {
			first = args->seed;
			seeds = 1;
		}
		for (unsigned s = 0; s < seeds && !runner->over; s++)
			start_plain(runner, &runner->verdict[i], first + s);
	}
	test_pool_wait(runner->pool);
}

/* The same tests and seeds have passed before, with this kernel: that need not be run again. */
static bool known(struct test_runner *runner)
{
	FILE *file = runner->args->base ? fopen(runner->args->base, "rb") : NULL;
	bool all = file != NULL;

	for (size_t i = 0; i < runner->count && all; i++) {
		struct test_verdict *verdict = &runner->verdict[i];

		all = fread(&verdict->base, sizeof(verdict->base), 1, file) == 1;
		verdict->result = verdict->base;
		verdict->seed = first_seed(verdict->test->test);
	}
	if (file)
		fclose(file);
	return all;
}

static void keep_bases(const struct test_runner *runner)
{
	FILE *file = runner->args->base && !runner->over ? fopen(runner->args->base, "wb") : NULL;

	for (size_t i = 0; i < runner->count && file; i++)
		fwrite(&runner->verdict[i].base, sizeof(runner->verdict[i].base), 1, file);
	if (file)
		fclose(file);
}

static bool is_explored(const struct test_verdict *verdict)
{
	return verdict->result.outcome == TEST_PASSED && !verdict->test->test->no_explore;
}

/* The next schedules of one test. */
static void explore(struct test_runner *runner, struct test_verdict *verdict)
{
	const struct test_args *args = runner->args;
	uint64_t first = verdict->planned, count = first + ROUND_FIRST;

	if (count > ROUND_MOST)
		count = ROUND_MOST;
	if (count > args->explore - first)
		count = args->explore - first;
	if (!count || !is_explored(verdict))
		return;
	test_explore_round(runner, verdict, first, count);
	verdict->planned += count;
	if (args->budget_us && runner->cpu_us >= args->budget_us)
		runner->over = true;
	if (args->first && verdict->result.outcome > TEST_PASSED)
		runner->over = true;
}

/* In rounds, so that a budget is shared; what a patch is not about begins some rounds later. */
static void explore_phase(struct test_runner *runner)
{
	bool left = runner->args->explore > 0;

	for (unsigned round = 0; left && !runner->over; round++) {
		left = false;
		for (size_t i = 0; i < runner->count && !runner->over; i++) {
			struct test_verdict *verdict = runner->turn[i];

			if (round >= verdict->rank * ROUNDS_LATER)
				explore(runner, verdict);
			left |= is_explored(verdict) && verdict->planned < runner->args->explore;
		}
	}
}

static void run_one(void *ctx)
{
	struct plain *plain = ctx;

	test_run(plain->verdict->test, &plain->how, plain->result);
	if (plain->how.timeline)
		fflush(plain->how.timeline);
}

static void one_done(void *ctx, int status, uint64_t cpu_us)
{
	struct plain *plain = ctx;

	test_runner_status(plain->result, status);
	plain->runner->cpu_us += cpu_us;
	plain->verdict->cpu_us += cpu_us;
}

void test_runner_one(struct test_runner *runner, const struct test_verdict *verdict,
		     const struct test_how *how, struct test_result *result)
{
	struct plain plain = { .runner = runner, .verdict = (struct test_verdict *)verdict,
			       .how = *how };

	plain.result = mem_check(test_shared(sizeof(*plain.result)));
	test_pool_start(runner->pool, run_one, one_done, &plain);
	test_pool_wait(runner->pool);
	*result = *plain.result;
	test_shared_free(plain.result, sizeof(*plain.result));
}

/* The same again with everything recorded: determinism makes that possible afterwards. */
static void keep(struct test_runner *runner, struct test_verdict *verdict)
{
	struct test_how how = { .seed = verdict->seed, .strict = runner->args->strict,
				.schedule = verdict->schedule, .keep = verdict->kept };
	struct test_result again;
	FILE *timeline = tmpfile();
	long bytes;

	snprintf(verdict->kept, sizeof(verdict->kept), "%s/%s", runner->args->out,
		 verdict->test->id);
	if (mkdir(verdict->kept, 0777) && errno != EEXIST)
		how.keep = NULL;
	test_runner_one(runner, verdict, &how, &again);
	if (*verdict->schedule && timeline) {
		how.keep = NULL;
		how.timeline = timeline;
		test_runner_one(runner, verdict, &how, &again);
		fseek(timeline, 0, SEEK_END);
		bytes = ftell(timeline);
		rewind(timeline);
		verdict->timeline = mem_zalloc((size_t)bytes + 1);
		if (fread(verdict->timeline, 1, (size_t)bytes, timeline) != (size_t)bytes)
			verdict->timeline[0] = 0;
	}
	if (timeline)
		fclose(timeline);
}

void test_runner_run(struct test_runner *runner)
{
	runner->pool = test_pool_create(runner->args->jobs);
	for (size_t i = 0; i < runner->count; i++)
		if (runner->args->schedule)
			snprintf(runner->verdict[i].schedule, TEST_SCHEDULE_BYTES, "%s",
				 runner->args->schedule);
	if (!known(runner)) {
		plain_phase(runner);
		keep_bases(runner);
	}
	test_order(runner);
	explore_phase(runner);
	for (size_t i = 0; i < runner->count; i++) {
		struct test_verdict *verdict = &runner->verdict[i];

		if (verdict->result.outcome > TEST_PASSED && !runner->args->brief)
			keep(runner, verdict);
		if (!runner->args->brief)
			test_report_line(verdict, runner->args);
	}
	test_pool_destroy(runner->pool);
	free(runner->turn);
}
