/* SPDX-License-Identifier: MIT */
/* A map with one entry for every 4 bytes of the window leads to an instance in one step:
 * dispatch is the same few loads for the first and the thousandth row. */
#include "model/reg/reg.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/core/assert.h"

/* One register instance. */
struct cell {
	uint64_t value;
	uint32_t row;
	uint32_t index;     /* within the row; the hooks' number is row->first more */
};

struct reg_bank {
	const struct reg *table;
	size_t rows;
	uint32_t window;
	void *ctx;
	struct cell *cells;
	size_t cell_count;
	uint32_t *row_cell;  /* first cell of each row */
	uint32_t *map;       /* cell + 1 of each 4 bytes; 0 = none */
};

static uint64_t width_mask(const struct reg *row)
{
	return row->bytes == 8 ? UINT64_MAX : UINT32_MAX;
}

static uint32_t cell_offset(const struct reg_bank *bank, const struct cell *cell)
{
	const struct reg *row = &bank->table[cell->row];

	return row->offset + row->stride * cell->index;
}

static void check_row(const struct reg *row)
{
	ASSERT(row->name && row->count > 0);
	ASSERT(row->bytes == 4 || row->bytes == 8);
	ASSERT(row->offset % row->bytes == 0 && row->stride % row->bytes == 0);
	ASSERT(((row->reset | row->rw | row->w1c | row->rc) & ~width_mask(row)) == 0);
	/* A bit that is written and cleared by the same 1 has no meaning. */
	ASSERT((row->rw & row->w1c) == 0);
}

/* Instances in the order of the table; the map refuses overlap, which also covers a stride below
 * the register's size. */
static void place_row(struct reg_bank *bank, uint32_t row_number, uint32_t *next_cell)
{
	const struct reg *row = &bank->table[row_number];
	uint32_t i, word;

	bank->row_cell[row_number] = *next_cell;
	for (i = 0; i < row->count; i++) {
		uint64_t offset = row->offset + (uint64_t)row->stride * i;

		ASSERT(offset + row->bytes <= bank->window);
		bank->cells[*next_cell] = (struct cell){ .row = row_number, .index = i };
		++*next_cell;
		for (word = offset / 4; word < (offset + row->bytes) / 4; word++) {
			ASSERT(bank->map[word] == 0);
			bank->map[word] = *next_cell;
		}
	}
}

struct reg_bank *reg_bank_create(const struct reg *table, size_t rows, uint32_t window, void *ctx)
{
	struct reg_bank *bank = calloc(1, sizeof(*bank));
	uint32_t next_cell = 0;
	size_t i;

	if (!bank)
		return NULL;
	*bank = (struct reg_bank){ .table = table, .rows = rows, .window = window, .ctx = ctx };
	for (i = 0; i < rows; i++) {
		check_row(&table[i]);
		bank->cell_count += table[i].count;
	}
	bank->cells = calloc(bank->cell_count + 1, sizeof(*bank->cells));
	bank->row_cell = calloc(rows + 1, sizeof(*bank->row_cell));
	bank->map = calloc(window / 4 + 1, sizeof(*bank->map));
	if (!bank->cells || !bank->row_cell || !bank->map) {
		reg_bank_destroy(bank);
		return NULL;
	}
	for (i = 0; i < rows; i++)
		place_row(bank, i, &next_cell);
	reg_bank_reset(bank);
	return bank;
}

void reg_bank_destroy(struct reg_bank *bank)
{
	if (!bank)
		return;
	free(bank->cells);
	free(bank->row_cell);
	free(bank->map);
	free(bank);
}

void reg_bank_reset(struct reg_bank *bank)
{
	size_t i;

	for (i = 0; i < bank->cell_count; i++)
		bank->cells[i].value = bank->table[bank->cells[i].row].reset;
}

static struct cell *cell_at(const struct reg_bank *bank, uint32_t offset)
{
	uint32_t cell;

	if (offset >= bank->window)
		return NULL;
	cell = bank->map[offset / 4];
	return cell ? &bank->cells[cell - 1] : NULL;
}

/* Reads the bits of `lanes`: all of a register, or one half of an 8-byte one. */
static uint64_t read_cell(struct reg_bank *bank, struct cell *cell, uint64_t lanes)
{
	const struct reg *row = &bank->table[cell->row];
	uint64_t value = cell->value;

	if (row->on_read)
		value = row->on_read(bank->ctx, row->first + cell->index);
	cell->value &= ~(row->rc & lanes);
	return value & lanes;
}

