/* SPDX-License-Identifier: MIT */
/* Scatter gather lists, NVM Express 1.4c 4.4: data find their places whatever the list is like,
 * and a list that is wrong is refused with the code for it, without a byte moved. */
#include <stdlib.h>

#include "model/core/random.h"
#include "tests/unit/nvme/rig.h"

#define WRITE   0x01
#define READ    0x02
#define COMPARE 0x05
#define DSM     0x09
#define PSDT_SGL 0x40
#define DATA    0x00
#define BUCKET  0x10
#define SEGMENT 0x20
#define LAST    0x30
#define ARENA   (1u << 20)           /* data lie in here, guards between them */
#define GUARD   0xc3

static struct rig *with_sgl(void)
{
	struct nvme_cfg cfg = rig_cfg();

	cfg.sgl = true;
	return rig_ready(&cfg, 1, 32);
}

static void put(struct rig *rig, uint64_t at, uint64_t addr, uint32_t bytes, uint8_t type)
{
	uint8_t *to = rig_mem(rig, at);

	memcpy(to, &addr, 8);
	memcpy(to + 8, &bytes, 4);
	memset(to + 12, 0, 3);
	to[15] = type;
}

static struct cqe command(struct rig *rig, uint8_t opcode, uint64_t lba, uint32_t blocks,
			  uint64_t addr, uint32_t bytes, uint8_t type)
{
	struct sqe sqe = rig_rw(opcode, lba, blocks, addr, bytes | (uint64_t)type << 56);

	sqe.flags = PSDT_SGL;
	return rig_do(rig, 1, sqe);
}

static void support_is_reported_where_it_is(void **state)
{
	struct rig *rig = with_sgl(), *without = rig_ready(NULL, 1, 16);
	uint64_t page = rig_alloc(rig, 4096), other = rig_alloc(without, 4096);
	struct sqe sqe = rig_rw(READ, 0, 8, other, 4096);
	uint32_t sgls;

	rig_do(rig, 0, (struct sqe){ .opcode = 0x06, .prp1 = page, .dw = { 1 } });
	memcpy(&sgls, rig_mem(rig, page) + 536, 4);
	assert_int_equal(sgls, 0x10002);                /* dwords; bit bucket */
	rig_do(without, 0, (struct sqe){ .opcode = 0x06, .prp1 = other, .dw = { 1 } });
	memcpy(&sgls, rig_mem(without, other) + 536, 4);
	assert_int_equal(sgls, 0);
	sqe.flags = PSDT_SGL;
	assert_status(rig_do(without, 1, sqe), 0x002);
	rig_destroy(without);
	/* 4.2: metadata by SGL (10b), the reserved 11b, and admin commands. */
	sqe = rig_rw(READ, 0, 8, page, 4096);
	sqe.flags = 0x80;
	assert_status(rig_do(rig, 1, sqe), 0x002);
	sqe.flags = 0xc0;
	assert_status(rig_do(rig, 1, sqe), 0x002);
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x06, .flags = PSDT_SGL, .prp1 = page,
			     .prp2 = 4096, .dw = { 1 } }), 0x002);
	rig_destroy(rig);
}

/* ---- random lists ---- */

struct layout {
	struct rig *rig;
	struct random random;
	uint64_t arena, lists;
	uint32_t used;
	struct { uint64_t addr; uint32_t bytes; bool bucket; } part[300];
	unsigned parts;
	uint8_t *shadow;                     /* what the arena must hold */
};

static uint32_t below(struct layout *l, uint32_t n)
{
	return (uint32_t)random_below(&l->random, n);
}

/* Cuts `bytes` into parts somewhere in the arena, in order, with gaps. */
static void cut(struct layout *l, uint32_t bytes, bool buckets)
{
	l->parts = 0;
	l->used = 0;
	while (bytes) {
		uint32_t part = 4 * (1 + below(l, below(l, 3) ? 256 : 4096));

		part = part < bytes ? part : bytes;
		part = l->parts > 200 ? bytes : part;
		l->used += 4 * below(l, 32);
		l->part[l->parts].addr = l->arena + l->used;
		l->part[l->parts].bytes = part;
		l->part[l->parts].bucket = buckets && below(l, 5) == 0;
		l->used += part;
		l->parts++;
		bytes -= part;
		assert_true(l->used < ARENA);
	}
}

