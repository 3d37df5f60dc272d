/* SPDX-License-Identifier: MIT */
/* DMA over the link: data, order, latency, and bandwidth against the closed formula. */
#include "tests/unit/pcie/rig.h"

#include <stdlib.h>

#define TLP_WRITE 24u   /* bytes beside the payload */
#define TLP_READ  24u
#define TLP_CPLD  20u

static void written_data_are_read_back(void **state)
{
	static const uint32_t sizes[] = { 1, 64, 65, 256, 1500, 4096, 65536 };
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		rig_write(rig, 0x1003, sizes[i], (uint8_t)(i + 1), 2 * i, 1);
		rig_read(rig, 0x1003, sizes[i], 2 * i + 1);
	}
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_DONE), 2 * sizeof(sizes) / sizeof(sizes[0]));
	for (size_t i = 0; i < rig->logged; i++) {
		const struct rig_entry *entry = &rig->log[i];

		if (entry->what != RIG_DONE)
			continue;
		assert_int_equal(entry->status, DMA_OK);
		assert_int_equal(entry->bytes, sizes[entry->tag / 2]);
		if (entry->tag % 2) {
			assert_int_equal(entry->value, entry->tag / 2 + 1);
			assert_int_equal(entry->last, entry->tag / 2 + 1);
		}
	}
}

static void one_read_takes_round_trip_and_serialisation(void **state)
{
	struct rig *rig = *state;
	uint64_t want =
		READ_RTT_NS * PS_PER_NS + rig_wire_ps(TLP_READ) + rig_wire_ps(64 + TLP_CPLD);
	struct stat_value latency;

	rig_read(rig, 0x40, 64, 7);
	rig_run(rig);
	assert_in_range(rig_find(rig, RIG_DONE, 0)->ps, want, want + 2);
	latency = rig_stat(rig, "pcie.eth0.read.latency_ns");
	assert_int_equal(hist_count(latency.hist), 1);
	assert_int_equal(hist_max(latency.hist), want / PS_PER_NS);
}

static void one_write_takes_one_way_and_serialisation(void **state)
{
	struct rig *rig = *state;
	uint64_t want = WRITE_LATENCY_NS * PS_PER_NS + rig_wire_ps(1024 + 4 * TLP_WRITE);

	rig_write(rig, 0x1000, 1024, 1, 7, 1);
	rig_run(rig);
	assert_in_range(rig_find(rig, RIG_ACCESS_WRITE, 0)->ps, want, want + 1);
	assert_int_equal(rig_find(rig, RIG_DONE, 0)->ps, rig_find(rig, RIG_ACCESS_WRITE, 0)->ps);
}

static void write_without_want_done_is_not_reported(void **state)
{
	struct rig *rig = *state;

	rig_write(rig, 0x1000, 64, 9, 7, 0);
	rig_run(rig);
	assert_int_equal(rig->memory[0x1000 + 63], 9);
	assert_int_equal(rig_count(rig, RIG_DONE), 0);
}

static void translation_time_delays_the_answer(void **state)
{
	struct rig *rig = *state;
	uint64_t plain;

	rig_read(rig, 0, 64, 0);
	rig_run(rig);
	plain = rig_now_ps(rig);
	rig->extra = dur_ns(330);
	rig_read(rig, 0, 64, 1);
	rig_run(rig);
	assert_in_range(rig_now_ps(rig) - plain, plain + 330 * PS_PER_NS,
			plain + 330 * PS_PER_NS + 2);
	plain = rig_now_ps(rig);
	rig_write(rig, 0, 64, 0, 2, 1);
	rig_run(rig);
	assert_int_equal(rig_find(rig, RIG_DONE, 2)->ps,
			 rig_find(rig, RIG_ACCESS_WRITE, 0)->ps + 330 * PS_PER_NS);
}

