/* SPDX-License-Identifier: MIT */
/* Loss of power at random moments of a write workload, with a write cache, without, and with one
 * that is protected. NVM Express 1.4c: what a completed Flush (6.8) covers, what a completed
 * write with FUA (6.15) wrote, and every completed write while the cache is off (5.21.1.6) must
 * be there afterwards, byte for byte; no logical block, of 512 or 4096 bytes, may be mixed
 * (AWUPF 0, 5.15.2.2), and none may hold anything that was never written there or that a promise
 * has superseded. The argument is the number of cuts of each kind of device. */
#include <stdio.h>
#include <stdlib.h>

#include "model/core/random.h"
#include "tests/unit/nvme/rig.h"

#define BLOCKS     1024u         /* that are written: few, so that writes meet */
#define BLOCK_MAX  4096u
#define TRANSFER   131072u       /* MDTS */
#define SLOTS      24u           /* commands in flight at most */
#define LONGEST    48u           /* blocks of a command: several pages and units */
#define VERSIONS   64u           /* remembered of a block */
#define CUTS       1000u
#define FUA        (1u << 30)
#define OP_FLUSH   0x00u
#define OP_WRITE   0x01u
#define OP_READ    0x02u
#define OP_ZEROES  0x08u
#define SET_FEATURE 0x09u
#define WRITE_CACHE 0x06u

/* A write of a block: when it began and ended, in numbers that only grow. */
struct version {
	uint64_t id, began, ended;       /* ended 0: not yet. id 0: zeroes */
	bool promised;                   /* with that ended it is durable */
};

struct block {
	struct version version[VERSIONS];
	unsigned count;
};

struct slot {
	bool busy, forced;
	uint16_t cid;
	uint8_t opcode;
	uint32_t lba, sectors;
	uint64_t id, began;
	uint64_t buffer, list;
};

struct bench {
	struct rig *rig;
	struct random random;
	struct block block[BLOCKS];
	struct slot slot[SLOTS];
	uint64_t now, ids;
	uint32_t bytes;                  /* of a block */
	bool cache_off, cached;
	unsigned lost;                   /* acknowledged blocks that were gone, as they might be */
};

static unsigned cuts = CUTS;

static uint64_t below(struct bench *bench, uint64_t n)
{
	return random_below(&bench->random, n);
}

/* Every eight bytes tell block and version, so that a mixed block shows. */
static void stamp(const struct bench *bench, uint8_t *to, uint32_t lba, uint64_t id)
{
	uint64_t word = id ? id << 16 | lba : 0;

	for (unsigned i = 0; i < bench->bytes / 8; i++)
		memcpy(to + 8 * i, &word, 8);
}

/* ---- what is known of a block ---- */

static struct version *version_of(struct bench *bench, uint32_t lba, uint64_t began)
{
	struct block *block = &bench->block[lba];

	for (unsigned i = 0; i < block->count; i++)
		if (block->version[i].began == began)
			return &block->version[i];
	return NULL;
}

/* One that a promise has superseded: the promised write began after it had ended. */
static bool superseded(const struct block *block, const struct version *version)
{
	for (unsigned i = 0; i < block->count; i++)
		if (block->version[i].promised && version->ended &&
		    version->ended < block->version[i].began)
			return true;
	return false;
}

static void forget_superseded(struct block *block)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < block->count; i++)
		if (!superseded(block, &block->version[i]))
			block->version[kept++] = block->version[i];
	block->count = kept;
}

static bool room(const struct bench *bench, uint32_t lba, uint32_t sectors)
{
	for (uint32_t i = lba; i < lba + sectors; i++)
		if (bench->block[i].count == VERSIONS)
			return false;
	return true;
}

/* ---- commands ---- */

static void pointers(struct bench *bench, struct slot *slot, struct sqe *sqe)
{
	uint32_t bytes = slot->sectors * bench->bytes;
	/* Not always at a page's begin, so that a block may straddle two pages. */
	uint32_t offset = (uint32_t)below(bench, 4) * 256;
	uint64_t *list = (uint64_t *)(void *)rig_mem(bench->rig, slot->list);
	unsigned pages = (offset + bytes + 4095) / 4096;

	sqe->prp1 = slot->buffer + offset;
	for (unsigned i = 1; i < pages; i++)
		list[i - 1] = slot->buffer + 4096ull * i;
	sqe->prp2 = pages == 2 ? list[0] : slot->list;
	for (uint32_t i = 0; i < slot->sectors && slot->opcode == OP_WRITE; i++)
		stamp(bench, rig_mem(bench->rig, sqe->prp1) + (size_t)i * bench->bytes, slot->lba + i,
		      slot->id);
}

static void begin_write(struct bench *bench, struct slot *slot)
{
	slot->id = slot->opcode == OP_WRITE ? ++bench->ids : 0;
	for (uint32_t i = slot->lba; i < slot->lba + slot->sectors; i++) {
		struct block *block = &bench->block[i];

		block->version[block->count++] =
			(struct version){ .id = slot->id, .began = slot->began };
	}
}

