/* SPDX-License-Identifier: MIT */
/* Its descriptor rings for an observer (model/port/ring.h). */
#include "devices/nic82599/nic82599_priv.h"
#include "model/port/ring.h"

/* Done descriptors come back as zeroes with DD (7.2.3.5); a frame ends with EOP (7.2.3.2.3). */
static enum ring_entry tx_entry(const uint8_t *desc)
{
	if (get_le32(desc + 12) & TXD_STAT_DD)
		return RING_ENTRY_OLD;
	return get_le32(desc + 8) & TXD_EOP ? RING_ENTRY_END : RING_ENTRY_PART;
}

/* In a descriptor that is given to the device DD's place is 0 (7.1.5, 7.1.6). */
static enum ring_entry rx_entry(const uint8_t *desc)
{
	return get_le32(desc + 8) & RXD_STAT_DD ? RING_ENTRY_OLD : RING_ENTRY_END;
}

/* A reset sets the queues' own counts to zero. */
static unsigned opened(const struct nic82599 *nic, unsigned generation)
{
	return (unsigned)nic->generation << 8 | generation;
}

static void view_tx(const struct nic82599 *nic, const struct tx_queue *q, struct ring_view *view)
{
	*view = (struct ring_view){
		.name = "transmit queue",
		.number = q->number,
		.live = q->enabled && q->count,
		.opened = opened(nic, q->generation),
		.base = q->base,
		.entries = q->count,
		.entry_bytes = 16,
		.tail = q->tail,
		.entry = tx_entry,
	};
}

static void view_rx(const struct nic82599 *nic, const struct rx_queue *q, struct ring_view *view)
{
	*view = (struct ring_view){
		.name = "receive queue",
		.number = q->number,
		.live = q->enabled && q->count,
		.opened = opened(nic, q->generation),
		.base = q->base,
		.entries = q->count,
		.entry_bytes = 16,
		.tail = q->tail,
		.entry = rx_entry,
	};
}

bool nic82599_ring(const struct nic82599 *nic, unsigned number, struct ring_view *view)
{
	if (number < NIC82599_QUEUES)
		view_tx(nic, &nic->txq[number], view);
	else if (number < 2 * NIC82599_QUEUES)
		view_rx(nic, &nic->rxq[number - NIC82599_QUEUES], view);
	else
		return false;
	return true;
}
