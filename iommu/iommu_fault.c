/* SPDX-License-Identifier: MIT */
/* Primary fault logging and the unit's event messages (chapter 7). */
#include "iommu/iommu_internal.h"

/* Event registers follow their control register in the table. */
static void send(struct iommu *iommu, enum iommu_row ctl)
{
	struct msi_msg msg = {
		.addr = iommu_get(iommu, ctl + 3) << 32 | iommu_get(iommu, ctl + 2),
		.data = (uint32_t)iommu_get(iommu, ctl + 1),
	};

	iommu_set(iommu, ctl, iommu_get(iommu, ctl) & ~EVENT_IP);
	trace_emit(&iommu->trace, IOMMU_TRACE_MESSAGE, msg.addr, msg.data, 0);
	iommu->ops->msi(iommu->ctx, &msg);
}

void iommu_event_raise(struct iommu *iommu, enum iommu_row ctl)
{
	uint64_t value = iommu_get(iommu, ctl);

	iommu_set(iommu, ctl, value | EVENT_IP);
	if (!(value & EVENT_IM))
		send(iommu, ctl);
}

void iommu_event_ctl_written(struct iommu *iommu, enum iommu_row ctl)
{
	uint64_t value = iommu_get(iommu, ctl);

	if (value & EVENT_IP && !(value & EVENT_IM))
		send(iommu, ctl);
}

void iommu_event_clear(struct iommu *iommu, enum iommu_row ctl)
{
	iommu_set(iommu, ctl, iommu_get(iommu, ctl) & ~EVENT_IP);
}

/* 10.4.10, IP: while any status field is set, another one is no new interrupt condition. */
void iommu_fault_status(struct iommu *iommu, uint64_t bits)
{
	uint64_t status = iommu_get(iommu, ROW_FSTS);

	iommu_set(iommu, ROW_FSTS, status | bits);
	if (!(status & FSTS_STATUS))
		iommu_event_raise(iommu, ROW_FECTL);
}

/* 7.2.1: after an overflow nothing is recorded; a fault that finds its record in use overflows. */
static void record(struct iommu *iommu, uint64_t info, uint64_t high)
{
	uint64_t status = iommu_get(iommu, ROW_FSTS);
	unsigned n = iommu->fault_next;

	if (status & FSTS_PFO)
		return;
	if (reg_get(iommu->regs, ROW_FRCD_HI, n) & FRCD_F) {
		iommu_fault_status(iommu, FSTS_PFO);
		return;
	}
	reg_set(iommu->regs, ROW_FRCD_LO, n, info);
	reg_set(iommu->regs, ROW_FRCD_HI, n, high | FRCD_F);
	iommu->fault_next = (n + 1) % IOMMU_FAULT_RECORDS;
	if (!(status & FSTS_PPF))
		iommu_set(iommu, ROW_FSTS,
			  (status & ~FSTS_FRI) | (uint64_t)n << FSTS_FRI_SHIFT);
	iommu_fault_status(iommu, FSTS_PPF);
}

/* 7.1: FPD disables recording of what a context entry qualifies; 1h and 8h to Ah come before one is
 * read, and fpd is false then. */
void iommu_fault_dma(struct iommu *iommu, unsigned sid, uint64_t addr, enum dma_kind kind,
		     enum iommu_reason reason, bool fpd)
{
	iommu->faults->value++;
	trace_emit(&iommu->trace, IOMMU_TRACE_FAULT, addr, sid, reason);
	if (!fpd)
		record(iommu, addr & PAGE_ADDR,
		       (uint64_t)reason << FRCD_REASON_SHIFT | sid |
			       (kind == DMA_READ ? FRCD_READ : 0));
}

void iommu_refuse(struct iommu *iommu, unsigned sid, uint64_t addr, enum dma_kind kind)
{
	iommu_fault_dma(iommu, sid, addr, kind, kind == DMA_READ ? FAULT_READ : FAULT_WRITE, false);
}

/* 9.9: the index takes bits 63:48 of the fault information. */
void iommu_fault_interrupt(struct iommu *iommu, unsigned sid, uint32_t index,
			   enum iommu_reason reason, bool fpd)
{
	iommu->faults->value++;
	trace_emit(&iommu->trace, IOMMU_TRACE_FAULT, index, sid, reason);
	if (!fpd)
		record(iommu, (uint64_t)index << 48,
		       (uint64_t)reason << FRCD_REASON_SHIFT | sid);
}

void iommu_fault_status_written(struct iommu *iommu)
{
	if (!(iommu_get(iommu, ROW_FSTS) & FSTS_STATUS))
		iommu_event_clear(iommu, ROW_FECTL);
	iommu_queue_kick(iommu);
}

/* 10.4.9, PPF: the OR of the records' F fields. */
void iommu_fault_record_cleared(struct iommu *iommu)
{
	for (unsigned n = 0; n < IOMMU_FAULT_RECORDS; n++)
		if (reg_get(iommu->regs, ROW_FRCD_HI, n) & FRCD_F)
			return;
	iommu_set(iommu, ROW_FSTS, iommu_get(iommu, ROW_FSTS) & ~FSTS_PPF);
	iommu_fault_status_written(iommu);
}
