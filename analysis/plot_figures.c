/* SPDX-License-Identifier: MIT */
/* Key figures against every swept axis. */
#include "analysis/figure.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

#include "analysis/axis.h"
#include "analysis/figure_select.h"
#include "analysis/memory.h"
#include "analysis/names.h"

enum { LINES_MAX = 2, TICKS_MAX = 12 };
/* Values wider apart than this are drawn on a logarithmic axis. */
static const double linear_height_max = 20;
static const double percent_zoom_max = 40;

#define BAR_MARGIN 0.6   /* from the middle of the first and last group to the border */

/* One figure: up to two stats, drawn in one colour, the second dashed. */
struct metric {
	const char *name;
	const char *title, *y_label;
	struct { const char *stat, *label; } line[LINES_MAX];
	double factor;
	bool per_second;        /* a count over the window */
	bool percent;
	bool may_be_log;
	bool positive;          /* 0 says that there was nothing to measure */
};

static const struct metric nic_metrics[] = {
	{ "interrupts", "interrupts", "interrupts per second", { { "irq.rate", "" } },
	  .factor = 1 },
	{ "latency", "receive latency", "latency from wire to sink (us)",
	  { { "rx.latency_ns.p50", "p50" }, { "rx.latency_ns.p99", "p99" } },
	  .factor = 1e-3, .may_be_log = true, .positive = true },
	{ "throughput", "frames delivered", "frames per second", { { "rx.delivered", "" } },
	  .factor = 1, .per_second = true },
	{ "batch", "frames per interrupt", "frames per interrupt",
	  { { "rx.frames_per_irq", "" } }, .factor = 1, .positive = true },
	{ "polls", "frames per NAPI poll", "frames per poll", { { "rx.frames_per_poll", "" } },
	  .factor = 1, .positive = true },
	{ "sent", "frames sent", "frames per second", { { "tx.sent", "" } },
	  .factor = 1, .per_second = true },
	{ "round-trip", "round trip of clients", "request sent to answer received (us)",
	  { { "rtt_ns.p50", "p50" }, { "rtt_ns.p99", "p99" } },
	  .factor = 1e-3, .may_be_log = true, .positive = true },
	{ "dropped", "frames dropped", "frames per second", { { "rx.dropped", "" } },
	  .factor = 1, .per_second = true },
	{ "merged", "segments merged by the device", "segments per large receive",
	  { { "rx.rsc.packets_per_receive", "" } }, .factor = 1, .positive = true },
};

static const struct metric send_metrics[] = {
	{ "throughput", "payload sent, or asked for and answered", "payload (Gb/s)",
	  { { "bytes", "" } }, .factor = 8e-9, .per_second = true },
	{ "latency", "what the sender sees", "latency (us)",
	  { { "latency_ns.p50", "p50" }, { "latency_ns.p99", "p99" } },
	  .factor = 1e-3, .may_be_log = true, .positive = true },
};

static const struct metric llc_metrics[] = {
	{ "dma-misses", "lines written by devices that no cache had", "lines per second",
	  { { "dma.write.misses", "" } }, .factor = 1, .per_second = true },
	{ "core-memory", "lines that cores waited for from memory", "lines per second",
	  { { "core.memory", "" } }, .factor = 1, .per_second = true },
	{ "core-remote", "lines that cores waited for from the other socket", "lines per second",
	  { { "core.remote", "" } }, .factor = 1, .per_second = true },
};

static const struct metric nvme_metrics[] = {
	{ "iops", "I/O operations", "I/O operations per second", { { "io.iops", "" } },
	  .factor = 1 },
	{ "latency", "I/O latency", "latency from submission to completion (us)",
	  { { "io.latency_ns.p50", "p50" }, { "io.latency_ns.p99", "p99" } },
	  .factor = 1e-3, .may_be_log = true, .positive = true },
	{ "interrupts", "interrupts", "interrupts per second", { { "irq.count", "" } },
	  .factor = 1, .per_second = true },
	{ "power", "sectors after the loss of power", "sectors that hold what was written",
	  { { "power.promised", "promised" }, { "power.kept", "kept" } }, .factor = 1 },
};

/* Of one [[io]] table. */
static const struct metric io_metrics[] = {
	{ "rate", "I/O operations", "I/O operations per second", { { "completed", "" } },
	  .factor = 1, .per_second = true },
	{ "latency", "I/O latency", "latency from submission to completion (us)",
	  { { "latency_ns.p50", "p50" }, { "latency_ns.p99", "p99" } },
	  .factor = 1e-3, .may_be_log = true, .positive = true },
};

