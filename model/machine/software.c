/* SPDX-License-Identifier: MIT */
/* The host software of the machine and its way to the hardware: Linux on simulated cores, or the
 * ideal host. */
#include <string.h>

#include "model/core/assert.h"
#include "model/machine/internal.h"
#include "model/machine/rules.h"
#include "model/machine/trace_points.h"

struct nic_port *machine_nic(struct machine *machine, unsigned devfn)
{
	for (unsigned d = 0; d < machine->cfg->devices; d++)
		if (machine->cfg->device[d].devfn == devfn &&
		    machine->cfg->device[d].model == SCN_MODEL_82599)
			return &machine->device[d].nic;
	return NULL;
}

#define ETHERNET_BYTES 18u     /* addresses, type, FCS: what a frame is longer than its MTU */
#define MTU_DEFAULT    1500u

/* ---- interrupts ---- */

static int irq_take(void *ctx, struct core *core)
{
	struct machine *machine = ctx;
	int vector = intc_take(machine->intc, core->id);
	uint64_t delay = vector >= 0 ? core_irq_delay(core) : TICKS_NEVER;

	if (delay != TICKS_NEVER)
		stats_sample(machine->sim.stats, machine->irq_delay, delay / TICKS_PER_CYCLE);
	core_set_pending(core, intc_is_pending(machine->intc, core->id));
	return vector;
}

static void ipi(void *ctx, unsigned core, int vector)
{
	struct machine *machine = ctx;
	bool near = cores_same_socket(machine->cores, machine->cores->running->id, core);

	machine->ipis->value++;
	if (vector == PLAT_VEC_CALL)
		mm_ipi(machine->mm, machine->cores->running, core);
	intc_raise(machine->intc, core, (unsigned)vector,
		   near ? machine->cfg->ipi_latency : machine->cfg->ipi_remote_latency);
}

static void core_timer(void *ctx, struct core *core)
{
	struct machine *machine = ctx;

	intc_raise(machine->intc, core->id, PLAT_VEC_TIMER, dur_ps(0));
}

static void core_stalled(void *ctx, struct core *core, uint64_t ticks)
{
	struct machine *machine = ctx;
	uint64_t ps = (uint64_t)((unsigned __int128)ticks * machine->cores->tick_num /
				 machine->cores->tick_den);

	trace_emit(&machine->trace, MACHINE_STALL, core->id, core_time(core).ps - ps,
		   ps / PS_PER_NS);
}

static void vector_pending(void *ctx, unsigned core, unsigned vector)
{
	struct machine *machine = ctx;

	if (machine->ideal) {
		intc_take(machine->intc, core);
		ideal_interrupt(machine->ideal, core, vector);
	} else {
		core_set_pending(&machine->cores->core[core], true);
	}
}

/* ---- kernel mappings, console, workloads ---- */

static int kmap(void *ctx, uint64_t va, uint64_t pa, uint64_t bytes)
{
	return mem_alias(((struct machine *)ctx)->mem, va, pa, bytes);
}

static void kunmap(void *ctx, uint64_t va, uint64_t bytes)
{
	mem_unalias(((struct machine *)ctx)->mem, va, bytes);
}

static void console(void *ctx, const char *text, unsigned len)
{
	struct machine *machine = ctx;

	machine->hooks.console(machine->hooks.ctx, text, len);
}

static void breach(void *ctx, const char *rule, const char *text)
{
	struct machine *machine = ctx;

	rules_breach(machine, rule, "", "%s", text);
	if (machine->observe.breach)
		machine->observe.breach(machine->observe.ctx, text);
}

static void ready(void *ctx)
{
	run_ready(ctx);
}

static void frame_delivered(void *ctx, unsigned devfn, uint64_t id, uint32_t hash, unsigned frames)
{
	struct nic_port *port = machine_nic(ctx, devfn);

	if (port)
		frames_delivered(port->frames, id, hash, frames);
}

static void polled(void *ctx, unsigned devfn)
{
	struct nic_port *port = machine_nic(ctx, devfn);

	if (port)
		port->polls->value++;
}

static uint64_t send_begin(void *ctx, unsigned sender)
{
	return sends_begin(((struct machine *)ctx)->sends, sender);
}

static void send_done(void *ctx, unsigned sender, uint64_t id, int status, unsigned bytes)
{
	struct machine *machine = ctx;

	machine->run.sends++;
	sends_done(machine->sends, sender, id, status, bytes);
}

