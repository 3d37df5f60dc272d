/* SPDX-License-Identifier: MIT */
/* The writer is our own because numbers must keep their text: no JSON library writes a given
 * decimal unchanged. Keys are written in sorted order by hand, the params sorted here. */
#include "analysis/result.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/json_text.h"
#include "analysis/memory.h"

struct json {
	FILE *out;
	int depth;
	bool first;     /* nothing written yet at this level */
};

static void new_line(struct json *json)
{
	putc('\n', json->out);
	for (int i = 0; i < json->depth; i++)
		fputs("  ", json->out);
}

/* Starts the next member (key NULL: element of an array). */
static void member(struct json *json, const char *key)
{
	if (!json->first)
		putc(',', json->out);
	json->first = false;
	if (json->depth)
		new_line(json);
	if (key) {
		json_text(json->out, key);
		fputs(": ", json->out);
	}
}

static void open_level(struct json *json, const char *key, char bracket)
{
	member(json, key);
	putc(bracket, json->out);
	json->depth++;
	json->first = true;
}

static void close_level(struct json *json, char bracket)
{
	json->depth--;
	if (!json->first)
		new_line(json);
	putc(bracket, json->out);
	json->first = false;
}

static void put_text(struct json *json, const char *key, const char *text)
{
	member(json, key);
	json_text(json->out, text);
}

/* Text that is JSON already. */
static void put_raw(struct json *json, const char *key, const char *text)
{
	member(json, key);
	fputs(text, json->out);
}

static void put_u64(struct json *json, const char *key, uint64_t value)
{
	member(json, key);
	fprintf(json->out, "%" PRIu64, value);
}

static void put_bool(struct json *json, const char *key, bool value)
{
	put_raw(json, key, value ? "true" : "false");
}

static int param_order(const void *a, const void *b)
{
	return strcmp((*(const struct result_param *const *)a)->key,
		      (*(const struct result_param *const *)b)->key);
}

static void put_params(struct json *json, const struct result_point *point)
{
	const struct result_param **sorted = mem_zalloc(point->param_count * sizeof(*sorted));

	for (size_t i = 0; i < point->param_count; i++)
		sorted[i] = &point->params[i];
	qsort(sorted, point->param_count, sizeof(*sorted), param_order);
	open_level(json, "params", '{');
	for (size_t i = 0; i < point->param_count; i++)
		put_raw(json, sorted[i]->key, sorted[i]->json);
	close_level(json, '}');
	free(sorted);
}

/* Fields of a distribution in the order of their names. */
static void put_dist(struct json *json, const struct result_stat *stat)
{
	static const enum result_field order[RESULT_FIELDS] = {
		RESULT_COUNT, RESULT_MAX, RESULT_MEAN, RESULT_MIN, RESULT_P50, RESULT_P90,
		RESULT_P99, RESULT_P999, RESULT_P9999,
	};

	open_level(json, stat->name, '{');
	for (int i = 0; i < RESULT_FIELDS; i++)
		put_raw(json, result_field_names[order[i]], stat->field[order[i]].text);
	close_level(json, '}');
}

static void put_host(struct json *json, const struct result_host *host)
{
	open_level(json, "host", '{');
	put_raw(json, "cpu_seconds", result_ratio(host->cpu_us, 1000000).text);
	put_u64(json, "peak_rss_bytes", host->peak_rss_bytes);
	put_raw(json, "wall_seconds", result_ratio(host->wall_us, 1000000).text);
	close_level(json, '}');
}

static void put_point(struct json *json, const struct result_point *point)
{
	open_level(json, NULL, '{');
	put_text(json, "digest", point->digest);
	put_host(json, &point->host);
	put_params(json, point);
	put_u64(json, "point", point->index);
	put_text(json, "scenario", point->scenario ? point->scenario : "");
	put_u64(json, "seed", point->seed);
	put_u64(json, "simulated_ns", point->simulated_ns);
	open_level(json, "stats", '{');
	for (size_t i = 0; i < point->stat_count; i++) {
		if (point->stats[i].is_dist)
			put_dist(json, &point->stats[i]);
		else
			put_raw(json, point->stats[i].name, point->stats[i].value.text);
	}
	close_level(json, '}');
	close_level(json, '}');
}

static void put_expectation(struct json *json, const struct result_expectation *expect)
{
	open_level(json, NULL, '{');
	if (expect->has_equal)
		put_raw(json, "equal", expect->equal.text);
	if (expect->has_max)
		put_raw(json, "max", expect->max.text);
	if (expect->has_min)
		put_raw(json, "min", expect->min.text);
	put_bool(json, "ok", expect->ok);
	put_u64(json, "point", expect->point);
	put_text(json, "scenario", expect->scenario);
	put_u64(json, "seed", expect->seed);
	put_text(json, "stat", expect->stat);
	put_raw(json, "value", expect->has_value ? expect->value.text : "null");
	close_level(json, '}');
}

static void put_failure(struct json *json, const struct result_failure *failure)
{
	open_level(json, NULL, '{');
	put_u64(json, "exit", (uint64_t)failure->exit_code);
	put_text(json, "params", failure->params);
	put_u64(json, "point", failure->index);
	put_text(json, "reason", failure->reason);
	put_text(json, "scenario", failure->scenario);
	put_u64(json, "seed", failure->seed);
	close_level(json, '}');
}

static void put_build(struct json *json, const struct result_build *build)
{
	open_level(json, "build", '{');
	put_text(json, "commit", build->commit);
	put_text(json, "kernel", build->kernel);
	put_text(json, "toolchain", build->toolchain);
	close_level(json, '}');
}

static void put_scenario(struct json *json, const struct result *result)
{
	if (result->scenario_count == 1) {
		put_text(json, "scenario", result->scenarios[0]);
		return;
	}
	open_level(json, "scenario", '[');
	for (size_t i = 0; i < result->scenario_count; i++)
		put_text(json, NULL, result->scenarios[i]);
	close_level(json, ']');
}

static bool same_point(const struct result_expectation *expect, const struct result_point *point)
{
	return expect->point == point->index && expect->seed == point->seed &&
	       !strcmp(expect->scenario, point->scenario ? point->scenario : "");
}

/* only: NULL for all points, else that one alone. */
static int write_document(const struct result *result, const struct result_point *only, FILE *out)
{
	struct json json = { .out = out, .first = true };

	open_level(&json, NULL, '{');
	put_build(&json, &result->build);
	put_bool(&json, "complete", only ? true : result->complete);
	open_level(&json, "expectations", '[');
	for (size_t i = 0; i < result->expectation_count; i++)
		if (!only || same_point(&result->expectations[i], only))
			put_expectation(&json, &result->expectations[i]);
	close_level(&json, ']');
	open_level(&json, "failures", '[');
	for (size_t i = 0; !only && i < result->failure_count; i++)
		put_failure(&json, &result->failures[i]);
	close_level(&json, ']');
	put_u64(&json, "format", 1);
	open_level(&json, "points", '[');
	for (size_t i = 0; i < result->point_count; i++)
		if (!only || only == &result->points[i])
			put_point(&json, &result->points[i]);
	close_level(&json, ']');
	put_scenario(&json, result);
	close_level(&json, '}');
	putc('\n', out);
	return fflush(out) || ferror(out) ? -1 : 0;
}

int result_write_json(const struct result *result, FILE *out)
{
	return write_document(result, NULL, out);
}

int result_write_point_json(const struct result *result, size_t point, FILE *out)
{
	return write_document(result, &result->points[point], out);
}
