/* SPDX-License-Identifier: MIT */
/* User memory of the machine: the cores' TLBs on its memory, what shootdowns take and the parts
 * they consist of, and the book-keeping of [[mm]] workloads.
 *
 * A shootdown is a flush that interrupted or told other cores. Its parts: send, from its begin to
 * the last interrupt sent; delivery, of each target from its interrupt's sending to the flush
 * function's begin there (latency, masked interrupts, entry); handler, that function; ack, from
 * the last handler's end to the asking core's going on; spin, from the last interrupt sent to
 * that. The asking core reads the targets' answers one by one, in the order of their numbers;
 * each is a cache line that the target wrote (line.transfer, line.remote_transfer). Not modelled:
 * two shootdowns of one core at a time, which Linux never has. */
#ifndef DOORBELL_MACHINE_MM_H
#define DOORBELL_MACHINE_MM_H

#include "model/machine/config.h"
#include "model/mem/mem.h"
#include "model/trace/stats.h"

struct mm;

struct mm_ops {
	void (*sample)(void *ctx, const char *name, uint64_t latency_ns);
	void *ctx;
};

struct mm *mm_create(struct sim *sim, const struct machine_cfg *cfg, struct mem *memory,
		     const struct mm_ops *ops);
void mm_destroy(struct mm *mm);
struct tlb *mm_tlb(struct mm *mm);

/* A core sends an interrupt that may be a shootdown's. */
void mm_ipi(struct mm *mm, struct core *from, unsigned to);
/* Returns what the core has to wait for, in ticks: with PLAT_TLB_ANSWERED, the answers' lines. */
uint64_t mm_tlb_event(struct mm *mm, struct core *core, enum plat_tlb_event event,
		      unsigned value);
void mm_stale(struct mm *mm, bool hole);
void mm_begin(struct mm *mm, unsigned process, unsigned lane);
void mm_done(struct mm *mm, unsigned process, unsigned lane, enum plat_mm_what what, int status);
void mm_ended(struct mm *mm, unsigned process, long leaked);

#endif
