/* SPDX-License-Identifier: MIT */
/* Verdicts as lines, JSON, JUnit XML (for CI systems), and for the runner of mutants. */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "analysis/json_text.h"
#include "cli/run_point.h"
#include "cli/test_runner.h"

static const char *const outcome_name[] = {
	[TEST_NOT_RUN] = "not run", [TEST_PASSED] = "passed", [TEST_FAILED] = "failed",
	[TEST_DRIVER] = "driver",   [TEST_USAGE] = "unusable", [TEST_OUR_BUG] = "internal error",
};

static bool failed(const struct test_verdict *verdict)
{
	return verdict->result.outcome > TEST_PASSED;
}

void test_report_replay(FILE *out, const struct test_verdict *verdict,
			const struct test_args *args)
{
	fprintf(out, "doorbell test %s --dir %s --seed %" PRIu64, verdict->test->id,
		verdict->test->folder, verdict->seed);
	if (*verdict->schedule)
		fprintf(out, " --schedule '%s'", verdict->schedule);
	if (args->strict)
		fputs(args->plain ? " --strict --plain" : " --strict", out);
}

void test_report_line(const struct test_verdict *verdict, const struct test_args *args)
{
	const char *word = verdict->result.outcome == TEST_PASSED    ? "ok"
			   : verdict->result.outcome == TEST_NOT_RUN ? "--"
								     : "FAIL";

	fprintf(stderr, "%-4s %s: %" PRIu64 " run%s", word, verdict->test->id, verdict->runs,
		verdict->runs == 1 ? "" : "s");
	if (verdict->schedules)
		fprintf(stderr, ", %" PRIu64 " schedules", verdict->schedules);
	fprintf(stderr, ", %.2f s\n", (double)verdict->cpu_us / 1e6);
	if (!failed(verdict))
		return;
	fprintf(stderr, "  %s\n  replay: ", verdict->result.message);
	test_report_replay(stderr, verdict, args);
	fprintf(stderr, "\n  kept: %s (console.log, trace.txt, trace.pftrace, profile.folded)\n",
		verdict->kept);
	if (verdict->timeline)
		fputs(verdict->timeline, stderr);
}

static size_t count(const struct test_runner *runner, bool of_failed)
{
	size_t sum = 0;

	for (size_t i = 0; i < runner->count; i++)
		sum += of_failed ? failed(&runner->verdict[i])
				 : runner->verdict[i].result.outcome == TEST_PASSED;
	return sum;
}

void test_report_summary(const struct test_runner *runner)
{
	uint64_t schedules = 0;

	for (size_t i = 0; i < runner->count; i++)
		schedules += runner->verdict[i].schedules;
	printf("%zu tests: %zu passed, %zu failed", runner->count, count(runner, false),
	       count(runner, true));
	if (schedules)
		printf("; %" PRIu64 " schedules", schedules);
	printf("; %.1f s of host CPU\n", (double)runner->cpu_us / 1e6);
}

static void json_verdict(FILE *out, const struct test_verdict *verdict,
			 const struct test_args *args)
{
	fputs("{\"cpu_seconds\":", out);
	fprintf(out, "%.6f,\"digest\":", (double)verdict->cpu_us / 1e6);
	json_text(out, verdict->result.digest);
	fputs(",\"message\":", out);
	json_text(out, verdict->result.message);
	fputs(",\"outcome\":", out);
	json_text(out, outcome_name[verdict->result.outcome]);
	if (failed(verdict)) {
		fputs(",\"replay\":\"", out);
		test_report_replay(out, verdict, args);
		fputc('"', out);
	}
	fputs(",\"rule\":", out);
	json_text(out, verdict->result.rule);
	fprintf(out, ",\"runs\":%" PRIu64 ",\"schedule\":", verdict->runs);
	json_text(out, verdict->schedule);
	fprintf(out, ",\"schedules\":%" PRIu64 ",\"seed\":%" PRIu64 ",\"test\":",
		verdict->schedules, verdict->seed);
	json_text(out, verdict->test->id);
	fputc('}', out);
}