static void submit(struct bench *bench, struct slot *slot)
{
	struct sqe sqe;
	unsigned what = (unsigned)below(bench, 32);

	slot->opcode = what == 0 ? OP_FLUSH : what == 1 ? OP_ZEROES : what < 5 ? OP_READ : OP_WRITE;
	slot->sectors = 1 + (uint32_t)below(bench, below(bench, 4) ? 8 : LONGEST);
	if (slot->sectors > TRANSFER / bench->bytes)
		slot->sectors = TRANSFER / bench->bytes;
	slot->lba = (uint32_t)below(bench, BLOCKS - slot->sectors);
	slot->began = ++bench->now;
	slot->forced = slot->opcode == OP_WRITE && below(bench, 8) == 0;
	if (slot->opcode == OP_WRITE || slot->opcode == OP_ZEROES) {
		if (!room(bench, slot->lba, slot->sectors))
			slot->opcode = OP_READ;
		else
			begin_write(bench, slot);
	}
	sqe = rig_rw(slot->opcode, slot->lba, slot->sectors, 0, 0);
	if (slot->opcode == OP_FLUSH)
		memset(sqe.dw, 0, sizeof(sqe.dw));
	if (slot->opcode == OP_WRITE || slot->opcode == OP_READ)
		pointers(bench, slot, &sqe);
	if (slot->forced)
		sqe.dw[2] |= FUA;
	sqe.cid = (uint16_t)(1 + (slot - bench->slot));
	slot->cid = rig_submit(bench->rig, 1, sqe);
	slot->busy = true;
}

static void promise(struct bench *bench, uint32_t lba, uint64_t began)
{
	struct version *version = version_of(bench, lba, began);

	if (version) {
		version->promised = true;
		forget_superseded(&bench->block[lba]);
	}
}

/* A flush covers every write that had ended when the flush began. */
static void flushed(struct bench *bench, const struct slot *slot)
{
	for (uint32_t lba = 0; lba < BLOCKS; lba++) {
		struct block *block = &bench->block[lba];

		for (unsigned i = 0; i < block->count; i++)
			if (block->version[i].ended && block->version[i].ended < slot->began)
				block->version[i].promised = true;
		forget_superseded(block);
	}
}

static void ended(struct bench *bench, struct slot *slot)
{
	slot->busy = false;
	bench->now++;
	if (slot->opcode == OP_FLUSH)
		flushed(bench, slot);
	if (slot->opcode != OP_WRITE && slot->opcode != OP_ZEROES)
		return;
	for (uint32_t lba = slot->lba; lba < slot->lba + slot->sectors; lba++) {
		version_of(bench, lba, slot->began)->ended = bench->now;
		if (slot->forced || bench->cache_off)
			promise(bench, lba, slot->began);
	}
}

static void reap(struct bench *bench)
{
	struct cqe cqe;

	while (rig_poll(bench->rig, 1, &cqe)) {
		assert_status(cqe, 0);
		assert_in_range(cqe.cid, 1, SLOTS);
		ended(bench, &bench->slot[cqe.cid - 1]);
	}
}

/* ---- power ---- */

static void start(struct bench *bench)
{
	struct rig *rig = bench->rig;

	rig->brk = MEM_BASE + 0x10000;
	for (unsigned i = 0; i < RIG_QUEUES; i++)
		rig->q[i] = (struct rig_queue){ 0 };
	rig_enable(rig, 32);
	rig_io_queue(rig, 1, 64);
	if (bench->cached)
		assert_status(rig_do(rig, 0, (struct sqe){ .opcode = SET_FEATURE,
				     .dw = { WRITE_CACHE, !bench->cache_off } }), 0);
	for (unsigned i = 0; i < SLOTS; i++) {
		bench->slot[i] = (struct slot){ .buffer = rig_alloc(rig, TRANSFER + 4096),
						.list = rig_alloc(rig, 4096) };
	}
}

/* What the block holds must be one of what it may hold; from here on it is what is known of it. */
static void check(struct bench *bench, uint32_t lba, const uint8_t *data)
{
	struct block *block = &bench->block[lba];
	struct version newest = block->version[0], found = { 0 };
	uint8_t want[BLOCK_MAX];
	bool ok = false;

	for (unsigned i = 0; i < block->count && !ok; i++) {
		stamp(bench, want, lba, block->version[i].id);
		found = block->version[i];
		ok = !superseded(block, &found) && !memcmp(data, want, bench->bytes);
	}
	if (!ok) {
		uint64_t word;

		memcpy(&word, data, 8);
		fail_msg("block %u holds version %llu of block %llu, or a mixture", lba,
			 (unsigned long long)word >> 16, (unsigned long long)word & 0xffff);
	}
	for (unsigned i = 0; i < block->count; i++)
		if (block->version[i].ended && block->version[i].began > newest.began)
			newest = block->version[i];
	bench->lost += found.ended && found.ended < newest.began;
	block->version[0] = (struct version){ .id = found.id, .began = ++bench->now,
					      .ended = bench->now, .promised = true };
	block->count = 1;
}

