/* SPDX-License-Identifier: MIT */
#include "model/machine/traffic.h"

#include <stdlib.h>
#include <string.h>

#include "drivers/linux/boundary.h"
#include "drivers/linux/boundary_workloads.h"
#include "model/core/random.h"

#define HEADER_BYTES   42u         /* Ethernet 14, IPv4 20, UDP 8 */
#define ID_BYTES       8u
#define UDP_SUM_OFFSET 40u
#define FIRST_HOST     2u          /* source addresses 10.n.0.2 and up */
#define FIRST_PORT     10000u

/* One of the clients of arrival "closed": asks, waits, thinks. */
struct client {
	struct event event;            /* its next request, or the end of its patience */
	struct traffic *traffic;
	uint64_t id;                   /* of the request that waits for its answer; 0 = none */
};

struct traffic {
	struct sim *sim;
	struct traffic_cfg cfg;
	struct traffic_ops ops;
	struct event event;
	struct random random;
	struct at start;
	uint64_t sent;                 /* frames, or index in the capture */
	uint64_t rest;                 /* numerator left over from exact spacing */
	struct at nominal;             /* arrival without the wire's own spacing */
	struct at on_end;              /* arrival "on-off": of the period under way */
	struct at last_bit;
	struct at last_bit_before;     /* of the frame before the one that is planned */
	struct at paused;              /* no frame begins before */
	uint8_t *frame;
	uint32_t bytes;                /* without FCS */
	unsigned flow;
	struct client *client;
	bool stopped;
	uint32_t *asked_by;            /* client by request id, modulo asked_room */
	uint64_t asked_room;
	uint32_t *flow_sum;            /* UDP checksum without the id, per flow */
};

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint32_t sum16(const uint8_t *data, uint32_t bytes)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i + 1 < bytes; i += 2)
		sum += (uint32_t)data[i] << 8 | data[i + 1];
	if (bytes & 1)
		sum += (uint32_t)data[bytes - 1] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void write_flow(struct traffic *t, unsigned flow)
{
	uint8_t *ip = t->frame + 14, *udp = t->frame + 34;

	memcpy(ip + 12, t->cfg.ip, 2);
	put16(ip + 14, FIRST_HOST + flow);
	put16(ip + 10, 0);
	put16(ip + 10, fold(sum16(ip, 20)));
	put16(udp, FIRST_PORT + flow);
}

/* IPv4 and UDP headers (RFC 791, RFC 768); the source address 02:00:00:00:00:01 is the workloads'
 * agreed neighbour. */
static void write_template(struct traffic *t)
{
	static const uint8_t source[6] = { 2, 0, 0, 0, 0, 1 };
	uint8_t *ip = t->frame + 14, *udp = t->frame + 34;

	memcpy(t->frame, t->cfg.mac, 6);
	memcpy(t->frame + 6, source, 6);
	put16(t->frame + 12, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, t->bytes - 14);
	ip[8] = 64;
	ip[9] = 17;
	memcpy(ip + 16, t->cfg.to, 4);
	put16(udp + 2, PLAT_UDP_PORT);
	put16(udp + 4, t->bytes - 34);
	for (uint32_t i = HEADER_BYTES + ID_BYTES; i < t->bytes; i++)
		t->frame[i] = (uint8_t)i;
	for (unsigned flow = 0; flow < t->cfg.traffic->flows; flow++) {
		write_flow(t, flow);
		put16(udp + 6, 0);
		memset(udp + 8, 0, ID_BYTES);
		/* Pseudo header: both addresses, protocol, UDP length. */
		t->flow_sum[flow] = sum16(ip + 12, 8) + 17 + (t->bytes - 34) +
				    sum16(udp, t->bytes - 34);
	}
}

