// SPDX-License-Identifier: MIT
/* Submission and completion queues: their state, and doorbells (4.1, 3.1.24, 3.1.25). */
#include <stdlib.h>

#include "devices/nvme/nvme_internal.h"
#include "model/port/ring.h"

#define NO_QUEUE 0xffffu   /* an error that belongs to no command, 5.14.1.1 */
#define ADMIN_ENTRIES_MAX 4096u   /* whatever MQES says, 3.1.8 */

int nvme_queues_init(struct nvme *nvme)
{
	for (unsigned i = 0; i <= nvme->cfg.io_queues; i++) {
		struct nvme_sq *sq = &nvme->sq[i];
		size_t entries = i ? nvme->cfg.queue_entries : ADMIN_ENTRIES_MAX;

		sq->nvme = nvme;
		sq->id = (uint16_t)i;
		sq->fetches_end = &sq->fetches;
		event_init(&sq->fetch_event, "nvme.fetch", PHASE_DEVICE, nvme_fetch_due, sq);
		sq->doorbells = calloc(entries, sizeof(*sq->doorbells));
		sq->cids = calloc(NVME_CIDS / 64, sizeof(*sq->cids));
		if (!sq->doorbells || !sq->cids)
			return SIM_ERR_MEMORY;
	}
	return SIM_OK;
}

void nvme_queues_free(struct nvme *nvme)
{
	for (unsigned i = 0; i < NVME_QUEUES_MAX; i++) {
		free(nvme->sq[i].doorbells);
		free(nvme->sq[i].cids);
	}
}

void nvme_queues_reset(struct nvme *nvme)
{
	for (unsigned i = 0; i <= nvme->cfg.io_queues; i++) {
		nvme->sq[i].live = false;
		nvme->cq[i].live = false;
		nvme->cq[i].waiting = (struct nvme_list){ 0 };
		engine_cancel(nvme->sim->engine, &nvme->sq[i].fetch_event);
	}
	nvme_fetch_reset(nvme);
	nvme_media_reset(nvme);
	nvme_irq_reset(nvme);
	nvme_cmds_reset(nvme);
}

void nvme_cq_open(struct nvme *nvme, unsigned qid, uint64_t base, uint32_t entries, unsigned vector,
		  bool interrupts)
{
	nvme->cq[qid] = (struct nvme_cq){
		.live = true,
		.interrupts = interrupts,
		.vector = (uint16_t)vector,
		.base = base,
		.entries = entries,
		.phase = true,
	};
	nvme_trace(nvme, NVME_TRACE_QUEUE_CREATE, qid, 0, entries);
}

void nvme_sq_open(struct nvme *nvme, unsigned qid, uint64_t base, uint32_t entries, unsigned cqid)
{
	struct nvme_sq *sq = &nvme->sq[qid];

	sq->live = true;
	sq->opened++;
	sq->cqid = (uint16_t)cqid;
	sq->base = base;
	sq->entries = entries;
	sq->head = sq->fetched = sq->tail = 0;
	memset(sq->cids, 0, NVME_CIDS / 8);
	nvme->cq[cqid].users++;
	nvme_trace(nvme, NVME_TRACE_QUEUE_CREATE, qid, 1, entries);
}

/* 5.6: commands under way are aborted, entries not yet fetched are forgotten. */
void nvme_sq_close(struct nvme *nvme, unsigned qid)
{
	struct nvme_sq *sq = &nvme->sq[qid];

	nvme_fetch_close(nvme, sq);
	for (unsigned i = 0; i < nvme->cfg.outstanding; i++) {
		struct nvme_cmd *cmd = &nvme->cmds[i];

		if (cmd->phase == NVME_PHASE_FREE || cmd->sqid != qid)
			continue;
		if (cmd->phase == NVME_PHASE_LATE)
			nvme_cmd_hurry(cmd);
		else
			nvme_cmd_abort(cmd, NVME_ERR_SQ_DELETED);
	}
	sq->live = false;
	nvme->cq[sq->cqid].users--;
	nvme_trace(nvme, NVME_TRACE_QUEUE_DELETE, qid, 1, 0);
}

/* 5.5: nobody uses it any more; completions that found it full are lost with it. */
void nvme_cq_close(struct nvme *nvme, unsigned qid)
{
	struct nvme_cmd *cmd;

	while ((cmd = nvme_list_pop(&nvme->cq[qid].waiting)))
		nvme_cmd_free(cmd);
	nvme->cq[qid].live = false;
	nvme_trace(nvme, NVME_TRACE_QUEUE_DELETE, qid, 0, 0);
}

