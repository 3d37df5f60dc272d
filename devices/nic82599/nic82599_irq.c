/* SPDX-License-Identifier: MIT */
/* Interrupts (7.3): causes, masks, automatic clear and mask, vector allocation, throttling. Nothing
 * polls: a vector has an event only while a cause waits for its ITR counter.
 *
 * A message is sent for a vector when one of its causes is set and enabled, which happens on the
 * cause (its bit goes from 0 to 1) or on the unmask; if the counter is not at 0 the message waits
 * for it (7.3.2.1). When sent, the counter is loaded: the gap is from assertion to assertion. */
#include "devices/nic82599/nic82599_priv.h"

static int8_t ivar_decode(uint32_t field)
{
	return field & IVAR_VALID ? (int8_t)(field & IVAR_VECTOR) : -1;
}

static uint64_t vector_bit(int vector)
{
	return UINT64_C(1) << vector;
}

static uint32_t other_bits_of(const struct nic82599 *nic, int vector)
{
	uint32_t bits = 0;

	if (vector == nic->timer_vector)
		bits |= EICR_TCP_TIMER;
	if (vector == nic->other_vector)
		bits |= EICR_OTHERS & ~EICR_TCP_TIMER;
	return bits;
}

static bool vector_active(const struct nic82599 *nic, int vector)
{
	if (nic->cause & nic->mask & vector_bit(vector))
		return true;
	return nic->cause_other & nic->mask_other & other_bits_of(nic, vector);
}

/* 7.3.1.3, 7.3.1.4: what the sending of the message clears and masks. Vectors above 15 have no bit
 * in EICR and are always cleared. */
static void vector_auto(struct nic82599 *nic, int vector)
{
	uint64_t bit = vector_bit(vector);
	uint32_t others = other_bits_of(nic, vector);

	if (bit > EICR_VECTORS || nic->eiac & bit)
		nic->cause &= ~bit;
	if (nic->gpie & GPIE_EIAME) {
		nic->mask &= ~(bit & nic->automask);
		nic->mask_other &= ~(nic->cause_other & others & nic->automask_other);
	}
	nic->cause_other &= ~(nic->eiac & others);
}

static void tell_queues(struct nic82599 *nic, const struct vector *v)
{
	unsigned word;

	for (word = 0; word < 2; word++) {
		uint64_t queues = v->rx_queues[word];

		for (; queues; queues &= queues - 1)
			nic->ops->rx_signalled(nic->ctx,
					       64 * word + (unsigned)__builtin_ctzll(queues));
	}
}

void nic_vector_sent(struct nic82599 *nic, int vector)
{
	vector_auto(nic, vector);
	nic->stat.irq->value++;
	trace_emit(&nic->trace, TP_IRQ_RAISE, (uint64_t)vector, nic->stat.irq->value, 0);
	nic->ops->msix(nic->ctx, (unsigned)vector);
	if (nic->ops->rx_signalled)
		tell_queues(nic, &nic->vector[vector]);
}

static void vector_send(struct nic82599 *nic, int vector)
{
	struct vector *v = &nic->vector[vector];

	v->due = at_add(sim_now(nic->sim), v->interval);
	nic_moderation_sent(nic, vector);
	nic_vector_sent(nic, vector);
}

/* Sends now, or when the counter gets to 0. */
static void vector_request(struct nic82599 *nic, int vector)
{
	struct vector *v = &nic->vector[vector];

	if (!(nic->gpie & GPIE_MSIX))
		return;
	if (nic_has_block(nic)) {
		nic_block_do(nic, vector, MODERATION_REQUEST, true);
		return;
	}
	if (nic_moderation_holds(nic, vector) || event_pending(&v->event))
		return;
	if (!at_before(sim_now(nic->sim), v->due)) {
		vector_send(nic, vector);
		return;
	}
	trace_emit(&nic->trace, TP_IRQ_HELD, (uint64_t)vector, v->due.ps, 0);
	engine_schedule(nic->sim->engine, &v->event, v->due);
}

/* A batch whose time is over is asked for like a cause; a message that waited is under way. */
static bool expiry_may_send(const struct nic82599 *nic, int vector)
{
	bool batch = nic_moderation_holds(nic, vector);

	return vector_active(nic, vector) && (!batch || nic->gpie & GPIE_MSIX);
}

