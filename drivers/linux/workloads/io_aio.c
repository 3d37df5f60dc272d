// SPDX-License-Identifier: GPL-2.0
/*
 * Engine "aio": a program that does what fio does with libaio. It has its memory behind the core's
 * TLB, opens the disk with O_DIRECT, submits by io_submit() and takes completions by
 * io_getevents(), up to `batch` a call. So system calls, the pinning of its pages, the kernel's request objects and
 * copies of events are in what an I/O costs; the program's own work for it is `work`, a time. Not
 * modelled: the program's instructions.
 */
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/time_types.h>
#include <uapi/linux/aio_abi.h>
#include <asm/user_task.h>
#include "io.h"

#define AIO_BATCH_MAX	256

struct aio {
	struct kw_job *job;
	unsigned int stride;		/* of buffers: whole pages */
	int fd;
	aio_context_t context;
	unsigned long argument;		/* iocbs, pointers to them, events, a time: in this order */
	unsigned long pointers, events, timeout;
	unsigned long buffer;
	unsigned int in_flight;
};

static long checked(const struct aio *aio, const char *call, long result)
{
	if (result < 0)
		kw_fail("io job %u: %s: error %ld", aio->job->plat->id, call, result);
	return result;
}

static unsigned long memory(const struct aio *aio, unsigned long bytes)
{
	return checked(aio, "mmap", user_call6(mmap, 0, PAGE_ALIGN(bytes), PROT_READ | PROT_WRITE,
					       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0));
}

static void open_disk(struct aio *aio)
{
	const struct plat_io_job *plat = aio->job->plat;
	unsigned long path = memory(aio, PAGE_SIZE);

	snprintf(user_page(path, true), PAGE_SIZE, "/aio%u", plat->id);
	user_call4(mknodat, AT_FDCWD, path, S_IFBLK | 0600,
		   new_encode_dev(aio->job->bdev->bd_dev));
	aio->fd = checked(aio, "open", user_call4(openat, AT_FDCWD, path, O_RDWR | O_DIRECT, 0));
}

static void set_up(struct aio *aio)
{
	const struct plat_io_job *plat = aio->job->plat;

	open_disk(aio);
	aio->stride = PAGE_ALIGN(plat->bytes);
	aio->buffer = memory(aio, (unsigned long)plat->depth * aio->stride);
	aio->argument = memory(aio, plat->depth * (sizeof(struct iocb) + sizeof(u64)) +
				    plat->batch * sizeof(struct io_event) +
				    sizeof(struct __kernel_timespec));
	aio->pointers = aio->argument + plat->depth * sizeof(struct iocb);
	aio->events = aio->pointers + plat->depth * sizeof(u64);
	aio->timeout = aio->events + plat->batch * sizeof(struct io_event);
	/* The context's handle is returned in memory, which must be zero before. */
	checked(aio, "io_setup", user_call2(io_setup, plat->depth, aio->pointers));
	user_load(aio->pointers, (u64 *)&aio->context);
}

static unsigned long buffer_of(const struct aio *aio, const struct kw_slot *slot)
{
	return aio->buffer + (unsigned long)slot->index * aio->stride;
}

/* What a write brings, or whether a read brought the right bytes, page by page. */
static unsigned int pattern(const struct aio *aio, const struct kw_slot *slot, bool write)
{
	unsigned int at, part, bad = 0;

	for (at = 0; at < slot->io.bytes; at += part) {
		void *page = user_page(buffer_of(aio, slot) + at, write);

		part = min_t(unsigned int, PAGE_SIZE, slot->io.bytes - at);
		bad += page ? plat_io_pattern(aio->job->plat->id, slot->io.offset + at, page, part,
					      write) : 1;
	}
	return bad;
}

