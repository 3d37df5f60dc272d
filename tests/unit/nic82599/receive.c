/* SPDX-License-Identifier: MIT */
/* The receive path as a driver sees it: ring, descriptors, loss, statistics. */
#include "rig.h"

static const uint8_t src[4] = { 10, 0, 0, 1 }, dst[4] = { 10, 0, 0, 2 };

static struct rig *started(const struct nic82599_cfg *cfg)
{
	struct rig *rig = rig_new(cfg);

	rig_up(rig);
	return rig;
}

static void frame_goes_to_its_buffer_before_descriptor_and_interrupt(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[2048];
	uint32_t bytes = frame_ip4(f, src, dst, 17, 1000, 2000, 100);

	rig_rx_ring(rig, 0, 64, 32, 2);
	rig->writes = 0;
	rig_rx(rig, f, bytes);
	assert_int_equal(rig->irqs, 1);
	assert_int_equal(rig->irq[0].writes, 2);
	assert_int_equal(rig->irq[0].vector, 0);
	assert_int_equal(rig->signals, 1);
	assert_int_equal(rig->rings, 1);
	assert_int_equal(rig->ring[0].id, 1);
	rig_run(rig, dur_us(1));
	assert_memory_equal(rig->memory + RX_BUFFER(0), f, bytes);
	assert_int_equal(rig_rxd(rig, 0, 0, 2), RX_DD | RX_EOP | RX_IPCS | RX_L4CS | 0x10);
	assert_int_equal(rig_rxd(rig, 0, 0, 3), bytes);
	assert_int_equal(rig_rxd(rig, 0, 0, 0), 0x210);
	assert_int_equal(rig_rd(rig, RDH(0)), 1);
	rig_free(rig);
}

#define CTRL_EXT      0x18
#define DCA_RXCTRL(q) (0x100c + 0x40 * (q))
#define DCA_RXCTRL_82598(q) (0x2200 + 4 * (q))
#define DATA_RO       0x2000u
#define RO_DIS        0x20000u

/* Data are relaxed unless a register says no; the descriptor behind them never is. */
static void data_of_frames_are_relaxed_as_registers_say(void **state)
{
	static const struct { uint32_t at, clear, set; unsigned relaxed; } cases[] = {
		{ DCA_RXCTRL(0), 0, 0, 1 },
		{ CTRL_EXT, 0, RO_DIS, 0 },
		{ DCA_RXCTRL(1), DATA_RO, 0, 1 },           /* another queue's */
		{ DCA_RXCTRL(0), DATA_RO, 0, 0 },
		{ DCA_RXCTRL_82598(0), DATA_RO, 0, 0 },
	};
	uint8_t f[64];

	frame_ether(f, 0x88b5);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *rig = started(NULL);
		uint32_t value = rig_rd(rig, cases[i].at);

		rig_rx_ring(rig, 0, 64, 32, 2);
		rig_wr(rig, cases[i].at, (value & ~cases[i].clear) | cases[i].set);
		rig->writes = rig->relaxed = 0;
		rig_rx(rig, f, 60);
		rig_run(rig, dur_us(1));
		assert_int_equal(rig->writes, 2);
		assert_int_equal(rig->relaxed, cases[i].relaxed);
		rig_free(rig);
	}
}

static void rx_pipeline_delays_the_first_write(void **state)
{
	struct nic82599_cfg cfg;
	struct rig *rig;
	uint8_t f[64];

	rig_cfg(&cfg);
	cfg.rx_pipeline = dur_ns(300);
	rig = started(&cfg);
	frame_ether(f, 0x88b5);
	rig_rx_ring(rig, 0, 64, 32, 2);
	rig->writes = 0;
	rig_rx(rig, f, 60);
	rig_run(rig, dur_ns(299));
	assert_int_equal(rig->writes, 0);
	rig_run(rig, dur_ns(1));
	assert_int_equal(rig->writes, 2);
	assert_int_equal(rig->irqs, 1);
	rig_free(rig);
}

