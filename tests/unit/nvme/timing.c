// SPDX-License-Identifier: MIT
/* Times, to the picosecond: fetch 100 ns, memory 500 ns, decode 50 ns, medium as configured. */
#include "rig.h"

#define FLUSH 0x00
#define WRITE 0x01
#define READ  0x02

#define FRONT_NS (100 + 500 + 50)

static uint64_t took_ns(struct rig *rig, struct sqe sqe)
{
	struct at start = sim_now(&rig->sim);
	struct cqe cqe = rig_do(rig, 1, sqe);
	uint64_t ps = at_since(cqe.when, start).ps;

	assert_status(cqe, 0);
	assert_int_equal(ps % PS_PER_NS, 0);
	return ps / PS_PER_NS;
}

static void a_command_takes_the_sum_of_its_steps(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t pages = rig_alloc(rig, 16384), list = rig_alloc(rig, 4096);

	for (unsigned i = 0; i < 3; i++)
		for (unsigned j = 0; j < 8; j++)
			rig_mem(rig, list)[8 * i + j] = (uint8_t)((pages + 4096 * i) >> 8 * j);
	assert_int_equal(took_ns(rig, rig_rw(READ, 0, 8, pages, 0)), FRONT_NS + 10000);
	assert_int_equal(took_ns(rig, rig_rw(READ, 0, 16, pages, pages + 4096)), FRONT_NS + 10000);
	/* A list is one more read of memory. */
	assert_int_equal(took_ns(rig, rig_rw(READ, 0, 24, pages, list)), FRONT_NS + 500 + 10000);
	/* Data to be written are read before the medium is asked, all pages at once. */
	assert_int_equal(took_ns(rig, rig_rw(WRITE, 0, 8, pages, 0)), FRONT_NS + 500 + 20000);
	assert_int_equal(took_ns(rig, rig_rw(WRITE, 0, 24, pages, list)),
			 FRONT_NS + 500 + 500 + 20000);
	assert_int_equal(took_ns(rig, rig_rw(FLUSH, 0, 1, 0, 0)), FRONT_NS + 30000);
	rig_destroy(rig);
}

static void flush_is_free_without_a_cache_in_use(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);

	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x09, .dw = { 6, 0 } }), 0);
	assert_int_equal(took_ns(rig, rig_rw(FLUSH, 0, 1, 0, 0)), FRONT_NS);
	rig_destroy(rig);
}

static void the_ideal_controller_adds_nothing(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig;

	cfg.ideal = true;
	rig = rig_ready(&cfg, 1, 16);
	rig->read_delay = dur_ps(0);
	assert_int_equal(took_ns(rig, rig_rw(READ, 0, 8, rig_alloc(rig, 4096), 0)), 10000);
	rig_destroy(rig);
}

static void device_latency_is_doorbell_to_completion(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	struct stat_value value;

	rig_stat(rig, "nvme0.cmd.read");
	rig_do(rig, 1, rig_rw(READ, 0, 8, rig_alloc(rig, 4096), 0));
	stats_window_end(rig->sim.stats, sim_now(&rig->sim).ps);
	assert_true(stats_find(rig->sim.stats, "nvme0.device.latency_ns", &value));
	assert_int_equal(hist_count(value.hist), 1);
	assert_int_equal(hist_min(value.hist), FRONT_NS + 10000);
	assert_int_equal(hist_max(value.hist), FRONT_NS + 10000);
	rig_destroy(rig);
}

/* Completion times of `n` reads submitted by one doorbell, from the doorbell, in ns. */
static void burst_ns(struct rig *rig, unsigned n, uint32_t sectors, uint64_t *ns)
{
	uint64_t page = rig_alloc(rig, 8192);
	struct at start = sim_now(&rig->sim);

	for (unsigned i = 0; i < n; i++)
		rig_put(rig, 1, rig_rw(READ, 100 * i, sectors, page, page + 4096));
	rig_ring(rig, 1);
	for (unsigned i = 0; i < n; i++)
		ns[i] = at_since(rig_wait(rig, 1).when, start).ps / PS_PER_NS;
}

static void servers_are_taken_in_order(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig;
	uint64_t ns[7];

	cfg.media.parallelism = 3;
	rig = rig_ready(&cfg, 1, 16);
	burst_ns(rig, 7, 8, ns);
	for (unsigned i = 0; i < 7; i++)
		assert_int_equal(ns[i], FRONT_NS + 10000 * (1 + i / 3));
	rig_destroy(rig);
}

static void unlimited_parallelism_serves_all_at_once(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t ns[8];

	burst_ns(rig, 8, 8, ns);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(ns[i], FRONT_NS + 10000);
	rig_destroy(rig);
}

