/* SPDX-License-Identifier: MIT */
/* Devices of users: shared objects that scenarios name (include/doorbell/device.h). */
#ifndef DOORBELL_CLI_PLUGIN_H
#define DOORBELL_CLI_PLUGIN_H

#include <stdbool.h>

struct machine_cfg;
struct scn_point;

/* Loads the libraries of all devices; false: the scenario has been told what is wrong with one.
 * A library is loaded once, and stays. */
bool plugin_load(struct machine_cfg *cfg, const struct scn_point *point);

#endif
