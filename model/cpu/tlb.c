/* SPDX-License-Identifier: MIT */
/* An entry's tag holds page number, size, identifier and the identifier's epoch, so that a lookup
 * is one comparison a way and an identifier is flushed by a new epoch. Section numbers: Intel SDM
 * vol. 3. */
#include "model/cpu/tlb.h"

#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"

#define SMALL_SHIFT   12
#define LARGE_SHIFT   21
#define LARGE_TAG     (1ULL << 35)     /* page numbers have 34 bits: addresses below 2^46 */
#define ASID_SHIFT    36
#define EPOCH_SHIFT   48
#define EPOCHS        65536u
#define TABLE_MASK    0xff8ULL
#define MAX_VA        (1ULL << 46)
#define LARGE_ADDRESS (TLB_ADDRESS & ~((1ULL << LARGE_SHIFT) - 1))

struct entry {
	uint64_t tag;                  /* 0: free */
	uint64_t pte;                  /* as used */
	uint64_t seen;                 /* of the table, when last compared */
	const uint64_t *where;
	uint64_t stamp;
	uint64_t used;                 /* turn of its last use */
};

struct array {
	struct entry *entry;
	uint64_t mask;                 /* sets - 1 */
	unsigned ways, entries, shift;
};

struct core_tlb {
	struct array small, large, second;
	struct array walk[TLB_WALK_LEVELS];
	uint64_t root, high;           /* high: identifier and epoch, as in tags */
	unsigned asid;
	uint32_t epoch[TLB_ASIDS];
	uint32_t walk_epoch[TLB_ASIDS];
	uint64_t turn;
	struct tlb_counts counts;
};

struct tlb {
	struct tlb_cfg cfg;
	struct tlb_ops ops;
	struct core_tlb core[];
};

/* ---- creation ---- */

static bool init_array(struct array *array, struct tlb_shape shape, unsigned shift)
{
	unsigned sets = shape.ways ? shape.entries / shape.ways : 0;

	if (!sets || sets * shape.ways != shape.entries || sets & (sets - 1))
		return false;
	array->entry = calloc(shape.entries, sizeof(*array->entry));
	ASSERT(array->entry);
	array->mask = sets - 1;
	array->ways = shape.ways;
	array->entries = shape.entries;
	array->shift = shift;
	return true;
}

static bool init_core(struct tlb *tlb, struct core_tlb *core)
{
	static const unsigned shift[TLB_WALK_LEVELS] = { 21, 30, 39 };
	bool good = init_array(&core->small, tlb->cfg.small, SMALL_SHIFT) &&
		    init_array(&core->large, tlb->cfg.large, LARGE_SHIFT) &&
		    init_array(&core->second, tlb->cfg.second, SMALL_SHIFT);

	for (unsigned l = 0; l < TLB_WALK_LEVELS && good; l++) {
		struct tlb_shape shape = { tlb->cfg.walk_cache[l], tlb->cfg.walk_cache[l] };

		good = init_array(&core->walk[l], shape, shift[l]);
	}
	/* From 1 on, as tag 0 is a free entry. */
	for (unsigned a = 0; a < TLB_ASIDS; a++)
		core->epoch[a] = core->walk_epoch[a] = 1;
	core->high = 1ULL << EPOCH_SHIFT;
	return good;
}

int tlb_create(struct tlb **out, struct sim *sim, const struct tlb_cfg *cfg,
	       const struct tlb_ops *ops)
{
	struct tlb *tlb = calloc(1, sizeof(*tlb) + cfg->cores * sizeof(tlb->core[0]));

	*out = NULL;
	if (!tlb)
		return sim_fail(sim, SIM_ERR_MEMORY, "no memory for the TLBs");
	tlb->cfg = *cfg;
	tlb->ops = *ops;
	for (unsigned c = 0; c < cfg->cores; c++) {
		if (init_core(tlb, &tlb->core[c]))
			continue;
		tlb_destroy(tlb);
		return sim_fail(sim, SIM_ERR_CONFIG,
				"a TLB's entries must be its ways times a power of two");
	}
	*out = tlb;
	return SIM_OK;
}

