/* SPDX-License-Identifier: MIT */
/* What a driver or the bus does wrong, resets at bad moments, and two ports in one process. */
#include "rig.h"

static struct rig *started(void)
{
	struct rig *rig = rig_new(NULL);

	rig_up(rig);
	return rig;
}

static void frame_in(struct rig *rig)
{
	uint8_t f[64];

	frame_ether(f, 0x88b5);
	rig_rx(rig, f, 60);
}

static uint64_t guest_errors(struct rig *rig)
{
	return rig_stat(rig, "eth0.error.guest");
}

static void tails_and_heads_beyond_the_ring_are_refused(void **state)
{
	struct rig *rig = started();

	rig_rx_ring(rig, 0, 64, 8, 2);
	rig_tx_ring(rig, 0, 64);
	assert_int_equal(guest_errors(rig), 0);
	rig_wr(rig, RDT(0), 64);
	rig_wr(rig, TDT(0), 0xffff);
	rig_wr(rig, RDH(0), 3);
	rig_wr(rig, TDH(0), 3);
	rig_wr(rig, RDLEN(0), 128);
	rig_wr(rig, TDLEN(0), 128);
	assert_int_equal(guest_errors(rig), 6);
	/* The queues go on. */
	frame_in(rig);
	assert_int_equal(rig->rings, 1);
	rig_free(rig);
}

static void queue_without_a_ring_is_not_enabled(void **state)
{
	struct rig *rig = started();

	rig_wr(rig, RXDCTL(5), QUEUE_ENABLE);
	rig_wr(rig, TXDCTL(5), QUEUE_ENABLE);
	assert_int_equal(rig_rd(rig, RXDCTL(5)), 0);
	assert_int_equal(rig_rd(rig, TXDCTL(5)) & QUEUE_ENABLE, 0);
	assert_int_equal(guest_errors(rig), 2);
	rig_free(rig);
}

static void frame_for_a_disabled_queue_is_lost(void **state)
{
	struct rig *rig = started();

	frame_in(rig);
	assert_int_equal(rig->drops[NIC82599_DROP_RING], 1);
	assert_int_equal(rig_rd(rig, QPRDC(0)), 1);
	rig_free(rig);
}

static void odd_receive_configurations_are_counted(void **state)
{
	struct rig *rig = started();

	rig_rx_ring(rig, 0, 64, 32, 2);
	rig_wr(rig, SRRCTL(0), 0x0a000402);
	frame_in(rig);
	assert_int_equal(rig->rings, 1);
	rig_wr(rig, SRRCTL(0), 0x02000400);
	frame_in(rig);
	assert_int_equal(rig->drops[NIC82599_DROP_RING], 1);
	rig_wr(rig, MRQC, 0xd);
	assert_int_equal(guest_errors(rig), 3);
	rig_free(rig);
}

static void transmit_garbage_is_skipped_and_the_queue_goes_on(void **state)
{
	struct rig *rig = started();
	uint8_t f[60] = { 2 };

	rig_tx_ring(rig, 0, 64);
	/* A reserved type. */
	rig_tx_desc(rig, 0, 0x1234, TX_ADVANCED | TX_EOP | 0x00700000 | 60, 0);
	/* Nothing at all, then a frame of 4 bytes. */
	rig_tx_desc(rig, 0, TX_BUFFER(0), TX_PLAIN, 0);
	rig_tx_desc(rig, 0, TX_BUFFER(0), TX_PLAIN | 4, 4 << 14);
	/* A segmentation without a context. */
	rig_tx_desc(rig, 0, TX_BUFFER(0), TX_PLAIN | TX_TSE | 1000, 900u << 14);
	/* Checksums behind the frame's end. */
	rig_tx_desc(rig, 0, 500 | 14 << 9, TX_ADVANCED | TX_CONTEXT, 0);
	rig_tx_desc(rig, 0, TX_BUFFER(0), TX_PLAIN | 60, 60 << 14 | 0x300);
	rig_tx(rig, 0, 1, f, 60);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(20));
	assert_int_equal(rig->sents, 1);
	assert_int_equal(rig_rd(rig, TDH(0)), 7);
	assert_int_equal(guest_errors(rig), 5);
	rig_free(rig);
}

static void endless_frame_is_cut_off(void **state)
{
	struct rig *rig = started();
	uint8_t f[60] = { 2 };
	unsigned i;

	rig_tx_ring(rig, 0, 64);
	for (i = 0; i < 30; i++)
		rig_tx_desc(rig, 0, TX_BUFFER(0), TX_ADVANCED | TX_DATA | TX_IFCS | 1000, 0);
	rig_tx_desc(rig, 0, TX_BUFFER(0), TX_PLAIN | 1000, 0);
	rig_tx(rig, 0, 1, f, 60);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(50));
	assert_int_equal(rig->sents, 1);
	assert_int_equal(rig->sent[0].bytes, 60);
	assert_int_equal(guest_errors(rig), 1);
	rig_free(rig);
}