/* 7.11.6, 8.2.3.5.18: the counter ends the vector's large receives, and its message follows
 * GPIE.RSC_DELAY later; while it is masked the next interval begins. */
static void coalescing_due(struct nic82599 *nic, int vector)
{
	struct vector *v = &nic->vector[vector];
	uint32_t delay = nic->gpie >> GPIE_RSC_DELAY_SHIFT & GPIE_RSC_DELAY;
	bool masked = !(nic->mask & vector_bit(vector));

	v->due = at_add(sim_now(nic->sim),
			masked ? v->interval : dur_ns((delay + 1) * GPIE_RSC_DELAY_UNIT_NS));
	nic_rsc_age(nic, vector);
	if (vector_active(nic, vector))
		vector_request(nic, vector);
	v->delayed = !masked && event_pending(&v->event);
}

/* What began while the message was delayed lasts for the interval that begins with the message. */
static void coalescing_goes_on(struct nic82599 *nic, struct vector *v)
{
	struct at now = sim_now(nic->sim);

	if (!v->coalescing || event_pending(&v->event))
		return;
	if (!at_before(now, v->due))
		v->due = at_add(now, v->interval);
	engine_schedule(nic->sim->engine, &v->event, v->due);
}

void nic_coalescing_began(struct nic82599 *nic, int vector)
{
	struct vector *v = &nic->vector[vector];

	v->coalescing++;
	if (!event_pending(&v->event))
		engine_schedule(nic->sim->engine, &v->event, at_max(sim_now(nic->sim), v->due));
}

void nic_coalescing_ended(struct nic82599 *nic, int vector)
{
	nic->vector[vector].coalescing--;
}

static void delayed_due(struct nic82599 *nic, int vector)
{
	struct vector *v = &nic->vector[vector];

	v->delayed = false;
	if (vector_active(nic, vector))
		vector_send(nic, vector);
	coalescing_goes_on(nic, v);
}

static void vector_due(void *ctx)
{
	struct vector *v = ctx;
	int vector = (int)(v - v->nic->vector);

	if (nic_has_block(v->nic))
		nic_block_do(v->nic, vector, MODERATION_EXPIRE, expiry_may_send(v->nic, vector));
	else if (nic_moderation_holds(v->nic, vector))
		nic_moderation_due(v->nic, vector);
	else if (v->coalescing && !v->delayed)
		coalescing_due(v->nic, vector);
	else
		delayed_due(v->nic, vector);
}

bool nic_vector_may_send(const struct nic82599 *nic, int vector)
{
	return vector_active(nic, vector) && nic->gpie & GPIE_MSIX;
}

void nic_vector_ripe(struct nic82599 *nic, int vector)
{
	if (vector_active(nic, vector))
		vector_request(nic, vector);
}

/* Requests every vector of a set; small sets are the rule. */
static void request_vectors(struct nic82599 *nic, uint64_t vectors)
{
	while (vectors) {
		vector_request(nic, __builtin_ctzll(vectors));
		vectors &= vectors - 1;
	}
}

static void request_others(struct nic82599 *nic, uint32_t bits)
{
	uint64_t vectors = 0;

	if (bits & EICR_TCP_TIMER && nic->timer_vector >= 0)
		vectors |= vector_bit(nic->timer_vector);
	if (bits & ~EICR_TCP_TIMER && nic->other_vector >= 0)
		vectors |= vector_bit(nic->other_vector);
	nic_moderation_at_once(nic, vectors);
	request_vectors(nic, vectors);
}

static void set_causes(struct nic82599 *nic, uint64_t vectors, uint32_t others)
{
	uint64_t new_vectors = vectors & ~nic->cause;
	uint32_t new_others = others & EICR_OTHERS & ~nic->cause_other;

	nic->cause |= new_vectors;
	nic->cause_other |= new_others;
	if (new_vectors | new_others)
		trace_emit(&nic->trace, TP_IRQ_CAUSE, new_vectors, new_others, 0);
	request_vectors(nic, new_vectors & nic->mask);
	if (new_others & nic->mask_other)
		request_others(nic, new_others & nic->mask_other);
}