static void read_pushes_earlier_writes(void **state)
{
	struct rig *rig = *state;

	rig->extra = dur_ns(1000);
	rig_write(rig, 0x1000, 256, 0x77, 0, 0);
	rig_read(rig, 0x1000, 1, 1);
	rig_run(rig);
	assert_int_equal(rig_find(rig, RIG_DONE, 0)->value, 0x77);
	assert_true(rig_find(rig, RIG_ACCESS_READ, 0)->ps >=
		    rig_find(rig, RIG_ACCESS_WRITE, 0)->ps + 1000 * PS_PER_NS);
}

static void later_write_does_not_reach_an_earlier_read(void **state)
{
	struct rig *rig = *state;

	rig_read(rig, 0x1000, 4096, 1);
	rig_write(rig, 0x1000, 1, 0x77, 0, 0);
	rig_run(rig);
	assert_int_equal(rig_find(rig, RIG_DONE, 0)->value, 0);
	assert_int_equal(rig->memory[0x1000], 0x77);
}

static void writes_land_in_the_order_of_issue(void **state)
{
	struct rig *rig = *state;

	for (unsigned i = 0; i < 1000; i++)
		rig_write(rig, 0x1000, 1 + i * 37 % 3000, (uint8_t)i, i, 0);
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_ACCESS_WRITE), 1000);
	for (unsigned i = 0; i < 1000; i++) {
		assert_int_equal(rig->log[i].tag, i);
		assert_true(i == 0 || rig->log[i].ps >= rig->log[i - 1].ps);
	}
}

static void reads_of_nowhere_return_ones(void **state)
{
	struct rig *rig = *state;

	rig_read(rig, RIG_MEMORY - 4, 8, 1);
	rig_read(rig, RIG_ABORT_ADDR, 300, 2);
	rig_write(rig, RIG_MEMORY, 8, 0, 3, 1);
	rig_run(rig);
	for (size_t i = 0; i < 3; i++) {
		const struct rig_entry *done = rig_find(rig, RIG_DONE, i);

		assert_int_equal(done->status, done->tag == 2 ? DMA_ABORTED : DMA_UNSUPPORTED);
		if (done->tag != 3)
			assert_int_equal(done->value & done->last, 0xff);
	}
}

static void dma_is_refused_without_bus_master(void **state)
{
	struct rig *rig = *state;

	pcie_config_write(rig->dev, CFG_COMMAND, 2, 2);
	rig_write(rig, 0x1000, 64, 9, 1, 1);
	rig_write(rig, 0x1000, 64, 9, 2, 0);
	rig_read(rig, 0x1000, 64, 3);
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_ACCESS_WRITE), 0);
	assert_int_equal(rig_count(rig, RIG_ACCESS_READ), 0);
	assert_int_equal(rig_count(rig, RIG_DONE), 2);
	assert_int_equal(rig_find(rig, RIG_DONE, 0)->status, DMA_UNSUPPORTED);
	assert_int_equal(rig_find(rig, RIG_DONE, 1)->status, DMA_UNSUPPORTED);
	assert_int_equal(rig_find(rig, RIG_DONE, 1)->value, 0xff);
	assert_int_equal(rig_stat(rig, "pcie.eth0.up.bytes").num, 0);
}

static void requests_already_out_survive_the_loss_of_bus_master(void **state)
{
	struct rig *rig = *state;

	rig_write(rig, 0x1000, 64, 9, 1, 1);
	rig_read(rig, 0x1000, 64, 2);
	pcie_config_write(rig->dev, CFG_COMMAND, 2, 2);
	rig_run(rig);
	assert_int_equal(rig_find(rig, RIG_DONE, 0)->status, DMA_OK);
	assert_int_equal(rig_find(rig, RIG_DONE, 1)->status, DMA_OK);
	assert_int_equal(rig_find(rig, RIG_DONE, 1)->value, 9);
}

struct stream {
	unsigned gen, lanes, mps, mrrs;
	uint32_t bytes;
};

/* Raw bits per second after line coding, in kb/s a lane. */
static uint64_t raw_kbps(const struct stream *stream)
{
	static const uint64_t lane[] = { 0, 2000000, 4000000, 7876923, 15753846, 31507692 };

	return lane[stream->gen] * stream->lanes;
}

