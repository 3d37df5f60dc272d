/* SPDX-License-Identifier: MIT */
/* Requests of the device. They go up in one queue in the order of issue, because a read must not
 * pass an earlier write and posted writes must not pass each other (2.4.1); answers to reads come
 * back on their own, each by its slot's event. */
#include "model/pcie/pcie_internal.h"

#include <string.h>

#include "model/core/assert.h"

#define MSI_BYTES 4u   /* one DW (6.1.4) */

static struct at slot_due(const struct pcie_dev *dev, const struct pcie_slot *slot)
{
	return at_max(slot->due, dev->ordered);
}

static void up_push(struct pcie_dev *dev, struct pcie_slot *slot)
{
	if (dev->up_head)
		dev->up_tail->next = slot;
	else
		dev->up_head = slot;
	dev->up_tail = slot;
	if (slot->kind != PCIE_SLOT_READ) {
		dev->writes_queued++;
		dev->write_due = at_max(dev->write_due, slot->due);
	}
	if (dev->up_head == slot && !dev->up_running)
		engine_schedule(dev->sim->engine, &dev->up_event,
				at_max(slot_due(dev, slot), sim_now(dev->sim)));
}

static bool slot_stale(const struct pcie_slot *slot)
{
	return slot->generation != slot->dev->generation;
}

/* Tells the device, unless it was reset since, and frees the slot. */
static void slot_finish(struct pcie_slot *slot)
{
	struct pcie_dev *dev = slot->dev;
	bool read = slot->kind == PCIE_SLOT_READ;
	struct dma_done done = {
		.tag = slot->tag,
		.kind = read ? DMA_READ : DMA_WRITE,
		.status = slot->status,
		.bytes = slot->bytes,
		.data = read ? slot->data : NULL,
	};

	if (!slot_stale(slot)) {
		if (read)
			dev->reads_pending--;
		dev->dev_ops->dma_done(dev->dev_ctx, &done);
	}
	pcie_slot_put(slot);
}

static void write_done(void *ctx)
{
	slot_finish(ctx);
}

static void read_done(void *ctx)
{
	struct pcie_slot *slot = ctx;
	struct pcie_dev *dev = slot->dev;
	struct dur took = at_since(sim_now(dev->sim), slot->issued);

	trace_emit(&dev->trace, PCIE_TRACE_READ_DONE, slot->addr, slot->status, slot->tag);
	if (slot->status == DMA_OK)
		stats_sample(dev->sim->stats, dev->read_latency, took.ps / PS_PER_NS);
	slot_finish(slot);
}

/* Runs fn at `when`: at once if that is now, for the caller is an event itself. */
static void slot_at(struct pcie_slot *slot, struct at when, void (*fn)(void *ctx), const char *name)
{
	struct sim *sim = slot->dev->sim;

	if (when.ps == sim_now(sim).ps) {
		fn(slot);
		return;
	}
	event_init(&slot->event, name, PHASE_LINK, fn, slot);
	engine_schedule(sim->engine, &slot->event, when);
}

/* The root complex has the data: they queue for the way down. Requests of one read follow each
 * other closer than their completions do, so the completions leave back to back. */
static void read_answer(void *ctx)
{
	struct pcie_slot *slot = ctx;
	struct pcie_dev *dev = slot->dev;
	uint64_t wire_bytes = pcie_tlp_overhead(PCIE_TLP_CPL);

	if (slot->status == DMA_OK) {
		struct pcie_wire wire =
			pcie_read_tlps(slot->addr, slot->bytes, dev->mrrs, dev->mps);

		wire_bytes =
			slot->bytes + (uint64_t)wire.completions * pcie_tlp_overhead(PCIE_TLP_CPLD);
	}
	slot_at(slot, pcie_ser_push(&dev->down, sim_now(dev->sim), wire_bytes), read_done,
		"pcie read done");
}

static struct dur root_access(struct pcie_slot *slot)
{
	struct pcie_dev *dev = slot->dev;
	bool read = slot->kind == PCIE_SLOT_READ;
	struct dma_req req = {
		.kind = read ? DMA_READ : DMA_WRITE,
		.addr = slot->addr,
		.bytes = slot->bytes,
		.data = read ? NULL : slot->data,
		.tag = slot->tag,
		.want_done = slot->want_done,
	};
	struct dur extra = { 0 };

	slot->status = dev->root_ops->access(dev->root_ctx, dev->cfg.devfn, &req,
					     read ? slot->data : NULL, &extra);
	if (slot->status != DMA_OK && read) {
		/* A posted write has no completion, so nobody tells the function. */
		pcie_config_error(dev, slot->status);
		memset(slot->data, 0xff, slot->bytes);
	}
	return extra;
}

static void read_arrive(struct pcie_slot *slot)
{
	struct pcie_dev *dev = slot->dev;
	struct dur back;

	if (slot->refused) {
		memset(slot->data, 0xff, slot->bytes);
		read_done(slot);
		return;
	}
	back = at_since(at_ps(dev->cfg.link.read_rtt.ps), at_ps(dev->way_up.ps));
	back = dur_add(back, root_access(slot));
	slot_at(slot, at_add(sim_now(dev->sim), back), read_answer, "pcie read answer");
}

