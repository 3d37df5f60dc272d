/* SPDX-License-Identifier: MIT */
/* `doorbell build`: both executables of a user's driver, and what it is called. */
#include <limits.h>
#include <stdio.h>

#include "cli/driver.h"
#include "cli/options.h"
#include "cli/run_point.h"
#include "cli/verbs.h"

int verb_build(int argc, char **argv)
{
	enum { DRIVER = 1 };
	static const struct option_row rows[] = { { "driver", true, DRIVER } };
	const char *dir = NULL, *value;
	struct options options;
	int option, code = RUN_GOOD;

	options_init(&options, rows, sizeof(rows) / sizeof(rows[0]), argc, argv);
	while ((option = options_next(&options, &value)) != OPTION_END) {
		if (option == OPTION_ERROR)
			return RUN_USAGE;
		if (option != DRIVER || dir)
			return cli_usage_error("build", "one --driver DIR is due");
		dir = value;
	}
	if (!dir)
		return cli_usage_error("build", "--driver DIR: which driver?");
	for (int checking = 0; checking < 2 && !code; checking++) {
		char path[PATH_MAX];

		code = driver_build(dir, checking, path, sizeof(path));
		if (!code)
			puts(path);
	}
	return code;
}
