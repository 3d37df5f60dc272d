// SPDX-License-Identifier: GPL-2.0
/*
 * Reads of a disk straight into a program's memory (O_DIRECT), while another thread of the program
 * does to that memory what it likes: looks, unmaps it, or forks and writes to it. The kernel pins
 * the pages; for comparison the read may be made as drivers did before pinning existed, with
 * references only (get_user_pages), which a fork's copy-on-write takes the pages away from.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/kdev_t.h>
#include <linux/mman.h>
#include <linux/slab.h>
#include "mm.h"

#define RW		(PROT_READ | PROT_WRITE)
#define WORDS		(PAGE_SIZE / sizeof(u64))
/* What the other thread puts into memory that it is given instead of what it unmapped. */
#define MARK		0x5a5a5a5a5a5a5a5aULL
/* Distance of the offsets that are used; all below it is the first worker's. */
#define OFFSETS		64

/* The reading thread asks and says when it has read, the other one does the rest. */
enum phase { PHASE_IDLE, PHASE_ASKED, PHASE_READING, PHASE_READ };

struct direct {
	int fd;
	struct block_device *bdev;
	unsigned long buffer;
	u64 value;			/* of its first word, when it has been read */
	enum phase phase;
	bool seen_pinned, child_ends;
	unsigned int marks_lost;
	struct page **pages;
};

static struct direct *direct_of(const struct kw_lane *lane)
{
	return lane->mm->direct;
}

static bool is_pinned(unsigned long address)
{
	struct page *page;
	bool pinned;

	if (get_user_pages_fast(address, 1, 0, &page) != 1)
		return false;
	pinned = folio_maybe_dma_pinned(page_folio(page));
	put_page(page);
	return pinned;
}

