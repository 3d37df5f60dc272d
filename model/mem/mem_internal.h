/* SPDX-License-Identifier: MIT */
/* Shared by the two halves of model/mem: the arena (mem.c) and its second mappings (mem_alias.c).
 * Not modelled: see mem.h. */
#ifndef DOORBELL_MEM_MEM_INTERNAL_H
#define DOORBELL_MEM_MEM_INTERNAL_H

#include "model/mem/mem.h"

#define MEM_PAGE_BYTES 4096ULL

/* Pages [pa, pa + bytes) seen at va. */
struct mem_map {
	uint64_t va, pa, bytes;
};

struct mem {
	struct sim *sim;
	uint8_t *base;
	uint64_t low_bytes;      /* RAM at physical [0, low_bytes) */
	uint64_t high;           /* RAM at physical [high, high + high_bytes) */
	uint64_t high_bytes;
	uint64_t span_bytes;     /* address space reserved at base, the hole included */
	int fd;                  /* file offset = physical address, also above the hole */
	struct mem_map *maps;    /* sorted by va, disjoint, adjacent runs merged */
	size_t map_count, map_capacity;
};

/* Maps RAM and every alias of `mem` from mem->fd, over what is there. */
int mem_map_all(struct mem *mem);
int mem_map_aliases(struct mem *mem);

#endif
