// SPDX-License-Identifier: MIT
/* Commands of the NVM command set (6): check, move data, ask the medium. */
#include <stdlib.h>

#include "devices/nvme/nvme_internal.h"

#define DSM_RANGE_BYTES 16u
#define DSM_DEALLOCATE  (1u << 2)   /* AD, 6.7 */

static bool valid_namespace(const struct nvme_cmd *cmd)
{
	uint32_t nsid = get32(cmd->sqe + 4);

	/* 6.8: Flush may address all namespaces. */
	return nsid == 1 || (nsid == NVME_NSID_ALL && cmd->opcode == NVME_IO_FLUSH);
}

static bool known_opcode(uint8_t opcode)
{
	switch (opcode) {
	case NVME_IO_FLUSH:
	case NVME_IO_WRITE:
	case NVME_IO_READ:
	case NVME_IO_COMPARE:
	case NVME_IO_WRITE_ZEROES:
	case NVME_IO_DSM:
	case NVME_IO_VERIFY:
		return true;
	default:
		return false;
	}
}

static bool in_namespace(const struct nvme *nvme, uint64_t lba, uint64_t sectors)
{
	return lba < nvme->blocks && sectors <= nvme->blocks - lba;
}

/* A command on SLBA and NLB: 6.6, 6.9, 6.14 to 6.17. */
static void decode_blocks(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	bool moves_data = cmd->opcode != NVME_IO_WRITE_ZEROES && cmd->opcode != NVME_IO_VERIFY;

	cmd->lba = sqe_dword(cmd->sqe, 10) | (uint64_t)sqe_dword(cmd->sqe, 11) << 32;
	cmd->sectors = (sqe_dword(cmd->sqe, 12) & 0xffff) + 1;
	/* 5.15.2.2, MDTS: a longer transfer is refused; commands without data have no limit. */
	if (moves_data && cmd->sectors > NVME_TRANSFER_MAX / NVME_BLOCK_BYTES) {
		nvme_cmd_complete(cmd, NVME_ERR_FIELD);
		return;
	}
	if (!in_namespace(nvme, cmd->lba, cmd->sectors)) {
		nvme_cmd_complete(cmd, NVME_ERR_LBA_RANGE);
		return;
	}
	if (moves_data)
		nvme_prp_begin(cmd, cmd->sectors * NVME_BLOCK_BYTES);
	else
		nvme_media_submit(cmd);
}

void nvme_io_decode(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;

	if (!known_opcode(cmd->opcode)) {
		nvme_cmd_complete(cmd, NVME_ERR_OPCODE);
		return;
	}
	if (!valid_namespace(cmd)) {
		nvme_cmd_complete(cmd, NVME_ERR_NAMESPACE);
		return;
	}
	if (cmd->opcode == NVME_IO_DSM) {
		nvme_prp_begin(cmd, ((sqe_dword(cmd->sqe, 10) & 0xff) + 1) * DSM_RANGE_BYTES);
		return;
	}
	if (cmd->opcode != NVME_IO_FLUSH) {
		decode_blocks(cmd);
		return;
	}
	/* 6.8: without a volatile cache in use there is nothing to do. */
	if (nvme->cfg.volatile_cache && nvme->features.write_cache & 1)
		nvme_media_submit(cmd);
	else
		nvme_cmd_complete(cmd, NVME_OK);
}

/* Data to the controller are read before the medium is asked, data from it sent afterwards. */
void nvme_io_mapped(struct nvme_cmd *cmd)
{
	unsigned pages = cmd->pages;
	uint32_t offset, bytes;

	if (cmd->opcode == NVME_IO_READ) {
		nvme_media_submit(cmd);
		return;
	}
	if (cmd->opcode == NVME_IO_WRITE && pages > 1 && !cmd->staged) {
		cmd->staged = malloc(NVME_TRANSFER_MAX);
		if (!cmd->staged) {
			nvme_cmd_complete(cmd, NVME_ERR_INTERNAL);
			return;
		}
	}
	cmd->phase = NVME_PHASE_DATA;
	cmd->waiting = cmd->pages;
	for (unsigned i = 0; i < pages; i++) {
		uint64_t addr = nvme_prp_page(cmd, i, &offset, &bytes);

		nvme_dma_read(cmd->nvme, addr, bytes,
			      nvme_tag(NVME_TAG_DATA, cmd->generation, cmd->index, i));
	}
}