/* The slot's next I/O, as an iocb in the program's memory, the n-th of this call. */
static bool prepare(struct aio *aio, struct kw_slot *slot, unsigned int n)
{
	static const u16 opcode[] = {
		[PLAT_IO_READS] = IOCB_CMD_PREAD,
		[PLAT_IO_WRITES] = IOCB_CMD_PWRITE,
		[PLAT_IO_FLUSHES] = IOCB_CMD_FSYNC,
	};
	const struct plat_io_job *plat = aio->job->plat;
	unsigned long address = aio->argument + slot->index * sizeof(struct iocb);
	struct iocb iocb = { .aio_data = slot->index, .aio_fildes = aio->fd };

	aio->job->blocked = !plat_io_next(plat->id, &slot->io);
	if (aio->job->blocked)
		return false;
	iocb.aio_lio_opcode = opcode[slot->io.what];
	if (slot->io.what != PLAT_IO_FLUSHES) {
		iocb.aio_buf = buffer_of(aio, slot);
		iocb.aio_nbytes = slot->io.bytes;
		iocb.aio_offset = slot->io.offset;
	}
	if (slot->io.what == PLAT_IO_WRITES) {
		iocb.aio_rw_flags = plat->fua ? RWF_DSYNC : 0;
		pattern(aio, slot, true);
	}
	if (plat->work_ns)
		plat_delay_ns(plat->work_ns);
	plat_io_submitted(plat->id, slot->index, slot->io.offset);
	aio->job->issued++;
	user_put(address, &iocb, sizeof(iocb));
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
		sent += checked(aio, "io_submit",
				user_call3(io_submit, aio->context, n - sent,
					   aio->pointers + sent * sizeof(u64)));
	aio->in_flight += n;
	return n;
}

static void finish(struct aio *aio, unsigned long address)
{
	const struct plat_io_job *plat = aio->job->plat;
	struct io_event event = { };
	struct kw_slot *slot;
	unsigned int bad = 0;
	int status = 0;

	user_get(&event, address, sizeof(event));
	slot = &aio->job->slots[event.data];
	if (event.res < 0)
		status = event.res;
	else if (slot->io.what != PLAT_IO_FLUSHES && event.res != slot->io.bytes)
		status = -EIO;
	if (plat->verify && slot->io.what == PLAT_IO_READS && !status)
		bad = pattern(aio, slot, false);
	aio->job->blocked = false;
	list_move_tail(&slot->link, &aio->job->idle);
	plat_io_completed(plat->id, slot->index, status, bad);
}

/* Waits for a batch, as fio with iodepth_batch_complete; with a rate, for one at most until the
 * next submission is due. */
static void take(struct aio *aio)
{
	const struct plat_io_job *plat = aio->job->plat;
	bool paced = plat->period_ps && !list_empty(&aio->job->idle) && !aio->job->blocked;
	unsigned long least = plat->period_ps ? 1 : min(plat->batch, aio->in_flight);
	u64 now = ktime_get_ns(), due = kw_io_due_ns(aio->job);
	long taken, i;

	if (paced) {
		u64 wait = due > now ? due - now : 0;

		user_store(aio->timeout, wait / NSEC_PER_SEC);
		user_store(aio->timeout + sizeof(u64), wait % NSEC_PER_SEC);
	}
	if (!aio->in_flight && paced) {
		user_call2(nanosleep, aio->timeout, 0);
		return;
	}
	taken = checked(aio, "io_getevents",
			user_call5(io_getevents, aio->context, least, plat->batch, aio->events,
				   paced ? aio->timeout : 0));
	aio->in_flight -= taken;
	for (i = 0; i < taken; i++)
		finish(aio, aio->events + i * sizeof(struct io_event));
}

int kw_io_aio_program(void *arg)
{
	struct aio aio = { .job = arg };
	int error = user_become();

	if (error)
		kw_fail("io job %u: no address space: error %d", aio.job->plat->id, error);
	if (aio.job->plat->batch > AIO_BATCH_MAX)
		kw_fail("io job %u: a batch of %u", aio.job->plat->id, aio.job->plat->batch);
	plat_category(PLAT_CAT_APP);
	set_cpus_allowed_ptr(current, cpumask_of(aio.job->plat->core));
	set_up(&aio);
	aio.job->start_ns = kw_wait_start();
	for (;;) {
		user_step();
		if (!submit(&aio) || list_empty(&aio.job->idle) || aio.job->blocked)
			take(&aio);
	}
	return 0;
}
