/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/scenario/load.h"

#define ETH0 "[device.eth0]\nmodel = \"82599\"\n"
#define TRAFFIC "[[traffic]]\nto = \"eth0\"\n"

static void defaults_are_those_of_the_contract(void **state)
{
	struct scn *scn = load_good(ETH0 TRAFFIC, NULL);
	const struct scn_point *p = scn_point(scn, 0);

	assert_int_equal(scn_point_count(scn), 1);
	assert_int_equal(scn_u64(p, "seed"), 42);
	assert_int_equal(scn_dur(p, "run.measure").ps, 20 * PS_PER_MS);
	assert_int_equal(scn_dur(p, "cpu.interleave").ps, 100 * PS_PER_NS);
	assert_int_equal(scn_u64(p, "cpu.frequency"), 3000000000);
	assert_int_equal(scn_u64(p, "host.memory"), 256 << 20);
	assert_int_equal(scn_word(p, "iommu.mode"), SCN_IOMMU_OFF);
	assert_int_equal(scn_word(p, "traffic.0.arrival"), SCN_ARRIVAL_POISSON);
	assert_int_equal(scn_rate(p, "traffic.0.rate").kind, SCN_RATE_FRAMES);
	assert_int_equal(scn_rate(p, "traffic.0.rate").value, 1000000000);
	assert_int_equal(scn_micro(p, "traffic.0.speed"), 1000000);
	assert_int_equal(scn_dur(p, "device.eth0.itr").ps, 20 * PS_PER_US);
	assert_int_equal(scn_word(p, "device.eth0.itr"), -1);
	assert_string_equal(scn_text(p, "device.eth0.driver"), "ixgbe");
	assert_false(scn_bool(p, "device.eth0.pcie.ideal"));
	assert_string_equal(scn_text(p, "host.cmdline"), "");
	assert_false(scn_is_set(p, "seed"));
	assert_true(scn_is_set(p, "traffic.0.to"));
	load_free(scn);
}

static void keys_without_a_value_are_told_apart(void **state)
{
	struct scn *scn = load_good(ETH0 TRAFFIC, NULL);
	const struct scn_point *p = scn_point(scn, 0);

	assert_true(scn_has(p, "run.measure"));
	assert_false(scn_has(p, "run.measure.frames"));
	assert_false(scn_has(p, "device.eth0.media"));     /* of another model */
	assert_false(scn_has(p, "device.eth0.moderation.kind"));
	assert_false(scn_has(p, "traffic.0.pcap"));
	load_free(scn);
}

static void a_window_of_frames_has_no_length(void **state)
{
	struct scn *scn = load_good("run = { measure = { frames = 1_000 } }\n" ETH0 TRAFFIC, NULL);
	const struct scn_point *p = scn_point(scn, 0);

	assert_false(scn_has(p, "run.measure"));
	assert_int_equal(scn_u64(p, "run.measure.frames"), 1000);
	assert_int_equal(scn_dur(p, "run.warmup").ps, 2 * PS_PER_MS);
	load_free(scn);
}

static void devices_and_tables_are_in_file_order(void **state)
{
	struct scn *scn = load_good(
		"[device.zeta]\nmodel = \"82599\"\n[device.alpha]\nmodel = \"nvme\"\n"
		"[[traffic]]\nto = \"zeta\"\nrate = \"1kpps\"\n"
		"[[traffic]]\nto = \"zeta\"\nrate = \"2kpps\"\n"
		"[[io]]\non = \"alpha\"\nop = \"randrw\"\ncores = [3, 1]\nrate = \"50kiops\"\n",
		NULL);
	const struct scn_point *p = scn_point(scn, 0);
	const unsigned *cores;
	size_t count;

	assert_int_equal(scn_device_count(p), 2);
	assert_string_equal(scn_device(p, 0), "zeta");
	assert_string_equal(scn_device(p, 1), "alpha");
	assert_null(scn_device(p, 2));
	assert_int_equal(scn_count(p, "traffic"), 2);
	assert_int_equal(scn_count(p, "io"), 1);
	assert_int_equal(scn_rate(p, "traffic.1.rate").value, 2000000);
	assert_int_equal(scn_rate(p, "io.0.rate").value, 50000000);
	cores = scn_cores(p, "io.0.cores", &count);
	assert_int_equal(count, 2);
	assert_int_equal(cores[0], 3);
	assert_int_equal(cores[1], 1);
	assert_string_equal(scn_text(p, "device.alpha.driver"), "nvme");
	load_free(scn);
}

