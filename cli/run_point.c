/* SPDX-License-Identifier: MIT */
/* One point on the real machine: description, SystemC, result. */
#include "cli/run_point.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/build_info.h"
#include "cli/plugin.h"
#include "cli/run_observe.h"
#include "model/core/assert.h"
#include "model/machine/machine.h"
#include "model/systemc/systemc_host.h"
#include "model/trace/trace_recent.h"

/* Rows of samples.csv per stat; the histogram holds them all. */
#define SAMPLES_MAX 10000u
#define PATH_BYTES  4096
/* What a user sees of the console when the software ended: about 20 lines. */
#define CONSOLE_TAIL_BYTES 1600u

struct point_run {
	struct machine_cfg cfg;
	struct machine *machine;
	struct point_writer *pw;
	FILE *console;
	const struct run_options *options;
	struct run_observe *observe;
	struct trace_recent recent;
	uint64_t samples;
	char tail[CONSOLE_TAIL_BYTES];   /* a ring: the console's last characters */
	size_t console_bytes;
};

/* For assertions: one run a process. */
static struct point_run *the_run;

static FILE *open_in(const char *dir, const char *name)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return fopen(path, "w");
}

static void on_console(void *ctx, const char *text, unsigned len)
{
	struct point_run *run = ctx;

	fwrite(text, 1, len, run->console);
	for (unsigned i = 0; i < len; i++)
		run->tail[run->console_bytes++ % CONSOLE_TAIL_BYTES] = text[i];
}

/* From the first whole line on; stderr is shown to the user with the reason behind it. */
static void show_console_tail(const struct point_run *run)
{
	size_t at = run->console_bytes > CONSOLE_TAIL_BYTES
			    ? run->console_bytes - CONSOLE_TAIL_BYTES
			    : 0;

	if (at)
		while (at < run->console_bytes && run->tail[at++ % CONSOLE_TAIL_BYTES] != '\n')
			;
	if (at < run->console_bytes)
		fputs("the console's last lines:\n", stderr);
	for (; at < run->console_bytes; at++)
		putc(run->tail[at % CONSOLE_TAIL_BYTES], stderr);
}

static void on_sample(void *ctx, const char *stat, uint64_t time_ps, uint64_t id, uint64_t value)
{
	struct point_run *run = ctx;

	if (run->samples < SAMPLES_MAX) {
		run->samples++;
		pw_sample(run->pw, time_ps, stat, id, value);
	}
}

static void on_series(void *ctx, const char *stat, uint64_t from_ps, uint64_t to_ps,
		      uint64_t value, uint64_t count)
{
	pw_series(((struct point_run *)ctx)->pw, stat, from_ps, to_ps, value, count);
}

static void on_progress(void *ctx, uint64_t now_ns, uint64_t end_ns)
{
	pw_progress(((struct point_run *)ctx)->pw, now_ns, end_ns);
}

static void on_assert(const char *what, const char *file, int line, const char *func)
{
	fprintf(stderr, "doorbell: internal error: %s at %s:%d in %s\n", what, file, line, func);
	if (the_run && the_run->machine) {
		struct sim *sim = machine_sim(the_run->machine);

		fprintf(stderr, "seed %" PRIu64 ", simulated time %" PRIu64 " ps, last events:\n",
			sim->seed, sim_now(sim).ps);
		trace_recent_write(&the_run->recent, stderr);
	}
	fflush(NULL);
	_Exit(RUN_OUR_BUG);
}

static struct at step(void *ctx, struct at limit)
{
	return machine_step(((struct point_run *)ctx)->machine, limit);
}

static void walk_hist(const void *hist, pw_bucket_fn bucket, void *ctx)
{
	hist_walk(hist, bucket, ctx);
}

static void write_dist(struct point_writer *pw, const char *name, const struct hist *hist)
{
	struct pw_dist dist = { .count = hist_count(hist),
				.min = hist_min(hist),
				.max = hist_max(hist),
				.p50 = hist_quantile(hist, 50, 100),
				.p90 = hist_quantile(hist, 90, 100),
				.p99 = hist_quantile(hist, 99, 100),
				.p999 = hist_quantile(hist, 999, 1000),
				.p9999 = hist_quantile(hist, 9999, 10000) };

	hist_sum(hist, &dist.sum_high, &dist.sum_low);
	pw_dist(pw, name, &dist, walk_hist, hist);
}

static void write_stat(struct point_writer *pw, struct stat_value value)
{
	if (value.kind == STAT_DIST)
		write_dist(pw, value.name, value.hist);
	else if (value.kind == STAT_RATE)
		pw_rate(pw, value.name, value.num, value.den);
	else if (value.kind == STAT_RATIO)
		pw_ratio(pw, value.name, value.num, value.den);
	else
		pw_int(pw, value.name, value.num);
}

