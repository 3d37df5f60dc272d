/* SPDX-License-Identifier: MIT */
/* The hosts at the other end of the wire, packet by packet: what they answer, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/machine/peer.h"

#define LOG 64

struct rig {
	struct sim sim;
	struct peer *peer;
	unsigned frames;
	struct at time[LOG];
	uint32_t bytes[LOG];
	uint8_t data[LOG][1600];
	uint32_t took, wrong;
};

static void take(void *ctx, const struct frame *frame)
{
	struct rig *rig = ctx;

	assert_true(rig->frames < LOG);
	rig->time[rig->frames] = sim_now(&rig->sim);
	rig->bytes[rig->frames] = frame->bytes;
	memcpy(rig->data[rig->frames++], frame->data, frame->bytes);
}

static void took(void *ctx, uint32_t bytes, uint32_t wrong)
{
	struct rig *rig = ctx;

	rig->took += bytes;
	rig->wrong += wrong;
}

static struct rig *make(uint64_t link_bps, struct dur delay, uint32_t tcp_answer)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct peer_ops ops = { take, took, rig };
	struct peer_cfg cfg = { .name = "eth0", .link_bps = link_bps, .delay = delay,
				.tcp_answer = tcp_answer,
				.verifies = true };

	rig->sim.engine = engine_create();
	rig->peer = peer_create(&rig->sim, &cfg, &ops);
	return rig;
}

static void destroy(struct rig *rig)
{
	peer_destroy(rig->peer);
	engine_destroy(rig->sim.engine);
	free(rig);
}

static void run(struct rig *rig, struct dur time)
{
	engine_run(rig->sim.engine, at_add(sim_now(&rig->sim), time));
}

static uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static void put32(uint8_t *p, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t sum16(const uint8_t *p, uint32_t bytes)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < bytes; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static const uint8_t headers[42] = {
	2, 0, 0, 0, 0, 1, 2, 9, 9, 9, 9, 9, 8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0,
	10, 0, 0, 1, 10, 0, 0, 2, 0x12, 0x34, 0x23, 0x29, 0, 26, 0, 0,
};

static void datagram(struct rig *rig)
{
	uint8_t data[60];
	struct frame frame = { .data = data, .bytes = sizeof(data) };

	memset(data, 0x5a, sizeof(data));
	memcpy(data, headers, sizeof(headers));
	peer_echo(rig->peer, &frame);
}

static void datagram_comes_back_after_the_delay_and_the_wire(void **state)
{
	struct rig *rig = make(10000000000, dur_us(7), 0);
	const uint8_t *back = rig->data[0];

	datagram(rig);
	run(rig, dur_us(100));
	assert_int_equal(rig->frames, 1);
	assert_int_equal(rig->time[0].ps, 7 * PS_PER_US + 67200);
	assert_int_equal(rig->bytes[0], 60);
	assert_memory_equal(back, headers + 6, 6);
	assert_memory_equal(back + 6, headers, 6);
	assert_memory_equal(back + 26, "\12\0\0\2\12\0\0\1", 8);
	assert_memory_equal(back + 34, "\x23\x29\x12\x34", 4);
	assert_int_equal(back[50], 0x5a);
	destroy(rig);
}

static void answers_share_the_wire(void **state)
{
	struct rig *rig = make(10000000000, dur_us(1), 0);

	for (unsigned i = 0; i < 3; i++)
		datagram(rig);
	run(rig, dur_us(100));
	assert_int_equal(rig->frames, 3);
	for (unsigned i = 1; i < 3; i++)
		assert_int_equal(rig->time[i].ps - rig->time[i - 1].ps, 67200);
	destroy(rig);
}

static void segment(struct rig *rig, uint32_t sequence, uint32_t flags, uint32_t bytes)
{
	uint8_t data[1514] = { 0 };
	struct frame frame = { .data = data, .bytes = bytes + 54 < 60 ? 60 : bytes + 54 };

	memcpy(data, headers, 38);
	data[16] = (uint8_t)((bytes + 40) >> 8);
	data[17] = (uint8_t)(bytes + 40);
	data[23] = 6;
	put32(data + 38, sequence);
	data[46] = 5 << 4;
	data[47] = (uint8_t)flags;
	peer_tcp(rig->peer, &frame);
	run(rig, dur_us(10));
}

static void check_segment(struct rig *rig, unsigned n, uint32_t flags, uint32_t sequence,
			  uint32_t acknowledged, uint32_t payload)
{
	const uint8_t *tcp = rig->data[n] + 34;
	uint32_t total = get16(rig->data[n] + 16);
	uint8_t pseudo[12] = { 0 };

	assert_true(n < rig->frames);
	assert_int_equal(tcp[13], flags);
	assert_int_equal(get32(tcp + 4), sequence);
	assert_int_equal(get32(tcp + 8), acknowledged);
	assert_int_equal(total - 20 - (uint32_t)(tcp[12] >> 4) * 4, payload);
	assert_int_equal(sum16(rig->data[n] + 14, 20), 0xffff);
	memcpy(pseudo, rig->data[n] + 26, 8);
	pseudo[9] = 6;
	pseudo[11] = (uint8_t)(total - 20);
	pseudo[10] = (uint8_t)((total - 20) >> 8);
	assert_int_equal(((sum16(pseudo, 12) + sum16(tcp, total - 20)) & 0xffff) +
				 ((sum16(pseudo, 12) + sum16(tcp, total - 20)) >> 16),
			 0xffff);
}

static struct rig *connected(uint32_t answer)
{
	struct rig *rig = make(10000000000, dur_us(1), answer);

	segment(rig, 1000, 0x02, 0);
	check_segment(rig, 0, 0x12, 0, 1001, 0);
	/* MSS 1460. */
	assert_memory_equal(rig->data[0] + 54, "\2\4\x05\xb4", 4);
	segment(rig, 1001, 0x10, 0);
	assert_int_equal(rig->frames, 1);
	return rig;
}

