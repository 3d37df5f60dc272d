/* SPDX-License-Identifier: MIT */
#include "analysis/spans_read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/memory.h"
#include "analysis/table.h"

void spans_read(struct spans_table *table, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[512];

	*table = (struct spans_table){ 0 };
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		struct spans_stage row;

		/* The head has no numbers. */
		if (sscanf(line,
			   "%63[^,],%31[^,],%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64
			   ",%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64,
			   row.device, row.stage, &row.count, &row.mean_ps, &row.min, &row.p50,
			   &row.p90, &row.p99, &row.p999, &row.max) != 10)
			continue;
		table->stages = mem_grow(table->stages, table->count, sizeof(*table->stages));
		table->stages[table->count++] = row;
	}
	fclose(file);
}

void spans_release(struct spans_table *table)
{
	free(table->stages);
}

static void add_us(struct table *table, uint64_t ns)
{
	table_cell(table, "%" PRIu64 ".%03" PRIu64, ns / 1000, ns % 1000);
}

static size_t print_device(const struct spans_table *spans, size_t first, FILE *out)
{
	static const char *const heads[] = { "mean us", "share %", "p50", "p90", "p99", "p999",
					     "max" };
	const char *device = spans->stages[first].device;
	struct table *table = table_create();
	uint64_t mean = 0;
	size_t last = first, i;

	for (; last < spans->count && !strcmp(spans->stages[last].device, device); last++)
		mean = spans->stages[last].mean_ps;
	table_column(table, device);
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		table_column(table, heads[i]);
	for (i = first; i < last; i++) {
		const struct spans_stage *row = &spans->stages[i];
		uint64_t permille = mean ? (row->mean_ps * 1000 + mean / 2) / mean : 0;

		table_cell(table, "%s", row->stage);
		add_us(table, (row->mean_ps + 500) / 1000);
		table_cell(table, "%" PRIu64 ".%" PRIu64, permille / 10, permille % 10);
		add_us(table, row->p50);
		add_us(table, row->p90);
		add_us(table, row->p99);
		add_us(table, row->p999);
		add_us(table, row->max);
	}
	fprintf(out, "%s: stages of %" PRIu64 " requests\n", device, spans->stages[first].count);
	table_print(table, out);
	table_destroy(table);
	return last;
}

void spans_print(const struct spans_table *spans, FILE *out)
{
	for (size_t i = 0; i < spans->count;)
		i = print_device(spans, i, out);
}
