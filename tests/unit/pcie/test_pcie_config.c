/* SPDX-License-Identifier: MIT */
/* Configuration space as enumerating software and drivers meet it. */
#include "tests/unit/pcie/rig.h"

static uint32_t get(struct rig *rig, unsigned offset, unsigned bytes)
{
	return pcie_config_read(rig->dev, offset, bytes);
}

static void put(struct rig *rig, unsigned offset, uint32_t value, unsigned bytes)
{
	pcie_config_write(rig->dev, offset, value, bytes);
}

static void header_names_the_device(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(get(rig, 0x00, 4), 0x10f78086);
	assert_int_equal(get(rig, 0x00, 2), 0x8086);
	assert_int_equal(get(rig, 0x03, 1), 0x10);
	assert_int_equal(get(rig, 0x08, 4), 0x02000001);
	assert_int_equal(get(rig, 0x0e, 1), 0);   /* type 0, one function */
	assert_int_equal(get(rig, 0x2c, 4), 0x56781234);
	assert_int_equal(get(rig, 0x3d, 1), 0);   /* no INTx */
	put(rig, 0x00, 0xffffffff, 4);
	put(rig, 0x08, 0xffffffff, 4);
	assert_int_equal(get(rig, 0x00, 4), 0x10f78086);
	assert_int_equal(get(rig, 0x08, 4), 0x02000001);
}

static void writing_ones_to_a_bar_reads_back_its_size(void **state)
{
	static const struct { unsigned bar; uint32_t want; } bars[] = {
		{ 0, 0xfffe0000 }, { 1, 0xffffff00 }, { 2, 0 }, { 3, 0 },
		{ 4, 0xffffc00c }, { 5, 0xffffffff },
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(bars) / sizeof(bars[0]); i++) {
		put(rig, CFG_BAR0 + 4 * bars[i].bar, 0xffffffff, 4);
		assert_int_equal(get(rig, CFG_BAR0 + 4 * bars[i].bar, 4), bars[i].want);
	}
	put(rig, 0x30, 0xffffffff, 4);   /* no expansion ROM */
	assert_int_equal(get(rig, 0x30, 4), 0);
}

static void bars_of_4_gib_and_more_have_zeroes_in_the_upper_half(void **state)
{
	struct rig *rig = *state;
	struct pcie_cfg cfg = rig_cfg("big");

	cfg.bar[2] = (struct pcie_bar_cfg){ .bytes = 8ULL << 30, .is64 = true };
	rig_recreate(rig, &cfg);
	put(rig, 0x18, 0xffffffff, 4);
	put(rig, 0x1c, 0xffffffff, 4);
	assert_int_equal(get(rig, 0x18, 4), 0x4);
	assert_int_equal(get(rig, 0x1c, 4), 0xfffffffe);
}

static void capability_list_leads_to_all_three_and_ends(void **state)
{
	struct rig *rig = *state;
	unsigned at = get(rig, 0x34, 1);
	static const struct { unsigned at, id; } want[] = {
		{ 0x40, 0x01 }, { 0x70, 0x11 }, { 0xa0, 0x10 },
	};

	assert_true(get(rig, CFG_STATUS, 2) & 0x10);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(at, want[i].at);
		assert_int_equal(get(rig, at, 1), want[i].id);
		at = get(rig, at + 1, 1);
	}
	assert_int_equal(at, 0);
	assert_int_equal(get(rig, 0x100, 4), 0x00020001);   /* error reporting, and no more */
	assert_int_equal(get(rig, 0xffc, 4), 0);
}

static void device_without_msix_has_no_such_capability(void **state)
{
	struct rig *rig = *state;
	struct pcie_cfg cfg = rig_cfg("plain");

	cfg.msix_vectors = 0;
	rig_recreate(rig, &cfg);
	assert_int_equal(get(rig, 0x41, 1), 0xa0);
	put(rig, CFG_MSIX_CTRL, 0xffff, 2);
	assert_int_equal(get(rig, 0x70, 4), 0);
	assert_false(pcie_msix(rig->dev, 0));
}

