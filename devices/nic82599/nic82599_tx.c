/* SPDX-License-Identifier: MIT */
/* Transmit path from descriptors to the transmit packet buffer (7.2): fetch, round robin over
 * queues, payload reads, write-back. A descriptor is written back when its data has been read, not
 * when it has left on the wire (7.2.3.5). */
#include "devices/nic82599/nic82599_priv.h"

#include <string.h>

static void ready_set(struct nic82599 *nic, const struct tx_queue *q, bool on)
{
	uint64_t bit = UINT64_C(1) << (q->number & 63);

	if (on)
		nic->tx_ready[q->number / 64] |= bit;
	else
		nic->tx_ready[q->number / 64] &= ~bit;
}

/* 7.2.3.4: one read at a time. */
static void tx_fetch(struct nic82599 *nic, struct tx_queue *q)
{
	uint32_t n;

	if (!q->enabled || q->fetching || q->broken || !nic->tx_on ||
	    nic->master_off)
		return;
	n = ring_fetch(q->fetch, q->tail, q->count, q->cached, nic->cfg.tx_prefetch);
	if (n == 0)
		return;
	q->fetching = (uint16_t)n;
	trace_emit(&nic->trace, TP_TX_FETCH, q->number, q->fetch, n);
	nic_dma_read(nic, q->base + (uint64_t)q->fetch * 16, n * 16,
		     nic_tag(nic, TAG_TX_FETCH, q->number, (uint32_t)q->generation << 16 | n));
}

void nic_tx_fetched(struct nic82599 *nic, unsigned queue, uint32_t detail,
		    const struct dma_done *done)
{
	struct tx_queue *q = &nic->txq[queue];
	const uint8_t *desc = done->data;
	uint32_t n = detail & 0xffff, i;

	if (detail >> 16 != q->generation) {
		q->stale_reads--;
		return;
	}
	q->fetching = 0;
	if (done->status != DMA_OK) {
		q->broken = true;
		return;
	}
	for (i = 0; i < n; i++, desc += 16) {
		struct tx_desc *d = &q->cache[(q->cache_first + q->cached + i) % TX_CACHE];

		d->addr = get_le64(desc);
		d->cmd = get_le32(desc + 8);
		d->olinfo = get_le32(desc + 12);
	}
	q->cached = (uint16_t)(q->cached + n);
	q->fetch = ring_next(q->fetch, n, q->count);
	ready_set(nic, q, true);
	tx_fetch(nic, q);
	nic_tx_run(nic);
}

/* ---- write-back (7.2.3.5) ---- */

static void flush_descriptors(struct nic82599 *nic, struct tx_queue *q)
{
	uint8_t desc[TX_CACHE][16] = { { 0 } };
	uint32_t from = 0, i;

	for (i = 0; i < q->done_count; i++)
		put_le32(desc[i] + 12, TXD_STAT_DD);
	for (i = 1; i <= q->done_count; i++) {
		if (i < q->done_count && q->done[i] == q->done[i - 1] + 1)
			continue;
		nic_dma_write_sent(nic, q->number, q->base + (uint64_t)q->done[from] * 16, desc,
				   (i - from) * 16);
		trace_emit(&nic->trace, TP_TX_DONE, q->number, q->done[from], i - from);
		from = i;
	}
}

static void tx_flush(struct nic82599 *nic, struct tx_queue *q)
{
	uint8_t head[4];

	engine_cancel(nic->sim->engine, &q->flush);
	if (!q->done_count)
		return;
	if (q->head_wb) {
		put_le32(head, q->head);
		nic_dma_write_sent(nic, q->number, q->head_wb, head, sizeof(head));
		trace_emit(&nic->trace, TP_TX_DONE, q->number, q->head, 0);
	} else {
		flush_descriptors(nic, q);
	}
	q->done_count = 0;
	nic_cause_sent(nic, nic->tx_vector[q->number]);
}

static void flush_due(void *ctx)
{
	struct tx_queue *q = ctx;

	tx_flush(q->nic, q);
}

/* Collects up to WTHRESH; what is left goes when the ITR counter of the queue's vector is at 0. */
static void note_done(struct nic82599 *nic, struct tx_queue *q, uint32_t desc)
{
	int vector = nic->tx_vector[q->number];
	struct at due = vector < 0 ? sim_now(nic->sim) : nic->vector[vector].due;

	q->done[q->done_count++] = (uint16_t)desc;
	if (q->done_count >= q->wthresh || q->done_count == TX_CACHE ||
	    !at_before(sim_now(nic->sim), due))
		tx_flush(nic, q);
	else if (!event_pending(&q->flush))
		engine_schedule(nic->sim->engine, &q->flush, due);
}

