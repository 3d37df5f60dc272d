/* SPDX-License-Identifier: MIT */
/* Creation in the order of the layers, stepping, destruction. */
#include "model/machine/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/machine/internal.h"
#include "model/machine/rules.h"
#include "model/machine/trace_points.h"

static uint64_t bounced_bytes(void *ctx)
{
	const struct machine *machine = ctx;

	return machine->linux_host ? linux_host_bounced_bytes(machine->linux_host) : 0;
}

static uint64_t breaches(void *ctx)
{
	return machine_breaches(ctx);
}

static uint64_t counted(const struct machine *machine, enum plat_count what)
{
	return machine->linux_host ? linux_host_counted(machine->linux_host, what) : 0;
}

static uint64_t dma_maps(void *ctx)
{
	return counted(ctx, PLAT_COUNT_DMA_MAP);
}

static uint64_t dma_unmaps(void *ctx)
{
	return counted(ctx, PLAT_COUNT_DMA_UNMAP);
}

static uint64_t dma_live(void *ctx)
{
	return dma_maps(ctx) - dma_unmaps(ctx);
}

/* Stats that every run has, whatever its blocks. */
static void register_constant_stats(struct machine *machine)
{
	stats_counter_fn(machine->sim.stats, "dma.maps", dma_maps, machine);
	stats_counter_fn(machine->sim.stats, "dma.unmaps", dma_unmaps, machine);
	stats_level_fn(machine->sim.stats, "dma.live", dma_live, machine);
	stats_counter_fn(machine->sim.stats, "dma.bounced_bytes", bounced_bytes, machine);
	stats_level_fn(machine->sim.stats, "rules.breaches", breaches, machine);
	machine->irq_delay = stats_dist(machine->sim.stats, "cpu.irq.delay_cycles");
	machine->ipis = stats_counter(machine->sim.stats, "ipi.count");
}

static int create_memory(struct machine *machine)
{
	struct mem_cfg cfg = { .bytes = machine->cfg->memory_bytes,
			       .base = PLAT_RAM_BASE,
			       .low_end = PLAT_RAM_LOW_END,
			       .high = PLAT_RAM_HIGH };

	return mem_create(&machine->mem, &machine->sim, &cfg);
}

static int create_devices(struct machine *machine)
{
	int err = SIM_OK;

	for (unsigned d = 0; d < machine->cfg->devices && !err; d++) {
		const struct machine_device *cfg = &machine->cfg->device[d];
		struct machine_device_slot *slot = &machine->device[d];

		if (cfg->model == SCN_MODEL_82599) {
			err = nic_port_create(&slot->nic, machine, cfg);
			slot->pcie = slot->nic.pcie;
		} else if (cfg->model == SCN_MODEL_DMATEST) {
			err = dma_port_create(&slot->dma, machine, cfg);
			slot->pcie = slot->dma.pcie;
		} else if (cfg->model == SCN_MODEL_PLUGIN) {
			err = plugin_port_create(&slot->plugin, machine, cfg);
			slot->pcie = slot->plugin.pcie;
		} else {
			err = ssd_port_create(&slot->ssd, machine, cfg);
			slot->pcie = slot->ssd.pcie;
			if (!err)
				io_jobs_add_stats(machine->io_jobs, d);
		}
	}
	return err;
}

uint64_t machine_frame_arrived(void *ctx)
{
	struct nic_port *port = ctx;

	port->offered->value++;
	return frames_arrived(port->frames, sim_now(&port->machine->sim));
}

void machine_frame_to_nic(void *ctx, const struct frame *frame)
{
	fault_frame(ctx, frame);
}

const struct plat_netdev *machine_netdev(const struct machine *machine,
					 const struct nic_port *port)
{
	unsigned n = 0;

	while (machine->netdev[n].devfn != port->cfg->devfn)
		n++;
	return &machine->netdev[n];
}

/* Frames go to the first host behind the other interface. */
static void forward_to(struct machine *machine, struct nic_port *port, unsigned via, uint8_t to[4])
{
	struct nic_port *out = &machine->device[via].nic;

	out->forwards_for = port;
	memcpy(to, machine_netdev(machine, out)->ip, 4);
	to[2] = 0;
	to[3] = PLAT_PEER_HOST;
}

