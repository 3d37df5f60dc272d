/* SPDX-License-Identifier: MIT */
/* The walker must pass a right device and find each way a device can be wrong. The devices here do
 * not use the register engine, so that a slip of the engine cannot hide one of the walker. */
#include "model/reg/reg_walk.h"

#include <string.h>

#include "tests/unit/core/expect_assert.h"

enum { CTRL, STATUS, CAUSE, EITR, ASQ, COUNTER, ROWS };

static void ignored_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
}

static uint64_t ignored_read(void *ctx, unsigned index)
{
	return 0xbad;
}

static const struct reg table[ROWS] = {
	[CTRL] = { .name = "CTRL", .offset = 0, .count = 1, .bytes = 4, .reset = 0x80000001,
		   .rw = 0x0000ffff },
	[STATUS] = { .name = "STATUS", .offset = 4, .count = 1, .bytes = 4, .reset = 0x1234 },
	[CAUSE] = { .name = "CAUSE", .offset = 8, .count = 1, .bytes = 4, .reset = 0x3434,
		    .w1c = 0x00ff, .rc = 0xff00 },
	[EITR] = { .name = "EITR", .offset = 16, .first = 8, .count = 4, .stride = 4, .bytes = 4,
		   .rw = 0x0ff8 },
	[ASQ] = { .name = "ASQ", .offset = 32, .count = 1, .bytes = 8, .reset = 5,
		  .rw = 0xfffffffffffff000 },
	[COUNTER] = { .name = "COUNTER", .offset = 40, .count = 1, .bytes = 4, .rw = 0xff,
		      .on_write = ignored_write, .on_read = ignored_read },
};

/* What is wrong with the device. */
enum slip {
	NONE,
	RESET_VALUE,      /* CTRL starts with another value */
	RESERVED_WRITABLE,
	RW_MISSING,       /* bit 15 of CTRL cannot be set */
	RW_STUCK,         /* bit 0 of CTRL cannot be cleared */
	W1C_IS_W0C,
	RC_IGNORED,
	ALIAS,            /* EITR[11] is EITR[8] */
	HIGH_HALF_LOST,   /* 4-byte writes to the upper half of ASQ do nothing */
	HALF_CLEARS_LOW,
	SLIPS
};

struct device {
	enum slip slip;
	uint64_t eitr_mask;
	uint64_t word[12];     /* by offset / 4; a wide register in its lower word */
	size_t failures;
	char name[32], check[64];
	uint64_t expected, found;
	unsigned flags;
};

static void device_reset(void *ctx)
{
	struct device *device = ctx;

	memset(device->word, 0, sizeof(device->word));
	device->word[0] = device->slip == RESET_VALUE ? 0x80000000 : 0x80000001;
	device->word[1] = 0x1234;
	device->word[2] = 0x3434;
	device->word[8] = 5;
}

static unsigned word_of(const struct device *device, uint32_t offset)
{
	if (device->slip == ALIAS && offset == 28)
		return 4;
	return offset == 36 ? 8 : offset / 4;
}

static uint64_t device_read(void *ctx, uint32_t offset, unsigned bytes)
{
	struct device *device = ctx;
	uint64_t value = device->word[word_of(device, offset)];

	if (offset == 36)
		value >>= 32;
	if (offset == 8 && device->slip != RC_IGNORED)
		device->word[2] &= ~0xff00ULL;
	return bytes == 4 ? value & UINT32_MAX : value;
}

static uint64_t ctrl_after(const struct device *device, uint64_t value)
{
	uint64_t rw = device->slip == RESERVED_WRITABLE ? 0x0001ffff
		      : device->slip == RW_MISSING ? 0x7fff : 0xffff;

	value = (device->word[0] & ~rw) | (value & rw);
	return device->slip == RW_STUCK ? value | 1 : value;
}

