/* SPDX-License-Identifier: MIT */
/* Message interrupts and vectors pending at local APICs. Intel Software Developer's Manual volume
 * 3A, chapter 10. */
#include "devices/intc/intc.h"

#include <stdlib.h>

#include "model/core/assert.h"
#include "model/trace/stats.h"
#include "model/trace/trace.h"

#define CORES_MAX        64u
#define VECTORS          256u
#define WORDS            (VECTORS / 64)
#define DELIVERIES_FIRST 256

/* 10.11.1: bits 31:20 are 0xfee, 19:12 the destination; redirection hint and logical destination
 * mode (bits 3:2) are not used here, the rest is reserved. */
#define MSI_ADDR_MASK    0xfffffffffff00fffULL
#define MSI_ADDR         0xfee00000ULL
#define MSI_CORE_SHIFT   12
#define MSI_CORE_MASK    0xffu
/* 10.11.2: bits 10:8 delivery mode, 000 = fixed; bit 15 trigger mode, 0 = edge. */
#define MSI_DATA_MODES   0x8700u
#define VECTOR_LEGAL_MIN 16u   /* 10.5.2: 0 to 15 are illegal in a message */

#define TRACE_POINT(id, ...) INTC_TRACE_##id,
enum intc_trace {
#include "devices/intc/trace.def"
	INTC_TRACE_COUNT,
};
#undef TRACE_POINT

#define TRACE_POINT(id, name, a, b, c) { name, { a, b, c } },
static const struct trace_point trace_points[] = {
#include "devices/intc/trace.def"
};
#undef TRACE_POINT

/* One interrupt on its way to a core. */
struct delivery {
	struct event event;
	struct intc *intc;
	struct delivery *next;   /* free */
	unsigned core, vector;
};

/* Deliveries hold their events and must not move: the pool grows by whole chunks. */
struct chunk {
	struct chunk *next;
	size_t count;
	struct delivery deliveries[];
};

struct core {
	uint64_t irr[WORDS];     /* 10.8.4: accepted and not yet taken */
};

struct intc {
	struct sim *sim;
	struct intc_cfg cfg;
	const struct intc_ops *ops;
	void *ctx;
	struct trace_source trace;
	struct counter *messages, *spurious;
	struct delivery *free;
	struct chunk *chunks;
	size_t deliveries;
	struct core cores[];
};

static void deliver(void *ctx)
{
	struct delivery *delivery = ctx;
	struct intc *intc = delivery->intc;
	unsigned core = delivery->core, vector = delivery->vector;
	uint64_t *word = &intc->cores[core].irr[vector / 64];
	uint64_t bit = 1ULL << vector % 64;

	delivery->next = intc->free;
	intc->free = delivery;
	if (*word & bit)
		return;   /* 10.8.4: one request of a vector is held, more merge with it */
	*word |= bit;
	trace_emit(&intc->trace, INTC_TRACE_PENDING, core, vector, 0);
	intc->ops->pending(intc->ctx, core, vector);
}

static bool pool_grow(struct intc *intc)
{
	size_t count = intc->deliveries ? intc->deliveries : DELIVERIES_FIRST;
	struct chunk *chunk = calloc(1, sizeof(*chunk) + count * sizeof(chunk->deliveries[0]));

	if (!chunk)
		return false;
	chunk->count = count;
	chunk->next = intc->chunks;
	intc->chunks = chunk;
	intc->deliveries += count;
	for (size_t i = count; i-- > 0;) {
		struct delivery *delivery = &chunk->deliveries[i];

		event_init(&delivery->event, "interrupt", PHASE_INTERRUPT, deliver, delivery);
		delivery->intc = intc;
		delivery->next = intc->free;
		intc->free = delivery;
	}
	return true;
}

