// SPDX-License-Identifier: MIT
/* Admin commands (5): which there are, and which move data. */
#include "devices/nvme/nvme_internal.h"

#define IDENTIFY_BYTES 4096u

/* 5.1: commands are aborted wherever they are, unless their completion only waits for room. An
 * abort is done at once; it counts against ACL until its completion entry is written. */
static uint16_t abort_command(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	uint32_t dw10 = sqe_dword(cmd->sqe, 10);
	struct nvme_cmd *target = nvme_cmd_find(nvme, dw10 & 0xffff, (uint16_t)(dw10 >> 16));

	if (nvme->aborts_waiting == NVME_ABORTS)
		return NVME_ERR_ABORT_LIMIT;
	/* Bit 0 of the answer: 1 = not aborted. A command cannot abort itself. */
	cmd->result = 1;
	if (target && target != cmd && nvme_cmd_abort(target, NVME_ERR_ABORTED))
		cmd->result = 0;
	return NVME_OK;
}

/* Commands that need no data: done at once. */
static uint16_t execute_at_once(struct nvme_cmd *cmd)
{
	switch (cmd->opcode) {
	case NVME_ADMIN_DELETE_SQ:
		return nvme_delete_sq(cmd);
	case NVME_ADMIN_CREATE_SQ:
		return nvme_create_sq(cmd);
	case NVME_ADMIN_DELETE_CQ:
		return nvme_delete_cq(cmd);
	case NVME_ADMIN_CREATE_CQ:
		return nvme_create_cq(cmd);
	case NVME_ADMIN_ABORT:
		return abort_command(cmd);
	case NVME_ADMIN_SET_FEATURES:
		return nvme_set_features(cmd);
	case NVME_ADMIN_GET_FEATURES:
		return nvme_get_features(cmd);
	default:
		return NVME_ERR_OPCODE;
	}
}

/* 4.2, NSID: cleared to 0 where it is not used. */
static bool has_namespace_field(uint8_t opcode)
{
	switch (opcode) {
	case NVME_ADMIN_DELETE_SQ:
	case NVME_ADMIN_CREATE_SQ:
	case NVME_ADMIN_DELETE_CQ:
	case NVME_ADMIN_CREATE_CQ:
	case NVME_ADMIN_ABORT:
	case NVME_ADMIN_ASYNC_EVENT:
		return false;
	default:
		return true;
	}
}

/* Set Features and Get Features of values that do not fit a dword. */
static bool feature_with_data(struct nvme_cmd *cmd, uint32_t *bytes, uint16_t *status)
{
	bool set = cmd->opcode == NVME_ADMIN_SET_FEATURES;

	*bytes = nvme_feature_bytes(cmd->sqe);
	if (!*bytes || !(set || cmd->opcode == NVME_ADMIN_GET_FEATURES))
		return false;
	*status = set ? nvme_set_features(cmd) : nvme_get_features(cmd);
	/* Which values are supported (SEL 011b) is no data. */
	if (!*status && !set && (sqe_dword(cmd->sqe, 10) >> 8 & 7) == 3)
		*bytes = 0;
	return true;
}

void nvme_admin_decode(struct nvme_cmd *cmd)
{
	uint32_t bytes = 0;
	uint16_t status = NVME_OK;

	if (!has_namespace_field(cmd->opcode) && get32(cmd->sqe + 4))
		status = NVME_ERR_FIELD;
	else if (cmd->opcode == NVME_ADMIN_IDENTIFY)
		bytes = IDENTIFY_BYTES;
	else if (cmd->opcode == NVME_ADMIN_GET_LOG)
		status = nvme_log_check(cmd->nvme, cmd->sqe, &bytes);
	else if (cmd->opcode == NVME_ADMIN_FORMAT) {
		nvme_format(cmd);
		return;
	} else if (cmd->opcode == NVME_ADMIN_ASYNC_EVENT) {
		status = nvme_event_request(cmd);
		if (!status)
			return;
	} else if (!feature_with_data(cmd, &bytes, &status)) {
		status = execute_at_once(cmd);
		bytes = 0;
	}
	if (!status && bytes)
		nvme_data_begin(cmd, bytes);
	else
		nvme_cmd_complete(cmd, status);
}

/* The first cmd->bytes of `data` to the host. */
void nvme_data_send(struct nvme_cmd *cmd, const void *data)
{
	for (unsigned i = 0; i < cmd->pages; i++) {
		struct nvme_piece piece = nvme_data_piece(cmd, i);

		nvme_dma_write(cmd->nvme, piece.addr, (const uint8_t *)data + piece.offset,
			       piece.bytes);
	}
}

static void send_identify(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	uint16_t status = nvme_identify(nvme, cmd->sqe, nvme->answer);

	if (!status)
		nvme_data_send(cmd, nvme->answer);
	nvme_cmd_complete(cmd, status);
}

static void fetch_data(struct nvme_cmd *cmd)
{
	cmd->phase = NVME_PHASE_DATA;
	cmd->waiting = cmd->pages;
	for (unsigned i = 0; i < cmd->pages; i++) {
		struct nvme_piece piece = nvme_data_piece(cmd, i);

		nvme_dma_read(cmd->nvme, piece.addr, piece.bytes,
			      nvme_tag(NVME_TAG_DATA, cmd->generation, cmd->index, i));
	}
}

/* What Set Features takes has come. */
void nvme_admin_data(struct nvme_cmd *cmd, unsigned piece, const struct dma_done *done)
{
	uint8_t *data = cmd->nvme->dsm + (size_t)cmd->index * NVME_DSM_BYTES;
	uint32_t offset = nvme_data_piece(cmd, piece).offset;

	if (done->status == DMA_OK)
		memcpy(data + offset, done->data, done->bytes);
	else
		cmd->status = NVME_ERR_DATA_TRANSFER;
	if (--cmd->waiting)
		return;
	if (!cmd->status)
		cmd->status = nvme_feature_take(cmd, data);
	nvme_cmd_complete(cmd, cmd->status);
}

/* The memory of the command's data is known. */
void nvme_admin_execute(struct nvme_cmd *cmd)
{
	switch (cmd->opcode) {
	case NVME_ADMIN_IDENTIFY:
		send_identify(cmd);
		break;
	case NVME_ADMIN_SET_FEATURES:
		fetch_data(cmd);
		break;
	case NVME_ADMIN_GET_FEATURES:
		memset(cmd->nvme->answer, 0, sizeof(cmd->nvme->answer));
		nvme_feature_give(cmd, cmd->nvme->answer);
		nvme_data_send(cmd, cmd->nvme->answer);
		nvme_cmd_complete(cmd, NVME_OK);
		break;
	default:
		nvme_log_send(cmd);
	}
}
