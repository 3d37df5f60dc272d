// SPDX-License-Identifier: MIT
/* Commands of the NVM command set (6): check, move data, ask the medium. */
#include <stdlib.h>

#include "devices/nvme/nvme_internal.h"

#define DSM_RANGE_BYTES 16u
#define DSM_DEALLOCATE  (1u << 2)   /* AD, 6.7 */

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

static bool in_namespace(const struct nvme_namespace *ns, uint64_t lba, uint64_t blocks)
{
	return lba < ns->blocks && blocks <= ns->blocks - lba;
}

/* A command on SLBA and NLB: 6.6, 6.9, 6.14, 6.15, 6.17. */
static void decode_blocks(struct nvme_cmd *cmd)
{
	bool moves_data = cmd->opcode != NVME_IO_WRITE_ZEROES && cmd->opcode != NVME_IO_VERIFY;
	const struct nvme_namespace *ns = cmd->ns;
	uint32_t blocks = (sqe_dword(cmd->sqe, 12) & 0xffff) + 1;

	cmd->lba = sqe_dword(cmd->sqe, 10) | (uint64_t)sqe_dword(cmd->sqe, 11) << 32;
	/* 5.15.2.2, MDTS: a longer transfer is refused; commands without data have no limit. */
	if (moves_data && blocks > cmd->nvme->cfg.transfer_max >> ns->shift) {
		nvme_cmd_complete(cmd, NVME_ERR_FIELD);
		return;
	}
	if (!in_namespace(ns, cmd->lba, blocks)) {
		nvme_cmd_complete(cmd, NVME_ERR_LBA_RANGE);
		return;
	}
	cmd->place = ns->first + (cmd->lba << ns->shift);
	cmd->length = (uint64_t)blocks << ns->shift;
	if (moves_data)
		nvme_data_begin(cmd, (uint32_t)cmd->length);
	else
		nvme_media_submit(cmd);
}

/* 6.8: all namespaces share the cache; without one in use there is nothing to do. */
static void flush(struct nvme_cmd *cmd)
{
	if (cmd->nvme->cfg.volatile_cache && cmd->nvme->features.write_cache & 1)
		nvme_media_submit(cmd);
	else
		nvme_cmd_complete(cmd, NVME_OK);
}

/* 6.1: of the namespace. 6.8: Flush may address all of them (VWC bits 2:1). */
static uint16_t find_namespace(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	uint32_t nsid = get32(cmd->sqe + 4);

	cmd->ns = nvme_namespace(nvme, nsid);
	if (cmd->ns)
		return cmd->ns->formatting ? NVME_ERR_FORMAT_RUNNING : NVME_OK;
	if (nsid != NVME_NSID_ALL || cmd->opcode != NVME_IO_FLUSH)
		return NVME_ERR_NAMESPACE;
	for (unsigned i = 0; i < nvme->namespaces; i++)
		if (nvme->ns[i].formatting)
			return NVME_ERR_FORMAT_RUNNING;
	return NVME_OK;
}

void nvme_io_decode(struct nvme_cmd *cmd)
{
	uint16_t status = known_opcode(cmd->opcode) ? find_namespace(cmd) : NVME_ERR_OPCODE;

	if (status)
		nvme_cmd_complete(cmd, status);
	else if (cmd->opcode == NVME_IO_DSM)
		nvme_data_begin(cmd, ((sqe_dword(cmd->sqe, 10) & 0xff) + 1) * DSM_RANGE_BYTES);
	else if (cmd->opcode == NVME_IO_FLUSH)
		flush(cmd);
	else
		decode_blocks(cmd);
}

/* Data to the controller are read before the medium is asked, data from it sent afterwards. */
void nvme_io_mapped(struct nvme_cmd *cmd)
{
	unsigned pages = cmd->pages;

	if (cmd->opcode == NVME_IO_READ) {
		nvme_media_submit(cmd);
		return;
	}
	if (cmd->opcode == NVME_IO_WRITE && pages > 1 && !cmd->staged) {
		cmd->staged = malloc(cmd->nvme->cfg.transfer_max);
		if (!cmd->staged) {
			nvme_cmd_complete(cmd, NVME_ERR_INTERNAL);
			return;
		}
	}
	cmd->phase = NVME_PHASE_DATA;
	cmd->waiting = cmd->pages;
	for (unsigned i = 0; i < pages; i++) {
		struct nvme_piece piece = nvme_data_piece(cmd, i);

		nvme_dma_read(cmd->nvme, piece.addr, piece.bytes,
			      nvme_tag(NVME_TAG_DATA, cmd->generation, cmd->index, i));
	}
}

