/* SPDX-License-Identifier: MIT */
#include "cli/test_timeline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/memory.h"
#include "model/machine/machine.h"

#define EVENTS_MAX  200000u
#define LINES_MAX   60u
#define BEFORE_PS   (10 * PS_PER_US)
#define AFTER_PS    (40 * PS_PER_US)
#define COLUMN      30

struct moment {
	uint64_t time_ps;
	unsigned core;
	char what[COLUMN];
};

struct test_timeline {
	FILE *out;
	const char *schedule;
	struct machine *machine;
	struct trace_sink sink;
	struct moment *moment;
	size_t count;
	unsigned cores;
	uint64_t first_ps, last_ps;   /* perturbations */
};

static void add(struct test_timeline *timeline, uint64_t time_ps, unsigned core, const char *what)
{
	struct moment *moment;

	if (timeline->count == EVENTS_MAX)
		return;
	moment = &timeline->moment[timeline->count++];
	moment->time_ps = time_ps;
	moment->core = core;
	snprintf(moment->what, sizeof(moment->what), "%s", what);
	if (core >= timeline->cores)
		timeline->cores = core + 1;
}

static void perturbed(struct test_timeline *timeline, uint64_t time_ps)
{
	if (!timeline->first_ps)
		timeline->first_ps = time_ps;
	timeline->last_ps = time_ps;
}

static void emit(void *ctx, struct at when, const struct trace_point *point, const char *source,
		 const uint64_t arg[3])
{
	struct test_timeline *timeline = ctx;
	struct trace_label label = { 0 };
	char what[COLUMN];

	if (!strcmp(point->name, "machine.perturb.stall")) {
		snprintf(what, sizeof(what), "* stalls for %" PRIu64 " ns", arg[2]);
		add(timeline, arg[1], (unsigned)arg[0], what);
		perturbed(timeline, arg[1]);
	} else if (!strcmp(point->name, "machine.perturb.message")) {
		snprintf(what, sizeof(what), "* interrupt %" PRIu64 " late", arg[0]);
		add(timeline, when.ps, 0, what);
		perturbed(timeline, when.ps);
	} else if (!strcmp(point->name, "linux.slice.begin")) {
		machine_trace_label(timeline->machine, point, arg, &label);
		add(timeline, when.ps, (unsigned)arg[0], label.name ? label.name : "?");
	}
}

struct test_timeline *test_timeline_create(FILE *out, const char *schedule)
{
	struct test_timeline *timeline = mem_zalloc(sizeof(*timeline));

	timeline->out = out;
	timeline->schedule = schedule;
	timeline->moment = mem_zalloc(EVENTS_MAX * sizeof(*timeline->moment));
	return timeline;
}

void test_timeline_attach(struct test_timeline *timeline, struct machine *machine)
{
	struct machine_observe observe = { .slices = true };

	timeline->machine = machine;
	timeline->sink = (struct trace_sink){ .emit = emit, .ctx = timeline, .details = true };
	trace_add_sink(machine_sim(machine)->trace, &timeline->sink);
	machine_observe(machine, &observe);
}

static int by_time(const void *a, const void *b)
{
	const struct moment *first = a, *second = b;

	if (first->time_ps != second->time_ps)
		return first->time_ps < second->time_ps ? -1 : 1;
	return first->core < second->core ? -1 : first->core > second->core;
}

static void write_line(const struct test_timeline *timeline, const struct moment *moment)
{
	fprintf(timeline->out, "  %+11.3f us ",
		((double)moment->time_ps - (double)timeline->first_ps) / (double)PS_PER_US);
	for (unsigned core = 0; core < timeline->cores; core++)
		fprintf(timeline->out, " %-*s", COLUMN - 1,
			core == moment->core ? moment->what : "|");
	fputc('\n', timeline->out);
}

void test_timeline_write(struct test_timeline *timeline)
{
	unsigned lines = 0;

	if (!timeline)
		return;
	qsort(timeline->moment, timeline->count, sizeof(*timeline->moment), by_time);
	if (timeline->first_ps) {
		fprintf(timeline->out, "  schedule \"%s\"; times from its first perturbation\n",
			timeline->schedule);
		fprintf(timeline->out, "  %14s ", "");
		for (unsigned core = 0; core < timeline->cores; core++)
			fprintf(timeline->out, " cpu%-*u", COLUMN - 4, core);
		fputc('\n', timeline->out);
	}
	for (size_t i = 0; i < timeline->count && timeline->first_ps && lines < LINES_MAX; i++) {
		const struct moment *moment = &timeline->moment[i];

		if (moment->time_ps + BEFORE_PS < timeline->first_ps ||
		    moment->time_ps > timeline->last_ps + AFTER_PS)
			continue;
		write_line(timeline, moment);
		lines++;
	}
	free(timeline->moment);
	free(timeline);
}
