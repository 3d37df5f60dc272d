/* SPDX-License-Identifier: MIT */
/* What an invalidation removes (6.5), and the register-based interface (6.5.1). */
#include "iommu/iommu_internal.h"

#define LOOKUPS_MAX 64u   /* pages that are looked up one by one rather than by a scan */

struct range {
	unsigned did;
	uint64_t from, to;    /* inclusive */
};

struct masked {
	unsigned value, ignored;
};

static bool context_of_domain(const struct iommu_entry *entry, const void *arg)
{
	return iommu_context_unpack(entry).did == *(const unsigned *)arg;
}

static bool key_matches(const struct iommu_entry *entry, const void *arg)
{
	const struct masked *masked = arg;

	return !(((unsigned)FIELD(entry->key, 15, 0) ^ masked->value) & ~masked->ignored);
}

static bool page_of_domain(const struct iommu_entry *entry, const void *arg)
{
	return iommu_key_did(entry->key) == *(const unsigned *)arg;
}

static bool page_in_range(const struct iommu_entry *entry, const void *arg)
{
	const struct range *range = arg;
	uint64_t from = iommu_key_addr(entry->key);
	uint64_t to = from + BITS(iommu_shift(iommu_key_level(entry->key)) - 1, 0);

	return iommu_key_did(entry->key) == range->did && from <= range->to && to >= range->from;
}

/* 6.5.2.1; FM leaves out low bits of the function number: none, 2, 2:1, 2:0. */
void iommu_invalidate_contexts(struct iommu *iommu, unsigned granule, unsigned did, unsigned sid,
			       unsigned fm)
{
	static const unsigned ignored[] = { 0, 4, 6, 7 };
	struct masked masked = { sid, ignored[fm & 3] };

	if (granule == GRANULE_GLOBAL)
		iommu_cache_clear(&iommu->contexts);
	else if (granule == GRANULE_DOMAIN)
		iommu_cache_remove_if(&iommu->contexts, context_of_domain, &did);
	else
		iommu_cache_remove_if(&iommu->contexts, key_matches, &masked);
}

/* A scan costs the host the cache's size: a few entries are looked up instead. */
static void remove_range(struct iommu_cache *cache, const struct range *range, unsigned level)
{
	unsigned shift = iommu_shift(level);
	uint64_t first = range->from >> shift, last = range->to >> shift;

	if (last - first >= LOOKUPS_MAX) {
		iommu_cache_remove_if(cache, page_in_range, range);
		return;
	}
	for (uint64_t page = first; page <= last; page++) {
		struct iommu_entry *entry = iommu_cache_peek(
			cache, iommu_page_key(range->did, level, page << shift));

		if (entry)
			iommu_cache_remove(cache, entry);
	}
}

static void invalidate_pages(struct iommu *iommu, unsigned did, uint64_t addr, unsigned am,
			     bool hint)
{
	uint64_t within = BITS(12 + am - 1, 0);
	struct range range = { did, addr & ~within, addr | within };

	if (addr >> IOMMU_ADDRESS_BITS)
		return;   /* nothing can be cached there */
	for (unsigned level = 1; level < IOMMU_LEVELS_MAX; level++)
		if (iommu->seen_levels & 1u << level)
			remove_range(&iommu->iotlb, &range, level);
	for (unsigned level = 2; level <= IOMMU_LEVELS_MAX && !hint; level++)
		remove_range(&iommu->paging[level], &range, level);
}

/* 6.5.2.3, 6.2.2: with the hint (IH), entries above the leaves have not changed and stay. */
void iommu_invalidate_iotlb(struct iommu *iommu, unsigned granule, unsigned did, uint64_t addr,
			    unsigned am, bool hint)
{
	if (granule == GRANULE_PAGE) {
		invalidate_pages(iommu, did, addr, am, hint);
		return;
	}
	if (granule == GRANULE_GLOBAL) {
		iommu_cache_clear(&iommu->iotlb);
		iommu->seen_levels = 0;
	} else {
		iommu_cache_remove_if(&iommu->iotlb, page_of_domain, &did);
	}
	for (unsigned level = 2; level <= IOMMU_LEVELS_MAX; level++) {
		if (granule == GRANULE_GLOBAL)
			iommu_cache_clear(&iommu->paging[level]);
		else
			iommu_cache_remove_if(&iommu->paging[level], page_of_domain, &did);
	}
}

/* 6.5.2.7: IM leaves out low bits of the index. */
void iommu_invalidate_interrupts(struct iommu *iommu, bool selective, unsigned index, unsigned im)
{
	struct masked masked = { index, im > IOMMU_IM_MAX ? 0xffffu : (1u << im) - 1 };

	if (selective)
		iommu_cache_remove_if(&iommu->interrupts, key_matches, &masked);
	else
		iommu_cache_clear(&iommu->interrupts);
}

void iommu_invalidate_all(struct iommu *iommu)
{
	iommu_cache_clear(&iommu->contexts);
	iommu_cache_clear(&iommu->interrupts);
	iommu_invalidate_iotlb(iommu, GRANULE_GLOBAL, 0, 0, 0, false);
}