static void write_id(struct traffic *t, uint64_t id)
{
	uint64_t word = PLAT_FRAME_MAGIC ^ id;
	uint16_t sum;

	for (unsigned i = 0; i < ID_BYTES; i++)
		t->frame[HEADER_BYTES + i] = (uint8_t)(word >> (8 * i));
	sum = fold(t->flow_sum[t->flow] + sum16(t->frame + HEADER_BYTES, ID_BYTES));
	put16(t->frame + UDP_SUM_OFFSET, sum ? sum : 0xffff);
}

static uint32_t frame_bytes_next(const struct traffic *t)
{
	if (t->cfg.traffic->arrival == SCN_ARRIVAL_PCAP) {
		uint32_t bytes = t->cfg.traffic->pcap->frame[t->sent].bytes;

		return bytes < FRAME_BYTES_MIN ? FRAME_BYTES_MIN : bytes;
	}
	return t->bytes;
}

static struct dur wire_time(const struct traffic *t, uint32_t bytes)
{
	if (!t->cfg.link_bps)
		return dur_ps(0);
	return dur_of_bytes(bytes + FRAME_FCS_BYTES + FRAME_OVERHEAD_BYTES, t->cfg.link_bps);
}

/* n * gap_num / gap_den without rounding errors that add up. */
static struct dur exact_gap(struct traffic *t, uint64_t frames)
{
	unsigned __int128 num =
		(unsigned __int128)t->cfg.traffic->gap_num * frames + t->rest;

	t->rest = (uint64_t)(num % t->cfg.traffic->gap_den);
	return dur_ps((uint64_t)(num / t->cfg.traffic->gap_den));
}

/* Poisson in periods, nothing between them; as arrivals have no memory, one that would fall behind
 * the end of its period is forgotten. */
static void next_on_off(struct traffic *t)
{
	const struct machine_traffic *cfg = t->cfg.traffic;
	unsigned __int128 spell = (unsigned __int128)cfg->on.ps + cfg->off.ps;
	struct dur gap = dur_ps((uint64_t)(cfg->gap_num * (unsigned __int128)cfg->on.ps / spell /
					   cfg->gap_den));
	struct at next;

	for (;;) {
		next = at_add(t->nominal, dur_ps(random_exponential(&t->random, gap.ps)));
		if (at_before(next, t->on_end))
			break;
		t->nominal = at_add(t->on_end,
				    dur_ps(random_exponential(&t->random, cfg->off.ps)));
		t->on_end = at_add(t->nominal,
				   dur_ps(random_exponential(&t->random, cfg->on.ps)));
	}
	t->nominal = next;
}

static bool next_nominal(struct traffic *t)
{
	const struct machine_traffic *cfg = t->cfg.traffic;

	switch (cfg->arrival) {
	case SCN_ARRIVAL_CONSTANT:
		t->nominal = at_add(t->nominal, exact_gap(t, 1));
		return true;
	case SCN_ARRIVAL_POISSON:
		t->nominal = at_add(t->nominal,
				    dur_ps(random_exponential(&t->random,
							      cfg->gap_num / cfg->gap_den)));
		return true;
	case SCN_ARRIVAL_BURST:
		if (t->sent % cfg->burst == 0)
			t->nominal = at_add(t->nominal, exact_gap(t, cfg->burst));
		return true;
	case SCN_ARRIVAL_ON_OFF:
		next_on_off(t);
		return true;
	case SCN_ARRIVAL_CLOSED:
		return false;
	case SCN_ARRIVAL_PCAP:
		if (t->sent >= cfg->pcap->frames)
			return false;
		t->nominal = at_add(t->start,
				    dur_ps((uint64_t)((unsigned __int128)cfg->pcap->frame[t->sent]
							      .time_ns *
						      PS_PER_NS * 1000000 /
						      (uint64_t)cfg->speed_micro)));
		return true;
	}
	return false;
}

static void plan(struct traffic *t)
{
	struct at begin = at_max(t->last_bit_before, t->paused);

	t->last_bit = at_max(t->nominal, at_add(begin, wire_time(t, frame_bytes_next(t))));
	engine_schedule(t->sim->engine, &t->event, t->last_bit);
}