static void cause_vector(struct nic82599 *nic, int vector)
{
	if (!(nic->cause & vector_bit(vector)))
		set_causes(nic, vector_bit(vector), 0);
}

void nic_cause_received(struct nic82599 *nic, int vector, uint32_t packets)
{
	if (vector < 0)
		return;
	cause_vector(nic, vector);
	nic_moderation_packets(nic, vector, packets);
}

void nic_cause_sent(struct nic82599 *nic, int vector)
{
	if (vector < 0)
		return;
	cause_vector(nic, vector);
	nic_moderation_transmitted(nic, vector);
}

void nic_cause_other(struct nic82599 *nic, uint32_t bits)
{
	set_causes(nic, 0, bits);
}

int nic82599_rx_vector(const struct nic82599 *nic, unsigned queue)
{
	return queue < NIC82599_QUEUES ? nic->rx_vector[queue] : -1;
}

/* ---- registers ---- */

static uint64_t eicr_value(const struct nic82599 *nic)
{
	return (nic->cause & EICR_VECTORS) | nic->cause_other;
}

void nic_eicr_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;

	nic->cause &= ~(value & EICR_VECTORS);
	nic->cause_other &= ~(uint32_t)value;
	nic_moderation_cleared(nic, value & EICR_VECTORS);
}

/* 8.2.3.5.1, 7.3.1.3: a read clears; with GPIE.OCD only the bits 29:16. Without EIAME it also masks
 * what EIAM says. */
uint64_t nic_eicr_read(void *ctx, unsigned index)
{
	struct nic82599 *nic = ctx;
	uint64_t value = eicr_value(nic);
	uint32_t clears = nic->gpie & GPIE_OCD ? EICR_OCD_CLEARS : EICR_VECTORS | EICR_OTHERS;

	if (!(nic->gpie & GPIE_EIAME)) {
		nic->mask &= ~(value & EICR_VECTORS & nic->automask);
		nic->mask_other &= ~((uint32_t)value & nic->automask_other);
	}
	nic->cause &= ~(uint64_t)(clears & EICR_VECTORS);
	nic_moderation_cleared(nic, clears & EICR_VECTORS);
	nic->cause_other &= ~clears;
	return value;
}

/* A message that waits goes out now. */
static void counter_to_zero(struct nic82599 *nic, struct vector *v)
{
	v->due = at_min(v->due, sim_now(nic->sim));
	if (event_pending(&v->event))
		engine_reschedule(nic->sim->engine, &v->event, sim_now(nic->sim));
}

/* 7.3.2.2: a vector's credit, one more every GPIE.LL_Interval, as many as EITR can say. */
static bool take_credit(struct nic82599 *nic, struct vector *v)
{
	uint32_t interval = nic->gpie >> GPIE_LL_INTERVAL_SHIFT & GPIE_LL_INTERVAL;
	struct dur unit = dur_ns(interval * GPIE_LL_UNIT_NS);
	uint64_t gained;

	if (!interval || !(v->eitr & EITR_LLI_MOD))
		return true;
	gained = at_since(sim_now(nic->sim), v->credited).ps / unit.ps;
	v->credited = at_add(v->credited, dur_mul(unit, gained));
	if (gained > EITR_CREDIT - v->credits)
		gained = EITR_CREDIT - v->credits;
	v->credits += (uint32_t)gained;
	if (!v->credits)
		return false;
	v->credits--;
	return true;
}

void nic_cause_at_once(struct nic82599 *nic, int vector)
{
	struct vector *v;

	if (vector < 0 || !vector_active(nic, vector))
		return;
	v = &nic->vector[vector];
	if (!event_pending(&v->event) || !take_credit(nic, v))
		return;
	if (nic->cfg.moderation.kind <= NIC82599_MODERATION_ITR && !nic_has_block(nic))
		counter_to_zero(nic, v);
}

/* 7.3.2.1.2: with EIMEN a cause set by software does not wait for the counter. */
static void software_causes(struct nic82599 *nic, uint64_t vectors, uint32_t others)
{
	uint64_t now_vectors = vectors;

	while (nic->gpie & GPIE_EIMEN && now_vectors) {
		int vector = __builtin_ctzll(now_vectors);
		struct vector *v = &nic->vector[vector];

		if (nic_has_block(nic))
			nic_block_do(nic, vector, MODERATION_RELEASE, false);
		else
			v->due = at_min(v->due, sim_now(nic->sim));
		now_vectors &= now_vectors - 1;
	}
	nic_moderation_at_once(nic, vectors);
	set_causes(nic, vectors, others);
}

