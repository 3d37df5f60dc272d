/* SPDX-License-Identifier: MIT */
/* The cores' TLBs for user addresses: two levels, pages of 4 KiB and 2 MiB, entries tagged with an
 * address-space identifier, caches of upper table entries, and the walker that reads the tables in
 * simulated memory and sets accessed and dirty bits. The tables are x86-64's with four levels
 * (Intel SDM vol. 3, 4.5 and 4.10); an entry goes only when software invalidates it or another
 * takes its place (true LRU within a set), so software that forgets an invalidation goes on with
 * the old one.
 *
 * Each entry remembers where it was read from. A hit whose table entry has changed since is told to
 * the caller, who knows whether that is a flush under way or a hole; the access goes on with the
 * old translation, as in hardware.
 *
 * Not modelled: 1 GiB pages, protection keys, speculative fills, an instruction TLB, entries of
 * kernel addresses (the kernel lives in large pages that are never unmapped). */
#ifndef DOORBELL_CPU_TLB_H
#define DOORBELL_CPU_TLB_H

#include <stdbool.h>
#include <stdint.h>

#include "model/core/sim.h"

#define TLB_ASIDS 256u             /* identifiers 0..255 */

/* Bits of a table entry. */
#define TLB_PRESENT  (1ULL << 0)
#define TLB_WRITE    (1ULL << 1)
#define TLB_USER     (1ULL << 2)
#define TLB_ACCESSED (1ULL << 5)
#define TLB_DIRTY    (1ULL << 6)
#define TLB_LARGE    (1ULL << 7)
#define TLB_ADDRESS  0x0000fffffffff000ULL

struct tlb_shape {
	unsigned entries, ways;        /* entries / ways is a power of two */
};

enum tlb_walk_level { TLB_LEVEL_2M, TLB_LEVEL_1G, TLB_LEVEL_512G, TLB_WALK_LEVELS };

struct tlb_cfg {
	unsigned cores;
	struct tlb_shape small, large; /* first level, for 4 KiB and 2 MiB */
	struct tlb_shape second;       /* both sizes */
	/* Entries of the walker's caches, which map 2 MiB, 1 GiB, 512 GiB. */
	unsigned walk_cache[TLB_WALK_LEVELS];
	uint64_t hit_ticks;            /* every access */
	uint64_t second_ticks;         /* a hit in the second level, in addition */
};

struct tlb_ops {
	/* The table entry at a physical address; NULL if that is no memory. */
	uint64_t *(*entry)(void *ctx, uint64_t pa);
	void *ctx;
};

struct tlb_answer {
	uint64_t pa;                   /* 0: a page fault */
	uint64_t ticks;                /* cost, reads of tables apart */
	unsigned reads;                /* of tables */
	/* The translation used (or, of a walk, an upper entry) is not what the table says now: */
	bool stale;
	uint64_t stale_entry;          /* what is used */
	uint64_t table_entry;          /* what is in the table's place */
	uint64_t stamp;                /* the caller's, of when it was read */
};

struct tlb_counts {
	uint64_t second_hits, misses, walk_reads, faults, stale;
};

struct tlb;

int tlb_create(struct tlb **out, struct sim *sim, const struct tlb_cfg *cfg,
	       const struct tlb_ops *ops);
void tlb_destroy(struct tlb *tlb);

/* The core's address space from now on. Its entries of earlier are good still. */
void tlb_load(struct tlb *tlb, unsigned core, unsigned asid, uint64_t root);
/* The quick way: the physical address if the first level has it and nothing is to be told; else 0,
 * and nothing has changed. */
uint64_t tlb_quick(struct tlb *tlb, unsigned core, uint64_t va, bool write);
/* One access. `stamp` is kept with what is read from tables now. */
struct tlb_answer tlb_access(struct tlb *tlb, unsigned core, uint64_t va, bool write,
			     uint64_t stamp);

/* INVLPG for the loaded space: the page, and all upper entries of the identifier (SDM 4.10.4.1). */
void tlb_invalidate_page(struct tlb *tlb, unsigned core, unsigned asid, uint64_t va);
/* INVPCID, or a load of CR3 that does not keep. */
void tlb_invalidate_asid(struct tlb *tlb, unsigned core, unsigned asid);
void tlb_invalidate_all(struct tlb *tlb, unsigned core);

struct tlb_counts tlb_counts(const struct tlb *tlb);

#endif
