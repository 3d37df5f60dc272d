// SPDX-License-Identifier: MIT
#include "devices/nvme/nvme_store.h"

#include <stdlib.h>
#include <string.h>

#define FANOUT_BITS 9
#define FANOUT      (1u << FANOUT_BITS)
#define SLAB_CHUNKS 256u
#define LBA_BYTES   512u
#define TABLE_FIRST 1024u

/* Which chunks read as zeroes unless the table has them: a radix tree. A slot is NULL (none of
 * them), the mark (all of them) or a node. */
struct node {
	void *slot[FANOUT];
};

/* A chunk that was written: its data, or the mark when they are what the host can recognise. */
struct written {
	uint64_t chunk;
	uint8_t *data;                  /* NULL: the entry is empty */
};

struct slab {
	struct slab *next;
	uint8_t chunk[SLAB_CHUNKS][STORE_CHUNK_BYTES];
};

struct free_chunk {
	struct free_chunk *next;
};

struct nvme_store {
	struct written *table;
	uint64_t entries, used;         /* entries: a power of two */
	struct node *root;
	unsigned levels;
	nvme_store_is is_known;
	nvme_store_fill fill_known;
	nvme_store_fill fill;
	void *fill_ctx;
	struct slab *slabs;
	unsigned slab_used;             /* chunks handed out of the newest slab */
	struct free_chunk *free;
	uint64_t slab_count, node_count;
	uint8_t pattern[STORE_CHUNK_BYTES];
};

static const uint8_t zeroes[STORE_CHUNK_BYTES];
static const uint8_t known;

static void *zero_mark(void)
{
	return (void *)(uintptr_t)zeroes;
}

static uint8_t *known_mark(void)
{
	return (uint8_t *)(uintptr_t)&known;
}

struct nvme_store *nvme_store_create(uint64_t capacity_bytes, nvme_store_fill fill, void *fill_ctx)
{
	struct nvme_store *store = calloc(1, sizeof(*store));
	uint64_t chunks = (capacity_bytes + STORE_CHUNK_BYTES - 1) / STORE_CHUNK_BYTES;

	if (!store)
		return NULL;
	store->root = calloc(1, sizeof(*store->root));
	store->entries = TABLE_FIRST;
	store->table = calloc(store->entries, sizeof(*store->table));
	store->node_count = 1;
	store->levels = 1;
	if (!store->root || !store->table) {
		nvme_store_destroy(store);
		return NULL;
	}
	while (store->levels * FANOUT_BITS < 63 && chunks > 1ULL << store->levels * FANOUT_BITS)
		store->levels++;
	store->fill = fill;
	store->fill_ctx = fill_ctx;
	store->slab_used = SLAB_CHUNKS;
	return store;
}

void nvme_store_recognise(struct nvme_store *store, nvme_store_is is, nvme_store_fill fill)
{
	store->is_known = is;
	store->fill_known = fill;
}

/* ---- chunks that read as zeroes ---- */

static void slot_free(struct nvme_store *store, void *slot, unsigned level)
{
	struct node *node = slot;

	if (!slot || slot == zero_mark())
		return;
	for (unsigned i = 0; level && i < FANOUT; i++)
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
	free(store->table);
	free(store);
}

static bool is_zero(const struct nvme_store *store, uint64_t chunk)
{
	const struct node *node = store->root;
	const void *slot = node;

	for (unsigned level = store->levels; slot && level-- > 0; node = slot) {
		slot = node->slot[chunk >> level * FANOUT_BITS & (FANOUT - 1)];
		if (slot == zero_mark())
			return true;
	}
	return false;
}

/* Chunks first..last (inclusive, within this node) are marked. A whole subtree is one mark. */
static bool mark_zero(struct nvme_store *store, struct node *node, unsigned level, uint64_t first,
		      uint64_t last)
{
	uint64_t span = 1ULL << level * FANOUT_BITS;

	for (uint64_t i = first / span; i <= last / span; i++) {
		void **slot = &node->slot[i];
		uint64_t low = i == first / span ? first % span : 0;
		uint64_t high = i == last / span ? last % span : span - 1;

		if (*slot == zero_mark())
			continue;
		if (low == 0 && high == span - 1) {
			slot_free(store, *slot, level);
			*slot = zero_mark();
			continue;
		}
		if (!*slot) {
			*slot = calloc(1, sizeof(*node));
			if (!*slot)
				return false;
			store->node_count++;
		}
		if (!mark_zero(store, *slot, level - 1, low, high))
			return false;
	}
	return true;
}

/* ---- chunks that were written ---- */

/* The finaliser of SplitMix64: neighbours must not collide. */
static uint64_t home(const struct nvme_store *store, uint64_t chunk)
{
	chunk = (chunk ^ chunk >> 30) * 0xbf58476d1ce4e5b9ull;
	chunk = (chunk ^ chunk >> 27) * 0x94d049bb133111ebull;
	return (chunk ^ chunk >> 31) & (store->entries - 1);
}

/* The chunk's entry, or the empty one where it would go. */
static struct written *find(const struct nvme_store *store, uint64_t chunk)
{
	uint64_t i = home(store, chunk);

	while (store->table[i].data && store->table[i].chunk != chunk)
		i = (i + 1) & (store->entries - 1);
	return &store->table[i];
}

static bool grow(struct nvme_store *store)
{
	struct written *old = store->table;
	uint64_t entries = store->entries;

	store->table = calloc(2 * entries, sizeof(*old));
	if (!store->table) {
		store->table = old;
		return false;
	}
	store->entries = 2 * entries;
	for (uint64_t i = 0; i < entries; i++)
		if (old[i].data)
			*find(store, old[i].chunk) = old[i];
	free(old);
	return true;
}

