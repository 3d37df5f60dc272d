// SPDX-License-Identifier: MIT
/* Creation, and the edges to the outside: registers in, DMA out and back. */
#include <stdio.h>
#include <stdlib.h>

#include "devices/nvme/nvme_internal.h"
#include "model/core/assert.h"

#define OUTSTANDING_DEFAULT 1024u
#define OUTSTANDING_MIN     16u
#define OUTSTANDING_MAX     32768u
#define COALESCE_MAX        256u

#define TRACE_POINT(id, name, a, b, c) { name, { a, b, c } },
static const struct trace_point points[] = {
#include "devices/nvme/trace.def"
};
#undef TRACE_POINT

void nvme_guest_error(struct nvme *nvme, enum nvme_guest_error what, uint64_t where, uint64_t value)
{
	nvme->stats.guest_errors->value++;
	nvme_trace(nvme, NVME_TRACE_GUEST_ERROR, what, where, value);
}

void nvme_dma_read(struct nvme *nvme, uint64_t addr, uint32_t bytes, uint64_t tag)
{
	struct dma_req req = { .kind = DMA_READ, .addr = addr, .bytes = bytes, .tag = tag };

	nvme->ops->dma(nvme->ctx, &req);
}

static void write_to(struct nvme *nvme, uint64_t addr, const void *data, uint32_t bytes,
		     unsigned flags)
{
	struct dma_req req = {
		.kind = DMA_WRITE,
		.flags = flags,
		.addr = addr,
		.bytes = bytes,
		.data = data,
		.tag = nvme_tag(NVME_TAG_POSTED, 0, 0, 0),
	};

	nvme->ops->dma(nvme->ctx, &req);
}

void nvme_dma_write(struct nvme *nvme, uint64_t addr, const void *data, uint32_t bytes)
{
	write_to(nvme, addr, data, bytes, 0);
}

void nvme_dma_write_entry(struct nvme *nvme, uint64_t addr, const void *data, uint32_t bytes)
{
	write_to(nvme, addr, data, bytes, DMA_DESCRIPTOR);
}

static uint32_t transfer_max(const struct nvme_cfg *cfg)
{
	return cfg->transfer_max ? cfg->transfer_max : NVME_TRANSFER_MAX;
}

static int check(struct sim *sim, const struct nvme_cfg *cfg)
{
	if (!cfg->name || !cfg->name[0])
		return sim_fail(sim, SIM_ERR_CONFIG, "nvme: no name");
	if (cfg->capacity_bytes < STORE_CHUNK_BYTES || cfg->capacity_bytes % NVME_BLOCK_BYTES)
		return sim_fail(sim, SIM_ERR_CONFIG,
				"%s: capacity must be a multiple of %u bytes and at least %u",
				cfg->name, NVME_BLOCK_BYTES, STORE_CHUNK_BYTES);
	if (cfg->namespaces > NVME_NAMESPACES_MAX ||
	    (cfg->block_bytes && cfg->block_bytes != 512 && cfg->block_bytes != 4096))
		return sim_fail(sim, SIM_ERR_CONFIG,
				"%s: 1 to %u namespaces of blocks of 512 or 4096 bytes", cfg->name,
				NVME_NAMESPACES_MAX);
	/* A write waits for room for all of it, which may begin and end within units. */
	if (cfg->media.kind == NVME_MEDIA_FLASH &&
	    cfg->media.flash.buffer_bytes < transfer_max(cfg) + 2 * cfg->media.flash.unit_bytes)
		return sim_fail(sim, SIM_ERR_CONFIG,
				"%s: a write buffer of %llu bytes is too small for a write of %u",
				cfg->name, (unsigned long long)cfg->media.flash.buffer_bytes,
				transfer_max(cfg));
	if (transfer_max(cfg) < 4096 || transfer_max(cfg) > NVME_TRANSFER_LIMIT ||
	    transfer_max(cfg) & (transfer_max(cfg) - 1))
		return sim_fail(sim, SIM_ERR_CONFIG, "%s: transfers of at most %u bytes, possible "
				"are powers of two from 4096 to %u", cfg->name, transfer_max(cfg),
				NVME_TRANSFER_LIMIT);
	if (cfg->io_queues < 1 || cfg->io_queues > NVME_QUEUES_MAX - 1)
		return sim_fail(sim, SIM_ERR_CONFIG, "%s: %u I/O queues, 1 to %u are possible",
				cfg->name, cfg->io_queues, NVME_QUEUES_MAX - 1);
	if (cfg->queue_entries < 2 || cfg->queue_entries > 65536)
		return sim_fail(sim, SIM_ERR_CONFIG, "%s: %u queue entries, 2 to 65536 possible",
				cfg->name, cfg->queue_entries);
	if (cfg->vectors < 1 || cfg->vectors > NVME_VECTORS_MAX)
		return sim_fail(sim, SIM_ERR_CONFIG, "%s: %u vectors, 1 to %u are possible",
				cfg->name, cfg->vectors, NVME_VECTORS_MAX);
	if (cfg->outstanding && (cfg->outstanding < OUTSTANDING_MIN ||
				 cfg->outstanding > OUTSTANDING_MAX))
		return sim_fail(sim, SIM_ERR_CONFIG, "%s: %u commands at once, %u to %u possible",
				cfg->name, cfg->outstanding, OUTSTANDING_MIN, OUTSTANDING_MAX);
	if (cfg->coalesce_threshold > COALESCE_MAX)
		return sim_fail(sim, SIM_ERR_CONFIG, "%s: coalescing threshold %u, at most %u",
				cfg->name, cfg->coalesce_threshold, COALESCE_MAX);
	return SIM_OK;
}

