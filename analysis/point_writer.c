/* SPDX-License-Identifier: MIT */
#include "analysis/point_writer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

static FILE *open_table(const char *dir, const char *name, const char *head)
{
	char path[4096];
	FILE *table;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) >= sizeof(path))
		return NULL;
	table = fopen(path, "w");
	if (table)
		fputs(head, table);
	return table;
}

int pw_open(struct point_writer *pw, FILE *stream, const char *dir)
{
	memset(pw, 0, sizeof(*pw));
	pw->stream = stream;
	pw->dir = dir;
	if (!dir)
		return 0;
	pw->hist = open_table(dir, "hist.csv", "stat,low,high,count\n");
	pw->samples = open_table(dir, "samples.csv", "time_ps,stat,id,value\n");
	if (pw->hist && pw->samples)
		return 0;
	pw_close(pw);
	return -1;
}

static void close_table(struct point_writer *pw, FILE **table)
{
	if (*table && (ferror(*table) | fclose(*table)))
		pw->failed = 1;
	*table = NULL;
}

int pw_close(struct point_writer *pw)
{
	close_table(pw, &pw->hist);
	close_table(pw, &pw->samples);
	close_table(pw, &pw->series);
	if (fflush(pw->stream) || ferror(pw->stream))
		pw->failed = 1;
	return pw->failed ? -1 : 0;
}

void pw_progress(struct point_writer *pw, uint64_t now_ns, uint64_t end_ns)
{
	fprintf(pw->stream, "progress %" PRIu64 " %" PRIu64 "\n", now_ns, end_ns);
	fflush(pw->stream);
}

void pw_error(struct point_writer *pw, const char *fmt, ...)
{
	char text[900];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	for (char *p = text; *p; p++)
		if (*p == '\n')
			*p = ' ';
	fprintf(pw->stream, "error %s\n", text);
	fflush(pw->stream);
}

void pw_sample(struct point_writer *pw, uint64_t time_ps, const char *stat, uint64_t id,
	       uint64_t value)
{
	if (pw->samples)
		fprintf(pw->samples, "%" PRIu64 ",%s,%" PRIu64 ",%" PRIu64 "\n", time_ps, stat, id,
			value);
}

void pw_series(struct point_writer *pw, const char *stat, uint64_t from_ps, uint64_t to_ps,
	       uint64_t value, uint64_t count)
{
	if (!pw->series && pw->dir) {
		pw->series = open_table(pw->dir, "series.csv", "from_ps,to_ps,stat,value,count\n");
		pw->failed |= !pw->series;
		pw->dir = NULL;
	}
	if (pw->series)
		fprintf(pw->series, "%" PRIu64 ",%" PRIu64 ",%s,%" PRIu64 ",%" PRIu64 "\n", from_ps,
			to_ps, stat, value, count);
}

void pw_begin(struct point_writer *pw, const char *digest, uint64_t simulated_ns)
{
	fprintf(pw->stream, "begin %s %" PRIu64 "\n", digest, simulated_ns);
}

void pw_int(struct point_writer *pw, const char *name, uint64_t value)
{
	fprintf(pw->stream, "int %s %" PRIu64 "\n", name, value);
}

static void put_ratio(struct point_writer *pw, const char *name, unsigned __int128 num,
		      uint64_t den)
{
	fprintf(pw->stream, "ratio %s %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", name,
		(uint64_t)(num >> 64), (uint64_t)num, den);
}

void pw_ratio(struct point_writer *pw, const char *name, uint64_t num, uint64_t den)
{
	put_ratio(pw, name, num, den);
}

void pw_rate(struct point_writer *pw, const char *name, uint64_t num, uint64_t den_ps)
{
	static const uint64_t ps_per_second = 1000000000000;

	put_ratio(pw, name, (unsigned __int128)num * ps_per_second, den_ps);
}

struct bucket_row {
	struct point_writer *pw;
	const char *name;
};

static void put_bucket(void *ctx, uint64_t low, uint64_t high, uint64_t count)
{
	struct bucket_row *row = ctx;

	fprintf(row->pw->hist, "%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", row->name, low, high,
		count);
}

void pw_dist(struct point_writer *pw, const char *name, const struct pw_dist *dist,
	     void (*walk)(const void *hist, pw_bucket_fn bucket, void *ctx), const void *hist)
{
	struct bucket_row row = { pw, name };

	fprintf(pw->stream,
		"dist %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
		" %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
		name, dist->count, dist->sum_high, dist->sum_low, dist->min, dist->p50, dist->p90,
		dist->p99, dist->p999, dist->p9999, dist->max);
	if (walk && pw->hist)
		walk(hist, put_bucket, &row);
}

void pw_end(struct point_writer *pw)
{
	fputs("end\n", pw->stream);
	fflush(pw->stream);
}
