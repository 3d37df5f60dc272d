/* SPDX-License-Identifier: MIT */
/* Sparse data of a medium, in chunks of 4 KiB. Reading allocates nothing; what was never written
 * comes from the fill function, what was zeroed (deallocated) reads as zeroes and costs nothing per
 * chunk, and whole chunks that the host recognises cost an entry of a table. Not modelled: time. */
#ifndef DOORBELL_NVME_STORE_H
#define DOORBELL_NVME_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_CHUNK_BYTES 4096u

struct nvme_store;

typedef void (*nvme_store_fill)(void *ctx, uint64_t lba, void *sector_data, uint32_t sectors);

typedef bool (*nvme_store_is)(void *ctx, uint64_t lba, const void *data, uint32_t sectors);

/* NULL when memory is short. */
struct nvme_store *nvme_store_create(uint64_t capacity_bytes, nvme_store_fill fill, void *fill_ctx);
void nvme_store_destroy(struct nvme_store *store);
/* Data for which `is` says yes can be made again by `fill`; both with the fill function's
 * context. */
void nvme_store_recognise(struct nvme_store *store, nvme_store_is is, nvme_store_fill fill);

/* Ranges are in bytes and must lie within the capacity. A pointer to `bytes` of data, valid until
 * the next call: the data themselves if they lie in one chunk, else a copy in `scratch`. */
const uint8_t *nvme_store_view(struct nvme_store *store, uint64_t offset, uint32_t bytes,
			       uint8_t *scratch);
void nvme_store_read(struct nvme_store *store, uint64_t offset, void *to, uint32_t bytes);
/* False when memory is short; what fitted is written. */
bool nvme_store_write(struct nvme_store *store, uint64_t offset, const void *from, uint32_t bytes);
bool nvme_store_zero(struct nvme_store *store, uint64_t offset, uint64_t bytes);
/* Host memory taken for data and tree. */
uint64_t nvme_store_bytes(const struct nvme_store *store);

#endif
