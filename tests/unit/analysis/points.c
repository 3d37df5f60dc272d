/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/point_reader.h"
#include "analysis/point_writer.h"
#include "tests/unit/analysis/sample.h"

static bool read_text(struct result_point *point, const char *text)
{
	struct point_reader reader;

	memset(point, 0, sizeof(*point));
	point_reader_init(&reader, point);
	point_reader_feed(&reader, text, strlen(text));
	return point_reader_finish(&reader);
}

static bool accepted(const char *text)
{
	struct result_point point;
	bool whole = read_text(&point, text);

	result_point_release(&point);
	return whole;
}

static void what_is_written_is_read(void **state)
{
	struct result_point point = { 0 };
	struct point_reader reader;
	struct point_writer pw;
	struct pw_dist dist = { 3, 0, 10, 2, 5, 3, 5, 5, 5, 5 };
	char *text;
	size_t bytes;
	FILE *stream = open_memstream(&text, &bytes);

	assert_int_equal(pw_open(&pw, stream, NULL), 0);
	pw_progress(&pw, 5, 10);
	pw_begin(&pw, "00ff", 1000);
	pw_int(&pw, "b", UINT64_MAX);
	pw_ratio(&pw, "a", 1, 3);
	pw_rate(&pw, "c", UINT64_MAX, 1000000000000);
	pw_dist(&pw, "d", &dist, NULL, NULL);
	pw_end(&pw);
	assert_int_equal(pw_close(&pw), 0);
	fclose(stream);

	point_reader_init(&reader, &point);
	/* One byte at a time, as a slow pipe would bring it. */
	for (size_t i = 0; i < bytes; i++)
		point_reader_feed(&reader, text + i, 1);
	assert_true(point_reader_finish(&reader));
	assert_int_equal(reader.now_ns, 5);
	assert_int_equal(reader.end_ns, 10);
	assert_string_equal(point.digest, "00ff");
	assert_int_equal(point.simulated_ns, 1000);
	assert_string_equal(result_point_number(&point, "a")->text, "0.333333333");
	assert_string_equal(result_point_number(&point, "b")->text, "18446744073709551615");
	assert_string_equal(result_point_number(&point, "c")->text, "18446744073709551615");
	assert_string_equal(result_point_number(&point, "d.count")->text, "3");
	assert_string_equal(result_point_number(&point, "d.mean")->text, "3.33333333");
	assert_string_equal(result_point_number(&point, "d.p50")->text, "3");
	assert_string_equal(result_point_number(&point, "d.max")->text, "5");
	result_point_release(&point);
	free(text);
}

static void result_without_its_end_is_not_whole(void **state)
{
	assert_true(accepted("begin 00 5\nint a 1\nend\n"));
	assert_false(accepted(""));
	assert_false(accepted("begin 00 5\nint a 1\n"));
	assert_false(accepted("begin 00 5\nint a 1\nend"));
	assert_false(accepted("begin 00 5\nint a 1\nend\nint"));
}

static void broken_lines_are_not_trusted(void **state)
{
	static const char *const bad[] = {
		"int a", "int a x", "int a 1 2", "int  1", "int a -1", "int a 99999999999999999999",
		"ratio a 1", "ratio a 1 2", "dist a 1 2 3", "begin 00 5", "nonsense", "",
		"what a 1", "progress 1",
	};
	char text[256];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "begin 00 5\n%s\nend\n", bad[i]);
		assert_false(accepted(text));
	}
	assert_false(accepted("int a 1\nbegin 00 5\nend\n"));
	assert_false(accepted("begin 00112233445566778899aabbccddeeff0 5\nend\n"));
	assert_false(accepted("begin 00 5\nint a 1\nint a 1\nend\n"));
	assert_false(accepted("begin 00 5\nend\nend\n"));
	assert_false(accepted("begin 00 5\nend\nint a 1\n"));
}

static void endless_line_is_refused(void **state)
{
	struct result_point point = { 0 };
	struct point_reader reader;

	point_reader_init(&reader, &point);
	for (int i = 0; i < 100000; i++)
		point_reader_feed(&reader, "x", 1);
	assert_false(point_reader_finish(&reader));
	result_point_release(&point);
}

static void reason_of_a_failure_arrives_on_one_line(void **state)
{
	struct result_point point = { 0 };
	struct point_reader reader;
	struct point_writer pw;
	char *text;
	size_t bytes;
	FILE *stream = open_memstream(&text, &bytes);

	assert_int_equal(pw_open(&pw, stream, NULL), 0);
	pw_error(&pw, "panic at %d ms\non CPU %d", 3, 1);
	assert_int_equal(pw_close(&pw), 0);
	fclose(stream);
	point_reader_init(&reader, &point);
	point_reader_feed(&reader, text, bytes);
	assert_false(point_reader_finish(&reader));
	assert_string_equal(reader.error, "panic at 3 ms on CPU 1");
	free(text);
}

static void tables_go_to_the_points_folder(void **state)
{
	struct result *result = result_create();
	struct point_writer pw;
	char dir[64], path[128], line[128];
	FILE *file;

	sample_folder(dir, sizeof(dir));
	sample_nvme_point(result, 0, 4, dir);
	snprintf(path, sizeof(path), "%s/point000/hist.csv", dir);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	assert_string_equal(line, "stat,low,high,count\n");
	assert_non_null(fgets(line, sizeof(line), file));
	assert_string_equal(line, "nvme0.io.latency_ns,10000,10010,40\n");
	fclose(file);

	assert_int_equal(pw_open(&pw, stderr, dir), 0);
	pw_sample(&pw, 1000000, "nvme0.io.latency_ns", 7, 12);
	assert_int_equal(pw_close(&pw), 0);
	snprintf(path, sizeof(path), "%s/samples.csv", dir);
	file = fopen(path, "r");
	assert_non_null(fgets(line, sizeof(line), file));
	assert_non_null(fgets(line, sizeof(line), file));
	assert_string_equal(line, "1000000,nvme0.io.latency_ns,7,12\n");
	fclose(file);
	sample_remove(dir);
	assert_int_equal(pw_open(&pw, stderr, dir), -1);
	result_destroy(result);
}

static void full_disk_is_reported(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	struct point_writer pw;

	assert_non_null(full);
	assert_int_equal(pw_open(&pw, full, NULL), 0);
	pw_begin(&pw, "00", 1);
	pw_end(&pw);
	assert_int_equal(pw_close(&pw), -1);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(result_without_its_end_is_not_whole),
		cmocka_unit_test(broken_lines_are_not_trusted),
		cmocka_unit_test(endless_line_is_refused),
		cmocka_unit_test(reason_of_a_failure_arrives_on_one_line),
		cmocka_unit_test(tables_go_to_the_points_folder),
		cmocka_unit_test(full_disk_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
