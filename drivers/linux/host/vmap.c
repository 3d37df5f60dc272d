/* SPDX-License-Identifier: MIT */
#include "drivers/linux/host/vmap.h"

#include <stdlib.h>
#include <string.h>

#include "drivers/linux/boundary.h"

#define PAGE_SHIFT 12
/* The area is given out from its beginning. */
#define PAGES_MAX  (1ull << 24)

static uint64_t index_of(uint64_t va)
{
	return va < PLAT_VMALLOC_BASE ? UINT64_MAX : (va - PLAT_VMALLOC_BASE) >> PAGE_SHIFT;
}

static bool reach(struct vmap *vmap, uint64_t pages)
{
	uint64_t room = vmap->pages ? vmap->pages : 1024;
	uint32_t *grown;

	while (room < pages)
		room *= 2;
	if (room == vmap->pages)
		return true;
	grown = realloc(vmap->page, room * sizeof(*grown));
	if (!grown)
		return false;
	memset(grown + vmap->pages, 0, (room - vmap->pages) * sizeof(*grown));
	vmap->page = grown;
	vmap->pages = room;
	return true;
}

bool vmap_set(struct vmap *vmap, uint64_t va, uint64_t pa, uint64_t bytes)
{
	uint64_t first = index_of(va), count = bytes >> PAGE_SHIFT;

	if (first >= PAGES_MAX || count > PAGES_MAX - first)
		return true;
	if (!reach(vmap, first + count))
		return false;
	for (uint64_t i = 0; i < count; i++)
		vmap->page[first + i] = (uint32_t)((pa >> PAGE_SHIFT) + i + 1);
	return true;
}

void vmap_clear(struct vmap *vmap, uint64_t va, uint64_t bytes)
{
	uint64_t first = index_of(va), end;

	if (first >= vmap->pages)
		return;
	end = first + (bytes >> PAGE_SHIFT);
	if (end > vmap->pages)
		end = vmap->pages;
	memset(&vmap->page[first], 0, (end - first) * sizeof(vmap->page[0]));
}

uint64_t vmap_look(const struct vmap *vmap, uint64_t va)
{
	uint64_t index = index_of(va);

	if (index >= vmap->pages || !vmap->page[index])
		return VMAP_NOWHERE;
	return ((uint64_t)(vmap->page[index] - 1) << PAGE_SHIFT) + (va & ((1u << PAGE_SHIFT) - 1));
}

void vmap_destroy(struct vmap *vmap)
{
	free(vmap->page);
	vmap->page = NULL;
	vmap->pages = 0;
}
