/* SPDX-License-Identifier: MIT */
#include "model/reg/reg_walk.h"

#include <stdio.h>

#define NAME_BYTES 64

/* One instance under test, and what it must hold by the table's rules alone. */
struct subject {
	const struct reg_walk *walk;
	const struct reg *row;
	uint32_t offset;
	unsigned index;
	unsigned skip;
	uint64_t stored;
	size_t failures;
};

static void expect(struct subject *subject, const char *check, uint64_t expected, uint64_t found)
{
	char name[NAME_BYTES];

	if (expected == found)
		return;
	subject->failures++;
	if (subject->row->count == 1 && subject->row->first == 0)
		snprintf(name, sizeof(name), "%s", subject->row->name);
	else
		snprintf(name, sizeof(name), "%s[%u]", subject->row->name, subject->index);
	subject->walk->fail(subject->walk->ctx, name, check, expected, found);
}

static void check_value(struct subject *subject, const char *check)
{
	uint64_t found = subject->walk->read(subject->walk->ctx, subject->offset,
					     subject->row->bytes);

	if (!(subject->skip & REG_WALK_SKIP_READ))
		expect(subject, check, subject->stored, found);
	subject->stored &= ~subject->row->rc;
}

/* The rule of reg.h, written a second time on purpose: bit by bit, from the documented meaning. */
static uint64_t after_write(const struct reg *row, uint64_t old, uint64_t value)
{
	uint64_t result = 0;
	unsigned bit;

	for (bit = 0; bit < row->bytes * 8U; bit++) {
		uint64_t mask = 1ULL << bit;

		if (row->rw & mask)
			result |= value & mask;
		else if ((row->w1c & mask) && (value & mask))
			continue;
		else
			result |= old & mask;
	}
	return result;
}

static uint64_t width_mask(const struct reg *row)
{
	return row->bytes == 8 ? UINT64_MAX : UINT32_MAX;
}

static void write_and_check(struct subject *subject, const char *check, uint64_t value)
{
	value &= width_mask(subject->row);
	subject->walk->write(subject->walk->ctx, subject->offset, subject->row->bytes, value);
	subject->stored = after_write(subject->row, subject->stored, value);
	check_value(subject, check);
}

/* The high half is written alone: the low one must stay. */
static void check_halves(struct subject *subject)
{
	const struct reg_walk *walk = subject->walk;
	uint64_t low, high;

	walk->write(walk->ctx, subject->offset + 4, 4, 0x5a5a5a5aU);
	subject->stored = after_write(subject->row, subject->stored,
				      0x5a5a5a5aULL << 32 |
				      (subject->stored & UINT32_MAX & ~subject->row->w1c));
	if (subject->skip & REG_WALK_SKIP_READ)
		return;
	low = walk->read(walk->ctx, subject->offset, 4);
	expect(subject, "low half", subject->stored & UINT32_MAX, low);
	high = walk->read(walk->ctx, subject->offset + 4, 4);
	expect(subject, "high half", subject->stored >> 32, high);
	subject->stored &= ~subject->row->rc;
}

static void check_instance(struct subject *subject)
{
	if (!(subject->skip & REG_WALK_SKIP_RESET))
		check_value(subject, "reset");
	/* Without a known value to begin with, reserved bits cannot be told from wrong ones. */
	if (subject->skip & (REG_WALK_SKIP_WRITE | REG_WALK_SKIP_RESET))
		return;
	check_value(subject, "second read");
	write_and_check(subject, "write zeros", 0);
	write_and_check(subject, "write ones", UINT64_MAX);
	write_and_check(subject, "write alternating bits", 0xaaaaaaaaaaaaaaaaULL);
	write_and_check(subject, "write other alternating bits", 0x5555555555555555ULL);
	if (subject->row->bytes == 8)
		check_halves(subject);
}

/* Different for every offset, and with about half the bits set. */
static uint64_t pattern(uint32_t offset)
{
	return (offset + 1) * 0x9e3779b97f4a7c15ULL;
}

