/* SPDX-License-Identifier: MIT */
#include "cli/run_args.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/memory.h"
#include "cli/options.h"
#include "cli/run_point.h"
#include "cli/verbs.h"
#include "model/core/time.h"
#include "model/scenario/units.h"

enum run_option { RUN_SET = 1, RUN_SEED, RUN_OUT, RUN_JSON, RUN_JOBS, RUN_TRACE, RUN_TRACE_FORMAT, RUN_PROFILE,
		  RUN_PROFILE_INTERVAL, RUN_SPANS, RUN_STRICT, RUN_WAVE };

static const struct option_row rows[] = {
	{ "set", true, RUN_SET },
	{ "seed", true, RUN_SEED },
	{ "out", true, RUN_OUT },
	{ "json", false, RUN_JSON },
	{ "jobs", true, RUN_JOBS },
	{ "trace", true, RUN_TRACE },
	{ "trace-format", true, RUN_TRACE_FORMAT },
	{ "profile", false, RUN_PROFILE },
	{ "profile-interval", true, RUN_PROFILE_INTERVAL },
	{ "spans", false, RUN_SPANS },
	{ "strict", false, RUN_STRICT },
	{ "wave", false, RUN_WAVE },
};

/* Seeds are signed 64-bit in TOML and in most readers of JSON: no larger one is taken. */
static bool parse_u63(const char *text, const char **end, uint64_t *out)
{
	char *stop;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*out = strtoull(text, &stop, 10);
	*end = stop;
	return !errno && *out <= INT64_MAX;
}

static bool parse_seed(struct run_args *args, const char *text)
{
	const char *end;

	args->has_seed = true;
	if (!parse_u63(text, &end, &args->seed_first))
		goto bad;
	args->seed_last = args->seed_first;
	if (end[0] == '.' && end[1] == '.' && !parse_u63(end + 2, &end, &args->seed_last))
		goto bad;
	if (*end)
		goto bad;
	if (args->seed_last < args->seed_first) {
		cli_usage_error("run", "--seed %s: the last seed is below the first", text);
		return false;
	}
	if (args->seed_last - args->seed_first >= RUN_SEEDS_MAX) {
		cli_usage_error("run", "--seed %s: more than %d seeds", text, RUN_SEEDS_MAX);
		return false;
	}
	return true;
bad:
	cli_usage_error("run", "--seed %s: a number (42) or a range (1..8) is due", text);
	return false;
}

static bool parse_jobs(struct run_args *args, const char *text)
{
	const char *end;
	uint64_t jobs;

	if (!parse_u63(text, &end, &jobs) || *end || !jobs || jobs > RUN_JOBS_MAX) {
		cli_usage_error("run", "--jobs %s: a number from 1 to %d is due", text,
				RUN_JOBS_MAX);
		return false;
	}
	args->jobs = (unsigned)jobs;
	return true;
}

static bool parse_format(struct run_args *args, const char *text)
{
	if (!strcmp(text, "text"))
		args->trace_formats = RUN_TRACE_TEXT;
	else if (!strcmp(text, "perfetto"))
		args->trace_formats = RUN_TRACE_PERFETTO;
	else
		cli_usage_error("run", "--trace-format %s: text or perfetto is due", text);
	return args->trace_formats != RUN_TRACE_ALL;
}

static bool parse_interval(struct run_args *args, const char *text)
{
	struct units_value time;

	if (units_parse(UNITS_TIME, text, &time) != UNITS_OK || time.value < PS_PER_NS ||
	    time.value % PS_PER_NS) {
		cli_usage_error("run", "--profile-interval %s: a time of whole nanoseconds is due, "
				"such as 1us", text);
		return false;
	}
	args->profile_ns = time.value / PS_PER_NS;
	return true;
}

static bool take_option(struct run_args *args, int id, const char *value)
{
	switch (id) {
	case OPTION_FILE:
		args->files = mem_grow(args->files, args->file_count, sizeof(*args->files));
		args->files[args->file_count++] = value;
		return true;
	case RUN_SET:
		if (!strchr(value, '=') || *value == '=') {
			cli_usage_error("run", "--set %s: KEY=VALUE is due", value);
			return false;
		}
		args->sets = mem_grow(args->sets, args->set_count, sizeof(*args->sets));
		args->sets[args->set_count++] = value;
		return true;
	case RUN_SEED:
		return parse_seed(args, value);
	case RUN_OUT:
		args->out_dir = value;
		return *value || cli_usage_error("run", "--out needs a folder") == 0;
	case RUN_JSON:
		args->json = true;
		return true;
	case RUN_JOBS:
		return parse_jobs(args, value);
	case RUN_TRACE:
		args->trace_glob = value;
		return true;
	case RUN_TRACE_FORMAT:
		return parse_format(args, value);
	case RUN_PROFILE:
		args->profile_ns = args->profile_ns ? args->profile_ns : RUN_PROFILE_NS;
		return true;
	case RUN_PROFILE_INTERVAL:
		return parse_interval(args, value);
	case RUN_SPANS:
		args->spans = true;
		return true;
	case RUN_STRICT:
		args->strict = true;
		return true;
	case RUN_WAVE:
		args->wave = true;
		return true;
	default:
		return false;
	}
}

bool run_args_parse(struct run_args *args, int argc, char **argv)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct options options;
	const char *value;
	int id;

	memset(args, 0, sizeof(*args));
	args->trace_formats = RUN_TRACE_ALL;
	args->jobs = processors > 0 ? (unsigned)processors : 1;
	options_init(&options, rows, sizeof(rows) / sizeof(rows[0]), argc, argv);
	while ((id = options_next(&options, &value)) != OPTION_END)
		if (!take_option(args, id, value))
			return false;
	if (args->file_count)
		return true;
	cli_usage_error("run", "no scenario file given");
	return false;
}

void run_args_release(struct run_args *args)
{
	free(args->files);
	free(args->sets);
}
