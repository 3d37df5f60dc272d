/* SPDX-License-Identifier: MIT */
/* `doorbell test --mutants`: for each patch the two kernels with it, plain and checking,
 * executables with those, and the suite in them; what was caught, by what, and what it cost, as a
 * table and as JSON. The checking build comes first, without exploration: most is seen there at
 * once. Then both explore: plain for the number of schedules, checking for weak memory and its
 * rules, each beginning with the tests that the patch concerns (test_order.c). */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "analysis/json_text.h"
#include "analysis/memory.h"
#include "cli/build_info.h"
#include "cli/run_point.h"
#include "cli/test_runner.h"
#include "cli/verbs.h"

#define BUDGET_DEFAULT_US 120000000u
#define SCHEDULES_BOUND   "100000000"
#define FIELD_BYTES       512
/* Of a name in a folder, or of a script of ours. */
#define PATH_BYTES        (PATH_MAX + 64)

/* Missed: the suite ran to its end and nothing failed. */
enum mutant_state { MUTANT_UNBUILT, MUTANT_CAUGHT, MUTANT_MISSED };

struct mutant {
	char name[128];
	enum mutant_state state;
	char rule[FIELD_BYTES], test[FIELD_BYTES], schedule[FIELD_BYTES], message[FIELD_BYTES];
	char paths[4096];
	uint64_t seed, schedules, cpu_us, wall_us, build_us;
};

