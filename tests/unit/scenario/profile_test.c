/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "model/scenario/profile.h"

static const char *const required_cpu[] = { "xeon-skx", "xeon-bdw-2ghz", "epyc-milan" };
static const char *const required_media[] = { "ideal",	"p4800x", "p3700",	    "p4510",
					      "z-nand", "970pro", "mqsim-reference" };

static struct profile *load(enum profile_kind kind, const char *name)
{
	struct diag *diag = diag_new();
	struct profile *profile;

	if (profile_load(&profile, SOURCE_DIR, kind, name, diag)) {
		diag_print(diag, stderr);
		fail();
	}
	diag_free(diag);
	return profile;
}

static void every_profile_of_the_contract_is_whole(void **state)
{
	for (size_t i = 0; i < sizeof(required_cpu) / sizeof(required_cpu[0]); i++) {
		struct profile *profile = load(PROFILE_CPU, required_cpu[i]);

		assert_true(profile_u64(profile, "frequency") >= 2000000000);
		assert_true(profile_dur(profile, "irq.entry", 3000000000).ps > 0);
		assert_true(strlen(profile_source(profile, "irq.entry", NULL)) > 10);
		profile_free(profile);
	}
	for (size_t i = 0; i < sizeof(required_media) / sizeof(required_media[0]); i++)
		profile_free(load(PROFILE_MEDIA, required_media[i]));
}

static void the_ideal_medium_takes_ten_microseconds(void **state)
{
	struct profile *profile = load(PROFILE_MEDIA, "ideal");

	assert_int_equal(profile_dur(profile, "read", 1).ps, 10 * PS_PER_US);
	assert_int_equal(profile_dur(profile, "write", 1).ps, 10 * PS_PER_US);
	assert_int_equal(profile_u64(profile, "parallelism"), 0);
	assert_int_equal(profile_u64(profile, "bandwidth.read"), 0);
	profile_free(profile);
}

/* 7 us for 4 KiB from doorbell to completion, 0.7 us of them fetch, decode and link, and 585 K reads
 * a second, as measured on the real one. */
static void the_p4800x_has_its_latency_and_rate(void **state)
{
	struct profile *profile = load(PROFILE_MEDIA, "p4800x");
	uint64_t rate = profile_u64(profile, "bandwidth.read");
	uint64_t ps = profile_dur(profile, "read", 1).ps + 4096 * PS_PER_S / rate;
	uint64_t parallel = profile_u64(profile, "parallelism") * PS_PER_S /
			    profile_dur(profile, "read", 1).ps;
	uint64_t iops = rate / 4096 < parallel ? rate / 4096 : parallel;

	assert_in_range(ps, 6200000, 6400000);
	assert_in_range(iops, 570000, 600000);
	profile_free(profile);
}

static void costs_convert_between_time_and_cycles_rounding_up(void **state)
{
	struct profile *profile = load(PROFILE_CPU, "xeon-skx");

	assert_int_equal(profile_cycles(profile, "spin.relax", 3000000000), 140);
	assert_int_equal(profile_dur(profile, "spin.relax", 3000000000).ps, 46667);
	assert_int_equal(profile_dur(profile, "irq.entry", 3000000000).ps, 300000);
	assert_int_equal(profile_cycles(profile, "irq.entry", 3000000000), 900);
	assert_int_equal(profile_cycles(profile, "copy.per_64b", 3000000000), 16);
	profile_free(profile);
}

static void names_are_those_of_the_folder_sorted(void **state)
{
	size_t count;
	char **names = profile_names(SOURCE_DIR, PROFILE_CPU, &count);

	assert_true(count >= 3);
	for (size_t i = 1; i < count; i++)
		assert_true(strcmp(names[i - 1], names[i]) < 0);
	profile_names_free(names, count);
	names = profile_names("/no/such/folder", PROFILE_CPU, &count);
	assert_int_equal(count, 0);
	profile_names_free(names, count);
}

