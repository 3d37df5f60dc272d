/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include <stdlib.h>

const uint8_t rig_mac[6] = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 };

static void op_done(void *ctx)
{
	struct rig_op *op = ctx;
	struct rig *rig = op->rig;
	struct dma_done done = {
		.tag = op->req.tag, .kind = op->req.kind, .bytes = op->req.bytes, .data = op->data,
	};

	op->busy = 0;
	if (op->req.kind == DMA_WRITE) {
		memcpy(rig->memory + op->req.addr, op->data, op->req.bytes);
		return;
	}
	if (rig->fail_reads) {
		rig->fail_reads--;
		done.status = DMA_UNSUPPORTED;
		memset(op->data, 0xff, op->req.bytes);
	} else {
		memcpy(op->data, rig->memory + op->req.addr, op->req.bytes);
	}
	nic82599_dma_done(rig->nic, &done);
}

static void dma(void *ctx, const struct dma_req *req)
{
	struct rig *rig = ctx;
	struct rig_op *op = &rig->ops[rig->next_op++ % RIG_OPS];

	assert_false(op->busy);
	assert_true(req->bytes > 0 && req->bytes <= sizeof(op->data));
	assert_true(req->addr + req->bytes <= RIG_MEMORY);
	op->busy = 1;
	op->req = *req;
	if (req->kind == DMA_WRITE) {
		memcpy(op->data, req->data, req->bytes);
		rig->writes++;
		rig->relaxed += req->flags & DMA_RELAXED ? 1 : 0;
	} else {
		rig->reads++;
	}
	engine_schedule_in(rig->sim.engine, &op->event,
			   req->kind == DMA_READ ? rig->read_delay : rig->write_delay);
}

static void msix(void *ctx, unsigned vector)
{
	struct rig *rig = ctx;

	rig->irq[rig->irqs].at = sim_now(&rig->sim);
	rig->irq[rig->irqs].writes = rig->writes;
	rig->irq[rig->irqs++].vector = vector;
}

static void wire_tx(void *ctx, const struct frame *frame)
{
	struct rig *rig = ctx;

	assert_true(rig->sents < RIG_LOG);
	rig->sent[rig->sents].at = sim_now(&rig->sim);
	rig->sent[rig->sents].bytes = frame->bytes;
	rig->sent[rig->sents].flags = frame->flags;
	memcpy(rig->sent[rig->sents++].data, frame->data,
	       frame->bytes < 1600 ? frame->bytes : 1600);
}

static void rx_ring(void *ctx, uint64_t id, unsigned queue, uint32_t hash)
{
	struct rig *rig = ctx;

	rig->ring[rig->rings].id = id;
	rig->ring[rig->rings].queue = queue;
	rig->ring[rig->rings++].hash = hash;
}

static void rx_drop(void *ctx, uint64_t id, enum nic82599_drop why)
{
	((struct rig *)ctx)->drops[why]++;
}

static void rx_signalled(void *ctx, unsigned queue)
{
	((struct rig *)ctx)->signals++;
}

static const struct nic82599_ops rig_ops = { dma, msix, wire_tx, rx_ring, rx_drop, rx_signalled };

void rig_cfg(struct nic82599_cfg *cfg)
{
	*cfg = (struct nic82599_cfg){
		.name = "eth0", .link_bps = 10000000000, .rx_buffer_bytes = 512 * 1024,
		.rx_writeback_batch = 1, .rx_prefetch = 32, .tx_prefetch = 32,
	};
	memcpy(cfg->mac, rig_mac, 6);
}

struct rig *rig_new(const struct nic82599_cfg *cfg)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	unsigned i;

	if (cfg)
		rig->cfg = *cfg;
	else
		rig_cfg(&rig->cfg);
	rig->memory = calloc(1, RIG_MEMORY);
	rig->ops = calloc(RIG_OPS, sizeof(*rig->ops));
	rig->sim.engine = engine_create();
	rig->sim.trace = trace_create(1);
	rig->sim.stats = stats_create();
	rig->read_delay = dur_ns(500);
	rig->write_delay = dur_ns(200);
	for (i = 0; i < RIG_OPS; i++) {
		rig->ops[i].rig = rig;
		event_init(&rig->ops[i].event, "rig.dma", PHASE_LINK, op_done, &rig->ops[i]);
	}
	assert_int_equal(nic82599_create(&rig->nic, &rig->sim, &rig->cfg, &rig_ops, rig), 0);
	stats_window_begin(rig->sim.stats, 0);
	return rig;
}

