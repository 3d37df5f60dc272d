/* SPDX-License-Identifier: MIT */
#include "drivers/linux/host/objects.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/linux/host/symbols.h"

#define PAGE_BYTES 4096u
#define HISTORY    4096u   /* of so many freed objects it is known who freed them */
#define PLACES     64u
#define CACHES     512u

struct freed {
	uint64_t pa, bytes;
	const char *cache;
	struct dma_rules_where where;
};

struct objects {
	uint64_t bytes;
	unsigned char *bits;
	struct freed history[HISTORY];
	unsigned next;
	uintptr_t told[PLACES];
	unsigned told_count;
	struct {
		const char *name;
		int64_t live;
	} cache[CACHES];
};

struct objects *objects_create(uint64_t pages)
{
	struct objects *objects = calloc(1, sizeof(*objects));

	if (!objects)
		return NULL;
	objects->bytes = pages * PAGE_BYTES;
	objects->bits = calloc(pages, PAGE_BYTES / 64);
	if (!objects->bits) {
		free(objects);
		return NULL;
	}
	return objects;
}

void objects_destroy(struct objects *objects)
{
	if (objects)
		free(objects->bits);
	free(objects);
}

unsigned char *objects_freed(struct objects *objects)
{
	return objects->bits;
}

/* Of the whole words among the bytes. */
static void mark(struct objects *objects, uint64_t pa, uint64_t bytes, bool freed)
{
	if (pa + bytes > objects->bytes)
		return;
	for (uint64_t word = (pa + 7) >> 3; word < (pa + bytes) >> 3; word++)
		if (freed)
			objects->bits[word >> 3] |= (unsigned char)(1u << (word & 7));
		else
			objects->bits[word >> 3] &= (unsigned char)~(1u << (word & 7));
}

/* By the address of its name, which a cache keeps. */
static void count(struct objects *objects, const char *cache, int by)
{
	unsigned at = (unsigned)((uintptr_t)cache / 16) % CACHES, tries = 0;

	while (objects->cache[at].name && objects->cache[at].name != cache && tries++ < CACHES)
		at = (at + 1) % CACHES;
	if (objects->cache[at].name && objects->cache[at].name != cache)
		return;
	objects->cache[at].name = cache;
	objects->cache[at].live += by;
}

uint64_t objects_live(const struct objects *objects, const char *caches)
{
	int64_t sum = 0;

	for (unsigned i = 0; i < CACHES; i++)
		if (objects->cache[i].name &&
		    !strncmp(objects->cache[i].name, caches, strlen(caches)))
			sum += objects->cache[i].live;
	return sum > 0 ? (uint64_t)sum : 0;
}

void objects_free(struct objects *objects, uint64_t pa, uint64_t bytes, const char *cache,
		  const struct dma_rules_where *where)
{
	mark(objects, pa, bytes, true);
	count(objects, cache, -1);
	objects->history[objects->next++ % HISTORY] = (struct freed){ pa, bytes, cache, *where };
}

void objects_alloc(struct objects *objects, uint64_t pa, uint64_t bytes, const char *cache)
{
	mark(objects, pa, bytes, false);
	count(objects, cache, 1);
}

void objects_forget(struct objects *objects, uint64_t pa, uint64_t bytes)
{
	mark(objects, pa, bytes, false);
}

bool objects_is_freed(const struct objects *objects, uint64_t pa, uint64_t bytes)
{
	for (uint64_t word = pa >> 3; word <= (pa + bytes - 1) >> 3; word++)
		if (word < objects->bytes >> 3 && objects->bits[word >> 3] >> (word & 7) & 1)
			return true;
	return false;
}

static const struct freed *freed_at(const struct objects *objects, uint64_t pa)
{
	for (unsigned i = 1; i <= HISTORY; i++) {
		const struct freed *freed = &objects->history[(objects->next - i) % HISTORY];

		if (pa >= freed->pa && pa - freed->pa < freed->bytes)
			return freed;
	}
	return NULL;
}

/* The slab allocator's own looks at what is free, through functions of others. */
static bool is_allocators(const struct dma_rules_where *where)
{
	static const char *const name[] = {
		"check_bytes_and_report", "check_object",        "check_slab", "slab_pad_check",
		"free_debug_processing",  "alloc_debug_process", "free_to_partial_list",
		"__slab_alloc",           "___slab_alloc",       "validate_slab",
	};

	for (unsigned i = 0; i < where->count && i < 4; i++) {
		const char *function = symbols_function_name(symbols_function(where->pc[i]));

		for (unsigned n = 0; n < sizeof(name) / sizeof(name[0]); n++)
			if (!strncmp(function, name[n], strlen(name[n])))
				return true;
	}
	return false;
}

bool objects_access(struct objects *objects, uint64_t pa, uint64_t bytes, bool write,
		    const struct dma_rules_where *where, char *text, unsigned text_bytes)
{
	uintptr_t pc = dma_rules_place(where);
	const struct freed *freed = freed_at(objects, pa);
	char name[128], by[128] = "somebody";

	if (is_allocators(where))
		return false;
	for (unsigned i = 0; i < objects->told_count; i++)
		if (objects->told[i] == pc)
			return false;
	if (objects->told_count < PLACES)
		objects->told[objects->told_count++] = pc;
	symbols_name(pc, name, sizeof(name));
	if (freed)
		symbols_name(dma_rules_place(&freed->where), by, sizeof(by));
	snprintf(text, text_bytes,
		 "memory.freed: %s at %" PRIu64 " ns on cpu%u %s %" PRIu64
		 " bytes of an object that was freed; %s object, byte %" PRIu64 " of %" PRIu64
		 ", freed by %s at %" PRIu64 " ns",
		 name, (uint64_t)(where->time.ps / PS_PER_NS), where->core, write ? "writes" : "reads", bytes,
		 freed ? freed->cache : "an", freed ? pa - freed->pa : 0, freed ? freed->bytes : 0,
		 by, freed ? (uint64_t)(freed->where.time.ps / PS_PER_NS) : 0);
	return true;
}
