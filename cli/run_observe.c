/* SPDX-License-Identifier: MIT */
#include "cli/run_observe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/machine/spans.h"
#include "model/trace/trace_perfetto.h"
#include "model/trace/trace_text.h"

#define PATH_BYTES   4096
#define BUFFER_BYTES (1u << 20)
/* Rows of spans-NAME.csv; spans.csv counts all requests. */
#define ROWS_MAX     100000u

/* Requests of one device. The last stage is the latency. */
struct device_spans {
	FILE *rows;
	uint64_t count;
	struct hist *ns[SPANS_STAGES_MAX + 1];
	unsigned __int128 sum_ps[SPANS_STAGES_MAX + 1];
};

struct run_observe {
	const struct run_options *options;
	const struct machine_cfg *cfg;
	FILE *text_file, *perfetto_file, *profile_file, *spans_file, *breaches_file;
	char first_breach[512];
	struct trace_text text;
	struct trace_perfetto *perfetto;
	struct device_spans device[MACHINE_DEVICES_MAX];
	bool failed;
};

static FILE *open_file(struct run_observe *observe, const char *name)
{
	char path[PATH_BYTES];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", observe->options->out_dir, name);
	file = fopen(path, "w");
	if (!file)
		observe->failed = true;
	else
		setvbuf(file, NULL, _IOFBF, BUFFER_BYTES);
	return file;
}

static void close_file(struct run_observe *observe, FILE *file)
{
	if (!file)
		return;
	observe->failed |= ferror(file) != 0;
	observe->failed |= fclose(file) != 0;
}

/* ---- rules ---- */

static void on_breach(void *ctx, const char *text)
{
	struct run_observe *observe = ctx;

	if (!observe->breaches_file) {
		observe->breaches_file = open_file(observe, "breaches.txt");
		snprintf(observe->first_breach, sizeof(observe->first_breach), "%s", text);
	}
	if (observe->breaches_file)
		fprintf(observe->breaches_file, "%s\n", text);
}

const char *run_observe_first_breach(const struct run_observe *observe)
{
	return observe->first_breach;
}

/* ---- spans ---- */

static void open_spans(struct run_observe *observe, unsigned d)
{
	const char *const *stage = spans_stage_names(observe->cfg, d);
	struct device_spans *device = &observe->device[d];
	char name[128];

	snprintf(name, sizeof(name), "spans-%s.csv", observe->cfg->device[d].name);
	device->rows = open_file(observe, name);
	for (unsigned i = 0; i <= SPANS_STAGES_MAX; i++) {
		device->ns[i] = hist_create();
		observe->failed |= !device->ns[i];
	}
	if (!device->rows)
		return;
	fputs("id,end_ps,latency_ps", device->rows);
	for (; *stage; stage++)
		fprintf(device->rows, ",%s_ps", *stage);
	fputc('\n', device->rows);
}

static void count_stage(struct device_spans *device, unsigned stage, uint64_t ps)
{
	hist_add(device->ns[stage], ps / PS_PER_NS);
	device->sum_ps[stage] += ps;
}

static void on_span(void *ctx, const struct span *span)
{
	struct device_spans *device = &((struct run_observe *)ctx)->device[span->device];

	for (unsigned i = 0; i < span->stages; i++)
		count_stage(device, i, span->stage_ps[i]);
	count_stage(device, SPANS_STAGES_MAX, span->latency_ps);
	if (++device->count > ROWS_MAX)
		return;
	fprintf(device->rows, "%" PRIu64 ",%" PRIu64 ",%" PRIu64, span->id, span->end_ps,
		span->latency_ps);
	for (unsigned i = 0; i < span->stages; i++)
		fprintf(device->rows, ",%" PRIu64, span->stage_ps[i]);
	fputc('\n', device->rows);
}