void rig_free(struct rig *rig)
{
	nic82599_destroy(rig->nic);
	engine_destroy(rig->sim.engine);
	trace_destroy(rig->sim.trace);
	stats_destroy(rig->sim.stats);
	free(rig->ops);
	free(rig->memory);
	free(rig);
}

void rig_run(struct rig *rig, struct dur time)
{
	struct at until = at_add(sim_now(&rig->sim), time);

	engine_run(rig->sim.engine, until);
	engine_advance(rig->sim.engine, until);
}

uint32_t rig_rd(struct rig *rig, uint32_t offset)
{
	return nic82599_read(rig->nic, offset);
}

void rig_wr(struct rig *rig, uint32_t offset, uint32_t value)
{
	nic82599_write(rig->nic, offset, value);
}

uint32_t rig_mem32(struct rig *rig, uint32_t addr)
{
	uint32_t value;

	memcpy(&value, rig->memory + addr, sizeof(value));
	return value;
}

static void set_mem32(struct rig *rig, uint32_t addr, uint32_t value)
{
	memcpy(rig->memory + addr, &value, sizeof(value));
}

uint64_t rig_stat(struct rig *rig, const char *name)
{
	struct stat_value value = { 0 };

	stats_window_end(rig->sim.stats, sim_now(&rig->sim).ps);
	assert_true(stats_find(rig->sim.stats, name, &value));
	stats_window_begin(rig->sim.stats, sim_now(&rig->sim).ps);
	return value.num;
}

void rig_up(struct rig *rig)
{
	unsigned v;

	rig_wr(rig, AUTOC, rig_rd(rig, AUTOC) | 0x1000);
	rig_wr(rig, FCTRL, 0x400);
	rig_wr(rig, RXCSUM, 0x2000);
	rig_wr(rig, GPIE, 0xc0000030);
	for (v = 0; v < 8; v++)
		rig_wr(rig, IVAR(v), 0x80808080u | 0x0101u * (2 * v) | 0x01010000u * (2 * v + 1));
	rig_wr(rig, IVAR_MISC, 0x8f00);
	rig_wr(rig, EIAC, 0xffff);
	rig_wr(rig, EIAM_EX(0), 0xffffffff);
	rig_wr(rig, EIMS_EX(0), 0xffffffff);
	rig_wr(rig, RXCTRL, 1);
	rig_wr(rig, DMATXCTL, rig_rd(rig, DMATXCTL) | 1);
	rig_run(rig, dur_us(1));
	rig->irqs = 0;
	rig_rd(rig, EICR);
}

void rig_rx_ring(struct rig *rig, unsigned q, uint32_t count, uint32_t filled, uint32_t kib)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		set_mem32(rig, RX_RING(q) + 16 * i, RX_BUFFER(64 * q + i % 64));
		set_mem32(rig, RX_RING(q) + 16 * i + 4, 0);
		set_mem32(rig, RX_RING(q) + 16 * i + 8, 0);
		set_mem32(rig, RX_RING(q) + 16 * i + 12, 0);
	}
	rig->rx_count[q] = count;
	rig_wr(rig, RDBAL(q), RX_RING(q));
	rig_wr(rig, RDBAH(q), 0);
	rig_wr(rig, RDLEN(q), count * 16);
	rig_wr(rig, RDH(q), 0);
	rig_wr(rig, RDT(q), 0);
	rig_wr(rig, SRRCTL(q), 0x02000400 | kib);
	rig_wr(rig, RXDCTL(q), QUEUE_ENABLE);
	assert_int_equal(rig_rd(rig, RXDCTL(q)) & QUEUE_ENABLE, QUEUE_ENABLE);
	rig_wr(rig, RDT(q), filled);
	rig_run(rig, dur_us(5));
}

void rig_tx_ring(struct rig *rig, unsigned q, uint32_t count)
{
	rig->tx_count[q] = count;
	rig->tx_tail[q] = 0;
	rig_wr(rig, TDBAL(q), TX_RING(q));
	rig_wr(rig, TDBAH(q), 0);
	rig_wr(rig, TDLEN(q), count * 16);
	rig_wr(rig, TDH(q), 0);
	rig_wr(rig, TDT(q), 0);
	rig_wr(rig, TXDCTL(q), QUEUE_ENABLE);
	assert_int_equal(rig_rd(rig, TXDCTL(q)) & QUEUE_ENABLE, QUEUE_ENABLE);
}

void rig_rx(struct rig *rig, const uint8_t *data, uint32_t bytes)
{
	struct frame frame = { .data = data, .bytes = bytes, .id = ++rig->next_id };

	nic82599_wire_rx(rig->nic, &frame);
}