static void write_arrive(struct pcie_slot *slot)
{
	struct pcie_dev *dev = slot->dev;

	if (!slot->refused) {
		dev->ordered = at_add(sim_now(dev->sim), root_access(slot));
		trace_emit(&dev->trace, PCIE_TRACE_WRITE_LAND, slot->addr, slot->bytes,
			   slot->status);
	}
	if (slot->want_done)
		slot_at(slot, at_max(dev->ordered, sim_now(dev->sim)), write_done,
			"pcie write done");
	else
		pcie_slot_put(slot);
}

static void msi_arrive(struct pcie_slot *slot)
{
	struct pcie_dev *dev = slot->dev;
	struct msi_msg msg = { slot->addr, slot->message };
	uint64_t entry = slot->tag;

	pcie_slot_put(slot);
	trace_emit(&dev->trace, PCIE_TRACE_MSI, msg.addr, msg.data, entry);
	dev->root_ops->msi(dev->root_ctx, dev->cfg.devfn, &msg);
}

/* Everything at the head of the queue that has reached the root complex. */
static void up_run(void *ctx)
{
	struct pcie_dev *dev = ctx;
	struct at now = sim_now(dev->sim);

	dev->up_running = true;
	while (dev->up_head && !at_before(now, slot_due(dev, dev->up_head))) {
		struct pcie_slot *slot = dev->up_head;

		dev->up_head = slot->next;
		slot->next = NULL;
		if (slot->kind != PCIE_SLOT_READ)
			dev->writes_queued--;
		if (slot->kind == PCIE_SLOT_READ)
			read_arrive(slot);
		else if (slot->kind == PCIE_SLOT_WRITE)
			write_arrive(slot);
		else
			msi_arrive(slot);
	}
	dev->up_running = false;
	if (dev->up_head)
		engine_schedule(dev->sim->engine, &dev->up_event, slot_due(dev, dev->up_head));
}

void pcie_tlp_init(struct pcie_dev *dev)
{
	event_init(&dev->up_event, "pcie up", PHASE_LINK, up_run, dev);
}

/* Command, Bus Master Enable clear (7.5.1.1): no request leaves the function. */
static void dma_refuse(struct pcie_dev *dev, struct pcie_slot *slot)
{
	slot->refused = true;
	slot->status = DMA_UNSUPPORTED;
	slot->due = slot->issued;
	trace_emit(&dev->trace, PCIE_TRACE_ERR_REFUSED, slot->addr, slot->bytes, slot->kind);
}

static void read_issue(struct pcie_dev *dev, struct pcie_slot *slot)
{
	unsigned overhead = pcie_tlp_overhead(PCIE_TLP_MRD);
	unsigned requests = pcie_read_tlps(slot->addr, slot->bytes, dev->mrrs, dev->mps).requests;

	trace_emit(&dev->trace, PCIE_TRACE_READ_ISSUE, slot->addr, slot->bytes, slot->tag);
	slot->due = at_add(pcie_ser_push(&dev->up, slot->issued, overhead), dev->way_up);
	pcie_ser_push(&dev->up, slot->issued, (uint64_t)(requests - 1) * overhead);
}

static void write_issue(struct pcie_dev *dev, struct pcie_slot *slot)
{
	unsigned tlps = pcie_write_tlps(slot->addr, slot->bytes, dev->mps);
	uint64_t wire_bytes = slot->bytes + (uint64_t)tlps * pcie_tlp_overhead(PCIE_TLP_MWR);

	slot->due = at_add(pcie_ser_push(&dev->up, slot->issued, wire_bytes),
			   dev->cfg.link.write_latency);
}

void pcie_dma(struct pcie_dev *dev, const struct dma_req *req)
{
	struct pcie_slot *slot;

	ASSERT(req->bytes >= 1 && req->bytes <= PCIE_DMA_BYTES_MAX);
	slot = pcie_slot_get(dev, req->bytes);
	slot->kind = req->kind == DMA_READ ? PCIE_SLOT_READ : PCIE_SLOT_WRITE;
	slot->addr = req->addr;
	slot->tag = req->tag;
	slot->want_done = req->want_done;
	slot->issued = sim_now(dev->sim);
	if (req->kind == DMA_WRITE)
		memcpy(slot->data, req->data, req->bytes);
	else
		dev->reads_pending++;
	if (!dev->bus_master)
		dma_refuse(dev, slot);
	else if (req->kind == DMA_READ)
		read_issue(dev, slot);
	else
		write_issue(dev, slot);
	up_push(dev, slot);
}

void pcie_send_msi(struct pcie_dev *dev, uint64_t addr, uint32_t data, unsigned entry)
{
	struct pcie_slot *slot = pcie_slot_get(dev, 0);
	unsigned wire_bytes = MSI_BYTES + pcie_tlp_overhead(PCIE_TLP_MWR);

	slot->kind = PCIE_SLOT_MSI;
	slot->addr = addr;
	slot->message = data;
	slot->tag = entry;
	slot->issued = sim_now(dev->sim);
	slot->due = at_add(pcie_ser_push(&dev->up, slot->issued, wire_bytes),
			   dev->cfg.link.write_latency);
	up_push(dev, slot);
}

struct dur pcie_read_behind_writes(struct pcie_dev *dev)
{
	struct at landed = dev->ordered;

	if (dev->writes_queued)
		landed = at_max(landed, dev->write_due);
	return at_since(landed, sim_now(dev->sim));
}