static void a_device_inherits_the_link_of_all(void **state)
{
	struct scn *scn = load_good(
		"[pcie]\ngen = 4\nideal = true\n" ETH0 "pcie = { lanes = 4 }\n" TRAFFIC, NULL);
	const struct scn_point *p = scn_point(scn, 0);

	assert_int_equal(scn_u64(p, "device.eth0.pcie.gen"), 4);
	assert_int_equal(scn_u64(p, "device.eth0.pcie.lanes"), 4);
	assert_int_equal(scn_u64(p, "pcie.lanes"), 8);
	assert_int_equal(scn_u64(p, "device.eth0.pcie.mps"), 256);
	assert_true(scn_bool(p, "device.eth0.pcie.ideal"));
	load_free(scn);
}

static void the_driver_follows_host_and_model(void **state)
{
	struct scn *scn = load_good("[host]\nsoftware = \"bare\"\n" ETH0 TRAFFIC, NULL);

	assert_string_equal(scn_text(scn_point(scn, 0), "device.eth0.driver"), "pmd");
	load_free(scn);
	scn = load_good("[host]\nsoftware = \"ideal\"\n" ETH0 TRAFFIC, NULL);
	assert_false(scn_has(scn_point(scn, 0), "device.eth0.driver"));
	load_free(scn);
}

static void the_profile_sets_the_frequency_unless_the_scenario_does(void **state)
{
	struct scn *scn = load_good("[cpu]\nprofile = \"xeon-bdw-2ghz\"\n" ETH0 TRAFFIC, NULL);

	assert_int_equal(scn_u64(scn_point(scn, 0), "cpu.frequency"), 2000000000);
	assert_false(scn_is_set(scn_point(scn, 0), "cpu.frequency"));
	load_free(scn);
	scn = load_good("[cpu]\nprofile = \"xeon-bdw-2ghz\"\nfrequency = \"2.5GHz\"\n" ETH0 TRAFFIC,
			NULL);
	assert_int_equal(scn_u64(scn_point(scn, 0), "cpu.frequency"), 2500000000);
	load_free(scn);
}

static void a_users_driver_is_known_by_its_row(void **state)
{
	static const struct scn_driver mine[] = { { "mydriver", "82599" } };
	const char *text = ETH0 "driver = \"mydriver\"\n" TRAFFIC;
	struct scn_options options = {
		.path = "x.toml", .text = text, .text_bytes = strlen(text),
		.drivers = mine, .drivers_count = 1,
	};
	struct diag *diag = diag_new();
	struct scn *scn;
	char *told;

	assert_int_equal(scn_load(&scn, &options, diag), 0);
	assert_string_equal(scn_text(scn_point(scn, 0), "device.eth0.driver"), "mydriver");
	scn_free(scn);
	diag_free(diag);
	told = load_bad(text, NULL);
	assert_non_null(
		strstr(told, "test.toml:3:10: error: driver \"mydriver\" does not exist\n"));
	free(told);
}

static void paths_are_relative_to_the_scenario(void **state)
{
	const char *text = ETH0 TRAFFIC "arrival = \"pcap\"\npcap = \"../CMakeLists.txt\"\n";
	struct scn_options options = {
		.path = SOURCE_DIR "/scenarios/x.toml", .text = text, .text_bytes = strlen(text),
	};
	struct diag *diag = diag_new();
	struct scn *scn;

	(void)state;
	if (access(SOURCE_DIR "/CMakeLists.txt", R_OK))
		skip();
	assert_int_equal(scn_load(&scn, &options, diag), 0);
	assert_string_equal(scn_path(scn_point(scn, 0), "traffic.0.pcap"),
			    SOURCE_DIR "/scenarios/../CMakeLists.txt");
	assert_string_equal(scn_name(scn), "x");
	scn_free(scn);
	diag_free(diag);
}

