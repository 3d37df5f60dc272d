/* SPDX-License-Identifier: MIT */
/* The register set (10.4), the global commands, and protected memory regions. */
#include "iommu/iommu_internal.h"

/* ---- global commands (10.4.4) ---- */

static void protect(struct iommu *iommu)
{
	struct iommu_interval *low = &iommu->protected[0], *high = &iommu->protected[1];
	uint64_t pmen = iommu_get(iommu, ROW_PMEN);

	iommu->protecting = pmen & PMEN_EPM;
	iommu_set(iommu, ROW_PMEN, (pmen & PMEN_EPM) | (pmen & PMEN_EPM ? PMEN_PRS : 0));
	low->base = iommu_get(iommu, ROW_PLMBASE);
	low->limit = iommu_get(iommu, ROW_PLMLIMIT) | IOMMU_PROTECTED_LOW;
	high->base = iommu_get(iommu, ROW_PHMBASE);
	high->limit = iommu_get(iommu, ROW_PHMLIMIT) | IOMMU_PROTECTED_LOW;
}

/* 10.4.4: one-shot commands act when written as 1, the others when they differ from the status. */
static void gcmd_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct iommu *iommu = ctx;
	uint64_t status = iommu_get(iommu, ROW_GSTS);
	uint64_t lasting = GCMD_TE | GCMD_QIE | GCMD_IRE | GCMD_CFI, changed;

	changed = (status ^ value) & lasting;
	if (value & GCMD_SRTP)
		iommu->root = iommu_get(iommu, ROW_RTADDR);
	if (value & GCMD_SIRTP) {
		iommu->interrupt_table = iommu_get(iommu, ROW_IRTA) & PAGE_ADDR;
		iommu->interrupt_count = 2u << IRTA_S(iommu_get(iommu, ROW_IRTA));
	}
	status |= value & (GCMD_SRTP | GCMD_SIRTP);
	status = (status & ~lasting) | (value & lasting);
	iommu_set(iommu, ROW_GSTS, status);
	iommu->translating = status & GCMD_TE;
	iommu->remapping = status & GCMD_IRE;
	iommu->compatibility = status & GCMD_CFI;
	if (changed & GCMD_QIE)
		iommu_queue_enable(iommu, status & GCMD_QIE);
}

/* ---- hooks ---- */

static void ccmd_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	iommu_context_command(ctx, old, value);
}

static void iotlb_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	iommu_iotlb_command(ctx, old, value);
}

static void fsts_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	iommu_fault_status_written(ctx);
}

static void fectl_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	iommu_event_ctl_written(ctx, ROW_FECTL);
}

static void frcd_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	if (old & value & FRCD_F)
		iommu_fault_record_cleared(ctx);
}

static void pmen_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	protect(ctx);
}

static void iqt_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	iommu_queue_tail(ctx, old);
}

/* 10.4.23: not to be written while the queue is enabled. */
static void iqa_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct iommu *iommu = ctx;

	if (iommu_get(iommu, ROW_GSTS) & GCMD_QIE) {
		trace_emit(&iommu->trace, IOMMU_TRACE_ERR_REGISTER, ROW_IQA, value, 0);
		iommu_set(iommu, ROW_IQA, old);
	}
}

static void ics_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	if (!(iommu_get(ctx, ROW_ICS) & ICS_IWC))
		iommu_event_clear(ctx, ROW_IECTL);
}

static void iectl_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	iommu_event_ctl_written(ctx, ROW_IECTL);
}

/* ---- table ---- */

#define CAP_VALUE                                                                              \
	(CAP_ND_64K | CAP_PLMR | CAP_PHMR | CAP_SAGAW | CAP_MGAW(IOMMU_ADDRESS_BITS) | CAP_ZLR |  \
	 CAP_FRO(IOMMU_FRCD_AT) | CAP_SLLPS | CAP_PSI | CAP_NFR(IOMMU_FAULT_RECORDS) |            \
	 CAP_MAMV(IOMMU_AM_MAX) | CAP_DWD | CAP_DRD)
