/* SPDX-License-Identifier: MIT */
/* What looks at a run without changing it: the profile, slices of the cores, spans of requests. */
#include "model/machine/internal.h"
#include "model/machine/trace_points.h"

int machine_observe(struct machine *machine, const struct machine_observe *observe)
{
	machine->observe = *observe;
	return SIM_OK;
}

static int rx_entry(void *ctx, unsigned device, unsigned queue)
{
	return nic82599_rx_vector(((struct machine *)ctx)->device[device].nic.nic, queue);
}

static void span(void *ctx, const struct span *done)
{
	struct machine *machine = ctx;

	if (machine->observe.span && stats_window_open(machine->sim.stats))
		machine->observe.span(machine->observe.ctx, done);
}

/* Arrows along an I/O need its command, which spans find out. */
int observe_build(struct machine *machine)
{
	struct spans_ops ops = { rx_entry, span, machine };

	if (!machine->observe.span && !machine->observe.slices)
		return SIM_OK;
	machine->spans = spans_create(machine->cfg, &machine->trace, &ops);
	if (!machine->spans)
		return sim_fail(&machine->sim, SIM_ERR_MEMORY, "no memory for spans");
	trace_add_sink(machine->sim.trace, spans_sink(machine->spans));
	return SIM_OK;
}

/* A recording begins with the workloads; what booting does would hide it. */
void observe_ready(struct machine *machine)
{
	uint64_t ticks;
	int err = SIM_OK;

	if (!machine->linux_host)
		return;
	if (machine->spans)
		err = linux_host_slices_start(machine->linux_host);
	if (!err && machine->observe.profile_ns) {
		ticks = cores_ticks(machine->cores, dur_ns(machine->observe.profile_ns));
		err = linux_host_profile_create(machine->linux_host, ticks);
	}
	if (err)
		run_end(machine, MACHINE_SOFTWARE_DIED, machine->sim.error);
}

void observe_window(struct machine *machine, bool open)
{
	if (machine->linux_host && open)
		linux_host_profile_start(machine->linux_host);
	else if (machine->linux_host)
		linux_host_profile_stop(machine->linux_host);
}

void observe_destroy(struct machine *machine)
{
	spans_destroy(machine->spans);
}

unsigned observe_core(const struct machine *machine)
{
	return machine->cores && machine->cores->running ? machine->cores->running->id : 0;
}

void observe_frame(struct nic_port *port, uint64_t id, struct at arrived)
{
	struct machine *machine = port->machine;

	if (machine->spans)
		spans_frame_delivered(machine->spans, (unsigned)(port->cfg - machine->cfg->device),
				      id, arrived, sim_now(&machine->sim));
}

static unsigned device_of_job(const struct machine *machine, unsigned job)
{
	unsigned device = 0;

	while (machine->cfg->device[device].devfn != machine->cfg->job[job].devfn)
		device++;
	return device;
}

void observe_io_submitted(struct machine *machine, unsigned job, unsigned slot, uint64_t offset)
{
	struct at now = sim_now(&machine->sim);
	unsigned device;
	uint64_t io;

	if (!machine->spans)
		return;
	device = device_of_job(machine, job);
	io = spans_io_submitted(machine->spans, job, slot, device, offset,
				io_jobs_is_write(machine->io_jobs, job, slot), now);
	trace_detail(&machine->trace, MACHINE_IO_SUBMITTED, now, io, observe_core(machine), device);
}

void observe_io_completed(struct machine *machine, unsigned job, unsigned slot)
{
	struct at now = sim_now(&machine->sim);
	uint64_t io;

	if (!machine->spans)
		return;
	io = spans_io_completed(machine->spans, job, slot, now);
	trace_detail(&machine->trace, MACHINE_IO_DONE, now, io, observe_core(machine),
		     device_of_job(machine, job));
}

int machine_profile_write(const struct machine *machine, FILE *out)
{
	if (!machine->linux_host)
		return 0;
	return linux_host_profile_write(machine->linux_host, machine_category_name, out);
}

void machine_trace_label(void *ctx, const struct trace_point *point, const uint64_t arg[3],
			 struct trace_label *label)
{
	unsigned category;

	if (!linux_host_is_slice(point))
		return;
	category = linux_host_call_category(arg[1]);
	if (category < PLAT_CAT_COUNT)
		label->category = machine_category_name[category];
	label->name = linux_host_call_function(arg[1]);
	if (!label->name)
		label->name = label->category;
}
