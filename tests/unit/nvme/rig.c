// SPDX-License-Identifier: MIT
#include "rig.h"

#include <stdlib.h>

static void read_due(void *ctx)
{
	struct rig_read *read = ctx;
	struct rig *rig = read->rig;
	uint64_t addr = read->req.addr;
	struct dma_done done = {
		.tag = read->req.tag,
		.kind = DMA_READ,
		.bytes = read->req.bytes,
	};
	static uint8_t ones[65536];

	if (addr < MEM_BASE || addr + done.bytes > MEM_BASE + MEM_BYTES ||
	    (addr >= rig->fail_from && addr < rig->fail_to)) {
		memset(ones, 0xff, sizeof(ones));
		done.status = DMA_UNSUPPORTED;
		done.data = ones;
	} else {
		done.data = rig_mem(rig, addr);
	}
	nvme_dma_done(rig->nvme, &done);
}

static void rig_dma(void *ctx, const struct dma_req *req)
{
	struct rig *rig = ctx;

	assert_in_range(req->bytes, 1, 65536);
	rig->log[rig->logged++ % RIG_LOG] = (struct rig_dma){ *req, sim_now(&rig->sim) };
	if (req->kind == DMA_WRITE) {
		if (req->addr >= MEM_BASE && req->addr + req->bytes <= MEM_BASE + MEM_BYTES)
			memcpy(rig_mem(rig, req->addr), req->data, req->bytes);
		return;
	}
	for (unsigned i = 0; i < DMA_SLOTS; i++) {
		struct rig_read *read = &rig->reads[i];

		if (event_pending(&read->event))
			continue;
		read->req = *req;
		engine_schedule_in(rig->sim.engine, &read->event, rig->read_delay);
		return;
	}
	fail_msg("more than %d reads under way", DMA_SLOTS);
}

static void rig_msix(void *ctx, unsigned vector)
{
	struct rig *rig = ctx;

	assert_in_range(vector, 0, 15);
	rig->irqs[vector]++;
	rig->irq_at[vector] = sim_now(&rig->sim);
}

static void rig_command_done(void *ctx, unsigned sqid, uint16_t cid, uint16_t status)
{
	struct rig *rig = ctx;

	rig->done++;
}

static unsigned rig_completion(void *ctx, uint16_t *cid, uint16_t *status, struct dur *late)
{
	*late = ((struct rig *)ctx)->late;
	return 1;
}

static const struct nvme_ops ops = {
	.dma = rig_dma,
	.msix = rig_msix,
	.command_done = rig_command_done,
	.completion = rig_completion,
};

struct nvme_cfg rig_cfg(void)
{
	return (struct nvme_cfg){
		.name = "nvme0",
		.capacity_bytes = 1ull << 30,
		.io_queues = 4,
		.queue_entries = 1024,
		.vectors = 8,
		.command_fetch = dur_ns(100),
		.command_decode = dur_ns(50),
		.media = {
			.name = "test",
			.read = dur_us(10),
			.write = dur_us(20),
			.flush = dur_us(30),
		},
		.volatile_cache = true,
	};
}

static struct rig *create(struct sim sim, const struct nvme_cfg *cfg)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	rig->sim = sim;
	rig->cfg = *cfg;
	rig->mem = calloc(1, MEM_BYTES);
	rig->brk = MEM_BASE + 0x10000;
	rig->read_delay = dur_ns(500);
	for (unsigned i = 0; i < DMA_SLOTS; i++) {
		rig->reads[i].rig = rig;
		event_init(&rig->reads[i].event, "rig.read", PHASE_LINK, read_due,
			   &rig->reads[i]);
	}
	assert_int_equal(nvme_create(&rig->nvme, &rig->sim, cfg, &ops, rig), SIM_OK);
	return rig;
}

struct rig *rig_create(const struct nvme_cfg *cfg)
{
	struct sim sim = {
		.engine = engine_create(),
		.trace = trace_create(1),
		.stats = stats_create(),
		.seed = 1,
	};

