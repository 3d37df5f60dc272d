/* SPDX-License-Identifier: MIT */
/* Link flow control: when the port asks to wait, and how it waits itself. */
#include "rig.h"

#define FCTTV 0x3200
#define FCRTL 0x3220
#define FCRTH 0x3260
#define FCRTV 0x32a0
#define FCCFG 0x3d00
#define MFLCN 0x4294
#define LXONTXC 0x3f60
#define LXOFFTXC 0x3f68
#define LXONRXCNT 0x41a4
#define LXOFFRXCNT 0x41a8
#define QUANTUM_PS 51200u

static void frame_in(struct rig *rig)
{
	uint8_t f[1000];

	memset(f, 0, sizeof(f));
	frame_ether(f, 0x88b5);
	rig_rx(rig, f, sizeof(f));
}

/* A ring without descriptors: frames stay in the packet buffer. Thresholds of 8 and 4 KB. */
static struct rig *started(void)
{
	struct rig *rig = rig_new(NULL);

	rig_up(rig);
	rig_rx_ring(rig, 0, 64, 0, 2);
	rig_tx_ring(rig, 0, 64);
	rig_wr(rig, FCTTV, 1000);
	rig_wr(rig, FCRTV, 500);
	rig_wr(rig, FCRTL, 0x80000000u | 4096);
	rig_wr(rig, FCRTH, 0x80000000u | 8192);
	rig_wr(rig, FCCFG, 8);
	rig_wr(rig, MFLCN, 0xa);
	rig_run(rig, dur_us(10));
	rig->sents = 0;
	return rig;
}

static unsigned quanta(const struct rig *rig, unsigned n)
{
	assert_true(n < rig->sents);
	assert_memory_equal(rig->sent[n].data, "\x01\x80\xc2\0\0\x01", 6);
	assert_memory_equal(rig->sent[n].data + 6, rig_mac, 6);
	assert_memory_equal(rig->sent[n].data + 12, "\x88\x08\0\x01", 4);
	assert_int_equal(rig->sent[n].bytes, 60);
	return be16(rig->sent[n].data + 16);
}

static void full_buffer_asks_to_wait_and_an_empty_one_ends_it(void **state)
{
	struct rig *rig = started();
	unsigned i;

	for (i = 0; i < 8; i++)
		frame_in(rig);
	rig_run(rig, dur_us(1));
	assert_int_equal(rig->sents, 0);
	frame_in(rig);
	rig_run(rig, dur_us(1));
	assert_int_equal(rig->sents, 1);
	assert_int_equal(quanta(rig, 0), 1000);
	frame_in(rig);
	rig_run(rig, dur_us(1));
	assert_int_equal(rig->sents, 1);
	rig_wr(rig, RDT(0), 40);
	rig_run(rig, dur_us(5));
	assert_int_equal(rig->sents, 2);
	assert_int_equal(quanta(rig, 1), 0);
	assert_int_equal(rig_rd(rig, LXOFFTXC), 1);
	assert_int_equal(rig_rd(rig, LXONTXC), 1);
	rig_free(rig);
}

static void request_is_repeated_while_the_buffer_stays_full(void **state)
{
	struct rig *rig = started();
	unsigned i;

	for (i = 0; i < 9; i++)
		frame_in(rig);
	rig_run(rig, dur_us(100));
	/* At 0, 25.6, 51.2 and 76.8 us. */
	assert_int_equal(rig->sents, 4);
	for (i = 1; i < 4; i++)
		assert_int_equal(rig->sent[i].at.ps - rig->sent[i - 1].at.ps, 500 * QUANTUM_PS);
	rig_free(rig);
}

static void nothing_is_asked_with_flow_control_off(void **state)
{
	struct rig *rig = started();
	unsigned i;

	rig_wr(rig, FCCFG, 0);
	for (i = 0; i < 20; i++)
		frame_in(rig);
	rig_run(rig, dur_us(100));
	assert_int_equal(rig->sents, 0);
	rig_free(rig);
}

static void pause_in(struct rig *rig, uint16_t time)
{
	uint8_t f[60] = { 0x01, 0x80, 0xc2, 0, 0, 1, 2, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0x88, 8, 0, 1 };

	set_be16(f + 16, time);
	rig_rx(rig, f, sizeof(f));
}

static void send_two(struct rig *rig)
{
	uint8_t f[1000];

	memset(f, 0, sizeof(f));
	frame_ether(f, 0x88b5);
	rig_tx(rig, 0, 0, f, sizeof(f));
	rig_tx(rig, 0, 1, f, sizeof(f));
	rig_tx_go(rig, 0);
}

static void pause_frame_stops_the_transmitter_for_its_time(void **state)
{
	struct rig *rig = started();
	uint64_t from = sim_now(&rig->sim).ps;

	pause_in(rig, 1000);
	send_two(rig);
	rig_run(rig, dur_us(200));
	assert_int_equal(rig->sents, 2);
	/* 51.2 us, then preamble, 1000 bytes and the check sequence at 0.8 ns. */
	assert_int_equal(rig->sent[0].at.ps - from, 1000 * QUANTUM_PS + 1012 * 800);
	assert_int_equal(rig_rd(rig, LXOFFRXCNT), 1);
	rig_free(rig);
}

static void frame_under_way_is_finished(void **state)
{
	struct rig *rig = started();
	uint64_t from;

	send_two(rig);
	while (!rig->sents)
		rig_run(rig, dur_ns(100));
	from = sim_now(&rig->sim).ps;
	rig_run(rig, dur_ns(100));
	pause_in(rig, 1000);
	rig_run(rig, dur_us(200));
	assert_int_equal(rig->sents, 2);
	assert_true(rig->sent[1].at.ps - from < 2 * PS_PER_US);
	rig_free(rig);
}

static void second_pause_frame_of_no_time_ends_the_first(void **state)
{
	struct rig *rig = started();
	uint64_t from = sim_now(&rig->sim).ps;

	pause_in(rig, 0xffff);
	send_two(rig);
	rig_run(rig, dur_us(20));
	assert_int_equal(rig->sents, 0);
	pause_in(rig, 0);
	rig_run(rig, dur_us(20));
	assert_int_equal(rig->sents, 2);
	assert_true(rig->sent[0].at.ps - from < 25 * PS_PER_US);
	assert_int_equal(rig_rd(rig, LXONRXCNT), 1);
	rig_free(rig);
}

static void without_rfce_pause_frames_are_only_counted(void **state)
{
	struct rig *rig = started();

	rig_wr(rig, MFLCN, 2);
	pause_in(rig, 0xffff);
	send_two(rig);
	rig_run(rig, dur_us(20));
	assert_int_equal(rig->sents, 2);
	assert_int_equal(rig_rd(rig, LXOFFRXCNT), 1);
	assert_int_equal(rig->drops[2], 0);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_buffer_asks_to_wait_and_an_empty_one_ends_it),
		cmocka_unit_test(request_is_repeated_while_the_buffer_stays_full),
		cmocka_unit_test(nothing_is_asked_with_flow_control_off),
		cmocka_unit_test(pause_frame_stops_the_transmitter_for_its_time),
		cmocka_unit_test(frame_under_way_is_finished),
		cmocka_unit_test(second_pause_frame_of_no_time_ends_the_first),
		cmocka_unit_test(without_rfce_pause_frames_are_only_counted),
	};

	return cmocka_run_group_tests_name("nic82599.pause", tests, NULL, NULL);
}