static void paylen_that_does_not_fit_is_counted_and_sent(void **state)
{
	struct rig *rig = started();

	rig_tx_ring(rig, 0, 64);
	rig_tx_desc(rig, 0, TX_BUFFER(0), TX_PLAIN | 100, 99 << 14);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->sents, 1);
	assert_int_equal(guest_errors(rig), 1);
	rig_free(rig);
}

static void failed_descriptor_read_stops_the_queue_until_it_is_enabled_again(void **state)
{
	struct rig *rig = started();
	uint8_t f[60] = { 2 };

	rig->fail_reads = 1;
	rig_rx_ring(rig, 0, 64, 32, 2);
	frame_in(rig);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->rings, 0);
	assert_int_equal(rig_rd(rig, EICR) & 0x40000, 0x40000);
	assert_int_equal(rig_stat(rig, "eth0.error.dma"), 1);
	rig_wr(rig, RXDCTL(0), 0);
	rig_wr(rig, RXDCTL(0), QUEUE_ENABLE);
	frame_in(rig);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->rings, 1);
	rig->fail_reads = 1;
	rig_tx_ring(rig, 0, 64);
	rig_tx(rig, 0, 0, f, 60);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->sents, 0);
	rig_free(rig);
}

static void failed_payload_read_loses_only_its_frame(void **state)
{
	struct rig *rig = started();
	uint8_t f[60] = { 2 };

	rig_tx_ring(rig, 0, 64);
	rig_tx(rig, 0, 0, f, 60);
	rig_tx(rig, 0, 1, f, 60);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_ns(600));
	rig->fail_reads = 1;
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->sents, 1);
	assert_int_equal(rig_rd(rig, TDH(0)), 2);
	rig_free(rig);
}

static void answers_after_a_reset_are_ignored(void **state)
{
	struct rig *rig = started();
	uint8_t f[60] = { 2 };
	unsigned ns;

	for (ns = 0; ns < 1400; ns += 100) {
		rig->sents = rig->rings = 0;
		rig_rx_ring(rig, 0, 64, 32, 2);
		rig_tx_ring(rig, 0, 64);
		rig_tx(rig, 0, 0, f, 60);
		rig_tx_go(rig, 0);
		rig_wr(rig, RDT(0), 60);
		frame_in(rig);
		rig_run(rig, dur_ns(ns));
		rig_wr(rig, CTRL, 1u << 26);
		rig->irqs = 0;
		rig_run(rig, dur_us(10));
		assert_int_equal(rig->irqs, 0);
		assert_int_equal(rig_rd(rig, TDH(0)), 0);
		assert_int_equal(rig_rd(rig, RDH(0)), 0);
		assert_int_equal(rig_rd(rig, RXDCTL(0)), 0);
		assert_int_equal(rig_rd(rig, TXDCTL(0)), 0);
		rig_wr(rig, CTRL, 4);
		assert_int_equal(rig_rd(rig, STATUS) & 0x80000, 0);
		rig_wr(rig, CTRL, 0);
		/* And the port works again. */
		rig_up(rig);
		rig->sents = rig->rings = 0;
		rig_rx_ring(rig, 0, 64, 32, 2);
		rig_tx_ring(rig, 0, 64);
		rig_tx(rig, 0, 0, f, 60);
		rig_tx_go(rig, 0);
		frame_in(rig);
		rig_run(rig, dur_us(10));
		assert_int_equal(rig->sents, 1);
		assert_int_equal(rig->rings, 1);
		rig_wr(rig, CTRL, 1u << 26);
		rig_up(rig);
	}
	rig_free(rig);
}

static void reset_loses_the_frames_in_the_packet_buffer(void **state)
{
	struct rig *rig = started();

	rig_rx_ring(rig, 0, 64, 0, 2);
	frame_in(rig);
	frame_in(rig);
	assert_int_equal(rig->drops[NIC82599_DROP_BUFFER], 0);
	rig_wr(rig, CTRL, 1u << 26);
	assert_int_equal(rig->drops[NIC82599_DROP_BUFFER], 2);
	rig_free(rig);
}

