// SPDX-License-Identifier: GPL-2.0
/* Engine "async": a loop of io_uring_enter() that submits a batch and waits for a completion. */
#include <linux/blkdev.h>
#include <linux/sched.h>
#include "io.h"

/* io_uring plugs batches longer than this (io_uring/io_uring.h, IO_PLUG_THRESHOLD). */
#define PLUG_THRESHOLD 2

/* Runs in the interrupt, or wherever the block layer completes the bio. */
static void end_io(struct bio *bio)
{
	struct kw_slot *slot = container_of(bio, struct kw_slot, bio);
	struct kw_job *job = slot->job;

	/* A later completion finds the thread already woken for the first on the list. */
	if (llist_add(&slot->done, &job->done))
		wake_up_process(job->task);
}

void kw_io_collect(struct kw_job *job)
{
	struct kw_slot *slot, *next;

	list_for_each_entry_safe(slot, next, &job->idle, link) {
		if (!kw_io_due(job) || !kw_io_next(slot))
			return;
		list_move_tail(&slot->link, &job->ready);
	}
}

void kw_io_submit(struct kw_job *job, blk_opf_t flags)
{
	size_t batch = list_count_nodes(&job->ready);
	struct kw_slot *slot, *next;
	struct blk_plug plug;
	struct bio *bio;

	if (batch > PLUG_THRESHOLD)
		blk_start_plug_nr_ios(&plug, min_t(size_t, batch, U16_MAX));
	list_for_each_entry_safe(slot, next, &job->ready, link) {
		bio = kw_io_bio(slot, flags);
		bio->bi_end_io = end_io;
		list_move_tail(&slot->link, &job->busy);
		if (job->plat->engine == PLAT_IO_HYBRID)
			kw_io_hybrid_issued(slot);
		submit_bio(bio);
	}
	if (batch > PLUG_THRESHOLD)
		blk_finish_plug(&plug);
}

/* A polled bio may not sleep for a request; it comes back at once and waits for another try. */
static bool refused(const struct kw_slot *slot)
{
	return slot->bio.bi_status == BLK_STS_AGAIN && (slot->bio.bi_opf & REQ_NOWAIT);
}

void kw_io_reap(struct kw_job *job)
{
	struct llist_node *done = llist_reverse_order(llist_del_all(&job->done));
	struct kw_slot *slot, *next;

	llist_for_each_entry_safe(slot, next, done, done) {
		if (refused(slot)) {
			list_move_tail(&slot->link, &job->ready);
			continue;
		}
		list_move_tail(&slot->link, &job->idle);
		kw_io_completed(slot);
	}
}

int kw_io_async_thread(void *arg)
{
	struct kw_job *job = arg;
	unsigned long category;

	plat_category(PLAT_CAT_APP);
	job->task = current;
	job->start_ns = kw_wait_start();
	for (;;) {
		kw_io_collect(job);
		category = kw_syscall_enter();
		kw_io_submit(job, 0);
		kw_io_sleep(job, true);
		kw_syscall_leave(category);
		kw_io_reap(job);
	}
	return 0;
}
