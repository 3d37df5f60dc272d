/* SPDX-License-Identifier: MIT */
#include "cli/plugin.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "model/machine/config.h"
#include "model/scenario/scenario.h"

#define BAR_BYTES_MIN 16u
#define BAR_BYTES_MAX (1u << 30)
#define VECTORS_MAX   2048u

static bool refuse(const struct scn_point *point, const char *key, const char *what)
{
	scn_error_at(point, key, NULL, "%s", what);
	return false;
}

static bool check(const struct scn_point *point, const char *key,
		  const struct doorbell_device *device)
{
	char text[128];

	if (device->version != DOORBELL_DEVICE_VERSION) {
		snprintf(text, sizeof(text),
			 "the library is for version %u of device.h, this is %u", device->version,
			 DOORBELL_DEVICE_VERSION);
		return refuse(point, key, text);
	}
	if (!device->create || !device->destroy || !device->read || !device->write ||
	    !device->dma_done)
		return refuse(point, key, "the library's device lacks create, destroy, read, write "
					  "or dma_done");
	if (device->bar_bytes < BAR_BYTES_MIN || device->bar_bytes > BAR_BYTES_MAX ||
	    device->bar_bytes & (device->bar_bytes - 1))
		return refuse(point, key, "the library's bar_bytes is no power of two from 16 to "
					  "2^30");
	if (!device->vectors || device->vectors > VECTORS_MAX)
		return refuse(point, key, "the library's vectors are not 1 to 2048");
	return true;
}

static bool load(struct machine_device *device, const struct scn_point *point)
{
	char key[96], text[512];
	void *handle;

	scn_key(key, sizeof(key), "device.%s.library", device->name);
	handle = dlopen(device->plugin_path, RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		snprintf(text, sizeof(text), "the library cannot be loaded: %s", dlerror());
		return refuse(point, key, text);
	}
	device->plugin = dlsym(handle, "doorbell_device");
	if (!device->plugin)
		return refuse(point, key, "the library has no doorbell_device "
					  "(include/doorbell/device.h)");
	return check(point, key, device->plugin);
}

bool plugin_load(struct machine_cfg *cfg, const struct scn_point *point)
{
	bool good = true;

	for (unsigned d = 0; d < cfg->devices; d++)
		if (cfg->device[d].model == SCN_MODEL_PLUGIN)
			good &= load(&cfg->device[d], point);
	return good;
}
