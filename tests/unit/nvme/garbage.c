// SPDX-License-Identifier: MIT
/* A driver gone mad: random registers, doorbells and entries. Whatever it does is counted or
 * answered with an error; a reset always leads back to a working controller. */
#include "model/core/random.h"
#include "rig.h"

#define STEPS    20000
#define SEEDS    6
#define COMMANDS 4000
#define PAGES    16u
#define LIST     512u        /* entries of a page */
#define LONGEST  40u         /* entries a command of 128 KiB needs, and some */
#define CANARY   0xa5

static struct random random_source;

static uint64_t below(uint64_t n)
{
	return random_below(&random_source, n);
}

/* Mostly a page of the memory, sometimes off by a little, sometimes nowhere. */
static uint64_t some_address(void)
{
	uint64_t page = MEM_BASE + 4096 * (256 + below(MEM_BYTES / 4096 - 256));

	switch (below(8)) {
	case 0:
		return page + 4 * below(1024);
	case 1:
		return random_u64(&random_source);
	default:
		return page;
	}
}

static void write_entry(struct rig *rig, unsigned qid)
{
	struct rig_queue *q = &rig->q[qid];
	uint8_t *entry = rig_mem(rig, q->sq + 64 * below(q->entries));
	uint64_t prp1 = some_address(), prp2 = some_address();

	for (unsigned i = 0; i < 64; i++)
		entry[i] = below(3) ? 0 : (uint8_t)below(256);
	if (below(4))
		entry[0] = (uint8_t)below(14);
	if (below(4))
		entry[1] = 0;
	if (below(4)) {
		memset(entry + 4, 0, 4);
		entry[4] = qid != 0 || entry[0] == 6;
	}
	memcpy(entry + 24, &prp1, 8);
	memcpy(entry + 32, &prp2, 8);
	if (below(2)) {
		memset(entry + 40, 0, 24);
		entry[40] = (uint8_t)below(16);
		entry[42] = (uint8_t)below(8);
		entry[44] = (uint8_t)below(4);
		entry[46] = (uint8_t)below(4);
		entry[48] = (uint8_t)below(256);
	}
}

static void start(struct rig *rig)
{
	rig->brk = MEM_BASE + 0x10000;
	rig_wr(rig, REG_CC, 0);
	rig_run_idle(rig);
	rig_enable(rig, 32);
	rig_io_queue(rig, 1, 16);
	rig_io_queue(rig, 2, 16);
}

static void step(struct rig *rig)
{
	unsigned qid = (unsigned)below(3);
	uint32_t offset;

	switch (below(8)) {
	case 0:
		offset = (uint32_t)below(NVME_BAR0_BYTES / 4) * 4;
		if (below(2))
			nvme_write(rig->nvme, offset, random_u64(&random_source), 4);
		else
			nvme_read(rig->nvme, offset, 4);
		break;
	case 1:
		/* Registers that matter, but not enough to stop everything each time. */
		if (below(20) == 0)
			rig_wr(rig, REG_CC, CC_START ^ 1u << below(24));
		else
			nvme_write(rig->nvme, 0x1000 + 4 * below(140), below(40), 1 << below(4));
		break;
	case 2:
		rig_run_for(rig, dur_ns(below(20000)));
		break;
	case 3:
		rig_wr(rig, 0x1004 + 8 * qid, (uint32_t)below(18));
		break;
	case 4:
		rig_wr(rig, 0x1000 + 8 * qid, (uint32_t)below(34));
		break;
	default:
		write_entry(rig, qid);
	}
}

static struct nvme_cfg with_flash(void)
{
	struct nvme_cfg cfg = rig_cfg();

	cfg.capacity_bytes = 64u << 20;
	cfg.media.kind = NVME_MEDIA_FLASH;
	cfg.media.flash = (struct flash_cfg){
		.channels = 2, .packages = 1, .dies = 2, .planes = 2, .dies_at_once = 2,
		.pages = 64, .cell_bits = 2, .page_bytes = 8192, .unit_bytes = 4096,
		.spare_percent = 10,
		.read = { dur_us(20), dur_us(30) }, .program = { dur_us(100), dur_us(200) },
		.erase = dur_ms(1), .channel_bits_per_second = 8ull * 400000000,
		.suspend_program = dur_us(5), .suspend_erase = dur_us(5),
		.reads_first = 4, .gc_blocks = 2, .buffer_bytes = 1u << 20,
		.map_cache_bytes = 8 * 8192, .precondition = FLASH_RANDOM, .seed = 3,
	};
	return cfg;
}

