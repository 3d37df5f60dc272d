/* SPDX-License-Identifier: MIT */
/* The part of the boundary (boundary.h) that user memory needs: the running core's TLB
 * (model/cpu/tlb.h), hardware that broadcasts invalidations, and what the port tells of shootdowns.
 * Built-in C types only. Not modelled: what model/cpu/tlb.h says. */
#ifndef DOORBELL_DRIVERS_LINUX_BOUNDARY_MM_H
#define DOORBELL_DRIVERS_LINUX_BOUNDARY_MM_H

struct plat_tlb_answer {
	unsigned long pa;              /* 0: a page fault */
	unsigned reads;                /* of tables, to be charged */
	unsigned stale;                /* what was used is not what the table says now */
	unsigned long stale_entry, table_entry;
	unsigned long stamp;           /* the caller's, of when the entry was read */
};

/* The quick way: physical address, or 0 and nothing has happened. */
unsigned long plat_tlb_quick(unsigned long va, int write);
void plat_tlb_access(unsigned long va, int write, unsigned long stamp,
		     struct plat_tlb_answer *answer);
/* Instructions of the running core; the caller charges them. */
void plat_tlb_load(unsigned asid, unsigned long root);
void plat_tlb_invalidate_page(unsigned asid, unsigned long va);
void plat_tlb_invalidate_asid(unsigned asid);
void plat_tlb_invalidate_all(void);

/* Pages of one broadcast invalidation; 0: cores are interrupted instead. */
unsigned plat_tlb_broadcast_pages(void);
/* Broadcast to all cores and wait until all have obeyed, charged: `count` pages of 1 << shift
 * bytes, or with count 0 the whole identifier; asid -1: all. */
void plat_tlb_broadcast(int asid, unsigned long va, unsigned long count, unsigned shift);

enum plat_tlb_event {
	PLAT_TLB_BEGIN,                /* value: pages, 0 = all; by the core that asks */
	PLAT_TLB_SENT,                 /* interrupts to all targets are sent */
	PLAT_TLB_HANDLER,              /* value: the core that asked; by a target */
	PLAT_TLB_HANDLED,              /* by the core that asked, too: its own flush is done */
	PLAT_TLB_ANSWERED,             /* all have; what reading the answers takes is charged */
	PLAT_TLB_END,
};
void plat_tlb_event(enum plat_tlb_event event, unsigned value);
/* A stale entry was used. hole: neither is a flush under way, nor is the page the task's still. */
void plat_tlb_stale(int hole);

#endif
