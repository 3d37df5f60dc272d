/* SPDX-License-Identifier: MIT */
/* A look into caches and tables from outside, which neither costs time nor counts as a use. */
#include "iommu/iommu_internal.h"

/* What the tables say of an address; 0: it is not mapped. Permissions as in the IOTLB. */
static uint64_t walk(const struct iommu *iommu, const struct iommu_context *context, uint64_t addr)
{
	uint64_t host = BITS(iommu->cfg.host_bits - 1, 12), table = context->table & host, pte;
	uint64_t granted = PTE_RW;

	for (unsigned level = context->levels; level; level--) {
		uint64_t at = table + 8 * (addr >> iommu_shift(level) & 511);

		if (!iommu->ops->read(iommu->ctx, at, &pte, sizeof(pte)))
			return 0;
		granted &= pte;
		if (!granted)
			return 0;
		table = pte & host;
		if (level == 1 || (level < IOMMU_LEVELS_MAX && pte & PTE_PS)) {
			uint64_t within = BITS(iommu_shift(level) - 1, 12);

			return (table & ~within) | (addr & within) | granted;
		}
	}
	return 0;
}

static bool context_of(const struct iommu *iommu, unsigned sid, struct iommu_context *context)
{
	uint64_t at = iommu->root + (sid >> 8 & 0xff) * sizeof(uint64_t[2]), raw[2];

	if (!iommu->ops->read(iommu->ctx, at, raw, sizeof(raw)) || !(raw[0] & ROOT_P))
		return false;
	at = (raw[0] & PAGE_ADDR) + (sid & 0xff) * sizeof(raw);
	return iommu->ops->read(iommu->ctx, at, raw, sizeof(raw)) &&
	       iommu_context_decode(iommu, raw, context) == FAULT_NONE;
}

bool iommu_peek(const struct iommu *iommu, unsigned sid, uint64_t addr, uint64_t *pa)
{
	struct iommu_context context = { 0 };
	uint64_t page;

	*pa = addr;
	if (!iommu->translating)
		return true;
	if (!context_of(iommu, sid, &context))
		return false;
	if (context.tt == TT_PASS)
		return true;
	page = walk(iommu, &context, addr);
	*pa = (page & PAGE_ADDR) | (addr & BITS(11, 0));
	return page & PTE_R;
}

bool iommu_is_stale(const struct iommu *iommu, unsigned sid, uint64_t addr)
{
	const struct iommu_entry *entry = iommu_cache_peek(&iommu->contexts, iommu_sid_key(sid));
	struct iommu_context context;
	uint64_t cached, real;

	if (!iommu->translating || !entry)
		return false;
	context = iommu_context_unpack(entry);
	if (context.tt == TT_PASS)
		return false;
	entry = NULL;
	for (unsigned level = 1; !entry && iommu->seen_levels >> level; level++)
		entry = iommu_cache_peek(&iommu->iotlb, iommu_page_key(context.did, level, addr));
	if (!entry)
		return false;
	cached = (entry->value & PAGE_ADDR & ~entry->more) | (addr & entry->more & PAGE_ADDR);
	real = walk(iommu, &context, addr);
	return cached != (real & PAGE_ADDR) || entry->value & PTE_RW & ~real;
}
