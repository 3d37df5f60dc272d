/* SPDX-License-Identifier: MIT */
/* The command line of `doorbell run`. */
#ifndef DOORBELL_CLI_RUN_ARGS_H
#define DOORBELL_CLI_RUN_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More seeds than this in one call are taken for a slip of the hand. */
#define RUN_SEEDS_MAX 100000
#define RUN_JOBS_MAX 1024
#define RUN_PROFILE_NS 1000

struct run_args {
	const char **files;
	size_t file_count;
	const char **sets;
	size_t set_count;
	bool has_seed;
	uint64_t seed_first, seed_last;
	const char *out_dir;     /* NULL: out/NAME */
	const char *trace_glob;
	unsigned trace_formats;  /* enum run_trace; RUN_TRACE_ALL unless said otherwise */
	uint64_t profile_ns;     /* distance of the profile's samples; 0 = none */
	bool spans;
	bool wave;
	bool strict;             /* the checking build; what breaks a rule fails */
	bool json;
	unsigned jobs;
};

/* False: the user has been told what is wrong. Strings stay argv's. */
bool run_args_parse(struct run_args *args, int argc, char **argv);
void run_args_release(struct run_args *args);

#endif
