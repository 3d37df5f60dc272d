// SPDX-License-Identifier: MIT
/* Commands of the NVM command set: effect and refusal of each. */
#include "rig.h"

#define FLUSH        0x00
#define WRITE        0x01
#define READ         0x02
#define COMPARE      0x05
#define WRITE_ZEROES 0x08
#define DSM          0x09
#define VERIFY       0x0c

#define BLOCKS ((1u << 30) / 512)

static void put(uint8_t *to, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

static void fill_media(struct rig *rig, uint64_t lba, uint32_t sectors, uint8_t value)
{
	uint8_t data[512];

	memset(data, value, sizeof(data));
	for (uint32_t i = 0; i < sectors; i++)
		assert_true(nvme_media_poke(rig->nvme, lba + i, data, 1));
}

static void assert_media(struct rig *rig, uint64_t lba, uint32_t sectors, uint8_t value)
{
	uint8_t data[512];

	for (uint32_t i = 0; i < sectors; i++) {
		assert_true(nvme_media_peek(rig->nvme, lba + i, data, 1));
		for (unsigned j = 0; j < 512; j++)
			assert_int_equal(data[j], value);
	}
}

static void blocks_never_written_read_as_zeroes(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t page = rig_alloc(rig, 4096);

	memset(rig_mem(rig, page), 0xee, 4096);
	assert_status(rig_do(rig, 1, rig_rw(READ, 12345, 8, page, 0)), 0);
	for (unsigned i = 0; i < 4096; i++)
		assert_int_equal(rig_mem(rig, page)[i], 0);
	rig_destroy(rig);
}

static void lba_range_is_checked_by_every_command(void **state)
{
	static const uint8_t opcode[] = { WRITE, READ, COMPARE, WRITE_ZEROES, VERIFY };
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t page = rig_alloc(rig, 4096);

	for (unsigned i = 0; i < sizeof(opcode); i++) {
		struct cqe cqe = rig_do(rig, 1, rig_rw(opcode[i], BLOCKS, 1, page, 0));

		assert_int_equal(cqe.status, 0x080 | NVME_STATUS_DNR | NVME_STATUS_MORE);
		assert_status(rig_do(rig, 1, rig_rw(opcode[i], BLOCKS - 1, 2, page, 0)), 0x080);
		assert_status(rig_do(rig, 1, rig_rw(opcode[i], ~0ull, 2, page, 0)), 0x080);
		assert_status(rig_do(rig, 1, rig_rw(opcode[i], BLOCKS - 1, 1, page, 0)), 0);
	}
	rig_destroy(rig);
}

static void namespace_is_checked_by_every_command(void **state)
{
	static const uint8_t opcode[] = { FLUSH, WRITE, READ, COMPARE, WRITE_ZEROES, DSM, VERIFY };
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t page = rig_alloc(rig, 4096);

	for (unsigned i = 0; i < sizeof(opcode); i++) {
		struct sqe sqe = rig_rw(opcode[i], 0, 1, page, 0);

		sqe.nsid = 0;
		assert_status(rig_do(rig, 1, sqe), 0x00b);
		sqe.nsid = 2;
		assert_status(rig_do(rig, 1, sqe), 0x00b);
		sqe.nsid = 0xffffffff;
		assert_status(rig_do(rig, 1, sqe), opcode[i] == FLUSH ? 0 : 0x00b);
	}
	rig_destroy(rig);
}

static void unknown_io_command_is_refused(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);

	assert_status(rig_do(rig, 1, rig_rw(0x04, 0, 1, rig_alloc(rig, 4096), 0)), 0x001);
	assert_status(rig_do(rig, 1, rig_rw(0x0d, 0, 1, 0, 0)), 0x001);
	assert_status(rig_do(rig, 1, rig_rw(0xff, 0, 1, 0, 0)), 0x001);
	rig_destroy(rig);
}

static void transfers_beyond_mdts_are_refused(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t page = rig_alloc(rig, 4096);

	assert_status(rig_do(rig, 1, rig_rw(READ, 0, 257, page, page)), 0x002);
	assert_status(rig_do(rig, 1, rig_rw(WRITE, 0, 65536, page, page)), 0x002);
	/* Without data there is no such limit. */
	assert_status(rig_do(rig, 1, rig_rw(VERIFY, 0, 65536, 0, 0)), 0);
	assert_status(rig_do(rig, 1, rig_rw(WRITE_ZEROES, 0, 65536, 0, 0)), 0);
	rig_destroy(rig);
}

