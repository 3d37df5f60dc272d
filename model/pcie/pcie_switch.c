/* SPDX-License-Identifier: MIT */
/* A switch: its ports take turns on the link to the root complex, a TLP each; answers leave in the
 * order in which the root complex gives them. Software does not see it. Not modelled: buffers and
 * credits of its own (the root complex's credits are those of the whole way, per device), transfers
 * from device to device, weights of ports, virtual channels. */
#include "model/pcie/pcie_internal.h"

#include <stdlib.h>

#include "model/core/assert.h"

struct pcie_switch {
	struct sim *sim;
	struct pcie_switch_cfg cfg;
	struct trace_source trace;
	struct pcie_ser up, down;
	struct pcie_dev *ports;        /* a ring; the one served last */
	struct event turn;
	struct at ordered;             /* all that was posted through it is in memory */
};

static unsigned tlp_bytes(const struct pcie_part *part)
{
	if (part->slot->kind == PCIE_SLOT_READ)
		return pcie_tlp_overhead(PCIE_TLP_MRD);
	return part->bytes + pcie_tlp_overhead(PCIE_TLP_MWR);
}

/* The credits of a TLP come back from when it has left the switch. */
static void give_credits(struct pcie_dev *dev, const struct pcie_part *part, struct at left)
{
	bool read = part->slot->kind == PCIE_SLOT_READ;
	struct pcie_flow *credits = read ? &dev->read_credits : &dev->posted_credits;
	uint32_t data = read ? 0 : (part->bytes + PCIE_CREDIT_BYTES - 1) / PCIE_CREDIT_BYTES;

	if (!pcie_flow_limits(credits))
		return;
	pcie_flow_return(credits, sim_now(dev->sim), at_add(left, dev->cfg.link.credit_return),
			 data);
	pcie_wait_kick(dev);
}

static void serve(struct pcie_switch *sw, struct pcie_dev *dev)
{
	struct pcie_part *part = dev->port_head;
	struct at left = pcie_ser_push(&sw->up, sim_now(sw->sim), tlp_bytes(part));

	dev->port_head = part->next;
	part->due = at_add(left, part->slot->kind == PCIE_SLOT_READ
					 ? dev->way_up
					 : dev->cfg.link.write_latency);
	give_credits(dev, part, left);
	pcie_tlp_up(dev, part);
}

static void turn(void *ctx)
{
	struct pcie_switch *sw = ctx;
	struct pcie_dev *dev = sw->ports->next_port, *last = dev;
	bool more = false;

	while (!dev->port_head && dev->next_port != last)
		dev = dev->next_port;
	if (!dev->port_head)
		return;
	sw->ports = dev;
	serve(sw, dev);
	do {
		more = more || dev->port_head;
		dev = dev->next_port;
	} while (dev != sw->ports);
	if (more && !event_pending(&sw->turn))
		engine_schedule(sw->sim->engine, &sw->turn, at_max(sw->up.free, sim_now(sw->sim)));
}

static void part_in(void *ctx)
{
	struct pcie_part *part = ctx;
	struct pcie_dev *dev = part->slot->dev;
	struct pcie_switch *sw = dev->cfg.uplink;

	part->next = NULL;
	if (dev->port_head)
		dev->port_tail->next = part;
	else
		dev->port_head = part;
	dev->port_tail = part;
	if (!event_pending(&sw->turn))
		engine_schedule(sw->sim->engine, &sw->turn, at_max(sw->up.free, sim_now(sw->sim)));
}

void pcie_switch_up(struct pcie_switch *sw, struct pcie_dev *dev, struct pcie_part *part,
		    struct at left)
{
	event_init(&part->event, "pcie switch", PHASE_LINK, part_in, part);
	engine_schedule(sw->sim->engine, &part->event, at_add(left, sw->cfg.latency));
}

/* Cut through: the device's link begins with the first byte, and cannot end before the last. */
struct at pcie_switch_down(struct pcie_switch *sw, struct pcie_dev *dev, struct at now,
			   uint64_t bytes)
{
	struct at begin = at_max(now, sw->down.free);
	struct at end = at_add(pcie_ser_push(&sw->down, now, bytes), sw->cfg.latency);
	uint64_t own = pcie_ser_time(&dev->down, bytes);

	begin = at_add(begin, sw->cfg.latency);
	if (end.ps > begin.ps + own)
		begin.ps = end.ps - own;
	return pcie_ser_push(&dev->down, begin, bytes);
}

/* A completion of the function: it queues behind what waits on the shared link now. */
struct at pcie_switch_complete(struct pcie_switch *sw, uint64_t bytes)
{
	return pcie_ser_push(&sw->up, sim_now(sw->sim), bytes);
}

struct at pcie_switch_ordered(const struct pcie_switch *sw)
{
	return sw->ordered;
}

void pcie_switch_hold(struct pcie_switch *sw, struct at landed)
{
	sw->ordered = at_max(sw->ordered, landed);
}

struct dur pcie_switch_latency(const struct pcie_switch *sw)
{
	return sw->cfg.latency;
}

void pcie_switch_attach(struct pcie_switch *sw, struct pcie_dev *dev)
{
	if (!sw->ports)
		sw->ports = dev->next_port = dev;
	dev->next_port = sw->ports->next_port;
	sw->ports->next_port = dev;
}

int pcie_switch_create(struct pcie_switch **out, struct sim *sim, const struct pcie_switch_cfg *cfg)
{
	struct pcie_switch *sw = calloc(1, sizeof(*sw));

	*out = NULL;
	if (!sw)
		return sim_fail(sim, SIM_ERR_MEMORY, "%s: out of host memory", cfg->name);
	sw->sim = sim;
	sw->cfg = *cfg;
	event_init(&sw->turn, "pcie switch turn", PHASE_LINK, turn, sw);
	trace_source_init(&sw->trace, sim, cfg->name, pcie_trace_points, PCIE_TRACE_COUNT);
	sw->up.rate = sw->down.rate = pcie_link_rate(cfg->gen, cfg->lanes, cfg->mps, cfg->dllp_ppm);
	if (cfg->dllp_down_ppm)
		sw->down.rate =
			pcie_link_rate(cfg->gen, cfg->lanes, cfg->mps, cfg->dllp_down_ppm);
	sw->up.trace = sw->down.trace = &sw->trace;
	sw->up.point = PCIE_TRACE_UP;
	sw->down.point = PCIE_TRACE_DOWN;
	pcie_ser_stats(&sw->up, sw->sim, sw->cfg.name, "up");
	pcie_ser_stats(&sw->down, sw->sim, sw->cfg.name, "down");
	*out = sw;
	return SIM_OK;
}

void pcie_switch_destroy(struct pcie_switch *sw)
{
	if (!sw)
		return;
	engine_cancel(sw->sim->engine, &sw->turn);
	free(sw);
}
