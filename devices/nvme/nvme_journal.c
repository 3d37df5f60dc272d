/* SPDX-License-Identifier: MIT */
#include "devices/nvme/nvme_journal.h"

#include <stdlib.h>

#include "model/core/assert.h"

#define BUCKETS   16384u
#define LBA_BYTES 512u

struct image {
	struct image *next;         /* newest image of another chunk of the bucket, or free list */
	struct image *older;        /* of the same chunk */
	uint64_t chunk, version;    /* content before this version */
	uint8_t data[STORE_CHUNK_BYTES];
};

struct nvme_journal {
	struct nvme_store *store;
	struct image *bucket[BUCKETS];
	struct image *free;
	uint64_t chunks;
};

struct nvme_journal *nvme_journal_create(struct nvme_store *store)
{
	struct nvme_journal *journal = calloc(1, sizeof(*journal));

	if (journal)
		journal->store = store;
	return journal;
}

static void drop(struct nvme_journal *journal, struct image *image)
{
	while (image) {
		struct image *older = image->older;

		image->next = journal->free;
		journal->free = image;
		image = older;
	}
}

void nvme_journal_destroy(struct nvme_journal *journal)
{
	if (!journal)
		return;
	for (unsigned i = 0; i < BUCKETS; i++) {
		while (journal->bucket[i]) {
			struct image *next = journal->bucket[i]->next;

			drop(journal, journal->bucket[i]);
			journal->bucket[i] = next;
		}
	}
	while (journal->free) {
		struct image *next = journal->free->next;

		free(journal->free);
		journal->free = next;
	}
	free(journal);
}

/* Where the chunk's newest image hangs, or the end of its bucket. */
static struct image **find(struct nvme_journal *journal, uint64_t chunk)
{
	struct image **at = &journal->bucket[chunk % BUCKETS];

	while (*at && (*at)->chunk != chunk)
		at = &(*at)->next;
	return at;
}

static bool note_chunk(struct nvme_journal *journal, uint64_t chunk, uint64_t version)
{
	struct image **at = find(journal, chunk), *newest = *at, *image = journal->free;

	if (newest && newest->version >= version)
		return true;
	if (image)
		journal->free = image->next;
	else
		image = malloc(sizeof(*image));
	if (!image)
		return false;
	image->chunk = chunk;
	image->version = version;
	image->older = newest;
	image->next = newest ? newest->next : NULL;
	nvme_store_read(journal->store, chunk * STORE_CHUNK_BYTES, image->data,
			STORE_CHUNK_BYTES);
	*at = image;
	journal->chunks += !newest;
	return true;
}

bool nvme_journal_note(struct nvme_journal *journal, uint64_t offset, uint64_t bytes,
		       uint64_t version)
{
	uint64_t last = (offset + bytes - 1) / STORE_CHUNK_BYTES;

	for (uint64_t chunk = offset / STORE_CHUNK_BYTES; chunk <= last; chunk++)
		if (!note_chunk(journal, chunk, version))
			return false;
	return true;
}

/* Images before this version or an older one are of no use any more. */
static void durable_at(struct nvme_journal *journal, struct image **at, uint64_t version)
{
	struct image *newest = *at, *image = newest;

	if (newest->version <= version) {
		*at = newest->next;
		drop(journal, newest);
		journal->chunks--;
		return;
	}
	while (image->older && image->older->version > version)
		image = image->older;
	drop(journal, image->older);
	image->older = NULL;
}

void nvme_journal_durable(struct nvme_journal *journal, uint64_t offset, uint64_t bytes,
			  uint64_t version)
{
	uint64_t first = offset / STORE_CHUNK_BYTES;
	uint64_t last = (offset + bytes - 1) / STORE_CHUNK_BYTES;

	if (last - first < BUCKETS) {
		for (uint64_t chunk = first; chunk <= last; chunk++) {
			struct image **at = find(journal, chunk);

			if (*at)
				durable_at(journal, at, version);
		}
		return;
	}
	for (unsigned i = 0; i < BUCKETS; i++) {
		for (struct image **at = &journal->bucket[i], *was; (was = *at); ) {
			if (was->chunk >= first && was->chunk <= last)
				durable_at(journal, at, version);
			if (*at == was)
				at = &was->next;
		}
	}
}

static void restore(struct nvme_journal *journal, const struct image *newest,
		    bool (*keeps)(void *ctx, uint64_t lba), void *ctx)
{
	const struct image *oldest = newest;
	uint64_t lba = newest->chunk * (STORE_CHUNK_BYTES / LBA_BYTES);

	while (oldest->older)
		oldest = oldest->older;
	for (unsigned i = 0; i < STORE_CHUNK_BYTES / LBA_BYTES; i++) {
		bool ok = keeps && keeps(ctx, lba + i);

		ok = ok || nvme_store_write(journal->store, (lba + i) * LBA_BYTES,
					    oldest->data + (size_t)i * LBA_BYTES, LBA_BYTES);
		/* The chunk was written before, so that its memory is there. */
		ASSERT(ok);
	}
}

void nvme_journal_cut(struct nvme_journal *journal, bool (*keeps)(void *ctx, uint64_t lba),
		      void *ctx)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		while (journal->bucket[i]) {
			struct image *image = journal->bucket[i];

			restore(journal, image, keeps, ctx);
			journal->bucket[i] = image->next;
			drop(journal, image);
		}
	}
	journal->chunks = 0;
}

uint64_t nvme_journal_chunks(const struct nvme_journal *journal)
{
	return journal->chunks;
}
