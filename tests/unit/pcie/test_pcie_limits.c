/* SPDX-License-Identifier: MIT */
/* Tags, credits, the order they leave intact, and what the link itself takes. */
#include "tests/unit/pcie/rig.h"

#include <stdlib.h>

#define TLP_WRITE 24u
#define TLP_READ  24u
#define TLP_CPLD  20u
#define RETURN_NS 300u

static void recreate(struct rig *rig, struct pcie_link_cfg limits)
{
	struct pcie_cfg cfg = rig_cfg("eth0");

	cfg.link.tags = limits.tags;
	cfg.link.extended_tags = limits.extended_tags;
	cfg.link.posted = limits.posted;
	cfg.link.non_posted = limits.non_posted;
	cfg.link.core_writes = limits.core_writes;
	cfg.link.rcb = limits.rcb;
	cfg.link.align = limits.align;
	cfg.link.combine_above = limits.combine_above;
	cfg.link.dllp_down_ppm = limits.dllp_down_ppm;
	cfg.link.credit_return = dur_ns(RETURN_NS);
	rig_recreate(rig, &cfg);
}

/* Reads that the root complex sees within the time of one round trip. */
static size_t reads_at_once(struct rig *rig, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		rig_read(rig, 64 * i, 64, i);
	rig_run_ns(rig, READ_RTT_NS);
	return rig_count(rig, RIG_ACCESS_READ);
}

static void no_more_reads_are_out_than_there_are_tags(void **state)
{
	struct rig *rig = *state;

	recreate(rig, (struct pcie_link_cfg){ .tags = 5 });
	assert_int_equal(reads_at_once(rig, 40), 5);
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_DONE), 40);
	assert_int_equal(rig_stat(rig, "pcie.eth0.stalled").num, 35);
}

static void a_long_read_takes_a_tag_for_each_request(void **state)
{
	struct rig *rig = *state;
	uint64_t trip = rig_wire_ps(TLP_READ) + READ_RTT_NS * PS_PER_NS +
			rig_wire_ps(512 + 2 * TLP_CPLD);

	recreate(rig, (struct pcie_link_cfg){ .tags = 1 });
	rig_read(rig, 0x1000, 4096, 1);   /* 8 requests of 512 one after the other */
	rig_run(rig);
	assert_in_range(rig_find(rig, RIG_DONE, 0)->ps, 8 * trip - 16, 8 * trip + 16);
	assert_int_equal(rig_count(rig, RIG_ACCESS_READ), 1);
}

static void more_than_32_tags_need_extended_tags_enabled(void **state)
{
	struct rig *rig = *state;

	recreate(rig, (struct pcie_link_cfg){ .tags = 48, .extended_tags = true });
	assert_true(pcie_config_read(rig->dev, 0xa4, 4) & 0x20);
	assert_int_equal(reads_at_once(rig, 60), 32);
	recreate(rig, (struct pcie_link_cfg){ .tags = 48, .extended_tags = true });
	pcie_config_write(rig->dev, CFG_DEVCTL, 0x2920, 2);
	assert_int_equal(reads_at_once(rig, 60), 48);
	recreate(rig, (struct pcie_link_cfg){ .tags = 48 });
	pcie_config_write(rig->dev, CFG_DEVCTL, 0x2920, 2);   /* there is no such bit */
	assert_false(pcie_config_read(rig->dev, CFG_DEVCTL, 2) & 0x100);
	assert_int_equal(reads_at_once(rig, 60), 32);
}

static void writes_pass_reads_that_wait_for_tags(void **state)
{
	struct rig *rig = *state;

	recreate(rig, (struct pcie_link_cfg){ .tags = 1 });
	rig_read(rig, 0x100, 64, 1);
	rig_read(rig, 0x200, 64, 2);
	rig_write(rig, 0x200, 64, 0x55, 3, 1);
	rig_run(rig);
	/* Allowed, as only the other way round is not: the read that waited sees the write. */
	assert_true(rig_position(rig, RIG_ACCESS_WRITE, 0) < rig_position(rig, RIG_ACCESS_READ, 1));
	assert_int_equal(rig_find(rig, RIG_DONE, 2)->value, 0x55);
}

