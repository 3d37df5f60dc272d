/* SPDX-License-Identifier: MIT */
/* Receive filters by their sections: addresses (7.1.1), the order of the queue filters (7.1.2),
 * EtherType (7.1.2.3), 5-tuple (7.1.2.5), SYN (7.1.2.6), perfect match (7.1.2.7), descriptor types
 * (8.2.3.8.7). */
#include "tests/unit/nic82599/rig.h"

#define ETQF(n) (0x5128 + 4 * (n))
#define ETQS(n) (0xec00 + 4 * (n))
#define SYNQF 0xec30
#define SAQF(n) (0xe000 + 4 * (n))
#define DAQF(n) (0xe200 + 4 * (n))
#define SDPQF(n) (0xe400 + 4 * (n))
#define FTQF(n) (0xe600 + 4 * (n))
#define L34TIMIR(n) (0xe800 + 4 * (n))
#define PSRTYPE(n) (0xea00 + 4 * (n))
#define FDIRCTRL 0xee00
#define FDIRIPSA 0xee18
#define FDIRIPDA 0xee1c
#define FDIRPORT 0xee20
#define FDIRVLAN 0xee24
#define FDIRHASH 0xee28
#define FDIRCMD 0xee2c
#define FDIRFREE 0xee38
#define FDIRDIP4M 0xee3c
#define FDIRSIP4M 0xee40
#define FDIRTCPM 0xee44
#define FDIRUSTAT 0xee50
#define FDIRFSTAT 0xee54
#define FDIRHKEY 0xee68
#define FDIRM 0xee70
#define ANY_ALL 0x3e000000u       /* FTQF: nothing is compared */
#define ANY_SOURCE 0x02000000u
#define ANY_TARGET 0x04000000u
#define ANY_SOURCE_PORT 0x08000000u
#define ANY_TARGET_PORT 0x10000000u
#define ANY_PROTOCOL 0x20000000u
#define FILTER_ON 0x80000000u
#define BUCKET_KEY 0x3dad14e2u

static const uint8_t from[4] = { 10, 1, 2, 3 }, to[4] = { 10, 0, 0, 2 };

static struct rig *started(void)
{
	struct rig *rig = rig_new(NULL);
	unsigned q;

	rig_up(rig);
	for (q = 0; q < 8; q++)
		rig_rx_ring(rig, q, 64, 60, 2);
	return rig;
}

/* The queue that a frame goes to, -1 if it is lost. */
static int queue_of_frame(struct rig *rig, const uint8_t *f, uint32_t bytes)
{
	unsigned rings = rig->rings;

	rig_rx(rig, f, bytes);
	rig_run(rig, dur_us(5));
	return rig->rings == rings ? -1 : (int)rig->ring[rig->rings - 1].queue;
}

static int queue_of(struct rig *rig, uint8_t protocol, uint16_t sport, uint16_t dport)
{
	uint8_t f[200];
	uint32_t bytes = frame_ip4(f, from, to, protocol, sport, dport, 10);

	return queue_of_frame(rig, f, bytes);
}

static int queue_of_syn(struct rig *rig)
{
	uint8_t f[200];
	uint32_t bytes = frame_ip4(f, from, to, 6, 1000, 80, 10);

	f[34 + 13] = 2;
	return queue_of_frame(rig, f, bytes);
}

static int queue_of_type(struct rig *rig, uint16_t type, bool tagged)
{
	uint8_t f[64];

	frame_ether(f, tagged ? 0x8100 : type);
	if (tagged)
		set_be16(f + 16, type);
	return queue_of_frame(rig, f, 60);
}

/* ---- 7.1.1 ---- */

static int address(struct rig *rig, uint64_t mac)
{
	uint8_t f[64];
	unsigned i;

	frame_ether(f, 0x88b5);
	for (i = 0; i < 6; i++)
		f[i] = (uint8_t)(mac >> (40 - 8 * i));
	return queue_of_frame(rig, f, 60);
}

/* Each kind of address is let in by its own switch only. */
static void addresses_need_their_switch(void **state)
{
	const uint64_t unicast = 0x020000000001, multicast = 0x01005e000001;
	struct rig *rig = started();

	rig_wr(rig, FCTRL, 0);
	assert_int_equal(address(rig, unicast), -1);
	assert_int_equal(address(rig, multicast), -1);
	assert_int_equal(address(rig, 0xffffffffffff), -1);
	rig_wr(rig, FCTRL, 0x200);
	assert_int_equal(address(rig, unicast), 0);
	assert_int_equal(address(rig, multicast), -1);
	rig_wr(rig, FCTRL, 0x100);
	assert_int_equal(address(rig, unicast), -1);
	assert_int_equal(address(rig, multicast), 0);
	rig_wr(rig, FCTRL, 0x400);
	assert_int_equal(address(rig, multicast), -1);
	assert_int_equal(address(rig, 0xffffffffffff), 0);
	rig_free(rig);
}

