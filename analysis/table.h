/* SPDX-License-Identifier: MIT */
/* A text table: cells are added row by row, columns are as wide as their widest cell. */
#ifndef DOORBELL_ANALYSIS_TABLE_H
#define DOORBELL_ANALYSIS_TABLE_H

#include <stddef.h>
#include <stdio.h>

#define TABLE_CELL_BYTES 64

struct table;

struct table *table_create(void);
void table_destroy(struct table *table);
/* Columns first, then cells, left to right, row by row. Longer texts are cut with "..". */
void table_column(struct table *table, const char *head);
void table_cell(struct table *table, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Columns of numbers are flushed right, others left. */
void table_print(const struct table *table, FILE *out);

#endif