/* The descriptor that the command shall hold; the others are written to segments. */
static void build(struct layout *l, uint64_t *addr, uint32_t *bytes, uint8_t *type)
{
	uint64_t at = l->lists, first = 0;
	uint64_t link = 0;
	unsigned i = 0;

	if (l->parts == 1 && !l->part[0].bucket) {
		*addr = l->part[0].addr;
		*bytes = l->part[0].bytes;
		*type = DATA;
		return;
	}
	while (i < l->parts) {
		unsigned left = l->parts - i, n = 1 + below(l, left);
		bool last = n == left;
		uint64_t segment = at;

		for (unsigned k = 0; k < n; k++, i++, at += 16)
			put(l->rig, at, l->part[i].addr, l->part[i].bytes,
			    l->part[i].bucket ? BUCKET : DATA);
		/* What points here: the descriptor in the command or one in the segment before. */
		if (link)
			put(l->rig, link, segment, (n + !last) * 16, last ? LAST : SEGMENT);
		else {
			first = segment;
			*bytes = (n + !last) * 16;
			*type = last ? LAST : SEGMENT;
		}
		link = at;
		at += 16 + 8 * below(l, 4);
	}
	*addr = first;
}

static void assert_arena(struct layout *l)
{
	assert_memory_equal(rig_mem(l->rig, l->arena), l->shadow, ARENA);
}

static void one_write_and_read(struct layout *l, uint32_t blocks)
{
	uint32_t bytes = blocks * 512, offset = 0, length;
	uint8_t *data = malloc(bytes), type;
	uint64_t addr;

	rig_pattern(data, bytes, below(l, 1u << 30));
	cut(l, bytes, false);
	for (unsigned i = 0; i < l->parts; offset += l->part[i++].bytes)
		memcpy(rig_mem(l->rig, l->part[i].addr), data + offset, l->part[i].bytes);
	memcpy(l->shadow, rig_mem(l->rig, l->arena), ARENA);
	build(l, &addr, &length, &type);
	assert_status(command(l->rig, WRITE, 5, blocks, addr, length, type), 0);
	assert_status(command(l->rig, COMPARE, 5, blocks, addr, length, type), 0);
	assert_arena(l);
	cut(l, bytes, true);
	memset(rig_mem(l->rig, l->arena), GUARD, ARENA);
	memset(l->shadow, GUARD, ARENA);
	offset = 0;
	for (unsigned i = 0; i < l->parts; offset += l->part[i++].bytes)
		if (!l->part[i].bucket)
			memcpy(l->shadow + (l->part[i].addr - l->arena), data + offset,
			       l->part[i].bytes);
	build(l, &addr, &length, &type);
	assert_status(command(l->rig, READ, 5, blocks, addr, length, type), 0);
	assert_arena(l);
	free(data);
}

static void lists_of_every_shape_move_the_data_and_nothing_else(void **state)
{
	struct layout l = { .rig = with_sgl(), .shadow = malloc(ARENA) };

	random_init(&l.random, 1, "sgl");
	l.arena = rig_alloc(l.rig, ARENA);
	l.lists = rig_alloc(l.rig, 65536);
	for (unsigned i = 0; i < 300; i++)
		one_write_and_read(&l, 1 + below(&l, below(&l, 4) ? 16 : 256));
	rig_destroy(l.rig);
	free(l.shadow);
}

/* ---- refusals ---- */

static void wrong_lists_are_refused_with_their_code(void **state)
{
	struct rig *rig = with_sgl();
	uint64_t list = rig_alloc(rig, 4096), page = rig_alloc(rig, 8192);
	static const struct { uint8_t type; uint16_t status; } types[] = {
		{ 0x01, 0x011 }, { 0x0f, 0x011 }, { 0x40, 0x011 }, { 0x50, 0x011 }, { 0xf0, 0x011 },
		{ 0x21, 0x011 }, { 0x1a, 0x011 }, { 0x60, 0x011 },
	};

	memset(rig_mem(rig, page), GUARD, 8192);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		assert_status(command(rig, READ, 0, 8, page, 4096, types[i].type),
			      types[i].status);
	assert_status(command(rig, READ, 0, 8, page, 4092, DATA), 0x00f);       /* too short */
	assert_status(command(rig, READ, 0, 8, page, 4100, DATA), 0x00f);       /* too long */
	assert_status(command(rig, READ, 0, 8, page, 0, DATA), 0x00f);
	assert_status(command(rig, READ, 0, 8, ~0xfffull, 4096, DATA), 0x00f);  /* wraps */
	assert_status(command(rig, READ, 0, 8, page + 1, 4096, DATA), 0x01e);
	assert_status(command(rig, READ, 0, 8, page, 4095, DATA), 0x01e);
	assert_status(command(rig, READ, 0, 8, list, 0, LAST), 0x00d);          /* no segment */
	assert_status(command(rig, READ, 0, 8, list, 24, SEGMENT), 0x00d);
	assert_status(command(rig, READ, 0, 8, list + 4, 16, LAST), 0x00d);     /* no qword */
	assert_status(command(rig, READ, 0, 8, 0x1000, 16, LAST), 0x004);       /* no memory */
	/* A last segment that goes on; one that is not the last and does not. */
	put(rig, list, page, 4096, DATA);
	put(rig, list + 16, list + 64, 16, LAST);
	put(rig, list + 64, page, 4096, DATA);
	assert_status(command(rig, READ, 0, 8, list, 32, LAST), 0x00d);
	assert_status(command(rig, READ, 0, 8, list, 16, SEGMENT), 0x00d);
	/* A pointer before the end of its segment. */
	put(rig, list, list + 64, 16, LAST);
	assert_status(command(rig, READ, 0, 8, list, 32, SEGMENT), 0x00e);
	for (unsigned i = 0; i < 8192; i++)
		assert_int_equal(rig_mem(rig, page)[i], GUARD);
	rig_destroy(rig);
}