static void arm(struct traffic *t)
{
	if (!next_nominal(t))
		return;
	t->last_bit_before = t->last_bit;
	plan(t);
}

void traffic_pause(struct traffic *t, struct at until)
{
	struct dur length;

	t->paused = until;
	if (!event_pending(&t->event))
		return;
	length = wire_time(t, frame_bytes_next(t));
	if (!at_before(at_add(sim_now(t->sim), length), t->last_bit))
		return;
	engine_cancel(t->sim->engine, &t->event);
	plan(t);
}

static uint64_t send_flow(struct traffic *t, unsigned flow)
{
	struct frame frame = { .data = t->frame, .bytes = t->bytes };

	t->flow = flow;
	write_flow(t, flow);
	frame.id = t->ops.arrived(t->ops.ctx);
	write_id(t, frame.id);
	t->ops.frame(t->ops.ctx, &frame);
	return frame.id;
}

static void send_generated(struct traffic *t)
{
	unsigned flow = t->flow;

	send_flow(t, flow);
	t->flow = flow + 1 == t->cfg.traffic->flows ? 0 : flow + 1;
}

uint8_t traffic_byte(uint64_t id, uint32_t at)
{
	return (uint8_t)((HEADER_BYTES + at) ^ id * 29 ^ id >> 8);
}

void traffic_send(struct traffic *t, unsigned flow, bool bad_sum)
{
	struct frame frame = { .data = t->frame, .bytes = t->bytes };
	uint8_t *udp = t->frame + 34;
	uint16_t sum;

	t->flow = flow % t->cfg.traffic->flows;
	write_flow(t, t->flow);
	frame.id = t->ops.arrived(t->ops.ctx);
	write_id(t, frame.id);
	for (uint32_t i = HEADER_BYTES + ID_BYTES; i < t->bytes; i++)
		t->frame[i] = traffic_byte(frame.id, i - HEADER_BYTES);
	put16(udp + 6, 0);
	sum = fold(sum16(t->frame + 26, 8) + 17 + (t->bytes - 34) + sum16(udp, t->bytes - 34));
	put16(udp + 6, (sum ? sum : 0xffff) ^ (bad_sum ? 0x1234 : 0));
	t->ops.frame(t->ops.ctx, &frame);
}

/* ---- clients ---- */

/* The last bit of its request arrives after `pause` and the wire's time, when the wire is free. */
static void client_asks(struct client *client, struct dur pause)
{
	struct traffic *t = client->traffic;
	struct at ready = at_add(sim_now(t->sim), pause);

	client->id = 0;
	if (t->stopped)
		return;
	t->last_bit = at_add(at_max(at_max(ready, t->last_bit), t->paused),
			     wire_time(t, t->bytes));
	engine_schedule(t->sim->engine, &client->event, t->last_bit);
}

static void client_due(void *ctx)
{
	struct client *client = ctx;
	struct traffic *t = client->traffic;
	unsigned number = (unsigned)(client - t->client);

	if (client->id) {
		client_asks(client, dur_ps(0));
		return;
	}
	engine_schedule_in(t->sim->engine, &client->event, t->cfg.traffic->timeout);
	client->id = send_flow(t, number % t->cfg.traffic->flows);
	t->asked_by[client->id & (t->asked_room - 1)] = number;
}

void traffic_answered(struct traffic *t, uint64_t id)
{
	struct client *client;

	if (!t->client)
		return;
	client = &t->client[t->asked_by[id & (t->asked_room - 1)]];
	if (client->id != id)
		return;
	engine_cancel(t->sim->engine, &client->event);
	client_asks(client, t->cfg.traffic->think);
}

/* Ids of all traffic of the interface are consecutive: four times the clients leave room for others
 * before an entry is overwritten; who is overwritten waits for its timeout. */
