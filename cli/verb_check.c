/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "cli/driver.h"
#include "cli/options.h"
#include "cli/run_point.h"
#include "cli/verbs.h"
#include "model/scenario/scenario.h"

static bool check_file(const char *path, const char *const *sets, size_t set_count)
{
	struct scn_options options = {
		.path = path,
		.data_dir = cli_data_dir(),
		.set = sets,
		.sets = set_count,
	};
	struct diag *diag = diag_new();
	struct scn *scn;
	bool loaded, good;

	options.drivers = driver_list(&options.drivers_count);
	good = loaded = scn_load(&scn, &options, diag) == 0;
	/* What only the machine sees too: a run would refuse it. */
	for (size_t p = 0; loaded && p < scn_point_count(scn); p++)
		if (run_point_check(scn_point(scn, p), diag))
			good = false;
	if (good)
		printf("%s: good, %zu point%s\n", path, scn_point_count(scn),
		       scn_point_count(scn) == 1 ? "" : "s");
	else
		diag_print(diag, stderr);
	if (loaded)
		scn_free(scn);
	diag_free(diag);
	return good;
}

int verb_check(int argc, char **argv)
{
	enum { SET = 1 };
	static const struct option_row rows[] = { { "set", true, SET } };
	const char **sets = calloc((size_t)argc, sizeof(*sets));
	const char **files = calloc((size_t)argc, sizeof(*files));
	size_t set_count = 0, file_count = 0;
	int code = RUN_GOOD, option;
	struct options options;
	const char *value;

	if (!sets || !files)
		abort();
	options_init(&options, rows, sizeof(rows) / sizeof(rows[0]), argc, argv);
	while ((option = options_next(&options, &value)) != OPTION_END && option != OPTION_ERROR) {
		if (option == SET)
			sets[set_count++] = value;
		else
			files[file_count++] = value;
	}
	if (option == OPTION_ERROR)
		code = RUN_USAGE;
	else if (!file_count)
		code = cli_usage_error("check", "which scenario?");
	for (size_t i = 0; option == OPTION_END && i < file_count; i++)
		if (!check_file(files[i], sets, set_count))
			code = RUN_USAGE;
	free(sets);
	free(files);
	return code;
}
