/* SPDX-License-Identifier: MIT */
/* Requests: their storage, pace, answers, and the device's life (docs/dmatest.md). */
#include "devices/dmatest/dmatest_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESERVED (DMATEST_FLIGHT_MAX / 16)   /* no data: fetches, status, strays */

#define TRACE_POINT(id, name, a, b, c) { name, { a, b, c } },
static const struct trace_point trace_points[] = {
#include "devices/dmatest/trace.def"
};
#undef TRACE_POINT

static bool is_data(const struct request *request)
{
	return request->kind == REQUEST_WINDOW || request->kind == REQUEST_TRANSFER;
}

struct request *dmatest_request(struct channel *channel, enum request_kind kind)
{
	struct dmatest *dev = channel->dev;
	struct request *request = dev->free;

	ASSERT(request);
	dev->free = request->next;
	request->kind = kind;
	request->channel = channel->index;
	return request;
}

/* A page of a transfer begins with the stamp of its transfer. */
static void send_stamped(struct request *request)
{
	struct dmatest *dev = request->dev;
	uint64_t stamp = (uint64_t)(request->channel + 1) << 32 | request->stamp;
	uint32_t bytes = request->req.bytes;

	for (uint32_t at = 0; at + sizeof(stamp) <= bytes; at += PAGE_BYTES)
		memcpy(&dev->data[at], &stamp, sizeof(stamp));
	dev->ops->dma(dev->ctx, &request->req);
	for (uint32_t at = 0; at + sizeof(stamp) <= bytes; at += PAGE_BYTES)
		memset(&dev->data[at], 0, sizeof(stamp));
}

static bool takes_slot(const struct request *request)
{
	return request->dev->cfg.engine.read_slots && is_data(request) &&
	       request->req.kind == DMA_READ;
}

static void wait_for_slot(struct dmatest *dev, struct request *request)
{
	request->next = NULL;
	if (dev->read_first)
		dev->read_last->next = request;
	else
		dev->read_first = request;
	dev->read_last = request;
}

static void send(void *ctx)
{
	struct request *request = ctx;
	struct dmatest *dev = request->dev;

	if (takes_slot(request)) {
		if (dev->reads_out >= dev->cfg.engine.read_slots) {
			wait_for_slot(dev, request);
			return;
		}
		dev->reads_out++;
	}
	if (request->kind == REQUEST_TRANSFER && request->req.kind == DMA_WRITE && request->first)
		send_stamped(request);
	else
		dev->ops->dma(dev->ctx, &request->req);
}

void dmatest_issue(struct request *request, enum dma_kind kind, uint64_t addr, uint32_t bytes,
		   const void *data)
{
	struct dmatest *dev = request->dev;
	const struct dmatest_engine *engine = &dev->cfg.engine;
	struct dur gap = kind == DMA_READ ? engine->read_gap : dmatest_write_time(engine, bytes);

	request->issued = sim_now(dev->sim);
	request->req = (struct dma_req){ .kind = kind,
					 .addr = addr,
					 .bytes = bytes,
					 .data = data ? data : dev->data,
					 .tag = (uint64_t)(request - dev->request),
					 .want_done = 1 };
	if (!is_data(request)) {
		send(request);
		return;
	}
	dev->in_flight++;
	dev->free_at[kind] = at_add(at_max(dev->free_at[kind], request->issued), gap);
	if (engine->setup.ps)
		engine_schedule_in(dev->sim->engine, &request->start, engine->setup);
	else
		send(request);
	dmatest_maybe_stray(&dev->channel[request->channel]);
}

bool dmatest_may_issue(struct dmatest *dev, enum dma_kind kind)
{
	if (dev->in_flight >= dev->cfg.outstanding)
		return false;
	if (!at_before(sim_now(dev->sim), dev->free_at[kind]))
		return true;
	dev->wait_until = at_min(dev->wait_until, dev->free_at[kind]);
	return false;
}

