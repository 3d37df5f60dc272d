/* SPDX-License-Identifier: MIT */
/* Which page of RAM lies at a page of the kernel's vmalloc area. Not modelled: mappings of anything
 * but RAM, which the area does not hold here. */
#ifndef DOORBELL_DRIVERS_LINUX_VMAP_H
#define DOORBELL_DRIVERS_LINUX_VMAP_H

#include <stdbool.h>
#include <stdint.h>

struct vmap {
	uint32_t *page;          /* of RAM, plus one; 0 = nothing is there */
	uint64_t pages;
};

#define VMAP_NOWHERE UINT64_MAX

/* False: no memory. */
bool vmap_set(struct vmap *vmap, uint64_t va, uint64_t pa, uint64_t bytes);
void vmap_clear(struct vmap *vmap, uint64_t va, uint64_t bytes);
/* The physical address, or VMAP_NOWHERE. */
uint64_t vmap_look(const struct vmap *vmap, uint64_t va);
void vmap_destroy(struct vmap *vmap);

#endif