static void write_zeroes_clears_exactly_its_blocks(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);

	fill_media(rig, 0, 64, 0x77);
	assert_status(rig_do(rig, 1, rig_rw(WRITE_ZEROES, 3, 42, 0, 0)), 0);
	assert_media(rig, 0, 3, 0x77);
	assert_media(rig, 3, 42, 0);
	assert_media(rig, 45, 19, 0x77);
	rig_destroy(rig);
}

static void range(uint8_t *to, uint64_t lba, uint32_t sectors)
{
	put(to + 4, sectors, 4);
	put(to + 8, lba, 8);
}

static struct cqe dsm(struct rig *rig, uint64_t prp1, uint64_t prp2, uint32_t ranges,
		      uint32_t attributes)
{
	return rig_do(rig, 1, (struct sqe){ .opcode = DSM, .nsid = 1, .prp1 = prp1, .prp2 = prp2,
		      .dw = { ranges - 1, attributes } });
}

static void deallocated_blocks_read_as_zeroes(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t page = rig_alloc(rig, 4096);

	fill_media(rig, 0, 64, 0x77);
	range(rig_mem(rig, page), 0, 1);
	range(rig_mem(rig, page) + 16, 8, 8);
	range(rig_mem(rig, page) + 32, 30, 10);
	assert_status(dsm(rig, page, 0, 3, 1u << 2), 0);
	assert_media(rig, 0, 1, 0);
	assert_media(rig, 1, 7, 0x77);
	assert_media(rig, 8, 8, 0);
	assert_media(rig, 16, 14, 0x77);
	assert_media(rig, 30, 10, 0);
	assert_media(rig, 40, 24, 0x77);
	rig_destroy(rig);
}

static void deallocate_takes_256_ranges_over_two_pages(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t page = rig_alloc(rig, 8192), start = page + 4096 - 20;

	fill_media(rig, 0, 513, 0x77);
	for (unsigned i = 0; i < 256; i++)
		range(rig_mem(rig, start) + 16 * i, 2 * i, 1);
	assert_status(dsm(rig, start, page + 4096, 256, 1u << 2), 0);
	for (unsigned i = 0; i < 512; i++)
		assert_media(rig, i, 1, i % 2 ? 0x77 : 0);
	assert_media(rig, 512, 1, 0x77);
	rig_destroy(rig);
}

static void deallocate_with_one_bad_range_changes_nothing(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t page = rig_alloc(rig, 4096);

	fill_media(rig, 0, 8, 0x77);
	range(rig_mem(rig, page), 0, 8);
	range(rig_mem(rig, page) + 16, BLOCKS - 1, 2);
	assert_status(dsm(rig, page, 0, 2, 1u << 2), 0x080);
	assert_media(rig, 0, 8, 0x77);
	/* Hints without AD are taken note of and change nothing. */
	assert_status(dsm(rig, page, 0, 1, 1u << 0), 0);
	assert_media(rig, 0, 8, 0x77);
	rig_destroy(rig);
}

static void compare_finds_one_different_byte(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t page = rig_alloc(rig, 8192);

	rig_pattern(rig_mem(rig, page), 8192, 5);
	assert_status(rig_do(rig, 1, rig_rw(WRITE, 3, 16, page, page + 4096)), 0);
	assert_status(rig_do(rig, 1, rig_rw(COMPARE, 3, 16, page, page + 4096)), 0);
	rig_mem(rig, page)[8191] ^= 1;
	assert_status(rig_do(rig, 1, rig_rw(COMPARE, 3, 16, page, page + 4096)), 0x285);
	rig_mem(rig, page)[8191] ^= 1;
	rig_mem(rig, page)[0] ^= 0x80;
	assert_status(rig_do(rig, 1, rig_rw(COMPARE, 3, 16, page, page + 4096)), 0x285);
	/* Memory that cannot be read outdoes the difference. */
	assert_status(rig_do(rig, 1, rig_rw(COMPARE, 3, 16, page, 0x1000)), 0x004);
	rig_destroy(rig);
}

