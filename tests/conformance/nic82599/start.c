/* SPDX-License-Identifier: MIT */
/* The order of 4.6 "Device initialisation and reset", written as a driver would: every access meets a
 * register, nothing is a driver's mistake, and a frame goes both ways at the end. */
#include "tests/unit/nic82599/rig.h"

#define ALL_MASKED 0x7fffffffu

static uint32_t eeprom(struct rig *rig, uint32_t word)
{
	rig_wr(rig, EERD, word << 2 | 1);
	assert_int_equal(rig_rd(rig, EERD) & 2, 2);
	return rig_rd(rig, EERD) >> 16;
}

/* 10.5.4: SMBI, then SWESMBI, then the bit of SW_FW_SYNC. */
static void take_semaphore(struct rig *rig, uint32_t bit)
{
	uint32_t sync;

	assert_int_equal(rig_rd(rig, SWSM) & 1, 0);
	rig_wr(rig, SWSM, rig_rd(rig, SWSM) | 2);
	assert_int_equal(rig_rd(rig, SWSM) & 2, 2);
	sync = rig_rd(rig, 0x10160);
	assert_int_equal(sync & (bit | bit << 5), 0);
	rig_wr(rig, 0x10160, sync | bit);
	rig_wr(rig, SWSM, 0);
}

/* 4.6.3, 4.2.1.7, 5.2.5.3.2 */
static void reset(struct rig *rig)
{
	rig_wr(rig, EIMC, ALL_MASKED);
	rig_wr(rig, CTRL, 4);
	assert_int_equal(rig_rd(rig, STATUS) & 0x80000, 0);
	rig_wr(rig, CTRL, rig_rd(rig, CTRL) | 1u << 3);
	rig_run(rig, dur_ms(1));
	assert_int_equal(rig_rd(rig, CTRL) & (1u << 26 | 1u << 3), 0);
	rig_run(rig, dur_ms(10));
	rig_wr(rig, EIMC, ALL_MASKED);
	/* EEPROM and DMA are initialised. */
	assert_int_equal(rig_rd(rig, 0x10010) & 0x300, 0x300);
	assert_int_equal(rig_rd(rig, 0x2f00) & 8, 8);
}

/* 4.6.4: restart of the negotiation with the other link mode and back, as for the backplane. */
static void start_link(struct rig *rig)
{
	uint32_t autoc = rig_rd(rig, AUTOC) | 0x1000;

	assert_int_equal(autoc >> 13 & 7, 4);
	rig_wr(rig, AUTOC, autoc ^ 4u << 13);
	rig_run(rig, dur_ms(4));
	assert_int_not_equal(rig_rd(rig, 0x42b0) & 0xf0000, 0);
	rig_wr(rig, AUTOC, autoc);
	rig_run(rig, dur_ms(4));
	assert_int_equal(rig_rd(rig, LINKS) & 0xf0000000, 0xf0000000);
	assert_int_equal(rig_rd(rig, 0x4324) & 0x40, 0x40);
}

/* 4.6.5: reading clears; offset and count of every family a driver reads. */
static void clear_statistics(struct rig *rig)
{
	static const struct {
		uint32_t offset, count, stride;
	} families[] = {
		{ 0x4000, 3, 4 }, { 0x4010, 1, 4 }, { 0x3fa0, 8, 4 }, { 0x4034, 2, 4 },
		{ 0x4040, 1, 4 }, { 0x3f60, 1, 4 }, { 0x3f68, 1, 4 }, { 0x41a4, 2, 4 },
		{ 0x3f00, 8, 4 }, { 0x3f20, 8, 4 }, { 0x4140, 8, 4 }, { 0x4160, 8, 4 },
		{ 0x3240, 8, 4 }, { 0x405c, 10, 4 }, { 0x4088, 4, 4 }, { 0x40a4, 6, 4 },
		{ 0xcf90, 1, 4 }, { 0x40c0, 2, 4 }, { 0x40d0, 10, 4 }, { 0x1030, 16, 0x40 },
		{ 0x1034, 16, 0x40 }, { 0x1038, 16, 0x40 }, { 0x1430, 16, 0x40 },
		{ 0x6030, 16, 0x40 }, { 0x8700, 32, 4 }, { 0xee58, 2, 4 },
	};
	size_t i;
	uint32_t n;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		for (n = 0; n < families[i].count; n++)
			assert_int_equal(rig_rd(rig, families[i].offset + n * families[i].stride), 0);
}

/* 4.6.7 and 4.6.8 for one queue each; 4.6.6 in rig_up. */
static void start_queues(struct rig *rig)
{
	uint32_t i;

	for (i = 0; i < 128; i++) {
		rig_wr(rig, MTA(i), 0);
		rig_wr(rig, VFTA(i), 0);
		rig_wr(rig, 0xf400 + 4 * i, 0);
		rig_wr(rig, 0x600c + 0x40 * i, rig_rd(rig, 0x600c + 0x40 * i) & ~0x2800u);
	}
	rig_wr(rig, 0x4900, rig_rd(rig, 0x4900) | 0x40);
	rig_wr(rig, 0x8120, 0);
	rig_wr(rig, 0x4900, rig_rd(rig, 0x4900) & ~0x40u);
	rig_wr(rig, 0xee00, 0x06f00001);
	assert_int_equal(rig_rd(rig, 0xee00) & 8, 8);
	rig_wr(rig, 0x8d00, rig_rd(rig, 0x8d00) | 2);
	assert_int_equal(rig_rd(rig, 0x8d04) & 1, 1);
	rig_up(rig);
	rig_wr(rig, 0x8d00, rig_rd(rig, 0x8d00) & ~2u);
	rig_rx_ring(rig, 0, 64, 63, 2);
	rig_tx_ring(rig, 0, 64);
}

static void datasheet_start_sequence_brings_the_port_up(void **state)
{
	struct rig *rig = rig_new(NULL);
	uint8_t f[64];

	take_semaphore(rig, 1);
	assert_int_not_equal(eeprom(rig, 0x3f), 0xffff);
	rig_wr(rig, 0x10160, 0);
	reset(rig);
	start_link(rig);
	clear_statistics(rig);
	start_queues(rig);
	frame_ether(f, 0x88b5);
	rig_rx(rig, f, 60);
	rig_tx(rig, 0, 0, f, 60);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->rings, 1);
	assert_int_equal(rig->sents, 1);
	assert_int_equal(rig->irqs, 1);
	assert_int_equal(rig_stat(rig, "eth0.error.guest"), 0);
	rig_free(rig);
}

static void start_sequence_meets_no_unknown_register(void **state)
{
	struct rig *rig = rig_new(NULL);

	reset(rig);
	start_link(rig);
	clear_statistics(rig);
	start_queues(rig);
	assert_int_equal(rig_stat(rig, "eth0.error.unknown_register"), 0);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(datasheet_start_sequence_brings_the_port_up),
		cmocka_unit_test(start_sequence_meets_no_unknown_register),
	};

	return cmocka_run_group_tests_name("nic82599.start", tests, NULL, NULL);
}
