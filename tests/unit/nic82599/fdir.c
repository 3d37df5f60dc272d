/* SPDX-License-Identifier: MIT */
/* Flow director's signature filters. The hashes of the test are computed here, bit by bit, from the
 * definition: the key's bits select shifts of the flow's words. */
#include "rig.h"

#define FDIRCTRL  0xee00
#define FDIRHASH  0xee28
#define FDIRCMD   0xee2c
#define FDIRMATCH 0xee58
#define FDIRMISS  0xee5c
#define FDIRHKEY  0xee68
#define FDIRSKEY  0xee6c
#define BUCKET_KEY    0x3dad14e2u
#define SIGNATURE_KEY 0x174d3614u
#define ADD_TCP   0x8849u          /* add, update, last, queue, TCP over IPv4 */

static const uint8_t client[4] = { 10, 0, 0, 2 }, own[4] = { 10, 0, 0, 1 };

/* The words of the definition as a stream of bits: bit i of the sum is the parity of the stream's bits
 * from i on that the key selects. */
static uint32_t hash_of(uint32_t key, uint16_t sport, uint16_t dport)
{
	const uint16_t ethertype = 0x0800;
	uint32_t high = (uint32_t)(sport ^ ethertype) << 16 | dport;
	uint32_t low, sum = 0, flow = 2u << 16;
	unsigned i;

	for (i = 0; i < 4; i++)
		high ^= (uint32_t)(client[i] ^ own[i]) << (24 - 8 * i);
	low = high >> 16 | high << 16;
	high ^= flow ^ flow >> 16;
	for (i = 0; i < 16; i++) {
		uint32_t from_low = i ? low ^ flow ^ flow << 16 : low;

		sum ^= key & 1u << i ? from_low >> i : 0;
		sum ^= key & 1u << (i + 16) ? high >> i : 0;
	}
	return sum & 0x7fff;
}

static struct rig *started(void)
{
	struct rig *rig = rig_new(NULL);
	unsigned q;

	rig_up(rig);
	for (q = 0; q < 4; q++)
		rig_rx_ring(rig, q, 64, 60, 2);
	rig_wr(rig, FDIRHKEY, BUCKET_KEY);
	rig_wr(rig, FDIRSKEY, SIGNATURE_KEY);
	/* 64 KB of the buffer; the flexible word is the EtherType. */
	rig_wr(rig, FDIRCTRL, 0x4a060001);
	rig_run(rig, dur_us(10));
	return rig;
}

static void add(struct rig *rig, uint16_t sport, uint16_t dport, unsigned queue)
{
	rig_wr(rig, FDIRHASH, hash_of(BUCKET_KEY, sport, dport) |
				      hash_of(SIGNATURE_KEY, sport, dport) << 16);
	rig_wr(rig, FDIRCMD, ADD_TCP | queue << 16);
	assert_int_equal(rig_rd(rig, FDIRCMD) & 3, 0);
}

/* The queue that a frame goes to. */
static unsigned queue_of(struct rig *rig, uint8_t protocol, uint16_t sport, uint16_t dport)
{
	uint8_t f[200];
	uint32_t bytes = frame_ip4(f, client, own, protocol, sport, dport, 10);

	rig_rx(rig, f, bytes);
	rig_run(rig, dur_us(5));
	return rig->ring[rig->rings - 1].queue;
}

static void flow_with_a_filter_goes_to_its_queue(void **state)
{
	struct rig *rig = started();

	assert_int_equal(queue_of(rig, 6, 9001, 40000), 0);
	add(rig, 9001, 40000, 3);
	assert_int_equal(queue_of(rig, 6, 9001, 40000), 3);
	/* Others do not. */
	assert_int_equal(queue_of(rig, 6, 9001, 40001), 0);
	assert_int_equal(queue_of(rig, 17, 9001, 40000), 0);
	assert_int_equal(rig_rd(rig, FDIRMATCH), 1);
	assert_int_equal(rig_rd(rig, FDIRMATCH), 0);
	assert_int_equal(rig_rd(rig, FDIRMISS), 2);
	rig_free(rig);
}

static void filter_is_updated_when_its_flow_moves(void **state)
{
	struct rig *rig = started();

	add(rig, 9001, 40000, 3);
	add(rig, 9001, 40000, 1);
	assert_int_equal(queue_of(rig, 6, 9001, 40000), 1);
	rig_free(rig);
}

static void initialisation_and_clearing_forget_filters(void **state)
{
	struct rig *rig = started();

	add(rig, 9001, 40000, 3);
	rig_wr(rig, FDIRCMD, 0x100);
	assert_int_equal(queue_of(rig, 6, 9001, 40000), 0);
	add(rig, 9001, 40000, 3);
	assert_int_equal(queue_of(rig, 6, 9001, 40000), 3);
	rig_wr(rig, FDIRCTRL, 0x4a060001);
	assert_int_equal(rig_rd(rig, FDIRCTRL) & 8, 8);
	assert_int_equal(queue_of(rig, 6, 9001, 40000), 0);
	rig_free(rig);
}

static void filters_have_no_effect_while_the_director_is_off(void **state)
{
	struct rig *rig = started();

	rig_wr(rig, FDIRCTRL, 0x4a060000);
	add(rig, 9001, 40000, 3);
	assert_int_equal(queue_of(rig, 6, 9001, 40000), 0);
	rig_free(rig);
}

static void full_table_refuses_and_counts(void **state)
{
	struct rig *rig = started();
	uint32_t i;

	for (i = 0; i < 8192; i++) {
		rig_wr(rig, FDIRHASH, (i & 0x7fff) | 0x10000);
		rig_wr(rig, FDIRCMD, ADD_TCP | 2u << 16);
	}
	assert_int_equal(rig_rd(rig, 0xee54), 0);
	add(rig, 9001, 40000, 3);
	assert_int_equal(rig_rd(rig, 0xee54), 1);
	assert_int_equal(queue_of(rig, 6, 9001, 40000), 0);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flow_with_a_filter_goes_to_its_queue),
		cmocka_unit_test(filter_is_updated_when_its_flow_moves),
		cmocka_unit_test(initialisation_and_clearing_forget_filters),
		cmocka_unit_test(filters_have_no_effect_while_the_director_is_off),
		cmocka_unit_test(full_table_refuses_and_counts),
	};

	return cmocka_run_group_tests_name("nic82599.fdir", tests, NULL, NULL);
}
