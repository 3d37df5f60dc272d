// SPDX-License-Identifier: GPL-2.0
/* Engine "polled": io_uring with IORING_SETUP_IOPOLL. The loop of the kernel's side looks into the
 * completion queue itself; no interrupt is needed. Engine "hybrid" sleeps before it looks, once for
 * each I/O, for half of what one takes on average: the rule of the block layer's hybrid polling
 * (blk_mq_poll_hybrid_sleep()), which the kernel had from 4.10 to 5.14 and 6.12 has not. Its
 * averages were those of 100 ms. */
#include <linux/blkdev.h>
#include <linux/hrtimer.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include "io.h"

/* PAUSE takes about 140 cycles from Skylake on (Intel optimization manual, "Pause Latency"). */
#define PAUSE_NS 47
/* Hybrid: the average is that of so many I/Os. */
#define MEAN_IOS 64

/* All of the job's bios go to one hardware queue, that of its core, so one look serves them all. A
 * bio without a cookie has not been issued, or was merged behind another one. */
static void look(struct kw_job *job)
{
	DEFINE_IO_COMP_BATCH(iob);
	struct kw_slot *slot;

	list_for_each_entry(slot, &job->busy, link) {
		if (READ_ONCE(slot->bio.bi_cookie) == BLK_QC_T_NONE)
			continue;
		bio_poll(&slot->bio, &iob, BLK_POLL_ONESHOT);
		if (iob.complete)
			iob.complete(&iob);
		return;
	}
}

/* Between two looks. cpu_relax() may skip to the next event of the machine, which does not know of
 * a submission that the job's rate makes due: up to that one, the steps are the instruction's. */
static void relax(const struct kw_job *job)
{
	if (job->plat->period_ps && !list_empty(&job->idle))
		plat_delay_ns(PAUSE_NS);
	else
		cpu_relax();
	/* The core's other threads (kblockd) get it if they want it. */
	cond_resched();
}

void kw_io_hybrid_issued(struct kw_slot *slot)
{
	slot->issued_ns = ktime_get_ns();
	slot->slept = false;
}

/* Once for each I/O; the oldest is waited for. */
static void sleep_before(struct kw_job *job)
{
	struct kw_slot *slot = list_first_entry_or_null(&job->busy, struct kw_slot, link);
	ktime_t half;

	if (!slot || slot->slept || !job->mean_ns)
		return;
	slot->slept = true;
	half = ns_to_ktime(job->mean_ns / 2);
	set_current_state(TASK_INTERRUPTIBLE);
	schedule_hrtimeout(&half, HRTIMER_MODE_REL);
}

static void note_time(struct kw_job *job)
{
	struct kw_slot *slot = list_first_entry(&job->busy, struct kw_slot, link);

	job->sum_ns += ktime_get_ns() - slot->issued_ns;
	if (++job->summed < MEAN_IOS)
		return;
	job->mean_ns = job->sum_ns / MEAN_IOS;
	job->sum_ns = job->summed = 0;
}

/* Looks at least once, then until there is something to reap or to submit. */
static void poll(struct kw_job *job)
{
	bool hybrid = job->plat->engine == PLAT_IO_HYBRID;

	if (hybrid)
		sleep_before(job);
	do {
		if (list_empty(&job->busy)) {
			if (list_empty(&job->ready))
				kw_io_sleep(job, true);
			return;
		}
		look(job);
		if (!llist_empty(&job->done)) {
			if (hybrid)
				note_time(job);
			return;
		}
		relax(job);
	} while (list_empty(&job->ready) && (list_empty(&job->idle) || !kw_io_due(job)));
}

/* A polled bio must not sleep for a request, because nobody would poll meanwhile; a bio that has to
 * be split cannot be of that kind. What was refused while nothing of ours is in flight could be
 * refused forever. In both cases the I/O goes the way of the interrupt. */
static blk_opf_t polled_flags(const struct kw_job *job)
{
	bool retry_alone = !list_empty(&job->ready) && list_empty(&job->busy);
	unsigned int max = queue_max_sectors(bdev_get_queue(job->bdev)) << SECTOR_SHIFT;

	return retry_alone || job->plat->bytes > max ? 0 : REQ_POLLED | REQ_NOWAIT;
}

int kw_io_polled_thread(void *arg)
{
	struct kw_job *job = arg;
	unsigned long category;
	blk_opf_t flags;

	plat_category(PLAT_CAT_APP);
	job->task = current;
	job->start_ns = kw_wait_start();
	for (;;) {
		flags = polled_flags(job);
		kw_io_collect(job);
		category = kw_syscall_enter();
		kw_io_submit(job, flags);
		poll(job);
		kw_syscall_leave(category);
		kw_io_reap(job);
	}
	return 0;
}
