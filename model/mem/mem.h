/* SPDX-License-Identifier: MIT */
/* Simulated physical memory: one shared-memory arena mapped at a fixed address, so that runs do not
 * depend on address randomisation; pages take host memory only when touched. Physical [0, low_end)
 * and, if larger, [high, ...) are RAM; the hole between is MMIO. Devices reach it by mem_read and
 * mem_write (bounds checked); host software by pointer. A second mapping of the same pages
 * (mem_alias) serves kernel vmalloc areas. Not modelled: ECC; the cost of access (callers charge
 * it). */
#ifndef DOORBELL_MEM_MEM_H
#define DOORBELL_MEM_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/core/sim.h"

struct mem_cfg {
	uint64_t bytes;         /* all RAM */
	uint64_t base;          /* virtual address of physical 0; 0 = anywhere (tests) */
	uint64_t low_end;       /* RAM below the hole, at most this */
	uint64_t high;          /* where the rest begins */
};

struct mem;

/* All sizes and addresses of cfg are multiples of 4 KiB. A base that is already in use is
 * SIM_ERR_HOST, never replaced. */
int mem_create(struct mem **out, struct sim *sim, const struct mem_cfg *cfg);
void mem_destroy(struct mem *mem);
/* False if any byte is not RAM: nothing is moved then. `pa` must lie in RAM even for 0 bytes. */
bool mem_read(struct mem *mem, uint64_t pa, void *to, size_t bytes);
bool mem_write(struct mem *mem, uint64_t pa, const void *from, size_t bytes);
/* Pointer to RAM, NULL unless all of it is. */
void *mem_at(struct mem *mem, uint64_t pa, size_t bytes);
uint64_t mem_bytes(const struct mem *mem);
/* The same pages at `va` too; page multiples. Remembered, so that a forked child can rebuild them.
 * An alias that lies there already is replaced, memory that is not an alias never. */
int mem_alias(struct mem *mem, uint64_t va, uint64_t pa, uint64_t bytes);
void mem_unalias(struct mem *mem, uint64_t va, uint64_t bytes);
/* How many runs of contiguous pages are aliased now. */
size_t mem_aliases(const struct mem *mem);
/* In a forked child: give it a private copy of the arena, mapped at the same addresses. Must run on
 * a stack that lies outside the arena, while the parent leaves the arena alone. */
int mem_after_fork(struct mem *mem);

#endif
