/* SPDX-License-Identifier: MIT */
/* Transmit rings: fetch, write-back, order, and time on the wire. */
#include "rig.h"

static struct rig *started(const struct nic82599_cfg *cfg)
{
	struct rig *rig = rig_new(cfg);

	rig_up(rig);
	rig_tx_ring(rig, 0, 64);
	return rig;
}

static uint32_t tx_status(struct rig *rig, unsigned q, uint32_t i)
{
	return rig_mem32(rig, TX_RING(q) + 16 * i + 12);
}

static void frame_leaves_as_it_lay_in_memory(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[1514];
	unsigned i;

	for (i = 0; i < sizeof(f); i++)
		f[i] = (uint8_t)(i * 11);
	rig_tx(rig, 0, 0, f, 100);
	rig_tx(rig, 0, 1, f, 1000);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->sents, 2);
	assert_int_equal(rig->sent[0].bytes, 100);
	assert_memory_equal(rig->sent[0].data, f, 100);
	assert_int_equal(rig->sent[1].bytes, 1000);
	assert_memory_equal(rig->sent[1].data, f, 1000);
	assert_int_equal(rig->sent[1].flags, 0);
	assert_int_equal(rig_rd(rig, TDH(0)), 2);
	assert_int_equal(rig_stat(rig, "eth0.tx.sent"), 2);
	rig_free(rig);
}

static void short_frame_is_padded(void **state)
{
	struct rig *rig = started(NULL);
	static const uint8_t zero[64];
	uint8_t f[20];

	memset(f, 0xee, sizeof(f));
	memset(rig->memory + TX_BUFFER(0), 0xff, 64);
	rig_tx(rig, 0, 0, f, 20);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->sent[0].bytes, 60);
	assert_memory_equal(rig->sent[0].data + 20, zero, 40);
	rig_free(rig);
}

static void minimum_frames_leave_every_67_2_ns(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[60] = { 2 };
	unsigned i;

	for (i = 0; i < 40; i++)
		rig_tx(rig, 0, i, f, 60);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(20));
	assert_int_equal(rig->sents, 40);
	for (i = 1; i < 40; i++)
		assert_int_equal(rig->sent[i].at.ps - rig->sent[i - 1].at.ps, 67200);
	rig_free(rig);
}

/* Two reads, the pipeline, then preamble, frame and check sequence. */
static void first_frame_leaves_after_fetch_pipeline_and_serialisation(void **state)
{
	struct nic82599_cfg cfg;
	struct rig *rig;
	uint8_t f[1514] = { 2 };
	struct at start;

	rig_cfg(&cfg);
	cfg.tx_pipeline = dur_ns(250);
	rig = started(&cfg);
	start = sim_now(&rig->sim);
	rig_tx(rig, 0, 0, f, 1514);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->sent[0].at.ps - start.ps,
			 2 * 500000 + 250000 + (8 + 1514 + 4) * 800);
	rig_free(rig);
}

static void ideal_port_has_no_pipeline(void **state)
{
	struct nic82599_cfg cfg;
	struct rig *rig;
	uint8_t f[60] = { 2 };
	struct at start;

	rig_cfg(&cfg);
	cfg.tx_pipeline = dur_ns(250);
	cfg.ideal = true;
	rig = started(&cfg);
	rig->read_delay = dur_ns(0);
	start = sim_now(&rig->sim);
	rig_tx(rig, 0, 0, f, 60);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->sent[0].at.ps - start.ps, 72 * 800);
	rig_free(rig);
}

static void link_speed_sets_the_pace(void **state)
{
	struct nic82599_cfg cfg;
	struct rig *rig;
	uint8_t f[60] = { 2 };

	rig_cfg(&cfg);
	cfg.link_bps = 1000000000;
	rig = started(&cfg);
	rig_tx(rig, 0, 0, f, 60);
	rig_tx(rig, 0, 1, f, 60);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->sent[1].at.ps - rig->sent[0].at.ps, 672000);
	rig_free(rig);
}

