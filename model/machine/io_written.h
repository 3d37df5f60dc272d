/* SPDX-License-Identifier: MIT */
/* Which sectors of a device workloads have written, and which of those writes a flush, FUA or the lack
 * of a cache has made durable. Not modelled: several writes of one sector. */
#ifndef DOORBELL_MACHINE_IO_WRITTEN_H
#define DOORBELL_MACHINE_IO_WRITTEN_H

#include <stdbool.h>
#include <stdint.h>

#define IO_SECTOR_BYTES 512u

struct io_written;

struct io_written *io_written_create(void);
void io_written_destroy(struct io_written *written);
/* A write of whole sectors has completed; durable: it promises to survive a loss of power. */
void io_written_mark(struct io_written *written, uint64_t offset, unsigned bytes, bool durable);
bool io_written_is(const struct io_written *written, uint64_t sector);
/* A flush covers what had completed when it began: end gets what begin returned. */
uint64_t io_written_flush_begin(const struct io_written *written);
void io_written_flush_end(struct io_written *written, uint64_t begun);
/* Every sector that was written, in no particular order. */
void io_written_each(const struct io_written *written,
		     void (*fn)(void *ctx, uint64_t sector, bool durable), void *ctx);

#endif
