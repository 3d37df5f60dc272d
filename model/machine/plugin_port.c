/* SPDX-License-Identifier: MIT */
/* A user's device (include/doorbell/device.h) in its slot. */
#include <stdio.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/machine/internal.h"

/* What the device sees; the port's first member. */
static struct plugin_port *port_of(struct doorbell_host *host)
{
	return (struct plugin_port *)host;
}

/* ---- what the device can do ---- */

static uint64_t now_ps(struct doorbell_host *host)
{
	return sim_now(&port_of(host)->machine->sim).ps;
}

static void wake_at(struct doorbell_host *host, uint64_t when_ps)
{
	struct plugin_port *port = port_of(host);
	struct engine *engine = port->machine->sim.engine;

	engine_cancel(engine, &port->timer);
	if (when_ps != DOORBELL_NEVER)
		engine_schedule(engine, &port->timer,
				at_max(at_ps(when_ps), sim_now(&port->machine->sim)));
}

static void dma_read(struct doorbell_host *host, uint64_t address, uint32_t bytes, uint64_t tag)
{
	struct dma_req req = { .kind = DMA_READ, .addr = address, .bytes = bytes, .tag = tag };

	port_of(host)->reads->value++;
	pcie_dma(port_of(host)->pcie, &req);
}

static void dma_write(struct doorbell_host *host, uint64_t address, const void *data,
		      uint32_t bytes, uint64_t tag)
{
	struct dma_req req = { .kind = DMA_WRITE, .addr = address, .bytes = bytes, .data = data,
			       .tag = tag, .want_done = tag != 0 };

	port_of(host)->writes->value++;
	pcie_dma(port_of(host)->pcie, &req);
}

static void interrupt(struct doorbell_host *host, unsigned vector)
{
	struct plugin_port *port = port_of(host);

	if (vector >= port->cfg->plugin->vectors)
		return;
	port->interrupts->value++;
	pcie_msix(port->pcie, vector);
}

static uint64_t draw(struct doorbell_host *host)
{
	return random_u64(&port_of(host)->random);
}

static void recall(struct doorbell_host *host)
{
	cores_recall(port_of(host)->machine->cores);
}

static void stall(struct doorbell_host *host, uint64_t ps)
{
	struct cores *cores = port_of(host)->machine->cores;
	struct core *core = cores->running;

	ASSERT(core);
	core_charge(core, cores_ticks(cores, dur_ps(ps)));
	core_sync(core);
}

static void wake(struct doorbell_host *host)
{
	const struct machine *machine = port_of(host)->machine;

	if (machine->hooks.wake)
		machine->hooks.wake();
}

static const struct doorbell_host_ops host_ops = {
	.version = DOORBELL_DEVICE_VERSION,
	.now_ps = now_ps,
	.wake_at = wake_at,
	.dma_read = dma_read,
	.dma_write = dma_write,
	.interrupt = interrupt,
	.random = draw,
	.recall = recall,
	.stall = stall,
	.wake = wake,
};

/* ---- what is asked of the device ---- */

static void tick(void *ctx)
{
	struct plugin_port *port = ctx;

	if (port->cfg->plugin->tick)
		port->cfg->plugin->tick(port->device);
}

static void dma_done(void *ctx, const struct dma_done *done)
{
	struct plugin_port *port = ctx;
	enum doorbell_status status = DOORBELL_OK;

	if (done->status != DMA_OK)
		status = done->status == DMA_UNSUPPORTED ? DOORBELL_NO_MEMORY : DOORBELL_REFUSED;
	port->cfg->plugin->dma_done(port->device, done->tag, status, done->data, done->bytes);
}

static void reset(void *ctx)
{
	struct plugin_port *port = ctx;

	engine_cancel(port->machine->sim.engine, &port->timer);
	if (port->cfg->plugin->reset)
		port->cfg->plugin->reset(port->device);
}

static const struct pcie_dev_ops dev_ops = { .dma_done = dma_done, .reset = reset };

static uint64_t bar_read(void *ctx, uint64_t offset, unsigned bytes)
{
	struct plugin_port *port = ctx;

	return port->cfg->plugin->read(port->device, offset, bytes);
}

static void bar_write(void *ctx, uint64_t offset, uint64_t value, unsigned bytes)
{
	struct plugin_port *port = ctx;

	port->cfg->plugin->write(port->device, offset, value, bytes);
}

static const struct mmio_ops bar_ops = { .read = bar_read, .write = bar_write };

/* ---- set-up ---- */

static uint64_t round_up(uint64_t bytes)
{
	uint64_t power = 4096;

	while (power < bytes)
		power *= 2;
	return power;
}

static int create_pcie(struct plugin_port *port)
{
	const struct doorbell_device *plugin = port->cfg->plugin;
	uint32_t table = (uint32_t)round_up(plugin->vectors * 16u);
	struct pcie_cfg cfg = {
		.name = port->cfg->name,
		.devfn = port->cfg->devfn,
		.vendor = plugin->vendor,
		.device = plugin->device,
		.subsystem_vendor = plugin->vendor,
		.subsystem = plugin->device,
		.class_code = plugin->class_code,
		.bar = { [0] = { .bytes = plugin->bar_bytes, .is64 = true, .ops = &bar_ops },
			 [2] = { .bytes = 2ull * table, .is64 = true } },
		.msix_vectors = plugin->vectors,
		.msix_bar = 2,
		.msix_table = 0,
		.msix_pba = table,
		.msix_block = port->rtl.msix_port,
		.link = port->cfg->link,
		.uplink = root_uplink(port->machine, port->cfg),
	};

	return pcie_dev_create(&port->pcie, &port->machine->sim, &cfg, &dev_ops, port,
			       &machine_root_ops, port->machine);
}

static int create_device(struct plugin_port *port)
{
	char error[128] = "it does not say why";

	port->device = port->cfg->plugin->create((struct doorbell_host *)port, &host_ops,
						 port->cfg->plugin_options, error, sizeof(error));
	if (port->device)
		return SIM_OK;
	error[sizeof(error) - 1] = 0;
	return sim_fail(&port->machine->sim, SIM_ERR_CONFIG, "%s: its library refuses: %s",
			port->cfg->name, error);
}

int plugin_port_create(struct plugin_port *port, struct machine *machine,
		       const struct machine_device *cfg)
{
	struct stats *stats = machine->sim.stats;
	char stream[96];
	int err;

	port->machine = machine;
	port->cfg = cfg;
	event_init(&port->timer, "plugin", PHASE_DEVICE, tick, port);
	snprintf(stream, sizeof(stream), "%s.device", cfg->name);
	random_init(&port->random, machine->cfg->seed, stream);
	port->interrupts = stats_counter(stats, "%s.irq.count", cfg->name);
	port->reads = stats_counter(stats, "%s.dma.reads", cfg->name);
	port->writes = stats_counter(stats, "%s.dma.writes", cfg->name);
	err = rtl_blocks_create(&port->rtl, machine, cfg);
	if (!err)
		err = create_pcie(port);
	return err ? err : create_device(port);
}

void plugin_port_destroy(struct plugin_port *port)
{
	if (port->cfg)
		engine_cancel(port->machine->sim.engine, &port->timer);
	if (port->device)
		port->cfg->plugin->destroy(port->device);
	pcie_dev_destroy(port->pcie);
	rtl_blocks_destroy(&port->rtl);
}