/* ---- serving the channels ---- */

static bool serve_one(struct channel *channel)
{
	if (!channel->running)
		return false;
	return channel->window ? dmatest_window_serve(channel) : dmatest_ring_serve(channel);
}

static void serve(void *ctx)
{
	struct dmatest *dev = ctx;
	unsigned idle = 0;

	dev->wait_until = AT_NEVER;
	while (idle < dev->used) {
		struct channel *channel = &dev->channel[dev->turn];

		dev->turn = (dev->turn + 1) % dev->used;
		idle = serve_one(channel) ? 0 : idle + 1;
	}
	if (!at_is_never(dev->wait_until))
		engine_schedule(dev->sim->engine, &dev->serve, dev->wait_until);
}

void dmatest_kick(struct dmatest *dev)
{
	engine_cancel(dev->sim->engine, &dev->serve);
	engine_schedule(dev->sim->engine, &dev->serve, sim_now(dev->sim));
}

void dmatest_channel_error(struct channel *channel, unsigned why)
{
	trace_emit(&channel->dev->trace, DMATEST_TRACE_ERR_CHANNEL, channel->index, why, 0);
	channel->running = false;
}

/* ---- answers ---- */

static void count_data(struct dmatest *dev, const struct request *request,
		       const struct dma_done *done)
{
	bool read = done->kind == DMA_READ;
	uint64_t ns = at_since(sim_now(dev->sim), request->issued).ps / PS_PER_NS;

	dev->in_flight--;
	if (done->status != DMA_OK) {
		dev->refused->value++;
		trace_emit(&dev->trace, DMATEST_TRACE_ERR_REFUSED, request->req.addr,
			   request->channel, done->status);
		return;
	}
	(read ? dev->reads : dev->writes)->value++;
	(read ? dev->read_bytes : dev->write_bytes)->value += done->bytes;
	dev->bytes->value += done->bytes;
	stats_sample(dev->sim->stats, read ? dev->read_latency : dev->write_latency, ns);
}

static void count_stray(struct dmatest *dev, const struct request *request,
			const struct dma_done *done)
{
	(done->status == DMA_OK ? dev->strays_landed : dev->strays_blocked)->value++;
	trace_emit(&dev->trace, DMATEST_TRACE_STRAY, request->req.addr, done->kind, done->status);
}

static void answer(struct dmatest *dev, const struct request *request, const struct dma_done *done)
{
	struct channel *channel = &dev->channel[request->channel];

	switch (request->kind) {
	case REQUEST_WINDOW:
		count_data(dev, request, done);
		channel->in_flight--;
		break;
	case REQUEST_TRANSFER:
		count_data(dev, request, done);
		dmatest_ring_done(channel, request);
		break;
	case REQUEST_FETCH:
		dmatest_ring_fetched(channel, request, done);
		break;
	case REQUEST_LIST:
		dmatest_window_listed(channel, request, done);
		break;
	case REQUEST_STATUS:
		dmatest_ring_status_done(channel);
		break;
	case REQUEST_STRAY:
		count_stray(dev, request, done);
		break;
	}
}

static void finish(struct request *request, const struct dma_done *done)
{
	struct dmatest *dev = request->dev;

	answer(dev, request, done);
	if (takes_slot(request)) {
		struct request *next = dev->read_first;

		dev->reads_out--;
		if (next) {
			dev->read_first = next->next;
			send(next);
		}
	}
	request->next = dev->free;
	dev->free = request;
	dmatest_kick(dev);
}

static void moved(void *ctx)
{
	struct request *request = ctx;

	finish(request, &request->done);
}

void dmatest_dma_done(struct dmatest *dev, const struct dma_done *done)
{
	struct request *request = &dev->request[done->tag];
	struct dur move = dmatest_move_time(&dev->cfg.engine, done->bytes);

	if (!move.ps || !is_data(request) || done->kind != DMA_READ) {
		finish(request, done);
		return;
	}
	/* Nothing looks into the data of a measured read. */
	request->done = *done;
	request->done.data = NULL;
	engine_schedule_in(dev->sim->engine, &request->moved, move);
}