void tlb_destroy(struct tlb *tlb)
{
	for (unsigned c = 0; tlb && c < tlb->cfg.cores; c++) {
		struct core_tlb *core = &tlb->core[c];

		free(core->small.entry);
		free(core->large.entry);
		free(core->second.entry);
		for (unsigned l = 0; l < TLB_WALK_LEVELS; l++)
			free(core->walk[l].entry);
	}
	free(tlb);
}

/* ---- entries ---- */

static inline struct entry *set_of(const struct array *array, uint64_t number)
{
	return array->entry + (number & array->mask) * array->ways;
}

static inline struct entry *find(const struct array *array, uint64_t number, uint64_t tag)
{
	struct entry *set = set_of(array, number);

	for (unsigned way = 0; way < array->ways; way++)
		if (set[way].tag == tag)
			return &set[way];
	return NULL;
}

/* Its old place, a free one, or that of the entry that was not used for longest. */
static struct entry *place(const struct array *array, uint64_t number, uint64_t tag)
{
	struct entry *set = set_of(array, number), *best = &set[0];

	for (unsigned way = 0; way < array->ways; way++) {
		if (set[way].tag == tag)
			return &set[way];
		if (best->tag && (!set[way].tag || set[way].used < best->used))
			best = &set[way];
	}
	return best;
}

static void insert(struct core_tlb *core, const struct array *array, uint64_t number,
		   const struct entry *entry)
{
	struct entry *at = place(array, number, entry->tag);

	*at = *entry;
	at->used = ++core->turn;
}

static void drop(const struct array *array, uint64_t number, uint64_t tag)
{
	struct entry *entry = find(array, number, tag);

	if (entry)
		entry->tag = 0;
}

static void drop_asid(const struct array *array, unsigned asid)
{
	for (unsigned i = 0; i < array->entries; i++)
		if ((array->entry[i].tag >> ASID_SHIFT & (TLB_ASIDS - 1)) == asid)
			array->entry[i].tag = 0;
}

static uint64_t high_of(unsigned asid, const uint32_t *epoch)
{
	return (uint64_t)asid << ASID_SHIFT | (uint64_t)epoch[asid] << EPOCH_SHIFT;
}

static inline bool allows(const struct entry *entry, bool write)
{
	uint64_t need = write ? TLB_USER | TLB_WRITE | TLB_DIRTY : TLB_USER;

	return (entry->pte & need) == need;
}

static inline uint64_t address_in(const struct entry *entry, uint64_t va)
{
	return entry->pte & TLB_LARGE
		       ? (entry->pte & LARGE_ADDRESS) | (va & ((1ULL << LARGE_SHIFT) - 1))
		       : (entry->pte & TLB_ADDRESS) | (va & ((1ULL << SMALL_SHIFT) - 1));
}

/* ---- lookup ---- */

static inline struct entry *first_level(struct core_tlb *core, uint64_t va)
{
	struct entry *entry = find(&core->small, va >> SMALL_SHIFT, va >> SMALL_SHIFT | core->high);

	return entry ? entry
		     : find(&core->large, va >> LARGE_SHIFT,
			    va >> LARGE_SHIFT | LARGE_TAG | core->high);
}

uint64_t tlb_quick(struct tlb *tlb, unsigned id, uint64_t va, bool write)
{
	struct core_tlb *core = &tlb->core[id];
	struct entry *entry = first_level(core, va);

	if (!entry || !allows(entry, write) || *entry->where != entry->seen)
		return 0;
	entry->used = ++core->turn;
	return address_in(entry, va);
}

/* Would the access go otherwise by the table? A change of the accessed bit, which hardware itself
 * and page ageing make without a flush, of bits that only software reads, and more rights than the
 * entry has are none that matter; fewer do only to who uses them. */
static bool differs(const struct entry *entry, uint64_t now, bool write)
{
	uint64_t used = TLB_PRESENT | TLB_USER | (write ? TLB_WRITE | TLB_DIRTY : 0);

	return (entry->pte & ~now & used) || ((entry->pte ^ now) & (TLB_ADDRESS | TLB_LARGE));
}

