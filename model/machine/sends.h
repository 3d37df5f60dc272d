/* SPDX-License-Identifier: MIT */
/* Book-keeping of senders: what each sent when, when it was on the wire, when its answer was
 * taken. Stats: sendN.completed, .errors, .bytes, .latency_ns, .zerocopy.* of the n-th [[send]]
 * table; DEV.tx.latency_ns, from the send call to the last bit on the wire, of datagrams from
 * sockets. Not modelled: more than 65536 sends between a datagram and its answer (they get no
 * latency). */
#ifndef DOORBELL_MACHINE_SENDS_H
#define DOORBELL_MACHINE_SENDS_H

#include "model/core/sim.h"
#include "model/machine/config.h"

struct sends;

struct sends_ops {
	/* Something that a sender asked for is done. */
	void (*completed)(void *ctx, unsigned table, uint64_t id, uint64_t latency_ns);
	void *ctx;
};

struct sends *sends_create(struct sim *sim, const struct machine_cfg *cfg,
			   const struct sends_ops *ops);
void sends_destroy(struct sends *sends);

uint64_t sends_begin(struct sends *sends, unsigned sender);
void sends_done(struct sends *sends, unsigned sender, uint64_t id, int status, unsigned bytes);
/* The kernel has told the program that it is done with a send's pages. */
void sends_notified(struct sends *sends, unsigned sender, uint64_t id, int status, bool copied);
/* A datagram's last bit leaves now; the sender, or NULL if the id is not known. */
const struct plat_send *sends_on_wire(struct sends *sends, uint64_t id);

#endif
