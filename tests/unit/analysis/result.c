/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "analysis/memory.h"
#include "analysis/result.h"
#include "tests/unit/analysis/sample.h"

static char *text_of(int (*write)(const struct result *result, FILE *out),
		     const struct result *result)
{
	char *text = NULL;
	size_t bytes;
	FILE *memory = open_memstream(&text, &bytes);

	assert_int_equal(write(result, memory), 0);
	fclose(memory);
	return text;
}

static struct result *small_result(void)
{
	struct result *result = result_create();
	struct result_point *point = result_add_point(result);
	struct result_expectation *expect = result_add_expectation(result);

	result_set_build(result, "abc", "6.12.1", "gcc \"12\"");
	result_add_scenario(result, "small");
	point->seed = 42;
	point->scenario = mem_strdup("small");
	strcpy(point->digest, "00ff");
	point->simulated_ns = 1000;
	point->host = (struct result_host){ 1500000, 1600001, 4096 };
	result_point_param(point, "b", "20us", "\"20us\"");
	result_point_param(point, "a", "4", "4");
	result_point_stat(point, "z")->value = result_integer(UINT64_MAX);
	result_point_stat(point, "c.ratio")->value = result_ratio(1, 3);
	result_point_stat(point, "d")->is_dist = true;
	for (int i = 0; i < RESULT_FIELDS; i++)
		point->stats[2].field[i] = result_integer((uint64_t)i);
	assert_true(result_point_sort(point));
	*expect = (struct result_expectation){
		.stat = mem_strdup("z"), .scenario = mem_strdup("small"), .seed = 42, .ok = true,
		.has_value = true, .has_max = true,
		.value = result_integer(5), .max = result_ratio(11, 2),
	};
	return result;
}

static const char small_json[] =
	"{\n"
	"  \"build\": {\n"
	"    \"commit\": \"abc\",\n"
	"    \"kernel\": \"6.12.1\",\n"
	"    \"toolchain\": \"gcc \\\"12\\\"\"\n"
	"  },\n"
	"  \"complete\": true,\n"
	"  \"expectations\": [\n"
	"    {\n"
	"      \"max\": 5.5,\n"
	"      \"ok\": true,\n"
	"      \"point\": 0,\n"
	"      \"scenario\": \"small\",\n"
	"      \"seed\": 42,\n"
	"      \"stat\": \"z\",\n"
	"      \"value\": 5\n"
	"    }\n"
	"  ],\n"
	"  \"failures\": [],\n"
	"  \"format\": 1,\n"
	"  \"points\": [\n"
	"    {\n"
	"      \"digest\": \"00ff\",\n"
	"      \"host\": {\n"
	"        \"cpu_seconds\": 1.5,\n"
	"        \"peak_rss_bytes\": 4096,\n"
	"        \"wall_seconds\": 1.600001\n"
	"      },\n"
	"      \"params\": {\n"
	"        \"a\": 4,\n"
	"        \"b\": \"20us\"\n"
	"      },\n"
	"      \"point\": 0,\n"
	"      \"scenario\": \"small\",\n"
	"      \"seed\": 42,\n"
	"      \"simulated_ns\": 1000,\n"
	"      \"stats\": {\n"
	"        \"c.ratio\": 0.333333333,\n"
	"        \"d\": {\n"
	"          \"count\": 0,\n"
	"          \"max\": 8,\n"
	"          \"mean\": 1,\n"
	"          \"min\": 2,\n"
	"          \"p50\": 3,\n"
	"          \"p90\": 4,\n"
	"          \"p99\": 5,\n"
	"          \"p999\": 6,\n"
	"          \"p9999\": 7\n"
	"        },\n"
	"        \"z\": 18446744073709551615\n"
	"      }\n"
	"    }\n"
	"  ],\n"
	"  \"scenario\": \"small\"\n"
	"}\n";

static void json_has_sorted_keys_and_exact_numbers(void **state)
{
	struct result *result = small_result();
	char *text = text_of(result_write_json, result);

	assert_string_equal(text, small_json);
	free(text);
	result_destroy(result);
}

static void csv_is_long_form_with_every_field(void **state)
{
	struct result *result = small_result();
	char *text = text_of(result_write_csv, result);

	assert_string_equal(text,
			    "point,seed,stat,field,value\n"
			    "0,42,c.ratio,value,0.333333333\n"
			    "0,42,d,count,0\n0,42,d,mean,1\n0,42,d,min,2\n0,42,d,p50,3\n"
			    "0,42,d,p90,4\n0,42,d,p99,5\n0,42,d,p999,6\n0,42,d,p9999,7\n"
			    "0,42,d,max,8\n"
			    "0,42,z,value,18446744073709551615\n");
	free(text);
	text = text_of(result_write_points_csv, result);
	assert_string_equal(text, "point,seed,key,value\n0,42,b,20us\n0,42,a,4\n");
	free(text);
	result_destroy(result);
}

