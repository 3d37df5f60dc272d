/* SPDX-License-Identifier: MIT */
#include "tests/validation/link_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/trace/trace.h"

#define COMMAND       0x04
#define DEVCTL        0xa8
#define EXTENDED_TAGS 0x0100u
#define BYTES_MAX     65536u

struct moving {
	struct event event;
	struct link_bench *bench;
	uint64_t tag;
};

struct link_bench {
	struct sim sim;
	struct pcie_dev *dev;
	struct link_load load;
	unsigned mps;
	struct event issue;
	struct moving *moving;    /* of reads: their data are being moved */
	unsigned issued, answered, in_flight;
	struct at read_free, write_free;
	struct at *asked;
	struct at first[2], last[2];
	uint64_t arrived[2];
	uint64_t *latency_ps;
	unsigned reads_done;
};

static void issue_some(void *ctx);

static enum dma_status root_access(void *ctx, unsigned devfn, const struct dma_req *req,
				   void *read_to, struct dur *extra)
{
	struct link_bench *bench = ctx;

	if (req->kind == DMA_READ) {
		*extra = bench->load.memory;
	} else {
		if (!bench->arrived[DMA_WRITE]++)
			bench->first[DMA_WRITE] = sim_now(&bench->sim);
		bench->last[DMA_WRITE] = sim_now(&bench->sim);
	}
	return DMA_OK;
}

static void root_msi(void *ctx, unsigned devfn, const struct msi_msg *msg)
{
}

static void finished(struct link_bench *bench)
{
	bench->in_flight--;
	if (!event_pending(&bench->issue))
		engine_schedule(bench->sim.engine, &bench->issue, sim_now(&bench->sim));
}

static void moved(void *ctx)
{
	struct moving *moving = ctx;
	struct link_bench *bench = moving->bench;
	struct at now = sim_now(&bench->sim);

	if (!bench->arrived[DMA_READ]++)
		bench->first[DMA_READ] = now;
	bench->last[DMA_READ] = now;
	bench->latency_ps[bench->reads_done++] = at_since(now, bench->asked[moving->tag]).ps;
	finished(bench);
}

static void dma_done(void *ctx, const struct dma_done *done)
{
	struct link_bench *bench = ctx;
	struct moving *moving;
	struct dur move;

	if (!bench->asked)
		return;
	if (done->kind != DMA_READ) {
		finished(bench);
		return;
	}
	moving = &bench->moving[done->tag];
	move = dmatest_move_time(&bench->load.engine, done->bytes);
	moving->bench = bench;
	moving->tag = done->tag;
	event_init(&moving->event, "bench moved", PHASE_DEVICE, moved, moving);
	engine_schedule_in(bench->sim.engine, &moving->event, move);
}

static const struct pcie_dev_ops dev_ops = { .dma_done = dma_done };
static const struct pcie_root_ops root_ops = { .access = root_access, .msi = root_msi };

struct pcie_link_cfg link_bench_defaults(unsigned gen, unsigned lanes, unsigned mps)
{
	return (struct pcie_link_cfg){
		.gen = gen, .lanes = lanes, .mps = mps, .mrrs = 512,
		.dllp_ppm = PCIE_DLLP_BY_SPEC,
		.read_rtt = dur_ns(480), .write_latency = dur_ns(240),
		.credit_return = dur_ns(300),
	};
}

struct link_bench *link_bench_open(const struct pcie_link_cfg *link)
{
	struct link_bench *bench = calloc(1, sizeof(*bench));
	struct pcie_cfg cfg = { .name = "dev", .link = *link };

	assert_non_null(bench);
	cfg.bar[0] = (struct pcie_bar_cfg){ .bytes = 4096, .ops = NULL };
	bench->mps = link->mps;
	bench->sim.engine = engine_create();
	bench->sim.trace = trace_create(1);
	bench->sim.stats = stats_create();
	assert_int_equal(pcie_dev_create(&bench->dev, &bench->sim, &cfg, &dev_ops, bench,
					 &root_ops, bench),
			 SIM_OK);
	stats_window_begin(bench->sim.stats, 0);
	pcie_config_write(bench->dev, COMMAND, 6, 2);
	if (link->extended_tags)
		pcie_config_write(bench->dev, DEVCTL,
				  pcie_config_read(bench->dev, DEVCTL, 2) | EXTENDED_TAGS, 2);
	event_init(&bench->issue, "bench", PHASE_DEVICE, issue_some, bench);
	return bench;
}

