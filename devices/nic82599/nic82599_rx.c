/* SPDX-License-Identifier: MIT */
/* Receive path: wire to packet buffer, packet buffer to memory (7.1). Frames leave the packet
 * buffer in order: one that waits for descriptors holds back those behind it, of other queues as
 * well (7.1.2). */
#include "devices/nic82599/nic82599_priv.h"

#include <string.h>

static void rx_lost(struct nic82599 *nic, uint64_t id, enum nic82599_drop why, unsigned queue)
{
	nic->stat.drop[why]->value++;
	trace_emit(&nic->trace, TP_RX_DROP, id, why, queue);
	if (nic->ops->rx_drop)
		nic->ops->rx_drop(nic->ctx, id, why);
}

/* ---- wire to packet buffer ---- */

/* Counts a frame whose length or check sequence is wrong; false if it is lost (FCTRL.SBP). */
static bool length_and_fcs(struct nic82599 *nic, const struct frame *in, uint32_t *status)
{
	uint32_t wire = frame_wire_bytes(in);
	uint32_t longest = nic->frame_max;
	bool bad = in->flags & FRAME_BAD_FCS;

	if (get_be16(in->data + ETH_HEADER - 2) == nic->vlan_type)
		longest += ETH_TAG;
	if (wire < FRAME_BYTES_MIN + FRAME_FCS_BYTES)
		nic->count[bad ? S_RFC : S_RUC]++;
	else if (wire > longest)
		nic->count[bad ? S_RJC : S_ROC]++;
	else if (bad)
		nic->count[S_CRCERRS]++;
	else
		return true;
	if (!nic->store_bad || in->bytes > FRAME_BYTES_MAX)
		return false;
	*status |= RXD_ERR_RXE;
	return true;
}

/* Copies the frame as it will lie in memory: without its tag if the queue strips it, with its check
 * sequence if the MAC leaves it on. */
static void store(struct nic82599 *nic, const struct frame *in, const struct rx_packet *packet,
		  struct rx_frame *frame)
{
	const uint32_t before_tag = ETH_HEADER - 2;
	uint8_t *to;

	if (nic->rx_memory_tail + in->bytes + FRAME_FCS_BYTES > nic->rx_memory_bytes)
		nic->rx_memory_tail = 0;
	frame->offset = nic->rx_memory_tail;
	to = nic->rx_memory + frame->offset;
	if (packet->tagged && nic->rxq[frame->queue].strip) {
		frame->vlan = packet->tag;
		frame->status |= RXD_STAT_VP;
		memcpy(to, in->data, before_tag);
		memcpy(to + before_tag, in->data + before_tag + ETH_TAG,
		       in->bytes - before_tag - ETH_TAG);
		frame->bytes = in->bytes - ETH_TAG;
	} else {
		memcpy(to, in->data, in->bytes);
		frame->bytes = in->bytes;
	}
	if (!nic->crc_strip) {
		uint32_t fcs = nic_crc32(in->data, in->bytes);

		put_le32(to + frame->bytes, in->flags & FRAME_BAD_FCS ? ~fcs : fcs);
		frame->bytes += FRAME_FCS_BYTES;
	}
	nic->rx_memory_tail += frame->bytes;
}

/* Fills a record at the queue's end and gives the frame its place, or loses it. */
static void accept(struct nic82599 *nic, const struct frame *in, const struct rx_packet *packet,
		   uint32_t status)
{
	uint32_t held = frame_wire_bytes(in);
	uint32_t slot = nic->rx_frame_first + nic->rx_frame_count;
	struct rx_frame *frame = &nic->rx_frames[slot >= nic->rx_frame_slots ?
						 slot - nic->rx_frame_slots : slot];
	unsigned type;
	int wanted;

	if (held < FRAME_BYTES_MIN + FRAME_FCS_BYTES)
		held = FRAME_BYTES_MIN + FRAME_FCS_BYTES;
	if (nic->rx_held + held > nic->rx_limit) {
		nic->count[S_RXMPC]++;
		nic_cause_other(nic, EICR_RX_MISS);
		rx_lost(nic, in->id, NIC82599_DROP_BUFFER, 0);
		return;
	}
	*frame = (struct rx_frame){ .id = in->id, .held = held, .status = status };
	frame->ready = at_add(sim_now(nic->sim), nic->cfg.rx_pipeline);
	frame->queue = (uint8_t)nic_rss(nic, packet, &frame->hash, &type);
	wanted = nic->queue_filters ? nic_tuple(nic, packet, &frame->low_latency) : -1;
	if (wanted < 0)
		wanted = nic_fdir(nic, packet, &frame->low_latency);
	if (wanted == FDIR_DROPPED) {
		rx_lost(nic, in->id, NIC82599_DROP_FILTER, 0);
		return;
	}
	if (wanted >= 0)
		frame->queue = (uint8_t)wanted;
	if (nic->report_hash) {
		frame->hash_word = frame->hash;
		frame->info = type;
	}
	nic_rx_offload(nic, packet, frame);
	store(nic, in, packet, frame);
	nic_rsc_classify(nic, packet, frame);
	nic->rx_held += held;
	nic_pause_level(nic);
	nic->rx_frame_count++;
	trace_emit(&nic->trace, TP_RX_ACCEPT, in->id, frame->queue, in->bytes);
	nic_rx_run(nic);
}

