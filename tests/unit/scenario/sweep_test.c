/* SPDX-License-Identifier: MIT */
/* Sweeps, --set, expectations and the manifest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/scenario/load.h"

#define ETH0 "[device.eth0]\nmodel = \"82599\"\n"
#define TRAFFIC "[[traffic]]\nto = \"eth0\"\n"
#define SWEEP                                                                                      \
	"[sweep]\n\"device.eth0.itr\" = [\"off\", \"20us\"]\ntraffic.0.rate = [\"1kpps\", \"2kpps\", \"3kpps\"]\n"

static void points_are_the_product_in_file_order_last_key_fastest(void **state)
{
	static const char *const itr[] = { "off", "off", "off", "20us", "20us", "20us" };
	static const uint64_t rate[] = { 1, 2, 3, 1, 2, 3 };
	struct scn *scn = load_good(ETH0 TRAFFIC SWEEP, NULL);
	const struct scn_param *params;

	assert_int_equal(scn_point_count(scn), 6);
	for (size_t i = 0; i < 6; i++) {
		const struct scn_point *p = scn_point(scn, i);

		assert_int_equal(scn_point_index(p), i);
		assert_string_equal(scn_text(p, "device.eth0.itr"), itr[i]);
		assert_int_equal(scn_rate(p, "traffic.0.rate").value, rate[i] * 1000000);
		assert_int_equal(scn_params(p, &params), 2);
		assert_string_equal(params[0].key, "device.eth0.itr");
		assert_string_equal(params[0].text, itr[i]);
		assert_true(params[0].quoted);
		assert_string_equal(params[1].key, "traffic.0.rate");
	}
	load_free(scn);
}

static void numbers_and_lists_are_swept_without_quotes(void **state)
{
	struct scn *scn =
		load_good("[device.n]\nmodel = \"nvme\"\n[[io]]\non = \"n\"\nop = \"read\"\n"
			  "[sweep]\n\"io.0.depth\" = [1, 8]\n\"io.0.cores\" = [[0], [0, 1]]\n",
			  NULL);
	const struct scn_param *params;

	assert_int_equal(scn_params(scn_point(scn, 3), &params), 2);
	assert_string_equal(params[0].text, "8");
	assert_false(params[0].quoted);
	assert_string_equal(params[1].text, "[0, 1]");
	assert_false(params[1].quoted);
	load_free(scn);
}

static void a_swept_key_replaces_the_files_value(void **state)
{
	struct scn *scn = load_good(
		"[cpu]\ncores = 8\n" ETH0 TRAFFIC "[sweep]\n\"cpu.cores\" = [1, 2]\n", NULL);
	unsigned line;

	assert_int_equal(scn_u64(scn_point(scn, 1), "cpu.cores"), 2);
	assert_int_equal(scn_origin(scn_point(scn, 1), "cpu.cores", &line), SCN_FROM_SWEEP);
	assert_int_equal(line, 8);
	load_free(scn);
}

static void set_replaces_a_value_of_any_type(void **state)
{
	static const char *const set[] = { "cpu.cores=2",
					   "device.eth0.itr=off",
					   "traffic.0.rate=10Mpps",
					   "pcie.ideal=true",
					   "host.cmdline=quiet a=\"b\"",
					   "cpu.idle=\"c1\"",
					   NULL };
	struct scn *scn = load_good("[cpu]\ncores = 8\n" ETH0 TRAFFIC, set);
	const struct scn_point *p = scn_point(scn, 0);

	assert_int_equal(scn_u64(p, "cpu.cores"), 2);
	assert_int_equal(scn_word(p, "device.eth0.itr"), SCN_ITR_OFF);
	assert_int_equal(scn_rate(p, "traffic.0.rate").value, 10000000000);
	assert_true(scn_bool(p, "pcie.ideal"));
	assert_string_equal(scn_text(p, "host.cmdline"), "quiet a=\"b\"");
	assert_int_equal(scn_word(p, "cpu.idle"), SCN_IDLE_C1);
	assert_int_equal(scn_origin(p, "cpu.cores", NULL), SCN_FROM_SET);
	load_free(scn);
}

static void set_of_a_core_list_takes_it_with_or_without_brackets(void **state)
{
	static const char *const set[] = { "io.0.cores=[0,2]", NULL }, *const bare[] = {
		"io.0.cores=1,3", NULL
	};
	const char *text = "[device.n]\nmodel = \"nvme\"\n[[io]]\non = \"n\"\nop = \"read\"\n";
	struct scn *scn = load_good(text, set);

	assert_string_equal(scn_text(scn_point(scn, 0), "io.0.cores"), "[0, 2]");
	load_free(scn);
	scn = load_good(text, bare);
	assert_string_equal(scn_text(scn_point(scn, 0), "io.0.cores"), "[1, 3]");
	load_free(scn);
}

static void set_pins_a_swept_key(void **state)
{
	static const char *const set[] = { "device.eth0.itr=50us", NULL };
	struct scn *scn = load_good(ETH0 TRAFFIC SWEEP, set);
	const struct scn_param *params;

	assert_int_equal(scn_point_count(scn), 3);
	assert_int_equal(scn_params(scn_point(scn, 2), &params), 1);
	assert_string_equal(params[0].key, "traffic.0.rate");
	assert_string_equal(params[0].text, "3kpps");
	assert_string_equal(scn_text(scn_point(scn, 2), "device.eth0.itr"), "50us");
	load_free(scn);
}

static void set_of_one_window_replaces_the_other(void **state)
{
	static const char *const frames[] = { "run.measure.frames=10", NULL }, *const time[] = {
		"run.measure=1ms", NULL
	};
	struct scn *scn = load_good("run = { measure = \"5ms\" }\n" ETH0 TRAFFIC, frames);

	assert_false(scn_has(scn_point(scn, 0), "run.measure"));
	load_free(scn);
	scn = load_good("run = { measure = { frames = 5 } }\n" ETH0 TRAFFIC, time);
	assert_false(scn_has(scn_point(scn, 0), "run.measure.frames"));
	assert_int_equal(scn_dur(scn_point(scn, 0), "run.measure").ps, PS_PER_MS);
	load_free(scn);
}

static void wrong_settings_are_shown_with_a_caret(void **state)
{
	static const char *const set[] = {
		"cpu.corse=2",	       "cpu.cores=x",	       "nonsense",
		"device.eth9.itr=off", "traffic.3.rate=1kpps", NULL
	};
	char *told = load_bad(ETH0 TRAFFIC, set);

	assert_string_equal(told,
			    "--set:1:1: error: unknown key \"cpu.corse\"\n"
			    "    1 | cpu.corse=2\n"
			    "      | ^\n"
			    "help: did you mean \"cpu.cores\"?\n"
			    "--set:2:11: error: an integer is due\n"
			    "    2 | cpu.cores=x\n"
			    "      |           ^\n"
			    "--set:3:1: error: key=value is due\n"
			    "    3 | nonsense\n"
			    "      | ^\n"
			    "help: write --set KEY=VALUE, such as cpu.cores=2\n"
			    "--set:4:1: error: unknown key \"device.eth9.itr\"\n"
			    "    4 | device.eth9.itr=off\n"
			    "      | ^\n"
			    "help: did you mean \"device.eth0.itr\"?\n"
			    "--set:5:1: error: unknown key \"traffic.3.rate\"\n"
			    "    5 | traffic.3.rate=1kpps\n"
			    "      | ^\n"
			    "help: the file has 1 tables [[traffic]], counted from 0\n");
	free(told);
}

/* A key that means something only at some points of a sweep is no mistake. */
static void a_key_may_matter_at_some_points_only(void **state)
{
	struct scn *scn =
		load_good(ETH0 TRAFFIC
			  "burst = 8\n[sweep]\n\"traffic.0.arrival\" = [\"poisson\", \"burst\"]\n",
			  NULL);

	assert_int_equal(scn_u64(scn_point(scn, 1), "traffic.0.burst"), 8);
	load_free(scn);
}