static void stream_rig(struct rig *rig, const struct stream *stream)
{
	struct pcie_cfg cfg = rig_cfg("eth0");

	cfg.link.gen = stream->gen;
	cfg.link.lanes = stream->lanes;
	cfg.link.mps = stream->mps;
	cfg.link.mrrs = stream->mrrs;
	rig_recreate(rig, &cfg);
}

/* Payload bits over the time between the first and the last arrival, against
 * size / (size + overhead * TLPs) * raw, within 1 %. */
static void check_goodput(uint64_t bytes, uint64_t ps, const struct stream *stream,
			  unsigned overhead)
{
	uint64_t tlps = (stream->bytes + stream->mps - 1) / stream->mps;
	uint64_t want = raw_kbps(stream) * stream->bytes / (stream->bytes + overhead * tlps);
	uint64_t got = bytes * 8 * (PS_PER_S / 1000) / ps;

	assert_in_range(got, want - want / 100, want + want / 100);
}

static const struct stream streams[] = {
	{ 3, 8, 256, 512, 64 }, { 3, 8, 256, 512, 128 }, { 3, 8, 256, 512, 256 },
	{ 3, 8, 256, 512, 512 }, { 3, 8, 256, 512, 1024 }, { 3, 8, 256, 512, 2048 },
	{ 3, 8, 256, 512, 4096 }, { 1, 1, 128, 128, 1024 }, { 2, 8, 128, 512, 64 },
	{ 2, 8, 128, 512, 4096 }, { 3, 4, 512, 4096, 4096 }, { 4, 16, 256, 512, 64 },
	{ 4, 4, 4096, 4096, 4096 }, { 5, 16, 512, 512, 512 },
};

static void write_goodput_follows_the_formula(void **state)
{
	enum { COUNT = 500 };
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		uint64_t first;

		stream_rig(rig, &streams[i]);
		for (unsigned n = 0; n < COUNT; n++)
			rig_write(rig, 0x1000 * (n % 32), streams[i].bytes, 1, n, 0);
		rig_run(rig);
		first = rig_find(rig, RIG_ACCESS_WRITE, 0)->ps;
		check_goodput((uint64_t)(COUNT - 1) * streams[i].bytes,
			      rig_find(rig, RIG_ACCESS_WRITE, COUNT - 1)->ps - first, &streams[i],
			      TLP_WRITE);
	}
}

static void read_goodput_follows_the_formula(void **state)
{
	enum { COUNT = 500 };
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		uint64_t first;

		stream_rig(rig, &streams[i]);
		for (unsigned n = 0; n < COUNT; n++)
			rig_read(rig, 0x1000 * (n % 32), streams[i].bytes, n);
		rig_run(rig);
		first = rig_find(rig, RIG_DONE, 0)->ps;
		check_goodput((uint64_t)(COUNT - 1) * streams[i].bytes,
			      rig_find(rig, RIG_DONE, COUNT - 1)->ps - first, &streams[i],
			      TLP_CPLD);
	}
}

/* 1 ns * 130/128/8 a byte is not a whole number of picoseconds: 84 bytes are 10664.0625 ps. */
static void a_full_link_loses_nothing_to_rounding(void **state)
{
	enum { COUNT = 1600 };
	struct rig *rig = *state;
	uint64_t span;

	for (unsigned n = 0; n < COUNT + 1; n++)
		rig_write(rig, 0, 60, 1, n, 0);
	rig_run(rig);
	span = rig_find(rig, RIG_ACCESS_WRITE, COUNT)->ps - rig_find(rig, RIG_ACCESS_WRITE, 0)->ps;
	assert_in_range(span, rig_wire_ps(84 * COUNT) - 1, rig_wire_ps(84 * COUNT) + 1);
}

