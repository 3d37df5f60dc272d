/* SPDX-License-Identifier: MIT */
/* Requests of the device. They go up in one queue in the order in which they left, because a read
 * must not pass an earlier write and posted writes must not pass each other (2.4.1); answers to
 * reads come back on their own, each part by its event. */
#include "model/pcie/pcie_internal.h"

#include <string.h>

#include "model/core/assert.h"

/* Relaxed ordering frees a write from earlier ones; ID-based ordering frees a function's requests
 * from those of others behind the same root port (2.4.1, table 2-32, entries A2b and B2b). */
static bool relaxed(const struct pcie_slot *slot)
{
	const struct pcie_dev *dev = slot->dev;

	return slot->kind == PCIE_SLOT_WRITE && (slot->flags & DMA_RELAXED) &&
	       dev->relaxed_ordering && !dev->cfg.link.ideal;
}

static struct at part_due(const struct pcie_dev *dev, const struct pcie_part *part)
{
	struct at ordered = dev->ordered;

	if (dev->cfg.uplink && !dev->id_ordering)
		ordered = at_max(ordered, pcie_switch_ordered(dev->cfg.uplink));
	return at_max(part->due, ordered);
}

bool pcie_slot_stale(const struct pcie_slot *slot)
{
	return slot->generation != slot->dev->generation;
}

static void part_free(struct pcie_part *part)
{
	if (part != &part->slot->whole)
		pcie_part_put(part);
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

	if (!pcie_slot_stale(slot)) {
		if (read)
			dev->reads_pending--;
		dev->dev_ops->dma_done(dev->dev_ctx, &done);
	}
	pcie_slot_put(slot);
}

static void write_done(void *ctx)
{
	slot_finish(((struct pcie_part *)ctx)->slot);
}

/* The last part comes last: they share the way down. */
static void read_done(void *ctx)
{
	struct pcie_part *part = ctx;
	struct pcie_slot *slot = part->slot;
	struct pcie_dev *dev = slot->dev;
	struct dur took;

	slot->to_come -= part->bytes;
	part_free(part);
	if (slot->to_come)
		return;
	took = at_since(sim_now(dev->sim), slot->issued);
	trace_emit(&dev->trace, PCIE_TRACE_READ_DONE, slot->addr, slot->status, slot->tag);
	if (slot->status == DMA_OK)
		stats_sample(dev->sim->stats, dev->read_latency, took.ps / PS_PER_NS);
	slot_finish(slot);
}

/* Runs fn at `when`: at once if that is now, for the caller is an event itself. */
static void part_at(struct pcie_part *part, struct at when, void (*fn)(void *ctx), const char *name)
{
	struct sim *sim = part->slot->dev->sim;

	if (when.ps == sim_now(sim).ps) {
		fn(part);
		return;
	}
	event_init(&part->event, name, PHASE_LINK, fn, part);
	engine_schedule(sim->engine, &part->event, when);
}

/* Completions of requests of one length on their way down; when the last is there. A request's tag
 * is free when its last completion is. Lengths are multiples of the boundary: all are cut alike. */
static struct at answer_requests(struct pcie_dev *dev, const struct pcie_slot *slot, uint64_t addr,
				 uint32_t bytes, uint32_t count)
{
	struct at now = sim_now(dev->sim), there;
	unsigned most = bytes > dev->cfg.link.combine_above ? dev->mps : dev->rcb;
	uint64_t wire = pcie_tlp_overhead(PCIE_TLP_CPL);
	struct pcie_return run = { .count = 1 };

	if (slot->status == DMA_OK || slot->status == DMA_POISONED)
		wire = bytes + (uint64_t)pcie_completions(addr, bytes, most, dev->rcb) *
				       pcie_tlp_overhead(PCIE_TLP_CPLD);
	if (dev->cfg.uplink) {
		there = pcie_switch_down(dev->cfg.uplink, dev, now, wire);
		run.ps = there.ps;
	} else {
		there = pcie_ser_run(&dev->down, now, wire, count, &run);
	}
	run.data = 0;
	if (pcie_flow_limits(&dev->tags))
		pcie_flow_give(&dev->tags, now, &run, dur_ps(0));
	return there;
}

/* The root complex has the data: they queue for the way down. Requests of one part follow each
 * other closer than their completions do, so the completions leave back to back. */