static void compare(struct core_tlb *core, struct entry *entry, bool write,
		    struct tlb_answer *answer)
{
	uint64_t now = *entry->where;

	if (now == entry->seen)
		return;
	if (!differs(entry, now, true)) {
		entry->seen = now;
	} else if (differs(entry, now, write)) {
		/* Not noted as seen: every use is told. */
		answer->stale = true;
		answer->stale_entry = entry->pte;
		answer->table_entry = now;
		answer->stamp = entry->stamp;
		core->counts.stale++;
	}
}

static struct entry *second_level(struct core_tlb *core, uint64_t va, bool write,
				  struct array **first, uint64_t *number)
{
	struct entry *entry =
		find(&core->second, va >> SMALL_SHIFT, va >> SMALL_SHIFT | core->high);

	*first = &core->small;
	*number = va >> SMALL_SHIFT;
	if (!entry) {
		entry = find(&core->second, va >> LARGE_SHIFT,
			     va >> LARGE_SHIFT | LARGE_TAG | core->high);
		*first = &core->large;
		*number = va >> LARGE_SHIFT;
	}
	return entry && allows(entry, write) ? entry : NULL;
}

/* ---- walk (4.5, 4.10.3) ---- */

/* The lowest table that the paging-structure caches know; *level: tables still to be read - 1. */
static uint64_t start_table(struct core_tlb *core, uint64_t va, unsigned *level,
			    struct tlb_answer *answer)
{
	uint64_t high = high_of(core->asid, core->walk_epoch);

	for (unsigned l = 0; l < TLB_WALK_LEVELS; l++) {
		uint64_t number = va >> core->walk[l].shift;
		struct entry *entry = find(&core->walk[l], 0, number | high);

		if (!entry)
			continue;
		entry->used = ++core->turn;
		compare(core, entry, false, answer);
		*level = l;
		return entry->pte & TLB_ADDRESS;
	}
	*level = TLB_WALK_LEVELS;
	return core->root;
}

static void remember(struct core_tlb *core, unsigned level, uint64_t va, uint64_t *where,
		     uint64_t stamp)
{
	struct entry entry = { .tag = va >> core->walk[level].shift |
				      high_of(core->asid, core->walk_epoch),
			       .pte = *where, .seen = *where, .where = where, .stamp = stamp };

	insert(core, &core->walk[level], 0, &entry);
}

/* The leaf entry, NULL if something above it is absent or it is not there itself. */
static uint64_t *leaf_of(struct tlb *tlb, struct core_tlb *core, uint64_t va, uint64_t stamp,
			 struct tlb_answer *answer)
{
	unsigned level;
	uint64_t table = start_table(core, va, &level, answer);

	for (;;) {
		unsigned shift = SMALL_SHIFT + 9 * level;
		uint64_t *entry =
			tlb->ops.entry(tlb->ops.ctx, table | (va >> shift << 3 & TABLE_MASK));

		answer->reads++;
		if (!entry || !(*entry & TLB_PRESENT))
			return NULL;
		if (!level || (*entry & TLB_LARGE))
			return entry;
		table = *entry & TLB_ADDRESS;
		remember(core, --level, va, entry, stamp);
	}
}

static void drop_page(struct core_tlb *core, unsigned asid, uint64_t va)
{
	uint64_t high = high_of(asid, core->epoch);
	uint64_t small = va >> SMALL_SHIFT, large = va >> LARGE_SHIFT;

	drop(&core->small, small, small | high);
	drop(&core->second, small, small | high);
	drop(&core->large, large, large | LARGE_TAG | high);
	drop(&core->second, large, large | LARGE_TAG | high);
}

static void fill(struct core_tlb *core, uint64_t va, uint64_t *where, uint64_t stamp)
{
	bool large = *where & TLB_LARGE;
	uint64_t number = va >> (large ? LARGE_SHIFT : SMALL_SHIFT);
	struct entry entry = { .tag = number | (large ? LARGE_TAG : 0) | core->high,
			       .pte = *where, .seen = *where, .where = where, .stamp = stamp };

	insert(core, large ? &core->large : &core->small, number, &entry);
	insert(core, &core->second, number, &entry);
}

