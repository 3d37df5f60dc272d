/* SPDX-License-Identifier: MIT */
/* Layouts of VT-d: registers' fields, tables, descriptors, fault reasons. */
#ifndef DOORBELL_IOMMU_SPEC_H
#define DOORBELL_IOMMU_SPEC_H

#define BIT(n)             (1ULL << (n))
#define BITS(high, low)    ((~0ULL >> (63 - (high))) & (~0ULL << (low)))
#define FIELD(v, high, low) (((uint64_t)(v) & BITS(high, low)) >> (low))

/* 10.4.2 Capability Register. */
#define CAP_ND_64K     6ULL                      /* 2:0: 16-bit domain ids */
#define CAP_PLMR       BIT(5)
#define CAP_PHMR       BIT(6)
#define CAP_SAGAW      (BIT(9) | BIT(10))        /* 12:8: 39 and 48 bits */
#define CAP_MGAW(bits) ((uint64_t)((bits) - 1) << 16)
#define CAP_ZLR        BIT(22)
#define CAP_FRO(at)    ((uint64_t)((at) / 16) << 24)
#define CAP_SLLPS      (BIT(34) | BIT(35))       /* 37:34: 2 MiB and 1 GiB */
#define CAP_PSI        BIT(39)
#define CAP_NFR(n)     ((uint64_t)((n) - 1) << 40)
#define CAP_MAMV(n)    ((uint64_t)(n) << 48)
#define CAP_DWD        BIT(54)
#define CAP_DRD        BIT(55)

/* 10.4.3 Extended Capability Register. */
#define ECAP_C         BIT(0)
#define ECAP_QI        BIT(1)
#define ECAP_IR        BIT(3)
#define ECAP_PT        BIT(6)
#define ECAP_SC        BIT(7)
#define ECAP_IRO(at)   ((uint64_t)((at) / 16) << 8)
#define ECAP_MHMV(n)   ((uint64_t)(n) << 20)

/* 10.4.4, 10.4.5 Global Command and Status. */
#define GCMD_TE        BIT(31)
#define GCMD_SRTP      BIT(30)
#define GCMD_SFL       BIT(29)
#define GCMD_EAFL      BIT(28)
#define GCMD_WBF       BIT(27)
#define GCMD_QIE       BIT(26)
#define GCMD_IRE       BIT(25)
#define GCMD_SIRTP     BIT(24)
#define GCMD_CFI       BIT(23)

/* 10.4.7 Context Command. */
#define CCMD_ICC       BIT(63)
#define CCMD_CIRG(v)   FIELD(v, 62, 61)
#define CCMD_CAIG      BITS(60, 59)
#define CCMD_CAIG_SHIFT 59
#define CCMD_FM(v)     FIELD(v, 33, 32)
#define CCMD_SID(v)    FIELD(v, 31, 16)
#define CCMD_DID(v)    FIELD(v, 15, 0)

/* 10.4.8 IOTLB and Invalidate Address. */
#define IOTLB_IVT      BIT(63)
#define IOTLB_IIRG(v)  FIELD(v, 61, 60)
#define IOTLB_IAIG     BITS(58, 57)
#define IOTLB_IAIG_SHIFT 57
#define IOTLB_DRAIN    (BIT(49) | BIT(48))
#define IOTLB_DID(v)   FIELD(v, 47, 32)
#define IVA_ADDR       BITS(63, 12)
#define IVA_IH         BIT(6)
#define IVA_AM(v)      FIELD(v, 5, 0)

/* 10.4.9 Fault Status; 10.4.10 and 10.4.25 event control. */
#define FSTS_PFO       BIT(0)
#define FSTS_PPF       BIT(1)
#define FSTS_IQE       BIT(4)
#define FSTS_ICE       BIT(5)
#define FSTS_ITE       BIT(6)
#define FSTS_STATUS    (FSTS_PFO | FSTS_PPF | FSTS_IQE | FSTS_ICE | FSTS_ITE)
#define FSTS_FRI       BITS(15, 8)
#define FSTS_FRI_SHIFT 8
#define EVENT_IM       BIT(31)
#define EVENT_IP       BIT(30)

/* 10.4.14 Fault Recording, upper half. */
#define FRCD_F         BIT(63)
#define FRCD_READ      BIT(62)                   /* T1; 0 = write */
#define FRCD_REASON_SHIFT 32

#define PMEN_EPM       BIT(31)
#define PMEN_PRS       BIT(0)
#define ICS_IWC        BIT(0)
#define IQA_QS(v)      FIELD(v, 2, 0)
#define IRTA_S(v)      FIELD(v, 3, 0)
#define PAGE_ADDR      BITS(63, 12)

/* 10.4.29 Invalidation Queue Error Record: IQEI. */
enum {
	IQEI_TAIL = 1,
	IQEI_FETCH = 2,
	IQEI_TYPE = 3,
	IQEI_RESERVED = 4,
};

