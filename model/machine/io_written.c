/* SPDX-License-Identifier: MIT */
#include "model/machine/io_written.h"

#include <stdlib.h>

#include "model/core/assert.h"

#define CHUNK_SECTORS 8u           /* of an entry: 4 KiB */
#define TABLE_FIRST   1024u

/* used = 0: the entry is empty. */
struct chunk {
	uint64_t number;
	uint64_t last;             /* count of writes at its last one that was not durable */
	uint8_t used, durable;     /* a bit per sector */
};

struct io_written {
	struct chunk *table;
	uint64_t entries, used;    /* entries: a power of two */
	uint64_t writes;
};

/* The finaliser of SplitMix64: neighbours must not collide. */
static uint64_t home(const struct io_written *written, uint64_t number)
{
	number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9ull;
	number = (number ^ number >> 27) * 0x94d049bb133111ebull;
	return (number ^ number >> 31) & (written->entries - 1);
}

static struct chunk *find(const struct io_written *written, uint64_t number)
{
	uint64_t i = home(written, number);

	while (written->table[i].used && written->table[i].number != number)
		i = (i + 1) & (written->entries - 1);
	return &written->table[i];
}

static void allocate(struct io_written *written, uint64_t entries)
{
	written->entries = entries;
	written->table = calloc(entries, sizeof(*written->table));
	ASSERT(written->table);
}

struct io_written *io_written_create(void)
{
	struct io_written *written = calloc(1, sizeof(*written));

	ASSERT(written);
	allocate(written, TABLE_FIRST);
	return written;
}

void io_written_destroy(struct io_written *written)
{
	if (!written)
		return;
	free(written->table);
	free(written);
}

static void grow(struct io_written *written)
{
	struct chunk *old = written->table;
	uint64_t entries = written->entries;

	allocate(written, 2 * entries);
	for (uint64_t i = 0; i < entries; i++)
		if (old[i].used)
			*find(written, old[i].number) = old[i];
	free(old);
}

void io_written_mark(struct io_written *written, uint64_t offset, unsigned bytes, bool durable)
{
	uint64_t first = offset / IO_SECTOR_BYTES, end = (offset + bytes) / IO_SECTOR_BYTES;

	written->writes++;
	for (uint64_t s = first; s < end; s++) {
		struct chunk *chunk = find(written, s / CHUNK_SECTORS);
		uint8_t bit = (uint8_t)(1u << s % CHUNK_SECTORS);

		if (!chunk->used) {
			/* At most three quarters full. */
			if (written->used >= written->entries / 4 * 3) {
				grow(written);
				chunk = find(written, s / CHUNK_SECTORS);
			}
			written->used++;
			chunk->number = s / CHUNK_SECTORS;
		}
		chunk->used |= bit;
		if (durable)
			chunk->durable |= bit;
		else
			chunk->last = written->writes;
	}
}

bool io_written_is(const struct io_written *written, uint64_t sector)
{
	return find(written, sector / CHUNK_SECTORS)->used >> sector % CHUNK_SECTORS & 1;
}

uint64_t io_written_flush_begin(const struct io_written *written)
{
	return written->writes;
}

void io_written_flush_end(struct io_written *written, uint64_t begun)
{
	for (uint64_t i = 0; i < written->entries; i++) {
		struct chunk *chunk = &written->table[i];

		if (chunk->last <= begun)
			chunk->durable = chunk->used;
	}
}

void io_written_each(const struct io_written *written,
		     void (*fn)(void *ctx, uint64_t sector, bool durable), void *ctx)
{
	for (uint64_t i = 0; i < written->entries; i++) {
		const struct chunk *chunk = &written->table[i];

		for (unsigned s = 0; s < CHUNK_SECTORS; s++)
			if (chunk->used >> s & 1)
				fn(ctx, chunk->number * CHUNK_SECTORS + s, chunk->durable >> s & 1);
	}
}
