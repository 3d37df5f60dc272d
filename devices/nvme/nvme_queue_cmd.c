// SPDX-License-Identifier: MIT
/* Create and delete I/O queues, 5.3 to 5.6. */
#include "devices/nvme/nvme_internal.h"

#define PHYSICALLY_CONTIGUOUS (1u << 0)
#define INTERRUPTS_ENABLED    (1u << 1)

/* What both kinds of queue have in common. `entry_size` is CC's field, `right` its one value. */
static uint16_t check_queue(struct nvme_cmd *cmd, unsigned granted, bool exists,
			    uint32_t entry_size, uint32_t right)
{
	struct nvme *nvme = cmd->nvme;
	uint32_t dw10 = sqe_dword(cmd->sqe, 10);
	uint32_t entries = (dw10 >> 16) + 1;

	if (!(dw10 & 0xffff) || (dw10 & 0xffff) > granted || exists)
		return NVME_ERR_QID;
	if (entries < 2 || entries > nvme->cfg.queue_entries || entry_size != right)
		return NVME_ERR_QSIZE;
	/* CAP.CQR: queues must be contiguous. */
	if (!(sqe_dword(cmd->sqe, 11) & PHYSICALLY_CONTIGUOUS))
		return NVME_ERR_FIELD;
	if (get64(cmd->sqe + 24) & (nvme->page_bytes - 1))
		return NVME_ERR_PRP_OFFSET;
	return NVME_OK;
}

static bool is_cq(const struct nvme *nvme, uint32_t qid)
{
	return qid <= nvme->cfg.io_queues && nvme->cq[qid].live;
}

static bool is_sq(const struct nvme *nvme, uint32_t qid)
{
	return qid <= nvme->cfg.io_queues && nvme->sq[qid].live;
}

uint16_t nvme_create_cq(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	uint32_t dw10 = sqe_dword(cmd->sqe, 10), dw11 = sqe_dword(cmd->sqe, 11);
	uint32_t qid = dw10 & 0xffff, cc = (uint32_t)nvme_reg_get(nvme, NVME_ROW_CC);
	uint16_t status = check_queue(cmd, nvme->features.queues_cq, is_cq(nvme, qid),
				      NVME_CC_IOCQES(cc), NVME_IOCQES);

	if (status)
		return status;
	if (dw11 >> 16 >= nvme->cfg.vectors)
		return NVME_ERR_VECTOR;
	nvme_cq_open(nvme, qid, get64(cmd->sqe + 24), (dw10 >> 16) + 1, dw11 >> 16,
		     dw11 & INTERRUPTS_ENABLED);
	return NVME_OK;
}

/* QPRIO counts only with weighted round robin and is ignored. */
uint16_t nvme_create_sq(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	uint32_t dw10 = sqe_dword(cmd->sqe, 10), cqid = sqe_dword(cmd->sqe, 11) >> 16;
	uint32_t qid = dw10 & 0xffff, cc = (uint32_t)nvme_reg_get(nvme, NVME_ROW_CC);
	uint16_t status = check_queue(cmd, nvme->features.queues_sq, is_sq(nvme, qid),
				      NVME_CC_IOSQES(cc), NVME_IOSQES);

	if (status)
		return status;
	if (!cqid || cqid > nvme->features.queues_cq)
		return NVME_ERR_QID;
	if (!nvme->cq[cqid].live)
		return NVME_ERR_CQ_INVALID;
	nvme_sq_open(nvme, qid, get64(cmd->sqe + 24), (dw10 >> 16) + 1, cqid);
	return NVME_OK;
}

uint16_t nvme_delete_sq(struct nvme_cmd *cmd)
{
	uint32_t qid = sqe_dword(cmd->sqe, 10) & 0xffff;

	if (!qid || !is_sq(cmd->nvme, qid))
		return NVME_ERR_QID;
	nvme_sq_close(cmd->nvme, qid);
	return NVME_OK;
}

uint16_t nvme_delete_cq(struct nvme_cmd *cmd)
{
	uint32_t qid = sqe_dword(cmd->sqe, 10) & 0xffff;

	if (!qid || !is_cq(cmd->nvme, qid))
		return NVME_ERR_QID;
	if (cmd->nvme->cq[qid].users)
		return NVME_ERR_QUEUE_DELETION;
	nvme_cq_close(cmd->nvme, qid);
	return NVME_OK;
}