void nic_rx_frame(struct nic82599 *nic, const struct frame *frame)
{
	struct rx_packet packet = { .data = frame->data, .bytes = frame->bytes };
	uint32_t status = 0;
	enum nic_match match;

	if (!nic->rx_on || frame->bytes < ETH_HEADER + ETH_TAG) {
		rx_lost(nic, frame->id, NIC82599_DROP_FILTER, 0);
		return;
	}
	nic->count[S_TPR]++;
	nic->count[S_TOR] += frame_wire_bytes(frame);
	if (!length_and_fcs(nic, frame, &status)) {
		rx_lost(nic, frame->id, NIC82599_DROP_FILTER, 0);
		return;
	}
	if (nic_pause_received(nic, frame))
		return;
	nic_parse(nic, &packet);
	match = nic_filter(nic, &packet);
	if (match == MATCH_NONE) {
		rx_lost(nic, frame->id, NIC82599_DROP_FILTER, 0);
		return;
	}
	if (match == MATCH_INEXACT)
		status |= RXD_STAT_PIF;
	/* Frames that the packet buffer then misses are in GPRC too: software subtracts RXMPC. */
	if (!(status & RXD_ERR_RXE))
		nic_stats_rx(nic, frame->data, frame_wire_bytes(frame));
	accept(nic, frame, &packet, status);
}

void nic82599_wire_rx(struct nic82599 *nic, const struct frame *frame)
{
	if (nic->link == LINK_UP && !nic->loopback)
		nic_rx_frame(nic, frame);
	else
		rx_lost(nic, frame->id, NIC82599_DROP_FILTER, 0);
}

/* ---- descriptors ---- */

/* 7.1.9: one read at a time. */
static void rx_fetch(struct nic82599 *nic, struct rx_queue *q)
{
	uint32_t n;

	if (!q->enabled || q->fetching || q->broken || nic->master_off)
		return;
	n = ring_fetch(q->fetch, q->tail, q->count, q->cached, nic->cfg.rx_prefetch);
	if (n == 0)
		return;
	q->fetching = (uint16_t)n;
	trace_emit(&nic->trace, TP_RX_FETCH, q->number, q->fetch, n);
	nic_dma_read(nic, q->base + (uint64_t)q->fetch * 16, n * 16,
		     nic_tag(nic, TAG_RX_FETCH, q->number, (uint32_t)q->generation << 16 | n));
}

void nic_rx_fetched(struct nic82599 *nic, unsigned queue, uint32_t detail,
		    const struct dma_done *done)
{
	struct rx_queue *q = &nic->rxq[queue];
	const uint8_t *desc = done->data;
	uint32_t n = detail & 0xffff, i;

	if (detail >> 16 != q->generation) {
		q->stale_reads--;
		return;
	}
	q->fetching = 0;
	if (done->status != DMA_OK) {
		q->broken = true;
	} else {
		for (i = 0; i < n; i++, desc += 16)
			q->cache[(q->cache_first + q->cached + i) % RX_CACHE] = get_le64(desc);
		q->cached = (uint16_t)(q->cached + n);
		q->fetch = ring_next(q->fetch, n, q->count);
		rx_fetch(nic, q);
	}
	nic_rx_run(nic);
}