static void bandwidth_serialises_transfers(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig;
	uint64_t ns[6];

	cfg.media.read_bytes_per_second = 4096000000u;       /* 4 KiB a microsecond */
	rig = rig_ready(&cfg, 1, 16);
	burst_ns(rig, 6, 8, ns);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(ns[i], FRONT_NS + 10000 + 1000 * (i + 1));
	burst_ns(rig, 1, 16, ns);
	assert_int_equal(ns[0], FRONT_NS + 10000 + 2000);
	rig_destroy(rig);
}

static void reads_and_writes_share_the_channel_at_their_own_rates(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig;
	uint64_t page;
	struct at start;

	cfg.media.read_bytes_per_second = 4096000000u;  /* 4 KiB: 1 us */
	cfg.media.write_bytes_per_second = 1024000000u; /* 4 us */
	cfg.media.write = dur_ns(9500);                 /* 500 ns less: that of its data's read */
	rig = rig_ready(&cfg, 1, 16);
	page = rig_alloc(rig, 4096);
	assert_int_equal(took_ns(rig, rig_rw(WRITE, 0, 8, page, 0)), FRONT_NS + 10000 + 4000);
	assert_int_equal(took_ns(rig, rig_rw(READ, 0, 8, page, 0)), FRONT_NS + 10000 + 1000);
	/* No blocks cross it when they are zeroed. */
	assert_int_equal(took_ns(rig, rig_rw(0x08, 0, 8, 0, 0)), FRONT_NS + 9500);
	start = sim_now(&rig->sim);
	rig_put(rig, 1, rig_rw(READ, 0, 8, page, 0));
	rig_put(rig, 1, rig_rw(WRITE, 8, 8, page, 0));
	rig_put(rig, 1, rig_rw(READ, 16, 8, page, 0));
	rig_ring(rig, 1);
	for (unsigned i = 0; i < 3; i++)
		rig_wait(rig, 1);
	assert_int_equal(at_since(sim_now(&rig->sim), start).ps / PS_PER_NS,
			 FRONT_NS + 10000 + 1000 + 1000 + 4000);
	rig_destroy(rig);
}

static void a_server_is_held_until_its_transfer_ends(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig;
	uint64_t ns[3];

	cfg.media.parallelism = 1;
	cfg.media.read_bytes_per_second = 4096000000u;
	rig = rig_ready(&cfg, 1, 16);
	burst_ns(rig, 3, 8, ns);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(ns[i], FRONT_NS + 11000 * (i + 1));
	rig_destroy(rig);
}

/* One queue, one server, Poisson-free: a closed loop of depth d has a throughput of 1/service. */
static void closed_loop_is_limited_by_the_server(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig;
	struct at start;
	uint64_t page;

	cfg.media.parallelism = 1;
	rig = rig_ready(&cfg, 1, 64);
	page = rig_alloc(rig, 4096);
	start = sim_now(&rig->sim);
	for (unsigned i = 0; i < 4; i++)
		rig_submit(rig, 1, rig_rw(READ, i, 1, page, 0));
	for (unsigned i = 0; i < 1000; i++) {
		assert_status(rig_wait(rig, 1), 0);
		rig_submit(rig, 1, rig_rw(READ, i, 1, page, 0));
	}
	assert_int_equal(at_since(sim_now(&rig->sim), start).ps / PS_PER_NS,
			 FRONT_NS + 1000 * 10000);
	rig_destroy(rig);
}

static void several_fetches_are_under_way_at_once(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 64);
	uint64_t page = rig_alloc(rig, 4096);
	struct at start = sim_now(&rig->sim);
	uint64_t second;

	/* The second doorbell comes while the first entry is still being read. */
	rig_submit(rig, 1, rig_rw(READ, 0, 1, page, 0));
	rig_run_for(rig, dur_ns(300));
	rig_submit(rig, 1, rig_rw(READ, 1, 1, page, 0));
	rig_wait(rig, 1);
	second = at_since(rig_wait(rig, 1).when, start).ps / PS_PER_NS;
	assert_int_equal(second, 300 + FRONT_NS + 10000);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_takes_the_sum_of_its_steps),
		cmocka_unit_test(flush_is_free_without_a_cache_in_use),
		cmocka_unit_test(the_ideal_controller_adds_nothing),
		cmocka_unit_test(device_latency_is_doorbell_to_completion),
		cmocka_unit_test(servers_are_taken_in_order),
		cmocka_unit_test(unlimited_parallelism_serves_all_at_once),
		cmocka_unit_test(bandwidth_serialises_transfers),
		cmocka_unit_test(reads_and_writes_share_the_channel_at_their_own_rates),
		cmocka_unit_test(a_server_is_held_until_its_transfer_ends),
		cmocka_unit_test(closed_loop_is_limited_by_the_server),
		cmocka_unit_test(several_fetches_are_under_way_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
