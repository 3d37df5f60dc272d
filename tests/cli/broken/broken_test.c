/* SPDX-License-Identifier: MIT */
/* Loads each broken scenario of this folder and compares what the user is told with NAME.expected,
 * byte for byte. One cmocka test a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <glob.h>

#include "model/scenario/file.h"
#include "model/scenario/scenario.h"

/* The issue asks for at least 40; a folder that cannot be found must not pass. */
#define FILES_MIN 45

static bool update;

static char *told(const char *path)
{
	const struct scn_options options = { .path = path, .data_dir = DATA_DIR };
	struct diag *diag = diag_new();
	struct scn *scn;
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(scn_load(&scn, &options, diag), -1);
	assert_null(scn);
	assert_true(diag_count(diag) > 0);
	diag_print(diag, out);
	fclose(out);
	diag_free(diag);
	return text;
}

static void diagnostics_are_as_expected(void **state)
{
	const char *path = *state;
	char expected_path[300];
	char *text = told(path), *expected;
	size_t bytes;

	snprintf(expected_path, sizeof(expected_path), "%.*s.expected", (int)strlen(path) - 5,
		 path);
	if (update) {
		FILE *out = fopen(expected_path, "w");

		assert_non_null(out);
		fputs(text, out);
		fclose(out);
	}
	expected = file_read(expected_path, &bytes);
	assert_non_null(expected);
	assert_string_equal(text, expected);
	free(expected);
	free(text);
}

int main(int argc, char **argv)
{
	glob_t files;
	struct CMUnitTest *tests;
	int failed;

	update = argc == 2 && !strcmp(argv[1], "--update");
	if (chdir(BROKEN_DIR) || glob("*.toml", 0, NULL, &files) || files.gl_pathc < FILES_MIN) {
		fputs("the broken scenarios are missing\n", stderr);
		return 1;
	}
	tests = calloc(files.gl_pathc, sizeof(*tests));
	if (!tests)
		return 1;
	for (size_t i = 0; i < files.gl_pathc; i++)
		tests[i] = (struct CMUnitTest){ files.gl_pathv[i], diagnostics_are_as_expected,
						NULL, NULL, files.gl_pathv[i] };
	failed = _cmocka_run_group_tests("broken scenarios", tests, files.gl_pathc, NULL, NULL);
	free(tests);
	globfree(&files);
	return failed;
}
