// SPDX-License-Identifier: GPL-2.0
/* Engine "psync": a program that does one I/O at a time by pread64(), pwritev2() and fsync(), as
 * fio does with its engine of that name. */
#include <linux/fs.h>
#include <linux/sched.h>
#include <linux/uio.h>
#include "io_program.h"

struct psync {
	struct kw_io_program program;
	unsigned long vector;		/* of a write: where the bytes are */
};

static long call(const struct psync *psync, const struct kw_slot *slot)
{
	unsigned long buffer = kw_io_program_buffer(&psync->program, slot);
	int fd = psync->program.fd;
	struct iovec *vector;

	switch (slot->io.what) {
	case PLAT_IO_FLUSHES:
		return user_call1(fsync, fd);
	case PLAT_IO_WRITES:
		vector = kw_io_program_at(struct iovec, psync->vector, true);
		vector->iov_base = (void __user *)buffer;
		vector->iov_len = slot->io.bytes;
		return user_call6(pwritev2, fd, psync->vector, 1, slot->io.offset, 0,
				  psync->program.job->plat->fua ? RWF_DSYNC : 0);
	default:
		return user_call4(pread64, fd, buffer, slot->io.bytes, slot->io.offset);
	}
}

int kw_io_psync_program(void *arg)
{
	struct kw_job *job = arg;
	struct kw_slot *slot = &job->slots[0];
	struct psync psync;

	kw_io_program_begin(&psync.program, job);
	psync.vector = kw_io_program_memory(&psync.program, sizeof(struct iovec));
	job->task = current;
	job->start_ns = kw_wait_start();
	for (;;) {
		user_step();
		if (!kw_io_due(job))
			kw_io_sleep(job, false);
		if (!kw_io_program_next(&psync.program, slot))
			kw_io_sleep(job, true);
		else
			kw_io_program_completed(&psync.program, slot, call(&psync, slot));
	}
	return 0;
}
