/* SPDX-License-Identifier: MIT */
/* MSI-X: table, masks, pending bits, and the order of messages behind data. */
#include "tests/unit/pcie/rig.h"

#define VECTOR 69   /* in the second word of pending bits */
#define ADDR   0xfee03000ULL
#define DATA   0x4055u

static void enable_vector(struct rig *rig)
{
	rig_msix_control(rig, true, false);
	rig_vector(rig, VECTOR, ADDR, DATA, false);
}

static void table_is_memory_with_reserved_bits(void **state)
{
	struct rig *rig = *state;
	uint64_t at = RIG_MSIX_TABLE + 16 * VECTOR;

	assert_int_equal(pcie_bar_read(rig->dev, RIG_MSIX_BAR, at + 12, 4), 1);   /* masked */
	rig_bar_write(rig, RIG_MSIX_BAR, at, 0x11111111fee00003, 8);
	rig_bar_write(rig, RIG_MSIX_BAR, at + 8, 0xfffffffe12345678, 8);
	assert_int_equal(pcie_bar_read(rig->dev, RIG_MSIX_BAR, at, 8), 0x11111111fee00000);
	assert_int_equal(pcie_bar_read(rig->dev, RIG_MSIX_BAR, at + 4, 4), 0x11111111);
	assert_int_equal(pcie_bar_read(rig->dev, RIG_MSIX_BAR, at + 8, 4), 0x12345678);
	assert_int_equal(pcie_bar_read(rig->dev, RIG_MSIX_BAR, at + 12, 4), 0);
	assert_int_equal(pcie_bar_read(rig->dev, RIG_MSIX_BAR, at + 16, 4),
			 0);				 /* behind the table */
	rig_bar_write(rig, RIG_MSIX_BAR, at + 12, 1, 2); /* not a DW: dropped */
	assert_int_equal(pcie_bar_read(rig->dev, RIG_MSIX_BAR, at + 12, 4), 0);
}

static void pending_bits_cannot_be_written(void **state)
{
	struct rig *rig = *state;

	rig_bar_write(rig, RIG_MSIX_BAR, RIG_MSIX_PBA, UINT64_MAX, 8);
	assert_int_equal(rig_pba(rig, 0), 0);
}

static void message_carries_address_and_data_of_its_vector(void **state)
{
	struct rig *rig = *state;

	rig_msix_control(rig, true, false);
	rig_vector(rig, VECTOR, 0x1fee03000, DATA, false);
	assert_true(pcie_msix(rig->dev, VECTOR));
	assert_int_equal(rig_count(rig, RIG_MSI), 0);   /* not from within the call */
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_MSI), 1);
	assert_int_equal(rig_find(rig, RIG_MSI, 0)->addr, 0x1fee03000);
	assert_int_equal(rig_find(rig, RIG_MSI, 0)->value, DATA);
	assert_int_equal(rig_find(rig, RIG_MSI, 0)->ps,
			 WRITE_LATENCY_NS * PS_PER_NS + rig_wire_ps(28));
}

static void nothing_happens_while_msix_is_off(void **state)
{
	struct rig *rig = *state;

	rig_vector(rig, VECTOR, ADDR, DATA, false);
	assert_false(pcie_msix(rig->dev, VECTOR));
	rig_msix_control(rig, true, false);
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_MSI), 0);
	assert_int_equal(rig_pba(rig, 1), 0);
}

static void no_message_without_bus_master(void **state)
{
	struct rig *rig = *state;

	enable_vector(rig);
	pcie_config_write(rig->dev, CFG_COMMAND, 2, 2);
	assert_false(pcie_msix(rig->dev, VECTOR));
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_MSI), 0);
}

static void vector_beyond_the_table_is_refused(void **state)
{
	struct rig *rig = *state;

	enable_vector(rig);
	assert_false(pcie_msix(rig->dev, RIG_VECTORS));
	assert_false(pcie_msix(rig->dev, UINT32_MAX));
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_MSI), 0);
}

static void masked_vector_waits_and_goes_on_unmask_once(void **state)
{
	struct rig *rig = *state;

	enable_vector(rig);
	rig_vector(rig, VECTOR, ADDR, DATA, true);
	assert_true(pcie_msix(rig->dev, VECTOR));
	assert_true(pcie_msix(rig->dev, VECTOR));
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_MSI), 0);
	assert_int_equal(rig_pba(rig, 1), 1ULL << (VECTOR - 64));
	assert_int_equal(rig_pba(rig, 0), 0);
	rig_bar_write(rig, RIG_MSIX_BAR, RIG_MSIX_TABLE + 16 * VECTOR + 12, 0, 4);
	assert_int_equal(rig_pba(rig, 1), 0);
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_MSI), 1);
	rig_bar_write(rig, RIG_MSIX_BAR, RIG_MSIX_TABLE + 16 * VECTOR + 12, 0, 4);
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_MSI), 1);
}

