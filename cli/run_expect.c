/* SPDX-License-Identifier: MIT */
#include "cli/run_expect.h"

#include <string.h>

#include "analysis/memory.h"

static struct result_number number_of(const struct scn_bound *bound)
{
	struct result_number number;
	int64_t micro = bound->micro;

	if (micro >= 0)
		return result_ratio((uint64_t)micro, 1000000);
	number = result_ratio((decimal_u128)(-(__int128)micro), 1000000);
	memmove(number.text + 1, number.text, sizeof(number.text) - 1);
	number.text[0] = '-';
	number.text[sizeof(number.text) - 1] = '\0';
	number.real = -number.real;
	return number;
}

/* "NAME.p99" of a distribution without samples reads 0, which would hold any upper bound. */
static bool without_samples(const struct result_point *point, const char *name)
{
	const char *dot = strrchr(name, '.');
	const struct result_stat *stat;
	char *stem;

	if (!dot || result_point_find(point, name) || !strcmp(dot, ".count"))
		return false;
	stem = mem_strdup(name);
	stem[dot - name] = '\0';
	stat = result_point_find(point, stem);
	free(stem);
	return stat && stat->is_dist && stat->field[RESULT_COUNT].real == 0;
}

static void judge(struct result_expectation *entry)
{
	entry->ok = entry->has_value;
	if (entry->ok && entry->has_min)
		entry->ok = result_number_compare(&entry->value, &entry->min) >= 0;
	if (entry->ok && entry->has_max)
		entry->ok = result_number_compare(&entry->value, &entry->max) <= 0;
	if (entry->ok && entry->has_equal)
		entry->ok = result_number_compare(&entry->value, &entry->equal) == 0;
}

bool run_expect(struct result *result, const struct run_task *task,
		const struct result_point *point)
{
	bool all = true;

	for (size_t i = 0; i < scn_expect_count(task->scn); i++) {
		const struct scn_expect *expect = scn_expect(task->scn, i);
		const struct result_number *value = result_point_number(point, expect->stat);
		struct result_expectation *entry;

		if (!scn_expect_applies(task->point, i))
			continue;
		entry = result_add_expectation(result);
		entry->stat = mem_strdup(expect->stat);
		entry->scenario = mem_strdup(scn_name(task->scn));
		entry->point = task->index;
		entry->seed = task->seed;
		entry->has_value = value && !without_samples(point, expect->stat);
		if (entry->has_value)
			entry->value = *value;
		entry->has_min = expect->min.given;
		entry->has_max = expect->max.given;
		entry->has_equal = expect->equal.given;
		if (entry->has_min)
			entry->min = number_of(&expect->min);
		if (entry->has_max)
			entry->max = number_of(&expect->max);
		if (entry->has_equal)
			entry->equal = number_of(&expect->equal);
		judge(entry);
		all &= entry->ok;
	}
	return all;
}
