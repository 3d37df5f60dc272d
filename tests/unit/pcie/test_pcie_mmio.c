/* SPDX-License-Identifier: MIT */
/* Register accesses: posted writes in order, reads that push them, and their times. */
#include "tests/unit/pcie/rig.h"

#define TLP_WRITE 24u

static void posted_write_arrives_after_its_latency(void **state)
{
	struct rig *rig = *state;
	uint64_t want = MMIO_WRITE_NS * PS_PER_NS + rig_wire_ps(4 + TLP_WRITE);

	pcie_bar_write(rig->dev, 0, 0x818, 0x1234, 4);
	assert_int_equal(rig->logged, 0);
	rig_run(rig);
	assert_int_equal(rig_find(rig, RIG_REG_WRITE, 0)->addr, 0x818);
	assert_int_equal(rig_find(rig, RIG_REG_WRITE, 0)->value, 0x1234);
	assert_int_equal(rig_find(rig, RIG_REG_WRITE, 0)->bytes, 4);
	assert_in_range(rig_find(rig, RIG_REG_WRITE, 0)->ps, want, want + 1);
}

static void posted_writes_stay_in_order_and_follow_the_link(void **state)
{
	struct rig *rig = *state;

	for (unsigned i = 0; i < 500; i++)
		pcie_bar_write(rig->dev, 0, 4 * (i % 64), i, 4);
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_REG_WRITE), 500);
	for (unsigned i = 0; i < 500; i++)
		assert_int_equal(rig->log[i].value, i);
	assert_in_range(rig->log[499].ps - rig->log[0].ps, rig_wire_ps(499 * 28) - 1,
			rig_wire_ps(499 * 28) + 1);
	assert_int_equal(rig_stat(rig, "pcie.eth0.down.bytes").num, 500 * 28);
}

static void writes_and_flushes_mixed_keep_order_while_the_queue_grows(void **state)
{
	struct rig *rig = *state;
	unsigned next = 0;

	for (unsigned round = 1; round < 40; round++) {
		for (unsigned i = 0; i < round * 3; i++)
			pcie_bar_write(rig->dev, 0, 0, next++, 8);
		if (round % 3 == 0)
			pcie_flush_writes(rig->dev);
		rig_run_ns(rig, 60);
	}
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_REG_WRITE), next);
	for (unsigned i = 0; i < next; i++)
		assert_int_equal(rig->log[i].value, i);
}

static void flush_delivers_what_is_under_way_once(void **state)
{
	struct rig *rig = *state;

	pcie_bar_write(rig->dev, 0, 0, 1, 4);
	pcie_bar_write(rig->dev, 0, 4, 2, 4);
	pcie_flush_writes(rig->dev);
	assert_int_equal(rig_count(rig, RIG_REG_WRITE), 2);
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_REG_WRITE), 2);
}

static void configuration_access_does_not_pass_posted_writes(void **state)
{
	struct rig *rig = *state;

	pcie_bar_write(rig->dev, 0, 0, 1, 4);
	pcie_config_read(rig->dev, 0, 4);
	assert_int_equal(rig_count(rig, RIG_REG_WRITE), 1);
	pcie_bar_write(rig->dev, 0, 0, 2, 4);
	pcie_config_write(rig->dev, CFG_COMMAND, 6, 2);
	assert_int_equal(rig_count(rig, RIG_REG_WRITE), 2);
}

static void read_returns_what_the_device_says(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(pcie_bar_read(rig->dev, 0, 0x100, 4), 0x104);
	assert_int_equal(pcie_bar_read(rig->dev, 1, 0x8, 8), 0x10);
	assert_int_equal(rig_count(rig, RIG_REG_READ), 2);
	assert_int_equal(pcie_bar_read(rig->dev, RIG_MSIX_BAR, 0, 4), 0);   /* nothing there */
}

static void access_outside_or_across_is_dropped(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(pcie_bar_read(rig->dev, 0, RIG_BAR0_BYTES, 4), 0);
	assert_int_equal(pcie_bar_read(rig->dev, 0, 2, 4), 0);
	assert_int_equal(pcie_bar_read(rig->dev, 0, 0, 3), 0);
	assert_int_equal(pcie_bar_read(rig->dev, 2, 0, 4), 0);
	assert_int_equal(pcie_bar_read(rig->dev, -1, 0, 4), 0);
	assert_int_equal(pcie_bar_read(rig->dev, 6, 0, 4), 0);
	pcie_bar_write(rig->dev, 0, RIG_BAR0_BYTES, 0, 4);
	pcie_bar_write(rig->dev, 0, 1, 0, 2);
	pcie_bar_write(rig->dev, 0, 0, 0, 16);
	pcie_bar_write(rig->dev, 6, 0, 0, 4);
	rig_run(rig);
	assert_int_equal(rig->logged, 0);
}

static void read_on_an_idle_link_takes_its_time_exactly(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(pcie_mmio_read_time(rig->dev).ps, MMIO_READ_NS * PS_PER_NS);
}

static void read_waits_for_what_is_on_the_link(void **state)
{
	struct rig *rig = *state;

	for (unsigned i = 0; i < 100; i++)
		pcie_bar_write(rig->dev, 0, 0, i, 4);
	assert_in_range(pcie_mmio_read_time(rig->dev).ps,
			MMIO_READ_NS * PS_PER_NS + rig_wire_ps(100 * 28) - 1,
			MMIO_READ_NS * PS_PER_NS + rig_wire_ps(100 * 28) + 1);
}

