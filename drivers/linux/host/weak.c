/* SPDX-License-Identifier: MIT */
#include "drivers/linux/host/weak.h"

#include <stdlib.h>
#include <string.h>

#include "model/core/random.h"

#define PENDING      32
#define PAST         16384u   /* old values that are known, of 8 bytes each */
#define BUCKETS      8192u
#define SEEN         4096u
#define ACCESS_BYTES 16u
#define PAGE_SHIFT   12
#define DEVICE_BYTES 2048u    /* of one write of a device */
/* How long a store waits at most: a power of two of these, by seed. */
#define WAIT_PS      250000u
#define WAIT_OCTAVES 6

/* Not visible yet. While the core does not run, memory has `old` and `young` is kept here. */
struct store {
	uint64_t pa, since_ps;
	unsigned bytes;
	unsigned char old[ACCESS_BYTES], young[ACCESS_BYTES];
};

/* What 8 bytes held until moment `moment`. */
struct past {
	uint64_t granule, moment, value, older;
};

/* Of one core: its stores that wait, and from which moment on values may be of. */
struct view {
	struct store store[PENDING];
	unsigned stores;
	bool out;
	uint64_t floor;               /* of all loads, */
	uint64_t *of_page;            /* of those through pointers to a page, */
	struct {
		uint64_t granule, moment;
	} seen[SEEN];                 /* of a location */
};

struct weak {
	unsigned char *ram;
	uint64_t bytes;
	struct random random;
	unsigned cores;
	struct view *view;
	uint64_t moment;
	struct past past[PAST];       /* the n-th at n % PAST, from 1 on */
	uint64_t pasts;
	uint64_t newest[BUCKETS];
	uint64_t wait_ps;
	struct {
		uint64_t pa;
		unsigned bytes;
		unsigned char now[ACCESS_BYTES];
	} lent;
};

void weak_destroy(struct weak *weak)
{
	if (!weak)
		return;
	for (unsigned c = 0; weak->view && c < weak->cores; c++)
		free(weak->view[c].of_page);
	free(weak->view);
	free(weak);
}

struct weak *weak_create(void *ram, uint64_t pages, unsigned cores, uint64_t seed)
{
	struct weak *weak = calloc(1, sizeof(*weak));

	if (!weak)
		return NULL;
	weak->ram = ram;
	weak->bytes = pages << PAGE_SHIFT;
	weak->cores = cores;
	weak->moment = 1;
	weak->view = calloc(cores, sizeof(*weak->view));
	for (unsigned c = 0; weak->view && c < cores; c++) {
		weak->view[c].floor = 1;
		weak->view[c].out = true;
		weak->view[c].of_page = calloc(pages, sizeof(uint64_t));
		if (!weak->view[c].of_page)
			break;
	}
	if (!weak->view || !weak->view[cores - 1].of_page) {
		weak_destroy(weak);
		return NULL;
	}
	random_init(&weak->random, seed, "weak");
	weak->wait_ps = (uint64_t)WAIT_PS << random_below(&weak->random, WAIT_OCTAVES);
	return weak;
}

/* ---- what was there before ---- */

static unsigned bucket(uint64_t granule)
{
	return (unsigned)(granule * 0x9e3779b97f4a7c15u >> 51) % BUCKETS;
}

static void remember(struct weak *weak, uint64_t pa, uint64_t bytes)
{
	for (uint64_t granule = pa >> 3; granule <= (pa + bytes - 1) >> 3; granule++) {
		uint64_t n = ++weak->pasts;
		struct past *past = &weak->past[n % PAST];
		uint64_t *newest = &weak->newest[bucket(granule)];

		past->granule = granule;
		past->moment = ++weak->moment;
		past->older = *newest;
		memcpy(&past->value, weak->ram + (granule << 3), 8);
		*newest = n;
	}
}

void weak_device_write(struct weak *weak, uint64_t pa, uint64_t bytes)
{
	if (pa < weak->bytes && bytes && bytes < weak->bytes - pa)
		remember(weak, pa, bytes < DEVICE_BYTES ? bytes : DEVICE_BYTES);
}

/* One of the values that the location had after `floor`, and not now; NULL: none. */
static const struct past *pick(struct weak *weak, uint64_t granule, uint64_t floor)
{
	const struct past *picked = NULL;
	unsigned count = 0;

	for (uint64_t n = weak->newest[bucket(granule)]; n && n + PAST > weak->pasts;
	     n = weak->past[n % PAST].older) {
		const struct past *past = &weak->past[n % PAST];

		if (past->moment <= floor)
			break;
		if (past->granule == granule && !random_below(&weak->random, ++count))
			picked = past;
	}
	return picked;
}

/* ---- what a core has seen ---- */

static uint64_t seen(const struct view *view, uint64_t granule)
{
	unsigned at = (unsigned)(granule % SEEN);

	return view->seen[at].granule == granule ? view->seen[at].moment : 0;
}

