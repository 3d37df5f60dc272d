/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/scenario/check_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/scenario/scenario.h"

#define SET_MARK "#--set "

static void broken(const char *promise, const struct diag *diag)
{
	fprintf(stderr, "broken promise: %s\n", promise);
	diag_print(diag, stderr);
	abort();
}

static char *manifest(const struct scn_point *point, size_t *bytes)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, bytes);

	if (!out)
		abort();
	scn_write_manifest(point, 1, out);
	fclose(out);
	return text;
}

static void check_manifest(struct scn *scn, size_t index)
{
	size_t bytes;
	char *text = manifest(scn_point(scn, index), &bytes);
	const struct scn_options options = { .path = "manifest.toml",
					     .text = text,
					     .text_bytes = bytes };
	struct diag *diag = diag_new();
	struct scn *again;

	if (scn_load(&again, &options, diag)) {
		fputs(text, stderr);
		broken("a manifest loads", diag);
	}
	if (scn_point_count(again) != 1)
		broken("a manifest is one point", diag);
	scn_free(again);
	diag_free(diag);
	free(text);
}

static void check_accepted(struct scn *scn)
{
	const struct scn_param *params;
	size_t count = scn_point_count(scn);

	check_manifest(scn, 0);
	if (count > 1)
		check_manifest(scn, count - 1);
	scn_params(scn_point(scn, count - 1), &params);
	for (size_t i = 0; i < scn_expect_count(scn); i++)
		scn_expect_applies(scn_point(scn, 0), i);
}

bool check_input(const char *text, size_t bytes)
{
	struct scn_options options = { .path = "input.toml", .text = text, .text_bytes = bytes };
	struct diag *diag = diag_new();
	const char *setting;
	char *set = NULL, *told = NULL;
	size_t told_bytes;
	struct scn *scn;
	FILE *out;
	bool good;

	if (bytes > strlen(SET_MARK) && !memcmp(text, SET_MARK, strlen(SET_MARK))) {
		const char *end = memchr(text, '\n', bytes);

		set = strndup(text + strlen(SET_MARK),
			      (end ? (size_t)(end - text) : bytes) - strlen(SET_MARK));
		setting = set;
		options.set = &setting;
		options.sets = 1;
	}
	good = scn_load(&scn, &options, diag) == 0;
	if (good == (diag_count(diag) != 0))
		broken("refused with a reason, or accepted without one", diag);
	out = open_memstream(&told, &told_bytes);
	if (!out)
		abort();
	diag_print(diag, out);
	fclose(out);
	if (good) {
		check_accepted(scn);
		scn_free(scn);
	}
	free(told);
	free(set);
	diag_free(diag);
	return good;
}
