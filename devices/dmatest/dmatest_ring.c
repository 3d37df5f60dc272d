/* SPDX-License-Identifier: MIT */
/* A channel that works through descriptors (docs/dmatest.md, "Ring"). Up to `depth` transfers are
 * under work and take turns, a burst each; they complete in order. */
#include "devices/dmatest/dmatest_internal.h"

#include <string.h>

#define RING_MAX (1u << 20)

static uint32_t ring_count(const struct channel *channel)
{
	return (uint32_t)dmatest_get(channel->dev, ROW_COUNT, channel->index);
}

static uint32_t ring_tail(const struct channel *channel)
{
	return (uint32_t)dmatest_get(channel->dev, ROW_TAIL, channel->index);
}

void dmatest_ring_start(struct channel *channel)
{
	uint32_t count = ring_count(channel);
	uint64_t depth = dmatest_get(channel->dev, ROW_DEPTH, channel->index);

	channel->fetched = channel->begun = channel->completed = 0;
	channel->prefetch_first = channel->prefetch_count = 0;
	channel->oldest = channel->active = channel->turn = 0;
	channel->armed = false;
	if (!count || count > RING_MAX || count & (count - 1) || !depth || depth > ACTIVE_MAX)
		dmatest_channel_error(channel, ROW_COUNT);
}

void dmatest_ring_tail(struct channel *channel)
{
	trace_emit(&channel->dev->trace, DMATEST_TRACE_DOORBELL, channel->index,
		   ring_tail(channel), 0);
	if (!channel->running || channel->window)
		return;
	if (ring_tail(channel) - channel->fetched > ring_count(channel))
		dmatest_channel_error(channel, ROW_TAIL);
	else
		dmatest_kick(channel->dev);
}

static void interrupt(struct channel *channel)
{
	channel->armed = false;
	channel->dev->irqs->value++;
	channel->dev->ops->msix(channel->dev->ctx, channel->index);
}

/* Software has seen so many completions and asks for a message with the next. */
void dmatest_ring_seen(struct channel *channel)
{
	channel->armed = true;
	if (channel->completed != (uint32_t)dmatest_get(channel->dev, ROW_SEEN, channel->index))
		interrupt(channel);
}

/* ---- descriptors ---- */

static bool fetch(struct channel *channel)
{
	uint32_t count = ring_count(channel), at = channel->fetched & (count - 1);
	uint32_t want = ring_tail(channel) - channel->fetched;
	struct request *request;

	if (channel->fetching || !want || channel->prefetch_count > PREFETCH_MAX - FETCH_MAX)
		return false;
	if (want > FETCH_MAX)
		want = FETCH_MAX;
	if (want > count - at)
		want = count - at;
	channel->fetching = true;
	channel->fetched += want;
	request = dmatest_request(channel, REQUEST_FETCH);
	dmatest_issue(request, DMA_READ,
		      dmatest_get(channel->dev, ROW_LIST, channel->index) +
			      (uint64_t)at * DESC_BYTES,
		      want * DESC_BYTES, NULL);
	return true;
}

void dmatest_ring_fetched(struct channel *channel, const struct request *request,
			  const struct dma_done *done)
{
	const uint8_t *raw = done->data;

	channel->fetching = false;
	if (done->status != DMA_OK) {
		dmatest_channel_error(channel, ROW_LIST);
		return;
	}
	for (uint32_t at = 0; at < done->bytes; at += DESC_BYTES) {
		unsigned to = (channel->prefetch_first + channel->prefetch_count++) % PREFETCH_MAX;

		memcpy(&channel->prefetch[to].addr, raw + at, 8);
		memcpy(&channel->prefetch[to].info, raw + at + 8, 4);
	}
}

static struct transfer *nth(struct channel *channel, unsigned n)
{
	return &channel->transfer[(channel->oldest + n) % ACTIVE_MAX];
}

static void take_descriptor(struct channel *channel, struct transfer *transfer)
{
	transfer->desc = channel->prefetch[channel->prefetch_first];
	transfer->done_bytes = 0;
	transfer->last = transfer->desc.info & DESC_LAST;
	transfer->open = true;
	channel->prefetch_first = (channel->prefetch_first + 1) % PREFETCH_MAX;
	channel->prefetch_count--;
	if (!(transfer->desc.info & DESC_LENGTH))
		dmatest_channel_error(channel, DESC_LENGTH);
}

