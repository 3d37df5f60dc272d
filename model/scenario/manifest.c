/* SPDX-License-Identifier: MIT */
/* The manifest of a point: a scenario file in which every key has its value, with the origin of
 * each behind it. Keys that mean nothing at this point stand as comments, so that it loads again.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/scenario/internal.h"

static void put_string(const char *text, FILE *out)
{
	fputc('"', out);
	for (const char *c = text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fputc('\\', out);
		fputc(*c, out);
	}
	fputc('"', out);
}

static void put_path(const char *path, FILE *out)
{
	char *whole = realpath(path, NULL);

	put_string(whole ? whole : path, out);
	free(whole);
}

static void put_origin(const struct scn_value *value, FILE *out)
{
	switch (value->origin) {
	case SCN_FROM_DEFAULT:
		fputs("  # default", out);
		break;
	case SCN_FROM_FILE:
		fprintf(out, "  # line %u", value->place.line);
		break;
	case SCN_FROM_SET:
		fputs("  # --set", out);
		break;
	case SCN_FROM_SWEEP:
		fprintf(out, "  # sweep, line %u", value->place.line);
		break;
	}
}

static void put_value(const struct scn_value *value, const char *key, bool relevant, FILE *out)
{
	const char *dot = strrchr(key, '.');

	fprintf(out, "%s%s = ", relevant ? "" : "# ", dot ? dot + 1 : key);
	if (value->row->type == SCN_TYPE_PATH)
		put_path(value->path, out);
	else if (value->quoted)
		put_string(value->text, out);
	else
		fputs(value->text, out);
	put_origin(value, out);
	fputs(relevant ? "\n" : "; unused here\n", out);
}

/* "[cpu]", "[device.eth0.pcie]", "[[traffic]]"; nothing for the keys of the root. */
static void put_header(const struct scn *scn, const char *table, FILE *out)
{
	for (size_t i = 0; i < sizeof(scn->arrays) / sizeof(scn->arrays[0]); i++) {
		size_t n = strlen(scn->arrays[i].name);

		if (!strncmp(table, scn->arrays[i].name, n) && table[n] == '.') {
			fprintf(out, "\n[[%s]]\n", scn->arrays[i].name);
			return;
		}
	}
	if (*table)
		fprintf(out, "\n[%s]\n", table);
}

int scn_write_manifest(const struct scn_point *point, uint64_t seed, FILE *out)
{
	const struct scn *scn = point->scn;
	char table[SCN_KEY_MAX] = "";

	fputs("# What this point ran with: every key, and where its value comes from.\n", out);
	fputs("# scenario ", out);
	put_path(scn->path, out);
	fprintf(out, ", point %zu of %zu\n", point->index, scn->point_count);
	for (size_t i = 0; i < scn->slot_count; i++) {
		const struct scn_slot *slot = &scn->slots[i];
		const char *dot = strrchr(slot->key, '.');
		size_t n = dot ? (size_t)(dot - slot->key) : 0;

		if (!point->values[i] || !strncmp(slot->key, "expect.", 7))
			continue;
		if (strlen(table) != n || strncmp(table, slot->key, n)) {
			snprintf(table, sizeof(table), "%.*s", (int)n, slot->key);
			put_header(scn, table, out);
		}
		if (!strcmp(slot->key, "seed"))
			fprintf(out, "seed = %llu\n", (unsigned long long)seed);
		else
			put_value(point->values[i], slot->key, point->relevant[i], out);
	}
	return ferror(out) ? -1 : 0;
}
