// SPDX-License-Identifier: MIT
/* Data through every shape of PRPs. */
#include "rig.h"

#define WRITE 0x01
#define READ  0x02

static void put64(uint8_t *to, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

/* Where each page of a transfer lies: the buffer's pages in reverse order, so that an order mixed
 * up is seen. */
struct layout {
	uint64_t page[33];
	uint32_t first_offset;
	uint32_t page_bytes;
	unsigned pages;
};

static struct layout layout(struct rig *rig, uint32_t bytes, uint32_t first_offset,
			    uint32_t page_bytes)
{
	struct layout l = { .first_offset = first_offset, .page_bytes = page_bytes };

	l.pages = (first_offset + bytes + page_bytes - 1) / page_bytes;
	rig->brk = (rig->brk + page_bytes - 1) / page_bytes * page_bytes;
	for (unsigned i = l.pages; i-- > 0; )
		l.page[i] = rig_alloc(rig, page_bytes);
	return l;
}

static void copy(struct rig *rig, const struct layout *l, uint8_t *data, uint32_t bytes, bool in)
{
	for (unsigned i = 0; i < l->pages; i++) {
		uint32_t offset = i ? 0 : l->first_offset;
		uint32_t part = l->page_bytes - offset;
		uint8_t *mem = rig_mem(rig, l->page[i] + offset);

		if (part > bytes)
			part = bytes;
		memcpy(in ? mem : data, in ? data : mem, part);
		data += part;
		bytes -= part;
	}
}

/* PRP2 for a layout, with the list starting so that it has `room` entries in its first page. */
static uint64_t prp2(struct rig *rig, const struct layout *l, unsigned room)
{
	unsigned per_page = l->page_bytes / 8, slot = per_page - room;
	uint64_t list, start;

	if (l->pages < 2)
		return 0;
	if (l->pages == 2)
		return l->page[1];
	rig->brk = (rig->brk + l->page_bytes - 1) / l->page_bytes * l->page_bytes;
	list = rig_alloc(rig, l->page_bytes);
	start = list + 8ull * slot;
	for (unsigned i = 1; i < l->pages; i++) {
		if (slot == per_page - 1 && i < l->pages - 1) {
			uint64_t next = rig_alloc(rig, l->page_bytes);

			put64(rig_mem(rig, list + 8ull * slot), next);
			list = next;
			slot = 0;
		}
		put64(rig_mem(rig, list + 8ull * slot++), l->page[i]);
	}
	return start;
}

static void round_trip(struct rig *rig, uint64_t lba, uint32_t sectors, uint32_t offset,
		       unsigned room, uint32_t page_bytes)
{
	static uint8_t out[131072], in[131072], before[131072 + 1024], after[131072 + 1024];
	uint32_t bytes = sectors * 512;
	struct layout l = layout(rig, bytes, offset, page_bytes);

	rig_pattern(out, bytes, (uint32_t)lba + sectors * 7 + offset);
	assert_true(nvme_media_peek(rig->nvme, lba - 1, before, sectors + 2));
	copy(rig, &l, out, bytes, true);
	assert_status(rig_do(rig, 1, rig_rw(WRITE, lba, sectors, l.page[0] + offset,
					    prp2(rig, &l, room))), 0);
	/* Exactly these sectors changed. */
	assert_true(nvme_media_peek(rig->nvme, lba - 1, after, sectors + 2));
	assert_memory_equal(after, before, 512);
	assert_memory_equal(after + 512, out, bytes);
	assert_memory_equal(after + 512 + bytes, before + 512 + bytes, 512);
	l = layout(rig, bytes, offset, page_bytes);
	for (unsigned i = 0; i < l.pages; i++)
		memset(rig_mem(rig, l.page[i]), 0x5a, page_bytes);
	assert_status(rig_do(rig, 1, rig_rw(READ, lba, sectors, l.page[0] + offset,
					    prp2(rig, &l, room))), 0);
	copy(rig, &l, in, bytes, false);
	assert_memory_equal(in, out, bytes);
	/* Nothing beside the data was touched. */
	for (uint32_t i = 0; i < offset; i++)
		assert_int_equal(rig_mem(rig, l.page[0])[i], 0x5a);
	for (uint32_t i = (offset + bytes) % page_bytes; i && i < page_bytes; i++)
		assert_int_equal(rig_mem(rig, l.page[l.pages - 1])[i], 0x5a);
}

static void one_prp(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);

	round_trip(rig, 8, 8, 0, 512, 4096);
	round_trip(rig, 1, 1, 0, 512, 4096);
	round_trip(rig, 3, 7, 512, 512, 4096);
	round_trip(rig, 100, 1, 4096 - 512, 512, 4096);
	rig_destroy(rig);
}

