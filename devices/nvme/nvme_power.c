/* SPDX-License-Identifier: MIT */
/* What is durable, and the loss of power (7.3.1 names it a reset of the subsystem; Identify, AWUPF,
 * 5.15.2.2, says what must be whole). */
#include "devices/nvme/nvme_internal.h"
#include "model/core/assert.h"

/* The command's data become the newest ones. False: the host is out of memory. */
bool nvme_store_change(struct nvme_cmd *cmd, const uint8_t *data)
{
	struct nvme *nvme = cmd->nvme;

	cmd->version = ++nvme->version;
	if (nvme->journal && !nvme_journal_note(nvme->journal, cmd->place, cmd->bytes, cmd->version))
		return false;
	return nvme_store_write(nvme->store, cmd->place, data, cmd->bytes);
}

void nvme_store_durable(struct nvme *nvme, uint64_t offset, uint64_t bytes, uint64_t version)
{
	if (nvme->journal && bytes)
		nvme_journal_durable(nvme->journal, offset, bytes, version);
}

static unsigned shift_at(const struct nvme *nvme, uint64_t place)
{
	for (unsigned i = 0; i < nvme->namespaces; i++)
		if (place - nvme->ns[i].first < nvme->ns[i].bytes)
			return nvme->ns[i].shift;
	return 9;
}

/* Without flash only commands in flight are at stake, and a logical block of one is old or new
 * (AWUPF 0). Sectors of a chunk are asked for in order. */
static bool sector_made_it(void *ctx, uint64_t sector)
{
	struct nvme *nvme = ctx;
	uint64_t place = sector * NVME_BLOCK_BYTES;

	if (place % (1ull << shift_at(nvme, place)) == 0)
		nvme->block_made_it = random_chance(&nvme->random, 1, 2);
	return nvme->block_made_it;
}

void nvme_power_cut(struct nvme *nvme)
{
	ASSERT(nvme->journal);
	nvme_trace(nvme, NVME_TRACE_POWER_CUT, nvme_journal_chunks(nvme->journal), 0, 0);
	nvme_reset(nvme);
	if (nvme->flash)
		flash_power_cut(nvme->flash);
	nvme_journal_cut(nvme->journal, nvme->flash ? NULL : sector_made_it, nvme);
}
