/* SPDX-License-Identifier: MIT */
#include "tests/validation/bench.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/machine/machine.h"

#define RING        1024u
#define PS          1e6            /* picoseconds of a microsecond */
#define WARMUP      0.05
#define TEXT_BYTES  2048

struct bench {
	struct machine_cfg cfg;
	struct machine *machine;
	struct trace_sink sink;
	const struct trace_point *held_point;
	uint64_t held, errors;
	bool watched;
	char text[TEXT_BYTES];
};

static void ignore_console(void *ctx, const char *text, unsigned len)
{
}

static void ignore_sample(void *ctx, const char *stat, uint64_t time_ps, uint64_t id,
			  uint64_t value)
{
}

static void ignore_progress(void *ctx, uint64_t now_ns, uint64_t end_ns)
{
}

static void watch(void *ctx, struct at when, const struct trace_point *point,
		       const char *source, const uint64_t arg[3])
{
	struct bench *bench = ctx;

	if (!strncmp(point->name, "nic82599.error.", strlen("nic82599.error.")))
		bench->errors++;
	if (!bench->held_point && !strcmp(point->name, "nic82599.irq.held"))
		bench->held_point = point;
	if (point == bench->held_point && stats_window_open(machine_sim(bench->machine)->stats))
		bench->held++;
}

static void configure(struct bench *bench)
{
	struct scn_options options = { .path = "bench.toml", .text = bench->text,
				       .text_bytes = strlen(bench->text), .data_dir = DATA_DIR };
	struct diag *diag = diag_new();
	struct scn *scn;

	if (scn_load(&scn, &options, diag)) {
		diag_print(diag, stdout);
		fail_msg("the scenario is refused:\n%s", bench->text);
	}
	/* Names in cfg point into the scenario: it stays until the process ends. */
	if (machine_config(&bench->cfg, scn_point(scn, 0), scn_u64(scn_point(scn, 0), "seed"),
			   DATA_DIR, diag)) {
		diag_print(diag, stdout);
		fail_msg("the scenario cannot run:\n%s", bench->text);
	}
}

static void run(struct bench *bench)
{
	struct machine_hooks hooks = { .console = ignore_console, .sample = ignore_sample,
				       .progress = ignore_progress };
	char error[256] = "";

	if (machine_create(&bench->machine, &bench->cfg, &hooks, error, sizeof(error)))
		fail_msg("%s", error);
	bench->sink = (struct trace_sink){ .emit = watch, .ctx = bench };
	if (bench->watched || bench->cfg.device[0].itr_us ||
	    bench->cfg.device[0].nic.moderation.kind == NIC82599_MODERATION_ITR)
		trace_add_sink(machine_sim(bench->machine)->trace, &bench->sink);
	if (machine_build(bench->machine, error, sizeof(error)))
		fail_msg("%s", error);
	while (!at_is_never(machine_step(bench->machine, at_ps(UINT64_MAX - 1))))
		;
	if (machine_end(bench->machine) != MACHINE_DONE)
		fail_msg("%s", machine_end_message(bench->machine));
}

struct bench *bench_nic(const struct nic_load *load)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	double span = load->pcap ? load->window : load->packets / load->rate;
	char itr[32] = "off", moderation[256] = "", traffic[512];

	assert_non_null(bench);
	if (load->gap > 0)
		snprintf(itr, sizeof(itr), "%.0fps", load->gap * PS);
	if (load->moderation)
		snprintf(moderation, sizeof(moderation), "moderation = { %s }\n", load->moderation);
	if (load->pcap)
		snprintf(traffic, sizeof(traffic),
			 "arrival = \"pcap\"\npcap = \"%s\"\nspeed = %.1f\n",
			 load->pcap, load->speed);
	else
		snprintf(traffic, sizeof(traffic), "arrival = \"%s\"\nrate = \"%.0fpps\"\nflows = 1\n",
			 load->on > 0 ? "on-off" : "poisson", load->rate * 1e6);
	if (load->on > 0)
		snprintf(traffic + strlen(traffic), sizeof(traffic) - strlen(traffic),
			 "on = \"%.0fps\"\noff = \"%.0fps\"\n", load->on * PS, load->off * PS);
	snprintf(bench->text, sizeof(bench->text),
		 "format = 1\nseed = %u\nrun = { warmup = \"%.0fps\", measure = \"%.0fps\" }\n"
		 "[cpu]\ncores = 1\n[host]\nsoftware = \"ideal\"\n[ideal]\nscheme = \"%s\"\n"
		 "interrupt = \"%.0fps\"\npacket = \"%.0fps\"\npoll = \"%.0fps\"\n"
		 "application = \"%.0fps\"\npoll_interval = \"%.0fps\"\nbudget = %u\n[pcie]\nideal = true\n"
		 "[device.eth0]\nmodel = \"82599\"\nqueues = 1\nring = %u\nitr = \"%s\"\n%s"
		 "[[traffic]]\nto = \"eth0\"\nsink = \"drop\"\n%s",
		 load->seed ? load->seed : 1, load->pcap ? 0 : WARMUP * span * PS, span * PS,
		 load->scheme, load->interrupt * PS, load->packet * PS, load->poll * PS,
		 load->application * PS, load->poll_interval * PS,
		 load->budget ? load->budget : 65536, load->ring ? load->ring : RING, itr, moderation,
		 traffic);
	configure(bench);
	run(bench);
	return bench;
}

