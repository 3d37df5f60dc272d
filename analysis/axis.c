/* SPDX-License-Identifier: MIT */
#include "analysis/axis.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/memory.h"
#include "analysis/names.h"

/* Wider than this, values crowd at the left of a linear axis. */
static const double linear_width_max = 12;

static const struct unit {
	const char *text;
	char kind;
	double factor;
} units[] = {
	{ "", 0, 1 }, { "%", '%', 1 },
	{ "ps", 's', 1e-12 }, { "ns", 's', 1e-9 }, { "us", 's', 1e-6 }, { "ms", 's', 1e-3 },
	{ "s", 's', 1 },
	{ "pps", 'p', 1 }, { "kpps", 'p', 1e3 }, { "Mpps", 'p', 1e6 }, { "Gpps", 'p', 1e9 },
	{ "iops", 'i', 1 }, { "kiops", 'i', 1e3 }, { "Miops", 'i', 1e6 },
	{ "bps", 'b', 1 }, { "kbps", 'b', 1e3 }, { "Kbps", 'b', 1e3 }, { "Mbps", 'b', 1e6 },
	{ "Gbps", 'b', 1e9 }, { "Tbps", 'b', 1e12 },
	{ "B", 'B', 1 }, { "kB", 'B', 1e3 }, { "MB", 'B', 1e6 }, { "GB", 'B', 1e9 },
	{ "KiB", 'B', 1024 }, { "MiB", 'B', 1048576 }, { "GiB", 'B', 1073741824 },
	{ "TiB", 'B', 1099511627776 },
	{ "Hz", 'H', 1 }, { "kHz", 'H', 1e3 }, { "MHz", 'H', 1e6 }, { "GHz", 'H', 1e9 },
};

bool axis_parse(const char *text, double *value, char *kind)
{
	const char *unit = text + strspn(text, "0123456789.");

	if (!isdigit((unsigned char)*text))
		return false;
	while (*unit == ' ')
		unit++;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(unit, units[i].text))
			continue;
		*value = strtod(text, NULL) * units[i].factor;
		*kind = units[i].kind;
		return true;
	}
	return false;
}

static int value_order(const void *a, const void *b)
{
	double x = ((const struct axis_value *)a)->x, y = ((const struct axis_value *)b)->x;

	return x < y ? -1 : x > y;
}

/* Decides between numbers and categories. 0 has no unit of its own in any of them: "0" fits all. */
static void scale(struct axis *axis)
{
	char kind = 0, other;
	double x;

	axis->numeric = true;
	for (size_t i = 0; i < axis->count; i++) {
		if (!axis_parse(axis->values[i].text, &x, &other) ||
		    (kind && other && other != kind)) {
			axis->numeric = false;
			break;
		}
		kind = other ? other : kind;
		axis->values[i].x = x;
	}
	for (size_t i = 0; !axis->numeric && i < axis->count; i++)
		axis->values[i].x = (double)i;
	if (!axis->numeric)
		return;
	qsort(axis->values, axis->count, sizeof(*axis->values), value_order);
	axis->logarithmic = axis->values[0].x > 0 &&
		axis->values[axis->count - 1].x > linear_width_max * axis->values[0].x;
}

static const struct result_param *param_of(const struct result_point *point, const char *key)
{
	for (size_t i = 0; i < point->param_count; i++)
		if (!strcmp(point->params[i].key, key))
			return &point->params[i];
	return NULL;
}

size_t axis_value_of(const struct axis *axis, const struct result_point *point)
{
	const struct result_param *param = param_of(point, axis->key);
	size_t i = 0;

	while (i < axis->count && (!param || strcmp(axis->values[i].text, param->text)))
		i++;
	return i;
}

/* A list's runs of numbers that follow one another are ranges: "0-2,5". What is too long for a
 * figure ends in dots. */
static void make_label(const char *text, char *label, size_t bytes)
{
	const char *at = text + (*text == '[');
	size_t used = 0;

	snprintf(label, bytes, "%.*s%s", (int)bytes - 3, text,
		 strlen(text) < bytes - 2 ? "" : "..");
	while (*text == '[' && isdigit((unsigned char)*at) && used < bytes) {
		unsigned long first = strtoul(at, (char **)&at, 10), last = first;

		while (*at == ',' && strtoul(at + 1, NULL, 10) == last + 1)
			last = strtoul(at + 1, (char **)&at, 10);
		used += (size_t)snprintf(label + used, bytes - used, "%s%lu", used ? "," : "",
					 first);
		if (last > first && used < bytes)
			used += (size_t)snprintf(label + used, bytes - used, "-%lu", last);
		at += strspn(at, ", ");
	}
}

static void collect(struct axis *axis, const struct result *result)
{
	for (size_t p = 0; p < result->point_count; p++) {
		const struct result_param *param = param_of(&result->points[p], axis->key);

		if (!param || axis_value_of(axis, &result->points[p]) < axis->count)
			continue;
		axis->values = mem_grow(axis->values, axis->count, sizeof(*axis->values));
		make_label(param->text, axis->values[axis->count].label,
			   sizeof(axis->values[axis->count].label));
		axis->values[axis->count++].text = param->text;
	}
}

struct axis *axes_of(const struct result *result, size_t *count)
{
	const struct result_point *first = result->points;
	struct axis *axes = NULL;

	*count = 0;
	for (size_t i = 0; result->point_count && i < first->param_count; i++) {
		struct axis axis = { .key = first->params[i].key };

		axis.label = names_short_key(first, i);
		collect(&axis, result);
		if (axis.count < 2) {
			free(axis.values);
			continue;
		}
		scale(&axis);
		axes = mem_grow(axes, *count, sizeof(*axes));
		axes[(*count)++] = axis;
	}
	return axes;
}

void axes_free(struct axis *axes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(axes[i].values);
	free(axes);
}
