/* SPDX-License-Identifier: MIT */
#include "drivers/linux/host/weak.h"

#include <stdlib.h>
#include <string.h>

#include "drivers/linux/host/vmap.h"
#include "drivers/linux/host/weak_pause.h"
#include "model/core/random.h"

#define PENDING      32
#define PAST         65536u   /* old values that are known, of 8 bytes each */
#define BUCKET_BITS  15
#define SEEN         4096u
#define UNITS        4u       /* of a granule of 8 bytes: what is ordered with itself */
#define DEVICE       UINT32_MAX
#define LOOKED_AT    64u
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

/* What 8 bytes held until moment `moment`, when `by` wrote. */
struct past {
	uint64_t granule, moment, value, older;
	unsigned by;
};

/* Of one core: its stores that wait, and from which moment on values may be of. */
struct view {
	struct store store[PENDING];
	unsigned stores;
	bool out, early;
	uint64_t floor;               /* of all loads, */
	uint64_t *of_page;            /* of those through pointers to a page, */
	struct {
		uint64_t granule, moment[UNITS];
	} seen[SEEN];                 /* of a location */
	struct {
		uint64_t granule, value, moment;
	} pointer[SEEN];              /* and since when it is known to hold a pointer */
	struct {
		uint64_t granule, moment;
	} visit[SEEN];                /* when the core was there last */
};

struct weak {
	unsigned char *ram;
	uint64_t bytes;
	const struct vmap *vmap;
	struct random random;
	struct pauses pauses;
	unsigned cores;
	struct view *view;
	uint64_t moment;
	struct past past[PAST];       /* the n-th at n % PAST, from 1 on */
	uint64_t pasts;
	uint64_t newest[1u << BUCKET_BITS];
	uint64_t wait_ps;
	unsigned old_in;              /* of so many loads that could be early one is */
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
	weak->old_in = 2 + (unsigned)random_below(&weak->random, 3);
	pauses_init(&weak->pauses, seed);
	return weak;
}

void weak_set_vmap(struct weak *weak, const struct vmap *vmap)
{
	weak->vmap = vmap;
}

/* ---- what was there before ---- */

static unsigned bucket(uint64_t granule)
{
	return (unsigned)(granule * 0x9e3779b97f4a7c15u >> (64 - BUCKET_BITS));
}

/* What is of one cache line changes at once. */
static void remember(struct weak *weak, uint64_t pa, uint64_t bytes, unsigned by)
{
	weak->moment++;
	for (uint64_t granule = pa >> 3; granule <= (pa + bytes - 1) >> 3; granule++) {
		uint64_t n = ++weak->pasts;
		struct past *past = &weak->past[n % PAST];
		uint64_t *newest = &weak->newest[bucket(granule)];

		if (granule % 8 == 0)
			weak->moment++;
		past->by = by;
		past->granule = granule;
		past->moment = weak->moment;
		past->older = *newest;
		memcpy(&past->value, weak->ram + (granule << 3), 8);
		*newest = n;
	}
}

void weak_device_write(struct weak *weak, uint64_t pa, uint64_t bytes)
{
	if (pa < weak->bytes && bytes && bytes < weak->bytes - pa)
		remember(weak, pa, bytes < DEVICE_BYTES ? bytes : DEVICE_BYTES, DEVICE);
}

static const struct past *next_past(const struct weak *weak, uint64_t granule, uint64_t n)
{
	for (; n && n + PAST > weak->pasts; n = weak->past[n % PAST].older)
		if (weak->past[n % PAST].granule == granule)
			return &weak->past[n % PAST];
	return NULL;
}

/* A value of a location: an old one, or NULL for the present one, and since when it was there (0:
 * longer than is known). */
struct value {
	const struct past *old;
	uint64_t born;
};

/* The present value, or one of those that there were after `floor`. */
static struct value pick(struct weak *weak, uint64_t granule, uint64_t floor)
{
	const struct past *past = next_past(weak, granule, weak->newest[bucket(granule)]);
	struct value now = { NULL, past ? past->moment : 0 }, old = { NULL, 0 };
	unsigned count = 0;
	bool until_next = false;

