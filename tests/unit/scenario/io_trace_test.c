/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/scenario/io_trace.h"

#define HEAD "time_ns,op,file,offset_bytes,length_bytes\n"

static struct io_trace *load(const char *text, char error[300])
{
	char path[] = "/tmp/doorbell-trace-XXXXXX";
	struct io_trace *trace;
	int file = mkstemp(path);

	assert_true(file >= 0);
	assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
	close(file);
	trace = io_trace_load(path, error, 300);
	unlink(path);
	return trace;
}

static void ranges_become_whole_sectors(void **state)
{
	char error[300];
	struct io_trace *trace = load(HEAD "5,write,1,500,24\n9,flush,1,0,0\n10,read,0,4096,4096\n",
				      error);

	assert_non_null(trace);
	assert_int_equal(trace->records, 3);
	assert_int_equal(trace->files, 2);
	assert_int_equal(trace->record[0].offset, 0);
	assert_int_equal(trace->record[0].bytes, 1024);
	assert_int_equal(trace->record[1].what, IO_TRACE_FLUSH);
	assert_int_equal(trace->record[1].bytes, 0);
	assert_int_equal(trace->most_bytes, 4096);
	assert_int_equal(trace->end, 8192);
	io_trace_free(trace);
}

static void mistakes_name_their_line(void **state)
{
	static const char *const wrong[] = {
		"", "a,b\n", HEAD "1,erase,0,0,512\n", HEAD "1,read,0,0,0\n", HEAD "1,read,0,0\n",
		HEAD "1,read,0,0,512,7\n", HEAD "1,read,99,0,512\n", HEAD "1,flush,0,0,0\n",
	};
	char error[300];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_null(load(wrong[i], error));
		assert_non_null(strstr(error, "line "));
	}
	assert_null(io_trace_load("/no/such/file", error, sizeof(error)));
	assert_non_null(strstr(error, "cannot read"));
}

static void the_trace_of_the_scenarios_is_whole(void **state)
{
	char error[300];
	struct io_trace *trace =
		io_trace_load(SOURCE_DIR "/scenarios/data/sqlite-wal.iotrace.csv", error, 300);

	assert_non_null(trace);
	assert_int_equal(trace->records, 40000);
	assert_int_equal(trace->files, 2);
	assert_int_equal(trace->most_bytes, 4608);
	io_trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_become_whole_sectors),
		cmocka_unit_test(mistakes_name_their_line),
		cmocka_unit_test(the_trace_of_the_scenarios_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
