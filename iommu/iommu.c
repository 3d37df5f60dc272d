/* SPDX-License-Identifier: MIT */
/* The unit's life, and translation: what every request passes. */
#include "iommu/iommu.h"

#include <stdlib.h>

#include "iommu/iommu_internal.h"

#define ENTRIES_MAX 65536u

#define TRACE_POINT(id, name, a, b, c) { name, { a, b, c } },
static const struct trace_point trace_points[] = {
#include "iommu/trace.def"
};
#undef TRACE_POINT

/* ---- life ---- */

static int check_cfg(struct sim *sim, const struct iommu_cfg *cfg)
{
	const struct {
		const char *what;
		unsigned value, least, most;
	} ranges[] = {
		{ "IOTLB entries", cfg->iotlb_entries, 1, ENTRIES_MAX },
		{ "context cache entries", cfg->context_entries, 1, ENTRIES_MAX },
		{ "paging-structure cache entries", cfg->paging_entries, 1, ENTRIES_MAX },
		{ "interrupt cache entries", cfg->interrupt_entries, 1, ENTRIES_MAX },
		{ "walkers", cfg->walkers, 1, IOMMU_WALKERS_MAX },
		{ "host address bits", cfg->host_bits, 32, 52 },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (ranges[i].value < ranges[i].least || ranges[i].value > ranges[i].most)
			return sim_fail(sim, SIM_ERR_CONFIG, "%s: %s: %u, not %u..%u", cfg->name,
					ranges[i].what, ranges[i].value, ranges[i].least,
					ranges[i].most);
	if (cfg->iotlb_ways && cfg->iotlb_entries % cfg->iotlb_ways)
		return sim_fail(sim, SIM_ERR_CONFIG, "%s: %u ways do not divide %u IOTLB entries",
				cfg->name, cfg->iotlb_ways, cfg->iotlb_entries);
	return SIM_OK;
}

static bool create_caches(struct iommu *iommu)
{
	const struct iommu_cfg *cfg = &iommu->cfg;
	unsigned ways = cfg->iotlb_ways ? cfg->iotlb_ways : cfg->iotlb_entries;
	bool done = iommu_cache_init(&iommu->iotlb, cfg->iotlb_entries, ways,
				     cfg->replacement != IOMMU_LRU);

	if (cfg->replacement == IOMMU_RANDOM) {
		random_init(&iommu->random, iommu->sim->seed, "iommu.iotlb");
		iommu->iotlb.random = &iommu->random;
	}
	random_init(&iommu->spread, iommu->sim->seed, "iommu.invalidate");
	done &= iommu_cache_init(&iommu->contexts, cfg->context_entries, cfg->context_entries,
				 false);
	done &= iommu_cache_init(&iommu->interrupts, cfg->interrupt_entries,
				 cfg->interrupt_entries, false);
	for (unsigned level = 2; level <= IOMMU_LEVELS_MAX; level++)
		done &= iommu_cache_init(&iommu->paging[level], cfg->paging_entries,
					 cfg->paging_entries, false);
	iommu->queue.posted = calloc(IOMMU_QUEUE_MAX, sizeof(iommu->queue.posted[0]));
	return done && iommu->queue.posted;
}

static void register_stats(struct iommu *iommu)
{
	struct stats *stats = iommu->sim->stats;
	const char *name = iommu->cfg.name;

	iommu->hits = stats_counter(stats, "%s.iotlb.hits", name);
	iommu->misses = stats_counter(stats, "%s.iotlb.misses", name);
	iommu->walks = stats_counter(stats, "%s.walks", name);
	iommu->walk_reads = stats_counter(stats, "%s.walk_reads", name);
	iommu->context_misses = stats_counter(stats, "%s.context.misses", name);
	for (unsigned level = 2; level <= IOMMU_LEVELS_MAX; level++)
		iommu->paging_misses[level] =
			stats_counter(stats, "%s.paging.l%u.misses", name, level);
	iommu->invalidations = stats_counter(stats, "%s.invalidations", name);
	iommu->faults = stats_counter(stats, "%s.faults", name);
	iommu->remapped = stats_counter(stats, "%s.interrupts.remapped", name);
	iommu->wait = stats_dist(stats, "%s.invalidate.wait_ns", name);
}

int iommu_create(struct iommu **out, struct sim *sim, const struct iommu_cfg *cfg,
		 const struct iommu_ops *ops, void *ctx)
{
	struct iommu *iommu;
	int err = check_cfg(sim, cfg);

	*out = NULL;
	if (err)
		return err;
	iommu = calloc(1, sizeof(*iommu));
	if (!iommu)
		return sim_fail(sim, SIM_ERR_MEMORY, "%s: out of host memory", cfg->name);
	iommu->sim = sim;
	iommu->cfg = *cfg;
	iommu->ops = ops;
	iommu->ctx = ctx;
	iommu_queue_init(iommu);
	iommu_invalidate_init(iommu);
	err = iommu_regs_create(iommu);
	if (!err && !create_caches(iommu))
		err = sim_fail(sim, SIM_ERR_MEMORY, "%s: out of host memory", cfg->name);
	if (err) {
		iommu_destroy(iommu);
		return err;
	}
	trace_source_init(&iommu->trace, sim, cfg->name, trace_points, IOMMU_TRACE_COUNT);
	register_stats(iommu);
	*out = iommu;
	return SIM_OK;
}

void iommu_destroy(struct iommu *iommu)
{
	if (!iommu)
		return;
	engine_cancel(iommu->sim->engine, &iommu->queue.step);
	engine_cancel(iommu->sim->engine, &iommu->context_command);
	engine_cancel(iommu->sim->engine, &iommu->iotlb_command);
	engine_cancel(iommu->sim->engine, &iommu->iotlb_drained);
	iommu_cache_free(&iommu->iotlb);
	iommu_cache_free(&iommu->contexts);
	iommu_cache_free(&iommu->interrupts);
	for (unsigned level = 2; level <= IOMMU_LEVELS_MAX; level++)
		iommu_cache_free(&iommu->paging[level]);
	free(iommu->queue.posted);
	reg_bank_destroy(iommu->regs);
	free(iommu);
}

void iommu_reset(struct iommu *iommu)
{
	iommu_queue_reset(iommu);
	engine_cancel(iommu->sim->engine, &iommu->context_command);
	engine_cancel(iommu->sim->engine, &iommu->iotlb_command);
	engine_cancel(iommu->sim->engine, &iommu->iotlb_drained);
	reg_bank_reset(iommu->regs);
	iommu_invalidate_all(iommu);
	iommu->translating = iommu->remapping = iommu->compatibility = iommu->protecting = false;
	iommu->root = iommu->interrupt_table = 0;
	iommu->interrupt_count = 0;
	iommu->fault_next = 0;
}

/* ---- translation ---- */

/* 10.4.16: requests that are not translated, or pass through, are kept out of protected regions.
 * They are refused as requests to no memory are; no fault is recorded. */
static enum dma_status identity(struct iommu *iommu, unsigned sid, uint64_t addr,
				struct iommu_page *page)
{
	uint64_t within = BITS(iommu_shift(1) - 1, 0);

	page->pa = addr;
	page->bytes = within + 1 - (addr & within);
	for (unsigned i = 0; i < 2 && iommu->protecting; i++)
		if (addr >= iommu->protected[i].base && addr <= iommu->protected[i].limit) {
			trace_emit(&iommu->trace, IOMMU_TRACE_ERR_PROTECTED, addr, sid, 0);
			return DMA_UNSUPPORTED;
		}
	return DMA_OK;
}

/* 3.4.2: beyond the smaller of MGAW and the context's width. */
static bool too_wide(uint64_t addr, unsigned levels)
{
	return addr >> (iommu_shift(levels) + 9);
}

/* With all that memory has to say. */
static enum dma_status translate_walk(struct iommu *iommu, unsigned sid, uint64_t addr,
				      enum dma_kind kind, struct iommu_page *page)
{
	enum dma_status status = DMA_OK;
	struct iommu_context context;
	enum iommu_reason reason;
	struct iommu_walk walk;

	iommu_walk_begin(iommu, &walk);
	reason = iommu_context_get(iommu, &walk, sid, &context);
	if (!reason && too_wide(addr, context.levels)) {
		reason = FAULT_ADDRESS_WIDTH;
	} else if (!reason && context.tt == TT_PASS) {
		status = identity(iommu, sid, addr, page);
	} else if (!reason) {
		iommu->misses->value++;
		reason = iommu_walk_pages(iommu, &walk, &context, addr, kind, page);
	}
	page->delay = iommu_walk_end(iommu, &walk);
	if (reason)
		iommu_fault_dma(iommu, sid, addr, kind, reason, context.fpd);
	return reason ? DMA_UNSUPPORTED : status;
}

static struct iommu_entry *find_page(struct iommu *iommu, unsigned did, uint64_t addr)
{
	struct iommu_entry *entry = iommu_cache_find(&iommu->iotlb, iommu_page_key(did, 1, addr));

	for (unsigned level = 2; !entry && iommu->seen_levels >> level; level++)
		entry = iommu_cache_find(&iommu->iotlb, iommu_page_key(did, level, addr));
	return entry;
}

/* From what both caches have, once it is there. */
static struct dur hit_delay(struct iommu *iommu, struct at ready)
{
	struct at now = sim_now(iommu->sim), at = at_add(now, iommu->cfg.times.lookup);

	at = at_max(at, ready);
	iommu->drained = at_max(iommu->drained, at);
	return at_since(at, now);
}

enum dma_status iommu_translate(struct iommu *iommu, unsigned sid, uint64_t addr,
				enum dma_kind kind, struct iommu_page *page)
{
	uint64_t need = kind == DMA_WRITE ? PTE_W : PTE_R;
	struct iommu_entry *context, *entry;
	struct iommu_context known;

	page->delay = dur_ps(0);
	if (!iommu->translating || addr >> 20 == MSI_RANGE)
		return identity(iommu, sid, addr, page);
	context = iommu_cache_find(&iommu->contexts, iommu_sid_key(sid));
	if (!context)
		return translate_walk(iommu, sid, addr, kind, page);
	known = iommu_context_unpack(context);
	if (too_wide(addr, known.levels))
		return translate_walk(iommu, sid, addr, kind, page);
	if (known.tt == TT_PASS) {
		page->delay = hit_delay(iommu, context->ready);
		return identity(iommu, sid, addr, page);
	}
	/* A cached permission that does not suffice is looked up anew. */
	entry = find_page(iommu, known.did, addr);
	if (!entry || !(entry->value & need))
		return translate_walk(iommu, sid, addr, kind, page);
	iommu->hits->value++;
	page->pa = (entry->value & PAGE_ADDR & ~entry->more) | (addr & entry->more);
	page->bytes = entry->more + 1 - (addr & entry->more);
	page->delay = hit_delay(iommu, at_max(context->ready, entry->ready));
	return DMA_OK;
}