static void bad_doorbell(struct nvme *nvme, enum nvme_guest_error what, unsigned qid,
			 uint32_t value)
{
	uint8_t info = what == NVME_GUEST_DOORBELL_QUEUE ? NVME_EVENT_ERROR_DOORBELL_REGISTER :
							  NVME_EVENT_ERROR_DOORBELL_VALUE;

	nvme_guest_error(nvme, what, qid, value);
	if (what == NVME_GUEST_DOORBELL_STATE)
		return;
	nvme_log_error(nvme, NO_QUEUE, NO_QUEUE, 0, 0, 0);
	nvme_event_raise(nvme, NVME_EVENT_ERROR, info, NVME_LOG_ERROR);
}

static uint32_t ring_distance(uint32_t from, uint32_t to, uint32_t entries)
{
	return to >= from ? to - from : to + entries - from;
}

void nvme_sq_doorbell(struct nvme *nvme, unsigned qid, uint32_t tail)
{
	struct nvme_sq *sq = &nvme->sq[qid < NVME_QUEUES_MAX ? qid : 0];
	struct at now = sim_now(nvme->sim);
	struct dur wait;
	uint32_t added;

	if (nvme->state != NVME_STATE_READY) {
		/* A driver that has not noticed the failure yet makes no mistake. */
		if (nvme->state != NVME_STATE_FAILED)
			bad_doorbell(nvme, NVME_GUEST_DOORBELL_STATE, qid, tail);
		return;
	}
	if (qid >= NVME_QUEUES_MAX || !sq->live) {
		bad_doorbell(nvme, NVME_GUEST_DOORBELL_QUEUE, qid, tail);
		return;
	}
	/* 5.2.1: beyond the queue, unchanged, or adding entries to a full queue. */
	added = tail < sq->entries ? ring_distance(sq->tail, tail, sq->entries) : 0;
	if (!added || added + ring_distance(sq->head, sq->tail, sq->entries) >= sq->entries) {
		bad_doorbell(nvme, NVME_GUEST_DOORBELL_VALUE, qid, tail);
		return;
	}
	nvme_trace(nvme, NVME_TRACE_SQ_DOORBELL, qid, tail, 0);
	for (uint32_t i = sq->tail; i != tail; i = i + 1 == sq->entries ? 0 : i + 1)
		sq->doorbells[i] = now;
	sq->tail = tail;
	if (sq->in_turn || event_pending(&sq->fetch_event))
		return;
	wait = dur_add(nvme->cfg.command_fetch, qid ? nvme_power_wake(nvme) : dur_ps(0));
	if (wait.ps)
		engine_schedule_in(nvme->sim->engine, &sq->fetch_event, wait);
	else
		nvme_fetch_due(sq);
}

void nvme_cq_doorbell(struct nvme *nvme, unsigned qid, uint32_t head)
{
	struct nvme_cq *cq = &nvme->cq[qid < NVME_QUEUES_MAX ? qid : 0];
	uint32_t taken;

	/* Drivers reap what is left after they have disabled the controller. During and after a
	 * shutdown completions are still taken, and others wait for that (7.6.2). */
	if (nvme->state == NVME_STATE_DISABLED || nvme->state == NVME_STATE_FAILED)
		return;
	if (qid >= NVME_QUEUES_MAX || !cq->live) {
		bad_doorbell(nvme, NVME_GUEST_DOORBELL_QUEUE, qid, head);
		return;
	}
	/* 5.2.1: beyond the queue, unchanged, or removing entries from an empty queue. */
	taken = head < cq->entries ? ring_distance(cq->head, head, cq->entries) : 0;
	if (!taken || taken > ring_distance(cq->head, cq->tail, cq->entries)) {
		bad_doorbell(nvme, NVME_GUEST_DOORBELL_VALUE, qid, head);
		return;
	}
	cq->head = head;
	if (cq->waiting.head)
		nvme_cq_post_waiting(nvme, qid);
}

static enum ring_entry any_entry(const uint8_t *bytes)
{
	return RING_ENTRY_END;
}

bool nvme_ring(const struct nvme *nvme, unsigned number, struct ring_view *view)
{
	const struct nvme_sq *sq = &nvme->sq[number];

	if (number > nvme->cfg.io_queues)
		return false;
	*view = (struct ring_view){
		.name = "submission queue",
		.number = number,
		.live = sq->live && nvme->state == NVME_STATE_READY,
		.opened = sq->opened,
		.base = sq->base,
		.entries = sq->entries,
		.entry_bytes = NVME_SQE_BYTES,
		.tail = sq->tail,
		.entry = any_entry,
	};
	return true;
}
