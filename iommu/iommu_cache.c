/* SPDX-License-Identifier: MIT */
#include "iommu/iommu_cache.h"

#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"

#define NONE UINT32_MAX

static void list_build(struct iommu_cache *cache)
{
	for (uint32_t set = 0; set < cache->sets; set++) {
		uint32_t from = set * cache->ways, to = from + cache->ways - 1;

		cache->first[set] = from;
		cache->last[set] = to;
		for (uint32_t i = from; i <= to; i++) {
			cache->entries[i].newer = i == from ? NONE : i - 1;
			cache->entries[i].older = i == to ? NONE : i + 1;
			cache->entries[i].set = set;
		}
	}
}

bool iommu_cache_init(struct iommu_cache *cache, uint32_t count, uint32_t ways, bool fifo)
{
	unsigned bits = 3;

	ASSERT(count && ways && count % ways == 0);
	while (1u << bits < 4 * count)
		bits++;
	cache->count = count;
	cache->ways = ways;
	cache->sets = count / ways;
	cache->fifo = fifo;
	cache->index_mask = (1u << bits) - 1;
	cache->index_shift = 64 - bits;
	cache->entries = calloc(count, sizeof(cache->entries[0]));
	cache->first = calloc(cache->sets, sizeof(cache->first[0]));
	cache->last = calloc(cache->sets, sizeof(cache->last[0]));
	cache->index = calloc((size_t)1 << bits, sizeof(cache->index[0]));
	if (!cache->entries || !cache->first || !cache->last || !cache->index)
		return false;
	list_build(cache);
	return true;
}

void iommu_cache_free(struct iommu_cache *cache)
{
	free(cache->entries);
	free(cache->first);
	free(cache->last);
	free(cache->index);
}

static void unlink_entry(struct iommu_cache *cache, struct iommu_entry *entry)
{
	if (entry->newer == NONE)
		cache->first[entry->set] = entry->older;
	else
		cache->entries[entry->newer].older = entry->older;
	if (entry->older == NONE)
		cache->last[entry->set] = entry->newer;
	else
		cache->entries[entry->older].newer = entry->newer;
}

static void link_first(struct iommu_cache *cache, struct iommu_entry *entry)
{
	uint32_t number = (uint32_t)(entry - cache->entries), head = cache->first[entry->set];

	entry->newer = NONE;
	entry->older = head;
	if (head == NONE)
		cache->last[entry->set] = number;
	else
		cache->entries[head].newer = number;
	cache->first[entry->set] = number;
}

static void link_last(struct iommu_cache *cache, struct iommu_entry *entry)
{
	uint32_t number = (uint32_t)(entry - cache->entries), tail = cache->last[entry->set];

	entry->older = NONE;
	entry->newer = tail;
	if (tail == NONE)
		cache->first[entry->set] = number;
	else
		cache->entries[tail].older = number;
	cache->last[entry->set] = number;
}

void iommu_cache_touch(struct iommu_cache *cache, struct iommu_entry *entry)
{
	unlink_entry(cache, entry);
	link_first(cache, entry);
}

static void index_add(struct iommu_cache *cache, const struct iommu_entry *entry)
{
	uint32_t slot = iommu_cache_slot(cache, entry->key);

	while (cache->index[slot])
		slot = (slot + 1) & cache->index_mask;
	cache->index[slot] = (uint32_t)(entry - cache->entries) + 1;
}

/* Entries behind the hole move up unless they would pass their own slot. */
static void index_remove(struct iommu_cache *cache, const struct iommu_entry *entry)
{
	uint32_t mask = cache->index_mask, hole = iommu_cache_slot(cache, entry->key), slot;

	while (cache->index[hole] != (uint32_t)(entry - cache->entries) + 1)
		hole = (hole + 1) & mask;
	for (slot = (hole + 1) & mask; cache->index[slot]; slot = (slot + 1) & mask) {
		uint64_t key = cache->entries[cache->index[slot] - 1].key;

		if (((slot - iommu_cache_slot(cache, key)) & mask) >= ((slot - hole) & mask)) {
			cache->index[hole] = cache->index[slot];
			hole = slot;
		}
	}
	cache->index[hole] = 0;
}

static struct iommu_entry *goes_next(struct iommu_cache *cache, uint32_t set)
{
	struct iommu_entry *entry = &cache->entries[cache->last[set]];

	if (!entry->key || !cache->random)
		return entry;
	return &cache->entries[set * cache->ways +
			       (uint32_t)random_below(cache->random, cache->ways)];
}

struct iommu_entry *iommu_cache_put(struct iommu_cache *cache, uint64_t key, uint64_t place)
{
	struct iommu_entry *entry = iommu_cache_peek(cache, key);

	if (!entry) {
		entry = goes_next(cache, (uint32_t)(place % cache->sets));
		if (entry->key)
			index_remove(cache, entry);
		entry->key = key;
		index_add(cache, entry);
	}
	iommu_cache_touch(cache, entry);
	return entry;
}

void iommu_cache_remove(struct iommu_cache *cache, struct iommu_entry *entry)
{
	index_remove(cache, entry);
	entry->key = 0;
	unlink_entry(cache, entry);
	link_last(cache, entry);
}

void iommu_cache_clear(struct iommu_cache *cache)
{
	for (uint32_t i = 0; i < cache->count; i++)
		cache->entries[i].key = 0;
	memset(cache->index, 0, ((size_t)cache->index_mask + 1) * sizeof(cache->index[0]));
	list_build(cache);
}

void iommu_cache_remove_if(struct iommu_cache *cache,
			   bool (*match)(const struct iommu_entry *entry, const void *arg),
			   const void *arg)
{
	for (uint32_t i = 0; i < cache->count; i++)
		if (cache->entries[i].key && match(&cache->entries[i], arg))
			iommu_cache_remove(cache, &cache->entries[i]);
}
