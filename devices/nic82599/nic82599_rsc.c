/* SPDX-License-Identifier: MIT */
/* Receive side coalescing (7.11): segments of one TCP connection that follow each other become one
 * large receive with one header. A context holds what one connection's large receive is up to. Data
 * go to memory as they come; the header is written again, and the last descriptor for the first
 * time, when the large receive is complete.
 *
 * What ends it: a segment that is no candidate (7.11.1) or does not continue it, a full descriptor
 * count (RSCCTL.MAXDESC), 64 KB, 14 segments in one buffer, no descriptors, a low latency
 * interrupt, and the vector's throttle: when its counter gets to 0 all of the vector's are
 * completed, and the message follows GPIE.RSC_DELAY later. While the vector is masked the counter
 * is loaded then, so that polling finds completed ones an interval apart at most.
 *
 * Choices where the text leaves room: a connection that finds no free context is not coalesced; the
 * window and the time stamp are those of the last segment; the TCP checksum stays that of the
 * first, as status says that all were good. RSCDBU's low bits (reserved) do nothing. Needed beside
 * RSCCTL: the device's own throttle, and a vector for the queue (IVAR). */
#include "devices/nic82599/nic82599_priv.h"

#include <string.h>

#define IP_BYTES_MAX      65535u
#define IPV4_LENGTH_AT    2u
#define IPV4_CHECKSUM_AT  10u
#define IPV4_ADDRESSES_AT 12u
#define IPV4_CE           3u
#define TCP_SEQUENCE_AT   4u
#define TCP_ACK_AT        8u
#define TCP_OFFSET_AT     12u
#define TCP_FLAGS_AT      13u
#define TCP_WINDOW_AT     14u
#define TCP_FLAG_ACK      0x10u
#define TCP_OPTIONS_AT    20u
#define TIME_STAMP_BYTES  12u
#define TIME_STAMP_WORD   0x0101080au   /* two no-operations, kind 8, length 10 (RFC 7323 A) */
#define PER_BUFFER_MAX    14u           /* RSCCNT says one more than segments begin there */
#define MINIMUM_UNIT      16u           /* of RDRXCTL.RSCFRSTSIZE */
#define HEADER_UNIT       64u           /* of SRRCTL.BSIZEHEADER */

static uint32_t rscctl(const struct nic82599 *nic, unsigned queue)
{
	return nic_reg(nic, queue >= 64 ? R_RSCCTL_64 : R_RSCCTL, queue);
}

static uint32_t most_descriptors(const struct nic82599 *nic, unsigned queue)
{
	static const uint8_t most[] = { 1, 4, 8, 16 };

	return most[rscctl(nic, queue) >> RSCCTL_MAXDESC_SHIFT & RSCCTL_MAXDESC];
}

/* ---- candidates (7.11.1) ---- */

static bool queue_coalesces(const struct nic82599 *nic, const struct rx_queue *q)
{
	if (!(rscctl(nic, q->number) & RSCCTL_RSCEN) || nic->rfctl & RFCTL_RSC_DIS)
		return false;
	return !q->legacy && nic->crc_strip && nic->rx_vector[q->number] >= 0 &&
	       !nic_has_block(nic) && nic->cfg.moderation.kind <= NIC82599_MODERATION_ITR;
}

static bool options_fit(const uint8_t *tcp, uint32_t header)
{
	if (header == TCP_HEADER)
		return true;
	return header == TCP_HEADER + TIME_STAMP_BYTES &&
	       get_be32(tcp + TCP_OPTIONS_AT) == TIME_STAMP_WORD;
}

static bool is_candidate(const struct nic82599 *nic, const struct rx_packet *packet,
			 const struct rx_frame *frame, uint32_t tcp_header)
{
	const struct rx_queue *q = &nic->rxq[frame->queue];
	const uint8_t *ip = packet->data + packet->l3, *tcp = packet->data + packet->l4;
	uint32_t split = (q->srrctl >> SRRCTL_BSIZEHEADER_SHIFT & SRRCTL_BSIZEHEADER) * HEADER_UNIT;

	if (!queue_coalesces(nic, q) || packet->extended || packet->l3_end != packet->bytes)
		return false;
	if (frame->status & (RXD_ERR_RXE | RXD_ERR_IPE | RXD_ERR_L4E) ||
	    !(frame->status & RXD_STAT_L4CS))
		return false;
	if ((ip[1] & IPV4_CE) == IPV4_CE || tcp[TCP_OFFSET_AT] & 0xf ||
	    tcp[TCP_FLAGS_AT] & ~TCP_FLAG_ACK)
		return false;
	if (!options_fit(tcp, tcp_header) || packet->l4 + tcp_header >= split)
		return false;
	return packet->l4 + tcp_header < packet->bytes ||
	       !(nic_reg(nic, R_RSCDBU, 0) & RSCDBU_RSCACKDIS);
}

