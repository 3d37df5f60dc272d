/* SPDX-License-Identifier: MIT */
#include "model/reg/reg.h"

#include <stdlib.h>

#include "tests/unit/core/expect_assert.h"

struct device {
	struct reg_bank *bank;
	unsigned calls;
	unsigned index;
	uint64_t old, value;
	uint64_t answer;
};

static void hook_write(void *ctx, unsigned index, uint64_t old, uint64_t value);
static uint64_t hook_read(void *ctx, unsigned index);

enum { CTRL, STATUS, CAUSE, MIXED, EITR_LOW, EITR_HIGH, ASQ, DOORBELL, CLOCK, WIDE_W1C, ROWS };

static const struct reg table[ROWS] = {
	[CTRL] = { .name = "CTRL", .offset = 0x00, .count = 1, .bytes = 4,
		   .reset = 0x80000001, .rw = 0x0000ffff },
	[STATUS] = { .name = "STATUS", .offset = 0x04, .count = 1, .bytes = 4, .reset = 0x1234 },
	[CAUSE] = { .name = "CAUSE", .offset = 0x08, .count = 1, .bytes = 4, .reset = 0,
		    .w1c = 0x00ff, .rc = 0xff00 },
	[MIXED] = { .name = "MIXED", .offset = 0x0c, .count = 1, .bytes = 4,
		    .reset = 0xf00000f0, .rw = 0x0000000f, .w1c = 0x000000f0,
		    .on_write = hook_write },
	[EITR_LOW] = { .name = "EITR", .offset = 0x20, .first = 0, .count = 3, .stride = 4,
		       .bytes = 4, .rw = 0xff, .on_write = hook_write },
	[EITR_HIGH] = { .name = "EITR", .offset = 0x100, .first = 3, .count = 4, .stride = 0x40,
			.bytes = 4, .rw = 0xff, .on_write = hook_write },
	[ASQ] = { .name = "ASQ", .offset = 0x40, .count = 1, .bytes = 8,
		  .reset = 0x1111111122222222, .rw = 0xfffffffffffff000,
		  .on_write = hook_write },
	[DOORBELL] = { .name = "DOORBELL", .offset = 0x50, .count = 1, .bytes = 4,
		       .on_write = hook_write },
	[CLOCK] = { .name = "CLOCK", .offset = 0x58, .count = 1, .bytes = 8,
		    .on_read = hook_read },
	[WIDE_W1C] = { .name = "WIDE_W1C", .offset = 0x60, .count = 1, .bytes = 8,
		       .w1c = 0x000000ff000000ff, .rc = 0xff000000ff000000,
		       .on_write = hook_write },
};

#define WINDOW 0x200

static void hook_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct device *device = ctx;

	device->calls++;
	device->index = index;
	device->old = old;
	device->value = value;
}

static uint64_t hook_read(void *ctx, unsigned index)
{
	struct device *device = ctx;

	device->calls++;
	device->index = index;
	return device->answer;
}

static int setup(void **state)
{
	struct device *device = calloc(1, sizeof(*device));

	assert_non_null(device);
	device->bank = reg_bank_create(table, ROWS, WINDOW, device);
	assert_non_null(device->bank);
	*state = device;
	return 0;
}

static int teardown(void **state)
{
	struct device *device = *state;

	reg_bank_destroy(device->bank);
	free(device);
	return 0;
}

static uint64_t read_ok(struct device *device, uint32_t offset, unsigned bytes)
{
	uint64_t value = 0xdead;

	assert_int_equal(reg_read(device->bank, offset, bytes, &value), REG_OK);
	return value;
}

static void write_ok(struct device *device, uint32_t offset, unsigned bytes, uint64_t value)
{
	assert_int_equal(reg_write(device->bank, offset, bytes, value), REG_OK);
}

static void registers_begin_with_their_reset_values(void **state)
{
	struct device *device = *state;

	assert_int_equal(read_ok(device, 0x00, 4), 0x80000001);
	assert_int_equal(read_ok(device, 0x04, 4), 0x1234);
	assert_int_equal(read_ok(device, 0x40, 8), 0x1111111122222222);
	assert_int_equal(read_ok(device, 0x1c0, 4), 0);
}

static void a_write_changes_writable_bits_only(void **state)
{
	struct device *device = *state;

	write_ok(device, 0x00, 4, 0xffffffff);
	assert_int_equal(read_ok(device, 0x00, 4), 0x8000ffff);
	write_ok(device, 0x00, 4, 0);
	assert_int_equal(read_ok(device, 0x00, 4), 0x80000000);
	write_ok(device, 0x04, 4, 0xffffffff);
	assert_int_equal(read_ok(device, 0x04, 4), 0x1234);
}

