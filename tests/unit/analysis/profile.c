/* SPDX-License-Identifier: MIT */
/* Folded stacks, and the table, flame graph and spans made of a point's files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/flame.h"
#include "analysis/folded.h"
#include "analysis/plot.h"
#include "analysis/profile_table.h"
#include "analysis/spans_read.h"
#include "tests/unit/analysis/sample.h"

static const char chains[] = "cpu0;driver;poll;clean 4000\n"
			     "cpu0;driver;poll;clean;[copy] 1000\n"
			     "cpu0;stack;poll 500\n"
			     "cpu1;stack;walk;walk_one;walk 2500\n"
			     "no number\n"
			     "cpu1 77\n";

struct rig {
	char dir[256], path[512];
};

static int setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	FILE *file;

	sample_folder(rig->dir, sizeof(rig->dir));
	snprintf(rig->path, sizeof(rig->path), "%s/chains.folded", rig->dir);
	file = fopen(rig->path, "w");
	assert_non_null(file);
	fputs(chains, file);
	fclose(file);
	*state = rig;
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	sample_remove(rig->dir);
	free(rig);
	return 0;
}

static void chains_make_a_tree(void **state)
{
	struct rig *rig = *state;
	struct folded_node *root = folded_read(rig->path, NULL);

	assert_non_null(root);
	assert_int_equal(root->total_ns, 8000);
	assert_int_equal(root->count, 2);
	assert_string_equal(root->children[0]->name, "poll");
	assert_int_equal(root->children[0]->total_ns, 5500);
	assert_int_equal(root->children[0]->self_ns, 500);
	assert_string_equal(root->children[1]->name, "walk");
	folded_free(root);
}

static void a_core_or_a_category_can_be_selected(void **state)
{
	static const struct {
		const char *selection;
		uint64_t total;
	} want[] = { { "cpu0", 5500 }, { "cpu1", 2500 }, { "driver", 5000 }, { "stack", 3000 },
		     { "cpu", 0 }, { "idle", 0 } };
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct folded_node *root = folded_read(rig->path, want[i].selection);

		assert_int_equal(root->total_ns, want[i].total);
		folded_free(root);
	}
	assert_null(folded_read("none.folded", NULL));
}

static char *written(int (*write)(const struct folded_node *root, FILE *out),
		     const struct folded_node *root)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	assert_int_equal(write(root, out), 0);
	fclose(out);
	return text;
}

static int write_table(const struct folded_node *root, FILE *out)
{
	profile_table_print(root, 20, out);
	return 0;
}

static int write_flame(const struct folded_node *root, FILE *out)
{
	return flame_write(root, "a <title> & more", out);
}

static void recursion_counts_once_in_the_total(void **state)
{
	struct rig *rig = *state;
	struct folded_node *root = folded_read(rig->path, NULL);
	char *text = written(write_table, root);

	assert_string_equal(text, "  function  self us  self %  total us  total %\n"
				  "  clean       4.000    50.0     5.000     62.5\n"
				  "  walk        2.500    31.3     2.500     31.3\n"
				  "  [copy]      1.000    12.5     1.000     12.5\n"
				  "  poll        0.500     6.3     5.500     68.8\n"
				  "  walk_one    0.000     0.0     2.500     31.3\n");
	free(text);
	folded_free(root);
}

static void flame_graph_has_every_box_and_escapes(void **state)
{
	struct rig *rig = *state;
	struct folded_node *root = folded_read(rig->path, NULL);
	char *text = written(write_flame, root), *again = written(write_flame, root);

	assert_string_equal(text, again);
	assert_non_null(strstr(text, "a &lt;title&gt; &amp; more"));
	assert_non_null(strstr(text, "<title>clean: 5.000 us (62.5 %), self 4.000 us</title>"));
	/* poll is 5500/8000 of 1180 pixels. */
	assert_non_null(strstr(text, "width=\"811.2\""));
	assert_non_null(strstr(text, "</svg>"));
	free(again);
	free(text);
	folded_free(root);
}

static void an_empty_profile_is_drawn(void **state)
{
	struct rig *rig = *state;
	struct folded_node *root = folded_read(rig->path, "idle");
	char *text = written(write_flame, root);

	assert_non_null(strstr(text, "</svg>"));
	free(text);
	folded_free(root);
}

static void put(const struct rig *rig, const char *name, const char *text)
{
	char path[1024];
	FILE *file;

	snprintf(path, sizeof(path), "%s/point000/%s", rig->dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void save_point(const struct rig *rig)
{
	struct result *result = result_create();

	result_add_scenario(result, "s");
	sample_nic_point(result, 0, 42, 10, 200, rig->dir);
	sample_save(result, rig->dir);
	result_destroy(result);
}

static const char spans[] =
	"device,stage,count,mean_ps,min_ns,p50_ns,p90_ns,p99_ns,p999_ns,max_ns\n"
	"eth0,device,10,300000,300,300,300,300,300,300\n"
	"eth0,throttle,10,700500,0,500,1500,2500,2600,2700\n"
	"eth0,latency,10,1000500,300,800,1800,2800,2900,3000\n";

static void spans_table_shows_shares(void **state)
{
	struct rig *rig = *state;
	struct spans_table table;
	char path[1024], *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	save_point(rig);
	put(rig, "spans.csv", spans);
	snprintf(path, sizeof(path), "%s/point000/spans.csv", rig->dir);
	spans_read(&table, path);
	assert_int_equal(table.count, 3);
	spans_print(&table, out);
	spans_release(&table);
	fclose(out);
	assert_non_null(strstr(text, "eth0: stages of 10 requests\n"));
	assert_non_null(strstr(text, "throttle    0.701     70.0"));
	free(text);
	spans_read(&table, "none.csv");
	assert_int_equal(table.count, 0);
}

static void figures_of_profile_and_spans_are_found_by_name(void **state)
{
	struct rig *rig = *state;
	struct plot_options options = { .name = "flame", .gnuplot = "/bin/true" };
	char error[512];

	save_point(rig);
	assert_int_equal(plot_folder(rig->dir, &options, error, sizeof(error)), PLOT_NO_FIGURE);
	assert_non_null(strstr(error, "--profile"));
	put(rig, "profile.folded", chains);
	put(rig, "spans.csv", spans);
	assert_int_equal(plot_folder(rig->dir, &options, error, sizeof(error)), PLOT_OK);
	options.name = "flame-cpu1";
	assert_int_equal(plot_folder(rig->dir, &options, error, sizeof(error)), PLOT_OK);
	options.name = "flame-cpu7";
	assert_int_equal(plot_folder(rig->dir, &options, error, sizeof(error)), PLOT_NO_FIGURE);
	options.name = "eth0-spans";
	assert_int_equal(plot_folder(rig->dir, &options, error, sizeof(error)), PLOT_OK);
}

#define RIGGED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(chains_make_a_tree),
		RIGGED(a_core_or_a_category_can_be_selected),
		RIGGED(recursion_counts_once_in_the_total),
		RIGGED(flame_graph_has_every_box_and_escapes),
		RIGGED(an_empty_profile_is_drawn),
		RIGGED(spans_table_shows_shares),
		RIGGED(figures_of_profile_and_spans_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
