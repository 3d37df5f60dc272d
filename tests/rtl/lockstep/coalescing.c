/* SPDX-License-Identifier: MIT */
/* Interrupts of an NVMe controller: completion entries in queues that share vectors or do not,
 * with features that change while entries are held. */
#include <stdio.h>
#include <stdlib.h>

#include "devices/nvme/nvme_internal.h"
#include "tests/rtl/lockstep/lockstep.h"

#define STEP_PS (100 * PS_PER_US)     /* of the aggregation time */

struct state {
	struct rtl_coalescing *rtl;
	unsigned queues, vectors;
	uint64_t typical_grains;
};

static struct nvme *nvme(struct lockstep *ls, unsigned side)
{
	return ls->side[side].device;
}

static void dma(void *ctx, const struct dma_req *req)
{
}

static void msix(void *ctx, unsigned vector)
{
	struct side *side = ctx;

	side->messages++;
	ls_out(side, 1, vector);
}

static const struct nvme_ops ops = { .dma = dma, .msix = msix };

static void features(struct lockstep *ls)
{
	uint32_t entries = (uint32_t)ls_below(ls, ls_chance(ls, 2) ? 6 : 257);
	uint64_t time_ps = ls_below(ls, 256) * STEP_PS;

	if (ls_chance(ls, 3))
		time_ps = ls_below(ls, 100000000) * ls->grain_ps;
	for (unsigned s = 0; s < SIDES; s++) {
		nvme(ls, s)->features.coalesce_entries = entries;
		nvme(ls, s)->features.coalesce_time = dur_ps(time_ps);
	}
}

static void queue(struct lockstep *ls, unsigned cqid)
{
	uint16_t vector = (uint16_t)ls_below(ls, ((struct state *)ls->state)->vectors);
	bool interrupts = !ls_chance(ls, 8);

	for (unsigned s = 0; s < SIDES; s++) {
		struct nvme_cq *cq = &nvme(ls, s)->cq[cqid];

		cq->live = true;
		cq->interrupts = interrupts;
		cq->vector = vector;
	}
}

static void begin(struct lockstep *ls)
{
	static const unsigned queues[] = { 1, 8, 63, 64 };
	struct state *state = calloc(1, sizeof(*state));
	struct nvme_cfg cfg = { .name = "nvme0", .capacity_bytes = 1 << 20, .queue_entries = 1024,
				.media = { .name = "test" } };

	ls->state = state;
	state->queues = cfg.io_queues = queues[ls_below(ls, 4)];
	state->vectors = cfg.vectors = ls_chance(ls, 2) ? 1 + (unsigned)ls_below(ls, 4)
							: ls_chance(ls, 2) ? 256
									   : state->queues + 1;
	cfg.coalesce_rearm = ls_chance(ls, 3);
	state->typical_grains = 1ULL << (4 + ls_below(ls, 24));
	for (unsigned s = 0; s < SIDES; s++) {
		struct side *side = &ls->side[s];

		if (s && rtl_coalescing_create(&state->rtl, &side->sim, &ls->rtl, &cfg.block))
			exit(2);
		if (nvme_create((struct nvme **)&side->device, &side->sim, &cfg, &ops, side))
			exit(2);
	}
	for (unsigned i = 0; i <= state->queues; i++)
		queue(ls, i);
	features(ls);
}

static void end(struct lockstep *ls)
{
	struct state *state = ls->state;

	for (unsigned s = 0; s < SIDES; s++)
		nvme_destroy(nvme(ls, s));
	rtl_coalescing_destroy(state->rtl);
	free(state);
}

static void entry(struct lockstep *ls, unsigned cqid)
{
	for (unsigned s = 0; s < SIDES; s++) {
		struct nvme *n = nvme(ls, s);

		n->cq[cqid].tail++;
		nvme_irq_entry(n, cqid);
	}
}

static void taken(struct lockstep *ls, unsigned cqid)
{
	for (unsigned s = 0; s < SIDES; s++)
		nvme(ls, s)->cq[cqid].head = nvme(ls, s)->cq[cqid].tail;
}

static void operate(struct lockstep *ls)
{
	struct state *state = ls->state;
	unsigned cqid = (unsigned)ls_below(ls, ls_chance(ls, 2) && state->queues > 3
						       ? 3
						       : state->queues + 1);

	ls_advance_random(ls, state->typical_grains);
	switch (ls_below(ls, 64)) {
	case 0 ... 47:
		entry(ls, cqid);
		break;
	case 48 ... 57:
		taken(ls, cqid);
		break;
	case 58 ... 59:
		if (ls_chance(ls, 8))
			features(ls);
		break;
	case 60: {
		unsigned vector = (unsigned)ls_below(ls, state->vectors);
		bool no = ls_chance(ls, 4);

		for (unsigned s = 0; s < SIDES; s++)
			nvme(ls, s)->vector[vector].no_coalescing = no;
		break;
	}
	case 61:
		queue(ls, cqid);
		break;
	case 62:
		if (!ls_chance(ls, 64))
			break;
		for (unsigned s = 0; s < SIDES; s++)
			nvme_irq_reset(nvme(ls, s));
		break;
	default:
		break;
	}
}

/* Each vector: a full batch, and one that the time ends, the host having taken it or not. */
static void directed(struct lockstep *ls)
{
	struct state *state = ls->state;

	for (unsigned threshold = 0; threshold <= 256; threshold += threshold < 4 ? 1 : 63) {
		unsigned cqid = 1 + threshold % state->queues;

		for (unsigned s = 0; s < SIDES; s++) {
			struct nvme *n = nvme(ls, s);

			nvme_irq_reset(n);
			n->features.coalesce_entries = threshold;
			n->features.coalesce_time = dur_ps(STEP_PS);
			n->cq[cqid].interrupts = true;
			n->cq[cqid].vector = (uint16_t)(threshold % state->vectors);
			n->vector[n->cq[cqid].vector].no_coalescing = false;
		}
		for (unsigned i = 0; i < 2 * threshold + 1; i++)
			entry(ls, cqid);
		ls_advance(ls, STEP_PS / ls->grain_ps - 1);
		ls_advance(ls, 1);
		entry(ls, cqid);
		for (unsigned i = 0; i <= state->queues; i++)
			taken(ls, i);
		ls_advance(ls, STEP_PS / ls->grain_ps);
	}
}

const struct subject coalescing_subject = { "coalescing", begin, operate, directed, end };