struct bench *bench_ssd(const struct ssd_load *load)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	snprintf(bench->text, sizeof(bench->text),
		 "format = 1\nrun = { warmup = \"1ms\", measure = \"%.0fps\" }\n"
		 "[cpu]\ncores = 1\n[host]\nsoftware = \"ideal\"\n[ideal]\ninterrupt = \"%.0fps\"\n"
		 "submit = \"%.0fps\"\ncomplete = \"%.0fps\"\npoll_interval = \"%.0fps\"\n"
		 "[pcie]\nideal = true\n[device.nvme0]\nmodel = \"nvme\"\nmedia = \"ideal\"\n"
		 "queues = 1\ncapacity = \"1GiB\"\n"
		 "[[io]]\non = \"nvme0\"\nop = \"randread\"\ndepth = %u\nengine = \"%s\"\n"
		 "verify = true\n",
		 load->window * PS, load->interrupt * PS, load->submit * PS, load->complete * PS,
		 load->poll_interval * PS, load->depth, load->polled ? "polled" : "async");
	configure(bench);
	bench->cfg.device[0].nvme.media.read = dur_ps((uint64_t)llround(load->medium * PS));
	bench->cfg.device[0].nvme.coalesce_time =
		dur_ps((uint64_t)llround(load->coalesce_time * PS));
	bench->cfg.device[0].nvme.coalesce_threshold = load->coalesce_threshold;
	run(bench);
	assert_int_equal((int)bench_stat(bench, "nvme0.io.errors"), 0);
	return bench;
}

struct bench *bench_scenario(const char *text)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	assert_true(strlen(text) < TEXT_BYTES);
	strcpy(bench->text, text);
	bench->watched = true;
	configure(bench);
	run(bench);
	return bench;
}

void bench_close(struct bench *bench)
{
	machine_destroy(bench->machine);
	machine_config_free(&bench->cfg);
	free(bench);
}

static struct stat_value find(const struct bench *bench, const char *name)
{
	struct stat_value value;

	if (!stats_find(machine_sim(bench->machine)->stats, name, &value))
		fail_msg("no stat %s", name);
	return value;
}

double bench_stat(const struct bench *bench, const char *name)
{
	struct stat_value value = find(bench, name);

	if (value.kind == STAT_RATE)
		return (double)value.num * PS / (double)value.den;
	return (double)value.num / (double)value.den;
}

double bench_window(const struct bench *bench)
{
	return (double)find(bench, bench->cfg.device[0].model == SCN_MODEL_82599 ? "eth0.irq.rate"
									      : "nvme0.io.iops")
		       .den / PS;
}

double bench_per_us(const struct bench *bench, const char *counter)
{
	return bench_stat(bench, counter) / bench_window(bench);
}

double bench_mean(const struct bench *bench, const char *name)
{
	struct stat_value value = find(bench, name);
	uint64_t high, low;

	hist_sum(value.hist, &high, &low);
	return (ldexp((double)high, 64) + (double)low) / (double)hist_count(value.hist) / 1000;
}

double bench_quantile(const struct bench *bench, const char *name, unsigned percent)
{
	return (double)hist_quantile(find(bench, name).hist, percent, 100) / 1000;
}

void bench_digest(const struct bench *bench, char text[DIGEST_TEXT_BYTES])
{
	digest_text(&machine_sim(bench->machine)->trace->digest, text);
}

double bench_errors(const struct bench *bench)
{
	return (double)bench->errors;
}

double bench_held(const struct bench *bench)
{
	return (double)bench->held;
}
