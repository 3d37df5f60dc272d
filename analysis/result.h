/* SPDX-License-Identifier: MIT */
/* What a run of a scenario produced, in memory: the points with their stats, the expectations, what
 * failed. Written as JSON and CSV, read back from JSON. Numbers keep the text they were made with
 * (decimal.h), so that writing never rounds. Knows files and names, nothing of the simulator. */
#ifndef DOORBELL_ANALYSIS_RESULT_H
#define DOORBELL_ANALYSIS_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "analysis/decimal.h"

/* A number as written, and as a double for tables and figures. */
struct result_number {
	char text[DECIMAL_TEXT_BYTES];
	double real;
	bool integer;
};

struct result_number result_integer(uint64_t value);
struct result_number result_ratio(decimal_u128 num, uint64_t den);
/* Decimal text as JSON writes it; false if it is none. */
bool result_number_parse(struct result_number *number, const char *text);
/* Below 0, 0, above 0; exact if both are integers. */
int result_number_compare(const struct result_number *a, const struct result_number *b);

/* Fields of a distribution, in the order of the CSV and the summary. */
enum result_field {
	RESULT_COUNT, RESULT_MEAN, RESULT_MIN, RESULT_P50, RESULT_P90, RESULT_P99, RESULT_P999,
	RESULT_P9999, RESULT_MAX, RESULT_FIELDS,
};
extern const char *const result_field_names[RESULT_FIELDS];

struct result_stat {
	char *name;
	bool is_dist;
	struct result_number value;                 /* not a distribution */
	struct result_number field[RESULT_FIELDS];  /* a distribution */
};

/* A swept key and its value as the scenario writes it. `json` is the value as JSON: a quoted
 * string, a number, true or false. */
struct result_param {
	char *key;
	char *text;
	char *json;
};

struct result_host {
	uint64_t cpu_us, wall_us;
	uint64_t peak_rss_bytes;
};

struct result_point {
	unsigned index;         /* of the sweep point: several seeds share one */
	uint64_t seed;
	char *scenario;
	char digest[33];
	uint64_t simulated_ns;
	struct result_param *params;
	size_t param_count;
	struct result_stat *stats;   /* sorted by name after result_point_sort */
	size_t stat_count;
	struct result_host host;
};

/* A point that failed; if only the kernel warned, it has a result all the same. */
struct result_failure {
	unsigned index;
	uint64_t seed;
	char *scenario;
	char *params;           /* "key=value key=value" */
	int exit_code;          /* 3 the driver under test, 4 ours */
	char *reason;
};

struct result_expectation {
	char *stat;             /* with field: "eth0.rx.latency_ns.p99" */
	char *scenario;
	unsigned point;
	uint64_t seed;
	bool ok;
	bool has_value, has_min, has_max, has_equal;
	struct result_number value, min, max, equal;
};

struct result_build {
	char *commit, *kernel, *toolchain;
};

struct result {
	char **scenarios;       /* names in the order of the command line; one in a result folder */
	size_t scenario_count;
	bool complete;
	struct result_build build;
	struct result_point *points;
	size_t point_count;
	struct result_failure *failures;
	size_t failure_count;
	struct result_expectation *expectations;
	size_t expectation_count;
};

struct result *result_create(void);
void result_destroy(struct result *result);
void result_set_build(struct result *result, const char *commit, const char *kernel,
		      const char *toolchain);
void result_add_scenario(struct result *result, const char *name);
/* Each returns the new, zeroed entry, valid until the next one is added. */
struct result_point *result_add_point(struct result *result);
struct result_failure *result_add_failure(struct result *result);
struct result_expectation *result_add_expectation(struct result *result);

/* Moves all of `from` behind what `result` has, and destroys `from`. */
void result_take(struct result *result, struct result *from);

/* A point outside a result: zero it, fill it, release it or move it into an entry. */
void result_point_release(struct result_point *point);
void result_point_param(struct result_point *point, const char *key, const char *text,
			const char *json);
/* A new stat; its name is copied. */
struct result_stat *result_point_stat(struct result_point *point, const char *name);
/* Sorts stats by name; false if one name came twice. */
bool result_point_sort(struct result_point *point);
/* The number called `name` of a sorted point: "NAME" or, of a distribution, "NAME.FIELD" with the
 * fields above. NULL if there is none. */
const struct result_number *result_point_number(const struct result_point *point, const char *name);
const struct result_stat *result_point_find(const struct result_point *point, const char *name);

/* One JSON document, keys sorted, two spaces a level. 0 or -1 with errno. */
int result_write_json(const struct result *result, FILE *out);
/* As above, with one point (an index into points) and its expectations only. */
int result_write_point_json(const struct result *result, size_t point, FILE *out);
/* Long form: point,seed,stat,field,value. */
int result_write_csv(const struct result *result, FILE *out);
/* The swept parameters: point,seed,key,value. */
int result_write_points_csv(const struct result *result, FILE *out);
/* NULL and a message in `error` if the file is missing or no result of format 1. */
struct result *result_read_json(const char *path, char *error, size_t error_bytes);

#endif
