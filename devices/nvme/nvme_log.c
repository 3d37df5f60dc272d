// SPDX-License-Identifier: MIT
/* Get Log Page, 5.14: errors, health, firmware slots, commands supported and effects. */
#include "devices/nvme/nvme_internal.h"

#define ERROR_ENTRY_BYTES 64u
#define SMART_BYTES       512u
#define FIRMWARE_BYTES    512u
#define EFFECTS_BYTES     4096u
#define TEMPERATURE       313u      /* kelvin, constant: no thermal model */
#define SPARE_THRESHOLD   10u       /* per cent */
#define SECTORS_PER_UNIT  1000u     /* data units, 5.14.1.2 */

#define EFFECT_SUPPORTED  (1u << 0)
#define EFFECT_CONTENT    (1u << 1) /* LBCC: logical block content may change */

/* Critical warning bit 1: the temperature has left its thresholds. */
uint8_t nvme_temperature_warning(const struct nvme *nvme)
{
	bool warn = TEMPERATURE >= nvme->features.over || TEMPERATURE <= nvme->features.under;

	return (uint8_t)(warn << 1);
}

void nvme_log_error(struct nvme *nvme, unsigned sqid, uint16_t cid, uint16_t status, uint64_t lba,
		    uint32_t nsid)
{
	nvme->errors[nvme->error_count % NVME_ERRORS] = (struct nvme_error){
		.number = nvme->error_count + 1,
		.sqid = (uint16_t)sqid,
		.cid = cid,
		.status = status,
		.lba = lba,
		.nsid = nsid,
	};
	nvme->error_count++;
}

/* 5.14.1.1: newest first. */
static void error_page(const struct nvme *nvme, uint8_t *page)
{
	for (uint64_t i = 0; i < NVME_ERRORS && i < nvme->error_count; i++) {
		const struct nvme_error *error =
			&nvme->errors[(nvme->error_count - 1 - i) % NVME_ERRORS];
		uint8_t *entry = page + i * ERROR_ENTRY_BYTES;

		put64(entry, error->number);
		put16(entry + 8, error->sqid);
		put16(entry + 10, error->cid);
		put16(entry + 12, (uint16_t)(error->status << 1));
		put16(entry + 14, 0xffff);          /* no parameter is named */
		put64(entry + 16, error->lba);
		put32(entry + 24, error->nsid);
	}
}

static uint64_t data_units(uint64_t sectors)
{
	return (sectors + SECTORS_PER_UNIT - 1) / SECTORS_PER_UNIT;
}

static void smart_page(const struct nvme *nvme, uint8_t *page)
{
	const struct nvme_health *health = &nvme->health;

	page[0] = nvme_temperature_warning(nvme);
	put16(page + 1, TEMPERATURE);
	page[3] = 100;                              /* available spare */
	page[4] = SPARE_THRESHOLD;
	put64(page + 32, data_units(health->sectors_read));
	put64(page + 48, data_units(health->sectors_written));
	put64(page + 64, health->reads);
	put64(page + 80, health->writes);
	put64(page + 112, health->power_cycles);
	put64(page + 144, health->unsafe_shutdowns);
	put64(page + 176, nvme->error_count);
}

static void firmware_page(uint8_t *page)
{
	page[0] = 1;                                /* AFI: slot 1 is active */
	memcpy(page + 8, "1.0     ", 8);
}

