// SPDX-License-Identifier: MIT
/* The medium's time. Servers: a number of them taken first come, first served, a time to the first
 * byte, then one internal channel of limited bandwidth. Flash: flash.h. */
#include <stdio.h>
#include <stdlib.h>

#include "devices/nvme/nvme_internal.h"

#define BITS_PER_BYTE 8u
#define FUA           (1u << 30)   /* 6.15, dword 12: Force Unit Access */
#define STRIPE_BYTES  4096u

static void flash_durable(void *ctx, uint64_t offset, uint64_t bytes, uint64_t version)
{
	nvme_store_durable(ctx, offset, bytes, version);
}

int nvme_media_init(struct nvme *nvme)
{
	const struct nvme_media_cfg *media = &nvme->cfg.media;
	struct flash_cfg flash;
	char stream[64];

	snprintf(stream, sizeof(stream), "%s.medium", nvme->cfg.name);
	random_init(&nvme->random, nvme->sim->seed, stream);
	if (media->by_address && media->parallelism) {
		nvme->server_free = calloc(media->parallelism, sizeof(*nvme->server_free));
		if (!nvme->server_free)
			return sim_fail(nvme->sim, SIM_ERR_MEMORY, "%s: out of memory",
					nvme->cfg.name);
	}
	if (media->kind != NVME_MEDIA_FLASH)
		return SIM_OK;
	flash = media->flash;
	if (nvme->journal) {
		flash.durable = flash_durable;
		flash.durable_ctx = nvme;
	}
	return flash_create(&nvme->flash, nvme->sim, nvme->cfg.name, &flash,
			    nvme->cfg.capacity_bytes);
}

void nvme_media_free(struct nvme *nvme)
{
	free(nvme->server_free);
}

/* ---- flash ---- */

static void flash_done(void *ctx)
{
	struct nvme_cmd *cmd = ctx;

	cmd->request = NULL;
	nvme_io_medium_done(cmd);
}

static enum flash_request_kind request_kind(uint8_t opcode)
{
	switch (opcode) {
	case NVME_IO_FLUSH:
		return FLASH_REQUEST_FLUSH;
	case NVME_IO_WRITE:
		return FLASH_REQUEST_WRITE;
	case NVME_IO_WRITE_ZEROES:
	case NVME_IO_DSM:
		return FLASH_REQUEST_TRIM;
	default:
		return FLASH_REQUEST_READ;
	}
}

/* With the cache switched off (5.21.1.6) every write is forced. */
static void submit_flash(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	bool forced = !(nvme->features.write_cache & 1) || sqe_dword(cmd->sqe, 12) & FUA;

	cmd->phase = NVME_PHASE_MEDIUM;
	nvme_trace(nvme, NVME_TRACE_MEDIUM, nvme_correlator(cmd), 0, cmd->length);
	cmd->request = flash_start(nvme->flash, request_kind(cmd->work), cmd->place, cmd->length,
				   forced, flash_done, cmd);
	flash_tag(cmd->request, cmd->version);
}

void nvme_media_trim(struct nvme *nvme, uint64_t place, uint64_t bytes)
{
	if (nvme->flash)
		flash_trim(nvme->flash, place, bytes);
}

/* ---- servers ---- */

static struct dur drawn(struct nvme *nvme, struct dur mean)
{
	return dur_ps(random_exponential(&nvme->random, mean.ps));
}

/* The constant part and the exponential one, whose mean is in the whole. */
static struct dur access_time(struct nvme *nvme, struct dur whole)
{
	const struct nvme_media_cfg *media = &nvme->cfg.media;
	struct dur jitter = media->jitter;

	if (media->exponential)
		return drawn(nvme, whole);
	if (!jitter.ps || jitter.ps > whole.ps)
		return whole;
	return dur_ps(whole.ps - jitter.ps + drawn(nvme, jitter).ps);
}

static struct dur service(const struct nvme_cmd *cmd)
{
	const struct nvme_media_cfg *media = &cmd->nvme->cfg.media;

	switch (cmd->work) {
	case NVME_IO_FLUSH:
		return media->flush;
	case NVME_IO_WRITE:
	case NVME_IO_WRITE_ZEROES:
	case NVME_IO_DSM:
		return access_time(cmd->nvme, media->write);
	default:
		return access_time(cmd->nvme, media->read);
	}
}

/* Bytes that cross the channel: those of blocks read or written, but not of blocks zeroed. */
static uint64_t channel_bytes(const struct nvme_cmd *cmd)
{
	return cmd->work == NVME_IO_WRITE_ZEROES ? 0 : cmd->length;
}

static void start(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	struct at end = at_add(sim_now(nvme->sim), service(cmd));

	/* Commands of a server follow each other in order of arrival, so its queue is a time. */
	if (nvme->server_free && cmd->work != NVME_IO_FLUSH) {
		struct at *server = &nvme->server_free[cmd->place / STRIPE_BYTES %
						       nvme->cfg.media.parallelism];
		struct dur length = at_since(end, sim_now(nvme->sim));

		end = at_add(at_max(*server, sim_now(nvme->sim)), length);
		*server = end;
	}
	cmd->phase = NVME_PHASE_MEDIUM;
	nvme->medium_busy++;
	nvme_trace(nvme, NVME_TRACE_MEDIUM, nvme_correlator(cmd), nvme->medium_busy,
		   channel_bytes(cmd));
	engine_schedule(nvme->sim->engine, &cmd->event, end);
}

void nvme_media_submit(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	unsigned servers = nvme->cfg.media.parallelism;

	if (nvme->flash) {
		submit_flash(cmd);
		return;
	}
	if (servers && !nvme->server_free && nvme->medium_busy >= servers) {
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

static struct dur channel_time(const struct nvme_cmd *cmd)
{
	const struct nvme_media_cfg *media = &cmd->nvme->cfg.media;
	uint64_t rate = cmd->work == NVME_IO_WRITE ? media->write_bytes_per_second
						     : media->read_bytes_per_second;
	uint64_t bytes = channel_bytes(cmd);

	if (!bytes)
		return dur_ps(0);
	if (media->transfer.ps)
		return media->exponential ? drawn(cmd->nvme, media->transfer) : media->transfer;
	return rate ? dur_of_bytes(bytes, rate * BITS_PER_BYTE) : dur_ps(0);
}

void nvme_media_event(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	struct dur length = dur_ps(0);

	if (cmd->phase == NVME_PHASE_MEDIUM)
		length = channel_time(cmd);
	if (length.ps) {
		nvme->bus_free = at_add(at_max(nvme->bus_free, sim_now(nvme->sim)), length);
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

	if (cmd->request) {
		flash_forget(cmd->request);
		cmd->request = NULL;
		return;
	}
	engine_cancel(nvme->sim->engine, &cmd->event);
	if (cmd->phase == NVME_PHASE_MEDIUM_WAIT)
		nvme_list_remove(&nvme->medium_wait, cmd);
	else
		server_free(nvme);
}

void nvme_media_reset(struct nvme *nvme)
{
	for (unsigned i = 0; i < nvme->cfg.outstanding; i++) {
		if (nvme->cmds[i].request)
			flash_forget(nvme->cmds[i].request);
		nvme->cmds[i].request = NULL;
	}
	nvme->medium_wait = (struct nvme_list){ 0 };
	nvme->medium_busy = 0;
	nvme->bus_free = at_ps(0);
	for (unsigned i = 0; nvme->server_free && i < nvme->cfg.media.parallelism; i++)
		nvme->server_free[i] = at_ps(0);
}