static void read_answer(void *ctx)
{
	struct pcie_part *part = ctx;
	struct pcie_slot *slot = part->slot;
	struct pcie_dev *dev = slot->dev;
	struct at there = sim_now(dev->sim);
	uint64_t addr = part->addr, end = part->addr + part->bytes;

	while (addr < end) {
		uint32_t page = pcie_piece(addr, (uint32_t)(end - addr), PCIE_PAGE_BYTES);
		uint32_t piece = page < dev->mrrs ? page : dev->mrrs, count = 1;

		if (page >= 2 * dev->mrrs && !dev->cfg.uplink)
			count = page / piece;
		there = answer_requests(dev, slot, addr, piece, count);
		addr += (uint64_t)count * piece;
	}
	part_at(part, there, read_done, "pcie read done");
	if (dev->reads_waiting.head)
		pcie_wait_kick(dev);
}

/* No completion in time (2.8): the function gives up and its tags are free. */
static void read_timed_out(void *ctx)
{
	struct pcie_part *part = ctx;
	struct pcie_slot *slot = part->slot;
	struct pcie_dev *dev = slot->dev;
	unsigned requests = pcie_write_tlps(part->addr, part->bytes, dev->mrrs);

	if (part->first && !pcie_slot_stale(slot))
		pcie_config_error(dev, DMA_TIMEOUT);
	for (unsigned i = 0; i < requests && pcie_flow_limits(&dev->tags); i++)
		pcie_flow_return(&dev->tags, sim_now(dev->sim), sim_now(dev->sim), 0);
	read_done(part);
	if (dev->reads_waiting.head)
		pcie_wait_kick(dev);
}

static struct dur root_access(struct pcie_slot *slot)
{
	struct pcie_dev *dev = slot->dev;
	bool read = slot->kind == PCIE_SLOT_READ;
	struct dma_req req = {
		.kind = read ? DMA_READ : DMA_WRITE,
		.flags = slot->flags,
		.addr = slot->addr,
		.bytes = slot->bytes,
		.data = read ? NULL : slot->data,
		.tag = slot->tag,
		.want_done = slot->want_done,
	};
	enum pcie_fault_target target = read ? PCIE_FAULT_DMA_READ : PCIE_FAULT_DMA_WRITE;
	struct dur extra = { 0 };

	if (dev->faults && pcie_fault_due(dev, target, &slot->status))
		;   /* memory is not touched */
	else
		slot->status = dev->root_ops->access(dev->root_ctx, dev->cfg.devfn, &req,
						     read ? slot->data : NULL, &extra);
	if (slot->status != DMA_OK && read) {
		/* A posted write has no completion, so nobody tells the function. */
		if (slot->status != DMA_TIMEOUT)
			pcie_config_error(dev, slot->status);
		memset(slot->data, 0xff, slot->bytes);
	}
	return extra;
}

/* What this read takes more or less than the median. The distribution is linear between the least,
 * the median, the 95th and the 99.9th percentile. */
static struct dur jittered(struct pcie_dev *dev, struct dur whole)
{
	const struct pcie_jitter *jitter = &dev->cfg.link.jitter;
	uint64_t n = random_below(&dev->jitter, 10000), less = 0;

	if (n < 5000)
		less = jitter->below.ps * (5000 - n) / 5000;
	else if (n < 9500)
		whole.ps += jitter->p95.ps * (n - 5000) / 4500;
	else if (n < 9990)
		whole.ps += jitter->p95.ps +
			    (jitter->p999.ps - jitter->p95.ps) * (n - 9500) / 490;
	else
		whole.ps += jitter->p999.ps;
	whole.ps -= less < whole.ps ? less : whole.ps;
	return whole;
}

static void read_arrive(struct pcie_part *part, struct at now)
{
	struct pcie_slot *slot = part->slot;
	struct pcie_dev *dev = slot->dev;
	struct at ready;
	struct dur back = at_since(at_ps(dev->cfg.link.read_rtt.ps), at_ps(dev->way_up.ps));

	if (slot->refused) {
		memset(slot->data, 0xff, slot->bytes);
		read_done(part);
		return;
	}
	ready = at_add(now, back);
	if (part->first) {
		if (dev->cfg.link.jittery)
			ready = at_add(now, jittered(dev, back));
		ready = at_add(ready, root_access(slot));
		slot->ready = ready;
	}
	if (slot->status == DMA_TIMEOUT)
		part_at(part, pcie_timeout_at(dev, slot->issued), read_timed_out, "pcie timeout");
	else
		part_at(part, at_max(ready, slot->ready), read_answer, "pcie read answer");
}

/* The write is in memory `extra` after it has arrived; until then the root complex takes no more
 * of what the device sends, and gives no credits. */
