/* SPDX-License-Identifier: MIT */
#ifndef DOORBELL_DRIVERS_LINUX_DMA_RULES_INTERNAL_H
#define DOORBELL_DRIVERS_LINUX_DMA_RULES_INTERNAL_H

#include <stdio.h>

#include "drivers/linux/host/dma_rules.h"
#include "drivers/linux/host/dma_rules_owned.h"

#define RULES_PAGE_SHIFT 12
#define RULES_BUCKETS    4096
#define RULES_ENDED      1024   /* of so many unmapped ones the history is kept */
#define RULES_PLACES     256    /* of code that were told already */

struct mapping;

struct mapping_ref {
	struct mapping *mapping;
	struct mapping_ref *next, **link;
};

struct mapping {
	struct plat_dma dma;
	char device[32];             /* the kernel's string may go before the mapping's history */
	bool coherent;
	struct owned owned;
	struct owned_range given;    /* to the device, last */
	struct owned spare;          /* see give_back */
	struct owned written;        /* by the CPU, of what the device may yet send */
	struct dma_rules_where made, last, ended, writer;
	enum plat_dma_call last_call;
	struct mapping_ref *ref;     /* one for each page, bus side and RAM side */
	uint64_t refs;
	struct mapping *next, *previous;
};

struct place {
	enum dma_rule rule;
	uintptr_t pc;
	unsigned devfn;
};

struct dma_rules {
	const struct dma_rules_ops *ops;
	void *ctx;
	uint64_t pages;
	unsigned char *watch;
	struct mapping_ref **at_page;
	struct mapping_ref *at_bus[RULES_BUCKETS];
	struct mapping *live;
	struct mapping *ended[RULES_ENDED];
	unsigned ended_next;
	uint64_t streaming;
	uint64_t breaches[RULE_COUNT];
	bool blind;                  /* a mapping is not known, for want of memory */
	struct place told[RULES_PLACES];
	unsigned told_count;
};

struct device_access {
	unsigned devfn;
	uint64_t bus, bytes;
	bool write;
	struct at time;
};

/* dma_rules_report.c: count a breach, and tell it if its place is new. */
void dma_rules_report_cpu(struct dma_rules *rules, const struct mapping *mapping, uint64_t offset,
		      bool write, const struct dma_rules_where *where);
/* The CPU had written what the device reads now. */
void dma_rules_report_written(struct dma_rules *rules, const struct mapping *mapping,
			      uint64_t offset,
			  const struct device_access *access);
/* Its memory was given out anew. */
void dma_rules_report_taken(struct dma_rules *rules, const struct mapping *mapping,
			    const struct dma_rules_where *where);
/* `mapping` may be NULL: nothing is known of the address. */
void dma_rules_report_device(struct dma_rules *rules, enum dma_rule rule,
			     const struct mapping *mapping,
			 const struct device_access *access);
void dma_rules_report_call(struct dma_rules *rules, const struct plat_dma *dma,
			   const struct mapping *old,
		       const struct dma_rules_where *where);

#endif
