/* SPDX-License-Identifier: MIT */
/* The gnuplot side of a figure. Colours are Okabe and Ito's, which the colour-blind can tell apart;
 * dashes mean the same thing in all series of a figure. The script stands alone, so that it can be
 * edited and run by hand in its folder. */
#include "analysis/figure.h"

#include <math.h>
#include <string.h>

static const double group_width = 0.8;   /* of the bars of one tick, whose distance is 1 */
static const double many_decades = 1e5;
static const double bar_share = 0.9;     /* of a bar's place that it fills */

static const char *const colours[] = {
	"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999",
	"#F0E442", "#882255", "#44AA99", "#332288",
};

enum { COLOURS = sizeof(colours) / sizeof(colours[0]) };

void figure_write_data(const struct figure *figure, FILE *out)
{
	fprintf(out, "# %s\n# x: %s\n# y: %s\n", figure->title, figure->x_label, figure->y_label);
	for (size_t i = 0; i < figure->series_count; i++) {
		const struct figure_series *series = &figure->series[i];

		fprintf(out, "%s# series %zu: %s\n# %s\n", i ? "\n\n" : "", i, series->title,
			figure->steps ? "x y" : figure->stacked ? "x top bottom top" :
			"x mean min max");
		for (size_t r = 0; r < series->count; r++) {
			const struct figure_row *row = &series->rows[r];

			if (figure->steps)
				fprintf(out, "%.9g %.9g\n", row->x, row->y);
			else
				fprintf(out, "%.9g %.9g %.9g %.9g\n", row->x, row->y, row->low,
					row->high);
		}
	}
}

/* Inside double quotes gnuplot knows backslash escapes; a line's end would end the command. */
static void put_quoted(const char *text, FILE *out)
{
	putc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', out);
		if (*text == '\n')
			fputs("\\n", out);
		else
			putc(*text, out);
	}
	putc('"', out);
}

static void put_setting(const char *setting, const char *text, FILE *out)
{
	fprintf(out, "set %s ", setting);
	put_quoted(text, out);
	putc('\n', out);
}

static double tick_place(const struct figure *figure, size_t tick)
{
	double x = figure->ticks[tick].x;

	return figure->x_log && x > 0 ? log(x) : x;
}

/* Labels side by side need this share of the axis: half of each, and a gap. */
static double tick_room(const struct figure *figure, size_t a, size_t b)
{
	const double letter = 0.016, gap = 0.02;
	size_t letters = strlen(figure->ticks[a].label) + strlen(figure->ticks[b].label);

	return (double)letters / 2 * letter + gap;
}

/* Labels that would run into the one before are left out, but for the last, for which others give
 * way. */
static bool tick_is_named(const struct figure *figure, size_t tick, size_t before)
{
	size_t last = figure->tick_count - 1;
	double span = tick_place(figure, last) - tick_place(figure, 0);
	double left = tick_place(figure, tick) - tick_place(figure, before);
	double right = tick_place(figure, last) - tick_place(figure, tick);

	if (tick == 0 || tick == last || span <= 0)
		return true;
	return left >= tick_room(figure, before, tick) * span &&
	       right >= tick_room(figure, tick, last) * span;
}

static void put_ticks(const struct figure *figure, FILE *out)
{
	size_t named = 0;

	if (!figure->tick_count)
		return;
	fputs("set xtics (", out);
	for (size_t i = 0; i < figure->tick_count; i++) {
		bool shown = tick_is_named(figure, i, named);

		if (i)
			fputs(", ", out);
		put_quoted(shown ? figure->ticks[i].label : "", out);
		fprintf(out, " %.9g", figure->ticks[i].x);
		named = shown ? i : named;
	}
	fputs(")\nunset mxtics\n", out);
}

/* A logarithmic axis of about a decade would have one label: 1, 2 and 5 get one. On one of many
 * decades they would run into each other. */
static void put_log_axis(char axis, double low, double high, FILE *out)
{
	static const int steps[] = { 1, 2, 5 };
	int count = high > many_decades * low ? 1 : 3;
	const char *between = "";
	double decade = 1;

	while (decade > low)
		decade /= 10;
	while (decade * 10 <= low)
		decade *= 10;
	fprintf(out, "set logscale %c\nset %ctics (", axis, axis);
	for (; decade <= high * 10; decade *= 10) {
		for (int i = 0; i < count; i++) {
			double at = steps[i] * decade;

			fprintf(out, "%s\"%g\" %.9g", between, at, at);
			between = ", ";
		}
	}
	fputs(")\n", out);
}