static const char *const state_name[] = { "not built", "caught", "missed" };

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Its output goes to a log. The exit code, or -1. */
static int run_logged(const char *log, char *const argv[])
{
	int status = -1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		if (!freopen(log, "a", stdout) || dup2(1, 2) < 0)
			_exit(127);
		execv(argv[0], argv);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The build folder is where this executable lies. */
static bool build_folder(char *folder, size_t bytes)
{
	ssize_t length = readlink("/proc/self/exe", folder, bytes - 1);

	if (length < 0)
		return false;
	folder[length] = 0;
	*strrchr(folder, '/') = 0;
	return true;
}

static bool build(const char *patch, const char *dir, const char *log, const char *name)
{
	bool checking = strcmp(name, "doorbell");
	char script[PATH_BYTES], relink[PATH_BYTES], kernel[PATH_BYTES], object[PATH_BYTES];
	char binary[PATH_BYTES], folder[PATH_MAX];
	char *make[] = { script, kernel, (char *)patch, NULL };
	char *link[] = { relink, folder, object, binary, (char *)name, NULL };

	if (!build_folder(folder, sizeof(folder)))
		return false;
	snprintf(script, sizeof(script), "%s/drivers/linux/build/build-kernel.sh",
		 build_data_dir());
	snprintf(relink, sizeof(relink), "%s/drivers/linux/build/relink.sh", build_data_dir());
	snprintf(kernel, sizeof(kernel), "%s/kernel%s", dir, checking ? "-checking" : "");
	snprintf(object, sizeof(object), "%s/kernel%s/kernel.o", dir, checking ? "-checking" : "");
	snprintf(binary, sizeof(binary), "%s/%s", dir, name);
	setenv("DOORBELL_COST_MODE", checking ? "checking" : "loop", 1);
	return !run_logged(log, make) && !run_logged(log, link);
}

static void take_field(char *to, const char *line, unsigned field)
{
	size_t length;

	while (field-- && (line = strchr(line, '\t')))
		line++;
	length = line ? strcspn(line, "\t\n") : 0;
	snprintf(to, FIELD_BYTES, "%.*s", (int)length, line ? line : "");
}

static uint64_t take_number(const char *line, unsigned field)
{
	char text[FIELD_BYTES];

	take_field(text, line, field);
	return strtoull(text, NULL, 10);
}

/* As test_report_brief writes it. The first failure is the verdict. Ran to its end: true. */
static bool read_brief(struct mutant *mutant, const char *path)
{
	FILE *file = fopen(path, "r");
	uint64_t schedules = 0, cpu_us = 0;
	char line[2048];
	bool ended = false;

	while (file && fgets(line, sizeof(line), file)) {
		schedules = take_number(line, 4);
		cpu_us = take_number(line, 5);
		ended = !strncmp(line, "end\t", 4);
		if (mutant->state == MUTANT_CAUGHT || ended)
			continue;
		mutant->state = MUTANT_CAUGHT;
		take_field(mutant->rule, line, 1);
		take_field(mutant->test, line, 2);
		take_field(mutant->schedule, line, 6);
		take_field(mutant->message, line, 7);
		mutant->seed = take_number(line, 3);
	}
	mutant->schedules += schedules;
	mutant->cpu_us += cpu_us;
	if (file)
		fclose(file);
	return ended;
}

struct phase {
	const char *name;        /* of the executable */
	const char *explore;
	unsigned percent;        /* of what is left of the budget */
};

static const struct phase phases[] = {
	{ "doorbell-checking", "0", 100 },
	{ "doorbell", SCHEDULES_BOUND, 40 },
	{ "doorbell-checking", SCHEDULES_BOUND, 100 },
};

/* The files that a patch changes, one after the other. */
static void read_paths(char *paths, size_t bytes, const char *patch)
{
	FILE *file = fopen(patch, "r");
	char line[PATH_BYTES];
	size_t used = 0;

	*paths = 0;
	while (file && fgets(line, sizeof(line), file)) {
		size_t length = strcspn(line, "\t\n");

		if (strncmp(line, "+++ ", 4) || used + length >= bytes)
			continue;
		used += (size_t)snprintf(paths + used, bytes - used, "%.*s,", (int)length - 4,
					 line + 4);
	}
	if (file)
		fclose(file);
}

/* Once, and only if the phases before have caught nothing. */
static bool have(struct mutant *mutant, const char *patch, const char *dir, const char *log,
		 const char *name)
{
	uint64_t start = now_us();
	char binary[PATH_BYTES];
	bool built;

	snprintf(binary, sizeof(binary), "%s/%s", dir, name);
	if (!access(binary, X_OK))
		return true;
	built = build(patch, dir, log, name);
	mutant->build_us += now_us() - start;
	return built;
}

static uint64_t budget_of(const struct mutant *mutant, const struct test_args *args,
			  const struct phase *phase)
{
	uint64_t us = args->budget_us ? args->budget_us : BUDGET_DEFAULT_US;

	return mutant->cpu_us < us ? (us - mutant->cpu_us) * phase->percent / 100 : 0;
}

static bool run_phase(struct mutant *mutant, const char *dir, const char *log,
		      const struct test_args *args, const struct phase *phase)
{
	uint64_t us = budget_of(mutant, args, phase);
	char binary[PATH_BYTES], brief[PATH_BYTES], out[PATH_BYTES], budget[32], jobs[16];
	bool checking = strcmp(phase->name, "doorbell");
	char base[PATH_BYTES];
	char *argv[] = { binary, "test", "--dir", (char *)args->dir, "--strict",
			 checking ? "--strict" : "--plain", "--first", "--explore",
			 (char *)phase->explore, "--budget", budget, "--brief", brief, "--base",
			 base, "--about", mutant->paths, "--out", out, "--jobs", jobs,
			 (char *)args->filter, NULL };

	snprintf(binary, sizeof(binary), "%s/%s", dir, phase->name);
	snprintf(brief, sizeof(brief), "%s/brief.txt", dir);
	snprintf(base, sizeof(base), "%s/base", dir);
	snprintf(out, sizeof(out), "%s/out", dir);
	snprintf(budget, sizeof(budget), "%" PRIu64 "s", us / 1000000);
	snprintf(jobs, sizeof(jobs), "%u", args->jobs);
	unlink(brief);
	run_logged(log, argv);
	return read_brief(mutant, brief);
}

static void run_suite(struct mutant *mutant, const char *patch, const char *dir, const char *log,
		      const struct test_args *args)
{
	bool ran = true;

	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]) && ran; i++)
		if (mutant->state != MUTANT_CAUGHT &&
		    budget_of(mutant, args, &phases[i]) >= 1000000)
			ran = have(mutant, patch, dir, log, phases[i].name) &&
			      run_phase(mutant, dir, log, args, &phases[i]);
	if (mutant->state == MUTANT_CAUGHT)
		return;
	mutant->state = ran ? MUTANT_MISSED : MUTANT_UNBUILT;
	if (!ran)
		snprintf(mutant->message, sizeof(mutant->message), "see %.500s", log);
}

