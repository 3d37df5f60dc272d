// SPDX-License-Identifier: MIT
/* Controller registers (3.1) and doorbells (3.1.24, 3.1.25) in BAR 0. */
#include "devices/nvme/nvme_internal.h"

#define DOORBELLS       0x1000u
#define DOORBELL_BYTES  4u            /* CAP.DSTRD = 0 */
#define TIMEOUT_500MS   20ull         /* CAP.TO */

static void intms_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	nvme_reg_set(ctx, NVME_ROW_INTMS, old | value);
}

static void intmc_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	nvme_reg_set(ctx, NVME_ROW_INTMS, nvme_reg_get(ctx, NVME_ROW_INTMS) & ~value);
	nvme_reg_set(ctx, NVME_ROW_INTMC, 0);
}

static uint64_t intmc_read(void *ctx, unsigned index)
{
	return nvme_reg_get(ctx, NVME_ROW_INTMS);
}

/* 3.1.5 */
static void cc_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nvme *nvme = ctx;
	uint32_t cc = (uint32_t)value;

	if (old & cc & NVME_CC_EN && (old ^ cc) & NVME_CC_FROZEN) {
		nvme_guest_error(nvme, NVME_GUEST_ENABLED, NVME_ROW_CC, cc);
		cc = (cc & ~NVME_CC_FROZEN) | ((uint32_t)old & NVME_CC_FROZEN);
		nvme_reg_set(nvme, NVME_ROW_CC, cc);
	}
	if (!(old & NVME_CC_EN) && cc & NVME_CC_EN) {
		nvme_enable(nvme, cc);
	} else if (old & NVME_CC_EN && !(cc & NVME_CC_EN)) {
		nvme->stats.resets->value++;
		nvme_controller_reset(nvme);
		return;
	}
	/* 01b and 10b; 11b is reserved. */
	if (NVME_CC_SHN(cc) && NVME_CC_SHN(cc) != 3 && NVME_CC_SHN(cc) != NVME_CC_SHN(old))
		nvme_shutdown(nvme);
}

/* 3.1.7, 7.3.1. The link reset that goes with it is the port's business. */
static void nssr_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nvme *nvme = ctx;

	nvme_reg_set(nvme, NVME_ROW_NSSR, 0);
	if (value != NVME_NSSR_MAGIC)
		return;
	nvme_regs_power_on(nvme);
	nvme_reg_set(nvme, NVME_ROW_CSTS, NVME_CSTS_NSSRO);
	nvme_controller_reset(nvme);
}

/* Written while enabled, they take effect at the next enable; the result is undefined by 3.1.8. */
static void admin_queue_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nvme *nvme = ctx;

	if (nvme_reg_get(nvme, NVME_ROW_CC) & NVME_CC_EN)
		nvme_guest_error(nvme, NVME_GUEST_ENABLED, NVME_ROW_AQA, value);
}

static void sq_doorbell_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	nvme_sq_doorbell(ctx, index, (uint32_t)value);
}

static void cq_doorbell_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	nvme_cq_doorbell(ctx, index, (uint32_t)value);
}

/* Reading a doorbell is undefined (3.1.24). */
static uint64_t doorbell_read(void *ctx, unsigned index)
{
	return 0;
}

#define RO(NAME, OFFSET, BYTES, SPEC, HELP) \
	{ .name = NAME, .offset = OFFSET, .count = 1, .bytes = BYTES, .spec = SPEC, .help = HELP }

/* enum nvme_row names the first ten. CAP's content depends on the configuration and is set at
 * power-on. Features that do not exist read as 0. */
