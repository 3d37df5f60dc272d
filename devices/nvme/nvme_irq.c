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

static void time_over(void *ctx)
{
	struct nvme_vector *vector = ctx;

	if (entries_unseen(vector->nvme, (unsigned)(vector - vector->nvme->vector)))
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
