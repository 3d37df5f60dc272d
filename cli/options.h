/* SPDX-License-Identifier: MIT */
/* Command-line options from a table: "--name value", "--name=value", flags, and "--" after which
 * all are files. Unknown options are errors with the nearest known one. */
#ifndef DOORBELL_CLI_OPTIONS_H
#define DOORBELL_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct option_row {
	const char *name;        /* without the dashes */
	bool takes_value;
	int id;                  /* above 0 */
};

struct options {
	const struct option_row *rows;
	size_t count;
	int argc;
	char **argv;             /* argv[0] is the verb */
	int next;
	bool files_only;
};

enum { OPTION_END = 0, OPTION_ERROR = -1, OPTION_FILE = -2 };

void options_init(struct options *options, const struct option_row *rows, size_t count, int argc,
		  char **argv);
/* The next option's id with its value (NULL for a flag), OPTION_FILE with a word that is no option,
 * OPTION_END, or OPTION_ERROR, about which the user has been told. */
int options_next(struct options *options, const char **value);

#endif
