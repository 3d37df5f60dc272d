/* SPDX-License-Identifier: MIT */
/* Transmit offloads by context descriptor: checksums, segmentation, VLAN. What leaves is checked
 * with a plain, slow checksum. */
#include "rig.h"

static const uint8_t src[4] = { 10, 0, 0, 1 }, dst[4] = { 10, 0, 0, 2 };
static const uint8_t src6[16] = { 0xfe, 0x80, [15] = 1 }, dst6[16] = { 0xfe, 0x80, [15] = 2 };

#define L4_TCP 0x800u
#define L4_SCTP 0x1000u
#define IS_IPV4 0x400u
#define IXSM 0x100u
#define TXSM 0x200u

static struct rig *started(void)
{
	struct rig *rig = rig_new(NULL);

	rig_up(rig);
	rig_tx_ring(rig, 0, 64);
	return rig;
}

static void context(struct rig *rig, unsigned index, uint32_t mac, uint32_t ip, uint32_t type,
		    uint32_t l4, uint32_t mss, uint16_t vlan)
{
	rig_tx_desc(rig, 0, ip | mac << 9 | (uint32_t)vlan << 16, TX_ADVANCED | TX_CONTEXT | type,
		    index << 4 | l4 << 8 | mss << 16);
}

static void udp_checksum_is_completed(void **state)
{
	struct rig *rig = started();
	uint8_t f[256];
	uint32_t bytes = frame_ip4(f, src, dst, 17, 7, 8, 101);
	uint16_t good = be16(f + 40);

	set_be16(f + 40, pseudo4(f + 14, 17, 109));
	memcpy(rig->memory + TX_BUFFER(0), f, bytes);
	context(rig, 0, 14, 20, 0, 0, 0, 0);
	rig_tx_desc(rig, 0, TX_BUFFER(0), TX_PLAIN | bytes, bytes << 14 | TXSM);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(5));
	assert_int_equal(be16(rig->sent[0].data + 40), good);
	assert_int_equal(rig_rd(rig, TDH(0)), 2);
	rig_free(rig);
}

static void udp_checksum_of_zero_is_sent_as_ones(void **state)
{
	struct rig *rig = started();
	uint8_t f[256];
	uint32_t bytes = frame_ip4(f, src, dst, 17, 7, 8, 100);
	uint16_t sum;

	/* Choose two payload bytes so that the sum over all is 0xffff. */
	set_be16(f + 40, 0);
	set_be16(f + 50, 0);
	sum = plain_sum(f + 34, 108, pseudo4(f + 14, 17, 108));
	set_be16(f + 50, (uint16_t)~sum);
	set_be16(f + 40, pseudo4(f + 14, 17, 108));
	memcpy(rig->memory + TX_BUFFER(0), f, bytes);
	context(rig, 0, 14, 20, 0, 0, 0, 0);
	rig_tx_desc(rig, 0, TX_BUFFER(0), TX_PLAIN | bytes, bytes << 14 | TXSM);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(5));
	assert_int_equal(be16(rig->sent[0].data + 40), 0xffff);
	rig_free(rig);
}

static void tcp_and_ip_checksums_are_completed(void **state)
{
	struct rig *rig = started();
	uint8_t f[256];
	uint32_t bytes = frame_ip4(f, src, dst, 6, 7, 8, 100);
	uint16_t ip = be16(f + 24), tcp = be16(f + 50);

	set_be16(f + 24, 0);
	set_be16(f + 50, pseudo4(f + 14, 6, 120));
	memcpy(rig->memory + TX_BUFFER(0), f, bytes);
	context(rig, 1, 14, 20, L4_TCP | IS_IPV4, 20, 0, 0);
	rig_tx_desc(rig, 0, TX_BUFFER(0), TX_PLAIN | bytes, bytes << 14 | 1 << 4 | IXSM | TXSM);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(5));
	assert_int_equal(be16(rig->sent[0].data + 24), ip);
	assert_int_equal(be16(rig->sent[0].data + 50), tcp);
	rig_free(rig);
}