	return create(sim, cfg);
}

struct rig *rig_create_beside(struct rig *first, const struct nvme_cfg *cfg)
{
	return create(first->sim, cfg);
}

void rig_destroy(struct rig *rig)
{
	nvme_destroy(rig->nvme);
	engine_destroy(rig->sim.engine);
	stats_destroy(rig->sim.stats);
	trace_destroy(rig->sim.trace);
	free(rig->mem);
	free(rig);
}

uint64_t rig_alloc(struct rig *rig, uint32_t bytes)
{
	uint64_t addr = rig->brk;

	rig->brk += (bytes + 4095) & ~4095u;
	assert_true(rig->brk <= MEM_BASE + MEM_BYTES);
	memset(rig_mem(rig, addr), 0, bytes);
	return addr;
}

uint8_t *rig_mem(struct rig *rig, uint64_t addr)
{
	assert_in_range(addr, MEM_BASE, MEM_BASE + MEM_BYTES - 1);
	return rig->mem + (addr - MEM_BASE);
}

uint32_t rig_rd(struct rig *rig, uint32_t offset)
{
	return (uint32_t)nvme_read(rig->nvme, offset, 4);
}

void rig_wr(struct rig *rig, uint32_t offset, uint32_t value)
{
	nvme_write(rig->nvme, offset, value, 4);
}

static void queue_init(struct rig *rig, unsigned qid, uint32_t entries)
{
	rig->q[qid] = (struct rig_queue){
		.sq = rig_alloc(rig, entries * 64),
		.cq = rig_alloc(rig, entries * 16),
		.entries = entries,
		.phase = true,
	};
}

void rig_enable(struct rig *rig, uint32_t entries)
{
	struct rig_queue *q = &rig->q[0];

	queue_init(rig, 0, entries);
	rig_wr(rig, REG_AQA, (entries - 1) << 16 | (entries - 1));
	rig_wr(rig, REG_ASQ, (uint32_t)q->sq);
	rig_wr(rig, REG_ASQ + 4, (uint32_t)(q->sq >> 32));
	rig_wr(rig, REG_ACQ, (uint32_t)q->cq);
	rig_wr(rig, REG_ACQ + 4, (uint32_t)(q->cq >> 32));
	rig_wr(rig, REG_CC, CC_START & ~1u);
	rig_wr(rig, REG_CC, CC_START);
	assert_int_equal(rig_rd(rig, REG_CSTS), 1);
}

void rig_io_queue(struct rig *rig, unsigned qid, uint32_t entries)
{
	struct rig_queue *q = &rig->q[qid];
	struct cqe cqe;

	queue_init(rig, qid, entries);
	cqe = rig_do(rig, 0, (struct sqe){ .opcode = 0x05, .prp1 = q->cq,
		     .dw = { (entries - 1) << 16 | qid, qid << 16 | 3 } });
	assert_status(cqe, 0);
	cqe = rig_do(rig, 0, (struct sqe){ .opcode = 0x01, .prp1 = q->sq,
		     .dw = { (entries - 1) << 16 | qid, qid << 16 | 1 } });
	assert_status(cqe, 0);
}

struct rig *rig_ready(const struct nvme_cfg *cfg, unsigned queues, uint32_t entries)
{
	struct nvme_cfg plain = rig_cfg();
	struct rig *rig = rig_create(cfg ? cfg : &plain);

	stats_window_begin(rig->sim.stats, 0);
	rig_enable(rig, 32);
	for (unsigned qid = 1; qid <= queues; qid++)
		rig_io_queue(rig, qid, entries);
	return rig;
}

static void put(uint8_t *to, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get(const uint8_t *from, unsigned bytes)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint32_t)from[i] << 8 * i;
	return value;
}

