/* SPDX-License-Identifier: MIT */
/* Where every frame of one interface is, from the wire to its sink, for latency and loss accounting.
 * Frames of one flow (RSS hash) arrive in order and are delivered in order, so a frame that is
 * overtaken by a later one of its flow is lost in the host. A sink that cannot tell the id (real
 * captures) names the flow and how many frames it got.
 *
 * Not modelled: reordering within a flow (it would count as loss and a second delivery is ignored). */
#ifndef DOORBELL_MACHINE_FRAMES_H
#define DOORBELL_MACHINE_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "model/core/time.h"

struct frames;

struct frames_ops {
	/* A frame reached the sink; both instants are of the wire's last bit. */
	void (*delivered)(void *ctx, uint64_t id, struct at arrived);
	void (*lost_in_host)(void *ctx, uint64_t id);
	/* The first interrupt after the frame stood in the ring. */
	void (*signalled)(void *ctx, struct at ring);
	void *ctx;
};

struct frames *frames_create(const struct frames_ops *ops);
void frames_destroy(struct frames *frames);

/* The last bit arrived; returns the frame's id (1, 2, ...). */
uint64_t frames_arrived(struct frames *frames, struct at now);
/* It stands in the ring of `queue`. */
void frames_in_ring(struct frames *frames, uint64_t id, unsigned queue, uint32_t hash,
		    struct at now);
/* The device dropped it. */
void frames_dropped(struct frames *frames, uint64_t id);
/* The device raised the interrupt of `queue`. */
void frames_signalled(struct frames *frames, unsigned queue);
/* The sink has it. id 0: the next `count` of flow `hash`. */
void frames_delivered(struct frames *frames, uint64_t id, uint32_t hash, unsigned count);
/* When its last bit arrived; false if that was long ago. */
bool frames_arrival(const struct frames *frames, uint64_t id, struct at *arrived);
/* In rings or in the host now. */
uint64_t frames_in_flight(const struct frames *frames);

#endif