/* 7.1.6: the buffer address of a legacy descriptor stays; advanced ones are written over. */
static void fill_writeback(const struct rx_queue *q, const struct rx_frame *f, uint64_t addr,
			   uint32_t bytes, bool last, uint8_t desc[16])
{
	uint32_t status = RXD_STAT_DD | (last ? RXD_STAT_EOP | f->status : 0);

	if (q->legacy) {
		uint32_t errors = 0;

		errors |= status & RXD_ERR_RXE ? RXD_LEGACY_ERR_RXE : 0;
		errors |= status & RXD_ERR_L4E ? RXD_LEGACY_ERR_L4E : 0;
		errors |= status & RXD_ERR_IPE ? RXD_LEGACY_ERR_IPE : 0;
		put_le32(desc, (uint32_t)addr);
		put_le32(desc + 4, (uint32_t)(addr >> 32));
		put_le32(desc + 8, bytes);
		put_le32(desc + 12, (status & 0xff) | errors << 8 | (uint32_t)f->vlan << 16);
		return;
	}
	put_le32(desc, f->info);
	put_le32(desc + 4, f->hash_word);
	put_le32(desc + 8, status);
	put_le32(desc + 12, bytes | (uint32_t)f->vlan << 16);
}

/* Writes the collected descriptors back; only then is the cause set (7.3.1.1). */
void nic_rx_flush(struct nic82599 *nic)
{
	struct rx_queue *q = &nic->rxq[nic->wb.queue];
	uint32_t i;

	if (!nic->wb.count)
		return;
	nic_dma_write_back(nic, q->base + (uint64_t)nic->wb.first * 16, nic->wb.desc,
			   nic->wb.count * 16);
	nic->wb.count = 0;
	for (i = 0; i < nic->wb.frames; i++) {
		trace_emit(&nic->trace, TP_RX_RING, nic->wb.frame[i].id, q->number,
			   nic->wb.frame[i].desc);
		if (nic->ops->rx_ring)
			nic->ops->rx_ring(nic->ctx, nic->wb.frame[i].id, q->number,
					  nic->wb.frame[i].hash);
	}
	if (nic->wb.frames)
		nic_cause_received(nic, nic->rx_vector[q->number], nic->wb.frames);
	if (nic->wb.at_once)
		nic_cause_at_once(nic, nic->rx_vector[q->number]);
	nic->wb.at_once = false;
}

static void wb_add(struct nic82599 *nic, struct rx_queue *q, const struct rx_frame *f,
		   uint64_t addr, uint32_t bytes, bool last)
{
	if (nic->wb.count &&
	    (nic->wb.queue != q->number || nic->wb.first + nic->wb.count != q->use))
		nic_rx_flush(nic);
	if (!nic->wb.count) {
		nic->wb.queue = q->number;
		nic->wb.first = q->use;
		nic->wb.frames = 0;
	}
	fill_writeback(q, f, addr, bytes, last, nic->wb.desc[nic->wb.count++]);
	if (last) {
		nic->wb.frame[nic->wb.frames].id = f->id;
		nic->wb.frame[nic->wb.frames].hash = f->hash;
		nic->wb.frame[nic->wb.frames++].desc = q->use;
		nic->wb.at_once |= f->low_latency;
	}
	if (nic->wb.count >= nic->cfg.rx_writeback_batch)
		nic_rx_flush(nic);
}

/* ---- packet buffer to memory ---- */

/* 7.1.2.7.2: whether the frame is to be dropped or waits for descriptors; 0 = neither. */
static int want_descriptors(struct nic82599 *nic, struct rx_queue *q, struct rx_frame *f,
			    const struct rsc *rsc)
{
	uint32_t need = rsc ? nic_rsc_wanted(nic, rsc, f) : (f->bytes + q->bsize - 1) / q->bsize;

	if (!q->broken && (q->cached >= need || ring_gap(q->use, q->tail, q->count) >= need))
		return 0;
	nic_rsc_starved(nic, q->number);
	if (q->drop)
		return 1;
	if (!f->stalled)
		trace_emit(&nic->trace, TP_RX_STALL, f->id, q->number, need);
	f->stalled = true;
	return -1;
}

/* A queue that is off takes nothing, and nothing is counted for it but the loss. */
static void drop_frame(struct nic82599 *nic, struct rx_queue *q, struct rx_frame *f)
{
	nic->count[S_QPRDC + nic->rx_stat[q->number]]++;
	rx_lost(nic, f->id, NIC82599_DROP_RING, q->number);
}

uint64_t nic_rx_take(struct rx_queue *q)
{
	uint64_t addr = q->cache[q->cache_first];

	q->cache_first = (q->cache_first + 1) % RX_CACHE;
	q->cached--;
	q->use = ring_next(q->use, 1, q->count);
	return addr;
}

