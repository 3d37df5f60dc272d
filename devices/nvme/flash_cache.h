/* SPDX-License-Identifier: MIT */
/* The part of the mapping table that is in the controller's memory: which of the table's pages, in
 * sets of eight ways, the least recently used one replaced. Not modelled: writing changed pages of
 * the table back, and the look-ups' own time. */
#ifndef DOORBELL_NVME_FLASH_CACHE_H
#define DOORBELL_NVME_FLASH_CACHE_H

#include <stdbool.h>
#include <stdint.h>

struct flash_cache;

/* NULL when memory is short. `pages` of the table fit, at least eight. */
struct flash_cache *flash_cache_create(uint32_t pages);
void flash_cache_destroy(struct flash_cache *cache);
/* True: the page was there. Else it is from now on. */
bool flash_cache_touch(struct flash_cache *cache, uint32_t page);
uint64_t flash_cache_misses(const struct flash_cache *cache);

#endif
