/* SPDX-License-Identifier: MIT */
/* A channel that works by itself (docs/dmatest.md, "Window"): it reads the list of its pages' bus
 * addresses once, then keeps `depth` requests in flight over them. */
#include "devices/dmatest/dmatest_internal.h"

#include <stdlib.h>
#include <string.h>

#define LIST_BYTES  512u          /* of one read of the list */
#define PAGES_MAX   (1u << 20)
#define CACHE_LINE  64u           /* requests begin at multiples of it, `offset` apart */

void dmatest_window_free(struct channel *channel)
{
	free(channel->page);
	channel->page = NULL;
}

static void read_list(struct channel *channel)
{
	struct request *request = dmatest_request(channel, REQUEST_LIST);
	uint64_t list = dmatest_get(channel->dev, ROW_LIST, channel->index);
	uint32_t left = (channel->pages - channel->listed) * 8;

	request->first = channel->listed;
	dmatest_issue(request, DMA_READ, list + 8ULL * channel->listed,
		      left < LIST_BYTES ? left : LIST_BYTES, NULL);
}

static bool fits(const struct channel *channel)
{
	const struct dmatest *dev = channel->dev;
	uint64_t bytes = dmatest_get(dev, ROW_BYTES, channel->index);
	uint64_t offset = dmatest_get(dev, ROW_OFFSET, channel->index);
	uint64_t page = dmatest_get(dev, ROW_PAGE, channel->index);
	uint64_t ctrl = dmatest_get(dev, ROW_CTRL, channel->index);

	return bytes && bytes <= DMATEST_REQUEST_MAX && page >= 12 && page <= 30 &&
	       bytes + offset <= 1ULL << page && ctrl & (CTRL_READ | CTRL_WRITE) &&
	       dmatest_get(dev, ROW_DEPTH, channel->index);
}

void dmatest_window_start(struct channel *channel)
{
	channel->pages = (uint32_t)dmatest_get(channel->dev, ROW_COUNT, channel->index);
	channel->listed = 0;
	channel->position = 0;
	channel->write_next = !(dmatest_get(channel->dev, ROW_CTRL, channel->index) & CTRL_READ);
	dmatest_window_free(channel);
	if (!channel->pages || channel->pages > PAGES_MAX || !fits(channel)) {
		dmatest_channel_error(channel, ROW_COUNT);
		return;
	}
	channel->page = calloc(channel->pages, sizeof(channel->page[0]));
	ASSERT(channel->page);
	read_list(channel);
}

void dmatest_window_listed(struct channel *channel, const struct request *request,
			   const struct dma_done *done)
{
	if (done->status != DMA_OK) {
		dmatest_channel_error(channel, ROW_LIST);
		return;
	}
	memcpy(&channel->page[request->first], done->data, done->bytes);
	channel->listed += done->bytes / 8;
	if (channel->listed < channel->pages)
		read_list(channel);
}

/* Requests begin at every multiple of their length, rounded up to cache lines, within a page. */
static uint64_t next_address(struct channel *channel, uint32_t bytes)
{
	const struct dmatest *dev = channel->dev;
	uint64_t unit = (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
	uint64_t offset = dmatest_get(dev, ROW_OFFSET, channel->index);
	uint64_t page = 1ULL << dmatest_get(dev, ROW_PAGE, channel->index);
	uint64_t each = (page - offset - bytes) / unit + 1, place;

	if (dmatest_get(dev, ROW_CTRL, channel->index) & CTRL_RANDOM) {
		place = random_below(&channel->dev->random, each * channel->pages);
	} else {
		place = channel->position;
		channel->position = (place + 1) % (each * channel->pages);
	}
	return channel->page[place / each] + offset + place % each * unit;
}

bool dmatest_window_serve(struct channel *channel)
{
	struct dmatest *dev = channel->dev;
	uint64_t ctrl = dmatest_get(dev, ROW_CTRL, channel->index);
	uint32_t bytes = (uint32_t)dmatest_get(dev, ROW_BYTES, channel->index);
	enum dma_kind kind = channel->write_next ? DMA_WRITE : DMA_READ;

	if (channel->listed < channel->pages ||
	    channel->in_flight >= dmatest_get(dev, ROW_DEPTH, channel->index) ||
	    !dmatest_may_issue(dev, kind))
		return false;
	channel->in_flight++;
	if (ctrl & CTRL_READ && ctrl & CTRL_WRITE)
		channel->write_next = !channel->write_next;
	dmatest_issue(dmatest_request(channel, REQUEST_WINDOW), kind, next_address(channel, bytes),
		      bytes, NULL);
	return true;
}
