/* SPDX-License-Identifier: MIT */
/* The remapping unit against theory: hit ratios of its IOTLB (9a to 9c) and contention for its
 * invalidation queue (9d, and of 9e what the unit has a part in), driven through its registers,
 * tables and descriptors. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/core/random.h"
#include "tests/unit/iommu/rig.h"
#include "tests/validation/oracles.h"

#define ACCESSES   1000000u
#define LAYOUTS    64u
#define NUMBERS    (1u << 20)    /* random page numbers are below */
#define OPERATIONS 1000000u
#define CPUS_MAX   64u

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

/* ---- the IOTLB ---- */

struct pages {
	unsigned count;
	uint64_t page[4096];     /* numbers */
};

static void set_up(struct rig *rig, const struct pages *pages, unsigned entries, unsigned ways,
		   enum iommu_replacement replacement)
{
	struct iommu_cfg cfg = rig_cfg();

	cfg.iotlb_entries = entries;
	cfg.iotlb_ways = ways;
	cfg.replacement = replacement;
	rig_recreate(rig, &cfg);
	rig_translating(rig);
	for (unsigned i = 0; i < pages->count; i++)
		rig_map(rig, pages->page[i] << 12, pages->page[i] << 12, 1, RW);
}

/* A request that makes the unit read its tables is a miss. */
static unsigned misses(struct rig *rig, const struct pages *pages, unsigned accesses,
		       struct random *random)
{
	unsigned missed = 0;

	for (unsigned i = 0; i < accesses; i++) {
		unsigned n = random ? (unsigned)random_below(random, pages->count)
				    : i % pages->count;
		unsigned before = rig->reads;
		struct iommu_page page;

		assert_int_equal(rig_go(rig, pages->page[n] << 12, DMA_READ, &page), DMA_OK);
		missed += rig->reads != before;
	}
	return missed;
}

/* Share of hits once the IOTLB is full. */
static double hits(struct rig *rig, const struct pages *pages, unsigned accesses,
		   struct random *random)
{
	misses(rig, pages, 4 * pages->count, random);
	return 1 - (double)misses(rig, pages, accesses, random) / accesses;
}

static void contiguous(struct pages *pages, unsigned count)
{
	pages->count = count;
	for (unsigned i = 0; i < count; i++)
		pages->page[i] = i;
}

static double uniform(struct rig *rig, const struct pages *pages, unsigned entries, unsigned ways,
		      enum iommu_replacement replacement)
{
	struct random random;

	random_init(&random, 1, "validation.iotlb");
	set_up(rig, pages, entries, ways, replacement);
	return hits(rig, pages, ACCESSES, &random);
}

static void uniform_set(struct rig *rig, const char *set)
{
	struct oracle *oracle = oracle_open("9a", set);
	unsigned entries = (unsigned)oracle_param(oracle, "N");
	struct pages pages;

	contiguous(&pages, (unsigned)oracle_param(oracle, "W"));
	oracle_compare(oracle, "hit_uniform", uniform(rig, &pages, entries, 0, IOMMU_LRU),
		       ACCESSES);
	oracle_compare(oracle, "hit_uniform_randrepl",
		       uniform(rig, &pages, entries, 0, IOMMU_RANDOM), ACCESSES);
	oracle_finish(oracle);
}

static void uniform_accesses_hit_by_size(void **state)
{
	uniform_set(*state, "V1");
	uniform_set(*state, "V2");
	uniform_set(*state, "V3");
}

static void scatter(struct pages *pages, unsigned count, struct random *random)
{
	pages->count = count;
	for (unsigned i = 0; i < count; i++) {
		unsigned same;

		do {
			pages->page[i] = random_below(random, NUMBERS);
			for (same = 0; pages->page[same] != pages->page[i]; same++)
				;
		} while (same != i);
	}
}

