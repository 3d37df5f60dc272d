/* SPDX-License-Identifier: MIT */
/* Where in weak memory a core waits before an access: a load of a line that another core has, a
 * full store buffer. What other cores and devices do meanwhile, the next loads may see or not see,
 * and waiting stores are not seen meanwhile. It waits rarely where nothing can come of it, more
 * often where its own stores wait, and most often where a place in the code that reads what others
 * write has found nothing new: that is where it is about to be told something.
 *
 * All by seed: whether at all, at which of these, how often, for how long, on which cores and at
 * which places in the code, as a few pauses at one place find more than as many at all. After a
 * pause the core has none for a multiple of it, and in all it loses 200 us and a 32nd of its time
 * at most: a driver is to meet others at other moments, not to be too slow for its work. Not
 * modelled: which lines are really elsewhere. */
#ifndef DOORBELL_DRIVERS_LINUX_WEAK_PAUSE_H
#define DOORBELL_DRIVERS_LINUX_WEAK_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/core/random.h"

#define PAUSE_SITES 1024u
#define PAUSE_CORES 64u

enum pause_place {
	PAUSE_ANYWHERE,
	PAUSE_BEHIND_STORES,
	PAUSE_POLLED,
	PAUSE_PLACES,
};

struct pauses {
	struct random random;
	uint64_t one_in[PAUSE_PLACES];        /* accesses there; 0 = none */
	unsigned shortest, octaves, rest;
	uint64_t cores;                       /* a bit each */
	uint64_t some;                        /* 0 = all places in the code; else mixes them */
	uint64_t until_ps[PAUSE_CORES];       /* no other pause of the core before */
	uint64_t lost_ps[PAUSE_CORES], since_ps;
	struct {
		uint64_t pc, met_ps;
	} site[PAUSE_SITES];
};

void pauses_init(struct pauses *pauses, uint64_t seed);
/* A load at `pc` is of a location that others have written. */
void pauses_meet(struct pauses *pauses, uint64_t pc, uint64_t now_ps);
/* One of there was such lately. */
bool pauses_met(const struct pauses *pauses, uint64_t pc, uint64_t now_ps);
/* How long the core waits at an access at `pc`, in picoseconds; mostly 0. */
uint64_t pauses_draw(struct pauses *pauses, unsigned core, enum pause_place place, uint64_t pc,
		     uint64_t now_ps);

#endif