static void ring_wraps_many_times(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[64];
	uint32_t i, tail = 60;

	frame_ether(f, 0x88b5);
	rig_rx_ring(rig, 0, 64, tail, 2);
	for (i = 0; i < 1000; i++) {
		f[20] = (uint8_t)i;
		f[21] = (uint8_t)(i >> 8);
		rig_rx(rig, f, 60);
		rig_run(rig, dur_us(1));
		assert_memory_equal(rig->memory + RX_BUFFER(i % 64), f, 60);
		assert_int_equal(rig_rxd(rig, 0, i % 64, 2), RX_DD | RX_EOP);
		/* Give it back. */
		memset(rig->memory + RX_RING(0) + 16 * (i % 64), 0, 16);
		*(uint32_t *)(rig->memory + RX_RING(0) + 16 * (i % 64)) = RX_BUFFER(i % 64);
		tail = (tail + 1) % 64;
		rig_wr(rig, RDT(0), tail);
	}
	assert_int_equal(rig->rings, 1000);
	assert_int_equal(rig_rd(rig, RDH(0)), 1000 % 64);
	assert_int_equal(rig_stat(rig, "eth0.rx.frames"), 1000);
	rig_free(rig);
}

static void long_frame_spans_descriptors(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[3000];
	uint32_t i;

	rig_wr(rig, HLREG0, rig_rd(rig, HLREG0) | 4);
	rig_wr(rig, MAXFRS, 9000u << 16);
	rig_rx_ring(rig, 0, 64, 32, 1);
	frame_ether(f, 0x88b5);
	for (i = 60; i < sizeof(f); i++)
		f[i] = (uint8_t)(i * 3);
	rig_rx(rig, f, sizeof(f));
	rig_run(rig, dur_us(1));
	assert_int_equal(rig_rxd(rig, 0, 0, 2), RX_DD);
	assert_int_equal(rig_rxd(rig, 0, 0, 3), 1024);
	assert_int_equal(rig_rxd(rig, 0, 1, 2), RX_DD);
	assert_int_equal(rig_rxd(rig, 0, 2, 2), RX_DD | RX_EOP);
	assert_int_equal(rig_rxd(rig, 0, 2, 3), sizeof(f) - 2048);
	assert_memory_equal(rig->memory + RX_BUFFER(1), f + 1024, 1024);
	assert_memory_equal(rig->memory + RX_BUFFER(2), f + 2048, sizeof(f) - 2048);
	assert_int_equal(rig->rings, 1);
	assert_int_equal(rig->irqs, 1);
	rig_free(rig);
}

static void frame_larger_than_the_prefetch_is_received(void **state)
{
	struct nic82599_cfg cfg;
	struct rig *rig;
	uint8_t f[5000];
	uint32_t i;

	rig_cfg(&cfg);
	cfg.rx_prefetch = 1;
	rig = started(&cfg);
	rig_wr(rig, HLREG0, rig_rd(rig, HLREG0) | 4);
	rig_wr(rig, MAXFRS, 9000u << 16);
	rig_rx_ring(rig, 0, 64, 32, 1);
	frame_ether(f, 0x88b5);
	for (i = 60; i < sizeof(f); i++)
		f[i] = (uint8_t)(i * 5);
	rig_rx(rig, f, sizeof(f));
	rig_run(rig, dur_us(10));
	for (i = 0; i < 4; i++)
		assert_int_equal(rig_rxd(rig, 0, i, 2), RX_DD);
	assert_int_equal(rig_rxd(rig, 0, 4, 2), RX_DD | RX_EOP);
	assert_memory_equal(rig->memory + RX_BUFFER(4), f + 4096, sizeof(f) - 4096);
	rig_free(rig);
}

static void without_descriptors_the_frame_waits_and_holds_back_others(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[64];

	frame_ether(f, 0x88b5);
	rig_rx_ring(rig, 0, 64, 1, 2);
	rig_rx(rig, f, 60);
	rig_rx(rig, f, 60);
	rig_rx(rig, f, 60);
	rig_run(rig, dur_us(5));
	assert_int_equal(rig->rings, 1);
	assert_int_equal(rig->drops[NIC82599_DROP_RING], 0);
	rig_wr(rig, RDT(0), 8);
	rig_run(rig, dur_us(5));
	assert_int_equal(rig->rings, 3);
	assert_int_equal(rig_rd(rig, QPRDC(0)), 0);
	rig_free(rig);
}

