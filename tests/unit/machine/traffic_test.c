/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/linux/boundary.h"
#include "drivers/linux/boundary_workloads.h"
#include "model/machine/traffic.h"

#define FRAMES_MAX 20000u

struct rig {
	struct sim sim;
	struct machine_traffic cfg;
	struct traffic *traffic;
	struct at time[FRAMES_MAX];
	uint8_t last[2048];
	uint32_t last_bytes;
	unsigned frames;
};

static uint64_t arrived(void *ctx)
{
	return ((struct rig *)ctx)->frames + 1;
}

static void frame(void *ctx, const struct frame *f)
{
	struct rig *rig = ctx;

	rig->time[rig->frames++] = sim_now(&rig->sim);
	rig->last_bytes = f->bytes;
	memcpy(rig->last, f->data, f->bytes);
	if (rig->frames == FRAMES_MAX)
		engine_stop(rig->sim.engine);
}

/* 1 Mpps of 64-byte frames unless changed by `arrival` and friends. */
static struct rig *make(enum scn_arrival arrival, uint64_t link_bps, uint64_t gap_ps, unsigned burst,
			struct pcap_file *pcap)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct traffic_ops ops = { arrived, frame, rig };
	struct traffic_cfg cfg = { .traffic = &rig->cfg, .stream = "test", .link_bps = link_bps,
				   .mac = { 2, 4, 6, 8, 10, 12 }, .ip = { 10, 3, 0, 1 },
				   .to = { 10, 3, 0, 1 } };

	rig->sim.engine = engine_create();
	rig->sim.seed = 42;
	rig->cfg = (struct machine_traffic){ .arrival = arrival, .frame_bytes = 64,
					     .gap_num = gap_ps * 3, .gap_den = 3, .burst = burst,
					     .flows = 4, .pcap = pcap, .speed_micro = 2000000 };
	rig->traffic = traffic_create(&rig->sim, &cfg, &ops);
	traffic_start(rig->traffic);
	return rig;
}

static void destroy(struct rig *rig)
{
	traffic_destroy(rig->traffic);
	engine_destroy(rig->sim.engine);
	free(rig);
}

static void constant_rate_has_no_drift(void **state)
{
	struct rig *rig = make(SCN_ARRIVAL_CONSTANT, 0, 1000000, 0, NULL);

	/* A gap of 1000000/3 ps: every third frame is exact. */
	rig->cfg.gap_num = 1000000;
	engine_run(rig->sim.engine, AT_NEVER);
	assert_int_equal(rig->frames, FRAMES_MAX);
	for (unsigned i = 4; i + 3 < rig->frames; i++)
		assert_int_equal(rig->time[i + 3].ps - rig->time[i].ps, 1000000);
	destroy(rig);
}

static void poisson_has_its_mean_and_spread(void **state)
{
	struct rig *rig = make(SCN_ARRIVAL_POISSON, 0, 1000000, 0, NULL);
	double sum = 0, square = 0;

	engine_run(rig->sim.engine, AT_NEVER);
	for (unsigned i = 1; i < rig->frames; i++) {
		double gap = (double)(rig->time[i].ps - rig->time[i - 1].ps);

		sum += gap;
		square += gap * gap;
	}
	sum /= FRAMES_MAX - 1;
	square /= FRAMES_MAX - 1;
	/* Five standard errors: 1/sqrt(20000) = 0.7 %. */
	assert_true(sum > 0.965e6 && sum < 1.035e6);
	assert_true(square / (sum * sum) > 1.85 && square / (sum * sum) < 2.15);
	destroy(rig);
}

/* 84 bytes on a wire of 10 Gb/s take 67.2 ns; no two last bits are nearer. */
static void wire_spaces_frames(void **state)
{
	struct rig *rig = make(SCN_ARRIVAL_POISSON, 10000000000ULL, 70000, 0, NULL);

	engine_run(rig->sim.engine, AT_NEVER);
	for (unsigned i = 1; i < rig->frames; i++)
		assert_true(rig->time[i].ps - rig->time[i - 1].ps >= 67200);
	destroy(rig);
}

static void bursts_come_back_to_back_at_the_mean_rate(void **state)
{
	struct rig *rig = make(SCN_ARRIVAL_BURST, 10000000000ULL, 1000000, 32, NULL);

	engine_run(rig->sim.engine, AT_NEVER);
	for (unsigned i = 33; i + 32 < rig->frames; i += 32) {
		assert_int_equal(rig->time[i].ps - rig->time[i - 1].ps, 67200);
		assert_int_equal(rig->time[i + 31].ps - rig->time[i - 1].ps, 32000000);
	}
	destroy(rig);
}

static uint32_t sum16(const uint8_t *data, uint32_t bytes)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i + 1 < bytes; i += 2)
		sum += (uint32_t)data[i] << 8 | data[i + 1];
	return sum;
}