static void write_cell(struct reg_bank *bank, struct cell *cell, uint64_t lanes, uint64_t value)
{
	const struct reg *row = &bank->table[cell->row];
	uint64_t old = cell->value;

	value = (value & lanes) | (old & ~lanes & ~row->w1c);
	cell->value = ((old & ~row->rw) | (value & row->rw)) & ~(value & row->w1c);
	if (row->on_write)
		row->on_write(bank->ctx, row->first + cell->index, old, value);
}

/* Where an access of 4 bytes lies within its register. */
static unsigned half_shift(const struct reg_bank *bank, const struct cell *cell, uint32_t offset)
{
	return offset == cell_offset(bank, cell) ? 0 : 32;
}

static bool whole_register(const struct reg_bank *bank, uint32_t offset)
{
	const struct cell *cell = cell_at(bank, offset);

	return cell && bank->table[cell->row].bytes == 8;
}

static bool aligned(uint32_t offset, unsigned bytes)
{
	return (bytes == 4 || bytes == 8) && offset % bytes == 0;
}

static enum reg_result read4(struct reg_bank *bank, uint32_t offset, uint64_t *value)
{
	struct cell *cell = cell_at(bank, offset);
	unsigned shift;

	*value = 0;
	if (!cell)
		return REG_UNKNOWN;
	shift = half_shift(bank, cell, offset);
	*value = read_cell(bank, cell, (uint64_t)UINT32_MAX << shift) >> shift;
	return REG_OK;
}

static enum reg_result write4(struct reg_bank *bank, uint32_t offset, uint64_t value)
{
	struct cell *cell = cell_at(bank, offset);
	unsigned shift;

	if (!cell)
		return REG_UNKNOWN;
	shift = half_shift(bank, cell, offset);
	write_cell(bank, cell, (uint64_t)UINT32_MAX << shift, (value & UINT32_MAX) << shift);
	return REG_OK;
}

enum reg_result reg_read(struct reg_bank *bank, uint32_t offset, unsigned bytes, uint64_t *value)
{
	enum reg_result low_result, high_result;
	uint64_t low, high;

	*value = 0;
	if (!aligned(offset, bytes))
		return REG_MISALIGNED;
	if (bytes == 4)
		return read4(bank, offset, value);
	if (whole_register(bank, offset)) {
		*value = read_cell(bank, cell_at(bank, offset), UINT64_MAX);
		return REG_OK;
	}
	low_result = read4(bank, offset, &low);
	high_result = read4(bank, offset + 4, &high);
	*value = low | high << 32;
	return low_result == REG_OK ? high_result : low_result;
}

enum reg_result reg_write(struct reg_bank *bank, uint32_t offset, unsigned bytes, uint64_t value)
{
	enum reg_result low_result, high_result;

	if (!aligned(offset, bytes))
		return REG_MISALIGNED;
	if (bytes == 4)
		return write4(bank, offset, value);
	if (whole_register(bank, offset)) {
		write_cell(bank, cell_at(bank, offset), UINT64_MAX, value);
		return REG_OK;
	}
	low_result = write4(bank, offset, value);
	high_result = write4(bank, offset + 4, value >> 32);
	return low_result == REG_OK ? high_result : low_result;
}

/* The family's instance number becomes a cell of this row. */
static struct cell *cell_of(const struct reg_bank *bank, size_t row, unsigned index)
{
	ASSERT(row < bank->rows);
	ASSERT(index >= bank->table[row].first &&
	       index - bank->table[row].first < bank->table[row].count);
	return &bank->cells[bank->row_cell[row] + index - bank->table[row].first];
}

uint64_t reg_get(const struct reg_bank *bank, size_t row, unsigned index)
{
	return cell_of(bank, row, index)->value;
}

void reg_set(struct reg_bank *bank, size_t row, unsigned index, uint64_t value)
{
	struct cell *cell = cell_of(bank, row, index);

	ASSERT((value & ~width_mask(&bank->table[row])) == 0);
	cell->value = value;
}

const struct reg *reg_table(const struct reg_bank *bank, size_t *rows)
{
	*rows = bank->rows;
	return bank->table;
}

bool reg_find(const struct reg_bank *bank, uint32_t offset, size_t *row, unsigned *index)
{
	const struct cell *cell = cell_at(bank, offset);

	if (!cell)
		return false;
	*row = cell->row;
	*index = bank->table[cell->row].first + cell->index;
	return true;
}

void reg_name(const struct reg_bank *bank, uint32_t offset, char *text, size_t bytes)
{
	const struct cell *cell = cell_at(bank, offset);
	const struct reg *row = cell ? &bank->table[cell->row] : NULL;

	if (!cell)
		snprintf(text, bytes, "0x%x", (unsigned)offset);
	else if (row->count == 1 && row->first == 0)
		snprintf(text, bytes, "%s", row->name);
	else
		snprintf(text, bytes, "%s[%u]", row->name, row->first + cell->index);
}
