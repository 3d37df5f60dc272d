// SPDX-License-Identifier: MIT
#include "devices/nvme/nvme_store.h"

#include <stdlib.h>
#include <string.h>

#define FANOUT_BITS 9
#define FANOUT      (1u << FANOUT_BITS)
#define SLAB_CHUNKS 256u
#define LBA_BYTES   512u

/* A slot is NULL (never written), &zeroes (reads as zeroes: a whole subtree or one chunk), a node
 * or, in the lowest level, a chunk. */
struct node {
	void *slot[FANOUT];
};

struct slab {
	struct slab *next;
	uint8_t chunk[SLAB_CHUNKS][STORE_CHUNK_BYTES];
};

struct free_chunk {
	struct free_chunk *next;
};

struct nvme_store {
	struct node *root;
	unsigned levels;
	nvme_store_fill fill;
	void *fill_ctx;
	struct slab *slabs;
	unsigned slab_used;             /* chunks handed out of the newest slab */
	struct free_chunk *free;
	uint64_t slab_count, node_count;
	uint8_t pattern[STORE_CHUNK_BYTES];
};

static const uint8_t zeroes[STORE_CHUNK_BYTES];

static void *zero_mark(void)
{
	return (void *)(uintptr_t)zeroes;
}

struct nvme_store *nvme_store_create(uint64_t capacity_bytes, nvme_store_fill fill, void *fill_ctx)
{
	struct nvme_store *store = calloc(1, sizeof(*store));
	uint64_t chunks = (capacity_bytes + STORE_CHUNK_BYTES - 1) / STORE_CHUNK_BYTES;

	if (!store)
		return NULL;
	store->root = calloc(1, sizeof(*store->root));
	if (!store->root) {
		free(store);
		return NULL;
	}
	store->node_count = 1;
	store->levels = 1;
	while (store->levels * FANOUT_BITS < 63 && chunks > 1ULL << store->levels * FANOUT_BITS)
		store->levels++;
	store->fill = fill;
	store->fill_ctx = fill_ctx;
	store->slab_used = SLAB_CHUNKS;
	return store;
}

static void chunk_free(struct nvme_store *store, void *chunk)
{
	struct free_chunk *link = chunk;

	link->next = store->free;
	store->free = link;
}

/* Frees what a slot of a node at `level` holds (level 0: slots are chunks). */
static void slot_free(struct nvme_store *store, void *slot, unsigned level)
{
	struct node *node = slot;

	if (!slot || slot == zero_mark())
		return;
	if (level == 0) {
		chunk_free(store, slot);
		return;
	}
	for (unsigned i = 0; i < FANOUT; i++)
		slot_free(store, node->slot[i], level - 1);
	free(node);
	store->node_count--;
}

void nvme_store_destroy(struct nvme_store *store)
{
	if (!store)
		return;
	slot_free(store, store->root, store->levels);
	while (store->slabs) {
		struct slab *next = store->slabs->next;

		free(store->slabs);
		store->slabs = next;
	}
	free(store);
}

static unsigned slot_index(uint64_t chunk, unsigned level)
{
	return (unsigned)(chunk >> level * FANOUT_BITS & (FANOUT - 1));
}

/* NULL, the zero mark (which is zeroes to read), or the chunk's data. */
static const uint8_t *lookup(const struct nvme_store *store, uint64_t chunk)
{
	const struct node *node = store->root;
	const void *slot = NULL;

	for (unsigned level = store->levels; level-- > 0; node = slot) {
		slot = node->slot[slot_index(chunk, level)];
		if (!slot || slot == zero_mark())
			break;
	}
	return slot;
}

static const uint8_t *chunk_view(struct nvme_store *store, uint64_t chunk)
{
	const uint8_t *data = lookup(store, chunk);

	if (data)
		return data;
	if (!store->fill)
		return zeroes;
	store->fill(store->fill_ctx, chunk * (STORE_CHUNK_BYTES / LBA_BYTES), store->pattern,
		    STORE_CHUNK_BYTES / LBA_BYTES);
	return store->pattern;
}

static uint8_t *chunk_alloc(struct nvme_store *store)
{
	struct free_chunk *link = store->free;

	if (link) {
		store->free = link->next;
		return (uint8_t *)link;
	}
	if (store->slab_used == SLAB_CHUNKS) {
		struct slab *slab = malloc(sizeof(*slab));

		if (!slab)
			return NULL;
		slab->next = store->slabs;
		store->slabs = slab;
		store->slab_used = 0;
		store->slab_count++;
	}
	return store->slabs->chunk[store->slab_used++];
}

/* A node that takes the place of `old`: all never written, or all zero. */
static struct node *node_alloc(struct nvme_store *store, const void *old)
{
	struct node *node = calloc(1, sizeof(*node));

	if (!node)
		return NULL;
	store->node_count++;
	if (old) {
		for (unsigned i = 0; i < FANOUT; i++)
			node->slot[i] = zero_mark();
	}
	return node;
}

/* The node at level 0 that holds a chunk's slot, made if need be. */
static struct node *leaf_node(struct nvme_store *store, uint64_t chunk)
{
	struct node *node = store->root;

