// SPDX-License-Identifier: MIT
/* Controller registers and doorbells misused. */
#include "model/reg/reg_walk.h"
#include "rig.h"

static uint64_t walk_read(void *ctx, uint32_t offset, unsigned bytes)
{
	return nvme_read(ctx, offset, bytes);
}

static void walk_write(void *ctx, uint32_t offset, unsigned bytes, uint64_t value)
{
	nvme_write(ctx, offset, value, bytes);
}

static void walk_reset(void *ctx)
{
	nvme_reset(ctx);
}

static unsigned walk_skip(void *ctx, const struct reg *row)
{
	if (!strcmp(row->name, "CAP"))
		return REG_WALK_SKIP_RESET | REG_WALK_SKIP_WRITE | REG_WALK_SKIP_READ;
	/* Their hooks only count while the controller is disabled. */
	if (!strcmp(row->name, "AQA") || !strcmp(row->name, "ASQ") || !strcmp(row->name, "ACQ"))
		return 0;
	return (row->on_read ? REG_WALK_SKIP_READ : 0) | (row->on_write ? REG_WALK_SKIP_WRITE : 0);
}

static void walk_fail(void *ctx, const char *name, const char *check, uint64_t expected,
		      uint64_t found)
{
	print_error("%s, %s: expected %llx, found %llx\n", name, check,
		    (unsigned long long)expected, (unsigned long long)found);
}

static void every_register_keeps_its_masks(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig = rig_create(&cfg);
	size_t rows;
	struct reg_walk walk = {
		.table = nvme_regs_table(&rows),
		.read = walk_read,
		.write = walk_write,
		.reset = walk_reset,
		.skip = walk_skip,
		.fail = walk_fail,
		.ctx = rig->nvme,
	};

	walk.rows = rows;
	assert_int_equal(reg_walk(&walk), 0);
	rig_destroy(rig);
}

static void cap_is_read_only(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig = rig_create(&cfg);
	uint64_t cap = nvme_read(rig->nvme, REG_CAP, 8);

	nvme_write(rig->nvme, REG_CAP, ~cap, 8);
	assert_true(nvme_read(rig->nvme, REG_CAP, 8) == cap);
	assert_int_equal(rig_rd(rig, 4), cap >> 32);
	rig_destroy(rig);
}

static void interrupt_mask_sets_and_clears(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig = rig_create(&cfg);

	rig_wr(rig, 0x0c, 0xf0);
	rig_wr(rig, 0x0c, 0x0f);
	assert_int_equal(rig_rd(rig, 0x0c), 0xff);
	rig_wr(rig, 0x10, 0x3c);
	assert_int_equal(rig_rd(rig, 0x0c), 0xc3);
	assert_int_equal(rig_rd(rig, 0x10), 0xc3);
	rig_destroy(rig);
}

static void refuse_enable(uint32_t cc, uint32_t aqa, uint64_t asq)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig = rig_create(&cfg);

	rig_wr(rig, REG_AQA, aqa);
	nvme_write(rig->nvme, REG_ASQ, asq, 8);
	nvme_write(rig->nvme, REG_ACQ, MEM_BASE, 8);
	rig_wr(rig, REG_CC, cc);
	assert_int_equal(rig_rd(rig, REG_CSTS), 2);     /* CFS, not ready */
	rig_wr(rig, REG_CC, 0);
	assert_int_equal(rig_rd(rig, REG_CSTS), 0);
	rig_enable(rig, 32);                            /* and then it works */
	rig_destroy(rig);
}

static void enabling_with_impossible_settings_is_fatal(void **state)
{
	uint32_t aqa = 31u << 16 | 31;

	refuse_enable(CC_START | 1u << 4, aqa, MEM_BASE);       /* CSS */
	refuse_enable(CC_START | 5u << 7, aqa, MEM_BASE);       /* MPS beyond MPSMAX */
	refuse_enable(CC_START | 1u << 11, aqa, MEM_BASE);      /* AMS: no weighted round robin */
	refuse_enable(CC_START, 31u << 16, MEM_BASE);           /* one submission entry */
	refuse_enable(CC_START, 31, MEM_BASE);                  /* one completion entry */
	refuse_enable(CC_START | 1u << 7, aqa, MEM_BASE + 4096); /* not aligned to 8 KiB */
}

static void unreadable_admin_queue_is_fatal(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig = rig_create(&cfg);

	rig_wr(rig, REG_AQA, 31u << 16 | 31);
	nvme_write(rig->nvme, REG_ASQ, 0x1000, 8);      /* no memory there */
	nvme_write(rig->nvme, REG_ACQ, MEM_BASE, 8);
	rig_wr(rig, REG_CC, CC_START);
	assert_int_equal(rig_rd(rig, REG_CSTS), 1);
	rig_wr(rig, 0x1000, 1);
	rig_run_idle(rig);
	assert_int_equal(rig_rd(rig, REG_CSTS), 3);     /* ready, and failed */
	rig_wr(rig, 0x1000, 2);                         /* ignored */
	rig_run_idle(rig);
	assert_int_equal(rig_rd(rig, REG_CSTS), 3);
	rig_destroy(rig);
}