int intc_create(struct intc **out, struct sim *sim, const struct intc_cfg *cfg,
		const struct intc_ops *ops, void *ctx)
{
	struct intc *intc;

	*out = NULL;
	if (cfg->cores < 1 || cfg->cores > CORES_MAX)
		return sim_fail(sim, SIM_ERR_CONFIG, "interrupt controller: %u cores, not 1..%u",
				cfg->cores, CORES_MAX);
	intc = calloc(1, sizeof(*intc) + cfg->cores * sizeof(intc->cores[0]));
	if (!intc)
		return sim_fail(sim, SIM_ERR_MEMORY, "interrupt controller: out of host memory");
	intc->sim = sim;
	intc->cfg = *cfg;
	intc->ops = ops;
	intc->ctx = ctx;
	if (!pool_grow(intc)) {
		free(intc);
		return sim_fail(sim, SIM_ERR_MEMORY, "interrupt controller: out of host memory");
	}
	trace_source_init(&intc->trace, sim, "intc", trace_points, INTC_TRACE_COUNT);
	intc->messages = stats_counter(sim->stats, "intc.msi");
	intc->spurious = stats_counter(sim->stats, "intc.spurious");
	*out = intc;
	return SIM_OK;
}

void intc_destroy(struct intc *intc)
{
	if (!intc)
		return;
	while (intc->chunks) {
		struct chunk *chunk = intc->chunks;

		for (size_t i = 0; i < chunk->count; i++)
			engine_cancel(intc->sim->engine, &chunk->deliveries[i].event);
		intc->chunks = chunk->next;
		free(chunk);
	}
	free(intc);
}

static void send(struct intc *intc, unsigned core, unsigned vector, struct dur delay)
{
	struct delivery *delivery;

	if (!intc->free)
		ASSERT(pool_grow(intc));
	delivery = intc->free;
	intc->free = delivery->next;
	delivery->core = core;
	delivery->vector = vector;
	engine_schedule_in(intc->sim->engine, &delivery->event, delay);
}

bool intc_msi_in(struct intc *intc, const struct msi_msg *msg, struct dur delay)
{
	unsigned core = (unsigned)(msg->addr >> MSI_CORE_SHIFT) & MSI_CORE_MASK;
	unsigned vector = msg->data & (VECTORS - 1);

	if ((msg->addr & MSI_ADDR_MASK) != MSI_ADDR || core >= intc->cfg.cores ||
	    msg->data & MSI_DATA_MODES || vector < VECTOR_LEGAL_MIN) {
		intc->spurious->value++;
		trace_emit(&intc->trace, INTC_TRACE_ERR_MESSAGE, msg->addr, msg->data, 0);
		return false;
	}
	intc->messages->value++;
	trace_emit(&intc->trace, INTC_TRACE_MSI, core, vector, 0);
	send(intc, core, vector, dur_add(delay, intc->cfg.msi_latency));
	return true;
}

bool intc_msi(struct intc *intc, const struct msi_msg *msg)
{
	return intc_msi_in(intc, msg, dur_ps(0));
}

void intc_raise(struct intc *intc, unsigned core, unsigned vector, struct dur delay)
{
	ASSERT(core < intc->cfg.cores && vector < VECTORS);
	trace_emit(&intc->trace, INTC_TRACE_RAISE, core, vector, delay.ps);
	send(intc, core, vector, delay);
}

/* 10.8.3: the priority of an interrupt is its vector's number. */
int intc_take(struct intc *intc, unsigned core)
{
	uint64_t *irr;

	ASSERT(core < intc->cfg.cores);
	irr = intc->cores[core].irr;
	for (unsigned i = WORDS; i-- > 0;) {
		if (irr[i]) {
			unsigned bit = 63 - (unsigned)__builtin_clzll(irr[i]);

			irr[i] &= ~(1ULL << bit);
			trace_emit(&intc->trace, INTC_TRACE_TAKE, core, i * 64 + bit, 0);
			return (int)(i * 64 + bit);
		}
	}
	return -1;
}

bool intc_is_pending(const struct intc *intc, unsigned core)
{
	const uint64_t *irr;

	ASSERT(core < intc->cfg.cores);
	irr = intc->cores[core].irr;
	return irr[0] | irr[1] | irr[2] | irr[3];
}