static const struct metric dmatest_metrics[] = {
	{ "bandwidth", "DMA", "bandwidth (Gb/s)",
	  { { "bandwidth", "" } }, .factor = 8e-9 },
	{ "read-latency", "DMA reads", "latency of a read (ns)",
	  { { "read.latency_ns.p50", "p50" }, { "read.latency_ns.p99", "p99" } }, .factor = 1 },
	{ "write-latency", "DMA writes", "write decided to in memory (ns)",
	  { { "write.latency_ns.p50", "p50" }, { "write.latency_ns.p99", "p99" } },
	  .factor = 1, .may_be_log = true, .positive = true },
	{ "transfers", "transfers", "mapped, done and unmapped per second",
	  { { "transfer.rate", "" } }, .factor = 1 },
	{ "landed", "stray accesses", "stray accesses that reached memory",
	  { { "stray.landed", "" } }, .factor = 1 },
};

static const struct metric switch_metrics[] = {
	{ "utilisation", "shared link", "share of the link's time (%)",
	  { { "up.utilisation", "to memory" }, { "down.utilisation", "to the devices" } },
	  .factor = 100, .percent = true },
};

static const struct metric iommu_metrics[] = {
	{ "misses", "IOTLB misses", "misses per second", { { "iotlb.misses", "" } },
	  .factor = 1, .per_second = true },
	{ "invalidations", "invalidations", "invalidations per second", { { "invalidations", "" } },
	  .factor = 1, .per_second = true },
	{ "invalidate-wait", "invalidations", "queue's tail to done (ns)",
	  { { "invalidate.wait_ns.p50", "p50" }, { "invalidate.wait_ns.p99", "p99" } },
	  .factor = 1, .may_be_log = true, .positive = true },
};

static const struct metric mm_metrics[] = {
	{ "operation", "operation", "system call, entry to return (us)",
	  { { "latency_ns.p50", "p50" }, { "latency_ns.p99", "p99" } },
	  .factor = 1e-3, .may_be_log = true, .positive = true },
	{ "request", "requests of the process's other threads", "request (us)",
	  { { "request.latency_ns.p50", "p50" }, { "request.latency_ns.p99", "p99" } },
	  .factor = 1e-3, .may_be_log = true, .positive = true },
};

static const struct metric tlb_metrics[] = {
	{ "shootdown", "shootdown", "flush to last answer (us)",
	  { { "shootdown.latency_ns.p50", "p50" }, { "shootdown.latency_ns.p99", "p99" } },
	  .factor = 1e-3, .may_be_log = true, .positive = true },
	{ "misses", "misses", "page walks per second", { { "misses", "" } },
	  .factor = 1, .per_second = true, .may_be_log = true },
};

static const struct metric cpu_metrics[] = {
	{ "busy", "CPU time not idle", "share of CPU time, mean of all cores (%)",
	  { { "busy", "" } }, .factor = 100, .percent = true },
};

/* A percentile of nothing reads 0 and is no value: nobody was interrupted. */
static bool is_of_nothing(const struct result_point *point, const char *device, const char *stat)
{
	const struct result_number *count;
	const char *field = strrchr(stat, '.');
	char name[96];

	if (!field || strncmp(field, ".p", 2))
		return false;
	snprintf(name, sizeof(name), "%.*s.count", (int)(field - stat), stat);
	count = names_number(point, device, name);
	return count && !(count->real > 0);
}

static bool value_of(const struct result_point *point, const char *device,
		     const struct metric *metric, int line, double *value)
{
	const struct result_number *number =
		names_number(point, device, metric->line[line].stat);
	double window_ns = names_window_ns(point);

	if (!number || (metric->per_second && !(window_ns > 0)) ||
	    is_of_nothing(point, device, metric->line[line].stat))
		return false;
	*value = number->real * metric->factor * (metric->per_second ? 1e9 / window_ns : 1);
	return *value > 0 || !metric->positive;
}

/* Mean and range over the seeds of one place; false if no point has the stat. */
static bool row_of(const struct selection *selection, const char *device,
		   const struct metric *metric, int line, size_t x, size_t series,
		   struct figure_row *row)
{
	double sum = 0, value;
	size_t count = 0;

	row->low = DBL_MAX;
	row->high = 0;
	for (size_t p = 0; p < selection->result->point_count; p++) {
		const struct result_point *point = &selection->result->points[p];

		if (!selection_has(selection, point, x, series) ||
		    !value_of(point, device, metric, line, &value))
			continue;
		sum += value;
		count++;
		row->low = value < row->low ? value : row->low;
		row->high = value > row->high ? value : row->high;
	}
	row->x = selection->axes[selection->x_axis].values[x].x;
	row->y = count ? sum / (double)count : 0;
	return count;
}

