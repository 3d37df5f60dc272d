/* SPDX-License-Identifier: MIT */
/* The bandwidth of memory: a server that moves bytes at a constant rate, first come, first served.
 * Who asks gets the time at which its bytes have passed, after those of all others before it.
 *
 * Not modelled: channels and banks (the rate is that of all together, evenly used), turnarounds
 * between reads and writes, refresh, row hits, priorities. */
#ifndef DOORBELL_MEM_CHANNEL_H
#define DOORBELL_MEM_CHANNEL_H

#include "model/core/sim.h"

struct channel {
	uint64_t rate;           /* bytes a second, not 0 */
	struct at free;          /* what was asked for so far has passed */
};

/* `bytes` asked for at `now` (not necessarily in order); from then until they have passed. */
struct dur channel_take(struct channel *channel, struct at now, uint64_t bytes);

#endif