static void msix_capability_tells_size_and_place(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(get(rig, CFG_MSIX_CTRL, 2), RIG_VECTORS - 1);
	assert_int_equal(get(rig, 0x74, 4), RIG_MSIX_TABLE | RIG_MSIX_BAR);
	assert_int_equal(get(rig, 0x78, 4), RIG_MSIX_PBA | RIG_MSIX_BAR);
	put(rig, 0x70, 0xffffffff, 4);
	assert_int_equal(get(rig, CFG_MSIX_CTRL, 2), 0xc000 | (RIG_VECTORS - 1));
}

static void link_and_payload_sizes_are_those_configured(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(get(rig, 0xa2, 2), 0x0002);               /* version 2, endpoint */
	assert_int_equal(get(rig, 0xa4, 4) & 7, 1);                /* MPS 256 supported */
	assert_true(get(rig, 0xa4, 4) & 1u << 28);                 /* FLR */
	assert_int_equal(get(rig, CFG_DEVCTL, 2) >> 5 & 7, 1);     /* MPS 256 */
	assert_int_equal(get(rig, CFG_DEVCTL, 2) >> 12 & 7, 2);    /* MRRS 512 */
	assert_int_equal(get(rig, 0xac, 4) & 0x3ff, 0x83);         /* x8 at 8 GT/s */
	assert_int_equal(get(rig, 0xb2, 2) & 0x3ff, 0x83);
	assert_int_equal(get(rig, 0xcc, 4) & 0xfe, 0x0e);          /* 2.5, 5, 8 GT/s */
}

static void status_bits_are_cleared_by_ones(void **state)
{
	struct rig *rig = *state;

	rig_read(rig, RIG_MEMORY, 4, 0);
	rig_read(rig, RIG_ABORT_ADDR, 4, 0);
	rig_run(rig);
	assert_int_equal(get(rig, CFG_STATUS, 2), 0x3010);
	put(rig, CFG_COMMAND, 0x6, 2);            /* does not touch the status */
	assert_int_equal(get(rig, CFG_STATUS, 2), 0x3010);
	put(rig, CFG_COMMAND, 0x20000006, 4);
	assert_int_equal(get(rig, CFG_STATUS, 2), 0x1010);
	put(rig, CFG_STATUS, 0x1000, 2);
	assert_int_equal(get(rig, CFG_STATUS, 2), 0x0010);
	assert_int_equal(get(rig, CFG_COMMAND, 2), 0x6);
}

static void reserved_command_bits_read_zero(void **state)
{
	struct rig *rig = *state;

	put(rig, CFG_COMMAND, 0xffff, 2);
	assert_int_equal(get(rig, CFG_COMMAND, 2), 0x0546);
}

static void odd_accesses_read_zero_and_write_nothing(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(get(rig, 0x01, 2), 0);
	assert_int_equal(get(rig, 0x02, 4), 0);
	assert_int_equal(get(rig, 0x00, 3), 0);
	assert_int_equal(get(rig, 0x1000, 4), 0);
	assert_int_equal(get(rig, 0xfffffffc, 4), 0);
	put(rig, 0x3d, 0x5555, 2);
	put(rig, 0x1000, 0x55, 1);
	put(rig, 0xfffffffc, 0x55, 4);
	assert_int_equal(get(rig, 0x3c, 4), 0);
	put(rig, 0x3c, 0x0b, 1);
	assert_int_equal(get(rig, 0x3c, 4), 0x0b);
}

