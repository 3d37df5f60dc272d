/* SPDX-License-Identifier: MIT */
/* Stages of requests, stacked: their mean lengths for the values of the first swept key (or for the
 * one point), a figure for every combination of the others and every device. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/figure_select.h"
#include "analysis/memory.h"
#include "analysis/point_file.h"
#include "analysis/spans_read.h"

struct point_spans {
	const struct result_point *point;
	struct spans_table table;
};

struct all_spans {
	struct point_spans *points;
	size_t count;
};

static void load(struct all_spans *all, const struct result *result, const char *dir)
{
	for (size_t p = 0; p < result->point_count; p++) {
		struct point_spans *spans;
		char path[4096];

		point_file(path, sizeof(path), dir, &result->points[p], "spans.csv");
		all->points = mem_grow(all->points, all->count, sizeof(*all->points));
		spans = &all->points[all->count++];
		spans->point = &result->points[p];
		spans_read(&spans->table, path);
	}
}

static void release(struct all_spans *all)
{
	for (size_t p = 0; p < all->count; p++)
		spans_release(&all->points[p].table);
	free(all->points);
}

static const struct spans_stage *stage_of(const struct spans_table *table, const char *device,
					  const char *stage)
{
	for (size_t i = 0; i < table->count; i++)
		if (!strcmp(table->stages[i].device, device) &&
		    !strcmp(table->stages[i].stage, stage))
			return &table->stages[i];
	return NULL;
}

/* Mean over all requests of all seeds at one value, in us; below 0 if there are none. */
static double mean_at(const struct all_spans *all, const struct selection *selection, size_t x,
		      const char *device, const char *stage)
{
	double sum = 0, count = 0;

	for (size_t p = 0; p < all->count; p++) {
		const struct spans_stage *row;

		if (selection->axis_count &&
		    !selection_has(selection, all->points[p].point, x, 0))
			continue;
		row = stage_of(&all->points[p].table, device, stage);
		if (!row)
			continue;
		sum += (double)row->mean_ps / 1e6 * (double)row->count;
		count += (double)row->count;
	}
	return count > 0 ? sum / count : -1;
}

static void add_series(struct figure *figure, const struct all_spans *all,
		       const struct selection *selection, const struct spans_stage *row,
		       unsigned colour, double *base, size_t values)
{
	struct figure_series *series = figure_add_series(figure);
	bool any = false;

	snprintf(series->title, sizeof(series->title), "%s", row->stage);
	series->colour = colour;
	for (size_t x = 0; x < values; x++) {
		double mean = mean_at(all, selection, x, row->device, row->stage);
		struct figure_row box = { .x = (double)x, .low = base[x] };

		if (mean < 0)
			continue;
		base[x] += mean;
		box.y = box.high = base[x];
		any |= mean > 0;
		figure->y_max = box.y > figure->y_max ? box.y : figure->y_max;
		figure_add_row(series, box);
	}
	if (!any)
		figure_drop_series(figure);
}

/* The figure of one device, whose stages begin at `first` in `table`. */
static void add_figure(struct figures *figures, const struct all_spans *all,
		       const struct selection *selection, const struct spans_table *table,
		       size_t first)
{
	const struct axis *axis =
		selection->axis_count ? &selection->axes[selection->x_axis] : NULL;
	size_t values = axis ? axis->count : 1;
	const char *device = table->stages[first].device;
	double *base = mem_zalloc(values * sizeof(*base));
	struct figure *figure = figures_add(figures);
	char fixed[160];
	unsigned colour = 0;

	selection_name(selection, fixed, sizeof(fixed));
	snprintf(figure->name, sizeof(figure->name), "%s-spans%s%s%.80s", device,
		 axis ? "-vs-" : "", axis ? axis->label : "", fixed);
	figure_clean_name(figure->name);
	selection_title(selection, fixed, sizeof(fixed));
	snprintf(figure->title, sizeof(figure->title), "%s: where latency goes%s%s%.120s", device,
		 axis ? " by " : "", axis ? axis->label : "", fixed);
	snprintf(figure->x_label, sizeof(figure->x_label), "%s", axis ? axis->key : "");
	snprintf(figure->y_label, sizeof(figure->y_label), "mean time in stage (us)");
	figure->stacked = true;
	figure->x_fixed = true;
	figure->x_min = -0.6;
	figure->x_max = (double)values - 0.4;
	for (size_t x = 0; x < values; x++)
		figure_add_tick(figure, axis ? axis->values[x].label : "all", (double)x);
	for (size_t i = first; i < table->count; i++)
		if (!strcmp(table->stages[i].device, device) &&
		    strcmp(table->stages[i].stage, "latency"))
			add_series(figure, all, selection, &table->stages[i], colour++, base,
				   values);
	if (!figure->series_count)
		figures_drop(figures);
	free(base);
}

static void add_devices(struct figures *figures, const struct all_spans *all,
			const struct selection *selection)
{
	const struct spans_table *table = NULL;

	/* Devices without a request have no stages: the fullest table names them all. */
	for (size_t p = 0; p < all->count; p++)
		if (!table || all->points[p].table.count > table->count)
			table = &all->points[p].table;
	for (size_t i = 0; table && i < table->count; i++)
		if (!i || strcmp(table->stages[i].device, table->stages[i - 1].device))
			add_figure(figures, all, selection, table, i);
}

void figures_of_spans(struct figures *figures, const struct result *result,
		      const struct axis *axes, size_t axis_count, const char *dir)
{
	struct selection selection = {
		.result = result,
		.axes = axes,
		.axis_count = axis_count,
		.x_axis = 0,
		.series_axis = axis_count,
	};
	struct all_spans all = { 0 };

	load(&all, result, dir);
	do {
		add_devices(figures, &all, &selection);
	} while (axis_count && selection_next(&selection));
	release(&all);
}