/* 8.2.3.7.3: which twelve bits of a multicast address choose its bit, for each offset. */
static void multicast_table_by_each_offset(void **state)
{
	static const unsigned shift[] = { 4, 3, 2, 0 };
	const uint64_t multicast = 0x01005e7faaa5;
	unsigned offset, bit;

	for (offset = 0; offset < 4; offset++) {
		struct rig *rig = started();
		unsigned last = 0xa5 << 8 | 0xaa;

		/* Bytes 5 and 4 of the address, the last one on top. */
		bit = last >> shift[offset] & 0xfff;
		rig_wr(rig, MCSTCTRL, 4 | offset);
		assert_int_equal(address(rig, multicast), -1);
		rig_wr(rig, MTA(bit >> 5), 1u << (bit & 31));
		assert_int_equal(address(rig, multicast), 0);
		assert_int_equal(address(rig, multicast ^ 0x1000), -1);
		rig_free(rig);
	}
}

/* ---- 7.1.2.3 ---- */

static void ethertype_chooses_the_queue(void **state)
{
	struct rig *rig = started();

	rig_wr(rig, ETQF(3), FILTER_ON | 0x88f7);
	assert_int_equal(queue_of_type(rig, 0x88f7, false), 0);
	rig_wr(rig, ETQS(3), FILTER_ON | 5u << 16);
	assert_int_equal(queue_of_type(rig, 0x88f7, false), 5);
	assert_int_equal(queue_of_type(rig, 0x88f7, true), 5);
	assert_int_equal(queue_of_type(rig, 0x88f8, false), 0);
	rig_wr(rig, ETQF(3), 0x88f7);
	assert_int_equal(queue_of_type(rig, 0x88f7, false), 0);
	rig_free(rig);
}

/* ---- 7.1.2.5 ---- */

static uint32_t memory_order(const uint8_t ip[4])
{
	return ip[0] | (uint32_t)ip[1] << 8 | (uint32_t)ip[2] << 16 | (uint32_t)ip[3] << 24;
}

static uint32_t ports(uint16_t sport, uint16_t dport)
{
	return (uint32_t)((sport >> 8 | sport << 8) & 0xffff) |
	       (uint32_t)(dport >> 8 | dport << 8) << 16;
}

static void tuple(struct rig *rig, unsigned n, uint32_t control, unsigned queue)
{
	rig_wr(rig, SAQF(n), memory_order(from));
	rig_wr(rig, DAQF(n), memory_order(to));
	rig_wr(rig, SDPQF(n), ports(1000, 80));
	rig_wr(rig, L34TIMIR(n), queue << 21 | 0x80000);
	rig_wr(rig, FTQF(n), FILTER_ON | control);
}

static void each_field_of_a_tuple_is_compared_or_not(void **state)
{
	static const uint32_t field[] = { ANY_SOURCE, ANY_TARGET, ANY_SOURCE_PORT, ANY_TARGET_PORT,
					  ANY_PROTOCOL };
	struct rig *rig = started();
	unsigned i;

	tuple(rig, 7, 0, 4);
	assert_int_equal(queue_of(rig, 6, 1000, 80), 4);
	assert_int_equal(queue_of(rig, 6, 1001, 80), 0);
	assert_int_equal(queue_of(rig, 6, 1000, 81), 0);
	assert_int_equal(queue_of(rig, 17, 1000, 80), 0);
	/* One field differs: only the filter that does not compare it takes the packet. */
	for (i = 0; i < 5; i++) {
		rig_wr(rig, SAQF(7), memory_order(from) ^ (i == 0));
		rig_wr(rig, DAQF(7), memory_order(to) ^ (i == 1));
		rig_wr(rig, SDPQF(7), ports(i == 2 ? 1001 : 1000, i == 3 ? 81 : 80));
		rig_wr(rig, FTQF(7), FILTER_ON | (i == 4));
		assert_int_equal(queue_of(rig, 6, 1000, 80), 0);
		rig_wr(rig, FTQF(7), FILTER_ON | (i == 4) | field[i]);
		assert_int_equal(queue_of(rig, 6, 1000, 80), 4);
	}
	rig_wr(rig, FTQF(7), 0);
	assert_int_equal(queue_of(rig, 6, 1000, 80), 0);
	rig_free(rig);
}