static void result_read_back_writes_the_same_bytes(void **state)
{
	struct result *result = result_create(), *back;
	char dir[64], path[128], error[256], *before, *after;

	sample_folder(dir, sizeof(dir));
	result_add_scenario(result, "throttle");
	sample_nic_point(result, 0, 1, 0, 500, NULL);
	sample_nic_point(result, 1, 1, 20, 500, NULL);
	sample_save(result, dir);
	snprintf(path, sizeof(path), "%s/result.json", dir);
	back = result_read_json(path, error, sizeof(error));
	assert_non_null(back);
	before = text_of(result_write_json, result);
	after = text_of(result_write_json, back);
	assert_string_equal(before, after);
	free(before);
	free(after);
	result_destroy(result);
	result_destroy(back);
	sample_remove(dir);
}

static void refuse(const char *content, const char *why)
{
	char dir[64], path[128], error[256];
	FILE *file;

	sample_folder(dir, sizeof(dir));
	snprintf(path, sizeof(path), "%s/result.json", dir);
	file = fopen(path, "w");
	fputs(content, file);
	fclose(file);
	assert_null(result_read_json(path, error, sizeof(error)));
	assert_non_null(strstr(error, why));
	sample_remove(dir);
}

static void foreign_files_are_refused(void **state)
{
	char error[256];

	assert_null(result_read_json("no/such/result.json", error, sizeof(error)));
	assert_non_null(strstr(error, "no/such/result.json"));
	refuse("", "");
	refuse("[]", "not a result of format 1");
	refuse("{\"format\":2,\"points\":[]}", "not a result of format 1");
	refuse("{\"format\":1}", "not a result of format 1");
	refuse("{\"format\":1,\"points\":[1]}", "not a result of format 1");
	refuse("{\"format\":1,\"points\":[{\"params\":{},\"stats\":{\"a\":\"b\"}}]}",
	       "not a result of format 1");
	refuse("{\"format\":1,\"points\":[{\"params\":{},\"stats\":{\"a\":{\"count\":1}}}]}",
	       "not a result of format 1");
}

static void numbers_are_found_by_name_and_field(void **state)
{
	struct result *result = small_result();
	const struct result_point *point = &result->points[0];

	assert_string_equal(result_point_number(point, "z")->text, "18446744073709551615");
	assert_string_equal(result_point_number(point, "d.p99")->text, "5");
	assert_string_equal(result_point_number(point, "c.ratio")->text, "0.333333333");
	assert_null(result_point_number(point, "d"));
	assert_null(result_point_number(point, "d.p98"));
	assert_null(result_point_number(point, "z.p99"));
	assert_null(result_point_number(point, "nothing"));
	result_destroy(result);
}

static int compare(const char *a, const char *b)
{
	struct result_number x, y;

	assert_true(result_number_parse(&x, a));
	assert_true(result_number_parse(&y, b));
	return result_number_compare(&x, &y);
}

static void integers_compare_exactly(void **state)
{
	assert_true(compare("18446744073709551615", "18446744073709551614") > 0);
	assert_true(compare("9", "10") < 0);
	assert_true(compare("-9", "-10") > 0);
	assert_true(compare("-1", "1") < 0);
	assert_int_equal(compare("7", "7"), 0);
	assert_true(compare("0.5", "1") < 0);
	assert_true(compare("1e3", "999") > 0);
}

static void only_json_numbers_are_numbers(void **state)
{
	static const char *const bad[] = {
		"", "-", "0x10", "1_000", "01", ".5", "5.", "1e", "inf", "nan", "1 ", "+1", "20us",
	};
	struct result_number number;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(result_number_parse(&number, bad[i]));
	assert_true(result_number_parse(&number, "-0.5e-3"));
	assert_false(number.integer);
}

static void stat_given_twice_is_noticed(void **state)
{
	struct result_point point = { 0 };

	result_point_stat(&point, "a");
	result_point_stat(&point, "b");
	assert_true(result_point_sort(&point));
	result_point_stat(&point, "a");
	assert_false(result_point_sort(&point));
	result_point_release(&point);
}

static void several_scenarios_make_one_document(void **state)
{
	struct result *all = result_create(), *other = small_result();
	char *text;

	free(other->scenarios[0]);
	other->scenarios[0] = mem_strdup("other");
	other->complete = false;
	result_take(all, small_result());
	result_take(all, other);
	assert_int_equal(all->point_count, 2);
	assert_false(all->complete);
	text = text_of(result_write_json, all);
	assert_non_null(strstr(text, "\"scenario\": [\n    \"small\",\n    \"other\"\n  ]"));
	free(text);
	result_destroy(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_has_sorted_keys_and_exact_numbers),
		cmocka_unit_test(csv_is_long_form_with_every_field),
		cmocka_unit_test(result_read_back_writes_the_same_bytes),
		cmocka_unit_test(foreign_files_are_refused),
		cmocka_unit_test(numbers_are_found_by_name_and_field),
		cmocka_unit_test(integers_compare_exactly),
		cmocka_unit_test(only_json_numbers_are_numbers),
		cmocka_unit_test(stat_given_twice_is_noticed),
		cmocka_unit_test(several_scenarios_make_one_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