static void report_status_writes_done_and_interrupts(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[60] = { 2 };

	rig_tx(rig, 0, 0, f, 60);
	rig_tx_desc(rig, 0, TX_BUFFER(0), (TX_PLAIN & ~TX_RS) | 60, 60 << 14);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->sents, 2);
	assert_int_equal(tx_status(rig, 0, 0), 1);
	assert_int_equal(tx_status(rig, 0, 1), 60 << 14);
	assert_int_equal(rig->irqs, 1);
	assert_int_equal(rig->irq[0].vector, 0);
	rig_free(rig);
}

/* The data are in the chip then: the host may reuse the buffer. */
static void done_is_written_before_the_frame_leaves(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[1514] = { 2 };

	rig_tx(rig, 0, 0, f, 1000);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_ns(1300));
	assert_int_equal(tx_status(rig, 0, 0), 1);
	assert_int_equal(rig->sents, 0);
	memset(rig->memory + TX_BUFFER(0), 0xdd, 1000);
	rig_run(rig, dur_us(10));
	assert_memory_equal(rig->sent[0].data, f, 1000);
	rig_free(rig);
}

static void wthresh_collects_write_backs(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[60] = { 2 };
	unsigned i;

	rig_wr(rig, TXDCTL(0), QUEUE_ENABLE | 4 << 16);
	rig_wr(rig, EITR(0), 500 / 2 << 3 | 0x7fu << 21);
	rig->writes = 0;
	for (i = 0; i < 6; i++)
		rig_tx(rig, 0, i, f, 60);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->writes, 1);
	assert_int_equal(tx_status(rig, 0, 3), 1);
	assert_int_equal(tx_status(rig, 0, 4), 60 << 14);
	/* The rest goes when the throttle's counter has run out. */
	rig_run(rig, dur_us(1100));
	assert_int_equal(rig->writes, 2);
	assert_int_equal(tx_status(rig, 0, 5), 1);
	rig_free(rig);
}

static void head_write_back_replaces_descriptor_write_back(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[60] = { 2 };

	rig_wr(rig, TDWBAL(0), 0x8000 | 1);
	rig_tx(rig, 0, 0, f, 60);
	rig_tx(rig, 0, 1, f, 60);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig_mem32(rig, 0x8000), 2);
	assert_int_equal(tx_status(rig, 0, 0), 60 << 14);
	assert_int_equal(rig->irqs, 1);
	rig_free(rig);
}

static void several_descriptors_make_one_frame(void **state)
{
	struct rig *rig = started(NULL);
	uint32_t total = 100 + 1 + 299 + 600;
	unsigned i;

	for (i = 0; i < 4096; i++)
		rig->memory[TX_BUFFER(0) + i] = (uint8_t)(i * 13);
	rig_tx_desc(rig, 0, TX_BUFFER(0), TX_ADVANCED | TX_DATA | TX_IFCS | 100, total << 14);
	rig_tx_desc(rig, 0, TX_BUFFER(0) + 100, TX_ADVANCED | TX_DATA | TX_IFCS | 1, 0);
	rig_tx_desc(rig, 0, TX_BUFFER(0) + 101, TX_ADVANCED | TX_DATA | TX_IFCS | 299, 0);
	rig_tx_desc(rig, 0, TX_BUFFER(0) + 400, TX_PLAIN | 600, 0);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->sents, 1);
	assert_int_equal(rig->sent[0].bytes, total);
	assert_memory_equal(rig->sent[0].data, rig->memory + TX_BUFFER(0), total);
	assert_int_equal(tx_status(rig, 0, 3), 1);
	assert_int_equal(tx_status(rig, 0, 0), total << 14);
	rig_free(rig);
}

static void frame_may_come_in_pieces_of_the_ring(void **state)
{
	struct rig *rig = started(NULL);

	memset(rig->memory + TX_BUFFER(0), 0x5a, 200);
	rig_tx_desc(rig, 0, TX_BUFFER(0), TX_ADVANCED | TX_DATA | TX_IFCS | 100, 200 << 14);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(5));
	assert_int_equal(rig->sents, 0);
	rig_tx_desc(rig, 0, TX_BUFFER(0) + 100, TX_PLAIN | 100, 0);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(5));
	assert_int_equal(rig->sents, 1);
	assert_int_equal(rig->sent[0].bytes, 200);
	rig_free(rig);
}

