/* SPDX-License-Identifier: MIT */
/* Register accesses of software. Writes are posted: they queue on the link and reach the device in
 * order, by one event. Reads push them (2.4.1). */
#include "model/pcie/pcie_internal.h"

#include <stdlib.h>

#include "model/core/assert.h"

#define POSTED_FIRST 64

static bool access_ok(const struct pcie_dev *dev, int bar, uint64_t offset, unsigned bytes)
{
	if (bar < 0 || bar >= PCIE_BARS || (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8))
		return false;
	return offset % bytes == 0 && offset < dev->cfg.bar[bar].bytes;
}

static void posted_deliver(struct pcie_dev *dev)
{
	struct pcie_posted write = dev->posted[dev->posted_head & dev->posted_mask];
	const struct mmio_ops *ops = dev->cfg.bar[write.bar].ops;

	dev->posted_head++;
	trace_emit(&dev->trace, PCIE_TRACE_MMIO_WRITE, write.offset, write.value, write.bar);
	if (pcie_msix_owns(dev, write.bar, write.offset))
		pcie_msix_write(dev, write.offset, write.value, write.bytes);
	else if (ops)
		ops->write(dev->dev_ctx, write.offset, write.value, write.bytes);
}

static const struct pcie_posted *posted_first(const struct pcie_dev *dev)
{
	if (dev->posted_head == dev->posted_tail)
		return NULL;
	return &dev->posted[dev->posted_head & dev->posted_mask];
}

static void posted_run(void *ctx)
{
	struct pcie_dev *dev = ctx;
	struct at now = sim_now(dev->sim);
	const struct pcie_posted *write;

	while ((write = posted_first(dev)) && !at_before(now, write->due))
		posted_deliver(dev);
	if (write && !event_pending(&dev->posted_event))
		engine_schedule(dev->sim->engine, &dev->posted_event, write->due);
}

int pcie_mmio_create(struct pcie_dev *dev)
{
	event_init(&dev->posted_event, "pcie register write", PHASE_LINK, posted_run, dev);
	dev->posted = malloc(POSTED_FIRST * sizeof(*dev->posted));
	if (!dev->posted || !pcie_flow_init(&dev->core_credits, dev->cfg.link.core_writes, 0))
		return sim_fail(dev->sim, SIM_ERR_MEMORY, "%s: out of host memory", dev->cfg.name);
	dev->posted_mask = POSTED_FIRST - 1;
	return SIM_OK;
}

static void posted_grow(struct pcie_dev *dev)
{
	size_t count = dev->posted_mask + 1;
	struct pcie_posted *bigger = malloc(2 * count * sizeof(*bigger));

	ASSERT(bigger);
	for (size_t i = 0; i < count; i++)
		bigger[i] = dev->posted[(dev->posted_head + i) & dev->posted_mask];
	free(dev->posted);
	dev->posted = bigger;
	dev->posted_mask = 2 * count - 1;
	dev->posted_head = 0;
	dev->posted_tail = count;
}

void pcie_bar_write(struct pcie_dev *dev, int bar, uint64_t offset, uint64_t value, unsigned bytes)
{
	struct at now = sim_now(dev->sim);
	struct pcie_posted *write;
	struct at left;

	if (!access_ok(dev, bar, offset, bytes))
		return;
	if (dev->posted_tail - dev->posted_head > dev->posted_mask)
		posted_grow(dev);
	left = pcie_down_push(dev, now, bytes + pcie_tlp_overhead(PCIE_TLP_MWR));
	if (pcie_flow_limits(&dev->core_credits)) {
		pcie_flow_has(&dev->core_credits, now, 1, 0);
		pcie_flow_take(&dev->core_credits, 1, 0);
		pcie_flow_return(&dev->core_credits, now,
				 at_add(left, dev->cfg.link.credit_return), 0);
	}
	write = &dev->posted[dev->posted_tail & dev->posted_mask];
	*write = (struct pcie_posted){
		.due = at_add(left, dev->cfg.link.mmio_write),
		.offset = offset,
		.value = value,
		.bar = (uint8_t)bar,
		.bytes = (uint8_t)bytes,
	};
	dev->posted_tail++;
	if (dev->posted_tail - dev->posted_head == 1 && !event_pending(&dev->posted_event))
		engine_schedule(dev->sim->engine, &dev->posted_event, write->due);
}

void pcie_flush_writes(struct pcie_dev *dev)
{
	engine_cancel(dev->sim->engine, &dev->posted_event);
	while (posted_first(dev))
		posted_deliver(dev);
}

/* cfg.mmio_read is the whole of a read on an idle link, its own serialisation included; what is
 * queued before it adds to that. */
struct dur pcie_mmio_read_time(struct pcie_dev *dev)
{
	struct at now = sim_now(dev->sim);
	struct at back = at_add(at_max(now, dev->down.free), dev->cfg.link.mmio_read);

	pcie_down_push(dev, now, pcie_tlp_overhead(PCIE_TLP_MRD));
	if (dev->cfg.uplink)
		back.ps += 2 * pcie_switch_latency(dev->cfg.uplink).ps;
	if (pcie_fault_silent(dev))
		back = at_add(back, pcie_timeout(0));
	if (posted_first(dev))
		back = at_max(back, dev->posted[(dev->posted_tail - 1) & dev->posted_mask].due);
	return at_since(back, now);
}

struct dur pcie_mmio_write_time(struct pcie_dev *dev)
{
	struct at now = sim_now(dev->sim);
	struct dur stall;

	if (dev->removed || pcie_flow_has(&dev->core_credits, now, 1, 0))
		return dur_ps(0);
	stall = at_since(pcie_flow_next(&dev->core_credits), now);
	dev->write_stalls->value++;
	stats_sample(dev->sim->stats, dev->write_stall, stall.ps / PS_PER_NS);
	return stall;
}

void pcie_mmio_drop(struct pcie_dev *dev)
{
	engine_cancel(dev->sim->engine, &dev->posted_event);
	dev->posted_head = dev->posted_tail;
}

uint64_t pcie_bar_read(struct pcie_dev *dev, int bar, uint64_t offset, unsigned bytes)
{
	const struct mmio_ops *ops;
	uint64_t value = 0;

	if (!access_ok(dev, bar, offset, bytes))
		return 0;
	ops = dev->cfg.bar[bar].ops;
	pcie_ser_push(&dev->up, sim_now(dev->sim), bytes + pcie_tlp_overhead(PCIE_TLP_CPLD));
	if (dev->cfg.uplink)
		pcie_switch_complete(dev->cfg.uplink, bytes + pcie_tlp_overhead(PCIE_TLP_CPLD));
	if (pcie_fault_mmio(dev))
		value = UINT64_MAX >> (64 - 8 * bytes);
	else if (pcie_msix_owns(dev, bar, offset))
		value = pcie_msix_read(dev, offset, bytes);
	else if (ops)
		value = ops->read(dev->dev_ctx, offset, bytes);
	trace_emit(&dev->trace, PCIE_TRACE_MMIO_READ, offset, value, (uint64_t)bar);
	return value;
}