static void reads_do_not_pass_writes_that_wait_for_credits(void **state)
{
	struct rig *rig = *state;

	recreate(rig, (struct pcie_link_cfg){ .tags = 32, .posted = { 1, 16 } });
	for (unsigned i = 0; i < 6; i++)
		rig_write(rig, 0x1000 + 256 * i, 256, (uint8_t)(i + 1), i, 0);
	rig_read(rig, 0x1500, 4, 9);
	rig_run(rig);
	assert_int_equal(rig_find(rig, RIG_DONE, 0)->value, 6);
	assert_true(rig_position(rig, RIG_ACCESS_READ, 0) > rig_position(rig, RIG_ACCESS_WRITE, 5));
}

static void a_message_stays_behind_data_that_wait_for_credits(void **state)
{
	struct rig *rig = *state;

	recreate(rig, (struct pcie_link_cfg){ .posted = { 2, 0 } });
	rig_msix_control(rig, true, false);
	rig_vector(rig, 3, 0xfee00000, 0x41, false);
	rig_write(rig, 0x1000, 4096, 1, 0, 0);
	assert_true(pcie_msix(rig->dev, 3));
	rig_run(rig);
	assert_true(rig_position(rig, RIG_MSI, 0) > rig_position(rig, RIG_ACCESS_WRITE, 0));
}

/* One packet at a time: each waits for the credit of the one before it. */
static void a_write_waits_for_the_credits_of_the_one_before(void **state)
{
	struct rig *rig = *state;
	uint64_t wire = rig_wire_ps(256 + TLP_WRITE);

	recreate(rig, (struct pcie_link_cfg){ .posted = { 1, 0 } });
	for (unsigned i = 0; i < 10; i++)
		rig_write(rig, 0x1000, 256, 1, i, 0);
	rig_run(rig);
	assert_in_range(rig_find(rig, RIG_ACCESS_WRITE, 9)->ps -
				rig_find(rig, RIG_ACCESS_WRITE, 0)->ps,
			9 * (wire + RETURN_NS * PS_PER_NS) - 20,
			9 * (wire + RETURN_NS * PS_PER_NS) + 20);
}

/* A translation of 1000 ns holds up the credits of what has arrived behind it. */
static void what_holds_up_the_root_complex_holds_up_credits(void **state)
{
	struct rig *rig = *state;
	uint64_t plain;

	recreate(rig, (struct pcie_link_cfg){ .posted = { 4, 0 } });
	for (unsigned i = 0; i < 8; i++)
		rig_write(rig, 0x1000, 256, 1, i, 0);
	rig_run(rig);
	plain = rig_now_ps(rig);
	recreate(rig, (struct pcie_link_cfg){ .posted = { 4, 0 } });
	for (unsigned i = 0; i < 8; i++)
		rig_write(rig, 0x1000, 256, 1, i, 0);
	rig->extra = dur_ns(1000);
	while (!rig_count(rig, RIG_ACCESS_WRITE))
		assert_true(engine_run_one(rig->sim.engine));
	rig->extra = dur_ns(0);
	rig_run(rig);
	assert_in_range(rig_now_ps(rig), plain + 900 * PS_PER_NS, plain + 1001 * PS_PER_NS);
}

static void relaxed_write(struct rig *rig, uint64_t addr)
{
	static const uint8_t data[64];
	struct dma_req req = {
		.kind = DMA_WRITE, .flags = DMA_RELAXED, .addr = addr, .bytes = 64, .data = data,
	};

	pcie_dma(rig->dev, &req);
}

/* The first write is held up; only a relaxed one lands before it, and only if that is enabled. */
static size_t writes_landed_past_a_slow_one(struct rig *rig)
{
	size_t landed;

	rig_write(rig, 0x1000, 64, 1, 0, 0);
	rig_write(rig, 0x2000, 64, 1, 1, 0);
	relaxed_write(rig, 0x3000);
	while (!rig_count(rig, RIG_ACCESS_WRITE)) {
		rig->extra = dur_ns(5000);
		assert_true(engine_run_one(rig->sim.engine));
	}
	rig->extra = dur_ns(0);
	rig_run_ns(rig, 1000);
	landed = rig_count(rig, RIG_ACCESS_WRITE) - 1;
	rig_run(rig);
	return landed;
}

