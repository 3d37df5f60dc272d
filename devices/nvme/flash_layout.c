/* SPDX-License-Identifier: MIT */
#include "devices/nvme/flash_layout.h"

#include <stdlib.h>

#define ROUNDS   6u
#define ONE_BITS 32u                 /* fixed point: 1.0 = 2^32 */

struct flash_layout {
	const struct flash_cfg *cfg;
	const struct flash_shape *shape;
	uint32_t die_units;          /* that each die holds, rounded up */
	uint32_t *before;            /* units in blocks before this one; blocks + 1 entries */
	unsigned low_bits, high_bits;
	uint64_t key[ROUNDS];
};

/* SplitMix64's finaliser. */
static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* ---- the permutation ---- */

static uint32_t low_mask(unsigned bits)
{
	return (uint32_t)((1ull << bits) - 1);
}

/* Even rounds change the high half by the low one, odd rounds the other way round. */
static uint32_t round_of(const struct flash_layout *layout, uint32_t value, unsigned round)
{
	uint32_t low = value & low_mask(layout->low_bits), high = value >> layout->low_bits;

	if (round & 1)
		low ^= (uint32_t)mix(high ^ layout->key[round]) & low_mask(layout->low_bits);
	else
		high ^= (uint32_t)mix(low ^ layout->key[round]) & low_mask(layout->high_bits);
	return high << layout->low_bits | low;
}

/* Values beyond the last unit are permuted again until they are not. */
static uint32_t permute(const struct flash_layout *layout, uint32_t unit)
{
	do {
		for (unsigned round = 0; round < ROUNDS; round++)
			unit = round_of(layout, unit, round);
	} while (unit >= layout->shape->units);
	return unit;
}

static uint32_t unpermute(const struct flash_layout *layout, uint32_t unit)
{
	do {
		for (unsigned round = ROUNDS; round-- > 0; )
			unit = round_of(layout, unit, round);
	} while (unit >= layout->shape->units);
	return unit;
}

static void keys(struct flash_layout *layout)
{
	unsigned bits = 2;

	while (bits < 32 && 1ull << bits < layout->shape->units)
		bits++;
	layout->low_bits = bits / 2;
	layout->high_bits = bits - bits / 2;
	for (unsigned round = 0; round < ROUNDS; round++)
		layout->key[round] = mix(layout->cfg->seed + (round + 1) * 0x9e3779b97f4a7c15ull);
}

/* ---- how full blocks are ---- */

/* Units of `blocks` blocks when each holds `factor` of what the one before it holds. */
static uint64_t sum(const struct flash_layout *layout, uint32_t blocks, uint64_t factor)
{
	uint64_t full = (uint64_t)layout->shape->block_units << ONE_BITS, total = 0;

	for (uint32_t b = 0; b < blocks; b++) {
		total += full >> ONE_BITS;
		full = (uint64_t)((unsigned __int128)full * factor >> ONE_BITS);
	}
	return total;
}

/* The greatest factor for which the blocks hold no more than the die's units. */
static uint64_t find_factor(const struct flash_layout *layout, uint32_t blocks)
{
	uint64_t low = 0, high = 1ull << ONE_BITS;

	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		if (sum(layout, blocks, middle) > layout->die_units)
			high = middle;
		else
			low = middle;
	}
	return low;
}

static void fill_random(struct flash_layout *layout, uint32_t *units, uint32_t blocks)
{
	uint64_t factor = find_factor(layout, blocks);
	uint64_t full = (uint64_t)layout->shape->block_units << ONE_BITS;
	uint32_t left = layout->die_units;

	for (uint32_t b = 0; b < blocks; b++) {
		units[b] = (uint32_t)(full >> ONE_BITS);
		left -= units[b];
		full = (uint64_t)((unsigned __int128)full * factor >> ONE_BITS);
	}
	/* What rounding left over goes to the blocks with room, one by one. */
	while (left) {
		uint32_t before = left;

		for (uint32_t b = 0; b < blocks && left; b++) {
			if (units[b] < layout->shape->block_units) {
				units[b]++;
				left--;
			}
		}
		if (left == before)
			return;
	}
}

static void fill_sequential(struct flash_layout *layout, uint32_t *units, uint32_t blocks)
{
	uint32_t left = layout->die_units;

	for (uint32_t b = 0; b < blocks; b++) {
		units[b] = left < layout->shape->block_units ? left : layout->shape->block_units;
		left -= units[b];
	}
}

