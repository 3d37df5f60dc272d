// SPDX-License-Identifier: MIT
/* Admin commands (5): which there are, and which move data. */
#include "devices/nvme/nvme_internal.h"

#define IDENTIFY_BYTES 4096u

/* 5.1: commands are aborted wherever they are, unless their completion only waits for room. */
static uint16_t abort_command(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	uint32_t dw10 = sqe_dword(cmd->sqe, 10);
	struct nvme_cmd *target = nvme_cmd_find(nvme, dw10 & 0xffff, (uint16_t)(dw10 >> 16));

	/* Bit 0 of the answer: 1 = not aborted. A command cannot abort itself. */
	cmd->result = 1;
	if (target && target != cmd && nvme_cmd_abort(target, NVME_ERR_ABORTED))
		cmd->result = 0;
	return NVME_OK;
}

/* Commands without data run at once; the others after their pages are known. */
void nvme_admin_decode(struct nvme_cmd *cmd)
{
	uint32_t bytes = 0;
	uint16_t status;

	switch (cmd->opcode) {
	case NVME_ADMIN_IDENTIFY:
		nvme_prp_begin(cmd, IDENTIFY_BYTES);
		return;
	case NVME_ADMIN_GET_LOG:
		status = nvme_log_check(cmd->sqe, &bytes);
		if (status)
			break;
		nvme_prp_begin(cmd, bytes);
		return;
	case NVME_ADMIN_ASYNC_EVENT:
		status = nvme_event_request(cmd);
		if (!status)
			return;
		break;
	case NVME_ADMIN_DELETE_SQ:
		status = nvme_delete_sq(cmd);
		break;
	case NVME_ADMIN_CREATE_SQ:
		status = nvme_create_sq(cmd);
		break;
	case NVME_ADMIN_DELETE_CQ:
		status = nvme_delete_cq(cmd);
		break;
	case NVME_ADMIN_CREATE_CQ:
		status = nvme_create_cq(cmd);
		break;
	case NVME_ADMIN_ABORT:
		status = abort_command(cmd);
		break;
	case NVME_ADMIN_SET_FEATURES:
		status = nvme_set_features(cmd);
		break;
	case NVME_ADMIN_GET_FEATURES:
		status = nvme_get_features(cmd);
		break;
	default:
		status = NVME_ERR_OPCODE;
	}
	nvme_cmd_complete(cmd, status);
}

static void send_identify(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	uint16_t status = nvme_identify(nvme, cmd->sqe, nvme->answer);
	uint32_t offset, bytes;

	for (unsigned i = 0; !status && i < cmd->pages; i++) {
		uint64_t addr = nvme_prp_page(cmd, i, &offset, &bytes);

		nvme_dma_write(nvme, addr, nvme->answer + offset, bytes);
	}
	nvme_cmd_complete(cmd, status);
}

void nvme_admin_execute(struct nvme_cmd *cmd)
{
	if (cmd->opcode == NVME_ADMIN_IDENTIFY)
		send_identify(cmd);
	else
		nvme_log_send(cmd);
}