/* The newest transfer's next descriptor, or a new transfer's first: they are one after another in
 * the ring. */
static bool begin(struct channel *channel)
{
	struct transfer *newest = channel->active ? nth(channel, channel->active - 1) : NULL;

	if (!channel->prefetch_count)
		return false;
	if (newest && !newest->last) {
		if (newest->open)
			return false;
		take_descriptor(channel, newest);
		return true;
	}
	if (channel->active >= dmatest_get(channel->dev, ROW_DEPTH, channel->index))
		return false;
	newest = nth(channel, channel->active++);
	memset(newest, 0, sizeof(*newest));
	newest->begun = sim_now(channel->dev->sim);
	newest->stamp = channel->begun++;
	take_descriptor(channel, newest);
	return true;
}

/* ---- data ---- */

static void next_burst(struct channel *channel, struct transfer *transfer, enum dma_kind kind)
{
	struct dmatest *dev = channel->dev;
	struct request *request = dmatest_request(channel, REQUEST_TRANSFER);
	uint32_t length = transfer->desc.info & DESC_LENGTH;
	uint64_t addr = transfer->desc.addr + transfer->done_bytes;
	uint32_t bytes = dev->cfg.burst - (uint32_t)(transfer->done_bytes % dev->cfg.burst);

	if (bytes > length - transfer->done_bytes)
		bytes = length - transfer->done_bytes;
	request->slot = (unsigned)(transfer - channel->transfer);
	request->stamp = transfer->stamp;
	/* Bursts of several pages stamp all of them; others those at whose begin they are. */
	request->first = transfer->done_bytes % PAGE_BYTES == 0;
	if (kind == DMA_WRITE && !transfer->wrote) {
		transfer->wrote = true;
		transfer->first_write = addr;
	}
	transfer->done_bytes += bytes;
	transfer->pending++;
	transfer->open = transfer->done_bytes < length;
	dmatest_issue(request, kind, addr, bytes, NULL);
}

static bool transfer_some(struct channel *channel)
{
	for (unsigned i = 0; i < channel->active; i++) {
		unsigned n = (channel->turn + i) % channel->active;
		struct transfer *transfer = nth(channel, n);
		enum dma_kind kind = transfer->desc.info & DESC_WRITE ? DMA_WRITE : DMA_READ;

		if (!transfer->open)
			continue;
		if (!dmatest_may_issue(channel->dev, kind))
			return false;
		channel->turn = n + 1;
		next_burst(channel, transfer, kind);
		return true;
	}
	return false;
}

bool dmatest_ring_serve(struct channel *channel)
{
	bool began = fetch(channel);

	began |= begin(channel);
	return transfer_some(channel) || began;
}

/* ---- completion ---- */

static void write_status(struct channel *channel)
{
	channel->status_pending = true;
	channel->status_again = false;
	dmatest_issue(dmatest_request(channel, REQUEST_STATUS), DMA_WRITE,
		      dmatest_get(channel->dev, ROW_STATUS, channel->index),
		      sizeof(channel->completed), &channel->completed);
	if (channel->armed)
		interrupt(channel);   /* a message is a posted write: it stays behind the count */
}

void dmatest_ring_status_done(struct channel *channel)
{
	channel->status_pending = false;
	if (channel->status_again)
		write_status(channel);
}

void dmatest_ring_done(struct channel *channel, const struct request *request)
{
	struct dmatest *dev = channel->dev;
	uint32_t before = channel->completed;
	struct transfer *transfer = &channel->transfer[request->slot];

	transfer->pending--;
	while (channel->active) {
		struct dur took;

		transfer = nth(channel, 0);
		if (!transfer->last || transfer->open || transfer->pending)
			break;
		took = at_since(sim_now(dev->sim), transfer->begun);
		channel->oldest = (channel->oldest + 1) % ACTIVE_MAX;
		channel->active--;
		channel->turn -= channel->turn > 0;
		channel->completed++;
		dev->transfers->value++;
		stats_sample(dev->sim->stats, dev->transfer_latency, took.ps / PS_PER_NS);
		trace_emit(&dev->trace, DMATEST_TRACE_TRANSFER_DONE, channel->index,
			   channel->completed, took.ps);
		dmatest_maybe_stale(channel, transfer);
	}
	if (channel->completed == before)
		return;
	if (channel->status_pending)
		channel->status_again = true;
	else
		write_status(channel);
}
