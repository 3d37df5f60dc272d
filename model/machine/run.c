/* SPDX-License-Identifier: MIT */
/* The course of a run: boot until the workloads are ready (time zero), warm-up, measuring window. A
 * watchdog looks for work that is outstanding and makes no progress: a kernel that does not come up,
 * an interrupt that never came. */
#include <stdio.h>
#include <string.h>

#include "model/machine/internal.h"
#include "model/machine/trace_points.h"

/* Simulated time without progress after which a run counts as hung. Booting: interfaces take well
 * under 2 s. Running: longer than the driver's own recovery (nvme: 30 s for an I/O, 60 s for an
 * admin command), which must get its chance. */
#define WATCHDOG_PERIOD dur_ms(100)
#define BOOT_LIMIT      dur_ms(20000)
#define STALL_LIMIT     dur_ms(150000)

static bool counted(const struct machine *machine)
{
	return machine->cfg->measure_frames || machine->cfg->measure_ios;
}

static uint64_t progress(const struct machine *machine)
{
	return machine->run.frames + machine->run.ios;
}

static uint64_t outstanding(const struct machine *machine)
{
	uint64_t sum = io_jobs_outstanding(machine->io_jobs);

	for (unsigned d = 0; d < machine->cfg->devices; d++)
		if (machine->device[d].nic.frames)
			sum += frames_in_flight(machine->device[d].nic.frames);
	return sum;
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

static void hung(struct machine *machine, const char *what)
{
	char message[256];

	snprintf(message, sizeof(message), "%s (at %llu ns)", what,
		 (unsigned long long)(sim_now(&machine->sim).ps / PS_PER_NS));
	run_end(machine, MACHINE_HUNG, message);
}

static void close_window(struct machine *machine)
{
	struct run_state *run = &machine->run;

	run->window_open = false;
	run->window_to = sim_now(&machine->sim);
	measure_window_end(machine);
	stats_window_end(machine->sim.stats, run->window_to.ps);
	engine_cancel(machine->sim.engine, &run->window_end);
}

/* A window in which nothing completed although work was waiting is no result yet: the run goes on,
 * with the window closed, until something completes or the watchdog calls it a hang. */
static void window_end(void *ctx)
{
	struct machine *machine = ctx;

	if (machine->run.window_open)
		close_window(machine);
	if (machine->run.late || machine->run.window_frames + machine->run.window_ios ||
	    !outstanding(machine))
		run_end(machine, MACHINE_DONE, "");
}

static void warmup_end(void *ctx)
{
	struct machine *machine = ctx;
	struct run_state *run = &machine->run;

	run->window_open = true;
	run->window_from = sim_now(&machine->sim);
	measure_window_begin(machine);
	stats_window_begin(machine->sim.stats, run->window_from.ps);
	if (!counted(machine))
		engine_schedule_in(machine->sim.engine, &run->window_end, machine->cfg->measure);
}

static void tell_progress(struct machine *machine)
{
	struct run_state *run = &machine->run;
	uint64_t end_ns = 0;

	if (run->ready && !counted(machine))
		end_ns = at_add(run->zero, dur_add(machine->cfg->warmup, machine->cfg->measure)).ps /
			 PS_PER_NS;
	machine->hooks.progress(machine->hooks.ctx, sim_now(&machine->sim).ps / PS_PER_NS, end_ns);
}

static void watchdog(void *ctx)
{
	struct machine *machine = ctx;
	struct run_state *run = &machine->run;
	struct at now = sim_now(&machine->sim);

	tell_progress(machine);
	engine_schedule_in(machine->sim.engine, &run->watchdog, WATCHDOG_PERIOD);
	if (!run->ready) {
		if (now.ps > BOOT_LIMIT.ps)
			hung(machine, "the kernel did not become ready");
		return;
	}
	if (progress(machine) != run->watched_progress) {
		run->watched_progress = progress(machine);
		run->progress_since = now;
	} else if (at_since(now, run->progress_since).ps > STALL_LIMIT.ps) {
		hung(machine, outstanding(machine)
				      ? "frames or I/Os are outstanding and nothing makes progress"
				      : "the workload makes no progress and nothing is outstanding");
	}
}

void run_init(struct machine *machine)
{
	struct run_state *run = &machine->run;

	event_init(&run->warmup_end, "warm-up end", PHASE_CONTROL, warmup_end, machine);
	event_init(&run->window_end, "window end", PHASE_CONTROL, window_end, machine);
	event_init(&run->watchdog, "watchdog", PHASE_CONTROL, watchdog, machine);
	engine_schedule_in(machine->sim.engine, &run->watchdog, WATCHDOG_PERIOD);
}

void run_ready(struct machine *machine)
{
	struct run_state *run = &machine->run;

	run->ready = true;
	run->zero = run->progress_since = sim_now(&machine->sim);
	tell_progress(machine);
	for (unsigned i = 0; i < machine->cfg->traffics; i++)
		traffic_start(machine->traffic[i]);
	engine_schedule_in(machine->sim.engine, &run->warmup_end, machine->cfg->warmup);
}

/* The n-th of what is counted ends the window at once; the run ends by an event, not in the middle of
 * whatever delivered it. */
static void count_one(struct machine *machine, uint64_t *total, uint64_t *in_window, uint64_t wanted)
{
	struct run_state *run = &machine->run;

	++*total;
	if (run->window_open) {
		++*in_window;
	} else if (run->window_to.ps && !run->late) {
		run->late = true;
		engine_schedule(machine->sim.engine, &run->window_end, sim_now(&machine->sim));
	}
	if (run->window_open && wanted && *in_window == wanted) {
		close_window(machine);
		run->late = true;
		engine_schedule(machine->sim.engine, &run->window_end, sim_now(&machine->sim));
	}
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
