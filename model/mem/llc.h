/* SPDX-License-Identifier: MIT */
/* Who touched a cache line last: the last-level cache of each socket as a set-associative array of
 * tags, without data. It tells where an access finds its line; what that costs is the caller's, by
 * rows of the machine profile.
 *
 * A device's write updates a line where it is cached, or takes one of the first `ddio_ways` ways of
 * its set in the socket that the device is attached to (Intel DDIO), whosever memory it is; with
 * none it goes to memory. A device's read allocates nothing. A core's access takes any way. The
 * least recently used line of the ways allowed makes room. The caches of the cores themselves count
 * as part of this one: the owner of a line is the core that touched it last.
 *
 * Only accesses that are told are known: DMA, and of the cores what host software tells (loads of
 * drivers, copies: drivers/linux/pass/touches.h, arch/sim/lib/string.c). A line that never came up
 * counts as one that the core asking has just written; a line that was cached and had to leave
 * counts as in memory until it comes up again. A line that a core takes over from another is common
 * to all from then on, until a device writes it: as stores of code are not told, what cores read in
 * turn must not look as if they wrote it in turn.
 *
 * Not modelled: the capacity of the cores' own caches, lines that cores write in turn (but for
 * the first time, and spinlocks: arch/sim/lib/line.c), use of a line by cores where it is (a
 * line is as old as its last write by a device, or as its coming into the cache), the hash that
 * spreads sets over slices, bandwidth of caches (of memory: channel.h), hardware prefetch,
 * write-back of what cores wrote, allocation policies that adapt. */
#ifndef DOORBELL_MEM_LLC_H
#define DOORBELL_MEM_LLC_H

#include <stdbool.h>
#include <stdint.h>

#include "model/core/sim.h"

#define LLC_LINE_BYTES  64u
#define LLC_SOCKETS_MAX 2u
#define LLC_WAYS_MAX    32u
#define LLC_CORES_MAX   64u

struct llc_cfg {
	unsigned sockets;
	unsigned home;           /* the socket whose memory is all of RAM */
	uint64_t bytes;          /* of one socket */
	unsigned ways;
	unsigned ddio_ways;      /* 0: devices write to memory */
	uint64_t memory_end;     /* physical addresses lie below */
};

/* Where a core finds a line. */
enum llc_place {
	LLC_OWN,             /* it touched the line last itself */
	LLC_SHARED,          /* in its socket's cache, written by a device */
	LLC_CORE,            /* with another core of its socket */
	LLC_REMOTE,          /* in the other socket's caches */
	LLC_MEMORY,
	LLC_MEMORY_REMOTE,
	LLC_FETCHED,         /* a core prefetched it (llc_core_fetch), not touched since */
	LLC_PLACES,
};

/* What a device's read meets, over all its lines. */
struct llc_read {
	bool cold;               /* a line comes from memory */
	bool remote;             /* a line comes from the other socket */
};

/* Lines, since the start. */
struct llc_counts {
	uint64_t read_hits, read_misses;     /* by devices */
	uint64_t write_hits, write_misses;
	uint64_t lost;                       /* written by a device, gone to memory untouched */
	uint64_t core[LLC_PLACES];
	uint64_t memory;                     /* that came from or went to memory */
};

/* State of a line: core + 1 if it is that core's own, or one of these. */
enum llc_state {
	LLC_STATE_UNKNOWN = 0,
	LLC_STATE_COMMON = 0xfc,  /* cores in turn have read it (arch/sim/kernel/sim.h says so too) */
	LLC_STATE_FETCHED = 0xfd,
	LLC_STATE_MEMORY = 0xfe,
	LLC_STATE_DEVICE = 0xff,
};

struct llc;

int llc_create(struct llc **out, struct sim *sim, const struct llc_cfg *cfg);
void llc_destroy(struct llc *llc);
/* A device on `socket` writes or reads [pa, pa + bytes). */
void llc_device_write(struct llc *llc, unsigned socket, uint64_t pa, uint32_t bytes);
struct llc_read llc_device_read(struct llc *llc, unsigned socket, uint64_t pa, uint32_t bytes);
/* A core touches the line that holds pa, which is its own afterwards. */
enum llc_place llc_core_touch(struct llc *llc, unsigned core, unsigned socket, uint64_t pa);
/* It prefetches the line: as a touch, but who touches it next finds it LLC_FETCHED. */
enum llc_place llc_core_fetch(struct llc *llc, unsigned core, unsigned socket, uint64_t pa);
/* States by the number of the line, for those that cannot afford a call: lines that are a core's
 * own need none. The caller's memory ends at memory_end. */
const uint8_t *llc_states(const struct llc *llc);
const struct llc_counts *llc_counts(const struct llc *llc);

#endif