static void add_line(struct figure *figure, const struct selection *selection, const char *device,
		     const struct metric *metric, int line, size_t series)
{
	const struct axis *axis = &selection->axes[selection->x_axis];
	struct figure_series *to = figure_add_series(figure);
	struct figure_row row;

	/* The lines of one colour have one entry in the legend; dashes are explained once. */
	if (!line)
		selection_series_title(selection, series, to->title, sizeof(to->title));
	to->colour = (unsigned)series;
	to->dashed = line > 0;
	for (size_t x = 0; x < axis->count; x++) {
		if (!row_of(selection, device, metric, line, x, series, &row))
			continue;
		figure_add_row(to, row);
		to->range |= row.high > row.low;
	}
	if (!to->count)
		figure_drop_series(figure);
}

static void add_ticks(struct figure *figure, const struct axis *axis)
{
	size_t step = (axis->count + TICKS_MAX - 1) / TICKS_MAX;

	for (size_t i = 0; i < axis->count; i += step)
		figure_add_tick(figure, axis->values[i].label, axis->values[i].x);
}

/* Of names there is no order that a line could follow. */
static bool has_only_words(const struct axis *axis)
{
	double value;
	char kind;

	for (size_t i = 0; i < axis->count; i++)
		if (axis_parse(axis->values[i].text, &value, &kind))
			return false;
	return true;
}

/* Room at both ends, so that no mark lies on the border. */
static void fit_x(struct figure *figure, const struct axis *axis)
{
	double first = axis->values[0].x, last = axis->values[axis->count - 1].x;

	figure->x_fixed = true;
	if (figure->bars) {
		figure->x_min = first - BAR_MARGIN;
		figure->x_max = last + BAR_MARGIN;
		return;
	}
	figure->x_log = axis->logarithmic;
	figure->x_min = axis->logarithmic ? first / 1.25 : first - (last - first) / 20;
	figure->x_max = axis->logarithmic ? last * 1.25 : last + (last - first) / 20;
}

/* False if there is nothing but zeros. */
static bool fit_y(struct figure *figure, const struct metric *metric)
{
	double low = DBL_MAX, high = 0;

	for (size_t s = 0; s < figure->series_count; s++) {
		for (size_t r = 0; r < figure->series[s].count; r++) {
			const struct figure_row *row = &figure->series[s].rows[r];

			low = row->low < low ? row->low : low;
			high = row->high > high ? row->high : high;
		}
	}
	figure->y_min = low;
	figure->y_max = high;
	/* All of 0 to 100 % is shown when the data needs a good part of it. */
	figure->y_percent = metric->percent && high > percent_zoom_max;
	figure->y_log = metric->may_be_log && low > 0 && high > linear_height_max * low;
	return high > 0;
}

static void add_figure(struct figures *figures, const struct selection *selection,
		       const char *device, const struct metric *metric)
{
	const struct axis *axis = &selection->axes[selection->x_axis];
	struct figure *figure = figures_add(figures);
	char fixed[160];

	selection_name(selection, fixed, sizeof(fixed));
	snprintf(figure->name, sizeof(figure->name), "%s-%s-vs-%s%.80s", device, metric->name,
		 axis->label, fixed);
	figure_clean_name(figure->name);
	selection_title(selection, fixed, sizeof(fixed));
	snprintf(figure->title, sizeof(figure->title), "%s: %s by %s%.120s", device, metric->title,
		 axis->label, fixed);
	snprintf(figure->x_label, sizeof(figure->x_label), "%s", axis->key);
	snprintf(figure->y_label, sizeof(figure->y_label), "%s", metric->y_label);
	selection_key_title(selection, figure->key_title, sizeof(figure->key_title));
	if (metric->line[1].stat) {
		snprintf(figure->solid, sizeof(figure->solid), "%s", metric->line[0].label);
		snprintf(figure->dashed, sizeof(figure->dashed), "%s", metric->line[1].label);
	}
	figure->bars = has_only_words(axis);
	for (size_t s = 0; s < selection_series(selection); s++)
		for (int line = 0; line < LINES_MAX && metric->line[line].stat; line++)
			add_line(figure, selection, device, metric, line, s);
	add_ticks(figure, axis);
	fit_x(figure, axis);
	if (!fit_y(figure, metric))
		figures_drop(figures);
}

static void add_metrics(struct figures *figures, struct selection *selection, const char *device,
			const struct metric *metrics, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		do {
			add_figure(figures, selection, device, &metrics[i]);
		} while (selection_next(selection));
	}
}