static void asq_write(struct device *device, uint32_t offset, unsigned bytes, uint64_t value)
{
	uint64_t *asq = &device->word[8];

	if (bytes == 8)
		*asq = 5 | (value & ~0xfffULL);
	else if (offset == 32)
		*asq = (*asq & ~0xfffff000ULL) | (value & 0xfffff000);
	else if (device->slip == HALF_CLEARS_LOW)
		*asq = 5 | value << 32;
	else if (device->slip != HIGH_HALF_LOST)
		*asq = (*asq & UINT32_MAX) | value << 32;
}

static void device_write(void *ctx, uint32_t offset, unsigned bytes, uint64_t value)
{
	struct device *device = ctx;

	if (offset == 0)
		device->word[0] = ctrl_after(device, value);
	else if (offset == 8)
		device->word[2] &= device->slip == W1C_IS_W0C ? value | ~0xffULL
							      : ~(value & 0xff);
	else if (offset >= 16 && offset < 32)
		device->word[word_of(device, offset)] = value & device->eitr_mask;
	else if (offset == 32 || offset == 36)
		asq_write(device, offset, bytes, value);
	else if (offset == 40)
		device->failures += 1000;    /* its hook has effects: must never be written */
}

static void note_failure(void *ctx, const char *name, const char *check, uint64_t expected,
			 uint64_t found)
{
	struct device *device = ctx;

	if (device->failures++)
		return;
	strncpy(device->name, name, sizeof(device->name) - 1);
	strncpy(device->check, check, sizeof(device->check) - 1);
	device->expected = expected;
	device->found = found;
}

static size_t walk_device(struct device *device, enum slip slip)
{
	struct reg_walk walk = {
		.table = table, .rows = ROWS, .read = device_read, .write = device_write,
		.reset = device_reset, .fail = note_failure, .ctx = device,
	};
	size_t failures;

	*device = (struct device){ .slip = slip, .eitr_mask = 0x0ff8 };
	failures = reg_walk(&walk);
	assert_int_equal(failures, device->failures);
	return failures;
}

static void a_right_device_passes(void **state)
{
	struct device device;

	assert_int_equal(walk_device(&device, NONE), 0);
}

static void every_slip_is_found_where_it_is(void **state)
{
	static const struct {
		const char *name, *check;
		uint64_t expected, found;
	} first[SLIPS] = {
		[RESET_VALUE] = { "CTRL", "reset", 0x80000001, 0x80000000 },
		[RESERVED_WRITABLE] = { "CTRL", "write ones", 0x8000ffff, 0x8001ffff },
		[RW_MISSING] = { "CTRL", "write ones", 0x8000ffff, 0x80007fff },
		[RW_STUCK] = { "CTRL", "write zeros", 0x80000000, 0x80000001 },
		[W1C_IS_W0C] = { "CAUSE", "write zeros", 0x34, 0 },
		[RC_IGNORED] = { "CAUSE", "second read", 0x34, 0x3434 },
		[ALIAS] = { "EITR[11]", "reset", 0, 0 },
		[HIGH_HALF_LOST] = { "ASQ", "high half", 0x5a5a5a5a, 0x55555555 },
		[HALF_CLEARS_LOW] = { "ASQ", "low half", 0x55555005, 5 },
	};
	struct device device;
	enum slip slip;

	for (slip = NONE + 1; slip < SLIPS; slip++) {
		assert_true(walk_device(&device, slip) > 0);
		assert_string_equal(device.name, first[slip].name);
		assert_string_equal(device.check, first[slip].check);
		assert_int_equal(device.expected, first[slip].expected);
		/* What the alias shows is what EITR[8] was left with. */
		if (slip != ALIAS)
			assert_int_equal(device.found, first[slip].found);
	}
}

/* These registers' own checks leave them as reset left them, since no bit of the last written
 * pattern is theirs: only with all in use at once does the alias show. */