static uint16_t take_data(struct nvme_cmd *cmd, uint32_t offset, const void *data, uint32_t bytes)
{
	struct nvme *nvme = cmd->nvme;
	uint64_t place = cmd->lba * NVME_BLOCK_BYTES + offset;
	const uint8_t *ours;

	switch (cmd->opcode) {
	case NVME_IO_WRITE:
		/* A block is never seen half (AWUN): all of the data change at one moment. */
		if (cmd->pages == 1)
			return nvme_store_change(cmd, data) ? NVME_OK : NVME_ERR_INTERNAL;
		memcpy(cmd->staged + offset, data, bytes);
		return NVME_OK;
	case NVME_IO_COMPARE:
		ours = nvme_store_view(nvme->store, place, bytes, nvme->scratch);
		return memcmp(ours, data, bytes) ? NVME_ERR_COMPARE : NVME_OK;
	default:
		memcpy(nvme->dsm + (size_t)cmd->index * NVME_DSM_BYTES + offset, data, bytes);
		return NVME_OK;
	}
}

/* A page of data has come. */
void nvme_io_data(struct nvme_cmd *cmd, unsigned page, const struct dma_done *done)
{
	uint32_t offset, bytes;
	uint16_t status = NVME_ERR_DATA_TRANSFER;

	nvme_prp_page(cmd, page, &offset, &bytes);
	if (done->status == DMA_OK)
		status = take_data(cmd, offset, done->data, bytes);
	/* The first error is the one reported; a comparison that failed outlasts none of them. */
	if (status && (!cmd->status || cmd->status == NVME_ERR_COMPARE))
		cmd->status = status;
	if (--cmd->waiting)
		return;
	if (!cmd->status && cmd->opcode == NVME_IO_WRITE && cmd->pages > 1 &&
	    !nvme_store_change(cmd, cmd->staged))
		cmd->status = NVME_ERR_INTERNAL;
	if (cmd->status && cmd->status != NVME_ERR_COMPARE)
		nvme_cmd_complete(cmd, cmd->status);
	else
		nvme_media_submit(cmd);
}

static void send_data(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	uint64_t place = cmd->lba * NVME_BLOCK_BYTES;
	uint32_t offset, bytes;

	for (unsigned i = 0; i < cmd->pages; i++) {
		uint64_t addr = nvme_prp_page(cmd, i, &offset, &bytes);

		nvme_dma_write(nvme, addr,
			       nvme_store_view(nvme->store, place + offset, bytes, nvme->scratch),
			       bytes);
	}
}

/* Zeroes are no data to be programmed: they are durable with the table that says so. */
static uint16_t zero(struct nvme *nvme, uint64_t lba, uint64_t sectors)
{
	uint64_t place = lba * NVME_BLOCK_BYTES, bytes = sectors * NVME_BLOCK_BYTES;

	if (!nvme_store_zero(nvme->store, place, bytes))
		return NVME_ERR_INTERNAL;
	nvme_store_durable(nvme, place, bytes, UINT64_MAX);
	nvme_media_trim(nvme, lba, sectors);
	return NVME_OK;
}

/* 6.7: every range is checked before the first is touched. */
static uint16_t deallocate(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	const uint8_t *ranges = nvme->dsm + (size_t)cmd->index * NVME_DSM_BYTES;

	for (uint32_t i = 0; i < cmd->bytes; i += DSM_RANGE_BYTES) {
		uint32_t sectors = get32(ranges + i + 4);

		if (sectors && !in_namespace(nvme, get64(ranges + i + 8), sectors))
			return NVME_ERR_LBA_RANGE;
	}
	if (!(sqe_dword(cmd->sqe, 11) & DSM_DEALLOCATE))
		return NVME_OK;
	for (uint32_t i = 0; i < cmd->bytes; i += DSM_RANGE_BYTES) {
		uint16_t status = zero(nvme, get64(ranges + i + 8), get32(ranges + i + 4));

		if (status)
			return status;
	}
	return NVME_OK;
}

/* The medium has done its part. */
void nvme_io_medium_done(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	uint16_t status = cmd->status;

	switch (cmd->opcode) {
	case NVME_IO_READ:
		send_data(cmd);
		nvme->health.reads++;
		nvme->health.sectors_read += cmd->sectors;
		break;
	case NVME_IO_COMPARE:
		nvme->health.reads++;
		nvme->health.sectors_read += cmd->sectors;
		break;
	case NVME_IO_WRITE:
		nvme->health.writes++;
		nvme->health.sectors_written += cmd->sectors;
		if (!nvme->flash)
			nvme_store_durable(nvme, cmd->lba * NVME_BLOCK_BYTES, cmd->bytes,
					   cmd->version);
		break;
	case NVME_IO_WRITE_ZEROES:
		status = zero(nvme, cmd->lba, cmd->sectors);
		break;
	case NVME_IO_DSM:
		status = deallocate(cmd);
		break;
	default:
		break;
	}
	nvme_cmd_complete(cmd, status);
}
