/* SPDX-License-Identifier: MIT */
/* Interrupt remapping (5.1, 9.10) and the interrupt entry cache (6.2.4). */
#include "iommu/iommu_internal.h"

#define SUBHANDLE_MASK 0xffffu

/* 5.1.2.2: index = handle, or handle + subhandle when SHV is set. */
static uint32_t request_index(const struct msi_msg *msg)
{
	uint32_t handle = (uint32_t)(FIELD(msg->addr, 19, 5) | FIELD(msg->addr, 2, 2) << 15);

	return msg->addr & MSI_SHV ? handle + (msg->data & SUBHANDLE_MASK) : handle;
}

/* SQ leaves out the low bits of the function number, as FM does. */
static bool source_ok(uint64_t high, unsigned sid)
{
	static const unsigned ignored[] = { 0, 4, 6, 7 };
	unsigned expected = (unsigned)IRTE_SID(high), bus = sid >> 8;

	switch (IRTE_SVT(high)) {
	case 1:
		return !((sid ^ expected) & ~ignored[IRTE_SQ(high)]);
	case 2:
		return bus >= expected >> 8 && bus <= (expected & 0xff);
	default:
		return true;
	}
}

static enum iommu_reason get_entry(struct iommu *iommu, struct iommu_walk *walk, uint32_t index,
				   uint64_t irte[2])
{
	struct iommu_entry *entry = iommu_cache_find(&iommu->interrupts, IOMMU_KEY_VALID | index);

	if (entry) {
		irte[0] = entry->value;
		irte[1] = entry->more;
		walk->at = at_max(walk->at, entry->ready);
		return FAULT_NONE;
	}
	if (!iommu_walk_read(iommu, walk, iommu->interrupt_table + index * 16ULL, irte, 16))
		return FAULT_IR_ACCESS;
	if (!(irte[0] & IRTE_P))
		return FAULT_IR_NOT_PRESENT;
	if (irte[0] & IRTE_LO_RESERVED || irte[1] & IRTE_HI_RESERVED || IRTE_SVT(irte[1]) == 3)
		return FAULT_IR_RESERVED;
	entry = iommu_cache_put(&iommu->interrupts, IOMMU_KEY_VALID | index, 0);
	entry->ready = walk->at;
	entry->value = irte[0];
	entry->more = irte[1];
	return FAULT_NONE;
}

/* 5.1.5: the message the entry stands for; SDM volume 3A, 10.11. */
static struct msi_msg remapped(uint64_t low)
{
	return (struct msi_msg){
		.addr = MSI_RANGE << 20 | IRTE_DST(low) << 12 | (low & IRTE_RH ? BIT(3) : 0) |
			(low & IRTE_DM ? BIT(2) : 0),
		.data = (uint32_t)(IRTE_V(low) | IRTE_DLM(low) << 8 |
				   (low & IRTE_TM ? BIT(15) | BIT(14) : 0)),
	};
}

static enum iommu_reason remap(struct iommu *iommu, struct iommu_walk *walk, unsigned sid,
			       const struct msi_msg *msg, uint32_t index, struct msi_msg *out,
			       bool *fpd)
{
	uint64_t irte[2] = { 0, 0 };
	enum iommu_reason reason;

	if (msg->addr & MSI_SHV && msg->data & ~SUBHANDLE_MASK)
		return FAULT_IR_REQUEST_RESERVED;
	if (index >= iommu->interrupt_count)
		return FAULT_IR_INDEX;
	reason = get_entry(iommu, walk, index, irte);
	*fpd = irte[0] & IRTE_FPD;
	if (!reason && !source_ok(irte[1], sid))
		reason = FAULT_IR_SOURCE;
	*out = remapped(irte[0]);
	return reason;
}

bool iommu_msi(struct iommu *iommu, unsigned sid, const struct msi_msg *msg, struct msi_msg *out,
	       struct dur *delay)
{
	enum iommu_reason reason = FAULT_NONE;
	struct iommu_walk walk;
	uint32_t index = 0;
	bool fpd = false;

	*delay = dur_ps(0);
	*out = *msg;
	if (!iommu->remapping)
		return true;
	iommu_walk_begin(iommu, &walk);
	if (msg->addr & MSI_REMAPPABLE) {
		index = request_index(msg);
		reason = remap(iommu, &walk, sid, msg, index, out, &fpd);
	} else if (!iommu->compatibility) {
		reason = FAULT_IR_COMPATIBILITY;   /* 5.1.2.1 */
	} else {
		return true;
	}
	*delay = iommu_walk_end(iommu, &walk);
	if (reason) {
		iommu_fault_interrupt(iommu, sid, index, reason, fpd);
		return false;
	}
	iommu->remapped->value++;
	trace_emit(&iommu->trace, IOMMU_TRACE_REMAP, index, out->addr, out->data);
	return true;
}
