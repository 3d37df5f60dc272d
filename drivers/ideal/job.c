/* SPDX-License-Identifier: MIT */
/* An I/O job of the ideal host: a server that does one thing after the other, interrupts and
 * completions before submissions. Commands and completions: NVM Express 1.4c, 4.2, 4.6, 6.9,
 * 6.15. */
#include <errno.h>
#include <string.h>

#include "drivers/ideal/internal.h"
#include "drivers/ideal/nvme.h"
#include "model/core/assert.h"

#define IO_WRITE  0x01u
#define IO_READ   0x02u
#define NAMESPACE 1u

static void *memory(const struct ideal_io *io, uint64_t pa, uint64_t bytes)
{
	return io->device->ideal->ops.memory(io->device->ideal->ctx, pa, bytes);
}

uint64_t ideal_io_buffer(const struct ideal_io *io, unsigned slot)
{
	return io->buffers + (uint64_t)io->buffer_bytes * slot;
}

uint64_t ideal_io_prp(const struct ideal_io *io, unsigned slot)
{
	return io->prp + (uint64_t)PRP_LIST_BYTES * slot;
}

/* ---- submission ---- */

static bool may_submit(const struct ideal_io *io)
{
	return io->to_submit && io->in_flight < io->cfg.depth &&
	       (io->in_flight + 1) * io->parts < io->entries;
}

/* The call: the I/O's latency begins here. */
static void begin_submission(struct ideal_io *io)
{
	const struct ideal *ideal = io->device->ideal;
	unsigned slot = io->free_slot[io->cfg.depth - 1 - io->in_flight++];
	int write = 0;

	io->to_submit--;
	io->slot[slot].offset = ideal->ops.io_next(ideal->ctx, io->cfg.id, &write);
	io->slot[slot].write = write;
	io->slot[slot].failed = false;
	io->slot[slot].commands = io->parts;
	ideal->ops.io_submitted(ideal->ctx, io->cfg.id, slot, io->slot[slot].offset);
	io->submitting = slot;
}

/* 4.3: a second page goes into PRP2, more of them into a list; entry n of the slot's list is its
 * page n + 1, so that a part that begins at page n has its list there. */
static uint64_t second_prp(const struct ideal_io *io, unsigned slot, unsigned from, unsigned bytes)
{
	if (bytes <= PAGE_BYTES)
		return 0;
	if (bytes <= 2 * PAGE_BYTES)
		return ideal_io_buffer(io, slot) + from + PAGE_BYTES;
	return ideal_io_prp(io, slot) + from / PAGE_BYTES * sizeof(uint64_t);
}

static void write_command(struct ideal_io *io, unsigned part)
{
	const struct ideal_slot *slot = &io->slot[io->submitting];
	unsigned from = part * io->part_bytes;
	unsigned rest = io->cfg.bytes - from, bytes = rest < io->part_bytes ? rest : io->part_bytes;
	uint64_t lba = (slot->offset + from) / LBA_BYTES;
	struct nvme_command *sqe = memory(io, io->sq + (uint64_t)SQE_BYTES * io->tail, SQE_BYTES);

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = slot->write ? IO_WRITE : IO_READ;
	sqe->nsid = NAMESPACE;
	sqe->prp1 = ideal_io_buffer(io, io->submitting) + from;
	sqe->prp2 = second_prp(io, io->submitting, from, bytes);
	sqe->dw[0] = (uint32_t)lba;
	sqe->dw[1] = (uint32_t)(lba >> 32);
	sqe->dw[2] = bytes / LBA_BYTES - 1;
	/* Identifiers must differ among commands in flight (4.2). */
	sqe->cid = (uint16_t)(io->submitting * io->parts + part);
	io->tail = io->tail + 1 == io->entries ? 0 : io->tail + 1;
}

static void end_submission(struct ideal_io *io)
{
	const struct ideal *ideal = io->device->ideal;
	const struct ideal_slot *slot = &io->slot[io->submitting];
	uint64_t buffer = ideal_io_buffer(io, io->submitting);

	if (slot->write)
		ideal->ops.io_pattern(ideal->ctx, io->cfg.id, slot->offset,
				      memory(io, buffer, io->cfg.bytes), io->cfg.bytes, 1);
	for (unsigned part = 0; part < io->parts; part++)
		write_command(io, part);
	ideal_ssd_doorbell(io->device, io->queue, false, io->tail);
}

/* ---- completion ---- */

/* Takes the next completion if there is one. */
static const struct nvme_completion *take_completion(struct ideal_io *io)
{
	const struct nvme_completion *cqe =
		memory(io, io->cq + (uint64_t)CQE_BYTES * io->head, CQE_BYTES);

	if ((cqe->status & CQE_PHASE) != io->phase)
		return NULL;
	io->reaped = true;
	if (++io->head == io->entries) {
		io->head = 0;
		io->phase ^= 1;
	}
	return cqe;
}

