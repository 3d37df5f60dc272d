/* SPDX-License-Identifier: MIT */
/* Which bytes of a buffer the device owns: intervals in order, none touching another.
 * Not modelled: a limit; each hole costs an interval. */
#ifndef DOORBELL_DRIVERS_LINUX_DMA_RULES_OWNED_H
#define DOORBELL_DRIVERS_LINUX_DMA_RULES_OWNED_H

#include <stdbool.h>
#include <stdint.h>

struct owned_range {
	uint64_t from, to;
};

struct owned {
	struct owned_range *range;
	unsigned count, room;
};

/* False without memory, and then nothing has changed. */
bool owned_add(struct owned *owned, uint64_t from, uint64_t to);
bool owned_remove(struct owned *owned, uint64_t from, uint64_t to);
/* The first owned byte in [from, to) goes to *at; false if there is none. */
bool owned_first(const struct owned *owned, uint64_t from, uint64_t to, uint64_t *at);
/* Whether all of [from, to) is owned. */
bool owned_covers(const struct owned *owned, uint64_t from, uint64_t to);
void owned_free(struct owned *owned);

#endif
