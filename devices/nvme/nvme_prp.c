// SPDX-License-Identifier: MIT
/* Physical Region Pages (4.3): where a command's data lie in memory. */
#include "devices/nvme/nvme_internal.h"

#define PRP_BYTES 8u

static uint32_t pages_of(uint32_t bytes, uint32_t page_bytes)
{
	return (bytes + page_bytes - 1) / page_bytes;
}

/* Reads the list at `addr` up to its last needed entry or the end of its page, where it goes on by
 * a pointer in the last slot if more entries are needed. */
static void read_list(struct nvme_cmd *cmd, uint64_t addr)
{
	struct nvme *nvme = cmd->nvme;
	uint32_t room = (nvme->page_bytes - (uint32_t)(addr & (nvme->page_bytes - 1))) / PRP_BYTES;
	uint32_t want = cmd->pages - cmd->mapped;

	cmd->phase = NVME_PHASE_LIST;
	nvme_dma_read(nvme, addr, (want < room ? want : room) * PRP_BYTES,
		      nvme_tag(NVME_TAG_LIST, cmd->generation, cmd->index, 0));
}

static void prp_begin(struct nvme_cmd *cmd, uint32_t bytes)
{
	uint32_t page = cmd->nvme->page_bytes;
	uint64_t prp1 = get64(cmd->sqe + 24), prp2 = get64(cmd->sqe + 32);
	uint32_t room = page - (uint32_t)(prp1 & (page - 1));

	cmd->by_sgl = false;
	cmd->bytes = bytes;
	cmd->first_bytes = bytes < room ? bytes : room;
	cmd->pages = (uint16_t)(1 + pages_of(bytes - cmd->first_bytes, page));
	cmd->prp[0] = prp1;
	cmd->mapped = 1;
	/* The first entry may start within a page, at a dword; the list within one, at an entry. */
	if (prp1 & 3 || (cmd->pages == 2 && prp2 & (page - 1)) ||
	    (cmd->pages > 2 && prp2 & (PRP_BYTES - 1))) {
		nvme_cmd_complete(cmd, NVME_ERR_PRP_OFFSET);
		return;
	}
	if (cmd->pages > 2) {
		read_list(cmd, prp2);
		return;
	}
	cmd->prp[1] = prp2;
	nvme_cmd_mapped(cmd);
}

static void prp_list_done(struct nvme_cmd *cmd, const struct dma_done *done)
{
	uint32_t page = cmd->nvme->page_bytes;
	uint32_t want = cmd->pages - cmd->mapped, read = done->bytes / PRP_BYTES;
	uint32_t entries = read < want ? read : want;
	bool chained = want > entries;
	const uint8_t *list = done->data;
	uint64_t next;

	if (done->status != DMA_OK || !entries) {
		nvme_cmd_complete(cmd, NVME_ERR_DATA_TRANSFER);
		return;
	}
	for (uint32_t i = 0; i < entries; i++) {
		/* Neither a page nor a further list starts within a page. */
		next = get64(list + i * PRP_BYTES);
		if (next & (page - 1)) {
			nvme_cmd_complete(cmd, NVME_ERR_PRP_OFFSET);
			return;
		}
		if (chained && i == entries - 1)
			read_list(cmd, next);
		else
			cmd->prp[cmd->mapped++] = next;
	}
	if (!chained)
		nvme_cmd_mapped(cmd);
}

/* Finds where `bytes` of data lie and calls nvme_cmd_mapped, at once or after reading lists; or
 * completes the command with an error. PSDT, 4.2, was checked. */
void nvme_data_begin(struct nvme_cmd *cmd, uint32_t bytes)
{
	if (cmd->sqe[1] & NVME_PSDT)
		nvme_sgl_begin(cmd, bytes);
	else
		prp_begin(cmd, bytes);
}

void nvme_list_done(struct nvme_cmd *cmd, const struct dma_done *done)
{
	if (cmd->by_sgl)
		nvme_sgl_list_done(cmd, done);
	else
		prp_list_done(cmd, done);
}

/* Part `i` of cmd->pages. */
struct nvme_piece nvme_data_piece(const struct nvme_cmd *cmd, unsigned i)
{
	uint32_t page = cmd->nvme->page_bytes, offset, rest;

	if (cmd->by_sgl)
		return cmd->pieces[i];
	if (i == 0)
		return (struct nvme_piece){ cmd->prp[0], 0, cmd->first_bytes };
	offset = cmd->first_bytes + (i - 1) * page;
	rest = cmd->bytes - offset;
	return (struct nvme_piece){ cmd->prp[i], offset, rest < page ? rest : page };
}