/* ---- misbehaviour ---- */

static void stray(struct channel *channel, enum dma_kind kind, uint64_t addr)
{
	static const uint8_t rubbish[STRAY_BYTES] = { 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee,
						      0xee };
	struct dmatest *dev = channel->dev;

	dev->strays->value++;
	dmatest_issue(dmatest_request(channel, REQUEST_STRAY), kind, addr, STRAY_BYTES, rubbish);
}

static bool is_due(struct channel *channel, uint32_t stray)
{
	if (channel->until_stray > 1) {
		channel->until_stray--;
		return false;
	}
	channel->until_stray = stray & STRAY_EVERY;
	return true;
}

void dmatest_maybe_stray(struct channel *channel)
{
	uint32_t word = (uint32_t)dmatest_get(channel->dev, ROW_STRAY, channel->index);

	if ((word & STRAY_KIND) != STRAY_OUTSIDE || !is_due(channel, word))
		return;
	channel->stray_write = !channel->stray_write;
	stray(channel, channel->stray_write ? DMA_WRITE : DMA_READ,
	      dmatest_get(channel->dev, ROW_STRAY_ADDR, channel->index));
}

static void stale_due(void *ctx)
{
	struct stale *stale = ctx;
	struct dmatest *dev = stale->dev;

	stray(&dev->channel[stale->channel], DMA_WRITE, stale->addr);
	stale->next = dev->stale_free;
	dev->stale_free = stale;
}

void dmatest_maybe_stale(struct channel *channel, const struct transfer *transfer)
{
	struct dmatest *dev = channel->dev;
	uint32_t word = (uint32_t)dmatest_get(dev, ROW_STRAY, channel->index);
	struct stale *stale = dev->stale_free;

	if ((word & STRAY_KIND) != STRAY_STALE || !transfer->wrote || !stale ||
	    !is_due(channel, word))
		return;
	dev->stale_free = stale->next;
	stale->channel = channel->index;
	stale->addr = transfer->first_write;
	engine_schedule_in(dev->sim->engine, &stale->event,
			   dur_ns(dmatest_get(dev, ROW_STRAY_DELAY, channel->index)));
}

/* ---- life ---- */

static void register_stats(struct dmatest *dev)
{
	struct stats *stats = dev->sim->stats;
	const char *name = dev->cfg.name;
	char rate[96], of[96];

	dev->reads = stats_counter(stats, "%s.read.count", name);
	dev->writes = stats_counter(stats, "%s.write.count", name);
	dev->read_bytes = stats_counter(stats, "%s.read.bytes", name);
	dev->write_bytes = stats_counter(stats, "%s.write.bytes", name);
	dev->bytes = stats_counter(stats, "%s.bytes", name);
	dev->refused = stats_counter(stats, "%s.refused", name);
	dev->transfers = stats_counter(stats, "%s.transfer.count", name);
	dev->strays = stats_counter(stats, "%s.stray.count", name);
	dev->strays_landed = stats_counter(stats, "%s.stray.landed", name);
	dev->strays_blocked = stats_counter(stats, "%s.stray.blocked", name);
	dev->irqs = stats_counter(stats, "%s.irq.count", name);
	dev->read_latency = stats_dist(stats, "%s.read.latency_ns", name);
	dev->write_latency = stats_dist(stats, "%s.write.latency_ns", name);
	dev->transfer_latency = stats_dist(stats, "%s.transfer.latency_ns", name);
	for (unsigned i = 0; i < 5; i++) {
		static const char *const rows[][2] = { { "read.bandwidth", "read.bytes" },
						       { "write.bandwidth", "write.bytes" },
						       { "bandwidth", "bytes" },
						       { "transfer.rate", "transfer.count" },
						       { "irq.rate", "irq.count" } };

		snprintf(rate, sizeof(rate), "%s.%s", name, rows[i][0]);
		snprintf(of, sizeof(of), "%s.%s", name, rows[i][1]);
		stats_rate(stats, rate, of);
	}
}