static double random_layouts(struct rig *rig, unsigned count, unsigned sets, unsigned ways)
{
	struct random layout, access;
	struct pages pages;
	double sum = 0;

	random_init(&layout, 1, "validation.layout");
	random_init(&access, 1, "validation.access");
	for (unsigned i = 0; i < LAYOUTS; i++) {
		scatter(&pages, count, &layout);
		set_up(rig, &pages, sets * ways, ways, IOMMU_LRU);
		sum += hits(rig, &pages, ACCESSES / LAYOUTS, &access);
	}
	return sum / LAYOUTS;
}

static void sets_set(struct rig *rig, const char *set)
{
	struct oracle *oracle = oracle_open("9b", set);
	unsigned sets = (unsigned)oracle_param(oracle, "S");
	unsigned ways = (unsigned)oracle_param(oracle, "ways");
	unsigned count = (unsigned)oracle_param(oracle, "W");
	struct pages pages;

	contiguous(&pages, count);
	oracle_compare(oracle, "hit_contiguous",
		       uniform(rig, &pages, sets * ways, ways, IOMMU_LRU), ACCESSES);
	oracle_compare(oracle, "hit_random_index", random_layouts(rig, count, sets, ways),
		       ACCESSES);
	oracle_finish(oracle);
}

static void sets_lose_what_conflicts(void **state)
{
	sets_set(*state, "V1");
	sets_set(*state, "V2");
	sets_set(*state, "V3");
}

static void ring_set(struct rig *rig, const char *set)
{
	struct oracle *oracle = oracle_open("9c", set);
	unsigned entries = (unsigned)oracle_param(oracle, "N");
	struct pages pages;

	contiguous(&pages, (unsigned)oracle_param(oracle, "W"));
	set_up(rig, &pages, entries, 0, IOMMU_LRU);
	oracle_compare(oracle, "hit_lru", hits(rig, &pages, ACCESSES, NULL), ACCESSES);
	set_up(rig, &pages, entries, 0, IOMMU_RANDOM);
	oracle_compare(oracle, "hit_random", hits(rig, &pages, ACCESSES, NULL), ACCESSES);
	oracle_finish(oracle);
}

static void rings_beyond_the_entries_never_hit_with_lru(void **state)
{
	ring_set(*state, "V1");
	ring_set(*state, "V2");
	ring_set(*state, "V3");
}

/* ---- the invalidation queue ---- */

struct cpu {
	struct event ready;      /* has thought */
	struct cpus *cpus;
	struct at asked;
};

/* n CPUs that think and then want an invalidation each: descriptor, wait, tail. The queue itself is
 * first come, first served. */
struct cpus {
	struct rig *rig;
	unsigned count, done;
	uint64_t think_ps, wait_ps;
	struct at begun, ended;
	struct random random;
	uint64_t status;         /* page: a word for each CPU */
	struct cpu cpu[CPUS_MAX];
};

static struct dur thinking(struct cpus *cpus)
{
	return dur_ps(random_exponential(&cpus->random, cpus->think_ps));
}

static void ask(void *ctx)
{
	struct cpu *cpu = ctx;
	struct cpus *cpus = cpu->cpus;
	uint64_t word = cpus->status + 4 * (uint64_t)(cpu - cpus->cpu);

	cpu->asked = sim_now(&cpus->rig->sim);
	rig_submit(cpus->rig, 2ull | 3 << 4 | (uint64_t)RIG_DID << 16, 0x1000 | 0x40);
	rig_submit(cpus->rig, 5ull | 0x20 | 1ull << 32, word);
	rig_ring(cpus->rig);
}

static void answered(struct rig *rig, uint64_t pa)
{
	struct cpus *cpus = rig->ctx;
	struct cpu *cpu = &cpus->cpu[(pa - cpus->status) / 4];

	cpus->ended = sim_now(&rig->sim);
	cpus->wait_ps += at_since(cpus->ended, cpu->asked).ps;
	if (++cpus->done < OPERATIONS)
		engine_schedule_in(rig->sim.engine, &cpu->ready, thinking(cpus));
}

/* One unit of the oracles' time is a microsecond. */
static uint64_t ps_of(double us)
{
	return (uint64_t)llround(us * PS_PER_US);
}

