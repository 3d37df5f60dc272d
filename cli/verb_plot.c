/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "analysis/plot.h"
#include "cli/options.h"
#include "cli/run_point.h"
#include "cli/verbs.h"

int verb_plot(int argc, char **argv)
{
	struct plot_options plot = { .names = stdout };
	const char *value, *dir = NULL;
	struct options options;
	char error[1024];
	int id;

	options_init(&options, NULL, 0, argc, argv);
	while ((id = options_next(&options, &value)) != OPTION_END) {
		if (id == OPTION_ERROR)
			return RUN_USAGE;
		if (plot.name)
			return cli_usage_error("plot", "one folder and one name are due");
		if (dir)
			plot.name = value;
		else
			dir = value;
	}
	if (!dir)
		return cli_usage_error("plot", "no result folder given");
	switch (plot_folder(dir, &plot, error, sizeof(error))) {
	case PLOT_OK:
		return RUN_GOOD;
	case PLOT_NO_RESULT:
	case PLOT_NO_FIGURE:
	case PLOT_HOST:
		break;
	}
	fprintf(stderr, "doorbell: error: %s\n", error);
	return RUN_USAGE;
}