/* A frame by itself; false: it waits for descriptors on the chip. */
static bool fill(struct nic82599 *nic, struct rx_queue *q, struct rx_frame *f)
{
	while (f->done < f->bytes) {
		uint32_t bytes = f->bytes - f->done < q->bsize ? f->bytes - f->done : q->bsize;
		uint64_t addr;

		if (!q->cached)
			return false;
		addr = q->cache[q->cache_first];
		nic_dma_write_data(nic, q->number, addr,
				   nic->rx_memory + f->offset + f->done, bytes);
		f->done += bytes;
		q->unreturned++;
		wb_add(nic, q, f, addr, bytes, f->done == f->bytes);
		nic_rx_take(q);
	}
	return true;
}

/* True when the frame has left the packet buffer. */
static bool deliver(struct nic82599 *nic, struct rx_frame *f)
{
	struct rx_queue *q = &nic->rxq[f->queue];

	if (!q->enabled || q->bsize == 0) {
		drop_frame(nic, q, f);
		return true;
	}
	if (f->done == 0 && !f->rsc) {
		struct rsc *rsc = nic_rsc_match(nic, f);
		int wait = want_descriptors(nic, q, f, rsc);

		if (wait > 0)
			drop_frame(nic, q, f);
		if (wait)
			return wait > 0;
		nic_rsc_begin(nic, rsc, f);
	}
	if (!(f->rsc ? nic_rsc_fill(nic, q, f) : fill(nic, q, f))) {
		rx_fetch(nic, q);
		return false;
	}
	nic->stat.frames->value++;
	nic->stat.bytes->value += f->held;
	nic->count[S_RXDGPC]++;
	nic->count[S_QPRC + nic->rx_stat[q->number]]++;
	nic->count[S_QBRC + nic->rx_stat[q->number]] += f->held;
	rx_fetch(nic, q);
	return true;
}

void nic_rx_run(struct nic82599 *nic)
{
	struct at now = sim_now(nic->sim);

	while (nic->rx_frame_count && !nic->master_off) {
		struct rx_frame *f = &nic->rx_frames[nic->rx_frame_first];

		if (at_before(now, f->ready)) {
			if (!event_pending(&nic->rx_event))
				engine_schedule(nic->sim->engine, &nic->rx_event, f->ready);
			break;
		}
		if (!deliver(nic, f))
			break;
		nic->rx_held -= f->held;
		nic->rx_frame_first = ring_next(nic->rx_frame_first, 1, nic->rx_frame_slots);
		nic->rx_frame_count--;
	}
	nic_rx_flush(nic);
	nic_pause_level(nic);
}

static void rx_ready(void *ctx)
{
	nic_rx_run(ctx);
}

void nic_rx_init(struct nic82599 *nic)
{
	event_init(&nic->rx_event, "nic82599.rx", PHASE_DEVICE, rx_ready, nic);
}

/* Frames that a reset finds in the packet buffer are gone. */
void nic_rx_lose_all(struct nic82599 *nic)
{
	while (nic->rx_frame_count) {
		const struct rx_frame *f = &nic->rx_frames[nic->rx_frame_first];

		rx_lost(nic, f->id, NIC82599_DROP_BUFFER, f->queue);
		nic->rx_frame_first = ring_next(nic->rx_frame_first, 1, nic->rx_frame_slots);
		nic->rx_frame_count--;
	}
}

void nic_rx_reset(struct nic82599 *nic)
{
	unsigned i;

	engine_cancel(nic->sim->engine, &nic->rx_event);
	nic->rx_frame_first = nic->rx_frame_count = nic->rx_held = nic->rx_memory_tail = 0;
	nic->wb.count = 0;
	nic->wb.at_once = nic->queue_filters = false;
	nic->tuples = 0;
	nic_rsc_reset(nic);
	memset(nic->rxq, 0, sizeof(nic->rxq));
	for (i = 0; i < NIC82599_QUEUES; i++) {
		nic->rxq[i].number = (uint8_t)i;
		nic_srrctl_write(nic, i, 0, SRRCTL_RESET);
	}
	nic_rxpb_write(nic, 0, 0, 0);
}

/* ---- registers ---- */

void nic_rdba_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	bool high = index >= 64;
	uint64_t base = nic_reg(nic, high ? R_RDBAL_64 : R_RDBAL, index);

	base |= (uint64_t)nic_reg(nic, high ? R_RDBAH_64 : R_RDBAH, index) << 32;
	nic->rxq[index].base = base;
}

