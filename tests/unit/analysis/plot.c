/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "analysis/axis.h"
#include "analysis/plot.h"
#include "tests/unit/analysis/sample.h"

static const unsigned itrs[] = { 0, 10, 20, 50, 100 };
static const unsigned rates[] = { 200, 500, 1000, 2000 };
static const unsigned depths[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256 };

static struct result *nic_sweep(const char *dir)
{
	struct result *result = result_create();
	unsigned index = 0;

	result_add_scenario(result, "throttle");
	for (size_t i = 0; i < sizeof(itrs) / sizeof(itrs[0]); i++)
		for (size_t r = 0; r < sizeof(rates) / sizeof(rates[0]); r++, index++)
			sample_nic_point(result, index, 42, itrs[i], rates[r], dir);
	return result;
}

static struct result *nvme_sweep(const char *dir)
{
	struct result *result = result_create();

	result_add_scenario(result, "depth");
	for (unsigned i = 0; i < sizeof(depths) / sizeof(depths[0]); i++)
		sample_nvme_point(result, i, depths[i], dir);
	return result;
}

static char *file_text(const char *dir, const char *name)
{
	char path[512], *text = calloc(1, 1 << 20);
	FILE *file;

	snprintf(path, sizeof(path), "%s/plots/%s", dir, name);
	file = fopen(path, "r");
	if (!file) {
		free(text);
		return NULL;
	}
	text[fread(text, 1, (1 << 20) - 1, file)] = '\0';
	fclose(file);
	return text;
}

static bool exists(const char *dir, const char *name)
{
	char *text = file_text(dir, name);
	bool found = text && *text;

	free(text);
	return found;
}

/* The folder stays when DOORBELL_KEEP is in the environment: to look at the figures. */
static void done(const char *dir, struct result *result)
{
	result_destroy(result);
	if (!getenv("DOORBELL_KEEP"))
		sample_remove(dir);
}

static void values_with_units_make_a_numeric_axis(void **state)
{
	struct result *result = nic_sweep(NULL);
	size_t count;
	struct axis *axes = axes_of(result, &count);

	assert_int_equal(count, 2);
	assert_string_equal(axes[0].key, "device.eth0.itr");
	assert_string_equal(axes[0].label, "itr");
	assert_false(axes[0].numeric);
	assert_string_equal(axes[0].values[0].text, "off");
	assert_true(axes[1].numeric);
	assert_false(axes[1].logarithmic);
	assert_true(axes[1].values[3].x == 2e6);
	axes_free(axes, count);
	result_destroy(result);
}

static void units_are_parsed(void **state)
{
	double value;
	char kind;

	assert_true(axis_parse("1.5us", &value, &kind));
	assert_true(value > 1.49e-6 && value < 1.51e-6 && kind == 's');
	assert_true(axis_parse("4KiB", &value, &kind));
	assert_true(value == 4096 && kind == 'B');
	assert_true(axis_parse("64", &value, &kind));
	assert_true(value == 64 && kind == 0);
	assert_false(axis_parse("off", &value, &kind));
	assert_false(axis_parse("5parsec", &value, &kind));
	assert_false(axis_parse("", &value, &kind));
}

static void two_swept_keys_give_figures_along_both(void **state)
{
	static const char *const names[] = {
		"eth0-latency-cdf-rate-200kpps", "eth0-latency-cdf-rate-2000kpps",
		"eth0-interrupts-vs-itr", "eth0-interrupts-vs-rate", "eth0-latency-vs-itr",
		"eth0-latency-vs-rate", "eth0-throughput-vs-itr", "eth0-throughput-vs-rate",
		"eth0-batch-vs-itr", "eth0-dropped-vs-itr", "cpu-busy-vs-itr", "cpu-busy-vs-rate",
	};
	static const char *const ends[] = { ".dat", ".gp", ".svg", ".png" };
	struct plot_options options = { 0 };
	char dir[64], error[1024] = "", name[256];
	struct result *result;

	sample_folder(dir, sizeof(dir));
	result = nic_sweep(dir);
	sample_save(result, dir);
	assert_int_equal(plot_folder(dir, &options, error, sizeof(error)), PLOT_OK);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (size_t e = 0; e < 4; e++) {
			snprintf(name, sizeof(name), "%s%s", names[i], ends[e]);
			assert_true(exists(dir, name));
		}
	}
	/* eth1 was idle: there is nothing to draw of it. */
	assert_false(exists(dir, "eth1-throughput-vs-itr.svg"));
	done(dir, result);
}