static void expectations_apply_where_they_say(void **state)
{
	struct scn *scn = load_good(
		ETH0 TRAFFIC SWEEP
		"[[expect]]\nstat = \"eth0.rx.dropped\"\nmax = 0\n"
		"[[expect]]\nstat = \"cpu.busy\"\nmin = 0.25\nmax = 1\n"
		"where = { \"device.eth0.itr\" = \"20000ns\", \"traffic.0.rate\" = \"2kpps\" }\n",
		NULL);

	assert_int_equal(scn_expect_count(scn), 2);
	assert_string_equal(scn_expect(scn, 0)->stat, "eth0.rx.dropped");
	assert_false(scn_expect(scn, 0)->min.given);
	assert_true(scn_expect(scn, 0)->max.given);
	assert_int_equal(scn_expect(scn, 1)->min.micro, 250000);
	assert_string_equal(scn_expect(scn, 1)->min.text, "0.25");
	for (size_t i = 0; i < 6; i++) {
		assert_true(scn_expect_applies(scn_point(scn, i), 0));
		assert_int_equal(scn_expect_applies(scn_point(scn, i), 1), i == 4);
	}
	load_free(scn);
}

static void unknown_stats_beyond_a_slip_are_left_to_the_run(void **state)
{
	struct scn *scn = load_good(ETH0 TRAFFIC
				    "[[expect]]\nstat = \"engine.events_fired\"\nmin = 1\n"
				    "[[expect]]\nstat = \"cpu12.busy\"\nmin = 0\n"
				    "[[expect]]\nstat = \"eth0.rx.latency_ns.p99\"\nmax = 100000\n",
				    NULL);

	assert_int_equal(scn_expect_count(scn), 3);
	load_free(scn);
}

