/* SPDX-License-Identifier: MIT */
/* Stages of I/Os. A command belongs to the oldest outstanding I/O of its direction that covers its
 * first block; the block layer may cut an I/O into several commands, of which the first one begins
 * and the last one ends what the device does. */
#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/machine/spans_internal.h"
#include "model/machine/trace_points.h"

#define SECTOR_BYTES 512u
/* NVM command set (6.9, 6.15). */
#define OPCODE_WRITE 1u
#define OPCODE_READ  2u

static struct spans_io *take_io(struct spans *spans)
{
	struct spans_io *io = spans->free_io;

	if (io)
		spans->free_io = io->next;
	else
		io = malloc(sizeof(*io));
	ASSERT(io);
	memset(io, 0, sizeof(*io));
	io->doorbell = io->start = io->medium = io->entry = SPANS_NEVER;
	io->raised = io->taken = io->left = SPANS_NEVER;
	return io;
}

uint64_t spans_io_submitted(struct spans *spans, unsigned job, unsigned slot, unsigned device,
			    uint64_t offset, bool write, struct at now)
{
	struct spans_io **last = &spans->device[device].ios, *io = take_io(spans);

	io->id = ++spans->ios;
	io->job = job;
	io->slot = slot;
	io->device = device;
	io->first_lba = offset / SECTOR_BYTES;
	io->sectors = spans->cfg->job[job].bytes / SECTOR_BYTES;
	io->write = write;
	io->submitted = now.ps;
	while (*last)
		last = &(*last)->next;
	*last = io;
	return io->id;
}

/* ---- what the device does ---- */

static struct spans_io *io_of_block(struct spans_device *device, bool write, uint64_t lba)
{
	struct spans_io *io;

	for (io = device->ios; io; io = io->next)
		if (io->write == write && lba - io->first_lba < io->sectors &&
		    (!io->seen || lba != io->first_lba) && io->entry == SPANS_NEVER)
			return io;
	return NULL;
}

static struct spans_cmd *cmd_of(struct spans_device *device, uint32_t cmd)
{
	for (size_t i = 0; i < device->cmds; i++)
		if (device->cmd[i].cmd == cmd)
			return &device->cmd[i];
	return NULL;
}

void spans_ios_start(struct spans *spans, struct spans_device *device, uint32_t cmd,
		     unsigned opcode, uint64_t lba, uint64_t now)
{
	struct spans_io *io;

	/* Queue 0 is the admin queue: its opcodes are others. */
	if (!(cmd >> 16) || (opcode != OPCODE_READ && opcode != OPCODE_WRITE))
		return;
	io = io_of_block(device, opcode == OPCODE_WRITE, lba);
	if (!io)
		return;
	if (device->cmds == device->cmd_room) {
		device->cmd_room = device->cmd_room ? 2 * device->cmd_room : 64;
		device->cmd = realloc(device->cmd, device->cmd_room * sizeof(*device->cmd));
		ASSERT(device->cmd);
	}
	device->cmd[device->cmds++] = (struct spans_cmd){ cmd, io };
	io->start = io->seen ? io->start : now;
	io->seen = true;
	io->open_cmds++;
	io->last_cmd = cmd;
	trace_detail(spans->trace, MACHINE_IO_STARTED, at_ps(now), io->id, cmd, device->index);
}

void spans_ios_medium(struct spans_device *device, uint32_t cmd, uint64_t now)
{
	const struct spans_cmd *found = cmd_of(device, cmd);

	if (found && found->io->medium == SPANS_NEVER)
		found->io->medium = now;
}

void spans_ios_entry(struct spans *spans, struct spans_device *device, uint32_t cmd,
		     uint64_t latency, uint64_t now)
{
	struct spans_cmd *found = cmd_of(device, cmd);
	struct spans_io *io;

	if (!found)
		return;
	io = found->io;
	*found = device->cmd[--device->cmds];
	if (io->doorbell == SPANS_NEVER)
		io->doorbell = now - latency;
	io->last_cmd = cmd;
	if (!--io->open_cmds)
		io->entry = now;
	trace_detail(spans->trace, MACHINE_IO_ENTRY, at_ps(now), io->id, cmd, device->index);
}

/* ---- interrupts ---- */

/* A driver with one entry for all has it serve the queues of other numbers, too. */
void spans_ios_raised(struct spans_device *device, unsigned entry, uint64_t now)
{
	for (struct spans_io *io = device->ios; io; io = io->next)
		if (io->entry != SPANS_NEVER && io->raised == SPANS_NEVER &&
		    (io->last_cmd >> 16 == entry || !entry))
			io->raised = now;
}

void spans_ios_taken(struct spans_device *device, unsigned entry, unsigned core, uint64_t now)
{
	for (struct spans_io *io = device->ios; io; io = io->next)
		if (io->raised != SPANS_NEVER && io->taken == SPANS_NEVER &&
		    (io->last_cmd >> 16 == entry || !entry))
			io->taken = now;
}

void spans_ios_left(struct spans *spans, unsigned core, uint64_t now)
{
	for (unsigned d = 0; d < spans->cfg->devices; d++)
		for (struct spans_io *io = spans->device[d].ios; io; io = io->next)
			if (io->taken != SPANS_NEVER && io->left == SPANS_NEVER &&
			    (spans->device[d].core[io->last_cmd >> 16 & (SPANS_ENTRIES - 1)] ==
				     (int)core || spans->device[d].core[0] == (int)core))
				io->left = now;
}

/* ---- the end ---- */

static struct spans_io *remove_io(struct spans *spans, unsigned job, unsigned slot)
{
	for (unsigned d = 0; d < spans->cfg->devices; d++) {
		struct spans_io **at = &spans->device[d].ios;

		for (; *at; at = &(*at)->next) {
			struct spans_io *io = *at;

			if (io->job == job && io->slot == slot) {
				*at = io->next;
				return io;
			}
		}
	}
	return NULL;
}

/* A command that was given up (an error, a time-out) may still be listed. */
static void forget_cmds(struct spans_device *device, const struct spans_io *io)
{
	for (size_t i = 0; i < device->cmds;)
		if (device->cmd[i].io == io)
			device->cmd[i] = device->cmd[--device->cmds];
		else
			i++;
}

uint64_t spans_io_completed(struct spans *spans, unsigned job, unsigned slot, struct at now)
{
	struct spans_io *io = remove_io(spans, job, slot);
	struct span span;

	if (!io)
		return 0;
	if (io->open_cmds)
		forget_cmds(&spans->device[io->device], io);
	span = (struct span){ .device = io->device, .id = io->id };
	spans_cut(&span, io->submitted,
		  (const uint64_t[]){ io->doorbell, io->start, io->medium, io->entry, io->raised,
				      io->taken, io->left, now.ps }, 8);
	io->next = spans->free_io;
	spans->free_io = io;
	spans->ops.span(spans->ops.ctx, &span);
	return span.id;
}