static void held_up(struct pcie_dev *dev, struct at now, struct dur extra)
{
	struct at landed = at_add(now, extra);
	struct dur delta = at_since(at_ps(dev->cfg.link.credit_return.ps),
				    at_ps(dev->cfg.link.write_latency.ps));

	dev->ordered = at_max(dev->ordered, landed);
	if (dev->cfg.uplink)
		pcie_switch_hold(dev->cfg.uplink, landed);
	if (extra.ps) {
		pcie_flow_hold(&dev->posted_credits, at_add(now, delta), at_add(landed, delta));
		pcie_flow_hold(&dev->read_credits, at_add(now, delta), at_add(landed, delta));
	}
}

static void write_arrive(struct pcie_part *part, struct at now)
{
	struct pcie_slot *slot = part->slot;
	struct pcie_dev *dev = slot->dev;
	struct at landed = now;

	if (!part->last) {
		part_free(part);
		return;
	}
	if (!slot->refused) {
		struct dur extra = root_access(slot);

		landed = at_add(landed, extra);
		if (relaxed(slot) || (!extra.ps && !dev->cfg.uplink))
			dev->ordered = at_max(dev->ordered, landed);
		else
			held_up(dev, now, extra);
		trace_emit(&dev->trace, PCIE_TRACE_WRITE_LAND, slot->addr, slot->bytes,
			   slot->status);
	}
	part_free(part);
	if (slot->want_done)
		part_at(&slot->whole, landed, write_done, "pcie write done");
	else
		pcie_slot_put(slot);
}

static void msi_arrive(struct pcie_part *part)
{
	struct pcie_slot *slot = part->slot;
	struct pcie_dev *dev = slot->dev;
	struct msi_msg msg = { slot->addr, slot->message };
	uint64_t entry = slot->tag;
	bool lost = slot->refused;

	part_free(part);
	pcie_slot_put(slot);
	if (lost)
		return;
	trace_emit(&dev->trace, PCIE_TRACE_MSI, msg.addr, msg.data, entry);
	dev->root_ops->msi(dev->root_ctx, dev->cfg.devfn, &msg);
}

static void arrive(struct pcie_dev *dev, struct pcie_part *part, struct at now)
{
	enum pcie_slot_kind kind = part->slot->kind;

	if (part->slot->generation < dev->lost_before)
		part->slot->refused = true;
	if (kind != PCIE_SLOT_READ)
		dev->writes_queued--;
	if (kind == PCIE_SLOT_READ)
		read_arrive(part, now);
	else if (kind == PCIE_SLOT_WRITE)
		write_arrive(part, now);
	else
		msi_arrive(part);
}

struct at pcie_down_push(struct pcie_dev *dev, struct at now, uint64_t bytes)
{
	if (dev->cfg.uplink)
		return pcie_switch_down(dev->cfg.uplink, dev, now, bytes);
	return pcie_ser_push(&dev->down, now, bytes);
}

static void relaxed_arrive(void *ctx)
{
	struct pcie_part *part = ctx;
	struct pcie_dev *dev = part->slot->dev;

	arrive(dev, part, sim_now(dev->sim));
}

/* Everything at the head of the queue that has reached the root complex. */
static void up_run(void *ctx)
{
	struct pcie_dev *dev = ctx;
	struct at now = sim_now(dev->sim);

	dev->up_running = true;
	while (dev->up_head && !at_before(now, part_due(dev, dev->up_head))) {
		struct pcie_part *part = dev->up_head;

		dev->up_head = part->next;
		part->next = NULL;
		arrive(dev, part, now);
	}
	dev->up_running = false;
	if (dev->up_head)
		engine_reschedule(dev->sim->engine, &dev->up_event, part_due(dev, dev->up_head));
}

void pcie_tlp_up(struct pcie_dev *dev, struct pcie_part *part)
{
	part->next = NULL;
	if (part->slot->kind != PCIE_SLOT_READ) {
		dev->writes_queued++;
		dev->write_due = at_max(dev->write_due, part->due);
	}
	if (relaxed(part->slot)) {
		event_init(&part->event, "pcie relaxed write", PHASE_LINK, relaxed_arrive, part);
		engine_schedule(dev->sim->engine, &part->event, part->due);
		return;
	}
	if (dev->up_head)
		dev->up_tail->next = part;
	else
		dev->up_head = part;
	dev->up_tail = part;
	if (dev->up_head == part && !dev->up_running)
		engine_schedule(dev->sim->engine, &dev->up_event, part_due(dev, part));
}

