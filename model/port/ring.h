/* SPDX-License-Identifier: MIT */
/* A descriptor ring as its device sees it, for those who watch the driver's use of it from outside:
 * entries from `tail` on are the driver's, who tells the device of new ones by moving the tail. Not
 * modelled: rings without a tail register (completion queues, whose owner shows in each entry). */
#ifndef DOORBELL_PORT_RING_H
#define DOORBELL_PORT_RING_H

#include <stdbool.h>
#include <stdint.h>

#define RING_ENTRY_BYTES_MAX 64u

/* What an entry of the driver's part says by itself. */
enum ring_entry {
	RING_ENTRY_OLD,        /* the device has answered in it: no new work */
	RING_ENTRY_PART,       /* of work that goes on in the next entry */
	RING_ENTRY_END,        /* work, whole with this entry */
};

struct ring_view {
	const char *name;
	unsigned number;       /* of those with this name */
	bool live;             /* the device takes entries; nothing else is valid otherwise */
	unsigned opened;       /* differs when the ring was closed and opened meanwhile */
	uint64_t base;         /* bus address */
	uint32_t entries, entry_bytes, tail;
	enum ring_entry (*entry)(const uint8_t *bytes);
};

#endif