void nic_rdlen_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	struct rx_queue *q = &nic->rxq[index];
	uint32_t count = nic_reg(nic, index >= 64 ? R_RDLEN_64 : R_RDLEN, index) / 16;

	if (q->enabled) {
		nic_guest_error(nic, GUEST_RING_SIZE, index, value);
		return;
	}
	q->count = count;
	q->use = q->fetch = q->tail = 0;
}

void nic_rdh_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	struct rx_queue *q = &nic->rxq[index];

	if (q->enabled || (value && value >= q->count)) {
		nic_guest_error(nic, GUEST_TAIL, index, value);
		return;
	}
	q->use = q->fetch = (uint32_t)value;
}

uint64_t nic_rdh_read(void *ctx, unsigned index)
{
	return ((struct nic82599 *)ctx)->rxq[index].use;
}

/* A tail beyond the ring is not taken: the queue gets nothing more until a good one comes. */
void nic_rdt_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	struct rx_queue *q = &nic->rxq[index];

	if (value && value >= q->count) {
		nic_guest_error(nic, GUEST_TAIL, index, value);
		return;
	}
	nic_moderation_returned(nic, q, ring_gap(q->tail, (uint32_t)value, q->count));
	q->tail = (uint32_t)value;
	if (!q->enabled)
		return;
	rx_fetch(nic, q);
	if (nic->rx_frame_count)
		nic_rx_run(nic);
}

/* 8.2.3.8.7: header split types are not modelled and act as one buffer. */
void nic_srrctl_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	struct rx_queue *q = &nic->rxq[index];
	uint32_t type = (uint32_t)value & SRRCTL_DESCTYPE;

	q->srrctl = (uint32_t)value & SRRCTL_STORED;
	q->bsize = (q->srrctl & SRRCTL_BSIZE) << SRRCTL_BSIZE_SHIFT;
	q->legacy = type == SRRCTL_LEGACY;
	q->drop = q->srrctl & SRRCTL_DROP_EN || q->drop_by_qde;
	if (type != SRRCTL_LEGACY && type != SRRCTL_ONE_BUFFER)
		nic_guest_error(nic, GUEST_DESC_TYPE, index, value);
	if (q->bsize == 0)
		nic_guest_error(nic, GUEST_BUFFER_SIZE, index, value);
	if (nic->rx_frame_count)
		nic_rx_run(nic);
}

uint64_t nic_srrctl_read(void *ctx, unsigned index)
{
	return ((struct nic82599 *)ctx)->rxq[index].srrctl;
}

void nic_qde_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	struct rx_queue *q = &nic->rxq[value >> QDE_QUEUE_SHIFT & QDE_QUEUE_MASK];

	if (!(value & QDE_WRITE))
		return;
	q->drop_by_qde = value & QDE_ENABLE;
	q->drop = q->srrctl & SRRCTL_DROP_EN || q->drop_by_qde;
	nic_rx_run(nic);
}

/* 4.6.7.1, 4.6.7.2: enabling starts at the head; after disabling, the bit reads 1 until the last
 * descriptor read is answered. */
void nic_rxdctl_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	struct rx_queue *q = &nic->rxq[index];
	bool enable = value & RXDCTL_ENABLE;

	q->strip = value & RXDCTL_VME;
	if (enable == q->enabled)
		return;
	if (enable && q->count == 0) {
		nic_guest_error(nic, GUEST_RING_SIZE, index, value);
		return;
	}
	nic_rsc_abort(nic, index);
	if (q->fetching)
		q->stale_reads++;
	q->fetching = q->cached = q->cache_first = 0;
	q->fetch = q->use;
	q->unreturned = 0;
	q->generation++;
	q->broken = false;
	q->enabled = enable;
	trace_emit(&nic->trace, TP_QUEUE, index, 0, enable);
	rx_fetch(nic, q);
	nic_rx_run(nic);
}

uint64_t nic_rxdctl_read(void *ctx, unsigned index)
{
	const struct nic82599 *nic = ctx;
	const struct rx_queue *q = &nic->rxq[index];

	return (q->enabled || q->stale_reads ? RXDCTL_ENABLE : 0) | (q->strip ? RXDCTL_VME : 0);
}

void nic_rxpb_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	uint32_t bytes = nic_reg(nic, R_RXPBSIZE, 0);

	nic->rx_limit = bytes < nic->cfg.rx_buffer_bytes ? bytes : nic->cfg.rx_buffer_bytes;
}