static void effects_page(uint8_t *page)
{
	static const uint8_t admin[] = {
		NVME_ADMIN_DELETE_SQ, NVME_ADMIN_CREATE_SQ, NVME_ADMIN_GET_LOG,
		NVME_ADMIN_DELETE_CQ, NVME_ADMIN_CREATE_CQ, NVME_ADMIN_IDENTIFY,
		NVME_ADMIN_ABORT, NVME_ADMIN_SET_FEATURES, NVME_ADMIN_GET_FEATURES,
		NVME_ADMIN_ASYNC_EVENT,
	};
	static const uint8_t reading[] = { NVME_IO_FLUSH, NVME_IO_READ, NVME_IO_COMPARE,
					   NVME_IO_VERIFY };
	static const uint8_t changing[] = { NVME_IO_WRITE, NVME_IO_WRITE_ZEROES, NVME_IO_DSM };
	uint8_t *io = page + 1024;

	for (size_t i = 0; i < sizeof(admin); i++)
		put32(page + 4 * admin[i], EFFECT_SUPPORTED);
	for (size_t i = 0; i < sizeof(reading); i++)
		put32(io + 4 * reading[i], EFFECT_SUPPORTED);
	for (size_t i = 0; i < sizeof(changing); i++)
		put32(io + 4 * changing[i], EFFECT_SUPPORTED | EFFECT_CONTENT);
}

static uint32_t page_bytes(uint8_t id)
{
	switch (id) {
	case NVME_LOG_ERROR:
		return NVME_ERRORS * ERROR_ENTRY_BYTES;
	case NVME_LOG_SMART:
		return SMART_BYTES;
	case NVME_LOG_FIRMWARE:
		return FIRMWARE_BYTES;
	case NVME_LOG_EFFECTS:
		return EFFECTS_BYTES;
	default:
		return 0;
	}
}

static uint64_t log_offset(const uint8_t *sqe)
{
	return sqe_dword(sqe, 12) | (uint64_t)sqe_dword(sqe, 13) << 32;
}

/* What can be refused before the data pointer is looked at. */
uint16_t nvme_log_check(const uint8_t *sqe, uint32_t *bytes)
{
	uint32_t dw10 = sqe_dword(sqe, 10), nsid = get32(sqe + 4);
	uint64_t dwords = ((dw10 >> 16) | (uint64_t)(sqe_dword(sqe, 11) & 0xffff) << 16) + 1;
	uint32_t size = page_bytes((uint8_t)dw10);

	if (!size)
		return NVME_ERR_LOG_PAGE;
	/* All pages are the controller's (LPA bit 0 is clear). */
	if (nsid && nsid != NVME_NSID_ALL)
		return NVME_ERR_FIELD;
	if (dwords > NVME_TRANSFER_MAX / 4 || log_offset(sqe) & 3 || log_offset(sqe) > size)
		return NVME_ERR_FIELD;
	*bytes = (uint32_t)dwords * 4;
	return NVME_OK;
}

/* Copies the part of the page that a piece of the answer holds; behind its end are zeroes. */
static void copy_part(uint8_t *to, uint32_t bytes, const uint8_t *page, uint32_t size,
		      uint64_t from)
{
	uint64_t have = from < size ? size - from : 0;

	if (have > bytes)
		have = bytes;
	if (have)
		memcpy(to, page + from, have);
	memset(to + have, 0, bytes - have);
}

void nvme_log_send(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	uint32_t dw10 = sqe_dword(cmd->sqe, 10), offset, bytes;
	uint8_t id = (uint8_t)dw10;

	memset(nvme->answer, 0, sizeof(nvme->answer));
	if (id == NVME_LOG_ERROR)
		error_page(nvme, nvme->answer);
	else if (id == NVME_LOG_SMART)
		smart_page(nvme, nvme->answer);
	else if (id == NVME_LOG_FIRMWARE)
		firmware_page(nvme->answer);
	else
		effects_page(nvme->answer);
	for (unsigned i = 0; i < cmd->pages; i++) {
		uint64_t addr = nvme_prp_page(cmd, i, &offset, &bytes);

		copy_part(nvme->scratch, bytes, nvme->answer, page_bytes(id),
			  log_offset(cmd->sqe) + offset);
		nvme_dma_write(nvme, addr, nvme->scratch, bytes);
	}
	nvme_cmd_complete(cmd, NVME_OK);
	/* RAE, bit 15: the event stays masked. */
	if (!(dw10 & 1u << 15))
		nvme_event_log_read(nvme, id);
}
