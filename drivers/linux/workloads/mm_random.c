// SPDX-License-Identifier: GPL-2.0
/* Operations at random on mappings of each thread's own, with a shadow of what every page must
 * hold. Threads read each other's mappings too, so that translations are in many cores' TLBs when
 * they go. */
#include <linux/mman.h>
#include <linux/slab.h>
#include "mm.h"

#define SLOTS		16
#define SLOT_PAGES	8
#define RW		(PROT_READ | PROT_WRITE)
/* Upper half of every value written. */
#define MAGIC		0xd0bb0000ULL

struct slot {
	unsigned long base;		/* 0: not mapped */
	unsigned long latest;		/* base of the latest mapping, gone or not */
	unsigned int pages;
	bool read_only;
	u64 value[SLOT_PAGES];
};

struct shadow {
	struct slot slot[SLOTS];
	u32 written;			/* counts values */
	unsigned int wrong;
};

void kw_mm_random_prepare(struct kw_lane *lane)
{
	lane->shadow = kzalloc(sizeof(struct shadow), GFP_KERNEL);
	if (!lane->shadow)
		kw_fail("mm %u: no memory for a shadow", lane->mm->plat->id);
}

static void map(struct kw_lane *lane, struct slot *slot)
{
	unsigned int pages = 1 + kw_mm_random(lane, SLOT_PAGES);
	long base = user_call6(mmap, 0, pages * PAGE_SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (IS_ERR_VALUE(base)) {
		((struct shadow *)lane->shadow)->wrong++;
		return;
	}
	memset(slot, 0, sizeof(*slot));
	slot->pages = pages;
	slot->base = base;
	WRITE_ONCE(slot->latest, base);
}

static void check(struct kw_lane *lane, struct slot *slot, unsigned int page)
{
	struct shadow *shadow = lane->shadow;
	u64 value = 0;

	if (!user_load(slot->base + page * PAGE_SIZE, &value) || value != slot->value[page]) {
		pr_err_ratelimited("mm: thread %u: page %u at %lx holds %llx, not %llx\n",
				   lane->index, page, slot->base, value, slot->value[page]);
		shadow->wrong++;
	}
}

static void unmap(struct kw_lane *lane, struct slot *slot)
{
	struct shadow *shadow = lane->shadow;
	unsigned long base = slot->base;
	u64 value;

	if (user_call2(munmap, base, slot->pages * PAGE_SIZE))
		shadow->wrong++;
	/* Another thread may have been given the place meanwhile, but nobody has what was there. */
	if (user_load(base, &value) && value && value == slot->value[0])
		shadow->wrong++;
	slot->base = 0;
}

static void store(struct kw_lane *lane, struct slot *slot, unsigned int page)
{
	struct shadow *shadow = lane->shadow;
	u64 value = MAGIC << 32 | (u64)lane->index << 32 | ++shadow->written;
	bool done = user_store(slot->base + page * PAGE_SIZE, value);

	if (done == slot->read_only)
		shadow->wrong++;
	if (done)
		slot->value[page] = value;
}

static void protect(struct kw_lane *lane, struct slot *slot)
{
	slot->read_only = !slot->read_only;
	if (user_call3(mprotect, slot->base, slot->pages * PAGE_SIZE,
		       slot->read_only ? PROT_READ : RW))
		((struct shadow *)lane->shadow)->wrong++;
}

static void discard(struct kw_lane *lane, struct slot *slot)
{
	if (user_call3(madvise, slot->base, slot->pages * PAGE_SIZE, MADV_DONTNEED))
		((struct shadow *)lane->shadow)->wrong++;
	memset(slot->value, 0, sizeof(slot->value));
}

/* The parent waits, so its shadow is the child's too; what the child writes is its own. */
static int child(void *arg)
{
	struct kw_lane *lane = arg;
	struct shadow *shadow = lane->shadow;
	unsigned int i;

	plat_category(PLAT_CAT_APP);
	for (i = 0; i < SLOTS; i++) {
		struct slot *slot = &shadow->slot[i];

		if (!slot->base)
			continue;
		check(lane, slot, 0);
		if (!slot->read_only)
			user_store(slot->base, ~0ULL);
	}
	return 0;
}

static void fork_and_wait(struct kw_lane *lane)
{
	struct shadow *shadow = lane->shadow;
	pid_t pid = user_clone(child, lane, SIGCHLD);

	if (pid < 0 || user_call4(wait4, pid, 0, 0, 0) != pid)
		shadow->wrong++;
}

/* Of any thread, mapped still or not: if there is something, somebody here wrote it. */
static void look_around(struct kw_lane *lane)
{
	struct kw_lane *other = &lane->mm->lane[kw_mm_random(lane, lane->mm->plat->workers)];
	struct shadow *shadow = lane->shadow, *theirs = other->shadow;
	unsigned long base = READ_ONCE(theirs->slot[kw_mm_random(lane, SLOTS)].latest);
	u64 value;

	if (base && user_load(base, &value) && value && value >> 48 != MAGIC >> 16)
		shadow->wrong++;
}

static void operate(struct kw_lane *lane)
{
	struct shadow *shadow = lane->shadow;
	struct slot *slot = &shadow->slot[kw_mm_random(lane, SLOTS)];
	u32 dice = kw_mm_random(lane, 128);

	if (!slot->base)
		map(lane, slot);
	else if (dice < 20)
		unmap(lane, slot);
	else if (dice < 60)
		store(lane, slot, kw_mm_random(lane, slot->pages));
	else if (dice < 90)
		check(lane, slot, kw_mm_random(lane, slot->pages));
	else if (dice < 100)
		protect(lane, slot);
	else if (dice < 106)
		discard(lane, slot);
	else if (dice < 107)
		fork_and_wait(lane);
	else
		look_around(lane);
}

void kw_mm_random_worker(struct kw_lane *lane)
{
	const struct plat_mm *plat = lane->mm->plat;
	struct shadow *shadow = lane->shadow;

	while (kw_mm_next(lane)) {
		unsigned int wrong = shadow->wrong;

		plat_mm_begin(plat->id, lane->index);
		operate(lane);
		plat_mm_done(plat->id, lane->index, PLAT_MM_OPERATION,
			     shadow->wrong == wrong ? 0 : -EIO);
		user_step();
	}
}
