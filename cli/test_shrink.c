/* SPDX-License-Identifier: MIT */
/* The fewest perturbations that still fail: one after the other is left out, then what is left
 * is made shorter, as long as the same rule fails. Where memory is weakly ordered any change of
 * time is another draw of what waits and what is early, so that little can be left out: a few other
 * draws are tried without all else. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/test_runner.h"

#define WORDS_MAX 16
#define WORD_BYTES 64
#define DRAWS      12

struct words {
	char word[WORDS_MAX][WORD_BYTES];
	unsigned count;
};

static void split(struct words *words, const char *schedule)
{
	int read = 0;

	words->count = 0;
	while (words->count < WORDS_MAX &&
	       sscanf(schedule, "%63s%n", words->word[words->count], &read) == 1) {
		schedule += read;
		words->count++;
	}
}

static void join(char *schedule, const struct words *words)
{
	size_t used = 0;

	*schedule = 0;
	for (unsigned i = 0; i < words->count; i++)
		used += (size_t)snprintf(schedule + used, TEST_SCHEDULE_BYTES - used, "%s%s",
					 i ? " " : "", words->word[i]);
}

static bool still_fails(struct test_runner *runner, struct test_verdict *verdict,
			const struct words *words)
{
	char schedule[TEST_SCHEDULE_BYTES];
	struct test_how how = { .seed = verdict->seed, .strict = runner->args->strict,
				.schedule = schedule };
	struct test_result result;

	join(schedule, words);
	test_runner_one(runner, verdict, &how, &result);
	if (result.outcome != verdict->result.outcome || strcmp(result.rule, verdict->result.rule))
		return false;
	verdict->result = result;
	memcpy(verdict->schedule, schedule, sizeof(verdict->schedule));
	return true;
}

static struct words without(const struct words *words, unsigned left_out)
{
	struct words fewer = { .count = 0 };

	for (unsigned i = 0; i < words->count; i++)
		if (i != left_out)
			memcpy(fewer.word[fewer.count++], words->word[i], WORD_BYTES);
	return fewer;
}

static bool halve(char *word)
{
	char *plus = strchr(word, '+');
	unsigned long long ns;

	if (!plus || sscanf(plus, "+%llu", &ns) != 1 || ns < 2)
		return false;
	snprintf(plus, WORD_BYTES - (size_t)(plus - word), "+%llu", ns / 2);
	return true;
}

/* The `w` word alone, with this seed or another. */
static bool weak_alone(struct test_runner *runner, struct test_verdict *verdict,
		       const struct words *words)
{
	struct words alone = { .count = 1 };
	unsigned long long seed;

	for (unsigned i = 0; i < words->count; i++) {
		if (sscanf(words->word[i], "w%llu", &seed) != 1)
			continue;
		for (unsigned draw = 0; draw < DRAWS; draw++) {
			snprintf(alone.word[0], WORD_BYTES, "w%llu", seed + draw);
			if (still_fails(runner, verdict, &alone))
				return true;
		}
	}
	return false;
}

void test_shrink(struct test_runner *runner, struct test_verdict *verdict)
{
	struct words words, smaller;

	split(&words, verdict->schedule);
	for (unsigned i = 0; i < words.count && words.count > 1;) {
		smaller = without(&words, i);
		if (still_fails(runner, verdict, &smaller))
			words = smaller;
		else
			i++;
	}
	if (words.count > 1 && weak_alone(runner, verdict, &words))
		return;
	for (unsigned i = 0; i < words.count; i++)
		for (;;) {
			smaller = words;
			if (!halve(smaller.word[i]) || !still_fails(runner, verdict, &smaller))
				break;
			words = smaller;
		}
}