static void send_notified(void *ctx, unsigned sender, uint64_t id, int status, bool copied)
{
	struct machine *machine = ctx;

	machine->run.sends++;
	sends_notified(machine->sends, sender, id, status, copied);
}

static void send_pattern(void *ctx, uint64_t offset, void *data, unsigned bytes)
{
	(void)ctx;
	peer_pattern(offset, data, bytes);
}

static unsigned stream_wrong(void *ctx, uint64_t offset, const void *data, unsigned bytes)
{
	return peer_stream_wrong(offset, data, bytes);
}

static void admin_done(void *ctx, unsigned admin, int status)
{
	struct machine *machine = ctx;

	machine->run.sends++;
	machine->admin_done[admin]->value++;
	machine->admin_failed[admin]->value += status != 0;
	trace_emit(&machine->trace, MACHINE_ADMIN_DONE, admin, (uint64_t)(int64_t)status, 0);
}

static void transfer_begin(void *ctx, unsigned transfer, unsigned slot)
{
	transfers_begin(((struct machine *)ctx)->transfers, transfer, slot);
}

static void transfer_done(void *ctx, unsigned transfer, unsigned slot, unsigned wrong)
{
	struct machine *machine = ctx;

	machine->run.sends++;
	transfers_done(machine->transfers, transfer, slot, wrong);
}

static void transfer_overwritten(void *ctx, unsigned transfer)
{
	transfers_overwritten(((struct machine *)ctx)->transfers, transfer);
}

static uint64_t tlb_event(void *ctx, struct core *core, enum plat_tlb_event event, unsigned value)
{
	return mm_tlb_event(((struct machine *)ctx)->mm, core, event, value);
}

static void tlb_stale(void *ctx, bool hole)
{
	mm_stale(((struct machine *)ctx)->mm, hole);
}

static void mm_op_begin(void *ctx, unsigned mm, unsigned lane)
{
	mm_begin(((struct machine *)ctx)->mm, mm, lane);
}

static void mm_op_done(void *ctx, unsigned mm, unsigned lane, enum plat_mm_what what, int status)
{
	struct machine *machine = ctx;

	machine->run.sends++;
	mm_done(machine->mm, mm, lane, what, status);
}

static void mm_process_ended(void *ctx, unsigned mm, long leaked)
{
	mm_ended(((struct machine *)ctx)->mm, mm, leaked);
}

static bool io_take(void *ctx, unsigned job, struct plat_io *io)
{
	return io_jobs_take(((struct machine *)ctx)->io_jobs, job, io);
}

static uint64_t io_next(void *ctx, unsigned job, int *write)
{
	return io_jobs_next(((struct machine *)ctx)->io_jobs, job, write);
}

static void io_submitted(void *ctx, unsigned job, unsigned slot, uint64_t offset)
{
	io_jobs_submitted(((struct machine *)ctx)->io_jobs, job, slot, offset);
	observe_io_submitted(ctx, job, slot, offset);
}

static void io_completed(void *ctx, unsigned job, unsigned slot, int status, unsigned bad)
{
	/* First: the window may close with this one. */
	observe_io_completed(ctx, job, slot);
	io_jobs_completed(((struct machine *)ctx)->io_jobs, job, slot, status, bad);
}

static unsigned io_pattern(void *ctx, unsigned job, uint64_t offset, void *data, unsigned bytes,
			   int write)
{
	return io_jobs_pattern(((struct machine *)ctx)->io_jobs, job, offset, data, bytes, write);
}

static bool user_next(void *ctx, unsigned core, struct plat_user *user)
{
	struct machine *machine = ctx;

	return fault_user_next(machine, user) ||
	       (machine->rig && rig_user_next(machine, core, user));
}

static void user_done(void *ctx, unsigned id, long status, uint64_t value)
{
	if (id)
		rig_user_done(ctx, id, status, value);
}

static unsigned user_data(void *ctx, unsigned id, void *data, unsigned bytes, int write)
{
	return rig_user_data(ctx, id, data, bytes, write);
}

static void frame_data(void *ctx, unsigned devfn, const void *payload, unsigned bytes)
{
	struct nic_port *port = machine_nic(ctx, devfn);

	if (port && port->machine->rig)
		rig_frame_data(ctx, port, payload, bytes);
}

static bool call_fails(void *ctx, unsigned call, unsigned devfn, uint64_t caller)
{
	return fault_call(ctx, call, devfn, caller);
}