/* Large numbers are drawn in thousands or millions, which the label says. */
static double unit_of(const struct figure *figure, const char **name)
{
	bool plain = figure->y_log || figure->y_percent || figure->y_max < 20000;

	*name = plain ? "" : figure->y_max < 2e6 ? " (thousands)" : " (millions)";
	return plain ? 1 : figure->y_max < 2e6 ? 1e3 : 1e6;
}

/* Thousands of microseconds are milliseconds. */
static void label_of(const struct figure *figure, char *label, size_t bytes)
{
	static const char *const times[] = { "(ns)", "(us)", "(ms)", "(s)" };
	size_t length = strlen(figure->y_label);
	const char *unit;
	double by = unit_of(figure, &unit);

	snprintf(label, bytes, "%s%s", figure->y_label, unit);
	for (size_t i = 0; by > 1 && length > 4 && i < 2; i++)
		if (!strcmp(figure->y_label + length - 4, times[i]))
			snprintf(label, bytes, "%.*s%s", (int)length - 4, figure->y_label,
				 times[i + (by > 1e3 ? 2 : 1)]);
}

static void put_axes(const struct figure *figure, FILE *out)
{
	char label[240];

	label_of(figure, label, sizeof(label));
	put_setting("xlabel", figure->x_label, out);
	put_setting("ylabel", label, out);
	if (figure->x_log && figure->tick_count)
		fputs("set logscale x\n", out);
	else if (figure->x_log)
		put_log_axis('x', figure->x_min, figure->x_max, out);
	if (figure->y_log)
		put_log_axis('y', figure->y_min, figure->y_max, out);
	put_ticks(figure, out);
	if (figure->x_fixed)
		fprintf(out, "set xrange [%.9g:%.9g]\n", figure->x_min, figure->x_max);
	if (figure->y_percent)
		fputs("set yrange [0:100]\n", out);
	else if (figure->y_log)
		fprintf(out, "set yrange [%.9g:%.9g]\n", figure->y_min / 1.2, figure->y_max * 1.2);
	else
		fputs("set yrange [0:*]\n", out);
}

static void put_styles(const struct figure *figure, FILE *out)
{
	for (int i = 0; i < COLOURS; i++)
		fprintf(out, "set style line %d lc rgb \"%s\" lw 2 pt 7 ps 0.7\n", i + 1,
			colours[i]);
	fputs("set border 3 lc rgb \"#555555\"\n"
	      "set tics nomirror out\n"
	      "set grid xtics ytics lc rgb \"#cccccc\" lw 1 dt 1\n"
	      "set key outside right center vertical Left reverse noenhanced\n"
	      "set key samplen 3 spacing 1.3\n",
	      out);
	if (*figure->key_title) {
		put_setting("key title", figure->key_title, out);
		fputs("set key title left\n", out);
	}
}

/* "2", or "($2/1000)" where the axis counts thousands. */
static void put_column(int column, double by, FILE *out)
{
	if (by > 1)
		fprintf(out, ":($%d/%.0f)", column, by);
	else
		fprintf(out, ":%d", column);
}

static void put_series(const struct figure *figure, size_t i, FILE *out)
{
	const struct figure_series *series = &figure->series[i];
	unsigned style = series->colour % COLOURS + 1;
	const char *unit;
	double by = unit_of(figure, &unit);

	fprintf(out, "  \"%s.dat\" index %zu using 1", figure->name, i);
	put_column(2, by, out);
	if (figure->steps)
		fprintf(out, " with steps ls %u", style);
	else
		fprintf(out, " with linespoints ls %u dt %d", style, series->dashed ? 2 : 1);
	if (*series->title) {
		fputs(" title ", out);
		put_quoted(series->title, out);
	} else {
		fputs(" notitle", out);
	}
	if (!series->range)
		return;
	fprintf(out, ", \\\n  \"%s.dat\" index %zu using 1", figure->name, i);
	for (int column = 2; column <= 4; column++)
		put_column(column, by, out);
	fprintf(out, " with yerrorbars ls %u notitle", style);
}