static void read_is_not_back_before_writes_have_landed(void **state)
{
	struct rig *rig = *state;
	struct pcie_cfg cfg = rig_cfg("eth0");
	struct dur back;

	cfg.link.mmio_write = dur_ns(5000);
	rig_recreate(rig, &cfg);
	pcie_bar_write(rig->dev, 0, 0, 1, 4);
	back = pcie_mmio_read_time(rig->dev);
	rig_run(rig);
	assert_int_equal(back.ps, rig_find(rig, RIG_REG_WRITE, 0)->ps);
}

static void value_comes_behind_the_dma_writes_before_it(void **state)
{
	struct rig *rig = *state;
	struct dur behind;

	assert_int_equal(pcie_read_behind_writes(rig->dev).ps, 0);
	rig_write(rig, 0x1000, 4096, 1, 0, 0);
	rig_read(rig, 0x1000, 4, 0);
	behind = pcie_read_behind_writes(rig->dev);
	rig_run_ns(rig, 100);
	assert_int_equal(pcie_read_behind_writes(rig->dev).ps, behind.ps - 100 * PS_PER_NS);
	rig_run(rig);
	assert_int_equal(behind.ps, rig_find(rig, RIG_ACCESS_WRITE, 0)->ps);
	assert_int_equal(pcie_read_behind_writes(rig->dev).ps, 0);
	rig->extra = dur_ns(400);
	rig_write(rig, 0x1000, 4, 1, 0, 0);
	while (rig_count(rig, RIG_ACCESS_WRITE) < 2)
		assert_true(engine_run_one(rig->sim.engine));
	assert_int_equal(pcie_read_behind_writes(rig->dev).ps, 400 * PS_PER_NS);
}

static void ideal_accesses_take_no_time_but_writes_come_by_event(void **state)
{
	struct rig *rig = *state;

	pcie_bar_write(rig->dev, 0, 0, 1, 4);
	pcie_bar_write(rig->dev, 0, 4, 2, 4);
	assert_int_equal(rig->logged, 0);
	assert_int_equal(pcie_mmio_read_time(rig->dev).ps, 0);
	rig_run(rig);
	assert_int_equal(rig->log[0].value, 1);
	assert_int_equal(rig->log[1].value, 2);
	assert_int_equal(rig_now_ps(rig), 0);
}

static void table_in_a_bar_with_registers_takes_its_part_only(void **state)
{
	struct rig *rig = *state;
	struct pcie_cfg cfg = rig_cfg("nvme0");

	cfg.msix_bar = 0;
	cfg.msix_table = 0x2000;
	cfg.msix_pba = 0x3000;
	rig_recreate(rig, &cfg);
	rig_bar_write(rig, 0, 0x1ffc, 7, 4);
	rig_bar_write(rig, 0, 0x2000, 0xfee00000, 4);
	rig_bar_write(rig, 0, 0x2000 + RIG_VECTORS * 16, 8, 4);
	rig_bar_write(rig, 0, 0x3010, 9, 4);
	assert_int_equal(rig_count(rig, RIG_REG_WRITE), 3);
	assert_int_equal(rig->log[0].value, 7);
	assert_int_equal(rig->log[1].value, 8);
	assert_int_equal(rig->log[2].value, 9);
	assert_int_equal(pcie_bar_read(rig->dev, 0, 0x2000, 4), 0xfee00000);
	assert_int_equal(rig_count(rig, RIG_REG_READ), 0);
}

static void two_runs_end_in_the_same_digest(void **state)
{
	char text[2][DIGEST_TEXT_BYTES];
	struct rig *rig = *state;

	for (int run = 0; run < 2; run++) {
		struct pcie_cfg cfg = rig_cfg("eth0");

		rig_recreate(rig, &cfg);
		for (unsigned i = 0; i < 200; i++) {
			rig_write(rig, i * 64, 64 + i, (uint8_t)i, i, i % 3 == 0);
			rig_read(rig, i * 32, 1 + i * 5, i);
			pcie_bar_write(rig->dev, 0, 0, i, 4);
			rig_run_ns(rig, i % 7);
		}
		rig_run(rig);
		digest_text(&rig->sim.trace->digest, text[run]);
	}
	assert_string_equal(text[0], text[1]);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, rig_setup, rig_teardown)
#define TEST_IDEAL(fn) cmocka_unit_test_setup_teardown(fn, rig_setup_ideal, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(posted_write_arrives_after_its_latency),
		TEST(posted_writes_stay_in_order_and_follow_the_link),
		TEST(writes_and_flushes_mixed_keep_order_while_the_queue_grows),
		TEST(flush_delivers_what_is_under_way_once),
		TEST(configuration_access_does_not_pass_posted_writes),
		TEST(read_returns_what_the_device_says),
		TEST(access_outside_or_across_is_dropped),
		TEST(read_on_an_idle_link_takes_its_time_exactly),
		TEST(read_waits_for_what_is_on_the_link),
		TEST(read_is_not_back_before_writes_have_landed),
		TEST(value_comes_behind_the_dma_writes_before_it),
		TEST_IDEAL(ideal_accesses_take_no_time_but_writes_come_by_event),
		TEST(table_in_a_bar_with_registers_takes_its_part_only),
		TEST(two_runs_end_in_the_same_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
