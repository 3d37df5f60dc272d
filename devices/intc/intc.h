/* SPDX-License-Identifier: MIT */
/* Interrupt controller: local APICs as far as message interrupts and inter-processor interrupts use
 * them. A message to 0xfeexx000 names a core (bits 19:12) and a vector (data 7:0); Intel SDM volume
 * 3A, 10.11. Delivery takes `latency` and ends in ops->pending. A vector already pending is not
 * counted twice (IRR is a bit).
 *
 * Not modelled: I/O APIC, level-triggered interrupts, x2APIC register access, lowest priority
 * delivery, logical destinations, task priority, NMI/SMI/INIT (start-up of cores is the
 * platform's). A message that asks for one of them is refused. */
#ifndef DOORBELL_INTC_INTC_H
#define DOORBELL_INTC_INTC_H

#include <stdbool.h>
#include <stdint.h>

#include "model/core/sim.h"
#include "model/port/msi.h"

struct intc_cfg {
	unsigned cores;           /* 1..64 */
	struct dur msi_latency;   /* message at the root complex -> vector pending at the core */
};

struct intc_ops {
	/* Vector became pending on a core (by an event of PHASE_INTERRUPT). */
	void (*pending)(void *ctx, unsigned core, unsigned vector);
};

struct intc;

int intc_create(struct intc **out, struct sim *sim, const struct intc_cfg *cfg,
		const struct intc_ops *ops, void *ctx);
void intc_destroy(struct intc *intc);
/* False: not an interrupt address, no such core, or a message that is not modelled; counted. */
bool intc_msi(struct intc *intc, const struct msi_msg *msg);
/* The same for a message that comes `delay` from now. */
bool intc_msi_in(struct intc *intc, const struct msi_msg *msg, struct dur delay);
/* Pending a given time from now: inter-processor interrupts, timers. */
void intc_raise(struct intc *intc, unsigned core, unsigned vector, struct dur delay);
/* Highest pending vector of a core, cleared; -1 if none. */
int intc_take(struct intc *intc, unsigned core);
bool intc_is_pending(const struct intc *intc, unsigned core);

#endif