void nic_eics_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	software_causes(ctx, value & EICR_VECTORS, (uint32_t)value & EICR_OTHERS);
}

uint64_t nic_eics_read(void *ctx, unsigned index)
{
	return eicr_value(ctx);
}

void nic_eics_ex_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	software_causes(ctx, value << 32 * index, 0);
}

uint64_t nic_eics_ex_read(void *ctx, unsigned index)
{
	return ((struct nic82599 *)ctx)->cause >> 32 * index & UINT32_MAX;
}

static void unmask(struct nic82599 *nic, uint64_t vectors, uint32_t others)
{
	uint64_t new_vectors = vectors & ~nic->mask;
	uint32_t new_others = others & EICR_OTHERS & ~nic->mask_other;

	nic->mask |= new_vectors;
	nic->mask_other |= new_others;
	if (new_vectors | new_others)
		trace_emit(&nic->trace, TP_IRQ_UNMASK, new_vectors, new_others, 0);
	nic_moderation_unmasked(nic, new_vectors);
	request_vectors(nic, new_vectors & nic->cause);
	request_others(nic, new_others & nic->cause_other);
}

void nic_eims_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	unmask(ctx, value & EICR_VECTORS, (uint32_t)value);
}

uint64_t nic_eims_read(void *ctx, unsigned index)
{
	const struct nic82599 *nic = ctx;

	return (nic->mask & EICR_VECTORS) | nic->mask_other;
}

void nic_eimc_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;

	nic->mask &= ~(value & EICR_VECTORS);
	nic->mask_other &= ~(uint32_t)value;
}

void nic_eims_ex_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	unmask(ctx, value << 32 * index, 0);
}

uint64_t nic_eims_ex_read(void *ctx, unsigned index)
{
	return ((struct nic82599 *)ctx)->mask >> 32 * index & UINT32_MAX;
}

void nic_eimc_ex_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	((struct nic82599 *)ctx)->mask &= ~(value << 32 * index);
}

void nic_eiam_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;

	nic->automask = (nic->automask & ~(uint64_t)EICR_VECTORS) | (value & EICR_VECTORS);
	nic->automask_other = (uint32_t)value & EICR_OTHERS;
}

uint64_t nic_eiam_read(void *ctx, unsigned index)
{
	const struct nic82599 *nic = ctx;

	return (nic->automask & EICR_VECTORS) | nic->automask_other;
}

void nic_eiam_ex_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	unsigned shift = 32 * index;

	nic->automask = (nic->automask & ~((uint64_t)UINT32_MAX << shift)) | value << shift;
}

uint64_t nic_eiam_ex_read(void *ctx, unsigned index)
{
	return ((struct nic82599 *)ctx)->automask >> 32 * index & UINT32_MAX;
}

void nic_irq_config_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	uint32_t misc = nic_reg(nic, R_IVAR_MISC, 0);

	nic->gpie = nic_reg(nic, R_GPIE, 0);
	nic->eiac = nic_reg(nic, R_EIAC, 0);
	nic->timer_vector = ivar_decode(misc);
	nic->other_vector = ivar_decode(misc >> 8);
}

static void route_rx(struct nic82599 *nic, unsigned queue, int8_t vector)
{
	uint64_t bit = UINT64_C(1) << queue % 64;

	if (nic->rx_vector[queue] >= 0)
		nic->vector[nic->rx_vector[queue]].rx_queues[queue / 64] &= ~bit;
	if (vector >= 0)
		nic->vector[vector].rx_queues[queue / 64] |= bit;
	nic->rx_vector[queue] = vector;
}

/* 8.2.3.5.16: byte 0 receive queue 2n, byte 1 transmit queue 2n, bytes 2 and 3 the next queue. */
void nic_ivar_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	unsigned queue = 2 * index;

	route_rx(nic, queue, ivar_decode((uint32_t)value));
	nic->tx_vector[queue] = ivar_decode((uint32_t)value >> 8);
	route_rx(nic, queue + 1, ivar_decode((uint32_t)value >> 16));
	nic->tx_vector[queue + 1] = ivar_decode((uint32_t)value >> 24);
}