struct flash_layout *flash_layout_create(const struct flash_cfg *cfg,
					 const struct flash_shape *shape, unsigned spare)
{
	struct flash_layout *layout = calloc(1, sizeof(*layout));
	uint32_t stripe = shape->dies * shape->page_units, before = 0;

	if (!layout)
		return NULL;
	layout->cfg = cfg;
	layout->shape = shape;
	layout->before = calloc(shape->blocks + 1, sizeof(*layout->before));
	if (!layout->before) {
		free(layout);
		return NULL;
	}
	keys(layout);
	if (cfg->precondition == FLASH_FRESH)
		return layout;
	layout->die_units = (shape->units + stripe - 1) / stripe * shape->page_units;
	if (cfg->precondition == FLASH_RANDOM)
		fill_random(layout, layout->before, shape->blocks - spare);
	else
		fill_sequential(layout, layout->before, shape->blocks - spare);
	for (uint32_t b = 0; b <= shape->blocks; b++) {
		uint32_t here = layout->before[b];

		layout->before[b] = before;
		before += here;
	}
	return layout;
}

void flash_layout_destroy(struct flash_layout *layout)
{
	if (!layout)
		return;
	free(layout->before);
	free(layout);
}

uint32_t flash_layout_block_units(const struct flash_layout *layout, uint32_t block)
{
	return layout->before[block + 1] - layout->before[block];
}

/* ---- places ---- */

/* The last block that begins at or before the die's unit `k`, and is not empty. */
static uint32_t block_of(const struct flash_layout *layout, uint32_t k)
{
	uint32_t low = 0, high = layout->shape->blocks;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (layout->before[middle] <= k)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Valid units of a block lie evenly among its dead ones, so that all page types get their share. */
static uint32_t place_of_rank(const struct flash_layout *layout, uint32_t rank)
{
	const struct flash_shape *shape = layout->shape;
	uint32_t page = rank / shape->page_units, die = page % shape->dies;
	uint32_t k = page / shape->dies * shape->page_units + rank % shape->page_units;
	uint32_t block = block_of(layout, k), in_block = k - layout->before[block];
	uint32_t units = flash_layout_block_units(layout, block);

	if (layout->cfg->precondition == FLASH_RANDOM)
		in_block = (uint32_t)((uint64_t)in_block * shape->block_units / units);
	return (die * shape->blocks + block) * shape->block_units + in_block;
}

uint32_t flash_layout_place(const struct flash_layout *layout, uint32_t unit)
{
	if (layout->cfg->precondition == FLASH_RANDOM)
		unit = permute(layout, unit);
	return place_of_rank(layout, unit);
}

uint32_t flash_layout_unit(const struct flash_layout *layout, uint32_t place)
{
	const struct flash_shape *shape = layout->shape;
	uint32_t in_block = place % shape->block_units;
	uint32_t block = place / shape->block_units % shape->blocks;
	uint32_t die = place / shape->block_units / shape->blocks;
	uint32_t units = flash_layout_block_units(layout, block), k, rank;

	if (layout->cfg->precondition == FLASH_RANDOM && units) {
		uint64_t scaled = (uint64_t)in_block * units;
		uint32_t at = (uint32_t)((scaled + shape->block_units - 1) / shape->block_units);

		if ((uint64_t)at * shape->block_units / units != in_block)
			return UINT32_MAX;
		in_block = at;
	}
	if (in_block >= units)
		return UINT32_MAX;
	k = layout->before[block] + in_block;
	rank = (k / shape->page_units * shape->dies + die) * shape->page_units +
	       k % shape->page_units;
	if (rank >= shape->units)
		return UINT32_MAX;
	return layout->cfg->precondition == FLASH_RANDOM ? unpermute(layout, rank) : rank;
}

uint32_t flash_layout_absent(const struct flash_layout *layout, uint32_t n)
{
	const struct flash_shape *shape = layout->shape;
	uint64_t ranks = (uint64_t)layout->die_units * shape->dies;

	if (!layout->die_units || shape->units + (uint64_t)n >= ranks)
		return UINT32_MAX;
	return place_of_rank(layout, shape->units + n);
}