void nic_rsc_classify(const struct nic82599 *nic, const struct rx_packet *packet,
		      struct rx_frame *frame)
{
	uint32_t tcp_header, shift = frame->status & RXD_STAT_VP ? ETH_TAG : 0;

	if (packet->ip != 4 || !packet->l4 || packet->protocol != PROTO_TCP ||
	    packet->l4 + TCP_HEADER > packet->l3_end)
		return;
	tcp_header = (uint32_t)(packet->data[packet->l4 + TCP_OFFSET_AT] >> 4) * 4;
	if (tcp_header < TCP_HEADER || packet->l4 + tcp_header > packet->l3_end)
		return;
	frame->l3 = (uint16_t)(packet->l3 - shift);
	frame->l4 = (uint16_t)(packet->l4 - shift);
	frame->payload = (uint16_t)(packet->l4 + tcp_header - shift);
	frame->candidate = is_candidate(nic, packet, frame, tcp_header);
}

/* ---- completion (7.11.5, 7.11.6) ---- */

/* 7.1.6.2, 7.11.5.1: what a descriptor says of its large receive; the last has no next one. */
static void write_descriptor(struct nic82599 *nic, const struct rsc *rsc, uint32_t status)
{
	const struct rx_queue *q = &nic->rxq[rsc->queue];
	uint8_t desc[16];

	put_le32(desc, rsc->info | (rsc->started + 1) << RXD_RSCCNT_SHIFT);
	put_le32(desc + 4, rsc->hash_word);
	put_le32(desc + 8, status | RXD_STAT_DD);
	put_le32(desc + 12, rsc->fill | (uint32_t)rsc->vlan << 16);
	nic_dma_write(nic, q->base + (uint64_t)rsc->desc * 16, desc, sizeof(desc));
}

/* 7.11.5.3: the header of the first segment with the length of all and the acknowledgement of the
 * last. */
static void write_header(struct nic82599 *nic, struct rsc *rsc)
{
	uint8_t *ip = rsc->header + rsc->l3;

	put_be16(ip + IPV4_LENGTH_AT, rsc->bytes - rsc->l3);
	put_be16(ip + IPV4_CHECKSUM_AT, 0);
	put_be16(ip + IPV4_CHECKSUM_AT, (uint16_t)~nic_sum_fold(nic_sum(ip, IPV4_HEADER, 0)));
	nic_dma_write(nic, rsc->first_addr + rsc->l3, ip, rsc->payload - rsc->l3);
}

static void tell_frames(struct nic82599 *nic, const struct rsc *rsc)
{
	uint32_t i;

	for (i = 0; i < rsc->frames; i++) {
		trace_emit(&nic->trace, TP_RX_RING, rsc->frame[i], rsc->queue, rsc->desc);
		if (nic->ops->rx_ring)
			nic->ops->rx_ring(nic->ctx, rsc->frame[i], rsc->queue, rsc->hash);
	}
}

static void complete(struct nic82599 *nic, struct rsc *rsc, enum nic_rsc_end why)
{
	/* A segment that waits for its next descriptor belongs to it first. */
	if (rsc->filling) {
		rsc->ended = why;
		return;
	}
	rsc->open = false;
	nic->rsc_open--;
	nic_coalescing_ended(nic, rsc->vector);
	nic_rx_flush(nic);
	if (rsc->frames > 1)
		write_header(nic, rsc);
	write_descriptor(nic, rsc, rsc->status | RXD_STAT_EOP);
	nic->stat.rsc_packets->value += rsc->frames;
	nic->stat.rsc_receives->value++;
	trace_emit(&nic->trace, TP_RSC_END, (uint64_t)(rsc - nic->rsc), why, rsc->frames);
	tell_frames(nic, rsc);
	nic_cause_received(nic, nic->rx_vector[rsc->queue], rsc->frames);
	if (why == RSC_END_LOW_LATENCY)
		nic_cause_at_once(nic, nic->rx_vector[rsc->queue]);
}

void nic_rsc_age(struct nic82599 *nic, int vector)
{
	unsigned i;

	for (i = 0; i < RSC_CONTEXTS; i++)
		if (nic->rsc[i].open && nic->rsc[i].vector == vector)
			complete(nic, &nic->rsc[i], RSC_END_TIMER);
}

