/* SPDX-License-Identifier: MIT */
/* Figures of a result folder, derived from what was swept and measured: latency distributions, and
 * every key figure against every swept axis. Each figure is NAME.dat, NAME.gp and, by gnuplot,
 * NAME.svg and NAME.png in DIR/plots. The script is the user's to edit: an edited one is kept. */
#ifndef DOORBELL_ANALYSIS_PLOT_H
#define DOORBELL_ANALYSIS_PLOT_H

#include <stddef.h>
#include <stdio.h>

struct plot_options {
	const char *name;       /* one figure (or all whose name begins so); NULL = all */
	const char *gnuplot;    /* program to run; NULL = "gnuplot" */
	FILE *names;            /* where the paths of the figures are listed; NULL = nowhere */
};

enum plot_status {
	PLOT_OK = 0,
	PLOT_NO_RESULT,         /* the folder holds no result */
	PLOT_NO_FIGURE,         /* nothing called NAME, or nothing to draw */
	PLOT_HOST,              /* a file could not be written, or gnuplot failed */
};

/* On failure `error` holds what to tell the user. */
enum plot_status plot_folder(const char *dir, const struct plot_options *options, char *error,
			     size_t error_bytes);

#endif