static int create_traffic(struct machine *machine)
{
	for (unsigned i = 0; i < machine->cfg->traffics; i++) {
		const struct machine_traffic *cfg = &machine->cfg->traffic[i];
		struct nic_port *port = &machine->device[cfg->device].nic;
		struct traffic_ops ops = { machine_frame_arrived, machine_frame_to_nic, port };
		struct traffic_cfg traffic = { .traffic = cfg,
					       .stream = cfg->stream,
					       .link_bps = port->cfg->nic.ideal
								   ? 0
								   : port->cfg->nic.link_bps };

		memcpy(traffic.mac, port->cfg->nic.mac, sizeof(traffic.mac));
		memcpy(traffic.ip, machine_netdev(machine, port)->ip, sizeof(traffic.ip));
		memcpy(traffic.to, traffic.ip, sizeof(traffic.to));
		if (cfg->sink == PLAT_SINK_FORWARD)
			forward_to(machine, port, cfg->via, traffic.to);
		machine->traffic[i] = traffic_create(&machine->sim, &traffic, &ops);
		if (!machine->traffic[i])
			return sim_fail(&machine->sim, SIM_ERR_MEMORY, "no memory for traffic");
	}
	return SIM_OK;
}

static void io_completed(void *ctx, unsigned device, uint64_t latency_ns)
{
	struct machine *machine = ctx;

	trace_emit(&machine->trace, MACHINE_IO_COMPLETED, device, latency_ns, 0);
	if (stats_window_open(machine->sim.stats))
		machine->hooks.sample(machine->hooks.ctx, machine->device[device].latency_name,
				      sim_now(&machine->sim).ps, machine->run.ios, latency_ns);
	run_io_completed(machine);
}

static void send_completed(void *ctx, unsigned table, uint64_t id, uint64_t latency_ns)
{
	struct machine *machine = ctx;
	char name[64];

	trace_emit(&machine->trace, MACHINE_SEND_DONE, table, id, latency_ns);
	if (!stats_window_open(machine->sim.stats))
		return;
	snprintf(name, sizeof(name), "send%u.latency_ns", table);
	machine->hooks.sample(machine->hooks.ctx, name, sim_now(&machine->sim).ps, id, latency_ns);
}

static void create_sends(struct machine *machine)
{
	struct sends_ops ops = { send_completed, machine };

	machine->sends = sends_create(&machine->sim, machine->cfg, &ops);
	for (unsigned i = 0; i < machine->cfg->admins; i++) {
		machine->admin_done[i] =
			stats_counter(machine->sim.stats, "admin%u.done", i);
		machine->admin_failed[i] =
			stats_counter(machine->sim.stats, "admin%u.failed", i);
	}
}

static void mm_sample(void *ctx, const char *name, uint64_t latency_ns)
{
	struct machine *machine = ctx;

	machine->hooks.sample(machine->hooks.ctx, name, sim_now(&machine->sim).ps,
			      machine->run.sends, latency_ns);
}

static int create_mm(struct machine *machine)
{
	struct mm_ops ops = { mm_sample, machine };

	machine->mm = mm_create(&machine->sim, machine->cfg, machine->mem, &ops);
	return machine->mm ? SIM_OK : SIM_ERR_CONFIG;
}

static int create_faults(struct machine *machine)
{
	char error[128];

	faults_init(machine);
	for (unsigned i = 0; i < machine->cfg->faults; i++)
		if (machine_fault(machine, machine->cfg->fault[i].on, machine->cfg->fault[i].what,
				  error, sizeof(error)))
			return sim_fail(&machine->sim, SIM_ERR_CONFIG, "[[fault]] %u: %s", i, error);
	return SIM_OK;
}

static int create_blocks(struct machine *machine)
{
	struct io_jobs_ops io_ops = { io_completed, machine };
	int err;

	register_constant_stats(machine);
	trace_source_init(&machine->trace, &machine->sim, "machine", machine_trace_points,
			  MACHINE_TRACE_POINTS);
	err = observe_build(machine);
	if (err)
		return err;
	machine->io_jobs = io_jobs_create(&machine->sim, machine->cfg, &io_ops);
	create_sends(machine);
	machine->transfers = transfers_create(&machine->sim, machine->cfg);
	err = create_memory(machine);
	if (!err)
		err = caches_create(machine);
	if (!err)
		err = create_mm(machine);
	if (!err)
		err = root_create(machine);
	if (!err)
		err = create_devices(machine);
	if (!err)
		err = software_create(machine);
	if (!err)
		err = create_traffic(machine);
	if (err)
		return err;
	measure_register(machine);
	err = create_faults(machine);
	if (err)
		return err;
	run_init(machine);
	return software_start(machine);
}

int machine_create(struct machine **out, const struct machine_cfg *cfg,
		   const struct machine_hooks *hooks, char *error, size_t error_bytes)
{
	struct machine *machine = calloc(1, sizeof(*machine));
	int err = SIM_ERR_MEMORY;

	*out = NULL;
	if (machine) {
		machine->cfg = cfg;
		machine->hooks = *hooks;
		machine->sim.seed = cfg->seed;
		machine->sim.engine = engine_create();
		machine->sim.trace = trace_create(cfg->seed);
		machine->sim.stats = stats_create();
		for (unsigned d = 0; d < cfg->devices; d++)
			snprintf(machine->device[d].latency_name,
				 sizeof(machine->device[d].latency_name), "%s.io.latency_ns",
				 cfg->device[d].name);
	}
	if (machine && machine->sim.engine && machine->sim.trace && machine->sim.stats) {
		*out = machine;
		return SIM_OK;
	}
	snprintf(error, error_bytes, "no memory for the machine");
	machine_destroy(machine);
	return err;
}