static void write_stage(struct run_observe *observe, unsigned d, const char *name, unsigned stage)
{
	const struct device_spans *device = &observe->device[d];
	const struct hist *ns = device->ns[stage];
	uint64_t mean = (uint64_t)(device->sum_ps[stage] / device->count);

	fprintf(observe->spans_file,
		"%s,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
		",%" PRIu64 ",%" PRIu64 "\n",
		observe->cfg->device[d].name, name, device->count, mean, hist_min(ns),
		hist_quantile(ns, 50, 100), hist_quantile(ns, 90, 100), hist_quantile(ns, 99, 100),
		hist_quantile(ns, 999, 1000), hist_max(ns));
}

static void close_spans(struct run_observe *observe)
{
	fputs("device,stage,count,mean_ps,min_ns,p50_ns,p90_ns,p99_ns,p999_ns,max_ns\n",
	      observe->spans_file);
	for (unsigned d = 0; d < observe->cfg->devices; d++) {
		const char *const *stage = spans_stage_names(observe->cfg, d);
		struct device_spans *device = &observe->device[d];

		for (unsigned i = 0; stage[i] && device->count; i++)
			write_stage(observe, d, stage[i], i);
		if (device->count)
			write_stage(observe, d, "latency", SPANS_STAGES_MAX);
		for (unsigned i = 0; i <= SPANS_STAGES_MAX; i++)
			hist_destroy(device->ns[i]);
		close_file(observe, device->rows);
	}
	close_file(observe, observe->spans_file);
}

/* ---- life ---- */

static void open_trace(struct run_observe *observe)
{
	struct trace_perfetto_cfg cfg = { .glob = observe->options->trace_glob,
					  .start = MACHINE_TRACE_START,
					  .label = machine_trace_label };

	if (observe->options->trace_formats & RUN_TRACE_TEXT) {
		observe->text_file = open_file(observe, "trace.txt");
		trace_text_init(&observe->text, observe->text_file, cfg.glob);
		observe->text.label = machine_trace_label;
	}
	if (!(observe->options->trace_formats & RUN_TRACE_PERFETTO))
		return;
	observe->perfetto_file = cfg.out = open_file(observe, "trace.pftrace");
	if (observe->perfetto_file)
		observe->perfetto = trace_perfetto_create(&cfg);
	observe->failed |= !observe->perfetto;
}

struct run_observe *run_observe_open(const struct run_options *options,
				     const struct machine_cfg *cfg)
{
	struct run_observe *observe = calloc(1, sizeof(*observe));

	if (!observe)
		return NULL;
	observe->options = options;
	observe->cfg = cfg;
	if (options->trace_glob)
		open_trace(observe);
	if (options->profile_ns)
		observe->profile_file = open_file(observe, "profile.folded");
	if (options->spans) {
		observe->spans_file = open_file(observe, "spans.csv");
		for (unsigned d = 0; d < cfg->devices; d++)
			open_spans(observe, d);
	}
	if (!observe->failed)
		return observe;
	run_observe_close(observe, NULL);
	return NULL;
}

int run_observe_attach(struct run_observe *observe, struct machine *machine)
{
	struct machine_observe what = { .profile_ns = observe->options->profile_ns,
					.slices = observe->options->trace_glob != NULL,
					.span = observe->options->spans ? on_span : NULL,
					.breach = on_breach,
					.ctx = observe };

	if (observe->text_file)
		trace_add_sink(machine_sim(machine)->trace, &observe->text.sink);
	if (observe->perfetto)
		trace_add_sink(machine_sim(machine)->trace,
			       trace_perfetto_sink(observe->perfetto));
	return machine_observe(machine, &what);
}

int run_observe_close(struct run_observe *observe, struct machine *machine)
{
	int failed;

	if (machine)
		trace_drop_sinks(machine_sim(machine)->trace);
	if (observe->perfetto)
		observe->failed |= trace_perfetto_close(observe->perfetto) != 0;
	if (observe->profile_file && machine)
		observe->failed |= machine_profile_write(machine, observe->profile_file) != 0;
	if (observe->spans_file)
		close_spans(observe);
	close_file(observe, observe->text_file);
	close_file(observe, observe->perfetto_file);
	close_file(observe, observe->profile_file);
	close_file(observe, observe->breaches_file);
	failed = observe->failed;
	free(observe);
	return failed ? -1 : 0;
}