static void with_drop_enable_the_frame_is_dropped(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[64];

	frame_ether(f, 0x88b5);
	rig_rx_ring(rig, 0, 64, 1, 2);
	rig_wr(rig, SRRCTL(0), rig_rd(rig, SRRCTL(0)) | 0x10000000);
	rig_rx(rig, f, 60);
	rig_rx(rig, f, 60);
	rig_rx(rig, f, 60);
	rig_run(rig, dur_us(5));
	assert_int_equal(rig->rings, 1);
	assert_int_equal(rig->drops[NIC82599_DROP_RING], 2);
	assert_int_equal(rig_stat(rig, "eth0.rx.dropped.ring"), 2);
	assert_int_equal(rig_rd(rig, QPRDC(0)), 2);
	assert_int_equal(rig_rd(rig, QPRDC(0)), 0);
	rig_free(rig);
}

static void setting_drop_enable_releases_a_waiting_frame(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[64];

	frame_ether(f, 0x88b5);
	rig_rx_ring(rig, 0, 64, 0, 2);
	rig_rx(rig, f, 60);
	assert_int_equal(rig->drops[NIC82599_DROP_RING], 0);
	rig_wr(rig, SRRCTL(0), rig_rd(rig, SRRCTL(0)) | 0x10000000);
	assert_int_equal(rig->drops[NIC82599_DROP_RING], 1);
	rig_free(rig);
}

static void full_packet_buffer_misses_frames(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[64];
	unsigned i, fits = 32 * 1024 / 64;

	frame_ether(f, 0x88b5);
	rig_wr(rig, RXPBSIZE, 32 << 10);
	rig_rx_ring(rig, 0, 64, 0, 2);
	for (i = 0; i < fits; i++)
		rig_rx(rig, f, 60);
	assert_int_equal(rig->drops[NIC82599_DROP_BUFFER], 0);
	rig_rx(rig, f, 60);
	assert_int_equal(rig->drops[NIC82599_DROP_BUFFER], 1);
	assert_int_equal(rig_stat(rig, "eth0.rx.dropped.buffer"), 1);
	assert_int_equal(rig_rd(rig, EICS) & 0x20000, 0x20000);
	assert_int_equal(rig_rd(rig, MPC(0)), 1);
	assert_int_equal(rig_rd(rig, MPC(0)), 0);
	/* Missed frames are good frames: the driver subtracts them. */
	assert_int_equal(rig_rd(rig, GPRC), fits + 1);
	rig_free(rig);
}

static void packet_buffer_keeps_bytes_of_frames_of_all_lengths(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[1514];
	uint32_t length[40], i, j;

	rig_wr(rig, RXPBSIZE, 32 << 10);
	rig_rx_ring(rig, 0, 64, 0, 2);
	frame_ether(f, 0x88b5);
	for (j = 0; j < 20; j++) {
		uint32_t n = 20;

		for (i = 0; i < n; i++) {
			length[i] = 60 + (j * 131 + i * 97) % 1400;
			memset(f + 14, (int)(j * 20 + i), sizeof(f) - 14);
			rig_rx(rig, f, length[i]);
		}
		rig_wr(rig, RDT(0), (j * n + n) % 64);
		rig_run(rig, dur_us(50));
		for (i = 0; i < n; i++) {
			uint32_t d = (j * n + i) % 64;

			memset(f + 14, (int)(j * 20 + i), sizeof(f) - 14);
			assert_int_equal(rig_rxd(rig, 0, d, 3), length[i]);
			assert_memory_equal(rig->memory + RX_BUFFER(d), f, length[i]);
			memset(rig->memory + RX_RING(0) + 16 * d, 0, 16);
			*(uint32_t *)(rig->memory + RX_RING(0) + 16 * d) = RX_BUFFER(d);
		}
	}
	assert_int_equal(rig->drops[NIC82599_DROP_BUFFER], 0);
	rig_free(rig);
}

