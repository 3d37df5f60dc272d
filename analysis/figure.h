/* SPDX-License-Identifier: MIT */
/* A figure before it is drawn: series of rows, axes, labels. plot_figures.c derives figures from a
 * result, plot_script.c writes them for gnuplot. */
#ifndef DOORBELL_ANALYSIS_FIGURE_H
#define DOORBELL_ANALYSIS_FIGURE_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/result.h"

struct figure_row {
	double x, y, low, high;         /* low and high: range over seeds */
};

struct figure_series {
	char title[160];
	unsigned colour;                /* series of one colour belong together */
	bool dashed;
	bool range;                     /* draw low and high */
	struct figure_row *rows;
	size_t count;
};

struct figure_tick {
	char label[64];
	double x;
};

struct figure {
	char name[192];                 /* of its files */
	char title[256];
	char x_label[160], y_label[160];
	char key_title[80];             /* what tells the series apart: "rate" */
	char solid[32], dashed[32];     /* what the two kinds of lines mean; "" = one kind only */
	bool x_log, y_log;
	bool y_percent;                 /* from 0 to 100 */
	double y_min, y_max;            /* of the data */
	bool steps;                     /* a distribution function */
	bool stacked;                   /* boxes from low to high; x counts the ticks */
	bool bars;                      /* side by side by colour, a dashed series as an outline */
	bool x_fixed;                   /* from x_min to x_max, else what the ticks or data need */
	double x_min, x_max;
	struct figure_tick *ticks;      /* of the x axis; none: gnuplot's own */
	size_t tick_count;
	struct figure_series *series;
	size_t series_count;
};

struct figures {
	struct figure *all;
	size_t count;
};

/* Everything worth drawing in a result whose points' folders are in `dir`. */
void figures_derive(struct figures *figures, const struct result *result, const char *dir);
void figures_release(struct figures *figures);

/* The data and the script as text. */
void figure_write_data(const struct figure *figure, FILE *out);
void figure_write_script(const struct figure *figure, FILE *out);

#endif