static void decodes_only_with_memory_space_enabled(void **state)
{
	struct rig *rig = *state;
	uint64_t offset = 0;

	assert_int_equal(pcie_decode(rig->dev, RIG_BAR0_AT, &offset), 0);
	assert_int_equal(offset, 0);
	assert_int_equal(pcie_decode(rig->dev, RIG_BAR0_AT + RIG_BAR0_BYTES - 1, &offset), 0);
	assert_int_equal(offset, RIG_BAR0_BYTES - 1);
	assert_int_equal(pcie_decode(rig->dev, RIG_BAR0_AT + RIG_BAR0_BYTES, &offset), 1);
	assert_int_equal(offset, 0);
	assert_int_equal(pcie_decode(rig->dev, RIG_BAR4_AT + 0x1010, &offset), 4);
	assert_int_equal(offset, 0x1010);
	assert_int_equal(pcie_decode(rig->dev, RIG_BAR0_AT - 1, &offset), -1);
	assert_int_equal(pcie_decode(rig->dev, RIG_BAR4_AT + 0x4000, &offset), -1);
	assert_int_equal(pcie_decode(rig->dev, RIG_BAR4_AT & 0xffffffff, &offset), -1);
	put(rig, CFG_COMMAND, 0x4, 2);
	assert_int_equal(pcie_decode(rig->dev, RIG_BAR0_AT, &offset), -1);
}

static void device_in_d3hot_neither_decodes_nor_masters(void **state)
{
	struct rig *rig = *state;
	uint64_t offset;

	put(rig, CFG_PMCSR, 3, 2);
	assert_int_equal(get(rig, CFG_PMCSR, 2) & 3, 3);
	assert_int_equal(pcie_decode(rig->dev, RIG_BAR0_AT, &offset), -1);
	assert_false(pcie_bus_master(rig->dev));
	put(rig, CFG_PMCSR, 1, 2);   /* no D1: dropped */
	assert_int_equal(get(rig, CFG_PMCSR, 2) & 3, 3);
	put(rig, CFG_PMCSR, 0, 2);
	assert_int_equal(pcie_decode(rig->dev, RIG_BAR0_AT, &offset), 0);
	assert_true(pcie_bus_master(rig->dev));
}

static void flr_resets_the_function(void **state)
{
	struct rig *rig = *state;
	uint64_t offset;

	rig_msix_control(rig, true, false);
	rig_vector(rig, 3, 0xfee00000, 0x41, false);
	put(rig, CFG_DEVCTL, get(rig, CFG_DEVCTL, 2) & ~0xe0u, 2);   /* MPS 128 */
	put(rig, CFG_DEVCTL, get(rig, CFG_DEVCTL, 2) | 0x8000, 2);
	assert_int_equal(rig_count(rig, RIG_RESET), 1);
	assert_int_equal(get(rig, CFG_COMMAND, 2), 0);
	assert_int_equal(get(rig, CFG_BAR0, 4), 0);
	assert_int_equal(get(rig, CFG_MSIX_CTRL, 2), RIG_VECTORS - 1);
	assert_int_equal(get(rig, CFG_DEVCTL, 2) & 0x80e0, 0);       /* MPS stays, FLR reads 0 */
	assert_int_equal(pcie_decode(rig->dev, RIG_BAR0_AT, &offset), -1);
	assert_false(pcie_msix(rig->dev, 3));
	assert_int_equal(pcie_bar_read(rig->dev, RIG_MSIX_BAR, RIG_MSIX_TABLE + 3 * 16, 4), 0);
	assert_int_equal(pcie_bar_read(rig->dev, RIG_MSIX_BAR, RIG_MSIX_TABLE + 3 * 16 + 12, 4), 1);
}

static void flr_by_any_access_size(void **state)
{
	struct rig *rig = *state;

	put(rig, CFG_DEVCTL + 1, 0x80, 1);
	assert_int_equal(rig_count(rig, RIG_RESET), 1);
	put(rig, CFG_DEVCTL, 0x8000, 4);
	assert_int_equal(rig_count(rig, RIG_RESET), 2);
	put(rig, CFG_DEVCTL, 0x80, 1);
	put(rig, CFG_DEVCTL, 0x80000000, 4);
	assert_int_equal(rig_count(rig, RIG_RESET), 2);
}

