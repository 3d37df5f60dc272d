/* SPDX-License-Identifier: MIT */
/* Bounce buffers against theory (7a, 7b): the DMA test device moves chunks one at a time into
 * buffers, and software copies each out, one at a time. The way to memory is this test's: the
 * device's transfer takes exactly what the oracle says, descriptors and status no time. Memory's
 * bandwidth is the machine's model of it (model/mem/channel.h). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/dmatest/dmatest.h"
#include "model/core/random.h"
#include "model/mem/channel.h"
#include "model/trace/stats.h"
#include "model/trace/trace.h"
#include "tests/validation/oracles.h"

#define CHUNKS    1000000u
#define CHUNK     4096u       /* what the descriptors say; its time is the oracle's */
#define RING      16u
#define RING_AT   0x10000u
#define STATUS_AT 0x20000u
#define BUFFER_AT 0x100000u

/* Registers of channel 0 (docs/dmatest.md). */
#define REG(at) (0x1000u + (at))
enum { CTRL = 0x00, LIST = 0x08, STATUS = 0x10, COUNT = 0x18, TAIL = 0x1c, DEPTH = 0x2c };

struct stage {
	double mean;              /* us */
	bool exponential;
};

struct rig {
	struct sim sim;
	struct dmatest *dev;
	struct stage dma, copy;
	struct channel memory;    /* rate 0: it has no bound */
	uint64_t chunk;           /* bytes in the memory's account */
	struct random random;
	struct event answer, copied, instant;
	struct dma_req held;      /* the chunk on its way; one at a time */
	struct dma_req quick[8];  /* answered at once */
	unsigned quick_count;
	uint32_t tail, completed, taken, wanted;
	unsigned buffers;
	bool copying;
	struct at ended;
};

static struct dur time_of(struct rig *rig, const struct stage *stage)
{
	uint64_t ps = (uint64_t)llround(stage->mean * PS_PER_US);

	return dur_ps(stage->exponential ? random_exponential(&rig->random, ps) : ps);
}

/* A stage takes its time, or what its `passes` of a chunk to or from memory take. */
static struct dur bounded(struct rig *rig, const struct stage *stage, unsigned passes)
{
	struct dur own = time_of(rig, stage), memory;

	if (!rig->memory.rate)
		return own;
	memory = channel_take(&rig->memory, sim_now(&rig->sim), passes * rig->chunk);
	return own.ps > memory.ps ? own : memory;
}

/* ---- the way to memory ---- */

static void dma(void *ctx, const struct dma_req *req)
{
	struct rig *rig = ctx;

	if (req->kind == DMA_WRITE && req->addr >= BUFFER_AT) {
		assert_false(event_pending(&rig->answer));
		rig->held = *req;
		engine_schedule_in(rig->sim.engine, &rig->answer,
				   bounded(rig, &rig->dma, 1));
		return;
	}
	if (req->addr == STATUS_AT)
		memcpy(&rig->completed, req->data, sizeof(rig->completed));
	assert_in_range(rig->quick_count, 0, 7);
	rig->quick[rig->quick_count++] = *req;
	if (!event_pending(&rig->instant))
		engine_schedule_in(rig->sim.engine, &rig->instant, dur_ps(0));
}

static void done(struct rig *rig, const struct dma_req *req, const void *data)
{
	struct dma_done answer = { .tag = req->tag, .kind = req->kind, .status = DMA_OK,
				   .bytes = req->bytes, .data = data };

	dmatest_dma_done(rig->dev, &answer);
}

static void fill_descriptors(const struct dma_req *req, uint8_t *to)
{
	for (uint32_t at = 0; at < req->bytes; at += 16) {
		uint64_t n = (req->addr + at - RING_AT) / 16, addr = BUFFER_AT + n * CHUNK;
		uint32_t info = CHUNK | 3u << 30;    /* to memory, a transfer by itself */

		memset(to + at, 0, 16);
		memcpy(to + at, &addr, sizeof(addr));
		memcpy(to + at + 8, &info, sizeof(info));
	}
}

static void copy_next(struct rig *rig);

static void answer_quick(void *ctx)
{
	struct rig *rig = ctx;
	uint8_t descriptors[256];

	while (rig->quick_count) {
		struct dma_req req = rig->quick[0];

		memmove(&rig->quick[0], &rig->quick[1],
			--rig->quick_count * sizeof(rig->quick[0]));
		if (req.kind == DMA_READ)
			fill_descriptors(&req, descriptors);
		done(rig, &req, descriptors);
	}
	copy_next(rig);
}

static void answer_chunk(void *ctx)
{
	struct rig *rig = ctx;
	struct dma_req req = rig->held;

	done(rig, &req, NULL);
}

/* ---- software ---- */

static void give_buffer(struct rig *rig)
{
	if (rig->tail == rig->wanted)
		return;
	rig->tail++;
	dmatest_write(rig->dev, REG(TAIL), rig->tail, 4);
}