int machine_build(struct machine *machine, char *error, size_t error_bytes)
{
	int err = create_blocks(machine);

	if (err)
		snprintf(error, error_bytes, "%s", machine->sim.error);
	return err;
}

void machine_destroy(struct machine *machine)
{
	if (!machine)
		return;
	for (unsigned i = 0; i < machine->cfg->traffics; i++)
		traffic_destroy(machine->traffic[i]);
	rig_destroy(machine);
	rings_destroy(machine);
	faults_destroy(machine);
	software_destroy(machine);
	for (unsigned d = 0; d < machine->cfg->devices; d++) {
		if (machine->cfg->device[d].model == SCN_MODEL_82599)
			nic_port_destroy(&machine->device[d].nic);
		else if (machine->cfg->device[d].model == SCN_MODEL_DMATEST)
			dma_port_destroy(&machine->device[d].dma);
		else if (machine->cfg->device[d].model == SCN_MODEL_PLUGIN)
			plugin_port_destroy(&machine->device[d].plugin);
		else
			ssd_port_destroy(&machine->device[d].ssd);
	}
	observe_destroy(machine);
	root_destroy(machine);
	iommu_destroy(machine->iommu);
	io_jobs_destroy(machine->io_jobs);
	sends_destroy(machine->sends);
	llc_destroy(machine->llc);
	transfers_destroy(machine->transfers);
	mm_destroy(machine->mm);
	mem_destroy(machine->mem);
	stats_destroy(machine->sim.stats);
	trace_destroy(machine->sim.trace);
	engine_destroy(machine->sim.engine);
	free(machine);
}

int machine_forked(struct machine *machine, char *error, size_t error_bytes)
{
	int err = mem_after_fork(machine->mem);

	if (err)
		snprintf(error, error_bytes, "%s", machine->sim.error);
	return err;
}

struct sim *machine_sim(struct machine *machine)
{
	return &machine->sim;
}

static void software_died(struct machine *machine)
{
	static const char *const why[] = {
		[LINUX_PANIC] = "kernel panic",
		[LINUX_FAULT] = "kernel oops",
		[LINUX_HALT] = "the kernel halted",
		[LINUX_RESTART] = "the kernel restarted",
		[LINUX_WORKLOAD] = "workload set-up failed",
	};
	enum linux_end end = linux_host_end(machine->linux_host);
	unsigned core = linux_host_end_core(machine->linux_host);
	char message[600];

	snprintf(message, sizeof(message), "%s at %llu ns on cpu%u: %s", why[end],
		 (unsigned long long)(core_time(&machine->cores->core[core]).ps / PS_PER_NS), core,
		 linux_host_end_message(machine->linux_host));
	run_end(machine, MACHINE_SOFTWARE_DIED, message);
}

static struct at step_ideal(struct machine *machine, struct at limit)
{
	engine_run(machine->sim.engine, limit);
	return engine_next(machine->sim.engine);
}

struct at machine_step(struct machine *machine, struct at limit)
{
	struct at next;

	if (machine->end != MACHINE_RUNNING)
		return AT_NEVER;
	next = machine->ideal ? step_ideal(machine, limit) : cores_run(machine->cores, limit);
	if (machine->linux_host && linux_host_end(machine->linux_host) != LINUX_RUNS)
		software_died(machine);
	if (machine->end == MACHINE_RUNNING && at_is_never(next))
		run_end(machine, MACHINE_HUNG, "all cores sleep and nothing is scheduled");
	return machine->end == MACHINE_RUNNING ? next : AT_NEVER;
}

enum machine_end machine_end(const struct machine *machine)
{
	return machine->end;
}

const char *machine_end_message(const struct machine *machine)
{
	return machine->message;
}

bool machine_is_checking(void)
{
	return linux_host_is_checking();
}

uint64_t machine_breaches(const struct machine *machine)
{
	return rules_breaches(machine);
}

unsigned machine_kernel_warnings(const struct machine *machine)
{
	return machine->linux_host ? linux_host_warnings(machine->linux_host) : 0;
}

void machine_first_warning(const struct machine *machine, char *text, size_t bytes)
{
	linux_host_first_warning(machine->linux_host, text, bytes);
}

uint64_t machine_instructions(const struct machine *machine)
{
	return machine->linux_host ? linux_host_instructions(machine->linux_host) : 0;
}

uint64_t machine_simulated_ps(const struct machine *machine)
{
	return machine->run.ready ? at_since(sim_now(&machine->sim), machine->run.zero).ps : 0;
}