int pcie_tlp_create(struct pcie_dev *dev)
{
	const struct pcie_link_cfg *link = &dev->cfg.link;

	event_init(&dev->up_event, "pcie up", PHASE_LINK, up_run, dev);
	pcie_wait_init(dev);
	if (!pcie_flow_init(&dev->tags, 0, 0) ||
	    !pcie_flow_init(&dev->posted_credits, link->posted.headers, link->posted.data) ||
	    !pcie_flow_init(&dev->read_credits, link->non_posted.headers, 0))
		return sim_fail(dev->sim, SIM_ERR_MEMORY, "%s: out of host memory", dev->cfg.name);
	return SIM_OK;
}

/* Command, Bus Master Enable clear (7.5.1.1): no request leaves the function. */
static void dma_refuse(struct pcie_dev *dev, struct pcie_slot *slot)
{
	struct pcie_part *part = &slot->whole;

	slot->refused = true;
	slot->status = DMA_UNSUPPORTED;
	part->due = slot->issued;
	part->addr = slot->addr;
	part->bytes = slot->wire_bytes;
	part->first = part->last = true;
	trace_emit(&dev->trace, PCIE_TRACE_ERR_REFUSED, slot->addr, slot->bytes, slot->kind);
	pcie_tlp_up(dev, part);
}

/* Sends TLPs of one length; *left: when the last has left. Their credits come back by themselves,
 * behind a switch when they have passed it. */
static struct at push_run(struct pcie_dev *dev, bool read, uint32_t bytes, uint32_t count,
			  struct pcie_return *run)
{
	struct pcie_flow *credits = read ? &dev->read_credits : &dev->posted_credits;
	unsigned wire = pcie_tlp_overhead(read ? PCIE_TLP_MRD : PCIE_TLP_MWR);
	struct at now = sim_now(dev->sim), left;

	left = pcie_ser_run(&dev->up, now, read ? wire : wire + bytes, count, run);
	run->data = read ? 0 : (bytes + PCIE_CREDIT_BYTES - 1) / PCIE_CREDIT_BYTES;
	if (pcie_flow_limits(credits) && !dev->cfg.uplink)
		pcie_flow_run(credits, now, run, dev->cfg.link.credit_return);
	else if (pcie_flow_limits(credits))
		pcie_flow_take(credits, count, count * run->data);
	if (read && pcie_flow_limits(&dev->tags))
		pcie_flow_take(&dev->tags, count, 0);
	return left;
}

/* The TLPs of a part, each as long as it may be; when the first and the last have left. */
static void push_tlps(struct pcie_dev *dev, const struct pcie_part *part, struct at left[2])
{
	bool read = part->slot->kind == PCIE_SLOT_READ;
	unsigned most = read ? dev->mrrs : dev->mps;
	uint64_t addr = part->addr, end = part->addr + part->bytes;

	while (addr < end) {
		uint32_t page = pcie_piece(addr, (uint32_t)(end - addr), PCIE_PAGE_BYTES);
		uint32_t piece = page < most ? page : most;
		uint32_t count = page < 2 * most ? 1 : page / piece;
		struct pcie_return run;

		left[1] = push_run(dev, read, piece, count, &run);
		if (addr == part->addr)
			left[0] = at_ps(run.ps);
		addr += (uint64_t)count * piece;
	}
}

void pcie_tlp_send(struct pcie_dev *dev, struct pcie_slot *slot, struct pcie_part *part)
{
	bool read = slot->kind == PCIE_SLOT_READ;
	struct at left[2] = { sim_now(dev->sim), sim_now(dev->sim) };

	push_tlps(dev, part, left);
	if (dev->cfg.uplink) {
		pcie_switch_up(dev->cfg.uplink, dev, part, left[1]);
		return;
	}
	part->due = read ? at_add(left[0], dev->way_up)
			 : at_add(left[1], dev->cfg.link.write_latency);
	pcie_tlp_up(dev, part);
}

/* The usual case on its own, for the host's sake: one TLP, or several of the greatest length within
 * a page, for which there is room at once. */
