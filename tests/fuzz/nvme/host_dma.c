// SPDX-License-Identifier: MIT
/* Memory of the fuzzing host: what the controller reads and writes, and whether it may. */
#include "host_internal.h"

#include <stdlib.h>

static bool in_arena(uint64_t addr, uint32_t bytes)
{
	return addr >= BASE && addr - BASE <= (uint64_t)SLICES * SLICE &&
	       bytes <= (uint64_t)SLICES * SLICE - (addr - BASE);
}

static void read_due(void *ctx)
{
	struct pending_read *read = ctx;
	struct host *host = read->host;
	struct dma_done done = {
		.tag = read->req.tag, .kind = DMA_READ, .bytes = read->req.bytes,
	};
	static uint8_t ones[65536];

	if (in_arena(read->req.addr, done.bytes)) {
		done.data = host->memory + (read->req.addr - BASE);
	} else {
		memset(ones, 0xff, sizeof(ones));
		done.status = DMA_UNSUPPORTED;
		done.data = ones;
	}
	read->next = host->free;
	host->free = read;
	nvme_dma_done(host->nvme, &done);
}

void host_dma_init(struct host *host)
{
	memset(host->memory, GUARD, (size_t)SLICES * SLICE);
}

void host_dma_free(struct host *host)
{
	while (host->reads) {
		struct pending_read *next = host->reads->all;

		free(host->reads);
		host->reads = next;
	}
}

static struct pending_read *take_read(struct host *host)
{
	struct pending_read *read = host->free;

	if (read) {
		host->free = read->next;
		return read;
	}
	read = calloc(1, sizeof(*read));
	if (!read)
		host_breach("out of memory", 0, 0);
	read->host = host;
	read->all = host->reads;
	host->reads = read;
	event_init(&read->event, "fuzz.read", PHASE_LINK, read_due, read);
	return read;
}

/* A completion entry: the next one of a queue that exists. */
static void entry_written(struct host *host, unsigned q, const struct dma_req *req)
{
	struct queue *queue = &host->queue[q];
	const uint8_t *entry = req->data;

	if (req->bytes != 16)
		host_breach("completion entry of another size", q, req->bytes);
	if (!host->enabled)
		host_breach("completion entry of a disabled controller", q, req->addr);
	if (host->wild)
		return;
	if (!queue->cq || req->addr != bus(CQ_SLICE(q)) + 16ull * queue->cq_tail)
		host_breach("completion entry at another place", q, req->addr);
	if ((entry[14] & 1) != queue->write_phase)
		host_breach("wrong phase", q, queue->cq_tail);
	if (++queue->cq_tail == ENTRIES) {
		queue->cq_tail = 0;
		queue->write_phase = !queue->write_phase;
	}
	if (queue->cq_tail == queue->cq_head)
		host_breach("completion queue overrun", q, queue->cq_tail);
}

static void written(struct host *host, const struct dma_req *req)
{
	unsigned slice = (unsigned)((req->addr - BASE) / SLICE);
	uint32_t offset = (uint32_t)((req->addr - BASE) % SLICE);

	if (offset + req->bytes > PAGE)
		host_breach("write into a guard band", slice, offset + req->bytes);
	if (slice >= CQ_SLICE(0) && slice < LIST_SLICE(0))
		entry_written(host, slice - CQ_SLICE(0), req);
	else if (slice < LIST_SLICE(0) || (slice < DATA_SLICE(0) && !host->wild &&
		 !(host->lists_given >> (slice - LIST_SLICE(0)) & 1)))
		host_breach("write into what the controller only reads", slice, offset);
	else if (slice >= DATA_SLICE(0) && !host->wild && !host->given[slice - DATA_SLICE(0)])
		host_breach("write to a page that nobody has given", slice, offset);
	memcpy(host->memory + (req->addr - BASE), req->data, req->bytes);
}

void host_dma(void *ctx, const struct dma_req *req)
{
	struct host *host = ctx;
	struct pending_read *read;

	if (!req->bytes || req->bytes > 65536)
		host_breach("DMA of a bad size", req->addr, req->bytes);
	if (req->kind == DMA_WRITE) {
		/* A write to nothing is lost, as the fabric does with it. */
		if (in_arena(req->addr, req->bytes))
			written(host, req);
		else if (req->addr + req->bytes > BASE &&
			 req->addr < BASE + (uint64_t)SLICES * SLICE)
			host_breach("write over an edge of memory", req->addr, req->bytes);
		return;
	}
	read = take_read(host);
	read->req = *req;
	engine_schedule_in(host->sim.engine, &read->event,
			   dur_ns(200 + req->addr / 64 % 512));
}

void host_guards(struct host *host)
{
	/* Each byte as the one before it, and the first as it was. */
	for (unsigned slice = 0; slice < SLICES; slice++) {
		const uint8_t *guard = at(host, slice) + PAGE;

		if (*guard != GUARD || memcmp(guard, guard + 1, SLICE - PAGE - 1) != 0)
			host_breach("a guard band is damaged", slice, 0);
	}
}
