/* SPDX-License-Identifier: MIT */
#include "analysis/result.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/memory.h"

const char *const result_field_names[RESULT_FIELDS] = {
	"count", "mean", "min", "p50", "p90", "p99", "p999", "p9999", "max",
};

struct result_number result_integer(uint64_t value)
{
	struct result_number number = { .real = (double)value, .integer = true };

	snprintf(number.text, sizeof(number.text), "%" PRIu64, value);
	return number;
}

struct result_number result_ratio(decimal_u128 num, uint64_t den)
{
	struct result_number number = { .integer = false };

	decimal_ratio(number.text, num, den);
	number.integer = !strchr(number.text, '.');
	number.real = strtod(number.text, NULL);
	return number;
}

/* JSON's grammar of numbers (RFC 8259 section 6), which is stricter than strtod's. */
bool result_number_parse(struct result_number *number, const char *text)
{
	const char *p = text;

	memset(number, 0, sizeof(*number));
	number->integer = true;
	p += *p == '-';
	if (!isdigit((unsigned char)*p) || (p[0] == '0' && isdigit((unsigned char)p[1])))
		return false;
	while (isdigit((unsigned char)*p))
		p++;
	if (*p == '.') {
		number->integer = false;
		if (!isdigit((unsigned char)*++p))
			return false;
		while (isdigit((unsigned char)*p))
			p++;
	}
	if (*p == 'e' || *p == 'E') {
		number->integer = false;
		p += p[1] == '+' || p[1] == '-' ? 2 : 1;
		if (!isdigit((unsigned char)*p))
			return false;
		while (isdigit((unsigned char)*p))
			p++;
	}
	if (*p || strlen(text) >= sizeof(number->text))
		return false;
	strcpy(number->text, text);
	number->real = strtod(text, NULL);
	return true;
}

static int compare_integer_text(const char *a, const char *b)
{
	bool a_negative = *a == '-', b_negative = *b == '-';
	size_t a_len, b_len;
	int order;

	if (a_negative != b_negative)
		return a_negative ? -1 : 1;
	a_len = strlen(a);
	b_len = strlen(b);
	order = a_len != b_len ? (a_len < b_len ? -1 : 1) : strcmp(a, b);
	return a_negative ? -order : order;
}

int result_number_compare(const struct result_number *a, const struct result_number *b)
{
	if (a->integer && b->integer)
		return compare_integer_text(a->text, b->text);
	return a->real < b->real ? -1 : a->real > b->real;
}

struct result *result_create(void)
{
	struct result *result = mem_zalloc(sizeof(*result));

	result->complete = true;
	result_set_build(result, "", "", "");
	return result;
}

void result_point_release(struct result_point *point)
{
	for (size_t i = 0; i < point->param_count; i++) {
		free(point->params[i].key);
		free(point->params[i].text);
		free(point->params[i].json);
	}
	for (size_t i = 0; i < point->stat_count; i++)
		free(point->stats[i].name);
	free(point->params);
	free(point->stats);
	free(point->scenario);
	memset(point, 0, sizeof(*point));
}

void result_destroy(struct result *result)
{
	if (!result)
		return;
	for (size_t i = 0; i < result->point_count; i++)
		result_point_release(&result->points[i]);
	for (size_t i = 0; i < result->failure_count; i++) {
		free(result->failures[i].scenario);
		free(result->failures[i].params);
		free(result->failures[i].reason);
	}
	for (size_t i = 0; i < result->expectation_count; i++) {
		free(result->expectations[i].stat);
		free(result->expectations[i].scenario);
	}
	for (size_t i = 0; i < result->scenario_count; i++)
		free(result->scenarios[i]);
	free(result->build.commit);
	free(result->build.kernel);
	free(result->build.toolchain);
	free(result->scenarios);
	free(result->points);
	free(result->failures);
	free(result->expectations);
	free(result);
}

