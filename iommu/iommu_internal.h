/* SPDX-License-Identifier: MIT */
/* What the unit's source files share. */
#ifndef DOORBELL_IOMMU_INTERNAL_H
#define DOORBELL_IOMMU_INTERNAL_H

#include "iommu/iommu.h"
#include "iommu/iommu_cache.h"
#include "iommu/iommu_spec.h"
#include "model/core/assert.h"
#include "model/reg/reg.h"
#include "model/trace/stats.h"
#include "model/trace/trace.h"

#define IOMMU_FAULT_RECORDS 8u
#define IOMMU_ADDRESS_BITS  48u      /* MGAW */
#define IOMMU_LEVELS_MAX    4u
#define IOMMU_AM_MAX        18u      /* MAMV: pages of 1 GiB */
#define IOMMU_IM_MAX        15u      /* MHMV */
#define IOMMU_FRCD_AT       0x400u   /* FRO */
#define IOMMU_IVA_AT        0x500u   /* IRO */
#define IOMMU_DESC_BYTES    16u
#define IOMMU_LINE          4u       /* descriptors in 64 bytes */
#define IOMMU_QUEUE_MAX     32768u   /* entries of the longest queue */
#define IOMMU_PROTECTED_LOW BITS(20, 0)   /* granularity of protected regions */

/* Rows of the register table, in its order. */
enum iommu_row {
	ROW_VER, ROW_CAP, ROW_ECAP, ROW_GCMD, ROW_GSTS, ROW_RTADDR, ROW_CCMD, ROW_FSTS, ROW_FECTL,
	ROW_FEDATA, ROW_FEADDR, ROW_FEUADDR, ROW_AFLOG, ROW_PMEN, ROW_PLMBASE, ROW_PLMLIMIT,
	ROW_PHMBASE, ROW_PHMLIMIT, ROW_IQH, ROW_IQT, ROW_IQA, ROW_ICS, ROW_IECTL, ROW_IEDATA,
	ROW_IEADDR, ROW_IEUADDR, ROW_IQERCD, ROW_IRTA, ROW_FRCD_LO, ROW_FRCD_HI, ROW_IVA, ROW_IOTLB,
};

#define TRACE_POINT(id, ...) IOMMU_TRACE_##id,
enum iommu_trace {
#include "iommu/trace.def"
	IOMMU_TRACE_COUNT,
};
#undef TRACE_POINT

enum iommu_queue_state {
	QUEUE_IDLE,
	QUEUE_FETCHING,
	QUEUE_EXECUTING,
	QUEUE_DRAINING,
};

struct iommu_queue {
	struct event step;
	enum iommu_queue_state state;
	uint64_t line[IOMMU_LINE][2];     /* descriptors fetched */
	unsigned line_at, line_count;
	struct at *posted;                /* by index: when the tail passed it */
};

struct iommu_interval {
	uint64_t base, limit;             /* empty if base > limit */
};

struct iommu {
	struct sim *sim;
	struct iommu_cfg cfg;
	const struct iommu_ops *ops;
	void *ctx;
	struct reg_bank *regs;
	struct trace_source trace;
	/* Latched by global commands. */
	bool translating, remapping, compatibility;
	uint64_t root, interrupt_table;
	uint32_t interrupt_count;
	bool protecting;
	struct iommu_interval protected[2];
	struct iommu_cache contexts, iotlb, interrupts;
	struct random random;             /* replacement in the IOTLB */
	struct random spread;             /* times of invalidations, if they vary */
	struct iommu_cache paging[IOMMU_LEVELS_MAX + 1];   /* 2..4: by level of the entry */
	unsigned seen_levels;             /* page sizes that the IOTLB may hold, by level */
	struct at walker_free[IOMMU_WALKERS_MAX];
	struct at drained;                /* requests under way are done then */
	unsigned fault_next;              /* record that the next fault goes to */
	struct iommu_queue queue;
	struct event context_command, iotlb_command, iotlb_drained;
	struct counter *hits, *misses, *walks, *walk_reads, *context_misses, *invalidations;
	struct counter *faults, *remapped, *paging_misses[IOMMU_LEVELS_MAX + 1];
	struct hist *wait;
};

/* A context entry, decoded. */
struct iommu_context {
	uint64_t table;
	unsigned did, levels, tt;
	bool fpd;
};

/* A walker at work: a context's tables, pages, or an interrupt entry. */
struct iommu_walk {
	unsigned walker;
	unsigned reads;
	struct at at;             /* what was read so far is there */
};

