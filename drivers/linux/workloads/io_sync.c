// SPDX-License-Identifier: GPL-2.0
/* Engine "sync": a blocking pread or pwrite at a time. */
#include <linux/blkdev.h>
#include "io.h"

int kw_io_sync_thread(void *arg)
{
	struct kw_job *job = arg;
	struct kw_slot *slot = &job->slots[0];
	unsigned long category;

	plat_category(PLAT_CAT_APP);
	job->task = current;
	job->start_ns = kw_wait_start();
	for (;;) {
		if (!kw_io_due(job))
			kw_io_sleep(job, false);
		kw_io_next(slot);
		category = kw_syscall_enter();
		/* The status stays in the bio, from where kw_io_completed() takes it. */
		submit_bio_wait(kw_io_bio(slot, 0));
		kw_syscall_leave(category);
		kw_io_completed(slot);
	}
	return 0;
}