/* RFC 9260 appendix A's polynomial; the value is of 32 zero bytes. */
static void sctp_checksum_is_crc32c(void **state)
{
	struct rig *rig = started();
	uint8_t f[128];

	frame_ether(f, 0x0800);
	memset(f + 14, 0, sizeof(f) - 14);
	f[14] = 0x45;
	f[23] = 132;
	set_be16(f + 16, 52);
	memcpy(rig->memory + TX_BUFFER(0), f, 66);
	context(rig, 0, 14, 20, L4_SCTP | IS_IPV4, 0, 0, 0);
	rig_tx_desc(rig, 0, TX_BUFFER(0), TX_PLAIN | 66, 66u << 14 | TXSM);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(5));
	f[0] = rig->sent[0].data[42];
	f[1] = rig->sent[0].data[43];
	f[2] = rig->sent[0].data[44];
	f[3] = rig->sent[0].data[45];
	assert_int_equal(f[0] | f[1] << 8 | f[2] << 16 | (uint32_t)f[3] << 24, 0x8a9136aau);
	rig_free(rig);
}

static void vlan_tag_is_inserted_from_the_context(void **state)
{
	struct rig *rig = started();
	uint8_t f[256];
	uint32_t bytes = frame_ip4(f, src, dst, 17, 7, 8, 100);

	memcpy(rig->memory + TX_BUFFER(0), f, bytes);
	context(rig, 0, 14, 20, 0, 0, 0, 0x6123);
	rig_tx_desc(rig, 0, TX_BUFFER(0), TX_PLAIN | TX_VLE | bytes, bytes << 14);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(5));
	assert_int_equal(rig->sent[0].bytes, bytes + 4);
	assert_memory_equal(rig->sent[0].data, f, 12);
	assert_int_equal(be16(rig->sent[0].data + 12), 0x8100);
	assert_int_equal(be16(rig->sent[0].data + 14), 0x6123);
	assert_memory_equal(rig->sent[0].data + 16, f + 12, bytes - 12);
	rig_free(rig);
}

/* Puts a segmentation of `payload` bytes into the ring as Linux does: lengths 0, pseudo header sum
 * without the length. */
static void segmentation(struct rig *rig, uint8_t *f, uint32_t payload, uint32_t mss,
			 uint32_t extra)
{
	frame_ip4(f, src, dst, 6, 7, 8, payload);
	set_be16(f + 16, 0);
	set_be16(f + 18, 0x1000);
	set_be16(f + 24, 0);
	f[38] = 0x01;
	f[39] = f[40] = f[41] = 0xff;
	f[47] = 0x19;   /* ACK, PSH, FIN */
	set_be16(f + 50, plain_sum(f + 26, 8, 6));
	memcpy(rig->memory + TX_BUFFER(0), f, 54 + payload);
	context(rig, 0, 14, 20, L4_TCP | IS_IPV4, 20, mss, 0x123);
	rig_tx_desc(rig, 0, TX_BUFFER(0), TX_ADVANCED | TX_DATA | TX_IFCS | TX_TSE | extra | 54,
		    payload << 14 | IXSM | TXSM);
	rig_tx_desc(rig, 0, TX_BUFFER(0) + 54,
		    TX_ADVANCED | TX_DATA | TX_EOP | TX_RS | TX_IFCS | TX_TSE | extra | payload, 0);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(100));
}

static void check_segment(const uint8_t *s, uint32_t n, uint32_t payload, uint32_t mss,
			  uint8_t flags)
{
	assert_int_equal(be16(s + 16), 40 + payload);
	assert_int_equal(be16(s + 18), 0x1000 + n);
	assert_int_equal(plain_sum(s + 14, 20, 0), 0xffff);
	assert_int_equal((uint32_t)be16(s + 38) << 16 | be16(s + 40), 0x01ffffff + n * mss);
	assert_int_equal(s[47], flags);
	assert_int_equal(s[46], 0x50);
	assert_int_equal(plain_sum(s + 34, 20 + payload, pseudo4(s + 14, 6, 20 + payload)), 0xffff);
}