static void a_list_without_an_end_ends(void **state)
{
	struct rig *rig = with_sgl();
	uint64_t list = rig_alloc(rig, 4096), page = rig_alloc(rig, 4096);

	/* An empty data block, and then the same segment again. */
	put(rig, list, page, 0, DATA);
	put(rig, list + 16, list, 32, SEGMENT);
	assert_status(command(rig, READ, 0, 8, list, 32, SEGMENT), 0x00e);
	/* A segment longer than any memory. */
	assert_status(command(rig, READ, 0, 8, list, 0xfffffff0u, LAST), 0x00d);
	rig_destroy(rig);
}

static void bit_buckets_count_for_reads_only(void **state)
{
	struct rig *rig = with_sgl();
	uint64_t list = rig_alloc(rig, 4096), page = rig_alloc(rig, 8192);
	uint8_t want[4096];

	rig_pattern(want, 4096, 3);
	memcpy(rig_mem(rig, page), want, 4096);
	put(rig, list, 0, 1024, BUCKET);
	put(rig, list + 16, page, 4096, DATA);
	put(rig, list + 32, 0, 0xffffffff, BUCKET);
	assert_status(command(rig, WRITE, 0, 8, list, 48, LAST), 0);
	assert_status(command(rig, READ, 0, 8, list, 32, LAST), 0x00f);
	memset(rig_mem(rig, page), GUARD, 8192);
	put(rig, list + 16, page, 3072, DATA);
	assert_status(command(rig, READ, 0, 8, list, 32, LAST), 0);
	assert_memory_equal(rig_mem(rig, page), want + 1024, 3072);
	assert_int_equal(rig_mem(rig, page)[3072], GUARD);
	/* A read of nothing. */
	assert_status(command(rig, READ, 0, 8, 0, 4096, BUCKET), 0);
	rig_destroy(rig);
}

static void ranges_to_deallocate_may_come_by_sgl(void **state)
{
	struct rig *rig = with_sgl();
	uint64_t list = rig_alloc(rig, 4096), page = rig_alloc(rig, 4096);
	uint8_t sector[512];
	struct sqe sqe = { .opcode = DSM, .nsid = 1, .flags = PSDT_SGL, .prp1 = list,
			   .prp2 = 32 | (uint64_t)LAST << 56, .dw = { 1, 1u << 2 } };
	uint32_t blocks = 1;
	uint64_t lba = 7;

	memset(sector, 0x77, sizeof(sector));
	assert_true(nvme_media_poke(rig->nvme, 7, sector, 1));
	/* Two ranges: one of nothing, and one whose halves lie apart. */
	memcpy(rig_mem(rig, page) + 20, &blocks, 4);
	memcpy(rig_mem(rig, page) + 256, &lba, 8);
	put(rig, list, page, 24, DATA);
	put(rig, list + 16, page + 256, 8, DATA);
	assert_status(rig_do(rig, 1, sqe), 0);
	assert_true(nvme_media_peek(rig->nvme, 7, sector, 1));
	assert_int_equal(sector[0], 0);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(support_is_reported_where_it_is),
		cmocka_unit_test(lists_of_every_shape_move_the_data_and_nothing_else),
		cmocka_unit_test(wrong_lists_are_refused_with_their_code),
		cmocka_unit_test(a_list_without_an_end_ends),
		cmocka_unit_test(bit_buckets_count_for_reads_only),
		cmocka_unit_test(ranges_to_deallocate_may_come_by_sgl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
