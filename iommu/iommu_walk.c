/* SPDX-License-Identifier: MIT */
/* Second-stage page walks (3.7, 9.8), paging-structure caches (6.2.2) and the walkers' time. */
#include "iommu/iommu_internal.h"

void iommu_walk_begin(struct iommu *iommu, struct iommu_walk *walk)
{
	struct at looked_up = at_add(sim_now(iommu->sim), iommu->cfg.times.lookup);

	walk->walker = 0;
	walk->reads = 0;
	for (unsigned w = 1; w < iommu->cfg.walkers; w++)
		if (at_before(iommu->walker_free[w], iommu->walker_free[walk->walker]))
			walk->walker = w;
	walk->at = at_max(looked_up, iommu->walker_free[walk->walker]);
}

bool iommu_walk_read(struct iommu *iommu, struct iommu_walk *walk, uint64_t pa, void *to,
		     size_t bytes)
{
	walk->at = at_add(walk->at, iommu->cfg.times.walk_read);
	walk->reads++;
	iommu->walk_reads->value++;
	return iommu->ops->read(iommu->ctx, pa, to, bytes);
}

/* A walker that read nothing was not needed: what delayed it is the caches' answer alone. */
struct dur iommu_walk_end(struct iommu *iommu, const struct iommu_walk *walk)
{
	struct at now = sim_now(iommu->sim);

	if (!walk->reads)
		return iommu->cfg.times.lookup;
	iommu->walker_free[walk->walker] = walk->at;
	iommu->drained = at_max(iommu->drained, walk->at);
	return at_since(walk->at, now);
}

/* The table that the deepest cached entry points to; permissions of all entries above it. */
static unsigned cached_table(struct iommu *iommu, struct iommu_walk *walk,
			     const struct iommu_context *context, uint64_t addr, uint64_t need,
			     uint64_t *table)
{
	for (unsigned level = 2; level <= context->levels; level++) {
		struct iommu_entry *entry = iommu_cache_find(
			&iommu->paging[level], iommu_page_key(context->did, level, addr));

		if (entry && entry->value & need) {
			walk->at = at_max(walk->at, entry->ready);
			*table = entry->value;
			return level - 1;
		}
		iommu->paging_misses[level]->value++;
	}
	*table = context->table | PTE_RW;
	return context->levels;
}

/* 9.8: what must be 0 in an entry that is present. */
static uint64_t reserved_bits(const struct iommu *iommu, unsigned level, uint64_t pte)
{
	uint64_t reserved = BITS(51, iommu->cfg.host_bits) | PTE_TM;

	if (level == 4)
		reserved |= PTE_PS;
	else if (level > 1 && pte & PTE_PS)
		reserved |= BITS(iommu_shift(level) - 1, 12);
	return reserved;
}

static void fill_iotlb(struct iommu *iommu, const struct iommu_walk *walk,
		       const struct iommu_context *context, uint64_t addr, unsigned level,
		       uint64_t translation)
{
	struct iommu_entry *entry =
		iommu_cache_put(&iommu->iotlb, iommu_page_key(context->did, level, addr),
				addr >> iommu_shift(level));

	entry->ready = walk->at;
	entry->value = translation;
	entry->more = BITS(iommu_shift(level) - 1, 0);
	iommu->seen_levels |= 1u << level;
}

static void fill_paging(struct iommu *iommu, const struct iommu_walk *walk,
			const struct iommu_context *context, uint64_t addr, unsigned level,
			uint64_t table)
{
	struct iommu_entry *entry = iommu_cache_put(
		&iommu->paging[level], iommu_page_key(context->did, level, addr), 0);

	entry->ready = walk->at;
	entry->value = table;
}

static void found(const struct iommu_walk *walk, uint64_t addr, unsigned level,
		  uint64_t translation, struct iommu_page *page)
{
	uint64_t within = BITS(iommu_shift(level) - 1, 0);

	page->pa = (translation & PAGE_ADDR & ~within) | (addr & within);
	page->bytes = within + 1 - (addr & within);
}

/* 3.7.1: permissions are those that all entries of the walk grant. */
enum iommu_reason iommu_walk_pages(struct iommu *iommu, struct iommu_walk *walk,
				   const struct iommu_context *context, uint64_t addr,
				   enum dma_kind kind, struct iommu_page *page)
{
	enum iommu_reason blocked = kind == DMA_WRITE ? FAULT_WRITE : FAULT_READ;
	uint64_t need = kind == DMA_WRITE ? PTE_W : PTE_R;
	uint64_t host = BITS(iommu->cfg.host_bits - 1, 12), table, pte, granted;
	unsigned level = cached_table(iommu, walk, context, addr, need, &table);

	iommu->walks->value++;
	for (;; level--) {
		uint64_t at = (table & host) + 8 * (addr >> iommu_shift(level) & 511);

		if (!iommu_walk_read(iommu, walk, at, &pte, sizeof(pte)))
			return FAULT_PAGING_ACCESS;
		if (!(pte & PTE_RW))
			return blocked;
		if (pte & reserved_bits(iommu, level, pte))
			return FAULT_PAGING_RESERVED;
		granted = table & pte & PTE_RW;
		if (!(granted & need))
			return blocked;
		if (level == 1 || (level < IOMMU_LEVELS_MAX && pte & PTE_PS))
			break;
		table = (pte & host) | granted;
		fill_paging(iommu, walk, context, addr, level, table);
	}
	found(walk, addr, level, pte & host, page);
	fill_iotlb(iommu, walk, context, addr, level, (pte & host) | granted);
	trace_emit(&iommu->trace, IOMMU_TRACE_WALK, addr, walk->reads, context->did);
	return FAULT_NONE;
}