static void tcp_is_segmented_with_fixed_headers(void **state)
{
	struct rig *rig = started();
	static uint8_t f[20000];
	uint32_t n, mss = 1448, payload = 4 * 1448 + 777;

	segmentation(rig, f, payload, mss, 0);
	assert_int_equal(rig->sents, 5);
	for (n = 0; n < 5; n++) {
		uint32_t bytes = n < 4 ? mss : 777;

		assert_int_equal(rig->sent[n].bytes, 54 + bytes);
		check_segment(rig->sent[n].data, n, bytes, mss, n < 4 ? 0x10 : 0x19);
		assert_memory_equal(rig->sent[n].data + 54, f + 54 + n * mss, bytes);
	}
	/* One write-back for all. */
	assert_int_equal(rig_mem32(rig, TX_RING(0) + 2 * 16 + 12), 1);
	assert_int_equal(rig->irqs, 1);
	assert_int_equal(rig_rd(rig, GPTC), 5);
	rig_free(rig);
}

static void segments_leave_at_line_rate(void **state)
{
	struct rig *rig = started();
	static uint8_t f[20000];
	uint32_t n;

	segmentation(rig, f, 10 * 1000, 1000, 0);
	assert_int_equal(rig->sents, 10);
	for (n = 1; n < 10; n++)
		assert_int_equal(rig->sent[n].at.ps - rig->sent[n - 1].at.ps,
				 (54 + 1000 + 24) * 800);
	rig_free(rig);
}

static void single_segment_keeps_its_flags(void **state)
{
	struct rig *rig = started();
	static uint8_t f[2000];

	segmentation(rig, f, 500, 1448, 0);
	assert_int_equal(rig->sents, 1);
	check_segment(rig->sent[0].data, 0, 500, 1448, 0x19);
	rig_free(rig);
}

static void segmentation_of_64_kib_fits(void **state)
{
	struct rig *rig = started();
	static uint8_t f[70000];
	uint32_t payload = 65000, i;

	frame_ip4(f, src, dst, 6, 7, 8, 1000);
	for (i = 54; i < sizeof(f); i++)
		f[i] = (uint8_t)(i >> 3);
	set_be16(f + 16, 0);
	set_be16(f + 24, 0);
	set_be16(f + 50, plain_sum(f + 26, 8, 6));
	memcpy(rig->memory + TX_BUFFER(0), f, 54 + payload);
	context(rig, 0, 14, 20, L4_TCP | IS_IPV4, 20, 1300, 0);
	rig_tx_desc(rig, 0, TX_BUFFER(0), TX_ADVANCED | TX_DATA | TX_IFCS | TX_TSE | 54,
		    payload << 14 | IXSM | TXSM);
	for (i = 0; i < 5; i++)
		rig_tx_desc(rig, 0, TX_BUFFER(0) + 54 + i * 13000,
			    TX_ADVANCED | TX_DATA | TX_IFCS | TX_TSE | TX_RS |
			    (i == 4 ? TX_EOP : 0) | 13000, 0);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(200));
	assert_int_equal(rig->sents, 50);
	for (i = 0; i < 50; i++) {
		assert_memory_equal(rig->sent[i].data + 54, f + 54 + 1300 * i, 1300);
		assert_int_equal(plain_sum(rig->sent[i].data + 34, 1320,
					   pseudo4(rig->sent[i].data + 14, 6, 1320)), 0xffff);
	}
	rig_free(rig);
}

static void segments_get_the_vlan_tag(void **state)
{
	struct rig *rig = started();
	static uint8_t f[4000];

	segmentation(rig, f, 2000, 1000, TX_VLE);
	assert_int_equal(rig->sents, 2);
	assert_int_equal(rig->sent[1].bytes, 58 + 1000);
	assert_int_equal(be16(rig->sent[1].data + 12), 0x8100);
	assert_int_equal(be16(rig->sent[1].data + 14), 0x123);
	assert_int_equal(be16(rig->sent[1].data + 16), 0x0800);
	rig_free(rig);
}

