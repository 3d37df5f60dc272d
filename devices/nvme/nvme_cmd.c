// SPDX-License-Identifier: MIT
/* Command contexts: taken when an entry is requested, free when its completion entry is written. */
#include <stdlib.h>

#include "devices/nvme/nvme_internal.h"
#include "model/core/assert.h"

void nvme_list_push(struct nvme_list *list, struct nvme_cmd *cmd)
{
	cmd->next = NULL;
	if (list->head)
		list->tail->next = cmd;
	else
		list->head = cmd;
	list->tail = cmd;
}

struct nvme_cmd *nvme_list_pop(struct nvme_list *list)
{
	struct nvme_cmd *cmd = list->head;

	if (cmd)
		list->head = cmd->next;
	return cmd;
}

bool nvme_list_remove(struct nvme_list *list, struct nvme_cmd *cmd)
{
	struct nvme_list rest = { 0 };
	struct nvme_cmd *each;
	bool found = false;

	while ((each = nvme_list_pop(list))) {
		if (each == cmd)
			found = true;
		else
			nvme_list_push(&rest, each);
	}
	*list = rest;
	return found;
}

static void decode(struct nvme_cmd *cmd)
{
	struct nvme_sq *sq = &cmd->nvme->sq[cmd->sqid];
	uint64_t *word = &sq->cids[cmd->cid / 64];
	uint64_t bit = 1ull << cmd->cid % 64;

	nvme_trace(cmd->nvme, NVME_TRACE_START, nvme_correlator(cmd), cmd->opcode,
		   sqe_dword(cmd->sqe, 10) | (uint64_t)sqe_dword(cmd->sqe, 11) << 32);
	/* 4.2: an identifier in use cannot be used again. */
	if (*word & bit) {
		nvme_cmd_complete(cmd, NVME_ERR_CID_CONFLICT);
		return;
	}
	*word |= bit;
	cmd->owns_cid = true;
	/* 4.2: fused operations are not supported, and admin commands have no SGLs. */
	if (cmd->sqe[1] & NVME_FUSE || ((cmd->sqe[1] & NVME_PSDT) &&
	    ((cmd->sqe[1] & NVME_PSDT) != NVME_PSDT_SGL || !cmd->sqid || !cmd->nvme->cfg.sgl))) {
		nvme_cmd_complete(cmd, NVME_ERR_FIELD);
		return;
	}
	if (cmd->sqid == 0)
		nvme_admin_decode(cmd);
	else
		nvme_io_decode(cmd);
}

static void cmd_event(void *ctx)
{
	struct nvme_cmd *cmd = ctx;

	if (cmd->phase == NVME_PHASE_DECODE)
		decode(cmd);
	else if (cmd->phase == NVME_PHASE_LATE)
		nvme_cq_complete(cmd);
	else
		nvme_media_event(cmd);
}

int nvme_cmds_init(struct nvme *nvme)
{
	size_t each = nvme->cfg.transfer_max / 4096u + 1;

	nvme->cmds = calloc(nvme->cfg.outstanding, sizeof(*nvme->cmds));
	nvme->prps = calloc(nvme->cfg.outstanding, each * sizeof(*nvme->prps));
	if (!nvme->cmds || !nvme->prps)
		return SIM_ERR_MEMORY;
	for (unsigned i = nvme->cfg.outstanding; i-- > 0; ) {
		struct nvme_cmd *cmd = &nvme->cmds[i];

		cmd->nvme = nvme;
		cmd->prp = nvme->prps + i * each;
		cmd->index = (uint16_t)i;
		event_init(&cmd->event, "nvme.cmd", PHASE_DEVICE, cmd_event, cmd);
		cmd->next = nvme->free;
		nvme->free = cmd;
	}
	nvme->free_count = nvme->cfg.outstanding;
	return SIM_OK;
}

/* Every command is forgotten; DMA answers still to come are recognised by their generation. */
void nvme_cmds_reset(struct nvme *nvme)
{
	nvme->aers = nvme->aborts_waiting = 0;
	for (unsigned i = 0; i < nvme->namespaces; i++)
		nvme->ns[i].formatting = false;
	for (unsigned i = nvme->cfg.outstanding; i-- > 0; ) {
		if (nvme->cmds[i].phase != NVME_PHASE_FREE)
			nvme_cmd_free(&nvme->cmds[i]);
	}
}