static void ones_clear_w1c_bits_and_zeros_do_not(void **state)
{
	struct device *device = *state;

	reg_set(device->bank, CAUSE, 0, 0x00ab);
	write_ok(device, 0x08, 4, 0);
	assert_int_equal(reg_get(device->bank, CAUSE, 0), 0x00ab);
	write_ok(device, 0x08, 4, 0xff03);
	assert_int_equal(reg_get(device->bank, CAUSE, 0), 0x00a8);
	write_ok(device, 0x08, 4, 0xffffffff);
	assert_int_equal(reg_get(device->bank, CAUSE, 0), 0);
}

static void reading_clears_rc_bits_after_it_saw_them(void **state)
{
	struct device *device = *state;

	reg_set(device->bank, CAUSE, 0, 0x12ab);
	assert_int_equal(read_ok(device, 0x08, 4), 0x12ab);
	assert_int_equal(read_ok(device, 0x08, 4), 0x00ab);
}

static void reserved_bits_stay_under_any_write(void **state)
{
	struct device *device = *state;
	unsigned bit;

	for (bit = 0; bit < 32; bit++) {
		write_ok(device, 0x0c, 4, 1ULL << bit);
		assert_int_equal(reg_get(device->bank, MIXED, 0) & ~0xffULL, 0xf0000000);
	}
	assert_int_equal(reg_get(device->bank, MIXED, 0), 0xf0000000);
}

static void a_write_hook_sees_the_old_and_the_written_value(void **state)
{
	struct device *device = *state;

	write_ok(device, 0x0c, 4, 0xabcdef35);
	assert_int_equal(device->calls, 1);
	assert_int_equal(device->old, 0xf00000f0);
	assert_int_equal(device->value, 0xabcdef35);
	assert_int_equal(reg_get(device->bank, MIXED, 0), 0xf00000c5);
}

static void a_hook_sees_commands_that_no_bit_stores(void **state)
{
	struct device *device = *state;

	write_ok(device, 0x50, 4, 0x1ffffffff);
	assert_int_equal(device->value, 0xffffffff);
	assert_int_equal(reg_get(device->bank, DOORBELL, 0), 0);
}

static void a_read_hook_supplies_the_value(void **state)
{
	struct device *device = *state;

	device->answer = 0x123456789abcdef0;
	assert_int_equal(read_ok(device, 0x58, 8), 0x123456789abcdef0);
	assert_int_equal(device->calls, 1);
	assert_int_equal(read_ok(device, 0x58, 4), 0x9abcdef0);
	assert_int_equal(read_ok(device, 0x5c, 4), 0x12345678);
	assert_int_equal(reg_get(device->bank, CLOCK, 0), 0);
}

static void a_family_of_two_rows_counts_through(void **state)
{
	struct device *device = *state;

	write_ok(device, 0x28, 4, 5);
	assert_int_equal(device->index, 2);
	write_ok(device, 0x100, 4, 6);
	assert_int_equal(device->index, 3);
	write_ok(device, 0x1c0, 4, 7);
	assert_int_equal(device->index, 6);
	assert_int_equal(reg_get(device->bank, EITR_LOW, 2), 5);
	assert_int_equal(reg_get(device->bank, EITR_HIGH, 3), 6);
	assert_int_equal(reg_get(device->bank, EITR_HIGH, 6), 7);
	assert_int_equal(reg_get(device->bank, EITR_HIGH, 4), 0);
}

static void names_carry_the_familys_number(void **state)
{
	struct device *device = *state;
	char text[16];

	reg_name(device->bank, 0x24, text, sizeof(text));
	assert_string_equal(text, "EITR[1]");
	reg_name(device->bank, 0x140, text, sizeof(text));
	assert_string_equal(text, "EITR[4]");
	reg_name(device->bank, 0x44, text, sizeof(text));
	assert_string_equal(text, "ASQ");
	reg_name(device->bank, 0x104, text, sizeof(text));
	assert_string_equal(text, "0x104");
	reg_name(device->bank, 0x24, text, 5);
	assert_string_equal(text, "EITR");
}

static void an_offset_finds_its_row_and_instance(void **state)
{
	struct device *device = *state;
	unsigned index;
	size_t row;

	assert_true(reg_find(device->bank, 0x180, &row, &index));
	assert_int_equal(row, EITR_HIGH);
	assert_int_equal(index, 5);
	assert_true(reg_find(device->bank, 0x44, &row, &index));
	assert_int_equal(row, ASQ);
	assert_false(reg_find(device->bank, 0x10, &row, &index));
	assert_false(reg_find(device->bank, WINDOW, &row, &index));
	assert_false(reg_find(device->bank, UINT32_MAX, &row, &index));
}

