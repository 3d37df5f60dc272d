/* SPDX-License-Identifier: MIT */
/* The last-level caches in the machine: which they are, what DMA pays by them, and their stats. */
#include "model/machine/internal.h"

static const struct {
	const char *name;
	size_t at;
} stat_rows[] = {
	{ "llc.dma.read.hits", offsetof(struct llc_counts, read_hits) },
	{ "llc.dma.read.misses", offsetof(struct llc_counts, read_misses) },
	{ "llc.dma.write.hits", offsetof(struct llc_counts, write_hits) },
	{ "llc.dma.write.misses", offsetof(struct llc_counts, write_misses) },
	{ "llc.dma.lost", offsetof(struct llc_counts, lost) },
};

#define STATS (sizeof(stat_rows) / sizeof(stat_rows[0]))

static uint64_t total(void *ctx)
{
	return *(const uint64_t *)ctx;
}

static void register_stats(struct machine *machine)
{
	char *counts = machine->llc ? (char *)(uintptr_t)llc_counts(machine->llc) : NULL;

	for (size_t i = 0; i < STATS; i++)
		if (counts)
			stats_counter_fn(machine->sim.stats, stat_rows[i].name, total,
					 counts + stat_rows[i].at);
		else
			stats_counter(machine->sim.stats, "%s", stat_rows[i].name);
}

int caches_create(struct machine *machine)
{
	int err = SIM_OK;

	/* The ideal host's costs are constants, and its accesses are told to nobody. */
	if (machine->cfg->software != MACHINE_IDEAL)
		err = llc_create(&machine->llc, &machine->sim, &machine->cfg->llc);
	if (!err)
		register_stats(machine);
	return err;
}

struct dur caches_dma(struct machine *machine, const struct machine_device *device,
		      enum dma_kind kind, uint64_t pa, uint32_t bytes)
{
	struct dur more = dur_ps(0);
	struct llc_read met;

	if (!machine->llc)
		return more;
	if (kind == DMA_WRITE) {
		llc_device_write(machine->llc, device->socket, pa, bytes);
		return more;
	}
	met = llc_device_read(machine->llc, device->socket, pa, bytes);
	if (met.cold)
		more = dur_add(more, machine->cfg->dma_cold);
	if (met.remote)
		more = dur_add(more, machine->cfg->dma_remote);
	return more;
}
