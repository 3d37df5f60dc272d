/* SPDX-License-Identifier: MIT */
/* What a loss of power takes back. The store always holds the newest data; for what is not durable
 * yet the journal keeps the content before it, chunk by chunk. Versions count the device's writes.
 * Not modelled: time, data that fade. */
#ifndef DOORBELL_NVME_JOURNAL_H
#define DOORBELL_NVME_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/nvme/nvme_store.h"

struct nvme_journal;

/* NULL when memory is short. The store must outlive it. */
struct nvme_journal *nvme_journal_create(struct nvme_store *store);
void nvme_journal_destroy(struct nvme_journal *journal);
/* The range, in bytes, is about to be changed by write `version`. False when memory is short. */
bool nvme_journal_note(struct nvme_journal *journal, uint64_t offset, uint64_t bytes,
		       uint64_t version);
/* What the range held after write `version` is durable now. */
void nvme_journal_durable(struct nvme_journal *journal, uint64_t offset, uint64_t bytes,
			  uint64_t version);
/* Power is lost: the store goes back to what was durable, except for blocks of 512 bytes of which
 * `keeps` says that their newest content had made it (NULL: none). */
void nvme_journal_cut(struct nvme_journal *journal, bool (*keeps)(void *ctx, uint64_t lba),
		      void *ctx);
/* Chunks with data that a loss of power would take back. */
uint64_t nvme_journal_chunks(const struct nvme_journal *journal);

#endif