static void discard(const char *dir)
{
	char path[PATH_BYTES];

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, phases[i].name);
		unlink(path);
		snprintf(path, sizeof(path), "%s/%s.base", dir, phases[i].name);
		unlink(path);
		snprintf(path, sizeof(path), "%s/kernel%s/kernel.o", dir, i ? "" : "-checking");
		unlink(path);
	}
}

static void judge(struct mutant *mutant, const char *patch, const struct test_args *args)
{
	char dir[PATH_MAX], log[PATH_BYTES];
	uint64_t start = now_us();

	if (snprintf(dir, sizeof(dir), "%s/%s", args->out, mutant->name) >= (int)sizeof(dir) ||
	    (mkdir(dir, 0777) && errno != EEXIST))
		return;
	snprintf(log, sizeof(log), "%s/log.txt", dir);
	unlink(log);
	discard(dir);
	read_paths(mutant->paths, sizeof(mutant->paths), patch);
	run_suite(mutant, patch, dir, log, args);
	mutant->wall_us = now_us() - start - mutant->build_us;
	if (!args->keep)
		discard(dir);
}

static void print_line(FILE *out, const struct mutant *mutant)
{
	fprintf(out, "%-36s %-9s %-14s %-44s %9" PRIu64 " %7.1f %7.1f\n", mutant->name,
		state_name[mutant->state], mutant->rule, mutant->test, mutant->schedules,
		(double)mutant->cpu_us / 1e6, (double)mutant->build_us / 1e6);
	if (*mutant->message)
		fprintf(out, "    %s\n", mutant->message);
}

static void json_member(FILE *out, const char *name, const char *text)
{
	fprintf(out, "\"%s\":", name);
	json_text(out, text);
	fputc(',', out);
}

static void print_json(FILE *out, const struct mutant *mutant, size_t count, size_t caught)
{
	fprintf(out, "{\"caught\":%zu,\"format\":1,\"mutants\":[", caught);
	for (size_t i = 0; i < count; i++, mutant++) {
		fprintf(out, "%s{\"build_seconds\":%.3f,\"cpu_seconds\":%.3f,", i ? "," : "",
			(double)mutant->build_us / 1e6, (double)mutant->cpu_us / 1e6);
		json_member(out, "message", mutant->message);
		json_member(out, "outcome", state_name[mutant->state]);
		json_member(out, "patch", mutant->name);
		json_member(out, "rule", mutant->rule);
		json_member(out, "schedule", mutant->schedule);
		fprintf(out, "\"schedules\":%" PRIu64 ",\"seed\":%" PRIu64 ",", mutant->schedules,
			mutant->seed);
		json_member(out, "test", mutant->test);
		fprintf(out, "\"wall_seconds\":%.3f}", (double)mutant->wall_us / 1e6);
	}
	fprintf(out, "],\"total\":%zu}\n", count);
}

static int is_patch(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 6 && !strcmp(entry->d_name + length - 6, ".patch");
}

int test_mutants(const struct test_args *args)
{
	struct dirent **names;
	int count = scandir(args->mutants, &names, is_patch, alphasort);
	struct mutant *mutants;
	size_t caught = 0;

	if (count <= 0)
		return cli_usage_error("test", "--mutants %s: %s", args->mutants,
				       count ? strerror(errno) : "no .patch file is there");
	mutants = mem_zalloc((size_t)count * sizeof(*mutants));
	fprintf(stderr, "%-36s %-9s %-14s %-44s %9s %7s %7s\n", "patch", "", "rule", "test",
		"schedules", "CPU s", "build s");
	for (int i = 0; i < count; i++) {
		char patch[PATH_MAX], whole[PATH_MAX];

		snprintf(mutants[i].name, sizeof(mutants[i].name), "%.*s",
			 (int)strlen(names[i]->d_name) - 6, names[i]->d_name);
		snprintf(patch, sizeof(patch), "%s/%s", args->mutants, names[i]->d_name);
		if (realpath(patch, whole))
			judge(&mutants[i], whole, args);
		caught += mutants[i].state == MUTANT_CAUGHT;
		print_line(stderr, &mutants[i]);
		free(names[i]);
	}
	free(names);
	if (args->json) {
		print_json(stdout, mutants, (size_t)count, caught);
	} else {
		for (int i = 0; i < count; i++)
			print_line(stdout, &mutants[i]);
		printf("%zu of %d caught\n", caught, count);
	}
	free(mutants);
	return RUN_GOOD;
}