static void write_pattern(struct subject *subject)
{
	const struct reg_walk *walk = subject->walk;

	if (!(subject->skip & (REG_WALK_SKIP_WRITE | REG_WALK_SKIP_RESET)))
		walk->write(walk->ctx, subject->offset, subject->row->bytes,
			    pattern(subject->offset) & width_mask(subject->row));
}

/* After all instances got their own pattern: one that shows another's is an alias of it. */
static void check_pattern(struct subject *subject)
{
	if (subject->skip & (REG_WALK_SKIP_WRITE | REG_WALK_SKIP_RESET))
		return;
	subject->stored = after_write(subject->row, subject->row->reset, pattern(subject->offset));
	check_value(subject, "own pattern among all");
}

static unsigned skip_flags(const struct reg_walk *walk, const struct reg *row)
{
	if (walk->skip)
		return walk->skip(walk->ctx, row);
	return (row->on_read ? REG_WALK_SKIP_READ : 0) | (row->on_write ? REG_WALK_SKIP_WRITE : 0);
}

static size_t for_each_instance(const struct reg_walk *walk, void (*fn)(struct subject *subject))
{
	size_t failures = 0, row;
	uint32_t i;

	for (row = 0; row < walk->rows; row++) {
		const struct reg *reg = &walk->table[row];

		for (i = 0; i < reg->count; i++) {
			struct subject subject = {
				.walk = walk,
				.row = reg,
				.offset = reg->offset + i * reg->stride,
				.index = reg->first + i,
				.skip = skip_flags(walk, reg),
				.stored = reg->reset,
			};

			fn(&subject);
			failures += subject.failures;
		}
	}
	return failures;
}

size_t reg_walk(const struct reg_walk *walk)
{
	size_t failures;

	walk->reset(walk->ctx);
	failures = for_each_instance(walk, check_instance);
	walk->reset(walk->ctx);
	for_each_instance(walk, write_pattern);
	return failures + for_each_instance(walk, check_pattern);
}

/* reg_walk_bank: the bank's accesses stand in for a device's. */
struct bank_walk {
	struct reg_bank *bank;
	unsigned (*skip)(void *ctx, const struct reg *row);
	void (*fail)(void *ctx, const char *name, const char *check, uint64_t expected,
		     uint64_t found);
	void *ctx;
};

static uint64_t bank_read(void *ctx, uint32_t offset, unsigned bytes)
{
	const struct bank_walk *bank_walk = ctx;
	uint64_t value;

	reg_read(bank_walk->bank, offset, bytes, &value);
	return value;
}

static void bank_write(void *ctx, uint32_t offset, unsigned bytes, uint64_t value)
{
	const struct bank_walk *bank_walk = ctx;

	reg_write(bank_walk->bank, offset, bytes, value);
}

static void bank_reset(void *ctx)
{
	const struct bank_walk *bank_walk = ctx;

	reg_bank_reset(bank_walk->bank);
}

static unsigned bank_skip(void *ctx, const struct reg *row)
{
	const struct bank_walk *bank_walk = ctx;

	return bank_walk->skip(bank_walk->ctx, row);
}

static void bank_fail(void *ctx, const char *name, const char *check, uint64_t expected,
		      uint64_t found)
{
	const struct bank_walk *bank_walk = ctx;

	bank_walk->fail(bank_walk->ctx, name, check, expected, found);
}

size_t reg_walk_bank(struct reg_bank *bank, unsigned (*skip)(void *ctx, const struct reg *row),
		     void (*fail)(void *ctx, const char *name, const char *check,
				  uint64_t expected, uint64_t found),
		     void *ctx)
{
	struct bank_walk bank_walk = { .bank = bank, .skip = skip, .fail = fail, .ctx = ctx };
	struct reg_walk walk = {
		.read = bank_read,
		.write = bank_write,
		.reset = bank_reset,
		.skip = skip ? bank_skip : NULL,
		.fail = bank_fail,
		.ctx = &bank_walk,
	};

	walk.table = reg_table(bank, &walk.rows);
	return reg_walk(&walk);
}
