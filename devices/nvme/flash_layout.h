/* SPDX-License-Identifier: MIT */
/* Where units are at the start, in closed form: no table of units. Sequential: page by page across
 * channels, then packages, dies and planes. Random: a pseudo-random permutation of the units (a
 * Feistel network), and blocks filled as random writes under greedy garbage collection leave them:
 * with dead units gone at a constant rate, the share of valid units falls by the same factor from
 * each block to the next older one; the factor is that for which they add up to what the die holds.
 *
 * Not modelled: the spread of that share among blocks of one age. */
#ifndef DOORBELL_NVME_FLASH_LAYOUT_H
#define DOORBELL_NVME_FLASH_LAYOUT_H

#include "devices/nvme/flash.h"

struct flash_layout;

/* NULL when memory is short. `spare` blocks of each die stay empty. cfg and shape must outlive it. */
struct flash_layout *flash_layout_create(const struct flash_cfg *cfg,
					 const struct flash_shape *shape, unsigned spare);
void flash_layout_destroy(struct flash_layout *layout);
/* Units that a block of any die holds; the dies differ by what flash_layout_absent says. */
uint32_t flash_layout_block_units(const struct flash_layout *layout, uint32_t block);
/* A place counts units through dies, blocks and positions within the block. */
uint32_t flash_layout_place(const struct flash_layout *layout, uint32_t unit);
/* The unit at a place, or UINT32_MAX. */
uint32_t flash_layout_unit(const struct flash_layout *layout, uint32_t place);
/* Places that blocks count as valid, but for which there are no units: n = 0, 1, ... UINT32_MAX: no
 * more of them. */
uint32_t flash_layout_absent(const struct flash_layout *layout, uint32_t n);

#endif