/* Takes completions until an I/O has all of its own; false when the queue is empty before that. */
static bool begin_completion(struct ideal_io *io)
{
	const struct nvme_completion *cqe;

	while ((cqe = take_completion(io))) {
		struct ideal_slot *slot = &io->slot[cqe->cid / io->parts];

		ASSERT(cqe->cid < io->cfg.depth * io->parts && slot->commands);
		slot->failed = slot->failed || cqe->status >> 1;
		io->completing = cqe->cid / io->parts;
		if (!--slot->commands)
			return true;
	}
	return false;
}

static void think(struct ideal_io *io)
{
	struct sim *sim = io->device->ideal->sim;
	struct at end = at_add(sim_now(sim), io->device->ideal->cfg.think);

	io->thinking[(io->think_head + io->think_count++) % io->cfg.depth] = end;
	if (io->think_count == 1)
		engine_schedule(sim->engine, &io->think, end);
}

static void end_completion(struct ideal_io *io)
{
	const struct ideal *ideal = io->device->ideal;
	unsigned slot = io->completing, bad = 0;

	if (io->cfg.verify && !io->slot[slot].write && !io->slot[slot].failed)
		bad = ideal->ops.io_pattern(ideal->ctx, io->cfg.id, io->slot[slot].offset,
					    memory(io, ideal_io_buffer(io, slot), io->cfg.bytes),
					    io->cfg.bytes, 0);
	io->free_slot[io->cfg.depth - io->in_flight--] = slot;
	if (!io->cfg.period.ps && ideal->cfg.think.ps)
		think(io);
	else if (!io->cfg.period.ps)
		io->to_submit++;
	ideal->ops.io_completed(ideal->ctx, io->cfg.id, slot,
				io->slot[slot].failed ? -EIO : 0, bad);
}

/* ---- the server ---- */

static void finish(struct ideal_io *io)
{
	switch (io->doing) {
	case JOB_SUBMITS:
		end_submission(io);
		break;
	case JOB_COMPLETES:
		end_completion(io);
		break;
	case JOB_INTERRUPT:
	case JOB_POLLS:
		io->reaping = true;
		break;
	case JOB_IDLE:
		break;
	}
}

/* The queue head is told once, when all that was there is taken. */
static void end_reaping(struct ideal_io *io)
{
	io->reaping = false;
	if (io->reaped)
		ideal_ssd_doorbell(io->device, io->queue, true, io->head);
	io->reaped = false;
}

static enum job_doing next_thing(struct ideal_io *io, struct dur *length)
{
	const struct ideal_cfg *cfg = &io->device->ideal->cfg;

	*length = cfg->complete;
	if (io->reaping && begin_completion(io))
		return JOB_COMPLETES;
	if (io->reaping)
		end_reaping(io);
	if (io->interrupted) {
		io->interrupted = false;
		*length = cfg->interrupt;
		return JOB_INTERRUPT;
	}
	if (may_submit(io)) {
		begin_submission(io);
		*length = cfg->submit;
		return JOB_SUBMITS;
	}
	*length = cfg->poll_interval;
	return io->cfg.polled && io->in_flight ? JOB_POLLS : JOB_IDLE;
}

static void advance(struct ideal_io *io)
{
	struct dur length;

	do {
		finish(io);
		io->doing = next_thing(io, &length);
	} while (io->doing != JOB_IDLE &&
		 !ideal_work_begin(io->device->ideal, &io->work, length));
}

static void work_done(void *ctx)
{
	struct ideal_io *io = ctx;

	io->busy_ps += io->work.length.ps;
	advance(io);
}

static void kick(struct ideal_io *io)
{
	if (io->doing == JOB_IDLE)
		advance(io);
}

/* While completions are being taken the queue is read again anyway. */
void ideal_ssd_interrupt(struct ideal_device *device, unsigned n)
{
	struct ideal_io *io;

	if (n >= device->ios)
		return;
	io = &device->io[n];
	if (io->doing == JOB_INTERRUPT || io->doing == JOB_COMPLETES)
		return;
	io->interrupted = true;
	kick(io);
}

static void pace(void *ctx)
{
	struct ideal_io *io = ctx;

	engine_schedule_in(io->device->ideal->sim->engine, &io->pace, io->cfg.period);
	io->to_submit++;
	kick(io);
}

static void thought(void *ctx)
{
	struct ideal_io *io = ctx;

	io->think_head = (io->think_head + 1) % io->cfg.depth;
	if (--io->think_count)
		engine_schedule(io->device->ideal->sim->engine, &io->think,
				io->thinking[io->think_head]);
	io->to_submit++;
	kick(io);
}

void ideal_job_init(struct ideal_io *io)
{
	io->phase = 1;
	for (unsigned s = 0; s < io->cfg.depth; s++)
		io->free_slot[s] = io->cfg.depth - 1 - s;
	ideal_work_init(&io->work, "ideal I/O", work_done, io);
	event_init(&io->pace, "ideal I/O rate", PHASE_CORE, pace, io);
	event_init(&io->think, "ideal I/O think", PHASE_CORE, thought, io);
}

void ideal_ssd_start(struct ideal_device *device)
{
	for (unsigned i = 0; i < device->ios; i++) {
		struct ideal_io *io = &device->io[i];

		if (io->cfg.period.ps) {
			pace(io);
			continue;
		}
		io->to_submit = io->cfg.depth;
		kick(io);
	}
}