static void between_strided_instances_there_is_nothing(void **state)
{
	struct device *device = *state;
	uint64_t value = 1;

	assert_int_equal(reg_read(device->bank, 0x104, 4, &value), REG_UNKNOWN);
	assert_int_equal(value, 0);
	assert_int_equal(reg_write(device->bank, 0x104, 4, 1), REG_UNKNOWN);
	assert_int_equal(device->calls, 0);
}

static void outside_the_window_there_is_nothing(void **state)
{
	struct device *device = *state;
	uint64_t value = 1;

	assert_int_equal(reg_read(device->bank, WINDOW, 4, &value), REG_UNKNOWN);
	assert_int_equal(value, 0);
	assert_int_equal(reg_read(device->bank, UINT32_MAX & ~7U, 8, &value), REG_UNKNOWN);
	assert_int_equal(reg_write(device->bank, WINDOW, 8, 1), REG_UNKNOWN);
}

static void halves_of_a_wide_register_are_written_alone(void **state)
{
	struct device *device = *state;

	write_ok(device, 0x44, 4, 0xaaaaaaaa);
	assert_int_equal(read_ok(device, 0x40, 8), 0xaaaaaaaa22222222);
	assert_int_equal(device->old, 0x1111111122222222);
	assert_int_equal(device->value, 0xaaaaaaaa22222222);
	write_ok(device, 0x40, 4, 0xbbbbbbbb);
	assert_int_equal(read_ok(device, 0x40, 8), 0xaaaaaaaabbbbb222);
	assert_int_equal(device->value, 0xaaaaaaaabbbbbbbb);
	assert_int_equal(read_ok(device, 0x40, 4), 0xbbbbb222);
	assert_int_equal(read_ok(device, 0x44, 4), 0xaaaaaaaa);
	assert_int_equal(device->calls, 2);
}

static void a_wide_register_is_written_whole_in_one_access(void **state)
{
	struct device *device = *state;

	write_ok(device, 0x40, 8, 0x123456789abcdef0);
	assert_int_equal(device->calls, 1);
	assert_int_equal(read_ok(device, 0x40, 8), 0x123456789abcd222);
}

static void a_half_clears_only_its_own_w1c_and_rc_bits(void **state)
{
	struct device *device = *state;

	reg_set(device->bank, WIDE_W1C, 0, 0x110000ff220000ff);
	write_ok(device, 0x64, 4, 0x0f);
	assert_int_equal(reg_get(device->bank, WIDE_W1C, 0), 0x110000f0220000ff);
	/* The hook must not take the other half's set bits for written ones. */
	assert_int_equal(device->value, 0x0000000f22000000);
	assert_int_equal(read_ok(device, 0x60, 4), 0x220000ff);
	assert_int_equal(reg_get(device->bank, WIDE_W1C, 0), 0x110000f0000000ff);
}

static void a_wide_access_of_two_registers_is_two_accesses_low_first(void **state)
{
	struct device *device = *state;

	write_ok(device, 0x20, 8, 0x0000000700000005);
	assert_int_equal(device->calls, 2);
	assert_int_equal(device->index, 1);
	assert_int_equal(read_ok(device, 0x20, 8), 0x0000000700000005);
	assert_int_equal(reg_get(device->bank, EITR_LOW, 0), 5);
	assert_int_equal(reg_get(device->bank, EITR_LOW, 1), 7);
}

static void a_wide_access_half_of_which_is_unknown_does_the_other_half(void **state)
{
	struct device *device = *state;
	uint64_t value;

	/* 0x50 is a register, 0x54 none; 0x28 is one, 0x2c none. */
	assert_int_equal(reg_write(device->bank, 0x28, 8, 0x0000000900000006), REG_UNKNOWN);
	assert_int_equal(reg_get(device->bank, EITR_LOW, 2), 6);
	assert_int_equal(reg_read(device->bank, 0x28, 8, &value), REG_UNKNOWN);
	assert_int_equal(value, 6);
}

static void misaligned_and_odd_sized_accesses_are_refused(void **state)
{
	static const struct {
		uint32_t offset;
		unsigned bytes;
	} access[] = {
		{ 0x00, 1 }, { 0x00, 2 }, { 0x00, 3 }, { 0x00, 16 }, { 0x00, 0 },
		{ 0x02, 4 }, { 0x04, 8 }, { 0x44, 8 }, { 0x41, 4 },
	};
	struct device *device = *state;
	size_t i;

	for (i = 0; i < sizeof(access) / sizeof(access[0]); i++) {
		uint64_t value = 1;

		assert_int_equal(reg_read(device->bank, access[i].offset, access[i].bytes,
					  &value), REG_MISALIGNED);
		assert_int_equal(value, 0);
		assert_int_equal(reg_write(device->bank, access[i].offset, access[i].bytes,
					   UINT64_MAX), REG_MISALIGNED);
	}
	assert_int_equal(reg_get(device->bank, CTRL, 0), 0x80000001);
	assert_int_equal(device->calls, 0);
}

