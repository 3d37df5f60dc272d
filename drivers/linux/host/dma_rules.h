/* SPDX-License-Identifier: MIT */
/* The rules of the DMA API (Documentation/core-api/dma-api.rst of the kernel), checked while a
 * driver runs in the checking build. Known of each mapping: where it is, its direction, which
 * of its bytes the device owns (from mapping or sync_for_device until sync_for_cpu or
 * unmapping), and who did it last. A breach is told once for each place in the code, with the
 * mapping's history; all are counted.
 *
 * Not modelled: mappings of memory that is no RAM (peer to peer); accesses by inline
 * assembler; cache lines that a buffer shares with other data. Copies into and out of bounce
 * buffers are the DMA API's own and are not judged. */
#ifndef DOORBELL_DRIVERS_LINUX_DMA_RULES_H
#define DOORBELL_DRIVERS_LINUX_DMA_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/linux/boundary_checking.h"
#include "model/core/time.h"

enum dma_rule {
	/* The CPU uses bytes of a streaming buffer that the device owns; of one to be sent: writes
	 * them before the device reads them. */
	RULE_CPU_ACCESS,
	RULE_NOT_MAPPED,    /* a device accesses what was never mapped for it */
	RULE_AFTER_UNMAP,   /* ... or is not any more */
	RULE_DIRECTION,     /* ... or was mapped for the other direction */
	RULE_NOT_OWNED,     /* ... or belongs to the CPU now */
	RULE_UNMAP,         /* unmapped or synced what is not mapped, or twice */
	RULE_REUSED,        /* memory given out anew that a device may still write to */
	RULE_COUNT,
};

/* As reports name them: "cpu-access", ... */
const char *dma_rule_name(enum dma_rule rule);

#define RULES_CHAIN 8

/* Who did something, and when: the call chain's innermost kernel functions. */
struct dma_rules_where {
	struct at time;
	unsigned core;
	unsigned count;
	uintptr_t pc[RULES_CHAIN];
};

struct dma_rules_ops {
	/* One line for the user. */
	void (*breach)(void *ctx, enum dma_rule rule, const char *text);
};

struct dma_rules;

/* Watches `pages` pages of RAM from physical 0 on; NULL without memory. ops outlive the rules. */
struct dma_rules *dma_rules_create(uint64_t pages, const struct dma_rules_ops *ops, void *ctx);
void dma_rules_destroy(struct dma_rules *rules);

/* A mark for each page of RAM that has bytes of streaming buffers. */
unsigned char *dma_rules_watch(struct dma_rules *rules);

void dma_rules_dma(struct dma_rules *rules, const struct plat_dma *dma,
		   const struct dma_rules_where *where);
/* Whether dma_rules_cpu_access would tell of a breach: `where` takes time to find out. */
bool dma_rules_cpu_breaks(const struct dma_rules *rules, uint64_t pa, uint64_t bytes, bool write);
void dma_rules_cpu_access(struct dma_rules *rules, uint64_t pa, uint64_t bytes, bool write,
		      const struct dma_rules_where *where);
void dma_rules_device_access(struct dma_rules *rules, unsigned devfn, uint64_t bus, uint64_t bytes,
			 bool write, struct at time);

/* The kernel's allocators give this memory out. */
void dma_rules_taken(struct dma_rules *rules, uint64_t pa, uint64_t bytes,
		     const struct dma_rules_where *where);
bool dma_rules_is_writable(const struct dma_rules *rules, uint64_t pa, uint64_t bytes);
/* The innermost place that is in no function that does things for others. */
uintptr_t dma_rules_place(const struct dma_rules_where *where);

/* So far, repetitions included. */
uint64_t dma_rules_breaches(const struct dma_rules *rules, enum dma_rule rule);
/* Mappings that are there now, coherent memory apart. */
uint64_t dma_rules_live(const struct dma_rules *rules);

#endif