static void descriptors_are_prefetched_in_one_read(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[64];

	frame_ether(f, 0x88b5);
	rig_rx_ring(rig, 0, 64, 48, 2);
	assert_int_equal(rig->reads, 1);
	rig_rx(rig, f, 60);
	assert_int_equal(rig->reads, 1);
	rig_free(rig);
}

static void writeback_is_batched_when_configured(void **state)
{
	struct nic82599_cfg cfg;
	struct rig *rig;
	uint8_t f[64];
	unsigned i;

	rig_cfg(&cfg);
	cfg.rx_writeback_batch = 4;
	cfg.rx_pipeline = dur_ns(100);
	rig = started(&cfg);
	frame_ether(f, 0x88b5);
	rig_rx_ring(rig, 0, 64, 32, 2);
	rig->writes = 0;
	for (i = 0; i < 6; i++)
		rig_rx(rig, f, 60);
	rig_run(rig, dur_us(2));
	assert_int_equal(rig->writes, 6 + 2);
	assert_int_equal(rig->rings, 6);
	assert_int_equal(rig_rxd(rig, 0, 5, 2), RX_DD | RX_EOP);
	assert_int_equal(rig_rxd(rig, 0, 6, 2), 0);
	rig_free(rig);
}

static void batched_writeback_is_cut_at_the_end_of_the_ring(void **state)
{
	struct nic82599_cfg cfg;
	struct rig *rig;
	uint8_t f[64];
	unsigned i;

	rig_cfg(&cfg);
	cfg.rx_writeback_batch = 8;
	cfg.rx_pipeline = dur_ns(100);
	rig = started(&cfg);
	frame_ether(f, 0x88b5);
	rig_rx_ring(rig, 0, 8, 6, 2);
	for (i = 0; i < 6; i++)
		rig_rx(rig, f, 60);
	rig_run(rig, dur_us(2));
	memset(rig->memory + RX_RING(0), 0, 3 * 16);
	rig_wr(rig, RDT(0), 3);
	rig_run(rig, dur_us(2));
	for (i = 0; i < 4; i++)
		rig_rx(rig, f, 60);
	rig_run(rig, dur_us(2));
	assert_int_equal(rig_rxd(rig, 0, 6, 2), RX_DD | RX_EOP);
	assert_int_equal(rig_rxd(rig, 0, 7, 2), RX_DD | RX_EOP);
	assert_int_equal(rig_rxd(rig, 0, 0, 2), RX_DD | RX_EOP);
	assert_int_equal(rig_rxd(rig, 0, 1, 2), RX_DD | RX_EOP);
	assert_int_equal(rig_rxd(rig, 0, 8, 2), 0);
	assert_int_equal(rig->rings, 10);
	rig_free(rig);
}

static void legacy_descriptors_keep_the_address(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[2048];
	uint32_t bytes = frame_ip4(f, src, dst, 6, 1, 2, 80);

	rig_rx_ring(rig, 0, 64, 32, 2);
	rig_wr(rig, SRRCTL(0), 2);
	f[60] ^= 0xff;
	rig_rx(rig, f, bytes);
	rig_run(rig, dur_us(1));
	assert_int_equal(rig_rxd(rig, 0, 0, 0), RX_BUFFER(0));
	assert_int_equal(rig_rxd(rig, 0, 0, 2), bytes);
	assert_int_equal(rig_rxd(rig, 0, 0, 3), 0x4063);
	rig_free(rig);
}