static const struct reg regs[] = {
	[NVME_ROW_CAP] = RO("CAP", 0x00, 8, "3.1.1", "controller capabilities"),
	[NVME_ROW_VS] = { .name = "VS", .offset = 0x08, .count = 1, .bytes = 4,
		.reset = 0x00010400, .spec = "3.1.2", .help = "version 1.4" },
	[NVME_ROW_INTMS] = { .name = "INTMS", .offset = 0x0c, .count = 1, .bytes = 4,
		.rw = 0xffffffff, .spec = "3.1.3", .on_write = intms_write,
		.help = "interrupt mask set" },
	[NVME_ROW_INTMC] = { .name = "INTMC", .offset = 0x10, .count = 1, .bytes = 4,
		.rw = 0xffffffff, .spec = "3.1.4", .on_write = intmc_write, .on_read = intmc_read,
		.help = "interrupt mask clear" },
	[NVME_ROW_CC] = { .name = "CC", .offset = 0x14, .count = 1, .bytes = 4,
		.rw = NVME_CC_RW, .spec = "3.1.5", .on_write = cc_write,
		.help = "controller configuration" },
	[NVME_ROW_CSTS] = { .name = "CSTS", .offset = 0x1c, .count = 1, .bytes = 4,
		.w1c = NVME_CSTS_NSSRO, .spec = "3.1.6", .help = "controller status" },
	[NVME_ROW_NSSR] = { .name = "NSSR", .offset = 0x20, .count = 1, .bytes = 4,
		.rw = 0xffffffff, .spec = "3.1.7", .on_write = nssr_write,
		.help = "NVM subsystem reset" },
	[NVME_ROW_AQA] = { .name = "AQA", .offset = 0x24, .count = 1, .bytes = 4,
		.rw = 0x0fff0fff, .spec = "3.1.8", .on_write = admin_queue_write,
		.help = "admin queue attributes" },
	[NVME_ROW_ASQ] = { .name = "ASQ", .offset = 0x28, .count = 1, .bytes = 8,
		.rw = ~0xfffull, .spec = "3.1.9", .on_write = admin_queue_write,
		.help = "admin submission queue base" },
	[NVME_ROW_ACQ] = { .name = "ACQ", .offset = 0x30, .count = 1, .bytes = 8,
		.rw = ~0xfffull, .spec = "3.1.10", .on_write = admin_queue_write,
		.help = "admin completion queue base" },
	RO("CMBLOC", 0x38, 4, "3.1.11", "no controller memory buffer"),
	RO("CMBSZ", 0x3c, 4, "3.1.12", "no controller memory buffer"),
	RO("BPINFO", 0x40, 4, "3.1.13", "no boot partitions"),
	RO("BPRSEL", 0x44, 4, "3.1.14", "no boot partitions"),
	RO("BPMBL", 0x48, 8, "3.1.15", "no boot partitions"),
	RO("CMBMSC", 0x50, 8, "3.1.16", "no controller memory buffer"),
	RO("CMBSTS", 0x58, 4, "3.1.17", "no controller memory buffer"),
	RO("PMRCAP", 0xe00, 4, "3.1.18", "no persistent memory region"),
	RO("PMRCTL", 0xe04, 4, "3.1.19", "no persistent memory region"),
	RO("PMRSTS", 0xe08, 4, "3.1.20", "no persistent memory region"),
	RO("PMREBS", 0xe0c, 4, "3.1.21", "no persistent memory region"),
	RO("PMRSWTP", 0xe10, 4, "3.1.22", "no persistent memory region"),
	/* PMRMSC, 8 bytes that are not aligned to 8: two halves. */
	RO("PMRMSCL", 0xe14, 4, "3.1.23", "no persistent memory region"),
	RO("PMRMSCU", 0xe18, 4, "3.1.23", "no persistent memory region"),
	{ .name = "SQTDBL", .offset = DOORBELLS, .count = NVME_QUEUES_MAX,
		.stride = 2 * DOORBELL_BYTES, .bytes = 4, .rw = 0xffff, .spec = "3.1.24",
		.on_write = sq_doorbell_write, .on_read = doorbell_read,
		.help = "submission queue tail doorbell" },
	{ .name = "CQHDBL", .offset = DOORBELLS + DOORBELL_BYTES, .count = NVME_QUEUES_MAX,
		.stride = 2 * DOORBELL_BYTES, .bytes = 4, .rw = 0xffff, .spec = "3.1.25",
		.on_write = cq_doorbell_write, .on_read = doorbell_read,
		.help = "completion queue head doorbell" },
};

const struct reg *nvme_regs_table(size_t *rows)
{
	*rows = sizeof(regs) / sizeof(regs[0]);
	return regs;
}

uint64_t nvme_reg_get(const struct nvme *nvme, enum nvme_row row)
{
	return reg_get(nvme->bank, row, 0);
}

void nvme_reg_set(struct nvme *nvme, enum nvme_row row, uint64_t value)
{
	reg_set(nvme->bank, row, 0, value);
}

int nvme_regs_create(struct nvme *nvme)
{
	nvme->bank = reg_bank_create(regs, sizeof(regs) / sizeof(regs[0]), NVME_BAR0_BYTES, nvme);
	return nvme->bank ? SIM_OK : SIM_ERR_MEMORY;
}

void nvme_regs_power_on(struct nvme *nvme)
{
	uint64_t cap = nvme->cfg.queue_entries - 1; /* MQES */

	cap |= 1ull << 16;                          /* CQR: queues are contiguous */
	cap |= TIMEOUT_500MS << 24;
	cap |= 1ull << 36;                          /* NSSRS */
	cap |= 1ull << 37;                          /* CSS: NVM command set */
	cap |= (uint64_t)NVME_MPSMAX << 52;
	reg_bank_reset(nvme->bank);
	nvme_reg_set(nvme, NVME_ROW_CAP, cap);
}

uint64_t nvme_read(struct nvme *nvme, uint32_t offset, unsigned bytes)
{
	uint64_t value = 0;

	if (reg_read(nvme->bank, offset, bytes, &value) != REG_OK) {
		nvme_guest_error(nvme, NVME_GUEST_REGISTER, offset, bytes);
		return 0;
	}
	return value;
}

void nvme_write(struct nvme *nvme, uint32_t offset, uint64_t value, unsigned bytes)
{
	enum reg_result result = reg_write(nvme->bank, offset, bytes, value);

	if (result == REG_OK)
		return;
	/* A doorbell behind the last possible queue is a doorbell nevertheless. */
	if (result == REG_UNKNOWN && offset >= DOORBELLS && offset < NVME_MSIX_TABLE)
		nvme_sq_doorbell(nvme, (offset - DOORBELLS) / (2 * DOORBELL_BYTES), value & 0xffff);
	else
		nvme_guest_error(nvme, NVME_GUEST_REGISTER, offset, value);
}