struct nvme_cmd *nvme_cmd_take(struct nvme *nvme)
{
	struct nvme_cmd *cmd = nvme->free;

	ASSERT(cmd);
	nvme->free = cmd->next;
	nvme->free_count--;
	cmd->status = NVME_OK;
	cmd->result = 0;
	cmd->owns_cid = cmd->decided = false;
	cmd->waiting = 0;
	cmd->bytes = 0;
	cmd->pages = cmd->mapped = 0;
	cmd->ns = NULL;
	cmd->lba = 0;
	cmd->place = cmd->length = 0;
	return cmd;
}

void nvme_cmd_free(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;

	if (cmd->owns_cid)
		nvme->sq[cmd->sqid].cids[cmd->cid / 64] &= ~(1ull << cmd->cid % 64);
	if (cmd->sqid)
		nvme_power_done(nvme);
	engine_cancel(nvme->sim->engine, &cmd->event);
	cmd->generation++;
	cmd->phase = NVME_PHASE_FREE;
	cmd->next = nvme->free;
	nvme->free = cmd;
	nvme->free_count++;
}

/* The entry has arrived. */
void nvme_cmd_begin(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;

	cmd->opcode = cmd->work = cmd->sqe[0];
	cmd->cid = get16(cmd->sqe + 2);
	cmd->phase = NVME_PHASE_DECODE;
	if (nvme->cfg.command_decode.ps)
		engine_schedule_in(nvme->sim->engine, &cmd->event, nvme->cfg.command_decode);
	else
		decode(cmd);
}

/* Every page of the command's data is known. */
void nvme_cmd_mapped(struct nvme_cmd *cmd)
{
	if (cmd->sqid == 0)
		nvme_admin_execute(cmd);
	else
		nvme_io_mapped(cmd);
}

void nvme_cmd_complete(struct nvme_cmd *cmd, uint16_t status)
{
	struct nvme *nvme = cmd->nvme;

	cmd->status = status;
	/* 5.14.1.1: errors are logged, and the entry says so (M, 4.6.1). */
	if (status) {
		nvme_log_error(nvme, cmd->sqid, cmd->cid, status | NVME_STATUS_MORE, cmd->lba,
			       get32(cmd->sqe + 4));
		cmd->status |= NVME_STATUS_MORE;
		nvme->stats.errors->value++;
	}
	nvme_cq_complete(cmd);
}

/* A completion that is held back comes now: it must not outlive its queue. */
void nvme_cmd_hurry(struct nvme_cmd *cmd)
{
	engine_cancel(cmd->nvme->sim->engine, &cmd->event);
	nvme_cq_complete(cmd);
}

/* Ends a command early. False if it is not to be had any more. */
bool nvme_cmd_abort(struct nvme_cmd *cmd, uint16_t status)
{
	switch (cmd->phase) {
	case NVME_PHASE_FREE:
	case NVME_PHASE_FETCH:
	case NVME_PHASE_LATE:
	case NVME_PHASE_CQ_WAIT:
		return false;
	case NVME_PHASE_MEDIUM_WAIT:
	case NVME_PHASE_MEDIUM:
	case NVME_PHASE_TRANSFER:
		nvme_media_forget(cmd);
		if (!cmd->sqid)
			nvme_format_forget(cmd);
		break;
	case NVME_PHASE_PARKED:
		nvme_event_forget(cmd);
		break;
	case NVME_PHASE_DECODE:
	case NVME_PHASE_LIST:
	case NVME_PHASE_DATA:
		break;
	}
	engine_cancel(cmd->nvme->sim->engine, &cmd->event);
	/* Answers to its DMA reads come too late from here on. */
	cmd->generation++;
	nvme_cmd_complete(cmd, status);
	return true;
}

struct nvme_cmd *nvme_cmd_find(struct nvme *nvme, unsigned sqid, uint16_t cid)
{
	for (unsigned i = 0; i < nvme->cfg.outstanding; i++) {
		struct nvme_cmd *cmd = &nvme->cmds[i];

		if (cmd->phase > NVME_PHASE_FETCH && cmd->sqid == sqid && cmd->cid == cid)
			return cmd;
	}
	return NULL;
}