static void two_prps(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);

	round_trip(rig, 8, 16, 0, 512, 4096);
	round_trip(rig, 5, 9, 0, 512, 4096);
	round_trip(rig, 40, 8, 512, 512, 4096);
	rig_destroy(rig);
}

static void first_prp_at_any_dword(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);

	round_trip(rig, 8, 8, 4, 512, 4096);
	round_trip(rig, 17, 8, 4092, 512, 4096);
	round_trip(rig, 33, 31, 1236, 512, 4096);
	rig_destroy(rig);
}

static void prp_list(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);

	round_trip(rig, 8, 24, 0, 512, 4096);
	round_trip(rig, 1000, 256, 0, 512, 4096);
	round_trip(rig, 2001, 256, 2048, 512, 4096);
	rig_destroy(rig);
}

static void prp_list_chained_over_pages(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);

	round_trip(rig, 8, 256, 0, 31, 4096);           /* ends just in its page */
	round_trip(rig, 308, 256, 0, 30, 4096);         /* one too few: chained */
	round_trip(rig, 608, 256, 0, 1, 4096);          /* nothing but a pointer */
	round_trip(rig, 908, 256, 4, 2, 4096);
	rig_destroy(rig);
}

static void larger_memory_pages(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig = rig_create(&cfg);
	struct rig_queue *q = &rig->q[0];

	*q = (struct rig_queue){ .sq = MEM_BASE, .cq = MEM_BASE + 16384, .entries = 32,
				 .phase = true };
	rig_wr(rig, REG_AQA, 31u << 16 | 31);
	nvme_write(rig->nvme, REG_ASQ, q->sq, 8);
	nvme_write(rig->nvme, REG_ACQ, q->cq, 8);
	rig_wr(rig, REG_CC, CC_START | 2u << 7);        /* 16 KiB */
	assert_int_equal(rig_rd(rig, REG_CSTS), 1);
	rig->brk = (rig->brk + 16383) & ~16383ull;
	rig->q[1] = (struct rig_queue){ .sq = rig_alloc(rig, 16384), .cq = rig_alloc(rig, 16384),
					.entries = 16, .phase = true };
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 5, .prp1 = rig->q[1].cq,
			     .dw = { 15u << 16 | 1, 3 } }), 0);
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 1, .prp1 = rig->q[1].sq,
			     .dw = { 15u << 16 | 1, 1u << 16 | 1 } }), 0);
	round_trip(rig, 8, 32, 0, 2048, 16384);
	round_trip(rig, 100, 256, 516, 2048, 16384);
	round_trip(rig, 400, 256, 0, 3, 16384);
	rig_destroy(rig);
}

static void misplaced_pages_are_refused(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t page = rig_alloc(rig, 8192), list = rig_alloc(rig, 4096);

	assert_status(rig_do(rig, 1, rig_rw(READ, 0, 8, page + 2, 0)), 0x013);
	assert_status(rig_do(rig, 1, rig_rw(READ, 0, 16, page, page + 4096 + 8)), 0x013);
	assert_status(rig_do(rig, 1, rig_rw(READ, 0, 24, page, list + 4)), 0x013);
	put64(rig_mem(rig, list), page);
	put64(rig_mem(rig, list + 8), page + 512);      /* an entry with an offset */
	assert_status(rig_do(rig, 1, rig_rw(READ, 0, 24, page, list)), 0x013);
	put64(rig_mem(rig, list + 4088), page + 8);     /* a chain pointer with an offset */
	assert_status(rig_do(rig, 1, rig_rw(READ, 0, 24, page, list + 4088)), 0x013);
	rig_destroy(rig);
}

static void unreadable_memory_is_a_transfer_error(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t page = rig_alloc(rig, 8192), nowhere = 0x1000;
	uint8_t sector[512];

	assert_status(rig_do(rig, 1, rig_rw(READ, 0, 24, page, nowhere)), 0x004);
	assert_status(rig_do(rig, 1, rig_rw(WRITE, 0, 8, nowhere, 0)), 0x004);
	memset(rig_mem(rig, page), 1, 4096);
	assert_status(rig_do(rig, 1, rig_rw(WRITE, 0, 16, page, nowhere)), 0x004);
	assert_true(nvme_media_peek(rig->nvme, 8, sector, 1));
	assert_int_equal(sector[0], 0);                 /* the all-ones answer is not stored */
	/* A write to nowhere is posted: nobody learns of it. */
	assert_status(rig_do(rig, 1, rig_rw(READ, 0, 8, nowhere, 0)), 0);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_prp),
		cmocka_unit_test(two_prps),
		cmocka_unit_test(first_prp_at_any_dword),
		cmocka_unit_test(prp_list),
		cmocka_unit_test(prp_list_chained_over_pages),
		cmocka_unit_test(larger_memory_pages),
		cmocka_unit_test(misplaced_pages_are_refused),
		cmocka_unit_test(unreadable_memory_is_a_transfer_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
