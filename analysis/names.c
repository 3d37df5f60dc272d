/* SPDX-License-Identifier: MIT */
#include "analysis/names.h"

#include <ctype.h>
#include <string.h>

#include "analysis/memory.h"

static bool ends_with(const char *text, const char *end)
{
	size_t text_len = strlen(text), end_len = strlen(end);

	return text_len > end_len && !strcmp(text + text_len - end_len, end);
}

static int device_order(const void *a, const void *b)
{
	const struct names_device *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static struct names_device *add_device(struct names_device *devices, size_t *count,
				       const char *stat, const char *end, enum names_kind kind)
{
	size_t bytes = strlen(stat) - strlen(end);
	struct names_device device = { .kind = kind };

	if (bytes >= sizeof(device.name))
		return devices;
	memcpy(device.name, stat, bytes);
	for (size_t i = 0; i < *count; i++)
		if (!strcmp(devices[i].name, device.name))
			return devices;
	devices = mem_grow(devices, *count, sizeof(*devices));
	devices[(*count)++] = device;
	return devices;
}

#define UTILISATION ".up.utilisation"

/* A device's link counts what its model asked for, a switch's does not. */
static bool is_switch(const struct result_point *point, const char *stat)
{
	char asked[256];
	int bytes;

	if (strncmp(stat, "pcie.", 5) || !ends_with(stat, UTILISATION))
		return false;
	bytes = snprintf(asked, sizeof(asked), "%.*s.asked.bytes",
			 (int)(strlen(stat) - strlen(UTILISATION)), stat);
	return bytes < (int)sizeof(asked) && !result_point_number(point, asked);
}

struct names_device *names_devices(const struct result *result, size_t *count)
{
	struct names_device *devices = NULL;

	*count = 0;
	for (size_t p = 0; p < result->point_count; p++) {
		const struct result_point *point = &result->points[p];

		for (size_t s = 0; s < point->stat_count; s++) {
			const char *name = point->stats[s].name;

			if (ends_with(name, ".rx.offered"))
				devices = add_device(devices, count, name, ".rx.offered",
						     NAMES_NIC);
			else if (ends_with(name, ".io.completed"))
				devices = add_device(devices, count, name, ".io.completed",
						     NAMES_NVME);
			else if (ends_with(name, ".stray.count"))
				devices = add_device(devices, count, name, ".stray.count",
						     NAMES_DMATEST);
			else if (is_switch(point, name))
				devices = add_device(devices, count, name, UTILISATION,
						     NAMES_SWITCH);
		}
	}
	if (*count)
		qsort(devices, *count, sizeof(*devices), device_order);
	return devices;
}

static bool is_core_busy(const char *name)
{
	if (strncmp(name, "cpu", 3) || !isdigit((unsigned char)name[3]))
		return false;
	return ends_with(name, ".busy");
}

double names_window_ns(const struct result_point *point)
{
	const struct result_number *window = result_point_number(point, "run.window_ns");
	double total = 0, cores = 0;

	if (window)
		return window->real;
	for (size_t i = 0; i < point->stat_count; i++) {
		if (!strncmp(point->stats[i].name, "cpu.time_ns.", 12))
			total += point->stats[i].value.real;
		cores += is_core_busy(point->stats[i].name);
	}
	return cores > 0 ? total / cores : 0;
}

const char *names_short_key(const struct result_point *point, size_t param)
{
	const char *key = point->params[param].key;
	const char *dot = strrchr(key, '.');

	if (!dot)
		return key;
	for (size_t i = 0; i < point->param_count; i++)
		if (i != param && ends_with(point->params[i].key, dot))
			return key;
	return dot + 1;
}

const struct result_number *names_number(const struct result_point *point, const char *device,
					 const char *stat)
{
	char name[256];

	if ((size_t)snprintf(name, sizeof(name), "%s.%s", device, stat) >= sizeof(name))
		return NULL;
	return result_point_number(point, name);
}