void nic_rsc_starved(struct nic82599 *nic, unsigned queue)
{
	unsigned i;

	for (i = 0; nic->rsc_open && i < RSC_CONTEXTS; i++)
		if (nic->rsc[i].open && nic->rsc[i].queue == queue)
			complete(nic, &nic->rsc[i], RSC_END_STARVED);
}

/* 7.11: a queue that is disabled takes its large receives with it; a segment that waits for its
 * next descriptor begins anew. */
void nic_rsc_abort(struct nic82599 *nic, unsigned queue)
{
	struct rx_frame *f = &nic->rx_frames[nic->rx_frame_first];
	unsigned i;

	if (nic->rx_frame_count && f->rsc && f->queue == queue)
		f->rsc = f->done = 0;
	for (i = 0; nic->rsc_open && i < RSC_CONTEXTS; i++) {
		struct rsc *rsc = &nic->rsc[i];

		if (!rsc->open || rsc->queue != queue)
			continue;
		rsc->open = rsc->filling = false;
		nic->rsc_open--;
		nic_coalescing_ended(nic, rsc->vector);
	}
}

void nic_rsc_reset(struct nic82599 *nic)
{
	memset(nic->rsc, 0, sizeof(nic->rsc));
	nic->rsc_open = 0;
}

/* ---- matching (7.11.2, 7.11.4) ---- */

static struct rsc *find(struct nic82599 *nic, const struct rx_frame *f, const uint8_t *data)
{
	const uint8_t *ip = data + f->l3, *tcp = data + f->l4;
	unsigned i;

	for (i = 0; i < RSC_CONTEXTS; i++) {
		struct rsc *rsc = &nic->rsc[i];

		if (rsc->open && !memcmp(rsc->header + rsc->l4, tcp, 4) &&
		    !memcmp(rsc->header + rsc->l3 + IPV4_ADDRESSES_AT, ip + IPV4_ADDRESSES_AT, 8))
			return rsc;
	}
	return NULL;
}

static bool same_header(const struct rsc *rsc, const struct rx_frame *f)
{
	return rsc->queue == f->queue && rsc->payload == f->payload && rsc->vlan == f->vlan &&
	       !((rsc->status ^ f->status) & RXD_STAT_VP);
}

/* Descriptors that the segment needs beside the one that is open. */
static uint32_t more_descriptors(const struct rx_queue *q, const struct rsc *rsc,
				 const struct rx_frame *f)
{
	uint32_t bytes = f->bytes - f->payload, room = q->bsize - rsc->fill;

	return bytes <= room ? 0 : (bytes - room + q->bsize - 1) / q->bsize;
}

static enum nic_rsc_end why_not(const struct nic82599 *nic, const struct rsc *rsc,
				const struct rx_frame *f, const uint8_t *data)
{
	const struct rx_queue *q = &nic->rxq[f->queue];
	const uint8_t *tcp = data + f->l4;
	bool ack = tcp[TCP_FLAGS_AT] & TCP_FLAG_ACK;

	if (!f->candidate)
		return RSC_END_NO_CANDIDATE;
	if (!same_header(rsc, f))
		return RSC_END_HEADER;
	if (get_be32(tcp + TCP_SEQUENCE_AT) != rsc->next_sequence)
		return RSC_END_SEQUENCE;
	if (nic_reg(nic, R_RDRXCTL, 0) & RDRXCTL_RSCACKC && ack != rsc->ack)
		return RSC_END_ACK;
	if (rsc->bytes - rsc->l3 + f->bytes - f->payload > IP_BYTES_MAX)
		return RSC_END_SIZE;
	if (rsc->descs + more_descriptors(q, rsc, f) > most_descriptors(nic, q->number))
		return RSC_END_DESCRIPTORS;
	return RSC_END_NOT;
}

struct rsc *nic_rsc_match(struct nic82599 *nic, const struct rx_frame *f)
{
	const uint8_t *data = nic->rx_memory + f->offset;
	struct rsc *rsc = nic->rsc_open && f->l4 ? find(nic, f, data) : NULL;
	enum nic_rsc_end why;

	if (!rsc)
		return NULL;
	why = why_not(nic, rsc, f, data);
	if (why == RSC_END_NOT)
		return rsc;
	complete(nic, rsc, why);
	return NULL;
}

uint32_t nic_rsc_wanted(const struct nic82599 *nic, const struct rsc *rsc, const struct rx_frame *f)
{
	return more_descriptors(&nic->rxq[f->queue], rsc, f);
}

/* ---- data ---- */