static void relaxed_writes_pass_others_if_enabled(void **state)
{
	struct rig *rig = *state;

	recreate(rig, (struct pcie_link_cfg){ 0 });
	assert_int_equal(writes_landed_past_a_slow_one(rig), 1);
	assert_int_equal(rig_find(rig, RIG_ACCESS_WRITE, 1)->addr, 0x3000);
	recreate(rig, (struct pcie_link_cfg){ 0 });
	pcie_config_write(rig->dev, CFG_DEVCTL, 0x2820, 2);   /* without bit 4 */
	assert_int_equal(writes_landed_past_a_slow_one(rig), 0);
}

static void nothing_passes_a_relaxed_write(void **state)
{
	struct rig *rig = *state;

	recreate(rig, (struct pcie_link_cfg){ 0 });
	rig_msix_control(rig, true, false);
	rig_vector(rig, 3, 0xfee00000, 0x41, false);
	rig->extra = dur_ns(2000);
	relaxed_write(rig, 0x3000);
	rig_read(rig, 0x3000, 64, 1);
	assert_true(pcie_msix(rig->dev, 3));
	rig_run(rig);
	assert_true(rig_find(rig, RIG_ACCESS_READ, 0)->ps >=
		    rig_find(rig, RIG_ACCESS_WRITE, 0)->ps + 2000 * PS_PER_NS);
	assert_true(rig_find(rig, RIG_MSI, 0)->ps >=
		    rig_find(rig, RIG_ACCESS_WRITE, 0)->ps + 2000 * PS_PER_NS);
}

/* 6 registers at once, 4 credits: the fifth waits until the first's credit is back. */
static void register_writes_stall_without_credits(void **state)
{
	struct rig *rig = *state;
	uint64_t back = rig_wire_ps(4 + TLP_WRITE) + RETURN_NS * PS_PER_NS;

	recreate(rig, (struct pcie_link_cfg){ .core_writes = 4 });
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(pcie_mmio_write_time(rig->dev).ps, 0);
		pcie_bar_write(rig->dev, 0, 0, i, 4);
	}
	assert_in_range(pcie_mmio_write_time(rig->dev).ps, back - 1, back + 1);
	rig_run_ns(rig, back / PS_PER_NS + 1);
	assert_int_equal(pcie_mmio_write_time(rig->dev).ps, 0);
	pcie_bar_write(rig->dev, 0, 0, 4, 4);
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_REG_WRITE), 5);
	assert_int_equal(rig_stat(rig, "pcie.eth0.mmio.stalled").num, 1);
}

/* 2.3.1.1: completions end at multiples of the boundary. 1024 bytes in requests of 512, MPS 256. */
static void completions_end_at_the_boundary(void **state)
{
	static const struct {
		unsigned rcb;
		uint64_t addr;
		uint32_t bytes;
		unsigned tlps;
	} cases[] = {
		{ 64, 0x1000, 1024, 4 },  { 64, 0x1010, 1024, 6 },   /* 240, 256, 16, twice */
		{ 128, 0x1040, 1024, 6 }, { 64, 0x1040, 1024, 4 },   /* 192 256 64; 256 256 */
		{ 128, 0x1010, 200, 1 },  { 64, 0x103f, 257, 2 },    /* 193, 64 */
		{ 64, 0x103f, 256, 1 },
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		recreate(rig, (struct pcie_link_cfg){ .rcb = cases[i].rcb });
		rig_read(rig, cases[i].addr, cases[i].bytes, 0);
		rig_run(rig);
		assert_int_equal(rig_stat(rig, "pcie.eth0.down.bytes").num,
				 cases[i].bytes + cases[i].tlps * TLP_CPLD);
	}
	assert_int_equal(pcie_config_read(rig->dev, 0xb0, 2) & 8, 0);
	recreate(rig, (struct pcie_link_cfg){ .rcb = 128 });
	assert_int_equal(pcie_config_read(rig->dev, 0xb0, 2) & 8, 8);
}

