/* SPDX-License-Identifier: MIT */
/* The ideal driver of an NVMe controller: one I/O queue pair a job. Register offsets, commands
 * and fields are of the NVM Express Base Specification 1.4c; deliberately its own definitions,
 * so that a slip of the model's shows. This file: bring-up (7.6.1); the jobs are in job.c. */
#include <string.h>

#include "drivers/ideal/internal.h"
#include "drivers/ideal/nvme.h"

#define REG_CAP          0x00u
#define REG_CC           0x14u
#define REG_CSTS         0x1cu
#define REG_AQA          0x24u
#define REG_ASQ          0x28u
#define REG_ACQ          0x30u
#define REG_DOORBELL     0x1000u

#define CAP_DSTRD(high)  ((high) & 0xfu)         /* bits 35:32 of CAP */
#define CAP_MQES(low)    ((low) & 0xffffu)
#define CC_ENABLE        0x00460001u             /* 16-byte completions, 64-byte commands, EN */
#define CSTS_READY       1u
#define CSTS_FATAL       2u

#define ADMIN_CREATE_SQ  0x01u
#define ADMIN_CREATE_CQ  0x05u
#define ADMIN_IDENTIFY   0x06u
#define ADMIN_SET        0x09u
#define IDENTIFY_CTRL    1u                      /* CNS */
#define IDENTIFY_MDTS    77u                     /* byte: power of two of smallest pages, 0 = any */
#define CAP_MPSMIN(high) ((high) >> 16 & 0xfu)   /* bits 51:48 of CAP */
#define FEATURE_QUEUES   0x07u
#define QUEUE_CONTIGUOUS 1u                      /* PC */
#define CQ_INTERRUPT     2u                      /* IEN */
#define ADMIN_ENTRIES    64u                     /* more than all commands of a bring-up */

enum ssd_step {
	SSD_RESET,        /* not touched yet */
	SSD_ENABLING,
	SSD_ASKING,       /* Identify; Set Features, Number of Queues */
	SSD_CQS,
	SSD_SQS,
	SSD_UP,
};

/* 3.1.24, 3.1.25: submission tail 2n, completion head 2n + 1. */
void ideal_ssd_doorbell(struct ideal_device *device, unsigned queue, bool completion,
			unsigned value)
{
	uint64_t stride = 4ULL << device->doorbell_shift;

	ideal_write32(device, REG_DOORBELL + (2 * queue + completion) * stride, value);
}

static void *memory(struct ideal_device *device, uint64_t pa, uint64_t bytes)
{
	return device->ideal->ops.memory(device->ideal->ctx, pa, bytes);
}

/* ---- memory ---- */

/* PRP lists never change, as every slot keeps its buffer: written once (4.3). A list of a 1 MiB
 * transfer has 255 entries, so that two lists share a page and none crosses one. */
static void write_prp_lists(struct ideal_io *io)
{
	for (unsigned s = 0; s < io->cfg.depth; s++) {
		uint64_t *list = memory(io->device, ideal_io_prp(io, s), PRP_LIST_BYTES);
		uint64_t buffer = ideal_io_buffer(io, s);

		for (unsigned page = 1; page < io->buffer_bytes / PAGE_BYTES; page++)
			list[page - 1] = buffer + (uint64_t)page * PAGE_BYTES;
	}
}