static void tcp_over_ipv6_is_segmented(void **state)
{
	struct rig *rig = started();
	static uint8_t f[4000];
	unsigned n;

	frame_ip6(f, src6, dst6, 6, 7, 8, 2500);
	set_be16(f + 18, 0);
	set_be16(f + 70, plain_sum(f + 22, 32, 6));
	memcpy(rig->memory + TX_BUFFER(0), f, 74 + 2500);
	context(rig, 0, 14, 40, L4_TCP, 20, 1000, 0);
	rig_tx_desc(rig, 0, TX_BUFFER(0), TX_PLAIN | TX_TSE | (74 + 2500), 2500u << 14 | TXSM);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(20));
	assert_int_equal(rig->sents, 3);
	for (n = 0; n < 3; n++) {
		const uint8_t *s = rig->sent[n].data;
		uint32_t bytes = n < 2 ? 1000 : 500;

		assert_int_equal(be16(s + 18), 20 + bytes);
		assert_int_equal(plain_sum(s + 54, 20 + bytes,
					   plain_sum(s + 22, 32, 6 + 20 + bytes)), 0xffff);
	}
	rig_free(rig);
}

static void udp_is_segmented_with_its_length(void **state)
{
	struct rig *rig = started();
	static uint8_t f[4000];
	unsigned n;

	frame_ip4(f, src, dst, 17, 7, 8, 2500);
	set_be16(f + 16, 0);
	set_be16(f + 24, 0);
	set_be16(f + 40, plain_sum(f + 26, 8, 17));
	memcpy(rig->memory + TX_BUFFER(0), f, 42 + 2500);
	context(rig, 0, 14, 20, IS_IPV4, 8, 1000, 0);
	rig_tx_desc(rig, 0, TX_BUFFER(0), TX_PLAIN | TX_TSE | (42 + 2500),
		    2500u << 14 | IXSM | TXSM);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(20));
	assert_int_equal(rig->sents, 3);
	for (n = 0; n < 3; n++) {
		const uint8_t *s = rig->sent[n].data;
		uint32_t bytes = n < 2 ? 1000 : 500;

		assert_int_equal(be16(s + 38), 8 + bytes);
		assert_int_equal(plain_sum(s + 34, 8 + bytes, pseudo4(s + 14, 17, 8 + bytes)),
				 0xffff);
	}
	rig_free(rig);
}

static void frame_with_its_own_check_sequence_keeps_it(void **state)
{
	struct rig *rig = started();
	uint8_t f[104] = { 0 };

	/* CRC-32 of 100 zero bytes. */
	f[100] = 0xca;
	f[101] = 0xc6;
	f[102] = 0x88;
	f[103] = 0x99;
	memcpy(rig->memory + TX_BUFFER(0), f, 104);
	rig_tx_desc(rig, 0, TX_BUFFER(0), (TX_PLAIN & ~TX_IFCS) | 104, 104 << 14);
	f[103] ^= 1;
	memcpy(rig->memory + TX_BUFFER(1), f, 104);
	rig_tx_desc(rig, 0, TX_BUFFER(1), (TX_PLAIN & ~TX_IFCS) | 104, 104 << 14);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(5));
	assert_int_equal(rig->sent[0].bytes, 100);
	assert_int_equal(rig->sent[0].flags, 0);
	assert_int_equal(rig->sent[1].flags, FRAME_BAD_FCS);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(udp_checksum_is_completed),
		cmocka_unit_test(udp_checksum_of_zero_is_sent_as_ones),
		cmocka_unit_test(tcp_and_ip_checksums_are_completed),
		cmocka_unit_test(sctp_checksum_is_crc32c),
		cmocka_unit_test(vlan_tag_is_inserted_from_the_context),
		cmocka_unit_test(tcp_is_segmented_with_fixed_headers),
		cmocka_unit_test(segments_leave_at_line_rate),
		cmocka_unit_test(single_segment_keeps_its_flags),
		cmocka_unit_test(segmentation_of_64_kib_fits),
		cmocka_unit_test(segments_get_the_vlan_tag),
		cmocka_unit_test(tcp_over_ipv6_is_segmented),
		cmocka_unit_test(udp_is_segmented_with_its_length),
		cmocka_unit_test(frame_with_its_own_check_sequence_keeps_it),
	};

	return cmocka_run_group_tests_name("nic82599.offload", tests, NULL, NULL);
}
