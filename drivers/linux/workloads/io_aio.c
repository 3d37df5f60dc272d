// SPDX-License-Identifier: GPL-2.0
/*
 * Engine "aio": a program that does what fio does with libaio. It submits by io_submit() and takes
 * completions by io_getevents(), up to `batch` a call. So system calls, the pinning of its pages,
 * the kernel's request objects and copies of events are in what an I/O costs.
 */
#include <linux/time_types.h>
#include <uapi/linux/aio_abi.h>
#include "io_program.h"

#define AIO_BATCH_MAX	256

struct aio {
	struct kw_io_program program;
	struct kw_job *job;
	aio_context_t context;
	unsigned long argument;		/* iocbs, pointers to them, events, a time: in this order */
	unsigned long pointers, events, timeout;
	unsigned int in_flight;
};

static void set_up(struct aio *aio)
{
	const struct plat_io_job *plat = aio->job->plat;
	unsigned long pointers = plat->depth * sizeof(struct iocb);
	/* An event lies in one page. */
	unsigned long events = ALIGN(pointers + plat->depth * sizeof(u64),
				     sizeof(struct io_event));
	unsigned long timeout = events + plat->batch * sizeof(struct io_event);

	aio->argument = kw_io_program_memory(&aio->program,
					     timeout + sizeof(struct __kernel_timespec));
	aio->pointers = aio->argument + pointers;
	aio->events = aio->argument + events;
	aio->timeout = aio->argument + timeout;
	/* The context's handle is returned in memory, which must be zero before. */
	kw_io_program_checked(&aio->program, "io_setup",
			      user_call2(io_setup, plat->depth, aio->pointers));
	user_load(aio->pointers, (u64 *)&aio->context);
}

/* The slot's next I/O, as an iocb in the program's memory, the n-th of this call. */
static bool prepare(struct aio *aio, struct kw_slot *slot, unsigned int n)
{
	static const u16 opcode[] = {
		[PLAT_IO_READS] = IOCB_CMD_PREAD,
		[PLAT_IO_WRITES] = IOCB_CMD_PWRITE,
		[PLAT_IO_FLUSHES] = IOCB_CMD_FSYNC,
	};
	unsigned long address = aio->argument + slot->index * sizeof(struct iocb);
	struct iocb iocb = { .aio_data = slot->index, .aio_fildes = aio->program.fd };

	if (!kw_io_program_next(&aio->program, slot))
		return false;
	iocb.aio_lio_opcode = opcode[slot->io.what];
	if (slot->io.what != PLAT_IO_FLUSHES) {
		iocb.aio_buf = kw_io_program_buffer(&aio->program, slot);
		iocb.aio_nbytes = slot->io.bytes;
		iocb.aio_offset = slot->io.offset;
	}
	if (slot->io.what == PLAT_IO_WRITES)
		iocb.aio_rw_flags = aio->job->plat->fua ? RWF_DSYNC : 0;
	*kw_io_program_at(struct iocb, address, true) = iocb;
	return user_store(aio->pointers + n * sizeof(u64), address);
}

/* Submits up to a batch of what is due; false: there was nothing. */
static bool submit(struct aio *aio)
{
	struct kw_job *job = aio->job;
	unsigned int n = 0, sent = 0;
	struct kw_slot *slot;

	while (n < job->plat->batch && !list_empty(&job->idle) && kw_io_due(job)) {
		slot = list_first_entry(&job->idle, struct kw_slot, link);
		if (!prepare(aio, slot, n))
			break;
		list_move_tail(&slot->link, &job->busy);
		n++;
	}
	while (sent < n)
		sent += kw_io_program_checked(&aio->program, "io_submit",
				user_call3(io_submit, aio->context, n - sent,
					   aio->pointers + sent * sizeof(u64)));
	aio->in_flight += n;
	return n;
}

static void finish(struct aio *aio, unsigned long address)
{
	const struct io_event event = *kw_io_program_at(struct io_event, address, false);
	struct kw_slot *slot = &aio->job->slots[event.data];

	list_move_tail(&slot->link, &aio->job->idle);
	kw_io_program_completed(&aio->program, slot, event.res);
}

/* Waits for a batch, as fio with iodepth_batch_complete; with a rate, for one at most until the
 * next submission is due. */
static void take(struct aio *aio)
{
	const struct plat_io_job *plat = aio->job->plat;
	bool paced = plat->period_ps && !list_empty(&aio->job->idle) && !aio->job->blocked;
	unsigned long least = plat->period_ps ? 1 : min(plat->batch, aio->in_flight);
	long taken, i;

	if (paced) {
		u64 now = ktime_get_ns(), due = kw_io_due_ns(aio->job);
		u64 wait = due > now ? due - now : 0;

		user_store(aio->timeout, wait / NSEC_PER_SEC);
		user_store(aio->timeout + sizeof(u64), wait % NSEC_PER_SEC);
	}
	if (!aio->in_flight && paced) {
		user_call2(nanosleep, aio->timeout, 0);
		return;
	}
	taken = kw_io_program_checked(&aio->program, "io_getevents",
			user_call5(io_getevents, aio->context, least, plat->batch, aio->events,
				   paced ? aio->timeout : 0));
	aio->in_flight -= taken;
	for (i = 0; i < taken; i++)
		finish(aio, aio->events + i * sizeof(struct io_event));
}

int kw_io_aio_program(void *arg)
{
	struct aio aio = { .job = arg };

	if (aio.job->plat->batch > AIO_BATCH_MAX)
		kw_fail("io job %u: a batch of %u", aio.job->plat->id, aio.job->plat->batch);
	kw_io_program_begin(&aio.program, aio.job);
	set_up(&aio);
	aio.job->start_ns = kw_wait_start();
	for (;;) {
		user_step();
		if (!submit(&aio) || list_empty(&aio.job->idle) || aio.job->blocked)
			take(&aio);
	}
	return 0;
}