static int job_memory(struct ideal_io *io)
{
	struct ideal *ideal = io->device->ideal;
	unsigned depth = io->cfg.depth;

	io->buffer_bytes = (io->cfg.bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	io->prp = ideal_take_memory(ideal, (uint64_t)PRP_LIST_BYTES * depth);
	io->buffers = ideal_take_memory(ideal, (uint64_t)io->buffer_bytes * depth);
	if (!io->prp || !io->buffers)
		return sim_fail(ideal->sim, SIM_ERR_CONFIG,
				"host.memory is too small for the I/O buffers");
	write_prp_lists(io);
	return SIM_OK;
}

int ideal_ssd_memory(struct ideal_device *device)
{
	struct ideal *ideal = device->ideal;
	int err = SIM_OK;

	device->admin_sq = ideal_take_memory(ideal, SQE_BYTES * ADMIN_ENTRIES);
	device->admin_cq = ideal_take_memory(ideal, CQE_BYTES * ADMIN_ENTRIES);
	device->identify = ideal_take_memory(ideal, PAGE_BYTES);
	if (!device->admin_sq || !device->admin_cq || !device->identify)
		return sim_fail(ideal->sim, SIM_ERR_CONFIG,
				"host.memory is too small for the admin queues");
	for (unsigned i = 0; i < device->ios && !err; i++)
		err = job_memory(&device->io[i]);
	return err;
}

/* ---- admin commands: written one after the other, answered in any order ---- */

static struct nvme_command *admin_command(struct ideal_device *device, unsigned opcode)
{
	struct nvme_command *sqe =
		memory(device, device->admin_sq + device->admin_tail * SQE_BYTES, SQE_BYTES);

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = (uint8_t)opcode;
	sqe->cid = (uint16_t)device->admin_tail++;
	return sqe;
}

/* 5.3 */
static void create_cq(struct ideal_io *io)
{
	struct nvme_command *sqe = admin_command(io->device, ADMIN_CREATE_CQ);

	sqe->prp1 = io->cq;
	sqe->dw[0] = (io->entries - 1) << 16 | io->queue;
	sqe->dw[1] = QUEUE_CONTIGUOUS;
	if (!io->cfg.polled)
		sqe->dw[1] |= io->queue << 16 | CQ_INTERRUPT;
}

/* 5.4 */
static void create_sq(struct ideal_io *io)
{
	struct nvme_command *sqe = admin_command(io->device, ADMIN_CREATE_SQ);

	sqe->prp1 = io->sq;
	sqe->dw[0] = (io->entries - 1) << 16 | io->queue;
	sqe->dw[1] = io->queue << 16 | QUEUE_CONTIGUOUS;
}

static bool failed(struct ideal_device *device, const char *why)
{
	device->failed = true;
	device->ideal->ops.failed(device->ideal->ctx, device->devfn, why);
	return false;
}

/* True when all commands so far are answered. The admin queue does not wrap, so the phase is 1. */
static bool admin_done(struct ideal_device *device)
{
	while (device->admin_head < device->admin_tail) {
		const struct nvme_completion *cqe = memory(
			device, device->admin_cq + device->admin_head * CQE_BYTES, CQE_BYTES);

		if (!(cqe->status & CQE_PHASE))
			return false;
		if (cqe->status >> 1)
			return failed(device, "the controller refused an admin command");
		device->admin_result |= cqe->result;
		device->admin_head++;
	}
	ideal_ssd_doorbell(device, 0, true, device->admin_head);
	return true;
}

static void ring_admin(struct ideal_device *device)
{
	ideal_ssd_doorbell(device, 0, false, device->admin_tail);
}

/* ---- steps ---- */

static void start_controller(struct ideal_device *device)
{
	uint64_t table;

	ideal_pci_enable(device, 0, device->bar0);
	table = ideal_msix_enable(device);
	for (unsigned i = 0; i < device->ios; i++)
		ideal_msix_vector(device, table, i + 1, i);
	device->doorbell_shift = CAP_DSTRD(ideal_read32(device, REG_CAP + 4));
	device->page_shift = PAGE_SHIFT + CAP_MPSMIN(ideal_read32(device, REG_CAP + 4));
	device->queue_entries_max = CAP_MQES(ideal_read32(device, REG_CAP)) + 1;
	ideal_write32(device, REG_AQA, (ADMIN_ENTRIES - 1) << 16 | (ADMIN_ENTRIES - 1));
	ideal_write32(device, REG_ASQ, (uint32_t)device->admin_sq);
	ideal_write32(device, REG_ASQ + 4, (uint32_t)(device->admin_sq >> 32));
	ideal_write32(device, REG_ACQ, (uint32_t)device->admin_cq);
	ideal_write32(device, REG_ACQ + 4, (uint32_t)(device->admin_cq >> 32));
	ideal_write32(device, REG_CC, CC_ENABLE);
}

static bool enabled(struct ideal_device *device)
{
	uint32_t csts = ideal_read32(device, REG_CSTS);

	if (csts & CSTS_FATAL)
		return failed(device, "the controller failed while it was enabled");
	return csts & CSTS_READY;
}

/* 5.15.2.1; 5.21.1.7: both numbers 0's based. Commands may be answered in any order; of all here
 * only Set Features answers with a result. */
static void ask(struct ideal_device *device)
{
	struct nvme_command *sqe = admin_command(device, ADMIN_IDENTIFY);
	unsigned wanted = device->ios ? device->ios - 1 : 0;

	sqe->prp1 = device->identify;
	sqe->dw[0] = IDENTIFY_CTRL;
	sqe = admin_command(device, ADMIN_SET);
	sqe->dw[0] = FEATURE_QUEUES;
	sqe->dw[1] = wanted << 16 | wanted;
	ring_admin(device);
}

static bool queues_granted(struct ideal_device *device)
{
	if (!admin_done(device))
		return false;
	if ((device->admin_result & 0xffff) + 1 < device->ios ||
	    (device->admin_result >> 16) + 1 < device->ios)
		return failed(device, "every I/O thread needs a queue of its own under the ideal "
				      "host: more queues, or fewer threads");
	return true;
}

/* How many commands an I/O takes, and room for as many of them as the depth asks for and the
 * controller allows. */
static bool plan_job(struct ideal_io *io, unsigned transfer_max)
{
	struct ideal_device *device = io->device;

	io->part_bytes = io->cfg.bytes < transfer_max ? io->cfg.bytes : transfer_max;
	io->parts = (io->cfg.bytes + io->part_bytes - 1) / io->part_bytes;
	io->entries = io->cfg.depth * io->parts + 1;
	if (io->entries > device->queue_entries_max)
		io->entries = device->queue_entries_max;
	if (io->entries <= io->parts)
		return failed(device, "an I/O has more commands than a queue has entries");
	io->sq = ideal_take_memory(device->ideal, (uint64_t)SQE_BYTES * io->entries);
	io->cq = ideal_take_memory(device->ideal, (uint64_t)CQE_BYTES * io->entries);
	if (!io->sq || !io->cq)
		return failed(device, "host.memory is too small for the I/O queues");
	return true;
}

static bool create_cqs(struct ideal_device *device)
{
	const uint8_t *identify = memory(device, device->identify, PAGE_BYTES);
	unsigned mdts = identify[IDENTIFY_MDTS] + device->page_shift;
	unsigned transfer_max = TRANSFER_MAX;

	if (identify[IDENTIFY_MDTS] && mdts < TRANSFER_SHIFT)
		transfer_max = 1u << mdts;
	for (unsigned i = 0; i < device->ios; i++) {
		if (!plan_job(&device->io[i], transfer_max))
			return false;
		create_cq(&device->io[i]);
	}
	ring_admin(device);
	return true;
}

static void create_sqs(struct ideal_device *device)
{
	for (unsigned i = 0; i < device->ios; i++)
		create_sq(&device->io[i]);
	ring_admin(device);
}

/* One step at most a call: the controller's answers take their time. */
bool ideal_ssd_bring_up(struct ideal_device *device)
{
	if (device->failed)
		return false;
	switch ((enum ssd_step)device->step) {
	case SSD_RESET:
		start_controller(device);
		break;
	case SSD_ENABLING:
		if (!enabled(device))
			return false;
		ask(device);
		break;
	case SSD_ASKING:
		if (!queues_granted(device) || !create_cqs(device))
			return false;
		break;
	case SSD_CQS:
		if (!admin_done(device))
			return false;
		create_sqs(device);
		break;
	case SSD_SQS:
		if (!admin_done(device))
			return false;
		break;
	case SSD_UP:
		return true;
	}
	return ++device->step == SSD_UP;
}