/* ---- registers ---- */

static void context_done(void *ctx)
{
	struct iommu *iommu = ctx;
	uint64_t command = iommu_get(iommu, ROW_CCMD);
	unsigned granule = (unsigned)CCMD_CIRG(command);

	if (granule) {
		iommu_invalidate_contexts(iommu, granule, (unsigned)CCMD_DID(command),
					  (unsigned)CCMD_SID(command), (unsigned)CCMD_FM(command));
		iommu->invalidations->value++;
	}
	trace_emit(&iommu->trace, IOMMU_TRACE_INVALIDATE, DESC_CONTEXT, command, 0);
	/* CAIG = 0: an undefined granularity was asked for (10.4.7). */
	iommu_set(iommu, ROW_CCMD,
		  (command & ~(CCMD_ICC | CCMD_CAIG)) | (uint64_t)granule << CCMD_CAIG_SHIFT);
}

static void iotlb_drained(void *ctx)
{
	iommu_set(ctx, ROW_IOTLB, iommu_get(ctx, ROW_IOTLB) & ~IOTLB_IVT);
}

/* 10.4.8.1: a page-selective request with a mask beyond MAMV is an incorrect one: IAIG = 0. With
 * DR or DW the command ends when the requests that are under way now do. */
static void iotlb_done(void *ctx)
{
	struct iommu *iommu = ctx;
	uint64_t command = iommu_get(iommu, ROW_IOTLB), address = iommu_get(iommu, ROW_IVA);
	unsigned granule = (unsigned)IOTLB_IIRG(command), am = (unsigned)IVA_AM(address);
	struct dur left = at_since(iommu->drained, sim_now(iommu->sim));

	if (granule == GRANULE_PAGE && am > IOMMU_AM_MAX)
		granule = 0;
	if (granule) {
		iommu_invalidate_iotlb(iommu, granule, (unsigned)IOTLB_DID(command),
				       address & IVA_ADDR, am, address & IVA_IH);
		iommu->invalidations->value++;
	}
	trace_emit(&iommu->trace, IOMMU_TRACE_INVALIDATE, DESC_IOTLB, command, address);
	iommu_set(iommu, ROW_IOTLB,
		  (command & ~IOTLB_IAIG) | (uint64_t)granule << IOTLB_IAIG_SHIFT);
	if (command & IOTLB_DRAIN && left.ps)
		engine_schedule_in(iommu->sim->engine, &iommu->iotlb_drained, left);
	else
		iotlb_drained(iommu);
}

void iommu_invalidate_init(struct iommu *iommu)
{
	event_init(&iommu->context_command, "context command", PHASE_DEVICE, context_done, iommu);
	event_init(&iommu->iotlb_command, "iotlb command", PHASE_DEVICE, iotlb_done, iommu);
	event_init(&iommu->iotlb_drained, "iotlb drained", PHASE_DEVICE, iotlb_drained, iommu);
}

/* 6.5: with queued invalidation enabled this interface must not be used. */
static bool refuse(struct iommu *iommu, enum iommu_row row, uint64_t value, uint64_t actual)
{
	if (!(iommu_get(iommu, ROW_GSTS) & GCMD_QIE))
		return false;
	trace_emit(&iommu->trace, IOMMU_TRACE_ERR_REGISTER, row, value, 0);
	iommu_set(iommu, row, iommu_get(iommu, row) & ~actual);
	return true;
}

void iommu_context_command(struct iommu *iommu, uint64_t old, uint64_t value)
{
	if (old & CCMD_ICC) {   /* 10.4.7: not to be written while busy */
		trace_emit(&iommu->trace, IOMMU_TRACE_ERR_REGISTER, ROW_CCMD, value, 0);
		iommu_set(iommu, ROW_CCMD, old);
		return;
	}
	if (!(value & CCMD_ICC) || refuse(iommu, ROW_CCMD, value, CCMD_CAIG))
		return;
	iommu_set(iommu, ROW_CCMD, iommu_get(iommu, ROW_CCMD) | CCMD_ICC);
	engine_schedule_in(iommu->sim->engine, &iommu->context_command,
			   iommu->cfg.times.invalidate_context);
}

void iommu_iotlb_command(struct iommu *iommu, uint64_t old, uint64_t value)
{
	const struct iommu_times *times = &iommu->cfg.times;

	if (old & IOTLB_IVT) {
		trace_emit(&iommu->trace, IOMMU_TRACE_ERR_REGISTER, ROW_IOTLB, value, 0);
		iommu_set(iommu, ROW_IOTLB, old);
		return;
	}
	if (!(value & IOTLB_IVT) || refuse(iommu, ROW_IOTLB, value, IOTLB_IAIG))
		return;
	iommu_set(iommu, ROW_IOTLB, iommu_get(iommu, ROW_IOTLB) | IOTLB_IVT);
	engine_schedule_in(iommu->sim->engine, &iommu->iotlb_command,
			   IOTLB_IIRG(value) == GRANULE_PAGE ? times->invalidate_pages
							     : times->invalidate_domain);
}
