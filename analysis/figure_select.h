/* SPDX-License-Identifier: MIT */
/* Which points make which line of which figure: one axis runs along x, one tells the series
 * apart, and every combination of the others is a figure of its own; or all but x tell the series
 * apart together, where that makes few. */
#ifndef DOORBELL_ANALYSIS_FIGURE_SELECT_H
#define DOORBELL_ANALYSIS_FIGURE_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/axis.h"
#include "analysis/figure.h"

#define SELECT_AXES_MAX 16
/* More lines than this in one figure cannot be read: evenly spaced values are taken. */
#define SELECT_SERIES_MAX 8
#define SELECT_JOINED_MAX 6

struct selection {
	const struct result *result;
	const struct axis *axes;
	size_t axis_count;
	size_t x_axis, series_axis;             /* axis_count: there is none */
	bool joined;                            /* all but x are series axes */
	size_t fixed[SELECT_AXES_MAX];          /* value of each other axis */
};

/* Joins the series axes if there are several and few combinations of them. */
void selection_join(struct selection *selection);
/* To the next combination of the other axes; false after the last. Starts at all 0. */
bool selection_next(struct selection *selection);
/* Series of this figure, and the value of the series axis behind one. */
size_t selection_series(const struct selection *selection);
size_t selection_series_value(const struct selection *selection, size_t series);
/* Does the point belong to this figure, with these values of the two axes? Values of axes that
 * there are none of are ignored. */
bool selection_has(const struct selection *selection, const struct result_point *point, size_t x,
		   size_t series);
/* "20us" for a series, and "itr" for the legend; "" without a series axis. */
void selection_series_title(const struct selection *selection, size_t series, char *text,
			    size_t bytes);
void selection_key_title(const struct selection *selection, char *text, size_t bytes);
/* What is fixed, for titles (", rate = 1Mpps") and names ("-rate-1Mpps"); "" if nothing. */
void selection_title(const struct selection *selection, char *text, size_t bytes);
void selection_name(const struct selection *selection, char *text, size_t bytes);

/* Shared makings of figures. */
struct figure *figures_add(struct figures *figures);
/* Takes the last one away again. */
void figures_drop(struct figures *figures);
struct figure_series *figure_add_series(struct figure *figure);
void figure_drop_series(struct figure *figure);
void figure_add_tick(struct figure *figure, const char *label, double x);
void figure_add_row(struct figure_series *series, struct figure_row row);
/* Letters, digits, '.' and '-' stay in a file's name, others become '_'. */
void figure_clean_name(char *name);

void figures_of_metrics(struct figures *figures, const struct result *result,
			const struct axis *axes, size_t axis_count);
void figures_of_distributions(struct figures *figures, const struct result *result,
			      const struct axis *axes, size_t axis_count, const char *dir);
void figures_of_cpu_time(struct figures *figures, const struct result *result,
			 const struct axis *axes, size_t axis_count);
/* Of the points' series.csv, which run.interval makes. */
void figures_over_time(struct figures *figures, const struct result *result,
		       const struct axis *axes, size_t axis_count, const char *dir);
/* Of the points' spans.csv; without a swept key one figure of all points. */
void figures_of_spans(struct figures *figures, const struct result *result,
		      const struct axis *axes, size_t axis_count, const char *dir);

#endif