static void tuple_of_higher_priority_wins(void **state)
{
	struct rig *rig = started();

	tuple(rig, 0, ANY_ALL | 1 << 2, 1);
	tuple(rig, 1, ANY_ALL | 7 << 2, 2);
	tuple(rig, 2, ANY_ALL | 3 << 2, 3);
	assert_int_equal(queue_of(rig, 6, 1, 2), 2);
	rig_free(rig);
}

/* ---- 7.1.2.6, 7.1.2 ---- */

static void syn_goes_before_or_after_the_tuples(void **state)
{
	struct rig *rig = started();

	rig_wr(rig, SYNQF, 1 | 3 << 1);
	assert_int_equal(queue_of_syn(rig), 3);
	assert_int_equal(queue_of(rig, 6, 1000, 80), 0);
	tuple(rig, 0, ANY_ALL, 1);
	assert_int_equal(queue_of_syn(rig), 1);
	rig_wr(rig, SYNQF, FILTER_ON | 1 | 3 << 1);
	assert_int_equal(queue_of_syn(rig), 3);
	assert_int_equal(queue_of(rig, 6, 1000, 80), 1);
	/* An EtherType filter goes before both. */
	rig_wr(rig, ETQF(0), FILTER_ON | 0x0800);
	rig_wr(rig, ETQS(0), FILTER_ON | 6u << 16);
	assert_int_equal(queue_of_syn(rig), 6);
	rig_free(rig);
}

/* ---- 7.1.2.7 ---- */

/* Bit i of the hash is the parity of the key's bits on the flow's stream from bit i on: 7.1.2.7.4. */
static uint32_t bucket_of(uint32_t fields, uint32_t flow)
{
	uint32_t low = fields >> 16 | fields << 16, high = fields ^ flow ^ flow >> 16, sum = 0;
	unsigned i;

	for (i = 0; i < 16; i++) {
		uint32_t word = i ? low ^ flow ^ flow << 16 : low;

		sum ^= BUCKET_KEY & 1u << i ? word >> i : 0;
		sum ^= BUCKET_KEY & 1u << (i + 16) ? high >> i : 0;
	}
	return sum & 0x1fff;
}

static void perfect_mode(struct rig *rig)
{
	rig_wr(rig, FDIRHKEY, BUCKET_KEY);
	rig_wr(rig, FDIRCTRL, 0x4a060000u | 127u << 8 | 0x11);
	/* Protocol and addresses are compared, VLAN, pool, the flexible word and ports are not. */
	rig_wr(rig, FDIRM, 0x37);
	rig_wr(rig, FDIRTCPM, 0xffffffff);
}

static uint32_t address_word(const uint8_t ip[4])
{
	return (uint32_t)ip[0] << 24 | (uint32_t)ip[1] << 16 | (uint32_t)ip[2] << 8 | ip[3];
}

static void perfect(struct rig *rig, uint32_t bucket, uint32_t name, uint32_t command)
{
	rig_wr(rig, FDIRIPSA, memory_order(from));
	rig_wr(rig, FDIRIPDA, memory_order(to));
	rig_wr(rig, FDIRPORT, 80u << 16 | 1000);
	rig_wr(rig, FDIRVLAN, 0);
	rig_wr(rig, FDIRHASH, bucket | name << 16);
	rig_wr(rig, FDIRCMD, command);
	assert_int_equal(rig_rd(rig, FDIRCMD) & 3, 0);
}

#define ADD_TCP 0x8849u
#define FLOW_TCP (2u << 16)

