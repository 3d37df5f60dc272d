/* SPDX-License-Identifier: MIT */
/* Sections are of RFC 9293. A connection is known by the host's port and both addresses. */
#include "model/machine/peer_tcp.h"

#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"

#define ETH         14u
#define IP          20u
#define TCP         20u
#define OPTIONS     8u              /* of SYN: MSS, window scale, padding */
#define MSS         1460u
#define SCALE       7u
#define WINDOW      ((4u << 20) >> SCALE)
#define CONNECTIONS 1024u
/* RFC 9293 3.8.6.3: less than 0.5 s, and every second segment at once. */
#define ACK_DELAY   dur_us(100)
#define FIN 0x01u
#define SYN 0x02u
#define RST 0x04u
#define PSH 0x08u
#define ACK 0x10u

struct connection {
	struct event event;         /* the delayed acknowledgement */
	struct peer_tcp *tcp;
	uint8_t header[ETH + IP + TCP];   /* of what goes to the host, without what varies */
	uint32_t rcv_nxt, snd_nxt;
	uint64_t taken;             /* bytes of the stream */
	uint64_t sent;              /* bytes of answers */
	uint32_t asked;             /* bytes of a request that came so far */
	unsigned unacknowledged;    /* segments */
};

struct peer_tcp {
	struct sim *sim;
	struct peer *peer;
	struct dur delay;
	uint32_t answer;
	struct connection *connection[CONNECTIONS];
	unsigned connections;
};

static uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
	put16(p, value >> 16);
	put16(p + 2, value);
}

static uint32_t sum16(const uint8_t *p, uint32_t bytes, uint32_t sum)
{
	for (; bytes > 1; bytes -= 2, p += 2)
		sum += get16(p);
	return bytes ? sum + ((uint32_t)p[0] << 8) : sum;
}

static uint32_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* Options are zeroes but for what `options` holds. */
static void emit(struct connection *c, uint32_t flags, const uint8_t *options, uint32_t option_bytes,
		 uint32_t bytes, struct dur delay)
{
	uint32_t segment = TCP + option_bytes + bytes;
	uint8_t *frame = peer_frame(c->tcp->peer, ETH + IP + segment, delay);
	uint8_t *ip = frame + ETH, *tcp = ip + IP;

	memset(frame, 0, ETH + IP + segment);
	memcpy(frame, c->header, sizeof(c->header));
	if (option_bytes)
		memcpy(tcp + TCP, options, option_bytes);
	peer_pattern(c->sent, tcp + TCP + option_bytes, bytes);
	c->sent += bytes;
	put16(ip + 2, IP + segment);
	put16(ip + 10, fold(sum16(ip, IP, 0)));
	put32(tcp + 4, c->snd_nxt);
	put32(tcp + 8, c->rcv_nxt);
	tcp[12] = (uint8_t)((TCP + option_bytes) / 4 << 4);
	tcp[13] = (uint8_t)flags;
	put16(tcp + 14, flags & SYN ? 0xffff : WINDOW);
	put16(tcp + 16, fold(sum16(ip + 12, 8, 6 + segment) + sum16(tcp, segment, 0)));
	c->snd_nxt += bytes + (flags & SYN ? 1 : 0);
	c->unacknowledged = 0;
	engine_cancel(c->tcp->sim->engine, &c->event);
}

static void acknowledge(void *ctx)
{
	emit(ctx, ACK, NULL, 0, 0, dur_ps(0));
}

static struct connection *find(struct peer_tcp *tcp, const uint8_t *frame)
{
	const uint8_t *ip = frame + ETH, *port = frame + ETH + IP;

	for (unsigned i = 0; i < tcp->connections; i++) {
		struct connection *c = tcp->connection[i];

		if (!memcmp(c->header + ETH + IP + 2, port, 2) &&
		    !memcmp(c->header + ETH + 12, ip + 16, 4) &&
		    !memcmp(c->header + ETH + 16, ip + 12, 4))
			return c;
	}
	return NULL;
}

