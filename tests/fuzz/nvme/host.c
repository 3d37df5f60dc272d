// SPDX-License-Identifier: MIT
/* The fuzzing host: what it does next, and what it expects of every answer. */
#include "host_internal.h"

#include <stdlib.h>

#define REG_CC   0x14
#define REG_CSTS 0x1c
#define REG_NSSR 0x20
#define REG_AQA  0x24
#define REG_ASQ  0x28
#define REG_ACQ  0x30
#define CC_ON    0x00460001u
#define RDY      1u
#define CFS      2u

void host_breach(const char *what, uint64_t a, uint64_t b)
{
	fprintf(stderr, "BREACH: %s (%#llx, %#llx)\n", what, (unsigned long long)a,
		(unsigned long long)b);
	abort();
}

static uint32_t csts(struct host *host)
{
	return (uint32_t)nvme_read(host->nvme, REG_CSTS, 4);
}

static void run_for(struct host *host, struct dur dur)
{
	struct at end = at_add(sim_now(&host->sim), dur);

	engine_run(host->sim.engine, end);
	engine_advance(host->sim.engine, end);
}

static void msix(void *ctx, unsigned vector)
{
	struct host *host = ctx;

	if (vector >= host->cfg.vectors)
		host_breach("interrupt of a vector that there is not", vector, 0);
}

static const struct nvme_ops ops = { .dma = host_dma, .msix = msix };

/* ---- answers ---- */

static bool known_status(unsigned status)
{
	static const uint16_t codes[] = {
		0x000, 0x001, 0x002, 0x003, 0x004, 0x007, 0x008, 0x00b, 0x00c, 0x00d, 0x00e, 0x00f,
		0x011, 0x013, 0x01e, 0x080, 0x084, 0x100, 0x101, 0x102, 0x103, 0x105, 0x108, 0x109,
		0x10a, 0x10c, 0x10d, 0x10f, 0x285,
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i] == status)
			return true;
	return false;
}

static void drop(struct host *host, struct command *command)
{
	for (unsigned n = 0; n < DATA_PAGES; n++)
		host->given[n] -= command->pages >> n & 1;
	host->lists &= ~command->lists;
	host->lists_given &= ~command->lists;
	*command = (struct command){ 0 };
}

static void answered(struct host *host, unsigned q, const uint8_t *entry)
{
	struct queue *queue = &host->queue[q];
	unsigned head = entry[8] | entry[9] << 8, sqid = entry[10] | entry[11] << 8;
	unsigned cid = entry[12] | entry[13] << 8, status = (entry[14] | entry[15] << 8) >> 1;

	host->outcome->answers++;
	host->outcome->errors += status != 0;
	host->outcome->statuses[(status & 0x3ff) / 32] |= 1u << status % 32;
	if (!known_status(status & 0x7ff) || (status & 0x1800))
		host_breach("a status that this controller does not give", q, status);
	if (host->wild)
		return;
	if (sqid != q || head >= ENTRIES)
		host_breach("an answer of another queue", sqid, head);
	if (cid >= CIDS || !queue->command[cid].busy)
		host_breach("an answer to no command", q, cid);
	queue->head = head;
	drop(host, &queue->command[cid]);
}

static bool reap(struct host *host, unsigned q)
{
	struct queue *queue = &host->queue[q];
	uint32_t start = queue->cq_head;
	const uint8_t *entry = at(host, CQ_SLICE(q)) + 16 * queue->cq_head;

	while (queue->cq && (entry[14] & 1) == queue->phase) {
		answered(host, q, entry);
		if (++queue->cq_head == ENTRIES) {
			queue->cq_head = 0;
			queue->phase = !queue->phase;
		}
		/* A wild queue may be of another length than the host thinks. */
		if (queue->cq_head == start)
			break;
		entry = at(host, CQ_SLICE(q)) + 16 * queue->cq_head;
	}
	if (queue->cq_head == start)
		return false;
	nvme_write(host->nvme, 0x1004 + 8 * q, queue->cq_head, 4);
	return true;
}

/* ---- life of the controller ---- */

/* Whatever was under way is gone. */
static void forget(struct host *host)
{
	memset(host->queue, 0, sizeof(host->queue));
	memset(host->given, 0, sizeof(host->given));
	host->lists = host->lists_given = 0;
	host->enabled = false;
}

static void open_queue(struct host *host, unsigned q)
{
	struct queue *queue = &host->queue[q];

	*queue = (struct queue){ .sq = true, .cq = true, .phase = true, .write_phase = true };
	memset(at(host, CQ_SLICE(q)), 0, PAGE);
	memset(at(host, SQ_SLICE(q)), 0, PAGE);
}

