/* SPDX-License-Identifier: MIT */
/* An 82599 port in its slot: link above, wire below, and the accounting of every frame. */
#include <string.h>

#include "model/core/assert.h"
#include "model/machine/internal.h"
#include "model/machine/trace_points.h"

static void dma(void *ctx, const struct dma_req *req)
{
	pcie_dma(((struct nic_port *)ctx)->pcie, req);
}

static void msix(void *ctx, unsigned vector)
{
	pcie_msix(((struct nic_port *)ctx)->pcie, vector);
}

static void wire_tx(void *ctx, const struct frame *frame)
{
	struct nic_port *port = ctx;

	trace_emit(&port->trace, MACHINE_WIRE_TX, frame->bytes, 0, 0);
	nic_wire_sent(port, frame);
}

static void rx_ring(void *ctx, uint64_t id, unsigned queue, uint32_t hash)
{
	struct nic_port *port = ctx;

	frames_in_ring(port->frames, id, queue, hash, sim_now(&port->machine->sim));
}

static void rx_drop(void *ctx, uint64_t id, enum nic82599_drop why)
{
	struct nic_port *port = ctx;

	port->dropped->value++;
	frames_dropped(port->frames, id);
}

static void rx_signalled(void *ctx, unsigned queue)
{
	frames_signalled(((struct nic_port *)ctx)->frames, queue);
}

static const struct nic82599_ops nic_ops = {
	.dma = dma,
	.msix = msix,
	.wire_tx = wire_tx,
	.rx_ring = rx_ring,
	.rx_drop = rx_drop,
	.rx_signalled = rx_signalled,
};

static void delivered(void *ctx, uint64_t id, struct at arrived)
{
	struct nic_port *port = ctx;
	struct machine *machine = port->machine;
	uint64_t ns = at_since(sim_now(&machine->sim), arrived).ps / PS_PER_NS;

	port->delivered->value++;
	stats_sample(machine->sim.stats, port->latency, ns);
	trace_emit(&port->trace, MACHINE_FRAME_DELIVERED, id, ns, observe_core(machine));
	observe_frame(port, id, arrived);
	if (stats_window_open(machine->sim.stats))
		machine->hooks.sample(machine->hooks.ctx, port->latency_name,
				      sim_now(&machine->sim).ps, id, ns);
	run_frame_delivered(machine);
}

static void lost_in_host(void *ctx, uint64_t id)
{
	struct nic_port *port = ctx;

	port->dropped->value++;
	port->dropped_host->value++;
	trace_emit(&port->trace, MACHINE_FRAME_LOST, id, 0, 0);
}

static void signalled(void *ctx, struct at ring)
{
	struct nic_port *port = ctx;
	struct sim *sim = &port->machine->sim;

	stats_sample(sim->stats, port->moderation, at_since(sim_now(sim), ring).ps / PS_PER_NS);
}

static void dma_done(void *ctx, const struct dma_done *done)
{
	nic82599_dma_done(((struct nic_port *)ctx)->nic, done);
}

static void reset(void *ctx)
{
	nic82599_reset(((struct nic_port *)ctx)->nic);
}

static const struct pcie_dev_ops dev_ops = { .dma_done = dma_done, .reset = reset };

/* Registers are 4 bytes wide (82599 datasheet, 8.1): a longer access is one to each of its halves. */
static uint64_t bar_read(void *ctx, uint64_t offset, unsigned bytes)
{
	struct nic82599 *nic = ((struct nic_port *)ctx)->nic;
	uint64_t value = nic82599_read(nic, (uint32_t)offset);

	if (bytes == 8)
		value |= (uint64_t)nic82599_read(nic, (uint32_t)offset + 4) << 32;
	return value;
}

static void bar_write(void *ctx, uint64_t offset, uint64_t value, unsigned bytes)
{
	struct nic_port *port = ctx;

	nic82599_write(port->nic, (uint32_t)offset, (uint32_t)value);
	if (bytes == 8)
		nic82599_write(port->nic, (uint32_t)offset + 4, (uint32_t)(value >> 32));
	if (port->machine->rings)
		rings_register_written(port->machine, port->cfg);
}

static const struct mmio_ops bar_ops = { .read = bar_read, .write = bar_write };