	for (unsigned level = store->levels - 1; level > 0; level--) {
		void **slot = &node->slot[slot_index(chunk, level)];

		if (!*slot || *slot == zero_mark()) {
			struct node *child = node_alloc(store, *slot);

			if (!child)
				return NULL;
			*slot = child;
		}
		node = *slot;
	}
	return node;
}

/* A chunk to write to. Its old content is put in unless the caller overwrites all of it. */
static uint8_t *chunk_own(struct nvme_store *store, uint64_t chunk, bool whole)
{
	struct node *node = leaf_node(store, chunk);
	void **slot;
	uint8_t *data;

	if (!node)
		return NULL;
	slot = &node->slot[slot_index(chunk, 0)];
	if (*slot && *slot != zero_mark())
		return *slot;
	data = chunk_alloc(store);
	if (!data)
		return NULL;
	if (!whole)
		memcpy(data, chunk_view(store, chunk), STORE_CHUNK_BYTES);
	*slot = data;
	return data;
}

/* Bytes of [offset, offset + bytes) that lie in the first chunk. */
static uint32_t first_part(uint64_t offset, uint64_t bytes)
{
	uint32_t room = STORE_CHUNK_BYTES - (uint32_t)(offset % STORE_CHUNK_BYTES);

	return bytes < room ? (uint32_t)bytes : room;
}

void nvme_store_read(struct nvme_store *store, uint64_t offset, void *to, uint32_t bytes)
{
	uint8_t *out = to;

	while (bytes) {
		uint32_t part = first_part(offset, bytes);
		const uint8_t *data = chunk_view(store, offset / STORE_CHUNK_BYTES);

		memcpy(out, data + offset % STORE_CHUNK_BYTES, part);
		out += part;
		offset += part;
		bytes -= part;
	}
}

const uint8_t *nvme_store_view(struct nvme_store *store, uint64_t offset, uint32_t bytes,
			       uint8_t *scratch)
{
	if (first_part(offset, bytes) == bytes)
		return chunk_view(store, offset / STORE_CHUNK_BYTES) + offset % STORE_CHUNK_BYTES;
	nvme_store_read(store, offset, scratch, bytes);
	return scratch;
}

bool nvme_store_write(struct nvme_store *store, uint64_t offset, const void *from, uint32_t bytes)
{
	const uint8_t *in = from;

	while (bytes) {
		uint32_t part = first_part(offset, bytes);
		uint8_t *data = chunk_own(store, offset / STORE_CHUNK_BYTES,
					  part == STORE_CHUNK_BYTES);

		if (!data)
			return false;
		memcpy(data + offset % STORE_CHUNK_BYTES, in, part);
		in += part;
		offset += part;
		bytes -= part;
	}
	return true;
}

/* Zeroes part of a chunk. */
static bool zero_part(struct nvme_store *store, uint64_t offset, uint32_t bytes)
{
	const uint8_t *old = lookup(store, offset / STORE_CHUNK_BYTES);
	uint8_t *data;

	if (old == zeroes || (!old && !store->fill))
		return true;
	data = chunk_own(store, offset / STORE_CHUNK_BYTES, false);
	if (!data)
		return false;
	memset(data + offset % STORE_CHUNK_BYTES, 0, bytes);
	return true;
}

/* Chunks first..last (inclusive, counted within this node) become zero. Whole subtrees are dropped,
 * so the work is bounded by what was written, not by the range. */
static bool zero_node(struct nvme_store *store, struct node *node, unsigned level, uint64_t first,
		      uint64_t last)
{
	uint64_t span = 1ULL << level * FANOUT_BITS;
	void *mark = store->fill ? zero_mark() : NULL;

	for (uint64_t i = first / span; i <= last / span; i++) {
		void **slot = &node->slot[i];
		uint64_t low = i == first / span ? first % span : 0;
		uint64_t high = i == last / span ? last % span : span - 1;

		if (low == 0 && high == span - 1) {
			slot_free(store, *slot, level);
			*slot = mark;
			continue;
		}
		if (*slot == mark)
			continue;
		if (!*slot) {
			*slot = node_alloc(store, NULL);
			if (!*slot)
				return false;
		}
		if (!zero_node(store, *slot, level - 1, low, high))
			return false;
	}
	return true;
}

bool nvme_store_zero(struct nvme_store *store, uint64_t offset, uint64_t bytes)
{
	uint64_t chunks;

	if (bytes && offset % STORE_CHUNK_BYTES) {
		uint32_t part = first_part(offset, bytes);

		if (!zero_part(store, offset, part))
			return false;
		offset += part;
		bytes -= part;
	}
	chunks = bytes / STORE_CHUNK_BYTES;
	if (chunks && !zero_node(store, store->root, store->levels - 1, offset / STORE_CHUNK_BYTES,
				 offset / STORE_CHUNK_BYTES + chunks - 1))
		return false;
	offset += chunks * STORE_CHUNK_BYTES;
	bytes -= chunks * STORE_CHUNK_BYTES;
	return bytes == 0 || zero_part(store, offset, (uint32_t)bytes);
}

uint64_t nvme_store_bytes(const struct nvme_store *store)
{
	return store->slab_count * sizeof(struct slab) + store->node_count * sizeof(struct node);
}