/* ---- jobs ---- */

void nic_tx_free_job(struct nic82599 *nic, uint16_t number)
{
	struct tx_job *job = &nic->job[number];

	nic->tx_held -= job->bytes;
	if (job->big)
		nic->free_big[nic->free_big_count++] = number;
	else
		nic->free_jobs[nic->free_job_count++] = number;
}

/* Frames whose data has come leave the queue in order. */
static void retire(struct nic82599 *nic, struct tx_queue *q)
{
	while (q->jobs_first != JOB_NONE) {
		uint16_t number = q->jobs_first;
		struct tx_job *job = &nic->job[number];

		if (!job->closed || job->reads)
			return;
		q->jobs_first = job->next;
		trace_emit(&nic->trace, TP_TX_FETCHED, q->number, job->next_desc, job->bytes);
		if (job->queue_generation == q->generation) {
			q->head = job->next_desc;
			if (job->rs_desc >= 0)
				note_done(nic, q, (uint32_t)job->rs_desc);
		}
		if (!job->bad)
			nic_txframe_prepare(nic, job);
		if (job->bad) {
			nic_tx_free_job(nic, number);
			continue;
		}
		nic->count[S_TXDGPC]++;
		job->ready = at_add(sim_now(nic->sim), nic->cfg.tx_pipeline);
		nic_wire_add(nic, number);
	}
}

void nic_tx_data(struct nic82599 *nic, unsigned number, uint32_t offset,
		 const struct dma_done *done)
{
	struct tx_job *job = &nic->job[number];

	job->reads--;
	if (done->status == DMA_OK)
		memcpy(job->data + offset, done->data, done->bytes);
	else
		job->bad = true;
	if (job->closed && !job->reads) {
		retire(nic, &nic->txq[job->queue]);
		nic_tx_run(nic);
	}
}

/* A job for the frame that begins with this descriptor; false if there is no room now. */
static bool open_job(struct nic82599 *nic, struct tx_queue *q, const struct tx_desc *d)
{
	bool legacy = !(d->cmd & TXD_DEXT);
	uint32_t paylen = legacy ? 0 : d->olinfo >> TXD_PAYLEN_SHIFT;
	/* Headers of a segmentation come on top of PAYLEN; half a kilobyte holds the longest. */
	const uint32_t header_room = 1024;
	bool big = !legacy && d->cmd & TXD_TSE && paylen + header_room > TX_JOB_BYTES;
	uint16_t number;
	struct tx_job *job;

	if (nic->tx_held >= nic->tx_limit || !(big ? nic->free_big_count : nic->free_job_count))
		return false;
	number = big ? nic->free_big[--nic->free_big_count] : nic->free_jobs[--nic->free_job_count];
	job = &nic->job[number];
	job->bytes = job->reads = job->segment = 0;
	job->paylen = paylen;
	job->rs_desc = -1;
	job->queue = q->number;
	job->queue_generation = q->generation;
	job->closed = job->bad = false;
	job->legacy = legacy;
	job->cmd = d->cmd;
	job->olinfo = d->olinfo;
	job->context = q->context[d->olinfo >> TXD_IDX_SHIFT & 1];
	job->next = JOB_NONE;
	if (q->jobs_first == JOB_NONE)
		q->jobs_first = number;
	else
		nic->job[q->jobs_last].next = number;
	q->jobs_last = q->open = number;
	return true;
}

static void add_data(struct nic82599 *nic, struct tx_queue *q, const struct tx_desc *d)
{
	struct tx_job *job = &nic->job[q->open];
	uint32_t bytes = d->cmd & TXD_LENGTH;

	if (d->cmd & TXD_RS)
		job->rs_desc = (int32_t)q->use;
	job->next_desc = ring_next(q->use, 1, q->count);
	if (bytes > job->capacity - job->bytes) {
		if (!job->bad)
			nic_guest_error(nic, GUEST_TX_LENGTH, q->number, job->bytes + bytes);
		job->bad = true;
		return;
	}
	if (bytes == 0 || job->bad)
		return;
	job->reads++;
	job->bytes += bytes;
	nic->tx_held += bytes;
	nic_dma_read(nic, d->addr, bytes,
		     nic_tag(nic, TAG_TX_DATA, q->open, job->bytes - bytes));
}

static void close_job(struct nic82599 *nic, struct tx_queue *q)
{
	struct tx_job *job = &nic->job[q->open];

	q->open = JOB_NONE;
	job->closed = true;
	if (!job->reads)
		retire(nic, q);
}

/* ---- scheduling ---- */

