/* SPDX-License-Identifier: MIT */
#include "model/machine/peer.h"

#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/machine/peer_tcp.h"

#define IP_SOURCE  26u
#define IP_TARGET  30u
#define UDP_SOURCE 34u

struct answer {
	struct event event;
	struct peer *peer;
	struct answer *next;           /* when not in use */
	uint32_t bytes;
	uint8_t data[FRAME_BYTES_MAX];
};

struct peer {
	struct sim *sim;
	struct peer_cfg cfg;
	struct peer_ops ops;
	struct at wire_free;
	struct answer *idle;
	struct answer **all;
	size_t answers;
	struct peer_tcp *tcp;
};

struct peer *peer_create(struct sim *sim, const struct peer_cfg *cfg, const struct peer_ops *ops)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	if (!peer)
		return NULL;
	peer->sim = sim;
	peer->cfg = *cfg;
	peer->ops = *ops;
	peer->tcp = peer_tcp_create(sim, peer, cfg);
	if (!peer->tcp) {
		peer_destroy(peer);
		return NULL;
	}
	return peer;
}

void peer_destroy(struct peer *peer)
{
	if (!peer)
		return;
	for (size_t i = 0; i < peer->answers; i++) {
		engine_cancel(peer->sim->engine, &peer->all[i]->event);
		free(peer->all[i]);
	}
	peer_tcp_destroy(peer->tcp);
	free(peer->all);
	free(peer);
}

static void arrives(void *ctx)
{
	struct answer *answer = ctx;
	struct peer *peer = answer->peer;
	struct frame frame = { .data = answer->data, .bytes = answer->bytes };

	peer->ops.frame(peer->ops.ctx, &frame);
	answer->next = peer->idle;
	peer->idle = answer;
}

static struct answer *take(struct peer *peer)
{
	struct answer *answer = peer->idle;

	if (answer) {
		peer->idle = answer->next;
		return answer;
	}
	answer = calloc(1, sizeof(*answer));
	peer->all = realloc(peer->all, (peer->answers + 1) * sizeof(struct answer *));
	ASSERT(answer && peer->all);
	peer->all[peer->answers++] = answer;
	answer->peer = peer;
	event_init(&answer->event, "peer", PHASE_WIRE, arrives, answer);
	return answer;
}

uint8_t *peer_frame(struct peer *peer, uint32_t bytes, struct dur delay)
{
	struct answer *answer = take(peer);
	struct at begin = at_max(at_add(sim_now(peer->sim), delay), peer->wire_free);

	answer->bytes = bytes < FRAME_BYTES_MIN ? FRAME_BYTES_MIN : bytes;
	memset(answer->data + bytes, 0, answer->bytes - bytes);
	peer->wire_free = begin;
	if (peer->cfg.link_bps)
		peer->wire_free = at_add(begin, dur_of_bytes(answer->bytes + FRAME_FCS_BYTES +
								     FRAME_OVERHEAD_BYTES,
							     peer->cfg.link_bps));
	engine_schedule(peer->sim->engine, &answer->event, peer->wire_free);
	return answer->data;
}

static void swap(uint8_t *a, uint8_t *b, size_t bytes)
{
	uint8_t kept[6];

	memcpy(kept, a, bytes);
	memcpy(a, b, bytes);
	memcpy(b, kept, bytes);
}

/* Checksums are sums: they do not change when source and target change places. */
void peer_echo(struct peer *peer, const struct frame *frame)
{
	uint8_t *to = peer_frame(peer, frame->bytes, peer->cfg.delay);

	memcpy(to, frame->data, frame->bytes);
	swap(to, to + 6, 6);
	swap(to + IP_SOURCE, to + IP_TARGET, 4);
	swap(to + UDP_SOURCE, to + UDP_SOURCE + 2, 2);
}

/* Eight bytes are one word's, a multiple of its number (the fraction of the golden ratio mixes
 * well). */
static uint8_t pattern_byte(uint64_t offset)
{
	uint64_t word = (offset / 8 + 1) * 0x9e3779b97f4a7c15ULL;

	return (uint8_t)(word >> 8 * (offset % 8));
}

void peer_pattern(uint64_t offset, uint8_t *data, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		data[i] = pattern_byte(offset + i);
}

unsigned peer_stream_wrong(uint64_t offset, const void *data, uint32_t bytes)
{
	const uint8_t *p = data;
	unsigned wrong = 0;

	for (uint32_t i = 0; i < bytes; i++)
		wrong += p[i] != pattern_byte(offset + i);
	return wrong;
}

void peer_took(struct peer *peer, uint64_t offset, const uint8_t *data, uint32_t bytes)
{
	if (peer->cfg.verifies)
		peer->ops.took(peer->ops.ctx, bytes, peer_stream_wrong(offset, data, bytes));
}

void peer_tcp(struct peer *peer, const struct frame *frame)
{
	peer_tcp_segment(peer->tcp, frame);
}