static char *manifest(const struct scn_point *point, uint64_t seed)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_int_equal(scn_write_manifest(point, seed, out), 0);
	fclose(out);
	return text;
}

/* The values of a manifest without the comments behind them. */
static void strip(char *text)
{
	char *to = text;

	for (char *from = text; *from; from++) {
		if (from[0] == ' ' && from[1] == ' ' && from[2] == '#')
			from += strcspn(from, "\n");
		if (from == text || from[-1] == '\n')
			while (*from == '#')
				from += strcspn(from, "\n") + 1;
		if (!*from)
			break;
		*to++ = *from;
	}
	*to = '\0';
}

static void a_manifest_loads_again_to_the_same_values(void **state)
{
	static const char *const set[] = { "host.cmdline=a \"b\" \\c", NULL };
	struct scn *scn =
		load_good("run = { measure = { frames = 7 } }\n" ETH0 "pcie.lanes = 4\n"
			  "moderation = { kind = \"itr\", gap = \"10us\" }\n"
			  "[device.ssd]\nmodel = \"nvme\"\n" TRAFFIC
			  "[[io]]\non = \"ssd\"\nop = \"randwrite\"\ncores = [0, 1]\n" SWEEP,
			  set);
	char *first = manifest(scn_point(scn, 4), 99), *second;

	assert_non_null(strstr(first, "itr = \"20us\"  # sweep, line "));
	assert_non_null(strstr(first, "cmdline = \"a \\\"b\\\" \\\\c\"  # --set\n"));
	assert_non_null(strstr(first, "\nframes = 7  # line 1\n"));
	assert_non_null(strstr(first, "\n# burst = 32  # default; unused here\n"));
	assert_non_null(strstr(first, "\nseed = 99\n"));
	load_free(scn);
	scn = load_good(first, NULL);
	assert_int_equal(scn_point_count(scn), 1);
	assert_int_equal(scn_u64(scn_point(scn, 0), "seed"), 99);
	second = manifest(scn_point(scn, 0), 99);
	strip(first);
	strip(second);
	assert_string_equal(first, second);
	free(first);
	free(second);
	load_free(scn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_are_the_product_in_file_order_last_key_fastest),
		cmocka_unit_test(numbers_and_lists_are_swept_without_quotes),
		cmocka_unit_test(a_swept_key_replaces_the_files_value),
		cmocka_unit_test(set_replaces_a_value_of_any_type),
		cmocka_unit_test(set_of_a_core_list_takes_it_with_or_without_brackets),
		cmocka_unit_test(set_pins_a_swept_key),
		cmocka_unit_test(set_of_one_window_replaces_the_other),
		cmocka_unit_test(wrong_settings_are_shown_with_a_caret),
		cmocka_unit_test(a_key_may_matter_at_some_points_only),
		cmocka_unit_test(expectations_apply_where_they_say),
		cmocka_unit_test(unknown_stats_beyond_a_slip_are_left_to_the_run),
		cmocka_unit_test(a_manifest_loads_again_to_the_same_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
