// SPDX-License-Identifier: GPL-2.0
/*
 * Writes and reads through the page cache: of a file of the root file system, which is in memory
 * (tmpfs), or of a disk. By pwrite and pread, through a shared mapping, and of a disk with fsync,
 * after which a read past the cache (O_DIRECT) must find what was written.
 */
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/slab.h>
#include "program.h"

/* Places in the file, of each thread its own. */
#define PLACES		64

enum way { WAY_READ, WAY_MAPPING, WAY_FSYNC, WAYS };

struct file_state {
	int fd, past;			/* past the cache; -1: there is nothing behind it */
	unsigned long buffer, mapping;
	u64 value[PLACES];		/* 0: not written yet */
};

static void prepare(struct kw_mm *mm)
{
	unsigned int i;

	for (i = 0; i < mm->plat->workers; i++) {
		mm->lane[i].shadow = kzalloc(sizeof(struct file_state), GFP_KERNEL);
		if (!mm->lane[i].shadow)
			kw_fail("mm %u: no memory for files", mm->plat->id);
	}
}

static unsigned long bytes_of(const struct kw_lane *lane)
{
	return (unsigned long)PLACES * lane->mm->plat->bytes;
}

static int open_file(struct kw_lane *lane)
{
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "/file%u.%u", lane->mm->plat->id, lane->index);
	fd = kw_checked(lane->mm, "open",
			user_call4(openat, AT_FDCWD,
				   kw_argument(lane, 0, name, sizeof(name)), O_RDWR | O_CREAT,
				   0600));
	kw_checked(lane->mm, "ftruncate", user_call2(ftruncate, fd, bytes_of(lane)));
	return fd;
}

static void enter(struct kw_lane *lane)
{
	struct kw_mm *mm = lane->mm;
	struct file_state *state = lane->shadow;
	u64 base = 0;

	if (mm->bdev) {
		state->fd = kw_checked(mm, "open", kw_mm_open_disk(mm->plat, mm->bdev, 0));
		state->past = kw_checked(mm, "open",
					 kw_mm_open_disk(mm->plat, mm->bdev, O_DIRECT));
		base = lane->index * PAGE_ALIGN(bytes_of(lane));
	} else {
		state->fd = open_file(lane);
		state->past = -1;
	}
	state->buffer = kw_memory(mm, mm->plat->bytes);
	state->mapping = kw_checked(mm, "mmap of a file",
				    user_call6(mmap, 0, bytes_of(lane), PROT_READ | PROT_WRITE,
					       MAP_SHARED, state->fd, base));
}

static u64 offset_of(const struct kw_lane *lane, unsigned int place)
{
	u64 base = lane->mm->bdev ? lane->index * PAGE_ALIGN(bytes_of(lane)) : 0;

	return base + (u64)place * lane->mm->plat->bytes;
}

static int write_place(struct kw_lane *lane, unsigned int place, u64 value)
{
	struct file_state *state = lane->shadow;
	unsigned int bytes = lane->mm->plat->bytes;

	kw_words_put(state->buffer, bytes, value);
	state->value[place] = value;
	return user_call4(pwrite64, state->fd, state->buffer, bytes, offset_of(lane, place)) ==
	       bytes ? 0 : -EIO;
}

static int read_place(struct kw_lane *lane, int fd, unsigned int place)
{
	struct file_state *state = lane->shadow;
	unsigned int bytes = lane->mm->plat->bytes;

	if (!state->value[place])
		return 0;
	if (user_call4(pread64, fd, state->buffer, bytes, offset_of(lane, place)) != bytes)
		return -EIO;
	return kw_words_wrong(state->buffer, bytes, state->value[place]) ? -EBADMSG : 0;
}

/* What write() wrote is seen, and what is stored is seen by read(). */
static int by_mapping(struct kw_lane *lane, unsigned int place, u64 value)
{
	struct file_state *state = lane->shadow;
	unsigned int bytes = lane->mm->plat->bytes;
	unsigned long at = state->mapping + (unsigned long)place * bytes;

	if (kw_words_wrong(at, bytes, state->value[place]))
		return -EBADMSG;
	kw_words_put(at, bytes, value);
	state->value[place] = value;
	return 0;
}

static int operate(struct kw_lane *lane, u64 number)
{
	struct file_state *state = lane->shadow;
	unsigned int place = kw_mm_random(lane, PLACES);
	int status = write_place(lane, place, 2 * number + 1);

	if (!status && number % WAYS == WAY_MAPPING)
		status = by_mapping(lane, place, 2 * number + 2);
	if (!status && number % WAYS == WAY_FSYNC) {
		status = user_call1(fsync, state->fd);
		if (!status && state->past >= 0)
			status = read_place(lane, state->past, place);
	}
	return status ?: read_place(lane, state->fd, kw_mm_random(lane, PLACES)) ?:
	       read_place(lane, state->fd, place);
}

const struct kw_program kw_program_file = {
	.prepare = prepare,
	.enter = enter,
	.operate = operate,
};
