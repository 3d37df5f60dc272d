/* SPDX-License-Identifier: MIT */
#include "analysis/profile_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/memory.h"
#include "analysis/table.h"

struct function {
	const char *name;
	uint64_t self_ns, total_ns;
	unsigned open;               /* times it stands in the chain that is walked */
};

struct functions {
	struct function *all;        /* sorted by name */
	size_t count;
};

static struct function *function_named(struct functions *functions, const char *name)
{
	size_t low = 0, high = functions->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(functions->all[mid].name, name);

		if (!order)
			return &functions->all[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	functions->all = mem_grow(functions->all, functions->count, sizeof(*functions->all));
	memmove(&functions->all[low + 1], &functions->all[low],
		(functions->count - low) * sizeof(*functions->all));
	functions->count++;
	functions->all[low] = (struct function){ .name = name };
	return &functions->all[low];
}

/* Entries move while the table grows: they are found again by name. */
static void walk(struct functions *functions, const struct folded_node *node)
{
	for (size_t i = 0; i < node->count; i++) {
		const struct folded_node *child = node->children[i];
		struct function *function = function_named(functions, child->name);

		function->self_ns += child->self_ns;
		if (!function->open++)
			function->total_ns += child->total_ns;
		walk(functions, child);
		function_named(functions, child->name)->open--;
	}
}

static int by_self(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	if (x->self_ns != y->self_ns)
		return x->self_ns > y->self_ns ? -1 : 1;
	if (x->total_ns != y->total_ns)
		return x->total_ns > y->total_ns ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void add_time(struct table *table, uint64_t ns, uint64_t all_ns)
{
	uint64_t permille = all_ns ? (ns * 1000 + all_ns / 2) / all_ns : 0;

	table_cell(table, "%" PRIu64 ".%03" PRIu64, ns / 1000, ns % 1000);
	table_cell(table, "%" PRIu64 ".%" PRIu64, permille / 10, permille % 10);
}

void profile_table_print(const struct folded_node *root, size_t most, FILE *out)
{
	struct table *table = table_create();
	struct functions functions = { 0 };

	walk(&functions, root);
	qsort(functions.all, functions.count, sizeof(*functions.all), by_self);
	table_column(table, "function");
	table_column(table, "self us");
	table_column(table, "self %");
	table_column(table, "total us");
	table_column(table, "total %");
	for (size_t i = 0; i < functions.count && i < most; i++) {
		table_cell(table, "%s", functions.all[i].name);
		add_time(table, functions.all[i].self_ns, root->total_ns);
		add_time(table, functions.all[i].total_ns, root->total_ns);
	}
	table_print(table, out);
	table_destroy(table);
	free(functions.all);
}
