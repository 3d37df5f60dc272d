/* SPDX-License-Identifier: MIT */
/* The course of a run: boot until the workloads are ready (time zero), warm-up, measuring window. What
 * ends it otherwise is in watch.c. */
#include <stdio.h>
#include <string.h>

#include "model/machine/internal.h"
#include "model/machine/trace_points.h"

/* What "machine.run.phase" tells. */
enum run_phase { RUN_STARTED = 1, RUN_WINDOW, RUN_WINDOW_OVER };

/* How often a run that goes on behind its window asks whether it may end. */
#define LATE_PERIOD dur_ms(1)

static bool counted(const struct machine *machine)
{
	return machine->cfg->measure_frames || machine->cfg->measure_ios;
}

void run_end(struct machine *machine, enum machine_end end, const char *message)
{
	if (machine->end != MACHINE_RUNNING)
		return;
	machine->end = end;
	snprintf(machine->message, sizeof(machine->message), "%s", message);
	machine->run.over = true;
	engine_stop(machine->sim.engine);
}

static void close_window(struct machine *machine)
{
	struct run_state *run = &machine->run;

	run->window_open = false;
	run->window_to = sim_now(&machine->sim);
	trace_emit(&machine->trace, MACHINE_RUN_PHASE, RUN_WINDOW_OVER, 0, 0);
	observe_window(machine, false);
	series_end(machine);
	measure_window_end(machine);
	stats_window_end(machine->sim.stats, run->window_to.ps);
	engine_cancel(machine->sim.engine, &run->window_end);
}

/* A window in which nothing completed although work was waiting, or a core got nowhere, is no result
 * yet: the run goes on, with the window closed and the wires quiet, until that has changed or the
 * watchdog calls it a hang. */
static void window_end(void *ctx)
{
	struct machine *machine = ctx;

	if (machine->run.window_open)
		close_window(machine);
	if (!watch_nothing_came(machine) && !watch_core_missing(machine)) {
		run_end(machine, MACHINE_DONE, "");
		return;
	}
	for (unsigned i = 0; i < machine->cfg->traffics; i++)
		traffic_stop(machine->traffic[i]);
	engine_schedule_in(machine->sim.engine, &machine->run.window_end, LATE_PERIOD);
}

static void open_window(struct machine *machine)
{
	struct run_state *run = &machine->run;

	run->window_open = true;
	run->window_from = sim_now(&machine->sim);
	trace_emit(&machine->trace, MACHINE_RUN_PHASE, RUN_WINDOW, 0, 0);
	observe_window(machine, true);
	measure_window_begin(machine);
	watch_window_begin(machine);
	stats_window_begin(machine->sim.stats, run->window_from.ps);
	series_begin(machine);
}

static void warmup_end(void *ctx)
{
	struct machine *machine = ctx;

	open_window(machine);
	if (!counted(machine))
		engine_schedule_in(machine->sim.engine, &machine->run.window_end,
				   machine->cfg->measure);
}

void run_tell_progress(struct machine *machine)
{
	struct run_state *run = &machine->run;
	uint64_t end_ns = 0;

	if (run->ready && !machine->rig && !counted(machine))
		end_ns = at_add(run->zero, dur_add(machine->cfg->warmup, machine->cfg->measure)).ps /
			 PS_PER_NS;
	machine->hooks.progress(machine->hooks.ctx, sim_now(&machine->sim).ps / PS_PER_NS, end_ns);
}

static uint64_t window_ns(void *ctx)
{
	const struct run_state *run = &((struct machine *)ctx)->run;

	return run->window_open ? 0 : at_since(run->window_to, run->window_from).ps / PS_PER_NS;
}

void run_init(struct machine *machine)
{
	struct run_state *run = &machine->run;

	event_init(&run->warmup_end, "warm-up end", PHASE_CONTROL, warmup_end, machine);
	event_init(&run->window_end, "window end", PHASE_CONTROL, window_end, machine);
	watch_init(machine);
	series_init(machine);
	stats_level_fn(machine->sim.stats, "run.window_ns", window_ns, machine);
}

void run_ready(struct machine *machine)
{
	struct run_state *run = &machine->run;

	run->ready = true;
	run->zero = run->progress_since = sim_now(&machine->sim);
	trace_emit(&machine->trace, MACHINE_RUN_PHASE, RUN_STARTED, 0, 0);
	observe_ready(machine);
	run_tell_progress(machine);
	power_start(machine);
	faults_start(machine);
	if (machine->rig || linux_host_is_checking())
		rings_start(machine);
	for (unsigned i = 0; i < machine->cfg->traffics; i++)
		traffic_start(machine->traffic[i]);
	if (machine->rig) {
		open_window(machine);
		rig_start(machine);
	} else {
		engine_schedule_in(machine->sim.engine, &run->warmup_end, machine->cfg->warmup);
	}
}

void run_test_over(struct machine *machine)
{
	close_window(machine);
	run_end(machine, MACHINE_DONE, "");
}

/* The n-th of what is counted ends the window at once; the run ends by an event, not in the middle of
 * whatever delivered it. */
static void count_one(struct machine *machine, uint64_t *total, uint64_t *in_window, uint64_t wanted)
{
	struct run_state *run = &machine->run;

	++*total;
	if (run->window_open) {
		++*in_window;
	} else if (run->window_to.ps) {
		run->late = true;
	}
	if (run->window_open && wanted && *in_window == wanted) {
		close_window(machine);
		engine_schedule(machine->sim.engine, &run->window_end, sim_now(&machine->sim));
	}
}

/* Something ends the run on purpose; what was measured so far counts. */
void run_stop(struct machine *machine)
{
	if (machine->run.window_open)
		close_window(machine);
	run_end(machine, MACHINE_DONE, "");
}

void run_frame_delivered(struct machine *machine)
{
	count_one(machine, &machine->run.frames, &machine->run.window_frames,
		  machine->cfg->measure_frames);
}

void run_io_completed(struct machine *machine)
{
	count_one(machine, &machine->run.ios, &machine->run.window_ios,
		  machine->cfg->measure_ios);
}
