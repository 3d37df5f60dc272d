/* SPDX-License-Identifier: MIT */
/* Tables that a bank refuses. Each starts from one that it takes, so that only the slip is refused;
 * what the refused bank had allocated is lost, as an ASSERT ends the process everywhere else. */
#include "model/reg/reg.h"

#include "tests/unit/core/expect_assert.h"

/* LeakSanitizer's question to the program: the loss is meant. */
const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
	return "detect_leaks=0";
}

static const struct reg good[2] = {
	{ .name = "A", .offset = 0, .count = 2, .stride = 8, .bytes = 8, .rw = UINT64_MAX },
	{ .name = "B", .offset = 16, .count = 4, .stride = 4, .bytes = 4, .rw = 0xff },
};

#define WINDOW 32

static struct reg table[2];

static int setup(void **state)
{
	table[0] = good[0];
	table[1] = good[1];
	return 0;
}

static void expect_refused(const char *reason)
{
	struct reg_bank *bank;

	EXPECT_ASSERT(bank = reg_bank_create(table, 2, WINDOW, NULL); reg_bank_destroy(bank));
	if (expect_assert_what)
		assert_string_equal(expect_assert_what, reason);
}

static void the_table_without_a_slip_is_taken(void **state)
{
	struct reg_bank *bank = reg_bank_create(table, 2, WINDOW, NULL);

	assert_non_null(bank);
	reg_bank_destroy(bank);
}

#define OVERLAP "bank->map[word] == 0"

static void rows_that_overlap_are_refused(void **state)
{
	table[1].offset = 12;
	expect_refused(OVERLAP);
	table[1].offset = 0;
	expect_refused(OVERLAP);
}

static void instances_that_overlap_are_refused(void **state)
{
	table[1].stride = 0;
	expect_refused(OVERLAP);
}

static void a_row_that_leaves_the_window_is_refused(void **state)
{
	table[1].count = 5;
	expect_refused("offset + row->bytes <= bank->window");
	table[1] = good[1];
	table[1].offset = UINT32_MAX & ~3U;
	expect_refused("offset + row->bytes <= bank->window");
}

static void a_misaligned_row_is_refused(void **state)
{
	const char *reason = "row->offset % row->bytes == 0 && row->stride % row->bytes == 0";

	table[0].offset = 4;
	expect_refused(reason);
	table[0] = good[0];
	table[0].stride = 12;
	expect_refused(reason);
}

static void a_width_other_than_4_and_8_is_refused(void **state)
{
	table[1].bytes = 2;
	expect_refused("row->bytes == 4 || row->bytes == 8");
	table[1].bytes = 0;
	expect_refused("row->bytes == 4 || row->bytes == 8");
}

static void a_row_without_name_or_instances_is_refused(void **state)
{
	table[0].count = 0;
	expect_refused("row->name && row->count > 0");
	table[0] = good[0];
	table[0].name = NULL;
	expect_refused("row->name && row->count > 0");
}

static void masks_wider_than_the_register_are_refused(void **state)
{
	const char *reason =
		"((row->reset | row->rw | row->w1c | row->rc) & ~width_mask(row)) == 0";

	table[1].rw = 1ULL << 32;
	expect_refused(reason);
	table[1] = good[1];
	table[1].reset = 1ULL << 32;
	expect_refused(reason);
	table[1] = good[1];
	table[1].w1c = 1ULL << 63;
	expect_refused(reason);
	table[1] = good[1];
	table[1].rc = 1ULL << 40;
	expect_refused(reason);
}

static void a_bit_both_writable_and_w1c_is_refused(void **state)
{
	table[1].w1c = 0x80;
	expect_refused("(row->rw & row->w1c) == 0");
}

#define CASE(fn) cmocka_unit_test_setup(fn, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_table_without_a_slip_is_taken),
		CASE(rows_that_overlap_are_refused),
		CASE(instances_that_overlap_are_refused),
		CASE(a_row_that_leaves_the_window_is_refused),
		CASE(a_misaligned_row_is_refused),
		CASE(a_width_other_than_4_and_8_is_refused),
		CASE(a_row_without_name_or_instances_is_refused),
		CASE(masks_wider_than_the_register_are_refused),
		CASE(a_bit_both_writable_and_w1c_is_refused),
	};

	return cmocka_run_group_tests_name("reg_table", tests, NULL, NULL);
}
