/* SPDX-License-Identifier: MIT */
/* Receive filters (7.1.1): who gets in, and what is counted of those who do not. */
#include "rig.h"

static struct rig *started(void)
{
	struct rig *rig = rig_new(NULL);

	rig_up(rig);
	rig_wr(rig, FCTRL, 0);
	rig_rx_ring(rig, 0, 64, 60, 2);
	return rig;
}

/* Whether a frame to this address comes through; *pif says by an inexact filter. */
static int passes(struct rig *rig, const uint8_t to[6], int *pif)
{
	uint8_t f[64];
	unsigned before = rig->rings;
	uint32_t head = rig_rd(rig, RDH(0));

	frame_ether(f, 0x88b5);
	memcpy(f, to, 6);
	rig_rx(rig, f, 60);
	rig_run(rig, dur_us(1));
	if (pif)
		*pif = (rig_rxd(rig, 0, head, 2) & RX_PIF) != 0;
	return rig->rings != before;
}

static const uint8_t other[6] = { 0x02, 1, 2, 3, 4, 5 };
static const uint8_t group[6] = { 0x01, 0x00, 0x5e, 0x01, 0x02, 0x03 };
static const uint8_t everyone[6] = { 255, 255, 255, 255, 255, 255 };

static void only_own_unicast_passes(void **state)
{
	struct rig *rig = started();
	int pif;

	assert_true(passes(rig, rig_mac, &pif));
	assert_false(pif);
	assert_false(passes(rig, other, NULL));
	assert_int_equal(rig->drops[NIC82599_DROP_FILTER], 1);
	assert_int_equal(rig_stat(rig, "eth0.rx.dropped.filter"), 1);
	rig_free(rig);
}

static void further_address_passes_while_valid(void **state)
{
	struct rig *rig = started();

	rig_wr(rig, RAL(127), 0x03020102);
	rig_wr(rig, RAH(127), 0x80000504);
	assert_true(passes(rig, other, NULL));
	rig_wr(rig, RAH(127), 0x00000504);
	assert_false(passes(rig, other, NULL));
	rig_free(rig);
}

static void unicast_promiscuous_passes_all_unicast_only(void **state)
{
	struct rig *rig = started();
	int pif;

	rig_wr(rig, FCTRL, 0x200);
	assert_true(passes(rig, other, &pif));
	assert_true(pif);
	assert_false(passes(rig, group, NULL));
	assert_false(passes(rig, everyone, NULL));
	rig_free(rig);
}

static void multicast_promiscuous_passes_all_groups_only(void **state)
{
	struct rig *rig = started();

	rig_wr(rig, FCTRL, 0x100);
	assert_true(passes(rig, group, NULL));
	assert_false(passes(rig, other, NULL));
	rig_free(rig);
}

static void broadcast_needs_its_bit(void **state)
{
	struct rig *rig = started();

	assert_false(passes(rig, everyone, NULL));
	rig_wr(rig, FCTRL, 0x400);
	assert_true(passes(rig, everyone, NULL));
	rig_free(rig);
}

/* As the driver computes it: bits 47:36 of the address with MO = 0. */
static void multicast_table_passes_the_hashed_group(void **state)
{
	struct rig *rig = started();
	unsigned vector = (group[4] >> 4) | (unsigned)group[5] << 4;
	uint8_t neighbour[6];
	int pif;

	memcpy(neighbour, group, 6);
	neighbour[5] ^= 1;
	rig_wr(rig, MTA(vector >> 5), 1u << (vector & 31));
	assert_false(passes(rig, group, NULL));
	rig_wr(rig, MCSTCTRL, 4);
	assert_true(passes(rig, group, &pif));
	assert_true(pif);
	assert_false(passes(rig, neighbour, NULL));
	rig_free(rig);
}

static void multicast_offset_chooses_other_bits(void **state)
{
	struct rig *rig = started();
	unsigned vector = (group[4] & 0xff) | (unsigned)(group[5] & 0xf) << 8;

	rig_wr(rig, MCSTCTRL, 7);
	rig_wr(rig, MTA(vector >> 5), 1u << (vector & 31));
	assert_true(passes(rig, group, NULL));
	rig_free(rig);
}

static void vlan_filter_passes_listed_tags_and_untagged(void **state)
{
	struct rig *rig = started();
	uint8_t f[64];

	frame_ether(f, 0x8100);
	set_be16(f + 14, 0xe000 | 1001);
	rig_wr(rig, VLNCTRL, 0x40008100);
	rig_rx(rig, f, 60);
	assert_int_equal(rig->rings, 0);
	rig_wr(rig, VFTA(1001 >> 5), 1u << (1001 & 31));
	rig_rx(rig, f, 60);
	assert_int_equal(rig->rings, 1);
	assert_true(passes(rig, rig_mac, NULL));
	rig_free(rig);
}

