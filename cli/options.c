/* SPDX-License-Identifier: MIT */
#include "cli/options.h"

#include <stdio.h>
#include <string.h>

#include "cli/verbs.h"
#include "model/scenario/diag.h"

enum { ROWS_MAX = 32, NAME_BYTES = 64 };

void options_init(struct options *options, const struct option_row *rows, size_t count, int argc,
		  char **argv)
{
	memset(options, 0, sizeof(*options));
	options->rows = rows;
	options->count = count;
	options->argc = argc;
	options->argv = argv;
	options->next = 1;
}

static int unknown(const struct options *options, const char *word, const char *name)
{
	const char *names[ROWS_MAX];
	const char *near;
	size_t count = options->count < ROWS_MAX ? options->count : ROWS_MAX;

	for (size_t i = 0; i < count; i++)
		names[i] = options->rows[i].name;
	near = diag_nearest(name, names, count);
	if (near)
		fprintf(stderr, "doorbell: error: no option \"%s\"\nhelp: did you mean \"--%s\"?\n",
			word, near);
	else
		cli_usage_error(options->argv[0], "no option \"%s\"", word);
	return OPTION_ERROR;
}

static int take_value(struct options *options, const struct option_row *row, const char *attached,
		      const char **value)
{
	if (!row->takes_value && attached) {
		cli_usage_error(options->argv[0], "--%s takes no value", row->name);
		return OPTION_ERROR;
	}
	if (!row->takes_value)
		return row->id;
	if (!attached && options->next < options->argc)
		attached = options->argv[options->next++];
	if (!attached) {
		cli_usage_error(options->argv[0], "--%s needs a value", row->name);
		return OPTION_ERROR;
	}
	*value = attached;
	return row->id;
}

int options_next(struct options *options, const char **value)
{
	const char *word, *equals;
	char name[NAME_BYTES];

	*value = NULL;
	if (options->next >= options->argc)
		return OPTION_END;
	word = options->argv[options->next++];
	if (!options->files_only && !strcmp(word, "--")) {
		options->files_only = true;
		return options_next(options, value);
	}
	if (options->files_only || word[0] != '-' || !word[1]) {
		*value = word;
		return OPTION_FILE;
	}
	if (word[1] != '-')
		return unknown(options, word, word + 1);
	equals = strchr(word, '=');
	snprintf(name, sizeof(name), "%.*s", equals ? (int)(equals - word - 2) : NAME_BYTES,
		 word + 2);
	for (size_t i = 0; i < options->count; i++)
		if (!strcmp(options->rows[i].name, name))
			return take_value(options, &options->rows[i], equals ? equals + 1 : NULL,
					  value);
	return unknown(options, word, name);
}
