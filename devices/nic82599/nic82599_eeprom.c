/* SPDX-License-Identifier: MIT */
/* EEPROM content and its read port (6.2, 8.2.3.2.2), the MDI port and the semaphores. */
#include "devices/nic82599/nic82599_priv.h"

/* Words by 6.1: pointers to sections that do not exist are all ones. */
enum eeprom_word {
	WORD_SECTION_FIRST = 0x03,  /* PCIe analog */
	WORD_SECTION_LAST = 0x0f,   /* firmware */
	WORD_PBA_0 = 0x15,
	WORD_PBA_1 = 0x16,
	WORD_SCSI = 0x17,
	WORD_PRODUCT = 0x1b,
	WORD_ETS = 0x26,
	WORD_ALT_SAN_MAC = 0x27,
	WORD_SAN_MAC = 0x28,
	WORD_VERSION = 0x29,
	WORD_ID_LOW = 0x2d,
	WORD_ID_HIGH = 0x2e,
	WORD_BOOT_FIRST = 0x30,
	WORD_BOOT_LAST = 0x37,
	WORD_CHECKSUM = 0x3f,
};

#define EEPROM_NONE     0xffffu
#define EEPROM_SUM      0xbabau    /* 6.1: words 0..0x3f add up to it */
#define EEPROM_PBA_0    0xe667u    /* "E66711-000" as a legacy part number */
#define EEPROM_PBA_1    0x1100u
#define EEPROM_VERSION  0x2018u
#define EEPROM_ID_LOW   0x0001u
#define EEPROM_ID_HIGH  0x8000u

void nic_eeprom_fill(struct nic82599 *nic)
{
	uint16_t sum = 0;
	unsigned i;

	for (i = WORD_SECTION_FIRST; i <= WORD_SECTION_LAST; i++)
		nic->eeprom[i] = EEPROM_NONE;
	for (i = WORD_BOOT_FIRST; i <= WORD_BOOT_LAST; i++)
		nic->eeprom[i] = EEPROM_NONE;
	nic->eeprom[WORD_PBA_0] = EEPROM_PBA_0;
	nic->eeprom[WORD_PBA_1] = EEPROM_PBA_1;
	nic->eeprom[WORD_SCSI] = EEPROM_NONE;
	nic->eeprom[WORD_PRODUCT] = EEPROM_NONE;
	nic->eeprom[WORD_ETS] = EEPROM_NONE;
	nic->eeprom[WORD_ALT_SAN_MAC] = EEPROM_NONE;
	nic->eeprom[WORD_SAN_MAC] = EEPROM_NONE;
	nic->eeprom[WORD_VERSION] = EEPROM_VERSION;
	nic->eeprom[WORD_ID_LOW] = EEPROM_ID_LOW;
	nic->eeprom[WORD_ID_HIGH] = EEPROM_ID_HIGH;
	for (i = 0; i < WORD_CHECKSUM; i++)
		sum = (uint16_t)(sum + nic->eeprom[i]);
	nic->eeprom[WORD_CHECKSUM] = (uint16_t)(EEPROM_SUM - sum);
}

/* 8.2.3.2.2: the read takes no time here; words behind the written ones are erased. */
void nic_eerd_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	uint32_t word = (uint32_t)value >> EERD_ADDR_SHIFT & EERD_ADDR_MASK;
	uint32_t data = EEPROM_NONE;

	if (!(value & EERD_START)) {
		nic->eerd = (uint32_t)value & EERD_ADDR_MASK << EERD_ADDR_SHIFT;
		return;
	}
	if (word < sizeof(nic->eeprom) / sizeof(nic->eeprom[0]))
		data = nic->eeprom[word];
	nic->eerd = word << EERD_ADDR_SHIFT | EERD_DONE | data << EERD_DATA_SHIFT;
}

uint64_t nic_eerd_read(void *ctx, unsigned index)
{
	return ((struct nic82599 *)ctx)->eerd;
}

/* 8.2.3.22.11: no PHY answers on the bus, so a read gives the pull-ups' ones. */
void nic_msca_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;

	if (value & MSCA_COMMAND && value & MSCA_OP_READ) {
		uint32_t written = nic_reg(nic, R_MSRWD, 0) & 0xffffu;

		reg_set(nic->bank, R_MSRWD, 0, written | 0xffff0000u);
	}
	nic->msca = (uint32_t)value & ~MSCA_COMMAND;
}

uint64_t nic_msca_read(void *ctx, unsigned index)
{
	return ((struct nic82599 *)ctx)->msca;
}

/* 8.2.3.4.11: the read that sees SMBI clear takes it. */
uint64_t nic_swsm_read(void *ctx, unsigned index)
{
	struct nic82599 *nic = ctx;
	uint32_t value = nic_reg(nic, R_SWSM, 0);

	reg_set(nic->bank, R_SWSM, 0, value | 1);
	return value;
}
