/* SPDX-License-Identifier: MIT */
/* Low latency interrupts (7.3.2.2): what wants its interrupt at once, and what that may cost. */
#include "tests/unit/nic82599/rig.h"

#define ETQF(n) (0x5128 + 4 * (n))
#define ETQS(n) (0xec00 + 4 * (n))
#define LLITHRESH 0xec90
#define IMIRVP 0xec60
#define SDPQF(n) (0xe400 + 4 * (n))
#define FTQF(n) (0xe600 + 4 * (n))
#define L34TIMIR(n) (0xe800 + 4 * (n))
#define RSCCTL(q) (0x102c + 0x40 * (q))
#define RDRXCTL 0x2f00
#define ON 0x80000000u
#define ANY_BUT_TARGET_PORT 0x2e000000u
#define LLI 0x00100000u
#define SIZE_BP 0x00001000u
#define THROTTLE (500u << 3 | 100u << 21)      /* 1 ms, of which 800 us are left */

static const uint8_t from[4] = { 10, 1, 2, 3 }, to[4] = { 10, 0, 0, 2 };

static struct rig *started(void)
{
	struct rig *rig = rig_new(NULL);

	rig_up(rig);
	rig_rx_ring(rig, 0, 64, 60, 2);
	rig_wr(rig, EIAM_EX(0), 0);
	rig_wr(rig, EITR(0), THROTTLE);
	return rig;
}

/* Does a frame bring its interrupt within 10 us? */
static bool at_once(struct rig *rig, const uint8_t *f, uint32_t bytes)
{
	unsigned irqs = rig->irqs;

	rig_rx(rig, f, bytes);
	rig_run(rig, dur_us(10));
	return rig->irqs > irqs;
}

static bool tcp_at_once(struct rig *rig, uint16_t dport, uint32_t payload)
{
	uint8_t f[1600];
	uint32_t bytes = frame_ip4(f, from, to, 6, 1000, dport, payload);

	return at_once(rig, f, bytes);
}

static void tuple_for_port_80(struct rig *rig, uint32_t action)
{
	rig_wr(rig, SDPQF(0), 0x5000u << 16);
	rig_wr(rig, L34TIMIR(0), action);
	rig_wr(rig, FTQF(0), ON | ANY_BUT_TARGET_PORT);
}

static void tuple_filter_asks_for_it(void **state)
{
	struct rig *rig = started();

	tuple_for_port_80(rig, SIZE_BP);
	assert_false(tcp_at_once(rig, 80, 100));
	tuple_for_port_80(rig, SIZE_BP | LLI);
	assert_false(tcp_at_once(rig, 81, 100));
	assert_true(tcp_at_once(rig, 80, 100));
	/* And the throttle counts from that interrupt. */
	assert_false(tcp_at_once(rig, 81, 100));
	rig_free(rig);
}

/* LLITHRESH, in bytes of the frame. */
static void only_short_packets_if_asked(void **state)
{
	struct rig *rig = started();

	tuple_for_port_80(rig, LLI);
	rig_wr(rig, LLITHRESH, 200);
	assert_false(tcp_at_once(rig, 80, 200 - 54));
	assert_true(tcp_at_once(rig, 80, 199 - 54));
	rig_free(rig);
}

static void ethertype_filter_asks_for_it(void **state)
{
	struct rig *rig = started();
	uint8_t f[64];

	frame_ether(f, 0x88f7);
	rig_wr(rig, ETQF(0), ON | 0x88f7);
	assert_false(at_once(rig, f, 60));
	rig_wr(rig, ETQS(0), 0x20000000u);
	assert_true(at_once(rig, f, 60));
	rig_free(rig);
}

static void vlan_priority_asks_for_it(void **state)
{
	struct rig *rig = started();
	uint8_t f[64];
	uint16_t priority;

	rig_wr(rig, IMIRVP, 8 | 5);
	for (priority = 0; priority < 8; priority++) {
		frame_ether(f, 0x8100);
		set_be16(f + 14, (uint16_t)(priority << 13));
		assert_int_equal(at_once(rig, f, 60), priority >= 5);
	}
	rig_free(rig);
}

/* EITR's credits and GPIE.LL_Interval: two, then one every 8 us. */
static void credits_bound_their_rate(void **state)
{
	struct rig *rig = started();
	unsigned i, irqs;

	rig_wr(rig, GPIE, rig_rd(rig, GPIE) | 10u << 7);
	rig_wr(rig, EITR(0), THROTTLE | 0x8000 | 2u << 16);
	tuple_for_port_80(rig, SIZE_BP | LLI);
	assert_true(tcp_at_once(rig, 80, 10));
	assert_true(tcp_at_once(rig, 80, 10));
	assert_false(tcp_at_once(rig, 80, 10));
	rig_run(rig, dur_us(40));
	assert_true(tcp_at_once(rig, 80, 10));
	rig->irqs = 0;
	for (i = 0; i < 38; i++)
		tcp_at_once(rig, 80, 10);
	irqs = rig->irqs;
	assert_in_range(irqs, 8, 10);
	rig_free(rig);
}

/* RDRXCTL.RSCLLIDIS: whether such a packet ends its large receive. */
static void large_receive_ends_with_it_unless_told_not_to(void **state)
{
	unsigned disabled;

	for (disabled = 0; disabled < 2; disabled++) {
		struct rig *rig = started();

		tuple_for_port_80(rig, SIZE_BP | LLI);
		rig_wr(rig, RSCCTL(0), 0xd);
		rig_wr(rig, RDRXCTL, disabled << 23);
		assert_int_equal(tcp_at_once(rig, 80, 500), !disabled);
		assert_int_equal(rig_rxd(rig, 0, 0, 2) & RX_DD, !disabled);
		rig_free(rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tuple_filter_asks_for_it),
		cmocka_unit_test(only_short_packets_if_asked),
		cmocka_unit_test(ethertype_filter_asks_for_it),
		cmocka_unit_test(vlan_priority_asks_for_it),
		cmocka_unit_test(credits_bound_their_rate),
		cmocka_unit_test(large_receive_ends_with_it_unless_told_not_to),
	};

	return cmocka_run_group_tests_name("nic82599.lli", tests, NULL, NULL);
}