static void an_alias_is_found_when_all_have_their_own_value(void **state)
{
	static const struct reg two[] = {
		{ .name = "X", .offset = 16, .count = 1, .bytes = 4, .rw = 0x0aa8 },
		{ .name = "Y", .offset = 28, .count = 1, .bytes = 4, .rw = 0x0aa8 },
	};
	struct device device = { .slip = ALIAS, .eitr_mask = 0x0aa8 };
	struct reg_walk walk = {
		.table = two, .rows = 2, .read = device_read, .write = device_write,
		.reset = device_reset, .fail = note_failure, .ctx = &device,
	};

	assert_int_equal(reg_walk(&walk), 1);
	assert_string_equal(device.name, "X");
	assert_string_equal(device.check, "own pattern among all");
	device.failures = 0;
	walk.rows = 1;
	assert_int_equal(reg_walk(&walk), 0);
}

static unsigned skip_by_name(void *ctx, const struct reg *row)
{
	const struct device *device = ctx;

	if (strcmp(row->name, "COUNTER") == 0)
		return REG_WALK_SKIP_READ | REG_WALK_SKIP_WRITE;
	return strcmp(row->name, "CTRL") == 0 ? device->flags : 0;
}

static size_t walk_with_flags(enum slip slip, unsigned flags)
{
	struct device device = { .slip = slip, .eitr_mask = 0x0ff8, .flags = flags };
	struct reg_walk walk = {
		.table = table, .rows = ROWS, .read = device_read, .write = device_write,
		.reset = device_reset, .skip = skip_by_name, .fail = note_failure, .ctx = &device,
	};

	return reg_walk(&walk);
}

static void a_flagged_row_is_spared_what_the_flag_says(void **state)
{
	assert_int_equal(walk_with_flags(RESERVED_WRITABLE, REG_WALK_SKIP_WRITE), 0);
	assert_int_equal(walk_with_flags(RESET_VALUE, REG_WALK_SKIP_RESET), 0);
	assert_int_equal(walk_with_flags(RW_MISSING, REG_WALK_SKIP_READ), 0);
	assert_true(walk_with_flags(RESET_VALUE, REG_WALK_SKIP_WRITE) == 1);
	assert_true(walk_with_flags(RESERVED_WRITABLE, 0) > 0);
}

static void a_bank_of_the_register_engine_passes(void **state)
{
	struct device device = { .slip = NONE };
	struct reg_bank *bank = reg_bank_create(table, ROWS, 64, NULL);

	assert_non_null(bank);
	assert_int_equal(reg_walk_bank(bank, NULL, note_failure, &device), 0);
	assert_int_equal(reg_walk_bank(bank, skip_by_name, note_failure, &device), 0);
	assert_int_equal(device.failures, 0);
	reg_bank_destroy(bank);
}

/* Reading gives 0xbad where the row says 0: with no row skipped the walker must complain. */
static unsigned skip_nothing(void *ctx, const struct reg *row)
{
	return 0;
}

static void a_bank_whose_hook_breaks_the_table_fails(void **state)
{
	struct device device = { .slip = NONE };
	struct reg_bank *bank = reg_bank_create(table, ROWS, 64, NULL);

	assert_non_null(bank);
	assert_true(reg_walk_bank(bank, skip_nothing, note_failure, &device) > 0);
	assert_string_equal(device.name, "COUNTER");
	assert_string_equal(device.check, "reset");
	assert_int_equal(device.found, 0xbad);
	reg_bank_destroy(bank);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_right_device_passes),
		cmocka_unit_test(every_slip_is_found_where_it_is),
		cmocka_unit_test(an_alias_is_found_when_all_have_their_own_value),
		cmocka_unit_test(a_flagged_row_is_spared_what_the_flag_says),
		cmocka_unit_test(a_bank_of_the_register_engine_passes),
		cmocka_unit_test(a_bank_whose_hook_breaks_the_table_fails),
	};

	return cmocka_run_group_tests_name("reg_walk", tests, NULL, NULL);
}
