// SPDX-License-Identifier: MIT
/* Get Log Page, 5.14: errors, health, firmware slots, changed namespaces, commands supported and
 * effects. */
#include "devices/nvme/nvme_internal.h"

#define ERROR_ENTRY_BYTES 64u
#define SMART_BYTES       512u
#define FIRMWARE_BYTES    512u
#define EFFECTS_BYTES     4096u
#define NAMESPACES_BYTES  4096u
#define TEMPERATURE       313u      /* kelvin, constant: no thermal model */
#define SPARE_THRESHOLD   10u       /* per cent */
#define PS_PER_HOUR       (3600000000 * PS_PER_US) /* power on hours, 5.14.1.2 */
#define SECTORS_PER_UNIT  1000u     /* data units, 5.14.1.2 */

#define EFFECT_SUPPORTED  (1u << 0)
#define EFFECT_CONTENT    (1u << 1) /* LBCC: logical block content may change */
#define EFFECT_CAPABILITY (1u << 2) /* NCC: namespace capabilities may change */
#define EFFECT_ALONE      (1u << 16) /* CSE 001b: no other command to the same namespace */

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

/* Of one namespace, or of all (nsid 0 or FFFFFFFFh). */
static void smart_page(const struct nvme *nvme, uint32_t nsid, uint8_t *page)
{
	const struct nvme_health *health = &nvme->health;
	struct nvme_namespace sum = { 0 };

	for (unsigned i = 0; i < nvme->namespaces; i++) {
		const struct nvme_namespace *ns = &nvme->ns[i];

		if (nsid && nsid != NVME_NSID_ALL && nsid != ns->nsid)
			continue;
		sum.sectors_read += ns->sectors_read;
		sum.sectors_written += ns->sectors_written;
		sum.reads += ns->reads;
		sum.writes += ns->writes;
	}
	page[0] = nvme_temperature_warning(nvme);
	put16(page + 1, TEMPERATURE);
	page[3] = 100;                              /* available spare */
	page[4] = SPARE_THRESHOLD;
	put64(page + 32, data_units(sum.sectors_read));
	put64(page + 48, data_units(sum.sectors_written));
	put64(page + 64, sum.reads);
	put64(page + 80, sum.writes);
	put64(page + 112, health->power_cycles);
	put64(page + 128, sim_now(nvme->sim).ps / PS_PER_HOUR);
	put64(page + 144, health->unsafe_shutdowns);
	put64(page + 176, nvme->error_count);
}

static void firmware_page(uint8_t *page)
{
	page[0] = 1;                                /* AFI: slot 1 is active */
	memcpy(page + 8, "1.0     ", 8);
}

static void changed_page(const struct nvme *nvme, uint8_t *page)
{
	for (unsigned i = 0; i < nvme->namespaces; i++) {
		if (nvme->ns[i].changed) {
			put32(page, nvme->ns[i].nsid);
			page += 4;
		}
	}
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
	put32(page + 4 * NVME_ADMIN_FORMAT, EFFECT_SUPPORTED | EFFECT_CONTENT | EFFECT_CAPABILITY |
	      EFFECT_ALONE);
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
	case NVME_LOG_CHANGED_NAMESPACES:
		return NAMESPACES_BYTES;
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
uint16_t nvme_log_check(struct nvme *nvme, const uint8_t *sqe, uint32_t *bytes)
{
	uint32_t dw10 = sqe_dword(sqe, 10), nsid = get32(sqe + 4);
	uint64_t dwords = ((dw10 >> 16) | (uint64_t)(sqe_dword(sqe, 11) & 0xffff) << 16) + 1;
	uint32_t size = page_bytes((uint8_t)dw10);

	if (!size)
		return NVME_ERR_LOG_PAGE;
	/* Health is there by namespace, too (LPA bit 0); the other pages are the controller's. */
	if (nsid && nsid != NVME_NSID_ALL) {
		if (!nvme_namespace(nvme, nsid))
			return NVME_ERR_NAMESPACE;
		if ((uint8_t)dw10 != NVME_LOG_SMART)
			return NVME_ERR_FIELD;
	}
	if (dwords > nvme->cfg.transfer_max / 4 || log_offset(sqe) & 3 || log_offset(sqe) > size)
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

static void log_was_read(struct nvme *nvme, uint8_t id)
{
	for (unsigned i = 0; id == NVME_LOG_CHANGED_NAMESPACES && i < nvme->namespaces; i++)
		nvme->ns[i].changed = false;
	nvme_event_log_read(nvme, id);
}

void nvme_log_send(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	uint32_t dw10 = sqe_dword(cmd->sqe, 10);
	uint8_t id = (uint8_t)dw10;

	memset(nvme->answer, 0, sizeof(nvme->answer));
	if (id == NVME_LOG_ERROR)
		error_page(nvme, nvme->answer);
	else if (id == NVME_LOG_SMART)
		smart_page(nvme, get32(cmd->sqe + 4), nvme->answer);
	else if (id == NVME_LOG_FIRMWARE)
		firmware_page(nvme->answer);
	else if (id == NVME_LOG_CHANGED_NAMESPACES)
		changed_page(nvme, nvme->answer);
	else
		effects_page(nvme->answer);
	for (unsigned i = 0; i < cmd->pages; i++) {
		struct nvme_piece piece = nvme_data_piece(cmd, i);

		copy_part(nvme->scratch, piece.bytes, nvme->answer, page_bytes(id),
			  log_offset(cmd->sqe) + piece.offset);
		nvme_dma_write(nvme, piece.addr, nvme->scratch, piece.bytes);
	}
	nvme_cmd_complete(cmd, NVME_OK);
	/* RAE, bit 15: the event stays masked, and the list of changes as it is. */
	if (!(dw10 & 1u << 15))
		log_was_read(nvme, id);
}
