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

/* Transmit and receive queues have the same members for it. A reset sets the queues' own counts of
 * openings to zero. */
#define VIEW_OF(nic, q, what, how)                                            \
	((struct ring_view){                                                  \
		.name = (what),                                               \
		.number = (q)->number,                                        \
		.live = (q)->enabled && (q)->count,                           \
		.opened = (unsigned)(nic)->generation << 8 | (q)->generation, \
		.base = (q)->base,                                            \
		.entries = (q)->count,                                        \
		.entry_bytes = 16,                                            \
		.tail = (q)->tail,                                            \
		.entry = (how),                                               \
	})

bool nic82599_ring(const struct nic82599 *nic, unsigned number, struct ring_view *view)
{
	if (number >= 2 * NIC82599_QUEUES)
		return false;
	*view = number < NIC82599_QUEUES
			? VIEW_OF(nic, &nic->txq[number], "transmit queue", tx_entry)
			: VIEW_OF(nic, &nic->rxq[number - NIC82599_QUEUES], "receive queue",
				  rx_entry);
	return true;
}
