/* SPDX-License-Identifier: MIT */
/* What `run` records of a point beside its result: trace.txt and trace.pftrace (--trace),
 * profile.folded (--profile), spans.csv and spans-NAME.csv (--spans), breaches.txt (rules that were
 * broken, in the checking build). */
#ifndef DOORBELL_CLI_RUN_OBSERVE_H
#define DOORBELL_CLI_RUN_OBSERVE_H

#include <stdbool.h>

#include "cli/run_point.h"
#include "model/machine/machine.h"

struct run_observe;

/* Opens the files in the point's folder. NULL with errno. cfg outlives it. */
struct run_observe *run_observe_open(const struct run_options *options,
				     const struct machine_cfg *cfg);
/* Between the machine's creation and its building. */
int run_observe_attach(struct run_observe *observe, struct machine *machine);
/* The first rule that was broken; "" = none. */
const char *run_observe_first_breach(const struct run_observe *observe);
/* Writes what is known at the end of the run, closes and frees; machine may be NULL. 0, or -1 if
 * anything could not be written. */
int run_observe_close(struct run_observe *observe, struct machine *machine);

#endif