	for (; past; past = next_past(weak, granule, past->older)) {
		if (until_next)
			old.born = past->moment;
		until_next = false;
		if (past->moment <= floor)
			break;
		if (random_below(&weak->random, ++count))
			continue;
		old = (struct value){ past, 0 };
		until_next = true;
	}
	return old.old && !random_below(&weak->random, weak->old_in) ? old : now;
}

/* ---- what a core has seen ---- */

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static unsigned unit(uint64_t pa)
{
	return (unsigned)(pa & 7) / (8 / UNITS);
}

/* Of bytes in one granule. */
static uint64_t seen(const struct view *view, uint64_t pa, uint64_t bytes)
{
	unsigned at = (unsigned)((pa >> 3) % SEEN);
	uint64_t moment = 0;

	if (view->seen[at].granule == pa >> 3)
		for (unsigned u = unit(pa); u <= unit(pa + bytes - 1); u++)
			moment = later(moment, view->seen[at].moment[u]);
	return moment;
}

/* Another location loses its place: then no load may be of before that moment. */
static void note_piece(struct view *view, uint64_t pa, uint64_t bytes, uint64_t moment)
{
	unsigned at = (unsigned)((pa >> 3) % SEEN);
	uint64_t *of_unit = view->seen[at].moment;

	if (view->seen[at].granule != pa >> 3)
		for (unsigned u = 0; u < UNITS; u++) {
			view->floor = later(view->floor, of_unit[u]);
			of_unit[u] = 0;
		}
	view->seen[at].granule = pa >> 3;
	for (unsigned u = unit(pa); u <= unit(pa + bytes - 1); u++)
		of_unit[u] = later(of_unit[u], moment);
}

static void note_seen(struct view *view, uint64_t pa, uint64_t bytes, uint64_t moment)
{
	while (bytes) {
		uint64_t piece = 8 - (pa & 7) < bytes ? 8 - (pa & 7) : bytes;

		note_piece(view, pa, piece, moment);
		pa += piece;
		bytes -= piece;
	}
}

/* Where an address of the kernel lies in RAM; not below weak->bytes: it does not. */
static uint64_t pa_of(const struct weak *weak, uint64_t address)
{
	uint64_t pa = address - (uint64_t)weak->ram;

	return pa >= weak->bytes && weak->vmap ? vmap_look(weak->vmap, address) : pa;
}

static void note_page(const struct weak *weak, struct view *view, uint64_t address,
		      uint64_t moment)
{
	uint64_t pa = pa_of(weak, address);

	if (pa < weak->bytes)
		view->of_page[pa >> PAGE_SHIFT] = later(view->of_page[pa >> PAGE_SHIFT], moment);
}

/* What a pointer points to, and around, is loaded after the pointer. That may have been as early as
 * this core has found it there, and `old` if it is not there any more. */
