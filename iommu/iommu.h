/* SPDX-License-Identifier: MIT */
/* A DMA-remapping unit of Intel VT-d in legacy mode: registers, root and context tables,
 * second-stage page walks of 3 and 4 levels with pages of 4 KiB, 2 MiB and 1 GiB, pass-through,
 * caches of contexts, translations, paging structures and interrupt entries, queued and
 * register-based invalidation with its time, fault recording with its message, interrupt remapping,
 * protected memory regions. Intel Virtualization Technology for Directed I/O, Architecture
 * Specification, rev. 3.3; section numbers in the sources are of it.
 *
 * Time is analytic: iommu_translate answers at once and says how much later the address is known.
 * Walks occupy one of `walkers`; their reads follow one another, each `walk_read` long. What a walk
 * found is in the caches from then on, with the time at which it is there: a request that comes
 * earlier waits for it. Page tables are read at the instant of the call.
 *
 * Not modelled: scalable mode (PASIDs, first-stage tables, 256-bit descriptors), device TLBs and
 * page requests (ECAP.DT = 0: a device-TLB invalidation is an invalid descriptor), posted
 * interrupts, x2APIC destinations (ECAP.EIM = 0), advanced fault logging, 5-level tables,
 * non-coherent table reads (ECAP.C = 1), memory types, performance monitoring, the time a global
 * command takes. */
#ifndef DOORBELL_IOMMU_IOMMU_H
#define DOORBELL_IOMMU_IOMMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/core/sim.h"
#include "model/port/dma.h"
#include "model/port/mmio.h"
#include "model/port/msi.h"

#define IOMMU_WINDOW_BYTES 4096u   /* of registers */
#define IOMMU_WALKERS_MAX  64u

enum iommu_replacement {
	IOMMU_LRU,
	IOMMU_FIFO,
	IOMMU_RANDOM,
};

struct iommu_times {
	struct dur lookup;                /* every translation: caches asked */
	struct dur walk_read;             /* one read of a table in memory */
	struct dur doorbell;              /* tail register written to queue read */
	struct dur fetch;                 /* reading 64 bytes of the queue: four descriptors */
	struct dur invalidate_context;
	struct dur invalidate_pages;      /* page-selective */
	struct dur invalidate_domain;     /* domain-selective and global */
	struct dur invalidate_interrupts;
	struct dur wait;                  /* wait descriptor: its status on its way to memory */
};

/* How long invalidations take: their times, or exponential with these means, for comparison with
 * theory and to ask what variation costs. */
enum iommu_spread {
	IOMMU_CONSTANT,
	IOMMU_EXPONENTIAL,
};

struct iommu_cfg {
	const char *name;                 /* prefix of stats; outlives the unit */
	unsigned iotlb_entries;           /* 1..65536 */
	unsigned iotlb_ways;              /* divides the entries; 0 = fully associative */
	enum iommu_replacement replacement;
	unsigned context_entries;         /* these caches are fully associative, LRU; 1.. */
	unsigned paging_entries;          /* of each level */
	unsigned interrupt_entries;
	unsigned walkers;                 /* 1..IOMMU_WALKERS_MAX */
	unsigned host_bits;               /* host address width: 32..52 */
	struct iommu_times times;
	enum iommu_spread spread;         /* of times.invalidate_* in the queue */
};

/* Calls never re-enter the unit. */
struct iommu_ops {
	/* Memory as the unit reaches it; false: no such memory. */
	bool (*read)(void *ctx, uint64_t pa, void *to, size_t bytes);
	bool (*write)(void *ctx, uint64_t pa, const void *from, size_t bytes);
	/* The unit's own messages, which are never remapped (5.1). */
	void (*msi)(void *ctx, const struct msi_msg *msg);
};

/* Where a bus address leads: `bytes` from there on are contiguous. */
struct iommu_page {
	uint64_t pa;
	uint64_t bytes;
	struct dur delay;                 /* from now until the address is known */
};

struct iommu;

/* 0 or a negative sim_err; on error *out is NULL and sim holds the reason. cfg is copied, ops are
 * not. */
int iommu_create(struct iommu **out, struct sim *sim, const struct iommu_cfg *cfg,
		 const struct iommu_ops *ops, void *ctx);
void iommu_destroy(struct iommu *iommu);
/* As at power-on: registers, caches, queue. */
void iommu_reset(struct iommu *iommu);

/* Registers, window of IOMMU_WINDOW_BYTES; ctx is the unit. */
extern const struct mmio_ops iommu_mmio_ops;

/* One page's part of a request without PASID and untranslated (AT = 00b); sid: bus << 8 | devfn.
 * DMA_OK, or DMA_UNSUPPORTED for a request that is blocked (the fault is recorded; only page->delay
 * is valid then). Interrupt addresses (0xfeexxxxx) pass untranslated (3.14). */
enum dma_status iommu_translate(struct iommu *iommu, unsigned sid, uint64_t addr,
				enum dma_kind kind, struct iommu_page *page);

/* Whether the caches of translations hold one for this address that the tables do not back, or not
 * with that permission. Changes nothing. */
bool iommu_is_stale(const struct iommu *iommu, unsigned sid, uint64_t addr);

/* For an observer: where an address leads a device that reads; nothing changes. False: nowhere. */
bool iommu_peek(const struct iommu *iommu, unsigned sid, uint64_t addr, uint64_t *pa);

/* On purpose: blocks a request as a page whose entry does not permit it; the fault is recorded. */
void iommu_refuse(struct iommu *iommu, unsigned sid, uint64_t addr, enum dma_kind kind);

/* An interrupt request of a device, remapped into *out; *delay as in iommu_page. False: blocked,
 * and the fault is recorded. */
bool iommu_msi(struct iommu *iommu, unsigned sid, const struct msi_msg *msg, struct msi_msg *out,
	       struct dur *delay);

#endif
