// SPDX-License-Identifier: GPL-2.0
/* Operations at random on mappings of each thread's own, with a shadow of what every page must
 * hold: mapping, unmapping, moving (mremap), protecting, discarding, fork, and migration of pages
 * to other memory as compaction does it. Threads read each other's mappings too, so that
 * translations are in many cores' TLBs when they go. With `huge` one mapping of each thread is a
 * huge page, of which every 64th small page is watched; operations on one of these split it. */
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/mman.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/vmstat.h>
#include "mm.h"

#define SLOTS		16
#define SLOT_PAGES	8
#define HUGE_STRIDE	(PMD_SIZE / PAGE_SIZE / SLOT_PAGES)
#define RW		(PROT_READ | PROT_WRITE)
#define MAP		(MAP_PRIVATE | MAP_ANONYMOUS)
/* Upper half of every value written. */
#define MAGIC		0xd0bb0000ULL

/* mm/internal.h */
bool folio_isolate_lru(struct folio *folio);

struct slot {
	unsigned long base;		/* 0: not mapped */
	unsigned long latest;		/* base of the latest mapping, gone or not */
	unsigned int pages;		/* that are watched, each `stride` pages from the next */
	unsigned int stride;
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

static void count_wrong(struct kw_lane *lane, bool wrong)
{
	((struct shadow *)lane->shadow)->wrong += wrong;
}

static unsigned long address_of(const struct slot *slot, unsigned int page)
{
	return slot->base + (unsigned long)page * slot->stride * PAGE_SIZE;
}

static unsigned long bytes_of(const struct slot *slot)
{
	return (unsigned long)slot->pages * slot->stride * PAGE_SIZE;
}

/* 2 MiB where a huge page can be: what was mapped too much goes again. */
static long map_huge(struct kw_lane *lane)
{
	unsigned long all = user_call6(mmap, 0, 2 * PMD_SIZE, RW, MAP, -1, 0);
	unsigned long base = ALIGN(all, PMD_SIZE);

	if (IS_ERR_VALUE(all))
		return all;
	if (base != all)
		count_wrong(lane, user_call2(munmap, all, base - all));
	count_wrong(lane, user_call2(munmap, base + PMD_SIZE, all + PMD_SIZE - base));
	count_wrong(lane, user_call3(madvise, base, PMD_SIZE, MADV_HUGEPAGE));
	return base;
}

static void map(struct kw_lane *lane, struct slot *slot)
{
	bool huge = lane->mm->plat->huge && slot == ((struct shadow *)lane->shadow)->slot;
	unsigned int pages = huge ? SLOT_PAGES : 1 + kw_mm_random(lane, SLOT_PAGES);
	long base = huge ? map_huge(lane) : user_call6(mmap, 0, pages * PAGE_SIZE, RW, MAP, -1, 0);

	if (IS_ERR_VALUE(base)) {
		count_wrong(lane, true);
		return;
	}
	memset(slot, 0, sizeof(*slot));
	slot->pages = pages;
	slot->stride = huge ? HUGE_STRIDE : 1;
	slot->base = base;
	WRITE_ONCE(slot->latest, base);
}

static void check(struct kw_lane *lane, struct slot *slot, unsigned int page)
{
	struct shadow *shadow = lane->shadow;
	u64 value = 0;

	if (!user_load(address_of(slot, page), &value) || value != slot->value[page]) {
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

	if (user_call2(munmap, base, bytes_of(slot)))
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
	bool done = user_store(address_of(slot, page), value);

	if (done == slot->read_only)
		shadow->wrong++;
	if (done)
		slot->value[page] = value;
}

static void protect(struct kw_lane *lane, struct slot *slot)
{
	slot->read_only = !slot->read_only;
	count_wrong(lane, user_call3(mprotect, slot->base, bytes_of(slot),
				     slot->read_only ? PROT_READ : RW));
}

static void discard(struct kw_lane *lane, struct slot *slot)
{
	count_wrong(lane, user_call3(madvise, slot->base, bytes_of(slot), MADV_DONTNEED));
	memset(slot->value, 0, sizeof(slot->value));
}

static void discard_page(struct kw_lane *lane, struct slot *slot, unsigned int page)
{
	count_wrong(lane,
		    user_call3(madvise, address_of(slot, page), PAGE_SIZE, MADV_DONTNEED));
	slot->value[page] = 0;
}

/* To another place, and to another size: what is new is empty. */
static void move(struct kw_lane *lane, struct slot *slot)
{
	unsigned int pages = slot->stride > 1 ? SLOT_PAGES : 1 + kw_mm_random(lane, SLOT_PAGES);
	unsigned long bytes = (unsigned long)pages * slot->stride * PAGE_SIZE;
	unsigned long place = user_call6(mmap, 0, 2 * bytes, PROT_NONE, MAP, -1, 0);
	unsigned long to = slot->stride > 1 ? ALIGN(place, PMD_SIZE) : place;
	unsigned int i;

	if (IS_ERR_VALUE(place) ||
	    user_call5(mremap, slot->base, bytes_of(slot), bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
		       to) != to) {
		count_wrong(lane, true);
		return;
	}
	if (to != place)
		count_wrong(lane, user_call2(munmap, place, to - place));
	count_wrong(lane, user_call2(munmap, to + bytes, place + bytes - to));
	for (i = slot->pages; i < pages; i++)
		slot->value[i] = 0;
	slot->base = to;
	slot->pages = pages;
	WRITE_ONCE(slot->latest, to);
}

static struct folio *other_memory(struct folio *folio, unsigned long unused)
{
	return folio_alloc(GFP_HIGHUSER_MOVABLE, folio_order(folio));
}

/* As compaction does: the page's content goes to other memory, and all translations with it. It may
 * fail, as others may hold the page. */
static void migrate(struct kw_lane *lane, struct slot *slot, unsigned int page)
{
	unsigned long category = kw_syscall_enter();
	struct page *found;
	struct folio *folio;
	LIST_HEAD(list);

	if (get_user_pages_fast(address_of(slot, page), 1, 0, &found) == 1) {
		folio = page_folio(found);
		lru_add_drain();
		if (!is_zero_folio(folio) && folio_isolate_lru(folio)) {
			list_add(&folio->lru, &list);
			node_stat_mod_folio(folio, NR_ISOLATED_ANON + folio_is_file_lru(folio),
					    folio_nr_pages(folio));
		}
		folio_put(folio);
	}
	if (!list_empty(&list) &&
	    migrate_pages(&list, other_memory, NULL, 0, MIGRATE_SYNC, MR_COMPACTION, NULL))
		putback_movable_pages(&list);
	kw_syscall_leave(category);
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
	u32 dice = kw_mm_random(lane, 128), page;

	if (!slot->base) {
		map(lane, slot);
		return;
	}
	page = kw_mm_random(lane, slot->pages);
	if (dice < 15)
		unmap(lane, slot);
	else if (dice < 55)
		store(lane, slot, page);
	else if (dice < 80)
		check(lane, slot, page);
	else if (dice < 88)
		protect(lane, slot);
	else if (dice < 92)
		discard(lane, slot);
	else if (dice < 96)
		discard_page(lane, slot, page);
	else if (dice < 102)
		move(lane, slot);
	else if (dice < 108)
		migrate(lane, slot, page);
	else if (dice < 109)
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