static void run(struct nvme_cfg cfg, unsigned seed)
{
	struct rig *rig;
	uint64_t page;
	unsigned ready = 0;

	cfg.outstanding = 64;
	cfg.media.parallelism = 4;
	cfg.media.read_bytes_per_second = 1000000000;
	random_init(&random_source, seed, "garbage");
	rig = rig_create(&cfg);
	start(rig);
	for (unsigned i = 0; i < STEPS; i++) {
		step(rig);
		ready += rig_rd(rig, REG_CSTS) == 1;
		if (below(100) == 0)
			start(rig);
	}
	/* It was not dead most of the time, and much was carried out. */
	assert_true(ready > STEPS / 4);
	assert_true(rig->done > STEPS / 20);
	start(rig);
	page = rig_alloc(rig, 4096);
	rig_pattern(rig_mem(rig, page), 4096, 1);
	assert_status(rig_do(rig, 1, rig_rw(0x01, 800, 8, page, 0)), 0);
	assert_status(rig_do(rig, 2, rig_rw(0x05, 800, 8, page, 0)), 0);
	rig_destroy(rig);
}

static void no_garbage_stops_the_model(void **state)
{
	for (unsigned seed = 1; seed <= SEEDS; seed++)
		run(rig_cfg(), seed);
}

static void no_garbage_stops_the_model_with_flash(void **state)
{
	for (unsigned seed = 1; seed <= SEEDS; seed++)
		run(with_flash(), seed);
}

/* Any opcode but those that name memory for queues or park, with random fields; data pointers lead to
 * the pages `data` or to the list of them. */
static struct sqe some_command(unsigned qid, uint64_t data, uint64_t list)
{
	struct sqe sqe = { .opcode = (uint8_t)below(qid ? 16 : 256), .nsid = below(8) ? 1 : 7 };

	if (below(8) == 0)
		sqe.opcode = (uint8_t)below(256);
	if (!qid && (sqe.opcode < 6 || sqe.opcode == 0x0c) && sqe.opcode != 2)
		sqe.opcode = 6;
	if (below(16) == 0)
		sqe.flags = (uint8_t)below(256);
	sqe.prp1 = data + 4096 * below(PAGES) + (below(2) ? 4 * below(1024) : 0);
	sqe.prp2 = below(4) ? list + 8 * below(LIST - LONGEST) : data + 4096 * below(PAGES);
	for (unsigned i = 0; i < 6; i++)
		sqe.dw[i] = below(2) ? (uint32_t)below(32) : (uint32_t)random_u64(&random_source);
	sqe.dw[1] = below(4) ? 0 : sqe.dw[1];
	if (below(4))
		sqe.dw[2] = (uint32_t)below(256);
	return sqe;
}

static bool untouched(struct rig *rig, uint64_t from, uint64_t to)
{
	for (uint64_t at = from; at < to; at++) {
		if (*rig_mem(rig, at) != CANARY)
			return false;
	}
	return true;
}

static void keep_within(struct nvme_cfg cfg, unsigned seed)
{
	struct rig *rig = rig_ready(&cfg, 1, 16);
	uint64_t before = rig_alloc(rig, 65536), data = rig_alloc(rig, 4096 * PAGES);
	uint64_t after = rig_alloc(rig, 65536), list = rig_alloc(rig, 4096);
	uint64_t entry[LIST];

	random_init(&random_source, seed, "within");
	memset(rig_mem(rig, before), CANARY, 65536);
	memset(rig_mem(rig, after), CANARY, 65536);
	for (unsigned i = 0; i < LIST; i++)
		entry[i] = data + 4096 * below(PAGES);
	memcpy(rig_mem(rig, list), entry, sizeof(entry));
	for (unsigned i = 0; i < COMMANDS; i++) {
		unsigned qid = below(4) != 0;

		rig_do(rig, qid, some_command(qid, data, list));
		assert_int_equal(rig_rd(rig, REG_CSTS), 1);
	}
	assert_true(untouched(rig, before, before + 65536));
	assert_true(untouched(rig, after, after + 65536));
	assert_memory_equal(rig_mem(rig, list), entry, sizeof(entry));
	rig_destroy(rig);
}

static void data_go_only_where_the_pointers_say(void **state)
{
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		keep_within(rig_cfg(), seed);
		keep_within(with_flash(), seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_garbage_stops_the_model),
		cmocka_unit_test(no_garbage_stops_the_model_with_flash),
		cmocka_unit_test(data_go_only_where_the_pointers_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