static void walk(struct tlb *tlb, struct core_tlb *core, uint64_t va, bool write, uint64_t stamp,
		 struct tlb_answer *answer)
{
	uint64_t need = TLB_PRESENT | TLB_USER | (write ? TLB_WRITE : 0);
	uint64_t *leaf = leaf_of(tlb, core, va, stamp, answer);

	core->counts.misses++;
	core->counts.walk_reads += answer->reads;
	/* Whatever is cached for the address goes: it lacked the right, or the dirty bit (4.10.4.1:
	 * so does a page fault). */
	drop_page(core, core->asid, va);
	if (!leaf || (*leaf & need) != need) {
		core->counts.faults++;
		return;
	}
	*leaf |= TLB_ACCESSED | (write ? TLB_DIRTY : 0);
	fill(core, va, leaf, stamp);
	answer->pa = address_in(&(struct entry){ .pte = *leaf }, va);
}

struct tlb_answer tlb_access(struct tlb *tlb, unsigned id, uint64_t va, bool write, uint64_t stamp)
{
	struct core_tlb *core = &tlb->core[id];
	struct tlb_answer answer = { .ticks = tlb->cfg.hit_ticks };
	struct entry *entry = first_level(core, va);
	struct array *first;
	uint64_t number;

	if (va >= MAX_VA)
		return answer;
	if (entry && allows(entry, write)) {
		entry->used = ++core->turn;
		compare(core, entry, write, &answer);
		answer.pa = address_in(entry, va);
		return answer;
	}
	answer.ticks += tlb->cfg.second_ticks;
	entry = second_level(core, va, write, &first, &number);
	if (!entry) {
		walk(tlb, core, va, write, stamp, &answer);
		return answer;
	}
	core->counts.second_hits++;
	entry->used = ++core->turn;
	compare(core, entry, write, &answer);
	insert(core, first, number, entry);
	answer.pa = address_in(entry, va);
	return answer;
}

/* ---- software's part ---- */

void tlb_load(struct tlb *tlb, unsigned id, unsigned asid, uint64_t root)
{
	struct core_tlb *core = &tlb->core[id];

	ASSERT(asid < TLB_ASIDS);
	core->asid = asid;
	core->root = root & TLB_ADDRESS;
	core->high = high_of(asid, core->epoch);
}

/* Epochs that come round would bring entries of old back. */
static void next_epoch(struct core_tlb *core, uint32_t *epoch, unsigned asid, bool walks)
{
	if (++epoch[asid] < EPOCHS)
		return;
	epoch[asid] = 1;
	if (walks) {
		for (unsigned l = 0; l < TLB_WALK_LEVELS; l++)
			drop_asid(&core->walk[l], asid);
	} else {
		drop_asid(&core->small, asid);
		drop_asid(&core->large, asid);
		drop_asid(&core->second, asid);
	}
}

void tlb_invalidate_page(struct tlb *tlb, unsigned id, unsigned asid, uint64_t va)
{
	struct core_tlb *core = &tlb->core[id];

	drop_page(core, asid, va);
	next_epoch(core, core->walk_epoch, asid, true);
}

void tlb_invalidate_asid(struct tlb *tlb, unsigned id, unsigned asid)
{
	struct core_tlb *core = &tlb->core[id];

	ASSERT(asid < TLB_ASIDS);
	next_epoch(core, core->epoch, asid, false);
	next_epoch(core, core->walk_epoch, asid, true);
	core->high = high_of(core->asid, core->epoch);
}

void tlb_invalidate_all(struct tlb *tlb, unsigned id)
{
	for (unsigned asid = 0; asid < TLB_ASIDS; asid++)
		tlb_invalidate_asid(tlb, id, asid);
}

struct tlb_counts tlb_counts(const struct tlb *tlb)
{
	struct tlb_counts sum = { 0 };

	for (unsigned c = 0; c < tlb->cfg.cores; c++) {
		const struct tlb_counts *counts = &tlb->core[c].counts;

		sum.second_hits += counts->second_hits;
		sum.misses += counts->misses;
		sum.walk_reads += counts->walk_reads;
		sum.faults += counts->faults;
		sum.stale += counts->stale;
	}
	return sum;
}