/* ---- throttle (7.3.2.1, 8.2.3.5.12) ---- */

static struct dur itr_unit(const struct nic82599 *nic)
{
	const uint64_t bps_100m = 100000000;

	return dur_ns(nic->cfg.link_bps <= bps_100m ? EITR_UNIT_NS_100M : EITR_UNIT_NS);
}

/* A waiting message moves with the counter. */
static void counter_moved(struct nic82599 *nic, int vector)
{
	struct vector *v = &nic->vector[vector];
	struct at now = sim_now(nic->sim);

	if (!event_pending(&v->event))
		return;
	engine_reschedule(nic->sim->engine, &v->event, at_max(now, v->due));
}

/* The interval is loaded at the next message. The counter is written unless CNT_WDIS; interval 0
 * switches the throttle off, which releases a message that waits. */
void nic_eitr_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	struct vector *v;
	uint32_t eitr = (uint32_t)value;
	uint32_t interval = eitr >> EITR_INTERVAL_SHIFT & EITR_INTERVAL_MASK;
	uint64_t counter = (eitr >> EITR_COUNTER_SHIFT & EITR_COUNTER_MASK)
			   << EITR_COUNTER_LOW_BITS;

	if (index >= NIC82599_VECTORS)
		return;
	v = &nic->vector[index];
	v->eitr = eitr & EITR_STORED;
	if (!(eitr & EITR_CNT_WDIS)) {
		v->credits = eitr >> EITR_CREDIT_SHIFT & EITR_CREDIT;
		v->credited = sim_now(nic->sim);
	}
	if (nic->cfg.moderation.kind != NIC82599_MODERATION_EITR)
		return;
	v->interval = dur_mul(itr_unit(nic), interval);
	if (nic_has_block(nic)) {
		nic_block_load(nic, v, !(eitr & EITR_CNT_WDIS), dur_mul(itr_unit(nic), counter));
		return;
	}
	if (interval == 0) {
		v->due = sim_now(nic->sim);
	} else if (!(eitr & EITR_CNT_WDIS)) {
		v->due = at_add(sim_now(nic->sim), dur_mul(itr_unit(nic), counter));
	} else {
		return;
	}
	counter_moved(nic, (int)index);
}

uint64_t nic_eitr_read(void *ctx, unsigned index)
{
	const struct nic82599 *nic = ctx;
	const struct vector *v;
	uint64_t left;

	if (index >= NIC82599_VECTORS)
		return 0;
	v = &nic->vector[index];
	left = at_since(v->due, sim_now(nic->sim)).ps / itr_unit(nic).ps;
	return v->eitr | (left >> EITR_COUNTER_LOW_BITS & EITR_COUNTER_MASK) << EITR_COUNTER_SHIFT;
}

void nic_irq_init(struct nic82599 *nic)
{
	unsigned i;

	for (i = 0; i < NIC82599_VECTORS; i++) {
		nic->vector[i].nic = nic;
		event_init(&nic->vector[i].event, "nic82599.itr", PHASE_DEVICE, vector_due,
			   &nic->vector[i]);
	}
}

void nic_irq_reset(struct nic82599 *nic)
{
	unsigned i;

	nic->cause = nic->mask = nic->automask = 0;
	nic->cause_other = nic->mask_other = nic->automask_other = 0;
	nic->gpie = nic->eiac = 0;
	nic->timer_vector = nic->other_vector = -1;
	for (i = 0; i < NIC82599_QUEUES; i++)
		nic->rx_vector[i] = nic->tx_vector[i] = -1;
	for (i = 0; i < NIC82599_VECTORS; i++) {
		struct vector *v = &nic->vector[i];

		engine_cancel(nic->sim->engine, &v->event);
		v->due = sim_now(nic->sim);
		v->interval = dur_ps(0);
		nic_moderation_reset(nic, v);
		if (nic_has_block(nic))
			nic_block_reset(nic, v);
		v->eitr = 0;
		v->coalescing = v->credits = 0;
		v->credited = sim_now(nic->sim);
		v->delayed = false;
		v->rx_queues[0] = v->rx_queues[1] = 0;
	}
}
