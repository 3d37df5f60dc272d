/* SPDX-License-Identifier: MIT */
/* What every block of one machine shares: engine, root seed, trace and digest, stats. Blocks get a
 * struct sim at creation and keep it; it outlives them. Not modelled: more than one reason: the
 * last sim_fail wins. */
#ifndef DOORBELL_CORE_SIM_H
#define DOORBELL_CORE_SIM_H

#include <stdint.h>

#include "model/core/engine.h"

struct trace;   /* model/trace */
struct stats;   /* model/trace */

/* Results of functions that can fail for a reason of the user or the host. 0 is success. */
enum sim_err {
	SIM_OK = 0,
	SIM_ERR_MEMORY = -1,
	SIM_ERR_CONFIG = -2,   /* a value out of range; sim->error says which */
	SIM_ERR_HOST = -3,     /* the operating system refused; sim->error says what */
};

struct sim {
	struct engine *engine;
	struct trace *trace;
	struct stats *stats;
	uint64_t seed;
	char error[256];
};

static inline struct at sim_now(const struct sim *sim)
{
	return engine_now(sim->engine);
}

/* Writes sim->error and returns `err`. */
int sim_fail(struct sim *sim, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