static uint32_t folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void generated_frames_are_valid_udp_with_their_id(void **state)
{
	struct rig *rig = make(SCN_ARRIVAL_CONSTANT, 0, 1000, 0, NULL);
	uint64_t word;

	for (unsigned i = 1; i <= 9; i++) {
		engine_run_one(rig->sim.engine);
		assert_int_equal(rig->last_bytes, 60);
		assert_memory_equal(rig->last, "\2\4\6\10\12\14", 6);
		assert_int_equal(folded(sum16(rig->last + 14, 20)), 0xffff);
		/* Addresses, protocol and length of the pseudo header, then the datagram. */
		assert_int_equal(folded(sum16(rig->last + 26, 8) + 17 + 26 +
					sum16(rig->last + 34, 26)),
				 0xffff);
		assert_memory_equal(rig->last + 30, "\12\3\0\1", 4);
		memcpy(&word, rig->last + 42, 8);
		assert_true((word ^ PLAT_FRAME_MAGIC) == i);
		/* Four flows in turn. */
		assert_int_equal(rig->last[29], 2 + (i - 1) % 4);
	}
	destroy(rig);
}

static void capture_keeps_times_lengths_and_bytes(void **state)
{
	uint8_t bytes[64] = { [0] = 0xee, [20] = 0x55 };
	struct pcap_frame captured[] = {
		{ .time_ns = 0, .bytes = 1000, .captured = 64, .data = bytes },
		{ .time_ns = 5000, .bytes = 42, .captured = 42, .data = bytes },
	};
	struct pcap_file file = { .frame = captured, .frames = 2 };
	struct rig *rig = make(SCN_ARRIVAL_PCAP, 0, 1, 0, &file);

	engine_run_one(rig->sim.engine);
	assert_int_equal(rig->last_bytes, 1000);
	assert_int_equal(rig->last[0], 2);
	assert_int_equal(rig->last[20], 0x55);
	assert_int_equal(rig->last[999], 0);
	engine_run(rig->sim.engine, AT_NEVER);
	assert_int_equal(rig->frames, 2);
	assert_int_equal(rig->last_bytes, 60);
	/* Played twice as fast. */
	assert_int_equal(rig->time[1].ps - rig->time[0].ps, 2500000);
	destroy(rig);
}

static void clients_wait_for_answers_and_think(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct traffic_ops ops = { arrived, frame, rig };
	struct traffic_cfg cfg = { .traffic = &rig->cfg, .stream = "test" };

	rig->sim.engine = engine_create();
	rig->cfg = (struct machine_traffic){ .arrival = SCN_ARRIVAL_CLOSED, .frame_bytes = 64,
					     .flows = 2, .clients = 3, .think = dur_us(5),
					     .timeout = dur_us(100) };
	rig->traffic = traffic_create(&rig->sim, &cfg, &ops);
	traffic_start(rig->traffic);
	engine_run(rig->sim.engine, at_ps(PS_PER_US));
	assert_int_equal(rig->frames, 3);
	/* The second client's answer comes; an answer that nobody waits for does nothing. */
	traffic_answered(rig->traffic, 2);
	traffic_answered(rig->traffic, 2);
	traffic_answered(rig->traffic, 77);
	engine_run(rig->sim.engine, at_ps(99 * PS_PER_US));
	assert_int_equal(rig->frames, 4);
	assert_int_equal(rig->time[3].ps, 5 * PS_PER_US);
	/* The patience of the other two is over. */
	engine_run(rig->sim.engine, at_ps(102 * PS_PER_US));
	assert_int_equal(rig->frames, 6);
	assert_int_equal(rig->time[4].ps, 100 * PS_PER_US);
	destroy(rig);
}

static void clients_share_the_wire(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct traffic_ops ops = { arrived, frame, rig };
	struct traffic_cfg cfg = { .traffic = &rig->cfg, .stream = "test",
				   .link_bps = 10000000000 };

	rig->sim.engine = engine_create();
	rig->cfg = (struct machine_traffic){ .arrival = SCN_ARRIVAL_CLOSED, .frame_bytes = 64,
					     .flows = 1, .clients = 4, .timeout = dur_ms(1) };
	rig->traffic = traffic_create(&rig->sim, &cfg, &ops);
	traffic_start(rig->traffic);
	engine_run(rig->sim.engine, at_ps(10 * PS_PER_US));
	assert_int_equal(rig->frames, 4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(rig->time[i].ps, (i + 1) * 67200);
	destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constant_rate_has_no_drift),
		cmocka_unit_test(poisson_has_its_mean_and_spread),
		cmocka_unit_test(wire_spaces_frames),
		cmocka_unit_test(bursts_come_back_to_back_at_the_mean_rate),
		cmocka_unit_test(generated_frames_are_valid_udp_with_their_id),
		cmocka_unit_test(capture_keeps_times_lengths_and_bytes),
		cmocka_unit_test(clients_wait_for_answers_and_think),
		cmocka_unit_test(clients_share_the_wire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