static void chunk_free(struct nvme_store *store, uint8_t *data)
{
	struct free_chunk *link = (struct free_chunk *)data;

	if (data == known_mark())
		return;
	link->next = store->free;
	store->free = link;
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

/* Entries behind a removed one move up if they would not be found any more. */
static void forget(struct nvme_store *store, struct written *entry)
{
	uint64_t mask = store->entries - 1, hole = (uint64_t)(entry - store->table), i = hole;

	chunk_free(store, entry->data);
	store->used--;
	for (;;) {
		store->table[hole].data = NULL;
		do {
			i = (i + 1) & mask;
			if (!store->table[i].data)
				return;
		} while (((i - home(store, store->table[i].chunk)) & mask) < ((i - hole) & mask));
		store->table[hole] = store->table[i];
		hole = i;
	}
}

static const uint8_t *generated(struct nvme_store *store, nvme_store_fill fill, uint64_t chunk)
{
	fill(store->fill_ctx, chunk * (STORE_CHUNK_BYTES / LBA_BYTES), store->pattern,
	     STORE_CHUNK_BYTES / LBA_BYTES);
	return store->pattern;
}

static const uint8_t *chunk_view(struct nvme_store *store, uint64_t chunk)
{
	const uint8_t *data = store->used ? find(store, chunk)->data : NULL;

	if (data == known_mark())
		return generated(store, store->fill_known, chunk);
	if (data)
		return data;
	if (!store->fill || is_zero(store, chunk))
		return zeroes;
	return generated(store, store->fill, chunk);
}

/* The chunk's entry; a new one if need be. NULL: no memory. */
static struct written *entry_own(struct nvme_store *store, uint64_t chunk)
{
	struct written *entry = find(store, chunk);

	/* At most three quarters full. */
	if (entry->data || store->used < store->entries / 4 * 3)
		return entry;
	return grow(store) ? find(store, chunk) : NULL;
}

static void settle(struct nvme_store *store, struct written *entry, uint64_t chunk, uint8_t *data)
{
	store->used += !entry->data;
	*entry = (struct written){ chunk, data };
}

/* A chunk to write to. Its old content is put in unless the caller overwrites all of it. */
static uint8_t *chunk_own(struct nvme_store *store, uint64_t chunk, bool whole)
{
	struct written *entry = entry_own(store, chunk);
	uint8_t *data;

	if (!entry)
		return NULL;
	if (entry->data && entry->data != known_mark())
		return entry->data;
	data = chunk_alloc(store);
	if (!data)
		return NULL;
	if (!whole)
		memcpy(data, chunk_view(store, chunk), STORE_CHUNK_BYTES);
	settle(store, entry, chunk, data);
	return data;
}

/* Data that the host can make again take no memory of their own. */
static bool write_known(struct nvme_store *store, uint64_t chunk, const uint8_t *data)
{
	struct written *entry;

	if (!store->is_known || !store->is_known(store->fill_ctx,
						 chunk * (STORE_CHUNK_BYTES / LBA_BYTES), data,
						 STORE_CHUNK_BYTES / LBA_BYTES))
		return false;
	entry = entry_own(store, chunk);
	if (!entry)
		return false;
	if (entry->data)
		chunk_free(store, entry->data);
	settle(store, entry, chunk, known_mark());
	return true;
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
		uint64_t chunk = offset / STORE_CHUNK_BYTES;

		if (part != STORE_CHUNK_BYTES || !write_known(store, chunk, in)) {
			uint8_t *data = chunk_own(store, chunk, part == STORE_CHUNK_BYTES);

			if (!data)
				return false;
			memcpy(data + offset % STORE_CHUNK_BYTES, in, part);
		}
		in += part;
		offset += part;
		bytes -= part;
	}
	return true;
}

/* Zeroes part of a chunk. */
static bool zero_part(struct nvme_store *store, uint64_t offset, uint32_t bytes)
{
	uint64_t chunk = offset / STORE_CHUNK_BYTES;
	uint8_t *data;

	if (!find(store, chunk)->data && (!store->fill || is_zero(store, chunk)))
		return true;
	data = chunk_own(store, chunk, false);
	if (!data)
		return false;
	memset(data + offset % STORE_CHUNK_BYTES, 0, bytes);
	return true;
}

/* Forgets what was written in first..last; the work is bounded by what there is. */
static void forget_range(struct nvme_store *store, uint64_t first, uint64_t last)
{
	if (last - first < store->entries) {
		for (uint64_t chunk = first; store->used && chunk <= last; chunk++) {
			struct written *entry = find(store, chunk);

			if (entry->data)
				forget(store, entry);
		}
		return;
	}
	/* What moves up into a hole is looked at again. */
	for (uint64_t i = 0; i < store->entries; ) {
		struct written *entry = &store->table[i];

		if (entry->data && entry->chunk >= first && entry->chunk <= last)
			forget(store, entry);
		else
			i++;
	}
}

static bool zero_chunks(struct nvme_store *store, uint64_t first, uint64_t last)
{
	forget_range(store, first, last);
	return !store->fill || mark_zero(store, store->root, store->levels - 1, first, last);
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
	if (chunks && !zero_chunks(store, offset / STORE_CHUNK_BYTES,
				   offset / STORE_CHUNK_BYTES + chunks - 1))
		return false;
	offset += chunks * STORE_CHUNK_BYTES;
	bytes -= chunks * STORE_CHUNK_BYTES;
	return bytes == 0 || zero_part(store, offset, (uint32_t)bytes);
}

uint64_t nvme_store_bytes(const struct nvme_store *store)
{
	return store->slab_count * sizeof(struct slab) + store->node_count * sizeof(struct node) +
	       store->entries * sizeof(struct written);
}