static void requests_are_cut_at_mps_mrrs_and_pages(void **state)
{
	struct rig *rig = *state;

	rig_write(rig, 0x1000, 1024, 1, 0, 0);    /* 4 TLPs of 256 */
	rig_write(rig, 0x1ff0, 32, 1, 0, 0);      /* 2: crosses 4 KiB (2.2.7) */
	rig_read(rig, 0x1000, 1500, 0);           /* 3 requests of 512, 512, 476: 6 completions */
	rig_read(rig, 0x1fc0, 128, 0);            /* 2 and 2 */
	rig_run(rig);
	assert_int_equal(rig_stat(rig, "pcie.eth0.up.bytes").num,
			 1024 + 32 + 6 * TLP_WRITE + 5 * TLP_READ);
	assert_int_equal(rig_stat(rig, "pcie.eth0.down.bytes").num, 1500 + 128 + 8 * TLP_CPLD);
}

static void device_control_sets_the_sizes_in_force(void **state)
{
	struct rig *rig = *state;

	pcie_config_write(rig->dev, CFG_DEVCTL, 0x0000, 2);    /* MPS 128, MRRS 128 */
	rig_write(rig, 0x1000, 1024, 1, 0, 0);
	rig_read(rig, 0x1000, 1024, 0);
	rig_run(rig);
	pcie_config_write(rig->dev, CFG_DEVCTL, 0x50a0, 2); /* MPS 4096: above what it supports */
	rig_write(rig, 0x1000, 1024, 1, 0, 0);
	rig_run(rig);
	assert_int_equal(rig_stat(rig, "pcie.eth0.up.bytes").num,
			 1024 + 8 * TLP_WRITE + 8 * TLP_READ + 1024 + 4 * TLP_WRITE);
}

static void failed_read_has_a_completion_without_data(void **state)
{
	struct rig *rig = *state;

	rig_read(rig, RIG_MEMORY, 4096, 0);
	rig_run(rig);
	assert_int_equal(rig_stat(rig, "pcie.eth0.down.bytes").num, 8 * TLP_CPLD);
}

static void utilisation_is_busy_time_over_time(void **state)
{
	struct rig *rig = *state;
	struct stat_value up;
	uint64_t busy = rig_wire_ps(1000 * (256 + TLP_WRITE));

	for (unsigned n = 0; n < 1000; n++)
		rig_write(rig, 0, 256, 1, n, 0);
	/* In the middle of the burst, what is still queued does not count. */
	rig_run_ns(rig, busy / PS_PER_NS / 2);
	stats_window_end(rig->sim.stats, rig_now_ps(rig));
	assert_true(stats_find(rig->sim.stats, "pcie.eth0.up.utilisation", &up));
	assert_in_range(up.num, up.den - 1, up.den);
	rig_run(rig);
}

static void utilisation_of_half_a_load_is_half(void **state)
{
	struct rig *rig = *state;
	struct stat_value up, down;
	uint64_t busy = rig_wire_ps(100 * (256 + TLP_WRITE));

	for (unsigned n = 0; n < 100; n++)
		rig_write(rig, 0, 256, 1, n, 0);
	rig_run_ns(rig, 2 * busy / PS_PER_NS);
	up = rig_stat(rig, "pcie.eth0.up.utilisation");
	assert_in_range(up.num * 1000 / up.den, 499, 501);
	down = rig_stat(rig, "pcie.eth0.down.utilisation");
	assert_int_equal(down.num, 0);
}

static void ideal_link_takes_no_time_but_answers_by_event(void **state)
{
	struct rig *rig = *state;

	rig_write(rig, 0x1000, 65536, 5, 1, 1);
	rig_read(rig, 0x1000, 65536, 2);
	assert_int_equal(rig->logged, 0);
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_DONE), 2);
	assert_int_equal(rig_find(rig, RIG_DONE, 0)->tag, 1);
	assert_int_equal(rig_find(rig, RIG_DONE, 1)->value, 5);
	assert_int_equal(rig_now_ps(rig), 0);
}