static void register_stats(struct nic_port *port)
{
	struct stats *stats = port->machine->sim.stats;
	const char *name = port->cfg->name;
	char a[96], b[96];

	port->offered = stats_counter(stats, "%s.rx.offered", name);
	port->delivered = stats_counter(stats, "%s.rx.delivered", name);
	port->dropped = stats_counter(stats, "%s.rx.dropped", name);
	port->dropped_host = stats_counter(stats, "%s.rx.dropped.host", name);
	port->polls = stats_counter(stats, "%s.rx.polls", name);
	snprintf(port->latency_name, sizeof(port->latency_name), "%s.rx.latency_ns", name);
	port->latency = stats_dist(stats, "%s", port->latency_name);
	port->rtt = stats_dist(stats, "%s.rtt_ns", name);
	port->moderation = stats_dist(stats, "%s.rx.moderation_ns", name);
	snprintf(a, sizeof(a), "%s.irq.rate", name);
	snprintf(b, sizeof(b), "%s.irq.count", name);
	stats_rate(stats, a, b);
}

static void register_derived(struct nic_port *port)
{
	struct stats *stats = port->machine->sim.stats;
	char name[96], num[96], den[96];

	snprintf(name, sizeof(name), "%s.rx.frames_per_irq", port->cfg->name);
	snprintf(num, sizeof(num), "%s.rx.delivered", port->cfg->name);
	snprintf(den, sizeof(den), "%s.irq.count", port->cfg->name);
	stats_ratio(stats, name, num, den);
	snprintf(name, sizeof(name), "%s.rx.frames_per_poll", port->cfg->name);
	snprintf(den, sizeof(den), "%s.rx.polls", port->cfg->name);
	stats_ratio(stats, name, num, den);
	snprintf(name, sizeof(name), "%s.rx.rsc.packets_per_receive", port->cfg->name);
	snprintf(num, sizeof(num), "%s.rx.rsc.packets", port->cfg->name);
	snprintf(den, sizeof(den), "%s.rx.rsc.receives", port->cfg->name);
	stats_ratio(stats, name, num, den);
}

static int create_pcie(struct nic_port *port)
{
	struct pcie_cfg cfg = {
		.name = port->cfg->name,
		.devfn = port->cfg->devfn,
		.vendor = NIC82599_VENDOR,
		.device = NIC82599_DEVICE,
		.subsystem_vendor = NIC82599_VENDOR,
		.subsystem = NIC82599_SUBSYSTEM,
		.class_code = NIC82599_CLASS,
		.revision = 1,
		.bar = { [0] = { .bytes = NIC82599_BAR0_BYTES, .is64 = true, .ops = &bar_ops },
			 [NIC82599_MSIX_BAR] = { .bytes = NIC82599_MSIX_BYTES, .is64 = true } },
		.msix_vectors = NIC82599_VECTORS,
		.msix_bar = NIC82599_MSIX_BAR,
		.msix_table = 0,
		.msix_pba = NIC82599_MSIX_PBA,
		.msix_block = port->rtl.msix_port,
		.link = port->cfg->link,
		.uplink = root_uplink(port->machine, port->cfg),
	};

	return pcie_dev_create(&port->pcie, &port->machine->sim, &cfg, &dev_ops, port,
			       &machine_root_ops, port->machine);
}

static int create_nic(struct nic_port *port)
{
	struct nic82599_cfg cfg = port->cfg->nic;

	cfg.block = port->rtl.moderation_port;
	return nic82599_create(&port->nic, &port->machine->sim, &cfg, &nic_ops, port);
}

int nic_port_create(struct nic_port *port, struct machine *machine,
		    const struct machine_device *cfg)
{
	struct frames_ops frames_ops = { delivered, lost_in_host, signalled, port };
	int err;

	port->machine = machine;
	port->cfg = cfg;
	port->frames = frames_create(&frames_ops);
	trace_source_init(&port->trace, &machine->sim, cfg->name, machine_trace_points,
			  MACHINE_TRACE_POINTS);
	err = rtl_blocks_create(&port->rtl, machine, cfg);
	if (!err)
		err = create_nic(port);
	if (!err)
		err = nic_wire_create(port);
	if (!err)
		err = create_pcie(port);
	if (err)
		return err;
	register_stats(port);
	register_derived(port);
	return SIM_OK;
}

void nic_port_destroy(struct nic_port *port)
{
	peer_destroy(port->peer);
	nic82599_destroy(port->nic);
	pcie_dev_destroy(port->pcie);
	rtl_blocks_destroy(&port->rtl);
	frames_destroy(port->frames);
}
