/* SPDX-License-Identifier: MIT */
#include "tests/validation/oracles.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#define METRICS_MAX   16
#define TABLE_PACKETS 1e6
#define DETERMINISTIC 1e-4

struct oracle {
	json_t *file, *row;
	const char *id, *set;
	const char *seen[METRICS_MAX];
	unsigned seen_count, failures;
};

static const char *text(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

struct oracle *oracle_open(const char *id, const char *set)
{
	struct oracle *oracle = calloc(1, sizeof(*oracle));
	json_error_t error;
	size_t i;
	json_t *row;

	assert_non_null(oracle);
	oracle->id = id;
	oracle->set = set;
	oracle->file = json_load_file(ORACLES_FILE, 0, &error);
	if (!oracle->file)
		fail_msg("%s:%d: %s", ORACLES_FILE, error.line, error.text);
	json_array_foreach(json_object_get(oracle->file, "oracles"), i, row)
		if (!strcmp(text(row, "id"), id) && !strcmp(text(row, "set"), set))
			oracle->row = row;
	if (!oracle->row)
		fail_msg("oracles.json has no set %s/%s", id, set);
	return oracle;
}

struct oracle *oracle_formulas(const char *id)
{
	struct oracle *oracle = calloc(1, sizeof(*oracle));

	assert_non_null(oracle);
	oracle->id = id;
	oracle->set = "text";
	return oracle;
}

void oracle_close(struct oracle *oracle)
{
	json_decref(oracle->file);
	free(oracle);
}

double oracle_param(const struct oracle *oracle, const char *name)
{
	const json_t *value = json_object_get(json_object_get(oracle->row, "params"), name);

	if (!json_is_number(value))
		fail_msg("%s/%s has no parameter %s", oracle->id, oracle->set, name);
	return json_number_value(value);
}

const char *oracle_word(const struct oracle *oracle, const char *name)
{
	const char *word = text(json_object_get(oracle->row, "params"), name);

	if (!word)
		fail_msg("%s/%s has no parameter %s", oracle->id, oracle->set, name);
	return word;
}

static void note(struct oracle *oracle, const char *metric)
{
	assert_true(oracle->seen_count < METRICS_MAX);
	oracle->seen[oracle->seen_count++] = metric;
}

static void print_row(struct oracle *oracle, const char *metric, double theory, double ours,
		      double tolerance, bool relative)
{
	double error = fabs(ours - theory) / (relative ? fabs(theory) : 1);
	bool ok = error <= tolerance;

	if (!ok)
		oracle->failures++;
	printf("%-4s %-4s %-20s %13.6g %13.6g %10.3g%s %10.3g%s  %s\n", oracle->id, oracle->set,
	       metric, theory, ours, relative ? 100 * error : error, relative ? " %" : "  ",
	       relative ? 100 * tolerance : tolerance, relative ? " %" : "  ",
	       ok ? "ok" : "FAILED");
	fflush(stdout);
}

static double scaled(const char *metric, double tolerance, double n)
{
	double floor_tolerance = !strcmp(metric, "p50") || !strcmp(metric, "p99") ? 0.01 : 0.005;

	if (tolerance <= DETERMINISTIC)
		return tolerance;
	return fmax(fmin(tolerance, floor_tolerance), tolerance * sqrt(TABLE_PACKETS / n));
}

void oracle_compare(struct oracle *oracle, const char *metric, double ours, double n)
{
	const json_t *expected = json_object_get(json_object_get(oracle->row, "expected"), metric);
	const json_t *relative = json_object_get(expected, "tol_rel");
	double theory = json_number_value(json_object_get(expected, "value"));
	double tolerance = json_number_value(json_object_get(expected, "tol_abs"));

	if (!expected)
		fail_msg("%s/%s has no metric %s", oracle->id, oracle->set, metric);
	note(oracle, metric);
	if (relative)
		print_row(oracle, metric, theory, ours,
			  scaled(metric, json_number_value(relative), n), true);
	else
		print_row(oracle, metric, theory, ours,
			  n < TABLE_PACKETS ? tolerance * sqrt(TABLE_PACKETS / n) : tolerance,
			  false);
}

void oracle_formula(struct oracle *oracle, const char *metric, double theory, double ours)
{
	print_row(oracle, metric, theory, ours, DETERMINISTIC, true);
}

void oracle_not_compared(struct oracle *oracle, const char *metric, const char *why)
{
	note(oracle, metric);
	printf("%-4s %-4s %-20s not compared: %s\n", oracle->id, oracle->set, metric, why);
}

static bool seen(const struct oracle *oracle, const char *metric)
{
	for (unsigned i = 0; i < oracle->seen_count; i++)
		if (!strcmp(oracle->seen[i], metric))
			return true;
	return false;
}

void oracle_finish(struct oracle *oracle)
{
	unsigned failures = oracle->failures;
	const char *id = oracle->id, *set = oracle->set, *metric;
	json_t *value;

	json_object_foreach(json_object_get(oracle->row, "expected"), metric, value)
		if (!seen(oracle, metric))
			fail_msg("%s/%s: metric %s was left out", id, set, metric);
	oracle_close(oracle);
	if (failures)
		fail_msg("%s/%s: %u metrics outside their tolerance", id, set, failures);
}