static void note_pointer(struct weak *weak, struct view *view, uint64_t granule,
			 const struct past *old)
{
	unsigned at = (unsigned)(granule % SEEN);
	uint64_t value, moment = old ? old->moment - 1 : weak->moment;

	memcpy(&value, weak->ram + (granule << 3), 8);
	if (pa_of(weak, value) >= weak->bytes)
		return;
	if (!old && view->pointer[at].granule == granule && view->pointer[at].value == value) {
		moment = view->pointer[at].moment;
	} else if (!old) {
		view->pointer[at].granule = granule;
		view->pointer[at].value = value;
		view->pointer[at].moment = moment;
	}
	note_page(weak, view, value - 2048, moment);
	for (uint64_t ahead = 2048; ahead <= 4096; ahead += 2048)
		note_page(weak, view, value + ahead, moment);
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

static void store(struct weak *weak, unsigned core, const struct weak_access *access)
{
	struct view *view = &weak->view[core];
	struct store *store;

	remember(weak, access->pa, access->bytes, core);
	note_seen(view, access->pa, access->bytes, weak->moment);
	drop_old(weak, view, access->now_ps);
	drop_same(view, access->pa, access->bytes);
	if (access->what == PLAT_WEAK_ATOMIC || view->stores == PENDING ||
	    random_below(&weak->random, 2))
		return;
	store = &view->store[view->stores++];
	store->pa = access->pa;
	store->bytes = (unsigned)access->bytes;
	store->since_ps = access->now_ps;
	memcpy(store->old, weak->ram + access->pa, access->bytes);
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

static void lend(struct weak *weak, const struct weak_access *access, uint64_t value)
{
	unsigned char *at = weak->ram + access->pa;

	weak->lent.pa = access->pa;
	weak->lent.bytes = (unsigned)access->bytes;
	memcpy(weak->lent.now, at, access->bytes);
	memcpy(at, (const unsigned char *)&value + (access->pa & 7), access->bytes);
}

static uint64_t floor_of(const struct view *view, uint64_t pa, uint64_t bytes)
{
	return later(later(view->floor, seen(view, pa, bytes)), view->of_page[pa >> PAGE_SHIFT]);
}

static bool load(struct weak *weak, struct view *view, const struct weak_access *access)
{
	uint64_t pa = access->pa, floor;
	struct value value;

	if (pa >> 3 != (pa + access->bytes - 1) >> 3) {
		note_seen(view, pa, access->bytes, weak->moment);
		return false;
	}
	floor = floor_of(view, pa, access->bytes);
	value = pick(weak, pa >> 3, floor);
	if (value.old)
		lend(weak, access, value.old->value);
	view->early |= value.old != NULL;
	if (value.born > floor)
		note_piece(view, pa, access->bytes, value.born);
	if (access->bytes == 8)
		note_pointer(weak, view, pa >> 3, value.old);
	return value.old != NULL;
}

static bool in_memory(const struct weak *weak, const struct weak_access *access)
{
	return access->bytes <= ACCESS_BYTES && access->pa < weak->bytes - ACCESS_BYTES;
}

bool weak_access(struct weak *weak, unsigned core, const struct weak_access *access)
{
	struct view *view = &weak->view[core];
	unsigned at = (unsigned)((access->pa >> 3) % SEEN);

	if (!in_memory(weak, access))
		return false;
	view->visit[at].granule = access->pa >> 3;
	view->visit[at].moment = weak->moment;
	if (access->what == PLAT_WEAK_LOAD)
		return load(weak, view, access);
	store(weak, core, access);
	return false;
}

/* When somebody else wrote there last, as far as is known; 0: never. */
static uint64_t foreign(const struct weak *weak, unsigned core, uint64_t granule)
{
	const struct past *past = next_past(weak, granule, weak->newest[bucket(granule)]);

	for (unsigned i = 0; past && i < LOOKED_AT; i++) {
		if (past->by != core)
			return past->moment;
		past = next_past(weak, granule, past->older);
	}
	return 0;
}

uint64_t weak_pause(struct weak *weak, unsigned core, const struct weak_access *access)
{
	const struct view *view = &weak->view[core];
	enum pause_place place = view->stores ? PAUSE_BEHIND_STORES : PAUSE_ANYWHERE;
	uint64_t granule = access->pa >> 3, moment, visited = 0;

	if (access->what == PLAT_WEAK_ATOMIC || !in_memory(weak, access))
		return 0;
	if (view->visit[granule % SEEN].granule == granule)
		visited = view->visit[granule % SEEN].moment;
	moment = foreign(weak, core, granule);
	if (access->what == PLAT_WEAK_LOAD) {
		if (moment <= visited && pauses_met(&weak->pauses, access->pc, access->now_ps))
			place = PAUSE_POLLED;
		if (moment)
			pauses_meet(&weak->pauses, access->pc, access->now_ps);
	}
	return pauses_draw(&weak->pauses, core, place, access->pc, access->now_ps);
}

bool weak_was_early(struct weak *weak, unsigned core)
{
	bool early = weak->view[core].early;

	weak->view[core].early = false;
	return early;
}

void weak_order(struct weak *weak, unsigned core, bool loads, bool stores)
{
	struct view *view = &weak->view[core];

	if (loads)
		view->floor = weak->moment;
	if (stores)
		view->stores = 0;
}
