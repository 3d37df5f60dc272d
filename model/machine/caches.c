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
	{ "llc.core.device", offsetof(struct llc_counts, core[LLC_SHARED]) },
	{ "llc.core.core", offsetof(struct llc_counts, core[LLC_CORE]) },
	{ "llc.core.remote", offsetof(struct llc_counts, core[LLC_REMOTE]) },
	{ "llc.core.memory", offsetof(struct llc_counts, core[LLC_MEMORY]) },
	{ "llc.core.remote_memory", offsetof(struct llc_counts, core[LLC_MEMORY_REMOTE]) },
	{ "llc.memory", offsetof(struct llc_counts, memory) },
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
	machine->memory_wait = stats_counter(machine->sim.stats, "memory.wait_ns");
}

int caches_create(struct machine *machine)
{
	int err = SIM_OK;

	/* The ideal host's costs are constants, and its accesses are told to nobody. */
	if (machine->cfg->software != MACHINE_IDEAL)
		err = llc_create(&machine->llc, &machine->sim, &machine->cfg->llc);
	if (!err)
		register_stats(machine);
	machine->channel.rate = machine->cfg->memory_bandwidth;
	return err;
}

static uint64_t memory_bytes(const struct machine *machine)
{
	return llc_counts(machine->llc)->memory * LLC_LINE_BYTES;
}

static void count_wait(struct machine *machine, struct dur waited)
{
	machine->memory_wait->value += waited.ps / PS_PER_NS;
}

/* What passed to or from memory since it was `before` waits for others. A line's own time is in the
 * rows of latency. */
static struct dur wait_for_memory(struct machine *machine, uint64_t before)
{
	uint64_t bytes = memory_bytes(machine) - before;
	struct dur wait;

	if (!bytes)
		return dur_ps(0);
	wait = channel_take(&machine->channel, sim_now(&machine->sim), bytes);
	wait.ps -= dur_of_bytes(bytes, 8 * machine->channel.rate).ps;
	count_wait(machine, wait);
	return wait;
}

struct dur caches_dma(struct machine *machine, const struct machine_device *device,
		      enum dma_kind kind, uint64_t pa, uint32_t bytes)
{
	struct dur more;
	struct llc_read met;
	uint64_t before;

	if (!machine->llc)
		return dur_ps(0);
	before = memory_bytes(machine);
	if (kind == DMA_WRITE) {
		llc_device_write(machine->llc, device->socket, pa, bytes);
		return wait_for_memory(machine, before);
	}
	met = llc_device_read(machine->llc, device->socket, pa, bytes);
	more = wait_for_memory(machine, before);
	if (met.cold)
		more = dur_add(more, machine->cfg->dma_cold);
	if (met.remote)
		more = dur_add(more, machine->cfg->dma_remote);
	return more;
}

static unsigned socket_of(const struct core *core)
{
	return core->cores->cfg.sockets < 2 || cores_same_socket(core->cores, core->id, 0) ? 0 : 1;
}

static uint64_t rest_of_fetch(const struct core_fetches *fetches, const struct core *core,
			      uint64_t line)
{
	for (unsigned i = 0; i < FETCHES_MAX; i++)
		if (fetches->line[i] == line && fetches->ready[i] > core->ticks)
			return fetches->ready[i] - core->ticks;
	return 0;
}

uint64_t caches_touch(void *ctx, const struct core *core, uint64_t line, bool prefetch)
{
	struct machine *machine = ctx;
	struct core_fetches *fetches = &machine->fetches[core->id];
	uint64_t pa = line * LLC_LINE_BYTES, ticks;
	enum llc_place place;

	if (!prefetch) {
		place = llc_core_touch(machine->llc, core->id, socket_of(core), pa);
		return place == LLC_FETCHED ? rest_of_fetch(fetches, core, line)
					    : machine->cfg->place_ticks[place];
	}
	place = llc_core_fetch(machine->llc, core->id, socket_of(core), pa);
	ticks = machine->cfg->place_ticks[place];
	if (!ticks)
		return 0;
	fetches->line[fetches->next] = line;
	fetches->ready[fetches->next] = core->ticks + ticks;
	fetches->next = (fetches->next + 1) % FETCHES_MAX;
	return 0;
}

/* Takes the lines of one side of a copy. The first is waited for, the next ones are fetched ahead:
 * those from memory or the other socket are counted, as they come at its rate. */
static uint64_t take_side(struct machine *machine, const struct core *core, uint64_t va,
			  uint64_t bytes, uint64_t *first_ticks)
{
	uint64_t pa = va - PLAT_RAM_BASE, cold = 0;

	*first_ticks = 0;
	if (pa >= machine->cfg->llc.memory_end || !bytes)
		return 0;
	for (uint64_t at = pa / LLC_LINE_BYTES; at <= (pa + bytes - 1) / LLC_LINE_BYTES; at++) {
		enum llc_place place = llc_core_touch(machine->llc, core->id, socket_of(core),
						      at * LLC_LINE_BYTES);

		if (at == pa / LLC_LINE_BYTES)
			*first_ticks = machine->cfg->place_ticks[place];
		else
			cold += place == LLC_MEMORY || place == LLC_MEMORY_REMOTE ||
				place == LLC_REMOTE;
	}
	return cold;
}

/* What a copy of own time `own` takes longer, as its bytes pass memory behind those of others. */
static uint64_t wait_of_copy(struct machine *machine, const struct core *core, uint64_t bytes,
			     uint64_t own)
{
	struct dur passed = channel_take(&machine->channel, core_time(core), bytes);
	uint64_t memory = cores_ticks(machine->cores, passed);

	if (memory <= own)
		return 0;
	count_wait(machine, dur_ps(passed.ps * (memory - own) / memory));
	return memory - own;
}

/* Stores are buffered, so the first line of the target is waited for by nobody. */
uint64_t caches_copy(void *ctx, const struct core *core, uint64_t to, uint64_t from, uint64_t bytes)
{
	struct machine *machine = ctx;
	const struct machine_cfg *cfg = machine->cfg;
	uint64_t before = memory_bytes(machine), first, unused, more, passed, own;
	uint64_t cold_from = take_side(machine, core, from, bytes, &first);
	uint64_t cold_to = take_side(machine, core, to, bytes, &unused);

	/* Clearing whole lines reads nothing. */
	more = from ? first + (cold_from > cold_to ? cold_from : cold_to) * cfg->copy_cold_ticks
		    : 0;
	passed = memory_bytes(machine) - before;
	own = more + bytes / LLC_LINE_BYTES * cfg->copy_warm_ticks;
	return passed ? more + wait_of_copy(machine, core, passed, own) : more;
}
