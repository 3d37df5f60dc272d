/* SPDX-License-Identifier: MIT */
/* Rows over time: what the devices' counters gained in each interval of the measuring window, and
 * the sum of the latencies of what completed in it. */
#include <stdio.h>

#include "model/machine/internal.h"

static const char *const of_nic[SERIES_STATS] = {
	"rx.offered", "rx.delivered", "irq.count", "rx.latency_ns",
};
static const char *const of_ssd[SERIES_STATS] = {
	"io.completed", "irq.count", "io.latency_ns", NULL,
};

/* Tells what was gained since the last time, if `tell`. */
static void take(struct machine *machine, bool tell)
{
	struct run_state *run = &machine->run;
	struct at now = sim_now(&machine->sim);
	uint64_t from = at_since(run->series_from, run->window_from).ps;
	uint64_t to = at_since(now, run->window_from).ps;

	for (unsigned d = 0; d < machine->cfg->devices; d++) {
		const struct machine_device *device = &machine->cfg->device[d];
		const char *const *stat = device->model == SCN_MODEL_82599 ? of_nic : of_ssd;

		for (unsigned s = 0; s < SERIES_STATS && stat[s]; s++) {
			uint64_t *before = run->series[d][s], value, count;
			char name[96];

			snprintf(name, sizeof(name), "%s.%s", device->name, stat[s]);
			if (!stats_so_far(machine->sim.stats, name, &value, &count))
				continue;
			if (tell)
				machine->hooks.series(machine->hooks.ctx, name, from, to,
						      value - before[0], count - before[1]);
			before[0] = value;
			before[1] = count;
		}
	}
	run->series_from = now;
}

static void interval_end(void *ctx)
{
	struct machine *machine = ctx;

	take(machine, true);
	engine_schedule_in(machine->sim.engine, &machine->run.series_event,
			   machine->cfg->interval);
}

void series_init(struct machine *machine)
{
	event_init(&machine->run.series_event, "interval end", PHASE_CONTROL, interval_end,
		   machine);
}

/* When the window has just been opened. */
void series_begin(struct machine *machine)
{
	if (!machine->cfg->interval.ps || !machine->hooks.series)
		return;
	take(machine, false);
	engine_schedule_in(machine->sim.engine, &machine->run.series_event,
			   machine->cfg->interval);
}

/* When the window closes: what is left of an interval. */
void series_end(struct machine *machine)
{
	if (!event_pending(&machine->run.series_event))
		return;
	engine_cancel(machine->sim.engine, &machine->run.series_event);
	if (at_before(machine->run.series_from, sim_now(&machine->sim)))
		take(machine, true);
}