static const struct linux_host_ops linux_ops = {
	.mmio_read_time = address_read_time,
	.mmio_read = address_read,
	.mmio_write = address_write,
	.irq_take = irq_take,
	.ipi = ipi,
	.touch = caches_touch,
	.copy = caches_copy,
	.kmap = kmap,
	.kunmap = kunmap,
	.console = console,
	.breach = breach,
	.dma_call = root_dma_call,
	.ready = ready,
	.frame_delivered = frame_delivered,
	.polled = polled,
	.send_begin = send_begin,
	.send_done = send_done,
	.send_notified = send_notified,
	.send_pattern = send_pattern,
	.stream_wrong = stream_wrong,
	.admin_done = admin_done,
	.transfer_begin = transfer_begin,
	.transfer_done = transfer_done,
	.transfer_overwritten = transfer_overwritten,
	.tlb_event = tlb_event,
	.tlb_stale = tlb_stale,
	.mm_begin = mm_op_begin,
	.mm_done = mm_op_done,
	.mm_ended = mm_process_ended,
	.io_next = io_take,
	.io_submitted = io_submitted,
	.io_completed = io_completed,
	.io_pattern = io_pattern,
	.user_next = user_next,
	.user_done = user_done,
	.user_data = user_data,
	.frame_data = frame_data,
	.call_fails = call_fails,
};

/* ---- Linux ---- */

static void describe_netdev(struct machine *machine, const struct machine_device *device)
{
	struct plat_netdev *netdev = &machine->netdev[machine->netdevs];

	*netdev = device->knobs;
	netdev->devfn = device->devfn;
	netdev->name = device->name;
	/* As many as may be, of which drivers take no more than there are cores. */
	netdev->queues = device->queues < machine->cfg->cores.count ? device->queues
								    : machine->cfg->cores.count;
	netdev->ring = device->ring;
	netdev->itr_us = device->itr_us;
	netdev->sink = machine->cfg->test ? PLAT_SINK_UDP : PLAT_SINK_DROP;
	netdev->has_traffic = machine->cfg->test;
	netdev->ip[0] = 10;
	netdev->ip[1] = (unsigned char)machine->netdevs;
	netdev->ip[3] = 1;
	for (unsigned i = 0; i < machine->cfg->traffics; i++) {
		const struct machine_traffic *traffic = &machine->cfg->traffic[i];

		if (&machine->cfg->device[traffic->device] != device)
			continue;
		netdev->has_traffic = 1;
		netdev->sink = traffic->sink;
		netdev->forward_devfn = machine->cfg->device[traffic->via].devfn;
		if (traffic->frame_bytes > ETHERNET_BYTES + MTU_DEFAULT &&
		    traffic->frame_bytes > ETHERNET_BYTES + netdev->mtu)
			netdev->mtu = traffic->frame_bytes - ETHERNET_BYTES;
	}
	machine->netdevs++;
}

static int create_linux(struct machine *machine)
{
	const struct machine_cfg *cfg = machine->cfg;
	struct cores_ops cores_ops = { .timer = core_timer, .ctx = machine };
	struct linux_host_cfg host = {
		.boot = { .cpus = cfg->cores.count,
			  .ram_bytes = cfg->memory_bytes,
			  .cmdline = cfg->cmdline,
			  .iommu = cfg->has_iommu,
			  .iommu_segments_untrusted = cfg->untrusted },
		.mmio_write_ticks = cfg->mmio_write_ticks,
		.port_ticks = cfg->port_ticks,
		.count_instructions = cfg->count_instructions,
		.lines = llc_states(machine->llc),
		.lines_end = cfg->llc.memory_end,
		.netdev = machine->netdev,
		.netdevs = machine->netdevs,
		.io_job = cfg->job,
		.io_jobs = cfg->jobs,
		.send = cfg->send,
		.sends = cfg->sends,
		.admin = cfg->admin,
		.admins = cfg->admins,
		.transfer = cfg->transfer,
		.transfers = cfg->transfers,
		.mm = cfg->mm,
		.mms = cfg->mms,
		.tlb = mm_tlb(machine->mm),
		.tlb_hit_ticks = cfg->tlb.hit_ticks,
		.tlb_broadcast_pages = cfg->tlb_broadcast_pages,
		.tlb_broadcast_ticks = cfg->tlb_broadcast_ticks,
		.tlb_broadcast_sync_ticks = cfg->tlb_broadcast_sync_ticks,
		.users = cfg->test || cfg->reports_errors,
	};
	int err;

	memcpy(host.cost, cfg->cost, sizeof(host.cost));
	memcpy(host.insn_ticks, cfg->insn_ticks, sizeof(host.insn_ticks));
	linux_host_cores_ops(&cores_ops);
	err = cores_create(&machine->cores, &machine->sim, &cfg->cores, &cores_ops);
	if (!err)
		machine->cores->stalled = core_stalled;
	if (!err)
		err = linux_host_create(&machine->linux_host, &machine->sim, &host, &linux_ops,
					machine);
	return err;
}

