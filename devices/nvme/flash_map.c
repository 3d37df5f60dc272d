/* SPDX-License-Identifier: MIT */
#include "devices/nvme/flash_map.h"

#include <stdlib.h>

#define TABLE_FIRST 1024u          /* entries at the start */
#define LEAF_UNITS  32768u         /* of the bitmap */
#define EMPTY       0xffffffffu    /* key; no unit has this number */

struct entry {
	uint32_t unit, value;
};

struct flash_map {
	struct entry *table;
	uint32_t entries, used;    /* entries: a power of two */
	uint64_t **leaf;           /* bitmap of deallocated units */
	uint32_t leaves, leaves_used;
	bool cleared;              /* no entry means FLASH_NOWHERE */
};

/* The finaliser of MurmurHash3: neighbours must not collide. */
static uint32_t hash(uint32_t unit)
{
	unit ^= unit >> 16;
	unit *= 0x85ebca6bu;
	unit ^= unit >> 13;
	unit *= 0xc2b2ae35u;
	return unit ^ unit >> 16;
}

static struct entry *table_new(uint32_t entries)
{
	struct entry *table = malloc(entries * sizeof(*table));

	for (uint32_t i = 0; table && i < entries; i++)
		table[i].unit = EMPTY;
	return table;
}

struct flash_map *flash_map_create(uint32_t units)
{
	struct flash_map *map = calloc(1, sizeof(*map));

	if (!map)
		return NULL;
	map->entries = TABLE_FIRST;
	map->table = table_new(map->entries);
	map->leaves = units / LEAF_UNITS + 1;
	map->leaf = calloc(map->leaves, sizeof(*map->leaf));
	if (!map->table || !map->leaf) {
		flash_map_destroy(map);
		return NULL;
	}
	return map;
}

static void free_leaves(struct flash_map *map)
{
	for (uint32_t i = 0; map->leaf && i < map->leaves; i++) {
		free(map->leaf[i]);
		map->leaf[i] = NULL;
	}
	map->leaves_used = 0;
}

void flash_map_destroy(struct flash_map *map)
{
	if (!map)
		return;
	free_leaves(map);
	free(map->leaf);
	free(map->table);
	free(map);
}

/* The unit's entry, or the empty one where it would go. */
static struct entry *find(const struct flash_map *map, uint32_t unit)
{
	uint32_t i = hash(unit) & (map->entries - 1);

	while (map->table[i].unit != unit && map->table[i].unit != EMPTY)
		i = (i + 1) & (map->entries - 1);
	return &map->table[i];
}

uint32_t flash_map_get(const struct flash_map *map, uint32_t unit)
{
	const struct entry *entry = find(map, unit);
	const uint64_t *leaf;

	if (entry->unit == unit)
		return entry->value;
	leaf = map->leaf[unit / LEAF_UNITS];
	if (map->cleared || (leaf && leaf[unit % LEAF_UNITS / 64] >> unit % 64 & 1))
		return FLASH_NOWHERE;
	return FLASH_INITIAL;
}

static bool grow(struct flash_map *map)
{
	struct entry *old = map->table;
	uint32_t entries = map->entries;

	map->table = table_new(2 * entries);
	if (!map->table) {
		map->table = old;
		return false;
	}
	map->entries = 2 * entries;
	for (uint32_t i = 0; i < entries; i++) {
		if (old[i].unit != EMPTY)
			*find(map, old[i].unit) = old[i];
	}
	free(old);
	return true;
}

static bool mark_nowhere(struct flash_map *map, uint32_t unit)
{
	uint64_t **leaf = &map->leaf[unit / LEAF_UNITS];

	if (map->cleared)
		return true;
	if (!*leaf) {
		*leaf = calloc(LEAF_UNITS / 64, sizeof(**leaf));
		if (!*leaf)
			return false;
		map->leaves_used++;
	}
	(*leaf)[unit % LEAF_UNITS / 64] |= 1ull << unit % 64;
	return true;
}

bool flash_map_set(struct flash_map *map, uint32_t unit, uint32_t value)
{
	struct entry *entry = find(map, unit);

	if (entry->unit == unit) {
		entry->value = value;
		return true;
	}
	if (value == FLASH_NOWHERE)
		return mark_nowhere(map, unit);
	/* At most three quarters full. */
	if (map->used >= map->entries / 4 * 3) {
		if (!grow(map))
			return false;
		entry = find(map, unit);
	}
	*entry = (struct entry){ unit, value };
	map->used++;
	return true;
}

void flash_map_clear(struct flash_map *map)
{
	free_leaves(map);
	for (uint32_t i = 0; i < map->entries; i++)
		map->table[i].unit = EMPTY;
	map->used = 0;
	map->cleared = true;
}

uint64_t flash_map_bytes(const struct flash_map *map)
{
	return (uint64_t)map->entries * sizeof(struct entry) +
	       map->leaves * sizeof(uint64_t *) + (uint64_t)map->leaves_used * (LEAF_UNITS / 8);
}
