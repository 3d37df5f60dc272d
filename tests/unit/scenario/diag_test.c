/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model/scenario/diag.h"

/* Not inlined: gcc 12 then takes the stream's buffer for a pointer to the local that names it. */
static __attribute__((noinline)) char *printed(const struct diag *diag)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	diag_print(diag, out);
	fclose(out);
	return text;
}

static const char *near(const char *name)
{
	static const char *const names[] = { "cores", "sockets", "profile", "itr", "frequency" };

	return diag_nearest(name, names, sizeof(names) / sizeof(names[0]));
}

static void a_name_within_a_third_of_its_length_is_suggested(void **state)
{
	assert_string_equal(near("coers"), "cores");       /* a swap counts one */
	assert_string_equal(near("core"), "cores");
	assert_string_equal(near("sokets"), "sockets");
	assert_string_equal(near("frequenci"), "frequency");
	assert_string_equal(near("freqeunxi"), "frequency"); /* three of nine */
	assert_null(near("coxyz"));                        /* three of five */
	assert_null(near("profxyz"));                      /* three of seven */
}

static void names_of_three_letters_get_no_suggestion(void **state)
{
	assert_null(near("itx"));
	assert_null(near("it"));
	assert_null(near(""));
	assert_string_equal(near("itrr"), "itr");
}

static void distance_counts_edits_and_swaps(void **state)
{
	assert_int_equal(diag_distance("", ""), 0);
	assert_int_equal(diag_distance("abc", ""), 3);
	assert_int_equal(diag_distance("abcd", "abdc"), 1);
	assert_int_equal(diag_distance("kitten", "sitting"), 3);
	assert_int_equal(diag_distance("ca", "abc"), 3);   /* optimal string alignment */
}

static void errors_come_in_the_order_of_the_file_with_carets(void **state)
{
	struct diag *diag = diag_new();
	unsigned source = diag_source(diag, "a.toml", "one\n\ttwo = 2\n", 13);
	char *text;

	diag_error(diag, (struct diag_place){ source, 2, 8 }, "write it so", "second %d", 2);
	diag_error(diag, (struct diag_place){ source, 1, 1 }, NULL, "first");
	diag_error(diag, (struct diag_place){ source, 0, 0 }, NULL, "the whole");
	text = printed(diag);
	assert_string_equal(text,
			    "a.toml:1:1: error: the whole\n"
			    "a.toml:1:1: error: first\n"
			    "    1 | one\n"
			    "      | ^\n"
			    "a.toml:2:8: error: second 2\n"
			    "    2 |  two = 2\n"
			    "      |        ^\n"
			    "help: write it so\n");
	free(text);
	diag_free(diag);
}

static void columns_count_characters_not_bytes(void **state)
{
	struct diag *diag = diag_new();
	const char *line = "\xc3\xa4\xc3\xb6 = x";
	unsigned source = diag_source(diag, "a", line, strlen(line));
	char *text;

	diag_error(diag, (struct diag_place){ source, 1, 6 }, NULL, "x");
	text = printed(diag);
	assert_non_null(strstr(text, "\n      |      ^\n"));
	free(text);
	diag_free(diag);
}

static void the_same_text_at_the_same_place_is_kept_once(void **state)
{
	struct diag *diag = diag_new();
	unsigned source = diag_source(diag, "a", NULL, 0);

	diag_error(diag, (struct diag_place){ source, 1, 6 }, NULL, "x");
	diag_error(diag, (struct diag_place){ source, 1, 6 }, NULL, "x");
	assert_int_equal(diag_count(diag), 1);
	diag_error(diag, (struct diag_place){ source, 1, 7 }, NULL, "x");
	assert_int_equal(diag_count(diag), 2);
	diag_free(diag);
}

static void twenty_are_shown_and_the_rest_is_counted(void **state)
{
	struct diag *diag = diag_new();
	unsigned source = diag_source(diag, "a", NULL, 0), lines = 0;
	char *text;

	for (unsigned i = 0; i < 1500; i++)
		diag_error(diag, (struct diag_place){ source, i + 1, 1 }, NULL, "wrong");
	assert_int_equal(diag_count(diag), 1500);
	text = printed(diag);
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, DIAG_MAX + 1);
	assert_non_null(strstr(text, "1480 more errors are not shown\n"));
	free(text);
	diag_free(diag);
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
	struct diag *diag = diag_new();
	const char *line = "\x1b[31mx";
	unsigned source = diag_source(diag, "a\rb", line, strlen(line));
	char *text;

	diag_error(diag, (struct diag_place){ source, 1, 1 }, "\x07", "\x1b[0m");
	text = printed(diag);
	assert_null(strpbrk(text, "\x1b\r\x07"));
	free(text);
	diag_free(diag);
}

static void a_long_line_is_cut_around_the_caret(void **state)
{
	struct diag *diag = diag_new();
	char line[5000];
	unsigned source;
	char *text, *shown, *below;

	memset(line, 'a', sizeof(line));
	line[4000] = 'X';
	source = diag_source(diag, "a", line, sizeof(line));
	diag_error(diag, (struct diag_place){ source, 1, 4001 }, NULL, "x");
	text = printed(diag);
	assert_true(strlen(text) < 300);
	assert_non_null(strchr(text, 'X'));
	/* The caret stands below it. */
	shown = strchr(text, '\n') + 1;
	below = strchr(shown, '\n') + 1;
	assert_int_equal(strcspn(shown, "X"), strcspn(below, "^"));
	free(text);
	diag_free(diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_within_a_third_of_its_length_is_suggested),
		cmocka_unit_test(names_of_three_letters_get_no_suggestion),
		cmocka_unit_test(distance_counts_edits_and_swaps),
		cmocka_unit_test(errors_come_in_the_order_of_the_file_with_carets),
		cmocka_unit_test(columns_count_characters_not_bytes),
		cmocka_unit_test(the_same_text_at_the_same_place_is_kept_once),
		cmocka_unit_test(twenty_are_shown_and_the_rest_is_counted),
		cmocka_unit_test(control_characters_do_not_reach_the_terminal),
		cmocka_unit_test(a_long_line_is_cut_around_the_caret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
