// SPDX-License-Identifier: GPL-2.0
/* Programs that do block I/O: io_program.h. */
#include <linux/fcntl.h>
#include <linux/kdev_t.h>
#include <linux/mman.h>
#include <linux/stat.h>
#include "io_program.h"

long kw_io_program_checked(const struct kw_io_program *program, const char *call, long result)
{
	if (result < 0)
		kw_fail("io job %u: %s: error %ld", program->job->plat->id, call, result);
	return result;
}

unsigned long kw_io_program_memory(const struct kw_io_program *program, unsigned long bytes)
{
	return kw_io_program_checked(program, "mmap",
				     user_call6(mmap, 0, PAGE_ALIGN(bytes), PROT_READ | PROT_WRITE,
						MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0));
}

static void open_disk(struct kw_io_program *program)
{
	const struct plat_io_job *plat = program->job->plat;
	unsigned long path = kw_io_program_memory(program, PAGE_SIZE);

	snprintf(user_page(path, true), PAGE_SIZE, "/io%u", plat->id);
	user_call4(mknodat, AT_FDCWD, path, S_IFBLK | 0600,
		   new_encode_dev(program->job->bdev->bd_dev));
	program->fd = kw_io_program_checked(program, "open",
					    user_call4(openat, AT_FDCWD, path, O_RDWR | O_DIRECT,
						       0));
}

void kw_io_program_begin(struct kw_io_program *program, struct kw_job *job)
{
	const struct plat_io_job *plat = job->plat;
	int error = user_become();

	if (error)
		kw_fail("io job %u: no address space: error %d", plat->id, error);
	program->job = job;
	plat_category(PLAT_CAT_APP);
	set_cpus_allowed_ptr(current, cpumask_of(plat->core));
	open_disk(program);
	program->stride = PAGE_ALIGN(plat->bytes);
	program->buffer = kw_io_program_memory(program,
					       (unsigned long)plat->depth * program->stride);
}

unsigned long kw_io_program_buffer(const struct kw_io_program *program, const struct kw_slot *slot)
{
	return program->buffer + (unsigned long)slot->index * program->stride;
}

/* What a write brings, or whether a read brought the right bytes, page by page. */
static unsigned int pattern(const struct kw_io_program *program, const struct kw_slot *slot,
			    bool write)
{
	unsigned int at, part, bad = 0;

	for (at = 0; at < slot->io.bytes; at += part) {
		void *page = user_page(kw_io_program_buffer(program, slot) + at, write);

		part = min_t(unsigned int, PAGE_SIZE, slot->io.bytes - at);
		bad += page ? plat_io_pattern(program->job->plat->id, slot->io.offset + at, page,
					      part, write) : 1;
	}
	return bad;
}

bool kw_io_program_next(struct kw_io_program *program, struct kw_slot *slot)
{
	const struct plat_io_job *plat = program->job->plat;

	program->job->blocked = !plat_io_next(plat->id, &slot->io);
	if (program->job->blocked)
		return false;
	if (slot->io.what == PLAT_IO_WRITES)
		pattern(program, slot, true);
	if (plat->work_ns)
		plat_delay_ns(plat->work_ns);
	plat_io_submitted(plat->id, slot->index, slot->io.offset);
	program->job->issued++;
	return true;
}

void kw_io_program_completed(struct kw_io_program *program, struct kw_slot *slot, long result)
{
	const struct plat_io_job *plat = program->job->plat;
	unsigned int bad = 0;
	int status = 0;

	if (result < 0)
		status = result;
	else if (slot->io.what != PLAT_IO_FLUSHES && result != slot->io.bytes)
		status = -EIO;
	if (plat->verify && slot->io.what == PLAT_IO_READS && !status)
		bad = pattern(program, slot, false);
	program->job->blocked = false;
	plat_io_completed(plat->id, slot->index, status, bad);
}
