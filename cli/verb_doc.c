/* SPDX-License-Identifier: MIT */
/* Explains a key, or all keys of a table, from the table of keys. */
#include <stdio.h>
#include <string.h>

#include "cli/run_point.h"
#include "cli/verbs.h"
#include "model/scenario/diag.h"
#include "model/scenario/keys.h"

#define KEY_MAX 200

/* The table's pattern as the manual writes it: NAME for the user's name, N for a number. */
static const char *spell(const char *path, char *out, size_t bytes)
{
	size_t used = 0;

	for (; *path && used + 5 < bytes; path++) {
		if (*path == '*')
			used += (size_t)snprintf(out + used, bytes - used, "NAME");
		else
			out[used++] = *path == '#' ? 'N' : *path;
	}
	out[used] = '\0';
	return out;
}

/* What the user wrote, with N as a number: "traffic.N.rate" is "traffic.0.rate". */
static void plain(const char *key, char *out, size_t bytes)
{
	size_t used = 0;

	for (; *key && used + 1 < bytes; key++) {
		bool number =
			*key == 'N' && used && out[used - 1] == '.' && (key[1] == '.' || !key[1]);

		out[used++] = number ? '0' : *key;
	}
	out[used] = '\0';
}

static bool is_text(enum scn_type type)
{
	return type != SCN_TYPE_BOOL && type != SCN_TYPE_INTEGER && type != SCN_TYPE_NUMBER &&
	       type != SCN_TYPE_CORES && type != SCN_TYPE_TABLE;
}

static void put_list(const char *label, const char *words)
{
	printf("  %-8s ", label);
	for (; *words; words++) {
		if (*words == '|')
			fputs(", ", stdout);
		else
			putchar(*words);
	}
	putchar('\n');
}

static void put_needs(const char *needs)
{
	const char *equals = strchr(needs, '=');

	needs += *needs == '/';
	printf("  %-8s %.*s = ", "for", (int)(equals - needs), needs);
	for (const char *c = equals + 1; *c; c++) {
		if (*c == '|')
			fputs(" or ", stdout);
		else
			putchar(*c);
	}
	putchar('\n');
}

static void put_row(const struct scn_row *row)
{
	const char *quote = is_text(row->type) ? "\"" : "";
	char name[KEY_MAX];

	printf("%s\n  %s\n", spell(row->path, name, sizeof(name)), row->help);
	printf("  %-8s %s\n", "type", scn_type_name(row->type));
	if (row->words)
		put_list("words", row->words);
	if (*scn_type_units(row->type))
		printf("  %-8s %s\n", "unit", scn_type_units(row->type));
	if (row->fallback)
		printf("  %-8s %s%s%s\n", "default", quote, row->fallback, quote);
	else
		printf("  %-8s %s\n", "default", row->required ? "none: it must be given" : "none");
	if (row->range)
		printf("  %-8s %s\n", "range", row->range);
	if (row->needs)
		put_needs(row->needs);
}

/* All rows whose path begins or ends with the given parts. */
static size_t put_matching(const char *key)
{
	size_t count, shown = 0, n = strlen(key);
	const struct scn_row *rows = scn_rows(&count);

	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(rows[i].path);
		bool below = !strncmp(rows[i].path, key, n) && rows[i].path[n] == '.';
		bool tail = length > n && !strcmp(rows[i].path + length - n, key) &&
			    rows[i].path[length - n - 1] == '.';

		if (!below && !tail)
			continue;
		if (shown++)
			putchar('\n');
		put_row(&rows[i]);
	}
	return shown;
}

static int unknown(const char *key)
{
	static char names[200][KEY_MAX];
	const char *all[400], *near;
	size_t count, used = 0;
	const struct scn_row *rows = scn_rows(&count);

	for (size_t i = 0; i < count && i < 200; i++) {
		const char *last;

		all[used++] = spell(rows[i].path, names[i], sizeof(names[i]));
		last = strrchr(names[i], '.');
		if (last)
			all[used++] = last + 1;
	}
	near = diag_nearest(key, all, used);
	fprintf(stderr, "doorbell: error: no key \"%s\"\n", key);
	if (near)
		fprintf(stderr, "help: did you mean \"%s\"?\n", near);
	else
		fputs("help: doorbell list keys shows all keys\n", stderr);
	return RUN_USAGE;
}

int verb_doc(int argc, char **argv)
{
	char key[KEY_MAX];
	const struct scn_row *row;

	if (argc != 2 || !*argv[1] || strlen(argv[1]) >= KEY_MAX)
		return cli_usage_error("doc", "one key is due, such as cpu.cores");
	plain(argv[1], key, sizeof(key));
	row = scn_row_find(key);
	if (row && !scn_row_is_table(key)) {
		put_row(row);
		return RUN_GOOD;
	}
	if (row) {
		put_row(row);
		putchar('\n');
	}
	return put_matching(key) || row ? RUN_GOOD : unknown(argv[1]);
}