uint32_t rig_rxd(struct rig *rig, unsigned q, uint32_t i, unsigned word)
{
	return rig_mem32(rig, RX_RING(q) + 16 * i + 4 * word);
}

void rig_tx_desc(struct rig *rig, unsigned q, uint64_t addr, uint32_t cmd, uint32_t olinfo)
{
	uint32_t at = TX_RING(q) + 16 * rig->tx_tail[q];

	set_mem32(rig, at, (uint32_t)addr);
	set_mem32(rig, at + 4, (uint32_t)(addr >> 32));
	set_mem32(rig, at + 8, cmd);
	set_mem32(rig, at + 12, olinfo);
	rig->tx_tail[q] = (rig->tx_tail[q] + 1) % rig->tx_count[q];
}

void rig_tx_go(struct rig *rig, unsigned q)
{
	rig_wr(rig, TDT(q), rig->tx_tail[q]);
}

void rig_tx(struct rig *rig, unsigned q, unsigned n, const uint8_t *data, uint32_t bytes)
{
	memcpy(rig->memory + TX_BUFFER(n), data, bytes);
	rig_tx_desc(rig, q, TX_BUFFER(n), TX_PLAIN | bytes, bytes << 14);
}

/* ---- frames ---- */

uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

void set_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

uint16_t plain_sum(const uint8_t *data, uint32_t bytes, uint32_t start)
{
	uint32_t i, sum = start;

	for (i = 0; i < bytes; i++) {
		sum += i & 1 ? data[i] : (uint32_t)data[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)sum;
}

uint16_t pseudo4(const uint8_t *ip, uint8_t protocol, uint32_t bytes)
{
	return plain_sum(ip + 12, 8, protocol + bytes);
}

void frame_ether(uint8_t *f, uint16_t type)
{
	static const uint8_t from[6] = { 0x02, 0xaa, 0xbb, 0xcc, 0xdd, 0xee };

	memset(f, 0, 60);
	memcpy(f, rig_mac, 6);
	memcpy(f + 6, from, 6);
	set_be16(f + 12, type);
}

static uint32_t fill_l4(uint8_t *l4, uint8_t protocol, uint16_t sport, uint16_t dport,
			uint32_t payload, uint32_t *checksum_at)
{
	uint32_t header = protocol == 6 ? 20 : 8, i;

	memset(l4, 0, header);
	set_be16(l4, sport);
	set_be16(l4 + 2, dport);
	if (protocol == 6)
		l4[12] = 0x50;
	else
		set_be16(l4 + 4, (uint16_t)(8 + payload));
	*checksum_at = protocol == 6 ? 16 : 6;
	for (i = 0; i < payload; i++)
		l4[header + i] = (uint8_t)(i * 7 + 1);
	return header + payload;
}

uint32_t frame_ip4(uint8_t *f, const uint8_t src[4], const uint8_t dst[4], uint8_t protocol,
		   uint16_t sport, uint16_t dport, uint32_t payload)
{
	uint8_t *ip = f + 14, *l4 = ip + 20;
	uint32_t at, bytes;

	frame_ether(f, 0x0800);
	bytes = fill_l4(l4, protocol, sport, dport, payload, &at);
	ip[0] = 0x45;
	set_be16(ip + 2, (uint16_t)(20 + bytes));
	ip[8] = 64;
	ip[9] = protocol;
	memcpy(ip + 12, src, 4);
	memcpy(ip + 16, dst, 4);
	set_be16(ip + 10, (uint16_t)~plain_sum(ip, 20, 0));
	set_be16(l4 + at, (uint16_t)~plain_sum(l4, bytes, pseudo4(ip, protocol, bytes)));
	return 34 + bytes < 60 ? 60 : 34 + bytes;
}

uint32_t frame_ip6(uint8_t *f, const uint8_t src[16], const uint8_t dst[16], uint8_t protocol,
		   uint16_t sport, uint16_t dport, uint32_t payload)
{
	uint8_t *ip = f + 14, *l4 = ip + 40;
	uint32_t at, bytes;

	frame_ether(f, 0x86dd);
	memset(ip, 0, 40);
	bytes = fill_l4(l4, protocol, sport, dport, payload, &at);
	ip[0] = 0x60;
	set_be16(ip + 4, (uint16_t)bytes);
	ip[6] = protocol;
	ip[7] = 64;
	memcpy(ip + 8, src, 16);
	memcpy(ip + 24, dst, 16);
	set_be16(l4 + at,
		 (uint16_t)~plain_sum(l4, bytes, plain_sum(ip + 8, 32, protocol + bytes)));
	return 54 + bytes < 60 ? 60 : 54 + bytes;
}