static void bad_checksums_are_reported(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[2048];
	uint32_t bytes = frame_ip4(f, src, dst, 17, 1, 2, 101);

	rig_rx_ring(rig, 0, 64, 32, 2);
	f[24] ^= 1;
	rig_rx(rig, f, bytes);
	f[24] ^= 1;
	f[bytes - 1] ^= 1;
	rig_rx(rig, f, bytes);
	f[bytes - 1] ^= 1;
	set_be16(f + 40, 0);
	rig_rx(rig, f, bytes);
	rig_run(rig, dur_us(1));
	assert_int_equal(rig_rxd(rig, 0, 0, 2), RX_DD | RX_EOP | RX_IPCS | RX_L4CS | 0x10 | RX_IPE);
	assert_int_equal(rig_rxd(rig, 0, 1, 2), RX_DD | RX_EOP | RX_IPCS | RX_L4CS | 0x10 | RX_L4E);
	/* UDP without a checksum is not checked. */
	assert_int_equal(rig_rxd(rig, 0, 2, 2), RX_DD | RX_EOP | RX_IPCS);
	rig_free(rig);
}

static void fragments_have_no_l4_type_and_no_l4_check(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[2048];
	uint32_t bytes = frame_ip4(f, src, dst, 17, 1, 2, 100);

	rig_rx_ring(rig, 0, 64, 32, 2);
	set_be16(f + 20, 0x2000);
	set_be16(f + 24, 0);
	set_be16(f + 24, (uint16_t)~plain_sum(f + 14, 20, 0));
	rig_rx(rig, f, bytes);
	rig_run(rig, dur_us(1));
	assert_int_equal(rig_rxd(rig, 0, 0, 0), 0x10);
	assert_int_equal(rig_rxd(rig, 0, 0, 2), RX_DD | RX_EOP | RX_IPCS);
	rig_free(rig);
}

static void ipv6_tcp_is_checked(void **state)
{
	static const uint8_t a[16] = { 0xfe, 0x80, [15] = 1 }, b[16] = { 0xfe, 0x80, [15] = 2 };
	struct rig *rig = started(NULL);
	uint8_t f[2048];
	uint32_t bytes = frame_ip6(f, a, b, 6, 1, 2, 99);

	rig_rx_ring(rig, 0, 64, 32, 2);
	rig_rx(rig, f, bytes);
	f[80] ^= 4;
	rig_rx(rig, f, bytes);
	rig_run(rig, dur_us(1));
	assert_int_equal(rig_rxd(rig, 0, 0, 0), 0x140);
	assert_int_equal(rig_rxd(rig, 0, 0, 2), RX_DD | RX_EOP | RX_L4CS);
	assert_int_equal(rig_rxd(rig, 0, 1, 2), RX_DD | RX_EOP | RX_L4CS | RX_L4E);
	rig_free(rig);
}

static void vlan_tag_is_stripped_into_the_descriptor(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[2048], tagged[2052];
	uint32_t bytes = frame_ip4(f, src, dst, 17, 1, 2, 100);

	memcpy(tagged, f, 12);
	set_be16(tagged + 12, 0x8100);
	set_be16(tagged + 14, 0x6123);
	memcpy(tagged + 16, f + 12, bytes - 12);
	rig_rx_ring(rig, 0, 64, 32, 2);
	rig_rx(rig, tagged, bytes + 4);
	rig_wr(rig, RXDCTL(0), rig_rd(rig, RXDCTL(0)) | 0x40000000);
	rig_rx(rig, tagged, bytes + 4);
	rig_run(rig, dur_us(1));
	assert_int_equal(rig_rxd(rig, 0, 0, 3), bytes + 4);
	assert_int_equal(rig_rxd(rig, 0, 0, 2) & RX_VP, 0);
	assert_int_equal(rig_rxd(rig, 0, 1, 3), bytes | 0x61230000);
	assert_int_equal(rig_rxd(rig, 0, 1, 2), RX_DD | RX_EOP | RX_VP | RX_IPCS | RX_L4CS | 0x10);
	assert_memory_equal(rig->memory + RX_BUFFER(1), f, bytes);
	rig_free(rig);
}

static void check_sequence_is_kept_when_not_stripped(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[64] = "123456789";

	rig_wr(rig, HLREG0, rig_rd(rig, HLREG0) & ~2u);
	rig_wr(rig, FCTRL, 0x200);
	rig_rx_ring(rig, 0, 64, 32, 2);
	memset(f, 0, sizeof(f));
	rig_rx(rig, f, 60);
	rig_run(rig, dur_us(1));
	assert_int_equal(rig_rxd(rig, 0, 0, 3), 64);
	/* CRC-32 of 60 zero bytes. */
	assert_int_equal(rig_mem32(rig, RX_BUFFER(0) + 60), 0x04128908);
	rig_free(rig);
}

