/* SPDX-License-Identifier: MIT */
#include "analysis/figure_select.h"

#include <ctype.h>
#include <string.h>

#include "analysis/memory.h"

static bool is_fixed(const struct selection *selection, size_t axis)
{
	return axis != selection->x_axis && axis != selection->series_axis && !selection->joined;
}

static size_t combinations(const struct selection *selection)
{
	size_t product = 1;

	for (size_t i = 0; i < selection->axis_count; i++)
		if (i != selection->x_axis)
			product *= selection->axes[i].count;
	return product;
}

void selection_join(struct selection *selection)
{
	selection->joined = selection->axis_count > 2 &&
			    combinations(selection) <= SELECT_JOINED_MAX;
}

/* The value of an axis in a combination; the last axis varies fastest. */
static size_t joined_value(const struct selection *selection, size_t axis, size_t series)
{
	for (size_t i = selection->axis_count; i-- > axis + 1;)
		if (i != selection->x_axis)
			series /= selection->axes[i].count;
	return series % selection->axes[axis].count;
}

bool selection_next(struct selection *selection)
{
	for (size_t i = 0; i < selection->axis_count; i++) {
		if (!is_fixed(selection, i))
			continue;
		if (++selection->fixed[i] < selection->axes[i].count)
			return true;
		selection->fixed[i] = 0;
	}
	return false;
}

static size_t series_values(const struct selection *selection)
{
	if (selection->joined)
		return combinations(selection);
	if (selection->series_axis == selection->axis_count)
		return 1;
	return selection->axes[selection->series_axis].count;
}

size_t selection_series(const struct selection *selection)
{
	size_t values = series_values(selection);

	return values < SELECT_SERIES_MAX ? values : SELECT_SERIES_MAX;
}

size_t selection_series_value(const struct selection *selection, size_t series)
{
	size_t values = series_values(selection);

	if (values <= SELECT_SERIES_MAX)
		return series;
	return series * (values - 1) / (SELECT_SERIES_MAX - 1);
}

bool selection_has(const struct selection *selection, const struct result_point *point, size_t x,
		   size_t series)
{
	for (size_t i = 0; i < selection->axis_count; i++) {
		size_t want = selection->fixed[i];

		if (i == selection->x_axis)
			want = x;
		else if (selection->joined)
			want = joined_value(selection, i, series);
		else if (i == selection->series_axis)
			want = selection_series_value(selection, series);
		if (axis_value_of(&selection->axes[i], point) != want)
			return false;
	}
	return true;
}

/* Labels of the joined axes, or values of a combination of them. */
static void joined_title(const struct selection *selection, bool labels, size_t series, char *text,
			 size_t bytes)
{
	size_t at = 0;

	for (size_t i = 0; i < selection->axis_count; i++) {
		const struct axis *axis = &selection->axes[i];
		const struct axis_value *value = &axis->values[joined_value(selection, i, series)];

		if (i != selection->x_axis && at < bytes)
			at += (size_t)snprintf(text + at, bytes - at, "%s%s", at ? ", " : "",
					       labels ? axis->label : value->text);
	}
}

void selection_series_title(const struct selection *selection, size_t series, char *text,
			    size_t bytes)
{
	const struct axis *axis;

	*text = '\0';
	if (selection->joined)
		joined_title(selection, false, series, text, bytes);
	if (selection->joined || selection->series_axis == selection->axis_count)
		return;
	axis = &selection->axes[selection->series_axis];
	snprintf(text, bytes, "%s",
		 axis->values[selection_series_value(selection, series)].label);
}

void selection_key_title(const struct selection *selection, char *text, size_t bytes)
{
	size_t shown = selection_series(selection), all = series_values(selection);

	*text = '\0';
	if (selection->joined)
		joined_title(selection, true, 0, text, bytes);
	if (selection->joined || selection->series_axis == selection->axis_count)
		return;
	if (shown == all)
		snprintf(text, bytes, "%s", selection->axes[selection->series_axis].label);
	else
		snprintf(text, bytes, "%s (%zu of %zu)",
			 selection->axes[selection->series_axis].label, shown, all);
}

static void fixed_text(const struct selection *selection, const char *before, const char *between,
		       char *text, size_t bytes)
{
	size_t at = 0;

	*text = '\0';
	for (size_t i = 0; i < selection->axis_count; i++) {
		const struct axis *axis = &selection->axes[i];

		if (is_fixed(selection, i) && at < bytes)
			at += (size_t)snprintf(text + at, bytes - at, "%s%s%s%s", before,
					       axis->label, between,
					       axis->values[selection->fixed[i]].label);
	}
}

void selection_title(const struct selection *selection, char *text, size_t bytes)
{
	fixed_text(selection, ", ", " = ", text, bytes);
}

void selection_name(const struct selection *selection, char *text, size_t bytes)
{
	fixed_text(selection, "-", "-", text, bytes);
}

struct figure *figures_add(struct figures *figures)
{
	figures->all = mem_grow(figures->all, figures->count, sizeof(*figures->all));
	return &figures->all[figures->count++];
}

struct figure_series *figure_add_series(struct figure *figure)
{
	figure->series = mem_grow(figure->series, figure->series_count, sizeof(*figure->series));
	return &figure->series[figure->series_count++];
}

void figure_drop_series(struct figure *figure)
{
	struct figure_series *series = &figure->series[--figure->series_count];

	free(series->rows);
	memset(series, 0, sizeof(*series));
}

void figure_add_tick(struct figure *figure, const char *label, double x)
{
	struct figure_tick *tick;

	figure->ticks = mem_grow(figure->ticks, figure->tick_count, sizeof(*figure->ticks));
	tick = &figure->ticks[figure->tick_count++];
	snprintf(tick->label, sizeof(tick->label), "%s", label);
	tick->x = x;
}

void figures_drop(struct figures *figures)
{
	struct figure *figure = &figures->all[--figures->count];

	while (figure->series_count)
		figure_drop_series(figure);
	free(figure->series);
	free(figure->ticks);
	memset(figure, 0, sizeof(*figure));
}

void figures_release(struct figures *figures)
{
	while (figures->count)
		figures_drop(figures);
	free(figures->all);
	memset(figures, 0, sizeof(*figures));
}

void figure_add_row(struct figure_series *series, struct figure_row row)
{
	series->rows = mem_grow(series->rows, series->count, sizeof(*series->rows));
	series->rows[series->count++] = row;
}

void figure_clean_name(char *name)
{
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '-' && *name != '.')
			*name = '_';
}
