/* SPDX-License-Identifier: MIT */
/* result.json back into memory. A file may come from anywhere, so every type is checked; what this
 * version does not know is skipped, as later versions may add keys. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/memory.h"
#include "analysis/result.h"

static struct result_number number_of(const json_t *json)
{
	struct result_number number = { .integer = true };

	if (json_is_integer(json)) {
		snprintf(number.text, sizeof(number.text), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(json));
		number.real = (double)json_integer_value(json);
		return number;
	}
	number.real = json_number_value(json);
	number.integer = false;
	snprintf(number.text, sizeof(number.text), "%.9g", number.real);
	return number;
}

static uint64_t u64_of(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static uint64_t micro_of(const json_t *object, const char *key)
{
	double seconds = json_number_value(json_object_get(object, key));

	return seconds > 0 ? (uint64_t)(seconds * 1e6 + 0.5) : 0;
}

static bool read_stat(struct result_point *point, const char *name, const json_t *value)
{
	struct result_stat *stat;

	if (!json_is_number(value) && !json_is_object(value))
		return false;
	stat = result_point_stat(point, name);
	stat->is_dist = json_is_object(value);
	if (!stat->is_dist) {
		stat->value = number_of(value);
		return true;
	}
	for (int i = 0; i < RESULT_FIELDS; i++) {
		const json_t *field = json_object_get(value, result_field_names[i]);

		if (!json_is_number(field))
			return false;
		stat->field[i] = number_of(field);
	}
	return true;
}

static void read_param(struct result_point *point, const char *key, const json_t *value)
{
	char *json = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	mem_check(json);
	result_point_param(point, key, json_is_string(value) ? json_string_value(value) : json,
			   json);
	free(json);
}

static bool read_point(struct result *result, const json_t *json)
{
	const json_t *host = json_object_get(json, "host");
	json_t *stats = json_object_get(json, "stats");
	json_t *params = json_object_get(json, "params");
	struct result_point *point = result_add_point(result);
	const char *key;
	json_t *value;

	if (!json_is_object(stats) || !json_is_object(params))
		return false;
	point->index = (unsigned)u64_of(json, "point");
	point->seed = u64_of(json, "seed");
	point->scenario = mem_strdup(text_of(json, "scenario"));
	snprintf(point->digest, sizeof(point->digest), "%s", text_of(json, "digest"));
	point->simulated_ns = u64_of(json, "simulated_ns");
	point->host.cpu_us = micro_of(host, "cpu_seconds");
	point->host.wall_us = micro_of(host, "wall_seconds");
	point->host.peak_rss_bytes = u64_of(host, "peak_rss_bytes");
	json_object_foreach(params, key, value)
		read_param(point, key, value);
	json_object_foreach(stats, key, value)
		if (!read_stat(point, key, value))
			return false;
	return result_point_sort(point);
}

static bool read_bound(const json_t *json, const char *key, struct result_number *number)
{
	const json_t *value = json_object_get(json, key);

	if (!json_is_number(value))
		return false;
	*number = number_of(value);
	return true;
}

static void read_expectation(struct result *result, const json_t *json)
{
	struct result_expectation *expect = result_add_expectation(result);

	expect->stat = mem_strdup(text_of(json, "stat"));
	expect->scenario = mem_strdup(text_of(json, "scenario"));
	expect->point = (unsigned)u64_of(json, "point");
	expect->seed = u64_of(json, "seed");
	expect->ok = json_is_true(json_object_get(json, "ok"));
	expect->has_value = read_bound(json, "value", &expect->value);
	expect->has_min = read_bound(json, "min", &expect->min);
	expect->has_max = read_bound(json, "max", &expect->max);
	expect->has_equal = read_bound(json, "equal", &expect->equal);
}

static void read_failure(struct result *result, const json_t *json)
{
	struct result_failure *failure = result_add_failure(result);

	failure->index = (unsigned)u64_of(json, "point");
	failure->seed = u64_of(json, "seed");
	failure->scenario = mem_strdup(text_of(json, "scenario"));
	failure->params = mem_strdup(text_of(json, "params"));
	failure->reason = mem_strdup(text_of(json, "reason"));
	failure->exit_code = (int)u64_of(json, "exit");
}

static void read_head(struct result *result, const json_t *root)
{
	const json_t *build = json_object_get(root, "build");
	json_t *scenario = json_object_get(root, "scenario");
	json_t *name;
	size_t i;

	result->complete = json_is_true(json_object_get(root, "complete"));
	result_set_build(result, text_of(build, "commit"), text_of(build, "kernel"),
			 text_of(build, "toolchain"));
	if (json_is_string(scenario))
		result_add_scenario(result, json_string_value(scenario));
	json_array_foreach(scenario, i, name)
		if (json_is_string(name))
			result_add_scenario(result, json_string_value(name));
}

static bool read_document(struct result *result, const json_t *root)
{
	json_t *entry;
	size_t i;

	if (u64_of(root, "format") != 1 || !json_is_array(json_object_get(root, "points")))
		return false;
	read_head(result, root);
	json_array_foreach(json_object_get(root, "points"), i, entry)
		if (!read_point(result, entry))
			return false;
	json_array_foreach(json_object_get(root, "expectations"), i, entry)
		read_expectation(result, entry);
	json_array_foreach(json_object_get(root, "failures"), i, entry)
		read_failure(result, entry);
	return true;
}

struct result *result_read_json(const char *path, char *error, size_t error_bytes)
{
	json_error_t why;
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
	struct result *result;

	if (!root) {
		snprintf(error, error_bytes, "%s: %s", path, why.text);
		return NULL;
	}
	result = result_create();
	if (!read_document(result, root)) {
		snprintf(error, error_bytes, "%s: not a result of format 1", path);
		result_destroy(result);
		result = NULL;
	}
	json_decref(root);
	return result;
}