static void message_changed_while_masked_goes_to_the_new_place(void **state)
{
	struct rig *rig = *state;

	enable_vector(rig);
	rig_vector(rig, VECTOR, ADDR, DATA, true);
	assert_true(pcie_msix(rig->dev, VECTOR));
	rig_vector(rig, VECTOR, 0xfee01000, 0x77, false);
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_MSI), 1);
	assert_int_equal(rig_find(rig, RIG_MSI, 0)->addr, 0xfee01000);
	assert_int_equal(rig_find(rig, RIG_MSI, 0)->value, 0x77);
}

static void function_mask_holds_all_vectors(void **state)
{
	struct rig *rig = *state;

	enable_vector(rig);
	rig_vector(rig, 0, ADDR, 0x30, false);
	rig_vector(rig, 1, ADDR, 0x31, true);
	rig_msix_control(rig, true, true);
	assert_true(pcie_msix(rig->dev, VECTOR));
	assert_true(pcie_msix(rig->dev, 0));
	assert_true(pcie_msix(rig->dev, 1));
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_MSI), 0);
	assert_int_equal(rig_pba(rig, 0), 3);
	rig_msix_control(rig, true, false);
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_MSI), 2);   /* vector 1 has a mask of its own */
	assert_int_equal(rig_find(rig, RIG_MSI, 0)->value, 0x30);
	assert_int_equal(rig_find(rig, RIG_MSI, 1)->value, DATA);
	assert_int_equal(rig_pba(rig, 0), 2);
}

static void unmask_of_the_vector_under_the_function_mask_sends_nothing(void **state)
{
	struct rig *rig = *state;

	enable_vector(rig);
	rig_msix_control(rig, true, true);
	assert_true(pcie_msix(rig->dev, VECTOR));
	rig_vector(rig, VECTOR, ADDR, DATA, false);
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_MSI), 0);
}

static void pending_vector_goes_when_bus_master_comes_back(void **state)
{
	struct rig *rig = *state;

	enable_vector(rig);
	rig_vector(rig, VECTOR, ADDR, DATA, true);
	assert_true(pcie_msix(rig->dev, VECTOR));
	pcie_config_write(rig->dev, CFG_COMMAND, 2, 2);
	rig_vector(rig, VECTOR, ADDR, DATA, false);
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_MSI), 0);
	pcie_config_write(rig->dev, CFG_COMMAND, 6, 2);
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_MSI), 1);
}

static void message_stays_behind_earlier_writes(void **state)
{
	struct rig *rig = *state;

	enable_vector(rig);
	rig->extra = dur_ns(90);   /* translation holds the writes up */
	rig_write(rig, 0x1000, 4096, 1, 0, 0);
	rig_write(rig, 0x2000, 16, 2, 0, 0);
	assert_true(pcie_msix(rig->dev, VECTOR));
	rig_write(rig, 0x3000, 16, 3, 0, 0);
	rig_run(rig);
	assert_true(rig_position(rig, RIG_MSI, 0) > rig_position(rig, RIG_ACCESS_WRITE, 1));
	assert_true(rig_position(rig, RIG_MSI, 0) < rig_position(rig, RIG_ACCESS_WRITE, 2));
	assert_int_equal(rig_find(rig, RIG_MSI, 0)->ps,
			 rig_find(rig, RIG_ACCESS_WRITE, 1)->ps + 90 * PS_PER_NS);
}

static void ideal_link_keeps_the_order_too(void **state)
{
	struct rig *rig = *state;

	enable_vector(rig);
	rig_write(rig, 0x1000, 4096, 1, 0, 0);
	assert_true(pcie_msix(rig->dev, VECTOR));
	rig_run(rig);
	assert_int_equal(rig_position(rig, RIG_ACCESS_WRITE, 0), 0);
	assert_int_equal(rig_position(rig, RIG_MSI, 0), 1);
	assert_int_equal(rig_now_ps(rig), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, rig_setup, rig_teardown)
#define TEST_IDEAL(fn) cmocka_unit_test_setup_teardown(fn, rig_setup_ideal, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(table_is_memory_with_reserved_bits),
		TEST(pending_bits_cannot_be_written),
		TEST(message_carries_address_and_data_of_its_vector),
		TEST(nothing_happens_while_msix_is_off),
		TEST(no_message_without_bus_master),
		TEST(vector_beyond_the_table_is_refused),
		TEST(masked_vector_waits_and_goes_on_unmask_once),
		TEST(message_changed_while_masked_goes_to_the_new_place),
		TEST(function_mask_holds_all_vectors),
		TEST(unmask_of_the_vector_under_the_function_mask_sends_nothing),
		TEST(pending_vector_goes_when_bus_master_comes_back),
		TEST(message_stays_behind_earlier_writes),
		TEST_IDEAL(ideal_link_keeps_the_order_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
