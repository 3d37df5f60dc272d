// SPDX-License-Identifier: MIT
/* Interrupts by MSI-X (7.5.2), and their coalescing (5.21.1.8, 5.21.1.9). */
#include "devices/nvme/nvme_internal.h"

static void raise_vector(struct nvme *nvme, unsigned vector, unsigned entries)
{
	nvme->stats.irqs->value++;
	nvme_trace(nvme, NVME_TRACE_IRQ, vector, entries, 0);
	nvme->ops->msix(nvme->ctx, vector);
}

static void signal_held(struct nvme_vector *vector)
{
	unsigned held = vector->held;

	engine_cancel(vector->nvme->sim->engine, &vector->event);
	vector->held = 0;
	raise_vector(vector->nvme, (unsigned)(vector - vector->nvme->vector), held);
}

/* An interrupt for entries that the host has taken meanwhile would be spurious. */
static bool entries_unseen(const struct nvme *nvme, unsigned vector)
{
	for (unsigned i = 0; i <= nvme->cfg.io_queues; i++) {
		const struct nvme_cq *cq = &nvme->cq[i];

		if (cq->live && cq->interrupts && cq->vector == vector && cq->head != cq->tail)
			return true;
	}
	return false;
}

/* ---- coalescing by another block (cfg.block), with the vector's event as its timer ---- */

static bool has_block(const struct nvme *nvme)
{
	return nvme->cfg.block.step != NULL;
}

static void block_do(struct nvme_vector *vector, struct coalescing_op op)
{
	struct nvme *nvme = vector->nvme;
	struct coalescing_answer answer;

	op.vector = (unsigned)(vector - nvme->vector);
	op.threshold = nvme->features.coalesce_entries;
	op.wait = nvme->features.coalesce_time;
	nvme->cfg.block.step(nvme->cfg.block.ctx, &op, &answer);
	if (answer.timer_clear)
		engine_cancel(nvme->sim->engine, &vector->event);
	if (answer.raise)
		raise_vector(nvme, op.vector, answer.entries);
	if (answer.timer_set)
		engine_reschedule(nvme->sim->engine, &vector->event, answer.timer);
}

/* ---- own ---- */

static void time_over(void *ctx)
{
	struct nvme_vector *vector = ctx;
	unsigned number = (unsigned)(vector - vector->nvme->vector);

	if (has_block(vector->nvme)) {
		block_do(vector, (struct coalescing_op){
					 .what = COALESCING_EXPIRE,
					 .unseen = entries_unseen(vector->nvme, number) });
		return;
	}

	if (entries_unseen(vector->nvme, number))
		signal_held(vector);
	else
		vector->held = 0;
}

void nvme_irq_init(struct nvme *nvme)
{
	for (unsigned i = 0; i < nvme->cfg.vectors; i++) {
		nvme->vector[i].nvme = nvme;
		event_init(&nvme->vector[i].event, "nvme.coalesce", PHASE_DEVICE, time_over,
			   &nvme->vector[i]);
	}
}

void nvme_irq_reset(struct nvme *nvme)
{
	for (unsigned i = 0; i < nvme->cfg.vectors; i++) {
		engine_cancel(nvme->sim->engine, &nvme->vector[i].event);
		nvme->vector[i].held = 0;
		if (has_block(nvme))
			block_do(&nvme->vector[i],
				 (struct coalescing_op){ .what = COALESCING_RESET });
	}
}

/* An entry was written to the queue. */
void nvme_irq_entry(struct nvme *nvme, unsigned cqid)
{
	const struct nvme_cq *cq = &nvme->cq[cqid];
	const struct nvme_features *features = &nvme->features;
	struct nvme_vector *vector = &nvme->vector[cq->vector];

	if (!cq->interrupts)
		return;
	if (has_block(nvme)) {
		block_do(vector, (struct coalescing_op){
					 .what = COALESCING_ENTRY,
					 .rearm = nvme->cfg.coalesce_rearm,
					 .bypass = cqid == 0 || vector->no_coalescing });
		return;
	}
	/* Coalescing is for I/O queues; no time or a threshold of one entry means none. */
	if (cqid == 0 || vector->no_coalescing || !features->coalesce_time.ps ||
	    features->coalesce_entries <= 1) {
		raise_vector(nvme, cq->vector, 1);
		return;
	}
	if (nvme->cfg.coalesce_rearm)
		engine_cancel(nvme->sim->engine, &vector->event);
	if (++vector->held >= features->coalesce_entries)
		signal_held(vector);
	else if (!event_pending(&vector->event))
		engine_schedule_in(nvme->sim->engine, &vector->event, features->coalesce_time);
}