#define ECAP_VALUE                                                                              \
	(ECAP_C | ECAP_QI | ECAP_IR | ECAP_PT | ECAP_SC | ECAP_IRO(IOMMU_IVA_AT) |              \
	 ECAP_MHMV(IOMMU_IM_MAX))
#define VERSION    0x10u         /* 1.0, as units report that implement revisions before 3.0 too */
#define IOTLB_RW   (BITS(61, 60) | BITS(49, 32))
#define CCMD_RW    (BITS(62, 61) | BITS(33, 0))
#define FSTS_W1C   (FSTS_PFO | FSTS_IQE | FSTS_ICE | FSTS_ITE)
#define PHM_RW     BITS(63, 21)
#define PLM_RW     BITS(31, 21)
#define N          IOMMU_FAULT_RECORDS
#define ONE(name, at, bytes) name, at, 0, 1, 0, bytes

static const struct reg rows[] = {
	{ ONE("VER", 0x00, 4), VERSION, 0, 0, 0, "10.4.1", NULL, NULL, "Version" },
	{ ONE("CAP", 0x08, 8), CAP_VALUE, 0, 0, 0, "10.4.2", NULL, NULL, "Capabilities" },
	{ ONE("ECAP", 0x10, 8), ECAP_VALUE, 0, 0, 0, "10.4.3", NULL, NULL,
	  "Extended capabilities" },
	{ ONE("GCMD", 0x18, 4), 0, 0, 0, 0, "10.4.4", gcmd_write, NULL, "Global command" },
	{ ONE("GSTS", 0x1c, 4), 0, 0, 0, 0, "10.4.5", NULL, NULL, "Global status" },
	{ ONE("RTADDR", 0x20, 8), 0, PAGE_ADDR, 0, 0, "10.4.6", NULL, NULL, "Root table address" },
	{ ONE("CCMD", 0x28, 8), 0, CCMD_RW, 0, 0, "10.4.7", ccmd_write, NULL, "Context command" },
	{ ONE("FSTS", 0x34, 4), 0, 0, FSTS_W1C, 0, "10.4.9", fsts_write, NULL, "Fault status" },
	{ ONE("FECTL", 0x38, 4), EVENT_IM, EVENT_IM, 0, 0, "10.4.10", fectl_write, NULL,
	  "Fault event control" },
	{ ONE("FEDATA", 0x3c, 4), 0, 0xffff, 0, 0, "10.4.11", NULL, NULL, "Fault event data" },
	{ ONE("FEADDR", 0x40, 4), 0, 0xfffffffc, 0, 0, "10.4.12", NULL, NULL,
	  "Fault event address" },
	{ ONE("FEUADDR", 0x44, 4), 0, 0xffffffff, 0, 0, "10.4.13", NULL, NULL,
	  "Fault event upper address" },
	{ ONE("AFLOG", 0x58, 8), 0, 0, 0, 0, "10.4.15", NULL, NULL,
	  "Advanced fault log: not supported (CAP.AFL = 0)" },
	{ ONE("PMEN", 0x64, 4), 0, PMEN_EPM, 0, 0, "10.4.16", pmen_write, NULL,
	  "Protected memory enable" },
	{ ONE("PLMBASE", 0x68, 4), 0, PLM_RW, 0, 0, "10.4.17", NULL, NULL,
	  "Protected low memory: base" },
	{ ONE("PLMLIMIT", 0x6c, 4), 0, PLM_RW, 0, 0, "10.4.18", NULL, NULL,
	  "Protected low memory: limit" },
	{ ONE("PHMBASE", 0x70, 8), 0, PHM_RW, 0, 0, "10.4.19", NULL, NULL,
	  "Protected high memory: base" },
	{ ONE("PHMLIMIT", 0x78, 8), 0, PHM_RW, 0, 0, "10.4.20", NULL, NULL,
	  "Protected high memory: limit" },
	{ ONE("IQH", 0x80, 8), 0, 0, 0, 0, "10.4.21", NULL, NULL, "Invalidation queue head" },
	{ ONE("IQT", 0x88, 8), 0, BITS(18, 4), 0, 0, "10.4.22", iqt_write, NULL,
	  "Invalidation queue tail" },
	{ ONE("IQA", 0x90, 8), 0, PAGE_ADDR | 7, 0, 0, "10.4.23", iqa_write, NULL,
	  "Invalidation queue address and size" },
	{ ONE("ICS", 0x9c, 4), 0, 0, ICS_IWC, 0, "10.4.24", ics_write, NULL,
	  "Invalidation completion status" },
	{ ONE("IECTL", 0xa0, 4), EVENT_IM, EVENT_IM, 0, 0, "10.4.25", iectl_write, NULL,
	  "Invalidation event control" },
	{ ONE("IEDATA", 0xa4, 4), 0, 0xffff, 0, 0, "10.4.26", NULL, NULL,
	  "Invalidation event data" },
	{ ONE("IEADDR", 0xa8, 4), 0, 0xfffffffc, 0, 0, "10.4.27", NULL, NULL,
	  "Invalidation event address" },
	{ ONE("IEUADDR", 0xac, 4), 0, 0xffffffff, 0, 0, "10.4.28", NULL, NULL,
	  "Invalidation event upper address" },
	{ ONE("IQERCD", 0xb0, 8), 0, 0, 0, 0, "10.4.29", NULL, NULL,
	  "Invalidation queue error record" },
	{ ONE("IRTA", 0xb8, 8), 0, PAGE_ADDR | 15, 0, 0, "10.4.30", NULL, NULL,
	  "Interrupt remapping table address and size" },
	{ "FRCD_LO", IOMMU_FRCD_AT, 0, N, 16, 8, 0, 0, 0, 0, "10.4.14", NULL, NULL,
	  "Fault recording: address" },
	{ "FRCD_HI", IOMMU_FRCD_AT + 8, 0, N, 16, 8, 0, 0, FRCD_F, 0, "10.4.14", frcd_write, NULL,
	  "Fault recording: source, reason, F" },
	{ ONE("IVA", IOMMU_IVA_AT, 8), 0, IVA_ADDR | BITS(6, 0), 0, 0, "10.4.8.2", NULL, NULL,
	  "Invalidate address" },
	{ ONE("IOTLB", IOMMU_IVA_AT + 8, 8), 0, IOTLB_RW, 0, 0, "10.4.8.1", iotlb_write, NULL,
	  "IOTLB invalidate" },
};

int iommu_regs_create(struct iommu *iommu)
{
	iommu->regs = reg_bank_create(rows, sizeof(rows) / sizeof(rows[0]), IOMMU_WINDOW_BYTES,
				      iommu);
	return iommu->regs ? SIM_OK
			   : sim_fail(iommu->sim, SIM_ERR_MEMORY, "%s: out of host memory",
				      iommu->cfg.name);
}

/* ---- the window ---- */

static uint64_t mmio_read(void *ctx, uint64_t offset, unsigned bytes)
{
	uint64_t value = 0;

	reg_read(((struct iommu *)ctx)->regs, (uint32_t)offset, bytes, &value);
	return value;
}

static void mmio_write(void *ctx, uint64_t offset, uint64_t value, unsigned bytes)
{
	struct iommu *iommu = ctx;

	trace_emit(&iommu->trace, IOMMU_TRACE_MMIO_WRITE, offset, value, bytes);
	if (reg_write(iommu->regs, (uint32_t)offset, bytes, value) != REG_OK)
		trace_emit(&iommu->trace, IOMMU_TRACE_ERR_REGISTER, offset, value, 0);
}

const struct mmio_ops iommu_mmio_ops = { .read = mmio_read, .write = mmio_write };
