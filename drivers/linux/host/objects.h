/* SPDX-License-Identifier: MIT */
/* Objects of the kernel's slab allocator in the checking build: which memory is of an object that
 * was freed, who freed it, and how many there are. Not modelled: pages of their own; caches whose
 * objects RCU lets others look at (SLAB_TYPESAFE_BY_RCU). */
#ifndef DOORBELL_DRIVERS_LINUX_OBJECTS_H
#define DOORBELL_DRIVERS_LINUX_OBJECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/linux/host/dma_rules.h"

struct objects;

/* For `pages` pages of RAM from physical 0 on; NULL without memory. */
struct objects *objects_create(uint64_t pages);
void objects_destroy(struct objects *objects);
/* A bit for each 8 bytes: they are of a freed object. */
unsigned char *objects_freed(struct objects *objects);
void objects_free(struct objects *objects, uint64_t pa, uint64_t bytes, const char *cache,
		  const struct dma_rules_where *where);
void objects_alloc(struct objects *objects, uint64_t pa, uint64_t bytes, const char *cache);
/* No objects' memory any more. */
void objects_forget(struct objects *objects, uint64_t pa, uint64_t bytes);
/* Objects that are there, of caches whose names begin so. */
uint64_t objects_live(const struct objects *objects, const char *caches);
/* An access breaks the rule: `text` says how. False: it does not, or its place was told before. */
bool objects_access(struct objects *objects, uint64_t pa, uint64_t bytes, bool write,
		    const struct dma_rules_where *where, char *text, unsigned text_bytes);
bool objects_is_freed(const struct objects *objects, uint64_t pa, uint64_t bytes);

#endif