static void settings_cannot_change_while_enabled(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);

	rig_wr(rig, REG_CC, CC_START | 1u << 7);
	assert_int_equal(rig_rd(rig, REG_CC), CC_START);
	assert_int_equal(rig_stat(rig, "nvme0.guest_errors"), 1);
	rig_wr(rig, REG_AQA, 0);
	assert_int_equal(rig_stat(rig, "nvme0.guest_errors"), 1);
	assert_int_equal(rig_rd(rig, REG_CSTS), 1);
	rig_destroy(rig);
}

static void subsystem_reset_needs_its_magic(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);

	rig_wr(rig, 0x20, 0x4e564d64);
	assert_int_equal(rig_rd(rig, REG_CSTS), 1);
	rig_wr(rig, 0x20, 0x4e564d65);
	assert_int_equal(rig_rd(rig, REG_CSTS), 1u << 4);       /* NSSRO */
	assert_int_equal(rig_rd(rig, REG_CC), 0);
	assert_int_equal(rig_rd(rig, REG_AQA), 0);
	rig_wr(rig, REG_CSTS, 1u << 4);
	assert_int_equal(rig_rd(rig, REG_CSTS), 0);
	rig_destroy(rig);
}

static void access_to_nothing_is_counted(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);

	assert_int_equal(rig_rd(rig, 0xf00), 0);
	assert_int_equal(rig_stat(rig, "nvme0.guest_errors"), 1);
	rig_wr(rig, 0xf00, 1);
	assert_int_equal(rig_stat(rig, "nvme0.guest_errors"), 1);
	/* Optional features that are absent read as 0 and are no mistake. */
	assert_int_equal(rig_rd(rig, 0x3c), 0);
	assert_int_equal(rig_stat(rig, "nvme0.guest_errors"), 0);
	rig_destroy(rig);
}

static void wrong_doorbells_are_ignored_and_counted(void **state)
{
	static const struct { uint32_t offset, value; } wrong[] = {
		{ 0x1008, 16 },         /* tail beyond the queue */
		{ 0x1008, 0 },          /* unchanged */
		{ 0x100c, 16 },         /* head beyond the queue */
		{ 0x100c, 1 },          /* more than there are entries */
		{ 0x100c, 0 },          /* unchanged */
		{ 0x1010, 1 },          /* submission queue 2 does not exist */
		{ 0x1014, 1 },          /* completion queue 2 does not exist */
		{ 0x1000 + 8 * 64, 1 }, /* nor queue 64 */
		{ 0x1000 + 8 * 65, 1 }, /* behind the last doorbell */
		{ 0x1ffc, 1 },
	};
	struct rig *rig = rig_ready(NULL, 1, 16);
	struct cqe cqe;

	rig_stat(rig, "nvme0.guest_errors");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		rig_wr(rig, wrong[i].offset, wrong[i].value);
		assert_int_equal(rig_stat(rig, "nvme0.guest_errors"), 1);
		rig_run_idle(rig);
		assert_false(rig_peek(rig, 1, &cqe));
	}
	cqe = rig_do(rig, 1, rig_rw(0x02, 0, 1, rig_alloc(rig, 4096), 0));
	assert_status(cqe, 0);
	rig_destroy(rig);
}

static void tail_that_overtakes_the_head_is_refused(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 4);

	rig_stat(rig, "nvme0.guest_errors");
	rig_wr(rig, 0x1008, 3);                 /* full: three of four */
	assert_int_equal(rig_stat(rig, "nvme0.guest_errors"), 0);
	rig_wr(rig, 0x1008, 1);                 /* two more */
	assert_int_equal(rig_stat(rig, "nvme0.guest_errors"), 1);
	rig_wr(rig, 0x1008, 0);                 /* one more: would look empty */
	assert_int_equal(rig_stat(rig, "nvme0.guest_errors"), 1);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_register_keeps_its_masks),
		cmocka_unit_test(cap_is_read_only),
		cmocka_unit_test(interrupt_mask_sets_and_clears),
		cmocka_unit_test(enabling_with_impossible_settings_is_fatal),
		cmocka_unit_test(unreadable_admin_queue_is_fatal),
		cmocka_unit_test(settings_cannot_change_while_enabled),
		cmocka_unit_test(subsystem_reset_needs_its_magic),
		cmocka_unit_test(access_to_nothing_is_counted),
		cmocka_unit_test(wrong_doorbells_are_ignored_and_counted),
		cmocka_unit_test(tail_that_overtakes_the_head_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
