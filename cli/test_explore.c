/* SPDX-License-Identifier: MIT */
/* Schedules for exploration: drawn from what the plain run showed (how long each core was busy,
 * how many messages came), each by its number and the seed alone. Up to three stalls: of the
 * races known in practice nearly all need no more ordering constraints than that (PCT, ASPLOS
 * 2010); their places are uniform in busy time, their lengths in octaves, as a window's width is
 * not known. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/memory.h"
#include "cli/run_point.h"
#include "cli/test_runner.h"
#include "model/core/random.h"

#define STALLS_MAX 3
#define LATE_MAX   2
#define OCTAVES    10
#define SHORTEST_NS 64
#define JITTER_NS  400
#define WEAK_SEEDS 1000000

struct chunk {
	struct test_runner *runner;
	struct test_verdict *verdict;
	struct test_how how;
	const char **schedule;
	size_t count;
	struct test_result *result;
};

static uint64_t length(struct random *random)
{
	uint64_t octave = (uint64_t)SHORTEST_NS << random_below(random, OCTAVES);

	return octave + random_below(random, octave);
}

static size_t add(char *text, size_t used, const char *word)
{
	return used + (size_t)snprintf(text + used, TEST_SCHEDULE_BYTES - used, "%s%s",
				       used ? " " : "", word);
}

static size_t add_stall(char *text, size_t used, const struct test_result *base,
			struct random *random)
{
	unsigned core = (unsigned)random_below(random, TEST_CORES), tries = 0;
	char word[64];

	while (!base->busy_ns[core] && tries++ < TEST_CORES)
		core = (core + 1) % TEST_CORES;
	if (!base->busy_ns[core])
		return used;
	snprintf(word, sizeof(word), "c%u@%" PRIu64 "+%" PRIu64, core,
		 random_below(random, base->busy_ns[core]), length(random));
	return add(text, used, word);
}

static void draw(char *text, const struct test_verdict *verdict, uint64_t number)
{
	const struct test_result *base = &verdict->base;
	struct random random;
	unsigned stalls, late;
	size_t used = 0;
	char word[64];

	snprintf(word, sizeof(word), "explore.%" PRIu64, number);
	random_init(&random, verdict->seed, word);
	stalls = (unsigned)random_below(&random, STALLS_MAX + 1);
	late = base->messages ? (unsigned)random_below(&random, LATE_MAX + 1) : 0;
	if (!stalls && !late)
		stalls = 1;
	*text = 0;
	for (unsigned i = 0; i < stalls; i++)
		used = add_stall(text, used, base, &random);
	for (unsigned i = 0; i < late; i++) {
		snprintf(word, sizeof(word), "i%" PRIu64 "+%" PRIu64,
			 random_below(&random, base->messages), length(&random));
		used = add(text, used, word);
	}
	if (random_chance(&random, 1, 4)) {
		snprintf(word, sizeof(word), "j%" PRIu64, 1 + random_below(&random, JITTER_NS));
		used = add(text, used, word);
	}
	if (run_point_is_checking() && random_chance(&random, 3, 4)) {
		snprintf(word, sizeof(word), "w%" PRIu64, random_below(&random, WEAK_SEEDS));
		add(text, used, word);
	}
}

static void run_chunk(void *ctx)
{
	struct chunk *chunk = ctx;

	test_run_schedules(chunk->verdict->test, &chunk->how, chunk->schedule, chunk->count,
			   chunk->result);
}

static void chunk_done(void *ctx, int status, uint64_t cpu_us)
{
	struct chunk *chunk = ctx;

	chunk->runner->cpu_us += cpu_us;
	chunk->verdict->cpu_us += cpu_us;
}

/* The first failure by number, so that the number of jobs does not matter. */
static void judge(struct test_runner *runner, struct test_verdict *verdict, char **schedule,
		  const struct test_result *result, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		verdict->schedules++;
		if (result[i].outcome <= TEST_PASSED)
			continue;
		verdict->result = result[i];
		snprintf(verdict->schedule, sizeof(verdict->schedule), "%s", schedule[i]);
		if (!runner->args->brief)
			test_shrink(runner, verdict);
		return;
	}
}

/* Job j takes the schedules j, j + jobs, ...: each stops at its first failure, and none before the
 * first of all is left out. */
void test_explore_round(struct test_runner *runner, struct test_verdict *verdict, uint64_t first,
			uint64_t count)
{
	unsigned jobs = runner->args->jobs;
	struct test_result *shared = mem_check(test_shared(count * sizeof(*shared)));
	struct test_result *sorted = mem_zalloc(count * sizeof(*sorted));
	char **schedule = mem_zalloc(count * sizeof(*schedule));
	struct chunk *chunk = mem_zalloc(jobs * sizeof(*chunk));
	size_t at = 0;

	for (uint64_t i = 0; i < count; i++) {
		schedule[i] = mem_zalloc(TEST_SCHEDULE_BYTES);
		draw(schedule[i], verdict, first + i);
	}
	for (unsigned j = 0; j < jobs; j++) {
		chunk[j].runner = runner;
		chunk[j].verdict = verdict;
		chunk[j].how = (struct test_how){ .seed = verdict->seed,
						  .strict = runner->args->strict, .schedule = "" };
		chunk[j].schedule = mem_zalloc(count * sizeof(char *));
		chunk[j].result = shared + at;
		for (uint64_t i = j; i < count; i += jobs)
			chunk[j].schedule[chunk[j].count++] = schedule[i];
		at += chunk[j].count;
		if (chunk[j].count)
			test_pool_start(runner->pool, run_chunk, chunk_done, &chunk[j]);
	}
	test_pool_wait(runner->pool);
	for (unsigned j = 0; j < jobs; j++) {
		for (size_t i = 0; i < chunk[j].count; i++)
			sorted[j + i * jobs] = chunk[j].result[i];
		free(chunk[j].schedule);
	}
	judge(runner, verdict, schedule, sorted, count);
	for (uint64_t i = 0; i < count; i++)
		free(schedule[i]);
	free(chunk);
	free(schedule);
	free(sorted);
	test_shared_free(shared, count * sizeof(*shared));
}
