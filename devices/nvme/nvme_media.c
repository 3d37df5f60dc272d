// SPDX-License-Identifier: MIT
/* The medium's time: a number of servers taken first come, first served, a fixed time to the first
 * byte, then one internal channel of limited bandwidth. */
#include "devices/nvme/nvme_internal.h"

#define BITS_PER_BYTE 8u

static struct dur service(const struct nvme_cmd *cmd)
{
	const struct nvme_media_cfg *media = &cmd->nvme->cfg.media;

	switch (cmd->opcode) {
	case NVME_IO_FLUSH:
		return media->flush;
	case NVME_IO_WRITE:
	case NVME_IO_WRITE_ZEROES:
	case NVME_IO_DSM:
		return media->write;
	default:
		return media->read;
	}
}

/* Bytes that cross the channel: those of blocks read or written, but not of blocks zeroed. */
static uint64_t channel_bytes(const struct nvme_cmd *cmd)
{
	if (cmd->opcode == NVME_IO_WRITE_ZEROES)
		return 0;
	return (uint64_t)cmd->sectors * NVME_BLOCK_BYTES;
}

static void start(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;

	cmd->phase = NVME_PHASE_MEDIUM;
	nvme->medium_busy++;
	nvme_trace(nvme, NVME_TRACE_MEDIUM, nvme_correlator(cmd), nvme->medium_busy,
		   channel_bytes(cmd));
	engine_schedule_in(nvme->sim->engine, &cmd->event, service(cmd));
}

void nvme_media_submit(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	unsigned servers = nvme->cfg.media.parallelism;

	if (servers && nvme->medium_busy >= servers) {
		cmd->phase = NVME_PHASE_MEDIUM_WAIT;
		nvme_list_push(&nvme->medium_wait, cmd);
		return;
	}
	start(cmd);
}

static void server_free(struct nvme *nvme)
{
	struct nvme_cmd *next;

	nvme->medium_busy--;
	next = nvme_list_pop(&nvme->medium_wait);
	if (next)
		start(next);
}

void nvme_media_event(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	const struct nvme_media_cfg *media = &nvme->cfg.media;
	uint64_t rate = cmd->opcode == NVME_IO_WRITE ? media->write_bytes_per_second
						     : media->read_bytes_per_second;
	uint64_t bytes = channel_bytes(cmd);

	if (cmd->phase == NVME_PHASE_MEDIUM && rate && bytes) {
		nvme->bus_free = at_add(at_max(nvme->bus_free, sim_now(nvme->sim)),
					dur_of_bytes(bytes, rate * BITS_PER_BYTE));
		cmd->phase = NVME_PHASE_TRANSFER;
		engine_schedule(nvme->sim->engine, &cmd->event, nvme->bus_free);
		return;
	}
	server_free(nvme);
	nvme_io_medium_done(cmd);
}

/* A command leaves before its time. What it has reserved of the channel stays reserved. */
void nvme_media_forget(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;

	engine_cancel(nvme->sim->engine, &cmd->event);
	if (cmd->phase == NVME_PHASE_MEDIUM_WAIT)
		nvme_list_remove(&nvme->medium_wait, cmd);
	else
		server_free(nvme);
}

void nvme_media_reset(struct nvme *nvme)
{
	nvme->medium_wait = (struct nvme_list){ 0 };
	nvme->medium_busy = 0;
	nvme->bus_free = at_ps(0);
}