/* 9.1 Root Entry, 9.3 Context Entry. */
#define ROOT_P         BIT(0)
#define ROOT_RESERVED  BITS(11, 1)
#define CONTEXT_P      BIT(0)
#define CONTEXT_FPD    BIT(1)
#define CONTEXT_TT(v)  FIELD(v, 3, 2)
#define CONTEXT_LO_RESERVED BITS(11, 4)
#define CONTEXT_AW(v)  FIELD(v, 2, 0)
#define CONTEXT_DID(v) FIELD(v, 23, 8)
#define CONTEXT_HI_RESERVED (BIT(7) | BITS(63, 24))
enum {
	TT_UNTRANSLATED = 0,
	TT_DEVICE_TLB = 1,
	TT_PASS = 2,
};

/* 9.8 second-stage paging entries. */
#define PTE_R          BIT(0)
#define PTE_W          BIT(1)
#define PTE_RW         (PTE_R | PTE_W)
#define PTE_PS         BIT(7)
#define PTE_TM         BIT(62)                   /* reserved without device TLBs */

/* 6.5.2 descriptors: low and high word. */
#define DESC_TYPE(lo)  (FIELD(lo, 3, 0) | FIELD(lo, 11, 9) << 4)
#define DESC_G(lo)     FIELD(lo, 5, 4)
#define DESC_DID(lo)   FIELD(lo, 31, 16)
#define DESC_SID(lo)   FIELD(lo, 47, 32)
#define DESC_FM(lo)    FIELD(lo, 49, 48)
#define DESC_DRAIN     (BIT(6) | BIT(7))
#define DESC_IEC_G     BIT(4)
#define DESC_IM(lo)    FIELD(lo, 31, 27)
#define DESC_IIDX(lo)  FIELD(lo, 47, 32)
#define DESC_WAIT_IF   BIT(4)
#define DESC_WAIT_SW   BIT(5)
#define DESC_WAIT_DATA(lo) FIELD(lo, 63, 32)
enum {
	DESC_CONTEXT = 1,
	DESC_IOTLB = 2,
	DESC_IEC = 4,
	DESC_WAIT = 5,
};
/* Granularities, of registers and descriptors alike: 6.5.1, 6.5.2. */
enum {
	GRANULE_GLOBAL = 1,
	GRANULE_DOMAIN = 2,
	GRANULE_DEVICE = 3,                      /* context cache */
	GRANULE_PAGE = 3,                        /* IOTLB */
};

/* 5.1.2 interrupt requests. */
#define MSI_RANGE      0xfeeULL                  /* address bits 31:20 */
#define MSI_REMAPPABLE BIT(4)
#define MSI_SHV        BIT(3)
/* 9.10 Interrupt Remapping Table Entry for remapped interrupts. */
#define IRTE_P         BIT(0)
#define IRTE_FPD       BIT(1)
#define IRTE_DM        BIT(2)
#define IRTE_RH        BIT(3)
#define IRTE_TM        BIT(4)
#define IRTE_DLM(v)    FIELD(v, 7, 5)
#define IRTE_V(v)      FIELD(v, 23, 16)
#define IRTE_DST(v)    FIELD(v, 47, 40)          /* xAPIC */
#define IRTE_LO_RESERVED (BITS(15, 12) | BITS(31, 24) | BITS(39, 32) | BITS(63, 48))
#define IRTE_SID(v)    FIELD(v, 15, 0)
#define IRTE_SQ(v)     FIELD(v, 17, 16)
#define IRTE_SVT(v)    FIELD(v, 19, 18)
#define IRTE_HI_RESERVED BITS(63, 20)

/* 7.1: fault reasons. */
enum iommu_reason {
	FAULT_NONE = 0,
	FAULT_ROOT_NOT_PRESENT = 0x1,
	FAULT_CONTEXT_NOT_PRESENT = 0x2,
	FAULT_CONTEXT_INVALID = 0x3,
	FAULT_ADDRESS_WIDTH = 0x4,
	FAULT_WRITE = 0x5,
	FAULT_READ = 0x6,
	FAULT_PAGING_ACCESS = 0x7,
	FAULT_ROOT_ACCESS = 0x8,
	FAULT_CONTEXT_ACCESS = 0x9,
	FAULT_ROOT_RESERVED = 0xa,
	FAULT_CONTEXT_RESERVED = 0xb,
	FAULT_PAGING_RESERVED = 0xc,
	FAULT_IR_REQUEST_RESERVED = 0x20,
	FAULT_IR_INDEX = 0x21,
	FAULT_IR_NOT_PRESENT = 0x22,
	FAULT_IR_ACCESS = 0x23,
	FAULT_IR_RESERVED = 0x24,
	FAULT_IR_COMPATIBILITY = 0x25,
	FAULT_IR_SOURCE = 0x26,
};

#endif