static void consume(struct tx_queue *q)
{
	q->cache_first = (q->cache_first + 1) % TX_CACHE;
	q->cached--;
	q->use = ring_next(q->use, 1, q->count);
}

/* 7.2.3.2.3: a context descriptor is kept by the queue and has no data. Others of the advanced kind
 * are reserved; hardware skips them here, and the frame they are in is lost. */
static bool take_special(struct nic82599 *nic, struct tx_queue *q, const struct tx_desc *d)
{
	uint32_t type = d->cmd & TXD_DTYP;

	if (!(d->cmd & TXD_DEXT) || type == TXD_DTYP_DATA)
		return false;
	if (type == TXD_DTYP_CONTEXT) {
		struct tx_context *context = &q->context[d->olinfo >> TXD_IDX_SHIFT & 1];

		context->vlan_macip = (uint32_t)d->addr;
		context->type = d->cmd;
		context->mss_l4len = d->olinfo;
	} else {
		nic_guest_error(nic, GUEST_TX_DTYP, q->number, d->cmd);
		if (q->open != JOB_NONE)
			nic->job[q->open].bad = true;
	}
	consume(q);
	if (q->jobs_first == JOB_NONE)
		q->head = q->use;
	return true;
}

/* Descriptors of one frame, as far as they are here. False if there is no room for the frame. */
static bool tx_step(struct nic82599 *nic, struct tx_queue *q)
{
	bool room = true;

	while (q->cached) {
		struct tx_desc d = q->cache[q->cache_first];

		if (take_special(nic, q, &d))
			continue;
		if (q->open == JOB_NONE && !open_job(nic, q, &d)) {
			room = false;
			break;
		}
		add_data(nic, q, &d);
		consume(q);
		if (d.cmd & TXD_EOP) {
			close_job(nic, q);
			break;
		}
	}
	if (!q->cached)
		ready_set(nic, q, false);
	tx_fetch(nic, q);
	return room;
}

/* The next queue with descriptors, from tx_turn on; NIC82599_QUEUES if there is none. */
static unsigned next_ready(const struct nic82599 *nic)
{
	unsigned turn = nic->tx_turn, word = turn / 64, i;
	uint64_t bits = nic->tx_ready[word] & UINT64_MAX << turn % 64;

	for (i = 0; i < 3; i++) {
		if (bits)
			return 64 * word + (unsigned)__builtin_ctzll(bits);
		word ^= 1;
		bits = nic->tx_ready[word];
	}
	return NIC82599_QUEUES;
}

/* 7.2.1.2.1: frame by frame, round robin over the queues. */
void nic_tx_run(struct nic82599 *nic)
{
	while (nic->tx_on && !nic->master_off) {
		unsigned queue = next_ready(nic);

		if (queue == NIC82599_QUEUES || !tx_step(nic, &nic->txq[queue]))
			break;
		nic->tx_turn = (queue + 1) % NIC82599_QUEUES;
	}
}

void nic_tx_kick(struct nic82599 *nic)
{
	unsigned i;

	for (i = 0; i < NIC82599_QUEUES; i++)
		if (nic->txq[i].enabled)
			tx_fetch(nic, &nic->txq[i]);
	nic_tx_run(nic);
}

void nic_tx_init(struct nic82599 *nic)
{
	unsigned i;

	for (i = 0; i < NIC82599_QUEUES; i++) {
		nic->txq[i].nic = nic;
		event_init(&nic->txq[i].flush, "nic82599.tx.flush", PHASE_DEVICE, flush_due,
			   &nic->txq[i]);
	}
	for (i = 0; i < TX_JOBS + TX_BIG_JOBS; i++) {
		struct tx_job *job = &nic->job[i];

		job->big = i >= TX_JOBS;
		job->capacity = job->big ? TX_BIG_BYTES : TX_JOB_BYTES;
		job->data = nic->tx_memory + (size_t)(job->big ? TX_JOBS : i) * TX_JOB_BYTES +
			    (size_t)(job->big ? i - TX_JOBS : 0) * TX_BIG_BYTES;
	}
}

static void queue_reset(struct nic82599 *nic, unsigned number)
{
	struct tx_queue *q = &nic->txq[number];

	engine_cancel(nic->sim->engine, &q->flush);
	q->base = q->head_wb = 0;
	q->count = q->tail = q->head = q->use = q->fetch = 0;
	q->cached = q->cache_first = q->fetching = q->done_count = 0;
	q->generation = q->stale_reads = q->wthresh = 0;
	q->number = (uint8_t)number;
	q->enabled = q->broken = false;
	q->jobs_first = q->jobs_last = q->open = JOB_NONE;
	memset(q->context, 0, sizeof(q->context));
}

