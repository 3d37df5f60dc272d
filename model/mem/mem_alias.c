/* SPDX-License-Identifier: MIT */
/* Second mappings of RAM. The host's own table cannot be asked, so ours remembers what lies where:
 * a sorted array, searched by halves. Mappings that continue each other are one entry, as they are
 * one area for the host. */
#include "model/mem/mem_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "model/core/assert.h"

#define MEM_MAPS_FIRST 64

/* Index of the first entry that ends above va. */
static size_t map_find(const struct mem *mem, uint64_t va)
{
	size_t low = 0, high = mem->map_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (mem->maps[mid].va + mem->maps[mid].bytes > va)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* Room for two more entries: an insertion, and the split that may come before it. */
static int map_room(struct mem *mem)
{
	size_t capacity = mem->map_capacity ? mem->map_capacity * 2 : MEM_MAPS_FIRST;
	struct mem_map *maps;

	if (mem->map_count + 2 <= mem->map_capacity)
		return SIM_OK;
	maps = realloc(mem->maps, capacity * sizeof(*maps));
	if (!maps)
		return sim_fail(mem->sim, SIM_ERR_MEMORY, "memory: out of host memory for aliases");
	mem->maps = maps;
	mem->map_capacity = capacity;
	return SIM_OK;
}

static void map_open(struct mem *mem, size_t at)
{
	memmove(&mem->maps[at + 1], &mem->maps[at], (mem->map_count - at) * sizeof(*mem->maps));
	mem->map_count++;
}

static void map_close(struct mem *mem, size_t at, size_t count)
{
	mem->map_count -= count;
	memmove(&mem->maps[at], &mem->maps[at + count], (mem->map_count - at) * sizeof(*mem->maps));
}

static bool map_continues(const struct mem_map *a, const struct mem_map *b)
{
	return a->va + a->bytes == b->va && a->pa + a->bytes == b->pa;
}

static void map_insert(struct mem *mem, struct mem_map map)
{
	size_t at = map_find(mem, map.va);

	if (at > 0 && map_continues(&mem->maps[at - 1], &map)) {
		at--;
		mem->maps[at].bytes += map.bytes;
	} else {
		map_open(mem, at);
		mem->maps[at] = map;
	}
	if (at + 1 < mem->map_count && map_continues(&mem->maps[at], &mem->maps[at + 1])) {
		mem->maps[at].bytes += mem->maps[at + 1].bytes;
		map_close(mem, at + 1, 1);
	}
}

/* Forgets [va, va + bytes), unmapping only what is ours. Needs room for one split. */
static void map_cut(struct mem *mem, uint64_t va, uint64_t bytes)
{
	uint64_t end = va + bytes;
	size_t first = map_find(mem, va), last;

	for (last = first; last < mem->map_count && mem->maps[last].va < end; last++) {
		struct mem_map *map = &mem->maps[last];
		uint64_t from = map->va > va ? map->va : va;
		uint64_t to = map->va + map->bytes < end ? map->va + map->bytes : end;

		munmap((void *)from, to - from);
	}
	if (first < last && mem->maps[first].va < va) {
		struct mem_map *map = &mem->maps[first];
		uint64_t keep = va - map->va;

		if (map->va + map->bytes > end) {
			map_open(mem, first + 1);
			map = &mem->maps[first];
			mem->maps[first + 1] = (struct mem_map){
				end, map->pa + (end - map->va), map->va + map->bytes - end };
			map->bytes = keep;
			return;
		}
		map->bytes = keep;
		first++;
	}
	if (first < last) {
		struct mem_map *map = &mem->maps[last - 1];

		if (map->va + map->bytes > end) {
			uint64_t gone = end - map->va;

			*map = (struct mem_map){ end, map->pa + gone, map->bytes - gone };
			last--;
		}
	}
	map_close(mem, first, last - first);
}

static bool alias_range_ok(const struct mem *mem, uint64_t va, uint64_t bytes)
{
	uint64_t base = (uint64_t)mem->base;

	if (!bytes || va % MEM_PAGE_BYTES || bytes % MEM_PAGE_BYTES || va < MEM_PAGE_BYTES)
		return false;
	if (va > UINT64_MAX - bytes)
		return false;
	return va + bytes <= base || va >= base + mem->span_bytes;
}

static int alias_map(struct mem *mem, const struct mem_map *map, int fixed)
{
	void *at = mmap((void *)map->va, map->bytes, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_NORESERVE | fixed, mem->fd, (off_t)map->pa);

	if (at == (void *)map->va)
		return SIM_OK;
	if (at != MAP_FAILED)
		munmap(at, map->bytes);
	return sim_fail(mem->sim, SIM_ERR_HOST, "memory: cannot map RAM again at 0x%llx: %s",
			(unsigned long long)map->va,
			at == MAP_FAILED ? strerror(errno) : "address in use");
}

int mem_alias(struct mem *mem, uint64_t va, uint64_t pa, uint64_t bytes)
{
	struct mem_map map = { va, pa, bytes };
	int err;

	if (!alias_range_ok(mem, va, bytes) || pa % MEM_PAGE_BYTES || !mem_at(mem, pa, bytes))
		return sim_fail(mem->sim, SIM_ERR_CONFIG,
				"memory: no alias of 0x%llx bytes at 0x%llx for physical 0x%llx",
				(unsigned long long)bytes, (unsigned long long)va,
				(unsigned long long)pa);
	err = map_room(mem);
	if (err)
		return err;
	map_cut(mem, va, bytes);
	err = alias_map(mem, &map, MAP_FIXED_NOREPLACE);
	if (!err)
		map_insert(mem, map);
	return err;
}

void mem_unalias(struct mem *mem, uint64_t va, uint64_t bytes)
{
	if (!bytes || va > UINT64_MAX - bytes || va % MEM_PAGE_BYTES || bytes % MEM_PAGE_BYTES)
		return;
	ASSERT(map_room(mem) == SIM_OK);
	map_cut(mem, va, bytes);
}

size_t mem_aliases(const struct mem *mem)
{
	return mem->map_count;
}

int mem_map_aliases(struct mem *mem)
{
	int err = SIM_OK;

	for (size_t i = 0; i < mem->map_count && !err; i++)
		err = alias_map(mem, &mem->maps[i], MAP_FIXED);
	return err;
}