static bool send_at_once(struct pcie_dev *dev, struct pcie_slot *slot, bool read)
{
	struct pcie_flow *credits = read ? &dev->read_credits : &dev->posted_credits;
	uint32_t bytes = slot->wire_bytes, most = read ? dev->mrrs : dev->mps, count = 1;
	struct pcie_part *part = &slot->whole;
	struct pcie_return run;
	struct at left;

	if (pcie_piece(slot->wire_addr, bytes, PCIE_PAGE_BYTES) != bytes || dev->cfg.uplink ||
	    dev->posted_waiting.head || (read && dev->reads_waiting.head))
		return false;
	if (bytes > most) {
		if (bytes & (most - 1))
			return false;
		count = bytes >> __builtin_ctz(most);   /* a power of two */
		bytes = most;
	}
	if (!pcie_flow_room(credits, count,
			    read ? 0 : count * ((bytes + PCIE_CREDIT_BYTES - 1) /
						PCIE_CREDIT_BYTES)) ||
	    (read && !pcie_flow_room(&dev->tags, count, 0)))
		return false;
	left = push_run(dev, read, bytes, count, &run);
	if (!read) {
		dev->posts_issued++;
		dev->posts_sent++;
	}
	part->addr = slot->wire_addr;
	part->bytes = slot->wire_bytes;
	part->first = part->last = true;
	part->due = read ? at_add(at_ps(run.ps), dev->way_up)
			 : at_add(left, dev->cfg.link.write_latency);
	pcie_tlp_up(dev, part);
	return true;
}

void pcie_dma(struct pcie_dev *dev, const struct dma_req *req)
{
	uint64_t block = dev->cfg.link.align, from, to;
	struct pcie_slot *slot;

	ASSERT(req->bytes >= 1 && req->bytes <= PCIE_DMA_BYTES_MAX);
	if (dev->removed)
		return;
	slot = pcie_slot_get(dev, req->bytes);
	slot->kind = req->kind == DMA_READ ? PCIE_SLOT_READ : PCIE_SLOT_WRITE;
	slot->addr = req->addr;
	slot->tag = req->tag;
	slot->flags = req->flags;
	slot->want_done = req->want_done;
	slot->issued = sim_now(dev->sim);
	slot->ready = slot->issued;
	from = req->addr & ~(block - 1);
	to = (req->addr + req->bytes + block - 1) & ~(block - 1);
	slot->wire_addr = from;
	slot->wire_bytes = slot->to_come = (uint32_t)(to - from);
	if (req->kind == DMA_WRITE)
		memcpy(slot->data, req->data, req->bytes);
	else
		dev->reads_pending++;
	if (!dev->bus_master) {
		dma_refuse(dev, slot);
		return;
	}
	if (req->kind == DMA_READ)
		trace_emit(&dev->trace, PCIE_TRACE_READ_ISSUE, slot->addr, slot->bytes, slot->tag);
	dev->asked->value += req->bytes;
	dev->moved->value += slot->wire_bytes;
	if (!send_at_once(dev, slot, req->kind == DMA_READ))
		pcie_wait_or_send(dev, slot);
}

void pcie_send_msi(struct pcie_dev *dev, uint64_t addr, uint32_t data, unsigned entry)
{
	struct pcie_slot *slot = pcie_slot_get(dev, 0);

	slot->kind = PCIE_SLOT_MSI;
	slot->addr = addr;
	slot->message = data;
	slot->tag = entry;
	slot->issued = sim_now(dev->sim);
	slot->wire_addr = addr;
	pcie_wait_or_send(dev, slot);
}

/* An upper bound of what writes that wait for credits take: their serialisation, and a return of
 * credits for each time that they use all there are. */
static struct dur waiting_time(const struct pcie_dev *dev)
{
	const struct pcie_credits *posted = &dev->cfg.link.posted;
	uint64_t bytes = 0, data = 0, tlps = 0, rounds = 2;

	for (struct pcie_slot *slot = dev->posted_waiting.head; slot; slot = slot->next) {
		unsigned n = pcie_write_tlps(slot->wire_addr, slot->wire_bytes, dev->mps);

		tlps += n;
		bytes += slot->wire_bytes;
		data += slot->wire_bytes / PCIE_CREDIT_BYTES + n;
	}
	rounds += posted->headers ? tlps / posted->headers : 0;
	rounds += posted->data ? data / posted->data : 0;
	bytes += tlps * pcie_tlp_overhead(PCIE_TLP_MWR);
	return dur_ps(pcie_ser_time(&dev->up, bytes) + rounds * dev->cfg.link.credit_return.ps +
		      dev->cfg.link.write_latency.ps);
}

struct dur pcie_read_behind_writes(struct pcie_dev *dev)
{
	struct at landed = dev->ordered;

	if (dev->writes_queued)
		landed = at_max(landed, dev->write_due);
	if (dev->posted_waiting.head)
		landed = at_add(at_max(landed, dev->up.free), waiting_time(dev));
	return at_since(landed, sim_now(dev->sim));
}
