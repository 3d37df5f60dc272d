/* SPDX-License-Identifier: MIT */
/* Interrupt moderation as other hardware has it, in the place of EITR: a count or a timeout, a
 * timer that every packet restarts beside an absolute one, and marks of the ring's fill level. The
 * least distance of two interrupts (kind "itr") needs nothing here: it is EITR's mechanism with an
 * interval that software cannot change.
 *
 * A vector collects packets from one interrupt to the next, whether it is masked or not. When the
 * batch is ripe the message goes out as soon as the vector is unmasked and its cause is set. What
 * software sets, and causes that are no queue's, are ripe at once. A cause that software clears
 * takes the batch with it. */
#include "devices/nic82599/nic82599_priv.h"

static bool collects(const struct nic82599 *nic)
{
	return nic->cfg.moderation.kind >= NIC82599_MODERATION_COUNT_TIMEOUT;
}

bool nic_moderation_holds(const struct nic82599 *nic, int vector)
{
	return collects(nic) && nic->vector[vector].ripe == RIPE_NOT;
}

static void forget(struct nic82599 *nic, struct vector *v)
{
	v->ripe = RIPE_NOT;
	v->batch = 0;
	engine_cancel(nic->sim->engine, &v->event);
}

static void ripen(struct nic82599 *nic, int vector, enum nic_ripe why)
{
	struct vector *v = &nic->vector[vector];

	if (v->ripe != RIPE_NOT)
		return;
	v->ripe = why;
	engine_cancel(nic->sim->engine, &v->event);
	trace_emit(&nic->trace, TP_IRQ_RIPE, (uint64_t)vector, why, v->batch);
}

void nic_moderation_at_once(struct nic82599 *nic, uint64_t vectors)
{
	for (; collects(nic) && vectors; vectors &= vectors - 1) {
		int vector = __builtin_ctzll(vectors);

		if (nic_has_block(nic))
			nic_block_do(nic, vector, MODERATION_AT_ONCE, false);
		else
			ripen(nic, vector, RIPE_AT_ONCE);
	}
}

void nic_moderation_sent(struct nic82599 *nic, int vector)
{
	struct vector *v = &nic->vector[vector];

	if (!collects(nic))
		return;
	if (v->ripe == RIPE_TIMEOUT)
		nic->stat.irq_timeout->value++;
	forget(nic, v);
	v->armed = false;
}

void nic_moderation_cleared(struct nic82599 *nic, uint64_t vectors)
{
	for (; collects(nic) && vectors; vectors &= vectors - 1) {
		int vector = __builtin_ctzll(vectors);

		if (nic_has_block(nic))
			nic_block_do(nic, vector, MODERATION_CLEAR, false);
		else
			forget(nic, &nic->vector[vector]);
	}
}

/* The timer of the whole batch; without one only count or level can end it. */
static void start_timeout(struct nic82599 *nic, struct vector *v)
{
	if (nic->cfg.moderation.timeout.ps)
		engine_schedule(nic->sim->engine, &v->event,
				at_add(sim_now(nic->sim), nic->cfg.moderation.timeout));
}

static void count_or_timeout(struct nic82599 *nic, int vector, bool first)
{
	struct vector *v = &nic->vector[vector];

	if (v->batch >= nic->cfg.moderation.count)
		ripen(nic, vector, RIPE_COUNT);
	else if (first)
		start_timeout(nic, v);
}

static void packet_timer(struct nic82599 *nic, struct vector *v)
{
	struct at restarted = at_add(sim_now(nic->sim), nic->cfg.moderation.gap);
	struct at absolute = at_add(v->first, nic->cfg.moderation.timeout);
	struct at due = at_min(restarted, absolute);

	if (event_pending(&v->event))
		engine_reschedule(nic->sim->engine, &v->event, due);
	else
		engine_schedule(nic->sim->engine, &v->event, due);
}

/* Frames in memory whose descriptors software has not given back, of all queues of the vector. */
static uint32_t level(const struct nic82599 *nic, const struct vector *v)
{
	uint32_t sum = 0;
	unsigned word;

	for (word = 0; word < 2; word++) {
		uint64_t queues = v->rx_queues[word];

		for (; queues; queues &= queues - 1)
			sum += nic->rxq[64 * word + (unsigned)__builtin_ctzll(queues)].unreturned;
	}
	return sum;
}