/* Loads a text as the medium "m" of a folder made for it. */
static char *told(const char *text)
{
	char base[] = "/tmp/doorbell-profile-XXXXXX", path[128], *out = NULL;
	struct diag *diag = diag_new();
	struct profile *profile;
	size_t bytes;
	FILE *file;

	assert_non_null(mkdtemp(base));
	assert_int_equal(chdir(base), 0);
	assert_int_equal(mkdir("scenarios", 0700) || mkdir("scenarios/profiles", 0700) ||
			 mkdir("scenarios/profiles/media", 0700), 0);
	snprintf(path, sizeof(path), "scenarios/profiles/media/m.toml");
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(profile_load(&profile, ".", PROFILE_MEDIA, "m", diag), -1);
	assert_null(profile);
	file = open_memstream(&out, &bytes);
	diag_print(diag, file);
	fclose(file);
	diag_free(diag);
	unlink(path);
	rmdir("scenarios/profiles/media");
	rmdir("scenarios/profiles");
	rmdir("scenarios");
	assert_int_equal(chdir("/"), 0);
	rmdir(base);
	return out;
}

#define ROW(name, value) name " = { value = " value ", status = \"guess\", source = \"test\" }\n"
#define HEAD "format = 1\ntitle = \"t\"\n"
#define REST ROW("flush", "\"1us\"") ROW("parallelism", "1") ROW("bandwidth.read", "\"1GB/s\"") \
	     ROW("bandwidth.write", "\"1GB/s\"")

static void a_missing_row_is_an_error(void **state)
{
	char *text = told(HEAD ROW("read", "\"1us\"") REST);

	assert_non_null(strstr(text, "error: row \"write\" is missing\n"));
	free(text);
}

static void an_unknown_row_is_an_error_with_a_suggestion(void **state)
{
	char *text = told(HEAD ROW("read", "\"1us\"") ROW("wirte", "\"1us\"") REST);

	assert_non_null(strstr(text, "m.toml:4:1: error: unknown row \"wirte\"\n"));
	assert_non_null(strstr(text, "help: did you mean \"write\"?\n"));
	free(text);
}

static void a_number_without_a_source_is_an_error(void **state)
{
	char *text = told(HEAD ROW(
		"read", "\"1us\"") "write = { value = \"1us\", status = \"guess\" }\n" REST);

	assert_non_null(strstr(text, "m.toml:4:1: error: row \"write\" needs a source"));
	free(text);
}

static void a_status_must_be_known(void **state)
{
	char *text = told(HEAD ROW("read", "\"1us\"")
			  "write = { value = \"1us\", status = \"hope\", source = \"x\" }\n" REST);

	assert_non_null(strstr(text, "error: row \"write\" needs a status\n"));
	free(text);
}

static void a_value_needs_its_unit(void **state)
{
	char *text = told(HEAD ROW("read", "1") ROW("write", "\"1GB/s\"") REST);

	assert_non_null(strstr(text, "m.toml:3:18: error: a time or a number of cycles is due\n"));
	assert_non_null(strstr(text, "m.toml:4:19: error: a time or a number of cycles is due\n"));
	free(text);
}

static void a_profile_of_another_format_is_refused(void **state)
{
	char *text = told("format = 2\ntitle = \"t\"\n" ROW("read", "\"1us\"")
				  ROW("write", "\"1us\"") REST);

	assert_non_null(strstr(text, "m.toml:1:10: error: a profile says format = 1\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_profile_of_the_contract_is_whole),
		cmocka_unit_test(the_ideal_medium_takes_ten_microseconds),
		cmocka_unit_test(the_p4800x_has_its_latency_and_rate),
		cmocka_unit_test(costs_convert_between_time_and_cycles_rounding_up),
		cmocka_unit_test(names_are_those_of_the_folder_sorted),
		cmocka_unit_test(a_missing_row_is_an_error),
		cmocka_unit_test(an_unknown_row_is_an_error_with_a_suggestion),
		cmocka_unit_test(a_number_without_a_source_is_an_error),
		cmocka_unit_test(a_status_must_be_known),
		cmocka_unit_test(a_value_needs_its_unit),
		cmocka_unit_test(a_profile_of_another_format_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
