/* SPDX-License-Identifier: MIT */
/* A remapping unit with a little memory, driven as a driver does: by register offsets, tables and
 * descriptors that are written down here once more, from the VT-d specification. */
#ifndef DOORBELL_TESTS_UNIT_IOMMU_RIG_H
#define DOORBELL_TESTS_UNIT_IOMMU_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "iommu/iommu.h"
#include "model/trace/stats.h"
#include "model/trace/trace.h"

#define RIG_MEMORY   (8u << 20)
#define RIG_MESSAGES 64
#define RIG_SID      0x0018u
#define RIG_DID      7u

/* Times of the rig's unit, in ns. */
#define LOOKUP 10
#define READ   100
#define BELL   50
#define FETCH  80
#define CONTEXT_TIME 200
#define PAGES_TIME   300
#define DOMAIN_TIME  400
#define IEC_TIME     150
#define WAIT_TIME    60

/* Registers. */
enum {
	VER = 0x00, CAP = 0x08, ECAP = 0x10, GCMD = 0x18, GSTS = 0x1c, RTADDR = 0x20, CCMD = 0x28,
	FSTS = 0x34, FECTL = 0x38, FEDATA = 0x3c, FEADDR = 0x40, FEUADDR = 0x44, AFLOG = 0x58,
	PMEN = 0x64, PLMBASE = 0x68, PLMLIMIT = 0x6c, PHMBASE = 0x70, PHMLIMIT = 0x78, IQH = 0x80,
	IQT = 0x88, IQA = 0x90, ICS = 0x9c, IECTL = 0xa0, IEDATA = 0xa4, IEADDR = 0xa8,
	IEUADDR = 0xac, IQERCD = 0xb0, IRTA = 0xb8,
};
#define TE    (1u << 31)
#define SRTP  (1u << 30)
#define QIE   (1u << 26)
#define IRE   (1u << 25)
#define SIRTP (1u << 24)
#define CFI   (1u << 23)
#define PFO   (1u << 0)
#define PPF   (1u << 1)
#define IQE   (1u << 4)
#define IM    (1u << 31)
#define IP    (1u << 30)
#define RECORDS 8u

/* Entries of second-stage tables. */
#define R  1ull
#define W  2ull
#define RW 3ull
#define PS 0x80ull
#define SNP 0x800ull
/* Translation types. */
enum { TT_MULTI = 0, TT_ATS = 1, TT_THROUGH = 2, TT_RESERVED = 3 };

struct rig {
	struct sim sim;
	struct iommu *iommu;
	struct iommu_cfg cfg;
	uint8_t *memory;
	uint64_t allocated;      /* pages below are in use */
	uint64_t root, table;    /* of context RIG_SID, 4 levels */
	uint64_t queue;
	unsigned tail, queue_entries;
	struct msi_msg message[RIG_MESSAGES];
	unsigned messages;
	unsigned reads;          /* of memory by the unit */
	uint64_t broken;         /* reads of this page fail, if not 0 */
	void (*written)(struct rig *rig, uint64_t pa);   /* by the unit; may be NULL */
	void *ctx;               /* of the test */
};

struct iommu_cfg rig_cfg(void);
int rig_setup(void **state);
int rig_teardown(void **state);
void rig_recreate(struct rig *rig, const struct iommu_cfg *cfg);

uint64_t rig_get(struct rig *rig, unsigned at);          /* 8 bytes */
uint32_t rig_get4(struct rig *rig, unsigned at);
void rig_set(struct rig *rig, unsigned at, uint64_t value);
void rig_set4(struct rig *rig, unsigned at, uint32_t value);
/* Address of the fault record's or IOTLB registers, found by CAP.FRO and ECAP.IRO. */
unsigned rig_frcd(struct rig *rig, unsigned n);
unsigned rig_iva(struct rig *rig);

uint64_t rig_page(struct rig *rig);                      /* a zeroed page */
uint64_t *rig_at(struct rig *rig, uint64_t pa);
void rig_command(struct rig *rig, uint32_t command);     /* GCMD, beside what is on */
/* Root and context tables with RIG_SID in domain RIG_DID, 4 levels; translation on. */
void rig_translating(struct rig *rig);
void rig_context(struct rig *rig, unsigned sid, uint64_t low, uint64_t high);
uint64_t rig_context_low(uint64_t table, unsigned tt);
uint64_t rig_context_high(unsigned did, unsigned aw);
/* The entry of `level` for an address, tables made on the way. */
uint64_t *rig_entry(struct rig *rig, uint64_t table, unsigned levels, unsigned level,
		    uint64_t addr);
void rig_map(struct rig *rig, uint64_t addr, uint64_t pa, unsigned level, uint64_t bits);

enum dma_status rig_go(struct rig *rig, uint64_t addr, enum dma_kind kind, struct iommu_page *page);
/* Expects success and returns the delay in ns. */
uint64_t rig_hit(struct rig *rig, uint64_t addr, uint64_t pa);
/* Expects a fault; checks and clears its record, which must be the n-th. */
void rig_faulted(struct rig *rig, unsigned n, uint64_t info, unsigned reason, unsigned sid,
		 enum dma_kind kind);

void rig_queue(struct rig *rig, unsigned size);          /* QS; enables the queue */
void rig_submit(struct rig *rig, uint64_t low, uint64_t high);   /* without the tail */
void rig_ring(struct rig *rig);                          /* the tail */
void rig_wait(struct rig *rig);                          /* submits a wait, rings, runs: done */

uint64_t rig_now(struct rig *rig);                       /* ns */
void rig_run(struct rig *rig, uint64_t ns);
void rig_run_all(struct rig *rig);
uint64_t rig_stat(struct rig *rig, const char *name);    /* so far; once a test per window */

#endif