/* The stats go into the digest too, so it is known only behind them: they are walked twice. */
static void write_result(struct point_run *run)
{
	struct sim *sim = machine_sim(run->machine);
	struct digest digest = sim->trace->digest;
	char text[DIGEST_TEXT_BYTES];

	for (size_t i = 0; i < stats_count(sim->stats); i++) {
		struct stat_value value = stats_get(sim->stats, i);

		digest_bytes(&digest, value.name, strlen(value.name));
		digest_u64(&digest, value.kind == STAT_DIST ? hist_count(value.hist) : value.num);
	}
	digest_text(&digest, text);
	pw_begin(run->pw, text, machine_simulated_ps(run->machine) / PS_PER_NS);
	for (size_t i = 0; i < stats_count(sim->stats); i++)
		write_stat(run->pw, stats_get(sim->stats, i));
	pw_end(run->pw);
}

static int finish(struct point_run *run)
{
	unsigned warnings = machine_kernel_warnings(run->machine);

	switch (machine_end(run->machine)) {
	case MACHINE_DONE:
		break;
	case MACHINE_SOFTWARE_DIED:
	case MACHINE_HUNG:
		show_console_tail(run);
		pw_error(run->pw, "%s", machine_end_message(run->machine));
		return RUN_DRIVER;
	case MACHINE_RUNNING:
		pw_error(run->pw, "SystemC stopped the simulation before its end");
		return RUN_OUR_BUG;
	}
	if (warnings) {
		char first[64];

		machine_first_warning(run->machine, first, sizeof(first));
		pw_error(run->pw, "the kernel warned, %u time%s, first %s; see console.log", warnings,
			 warnings == 1 ? "" : "s", first);
		write_result(run);
		return RUN_DRIVER;
	}
	write_result(run);
	if (run->options->strict && machine_breaches(run->machine)) {
		pw_error(run->pw, "%" PRIu64 " times a rule was broken, first %s; see breaches.txt",
			 machine_breaches(run->machine), run_observe_first_breach(run->observe));
		return RUN_DRIVER;
	}
	return RUN_GOOD;
}

static int simulate(struct point_run *run)
{
	struct machine_hooks hooks = { on_console, on_sample, on_progress, run, on_series,
				       systemc_wake };
	struct systemc_guest guest = { step, run };
	char error[256];

	if (machine_create(&run->machine, &run->cfg, &hooks, error, sizeof(error)))
		return pw_error(run->pw, "%s", error), RUN_OUR_BUG;
	trace_recent_init(&run->recent);
	trace_add_sink(machine_sim(run->machine)->trace, &run->recent.sink);
	if (run_observe_attach(run->observe, run->machine))
		return pw_error(run->pw, "nothing can be observed"), RUN_OUR_BUG;
	if (machine_build(run->machine, error, sizeof(error)))
		return pw_error(run->pw, "%s", error), RUN_USAGE;
	if (systemc_run(&guest, NULL, NULL))
		return pw_error(run->pw, "SystemC failed"), RUN_OUR_BUG;
	return finish(run);
}

static bool has_rtl(const struct machine_cfg *cfg)
{
	for (unsigned d = 0; d < cfg->devices; d++) {
		const struct machine_rtl *rtl = &cfg->device[d].rtl;

		if (rtl->moderation || rtl->msix || rtl->coalescing)
			return true;
	}
	return false;
}

static int run_in_files(struct point_run *run, const struct run_options *options)
{
	int code = RUN_USAGE;

	if (options->wave && !has_rtl(&run->cfg))
		return pw_error(run->pw, "--wave: no device takes a block from RTL"), code;
	run->cfg.wave_dir = options->wave ? options->out_dir : NULL;
	run->options = options;
	run->console = open_in(options->out_dir, "console.log");
	run->observe = run->console ? run_observe_open(options, &run->cfg) : NULL;
	if (run->observe)
		code = simulate(run);
	else
		pw_error(run->pw, "files in %s: %s", options->out_dir, strerror(errno));
	if (run->observe && run_observe_close(run->observe, run->machine) && code == RUN_GOOD) {
		pw_error(run->pw, "%s: what was observed could not be written", options->out_dir);
		code = RUN_USAGE;
	}
	if (run->console)
		fclose(run->console);
	return code;
}

int run_point(const struct scn_point *point, uint64_t seed, const struct run_options *options,
	      struct point_writer *pw)
{
	struct point_run *run = calloc(1, sizeof(*run));
	struct diag *diag = diag_new();
	int code = RUN_USAGE;

	if (!run || !diag)
		return pw_error(pw, "out of memory"), RUN_OUR_BUG;
	the_run = run;
	run->pw = pw;
	assert_set_handler(on_assert);
	if (machine_config(&run->cfg, point, seed, build_data_dir(), diag) ||
	    !plugin_load(&run->cfg, point)) {
		diag_print(diag, stderr);
		pw_error(pw, "the scenario cannot run");
	} else {
		code = run_in_files(run, options);
		machine_destroy(run->machine);
		machine_config_free(&run->cfg);
	}
	the_run = NULL;
	diag_free(diag);
	free(run);
	return code;
}

int run_point_check(const struct scn_point *point, struct diag *diag)
{
	struct machine_cfg *cfg = calloc(1, sizeof(*cfg));
	int err = cfg ? machine_config(cfg, point, 1, build_data_dir(), diag) : -1;

	if (!err) {
		err = plugin_load(cfg, point) ? 0 : -1;
		machine_config_free(cfg);
	}
	free(cfg);
	return err;
}

bool run_point_is_checking(void)
{
	return machine_is_checking();
}
