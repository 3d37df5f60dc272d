/* SPDX-License-Identifier: MIT */
/* Which request may leave, and when: tags and flow-control credits (PCIe 2.2.6.2, 2.6.1) and the
 * order of what waits for them (2.4.1). Writes and messages keep their order among themselves and
 * pass reads that wait; a read waits for every write before it. */
#include "model/pcie/pcie_internal.h"

#include "model/core/assert.h"

#define MSI_BYTES 4u   /* one DW (6.1.4) */

static uint32_t data_credits(uint32_t bytes)
{
	return (bytes + PCIE_CREDIT_BYTES - 1) / PCIE_CREDIT_BYTES;
}

static struct pcie_waiting *list_of(struct pcie_dev *dev, const struct pcie_slot *slot)
{
	return slot->kind == PCIE_SLOT_READ ? &dev->reads_waiting : &dev->posted_waiting;
}

/* Whether all of it can leave now; rounds up, as only the waiting is slower. */
static bool fits(struct pcie_dev *dev, const struct pcie_slot *slot)
{
	struct at now = sim_now(dev->sim);
	unsigned tlps;

	if (slot->kind == PCIE_SLOT_READ) {
		if (!pcie_flow_limits(&dev->tags) && !pcie_flow_limits(&dev->read_credits))
			return true;
		tlps = pcie_write_tlps(slot->wire_addr, slot->wire_bytes, dev->mrrs);
		return pcie_flow_has(&dev->tags, now, tlps, 0) &&
		       pcie_flow_has(&dev->read_credits, now, tlps, 0);
	}
	if (!pcie_flow_limits(&dev->posted_credits))
		return true;
	tlps = pcie_write_tlps(slot->wire_addr, slot->wire_bytes, dev->mps);
	return pcie_flow_has(&dev->posted_credits, now, tlps,
			     slot->wire_bytes / PCIE_CREDIT_BYTES + tlps);
}

/* Bytes of the TLPs that can leave now. */
static uint32_t part_bytes(struct pcie_dev *dev, const struct pcie_slot *slot)
{
	bool read = slot->kind == PCIE_SLOT_READ;
	unsigned most = read ? dev->mrrs : dev->mps, tlps = 0;
	struct at now = sim_now(dev->sim);
	uint32_t bytes = 0, data = 0;

	while (bytes < slot->wire_bytes && !(tlps && dev->cfg.uplink)) {
		uint32_t left = slot->wire_bytes - bytes;
		uint32_t piece = pcie_piece(slot->wire_addr + bytes, left, most);
		bool room;

		data += data_credits(piece);
		if (read)
			room = pcie_flow_has(&dev->tags, now, tlps + 1, 0) &&
			       pcie_flow_has(&dev->read_credits, now, tlps + 1, 0);
		else
			room = pcie_flow_has(&dev->posted_credits, now, tlps + 1, data);
		if (!room)
			break;
		bytes += piece;
		tlps++;
	}
	return bytes;
}

/* Sends what can leave; true if that is all of it. */
static bool send_some(struct pcie_dev *dev, struct pcie_slot *slot, bool *moved)
{
	uint32_t bytes = part_bytes(dev, slot);
	struct pcie_part *part;

	if (!bytes)
		return false;
	*moved = true;
	part = slot->begun || bytes < slot->wire_bytes ? pcie_part_get(slot) : &slot->whole;
	part->addr = slot->wire_addr;
	part->bytes = bytes;
	part->first = !slot->begun;
	part->last = bytes == slot->wire_bytes;
	slot->begun = true;
	slot->wire_addr += bytes;
	slot->wire_bytes -= bytes;
	pcie_tlp_send(dev, slot, part);
	return part->last;
}

static bool send_first(struct pcie_dev *dev, struct pcie_waiting *list, bool *moved)
{
	struct pcie_slot *slot = list->head, *next = slot->next;

	/* Once its last part is out, the slot is no longer ours. */
	if (!send_some(dev, slot, moved))
		return false;
	list->head = next;
	return true;
}

static bool read_may_go(const struct pcie_dev *dev)
{
	const struct pcie_slot *slot = dev->reads_waiting.head;

	return slot && slot->posted_before <= dev->posts_sent;
}

/* When what is short comes back; AT_NEVER: somebody will tell. */
static struct at next_chance(struct pcie_dev *dev)
{
	struct at when = AT_NEVER, now = sim_now(dev->sim);

	if (dev->posted_waiting.head)
		when = pcie_flow_next(&dev->posted_credits);
	if (read_may_go(dev)) {
		struct at read = pcie_flow_has(&dev->tags, now, 1, 0)
					 ? pcie_flow_next(&dev->read_credits)
					 : pcie_flow_next(&dev->tags);

		if (at_before(read, when))
			when = read;
	}
	return when;
}

void pcie_wait_kick(struct pcie_dev *dev)
{
	bool moved = true;
	struct at when;

	while (moved) {
		moved = false;
		while (dev->posted_waiting.head && send_first(dev, &dev->posted_waiting, &moved))
			dev->posts_sent++;
		while (read_may_go(dev) && send_first(dev, &dev->reads_waiting, &moved))
			;
	}
	when = next_chance(dev);
	if (when.ps != AT_NEVER.ps)
		engine_reschedule(dev->sim->engine, &dev->wait_event,
				  at_max(when, sim_now(dev->sim)));
}

static void wait_over(void *ctx)
{
	pcie_wait_kick(ctx);
}

void pcie_wait_init(struct pcie_dev *dev)
{
	event_init(&dev->wait_event, "pcie credits", PHASE_LINK, wait_over, dev);
}

static void wait_push(struct pcie_dev *dev, struct pcie_slot *slot)
{
	struct pcie_waiting *list = list_of(dev, slot);

	slot->next = NULL;
	if (list->head)
		list->tail->next = slot;
	else
		list->head = slot;
	list->tail = slot;
	if (!dev->cfg.uplink)
		dev->stalls->value++;
	pcie_wait_kick(dev);
}

void pcie_wait_or_send(struct pcie_dev *dev, struct pcie_slot *slot)
{
	bool read = slot->kind == PCIE_SLOT_READ;
	bool free_way = !dev->posted_waiting.head && !(read && dev->reads_waiting.head);

	slot->begun = false;
	if (slot->kind == PCIE_SLOT_MSI)
		slot->wire_bytes = MSI_BYTES;
	if (read)
		slot->posted_before = dev->posts_issued;
	else
		dev->posts_issued++;
	if (!free_way || dev->cfg.uplink || !fits(dev, slot)) {
		wait_push(dev, slot);
		return;
	}
	slot->whole.addr = slot->wire_addr;
	slot->whole.bytes = slot->wire_bytes;
	slot->whole.first = slot->whole.last = true;
	slot->begun = true;
	if (!read)
		dev->posts_sent++;
	pcie_tlp_send(dev, slot, &slot->whole);
}

static void drop_unsent(struct pcie_dev *dev, struct pcie_waiting *list)
{
	struct pcie_slot *slot = list->head;

	list->head = list->tail = NULL;
	while (slot) {
		struct pcie_slot *next = slot->next;

		slot->refused = true;
		if (!slot->begun) {
			dev->posts_sent += slot->kind != PCIE_SLOT_READ;
			pcie_slot_put(slot);
		} else {
			slot->next = NULL;
			list->head = list->tail = slot;   /* only the first can have begun */
		}
		slot = next;
	}
}

void pcie_wait_drop(struct pcie_dev *dev)
{
	drop_unsent(dev, &dev->posted_waiting);
	drop_unsent(dev, &dev->reads_waiting);
}
