/* SPDX-License-Identifier: MIT */
/* The hosts at the other end of an interface's wire, as far as senders need them: they take datagrams
 * and, if asked to, send them back after a delay; they accept TCP connections, acknowledge what comes
 * and answer requests of a known length. All share one wire towards the interface, on which answers
 * leave in the order of what they answer.
 *
 * TCP (RFC 9293): MSS 1460, window 4 MiB, no SACK, no time stamps; every second segment is acknowledged
 * at once, others after 100 us; a segment out of order is dropped and acknowledged. Not modelled:
 * retransmission by the peer (a lost answer breaks the connection), closing, congestion control of its
 * few answers, ARP (its hosts are permanent neighbours), sharing the wire with [[traffic]]. */
#ifndef DOORBELL_MACHINE_PEER_H
#define DOORBELL_MACHINE_PEER_H

#include "model/core/sim.h"
#include "model/port/wire.h"

struct peer;

struct peer_cfg {
	const char *name;
	uint64_t link_bps;             /* 0 = ideal wire */
	struct dur delay;              /* last bit of a request -> first bit of its answer */
	uint32_t tcp_answer;           /* bytes of a TCP request and its answer; 0 = none */
	bool verifies;                 /* what comes must be the pattern */
};

struct peer_ops {
	/* The last bit of a frame from a peer arrives at the interface. */
	void (*frame)(void *ctx, const struct frame *frame);
	/* So many bytes came, of which some are not what was sent. */
	void (*took)(void *ctx, uint32_t bytes, uint32_t wrong);
	void *ctx;
};

/* NULL when memory is short. */
struct peer *peer_create(struct sim *sim, const struct peer_cfg *cfg, const struct peer_ops *ops);
void peer_destroy(struct peer *peer);
/* Sends a datagram back to where it came from. */
void peer_echo(struct peer *peer, const struct frame *frame);
/* What host software that is checked sends: `bytes` from `offset` of a stream on. A datagram's
 * offset is its id shifted by PEER_DATAGRAM_SHIFT. */
#define PEER_DATAGRAM_SHIFT 16u
void peer_pattern(uint64_t offset, uint8_t *data, uint32_t bytes);
/* Data came to a peer: all in order, and checked if cfg.verifies. */
void peer_took(struct peer *peer, uint64_t offset, const uint8_t *data, uint32_t bytes);
/* A TCP segment for a peer; its headers are at 14 and 34. */
void peer_tcp(struct peer *peer, const struct frame *frame);

/* How many bytes differ from what every TCP connection carries at `offset` of its answers. */
unsigned peer_stream_wrong(uint64_t offset, const void *data, uint32_t bytes);

/* For peer_tcp.c: a frame of `bytes` to fill, which leaves `delay` from now at the earliest. */
uint8_t *peer_frame(struct peer *peer, uint32_t bytes, struct dur delay);

#endif