/* 7.11.3: a new context, if the segment may open one (RDRXCTL.RSCFRSTSIZE) and one is free. */
static struct rsc *open_context(struct nic82599 *nic, const struct rx_frame *f)
{
	uint32_t least = nic_reg(nic, R_RDRXCTL, 0) >> RDRXCTL_FRSTSIZE_SHIFT & RDRXCTL_FRSTSIZE;
	const struct rx_queue *q = &nic->rxq[f->queue];
	const uint8_t *data = nic->rx_memory + f->offset;
	unsigned i;

	if (f->bytes < least * MINIMUM_UNIT ||
	    (f->bytes + q->bsize - 1) / q->bsize > most_descriptors(nic, q->number))
		return NULL;
	for (i = 0; i < RSC_CONTEXTS && nic->rsc[i].open; i++)
		;
	if (i == RSC_CONTEXTS)
		return NULL;
	nic->rsc[i] = (struct rsc){ .open = true, .queue = f->queue,
				    .vector = nic->rx_vector[f->queue], .l3 = f->l3, .l4 = f->l4,
				    .payload = f->payload, .info = f->info, .hash = f->hash,
				    .hash_word = f->hash_word, .vlan = f->vlan,
				    .status = f->status };
	memcpy(nic->rsc[i].header, data, f->payload);
	nic->rsc[i].ack = data[f->l4 + TCP_FLAGS_AT] & TCP_FLAG_ACK;
	nic->rsc_open++;
	trace_emit(&nic->trace, TP_RSC_OPEN, i, f->queue, f->id);
	return &nic->rsc[i];
}

bool nic_rsc_begin(struct nic82599 *nic, struct rsc *rsc, struct rx_frame *f)
{
	bool first = !rsc;

	if (!rsc && f->candidate)
		rsc = open_context(nic, f);
	if (!rsc)
		return false;
	rsc->filling = true;
	f->rsc = (uint8_t)(rsc - nic->rsc + 1);
	f->done = first ? 0 : f->payload;
	if (!first)
		rsc->started++;
	return true;
}

/* The next descriptor; the one before is full, and knows now where the large receive goes on. */
static void next_descriptor(struct nic82599 *nic, struct rx_queue *q, struct rsc *rsc, bool first)
{
	nic_rx_flush(nic);
	if (rsc->descs)
		write_descriptor(nic, rsc, q->use << RXD_NEXTP_SHIFT);
	rsc->started = rsc->descs ? 0 : 1;
	rsc->desc = q->use;
	rsc->addr = nic_rx_take(q);
	q->unreturned++;
	rsc->fill = 0;
	if (first)
		rsc->first_addr = rsc->addr;
	rsc->descs++;
}

/* The segment is in memory. */
static void taken(struct nic82599 *nic, struct rsc *rsc, struct rx_frame *f)
{
	const uint8_t *tcp = nic->rx_memory + f->offset + f->l4;
	uint8_t *own = rsc->header + rsc->l4;

	rsc->filling = false;
	rsc->frame[rsc->frames++] = f->id;
	rsc->next_sequence = get_be32(tcp + TCP_SEQUENCE_AT) + f->bytes - f->payload;
	memcpy(own + TCP_ACK_AT, tcp + TCP_ACK_AT, 4);
	memcpy(own + TCP_WINDOW_AT, tcp + TCP_WINDOW_AT, 2);
	if (f->payload > f->l4 + TCP_HEADER)
		memcpy(own + TCP_OPTIONS_AT, tcp + TCP_OPTIONS_AT, TIME_STAMP_BYTES);
	if (rsc->frames == 1)
		nic_coalescing_began(nic, rsc->vector);
	if (rsc->ended)
		complete(nic, rsc, rsc->ended);
	else if (rsc->started == PER_BUFFER_MAX)
		complete(nic, rsc, RSC_END_COUNT);
	else if (f->low_latency && !(nic_reg(nic, R_RDRXCTL, 0) & RDRXCTL_RSCLLIDIS))
		complete(nic, rsc, RSC_END_LOW_LATENCY);
}

bool nic_rsc_fill(struct nic82599 *nic, struct rx_queue *q, struct rx_frame *f)
{
	struct rsc *rsc = &nic->rsc[f->rsc - 1];

	while (f->done < f->bytes) {
		uint32_t bytes = f->bytes - f->done;

		if (!rsc->descs || rsc->fill == q->bsize) {
			if (!q->cached)
				return false;
			next_descriptor(nic, q, rsc, !rsc->descs);
		}
		if (bytes > q->bsize - rsc->fill)
			bytes = q->bsize - rsc->fill;
		nic_dma_write_data(nic, q->number, rsc->addr + rsc->fill,
				   nic->rx_memory + f->offset + f->done, bytes);
		f->done += bytes;
		rsc->fill += bytes;
		rsc->bytes += bytes;
	}
	taken(nic, rsc, f);
	return true;
}