/* A root complex that combines cache lines of long requests only. */
static void short_reads_come_line_by_line(void **state)
{
	static const struct {
		uint64_t addr;
		uint32_t bytes;
		unsigned tlps;
	} cases[] = {
		{ 0x1000, 64, 1 },  { 0x1000, 256, 4 }, { 0x1010, 256, 5 }, { 0x1000, 129, 3 },
		{ 0x1000, 257, 2 }, { 0x1000, 512, 2 }, { 0x1000, 768, 2 + 4 },   /* 512 and 256 */
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		recreate(rig, (struct pcie_link_cfg){ .combine_above = 256 });
		rig_read(rig, cases[i].addr, cases[i].bytes, 0);
		rig_run(rig);
		assert_int_equal(rig_stat(rig, "pcie.eth0.down.bytes").num,
				 cases[i].bytes + cases[i].tlps * TLP_CPLD);
	}
}

/* Half of the way down for DLLPs; requests go up as ever. */
static void each_direction_has_its_share_of_dllps(void **state)
{
	struct rig *rig = *state;
	uint64_t wire = 512 + 2 * TLP_CPLD, even, uneven;

	recreate(rig, (struct pcie_link_cfg){ 0 });
	rig_read(rig, 0x1000, 512, 0);
	rig_run(rig);
	even = rig_find(rig, RIG_DONE, 0)->ps;
	recreate(rig, (struct pcie_link_cfg){ .dllp_down_ppm = 500000 });
	rig_read(rig, 0x1000, 512, 0);
	rig_run(rig);
	uneven = rig_find(rig, RIG_DONE, 0)->ps;
	/* Raw, 8 lanes of 8 GT/s carry a byte in 126.95 ps. */
	assert_in_range(uneven - even, wire * 126953 / 500 - rig_wire_ps(wire) - 4,
			wire * 126953 / 500 - rig_wire_ps(wire) + 4);
}

static void whole_blocks_move_but_only_the_bytes_change(void **state)
{
	struct rig *rig = *state;

	recreate(rig, (struct pcie_link_cfg){ .align = 64 });
	rig_write(rig, 0x103f, 2, 0x77, 0, 0);
	rig_read(rig, 0x1001, 1, 1);
	rig_run(rig);
	assert_int_equal(rig->memory[0x103e], 0);
	assert_int_equal(rig->memory[0x1040], 0x77);
	assert_int_equal(rig->memory[0x1041], 0);
	assert_int_equal(rig_stat(rig, "pcie.eth0.asked.bytes").num, 3);
	assert_int_equal(rig_stat(rig, "pcie.eth0.moved.bytes").num, 128 + 64);
	assert_int_equal(rig_stat(rig, "pcie.eth0.up.bytes").num, 128 + TLP_WRITE + TLP_READ);
}

static void bad_limits_are_refused(void **state)
{
	struct rig *rig = *state;
	struct pcie_cfg good = rig_cfg("bad"), bad[4];
	struct pcie_dev *dev;

	for (size_t i = 0; i < 4; i++)
		bad[i] = good;
	bad[0].link.tags = 257;
	bad[1].link.posted.data = 15;   /* MPS 256 are 16 */
	bad[2].link.rcb = 256;
	bad[3].link.align = 3;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pcie_dev_create(&dev, &rig->sim, &bad[i], NULL, NULL, NULL, NULL),
				 SIM_ERR_CONFIG);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_more_reads_are_out_than_there_are_tags),
		TEST(a_long_read_takes_a_tag_for_each_request),
		TEST(more_than_32_tags_need_extended_tags_enabled),
		TEST(writes_pass_reads_that_wait_for_tags),
		TEST(reads_do_not_pass_writes_that_wait_for_credits),
		TEST(a_message_stays_behind_data_that_wait_for_credits),
		TEST(a_write_waits_for_the_credits_of_the_one_before),
		TEST(what_holds_up_the_root_complex_holds_up_credits),
		TEST(relaxed_writes_pass_others_if_enabled),
		TEST(nothing_passes_a_relaxed_write),
		TEST(register_writes_stall_without_credits),
		TEST(completions_end_at_the_boundary),
		TEST(short_reads_come_line_by_line),
		TEST(each_direction_has_its_share_of_dllps),
		TEST(whole_blocks_move_but_only_the_bytes_change),
		TEST(bad_limits_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
