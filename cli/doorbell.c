/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/build_info.h"
#include "analysis/memory.h"
#include "cli/driver.h"
#include "cli/run_point.h"
#include "cli/strict.h"
#include "cli/verbs.h"
#include "model/scenario/diag.h"

struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;       /* one line of the overview */
	const char *help;
};

static const struct verb verbs[] = {
	{ "run", verb_run, "runs every sweep point and seed of scenarios",
	  "usage: doorbell run S.toml... [options]\n"
	  "\n"
	  "Runs every sweep point and seed, each in a process of its own, and prints the summary.\n"
	  "\n"
	  "  --set KEY=VALUE   overrides a key; a swept key is pinned (repeatable)\n"
	  "  --seed N|A..B     one seed, or every seed from A to B; default: the scenario's\n"
	  "  --out DIR         folder for the results; default: out/NAME of the scenario. With\n"
	  "                    several scenarios each has its folder DIR/NAME\n"
	  "  --json            prints one JSON document instead of the summary\n"
	  "  --jobs N          processes at a time; default: the processors of this host\n"
	  "  --trace GLOB      writes the trace events whose names match into trace.txt\n"
	  "                    and trace.pftrace (for ui.perfetto.dev)\n"
	  "  --trace-format text|perfetto   only one of the two\n"
	  "  --profile         samples call chains every 1 us of busy simulated time\n"
	  "  --profile-interval TIME   the same, at another distance\n"
	  "  --spans           shows in which stages the latency of each request went\n"
	  "  --wave            draws the blocks in RTL: DEVICE-BLOCK.fst in each point's folder\n"
	  "  --driver DIR      the kernel has the driver of that folder in it, see 'build'\n"
	  "  --strict          runs the checking build: a broken rule of the DMA API, or a\n"
	  "                    complaint of the kernel's own checkers, fails the run (exit 3)\n"
	  "\n"
	  "exit: 0 good, 1 an expectation failed, 2 usage or scenario error, 3 the driver under\n"
	  "test crashed or hung, 4 our own bug, 130 interrupted (results so far are written)\n" },
	{ "check", verb_check, "reports all errors of scenarios, runs nothing",
	  "usage: doorbell check S.toml...\n"
	  "\n"
	  "Reports all errors of the scenarios at once; nothing is run.\n" },
	{ "test", verb_test, "runs driver tests, explores schedules, judges patches",
	  "usage: doorbell test [FILTER] [--dir DIR] [options]\n"
	  "\n"
	  "Compiles and runs the driver tests (include/doorbell/test.h) of a folder's .c files.\n"
	  "FILTER is a glob, or part of a test's \"suite.name\".\n"
	  "\n"
	  "  --dir DIR         folder of tests; default: Doorbell's own\n"
	  "  --driver DIR      the kernel has the driver of that folder in it; default: the\n"
	  "                    folder of the tests, or the one above it, if it has a driver\n"
	  "  --seeds N         that many seeds of each test instead of what it says\n"
	  "  --seed N          this one only\n"
	  "  --explore N       each test that passed again under N other schedules: late\n"
	  "                    interrupts, stalled cores, slower memory; a failure is shrunk\n"
	  "  --schedule TEXT   this schedule only (of a replay line)\n"
	  "  --strict          a broken rule fails the test\n"
	  "  --budget TIME     host CPU time after which nothing more is explored (120s, 2min)\n"
	  "  --first           the first failure ends it\n"
	  "  --mutants DIR     for each kernel patch in DIR: builds it, runs the tests with\n"
	  "                    --strict and exploration within the budget, says what was caught\n"
	  "  --keep            with --mutants: their executables stay in DIR/PATCH of --out\n"
	  "  --jobs N          processes at a time; default: the processors of this host\n"
	  "  --out DIR         folder for junit.xml and what failures leave; default: out/test\n"
	  "  --json            prints one JSON document instead of the summary\n"
	  "\n"
	  "exit: 0 all passed, 1 an expectation failed, 2 usage error, 3 the driver under test\n"
	  "crashed, hung or broke a rule, 4 our own bug\n" },
	{ "build", verb_build, "builds a user's driver into the host software",
	  "usage: doorbell build --driver DIR\n"
	  "\n"
	  "Compiles a driver folder (C sources, and a Kbuild or Makefile with obj-m, as for any\n"
	  "kernel module) into the in-process kernel, in seconds, and prints the executables that\n"
	  "have it: the plain and the checking build. From then on scenarios and driver tests can\n"
	  "name it: driver = \"NAME\" of obj-m := NAME.o. 'run' and 'test' build what has changed\n"
	  "since.\n"
	  "\n"
	  "exit: 0 good, 2 it does not compile, or needs what the kernel does not have\n" },
	{ "plot", verb_plot, "draws the figures of a result folder",
	  "usage: doorbell plot DIR [NAME]\n"
	  "\n"
	  "Writes the figures of a result folder into DIR/plots: NAME.dat, NAME.gp, and by\n"
	  "gnuplot NAME.svg and NAME.png. With NAME only those whose names begin with it. A\n"
	  "script that you edited is kept and drawn as it is; delete it to get it anew.\n" },
	{ "list", verb_list, "lists models, keys, stats, events, profiles, drivers, faults or scenarios",
	  "usage: doorbell list models|keys|stats|events|profiles|drivers|faults|scenarios\n" },
	{ "doc", verb_doc, "explains a key of scenario files",
	  "usage: doorbell doc KEY\n" },
	{ "init", verb_init, "prints a commented scenario that runs",
	  "usage: doorbell init > my.toml\n" },
};

enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

static const struct verb *find_verb(const char *name)
{
	for (int i = 0; i < VERBS; i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static void print_overview(FILE *out)
{
	fputs("usage: doorbell VERB [arguments]\n\n", out);
	for (int i = 0; i < VERBS; i++)
		fprintf(out, "  %-6s  %s\n", verbs[i].name, verbs[i].what);
	fputs("\n'doorbell VERB --help' explains one, 'doorbell init' prints a scenario to start\n",
	      out);
}

int cli_help(const char *verb)
{
	const struct verb *row = find_verb(verb);

	if (row)
		fputs(row->help, stdout);
	return RUN_GOOD;
}

int cli_usage_error(const char *verb, const char *fmt, ...)
{
	va_list args;

	fputs("doorbell: error: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	if (verb)
		fprintf(stderr, "\nhelp: 'doorbell %s --help' lists what there is\n", verb);
	else
		fputs("\nhelp: 'doorbell --help' lists what there is\n", stderr);
	return RUN_USAGE;
}

const char *cli_data_dir(void)
{
	return build_data_dir();
}

static int unknown_verb(const char *name)
{
	const char *names[VERBS];
	const char *near;

	for (int i = 0; i < VERBS; i++)
		names[i] = verbs[i].name;
	near = diag_nearest(name, names, VERBS);
	if (!near)
		return cli_usage_error(NULL, "no verb \"%s\"", name);
	fprintf(stderr, "doorbell: error: no verb \"%s\"\nhelp: did you mean \"%s\"?\n", name,
		near);
	return RUN_USAGE;
}

static bool is_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help");
}

/* Buffered output that cannot be delivered (a full disk, a closed pipe) must not exit with 0. */
static int close_stdout(int code)
{
	bool failed = fflush(stdout) || ferror(stdout);

	if (!failed)
		return code;
	fputs("doorbell: error: standard output could not be written\n", stderr);
	return code ? code : RUN_USAGE;
}

static void out_of_memory(void)
{
	fputs("doorbell: error: out of memory\n", stderr);
	_Exit(RUN_OUR_BUG);
}

int doorbell_main(int argc, char **argv)
{
	const struct verb *verb;
	int code;

	mem_set_failed(out_of_memory);
	if (argc < 2) {
		print_overview(stderr);
		return RUN_USAGE;
	}
	if (is_help(argv[1])) {
		print_overview(stdout);
		return close_stdout(RUN_GOOD);
	}
	verb = find_verb(argv[1]);
	if (!verb)
		return unknown_verb(argv[1]);
	for (int i = 2; i < argc; i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return close_stdout(cli_help(verb->name));
	if (!strict_hand_over(argc, argv))
		return RUN_USAGE;
	code = driver_hand_over(argc, argv);
	if (code)
		return code;
	return close_stdout(verb->run(argc - 1, argv + 1));
}
