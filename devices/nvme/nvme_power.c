/* SPDX-License-Identifier: MIT */
/* What is durable, and the loss of power (7.3.1 names it a reset of the subsystem; Identify, AWUPF,
 * 5.15.2.2, says what must be whole). */
#include "devices/nvme/nvme_internal.h"
#include "model/core/assert.h"

/* The command's data become the newest ones. False: the host is out of memory. */
bool nvme_store_change(struct nvme_cmd *cmd, const uint8_t *data)
{
	struct nvme *nvme = cmd->nvme;
	uint64_t place = cmd->lba * NVME_BLOCK_BYTES;

	cmd->version = ++nvme->version;
	if (nvme->journal && !nvme_journal_note(nvme->journal, place, cmd->bytes, cmd->version))
		return false;
	return nvme_store_write(nvme->store, place, data, cmd->bytes);
}

void nvme_store_durable(struct nvme *nvme, uint64_t offset, uint64_t bytes, uint64_t version)
{
	if (nvme->journal && bytes)
		nvme_journal_durable(nvme->journal, offset, bytes, version);
}

/* Without flash only commands in flight are at stake, and a block of one is old or new. */
static bool block_made_it(void *ctx, uint64_t lba)
{
	struct nvme *nvme = ctx;

	return random_chance(&nvme->random, 1, 2);
}

void nvme_power_cut(struct nvme *nvme)
{
	ASSERT(nvme->journal);
	nvme_trace(nvme, NVME_TRACE_POWER_CUT, nvme_journal_chunks(nvme->journal), 0, 0);
	nvme_reset(nvme);
	if (nvme->flash)
		flash_power_cut(nvme->flash);
	nvme_journal_cut(nvme->journal, nvme->flash ? NULL : block_made_it, nvme);
}