static void perfect_filter_compares_what_is_not_masked(void **state)
{
	struct rig *rig = started();
	uint32_t bucket = bucket_of(address_word(from) ^ address_word(to), FLOW_TCP);

	perfect_mode(rig);
	perfect(rig, bucket, 9, ADD_TCP | 3u << 16);
	assert_int_equal(queue_of(rig, 6, 1, 2), 3);
	assert_int_equal(queue_of(rig, 17, 1000, 80), 0);
	/* With the ports in it, the masks' bits in reverse order. */
	rig_wr(rig, FDIRTCPM, 0x0000ffff);
	bucket = bucket_of(address_word(from) ^ address_word(to) ^ 80, FLOW_TCP);
	perfect(rig, bucket, 10, ADD_TCP | 4u << 16);
	assert_int_equal(queue_of(rig, 6, 1, 80), 4);
	assert_int_equal(queue_of(rig, 6, 1, 81), 0);
	/* Two low bits of the target port are not compared. */
	rig_wr(rig, FDIRTCPM, 0xc000ffff);
	bucket = bucket_of(address_word(from) ^ address_word(to) ^ 80, FLOW_TCP);
	perfect(rig, bucket, 11, ADD_TCP | 5u << 16);
	assert_int_not_equal(queue_of(rig, 6, 1, 83), 0);
	assert_int_equal(queue_of(rig, 6, 1, 84), 0);
	rig_free(rig);
}

static void perfect_filters_are_queried_and_removed(void **state)
{
	struct rig *rig = started();
	uint32_t bucket = bucket_of(address_word(from) ^ address_word(to), FLOW_TCP);

	perfect_mode(rig);
	assert_int_equal(rig_rd(rig, FDIRFREE), 2048 - 2);
	perfect(rig, bucket, 9, ADD_TCP | 3u << 16);
	assert_int_equal(rig_rd(rig, FDIRFREE), 2048 - 3);
	perfect(rig, bucket, 9, 3);
	assert_int_equal(rig_rd(rig, FDIRCMD) & 4, 4);
	perfect(rig, bucket, 8, 3);
	assert_int_equal(rig_rd(rig, FDIRCMD) & 4, 0);
	perfect(rig, bucket, 9, 2);
	assert_int_equal(queue_of(rig, 6, 1, 2), 0);
	perfect(rig, bucket, 9, 2);
	assert_int_equal(rig_rd(rig, FDIRFREE), 2048 - 2);
	assert_int_equal(rig_rd(rig, FDIRUSTAT), 1 << 16 | 1);
	assert_int_equal(rig_rd(rig, FDIRFSTAT), 1 << 8);
	rig_free(rig);
}

static void perfect_filter_drops(void **state)
{
	struct rig *rig = started();

	perfect_mode(rig);
	perfect(rig, bucket_of(address_word(from) ^ address_word(to), FLOW_TCP), 9,
		ADD_TCP | 0x200 | 127u << 16);
	assert_int_equal(queue_of(rig, 6, 1, 2), -1);
	assert_int_equal(rig->drops[NIC82599_DROP_FILTER], 1);
	rig_free(rig);
}

static void full_table_takes_no_more(void **state)
{
	struct rig *rig = started();
	uint32_t i;

	perfect_mode(rig);
	for (i = 0; i < 2048; i++)
		perfect(rig, i, i, ADD_TCP);
	assert_int_equal(rig_rd(rig, FDIRFREE), 0);
	assert_int_equal(rig_rd(rig, FDIRFSTAT), 2);
	rig_free(rig);
}

/* ---- 8.2.3.8.7, 7.1.10: header split is not modelled, and says so ---- */

static void split_descriptors_are_refused_and_act_as_one_buffer(void **state)
{
	struct rig *rig = started();

	rig_wr(rig, PSRTYPE(0), 0x1330);
	assert_int_equal(rig_rd(rig, PSRTYPE(0)), 0x1330);
	assert_int_equal(rig_stat(rig, "eth0.error.guest"), 0);
	rig_wr(rig, SRRCTL(0), 0x0a000402);
	assert_int_equal(rig_stat(rig, "eth0.error.guest"), 1);
	assert_int_equal(queue_of(rig, 6, 1, 2), 0);
	assert_int_equal(rig_rxd(rig, 0, 0, 0) >> 21, 0);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_need_their_switch),
		cmocka_unit_test(multicast_table_by_each_offset),
		cmocka_unit_test(ethertype_chooses_the_queue),
		cmocka_unit_test(each_field_of_a_tuple_is_compared_or_not),
		cmocka_unit_test(tuple_of_higher_priority_wins),
		cmocka_unit_test(syn_goes_before_or_after_the_tuples),
		cmocka_unit_test(perfect_filter_compares_what_is_not_masked),
		cmocka_unit_test(perfect_filters_are_queried_and_removed),
		cmocka_unit_test(perfect_filter_drops),
		cmocka_unit_test(full_table_takes_no_more),
		cmocka_unit_test(split_descriptors_are_refused_and_act_as_one_buffer),
	};

	return cmocka_run_group_tests_name("nic82599.filters", tests, NULL, NULL);
}
