/* SPDX-License-Identifier: MIT */
/* Where simulated time goes, by sampling: every `interval` of a core's busy time the call chain that
 * runs then is counted. A due sample lowers the horizon and so brings the core to its gate; it never
 * makes it give way, so that a run is the same with and without. Time that is charged (a register
 * read, an interrupt's entry, a long copy) counts for the chain that is charged, with a leaf in
 * brackets that names the charge.
 *
 * A sample is taken at the first check at or after its time, so a function's own time is known up
 * to the distance of checks. Not modelled: idle time (busy time is what is shared out). */
#ifndef DOORBELL_DRIVERS_LINUX_PROFILE_H
#define DOORBELL_DRIVERS_LINUX_PROFILE_H

#include <stdint.h>
#include <stdio.h>

#include "model/cpu/cores.h"

struct profile;

enum profile_leaf {
	PROFILE_CODE,             /* no charge: the code itself */
	PROFILE_MMIO_READ,
	PROFILE_MMIO_WRITE,
	PROFILE_DELAY,
	PROFILE_SPIN,
	PROFILE_MISS,             /* a load that waits for its cache line */
	PROFILE_COST,             /* and more: PROFILE_COST + enum plat_cost */
};

/* NULL without memory. Stops at profile_stop and can be started again; counts add up. */
struct profile *profile_create(struct cores *cores, uint64_t interval_ticks);
void profile_destroy(struct profile *profile);
void profile_start(struct profile *profile);
void profile_stop(struct profile *profile);
/* The core begins to run on the host thread. */
void profile_switch_in(struct profile *profile, const struct core *core);
/* The core slept from `before` until now. */
void profile_slept(struct profile *profile, const struct core *core, uint64_t before);
/* Samples due by the core's time; up to `before` they are of the code, then of `leaf`. `category`
 * is what that time counts for. */
void profile_take(struct profile *profile, struct core *core, const uintptr_t *frame,
		  uint64_t before, enum profile_leaf leaf, unsigned category);

/* Folded stacks, sorted: "cpu0;driver;outermost;...;innermost NS". 0, or -1 if it could not be
 * written. */
int profile_write(const struct profile *profile, const char *const *category_name, FILE *out);

#endif
