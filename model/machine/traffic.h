/* SPDX-License-Identifier: MIT */
/* A source of frames on the wire of one interface: constant, Poisson, burst, on-off or captured arrivals;
 * or clients that send a request, wait for its answer, think, and send the next.
 * Generated frames are IPv4/UDP to the interface's address, with a frame id in the payload. On a wire
 * with a bit rate a frame's last bit comes at least its own wire time after the former frame's; an
 * ideal wire takes no time. Not modelled: several sources merging on one wire keep their own spacing. */
#ifndef DOORBELL_MACHINE_TRAFFIC_H
#define DOORBELL_MACHINE_TRAFFIC_H

#include "model/core/sim.h"
#include "model/machine/config.h"

struct traffic;

struct traffic_ops {
	/* The last bit of a frame arrives now: returns its id, which goes into the payload ... */
	uint64_t (*arrived)(void *ctx);
	/* ... and here is the frame, valid for the call. */
	void (*frame)(void *ctx, const struct frame *frame);
	void *ctx;
};

struct traffic_cfg {
	const struct machine_traffic *traffic;
	const char *stream;            /* name of the random stream */
	uint64_t link_bps;             /* 0 = ideal wire */
	uint8_t mac[6];
	uint8_t ip[4];                 /* the interface's; sources are in its network */
	uint8_t to[4];                 /* where frames go: the same, or a host to forward to */
};

/* NULL when memory is short. */
struct traffic *traffic_create(struct sim *sim, const struct traffic_cfg *cfg,
			       const struct traffic_ops *ops);
void traffic_destroy(struct traffic *traffic);
void traffic_start(struct traffic *traffic);
void traffic_stop(struct traffic *traffic);
/* One frame now, of a source that was not started: for driver tests. Its payload behind the id
 * is traffic_byte of the id; its UDP checksum is wrong if that is asked for. */
void traffic_send(struct traffic *traffic, unsigned flow, bool bad_sum);
/* Byte `at` of the payload: another one in each frame, so that none can stand for another. */
uint8_t traffic_byte(uint64_t id, uint32_t at);
/* No frame begins before `until`; one whose first bit is on the wire is finished. */
void traffic_pause(struct traffic *traffic, struct at until);
/* The last bit of the answer to frame `id` is back: its client goes on. Nothing happens if the frame
 * is not this source's, or its client has given up. */
void traffic_answered(struct traffic *traffic, uint64_t id);

#endif