void test_report_json(FILE *out, const struct test_runner *runner)
{
	fprintf(out, "{\"cpu_seconds\":%.6f,\"failed\":%zu,\"format\":1,\"passed\":%zu,\"tests\":[",
		(double)runner->cpu_us / 1e6, count(runner, true), count(runner, false));
	for (size_t i = 0; i < runner->count; i++) {
		if (i)
			fputc(',', out);
		json_verdict(out, &runner->verdict[i], runner->args);
	}
	fputs("]}\n", out);
}

static void xml_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '&' || c == '<' || c == '>' || c == '"')
			fprintf(out, "&#%u;", c);
		else
			fputc(c < 0x20 && c != '\n' ? ' ' : c, out);
	}
}

static void junit_case(FILE *out, const struct test_verdict *verdict,
		       const struct test_args *args)
{
	fprintf(out, "    <testcase classname=\"%s\" name=\"%s\" time=\"%.3f\">",
		verdict->test->test->suite, verdict->test->test->name,
		(double)verdict->cpu_us / 1e6);
	if (failed(verdict)) {
		fprintf(out, "\n      <failure type=\"%s\" message=\"", verdict->result.rule);
		xml_text(out, verdict->result.message);
		fputs("\">replay: ", out);
		test_report_replay(out, verdict, args);
		fputc('\n', out);
		xml_text(out, verdict->timeline ? verdict->timeline : "");
		fputs("</failure>\n    ", out);
	} else if (verdict->result.outcome == TEST_NOT_RUN) {
		fputs("<skipped/>", out);
	}
	fputs("</testcase>\n", out);
}

bool test_report_junit(const struct test_runner *runner)
{
	char path[PATH_MAX];
	FILE *out;
	int bad;

	snprintf(path, sizeof(path), "%s/junit.xml", runner->args->out);
	out = fopen(path, "w");
	if (!out)
		return false;
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
		"  <testsuite name=\"doorbell\" tests=\"%zu\" failures=\"%zu\" time=\"%.3f\">\n",
		runner->count, count(runner, true), (double)runner->cpu_us / 1e6);
	for (size_t i = 0; i < runner->count; i++)
		junit_case(out, &runner->verdict[i], runner->args);
	fputs("  </testsuite>\n</testsuites>\n", out);
	bad = ferror(out);
	return !(fclose(out) | bad);
}

/* One line: outcome, rule, test, seed, schedules, CPU microseconds, schedule, message; tabs
 * between. */
bool test_report_brief(const struct test_runner *runner, const char *path)
{
	FILE *out = fopen(path, "w");
	uint64_t schedules = 0;
	int bad;

	if (!out)
		return false;
	for (size_t i = 0; i < runner->count; i++)
		schedules += runner->verdict[i].schedules + runner->verdict[i].runs;
	for (size_t i = 0; i < runner->count; i++) {
		const struct test_verdict *verdict = &runner->verdict[i];

		if (failed(verdict))
			fprintf(out, "%s\t%s\t%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%s\t%s\n",
				outcome_name[verdict->result.outcome], verdict->result.rule,
				verdict->test->id, verdict->seed, schedules, runner->cpu_us,
				verdict->schedule, verdict->result.message);
	}
	fprintf(out, "end\t\t\t0\t%" PRIu64 "\t%" PRIu64 "\t\t\n", schedules, runner->cpu_us);
	bad = ferror(out);
	return !(fclose(out) | bad);
}

int test_report_exit(const struct test_runner *runner)
{
	static const int code[] = {
		[TEST_NOT_RUN] = RUN_GOOD,  [TEST_PASSED] = RUN_GOOD,
		[TEST_FAILED] = RUN_EXPECTATION,
		[TEST_DRIVER] = RUN_DRIVER, [TEST_USAGE] = RUN_USAGE, [TEST_OUR_BUG] = RUN_OUR_BUG,
	};
	enum test_outcome worst = TEST_NOT_RUN;

	for (size_t i = 0; i < runner->count; i++)
		if (runner->verdict[i].result.outcome > worst)
			worst = runner->verdict[i].result.outcome;
	return code[worst];
}