static void run_cpus(struct rig *rig, struct cpus *cpus, unsigned count, double think, double hold)
{
	struct iommu_cfg cfg = rig_cfg();

	memset(cpus, 0, sizeof(*cpus));
	cfg.times = (struct iommu_times){ .invalidate_pages = dur_ps(ps_of(hold)) };
	rig_recreate(rig, &cfg);
	rig_translating(rig);
	rig_queue(rig, 0);
	rig->ctx = cpus;
	rig->written = answered;
	cpus->rig = rig;
	cpus->count = count;
	cpus->think_ps = ps_of(think);
	cpus->status = rig_page(rig);
	cpus->begun = sim_now(&rig->sim);
	random_init(&cpus->random, 1, "validation.cpus");
	for (unsigned i = 0; i < count; i++) {
		cpus->cpu[i].cpus = cpus;
		event_init(&cpus->cpu[i].ready, "thought", PHASE_CORE, ask, &cpus->cpu[i]);
		engine_schedule_in(rig->sim.engine, &cpus->cpu[i].ready, thinking(cpus));
	}
	while (cpus->done < OPERATIONS)
		engine_run(rig->sim.engine, engine_next(rig->sim.engine));
	rig->written = NULL;
	for (unsigned i = 0; i < count; i++)
		engine_cancel(rig->sim.engine, &cpus->cpu[i].ready);
	rig_run_all(rig);
}

static double rate(const struct cpus *cpus)
{
	return (double)cpus->done * PS_PER_US / (double)at_since(cpus->ended, cpus->begun).ps;
}

static void contention_set(struct rig *rig, const char *set)
{
	struct oracle *oracle = oracle_open("9d", set);
	const char *varied = "the unit's invalidations take constant time";
	double hold = oracle_param(oracle, "c"), response;
	struct cpus cpus;

	run_cpus(rig, &cpus, (unsigned)oracle_param(oracle, "n"), oracle_param(oracle, "Z"), hold);
	response = (double)cpus.wait_ps / PS_PER_US / cpus.done;
	oracle_compare(oracle, "X_det", rate(&cpus), OPERATIONS);
	oracle_compare(oracle, "R_det", response, OPERATIONS);
	oracle_compare(oracle, "wait_det", response - hold, OPERATIONS);
	oracle_not_compared(oracle, "X_exp", varied);
	oracle_not_compared(oracle, "R_exp", varied);
	oracle_not_compared(oracle, "wait_exp", varied);
	oracle_finish(oracle);
}

static void contention_is_a_machine_repairman(void **state)
{
	contention_set(*state, "V1");
	contention_set(*state, "V2");
	contention_set(*state, "V3");
}

static void strict_set(struct rig *rig, const char *set)
{
	struct oracle *oracle = oracle_open("9e", set);
	double work = oracle_param(oracle, "c0") + oracle_param(oracle, "cmap") +
		      oracle_param(oracle, "cunmap");
	const char *flush = "the flush queue is the kernel's: validation.dma";
	unsigned n = (unsigned)oracle_param(oracle, "n");
	struct cpus cpus;

	run_cpus(rig, &cpus, n, work, oracle_param(oracle, "cinv"));
	oracle_compare(oracle, "strict_rate_total", rate(&cpus), OPERATIONS);
	oracle_compare(oracle, "strict_cpu", n / rate(&cpus), OPERATIONS);
	oracle_not_compared(oracle, "off_cpu", "nothing of the unit is in it");
	oracle_not_compared(oracle, "deferred_cpu", flush);
	oracle_not_compared(oracle, "flush_rate", flush);
	oracle_not_compared(oracle, "mean_stale", flush);
	oracle_not_compared(oracle, "device_cap",
			    "a lookup does not occupy a walker here; validation.dma has walks");
	oracle_finish(oracle);
}

static void strict_mode_costs_work_and_the_queue(void **state)
{
	strict_set(*state, "V1");
	strict_set(*state, "V2");
	strict_set(*state, "V3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(uniform_accesses_hit_by_size),
		TEST(sets_lose_what_conflicts),
		TEST(rings_beyond_the_entries_never_hit_with_lru),
		TEST(contention_is_a_machine_repairman),
		TEST(strict_mode_costs_work_and_the_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
