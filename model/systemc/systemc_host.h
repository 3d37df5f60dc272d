/* SPDX-License-Identifier: MIT */
/* SystemC as the outer simulation kernel: one SC_METHOD hosts the machine's engine. It runs whatever is
 * due until the next SystemC activity of somebody else, then asks to be triggered again, so that an
 * activation is paid only where foreign models act (docs/architecture.md, "Time and events").
 *
 * Order at equal times: foreign processes first, all their delta cycles; then the machine.
 * Foreign processes act on the machine by events of its engine at systemc_now or later, and
 * systemc_wake. One simulation a process: SystemC does not allow a second elaboration; and its
 * resolution stays the default, a picosecond, which is the engine's unit.
 * Not modelled: SystemC threads that call into the machine while it steps. */
#ifndef DOORBELL_SYSTEMC_HOST_H
#define DOORBELL_SYSTEMC_HOST_H

#include "model/core/time.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is hosted: runs all that is due up to and including `limit`, returns when it wants to go on
 * (AT_NEVER: it is over, and the simulation stops). */
struct systemc_guest {
	struct at (*step)(void *ctx, struct at limit);
	void *ctx;
};

/* Elaborates and runs to the end. `foreign` (may be NULL) creates modules of others first; they must
 * live until this returns. 0, or -1 if SystemC reported an error; it is printed to stderr. */
int systemc_run(const struct systemc_guest *guest, void (*foreign)(void *ctx), void *foreign_ctx);
/* For a foreign process that changed something in the guest at its own time: ask it again. */
void systemc_wake(void);
/* Foreign code is about to act on the guest: the SystemC time. */
struct at systemc_now(void);
/* How often the host was activated: what foreign models cost. */
uint64_t systemc_activations(void);

#ifdef __cplusplus
}
#endif
#endif