static void copy_next(struct rig *rig)
{
	if (rig->copying || rig->taken == rig->completed)
		return;
	rig->copying = true;
	engine_schedule_in(rig->sim.engine, &rig->copied, bounded(rig, &rig->copy, 2));
}

static void copy_done(void *ctx)
{
	struct rig *rig = ctx;

	rig->copying = false;
	rig->taken++;
	rig->ended = sim_now(&rig->sim);
	give_buffer(rig);
	copy_next(rig);
}

static void msix(void *ctx, unsigned vector)
{
}

struct way {
	struct stage transfer, copy;
	double memory;            /* bytes a us; 0: no bound */
	double chunk;
};

/* Microseconds for `chunks` with so many buffers. */
static double run(const struct way *way, unsigned buffers, unsigned chunks)
{
	static const struct dmatest_ops ops = { dma, msix };
	struct dmatest_cfg cfg = { .name = "dma0", .outstanding = 1, .burst = CHUNK,
				   .engine.mps = 256 };
	struct rig rig = { .dma = way->transfer, .copy = way->copy, .buffers = buffers,
			   .wanted = chunks, .chunk = (uint64_t)way->chunk,
			   .memory.rate = (uint64_t)(way->memory * 1e6) };

	rig.sim.engine = engine_create();
	rig.sim.trace = trace_create(1);
	rig.sim.stats = stats_create();
	random_init(&rig.random, 1, "validation.bounce");
	event_init(&rig.answer, "chunk", PHASE_LINK, answer_chunk, &rig);
	event_init(&rig.instant, "quick", PHASE_LINK, answer_quick, &rig);
	event_init(&rig.copied, "copied", PHASE_CORE, copy_done, &rig);
	assert_int_equal(dmatest_create(&rig.dev, &rig.sim, &cfg, &ops, &rig), SIM_OK);
	dmatest_write(rig.dev, REG(LIST), RING_AT, 8);
	dmatest_write(rig.dev, REG(STATUS), STATUS_AT, 8);
	dmatest_write(rig.dev, REG(COUNT), RING, 4);
	dmatest_write(rig.dev, REG(DEPTH), 1, 4);
	dmatest_write(rig.dev, REG(CTRL), 1, 4);
	for (unsigned i = 0; i < buffers; i++)
		give_buffer(&rig);
	while (rig.taken < chunks)
		engine_run(rig.sim.engine, engine_next(rig.sim.engine));
	dmatest_destroy(rig.dev);
	stats_destroy(rig.sim.stats);
	trace_destroy(rig.sim.trace);
	engine_destroy(rig.sim.engine);
	return (double)rig.ended.ps / PS_PER_US;
}

static void constant_set(const char *set)
{
	struct oracle *oracle = oracle_open("7a", set);
	double chunk = oracle_param(oracle, "chunk"), total;
	unsigned few = (unsigned)oracle_param(oracle, "nchunks");
	const struct stage transfer = {
		oracle_param(oracle, "od") + chunk / oracle_param(oracle, "Bd"), false };
	const struct stage copy = {
		oracle_param(oracle, "oc") + chunk / oracle_param(oracle, "Bc"), false };
	struct way way = { .transfer = transfer, .chunk = chunk };

	oracle_compare(oracle, "direct", CHUNKS * chunk / run(&way, 2, CHUNKS), CHUNKS);
	way.copy = copy;
	total = run(&way, 2, few);
	oracle_compare(oracle, "serial", CHUNKS * chunk / run(&way, 1, CHUNKS), CHUNKS);
	oracle_compare(oracle, "pipelined", CHUNKS * chunk / run(&way, 2, CHUNKS), CHUNKS);
	oracle_compare(oracle, "pipelined_n", few * chunk / total, CHUNKS);
	oracle_compare(oracle, "total_time_n", total, CHUNKS);
	way.memory = oracle_param(oracle, "Bm");
	oracle_compare(oracle, "pipelined_mem", CHUNKS * chunk / run(&way, 2, CHUNKS), CHUNKS);
	/* With stages that take no time themselves the memory is all that is left. */
	way.transfer.mean = way.copy.mean = 0;
	oracle_compare(oracle, "mem_bound", CHUNKS * chunk / run(&way, 2, CHUNKS), CHUNKS);
	oracle_finish(oracle);
}

static void constant_stages_overlap_with_two_buffers(void **state)
{
	constant_set("V1");
	constant_set("V2");
	constant_set("V3");
}

static void exponential_set(const char *set)
{
	struct oracle *oracle = oracle_open("7b", set);
	struct way way = { .transfer = { oracle_param(oracle, "td"), true },
			   .copy = { oracle_param(oracle, "tc"), true } };
	double took = run(&way, (unsigned)oracle_param(oracle, "nb"), CHUNKS);

	oracle_compare(oracle, "chunk_rate", CHUNKS / took, CHUNKS);
	oracle_finish(oracle);
}

static void exponential_stages_lose_more(void **state)
{
	exponential_set("V1");
	exponential_set("V2");
	exponential_set("V3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constant_stages_overlap_with_two_buffers),
		cmocka_unit_test(exponential_stages_lose_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