static void disabled_receive_queue_ignores_the_late_fetch(void **state)
{
	struct rig *rig = started();

	rig_rx_ring(rig, 0, 64, 1, 2);
	rig_wr(rig, RDT(0), 20);
	rig_wr(rig, RXDCTL(0), 0);
	assert_int_equal(rig_rd(rig, RXDCTL(0)), QUEUE_ENABLE);
	rig_wr(rig, RDH(0), 0);
	rig_wr(rig, RXDCTL(0), QUEUE_ENABLE);
	rig_run(rig, dur_us(5));
	rig_wr(rig, RXDCTL(0), 0);
	assert_int_equal(rig_rd(rig, RXDCTL(0)), 0);
	rig_free(rig);
}

static void destroy_with_work_under_way_leaves_no_event(void **state)
{
	struct rig *rig = started();
	struct engine *engine = rig->sim.engine;
	uint8_t f[60] = { 2 };
	size_t dma_only;

	rig_rx_ring(rig, 0, 64, 32, 2);
	rig_tx_ring(rig, 0, 64);
	rig_wr(rig, EITR(0), 0xff8);
	rig_wr(rig, EIAM_EX(0), 0);
	rig_tx(rig, 0, 0, f, 60);
	rig_tx(rig, 0, 1, f, 60);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_ns(1040));
	frame_in(rig);
	frame_in(rig);
	dma_only = engine_pending(engine);
	nic82599_reset(rig->nic);
	assert_true(engine_pending(engine) < dma_only);
	rig_run(rig, dur_us(10));
	assert_int_equal(engine_pending(engine), 0);
	rig_free(rig);
}

static void two_ports_do_not_share_anything(void **state)
{
	struct nic82599_cfg cfg;
	struct rig *a = started(), *b;
	uint8_t f[64];

	rig_cfg(&cfg);
	cfg.mac[5] = 0x99;
	cfg.name = "eth1";
	b = rig_new(&cfg);
	rig_up(b);
	rig_rx_ring(a, 0, 64, 32, 2);
	rig_rx_ring(b, 0, 64, 32, 2);
	frame_ether(f, 0x88b5);
	rig_rx(a, f, 60);
	rig_rx(b, f, 60);
	assert_int_equal(a->rings, 1);
	assert_int_equal(b->rings, 0);
	assert_int_equal(b->drops[NIC82599_DROP_FILTER], 1);
	f[5] = 0x99;
	rig_rx(b, f, 60);
	assert_int_equal(b->rings, 1);
	rig_wr(a, CTRL, 1u << 26);
	assert_int_equal(rig_rd(b, RXCTRL), 1);
	rig_free(a);
	rig_free(b);
}

static void digest(struct rig *rig, char text[DIGEST_TEXT_BYTES])
{
	uint8_t f[60] = { 2 };

	rig_rx_ring(rig, 0, 64, 32, 2);
	rig_tx_ring(rig, 0, 64);
	rig_tx(rig, 0, 0, f, 60);
	rig_tx_go(rig, 0);
	frame_in(rig);
	rig_run(rig, dur_us(10));
	digest_text(&rig->sim.trace->digest, text);
}

static void same_run_gives_the_same_digest(void **state)
{
	struct rig *a = started(), *b = started(), *c = started();
	char one[DIGEST_TEXT_BYTES], two[DIGEST_TEXT_BYTES], three[DIGEST_TEXT_BYTES];

	digest(a, one);
	digest(b, two);
	c->read_delay = dur_ns(501);
	digest(c, three);
	assert_string_equal(one, two);
	assert_string_not_equal(one, three);
	rig_free(a);
	rig_free(b);
	rig_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tails_and_heads_beyond_the_ring_are_refused),
		cmocka_unit_test(queue_without_a_ring_is_not_enabled),
		cmocka_unit_test(frame_for_a_disabled_queue_is_lost),
		cmocka_unit_test(odd_receive_configurations_are_counted),
		cmocka_unit_test(transmit_garbage_is_skipped_and_the_queue_goes_on),
		cmocka_unit_test(endless_frame_is_cut_off),
		cmocka_unit_test(paylen_that_does_not_fit_is_counted_and_sent),
		cmocka_unit_test(failed_descriptor_read_stops_the_queue_until_it_is_enabled_again),
		cmocka_unit_test(failed_payload_read_loses_only_its_frame),
		cmocka_unit_test(answers_after_a_reset_are_ignored),
		cmocka_unit_test(reset_loses_the_frames_in_the_packet_buffer),
		cmocka_unit_test(disabled_receive_queue_ignores_the_late_fetch),
		cmocka_unit_test(destroy_with_work_under_way_leaves_no_event),
		cmocka_unit_test(two_ports_do_not_share_anything),
		cmocka_unit_test(same_run_gives_the_same_digest),
	};

	return cmocka_run_group_tests_name("nic82599.fault", tests, NULL, NULL);
}
