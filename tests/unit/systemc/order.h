/* SPDX-License-Identifier: MIT */
/* The order in which foreign processes and the guest act on the host, and what the guest did.
 * Not modelled: who of several foreign processes of one instant goes first; that is SystemC's. */
#ifndef DOORBELL_TESTS_SYSTEMC_ORDER_H
#define DOORBELL_TESTS_SYSTEMC_ORDER_H

#include <stdint.h>

#include "model/core/digest.h"

#ifdef __cplusplus
extern "C" {
#endif

enum actor {
	ACTOR_FOREIGN,   /* goes first at equal times */
	ACTOR_GUEST,
};

struct order {
	uint64_t last_ps;
	enum actor last;
	uint64_t activations[2];
	uint64_t violations;
	uint64_t ties;              /* both acted at one time */
	uint64_t late;              /* a guest's reaction that was not where it must be */
	uint64_t pokes, spins, wakes;
	uint64_t host_activations;
	struct digest guest;
	int error;
};

static inline void order_note(struct order *order, enum actor actor, uint64_t ps)
{
	if (ps < order->last_ps || (ps == order->last_ps && actor < order->last))
		order->violations++;
	if (ps == order->last_ps && actor != order->last)
		order->ties++;
	order->last_ps = ps;
	order->last = actor;
	order->activations[actor]++;
}

#ifdef __cplusplus
}
#endif
#endif
