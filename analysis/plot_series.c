/* SPDX-License-Identifier: MIT */
/* What happened over time, from the series.csv of the points: rates and mean latencies of each
 * interval, one line a value of the first swept key. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/figure_select.h"
#include "analysis/memory.h"
#include "analysis/names.h"
#include "analysis/point_file.h"

static const double wide = 30;          /* a latency axis of more than this ratio is logarithmic */

struct over_time {
	const char *stat, *name, *title, *y_label;
	bool mean;                      /* of a distribution in ns, drawn in us; else a rate */
};

static const struct over_time of_nic[] = {
	{ "rx.offered", "offered", "frames on the wire", "frames per second", false },
	{ "rx.delivered", "throughput", "frames delivered", "frames per second", false },
	{ "irq.count", "interrupts", "interrupts", "interrupts per second", false },
	{ "rx.latency_ns", "latency", "receive latency", "mean latency from wire to sink (us)",
	  true },
};
static const struct over_time of_nvme[] = {
	{ "io.completed", "throughput", "I/O operations", "I/O operations per second", false },
	{ "irq.count", "interrupts", "interrupts", "interrupts per second", false },
	{ "io.latency_ns", "latency", "I/O latency", "mean latency of an I/O (us)", true },
};

static void take_row(struct figure_series *series, const char *line, const char *stat,
		     const struct over_time *what)
{
	uint64_t from, to, value, count;
	char name[128];
	double y;

	if (sscanf(line, "%" SCNu64 ",%" SCNu64 ",%127[^,],%" SCNu64 ",%" SCNu64, &from, &to, name,
		   &value, &count) != 5 ||
	    strcmp(name, stat) || to <= from || (what->mean && !count))
		return;
	y = what->mean ? (double)value / (double)count / 1e3
		       : (double)value / ((double)(to - from) / 1e12);
	figure_add_row(series, (struct figure_row){ .x = (double)(from + to) / 2e9,
						    .y = y, .low = y, .high = y });
}

/* The first point of the series is drawn: a mean over seeds would hide what happens when. */
static void add_series(struct figure *figure, const struct selection *selection, size_t number,
		       const char *dir, const char *stat, const struct over_time *what)
{
	const struct result_point *point = NULL;
	struct figure_series *series;
	char path[4096], line[512];
	FILE *file;

	for (size_t p = 0; p < selection->result->point_count && !point; p++)
		if (selection_has(selection, &selection->result->points[p], 0, number))
			point = &selection->result->points[p];
	if (!point)
		return;
	point_file(path, sizeof(path), dir, point, "series.csv");
	file = fopen(path, "r");
	if (!file)
		return;
	series = figure_add_series(figure);
	selection_series_title(selection, number, series->title, sizeof(series->title));
	series->colour = (unsigned)number;
	while (fgets(line, sizeof(line), file))
		take_row(series, line, stat, what);
	fclose(file);
	if (!series->count)
		figure_drop_series(figure);
}

static void fit(struct figure *figure, bool latency)
{
	double low = 0;

	for (size_t s = 0; s < figure->series_count; s++) {
		const struct figure_series *series = &figure->series[s];

		for (size_t r = 0; r < series->count; r++) {
			double x = series->rows[r].x, y = series->rows[r].y;

			figure->x_max = x > figure->x_max ? x : figure->x_max;
			figure->y_max = y > figure->y_max ? y : figure->y_max;
			low = !low || y < low ? y : low;
		}
	}
	figure->x_fixed = true;
	figure->y_log = latency && low > 0 && figure->y_max > wide * low;
	figure->y_min = figure->y_log ? low : 0;
}

static void add_figure(struct figures *figures, const struct selection *selection,
		       const char *device, const struct over_time *what, const char *dir)
{
	struct figure *figure = figures_add(figures);
	char stat[128], fixed[160];

	snprintf(stat, sizeof(stat), "%s.%s", device, what->stat);
	selection_name(selection, fixed, sizeof(fixed));
	snprintf(figure->name, sizeof(figure->name), "%s-%s-over-time%.80s", device, what->name,
		 fixed);
	figure_clean_name(figure->name);
	selection_title(selection, fixed, sizeof(fixed));
	snprintf(figure->title, sizeof(figure->title), "%s: %s over time%.120s", device,
		 what->title, fixed);
	snprintf(figure->x_label, sizeof(figure->x_label), "simulated time in the window (ms)");
	snprintf(figure->y_label, sizeof(figure->y_label), "%s", what->y_label);
	selection_key_title(selection, figure->key_title, sizeof(figure->key_title));
	for (size_t s = 0; s < selection_series(selection); s++)
		add_series(figure, selection, s, dir, stat, what);
	fit(figure, what->mean);
	if (!figure->series_count || figure->y_max <= 0)
		figures_drop(figures);
}

void figures_over_time(struct figures *figures, const struct result *result,
		       const struct axis *axes, size_t axis_count, const char *dir)
{
	size_t count;
	struct names_device *devices = names_devices(result, &count);

	for (size_t i = 0; i < count; i++) {
		bool nic = devices[i].kind == NAMES_NIC;
		const struct over_time *what = nic ? of_nic : of_nvme;
		size_t kinds = nic ? sizeof(of_nic) / sizeof(*of_nic)
				   : sizeof(of_nvme) / sizeof(*of_nvme);
		struct selection selection = {
			.result = result,
			.axes = axes,
			.axis_count = axis_count,
			.x_axis = axis_count,
			.series_axis = 0,
		};

		do {
			for (size_t k = 0; k < kinds; k++)
				add_figure(figures, &selection, devices[i].name, &what[k], dir);
		} while (selection_next(&selection));
	}
	free(devices);
}