static uint16_t take_data(struct nvme_cmd *cmd, struct nvme_piece piece, const void *data)
{
	struct nvme *nvme = cmd->nvme;
	const uint8_t *ours;

	switch (cmd->opcode) {
	case NVME_IO_WRITE:
		/* A block is never seen half (AWUN): all of the data change at one moment. */
		if (cmd->pages == 1)
			return nvme_store_change(cmd, data) ? NVME_OK : NVME_ERR_INTERNAL;
		memcpy(cmd->staged + piece.offset, data, piece.bytes);
		return NVME_OK;
	case NVME_IO_COMPARE:
		ours = nvme_store_view(nvme->store, cmd->place + piece.offset, piece.bytes,
				       nvme->scratch);
		return memcmp(ours, data, piece.bytes) ? NVME_ERR_COMPARE : NVME_OK;
	default:
		memcpy(nvme->dsm + (size_t)cmd->index * NVME_DSM_BYTES + piece.offset, data,
		       piece.bytes);
		return NVME_OK;
	}
}

/* A piece of data has come. */
void nvme_io_data(struct nvme_cmd *cmd, unsigned piece, const struct dma_done *done)
{
	uint16_t status = NVME_ERR_DATA_TRANSFER;

	if (done->status == DMA_OK)
		status = take_data(cmd, nvme_data_piece(cmd, piece), done->data);
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

	for (unsigned i = 0; i < cmd->pages; i++) {
		struct nvme_piece piece = nvme_data_piece(cmd, i);

		nvme_dma_write(nvme, piece.addr,
			       nvme_store_view(nvme->store, cmd->place + piece.offset,
					       piece.bytes, nvme->scratch),
			       piece.bytes);
	}
}

/* Zeroes are no data to be programmed: they are durable with the table that says so. */
uint16_t nvme_zero(struct nvme *nvme, uint64_t place, uint64_t bytes)
{
	if (!nvme_store_zero(nvme->store, place, bytes))
		return NVME_ERR_INTERNAL;
	nvme_store_durable(nvme, place, bytes, UINT64_MAX);
	nvme_media_trim(nvme, place, bytes);
	return NVME_OK;
}

/* 6.7: every range is checked before the first is touched. */
static uint16_t deallocate(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	const struct nvme_namespace *ns = cmd->ns;
	const uint8_t *ranges = nvme->dsm + (size_t)cmd->index * NVME_DSM_BYTES;

	for (uint32_t i = 0; i < cmd->bytes; i += DSM_RANGE_BYTES) {
		uint32_t blocks = get32(ranges + i + 4);

		if (blocks && !in_namespace(ns, get64(ranges + i + 8), blocks))
			return NVME_ERR_LBA_RANGE;
	}
	if (!(sqe_dword(cmd->sqe, 11) & DSM_DEALLOCATE))
		return NVME_OK;
	for (uint32_t i = 0; i < cmd->bytes; i += DSM_RANGE_BYTES) {
		uint64_t blocks = get32(ranges + i + 4);
		uint16_t status = NVME_OK;

		/* An empty range may say any address. */
		if (blocks)
			status = nvme_zero(nvme,
					   ns->first + (get64(ranges + i + 8) << ns->shift),
					   blocks << ns->shift);
		if (status)
			return status;
	}
	return NVME_OK;
}

static void count_read(struct nvme_cmd *cmd)
{
	cmd->ns->reads++;
	cmd->ns->sectors_read += cmd->length / NVME_BLOCK_BYTES;
}

/* The medium has done its part. */
void nvme_io_medium_done(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	uint16_t status = cmd->status;

	if (!cmd->sqid) {
		nvme_format_done(cmd);
		return;
	}
	switch (cmd->opcode) {
	case NVME_IO_READ:
		send_data(cmd);
		count_read(cmd);
		break;
	case NVME_IO_COMPARE:
		count_read(cmd);
		break;
	case NVME_IO_WRITE:
		cmd->ns->writes++;
		cmd->ns->sectors_written += cmd->length / NVME_BLOCK_BYTES;
		if (!nvme->flash)
			nvme_store_durable(nvme, cmd->place, cmd->bytes, cmd->version);
		break;
	case NVME_IO_WRITE_ZEROES:
		status = nvme_zero(nvme, cmd->place, cmd->length);
		break;
	case NVME_IO_DSM:
		status = deallocate(cmd);
		break;
	default:
		break;
	}
	nvme_cmd_complete(cmd, status);
}
