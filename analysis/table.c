/* SPDX-License-Identifier: MIT */
#include "analysis/table.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "analysis/memory.h"

struct table_text {
	char text[TABLE_CELL_BYTES];
};

struct table {
	struct table_text *cells;       /* the heads are the first row */
	size_t count, columns;
};

struct table *table_create(void)
{
	return mem_zalloc(sizeof(struct table));
}

void table_destroy(struct table *table)
{
	free(table->cells);
	free(table);
}

static void add(struct table *table, const char *fmt, va_list args)
{
	struct table_text *cell;

	table->cells = mem_grow(table->cells, table->count, sizeof(*table->cells));
	cell = &table->cells[table->count++];
	if (vsnprintf(cell->text, sizeof(cell->text), fmt, args) >= (int)sizeof(cell->text))
		memcpy(cell->text + sizeof(cell->text) - 3, "..", 3);
}

void table_cell(struct table *table, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(table, fmt, args);
	va_end(args);
}

void table_column(struct table *table, const char *head)
{
	table_cell(table, "%s", head);
	table->columns++;
}

static size_t width_of(const struct table *table, size_t column)
{
	size_t width = 0;

	for (size_t i = column; i < table->count; i += table->columns)
		if (strlen(table->cells[i].text) > width)
			width = strlen(table->cells[i].text);
	return width;
}

/* A column of numbers, possibly with units, gaps ("-") and the word "off". */
static bool is_numeric(const struct table *table, size_t column)
{
	size_t words = 0, numbers = 0;

	for (size_t i = column + table->columns; i < table->count; i += table->columns) {
		const char *text = table->cells[i].text;

		if (isdigit((unsigned char)text[0]))
			numbers++;
		else if (strcmp(text, "-") && strcmp(text, "off"))
			words++;
	}
	return numbers && !words;
}

void table_print(const struct table *table, FILE *out)
{
	for (size_t row = 0; row < table->count; row += table->columns) {
		for (size_t c = 0; c < table->columns; c++) {
			const char *text = table->cells[row + c].text;
			int width = (int)width_of(table, c);

			if (c + 1 == table->columns && !is_numeric(table, c))
				fprintf(out, "  %s", text);
			else
				fprintf(out, is_numeric(table, c) ? "  %*s" : "  %-*s", width,
					text);
		}
		putc('\n', out);
	}
}