static void counters_tell_the_kinds_apart(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t page = rig_alloc(rig, 4096);

	rig_stat(rig, "nvme0.cmd.read");
	rig_do(rig, 1, rig_rw(READ, 0, 1, page, 0));
	assert_int_equal(rig_stat(rig, "nvme0.cmd.read"), 1);
	rig_do(rig, 1, rig_rw(WRITE, 0, 1, page, 0));
	assert_int_equal(rig_stat(rig, "nvme0.cmd.write"), 1);
	rig_do(rig, 1, rig_rw(FLUSH, 0, 1, page, 0));
	assert_int_equal(rig_stat(rig, "nvme0.cmd.flush"), 1);
	rig_do(rig, 1, rig_rw(VERIFY, 0, 1, page, 0));
	assert_int_equal(rig_stat(rig, "nvme0.cmd.other"), 1);
	rig_do(rig, 0, (struct sqe){ .opcode = 0x0a, .dw = { 7 } });
	assert_int_equal(rig_stat(rig, "nvme0.cmd.admin"), 1);
	rig_do(rig, 1, rig_rw(0xff, 0, 1, page, 0));
	assert_int_equal(rig_stat(rig, "nvme0.cmd.errors"), 1);
	rig_do(rig, 1, rig_rw(READ, 0, 1, page, 0));
	assert_int_equal(rig_stat(rig, "nvme0.irq.count"), 1);
	rig_destroy(rig);
}

/* More commands than contexts, on several queues, data checked at the end. */
static void many_commands_in_flight_keep_their_data(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig;
	uint8_t want[512], got[512];
	unsigned left[5] = { 0 };
	uint64_t pages;
	struct cqe cqe;

	cfg.outstanding = 32;
	cfg.media.parallelism = 8;
	rig = rig_ready(&cfg, 4, 128);
	pages = rig_alloc(rig, 4 * 100 * 512);
	for (unsigned i = 0; i < 400; i++) {
		rig_pattern(rig_mem(rig, pages + i * 512), 512, i);
		rig_submit(rig, 1 + i % 4, rig_rw(WRITE, 1000 + i * 3, 1, pages + i * 512, 0));
	}
	for (unsigned i = 0; i < 400; i++) {
		cqe = rig_wait(rig, 1 + i % 4);
		assert_status(cqe, 0);
		left[cqe.sqid]++;
	}
	for (unsigned qid = 1; qid <= 4; qid++)
		assert_int_equal(left[qid], 100);
	for (unsigned i = 0; i < 400; i++) {
		rig_pattern(want, 512, i);
		assert_true(nvme_media_peek(rig->nvme, 1000 + i * 3, got, 1));
		assert_memory_equal(got, want, 512);
	}
	rig_destroy(rig);
}

static void admin_commands_pass_when_io_holds_every_context(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig;
	uint64_t page;

	cfg.outstanding = 16;
	cfg.media.read = dur_ms(100);
	rig = rig_ready(&cfg, 1, 128);
	page = rig_alloc(rig, 4096);
	for (unsigned i = 0; i < 100; i++)
		rig_put(rig, 1, rig_rw(READ, i, 1, page, 0));
	rig_ring(rig, 1);
	rig_run_for(rig, dur_us(100));
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x0a, .dw = { 7 } }), 0);
	assert_true(sim_now(&rig->sim).ps < dur_ms(1).ps);
	rig_destroy(rig);
}

static void peek_and_poke_stay_inside(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	uint8_t sector[1024] = { 0 };

	assert_true(nvme_media_poke(rig->nvme, BLOCKS - 1, sector, 1));
	assert_false(nvme_media_poke(rig->nvme, BLOCKS - 1, sector, 2));
	assert_false(nvme_media_peek(rig->nvme, BLOCKS, sector, 1));
	assert_false(nvme_media_peek(rig->nvme, ~0ull, sector, 2));
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_never_written_read_as_zeroes),
		cmocka_unit_test(lba_range_is_checked_by_every_command),
		cmocka_unit_test(namespace_is_checked_by_every_command),
		cmocka_unit_test(unknown_io_command_is_refused),
		cmocka_unit_test(transfers_beyond_mdts_are_refused),
		cmocka_unit_test(write_zeroes_clears_exactly_its_blocks),
		cmocka_unit_test(deallocated_blocks_read_as_zeroes),
		cmocka_unit_test(deallocate_takes_256_ranges_over_two_pages),
		cmocka_unit_test(deallocate_with_one_bad_range_changes_nothing),
		cmocka_unit_test(compare_finds_one_different_byte),
		cmocka_unit_test(counters_tell_the_kinds_apart),
		cmocka_unit_test(many_commands_in_flight_keep_their_data),
		cmocka_unit_test(admin_commands_pass_when_io_holds_every_context),
		cmocka_unit_test(peek_and_poke_stay_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
