/* SPDX-License-Identifier: MIT */
/* The verbs that only read tables and scenarios: check, doc, list, init. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/driver.h"
#include "cli/run_point.h"
#include "cli/verbs.h"
#include "model/scenario/keys.h"
#include "tests/unit/scenario/load.h"

/* What cli/doorbell.c gives the verbs. */
const char *cli_data_dir(void)
{
	return SOURCE_DIR;
}

int cli_usage_error(const char *verb, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	return 2;
}

int cli_help(const char *verb)
{
	return 0;
}

/* No machine: it refuses nothing. */
int run_point_check(const struct scn_point *point, struct diag *diag)
{
	return 0;
}

/* Nor has anybody drivers of their own. */
const struct scn_driver *driver_list(size_t *count)
{
	*count = 0;
	return NULL;
}

static int code;

static char *read_all(FILE *file)
{
	long bytes = ftell(file);
	char *text = calloc(1, (size_t)bytes + 1);

	assert_non_null(text);
	rewind(file);
	assert_int_equal(fread(text, 1, (size_t)bytes, file), bytes);
	fclose(file);
	return text;
}

/* Runs a verb and returns what it wrote to stdout, or to stderr. */
static char *run(int (*verb)(int, char **), const char *name, const char *arg, int fd)
{
	char *argv[] = { (char *)name, (char *)arg, NULL };
	FILE *file = tmpfile();
	int saved = dup(fd);

	assert_non_null(file);
	fflush(NULL);
	dup2(fileno(file), fd);
	code = verb(arg ? 2 : 1, argv);
	fflush(NULL);
	dup2(saved, fd);
	close(saved);
	fseek(file, 0, SEEK_END);
	return read_all(file);
}

static void init_prints_a_scenario_that_loads(void **state)
{
	char *text = run(verb_init, "init", NULL, STDOUT_FILENO);
	struct scn *scn = load_good(text, NULL);

	assert_int_equal(code, 0);
	assert_true(strlen(scn_question(scn)) > 20);
	assert_true(scn_point_count(scn) >= 2);
	assert_true(scn_expect_count(scn) >= 1);
	load_free(scn);
	free(text);
}

static void doc_shows_all_columns_of_a_row(void **state)
{
	char *text = run(verb_doc, "doc", "device.eth0.itr", STDOUT_FILENO);

	assert_int_equal(code, 0);
	assert_string_equal(
		text, "device.NAME.itr\n"
		      "  Interrupt throttle: least time between two interrupts, the driver's own "
		      "algorithm, or none.\n"
		      "  type     time or word\n"
		      "  words    off, adaptive\n"
		      "  unit     ps, ns, us, ms, s\n"
		      "  default  \"20us\"\n"
		      "  range    2us..1022us\n"
		      "  for      model = 82599\n");
	free(text);
}

static void doc_takes_every_name_that_list_keys_prints(void **state)
{
	char *keys = run(verb_list, "list", "keys", STDOUT_FILENO), *save = NULL;
	size_t count, lines = 0;

	scn_rows(&count);
	for (char *line = strtok_r(keys, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *text;

		line[strcspn(line, " ")] = '\0';
		text = run(verb_doc, "doc", line, STDOUT_FILENO);
		assert_int_equal(code, 0);
		assert_int_equal(strncmp(text, line, strlen(line)), 0);
		free(text);
		lines++;
	}
	assert_int_equal(lines, count);
	free(keys);
}

static void doc_of_a_table_shows_its_keys(void **state)
{
	char *text = run(verb_doc, "doc", "iommu", STDOUT_FILENO);

	assert_int_equal(code, 0);
	assert_non_null(strstr(text, "iommu.mode\n"));
	assert_non_null(strstr(text, "iommu.iotlb_entries\n"));
	assert_null(strstr(text, "cpu."));
	free(text);
}

static void doc_of_an_unknown_key_suggests_one(void **state)
{
	char *text = run(verb_doc, "doc", "cpu.corse", STDERR_FILENO);

	assert_int_equal(code, 2);
	assert_string_equal(
		text, "doorbell: error: no key \"cpu.corse\"\nhelp: did you mean \"cpu.cores\"?\n");
	free(text);
}

static void every_list_has_what_the_contract_names(void **state)
{
	static const char *const wanted[][2] = {
		{ "models", "82599" },
		{ "models", "nvme" },
		{ "drivers", "ixgbe" },
		{ "drivers", "pmd" },
		{ "profiles", "xeon-skx" },
		{ "profiles", "p4800x" },
		{ "profiles", "mqsim-reference" },
		{ "profiles", "Intel 82599" },
		{ "stats", "cpu.time_ns.hardirq" },
		{ "stats", "DEV.rx.latency_ns" },
		{ "events", "nic82599.rx.accept" },
		{ "events", "nvme.cmd.complete" },
		{ "keys", "device.NAME.moderation.kind" },
		{ "keys", "traffic.N.rate" },
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		char *text = run(verb_list, "list", wanted[i][0], STDOUT_FILENO);

		assert_int_equal(code, 0);
		assert_non_null(strstr(text, wanted[i][1]));
		free(text);
	}
}

static void an_unknown_list_is_refused(void **state)
{
	char *text = run(verb_list, "list", "modles", STDERR_FILENO);

	assert_int_equal(code, 2);
	assert_non_null(strstr(text, "did you mean \"models\"?"));
	free(text);
}

static void check_tells_good_from_bad_by_its_code(void **state)
{
	char *text = run(verb_check, "check",
			 SOURCE_DIR "/tests/fuzz/scenario/seeds/all-tables.toml", STDOUT_FILENO);

	assert_int_equal(code, 0);
	assert_non_null(strstr(text, "all-tables.toml: good, 12 points\n"));
	free(text);
	text = run(verb_check, "check", SOURCE_DIR "/tests/cli/broken/several.toml", STDERR_FILENO);
	assert_int_equal(code, 2);
	assert_non_null(strstr(text, "several.toml:4:1: error: unknown key \"coers\"\n"));
	free(text);
	text = run(verb_check, "check", NULL, STDERR_FILENO);
	assert_int_equal(code, 2);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init_prints_a_scenario_that_loads),
		cmocka_unit_test(doc_shows_all_columns_of_a_row),
		cmocka_unit_test(doc_takes_every_name_that_list_keys_prints),
		cmocka_unit_test(doc_of_a_table_shows_its_keys),
		cmocka_unit_test(doc_of_an_unknown_key_suggests_one),
		cmocka_unit_test(every_list_has_what_the_contract_names),
		cmocka_unit_test(an_unknown_list_is_refused),
		cmocka_unit_test(check_tells_good_from_bad_by_its_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
