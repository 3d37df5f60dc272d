/* SPDX-License-Identifier: MIT */
#include "analysis/summary.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "analysis/memory.h"
#include "analysis/names.h"
#include "analysis/table.h"

enum look { LOOK_COUNT, LOOK_RATE, LOOK_PER_SECOND, LOOK_NS_AS_US, LOOK_PERCENT, LOOK_FACTOR,
	    LOOK_GBPS, LOOK_LIMIT };

/* A column of a device's table: the stat behind it and how it is shown. A column marked `if_any` is
 * left out when it is 0 at every point. */
struct column {
	const char *head;
	const char *stat;
	enum look look;
	bool if_any;
};

static const struct column nic_columns[] = {
	{ "offered", "rx.offered", LOOK_COUNT, false },
	{ "delivered", "rx.delivered", LOOK_COUNT, false },
	{ "dropped", "rx.dropped", LOOK_COUNT, false },
	{ "frames/s", "rx.delivered", LOOK_PER_SECOND, false },
	{ "sent", "tx.sent", LOOK_COUNT, true },
	{ "wire %", "tx.utilisation", LOOK_PERCENT, true },
	{ "limit", "tx.utilisation", LOOK_LIMIT, true },
	{ "p50 us", "rx.latency_ns.p50", LOOK_NS_AS_US, false },
	{ "p99 us", "rx.latency_ns.p99", LOOK_NS_AS_US, false },
	{ "irq/s", "irq.rate", LOOK_RATE, false },
	{ "frames/irq", "rx.frames_per_irq", LOOK_FACTOR, false },
};

static const struct column nvme_columns[] = {
	{ "completed", "io.completed", LOOK_COUNT, false },
	{ "errors", "io.errors", LOOK_COUNT, true },
	{ "iops", "io.iops", LOOK_RATE, false },
	{ "p50 us", "io.latency_ns.p50", LOOK_NS_AS_US, false },
	{ "p99 us", "io.latency_ns.p99", LOOK_NS_AS_US, false },
	{ "p99.9 us", "io.latency_ns.p999", LOOK_NS_AS_US, false },
	{ "device p50 us", "device.latency_ns.p50", LOOK_NS_AS_US, true },
	{ "irq/s", "irq.count", LOOK_PER_SECOND, false },
};

static const struct column dmatest_columns[] = {
	{ "reads", "read.count", LOOK_COUNT, true },
	{ "read Gb/s", "read.bandwidth", LOOK_GBPS, true },
	{ "p50 us", "read.latency_ns.p50", LOOK_NS_AS_US, true },
	{ "p99 us", "read.latency_ns.p99", LOOK_NS_AS_US, true },
	{ "writes", "write.count", LOOK_COUNT, true },
	{ "write Gb/s", "write.bandwidth", LOOK_GBPS, true },
	{ "p50 us", "write.latency_ns.p50", LOOK_NS_AS_US, true },
	{ "p99 us", "write.latency_ns.p99", LOOK_NS_AS_US, true },
	{ "transfers/s", "transfer.rate", LOOK_RATE, true },
	{ "irq/s", "irq.rate", LOOK_RATE, true },
	{ "refused", "refused", LOOK_COUNT, true },
	{ "stray", "stray.count", LOOK_COUNT, true },
	{ "landed", "stray.landed", LOOK_COUNT, true },
};

static const struct column switch_columns[] = {
	{ "to memory %", "up.utilisation", LOOK_PERCENT, false },
	{ "to devices %", "down.utilisation", LOOK_PERCENT, false },
};

static const struct column iommu_columns[] = {
	{ "hits", "iotlb.hits", LOOK_COUNT, false },
	{ "misses", "iotlb.misses", LOOK_COUNT, false },
	{ "table reads", "walk_reads", LOOK_COUNT, false },
	{ "invalidations", "invalidations", LOOK_COUNT, true },
	{ "wait p50 us", "invalidate.wait_ns.p50", LOOK_NS_AS_US, true },
	{ "wait p99 us", "invalidate.wait_ns.p99", LOOK_NS_AS_US, true },
	{ "faults", "faults", LOOK_COUNT, true },
};