static void intervals_of_a_window_are_drawn_over_time(void **state)
{
	struct plot_options options = { .name = "eth0-" };
	char dir[64], path[128], error[1024] = "", *data;
	struct result *result;
	FILE *file;

	sample_folder(dir, sizeof(dir));
	result = nic_sweep(dir);
	sample_save(result, dir);
	snprintf(path, sizeof(path), "%s/point000/series.csv", dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("from_ps,to_ps,stat,value,count\n"
	      "0,1000000000,eth0.irq.count,10,0\n"
	      "0,1000000000,eth0.rx.latency_ns,6000,3\n"
	      "1000000000,3000000000,eth0.irq.count,4,0\n"
	      "1000000000,3000000000,eth0.rx.latency_ns,0,0\n", file);
	fclose(file);
	assert_int_equal(plot_folder(dir, &options, error, sizeof(error)), PLOT_OK);
	data = file_text(dir, "eth0-interrupts-over-time-rate-200kpps.dat");
	assert_non_null(strstr(data, "\n0.5 10000 10000 10000\n2 2000 2000 2000\n"));
	free(data);
	/* An interval in which nothing came has no latency. */
	data = file_text(dir, "eth0-latency-over-time-rate-200kpps.dat");
	assert_non_null(strstr(data, "\n0.5 2 2 2\n"));
	assert_null(strstr(data, "\n2 "));
	free(data);
	assert_false(exists(dir, "eth0-offered-over-time-rate-200kpps.dat"));
	done(dir, result);
}

static void cpu_time_is_stacked_in_percent(void **state)
{
	struct plot_options options = { .name = "cpu-time" };
	char dir[64], error[1024] = "", *data;
	struct result *result;

	sample_folder(dir, sizeof(dir));
	result = nic_sweep(dir);
	sample_save(result, dir);
	assert_int_equal(plot_folder(dir, &options, error, sizeof(error)), PLOT_OK);
	assert_true(exists(dir, "cpu-time-vs-itr-rate-2000kpps.png"));
	data = file_text(dir, "cpu-time-vs-itr-rate-500kpps.dat");
	/* 5000 interrupts of 800 ns and 1200 ns in 80 ms of CPU time. */
	assert_non_null(strstr(data, "hardirq\n# x top bottom top\n0 5 0 5\n"));
	assert_non_null(strstr(data, "softirq\n# x top bottom top\n0 12.5 5 12.5\n"));
	assert_null(strstr(data, "spin"));
	free(data);
	done(dir, result);
}

static void depth_sweep_gives_iops_and_latency(void **state)
{
	struct plot_options options = { 0 };
	char dir[64], error[1024] = "", *data;
	struct result *result;

	sample_folder(dir, sizeof(dir));
	result = nvme_sweep(dir);
	sample_save(result, dir);
	assert_int_equal(plot_folder(dir, &options, error, sizeof(error)), PLOT_OK);
	assert_true(exists(dir, "nvme0-iops-vs-depth.png"));
	assert_true(exists(dir, "nvme0-latency-vs-depth.png"));
	assert_true(exists(dir, "nvme0-latency-cdf.png"));
	data = file_text(dir, "nvme0-iops-vs-depth.dat");
	assert_non_null(strstr(data, "\n16 800000 800000 800000\n"));
	free(data);
	data = file_text(dir, "nvme0-latency-vs-depth.dat");
	assert_non_null(strstr(data, "\n16 14 14 14\n"));
	free(data);
	data = file_text(dir, "nvme0-latency-vs-depth.gp");
	assert_non_null(strstr(data, "title \"p99\""));
	free(data);
	done(dir, result);
}

static void seeds_become_mean_and_range(void **state)
{
	struct plot_options options = { .name = "eth0-throughput-vs-itr" };
	char dir[64], error[1024] = "", *data;
	struct result *result = result_create();

	sample_folder(dir, sizeof(dir));
	result_add_scenario(result, "throttle");
	for (unsigned i = 0; i < 2; i++)
		for (uint64_t seed = 0; seed < 3; seed++)
			sample_nic_point(result, i, seed, itrs[i + 1], 500, NULL);
	sample_save(result, dir);
	assert_int_equal(plot_folder(dir, &options, error, sizeof(error)), PLOT_OK);
	data = file_text(dir, "eth0-throughput-vs-itr.dat");
	/* 10000, 10001 and 10002 frames in 20 ms. */
	assert_non_null(strstr(data, "\n1e-05 500050 500000 500100\n"));
	free(data);
	data = file_text(dir, "eth0-throughput-vs-itr.gp");
	assert_non_null(strstr(data, "yerrorbars"));
	free(data);
	assert_false(exists(dir, "eth0-interrupts-vs-itr.gp"));
	done(dir, result);
}

/* Wide labels would leave no room for the figure, wide titles would be cut. */
static void lists_are_shown_as_ranges_and_long_titles_in_two_lines(void **state)
{
	static const char *const lists[] = { "[0, 1, 2, 3]", "[0]", "[0, 2, 3, 7]" };
	static const char *const labels[] = { "0-3", "0", "0,2-3,7" };
	static const char *const words[] = { "one", "two", "three", "four", "five", "six" };
	struct plot_options options = { 0 };
	char dir[64], error[1024] = "", json[40], *data;
	struct result *result = result_create();
	struct axis *axes;
	size_t count;

	sample_folder(dir, sizeof(dir));
	result_add_scenario(result, "throttle");
	for (unsigned p = 0; p < 36; p++) {
		sample_nic_point(result, p, 42, itrs[p % 2], 500, NULL);
		result_point_param(&result->points[p], "traffic.0.cores", lists[p / 2 % 3],
				   lists[p / 2 % 3]);
		snprintf(json, sizeof(json), "\"%s\"", words[p / 6]);
		result_point_param(&result->points[p], "device.eth0.a_key_with_a_long_name",
				   words[p / 6], json);
	}
	axes = axes_of(result, &count);
	assert_int_equal(count, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_string_equal(axes[1].values[i].label, labels[i]);
	axes_free(axes, count);
	sample_save(result, dir);
	assert_int_equal(plot_folder(dir, &options, error, sizeof(error)), PLOT_OK);
	data = file_text(dir, "cpu-time-vs-a_key_with_a_long_name-itr-10us-cores-0-3.gp");
	assert_non_null(data);
	assert_non_null(strstr(data, "_name, itr = 10us,\\ncores = 0-3\"\n"));
	free(data);
	done(dir, result);
}

static void few_combinations_of_the_other_keys_share_a_figure(void **state)
{
	struct plot_options options = { 0 };
	char dir[64], error[1024] = "", *data;
	struct result *result = result_create();
	unsigned point = 0;

	sample_folder(dir, sizeof(dir));
	result_add_scenario(result, "throttle");
	for (unsigned itr = 0; itr < 2; itr++)
		for (unsigned rate = 1; rate <= 3; rate++)
			for (unsigned lro = 0; lro < 2; lro++) {
				const char *word = lro ? "true" : "false";

				sample_nic_point(result, point, 42, itrs[itr], 100 * rate, NULL);
				result_point_param(&result->points[point++], "device.eth0.lro",
						   word, word);
			}
	sample_save(result, dir);
	assert_int_equal(plot_folder(dir, &options, error, sizeof(error)), PLOT_OK);
	data = file_text(dir, "eth0-throughput-vs-rate.dat");
	assert_non_null(strstr(data, "# series 3: "));
	assert_non_null(strstr(data, ", true\n"));
	assert_null(strstr(data, "# series 4"));
	free(data);
	/* Two words are no axis. */
	assert_false(exists(dir, "eth0-throughput-vs-lro.svg"));
	assert_false(exists(dir, "eth0-throughput-vs-lro-rate-100kpps.svg"));
	done(dir, result);
}

static void edited_script_is_kept_and_drawn(void **state)
{
	struct plot_options options = { .name = "nvme0-iops" };
	char dir[64], path[512], error[1024] = "", *before, *script;
	struct result *result;
	FILE *file;

	sample_folder(dir, sizeof(dir));
	result = nvme_sweep(dir);
	sample_save(result, dir);
	assert_int_equal(plot_folder(dir, &options, error, sizeof(error)), PLOT_OK);
	before = file_text(dir, "nvme0-iops-vs-depth.svg");
	assert_int_equal(plot_folder(dir, &options, error, sizeof(error)), PLOT_OK);
	script = file_text(dir, "nvme0-iops-vs-depth.svg");
	assert_string_equal(before, script);
	free(script);
	free(before);

	snprintf(path, sizeof(path), "%s/plots/nvme0-iops-vs-depth.gp", dir);
	file = fopen(path, "r+");
	script = file_text(dir, "nvme0-iops-vs-depth.gp");
	memcpy(strstr(script, "I/O operations"), "I/O OPERATIONS", 14);
	fputs(script, file);
	fclose(file);
	free(script);
	assert_int_equal(plot_folder(dir, &options, error, sizeof(error)), PLOT_OK);
	assert_true((script = file_text(dir, "nvme0-iops-vs-depth.svg")) &&
		    strstr(script, "I/O OPERATIONS"));
	free(script);
	done(dir, result);
}

static void refusals_say_what_there_is(void **state)
{
	struct plot_options options = { .name = "nothing" };
	char dir[64], error[1024] = "";
	struct result *result;

	sample_folder(dir, sizeof(dir));
	assert_int_equal(plot_folder(dir, &options, error, sizeof(error)), PLOT_NO_RESULT);
	assert_non_null(strstr(error, "result.json"));
	result = nvme_sweep(NULL);
	sample_save(result, dir);
	assert_int_equal(plot_folder(dir, &options, error, sizeof(error)), PLOT_NO_FIGURE);
	assert_non_null(strstr(error, "nvme0-iops-vs-depth"));
	options = (struct plot_options){ .name = "nvme0-iops", .gnuplot = "no-such-gnuplot" };
	assert_int_equal(plot_folder(dir, &options, error, sizeof(error)), PLOT_HOST);
	assert_non_null(strstr(error, "gnuplot-nox"));
	done(dir, result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_with_units_make_a_numeric_axis),
		cmocka_unit_test(units_are_parsed),
		cmocka_unit_test(two_swept_keys_give_figures_along_both),
		cmocka_unit_test(intervals_of_a_window_are_drawn_over_time),
		cmocka_unit_test(cpu_time_is_stacked_in_percent),
		cmocka_unit_test(depth_sweep_gives_iops_and_latency),
		cmocka_unit_test(seeds_become_mean_and_range),
		cmocka_unit_test(lists_are_shown_as_ranges_and_long_titles_in_two_lines),
		cmocka_unit_test(few_combinations_of_the_other_keys_share_a_figure),
		cmocka_unit_test(edited_script_is_kept_and_drawn),
		cmocka_unit_test(refusals_say_what_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