static uint64_t media_bytes(void *ctx)
{
	struct nvme *nvme = ctx;

	return nvme_store_bytes(nvme->store);
}

static void register_stats(struct nvme *nvme)
{
	struct nvme_counters *row = &nvme->stats;
	struct stats *stats = nvme->sim->stats;
	const char *name = nvme->cfg.name;
	char level[128];

	row->irqs = stats_counter(stats, "%s.irq.count", name);
	row->guest_errors = stats_counter(stats, "%s.guest_errors", name);
	row->read = stats_counter(stats, "%s.cmd.read", name);
	row->write = stats_counter(stats, "%s.cmd.write", name);
	row->flush = stats_counter(stats, "%s.cmd.flush", name);
	row->other = stats_counter(stats, "%s.cmd.other", name);
	row->admin = stats_counter(stats, "%s.cmd.admin", name);
	row->errors = stats_counter(stats, "%s.cmd.errors", name);
	row->resets = stats_counter(stats, "%s.resets", name);
	row->latency = stats_dist(stats, "%s.device.latency_ns", name);
	snprintf(level, sizeof(level), "%s.media.bytes", name);
	stats_level_fn(stats, level, media_bytes, nvme);
}

static int allocate(struct nvme *nvme)
{
	const struct nvme_media_cfg *media = &nvme->cfg.media;
	int err = nvme_regs_create(nvme);

	if (!err)
		err = nvme_cmds_init(nvme);
	if (!err)
		err = nvme_queues_init(nvme);
	if (err)
		return err;
	nvme->store = nvme_store_create(nvme->cfg.capacity_bytes, media->fill, media->fill_ctx);
	nvme->dsm = calloc(nvme->cfg.outstanding, NVME_DSM_BYTES);
	if (!nvme->store || !nvme->dsm)
		return SIM_ERR_MEMORY;
	nvme_store_recognise(nvme->store, media->is_known, media->fill_known);
	if (nvme->cfg.power_cuts) {
		nvme->journal = nvme_journal_create(nvme->store);
		if (!nvme->journal)
			return SIM_ERR_MEMORY;
	}
	return SIM_OK;
}

