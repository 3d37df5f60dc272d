/* SPDX-License-Identifier: MIT */
/* Shared by spans.c (what the trace tells, cores), spans_frames.c and spans_ios.c. */
#ifndef DOORBELL_MACHINE_SPANS_INTERNAL_H
#define DOORBELL_MACHINE_SPANS_INTERNAL_H

#include "model/machine/spans.h"

#define SPANS_ENTRIES 256u           /* MSI-X entries of a device, vectors of a core */
#define SPANS_QUEUES  128u
#define SPANS_NEVER   UINT64_MAX

/* Numbers in order of arrival. */
struct spans_fifo {
	uint64_t *item;
	size_t head, tail, room;     /* head and tail count on; room is a power of two */
};

struct spans_frame {
	uint64_t id, ring, raised, taken, poll, handed, left;   /* picoseconds or SPANS_NEVER */
	unsigned queue;
};

struct spans_io {
	struct spans_io *next;
	uint64_t id;
	unsigned job, slot, device;
	uint64_t first_lba, sectors;
	bool write;
	unsigned open_cmds;
	bool seen;                   /* a command belongs to it */
	uint32_t last_cmd;
	uint64_t submitted, doorbell, start, medium, entry, raised, taken, left;
};

struct spans_cmd {
	uint32_t cmd;
	struct spans_io *io;
};

struct spans_device {
	unsigned index;
	bool nic;
	/* frames */
	struct spans_frame *frame;                     /* by id, modulo a power of two */
	struct spans_fifo in_ring[SPANS_QUEUES];       /* not handed up yet */
	struct spans_fifo unraised[SPANS_ENTRIES];     /* by MSI-X entry, as untaken */
	struct spans_fifo untaken[SPANS_ENTRIES];
	bool under_way[SPANS_ENTRIES];                 /* raised and not taken */
	uint64_t napi[SPANS_ENTRIES];                  /* the driver's context of an entry, 0 */
	int core[SPANS_ENTRIES];                       /* that takes the entry's interrupts, -1 */
	/* I/Os */
	struct spans_io *ios;                          /* outstanding, in order of submission */
	struct spans_cmd *cmd;
	size_t cmds, cmd_room;
};

/* Whose interrupt a core's vector is. */
struct spans_vector {
	struct spans_device *device;
	unsigned entry;
};

struct spans_core {
	uint8_t category[64];
	unsigned depth;
	uint64_t poll;                                 /* when the driver's poll began */
	struct spans_vector vector[SPANS_ENTRIES];
	struct spans_vector taking;                    /* its interrupt is about to begin */
	struct spans_fifo unknown;                     /* entries whose context is not known */
	struct spans_fifo handed;                      /* device << 48 | frame, this softirq */
};

struct spans {
	struct trace_sink sink;
	const struct machine_cfg *cfg;
	const struct trace_source *trace;
	struct spans_ops ops;
	struct spans_device device[MACHINE_DEVICES_MAX];
	struct spans_core core[CORES_MAX];
	struct spans_io *free_io;
	uint64_t ios;
	bool slices;                                   /* somebody tells what cores run */
	struct spans_place *place;
};

void spans_push(struct spans_fifo *fifo, uint64_t item);
bool spans_peek(const struct spans_fifo *fifo, uint64_t *item);
bool spans_pop(struct spans_fifo *fifo, uint64_t *item);

/* Cuts `end` (`count` instants, the last one known) into lengths from `start` on. */
void spans_cut(struct span *span, uint64_t start, const uint64_t *end, unsigned count);

/* spans_frames.c */
void spans_frames_ring(struct spans *spans, struct spans_device *device, uint64_t id,
		       unsigned queue, uint64_t now);
void spans_frames_raised(struct spans_device *device, unsigned entry, uint64_t now);
void spans_frames_taken(struct spans_device *device, unsigned entry, unsigned core,
			struct spans *spans, uint64_t now);
void spans_frames_handed(struct spans *spans, unsigned core, uint64_t napi, uint64_t now);
void spans_frames_left(struct spans *spans, unsigned core, uint64_t now);

/* spans_ios.c */
void spans_ios_start(struct spans *spans, struct spans_device *device, uint32_t cmd,
		     unsigned opcode, uint64_t lba, uint64_t now);
void spans_ios_medium(struct spans_device *device, uint32_t cmd, uint64_t now);
void spans_ios_entry(struct spans *spans, struct spans_device *device, uint32_t cmd,
		     uint64_t latency, uint64_t now);
void spans_ios_raised(struct spans_device *device, unsigned entry, uint64_t now);
void spans_ios_taken(struct spans_device *device, unsigned entry, unsigned core, uint64_t now);
void spans_ios_left(struct spans *spans, unsigned core, uint64_t now);

#endif