/* An unfinished frame of one queue does not hold back another. */
static void queues_do_not_wait_for_each_others_drivers(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[60] = { 2 };

	rig_tx_ring(rig, 1, 64);
	rig_tx_desc(rig, 0, TX_BUFFER(9), TX_ADVANCED | TX_DATA | TX_IFCS | 100, 200 << 14);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(5));
	rig_tx(rig, 1, 0, f, 60);
	rig_tx_go(rig, 1);
	rig_run(rig, dur_us(5));
	assert_int_equal(rig->sents, 1);
	rig_free(rig);
}

/* With room for two frames the first queue gets both places; then each that is free goes to the
 * queue whose turn it is. */
static void queues_take_turns(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[1000] = { 2 };
	unsigned i;

	rig_wr(rig, 0xcc00, 1 << 10);
	rig_tx_ring(rig, 1, 64);
	for (i = 0; i < 16; i++) {
		f[20] = 0;
		rig_tx(rig, 0, i, f, 1000);
		f[20] = 1;
		rig_tx(rig, 1, 16 + i, f, 1000);
	}
	rig_tx_go(rig, 0);
	rig_tx_go(rig, 1);
	rig_run(rig, dur_us(100));
	assert_int_equal(rig->sents, 32);
	assert_int_equal(rig->sent[0].data[20], 0);
	for (i = 1; i < 30; i++)
		assert_int_equal(rig->sent[i].data[20], (i + 1) % 2);
	rig_free(rig);
}

static void ring_wraps_many_times(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[60] = { 2 };
	unsigned i;

	for (i = 0; i < 500; i++) {
		f[30] = (uint8_t)i;
		f[31] = (uint8_t)(i >> 8);
		rig_tx(rig, 0, i % 64, f, 60);
		if (i % 7 == 6) {
			rig_tx_go(rig, 0);
			rig_run(rig, dur_us(4));
		}
	}
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->sents, 500);
	for (i = 0; i < 500; i++)
		assert_int_equal(rig->sent[i].data[30] | rig->sent[i].data[31] << 8, i);
	rig_free(rig);
}

static void frames_wait_for_the_link(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[60] = { 2 };

	rig_wr(rig, AUTOC2, 0x70000000);
	rig_tx(rig, 0, 0, f, 60);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->sents, 0);
	rig_wr(rig, AUTOC2, 0);
	rig_wr(rig, AUTOC, rig_rd(rig, AUTOC) | 0x1000);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->sents, 1);
	rig_free(rig);
}

static void packet_buffer_limits_what_is_fetched(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[1000] = { 2 };
	unsigned i;

	rig_wr(rig, 0xcc00, 8 << 10);
	rig_wr(rig, AUTOC2, 0x70000000);
	for (i = 0; i < 32; i++)
		rig_tx(rig, 0, i, f, 1000);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(50));
	assert_int_equal(rig_rd(rig, TDH(0)), 9);
	rig_wr(rig, AUTOC2, 0);
	rig_wr(rig, AUTOC, rig_rd(rig, AUTOC) | 0x1000);
	rig_run(rig, dur_us(100));
	assert_int_equal(rig->sents, 32);
	rig_free(rig);
}

static void legacy_descriptors_send_and_sum(void **state)
{
	static const uint8_t src[4] = { 10, 0, 0, 1 }, dst[4] = { 10, 0, 0, 2 };
	struct rig *rig = started(NULL);
	uint8_t f[256];
	uint32_t bytes = frame_ip4(f, src, dst, 17, 7, 8, 100);
	uint16_t good = be16(f + 40);

	set_be16(f + 40, pseudo4(f + 14, 17, 108));
	memcpy(rig->memory + TX_BUFFER(0), f, bytes);
	rig_tx_desc(rig, 0, TX_BUFFER(0), TX_EOP | TX_IFCS | TX_RS | 0x04000000 | 40u << 16 | bytes,
		    34u << 8);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->sents, 1);
	assert_int_equal(be16(rig->sent[0].data + 40), good);
	assert_int_equal(tx_status(rig, 0, 0) & 1, 1);
	rig_free(rig);
}