void result_set_build(struct result *result, const char *commit, const char *kernel,
		      const char *toolchain)
{
	free(result->build.commit);
	free(result->build.kernel);
	free(result->build.toolchain);
	result->build.commit = mem_strdup(commit);
	result->build.kernel = mem_strdup(kernel);
	result->build.toolchain = mem_strdup(toolchain);
}

void result_add_scenario(struct result *result, const char *name)
{
	result->scenarios = mem_grow(result->scenarios, result->scenario_count, sizeof(char *));
	result->scenarios[result->scenario_count++] = mem_strdup(name);
}

struct result_point *result_add_point(struct result *result)
{
	result->points = mem_grow(result->points, result->point_count, sizeof(*result->points));
	return &result->points[result->point_count++];
}

struct result_failure *result_add_failure(struct result *result)
{
	result->failures = mem_grow(result->failures, result->failure_count,
				    sizeof(*result->failures));
	return &result->failures[result->failure_count++];
}

struct result_expectation *result_add_expectation(struct result *result)
{
	result->expectations = mem_grow(result->expectations, result->expectation_count,
					sizeof(*result->expectations));
	return &result->expectations[result->expectation_count++];
}

void result_take(struct result *result, struct result *from)
{
	result->complete &= from->complete;
	for (size_t i = 0; i < from->scenario_count; i++)
		result_add_scenario(result, from->scenarios[i]);
	for (size_t i = 0; i < from->point_count; i++)
		*result_add_point(result) = from->points[i];
	for (size_t i = 0; i < from->failure_count; i++)
		*result_add_failure(result) = from->failures[i];
	for (size_t i = 0; i < from->expectation_count; i++)
		*result_add_expectation(result) = from->expectations[i];
	from->point_count = from->failure_count = from->expectation_count = 0;
	result_destroy(from);
}

void result_point_param(struct result_point *point, const char *key, const char *text,
			const char *json)
{
	struct result_param *param;

	point->params = mem_grow(point->params, point->param_count, sizeof(*point->params));
	param = &point->params[point->param_count++];
	param->key = mem_strdup(key);
	param->text = mem_strdup(text);
	param->json = mem_strdup(json);
}

struct result_stat *result_point_stat(struct result_point *point, const char *name)
{
	struct result_stat *stat;

	point->stats = mem_grow(point->stats, point->stat_count, sizeof(*point->stats));
	stat = &point->stats[point->stat_count++];
	stat->name = mem_strdup(name);
	return stat;
}

static int stat_order(const void *a, const void *b)
{
	return strcmp(((const struct result_stat *)a)->name, ((const struct result_stat *)b)->name);
}

bool result_point_sort(struct result_point *point)
{
	if (point->stat_count)
		qsort(point->stats, point->stat_count, sizeof(*point->stats), stat_order);
	for (size_t i = 1; i < point->stat_count; i++)
		if (!strcmp(point->stats[i - 1].name, point->stats[i].name))
			return false;
	return true;
}

static int stat_named(const void *name, const void *stat)
{
	return strcmp(name, ((const struct result_stat *)stat)->name);
}

const struct result_stat *result_point_find(const struct result_point *point, const char *name)
{
	if (!point->stat_count)
		return NULL;
	return bsearch(name, point->stats, point->stat_count, sizeof(*point->stats), stat_named);
}

const struct result_number *result_point_number(const struct result_point *point, const char *name)
{
	const struct result_stat *stat = result_point_find(point, name);
	const char *dot = strrchr(name, '.');
	char stem[256];

	if (stat)
		return stat->is_dist ? NULL : &stat->value;
	if (!dot || (size_t)(dot - name) >= sizeof(stem))
		return NULL;
	memcpy(stem, name, (size_t)(dot - name));
	stem[dot - name] = '\0';
	stat = result_point_find(point, stem);
	if (!stat || !stat->is_dist)
		return NULL;
	for (int i = 0; i < RESULT_FIELDS; i++)
		if (!strcmp(dot + 1, result_field_names[i]))
			return &stat->field[i];
	return NULL;
}
