/* SPDX-License-Identifier: MIT */
/* A set-associative cache of the unit: replacement by set, and a hash index over all entries, so
 * that a lookup costs the host the same whatever the geometry is. A set is a list from the entry
 * that was used last to the one that goes next; free entries are at its end, and are taken first
 * with every kind of replacement. Not modelled: pseudo-LRU. */
#ifndef DOORBELL_IOMMU_CACHE_H
#define DOORBELL_IOMMU_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/core/random.h"
#include "model/core/time.h"

#define IOMMU_KEY_VALID (1ULL << 63)   /* every key has it; 0 is a free entry */

struct iommu_entry {
	uint64_t key;
	struct at ready;        /* the walk that filled it ends then */
	uint64_t value, more;   /* the owner's */
	uint32_t newer, older;  /* neighbours in the set */
	uint32_t set;
};

struct iommu_cache {
	struct iommu_entry *entries;
	uint32_t count, ways, sets;
	uint32_t *first, *last; /* of each set: used last, goes next */
	uint32_t *index;        /* open addressing: entry + 1, 0 = empty */
	uint32_t index_mask;
	unsigned index_shift;
	bool fifo;              /* a hit does not count as a use */
	struct random *random;  /* if not NULL, it chooses what goes when a set is full */
};

/* False when memory is short; ways divides count. */
bool iommu_cache_init(struct iommu_cache *cache, uint32_t count, uint32_t ways, bool fifo);
void iommu_cache_free(struct iommu_cache *cache);
/* An entry of this key: the one there is, else the one of the set that goes next. place chooses
 * the set. The caller fills ready, value and more. */
struct iommu_entry *iommu_cache_put(struct iommu_cache *cache, uint64_t key, uint64_t place);
void iommu_cache_remove(struct iommu_cache *cache, struct iommu_entry *entry);
void iommu_cache_clear(struct iommu_cache *cache);
/* Removes what `match` says. */
void iommu_cache_remove_if(struct iommu_cache *cache,
			   bool (*match)(const struct iommu_entry *entry, const void *arg),
			   const void *arg);
void iommu_cache_touch(struct iommu_cache *cache, struct iommu_entry *entry);

static inline uint32_t iommu_cache_slot(const struct iommu_cache *cache, uint64_t key)
{
	return (uint32_t)(key * 0x9e3779b97f4a7c15ULL >> cache->index_shift);
}

/* Without counting as a use. */
static inline struct iommu_entry *iommu_cache_peek(const struct iommu_cache *cache, uint64_t key)
{
	uint32_t slot = iommu_cache_slot(cache, key), number;

	for (; (number = cache->index[slot]); slot = (slot + 1) & cache->index_mask)
		if (cache->entries[number - 1].key == key)
			return &cache->entries[number - 1];
	return NULL;
}

static inline struct iommu_entry *iommu_cache_find(struct iommu_cache *cache, uint64_t key)
{
	struct iommu_entry *entry = iommu_cache_peek(cache, key);

	if (entry && !cache->fifo && cache->first[entry->set] != entry - cache->entries)
		iommu_cache_touch(cache, entry);
	return entry;
}

#endif