/* Another location loses its place: then no load may be of before that moment. */
static void note_seen(struct view *view, uint64_t granule, uint64_t moment)
{
	unsigned at = (unsigned)(granule % SEEN);

	if (view->seen[at].granule != granule && view->seen[at].moment > view->floor)
		view->floor = view->seen[at].moment;
	view->seen[at].granule = granule;
	view->seen[at].moment = moment;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* A pointer was loaded that was there at `moment`: what it points to, and around, comes later. */
static void note_pointer(const struct weak *weak, struct view *view, uint64_t value,
			 uint64_t moment)
{
	uint64_t pa = value - (uint64_t)weak->ram, page, last;

	if (pa >= weak->bytes)
		return;
	page = (pa > 2048 ? pa - 2048 : 0) >> PAGE_SHIFT;
	last = (pa + 4096 < weak->bytes ? pa + 4096 : pa) >> PAGE_SHIFT;
	for (; page <= last; page++)
		view->of_page[page] = later(view->of_page[page], moment);
}

/* ---- stores ---- */

static void drop(struct view *view, unsigned at)
{
	view->stores--;
	memmove(&view->store[at], &view->store[at + 1],
		(view->stores - at) * sizeof(view->store[0]));
}

static bool overlap(const struct store *store, uint64_t pa, uint64_t bytes)
{
	return store->pa < pa + bytes && pa < store->pa + store->bytes;
}

/* Those to the same bytes become visible first, as do those before them. */
static void drop_same(struct view *view, uint64_t pa, uint64_t bytes)
{
	for (unsigned i = 0; i < view->stores;)
		if (overlap(&view->store[i], pa, bytes))
			drop(view, i);
		else
			i++;
}

static void drop_old(const struct weak *weak, struct view *view, uint64_t now_ps)
{
	for (unsigned i = 0; i < view->stores;)
		if (view->store[i].since_ps + weak->wait_ps < now_ps)
			drop_same(view, view->store[i].pa, view->store[i].bytes), i = 0;
		else
			i++;
}

static void store(struct weak *weak, struct view *view, uint64_t pa, unsigned bytes,
		  uint64_t now_ps)
{
	struct store *store;

	remember(weak, pa, bytes);
	for (uint64_t granule = pa >> 3; granule <= (pa + bytes - 1) >> 3; granule++)
		note_seen(view, granule, weak->moment);
	drop_old(weak, view, now_ps);
	drop_same(view, pa, bytes);
	if (view->stores == PENDING || random_below(&weak->random, 2))
		return;
	store = &view->store[view->stores++];
	store->pa = pa;
	store->bytes = bytes;
	store->since_ps = now_ps;
	memcpy(store->old, weak->ram + pa, bytes);
}

/* Waiting stores never overlap, so their order does not matter here. */
void weak_out(struct weak *weak, unsigned core, uint64_t now_ps)
{
	struct view *view = &weak->view[core];

	weak_return(weak);
	drop_old(weak, view, now_ps);
	view->out = true;
	for (unsigned i = 0; i < view->stores; i++) {
		struct store *store = &view->store[i];

		memcpy(store->young, weak->ram + store->pa, store->bytes);
		memcpy(weak->ram + store->pa, store->old, store->bytes);
	}
}

void weak_in(struct weak *weak, unsigned core)
{
	struct view *view = &weak->view[core];

	if (view->out)
		for (unsigned i = 0; i < view->stores; i++) {
			struct store *store = &view->store[i];

			memcpy(store->old, weak->ram + store->pa, store->bytes);
			memcpy(weak->ram + store->pa, store->young, store->bytes);
		}
	view->out = false;
}

/* ---- loads ---- */

void weak_return(struct weak *weak)
{
	memcpy(weak->ram + weak->lent.pa, weak->lent.now, weak->lent.bytes);
	weak->lent.bytes = 0;
}

/* One time in four, if there is an old value at all. */
static bool load(struct weak *weak, struct view *view, uint64_t pa, unsigned bytes)
{
	uint64_t granule = pa >> 3, moment = weak->moment, value = 0;
	uint64_t floor = later(later(view->floor, seen(view, granule)),
			       view->of_page[pa >> PAGE_SHIFT]);
	const struct past *past = NULL;
	unsigned char *at = weak->ram + pa;

	if (granule == (pa + bytes - 1) >> 3)
		past = pick(weak, granule, floor);
	if (past && random_below(&weak->random, 4))
		past = NULL;
	if (past && memcmp(at, (const unsigned char *)&past->value + (pa & 7), bytes)) {
		weak->lent.pa = pa;
		weak->lent.bytes = bytes;
		memcpy(weak->lent.now, at, bytes);
		memcpy(at, (const unsigned char *)&past->value + (pa & 7), bytes);
		moment = past->moment - 1;
	}
	if (moment > floor)
		note_seen(view, granule, moment);
	if (bytes == 8) {
		memcpy(&value, at, 8);
		note_pointer(weak, view, value, moment);
	}
	return weak->lent.bytes != 0;
}

bool weak_access(struct weak *weak, unsigned core, uint64_t pa, uint64_t bytes, bool write,
		 uint64_t now_ps)
{
	struct view *view = &weak->view[core];

	if (bytes > ACCESS_BYTES || pa >= weak->bytes - ACCESS_BYTES)
		return false;
	if (!write)
		return load(weak, view, pa, (unsigned)bytes);
	store(weak, view, pa, (unsigned)bytes, now_ps);
	return false;
}

void weak_order(struct weak *weak, unsigned core, bool loads, bool stores)
{
	struct view *view = &weak->view[core];

	if (loads)
		view->floor = weak->moment;
	if (stores)
		view->stores = 0;
}
