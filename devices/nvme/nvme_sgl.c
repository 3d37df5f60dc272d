// SPDX-License-Identifier: MIT
/* Scatter gather lists (4.4): where a command's data lie in memory. Data blocks must be aligned to
 * dwords in address and length (SGLS 10b), and describe exactly what the command moves. At most
 * NVME_PIECES_MAX descriptors are taken, so that a list that never ends does end. */
#include <stdlib.h>

#include "devices/nvme/nvme_internal.h"

#define SEGMENT_ALIGN 8u
#define PIECE_BYTES   4096u    /* pieces end at pages, as those of PRPs do */

static void finish(struct nvme_cmd *cmd, uint16_t status)
{
	if (!status && cmd->sgl.bytes != cmd->bytes)
		status = NVME_ERR_SGL_LENGTH;
	if (status)
		nvme_cmd_complete(cmd, status);
	else
		nvme_cmd_mapped(cmd);
}

static bool add_piece(struct nvme_cmd *cmd, uint64_t addr, uint32_t bytes)
{
	if (cmd->pages == NVME_PIECES_MAX)
		return false;
	cmd->pieces[cmd->pages++] = (struct nvme_piece){ addr, cmd->sgl.bytes, bytes };
	cmd->sgl.bytes += bytes;
	return true;
}

static uint16_t add_block(struct nvme_cmd *cmd, uint64_t addr, uint32_t bytes)
{
	if ((addr | bytes) & 3)
		return NVME_ERR_SGL_GRANULARITY;
	if (bytes > cmd->bytes - cmd->sgl.bytes || addr + bytes < addr)
		return NVME_ERR_SGL_LENGTH;
	while (bytes) {
		uint32_t room = PIECE_BYTES - (uint32_t)(addr % PIECE_BYTES);
		uint32_t part = bytes < room ? bytes : room;

		if (!add_piece(cmd, addr, part))
			return NVME_ERR_SGL_COUNT;
		addr += part;
		bytes -= part;
	}
	return NVME_OK;
}

/* What the controller would send is dropped; of what it takes, a bit bucket is no part. */
static uint16_t add_bucket(struct nvme_cmd *cmd, uint32_t bytes)
{
	if (cmd->opcode != NVME_IO_READ)
		return NVME_OK;
	if (bytes & 3)
		return NVME_ERR_SGL_GRANULARITY;
	if (bytes > cmd->bytes - cmd->sgl.bytes)
		return NVME_ERR_SGL_LENGTH;
	cmd->sgl.bytes += bytes;
	return NVME_OK;
}

static void read_segment(struct nvme_cmd *cmd)
{
	uint32_t left = cmd->sgl.left;

	cmd->phase = NVME_PHASE_LIST;
	nvme_dma_read(cmd->nvme, cmd->sgl.addr, left < NVME_LIST_BYTES ? left : NVME_LIST_BYTES,
		      nvme_tag(NVME_TAG_LIST, cmd->generation, cmd->index, 0));
}

/* A (Last) Segment descriptor: the list goes on there. */
static uint16_t enter_segment(struct nvme_cmd *cmd, uint64_t addr, uint32_t bytes, bool last)
{
	if (!bytes || bytes % NVME_SGL_BYTES || addr % SEGMENT_ALIGN)
		return NVME_ERR_SGL_SEGMENT;
	cmd->sgl.addr = addr;
	cmd->sgl.left = bytes;
	cmd->sgl.last = last;
	return NVME_OK;
}

/* One descriptor, `final` in its segment. */
static uint16_t take(struct nvme_cmd *cmd, const uint8_t *descriptor, bool final)
{
	uint64_t addr = get64(descriptor);
	uint32_t bytes = get32(descriptor + 8);
	unsigned type = descriptor[15] >> 4;

	if (++cmd->sgl.descriptors > NVME_PIECES_MAX)
		return NVME_ERR_SGL_COUNT;
	if (descriptor[15] & 15)
		return NVME_ERR_SGL_TYPE;
	switch (type) {
	case NVME_SGL_DATA:
		return add_block(cmd, addr, bytes);
	case NVME_SGL_BIT_BUCKET:
		return add_bucket(cmd, bytes);
	case NVME_SGL_SEGMENT:
	case NVME_SGL_LAST_SEGMENT:
		if (cmd->sgl.last)
			return NVME_ERR_SGL_SEGMENT;
		if (!final)
			return NVME_ERR_SGL_COUNT;
		return enter_segment(cmd, addr, bytes, type == NVME_SGL_LAST_SEGMENT);
	default:
		return NVME_ERR_SGL_TYPE;
	}
}

static bool is_segment(const uint8_t *descriptor)
{
	unsigned type = descriptor[15] >> 4;

	return type == NVME_SGL_SEGMENT || type == NVME_SGL_LAST_SEGMENT;
}

/* The descriptor in the command. */
void nvme_sgl_begin(struct nvme_cmd *cmd, uint32_t bytes)
{
	const uint8_t *first = cmd->sqe + 24;
	uint16_t status;

	cmd->by_sgl = true;
	cmd->bytes = bytes;
	cmd->pages = 0;
	cmd->sgl = (struct nvme_sgl){ 0 };
	if (!cmd->pieces)
		cmd->pieces = malloc(NVME_PIECES_MAX * sizeof(*cmd->pieces));
	status = cmd->pieces ? take(cmd, first, true) : NVME_ERR_INTERNAL;
	if (status || !is_segment(first))
		finish(cmd, status);
	else
		read_segment(cmd);
}

/* Descriptors of a segment, not necessarily all. */
void nvme_sgl_list_done(struct nvme_cmd *cmd, const struct dma_done *done)
{
	const uint8_t *list = done->data;

	if (done->status != DMA_OK) {
		finish(cmd, NVME_ERR_DATA_TRANSFER);
		return;
	}
	cmd->sgl.addr += done->bytes;
	cmd->sgl.left -= done->bytes;
	for (uint32_t i = 0; i < done->bytes; i += NVME_SGL_BYTES) {
		bool final = !cmd->sgl.left && i + NVME_SGL_BYTES == done->bytes;
		bool last = cmd->sgl.last;
		uint16_t status = take(cmd, list + i, final);

		/* A segment that is not the last one ends with where the next is. */
		if (!status && final && !last && !is_segment(list + i))
			status = NVME_ERR_SGL_SEGMENT;
		if (status || (final && last)) {
			finish(cmd, status);
			return;
		}
	}
	read_segment(cmd);
}