static const struct column mm_columns[] = {
	{ "done", "done", LOOK_COUNT, false },
	{ "errors", "errors", LOOK_COUNT, true },
	{ "leaked", "leaked_pages", LOOK_COUNT, true },
	{ "p50 us", "latency_ns.p50", LOOK_NS_AS_US, false },
	{ "p99 us", "latency_ns.p99", LOOK_NS_AS_US, false },
	{ "request p50 us", "request.latency_ns.p50", LOOK_NS_AS_US, true },
	{ "request p99 us", "request.latency_ns.p99", LOOK_NS_AS_US, true },
};

static const struct column tlb_columns[] = {
	{ "shootdowns/s", "shootdowns", LOOK_PER_SECOND, false },
	{ "targets", "shootdown.targets.mean", LOOK_FACTOR, true },
	{ "p50 us", "shootdown.latency_ns.p50", LOOK_NS_AS_US, false },
	{ "p99 us", "shootdown.latency_ns.p99", LOOK_NS_AS_US, false },
	{ "send us", "shootdown.send_ns.mean", LOOK_NS_AS_US, true },
	{ "delivery us", "shootdown.delivery_ns.mean", LOOK_NS_AS_US, true },
	{ "handler us", "shootdown.handler_ns.mean", LOOK_NS_AS_US, true },
	{ "ack us", "shootdown.ack_ns.mean", LOOK_NS_AS_US, true },
	{ "spin us", "shootdown.spin_ns.mean", LOOK_NS_AS_US, true },
	{ "misses/s", "misses", LOOK_PER_SECOND, false },
	{ "holes", "stale.holes", LOOK_COUNT, true },
};

static const struct column cpu_column = { "cpu %", "busy", LOOK_PERCENT, false };