/* One of the host's own commands, which must succeed. */
static void create(struct host *host, unsigned q, uint8_t opcode, uint64_t base, uint32_t dw11)
{
	struct queue *queue = &host->queue[0];
	uint8_t *sqe = at(host, SQ_SLICE(0)) + 64 * queue->tail;
	uint32_t dw10 = (ENTRIES - 1) << 16 | q;

	memset(sqe, 0, 64);
	sqe[0] = opcode;
	memcpy(sqe + 24, &base, 8);
	memcpy(sqe + 40, &dw10, 4);
	memcpy(sqe + 44, &dw11, 4);
	queue->command[0].busy = true;
	queue->tail = (queue->tail + 1) % ENTRIES;
	nvme_write(host->nvme, 0x1000, queue->tail, 4);
	while (queue->command[0].busy && engine_run_one(host->sim.engine)) {
		if (host->wild && at(host, CQ_SLICE(0))[16 * queue->cq_head + 14] & 1)
			queue->command[0].busy = false;
		reap(host, 0);
	}
	if (queue->command[0].busy)
		host_breach("a queue was not created", q, opcode);
}

static void enable(struct host *host)
{
	nvme_write(host->nvme, REG_CC, 0, 4);
	if (csts(host) & (RDY | CFS))
		host_breach("not ready after a reset", csts(host), 0);
	forget(host);
	nvme_write(host->nvme, REG_AQA, (ENTRIES - 1) << 16 | (ENTRIES - 1), 4);
	nvme_write(host->nvme, REG_ASQ, bus(SQ_SLICE(0)), 8);
	nvme_write(host->nvme, REG_ACQ, bus(CQ_SLICE(0)), 8);
	open_queue(host, 0);
	host->enabled = true;
	nvme_write(host->nvme, REG_CC, CC_ON, 4);
	if (csts(host) != RDY)
		host_breach("not ready after enabling", csts(host), 0);
	for (unsigned q = 1; q < QUEUES; q++) {
		open_queue(host, q);
		create(host, q, 0x05, bus(CQ_SLICE(q)), q << 16 | 3);
		create(host, q, 0x01, bus(SQ_SLICE(q)), q << 16 | 1);
	}
	host->outcome->resets++;
}

static void fatal(struct host *host)
{
	if (!(csts(host) & CFS))
		return;
	host->outcome->fatal++;
	enable(host);
}

/* All is answered that can be; only event requests may be left. */
static void settle(struct host *host)
{
	bool more = true;

	while (more) {
		more = false;
		while (engine_run_one(host->sim.engine))
			;
		for (unsigned q = 0; q < QUEUES; q++)
			more = reap(host, q) || more;
		if (host->wild)
			return;
	}
	if (csts(host) & CFS)
		return;
	for (unsigned q = 0; q < QUEUES; q++)
		for (unsigned cid = 0; cid < CIDS; cid++)
			if (host->queue[q].command[cid].busy &&
			    !host->queue[q].command[cid].parked)
				host_breach("a command without an answer", q, cid);
}

/* ---- steps ---- */

static void ring(struct host *host, unsigned q)
{
	uint32_t tail = host->queue[q].tail;

	host->outcome->doorbells++;
	if (host->wild && !pick(host, 4))
		tail = pick(host, 3) ? pick(host, ENTRIES + 4) : pick(host, 65536);
	nvme_write(host->nvme, 0x1000 + 8 * q, tail, 4);
}

static void several(struct host *host)
{
	unsigned q = pick(host, QUEUES), n = 1 + pick(host, ENTRIES);

	q = pick(host, 3) ? q : 1;
	while (n--)
		host_submit(host, q);
	ring(host, q);
}

static void end_in_some_way(struct host *host)
{
	static const uint32_t bad_cc[] = { 0x00460291, 0x00460811, 0x00460011, 0x00463f81 };
	unsigned way = pick(host, 8);

	if (way == 0 && host->cfg.power_cuts) {
		nvme_power_cut(host->nvme);
		host->outcome->cuts++;
	} else if (way == 1) {
		nvme_reset(host->nvme);
	} else if (way == 2) {
		nvme_write(host->nvme, REG_NSSR, 0x4e564d65, 4);
		nvme_write(host->nvme, REG_CSTS, 1u << 4, 4);
	} else if (way <= 4) {                  /* normal and abrupt shutdown */
		nvme_write(host->nvme, REG_CC, CC_ON | (way - 2) << 14, 4);
		settle(host);
		if (!(csts(host) & CFS) && (csts(host) >> 2 & 3) != 2)
			host_breach("a shutdown without an end", csts(host), way);
	} else if (way == 5) {                  /* settings that cannot be */
		nvme_write(host->nvme, REG_CC, 0, 4);
		forget(host);
		nvme_write(host->nvme, REG_CC, bad_cc[pick(host, 4)], 4);
		if (csts(host) != CFS)
			host_breach("impossible settings taken", csts(host), way);
		host->outcome->fatal++;
	}
	enable(host);
}