static void answers_under_way_at_flr_never_come_but_writes_land(void **state)
{
	struct rig *rig = *state;

	rig_write(rig, 0x100, 64, 0xab, 1, 1);
	rig_read(rig, 0x200, 64, 2);
	rig_run_ns(rig, 200);   /* the write has landed, the read has not come back */
	rig_write(rig, 0x300, 64, 0xcd, 3, 1);
	assert_true(get(rig, CFG_DEVSTA, 2) & 0x20);
	put(rig, CFG_DEVCTL, 0x8000, 2);
	assert_false(get(rig, CFG_DEVSTA, 2) & 0x20);
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_DONE), 1);
	assert_int_equal(rig_find(rig, RIG_DONE, 0)->tag, 1);
	assert_int_equal(rig->memory[0x300], 0xcd);
	assert_false(get(rig, CFG_DEVSTA, 2) & 0x20);
}

static void transactions_pending_while_reads_are_out(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(get(rig, CFG_DEVSTA, 2), 0);
	rig_read(rig, 0, 64, 0);
	rig_read(rig, 64, 64, 1);
	assert_int_equal(get(rig, CFG_DEVSTA, 2), 0x20);
	rig_run(rig);
	assert_int_equal(get(rig, CFG_DEVSTA, 2), 0);
}

static void bad_configurations_are_refused(void **state)
{
	struct rig *rig = *state;
	struct pcie_cfg good = rig_cfg("bad"), bad[16];
	size_t n = 0;

	for (size_t i = 0; i < 16; i++)
		bad[i] = good;
	bad[n++].link.gen = 0;
	bad[n++].link.gen = 6;
	bad[n++].link.lanes = 3;
	bad[n++].link.lanes = 32;
	bad[n++].link.mps = 64;
	bad[n++].link.mps = 8192;
	bad[n++].link.mrrs = 500;
	bad[n++].devfn = 256;
	bad[n++].bar[0].bytes = 0x3000;
	bad[n++].bar[0].bytes = 8;
	bad[n++].bar[0].is64 = true;              /* BAR 1 is in use */
	bad[n++].bar[0].bytes = 1ULL << 32;       /* needs 64 bits */
	bad[n++].msix_vectors = 2049;
	bad[n++].msix_pba = RIG_MSIX_TABLE + 16;  /* overlaps the table */
	bad[n++].msix_table = 0x3ff8;             /* reaches out of the BAR */
	bad[n++].msix_bar = 2;                    /* not there */
	for (size_t i = 0; i < n; i++) {
		struct pcie_dev *dev;

		assert_int_equal(pcie_dev_create(&dev, &rig->sim, &bad[i], NULL, NULL, NULL, NULL),
				 SIM_ERR_CONFIG);
		assert_null(dev);
		assert_int_equal(strncmp(rig->sim.error, "bad: ", 5), 0);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(header_names_the_device),
		TEST(writing_ones_to_a_bar_reads_back_its_size),
		TEST(bars_of_4_gib_and_more_have_zeroes_in_the_upper_half),
		TEST(capability_list_leads_to_all_three_and_ends),
		TEST(device_without_msix_has_no_such_capability),
		TEST(msix_capability_tells_size_and_place),
		TEST(link_and_payload_sizes_are_those_configured),
		TEST(status_bits_are_cleared_by_ones),
		TEST(reserved_command_bits_read_zero),
		TEST(odd_accesses_read_zero_and_write_nothing),
		TEST(decodes_only_with_memory_space_enabled),
		TEST(device_in_d3hot_neither_decodes_nor_masters),
		TEST(flr_resets_the_function),
		TEST(flr_by_any_access_size),
		TEST(answers_under_way_at_flr_never_come_but_writes_land),
		TEST(transactions_pending_while_reads_are_out),
		TEST(bad_configurations_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