static void statistics_count_and_clear_on_read(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[1514] = { 2 };

	rig_tx(rig, 0, 0, f, 60);
	rig_tx(rig, 0, 2, f, 1514);
	f[0] = 1;
	rig_tx(rig, 0, 4, f, 60);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig_rd(rig, GPTC), 3);
	assert_int_equal(rig_rd(rig, GPTC), 0);
	assert_int_equal(rig_rd(rig, GOTCL), 64 + 1518 + 64);
	assert_int_equal(rig_rd(rig, PTC64), 2);
	assert_int_equal(rig_rd(rig, PTC1522), 1);
	assert_int_equal(rig_rd(rig, 0x40f0), 1);
	assert_int_equal(rig_rd(rig, 0x6030), 3);
	rig_free(rig);
}

static void disabled_queue_drains_before_its_bit_clears(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[60] = { 2 };

	rig_tx(rig, 0, 0, f, 60);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_ns(600));
	rig_wr(rig, TXDCTL(0), 0x04000000);
	assert_int_equal(rig_rd(rig, TXDCTL(0)) & QUEUE_ENABLE, QUEUE_ENABLE);
	rig_run(rig, dur_us(1));
	assert_int_equal(rig_rd(rig, TXDCTL(0)) & QUEUE_ENABLE, 0);
	assert_int_equal(rig->sents, 1);
	rig_tx(rig, 0, 1, f, 60);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(5));
	assert_int_equal(rig->sents, 1);
	rig_tx_ring(rig, 0, 32);
	rig_tx(rig, 0, 1, f, 60);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(5));
	assert_int_equal(rig->sents, 2);
	rig_free(rig);
}

/* HLREG0.LPBK: what is sent is received, and the wire is cut off. */
static void loopback_returns_frames_and_cuts_off_the_wire(void **state)
{
	struct rig *rig = rig_new(NULL);
	uint8_t f[64];

	rig_up(rig);
	rig_rx_ring(rig, 0, 64, 60, 2);
	rig_tx_ring(rig, 0, 64);
	rig_wr(rig, HLREG0, rig_rd(rig, HLREG0) | 0x8000);
	frame_ether(f, 0x88b5);
	f[20] = 0x5a;
	rig_tx(rig, 0, 0, f, 60);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(20));
	assert_int_equal(rig->sents, 0);
	assert_int_equal(rig->rings, 1);
	assert_memory_equal(rig->memory + RX_BUFFER(0), f, 60);
	rig_rx(rig, f, 60);
	rig_run(rig, dur_us(20));
	assert_int_equal(rig->rings, 1);
	assert_int_equal(rig->drops[NIC82599_DROP_FILTER], 1);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loopback_returns_frames_and_cuts_off_the_wire),
		cmocka_unit_test(frame_leaves_as_it_lay_in_memory),
		cmocka_unit_test(short_frame_is_padded),
		cmocka_unit_test(minimum_frames_leave_every_67_2_ns),
		cmocka_unit_test(first_frame_leaves_after_fetch_pipeline_and_serialisation),
		cmocka_unit_test(ideal_port_has_no_pipeline),
		cmocka_unit_test(link_speed_sets_the_pace),
		cmocka_unit_test(report_status_writes_done_and_interrupts),
		cmocka_unit_test(done_is_written_before_the_frame_leaves),
		cmocka_unit_test(wthresh_collects_write_backs),
		cmocka_unit_test(head_write_back_replaces_descriptor_write_back),
		cmocka_unit_test(several_descriptors_make_one_frame),
		cmocka_unit_test(frame_may_come_in_pieces_of_the_ring),
		cmocka_unit_test(queues_do_not_wait_for_each_others_drivers),
		cmocka_unit_test(queues_take_turns),
		cmocka_unit_test(ring_wraps_many_times),
		cmocka_unit_test(frames_wait_for_the_link),
		cmocka_unit_test(packet_buffer_limits_what_is_fetched),
		cmocka_unit_test(legacy_descriptors_send_and_sum),
		cmocka_unit_test(statistics_count_and_clear_on_read),
		cmocka_unit_test(disabled_queue_drains_before_its_bit_clears),
	};

	return cmocka_run_group_tests_name("nic82599.transmit", tests, NULL, NULL);
}
