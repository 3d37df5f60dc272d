/* SPDX-License-Identifier: MIT */
/* Receive side scaling: Microsoft's verification suite, hash types, redirection. */
#include "rig.h"

static const uint8_t suite_key[40] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
	0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
	0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

static const struct {
	uint8_t dst[4];
	uint16_t dport;
	uint8_t src[4];
	uint16_t sport;
	uint32_t addresses, ports;
} suite4[] = {
	{ { 161, 142, 100, 80 }, 1766, { 66, 9, 149, 187 }, 2794, 0x323e8fc2, 0x51ccc178 },
	{ { 65, 69, 140, 83 }, 4739, { 199, 92, 111, 2 }, 14230, 0xd718262a, 0xc626b0ea },
	{ { 12, 22, 207, 184 }, 38024, { 24, 19, 198, 95 }, 12898, 0xd2d0a5de, 0x5c2b394a },
	{ { 209, 142, 163, 6 }, 2217, { 38, 27, 205, 30 }, 48228, 0x82989176, 0xafc7327f },
	{ { 202, 188, 127, 2 }, 1303, { 153, 39, 163, 191 }, 44251, 0x5d1809c5, 0x10e828a2 },
};

static const struct {
	uint8_t dst[16];
	uint16_t dport;
	uint8_t src[16];
	uint16_t sport;
	uint32_t addresses, ports;
} suite6[] = {
	{ { 0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0, 3, [15] = 1 }, 1766,
	  { 0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x1f, 0xff, [15] = 7 }, 2794,
	  0x2cc18cd5, 0x40207d3d },
	{ { 0xff, 0x02, [15] = 1 }, 4739,
	  { 0x3f, 0xfe, 0x05, 0x01, 0, 8, 0, 0, 0x02, 0x60, 0x97, 0xff, 0xfe, 0x40, 0xef, 0xab },
	  14230, 0x0f0c461c, 0xdde51bbf },
	{ { 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x02, 0x00, 0xf8, 0xff, 0xfe, 0x21, 0x67, 0xcf }, 38024,
	  { 0x3f, 0xfe, 0x19, 0x00, 0x45, 0x45, 0, 3, 0x02, 0x00, 0xf8, 0xff, 0xfe, 0x21, 0x67,
	    0xcf }, 44251, 0x4b61e985, 0x02d1feef },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct rig *started(uint32_t mrqc)
{
	struct rig *rig = rig_new(NULL);
	unsigned i, j;

	rig_up(rig);
	for (i = 0; i < 10; i++) {
		uint32_t word = 0;

		for (j = 0; j < 4; j++)
			word |= (uint32_t)suite_key[4 * i + j] << 8 * j;
		rig_wr(rig, RSSRK(i), word);
	}
	rig_wr(rig, MRQC, mrqc);
	rig_rx_ring(rig, 0, 64, 60, 2);
	return rig;
}

/* Hash and type as the descriptor gives them. */
static uint32_t received(struct rig *rig, const uint8_t *f, uint32_t bytes, unsigned *type)
{
	uint32_t head = rig_rd(rig, RDH(0));

	rig_rx(rig, f, bytes);
	rig_run(rig, dur_us(1));
	assert_int_equal(rig_rxd(rig, 0, head, 2) & RX_DD, RX_DD);
	*type = rig_rxd(rig, 0, head, 0) & 0xf;
	assert_int_equal(rig->ring[rig->rings - 1].hash, rig_rxd(rig, 0, head, 1));
	return rig_rxd(rig, 0, head, 1);
}

static void ipv4_hashes_match_the_verification_suite(void **state)
{
	struct rig *tcp = started(0x00030001), *plain = started(0x00020001);
	uint8_t f[128];
	unsigned i, type;

	for (i = 0; i < COUNT(suite4); i++) {
		uint32_t bytes = frame_ip4(f, suite4[i].src, suite4[i].dst, 6, suite4[i].sport,
					   suite4[i].dport, 20);

		assert_int_equal(received(tcp, f, bytes, &type), suite4[i].ports);
		assert_int_equal(type, 1);
		assert_int_equal(received(plain, f, bytes, &type), suite4[i].addresses);
		assert_int_equal(type, 2);
	}
	rig_free(tcp);
	rig_free(plain);
}

static void ipv6_hashes_match_the_verification_suite(void **state)
{
	struct rig *tcp = started(0x00300001), *plain = started(0x00100001);
	uint8_t f[128];
	unsigned i, type;

	for (i = 0; i < COUNT(suite6); i++) {
		uint32_t bytes = frame_ip6(f, suite6[i].src, suite6[i].dst, 6, suite6[i].sport,
					   suite6[i].dport, 20);

		assert_int_equal(received(tcp, f, bytes, &type), suite6[i].ports);
		assert_int_equal(type, 3);
		assert_int_equal(received(plain, f, bytes, &type), suite6[i].addresses);
		assert_int_equal(type, 5);
	}
	rig_free(tcp);
	rig_free(plain);
}

static void udp_ports_are_hashed_only_when_enabled(void **state)
{
	struct rig *off = started(0x00030001), *on = started(0x00430001);
	uint8_t f[128];
	unsigned type;
	uint32_t bytes = frame_ip4(f, suite4[0].src, suite4[0].dst, 17, suite4[0].sport,
				   suite4[0].dport, 20);

	assert_int_equal(received(off, f, bytes, &type), suite4[0].addresses);
	assert_int_equal(type, 2);
	assert_int_equal(received(on, f, bytes, &type), suite4[0].ports);
	assert_int_equal(type, 7);
	rig_free(off);
	rig_free(on);
}

static void fragments_are_hashed_without_ports(void **state)
{
	struct rig *rig = started(0x00430001);
	uint8_t f[128];
	unsigned type;
	uint32_t bytes = frame_ip4(f, suite4[0].src, suite4[0].dst, 17, suite4[0].sport,
				   suite4[0].dport, 20);

	set_be16(f + 20, 0x2000);
	assert_int_equal(received(rig, f, bytes, &type), suite4[0].addresses);
	assert_int_equal(type, 2);
	rig_free(rig);
}

static void frames_without_ip_have_no_hash(void **state)
{
	struct rig *rig = started(0x00430001);
	uint8_t f[64];
	unsigned type;

	frame_ether(f, 0x88b5);
	assert_int_equal(received(rig, f, 60, &type), 0);
	assert_int_equal(type, 0);
	rig_free(rig);
}

static void redirection_table_chooses_the_queue_and_its_vector(void **state)
{
	struct rig *rig = started(0x00030001);
	uint8_t f[128];
	unsigned i, entry = 0x51ccc178 & 127;

	for (i = 0; i < 32; i++)
		rig_wr(rig, RETA(i), i == entry / 4 ? 3u << 8 * (entry % 4) : 0);
	rig_rx_ring(rig, 3, 64, 60, 2);
	rig_rx(rig, f, frame_ip4(f, suite4[0].src, suite4[0].dst, 6, suite4[0].sport,
				 suite4[0].dport, 20));
	assert_int_equal(rig->ring[0].queue, 3);
	assert_int_equal(rig->irq[0].vector, 3);
	assert_int_equal(nic82599_rx_vector(rig->nic, 3), 3);
	assert_int_equal(nic82599_rx_vector(rig->nic, 20), -1);
	rig_free(rig);
}

static void thirty_two_flows_reach_four_queues(void **state)
{
	struct rig *rig = started(0x00430001);
	uint8_t f[128], from[4] = { 10, 1, 0, 0 };
	unsigned i, seen[4] = { 0 };

	for (i = 0; i < 32; i++)
		rig_wr(rig, RETA(i), 0x03020100);
	for (i = 1; i < 4; i++)
		rig_rx_ring(rig, i, 64, 60, 2);
	for (i = 0; i < 32; i++) {
		from[3] = (uint8_t)i;
		rig_rx(rig, f, frame_ip4(f, from, suite4[0].dst, 17, (uint16_t)(1000 + 3 * i), 9,
					 20));
		seen[rig->ring[i].queue]++;
		rig_run(rig, dur_us(1));
	}
	for (i = 0; i < 4; i++)
		assert_true(seen[i] > 0);
	rig_free(rig);
}

static void without_rss_everything_goes_to_queue_0(void **state)
{
	struct rig *rig = started(0);
	uint8_t f[128];
	unsigned type, i;

	for (i = 0; i < 32; i++)
		rig_wr(rig, RETA(i), 0x01010101);
	received(rig, f, frame_ip4(f, suite4[0].src, suite4[0].dst, 6, 1, 2, 20), &type);
	assert_int_equal(type, 0);
	assert_int_equal(rig->ring[0].queue, 0);
	rig_free(rig);
}

static void a_new_key_changes_the_hash(void **state)
{
	struct rig *rig = started(0x00020001);
	uint8_t f[128];
	unsigned type;
	uint32_t bytes = frame_ip4(f, suite4[0].src, suite4[0].dst, 6, 1, 2, 20);

	assert_int_equal(received(rig, f, bytes, &type), suite4[0].addresses);
	rig_wr(rig, RSSRK(0), 0);
	assert_int_not_equal(received(rig, f, bytes, &type), suite4[0].addresses);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_hashes_match_the_verification_suite),
		cmocka_unit_test(ipv6_hashes_match_the_verification_suite),
		cmocka_unit_test(udp_ports_are_hashed_only_when_enabled),
		cmocka_unit_test(fragments_are_hashed_without_ports),
		cmocka_unit_test(frames_without_ip_have_no_hash),
		cmocka_unit_test(redirection_table_chooses_the_queue_and_its_vector),
		cmocka_unit_test(thirty_two_flows_reach_four_queues),
		cmocka_unit_test(without_rss_everything_goes_to_queue_0),
		cmocka_unit_test(a_new_key_changes_the_hash),
	};

	return cmocka_run_group_tests_name("nic82599.rss", tests, NULL, NULL);
}
