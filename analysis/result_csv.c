/* SPDX-License-Identifier: MIT */
#include "analysis/result.h"

#include <inttypes.h>
#include <string.h>

/* RFC 4180: a field with a comma, quote or line end is quoted, quotes are doubled. */
static void put_field(FILE *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, out);
		return;
	}
	putc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', out);
		putc(*text, out);
	}
	putc('"', out);
}

static void put_row(FILE *out, const struct result_point *point, const char *stat,
		    const char *field, const char *value)
{
	fprintf(out, "%u,%" PRIu64 ",", point->index, point->seed);
	put_field(out, stat);
	putc(',', out);
	put_field(out, field);
	putc(',', out);
	put_field(out, value);
	putc('\n', out);
}

int result_write_csv(const struct result *result, FILE *out)
{
	fputs("point,seed,stat,field,value\n", out);
	for (size_t i = 0; i < result->point_count; i++) {
		const struct result_point *point = &result->points[i];

		for (size_t s = 0; s < point->stat_count; s++) {
			const struct result_stat *stat = &point->stats[s];

			if (!stat->is_dist)
				put_row(out, point, stat->name, "value", stat->value.text);
			for (int f = 0; stat->is_dist && f < RESULT_FIELDS; f++)
				put_row(out, point, stat->name, result_field_names[f],
					stat->field[f].text);
		}
	}
	return fflush(out) || ferror(out) ? -1 : 0;
}

int result_write_points_csv(const struct result *result, FILE *out)
{
	fputs("point,seed,key,value\n", out);
	for (size_t i = 0; i < result->point_count; i++) {
		const struct result_point *point = &result->points[i];

		for (size_t p = 0; p < point->param_count; p++) {
			fprintf(out, "%u,%" PRIu64 ",", point->index, point->seed);
			put_field(out, point->params[p].key);
			putc(',', out);
			put_field(out, point->params[p].text);
			putc('\n', out);
		}
	}
	return fflush(out) || ferror(out) ? -1 : 0;
}
