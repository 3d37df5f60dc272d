/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "tests/validation/iommu_bench.h"

#define ENTRIES_MAX 1024u
/* Every so many flushes a look whether a stale page is usable until then, and not after. */
#define CHECK_EVERY 16u

struct flusher;

struct cpu {
	struct event unmap, timeout;
	struct flusher *flusher;
	struct at since[ENTRIES_MAX];
	unsigned waiting;        /* pages unmapped, not yet flushed */
	struct at asked;
	/* Under way: those that the flush takes along. */
	struct at taken[ENTRIES_MAX];
	unsigned taking;
	bool checking;
};

struct flusher {
	struct rig *rig;
	const struct bench_flush *bench;
	unsigned unmapped, flushes;
	uint64_t flushed, stale_ps, wait_ps;
	struct random random;
	uint64_t status;
	struct cpu cpu[BENCH_CPUS_MAX];
};

/* Each CPU has an address; its page is mapped, used by the device and unmapped again. */
static uint64_t address(const struct cpu *cpu)
{
	return 0x400000 + 0x1000 * (uint64_t)(cpu - cpu->flusher->cpu);
}

static void leave_stale(struct cpu *cpu)
{
	struct rig *rig = cpu->flusher->rig;

	rig_map(rig, address(cpu), 0x5000, 1, RW);
	rig_hit(rig, address(cpu), 0x5000);
	*rig_entry(rig, rig->table, 4, 1, address(cpu)) = 0;
}

static enum dma_status use(struct cpu *cpu)
{
	struct iommu_page page;

	return rig_go(cpu->flusher->rig, address(cpu), DMA_READ, &page);
}

static void next_unmap(struct cpu *cpu)
{
	struct flusher *flusher = cpu->flusher;
	double mean = 1 / flusher->bench->rate;

	engine_schedule_in(flusher->rig->sim.engine, &cpu->unmap,
			   dur_ps(random_exponential(&flusher->random, bench_time(mean).ps)));
}

static void flush(struct cpu *cpu)
{
	struct flusher *flusher = cpu->flusher;
	struct rig *rig = flusher->rig;

	engine_cancel(rig->sim.engine, &cpu->timeout);
	assert_int_equal(cpu->taking, 0);
	memcpy(cpu->taken, cpu->since, cpu->waiting * sizeof(cpu->since[0]));
	cpu->taking = cpu->waiting;
	cpu->waiting = 0;
	cpu->asked = sim_now(&rig->sim);
	cpu->checking = flusher->flushes++ % CHECK_EVERY == 0;
	if (cpu->checking) {
		leave_stale(cpu);
		assert_int_equal(use(cpu), DMA_OK);
	}
	rig_submit(rig, 2ull | 1 << 4, 0);
	rig_submit(rig, 5ull | 0x20 | 1ull << 32,
		   flusher->status + 4 * (uint64_t)(cpu - flusher->cpu));
	rig_ring(rig);
}

static void timed_out(void *ctx)
{
	flush(ctx);
}

static void unmap(void *ctx)
{
	struct cpu *cpu = ctx;
	struct flusher *flusher = cpu->flusher;
	struct rig *rig = flusher->rig;

	if (flusher->unmapped++ < flusher->bench->operations)
		next_unmap(cpu);
	cpu->since[cpu->waiting++] = sim_now(&rig->sim);
	if (cpu->waiting == flusher->bench->entries)
		flush(cpu);
	else if (cpu->waiting == 1)
		engine_schedule_in(rig->sim.engine, &cpu->timeout,
				   bench_time(flusher->bench->timeout));
}

static void answered(struct rig *rig, uint64_t pa)
{
	struct flusher *flusher = rig->ctx;
	struct cpu *cpu = &flusher->cpu[(pa - flusher->status) / 4];
	struct at now = sim_now(&rig->sim);

	flusher->wait_ps += at_since(now, cpu->asked).ps;
	for (unsigned i = 0; i < cpu->taking; i++)
		flusher->stale_ps += at_since(now, cpu->taken[i]).ps;
	flusher->flushed += cpu->taking;
	cpu->taking = 0;
	if (!cpu->checking)
		return;
	assert_int_equal(use(cpu), DMA_UNSUPPORTED);
	rig_set4(rig, FSTS, PFO);
	rig_set(rig, rig_frcd(rig, 0) + 8, 1ull << 63);
}

static void set_up(struct rig *rig, const struct bench_flush *bench, struct flusher *flusher)
{
	struct iommu_cfg cfg = rig_cfg();

	cfg.times = (struct iommu_times){ .invalidate_domain = bench_time(bench->hold) };
	rig_recreate(rig, &cfg);
	rig_translating(rig);
	rig_queue(rig, 0);
	rig->ctx = flusher;
	rig->written = answered;
	flusher->status = rig_page(rig);
	random_init(&flusher->random, 1, "validation.flush");
	for (unsigned i = 0; i < bench->count; i++) {
		struct cpu *cpu = &flusher->cpu[i];

		cpu->flusher = flusher;
		event_init(&cpu->unmap, "unmap", PHASE_CORE, unmap, cpu);
		event_init(&cpu->timeout, "timeout", PHASE_CORE, timed_out, cpu);
		next_unmap(cpu);
	}
}

struct bench_deferred bench_flush_run(struct rig *rig, const struct bench_flush *bench)
{
	struct flusher *flusher = calloc(1, sizeof(*flusher));
	struct bench_deferred result;
	double took;

	assert_non_null(flusher);
	assert_in_range(bench->count, 1, BENCH_CPUS_MAX);
	assert_in_range(bench->entries, 1, ENTRIES_MAX);
	flusher->rig = rig;
	flusher->bench = bench;
	set_up(rig, bench, flusher);
	while (flusher->unmapped < bench->operations)
		engine_run(rig->sim.engine, engine_next(rig->sim.engine));
	took = (double)sim_now(&rig->sim).ps / PS_PER_US;
	result.flush_rate = flusher->flushes / took / bench->count;
	rig_run_all(rig);
	result.wait = (double)flusher->wait_ps / PS_PER_US / flusher->flushes;
	result.batch = (double)flusher->flushed / flusher->flushes;
	result.stale = (double)flusher->stale_ps / PS_PER_US / (double)flusher->flushed;
	rig->written = NULL;
	free(flusher);
	return result;
}