static void chain(struct rig *rig, const struct dma_done *done)
{
	if (done->tag < 1000) {
		rig_write(rig, 0x1000, 4, (uint8_t)done->tag, 0, 0);
		rig_read(rig, 0x1000, 4, done->tag + 1);
	}
}

/* New requests from within dma_done, on the real and on the ideal link. */
static void device_goes_on_from_within_an_answer(void **state)
{
	struct rig *rig = *state;

	rig->on_done = chain;
	rig_read(rig, 0, 4, 0);
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_DONE), 1001);
	for (size_t i = 1; i <= 1000; i++) {
		assert_int_equal(rig_find(rig, RIG_DONE, i)->tag, i);
		assert_int_equal(rig_find(rig, RIG_DONE, i)->value, (i - 1) & 0xff);
	}
}

/* Both on one engine: the busy link of the first leaves the second's latency alone. */
static void two_devices_of_one_machine_have_links_of_their_own(void **state)
{
	struct rig *rig = *state;
	struct rig *other = calloc(1, sizeof(*other));
	struct pcie_cfg cfg = rig_cfg("nvme0"), first = rig_cfg("eth1");

	assert_non_null(other);
	rig_share(other, rig, &cfg, &first);
	for (unsigned n = 0; n < 100; n++)
		rig_write(rig, 0, 4096, 1, n, 0);
	rig_read(other, 0, 64, 1);
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_ACCESS_WRITE), 100);
	assert_int_equal(rig_count(rig, RIG_DONE), 0);
	assert_in_range(rig_find(other, RIG_DONE, 0)->ps, READ_RTT_NS * PS_PER_NS,
			(READ_RTT_NS + 20) * PS_PER_NS);
	assert_int_equal(rig_stat(rig, "pcie.nvme0.up.bytes").num, TLP_READ);
	assert_int_equal(rig_stat(rig, "pcie.eth1.up.bytes").num, 100 * (4096 + 16 * TLP_WRITE));
	pcie_dev_destroy(other->dev);
	free(other);
}

static void destroyed_with_requests_under_way_leaves_no_event(void **state)
{
	struct rig *rig = *state;

	rig_write(rig, 0x1000, 65536, 1, 0, 1);
	rig_read(rig, 0x1000, 65536, 0);
	rig_read(rig, 0x1000, 300, 0);
	pcie_bar_write(rig->dev, 0, 0, 0, 4);
	rig_run_ns(rig, 100);
	assert_true(engine_pending(rig->sim.engine) > 0);
	/* The teardown checks that none is left. */
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, rig_setup, rig_teardown)
#define TEST_IDEAL(fn) cmocka_unit_test_setup_teardown(fn, rig_setup_ideal, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(written_data_are_read_back),
		TEST(one_read_takes_round_trip_and_serialisation),
		TEST(one_write_takes_one_way_and_serialisation),
		TEST(write_without_want_done_is_not_reported),
		TEST(translation_time_delays_the_answer),
		TEST(read_pushes_earlier_writes),
		TEST(later_write_does_not_reach_an_earlier_read),
		TEST(writes_land_in_the_order_of_issue),
		TEST(reads_of_nowhere_return_ones),
		TEST(dma_is_refused_without_bus_master),
		TEST(requests_already_out_survive_the_loss_of_bus_master),
		TEST(write_goodput_follows_the_formula),
		TEST(read_goodput_follows_the_formula),
		TEST(a_full_link_loses_nothing_to_rounding),
		TEST(requests_are_cut_at_mps_mrrs_and_pages),
		TEST(device_control_sets_the_sizes_in_force),
		TEST(failed_read_has_a_completion_without_data),
		TEST(utilisation_is_busy_time_over_time),
		TEST(utilisation_of_half_a_load_is_half),
		TEST_IDEAL(ideal_link_takes_no_time_but_answers_by_event),
		TEST(device_goes_on_from_within_an_answer),
		TEST_IDEAL(device_goes_on_from_within_an_answer),
		TEST(two_devices_of_one_machine_have_links_of_their_own),
		TEST(destroyed_with_requests_under_way_leaves_no_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