/* Of [[send]] tables. */
static void add_sends(struct figures *figures, struct selection *selection)
{
	const struct result *result = selection->result;
	char name[16];

	for (unsigned n = 0; result->point_count; n++) {
		snprintf(name, sizeof(name), "send%u", n);
		if (!names_number(&result->points[0], name, "completed"))
			break;
		add_metrics(figures, selection, name, send_metrics,
			    sizeof(send_metrics) / sizeof(send_metrics[0]));
	}
}

/* Of [[io]] tables, where there are several: the figures of one are its device's. */
static void add_ios(struct figures *figures, struct selection *selection)
{
	const struct result *result = selection->result;
	char name[16] = "io.1";

	if (!result->point_count || !names_number(&result->points[0], name, "completed"))
		return;
	for (unsigned n = 0; ; n++) {
		snprintf(name, sizeof(name), "io.%u", n);
		if (!names_number(&result->points[0], name, "completed"))
			break;
		add_metrics(figures, selection, name, io_metrics,
			    sizeof(io_metrics) / sizeof(io_metrics[0]));
	}
}

/* Of [[mm]] tables; the TLBs' where there is one. */
static void add_mms(struct figures *figures, struct selection *selection)
{
	const struct result *result = selection->result;
	char name[16];
	unsigned n = 0;

	for (; result->point_count; n++) {
		snprintf(name, sizeof(name), "mm%u", n);
		if (!names_number(&result->points[0], name, "done"))
			break;
		add_metrics(figures, selection, name, mm_metrics,
			    sizeof(mm_metrics) / sizeof(mm_metrics[0]));
	}
	if (n)
		add_metrics(figures, selection, "tlb", tlb_metrics,
			    sizeof(tlb_metrics) / sizeof(tlb_metrics[0]));
}

static void add_axis(struct figures *figures, struct selection *selection)
{
	size_t count;
	struct names_device *devices = names_devices(selection->result, &count);

	for (size_t i = 0; i < count; i++) {
		if (devices[i].kind == NAMES_NIC)
			add_metrics(figures, selection, devices[i].name, nic_metrics,
				    sizeof(nic_metrics) / sizeof(nic_metrics[0]));
		else if (devices[i].kind == NAMES_DMATEST)
			add_metrics(figures, selection, devices[i].name, dmatest_metrics,
				    sizeof(dmatest_metrics) / sizeof(dmatest_metrics[0]));
		else if (devices[i].kind == NAMES_SWITCH)
			add_metrics(figures, selection, devices[i].name, switch_metrics,
				    sizeof(switch_metrics) / sizeof(switch_metrics[0]));
		else
			add_metrics(figures, selection, devices[i].name, nvme_metrics,
				    sizeof(nvme_metrics) / sizeof(nvme_metrics[0]));
	}
	add_ios(figures, selection);
	add_sends(figures, selection);
	add_mms(figures, selection);
	add_metrics(figures, selection, "llc", llc_metrics,
		    sizeof(llc_metrics) / sizeof(llc_metrics[0]));
	add_metrics(figures, selection, "iommu", iommu_metrics,
		    sizeof(iommu_metrics) / sizeof(iommu_metrics[0]));
	add_metrics(figures, selection, "cpu", cpu_metrics,
		    sizeof(cpu_metrics) / sizeof(cpu_metrics[0]));
	free(devices);
}

/* Two values are a poor x axis where there are several axes, one of them of more numbers. */
static bool is_poor_x(const struct axis *axes, size_t axis_count, size_t x)
{
	bool numbers = false;

	for (size_t i = 0; i < axis_count; i++)
		numbers |= axes[i].numeric && axes[i].count > 2;
	return numbers && axis_count > 2 && axes[x].count <= 2;
}

void figures_of_metrics(struct figures *figures, const struct result *result,
			const struct axis *axes, size_t axis_count)
{
	for (size_t x = 0; x < axis_count; x++) {
		struct selection selection = {
			.result = result,
			.axes = axes,
			.axis_count = axis_count,
			.x_axis = x,
			.series_axis = axis_count > 1 ? (x ? 0 : 1) : axis_count,
		};

		selection_join(&selection);
		if (!is_poor_x(axes, axis_count, x))
			add_axis(figures, &selection);
	}
}

void figures_derive(struct figures *figures, const struct result *result, const char *dir)
{
	size_t count;
	struct axis *axes = axes_of(result, &count);
	size_t used = count < SELECT_AXES_MAX ? count : SELECT_AXES_MAX;

	memset(figures, 0, sizeof(*figures));
	figures_of_distributions(figures, result, axes, used, dir);
	figures_of_metrics(figures, result, axes, used);
	figures_of_cpu_time(figures, result, axes, used);
	figures_of_spans(figures, result, axes, used, dir);
	figures_over_time(figures, result, axes, used, dir);
	axes_free(axes, count);
}
