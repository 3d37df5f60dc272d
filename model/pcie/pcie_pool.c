/* SPDX-License-Identifier: MIT */
/* Storage of requests under way. Free slots and buffers are stacks: the one used last is the one
 * that is warm in the host's cache. */
#include "model/pcie/pcie_internal.h"

#include <stdlib.h>

#include "model/core/assert.h"

#define SLOTS_FIRST   64
#define CLASS_BYTES_0 256u

static uint32_t class_bytes(int class)
{
	return CLASS_BYTES_0 << (2 * class);
}

static void pool_grow(struct pcie_dev *dev)
{
	struct pcie_pool *pool = &dev->pool;
	size_t count = pool->slots ? pool->slots : SLOTS_FIRST;
	struct pcie_chunk *chunk = calloc(1, sizeof(*chunk) + count * sizeof(chunk->slots[0]));

	ASSERT(chunk);
	chunk->count = count;
	chunk->next = pool->chunks;
	pool->chunks = chunk;
	pool->slots += count;
	for (size_t i = count; i-- > 0;) {
		chunk->slots[i].dev = dev;
		chunk->slots[i].whole.slot = &chunk->slots[i];
		chunk->slots[i].next = pool->free;
		pool->free = &chunk->slots[i];
	}
}

static void slot_buffer(struct pcie_pool *pool, struct pcie_slot *slot, uint32_t bytes)
{
	struct pcie_buffer *buffer;
	int class = 0;

	slot->class = -1;
	slot->data = slot->inline_data;
	if (bytes <= PCIE_INLINE_BYTES)
		return;
	while (class_bytes(class) < bytes)
		class++;
	ASSERT(class < PCIE_CLASSES);
	buffer = pool->buffers[class];
	if (buffer)
		pool->buffers[class] = buffer->next;
	else
		buffer = malloc(class_bytes(class));
	ASSERT(buffer);
	slot->class = (int8_t)class;
	slot->data = (uint8_t *)buffer;
}

struct pcie_slot *pcie_slot_get(struct pcie_dev *dev, uint32_t bytes)
{
	struct pcie_slot *slot;

	if (!dev->pool.free)
		pool_grow(dev);
	slot = dev->pool.free;
	dev->pool.free = slot->next;
	slot->next = NULL;
	slot->used = true;
	slot->bytes = bytes;
	slot->status = DMA_OK;
	slot->refused = false;
	slot->want_done = false;
	slot->generation = dev->generation;
	slot->flags = 0;
	slot_buffer(&dev->pool, slot, bytes);
	return slot;
}

struct pcie_part *pcie_part_get(struct pcie_slot *slot)
{
	struct pcie_pool *pool = &slot->dev->pool;
	struct pcie_part *part;

	if (!pool->free_parts) {
		struct pcie_parts *more = calloc(1, sizeof(*more));

		ASSERT(more);
		more->next = pool->parts;
		pool->parts = more;
		for (unsigned i = 0; i < PCIE_PARTS; i++) {
			more->part[i].next = pool->free_parts;
			pool->free_parts = &more->part[i];
		}
	}
	part = pool->free_parts;
	pool->free_parts = part->next;
	part->slot = slot;
	part->next = NULL;
	return part;
}

void pcie_part_put(struct pcie_part *part)
{
	struct pcie_pool *pool = &part->slot->dev->pool;

	part->next = pool->free_parts;
	pool->free_parts = part;
}

void pcie_slot_put(struct pcie_slot *slot)
{
	struct pcie_pool *pool = &slot->dev->pool;

	if (slot->class >= 0) {
		struct pcie_buffer *buffer = (struct pcie_buffer *)slot->data;

		buffer->next = pool->buffers[slot->class];
		pool->buffers[slot->class] = buffer;
	}
	slot->data = NULL;
	slot->used = false;
	slot->next = pool->free;
	pool->free = slot;
}

void pcie_pool_destroy(struct pcie_dev *dev)
{
	struct pcie_pool *pool = &dev->pool;

	while (pool->chunks) {
		struct pcie_chunk *chunk = pool->chunks;

		for (size_t i = 0; i < chunk->count; i++) {
			struct pcie_slot *slot = &chunk->slots[i];

			engine_cancel(dev->sim->engine, &slot->whole.event);
			if (slot->used && slot->class >= 0)
				free(slot->data);
		}
		pool->chunks = chunk->next;
		free(chunk);
	}
	while (pool->parts) {
		struct pcie_parts *parts = pool->parts;

		for (unsigned i = 0; i < PCIE_PARTS; i++)
			engine_cancel(dev->sim->engine, &parts->part[i].event);
		pool->parts = parts->next;
		free(parts);
	}
	for (int i = 0; i < PCIE_CLASSES; i++) {
		while (pool->buffers[i]) {
			struct pcie_buffer *buffer = pool->buffers[i];

			pool->buffers[i] = buffer->next;
			free(buffer);
		}
	}
}
