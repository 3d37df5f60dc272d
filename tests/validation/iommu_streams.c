/* SPDX-License-Identifier: MIT */
#include "tests/validation/iommu_bench.h"

/* Pages that miss are taken in turn out of more than the IOTLB has entries, all below one table:
 * a walk is one read. The page that hits is looked at in between and stays. */
#define HOT     0x0ull
#define COLD    256u
#define ENTRIES 64u

struct streams;

struct stream {
	struct event next;
	struct streams *streams;
	unsigned left;           /* pages of the packet */
};

struct streams {
	struct rig *rig;
	const struct bench_streams *bench;
	unsigned done, cold;
	struct random random;
	struct stream stream[BENCH_CPUS_MAX];
};

static uint64_t next_page(struct streams *streams)
{
	uint64_t share = (uint64_t)(streams->bench->miss * 1e9);

	if (random_below(&streams->random, 1000000000) >= share)
		return HOT;
	return 0x1000ull * (1 + streams->cold++ % COLD);
}

static void go(void *ctx)
{
	struct stream *stream = ctx;
	struct streams *streams = stream->streams;
	struct iommu_page page;

	if (!stream->left) {
		streams->done++;
		stream->left = streams->bench->pages;
	}
	stream->left--;
	assert_int_equal(rig_go(streams->rig, next_page(streams), DMA_READ, &page), DMA_OK);
	engine_schedule_in(streams->rig->sim.engine, &stream->next, page.delay);
}

double bench_streams_run(struct rig *rig, const struct bench_streams *bench)
{
	struct iommu_cfg cfg = rig_cfg();
	struct streams streams = { .rig = rig, .bench = bench };
	double took;

	assert_in_range(bench->count, 1, BENCH_CPUS_MAX);
	cfg.iotlb_entries = ENTRIES;
	cfg.iotlb_ways = 0;
	cfg.replacement = IOMMU_LRU;
	cfg.walkers = bench->count;
	cfg.times = (struct iommu_times){ .lookup = bench_time(bench->hit_time),
					  .walk_read = bench_time(bench->walk_time) };
	rig_recreate(rig, &cfg);
	rig_translating(rig);
	for (unsigned i = 0; i <= COLD; i++)
		rig_map(rig, 0x1000ull * i, 0x1000ull * i, 1, RW);
	rig_hit(rig, HOT, HOT);
	rig_run(rig, 1000);      /* the walk for it is over */
	random_init(&streams.random, 1, "validation.streams");
	took = (double)sim_now(&rig->sim).ps;
	for (unsigned i = 0; i < bench->count; i++) {
		struct stream *stream = &streams.stream[i];

		stream->streams = &streams;
		stream->left = bench->pages;
		event_init(&stream->next, "translated", PHASE_LINK, go, stream);
		engine_schedule_in(rig->sim.engine, &stream->next, dur_ps(0));
	}
	while (streams.done < bench->packets)
		engine_run(rig->sim.engine, engine_next(rig->sim.engine));
	took = ((double)sim_now(&rig->sim).ps - took) / PS_PER_US;
	for (unsigned i = 0; i < bench->count; i++)
		engine_cancel(rig->sim.engine, &streams.stream[i].next);
	return streams.done / took;
}