static inline uint64_t iommu_get(const struct iommu *iommu, enum iommu_row row)
{
	return reg_get(iommu->regs, row, 0);
}

static inline void iommu_set(struct iommu *iommu, enum iommu_row row, uint64_t value)
{
	reg_set(iommu->regs, row, 0, value);
}

/* An entry of `level` in the tables that covers addr. */
static inline unsigned iommu_shift(unsigned level)
{
	return 12 + 9 * (level - 1);
}

static inline uint64_t iommu_page_key(unsigned did, unsigned level, uint64_t addr)
{
	return IOMMU_KEY_VALID | (uint64_t)did << 40 | (uint64_t)level << 37 |
	       addr >> iommu_shift(level);
}

static inline unsigned iommu_key_did(uint64_t key)
{
	return (unsigned)FIELD(key, 55, 40);
}

static inline unsigned iommu_key_level(uint64_t key)
{
	return (unsigned)FIELD(key, 39, 37);
}

static inline uint64_t iommu_key_addr(uint64_t key)
{
	return FIELD(key, 36, 0) << iommu_shift(iommu_key_level(key));
}

static inline uint64_t iommu_sid_key(unsigned sid)
{
	return IOMMU_KEY_VALID | sid;
}

/* iommu_regs.c */
int iommu_regs_create(struct iommu *iommu);

/* iommu_walk.c */
void iommu_walk_begin(struct iommu *iommu, struct iommu_walk *walk);
bool iommu_walk_read(struct iommu *iommu, struct iommu_walk *walk, uint64_t pa, void *to,
		     size_t bytes);
/* From now to the end of the walk; the walker is free again then. */
struct dur iommu_walk_end(struct iommu *iommu, const struct iommu_walk *walk);
enum iommu_reason iommu_walk_pages(struct iommu *iommu, struct iommu_walk *walk,
				   const struct iommu_context *context, uint64_t addr,
				   enum dma_kind kind, struct iommu_page *page);

/* iommu_context.c */
enum iommu_reason iommu_context_get(struct iommu *iommu, struct iommu_walk *walk, unsigned sid,
				    struct iommu_context *context);
enum iommu_reason iommu_context_decode(const struct iommu *iommu, const uint64_t raw[2],
				       struct iommu_context *context);
struct iommu_context iommu_context_unpack(const struct iommu_entry *entry);

/* iommu_fault.c */
void iommu_fault_dma(struct iommu *iommu, unsigned sid, uint64_t addr, enum dma_kind kind,
		     enum iommu_reason reason, bool fpd);
void iommu_fault_interrupt(struct iommu *iommu, unsigned sid, uint32_t index,
			   enum iommu_reason reason, bool fpd);
/* Sets bits of FSTS, which may be an interrupt condition. */
void iommu_fault_status(struct iommu *iommu, uint64_t bits);
void iommu_fault_record_cleared(struct iommu *iommu);
void iommu_fault_status_written(struct iommu *iommu);
/* An interrupt condition; ctl: ROW_FECTL or ROW_IECTL. */
void iommu_event_raise(struct iommu *iommu, enum iommu_row ctl);
void iommu_event_ctl_written(struct iommu *iommu, enum iommu_row ctl);
/* Software has serviced what the event is for. */
void iommu_event_clear(struct iommu *iommu, enum iommu_row ctl);

/* iommu_invalidate.c */
void iommu_invalidate_init(struct iommu *iommu);
void iommu_invalidate_contexts(struct iommu *iommu, unsigned granule, unsigned did, unsigned sid,
			       unsigned fm);
void iommu_invalidate_iotlb(struct iommu *iommu, unsigned granule, unsigned did, uint64_t addr,
			    unsigned am, bool hint);
void iommu_invalidate_interrupts(struct iommu *iommu, bool selective, unsigned index, unsigned im);
void iommu_invalidate_all(struct iommu *iommu);
void iommu_context_command(struct iommu *iommu, uint64_t old, uint64_t value);
void iommu_iotlb_command(struct iommu *iommu, uint64_t old, uint64_t value);

/* iommu_queue.c */
void iommu_queue_init(struct iommu *iommu);
void iommu_queue_enable(struct iommu *iommu, bool enable);
void iommu_queue_tail(struct iommu *iommu, uint64_t old);
/* Goes on if there is something to do and no error stands. */
void iommu_queue_kick(struct iommu *iommu);
void iommu_queue_reset(struct iommu *iommu);

#endif
