/* SPDX-License-Identifier: MIT */
/* Flash behind an NVMe controller: what it is made of and what its operations take. A channel has
 * packages, a package dies, a die planes. The unit of mapping is a part of a page; a block of the
 * translation layer is the blocks of one number in all planes of a die, written and erased together
 * by multi-plane commands.
 *
 * Not modelled: read errors and retries, program and erase failures, wear that changes times,
 * temperature, cache reads and cache programs, copy-back within a die, several rows of cells that
 * must be programmed in another order than they are numbered, the time to rebuild the mapping table
 * after a loss of power. */
#ifndef DOORBELL_NVME_FLASH_H
#define DOORBELL_NVME_FLASH_H

#include <stdbool.h>
#include <stdint.h>

#include "model/core/time.h"

#define FLASH_CELL_BITS_MAX 3u

/* What the medium holds at the start. Wear counters start at 0 in every case. */
enum flash_precondition {
	FLASH_FRESH,        /* nothing: reads need no flash */
	FLASH_SEQUENTIAL,   /* every unit written once, in order */
	FLASH_RANDOM,       /* the steady state of random writes under greedy garbage collection */
};

struct flash_cfg {
	unsigned channels, packages, dies, planes;   /* each per one of the level above */
	unsigned dies_at_once;          /* dies of a package that may work at the same time */
	unsigned pages;                 /* of a block; a multiple of cell_bits */
	unsigned cell_bits;             /* 1..3: page n holds bit n % cell_bits of its cells */
	bool one_shot;                  /* all pages of a row of cells are programmed together */
	uint32_t page_bytes, unit_bytes;
	unsigned spare_percent;         /* over-provisioning, of the capacity */
	struct dur read[FLASH_CELL_BITS_MAX];     /* tR by page type: LSB, CSB, MSB */
	/* tPROG by page type; one_shot: the last of cell_bits is that of the whole row. */
	struct dur program[FLASH_CELL_BITS_MAX];
	struct dur erase;
	uint64_t channel_bits_per_second;
	struct dur command_read, command_program, command_erase;    /* channel, for each plane */
	/* Suspending for a read: time until the die takes it; 0 = no suspension. Not done when less
	 * than _least of the operation is left. */
	struct dur suspend_program, suspend_program_least;
	struct dur suspend_erase, suspend_erase_least;
	unsigned reads_first;           /* reads that may overtake what else waits for the die */
	unsigned gc_blocks;             /* free blocks of a die below which collection runs; >= 2 */
	uint64_t buffer_bytes;          /* write buffer */
	bool buffer_protected;          /* against loss of power: flush and FUA find nothing to do */
	struct dur buffer_access;       /* command served by the buffer */
	uint64_t map_cache_bytes;       /* of the mapping table in memory; 0 = all of it */
	struct dur controller_read, controller_write;   /* firmware, per command, in parallel */
	/* The controller's own link to the host, each direction; 0 = none but the PCIe model's. Each
	 * started `payload` bytes carry `overhead` bytes more. */
	uint64_t link_bits_per_second;
	uint32_t link_payload, link_overhead;
	enum flash_precondition precondition;
	uint64_t seed;                  /* of the layout of FLASH_RANDOM */
	/* Told when what a range held after write `version` (flash_tag) is safe from a loss of
	 * power; NULL = nobody asks. */
	void (*durable)(void *ctx, uint64_t offset, uint64_t bytes, uint64_t version);
	void *durable_ctx;
};

/* What cfg makes of a capacity. Blocks of a small medium are shorter, so that a die has enough of
 * them for collection to behave as in a large one. */
struct flash_shape {
	uint32_t units;                 /* mapping units the host sees */
	uint32_t dies;                  /* in all; die n is at channel n % channels */
	uint32_t page_units, row_units; /* units of a page; of one page in all planes */
	uint32_t program_units;         /* of one program command */
	uint32_t block_units;
	uint32_t blocks;                /* of each die */
};

struct sim;
struct flash;
struct flash_request;

enum flash_request_kind {
	FLASH_REQUEST_READ,
	FLASH_REQUEST_WRITE,
	FLASH_REQUEST_FLUSH,
	FLASH_REQUEST_TRIM,     /* changes the table only; what it covers reads as nowhere */
};

/* 0 or a negative sim_err, and sim->error says why. cfg is copied, name is not. Stats under name:
 * flash.reads, .programs, .erases, .suspensions, .multi_plane_reads (commands to dies), gc.blocks
 * (collected), gc.units (moved), buffer.hits (units read from the write buffer), buffer.units
 * (programmed from it), map.misses, wear.most, flash.bytes (host memory of the tables). */
int flash_create(struct flash **out, struct sim *sim, const char *name, const struct flash_cfg *cfg,
		 uint64_t capacity_bytes);
void flash_destroy(struct flash *flash);
const struct flash_shape *flash_shape(const struct flash *flash);

/* done is called later, never at once; the request is gone then. Ranges lie within the capacity.
 * forced: a write that is durable when done is called. */
struct flash_request *flash_start(struct flash *flash, enum flash_request_kind kind,
				  uint64_t offset, uint64_t bytes, bool forced,
				  void (*done)(void *ctx), void *ctx);
/* Which of the device's writes it is, for cfg.durable. */
void flash_tag(struct flash_request *request, uint64_t version);
/* done will not be called. The work goes on. */
void flash_forget(struct flash_request *request);
/* Power is lost and there again: all work is gone, and what waited in the buffer. As far as time goes,
 * a unit whose newest data were there reads as one never written. */
void flash_power_cut(struct flash *flash);
/* Deallocates whole units of a range, at once. */
void flash_trim(struct flash *flash, uint64_t offset, uint64_t bytes);

#endif