/* Groups of bars around whole numbers of x, one for each colour; the second kind of a colour is an
 * outline around the first. */
static void put_bar(const struct figure *figure, size_t i, FILE *out)
{
	const struct figure_series *series = &figure->series[i];
	unsigned style = series->colour % COLOURS + 1, groups = 1;
	const char *unit;
	double by = unit_of(figure, &unit), width, shift;

	for (size_t s = 0; s < figure->series_count; s++)
		if (figure->series[s].colour >= groups)
			groups = figure->series[s].colour + 1;
	width = group_width / groups;
	shift = (series->colour - (groups - 1) / 2.0) * width;
	fprintf(out, "  \"%s.dat\" index %zu using ($1+%.4f):($2/%.0f):(%.4f) with boxes ls %u "
		"fs %s", figure->name, i, shift, by, width * bar_share, style,
		series->dashed ? "empty" : "solid 1.0 noborder");
	if (*series->title) {
		fputs(" title ", out);
		put_quoted(series->title, out);
	} else {
		fputs(" notitle", out);
	}
	if (series->range)
		fprintf(out, ", \\\n  \"%s.dat\" index %zu using ($1+%.4f):($2/%.0f):($3/%.0f):"
			"($4/%.0f) with yerrorbars lc rgb \"#555555\" pt 7 ps 0.3 notitle",
			figure->name, i, shift, by, by, by);
}

/* Boxes around whole numbers of x, from the third column up to the fourth. */
static void put_box(const struct figure *figure, size_t i, FILE *out)
{
	const struct figure_series *series = &figure->series[i];

	fprintf(out, "  \"%s.dat\" index %zu using 1:2:($1-0.35):($1+0.35):3:4 with boxxyerror "
		"ls %u fs solid 1.0 noborder title ", figure->name, i,
		series->colour % COLOURS + 1);
	put_quoted(series->title, out);
}

static void put_kind(const struct figure *figure, const char *title, int dashes, FILE *out)
{
	if (!*title)
		return;
	if (figure->bars)
		fprintf(out, ", \\\n  keyentry with boxes fs %s lc rgb \"#555555\" title ",
			dashes > 1 ? "empty" : "solid 1.0 noborder");
	else
		fprintf(out, ", \\\n  keyentry with lines lw 2 dt %d lc rgb \"#555555\" title ",
			dashes);
	put_quoted(title, out);
}

static void put_plot(const struct figure *figure, FILE *out)
{
	fputs("plot \\\n", out);
	for (size_t i = 0; i < figure->series_count; i++) {
		if (figure->stacked)
			put_box(figure, figure->series_count - 1 - i, out);
		else if (figure->bars)
			put_bar(figure, i, out);
		else
			put_series(figure, i, out);
		if (i + 1 < figure->series_count)
			fputs(", \\\n", out);
	}
	put_kind(figure, figure->solid, 1, out);
	put_kind(figure, figure->dashed, 2, out);
	putc('\n', out);
}

/* A title is centred over the axes, and what is wider than they leave is cut: it goes on in a
 * second line, behind a comma. */
static void put_title(const char *title, FILE *out)
{
	const size_t letters = 62;
	size_t cut = strlen(title) > letters ? letters : 0;
	char lines[sizeof(((struct figure *)0)->title)];

	snprintf(lines, sizeof(lines), "%s", title);
	while (cut && strncmp(lines + cut - 1, ", ", 2))
		cut--;
	if (cut)
		lines[cut] = '\n';
	fputs("set title noenhanced font \",13\"\n", out);
	put_setting("title", lines, out);
}

void figure_write_script(const struct figure *figure, FILE *out)
{
	fputs("set encoding utf8\n", out);
	put_styles(figure, out);
	put_title(figure->title, out);
	put_axes(figure, out);
	fputs("\nset terminal svg size 800,500 noenhanced background \"white\" font \"sans,12\"\n",
	      out);
	fprintf(out, "set output \"%s.svg\"\n", figure->name);
	put_plot(figure, out);
	fputs("\nset terminal pngcairo size 800,500 noenhanced font \"sans,10\"\n", out);
	fprintf(out, "set output \"%s.png\"\nreplot\n", figure->name);
}