static void watermark(struct nic82599 *nic, int vector)
{
	struct vector *v = &nic->vector[vector];

	if (!v->armed)
		return;
	if (level(nic, v) >= nic->cfg.moderation.high)
		ripen(nic, vector, RIPE_LEVEL);
	else if (!event_pending(&v->event) && v->ripe == RIPE_NOT)
		start_timeout(nic, v);
}

void nic_moderation_packets(struct nic82599 *nic, int vector, uint32_t packets)
{
	struct vector *v;
	bool first;

	if (!collects(nic))
		return;
	if (nic_has_block(nic)) {
		nic_block_packets(nic, vector, packets, nic_vector_may_send(nic, vector));
		return;
	}
	v = &nic->vector[vector];
	first = v->batch == 0;
	v->batch += packets;
	if (v->ripe != RIPE_NOT)
		return;
	if (first)
		v->first = sim_now(nic->sim);
	switch (nic->cfg.moderation.kind) {
	case NIC82599_MODERATION_COUNT_TIMEOUT:
		count_or_timeout(nic, vector, first);
		break;
	case NIC82599_MODERATION_PACKET_TIMER:
		packet_timer(nic, v);
		break;
	case NIC82599_MODERATION_WATERMARK:
		watermark(nic, vector);
		break;
	case NIC82599_MODERATION_EITR:
	case NIC82599_MODERATION_ITR:
		break;
	}
	if (v->ripe != RIPE_NOT)
		nic_vector_ripe(nic, vector);
}

/* The timer ran out: the absolute one, or the one of the last packet. */
void nic_moderation_due(struct nic82599 *nic, int vector)
{
	const struct vector *v = &nic->vector[vector];
	struct at absolute = at_add(v->first, nic->cfg.moderation.timeout);
	bool timeout = nic->cfg.moderation.kind != NIC82599_MODERATION_PACKET_TIMER ||
		       !at_before(sim_now(nic->sim), absolute);

	ripen(nic, vector, timeout ? RIPE_TIMEOUT : RIPE_GAP);
	nic_vector_ripe(nic, vector);
}

/* Software gave descriptors back; at the low mark the next interrupt may come. */
void nic_moderation_returned(struct nic82599 *nic, struct rx_queue *q, uint32_t descriptors)
{
	const struct nic82599_moderation *moderation = &nic->cfg.moderation;
	int vector = nic->rx_vector[q->number];

	q->unreturned -= descriptors < q->unreturned ? descriptors : q->unreturned;
	if (moderation->kind == NIC82599_MODERATION_WATERMARK && vector >= 0 &&
	    level(nic, &nic->vector[vector]) <= moderation->low)
		nic->vector[vector].armed = true;
}

/* A driver that gives descriptors back in batches may never be seen at the low mark; by unmasking it
 * says that it is done. */
void nic_moderation_unmasked(struct nic82599 *nic, uint64_t vectors)
{
	if (nic->cfg.moderation.kind != NIC82599_MODERATION_WATERMARK)
		return;
	for (; vectors; vectors &= vectors - 1) {
		int vector = __builtin_ctzll(vectors);
		struct vector *v = &nic->vector[vector];

		v->armed = true;
		if (nic->cause & UINT64_C(1) << vector)
			watermark(nic, vector);
	}
}

/* A transmit write-back counts as a packet, but it does not fill a ring. */
void nic_moderation_transmitted(struct nic82599 *nic, int vector)
{
	if (nic->cfg.moderation.kind == NIC82599_MODERATION_WATERMARK)
		nic_moderation_at_once(nic, UINT64_C(1) << vector);
	else
		nic_moderation_packets(nic, vector, 1);
	if (nic->vector[vector].ripe == RIPE_AT_ONCE)
		nic_vector_ripe(nic, vector);
}

void nic_moderation_reset(struct nic82599 *nic, struct vector *v)
{
	v->ripe = RIPE_NOT;
	v->batch = 0;
	v->armed = true;
	v->first = sim_now(nic->sim);
	if (nic->cfg.moderation.kind == NIC82599_MODERATION_ITR)
		v->interval = nic->cfg.moderation.gap;
}