uint16_t rig_put(struct rig *rig, unsigned qid, struct sqe sqe)
{
	struct rig_queue *q = &rig->q[qid];
	uint8_t *entry = rig_mem(rig, q->sq + 64ull * q->tail);
	uint16_t cid = sqe.cid ? sqe.cid : ++rig->cid;

	memset(entry, 0, 64);
	entry[0] = sqe.opcode;
	entry[1] = sqe.flags;
	put(entry + 2, cid, 2);
	put(entry + 4, sqe.nsid, 4);
	put(entry + 24, sqe.prp1, 8);
	put(entry + 32, sqe.prp2, 8);
	for (unsigned i = 0; i < 6; i++)
		put(entry + 40 + 4 * i, sqe.dw[i], 4);
	q->tail = (q->tail + 1) % q->entries;
	return cid;
}

void rig_ring(struct rig *rig, unsigned qid)
{
	rig_wr(rig, 0x1000 + 8 * qid, rig->q[qid].tail);
}

uint16_t rig_submit(struct rig *rig, unsigned qid, struct sqe sqe)
{
	uint16_t cid = rig_put(rig, qid, sqe);

	rig_ring(rig, qid);
	return cid;
}

bool rig_peek(struct rig *rig, unsigned qid, struct cqe *out)
{
	struct rig_queue *q = &rig->q[qid];
	const uint8_t *entry = rig_mem(rig, q->cq + 16ull * q->head);

	*out = (struct cqe){
		.result = get(entry, 4),
		.sqhd = (uint16_t)get(entry + 8, 2),
		.sqid = (uint16_t)get(entry + 10, 2),
		.cid = (uint16_t)get(entry + 12, 2),
		.status = (uint16_t)(get(entry + 14, 2) >> 1),
		.phase = entry[14] & 1,
		.when = sim_now(&rig->sim),
	};
	if (out->phase != q->phase)
		return false;
	if (++q->head == q->entries) {
		q->head = 0;
		q->phase = !q->phase;
	}
	return true;
}

bool rig_poll(struct rig *rig, unsigned qid, struct cqe *out)
{
	if (!rig_peek(rig, qid, out))
		return false;
	rig_wr(rig, 0x1004 + 8 * qid, rig->q[qid].head);
	return true;
}

struct cqe rig_wait(struct rig *rig, unsigned qid)
{
	struct cqe cqe;

	while (!rig_poll(rig, qid, &cqe)) {
		if (!engine_run_one(rig->sim.engine))
			fail_msg("queue %u: no completion will come", qid);
	}
	return cqe;
}

struct cqe rig_do(struct rig *rig, unsigned qid, struct sqe sqe)
{
	uint16_t cid = rig_submit(rig, qid, sqe);
	struct cqe cqe = rig_wait(rig, qid);

	assert_int_equal(cqe.cid, cid);
	assert_int_equal(cqe.sqid, qid);
	return cqe;
}

void rig_run_for(struct rig *rig, struct dur dur)
{
	struct at end = at_add(sim_now(&rig->sim), dur);

	engine_run(rig->sim.engine, end);
	engine_advance(rig->sim.engine, end);
}

void rig_run_idle(struct rig *rig)
{
	while (engine_run_one(rig->sim.engine))
		;
}

struct sqe rig_rw(uint8_t opcode, uint64_t lba, uint32_t sectors, uint64_t prp1, uint64_t prp2)
{
	return (struct sqe){
		.opcode = opcode,
		.nsid = 1,
		.prp1 = prp1,
		.prp2 = prp2,
		.dw = { (uint32_t)lba, (uint32_t)(lba >> 32), sectors - 1 },
	};
}

uint64_t rig_stat(struct rig *rig, const char *name)
{
	uint64_t now = sim_now(&rig->sim).ps;
	struct stat_value value;

	stats_window_end(rig->sim.stats, now);
	assert_true(stats_find(rig->sim.stats, name, &value));
	stats_window_begin(rig->sim.stats, now);
	return value.num;
}

void rig_pattern(uint8_t *to, uint32_t bytes, uint32_t seed)
{
	uint32_t x = seed * 2654435761u + 1;

	for (uint32_t i = 0; i < bytes; i++) {
		x = x * 1664525u + 1013904223u;
		to[i] = (uint8_t)(x >> 24);
	}
}
