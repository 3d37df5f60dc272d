/* SPDX-License-Identifier: MIT */
/* Root and context tables of legacy mode (3.4.1, 3.4.2, 9.1, 9.3) and the context cache (6.2.1). */
#include "iommu/iommu_internal.h"

static uint64_t pack(const struct iommu_context *context)
{
	return context->did | (uint64_t)context->levels << 16 | (uint64_t)context->tt << 20 |
	       (uint64_t)context->fpd << 22;
}

struct iommu_context iommu_context_unpack(const struct iommu_entry *entry)
{
	return (struct iommu_context){
		.table = entry->value,
		.did = (unsigned)FIELD(entry->more, 15, 0),
		.levels = (unsigned)FIELD(entry->more, 19, 16),
		.tt = (unsigned)FIELD(entry->more, 21, 20),
		.fpd = entry->more & BIT(22),
	};
}

/* 9.3. Device TLBs are not there, so TT = 01b is invalid as the reserved 11b is; pass-through asks
 * for the largest address width. */
enum iommu_reason iommu_context_decode(const struct iommu *iommu, const uint64_t raw[2],
				       struct iommu_context *context)
{
	unsigned aw = (unsigned)CONTEXT_AW(raw[1]);

	context->fpd = raw[0] & CONTEXT_FPD;
	if (!(raw[0] & CONTEXT_P))
		return FAULT_CONTEXT_NOT_PRESENT;
	context->tt = (unsigned)CONTEXT_TT(raw[0]);
	context->did = (unsigned)CONTEXT_DID(raw[1]);
	context->table = raw[0] & PAGE_ADDR;
	context->levels = aw + 2;
	if (raw[0] & (CONTEXT_LO_RESERVED | BITS(63, iommu->cfg.host_bits)) ||
	    raw[1] & CONTEXT_HI_RESERVED)
		return FAULT_CONTEXT_RESERVED;
	if (aw < 1 || aw > 2)
		return FAULT_CONTEXT_INVALID;
	if (context->tt != TT_UNTRANSLATED && !(context->tt == TT_PASS && aw == 2))
		return FAULT_CONTEXT_INVALID;
	return FAULT_NONE;
}

static enum iommu_reason fetch(struct iommu *iommu, struct iommu_walk *walk, unsigned sid,
			       struct iommu_context *context)
{
	uint64_t raw[2];

	if (!iommu_walk_read(iommu, walk, iommu->root + (sid >> 8 & 0xff) * sizeof(raw), raw,
			     sizeof(raw)))
		return FAULT_ROOT_ACCESS;
	if (!(raw[0] & ROOT_P))
		return FAULT_ROOT_NOT_PRESENT;
	if (raw[0] & (ROOT_RESERVED | BITS(63, iommu->cfg.host_bits)) || raw[1])
		return FAULT_ROOT_RESERVED;
	if (!iommu_walk_read(iommu, walk, (raw[0] & PAGE_ADDR) + (sid & 0xff) * sizeof(raw), raw,
			     sizeof(raw)))
		return FAULT_CONTEXT_ACCESS;
	return iommu_context_decode(iommu, raw, context);
}

/* 6.1: with CM = 0 only what is present and valid is cached. */
enum iommu_reason iommu_context_get(struct iommu *iommu, struct iommu_walk *walk, unsigned sid,
				    struct iommu_context *context)
{
	struct iommu_entry *entry = iommu_cache_find(&iommu->contexts, iommu_sid_key(sid));
	enum iommu_reason reason;

	if (entry) {
		*context = iommu_context_unpack(entry);
		walk->at = at_max(walk->at, entry->ready);
		return FAULT_NONE;
	}
	*context = (struct iommu_context){ 0 };
	iommu->context_misses->value++;
	reason = fetch(iommu, walk, sid, context);
	if (reason)
		return reason;
	entry = iommu_cache_put(&iommu->contexts, iommu_sid_key(sid), 0);
	entry->ready = walk->at;
	entry->value = context->table;
	entry->more = pack(context);
	trace_emit(&iommu->trace, IOMMU_TRACE_CONTEXT_FETCH, sid, context->did, 0);
	return FAULT_NONE;
}
