/* SPDX-License-Identifier: MIT */
#include "devices/nvme/flash_cache.h"

#include <stdlib.h>

#define WAYS  8u
#define EMPTY UINT32_MAX

struct line {
	uint32_t page;
	uint64_t used;
};

struct flash_cache {
	struct line *line;
	uint32_t sets;
	uint64_t now, misses;
};

struct flash_cache *flash_cache_create(uint32_t pages)
{
	struct flash_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	cache->sets = pages / WAYS ? pages / WAYS : 1;
	cache->line = calloc((size_t)cache->sets * WAYS, sizeof(*cache->line));
	if (!cache->line) {
		free(cache);
		return NULL;
	}
	for (size_t i = 0; i < (size_t)cache->sets * WAYS; i++)
		cache->line[i].page = EMPTY;
	return cache;
}

void flash_cache_destroy(struct flash_cache *cache)
{
	if (!cache)
		return;
	free(cache->line);
	free(cache);
}

bool flash_cache_touch(struct flash_cache *cache, uint32_t page)
{
	struct line *set = &cache->line[(size_t)(page % cache->sets) * WAYS], *oldest = set;

	cache->now++;
	for (unsigned way = 0; way < WAYS; way++) {
		if (set[way].page == page) {
			set[way].used = cache->now;
			return true;
		}
		if (set[way].used < oldest->used)
			oldest = &set[way];
	}
	*oldest = (struct line){ page, cache->now };
	cache->misses++;
	return false;
}

uint64_t flash_cache_misses(const struct flash_cache *cache)
{
	return cache->misses;
}
