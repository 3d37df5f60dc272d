/* SPDX-License-Identifier: MIT */
/* The machine behind the command line: one function that runs one point in this process. The verb
 * calls it in a forked child, once per child; tests link another one. */
#ifndef DOORBELL_CLI_RUN_POINT_H
#define DOORBELL_CLI_RUN_POINT_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/point_writer.h"

struct diag;
struct scn_point;

enum run_trace { RUN_TRACE_TEXT = 1, RUN_TRACE_PERFETTO = 2, RUN_TRACE_ALL = 3 };

struct run_options {
	const char *out_dir;     /* the point's folder, exists: console.log, trace.txt, NAME.pcap */
	const char *trace_glob;  /* NULL = no trace.txt and trace.pftrace */
	unsigned trace_formats;  /* enum run_trace: which of the two */
	uint64_t profile_ns;     /* distance of samples; 0 = no profile.folded */
	bool spans;              /* spans.csv and spans-NAME.csv */
	bool wave;               /* DEVICE-BLOCK.fst of every block in RTL */
	bool strict;             /* a broken rule makes the point fail */
};

enum run_exit {
	RUN_GOOD = 0,
	RUN_EXPECTATION = 1,
	RUN_USAGE = 2,           /* e.g. a file the scenario names cannot be read */
	RUN_DRIVER = 3,          /* the driver under test crashed or hung */
	RUN_OUR_BUG = 4,
	RUN_INTERRUPTED = 130,
};

/* Runs the point with this seed and writes its result (pw_progress..., pw_begin .. pw_end). Returns
 * an enum run_exit; anything but RUN_GOOD must be explained by pw_error. May also leave with
 * _exit(code). stdout and stderr are a log in out_dir that is shown to the user on failure. */
int run_point(const struct scn_point *point, uint64_t seed, const struct run_options *options,
	      struct point_writer *pw);

/* What the machine would refuse, asked in the parent before anything is run. 0, or -1 with the
 * reasons in `diag` or, by scn_error_at, in the scenario's own. */
int run_point_check(const struct scn_point *point, struct diag *diag);

/* This executable's kernel is the checking build: rules are checked in every run. */
bool run_point_is_checking(void);

/* Version of the host software's kernel for the result's build part, "" if there is none. */
const char *run_kernel_version(void);

#endif