/* ---- the ideal host ---- */

static void *ideal_memory(void *ctx, uint64_t pa, uint64_t bytes)
{
	return mem_at(((struct machine *)ctx)->mem, pa, bytes);
}

/* Its accesses take no time, the order of an answer behind writes included. */
static uint64_t ideal_read(void *ctx, uint64_t pa, unsigned bytes)
{
	struct dur behind;

	return address_read(ctx, pa, bytes, &behind);
}

static void ideal_failed(void *ctx, unsigned devfn, const char *why)
{
	struct machine *machine = ctx;
	char message[256];

	for (unsigned d = 0; d < machine->cfg->devices; d++)
		if (machine->cfg->device[d].devfn == devfn) {
			snprintf(message, sizeof(message), "%s: %s", machine->cfg->device[d].name,
				 why);
			run_end(machine, MACHINE_SOFTWARE_DIED, message);
		}
}

static const struct ideal_ops ideal_ops = {
	.mmio_read = ideal_read,
	.mmio_write = address_write_now,
	.memory = ideal_memory,
	.frame_delivered = frame_delivered,
	.io_next = io_next,
	.io_submitted = io_submitted,
	.io_completed = io_completed,
	.io_pattern = io_pattern,
	.polled = polled,
	.failed = ideal_failed,
	.ready = ready,
};

static int add_ideal_ssd(struct machine *machine, const struct machine_device *device,
			 uint64_t bar0)
{
	struct ideal_ssd ssd = { .devfn = device->devfn, .bar0 = bar0 };
	struct ideal_job jobs[MACHINE_JOBS_MAX];
	unsigned count = 0;

	for (unsigned j = 0; j < machine->cfg->jobs; j++) {
		const struct plat_io_job *job = &machine->cfg->job[j];

		if (job->devfn == device->devfn)
			jobs[count++] = (struct ideal_job){
				.id = job->id, .devfn = job->devfn, .depth = job->depth,
				.bytes = job->bytes, .polled = job->engine == PLAT_IO_POLLED,
				.verify = job->verify,
				.period = dur_ps(job->period_ps) };
	}
	return ideal_add_ssd(machine->ideal, &ssd, jobs, count);
}

static int create_ideal(struct machine *machine)
{
	uint64_t bar = PLAT_MMIO_BASE;
	int err = ideal_create(&machine->ideal, &machine->sim, &machine->cfg->ideal, &ideal_ops,
			       machine);

	for (unsigned d = 0; d < machine->cfg->devices && !err; d++) {
		const struct machine_device *device = &machine->cfg->device[d];
		struct ideal_nic nic = { .devfn = device->devfn,
					 .bar0 = bar,
					 .msix_bar = bar + NIC82599_BAR0_BYTES,
					 .queues = device->queues,
					 .ring = device->ring,
					 .leave = device->nic.moderation.low,
					 .eitr_us = device->itr_us };

		err = device->model == SCN_MODEL_82599 ? ideal_add_nic(machine->ideal, &nic)
						       : add_ideal_ssd(machine, device, bar);
		bar += 2 * NIC82599_BAR0_BYTES;
	}
	return err;
}

int software_create(struct machine *machine)
{
	static const struct intc_ops intc_ops = { .pending = vector_pending };
	struct intc_cfg intc = { .cores = machine->cfg->cores.count,
				 .msi_latency = machine->cfg->msi_latency };
	int err = intc_create(&machine->intc, &machine->sim, &intc, &intc_ops, machine);

	if (err)
		return err;
	for (unsigned d = 0; d < machine->cfg->devices; d++)
		if (machine->cfg->device[d].model == SCN_MODEL_82599)
			describe_netdev(machine, &machine->cfg->device[d]);
	return machine->cfg->software == MACHINE_LINUX ? create_linux(machine)
						       : create_ideal(machine);
}

int software_start(struct machine *machine)
{
	if (machine->ideal)
		return ideal_start(machine->ideal);
	linux_host_start(machine->linux_host, machine->cores);
	return SIM_OK;
}

void software_destroy(struct machine *machine)
{
	linux_host_destroy(machine->linux_host);
	cores_destroy(machine->cores);
	ideal_destroy(machine->ideal);
	intc_destroy(machine->intc);
}