int nvme_create(struct nvme **out, struct sim *sim, const struct nvme_cfg *cfg,
		const struct nvme_ops *ops, void *ctx)
{
	struct nvme *nvme;
	int err;

	_Static_assert(sizeof(points) / sizeof(points[0]) == NVME_TRACE_COUNT, "one table");
	*out = NULL;
	ASSERT(ops->dma && ops->msix);
	err = check(sim, cfg);
	if (err)
		return err;
	nvme = calloc(1, sizeof(*nvme));
	if (!nvme)
		return sim_fail(sim, SIM_ERR_MEMORY, "%s: out of memory", cfg->name);
	nvme->sim = sim;
	nvme->cfg = *cfg;
	nvme->ops = ops;
	nvme->ctx = ctx;
	nvme->page_bytes = 4096;
	nvme->cfg.transfer_max = transfer_max(cfg);
	if (!cfg->outstanding)
		nvme->cfg.outstanding = OUTSTANDING_DEFAULT;
	if (cfg->ideal) {
		nvme->cfg.command_fetch = dur_ps(0);
		nvme->cfg.command_decode = dur_ps(0);
	}
	err = allocate(nvme);
	if (err) {
		nvme_destroy(nvme);
		return sim_fail(sim, err, "%s: out of memory", cfg->name);
	}
	err = nvme_namespaces_init(nvme);
	if (!err)
		err = nvme_media_init(nvme);
	if (err) {
		nvme_destroy(nvme);
		return err;
	}
	trace_source_init(&nvme->trace, sim, cfg->name, points, NVME_TRACE_COUNT);
	register_stats(nvme);
	nvme_fetch_init(nvme);
	nvme_irq_init(nvme);
	nvme_state_init(nvme);
	nvme_features_init(nvme);
	nvme_power_init(nvme);
	nvme_regs_power_on(nvme);
	nvme_controller_reset(nvme);
	nvme->health.power_cycles = 1;
	*out = nvme;
	return SIM_OK;
}

void nvme_destroy(struct nvme *nvme)
{
	if (!nvme)
		return;
	if (nvme->trace.sim)
		nvme_controller_reset(nvme);    /* takes every event out of the engine */
	flash_destroy(nvme->flash);
	nvme_media_free(nvme);
	nvme_journal_destroy(nvme->journal);
	nvme_store_destroy(nvme->store);
	nvme_queues_free(nvme);
	reg_bank_destroy(nvme->bank);
	for (unsigned i = 0; nvme->cmds && i < nvme->cfg.outstanding; i++) {
		free(nvme->cmds[i].staged);
		free(nvme->cmds[i].pieces);
	}
	free(nvme->cmds);
	free(nvme->prps);
	free(nvme->dsm);
	free(nvme);
}

void nvme_reset(struct nvme *nvme)
{
	if (nvme->was_ready)
		nvme->health.unsafe_shutdowns++;
	nvme->was_ready = false;
	nvme->health.power_cycles++;
	nvme_regs_power_on(nvme);
	nvme_controller_reset(nvme);
}

void nvme_fail(struct nvme *nvme)
{
	if (nvme->state == NVME_STATE_READY)
		nvme_fatal(nvme, NVME_FATAL_ON_PURPOSE, 0);
}

void nvme_dma_done(struct nvme *nvme, const struct dma_done *done)
{
	enum nvme_tag kind = done->tag >> 60;
	uint32_t generation = (uint32_t)(done->tag >> 28);
	unsigned index = done->tag >> 12 & 0xffff;
	struct nvme_cmd *cmd;

	if (kind == NVME_TAG_FETCH) {
		nvme_fetch_done(nvme, index, generation, done);
		return;
	}
	if (kind != NVME_TAG_LIST && kind != NVME_TAG_DATA)
		return;
	cmd = &nvme->cmds[index];
	/* An answer to a command that a reset, an abort or a queue deletion has ended. */
	if (cmd->generation != generation) {
		nvme_trace(nvme, NVME_TRACE_LATE_DMA, done->tag, 0, 0);
		return;
	}
	if (kind == NVME_TAG_LIST)
		nvme_list_done(cmd, done);
	else if (!cmd->sqid)
		nvme_admin_data(cmd, done->tag & 0xfff, done);
	else
		nvme_io_data(cmd, done->tag & 0xfff, done);
}

static bool media_range(const struct nvme *nvme, uint64_t lba, uint32_t sectors)
{
	uint64_t whole = nvme->cfg.capacity_bytes / NVME_BLOCK_BYTES;

	return lba <= whole && sectors <= whole - lba;
}

bool nvme_media_peek(struct nvme *nvme, uint64_t lba, void *to, uint32_t sectors)
{
	if (!media_range(nvme, lba, sectors) || sectors > UINT32_MAX / NVME_BLOCK_BYTES)
		return false;
	nvme_store_read(nvme->store, lba * NVME_BLOCK_BYTES, to, sectors * NVME_BLOCK_BYTES);
	return true;
}

bool nvme_media_poke(struct nvme *nvme, uint64_t lba, const void *from, uint32_t sectors)
{
	if (!media_range(nvme, lba, sectors) || sectors > UINT32_MAX / NVME_BLOCK_BYTES)
		return false;
	return nvme_store_write(nvme->store, lba * NVME_BLOCK_BYTES, from,
				sectors * NVME_BLOCK_BYTES);
}