static void init_parts(struct dmatest *dev)
{
	event_init(&dev->serve, "dmatest serve", PHASE_DEVICE, serve, dev);
	for (unsigned i = DMATEST_FLIGHT_MAX; i-- > 0;) {
		struct request *request = &dev->request[i];

		event_init(&request->start, "dmatest request", PHASE_DEVICE, send, request);
		event_init(&request->moved, "dmatest moved", PHASE_DEVICE, moved, request);
		request->dev = dev;
		request->next = dev->free;
		dev->free = request;
	}
	for (unsigned i = 0; i < STALES_MAX; i++) {
		event_init(&dev->stale[i].event, "dmatest stale", PHASE_DEVICE, stale_due,
			   &dev->stale[i]);
		dev->stale[i].dev = dev;
		dev->stale[i].next = dev->stale_free;
		dev->stale_free = &dev->stale[i];
	}
	for (unsigned i = 0; i < DMATEST_CHANNELS; i++) {
		dev->channel[i].dev = dev;
		dev->channel[i].index = i;
	}
}

int dmatest_create(struct dmatest **out, struct sim *sim, const struct dmatest_cfg *cfg,
		   const struct dmatest_ops *ops, void *ctx)
{
	struct dmatest *dev;

	*out = NULL;
	if (!cfg->outstanding || cfg->outstanding > DMATEST_FLIGHT_MAX - RESERVED || !cfg->burst ||
	    cfg->burst > DMATEST_REQUEST_MAX)
		return sim_fail(sim, SIM_ERR_CONFIG, "%s: %u requests of %u bytes", cfg->name,
				cfg->outstanding, cfg->burst);
	dev = calloc(1, sizeof(*dev));
	if (!dev)
		return sim_fail(sim, SIM_ERR_MEMORY, "%s: out of host memory", cfg->name);
	dev->sim = sim;
	dev->cfg = *cfg;
	dev->ops = ops;
	dev->ctx = ctx;
	trace_source_init(&dev->trace, sim, cfg->name, trace_points, DMATEST_TRACE_COUNT);
	if (dmatest_regs_create(dev)) {
		free(dev);
		return sim_fail(sim, SIM_ERR_MEMORY, "%s: out of host memory", cfg->name);
	}
	random_init(&dev->random, cfg->seed, cfg->name);
	init_parts(dev);
	register_stats(dev);
	*out = dev;
	return SIM_OK;
}

void dmatest_destroy(struct dmatest *dev)
{
	if (!dev)
		return;
	for (unsigned i = 0; i < DMATEST_CHANNELS; i++)
		dmatest_window_free(&dev->channel[i]);
	reg_bank_destroy(dev->regs);
	free(dev);
}

/* Answers to requests made before never come (model/pcie), so all are free again. */
void dmatest_reset(struct dmatest *dev)
{
	struct engine *engine = dev->sim->engine;

	for (unsigned i = 0; i < DMATEST_FLIGHT_MAX; i++) {
		engine_cancel(engine, &dev->request[i].start);
		engine_cancel(engine, &dev->request[i].moved);
	}
	for (unsigned i = 0; i < STALES_MAX; i++)
		engine_cancel(engine, &dev->stale[i].event);
	engine_cancel(engine, &dev->serve);
	for (unsigned i = 0; i < DMATEST_CHANNELS; i++) {
		dmatest_window_free(&dev->channel[i]);
		memset(&dev->channel[i], 0, sizeof(dev->channel[i]));
	}
	dev->free = NULL;
	dev->stale_free = NULL;
	dev->read_first = NULL;
	dev->in_flight = dev->reads_out = dev->used = dev->turn = 0;
	init_parts(dev);
	reg_bank_reset(dev->regs);
}
