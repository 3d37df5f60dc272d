// SPDX-License-Identifier: MIT
/* Completion entries (4.6) and the queue they go to. */
#include "devices/nvme/nvme_internal.h"

static bool full(const struct nvme_cq *cq)
{
	uint32_t next = cq->tail + 1 == cq->entries ? 0 : cq->tail + 1;

	return next == cq->head;
}

static void count(struct nvme_cmd *cmd, struct dur latency)
{
	struct nvme *nvme = cmd->nvme;

	if (cmd->sqid == 0) {
		nvme->stats.admin->value++;
		return;
	}
	if (cmd->opcode == NVME_IO_READ)
		nvme->stats.read->value++;
	else if (cmd->opcode == NVME_IO_WRITE)
		nvme->stats.write->value++;
	else if (cmd->opcode == NVME_IO_FLUSH)
		nvme->stats.flush->value++;
	else
		nvme->stats.other->value++;
	stats_sample(nvme->sim->stats, nvme->stats.latency, latency.ps / PS_PER_NS);
}

static void write_entry(const struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	const struct nvme_sq *sq = &nvme->sq[cmd->sqid];
	struct nvme_cq *cq = &nvme->cq[sq->cqid];
	uint64_t addr = cq->base + (uint64_t)cq->tail * NVME_CQE_BYTES;
	uint8_t entry[NVME_CQE_BYTES];

	put32(entry, cmd->result);
	put32(entry + 4, 0);
	put16(entry + 8, (uint16_t)sq->head);
	put16(entry + 10, cmd->sqid);
	put16(entry + 12, cmd->told_cid);
	put16(entry + 14, (uint16_t)(cmd->status << 1 | cq->phase));
	if (++cq->tail == cq->entries) {
		cq->tail = 0;
		cq->phase = !cq->phase;
	}
	nvme_dma_write_entry(nvme, addr, entry, sizeof(entry));
}

static bool is_abort(const struct nvme_cmd *cmd)
{
	return !cmd->sqid && cmd->opcode == NVME_ADMIN_ABORT;
}

static void post(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	unsigned cqid = nvme->sq[cmd->sqid].cqid, sqid = cmd->sqid, entries = cmd->entries;
	struct dur latency = at_since(sim_now(nvme->sim), cmd->doorbell);
	uint16_t cid = cmd->cid, status = cmd->status;

	nvme_trace(nvme, NVME_TRACE_COMPLETE, nvme_correlator(cmd), status, latency.ps);
	if (cmd->phase == NVME_PHASE_CQ_WAIT && is_abort(cmd))
		nvme->aborts_waiting--;
	count(cmd, latency);
	for (unsigned i = 0; i < entries; i++)
		write_entry(cmd);
	nvme_cmd_free(cmd);
	if (nvme->ops->command_done)
		nvme->ops->command_done(nvme->ctx, sqid, cid, status);
	for (unsigned i = 0; i < entries; i++)
		nvme_irq_entry(nvme, cqid);
}

/* The host has taken entries. */
void nvme_cq_post_waiting(struct nvme *nvme, unsigned cqid)
{
	struct nvme_cq *cq = &nvme->cq[cqid];

	while (cq->waiting.head && !full(cq))
		post(nvme_list_pop(&cq->waiting));
	nvme_arbitrate(nvme);
}

/* Fault injection is asked once a command. True: its completion comes later. */
static bool held_back(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	struct dur late = dur_ps(0);
	bool good;

	if (cmd->decided)
		return false;
	cmd->decided = true;
	cmd->entries = 1;
	cmd->told_cid = cmd->cid;
	good = !cmd->status;
	if (nvme->ops->completion && cmd->sqid)
		cmd->entries = (uint8_t)nvme->ops->completion(nvme->ctx, &cmd->told_cid,
							      &cmd->status, &late);
	if (good && cmd->status)
		nvme->stats.errors->value++;
	if (!late.ps)
		return false;
	cmd->phase = NVME_PHASE_LATE;
	engine_schedule_in(nvme->sim->engine, &cmd->event, late);
	return true;
}

/* 4.1: a full queue takes no entry; the completion waits for the head doorbell. */
void nvme_cq_complete(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	unsigned cqid = nvme->sq[cmd->sqid].cqid;
	struct nvme_cq *cq = &nvme->cq[cqid];

	if (held_back(cmd))
		return;
	if (cq->waiting.head || full(cq)) {
		nvme_trace(nvme, NVME_TRACE_CQ_FULL, cqid, nvme_correlator(cmd), 0);
		cmd->phase = NVME_PHASE_CQ_WAIT;
		nvme->aborts_waiting += is_abort(cmd);
		nvme_list_push(&cq->waiting, cmd);
		return;
	}
	post(cmd);
	if (nvme->turn_head)
		nvme_arbitrate(nvme);
}
