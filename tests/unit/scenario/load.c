/* SPDX-License-Identifier: MIT */
#include "tests/unit/scenario/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct diag *diag;

static int load(struct scn **scn, const char *text, const char *const *set)
{
	struct scn_options options = {
		.path = "test.toml",
		.text = text,
		.text_bytes = strlen(text),
		.data_dir = SOURCE_DIR,
		.set = set,
	};

	while (set && set[options.sets])
		options.sets++;
	diag = diag_new();
	return scn_load(scn, &options, diag);
}

char *load_told(void)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	diag_print(diag, out);
	fclose(out);
	return text;
}

struct scn *load_good(const char *text, const char *const *set)
{
	struct scn *scn;

	if (load(&scn, text, set)) {
		char *told = load_told();

		print_error("%s", told);
		free(told);
		fail();
	}
	return scn;
}

char *load_bad(const char *text, const char *const *set)
{
	struct scn *scn;
	char *told;

	assert_int_equal(load(&scn, text, set), -1);
	assert_null(scn);
	told = load_told();
	diag_free(diag);
	return told;
}

void load_free(struct scn *scn)
{
	scn_free(scn);
	diag_free(diag);
}