static void read_pointers(struct bench *bench, const struct slot *slot, struct sqe *sqe)
{
	uint64_t *list = (uint64_t *)(void *)rig_mem(bench->rig, slot->list);

	for (unsigned i = 1; i < 8 * bench->bytes / 4096; i++)
		list[i - 1] = slot->buffer + 4096ull * i;
	sqe->prp2 = slot->list;
}

static void read_back(struct bench *bench)
{
	struct slot *slot = &bench->slot[0];

	for (uint32_t lba = 0; lba < BLOCKS; lba += 8) {
		struct sqe sqe = rig_rw(OP_READ, lba, 8, slot->buffer, 0);

		read_pointers(bench, slot, &sqe);
		assert_status(rig_do(bench->rig, 1, sqe), 0);
		for (uint32_t i = 0; i < 8; i++)
			check(bench, lba + i,
			      rig_mem(bench->rig, slot->buffer) + (size_t)i * bench->bytes);
	}
}

static void one_cut(struct bench *bench)
{
	uint64_t writes = 1 + below(bench, 400);

	for (uint64_t i = 0; i < writes; ) {
		unsigned n = (unsigned)below(bench, SLOTS);

		if (!bench->slot[n].busy) {
			submit(bench, &bench->slot[n]);
			i++;
		}
		rig_run_for(bench->rig, dur_ns(below(bench, below(bench, 8) ? 4000 : 200000)));
		reap(bench);
	}
	nvme_power_cut(bench->rig->nvme);
	start(bench);
	read_back(bench);
	bench->cache_off = !bench->cached || below(bench, 4) == 0;
	start(bench);
}

static void cut_often(struct nvme_cfg cfg, bool loses, unsigned times)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	cfg.power_cuts = true;
	random_init(&bench->random, 1, "power cuts");
	bench->rig = rig_create(&cfg);
	bench->bytes = cfg.block_bytes ? cfg.block_bytes : 512;
	bench->cached = cfg.volatile_cache;
	bench->cache_off = !cfg.volatile_cache;
	for (uint32_t lba = 0; lba < BLOCKS; lba++) {
		bench->block[lba].count = 1;
		bench->block[lba].version[0].promised = true;
	}
	start(bench);
	for (unsigned i = 0; i < times; i++)
		one_cut(bench);
	printf("%u cuts, %u acknowledged blocks lost\n", times, bench->lost);
	/* A cache that never lost anything would be no test of what must not be lost. */
	assert_int_equal(bench->lost > 0, loses);
	rig_destroy(bench->rig);
	free(bench);
}

static struct nvme_cfg flash(bool protected)
{
	struct nvme_cfg cfg = rig_cfg();

	cfg.capacity_bytes = 16u << 20;
	cfg.volatile_cache = !protected;
	cfg.media.kind = NVME_MEDIA_FLASH;
	cfg.media.flash = (struct flash_cfg){
		.channels = 2, .packages = 1, .dies = 2, .planes = 2, .dies_at_once = 2,
		.pages = 32, .cell_bits = 2, .page_bytes = 8192, .unit_bytes = 4096,
		.spare_percent = 10,
		.read = { dur_us(20), dur_us(30) }, .program = { dur_us(100), dur_us(200) },
		.erase = dur_ms(1), .channel_bits_per_second = 8ull * 400000000,
		.suspend_program = dur_us(5), .suspend_erase = dur_us(5),
		.reads_first = 4, .gc_blocks = 2, .buffer_bytes = 256u << 10,
		.buffer_protected = protected, .buffer_access = dur_us(1),
		.controller_write = dur_us(2), .controller_read = dur_us(2),
		.precondition = FLASH_RANDOM, .seed = 3,
	};
	return cfg;
}

static void cached_flash_keeps_what_was_flushed_or_forced(void **state)
{
	cut_often(flash(false), true, cuts);
}

static void protected_buffer_keeps_what_was_acknowledged(void **state)
{
	cut_often(flash(true), false, cuts);
}

static void medium_without_a_cache_keeps_what_was_acknowledged(void **state)
{
	struct nvme_cfg cfg = rig_cfg();

	cfg.volatile_cache = false;
	cfg.media.parallelism = 4;
	cut_often(cfg, false, cuts);
}

/* Blocks of eight sectors: they, too, are old or new as a whole. */
static void large_blocks_are_not_torn(void **state)
{
	struct nvme_cfg cfg = rig_cfg();

	cfg.volatile_cache = false;
	cfg.block_bytes = 4096;
	cfg.namespaces = 2;
	cut_often(cfg, false, cuts / 4);
}

static void cached_flash_does_not_tear_large_blocks(void **state)
{
	struct nvme_cfg cfg = flash(false);

	cfg.block_bytes = 4096;
	cut_often(cfg, true, cuts / 4);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cached_flash_keeps_what_was_flushed_or_forced),
		cmocka_unit_test(protected_buffer_keeps_what_was_acknowledged),
		cmocka_unit_test(medium_without_a_cache_keeps_what_was_acknowledged),
		cmocka_unit_test(large_blocks_are_not_torn),
		cmocka_unit_test(cached_flash_does_not_tear_large_blocks),
	};

	if (argc == 2)
		cuts = (unsigned)strtoul(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