static void every_second_segment_is_acknowledged_at_once(void **state)
{
	struct rig *rig = connected(0);

	segment(rig, 1001, 0x10, 1460);
	assert_int_equal(rig->frames, 1);
	segment(rig, 2461, 0x10, 1460);
	check_segment(rig, 1, 0x10, 1, 3921, 0);
	segment(rig, 3921, 0x18, 10);
	assert_int_equal(rig->frames, 2);
	run(rig, dur_us(200));
	check_segment(rig, 2, 0x10, 1, 3931, 0);
	destroy(rig);
}

static void segment_out_of_order_is_answered_with_what_is_expected(void **state)
{
	struct rig *rig = connected(0);

	segment(rig, 2461, 0x10, 1460);
	check_segment(rig, 1, 0x10, 1, 1001, 0);
	segment(rig, 1001, 0x10, 1460);
	segment(rig, 2461, 0x10, 1460);
	check_segment(rig, 2, 0x10, 1, 3921, 0);
	destroy(rig);
}

static void bytes_that_are_not_the_streams_are_counted(void **state)
{
	struct rig *rig = connected(0);
	uint8_t pattern[100];
	uint32_t zeroes = 0;

	peer_pattern(0, pattern, sizeof(pattern));
	for (unsigned i = 0; i < sizeof(pattern); i++)
		zeroes += !pattern[i];
	peer_took(rig->peer, 0, pattern, sizeof(pattern));
	assert_int_equal(rig->took, 100);
	assert_int_equal(rig->wrong, 0);
	peer_took(rig->peer, 1, pattern, sizeof(pattern));
	assert_true(rig->wrong > 90);
	rig->took = rig->wrong = 0;
	/* Twice the same place, of which the second time is dropped; all are zeroes. */
	segment(rig, 1001, 0x10, 100);
	segment(rig, 1001, 0x10, 100);
	assert_int_equal(rig->took, 100);
	assert_int_equal(rig->wrong, 100 - zeroes);
	destroy(rig);
}

/* As a broken driver may send one. */
static void a_segment_shorter_than_it_says_is_dropped(void **state)
{
	struct rig *rig = connected(0);
	uint8_t data[1514] = { 0 };
	struct frame frame = { .data = data, .bytes = 100 };

	memcpy(data, headers, 38);
	data[16] = 0xff;
	data[23] = 6;
	put32(data + 38, 1001);
	data[46] = 5 << 4;
	data[47] = 0x10;
	peer_tcp(rig->peer, &frame);
	run(rig, dur_us(200));
	assert_int_equal(rig->took, 0);
	assert_int_equal(rig->frames, 1);
	destroy(rig);
}

static void request_is_answered_when_all_of_it_is_there(void **state)
{
	struct rig *rig = connected(3000);

	segment(rig, 1001, 0x10, 1460);
	segment(rig, 2461, 0x10, 1460);
	segment(rig, 3921, 0x18, 80);
	/* An acknowledgement of the first two, then the answer in three segments. */
	assert_int_equal(rig->frames, 5);
	check_segment(rig, 1, 0x10, 1, 3921, 0);
	check_segment(rig, 2, 0x10, 1, 4001, 1460);
	check_segment(rig, 3, 0x10, 1461, 4001, 1460);
	check_segment(rig, 4, 0x18, 2921, 4001, 80);
	destroy(rig);
}

static void lost_handshake_is_repeated(void **state)
{
	struct rig *rig = connected(0);

	segment(rig, 1000, 0x02, 0);
	check_segment(rig, 1, 0x12, 0, 1001, 0);
	destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(datagram_comes_back_after_the_delay_and_the_wire),
		cmocka_unit_test(answers_share_the_wire),
		cmocka_unit_test(every_second_segment_is_acknowledged_at_once),
		cmocka_unit_test(segment_out_of_order_is_answered_with_what_is_expected),
		cmocka_unit_test(a_segment_shorter_than_it_says_is_dropped),
		cmocka_unit_test(bytes_that_are_not_the_streams_are_counted),
		cmocka_unit_test(request_is_answered_when_all_of_it_is_there),
		cmocka_unit_test(lost_handshake_is_repeated),
	};

	return cmocka_run_group_tests_name("machine.peer", tests, NULL, NULL);
}