static void the_first_comment_is_the_question(void **state)
{
	struct scn *scn =
		load_good("# What is\n#\n#  asked?\nseed = 1\n# not this\n" ETH0 TRAFFIC, NULL);

	assert_string_equal(scn_question(scn), "What is asked?");
	load_free(scn);
}

static void a_missing_file_is_a_diagnostic(void **state)
{
	struct scn_options options = { .path = "no/such.toml" };
	struct diag *diag = diag_new();
	struct scn *scn;

	assert_int_equal(scn_load(&scn, &options, diag), -1);
	assert_int_equal(diag_count(diag), 1);
	options.path = "/";
	assert_int_equal(scn_load(&scn, &options, diag), -1);
	diag_free(diag);
}

static void a_later_layer_reports_at_the_keys_place(void **state)
{
	struct scn *scn = load_good("[iommu]\nmode = \"strict\"\n" ETH0 TRAFFIC, NULL);
	const struct scn_point *p = scn_point(scn, 0);
	char *told;

	scn_error_at(p, "iommu.mode", "use off", "\"%s\" is not built in",
		     scn_text(p, "iommu.mode"));
	scn_error_at(p, "traffic.0.rate", NULL, "a default has its table's place");
	scn_error_at(p, "dma.bounce", NULL, "or none");
	told = load_told();
	assert_string_equal(told,
			    "test.toml:1:1: error: or none\n"
			    "test.toml:2:8: error: \"strict\" is not built in\n"
			    "    2 | mode = \"strict\"\n"
			    "      |        ^\n"
			    "help: use off\n"
			    "test.toml:5:1: error: a default has its table's place\n"
			    "    5 | [[traffic]]\n"
			    "      | ^\n");
	free(told);
	load_free(scn);
}

/* toml++ frees nested tables by recursion: without the limit this ends in a stack overflow. */
static void hostile_nesting_is_refused(void **state)
{
	size_t dots = 400000;
	char *text = malloc(2 * dots + 8), *told;

	assert_non_null(text);
	for (size_t i = 0; i < dots; i++)
		memcpy(text + 2 * i, "a.", 2);
	strcpy(text + 2 * dots, "a=1\n");
	told = load_bad(text, NULL);
	assert_non_null(strstr(told, "dots"));
	free(told);
	strcpy(text + 2 * 8000, "a=1\n");
	told = load_bad(text, NULL);
	assert_non_null(strstr(told, "nested too deeply"));
	free(told);
	free(text);
}

static void big_files_are_refused(void **state)
{
	size_t bytes = (1 << 20) + 1;
	char *text = malloc(bytes + 1), *told;

	assert_non_null(text);
	memset(text, '\n', bytes);
	text[bytes] = '\0';
	told = load_bad(text, NULL);
	assert_non_null(strstr(told, "larger than 1 MiB"));
	free(told);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_those_of_the_contract),
		cmocka_unit_test(keys_without_a_value_are_told_apart),
		cmocka_unit_test(a_window_of_frames_has_no_length),
		cmocka_unit_test(devices_and_tables_are_in_file_order),
		cmocka_unit_test(a_device_inherits_the_link_of_all),
		cmocka_unit_test(the_driver_follows_host_and_model),
		cmocka_unit_test(the_profile_sets_the_frequency_unless_the_scenario_does),
		cmocka_unit_test(a_users_driver_is_known_by_its_row),
		cmocka_unit_test(paths_are_relative_to_the_scenario),
		cmocka_unit_test(the_first_comment_is_the_question),
		cmocka_unit_test(a_missing_file_is_a_diagnostic),
		cmocka_unit_test(a_later_layer_reports_at_the_keys_place),
		cmocka_unit_test(hostile_nesting_is_refused),
		cmocka_unit_test(big_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
