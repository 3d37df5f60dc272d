/* SPDX-License-Identifier: MIT */
/* Hangs. A machine hangs when work is outstanding and nothing progresses for longer than the drivers'
 * own recovery takes, which must get its chance; that is cheap to wait for, as idle cores cost no
 * host time. A core that is busy all the while is not cheap, and no recovery needs seconds of it:
 * one that takes no interrupt although one waits, or that runs a single piece of kernel code, is
 * found sooner. A workload that polls a device is such a piece by design. */
#include <stdio.h>

#include "model/machine/internal.h"

#define WATCH_PERIOD dur_ms(100)
/* Booting: interfaces take well under 2 s. */
#define BOOT_LIMIT   dur_ms(20000)
/* nvme: 30 s for an I/O, 60 s for an admin command, twice. */
#define STALL_LIMIT  dur_ms(150000)
/* Linux itself complains of interrupts that are off after 10 s and of a core that does not schedule
 * after 20 s (watchdog_thresh); on simulated hardware nothing is that slow. */
#define MASKED_LIMIT dur_ms(1000)
#define STUCK_LIMIT  dur_ms(2000)

uint64_t watch_outstanding(const struct machine *machine)
{
	uint64_t sum = io_jobs_outstanding(machine->io_jobs);

	for (unsigned d = 0; d < machine->cfg->devices; d++)
		if (machine->device[d].nic.frames)
			sum += frames_in_flight(machine->device[d].nic.frames);
	return sum;
}

static void hung(struct machine *machine, const char *what)
{
	char message[256];

	snprintf(message, sizeof(message), "hung at %llu ns: %s",
		 (unsigned long long)(sim_now(&machine->sim).ps / PS_PER_NS), what);
	if (machine->linux_host)
		linux_host_dump_cores(machine->linux_host);
	run_end(machine, MACHINE_HUNG, message);
}

static void core_hung(struct machine *machine, unsigned core, const char *what)
{
	char text[128];

	snprintf(text, sizeof(text), "cpu%u %s", core, what);
	hung(machine, text);
}

static bool polls(const struct machine *machine, unsigned core)
{
	for (unsigned j = 0; j < machine->cfg->jobs; j++)
		if (machine->cfg->job[j].core == core &&
		    (machine->cfg->job[j].engine == PLAT_IO_POLLED ||
		     machine->cfg->job[j].engine == PLAT_IO_HYBRID))
			return true;
	return false;
}

static bool shows_no_sign(const struct machine *machine, unsigned core, uint64_t signs)
{
	return machine->cores->core[core].state == CORE_READY && !polls(machine, core) &&
	       linux_host_signs(machine->linux_host, core) == signs;
}

/* Several cores that wait for each other can look as if they progressed as long as others do: then
 * only the end of the run shows it (watch_core_missing). */
static void watch_core(struct machine *machine, unsigned id)
{
	struct core_watch *watch = &machine->run.watch[id];
	uint64_t taken = linux_host_taken(machine->linux_host, id);
	struct at now = sim_now(&machine->sim);
	bool waiting = machine->run.progress_since.ps > watch->signs_since.ps &&
		       !machine->run.window_to.ps;
	struct at since = waiting ? machine->run.progress_since : watch->signs_since;

	if (!machine->cores->core[id].pending || taken != watch->taken) {
		watch->taken = taken;
		watch->taken_since = now;
	}
	if (!shows_no_sign(machine, id, watch->signs)) {
		watch->signs = linux_host_signs(machine->linux_host, id);
		watch->signs_since = now;
		since = now;
	}
	if (at_since(now, watch->taken_since).ps >= MASKED_LIMIT.ps)
		core_hung(machine, id, "has an interrupt waiting and takes none for 1 s");
	else if (at_since(now, since).ps >= STUCK_LIMIT.ps)
		core_hung(machine, id, "is busy for 2 s with a single piece of kernel code");
}

static void watch_progress(struct machine *machine)
{
	struct run_state *run = &machine->run;
	struct at now = sim_now(&machine->sim);

	if (run->frames + run->ios + run->sends != run->watched_progress) {
		run->watched_progress = run->frames + run->ios + run->sends;
		run->progress_since = now;
	} else if (!run->ready) {
		if (now.ps > BOOT_LIMIT.ps)
			hung(machine, "the kernel did not become ready");
	} else if (at_since(now, run->progress_since).ps > STALL_LIMIT.ps) {
		hung(machine, watch_outstanding(machine)
				      ? "frames or I/Os are outstanding and nothing makes progress"
				      : "the workload makes no progress and nothing is outstanding");
	}
}

static void watch(void *ctx)
{
	struct machine *machine = ctx;

	run_tell_progress(machine);
	engine_schedule_in(machine->sim.engine, &machine->run.watchdog, WATCH_PERIOD);
	for (unsigned id = 0; machine->linux_host && id < machine->cfg->cores.count; id++)
		watch_core(machine, id);
	watch_progress(machine);
}

void watch_init(struct machine *machine)
{
	event_init(&machine->run.watchdog, "watchdog", PHASE_CONTROL, watch, machine);
	engine_schedule_in(machine->sim.engine, &machine->run.watchdog, WATCH_PERIOD);
}

void watch_window_begin(struct machine *machine)
{
	for (unsigned id = 0; machine->linux_host && id < machine->cfg->cores.count; id++)
		machine->run.watch[id].signs_at_window =
			linux_host_signs(machine->linux_host, id);
}

bool watch_core_missing(const struct machine *machine)
{
	for (unsigned id = 0; machine->linux_host && id < machine->cfg->cores.count; id++)
		if (shows_no_sign(machine, id, machine->run.watch[id].signs_at_window))
			return true;
	return false;
}

bool watch_nothing_came(const struct machine *machine)
{
	return !machine->run.late &&
	       !(machine->run.window_frames + machine->run.window_ios) && watch_outstanding(machine);
}