void link_bench_close(struct link_bench *bench)
{
	pcie_dev_destroy(bench->dev);
	stats_destroy(bench->sim.stats);
	trace_destroy(bench->sim.trace);
	engine_destroy(bench->sim.engine);
	free(bench);
}

/* The next request's kind, and when the engine may begin it. */
static struct at next_at(const struct link_bench *bench, bool *read)
{
	*read = bench->load.read && !(bench->load.write && bench->issued % 2);
	return *read ? bench->read_free : bench->write_free;
}

static void issue_one(struct link_bench *bench, bool read)
{
	static const uint8_t data[BYTES_MAX];
	const struct link_load *load = &bench->load;
	struct at now = sim_now(&bench->sim);
	struct dma_req req = {
		.kind = read ? DMA_READ : DMA_WRITE,
		.addr = bench->issued * load->stride % (1u << 20),
		.bytes = load->bytes,
		.data = data,
		.tag = bench->issued,
		.want_done = load->outstanding != 0,
	};

	bench->asked[bench->issued++] = at_ps(now.ps - load->engine.setup.ps);
	bench->in_flight += read || req.want_done;
	if (read)
		bench->read_free = at_add(now, load->engine.read_gap);
	else
		bench->write_free =
			at_add(now, dmatest_write_time(&load->engine, load->bytes));
	pcie_dma(bench->dev, &req);
}

static void issue_some(void *ctx)
{
	struct link_bench *bench = ctx;
	const struct link_load *load = &bench->load;
	bool read;

	while (bench->issued < load->requests &&
	       (!load->outstanding || bench->in_flight < load->outstanding)) {
		struct at when = next_at(bench, &read);

		if (at_before(sim_now(&bench->sim), when)) {
			engine_schedule(bench->sim.engine, &bench->issue, when);
			return;
		}
		issue_one(bench, read);
	}
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static double gbps(const struct link_bench *bench, enum dma_kind kind)
{
	uint64_t ps = at_since(bench->last[kind], bench->first[kind]).ps;

	if (bench->arrived[kind] < 2 || !ps)
		return 0;
	return 8e3 * (double)(bench->arrived[kind] - 1) * bench->load.bytes / (double)ps;
}

struct link_result link_bench_run(struct link_bench *bench, const struct link_load *load)
{
	struct link_result result;
	struct at start = at_add(sim_now(&bench->sim), load->engine.setup);

	bench->load = *load;
	bench->load.engine.mps = bench->mps;
	bench->asked = calloc(load->requests, sizeof(*bench->asked));
	bench->latency_ps = calloc(load->requests, sizeof(*bench->latency_ps));
	bench->moving = calloc(load->requests, sizeof(*bench->moving));
	assert_non_null(bench->asked);
	assert_non_null(bench->moving);
	assert_non_null(bench->latency_ps);
	bench->issued = bench->in_flight = bench->reads_done = 0;
	memset(bench->arrived, 0, sizeof(bench->arrived));
	engine_schedule(bench->sim.engine, &bench->issue, start);
	link_bench_drain(bench);
	assert_int_equal(bench->issued, load->requests);
	qsort(bench->latency_ps, bench->reads_done, sizeof(*bench->latency_ps), by_value);
	result = (struct link_result){
		.read_gbps = gbps(bench, DMA_READ),
		.write_gbps = gbps(bench, DMA_WRITE),
		.count = bench->reads_done,
		.latency_ps = bench->latency_ps,
	};
	free(bench->moving);
	free(bench->asked);
	bench->asked = NULL;
	return result;
}

void link_result_free(struct link_result *result)
{
	free(result->latency_ps);
}

struct pcie_dev *link_bench_device(struct link_bench *bench)
{
	return bench->dev;
}

void link_bench_drain(struct link_bench *bench)
{
	while (engine_run_one(bench->sim.engine))
		;
}

uint64_t link_bench_now_ps(const struct link_bench *bench)
{
	return sim_now(&bench->sim).ps;
}

uint64_t link_bench_counter(struct link_bench *bench, const char *name)
{
	struct stat_value value;

	stats_window_end(bench->sim.stats, sim_now(&bench->sim).ps);
	assert_true(stats_find(bench->sim.stats, name, &value));
	stats_window_begin(bench->sim.stats, sim_now(&bench->sim).ps);
	return value.num;
}