static void poke(struct host *host)
{
	static const uint32_t offsets[] = { 0x0c, 0x10, 0x24, 0x28, 0x2c, 0x30, 0x34, 0x20, 0x00 };
	uint32_t offset = pick(host, 4) ? offsets[pick(host, 9)] : pick(host, 0x1000) & ~3u;
	uint32_t value = pick(host, 256) * 0x01010101u;
	unsigned bytes = pick(host, 4) ? 4 : 1u << pick(host, 4);

	/* CC is for enable() and end_in_some_way(). */
	if (offset + bytes <= REG_CC || offset >= REG_CC + 4)
		nvme_write(host->nvme, offset, value, bytes);
	nvme_read(host->nvme, pick(host, 0x4000), 1u << pick(host, 4));
	if (host->wild)
		nvme_write(host->nvme, 0x1000 + 4 * pick(host, 600), pick(host, 20), 4);
}

static void step(struct host *host)
{
	unsigned what = pick(host, 256);

	if (what < 120) {
		several(host);
	} else if (what < 180) {
		run_for(host, dur_ns(pick(host, 4) ? pick(host, 2000) : 100 * pick(host, 2000)));
	} else if (what < 245) {
		reap(host, pick(host, QUEUES));
	} else if (what < 250) {
		poke(host);
	} else if (what < 253) {
		end_in_some_way(host);
	} else {
		settle(host);
		host_guards(host);
	}
	fatal(host);
}

static void flash_medium(struct nvme_cfg *cfg)
{
	cfg->media.kind = NVME_MEDIA_FLASH;
	cfg->media.flash = (struct flash_cfg){
		.channels = 2, .packages = 1, .dies = 1, .planes = 2, .dies_at_once = 1,
		.pages = 16, .cell_bits = 1, .page_bytes = 4096, .unit_bytes = 4096,
		.spare_percent = 20, .read = { dur_us(20) }, .program = { dur_us(100) },
		.erase = dur_us(500), .channel_bits_per_second = 8ull * 400000000,
		.reads_first = 4, .gc_blocks = 2, .buffer_bytes = 160u << 10,
		.buffer_access = dur_us(1), .precondition = FLASH_RANDOM, .seed = 3,
	};
}

static struct nvme_cfg configuration(struct host *host)
{
	struct nvme_cfg cfg = {
		.name = "fuzz", .capacity_bytes = 3u << 20, .namespaces = 1 + pick(host, 3),
		.block_bytes = pick(host, 4) ? 512 : 4096, .sgl = pick(host, 8) != 0,
		.io_queues = QUEUES - 1, .queue_entries = 64, .vectors = QUEUES,
		.command_fetch = dur_ns(100), .command_decode = dur_ns(50),
		.power_cuts = pick(host, 2), .volatile_cache = pick(host, 2),
		.outstanding = 16 + 16 * pick(host, 4), .coalesce_time = dur_us(pick(host, 20)),
		.coalesce_threshold = pick(host, 4),
		.media = { .name = "fuzz", .read = dur_us(10), .write = dur_us(20),
			   .flush = dur_us(30), .parallelism = pick(host, 4) },
	};

	if (pick(host, 2))
		flash_medium(&cfg);
	cfg.power_saving = pick(host, 3) == 0;
	cfg.power_entry = dur_us(pick(host, 100));
	cfg.power_exit = dur_us(pick(host, 100));
	return cfg;
}

void host_run(const struct choices *choices, unsigned steps, struct outcome *outcome)
{
	struct host *host = calloc(1, sizeof(*host));

	if (!host)
		host_breach("out of memory", 0, 0);
	host->choices = *choices;
	host->outcome = outcome;
	host->memory = malloc((size_t)SLICES * SLICE);
	host->sim = (struct sim){ .engine = engine_create(), .trace = trace_create(1),
				  .stats = stats_create(), .seed = 1 };
	host->wild = pick(host, 4) == 0;
	host->cfg = configuration(host);
	if (!host->memory || nvme_create(&host->nvme, &host->sim, &host->cfg, &ops, host))
		host_breach("no controller", 0, 0);
	host_dma_init(host);
	enable(host);
	while (steps--)
		step(host);
	settle(host);
	host_guards(host);
	nvme_destroy(host->nvme);
	host_dma_free(host);
	engine_destroy(host->sim.engine);
	stats_destroy(host->sim.stats);
	trace_destroy(host->sim.trace);
	free(host->memory);
	free(host);
}