/* The headers of what goes back: addresses and ports change places. */
static void make_header(struct connection *c, const uint8_t *frame)
{
	uint8_t *ip = c->header + ETH, *tcp = ip + IP;

	memcpy(c->header, frame + 6, 6);
	memcpy(c->header + 6, frame, 6);
	put16(c->header + 12, 0x0800);
	ip[0] = 0x45;
	ip[6] = 0x40;
	ip[8] = 64;
	ip[9] = 6;
	memcpy(ip + 12, frame + ETH + 16, 4);
	memcpy(ip + 16, frame + ETH + 12, 4);
	memcpy(tcp, frame + ETH + IP + 2, 2);
	memcpy(tcp + 2, frame + ETH + IP, 2);
}

static struct connection *new_connection(struct peer_tcp *tcp, const uint8_t *frame)
{
	struct connection *c;

	if (tcp->connections == CONNECTIONS)
		return NULL;
	c = calloc(1, sizeof(*c));
	ASSERT(c);
	c->tcp = tcp;
	event_init(&c->event, "peer.ack", PHASE_WIRE, acknowledge, c);
	make_header(c, frame);
	tcp->connection[tcp->connections++] = c;
	return c;
}

/* 3.5: passive open; again when the answer was lost. */
static void synchronise(struct peer_tcp *tcp, struct connection *c, const uint8_t *frame)
{
	static const uint8_t options[OPTIONS] = { 2, 4, MSS >> 8, MSS & 0xff, 3, 3, SCALE, 1 };

	if (!c)
		c = new_connection(tcp, frame);
	if (!c)
		return;
	c->rcv_nxt = get32(frame + ETH + IP + 4) + 1;
	c->snd_nxt = 0;
	c->sent = 0;
	c->asked = 0;
	c->taken = 0;
	emit(c, SYN | ACK, options, OPTIONS, 0, dur_ps(0));
}

static void answer(struct connection *c)
{
	uint32_t left = c->tcp->answer;

	while (left) {
		uint32_t bytes = left < MSS ? left : MSS;

		left -= bytes;
		emit(c, left ? ACK : ACK | PSH, NULL, 0, bytes, c->tcp->delay);
	}
}

/* 3.10.7.4: what is in order is taken; everything else is answered with what is expected. */
static void data(struct connection *c, uint32_t sequence, const uint8_t *payload, uint32_t bytes)
{
	if (sequence != c->rcv_nxt) {
		acknowledge(c);
		return;
	}
	peer_took(c->tcp->peer, c->taken, payload, bytes);
	c->taken += bytes;
	c->rcv_nxt += bytes;
	c->asked += bytes;
	if (c->tcp->answer && c->asked >= c->tcp->answer) {
		c->asked -= c->tcp->answer;
		answer(c);
	} else if (++c->unacknowledged == 2) {
		acknowledge(c);
	} else if (!event_pending(&c->event)) {
		engine_schedule_in(c->tcp->sim->engine, &c->event, ACK_DELAY);
	}
}

void peer_tcp_segment(struct peer_tcp *tcp, const struct frame *frame)
{
	const uint8_t *ip = frame->data + ETH, *header = ip + IP;
	uint32_t total = get16(ip + 2), offset = (uint32_t)(header[12] >> 4) * 4;
	uint32_t flags = header[13];
	struct connection *c = find(tcp, frame->data);

	if (flags & SYN) {
		synchronise(tcp, c, frame->data);
		return;
	}
	if (!c || flags & RST || total < IP + offset || ETH + total > frame->bytes)
		return;
	if (flags & FIN) {
		c->rcv_nxt = get32(header + 4) + total - IP - offset + 1;
		acknowledge(c);
	} else if (total > IP + offset) {
		data(c, get32(header + 4), header + offset, total - IP - offset);
	}
}

struct peer_tcp *peer_tcp_create(struct sim *sim, struct peer *peer, const struct peer_cfg *cfg)
{
	struct peer_tcp *tcp = calloc(1, sizeof(*tcp));

	if (!tcp)
		return NULL;
	tcp->sim = sim;
	tcp->peer = peer;
	tcp->delay = cfg->delay;
	tcp->answer = cfg->tcp_answer;
	return tcp;
}

void peer_tcp_destroy(struct peer_tcp *tcp)
{
	if (!tcp)
		return;
	for (unsigned i = 0; i < tcp->connections; i++) {
		engine_cancel(tcp->sim->engine, &tcp->connection[i]->event);
		free(tcp->connection[i]);
	}
	free(tcp);
}
