/* SPDX-License-Identifier: MIT */
/* Where units are, as far as it differs from the layout the medium started with: a hash table of
 * what was touched, and a bitmap of what was deallocated without having been written. Memory grows
 * with what is touched. Not modelled: the form of the device's own table (flash_cache.h has its
 * cost). */
#ifndef DOORBELL_NVME_FLASH_MAP_H
#define DOORBELL_NVME_FLASH_MAP_H

#include <stdbool.h>
#include <stdint.h>

/* Values of an entry: a place in flash below FLASH_PLACES, a slot of the write buffer above it. */
#define FLASH_PLACES  0xff000000u
#define FLASH_SLOTS   0x00fffff0u
#define FLASH_NOWHERE 0xffffffffu    /* deallocated, or never written */
#define FLASH_INITIAL 0xfffffffeu    /* no entry: where the layout says */

struct flash_map;

/* NULL when memory is short. */
struct flash_map *flash_map_create(uint32_t units);
void flash_map_destroy(struct flash_map *map);
uint32_t flash_map_get(const struct flash_map *map, uint32_t unit);
/* False when memory is short. */
bool flash_map_set(struct flash_map *map, uint32_t unit, uint32_t value);
/* Everything is FLASH_NOWHERE. */
void flash_map_clear(struct flash_map *map);
uint64_t flash_map_bytes(const struct flash_map *map);

#endif
