/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/memory.h"
#include "analysis/summary.h"
#include "tests/unit/analysis/sample.h"

static char *summary_of(const struct result *result)
{
	char *text = NULL;
	size_t bytes;
	FILE *memory = open_memstream(&text, &bytes);

	summary_print(result, memory);
	fclose(memory);
	return text;
}

static void nic_table_shows_params_and_key_figures(void **state)
{
	struct result *result = result_create();
	char *text;

	result_add_scenario(result, "throttle");
	sample_nic_point(result, 0, 42, 0, 500, NULL);
	sample_nic_point(result, 1, 42, 100, 500, NULL);
	text = summary_of(result);
	assert_string_equal(text,
		"throttle: 2 points\n"
		"\n"
		"eth0\n"
		"    itr     rate  offered  delivered  dropped  frames/s  p50 us  p99 us   irq/s"
		"  frames/irq  cpu %\n"
		"    off  500kpps    10003      10000        3    500.0k    6.00    9.92  250.0k"
		"        2.00   65.0\n"
		"  100us  500kpps    10003      10000        3    500.0k   56.00  108.92  10.00k"
		"       50.00   17.0\n"
		"\n"
		"eth1: idle\n");
	free(text);
	result_destroy(result);
}

static void sender_is_told_what_limits_it(void **state)
{
	static const struct { double wire, core; const char *limit; } cases[] = {
		{ 0.9999, 1, "wire" }, { 0.6, 1, "cpu1" }, { 0.6, 0.5, "load" },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct result *result = result_create();
		char *text;

		result_add_scenario(result, "pktgen");
		sample_sender_point(result, cases[i].wire, cases[i].core);
		text = summary_of(result);
		assert_non_null(strstr(text, cases[i].limit));
		free(text);
		result_destroy(result);
	}
}

static void nvme_table_leaves_out_what_is_always_zero(void **state)
{
	struct result *result = result_create();
	char *text;

	result_add_scenario(result, "depth");
	sample_nvme_point(result, 0, 4, NULL);
	text = summary_of(result);
	assert_non_null(strstr(text, "depth  completed"));
	assert_non_null(strstr(text, "400.0k"));
	assert_null(strstr(text, "errors"));
	free(text);
	result_destroy(result);
}

static void seeds_get_a_column_when_they_differ(void **state)
{
	struct result *result = result_create();
	char *text;

	result_add_scenario(result, "throttle");
	sample_nic_point(result, 0, 1, 10, 500, NULL);
	sample_nic_point(result, 0, 2, 10, 500, NULL);
	text = summary_of(result);
	assert_non_null(strstr(text, "rate  seed  offered"));
	free(text);
	result_destroy(result);
}

static void add_expectation(struct result *result, unsigned point, bool ok)
{
	struct result_expectation *expect = result_add_expectation(result);

	expect->stat = mem_strdup("eth0.rx.dropped");
	expect->scenario = mem_strdup("throttle");
	expect->point = point;
	expect->seed = 42;
	expect->ok = ok;
	expect->has_value = true;
	expect->value = result_integer(3);
	expect->has_max = true;
	expect->max = result_integer(ok ? 5 : 1);
}

static void failed_expectation_names_value_and_place(void **state)
{
	struct result *result = result_create();
	char *text;

	result_add_scenario(result, "throttle");
	sample_nic_point(result, 0, 42, 10, 500, NULL);
	sample_nic_point(result, 1, 42, 20, 500, NULL);
	add_expectation(result, 0, true);
	add_expectation(result, 1, true);
	add_expectation(result, 1, false);
	text = summary_of(result);
	assert_non_null(strstr(text, "  ok    eth0.rx.dropped max 5: 2 of 2\n"));
	assert_non_null(strstr(text, "  FAIL  eth0.rx.dropped max 1: 0 of 1\n"
			       "        3 at point 1 (itr=20us rate=500kpps) seed 42\n"));
	free(text);
	result_destroy(result);
}

static void points_without_result_are_listed(void **state)
{
	struct result *result = result_create();
	struct result_failure *failure = result_add_failure(result);
	char *text;

	result_add_scenario(result, "throttle");
	result->complete = false;
	*failure = (struct result_failure){
		.index = 4, .seed = 42, .scenario = mem_strdup("throttle"),
		.params = mem_strdup("device.eth0.itr=20us"), .exit_code = 3,
		.reason = mem_strdup("kernel panic at 3 ms on CPU 1"),
	};
	text = summary_of(result);
	assert_string_equal(text,
		"throttle: 0 points, incomplete\n"
		"\n"
		"failed points\n"
		"  point 4 (device.eth0.itr=20us) seed 42: kernel panic at 3 ms on CPU 1\n");
	free(text);
	result_destroy(result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nic_table_shows_params_and_key_figures),
		cmocka_unit_test(sender_is_told_what_limits_it),
		cmocka_unit_test(nvme_table_leaves_out_what_is_always_zero),
		cmocka_unit_test(seeds_get_a_column_when_they_differ),
		cmocka_unit_test(failed_expectation_names_value_and_place),
		cmocka_unit_test(points_without_result_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