/* 1234567 as "1.235M": four digits are enough to compare rows. */
static void cell_rate(struct table *table, double value)
{
	static const struct { double unit; const char *suffix; } scale[] = {
		{ 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" },
	};

	for (size_t i = 0; i < sizeof(scale) / sizeof(scale[0]); i++) {
		double scaled = value / scale[i].unit;

		if (scaled >= 0.99995) {
			table_cell(table, "%.*f%s", scaled < 10 ? 3 : scaled < 100 ? 2 : 1, scaled,
				   scale[i].suffix);
			return;
		}
	}
	table_cell(table, "%.1f", value);
}

/* What keeps a sender from being faster: the wire, a busy core, or nothing but what was asked. */
static void cell_limit(struct table *table, const struct result_point *point, double wire)
{
	const double full = 0.995;
	const struct result_number *busy;
	char core[16];

	if (wire > full) {
		table_cell(table, "wire");
		return;
	}
	for (unsigned i = 0;; i++) {
		snprintf(core, sizeof(core), "cpu%u", i);
		busy = names_number(point, core, "busy");
		if (busy && busy->real <= full)
			continue;
		table_cell(table, "%s", busy ? core : "load");
		return;
	}
}

static void cell(struct table *table, const struct result_point *point, const char *device,
		 const struct column *column)
{
	const struct result_number *number = names_number(point, device, column->stat);
	double window_ns = names_window_ns(point);

	if (!number || (column->look == LOOK_PER_SECOND && !(window_ns > 0)))
		table_cell(table, "-");
	else if (column->look == LOOK_COUNT)
		table_cell(table, "%s", number->text);
	else if (column->look == LOOK_RATE)
		cell_rate(table, number->real);
	else if (column->look == LOOK_PER_SECOND)
		cell_rate(table, number->real * 1e9 / window_ns);
	else if (column->look == LOOK_NS_AS_US)
		table_cell(table, "%.2f", number->real / 1e3);
	else if (column->look == LOOK_LIMIT)
		cell_limit(table, point, number->real);
	else if (column->look == LOOK_GBPS)
		table_cell(table, "%.2f", number->real * 8e-9);
	else if (column->look == LOOK_PERCENT)
		table_cell(table, "%.1f", number->real * 100);
	else
		table_cell(table, "%.2f", number->real);
}

struct scope {
	const struct result *result;
	const char *scenario;
	bool seeds;             /* points of several seeds: they get a column */
};

static bool in_scope(const struct scope *scope, const char *scenario)
{
	return !strcmp(scope->scenario, scenario ? scenario : "");
}

static bool any(const struct scope *scope, const char *device, const char *stat)
{
	for (size_t i = 0; i < scope->result->point_count; i++) {
		const struct result_point *point = &scope->result->points[i];
		const struct result_number *number = names_number(point, device, stat);

		if (in_scope(scope, point->scenario) && number && number->real > 0)
			return true;
	}
	return false;
}

static const struct result_point *first_point(const struct scope *scope)
{
	for (size_t i = 0; i < scope->result->point_count; i++)
		if (in_scope(scope, scope->result->points[i].scenario))
			return &scope->result->points[i];
	return NULL;
}

static void print_device(const struct scope *scope, const char *device,
			 const struct column *columns, size_t count, FILE *out)
{
	const struct result_point *first = first_point(scope);
	struct table *table = table_create();

	for (size_t i = 0; i < first->param_count; i++)
		table_column(table, names_short_key(first, i));
	if (scope->seeds)
		table_column(table, "seed");
	for (size_t i = 0; i < count; i++)
		if (!columns[i].if_any || any(scope, device, columns[i].stat))
			table_column(table, columns[i].head);
	table_column(table, cpu_column.head);
	for (size_t p = 0; p < scope->result->point_count; p++) {
		const struct result_point *point = &scope->result->points[p];

		if (!in_scope(scope, point->scenario))
			continue;
		for (size_t i = 0; i < first->param_count; i++)
			table_cell(table, "%s",
				   i < point->param_count ? point->params[i].text : "-");
		if (scope->seeds)
			table_cell(table, "%" PRIu64, point->seed);
		for (size_t i = 0; i < count; i++)
			if (!columns[i].if_any || any(scope, device, columns[i].stat))
				cell(table, point, device, &columns[i]);
		cell(table, point, "cpu", &cpu_column);
	}
	fprintf(out, "\n%s\n", device);
	table_print(table, out);
	table_destroy(table);
}

static void print_devices(const struct scope *scope, FILE *out)
{
	size_t count;
	struct names_device *devices = names_devices(scope->result, &count);

	for (size_t i = 0; i < count; i++) {
		const char *name = devices[i].name;
		bool nic = devices[i].kind == NAMES_NIC;
		const char *main_stat = nic ? "rx.offered" : "io.completed";

		if (devices[i].kind == NAMES_DMATEST) {
			print_device(scope, name, dmatest_columns,
				     sizeof(dmatest_columns) / sizeof(dmatest_columns[0]), out);
		} else if (devices[i].kind == NAMES_SWITCH) {
			print_device(scope, name, switch_columns,
				     sizeof(switch_columns) / sizeof(switch_columns[0]), out);
		} else if (!any(scope, name, main_stat) &&
		    !any(scope, name, nic ? "tx.sent" : "io.errors")) {
			if (names_number(first_point(scope), name, main_stat))
				fprintf(out, "\n%s: idle\n", name);
		} else if (nic) {
			print_device(scope, name, nic_columns,
				     sizeof(nic_columns) / sizeof(nic_columns[0]), out);
		} else {
			print_device(scope, name, nvme_columns,
				     sizeof(nvme_columns) / sizeof(nvme_columns[0]), out);
		}
	}
	free(devices);
	if (any(scope, "iommu", "iotlb.hits") || any(scope, "iommu", "iotlb.misses"))
		print_device(scope, "iommu", iommu_columns,
			     sizeof(iommu_columns) / sizeof(iommu_columns[0]), out);
}

/* Of [[mm]] tables, and the shootdowns of the whole machine with them. */
static void print_mms(const struct scope *scope, FILE *out)
{
	char name[16];
	bool some = false;

	for (unsigned n = 0;; n++) {
		snprintf(name, sizeof(name), "mm%u", n);
		if (!names_number(first_point(scope), name, "done"))
			break;
		some = true;
		print_device(scope, name, mm_columns, sizeof(mm_columns) / sizeof(mm_columns[0]),
			     out);
	}
	if (some)
		print_device(scope, "tlb", tlb_columns,
			     sizeof(tlb_columns) / sizeof(tlb_columns[0]), out);
}

static void print_bounds(const struct result_expectation *expect, FILE *out)
{
	if (expect->has_min)
		fprintf(out, " min %s", expect->min.text);
	if (expect->has_max)
		fprintf(out, " max %s", expect->max.text);
	if (expect->has_equal)
		fprintf(out, " equal %s", expect->equal.text);
}

static bool same_bounds(const struct result_expectation *a, const struct result_expectation *b)
{
	return !strcmp(a->scenario, b->scenario) && !strcmp(a->stat, b->stat) &&
	       !strcmp(a->min.text, b->min.text) && !strcmp(a->max.text, b->max.text) &&
	       !strcmp(a->equal.text, b->equal.text);
}

static void print_where(const struct result *result, const struct result_expectation *expect,
			FILE *out)
{
	fprintf(out, "point %u", expect->point);
	for (size_t i = 0; i < result->point_count; i++) {
		const struct result_point *point = &result->points[i];

		if (point->index != expect->point || point->seed != expect->seed ||
		    strcmp(expect->scenario, point->scenario ? point->scenario : ""))
			continue;
		for (size_t p = 0; p < point->param_count; p++)
			fprintf(out, "%s%s=%s", p ? " " : " (", names_short_key(point, p),
				point->params[p].text);
		fputs(point->param_count ? ")" : "", out);
	}
	fprintf(out, " seed %" PRIu64, expect->seed);
}

/* One line for each bound, with how many points hold it, and one for each that does not. */
static void print_expectations(const struct scope *scope, FILE *out)
{
	const struct result *result = scope->result;
	bool *seen = mem_zalloc(result->expectation_count * sizeof(*seen));
	bool headed = false;

	for (size_t i = 0; i < result->expectation_count; i++) {
		const struct result_expectation *expect = &result->expectations[i];
		size_t good = 0, all = 0;

		if (seen[i] || !in_scope(scope, expect->scenario))
			continue;
		for (size_t k = i; k < result->expectation_count; k++) {
			if (!same_bounds(expect, &result->expectations[k]))
				continue;
			seen[k] = true;
			all++;
			good += result->expectations[k].ok;
		}
		if (!headed)
			fputs("\nexpectations\n", out);
		headed = true;
		fprintf(out, "  %s  %s", good == all ? "ok  " : "FAIL", expect->stat);
		print_bounds(expect, out);
		fprintf(out, ": %zu of %zu\n", good, all);
		for (size_t k = i; k < result->expectation_count && good < all; k++) {
			const struct result_expectation *bad = &result->expectations[k];

			if (!same_bounds(expect, bad) || bad->ok)
				continue;
			fprintf(out, "        %s at ",
				bad->has_value ? bad->value.text : "no value");
			print_where(result, bad, out);
			putc('\n', out);
		}
	}
	free(seen);
}

static void print_failures(const struct scope *scope, FILE *out)
{
	bool headed = false;

	for (size_t i = 0; i < scope->result->failure_count; i++) {
		const struct result_failure *failure = &scope->result->failures[i];

		if (!in_scope(scope, failure->scenario))
			continue;
		if (!headed)
			fputs("\nfailed points\n", out);
		headed = true;
		fprintf(out, "  point %u%s%s%s seed %" PRIu64 ": %s\n", failure->index,
			*failure->params ? " (" : "", failure->params, *failure->params ? ")" : "",
			failure->seed, failure->reason);
	}
}

static void print_scenario(struct scope *scope, FILE *out)
{
	const struct result_point *first = first_point(scope);
	size_t count = 0;

	for (size_t i = 0; i < scope->result->point_count; i++) {
		const struct result_point *point = &scope->result->points[i];

		if (!in_scope(scope, point->scenario))
			continue;
		count++;
		scope->seeds |= point->seed != first->seed;
	}
	fprintf(out, "%s: %zu point%s%s\n", scope->scenario, count, count == 1 ? "" : "s",
		scope->result->complete ? "" : ", incomplete");
	if (first)
		print_devices(scope, out);
	if (first)
		print_mms(scope, out);
	print_expectations(scope, out);
	print_failures(scope, out);
}

void summary_print(const struct result *result, FILE *out)
{
	for (size_t i = 0; i < result->scenario_count; i++) {
		struct scope scope = { .result = result, .scenario = result->scenarios[i] };

		if (i)
			putc('\n', out);
		print_scenario(&scope, out);
	}
}