static void reset_restores_all_and_calls_no_hook(void **state)
{
	struct device *device = *state;

	write_ok(device, 0x00, 4, 0x55);
	write_ok(device, 0x40, 8, UINT64_MAX);
	write_ok(device, 0x1c0, 4, 0x77);
	device->calls = 0;
	reg_bank_reset(device->bank);
	assert_int_equal(device->calls, 0);
	assert_int_equal(read_ok(device, 0x00, 4), 0x80000001);
	assert_int_equal(read_ok(device, 0x40, 8), 0x1111111122222222);
	assert_int_equal(read_ok(device, 0x1c0, 4), 0);
}

static void the_model_reads_and_sets_without_masks_and_hooks(void **state)
{
	struct device *device = *state;

	reg_set(device->bank, STATUS, 0, 0xffffffff);
	reg_set(device->bank, EITR_HIGH, 5, 0x12345678);
	assert_int_equal(reg_get(device->bank, STATUS, 0), 0xffffffff);
	assert_int_equal(read_ok(device, 0x180, 4), 0x12345678);
	assert_int_equal(device->calls, 0);
}

static void the_model_cannot_leave_a_row(void **state)
{
	struct device *device = *state;

	EXPECT_ASSERT(reg_get(device->bank, EITR_HIGH, 2));
	EXPECT_ASSERT(reg_get(device->bank, EITR_HIGH, 7));
	EXPECT_ASSERT(reg_get(device->bank, ROWS, 0));
	EXPECT_ASSERT(reg_set(device->bank, CTRL, 1, 0));
	EXPECT_ASSERT(reg_set(device->bank, CTRL, 0, 1ULL << 32));
}

static void the_bank_gives_its_table_back(void **state)
{
	struct device *device = *state;
	size_t rows;

	assert_ptr_equal(reg_table(device->bank, &rows), table);
	assert_int_equal(rows, ROWS);
}

static void two_banks_of_one_table_are_apart(void **state)
{
	struct device *device = *state;
	struct reg_bank *other = reg_bank_create(table, ROWS, WINDOW, device);

	assert_non_null(other);
	write_ok(device, 0x00, 4, 0x55);
	assert_int_equal(reg_get(other, CTRL, 0), 0x80000001);
	reg_bank_destroy(other);
}

static void an_empty_table_knows_no_register(void **state)
{
	struct reg_bank *bank = reg_bank_create(table, 0, 16, NULL);
	uint64_t value;

	assert_non_null(bank);
	assert_int_equal(reg_read(bank, 0, 8, &value), REG_UNKNOWN);
	reg_bank_destroy(bank);
	reg_bank_destroy(NULL);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(registers_begin_with_their_reset_values),
		CASE(a_write_changes_writable_bits_only),
		CASE(ones_clear_w1c_bits_and_zeros_do_not),
		CASE(reading_clears_rc_bits_after_it_saw_them),
		CASE(reserved_bits_stay_under_any_write),
		CASE(a_write_hook_sees_the_old_and_the_written_value),
		CASE(a_hook_sees_commands_that_no_bit_stores),
		CASE(a_read_hook_supplies_the_value),
		CASE(a_family_of_two_rows_counts_through),
		CASE(names_carry_the_familys_number),
		CASE(an_offset_finds_its_row_and_instance),
		CASE(between_strided_instances_there_is_nothing),
		CASE(outside_the_window_there_is_nothing),
		CASE(halves_of_a_wide_register_are_written_alone),
		CASE(a_wide_register_is_written_whole_in_one_access),
		CASE(a_half_clears_only_its_own_w1c_and_rc_bits),
		CASE(a_wide_access_of_two_registers_is_two_accesses_low_first),
		CASE(a_wide_access_half_of_which_is_unknown_does_the_other_half),
		CASE(misaligned_and_odd_sized_accesses_are_refused),
		CASE(reset_restores_all_and_calls_no_hook),
		CASE(the_model_reads_and_sets_without_masks_and_hooks),
		CASE(the_model_cannot_leave_a_row),
		CASE(the_bank_gives_its_table_back),
		CASE(two_banks_of_one_table_are_apart),
		CASE(an_empty_table_knows_no_register),
	};

	return cmocka_run_group_tests_name("reg", tests, NULL, NULL);
}