static void pause_frames_stay_in_the_mac(void **state)
{
	struct rig *rig = started();
	static const uint8_t pause[6] = { 0x01, 0x80, 0xc2, 0, 0, 1 };
	uint8_t f[64];

	rig_wr(rig, FCTRL, 0x100);
	frame_ether(f, 0x8808);
	memcpy(f, pause, 6);
	rig_rx(rig, f, 60);
	assert_int_equal(rig->rings, 0);
	rig_wr(rig, 0x4294, 1);
	rig_rx(rig, f, 60);
	assert_int_equal(rig->rings, 1);
	rig_free(rig);
}

static void damaged_short_and_long_frames_are_counted_and_lost(void **state)
{
	struct rig *rig = started();
	uint8_t f[1600];
	struct frame frame = { .data = f, .bytes = 100, .flags = FRAME_BAD_FCS, .id = 77 };

	frame_ether(f, 0x88b5);
	nic82599_wire_rx(rig->nic, &frame);
	rig_rx(rig, f, 59);
	rig_rx(rig, f, 1515);
	assert_int_equal(rig_rd(rig, CRCERRS), 1);
	assert_int_equal(rig_rd(rig, RUC), 1);
	assert_int_equal(rig_rd(rig, ROC), 1);
	assert_int_equal(rig_rd(rig, GPRC), 0);
	assert_int_equal(rig->drops[NIC82599_DROP_FILTER], 3);
	rig_rx(rig, f, 1514);
	assert_int_equal(rig->rings, 1);
	rig_free(rig);
}

static void store_bad_packets_keeps_damaged_frames(void **state)
{
	struct rig *rig = started();
	uint8_t f[128];
	struct frame frame = { .data = f, .bytes = 100, .flags = FRAME_BAD_FCS, .id = 77 };

	frame_ether(f, 0x88b5);
	rig_wr(rig, FCTRL, 2);
	nic82599_wire_rx(rig->nic, &frame);
	rig_run(rig, dur_us(1));
	assert_int_equal(rig_rxd(rig, 0, 0, 2), RX_DD | RX_EOP | 0x20000000);
	assert_int_equal(rig_rd(rig, GPRC), 0);
	rig_free(rig);
}

static void jumbo_frames_pass_up_to_maxfrs(void **state)
{
	struct rig *rig = started();
	static uint8_t f[9018];

	frame_ether(f, 0x88b5);
	rig_rx(rig, f, 9000);
	assert_int_equal(rig->rings, 0);
	rig_wr(rig, HLREG0, rig_rd(rig, HLREG0) | 4);
	rig_wr(rig, MAXFRS, 9004u << 16);
	rig_rx(rig, f, 9001);
	assert_int_equal(rig->rings, 0);
	rig_rx(rig, f, 9000);
	assert_int_equal(rig->rings, 1);
	rig_free(rig);
}

static void receiver_off_loses_frames(void **state)
{
	struct rig *rig = started();

	rig_wr(rig, RXCTRL, 0);
	assert_false(passes(rig, rig_mac, NULL));
	rig_wr(rig, RXCTRL, 1);
	rig_wr(rig, 0x8d00, 2);
	assert_int_equal(rig_rd(rig, 0x8d04) & 1, 1);
	assert_false(passes(rig, rig_mac, NULL));
	rig_wr(rig, 0x8d00, 0);
	assert_true(passes(rig, rig_mac, NULL));
	rig_wr(rig, AUTOC2, 0x70000000);
	assert_false(passes(rig, rig_mac, NULL));
	assert_int_equal(rig_rd(rig, TPR), 1);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_own_unicast_passes),
		cmocka_unit_test(further_address_passes_while_valid),
		cmocka_unit_test(unicast_promiscuous_passes_all_unicast_only),
		cmocka_unit_test(multicast_promiscuous_passes_all_groups_only),
		cmocka_unit_test(broadcast_needs_its_bit),
		cmocka_unit_test(multicast_table_passes_the_hashed_group),
		cmocka_unit_test(multicast_offset_chooses_other_bits),
		cmocka_unit_test(vlan_filter_passes_listed_tags_and_untagged),
		cmocka_unit_test(pause_frames_stay_in_the_mac),
		cmocka_unit_test(damaged_short_and_long_frames_are_counted_and_lost),
		cmocka_unit_test(store_bad_packets_keeps_damaged_frames),
		cmocka_unit_test(jumbo_frames_pass_up_to_maxfrs),
		cmocka_unit_test(receiver_off_loses_frames),
	};

	return cmocka_run_group_tests_name("nic82599.filter", tests, NULL, NULL);
}