static bool create_clients(struct traffic *t)
{
	unsigned clients = t->cfg.traffic->clients;

	for (t->asked_room = 64; t->asked_room < 4 * (uint64_t)clients;)
		t->asked_room *= 2;
	t->client = calloc(clients, sizeof(*t->client));
	t->asked_by = calloc(t->asked_room, sizeof(*t->asked_by));
	if (!t->client || !t->asked_by)
		return false;
	for (unsigned i = 0; i < clients; i++) {
		t->client[i].traffic = t;
		event_init(&t->client[i].event, "client", PHASE_WIRE, client_due, &t->client[i]);
	}
	return true;
}

/* Captured frames keep their bytes, but for the destination address, which becomes the interface's,
 * and what the capture did not keep, which is zeroes. */
static void send_captured(struct traffic *t)
{
	const struct pcap_frame *captured = &t->cfg.traffic->pcap->frame[t->sent];
	struct frame frame = { .data = t->frame, .bytes = frame_bytes_next(t) };

	memcpy(t->frame, captured->data, captured->captured);
	memset(t->frame + captured->captured, 0, frame.bytes - captured->captured);
	memcpy(t->frame, t->cfg.mac, 6);
	frame.id = t->ops.arrived(t->ops.ctx);
	t->ops.frame(t->ops.ctx, &frame);
}

static void due(void *ctx)
{
	struct traffic *t = ctx;

	if (t->cfg.traffic->arrival == SCN_ARRIVAL_PCAP)
		send_captured(t);
	else
		send_generated(t);
	t->sent++;
	arm(t);
}

struct traffic *traffic_create(struct sim *sim, const struct traffic_cfg *cfg,
			       const struct traffic_ops *ops)
{
	struct traffic *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->sim = sim;
	t->cfg = *cfg;
	t->ops = *ops;
	event_init(&t->event, "traffic", PHASE_WIRE, due, t);
	random_init(&t->random, sim->seed, cfg->stream);
	t->bytes = cfg->traffic->frame_bytes - FRAME_FCS_BYTES;
	t->frame = calloc(1, FRAME_BYTES_MAX + 64);
	t->flow_sum = calloc(cfg->traffic->flows ? cfg->traffic->flows : 1, sizeof(*t->flow_sum));
	if (!t->frame || !t->flow_sum ||
	    (cfg->traffic->arrival == SCN_ARRIVAL_CLOSED && !create_clients(t))) {
		traffic_destroy(t);
		return NULL;
	}
	if (cfg->traffic->arrival != SCN_ARRIVAL_PCAP)
		write_template(t);
	return t;
}

void traffic_destroy(struct traffic *traffic)
{
	if (!traffic)
		return;
	engine_cancel(traffic->sim->engine, &traffic->event);
	for (unsigned i = 0; traffic->client && i < traffic->cfg.traffic->clients; i++)
		engine_cancel(traffic->sim->engine, &traffic->client[i].event);
	free(traffic->client);
	free(traffic->asked_by);
	free(traffic->frame);
	free(traffic->flow_sum);
	free(traffic);
}

void traffic_start(struct traffic *traffic)
{
	traffic->start = traffic->nominal = traffic->last_bit = sim_now(traffic->sim);
	/* A period of no length: a pause comes first. */
	traffic->on_end = traffic->start;
	if (!traffic->client)
		arm(traffic);
	for (unsigned i = 0; traffic->client && i < traffic->cfg.traffic->clients; i++)
		client_asks(&traffic->client[i], dur_ps(0));
}

void traffic_stop(struct traffic *traffic)
{
	engine_cancel(traffic->sim->engine, &traffic->event);
	traffic->stopped = true;
	for (unsigned i = 0; traffic->client && i < traffic->cfg.traffic->clients; i++)
		engine_cancel(traffic->sim->engine, &traffic->client[i].event);
}
