/* SPDX-License-Identifier: MIT */
/* What the stats of a point say about the machine: its devices, the window, short names of keys. */
#ifndef DOORBELL_ANALYSIS_NAMES_H
#define DOORBELL_ANALYSIS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/result.h"

enum names_kind { NAMES_NIC, NAMES_NVME, NAMES_DMATEST, NAMES_SWITCH };

struct names_device {
	char name[64];
	enum names_kind kind;
};

/* Devices that any of the points has, sorted by name: who has NAME.rx.offered is a NIC, who has
 * NAME.io.completed an NVMe device, NAME.stray.count a DMA test device; "pcie.NAME" that is no
 * device's link is a switch. The array is the caller's. */
struct names_device *names_devices(const struct result *result, size_t *count);
/* Length of the measuring window in ns: run.window_ns, else simulated CPU time over the cores. 0 if
 * neither is there. */
double names_window_ns(const struct result_point *point);
/* The end of a swept key that tells it from the other keys of the point: "itr" of
 * "device.eth0.itr". */
const char *names_short_key(const struct result_point *point, size_t param);
/* The number called "DEVICE.STAT", NULL if there is none. */
const struct result_number *names_number(const struct result_point *point, const char *device,
					 const char *stat);

#endif
