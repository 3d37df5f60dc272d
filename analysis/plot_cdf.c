/* SPDX-License-Identifier: MIT */
/* Distribution functions of latencies, from the hist.csv of the points. */
#include <float.h>
#include <inttypes.h>
#include <string.h>

#include "analysis/figure_select.h"
#include "analysis/memory.h"
#include "analysis/names.h"

enum { ROWS_APART = 400 };              /* rows a line keeps at most, about */
static const double linear_width_max = 12;
static const double shown_share = 0.999; /* the axis ends where this share of every line is */

struct bucket {
	uint64_t low, high, count;
};

struct buckets {
	struct bucket *all;
	size_t count;
	uint64_t samples;
};

/* One row "stat,low,high,count"; others (the head, other stats) are passed over. */
static void take_row(struct buckets *buckets, const char *line, const char *stat)
{
	size_t bytes = strlen(stat);
	struct bucket bucket;

	if (strncmp(line, stat, bytes) || line[bytes] != ',' ||
	    sscanf(line + bytes + 1, "%" SCNu64 ",%" SCNu64 ",%" SCNu64, &bucket.low,
		   &bucket.high, &bucket.count) != 3)
		return;
	buckets->all = mem_grow(buckets->all, buckets->count, sizeof(*buckets->all));
	buckets->all[buckets->count++] = bucket;
	buckets->samples += bucket.count;
}

/* The point's table is in its folder, or beside the result if that is a point's own. */
static FILE *open_table(const char *dir, const struct result_point *point)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/point%03u/hist.csv", dir, point->index);
	file = fopen(path, "r");
	if (file)
		return file;
	snprintf(path, sizeof(path), "%s/point%03u-seed%" PRIu64 "/hist.csv", dir, point->index,
		 point->seed);
	file = fopen(path, "r");
	if (file)
		return file;
	snprintf(path, sizeof(path), "%s/hist.csv", dir);
	return fopen(path, "r");
}

static void load(struct buckets *buckets, const char *dir, const struct result_point *point,
		 const char *stat)
{
	FILE *file = open_table(dir, point);
	char line[512];

	if (!file)
		return;
	while (fgets(line, sizeof(line), file))
		take_row(buckets, line, stat);
	fclose(file);
}

static int bucket_order(const void *a, const void *b)
{
	const struct bucket *x = a, *y = b;

	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	return x->high < y->high ? -1 : x->high > y->high;
}

/* x in us, y in percent; what does not move the line visibly is left out. */
static void add_rows(struct figure_series *series, const struct buckets *buckets)
{
	uint64_t seen = 0;
	double shown = -1;

	for (size_t i = 0; i < buckets->count; i++) {
		const struct bucket *bucket = &buckets->all[i];
		double x = (double)bucket->high / 1e3, y;

		if (!i)
			figure_add_row(series,
				       (struct figure_row){ .x = (double)bucket->low / 1e3 });
		seen += bucket->count;
		y = 100 * (double)seen / (double)buckets->samples;
		if (y - shown < 100.0 / ROWS_APART && i + 1 < buckets->count)
			continue;
		shown = y;
		figure_add_row(series, (struct figure_row){ .x = x, .y = y });
	}
}

static void add_series(struct figure *figure, const struct selection *selection, size_t number,
		       const char *dir, const char *stat)
{
	struct buckets buckets = { 0 };
	struct figure_series *series;

	for (size_t p = 0; p < selection->result->point_count; p++)
		if (selection_has(selection, &selection->result->points[p], 0, number))
			load(&buckets, dir, &selection->result->points[p], stat);
	if (buckets.samples) {
		qsort(buckets.all, buckets.count, sizeof(*buckets.all), bucket_order);
		series = figure_add_series(figure);
		selection_series_title(selection, number, series->title, sizeof(series->title));
		series->colour = (unsigned)number;
		add_rows(series, &buckets);
	}
	free(buckets.all);
}

/* Microseconds by the ten thousand are milliseconds, these by the ten thousand seconds. */
static void choose_unit(struct figure *figure, const char *what, double high)
{
	static const char *const units[] = { "us", "ms", "s" };
	double by = 1;
	size_t unit = 0;

	for (; unit < 2 && high / by >= 20000; unit++)
		by *= 1000;
	snprintf(figure->x_label, sizeof(figure->x_label), "%s (%s)", what, units[unit]);
	for (size_t s = 0; s < figure->series_count; s++)
		for (size_t r = 0; r < figure->series[s].count; r++)
			figure->series[s].rows[r].x /= by;
	figure->x_min /= by;
	figure->x_max /= by;
}

static void fit(struct figure *figure, const char *what)
{
	double low = DBL_MAX, high = 0;

	for (size_t s = 0; s < figure->series_count; s++) {
		const struct figure_series *series = &figure->series[s];
		size_t r = 0;

		while (r + 1 < series->count && series->rows[r].y < 100 * shown_share)
			r++;
		low = series->rows[0].x < low ? series->rows[0].x : low;
		high = series->rows[r].x > high ? series->rows[r].x : high;
	}
	figure->x_log = low > 0 && high > linear_width_max * low;
	figure->x_fixed = high > low;
	figure->x_min = figure->x_log ? low / 1.1 : 0;
	figure->x_max = figure->x_log ? high * 1.1 : high * 1.02;
	figure->y_max = 100;
	choose_unit(figure, what, high);
}

static void add_figure(struct figures *figures, const struct selection *selection,
		       const struct names_device *device, const char *dir)
{
	static const struct {
		const char *stat, *title, *x_label, *of;
	} kinds[] = {
		[NAMES_NIC] = { "rx.latency_ns", "receive", "latency from wire to sink", "frames" },
		[NAMES_NVME] = { "io.latency_ns", "I/O", "latency from submission to completion",
				 "I/O operations" },
	};
	struct figure *figure = figures_add(figures);
	char stat[128], fixed[160];

	snprintf(stat, sizeof(stat), "%s.%s", device->name,
		 kinds[device->kind].stat);
	selection_name(selection, fixed, sizeof(fixed));
	snprintf(figure->name, sizeof(figure->name), "%s-latency-cdf%.100s", device->name, fixed);
	figure_clean_name(figure->name);
	selection_title(selection, fixed, sizeof(fixed));
	snprintf(figure->title, sizeof(figure->title), "%s: distribution of %s latency%.120s",
		 device->name, kinds[device->kind].title, fixed);
	snprintf(figure->y_label, sizeof(figure->y_label), "share of %s at or below (%%)",
		 kinds[device->kind].of);
	selection_key_title(selection, figure->key_title, sizeof(figure->key_title));
	figure->steps = true;
	figure->y_percent = true;
	for (size_t s = 0; s < selection_series(selection); s++)
		add_series(figure, selection, s, dir, stat);
	if (figure->series_count)
		fit(figure, kinds[device->kind].x_label);
	else
		figures_drop(figures);
}

void figures_of_distributions(struct figures *figures, const struct result *result,
			      const struct axis *axes, size_t axis_count, const char *dir)
{
	size_t count;
	struct names_device *devices = names_devices(result, &count);

	for (size_t i = 0; i < count; i++) {
		struct selection selection = {
			.result = result,
			.axes = axes,
			.axis_count = axis_count,
			.x_axis = axis_count,
			.series_axis = 0,
		};

		/* Of a DMA test device no samples are kept: there are too many. */
		if (devices[i].kind == NAMES_DMATEST || devices[i].kind == NAMES_SWITCH)
			continue;
		do {
			add_figure(figures, &selection, &devices[i], dir);
		} while (selection_next(&selection));
	}
	free(devices);
}