static unsigned long map(unsigned int pages)
{
	return user_call6(mmap, 0, pages * PAGE_SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* A value for every word; the number of words that have another one. */
static unsigned int words(unsigned long base, unsigned int pages, u64 value, bool write)
{
	unsigned int page, i, wrong = 0;

	for (page = 0; page < pages; page++) {
		u64 *word = user_page(base + page * PAGE_SIZE, write);

		if (!word) {
			wrong += WORDS;
			continue;
		}
		for (i = 0; i < WORDS; i++) {
			if (write)
				word[i] = value + page;
			else
				wrong += word[i] != value + page;
		}
	}
	return wrong;
}

int kw_mm_open_disk(const struct plat_mm *plat, struct block_device *bdev, int flags)
{
	unsigned long path = map(1);
	int fd;

	snprintf(user_page(path, true), PAGE_SIZE, "/disk%u", plat->id);
	user_call4(mknodat, AT_FDCWD, path, S_IFBLK | 0600, new_encode_dev(bdev->bd_dev));
	fd = user_call4(openat, AT_FDCWD, path, O_RDWR | flags, 0);
	user_call2(munmap, path, PAGE_SIZE);
	return fd;
}

void kw_mm_direct_prepare(struct kw_mm *mm)
{
	const struct plat_mm *plat = mm->plat;
	struct direct *direct = kzalloc(sizeof(*direct), GFP_KERNEL);

	if (direct)
		direct->pages = kcalloc(plat->pages, sizeof(direct->pages[0]), GFP_KERNEL);
	if (!direct || !direct->pages)
		kw_fail("mm %u: no memory for %u pages", plat->id, plat->pages);
	if (plat->workers != 1 || plat->peers != 1)
		kw_fail("mm %u: direct I/O has one working thread and one peer", plat->id);
	direct->bdev = kw_io_open_disk(plat->devfn, "mm", plat->id);
	mm->direct = direct;
}

/* ---- the reading thread ---- */

/* The other thread looks from before the first page is pinned. */
static void ask(struct direct *direct)
{
	WRITE_ONCE(direct->phase, PHASE_ASKED);
	while (READ_ONCE(direct->phase) != PHASE_READING)
		user_call1(sched_yield, 0);
}

static long read_without_pins(struct kw_lane *lane, u64 offset)
{
	const struct plat_mm *plat = lane->mm->plat;
	struct direct *direct = direct_of(lane);
	unsigned long category = kw_syscall_enter();
	struct bio *bio;
	unsigned int i;
	long status = -EFAULT;

	if (get_user_pages_fast(direct->buffer, plat->pages, FOLL_WRITE, direct->pages) !=
	    plat->pages)
		goto out;
	bio = bio_alloc(direct->bdev, plat->pages, REQ_OP_READ, GFP_KERNEL);
	bio->bi_iter.bi_sector = offset >> SECTOR_SHIFT;
	for (i = 0; i < plat->pages; i++)
		__bio_add_page(bio, direct->pages[i], PAGE_SIZE, 0);
	ask(direct);
	status = submit_bio_wait(bio) ?: plat->pages * PAGE_SIZE;
	bio_put(bio);
	for (i = 0; i < plat->pages; i++)
		put_page(direct->pages[i]);
out:
	kw_syscall_leave(category);
	return status;
}

static long read_into_memory(struct kw_lane *lane, u64 offset)
{
	struct direct *direct = direct_of(lane);

	if (lane->mm->plat->unpinned)
		return read_without_pins(lane, offset);
	ask(direct);
	return user_call4(pread64, direct->fd, direct->buffer, lane->mm->plat->pages * PAGE_SIZE,
			  offset);
}

/* Whether all was as it must be: bytes, pins, and the other thread's new memory. */
static bool is_good(struct kw_lane *lane, long done, u64 value)
{
	const struct plat_mm *plat = lane->mm->plat;
	struct direct *direct = direct_of(lane);

	if (done != plat->pages * PAGE_SIZE || direct->marks_lost)
		return false;
	if (plat->direct_case != PLAT_MM_DIRECT_UNMAP &&
	    (words(direct->buffer, plat->pages, value, false) || is_pinned(direct->buffer)))
		return false;
	return direct->seen_pinned != plat->unpinned;
}

static int read_once(struct kw_lane *lane, unsigned int number)
{
	const struct plat_mm *plat = lane->mm->plat;
	struct direct *direct = direct_of(lane);
	unsigned long bytes = plat->pages * PAGE_SIZE;
	u64 offset = (u64)(number % OFFSETS) * bytes, value = ((u64)number << 32) | 0xd1;
	bool pinned_before;
	long done;

	direct->buffer = map(plat->pages);
	words(direct->buffer, plat->pages, value, true);
	if (user_call4(pwrite64, direct->fd, direct->buffer, bytes, offset) != bytes)
		return -EIO;
	words(direct->buffer, plat->pages, 0, true);
	direct->value = value;
	direct->seen_pinned = false;
	direct->marks_lost = 0;
	pinned_before = is_pinned(direct->buffer);
	plat_mm_begin(plat->id, lane->index);
	done = read_into_memory(lane, offset);
	plat_mm_done(plat->id, lane->index, PLAT_MM_REQUEST, 0);
	WRITE_ONCE(direct->phase, PHASE_READ);
	while (READ_ONCE(direct->phase) != PHASE_IDLE)
		user_call1(sched_yield, 0);
	if (pinned_before || !is_good(lane, done, value))
		return -EIO;
	return 0;
}

void kw_mm_direct_worker(struct kw_lane *lane)
{
	const struct plat_mm *plat = lane->mm->plat;
	struct direct *direct = direct_of(lane);
	unsigned int number = 0;

	direct->fd = kw_mm_open_disk(plat, direct->bdev, O_DIRECT);
	if (direct->fd < 0)
		kw_fail("mm %u: open: error %d", plat->id, direct->fd);
	while (kw_mm_next(lane)) {
		int status = read_once(lane, number++);

		plat_mm_done(plat->id, lane->index, PLAT_MM_OPERATION, status);
		user_call2(munmap, direct->buffer, plat->pages * PAGE_SIZE);
	}
}

/* ---- the other thread ---- */

static void unmap_it(struct kw_lane *lane)
{
	unsigned int pages = lane->mm->plat->pages;
	struct direct *direct = direct_of(lane);
	unsigned long other;

	user_call2(munmap, direct->buffer, pages * PAGE_SIZE);
	other = map(2 * pages);
	words(other, 2 * pages, MARK, true);
	while (READ_ONCE(direct->phase) == PHASE_READING)
		user_call1(sched_yield, 0);
	direct->marks_lost = words(other, 2 * pages, MARK, false);
	user_call2(munmap, other, 2 * pages * PAGE_SIZE);
}

static int child(void *arg)
{
	struct direct *direct = arg;

	plat_category(PLAT_CAT_APP);
	while (!READ_ONCE(direct->child_ends))
		user_call1(sched_yield, 0);
	return 0;
}

/* The child keeps the pages shared, so that the parent's store has to copy one of them. It stores
 * what the device will, as the device may be faster than fork. */
static void fork_and_write(struct kw_lane *lane)
{
	struct direct *direct = direct_of(lane);
	pid_t pid;

	WRITE_ONCE(direct->child_ends, false);
	pid = user_clone(child, direct, SIGCHLD);
	user_store(direct->buffer, direct->value);
	while (READ_ONCE(direct->phase) == PHASE_READING)
		user_call1(sched_yield, 0);
	WRITE_ONCE(direct->child_ends, true);
	user_call4(wait4, pid, 0, 0, 0);
}

/* From the pin on, or from the submission where there is none. */
static void accompany(struct kw_lane *lane)
{
	const struct plat_mm *plat = lane->mm->plat;
	struct direct *direct = direct_of(lane);

	while (!plat->unpinned && !direct->seen_pinned &&
	       READ_ONCE(direct->phase) == PHASE_READING) {
		direct->seen_pinned = is_pinned(direct->buffer);
		user_step();
	}
	if (plat->direct_case == PLAT_MM_DIRECT_UNMAP)
		unmap_it(lane);
	else if (plat->direct_case == PLAT_MM_DIRECT_FORK)
		fork_and_write(lane);
}

void kw_mm_direct_peer(struct kw_lane *lane)
{
	struct direct *direct = direct_of(lane);

	while (!READ_ONCE(lane->mm->stop)) {
		if (READ_ONCE(direct->phase) == PHASE_ASKED) {
			WRITE_ONCE(direct->phase, PHASE_READING);
			accompany(lane);
		}
		if (READ_ONCE(direct->phase) == PHASE_READ)
			WRITE_ONCE(direct->phase, PHASE_IDLE);
		user_call1(sched_yield, 0);
	}
}
