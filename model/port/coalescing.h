/* SPDX-License-Identifier: MIT */
/* Coalescing of completion interrupts as a block of its own beside an NVMe controller, which
 * keeps the features and the queues. One operation touches one vector. Ticks as in
 * moderation.h. Not modelled: aggregation over several vectors. */
#ifndef DOORBELL_PORT_COALESCING_H
#define DOORBELL_PORT_COALESCING_H

#include <stdbool.h>
#include <stdint.h>

#include "model/core/time.h"

enum coalescing_what {
	COALESCING_RESET,
	COALESCING_ENTRY,      /* a completion entry was written */
	COALESCING_EXPIRE,     /* the vector's timer is due */
};

struct coalescing_op {
	enum coalescing_what what;
	unsigned vector;
	bool bypass;           /* ENTRY: raise for it alone */
	bool rearm;            /* ENTRY: the time starts anew */
	bool unseen;           /* EXPIRE: there are entries that the host has not taken */
	uint32_t threshold;    /* what the features say now */
	struct dur wait;
};

struct coalescing_answer {
	bool raise;            /* the vector, for so many entries */
	uint32_t entries;
	bool timer_set, timer_clear;
	struct at timer;
};

struct coalescing_port {
	void (*step)(void *ctx, const struct coalescing_op *op, struct coalescing_answer *answer);
	void *ctx;
};

#endif