void nic_tx_reset(struct nic82599 *nic)
{
	unsigned i;

	for (i = 0; i < NIC82599_QUEUES; i++)
		queue_reset(nic, i);
	nic->tx_ready[0] = nic->tx_ready[1] = 0;
	nic->tx_turn = 0;
	nic->tx_held = 0;
	/* Last in, first out keeps the host's caches warm. */
	nic->free_job_count = nic->free_big_count = 0;
	for (i = TX_JOBS; i-- > 0;)
		nic->free_jobs[nic->free_job_count++] = (uint16_t)i;
	for (i = 0; i < TX_BIG_JOBS; i++)
		nic->free_big[nic->free_big_count++] = (uint16_t)(TX_JOBS + i);
	nic_tx_config_write(nic, 0, 0, 0);
}

/* ---- registers ---- */

void nic_tx_config_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	uint32_t dmatxctl = nic_reg(nic, R_DMATXCTL, 0), low = nic_reg(nic, R_DTXTCPFLGL, 0);
	bool was_on = nic->tx_on;

	nic->tx_on = dmatxctl & DMATXCTL_TE;
	nic->tx_vlan_type = (uint16_t)(dmatxctl >> 16);
	nic->tcp_flags_first = low & 0xfff;
	nic->tcp_flags_middle = low >> 16 & 0xfff;
	nic->tcp_flags_last = nic_reg(nic, R_DTXTCPFLGH, 0);
	nic->tx_limit = nic_reg(nic, R_TXPBSIZE, 0);
	if (nic->tx_on && !was_on)
		nic_tx_kick(nic);
}

void nic_tdba_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;

	nic->txq[index].base = nic_reg(nic, R_TDBAL, index) |
			       (uint64_t)nic_reg(nic, R_TDBAH, index) << 32;
}

void nic_tdlen_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	struct tx_queue *q = &nic->txq[index];

	if (q->enabled) {
		nic_guest_error(nic, GUEST_RING_SIZE, index, value);
		return;
	}
	q->count = nic_reg(nic, R_TDLEN, index) / 16;
	q->head = q->use = q->fetch = q->tail = 0;
}

void nic_tdh_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	struct tx_queue *q = &nic->txq[index];

	if (q->enabled || (value && value >= q->count)) {
		nic_guest_error(nic, GUEST_TAIL, index, value);
		return;
	}
	q->head = q->use = q->fetch = (uint32_t)value;
}

uint64_t nic_tdh_read(void *ctx, unsigned index)
{
	return ((struct nic82599 *)ctx)->txq[index].head;
}

void nic_tdt_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	struct tx_queue *q = &nic->txq[index];

	if (value && value >= q->count) {
		nic_guest_error(nic, GUEST_TAIL, index, value);
		return;
	}
	q->tail = (uint32_t)value;
	tx_fetch(nic, q);
}

void nic_tdwba_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	uint32_t low = nic_reg(nic, R_TDWBAL, index);
	uint64_t address = (low & ~3u) | (uint64_t)nic_reg(nic, R_TDWBAH, index) << 32;

	nic->txq[index].head_wb = low & TDWBAL_ENABLE ? address : 0;
}

/* 4.6.8.1, 4.6.8.2: after disabling, the bit reads 1 until the reads under way are answered; their
 * frames are still sent, a frame without an end is lost. */
void nic_txdctl_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	struct tx_queue *q = &nic->txq[index];
	bool enable = value & TXDCTL_ENABLE;

	q->wthresh = value >> TXDCTL_WTHRESH_SHIFT & 0x7f;
	if (enable == q->enabled)
		return;
	if (enable && q->count == 0) {
		nic_guest_error(nic, GUEST_RING_SIZE, index, value);
		return;
	}
	tx_flush(nic, q);
	if (q->open != JOB_NONE) {
		nic->job[q->open].bad = true;
		nic->job[q->open].rs_desc = -1;
		close_job(nic, q);
	}
	if (q->fetching)
		q->stale_reads++;
	q->fetching = q->cached = q->cache_first = 0;
	q->fetch = q->use = q->head;
	q->generation++;
	q->broken = false;
	q->enabled = enable;
	ready_set(nic, q, false);
	trace_emit(&nic->trace, TP_QUEUE, index, 1, enable);
	tx_fetch(nic, q);
}

uint64_t nic_txdctl_read(void *ctx, unsigned index)
{
	const struct nic82599 *nic = ctx;
	const struct tx_queue *q = &nic->txq[index];
	bool busy = q->stale_reads || q->jobs_first != JOB_NONE;

	return (nic_reg(nic, R_TXDCTL, index) & TXDCTL_STORED) |
	       (q->enabled || busy ? TXDCTL_ENABLE : 0);
}
