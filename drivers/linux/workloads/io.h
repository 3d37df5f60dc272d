/* SPDX-License-Identifier: GPL-2.0 */
/* A block I/O job: one thread on one core that stands for a program doing O_DIRECT I/O. Its buffers
 * are physically contiguous, like a program's on huge pages, one per I/O in flight. Engines "aio"
 * and "psync" are programs with memory of their own.
 * Not modelled: pinning of user pages but by programs, file systems, sync jobs with more than one
 * I/O in flight. */
#ifndef DOORBELL_WORKLOADS_IO_H
#define DOORBELL_WORKLOADS_IO_H

#include <linux/bio.h>
#include <linux/list.h>
#include <linux/llist.h>
#include "workloads.h"

struct kw_job;

/* One I/O in flight. `link` is on the job's list that tells its state: idle, ready (has an offset,
 * to be submitted) or busy (submitted, oldest first). */
struct kw_slot {
	struct bio bio;
	struct bio_vec vec;
	struct kw_job *job;
	struct list_head link;
	struct llist_node done;
	struct page *pages;
	unsigned int index;
	struct plat_io io;
	u64 issued_ns;		/* hybrid: when, and whether the thread has slept for it */
	bool slept;
};

struct kw_job {
	const struct plat_io_job *plat;
	struct block_device *bdev;
	struct task_struct *task;
	u64 start_ns;
	u64 issued;		/* submissions so far, for the rate */
	bool blocked;		/* nothing to submit before a completion */
	u64 mean_ns;		/* hybrid: what an I/O takes on average; 0: unknown */
	u64 sum_ns;		/* of those that make the next average */
	unsigned int summed;
	struct list_head idle, ready, busy;
	struct llist_head done;	/* completed, not yet seen by the thread; newest first */
	struct kw_slot slots[];
};

/* ---- io.c ---- */
/* Next submission's time by the job's rate; a closed loop's is in the past. */
u64 kw_io_due_ns(const struct kw_job *job);
bool kw_io_due(const struct kw_job *job);
/* Sleeps until the next submission is due or, with `or_done`, until a completion comes. */
void kw_io_sleep(struct kw_job *job, bool or_done);
/* Takes the next I/O into the slot: the submission call begins. False: there is none before a
 * completion. */
bool kw_io_next(struct kw_slot *slot);
/* The slot's bio, ready for submission. */
struct bio *kw_io_bio(struct kw_slot *slot, blk_opf_t flags);
/* The thread sees the completion of the slot's bio. */
void kw_io_completed(struct kw_slot *slot);

/* ---- io_async.c, also used by io_polled.c ---- */
/* Moves as many idle slots to ready as are due. */
void kw_io_collect(struct kw_job *job);
/* Submits all ready slots, in one batch. */
void kw_io_submit(struct kw_job *job, blk_opf_t flags);
/* Takes over what has completed, oldest first. */
void kw_io_reap(struct kw_job *job);

/* ---- io_polled.c ---- */
void kw_io_hybrid_issued(struct kw_slot *slot);

int kw_io_sync_thread(void *job);
int kw_io_async_thread(void *job);
int kw_io_polled_thread(void *job);
/* Of user tasks. */
int kw_io_aio_program(void *job);
int kw_io_psync_program(void *job);

#endif