static void statistics_count_and_clear_on_read(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[2048];
	static const uint8_t all[6] = { 255, 255, 255, 255, 255, 255 };

	rig_rx_ring(rig, 0, 64, 32, 2);
	frame_ether(f, 0x88b5);
	rig_rx(rig, f, 60);
	rig_rx(rig, f, 100);
	memcpy(f, all, 6);
	rig_rx(rig, f, 60);
	rig_run(rig, dur_us(1));
	assert_int_equal(rig_rd(rig, PRC64), 2);
	assert_int_equal(rig_rd(rig, PRC64), 0);
	assert_int_equal(rig_rd(rig, PRC64 + 4), 1);
	assert_int_equal(rig_rd(rig, BPRC), 1);
	assert_int_equal(rig_rd(rig, MPRC), 0);
	assert_int_equal(rig_rd(rig, GPRC), 3);
	assert_int_equal(rig_rd(rig, GORCL), 64 + 104 + 64);
	assert_int_equal(rig_rd(rig, GORCH), 0);
	assert_int_equal(rig_rd(rig, GORCL), 0);
	assert_int_equal(rig_rd(rig, TPR), 3);
	assert_int_equal(rig_rd(rig, QPRC(0)), 3);
	assert_int_equal(rig_rd(rig, QBRC_L(0)), 64 + 104 + 64);
	assert_int_equal(rig_rd(rig, QBRC_L(0)), 0);
	rig_free(rig);
}

static void queue_statistics_follow_the_map(void **state)
{
	struct rig *rig = started(NULL);
	uint8_t f[64];

	rig_wr(rig, RQSMR(0), 0x00000005);
	frame_ether(f, 0x88b5);
	rig_rx_ring(rig, 0, 64, 32, 2);
	rig_rx(rig, f, 60);
	rig_run(rig, dur_us(1));
	assert_int_equal(rig_rd(rig, QPRC(0)), 0);
	assert_int_equal(rig_rd(rig, QPRC(5)), 1);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frame_goes_to_its_buffer_before_descriptor_and_interrupt),
		cmocka_unit_test(data_of_frames_are_relaxed_as_registers_say),
		cmocka_unit_test(rx_pipeline_delays_the_first_write),
		cmocka_unit_test(ring_wraps_many_times),
		cmocka_unit_test(long_frame_spans_descriptors),
		cmocka_unit_test(frame_larger_than_the_prefetch_is_received),
		cmocka_unit_test(without_descriptors_the_frame_waits_and_holds_back_others),
		cmocka_unit_test(with_drop_enable_the_frame_is_dropped),
		cmocka_unit_test(setting_drop_enable_releases_a_waiting_frame),
		cmocka_unit_test(full_packet_buffer_misses_frames),
		cmocka_unit_test(packet_buffer_keeps_bytes_of_frames_of_all_lengths),
		cmocka_unit_test(descriptors_are_prefetched_in_one_read),
		cmocka_unit_test(writeback_is_batched_when_configured),
		cmocka_unit_test(batched_writeback_is_cut_at_the_end_of_the_ring),
		cmocka_unit_test(legacy_descriptors_keep_the_address),
		cmocka_unit_test(bad_checksums_are_reported),
		cmocka_unit_test(fragments_have_no_l4_type_and_no_l4_check),
		cmocka_unit_test(ipv6_tcp_is_checked),
		cmocka_unit_test(vlan_tag_is_stripped_into_the_descriptor),
		cmocka_unit_test(check_sequence_is_kept_when_not_stripped),
		cmocka_unit_test(statistics_count_and_clear_on_read),
		cmocka_unit_test(queue_statistics_follow_the_map),
	};

	return cmocka_run_group_tests_name("nic82599.receive", tests, NULL, NULL);
}
