/* SPDX-License-Identifier: MIT */
/* Where CPU time went: stacked shares of cpu.time_ns.* for the values of the first swept key, a
 * figure for every combination of the others. */
#include <string.h>

#include "analysis/figure_select.h"

/* From the wire's side up to the application; idle time is what is left white. */
static const char *const categories[] = {
	"hardirq", "softirq", "driver", "dma", "invalidate", "bounce", "copy", "stack", "sched",
	"ipi", "spin", "app",
};

enum { CATEGORIES = sizeof(categories) / sizeof(categories[0]) };

static double time_in(const struct result_point *point, const char *category)
{
	const struct result_number *number;
	char name[64];

	snprintf(name, sizeof(name), "cpu.time_ns.%s", category);
	number = result_point_number(point, name);
	return number ? number->real : 0;
}

/* Shares in percent at one value of the axis, over all seeds; false if no time was counted. */
static bool shares_at(const struct selection *selection, size_t x, double share[CATEGORIES])
{
	double total = 0;

	memset(share, 0, CATEGORIES * sizeof(*share));
	for (size_t p = 0; p < selection->result->point_count; p++) {
		const struct result_point *point = &selection->result->points[p];

		if (!selection_has(selection, point, x, 0))
			continue;
		total += time_in(point, "idle");
		for (int c = 0; c < CATEGORIES; c++) {
			share[c] += time_in(point, categories[c]);
			total += time_in(point, categories[c]);
		}
	}
	for (int c = 0; c < CATEGORIES && total > 0; c++)
		share[c] *= 100 / total;
	return total > 0;
}

/* One series a category, each resting on the one before; categories that take no time are left
 * out. */
static void add_stack(struct figure *figure, const struct selection *selection)
{
	const struct axis *axis = &selection->axes[selection->x_axis];
	double share[CATEGORIES];

	for (int c = 0; c < CATEGORIES; c++) {
		struct figure_series *series = figure_add_series(figure);
		bool any = false;

		snprintf(series->title, sizeof(series->title), "%s", categories[c]);
		series->colour = (unsigned)c;
		for (size_t x = 0; x < axis->count; x++) {
			struct figure_row row = { .x = (double)x };

			if (!shares_at(selection, x, share))
				continue;
			for (int below = 0; below < c; below++)
				row.low += share[below];
			row.y = row.high = row.low + share[c];
			any |= share[c] > 0;
			figure->y_max = row.y > figure->y_max ? row.y : figure->y_max;
			figure_add_row(series, row);
		}
		if (!any)
			figure_drop_series(figure);
	}
}

static void add_figure(struct figures *figures, const struct selection *selection)
{
	const struct axis *axis = &selection->axes[selection->x_axis];
	struct figure *figure = figures_add(figures);
	char fixed[160];

	selection_name(selection, fixed, sizeof(fixed));
	snprintf(figure->name, sizeof(figure->name), "cpu-time-vs-%s%.80s", axis->label, fixed);
	figure_clean_name(figure->name);
	selection_title(selection, fixed, sizeof(fixed));
	snprintf(figure->title, sizeof(figure->title), "cpu: where time went by %s%.120s",
		 axis->label, fixed);
	snprintf(figure->x_label, sizeof(figure->x_label), "%s", axis->key);
	snprintf(figure->y_label, sizeof(figure->y_label), "share of CPU time, all cores (%%)");
	figure->stacked = true;
	figure->x_fixed = true;
	figure->x_min = -0.6;
	figure->x_max = (double)axis->count - 0.4;
	for (size_t x = 0; x < axis->count; x++)
		figure_add_tick(figure, axis->values[x].label, (double)x);
	add_stack(figure, selection);
	if (!figure->series_count)
		figures_drop(figures);
}

void figures_of_cpu_time(struct figures *figures, const struct result *result,
			 const struct axis *axes, size_t axis_count)
{
	struct selection selection = {
		.result = result,
		.axes = axes,
		.axis_count = axis_count,
		.x_axis = 0,
		.series_axis = axis_count,
	};

	if (!axis_count)
		return;
	do {
		add_figure(figures, &selection);
	} while (selection_next(&selection));
}
