/* SPDX-License-Identifier: MIT */
#include "tests/validation/iommu_bench.h"

struct cpus;

struct cpu {
	struct event ready;      /* has thought */
	struct cpus *cpus;
	struct at asked;
};

/* The queue itself is first come, first served. */
struct cpus {
	struct rig *rig;
	const struct bench_cpus *bench;
	unsigned done;
	uint64_t wait_ps;
	struct at begun, ended;
	struct random random;
	uint64_t status;         /* page: a word for each CPU */
	struct cpu cpu[BENCH_CPUS_MAX];
};

static void think(struct cpus *cpus, struct cpu *cpu)
{
	uint64_t mean = bench_time(cpus->bench->think).ps;

	engine_schedule_in(cpus->rig->sim.engine, &cpu->ready,
			   dur_ps(random_exponential(&cpus->random, mean)));
}

static void done(struct cpus *cpus, struct cpu *cpu)
{
	cpus->ended = sim_now(&cpus->rig->sim);
	cpus->wait_ps += at_since(cpus->ended, cpu->asked).ps;
	if (++cpus->done < cpus->bench->operations)
		think(cpus, cpu);
}

/* With translation off the address is what it is, and leaves no trace to be invalidated. */
static void pass(struct cpus *cpus, struct cpu *cpu)
{
	struct iommu_page page;

	assert_int_equal(rig_go(cpus->rig, 0x1000, DMA_WRITE, &page), DMA_OK);
	assert_int_equal(page.pa, 0x1000);
	assert_int_equal(page.delay.ps, 0);
	done(cpus, cpu);
}

static void ask(void *ctx)
{
	struct cpu *cpu = ctx;
	struct cpus *cpus = cpu->cpus;
	uint64_t word = cpus->status + 4 * (uint64_t)(cpu - cpus->cpu);

	cpu->asked = sim_now(&cpus->rig->sim);
	if (cpus->bench->off) {
		pass(cpus, cpu);
		return;
	}
	rig_submit(cpus->rig, 2ull | 3 << 4 | (uint64_t)RIG_DID << 16, 0x1000 | 0x40);
	rig_submit(cpus->rig, 5ull | 0x20 | 1ull << 32, word);
	rig_ring(cpus->rig);
}

static void answered(struct rig *rig, uint64_t pa)
{
	struct cpus *cpus = rig->ctx;

	done(cpus, &cpus->cpu[(pa - cpus->status) / 4]);
}

static void set_up(struct rig *rig, const struct bench_cpus *bench, struct cpus *cpus)
{
	struct iommu_cfg cfg = rig_cfg();

	cfg.times = (struct iommu_times){ .invalidate_pages = bench_time(bench->hold) };
	cfg.spread = bench->spread;
	rig_recreate(rig, &cfg);
	if (!bench->off) {
		rig_translating(rig);
		rig_queue(rig, 0);
	}
	rig->ctx = cpus;
	rig->written = answered;
	cpus->status = rig_page(rig);
	cpus->begun = sim_now(&rig->sim);
	random_init(&cpus->random, 1, "validation.cpus");
	for (unsigned i = 0; i < bench->count; i++) {
		cpus->cpu[i].cpus = cpus;
		event_init(&cpus->cpu[i].ready, "thought", PHASE_CORE, ask, &cpus->cpu[i]);
		think(cpus, &cpus->cpu[i]);
	}
}

struct bench_rate bench_cpus_run(struct rig *rig, const struct bench_cpus *bench)
{
	struct cpus cpus = { .rig = rig, .bench = bench };
	struct bench_rate result;

	assert_in_range(bench->count, 1, BENCH_CPUS_MAX);
	set_up(rig, bench, &cpus);
	while (cpus.done < bench->operations)
		engine_run(rig->sim.engine, engine_next(rig->sim.engine));
	rig->written = NULL;
	for (unsigned i = 0; i < bench->count; i++)
		engine_cancel(rig->sim.engine, &cpus.cpu[i].ready);
	rig_run_all(rig);
	result.rate = (double)cpus.done * PS_PER_US / (double)at_since(cpus.ended, cpus.begun).ps;
	result.response = (double)cpus.wait_ps / PS_PER_US / cpus.done;
	return result;
}
