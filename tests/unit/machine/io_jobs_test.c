/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/machine/io_jobs.h"
#include "model/trace/stats.h"

#define CAPACITY (1u << 20)

struct rig {
	struct sim sim;
	struct machine_cfg cfg;
	struct io_jobs *jobs;
	unsigned completions;
};

static void completed(void *ctx, unsigned device, uint64_t latency_ns)
{
	((struct rig *)ctx)->completions++;
}

static struct rig *make(unsigned op)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct io_jobs_ops ops = { completed, rig };

	rig->sim.engine = engine_create();
	rig->sim.stats = stats_create();
	rig->sim.seed = 7;
	rig->cfg.devices = 1;
	rig->cfg.device[0].name = "nvme0";
	rig->cfg.device[0].devfn = 8;
	rig->cfg.device[0].media_seed = 1234;
	rig->cfg.device[0].nvme.capacity_bytes = CAPACITY;
	rig->cfg.jobs = 2;
	for (unsigned j = 0; j < 2; j++)
		rig->cfg.job[j] = (struct plat_io_job){ .id = j, .devfn = 8, .op = op,
							.depth = 4, .bytes = 4096 };
	rig->jobs = io_jobs_create(&rig->sim, &rig->cfg, &ops);
	io_jobs_add_stats(rig->jobs, 0);
	return rig;
}

static void destroy(struct rig *rig)
{
	io_jobs_destroy(rig->jobs);
	stats_destroy(rig->sim.stats);
	engine_destroy(rig->sim.engine);
	free(rig);
}

static void sequential_jobs_start_apart_and_wrap(void **state)
{
	struct rig *rig = make(PLAT_IO_READ);
	int write;

	assert_int_equal(io_jobs_next(rig->jobs, 0, &write), 0);
	assert_int_equal(write, 0);
	assert_int_equal(io_jobs_next(rig->jobs, 0, &write), 4096);
	assert_int_equal(io_jobs_next(rig->jobs, 1, &write), CAPACITY / 2);
	for (unsigned i = 0; i < CAPACITY / 2 / 4096 - 1; i++)
		io_jobs_next(rig->jobs, 1, &write);
	assert_int_equal(io_jobs_next(rig->jobs, 1, &write), 0);
	destroy(rig);
}

static void random_offsets_are_aligned_and_inside(void **state)
{
	struct rig *rig = make(PLAT_IO_RANDRW);
	unsigned writes = 0;
	int write;

	for (unsigned i = 0; i < 10000; i++) {
		uint64_t offset = io_jobs_next(rig->jobs, 0, &write);

		assert_int_equal(offset % 4096, 0);
		assert_true(offset + 4096 <= CAPACITY);
		writes += (unsigned)write;
	}
	assert_in_range(writes, 4700, 5300);
	destroy(rig);
}

static void never_written_sectors_verify_against_the_fill(void **state)
{
	struct rig *rig = make(PLAT_IO_RANDREAD);
	uint64_t data[512];

	io_pattern_fill(1234, 8, data, 8);
	assert_int_equal(io_jobs_pattern(rig->jobs, 0, 4096, data, 4096, 0), 0);
	data[100] ^= 1;
	assert_int_equal(io_jobs_pattern(rig->jobs, 0, 4096, data, 4096, 0), 1);
	assert_int_equal(io_jobs_pattern(rig->jobs, 0, 8192, data, 4096, 0), 8);
	destroy(rig);
}

/* A device that acknowledged a write and returns the old content is caught. */
static void lost_write_shows(void **state)
{
	struct rig *rig = make(PLAT_IO_RANDWRITE);
	uint64_t data[512];
	int write;
	uint64_t offset = io_jobs_next(rig->jobs, 0, &write);

	assert_int_equal(write, 1);
	io_jobs_pattern(rig->jobs, 0, offset, data, 4096, 1);
	assert_int_equal(io_jobs_pattern(rig->jobs, 0, offset, data, 4096, 0), 0);
	io_jobs_submitted(rig->jobs, 0, 0, offset);
	assert_int_equal(io_jobs_outstanding(rig->jobs), 1);
	io_jobs_completed(rig->jobs, 0, 0, 0, 0);
	assert_int_equal(io_jobs_pattern(rig->jobs, 0, offset, data, 4096, 0), 0);
	io_pattern_fill(1234, offset / 512, data, 8);
	assert_int_equal(io_jobs_pattern(rig->jobs, 0, offset, data, 4096, 0), 8);
	assert_int_equal(rig->completions, 1);
	destroy(rig);
}

/* A read that was under way when a write of the same sectors completed may hold either content. */
static void read_beside_a_write_may_see_both(void **state)
{
	struct rig *rig = make(PLAT_IO_RANDRW);
	uint64_t old_data[512], new_data[512];
	int write = 0;
	uint64_t offset;

	rig->cfg.job[0].verify = 1;
	rig->cfg.job[1].verify = 1;
	do
		offset = io_jobs_next(rig->jobs, 0, &write);
	while (write);
	io_pattern_fill(1234, offset / 512, old_data, 8);
	io_jobs_pattern(rig->jobs, 0, offset, new_data, 4096, 1);
	io_jobs_submitted(rig->jobs, 0, 0, offset);
	do
		io_jobs_next(rig->jobs, 1, &write);
	while (!write);
	io_jobs_submitted(rig->jobs, 1, 0, offset);
	io_jobs_completed(rig->jobs, 1, 0, 0, 0);
	assert_int_equal(io_jobs_pattern(rig->jobs, 0, offset, old_data, 4096, 0), 0);
	assert_int_equal(io_jobs_pattern(rig->jobs, 0, offset, new_data, 4096, 0), 0);
	io_jobs_completed(rig->jobs, 0, 0, 0, 0);
	/* One that is submitted behind it may not. */
	do
		io_jobs_next(rig->jobs, 0, &write);
	while (write);
	io_jobs_submitted(rig->jobs, 0, 0, offset);
	assert_int_equal(io_jobs_pattern(rig->jobs, 0, offset, old_data, 4096, 0), 8);
	destroy(rig);
}

static void failed_or_wrong_io_counts_as_error(void **state)
{
	struct rig *rig = make(PLAT_IO_RANDREAD);
	struct stat_value value;

	stats_window_begin(rig->sim.stats, 0);
	for (unsigned i = 0; i < 3; i++)
		io_jobs_submitted(rig->jobs, 0, i, 0);
	io_jobs_completed(rig->jobs, 0, 0, 0, 0);
	io_jobs_completed(rig->jobs, 0, 1, -5, 0);
	io_jobs_completed(rig->jobs, 0, 2, 0, 3);
	stats_window_end(rig->sim.stats, 1000);
	assert_true(stats_find(rig->sim.stats, "nvme0.io.errors", &value));
	assert_int_equal(value.num, 2);
	assert_true(stats_find(rig->sim.stats, "nvme0.io.completed", &value));
	assert_int_equal(value.num, 3);
	destroy(rig);
}

/* w w f r: the flush waits for both writes, the read for the flush. */
static void flushes_order_a_trace(void **state)
{
	struct io_trace_record record[] = {
		{ .offset = 0, .bytes = 512, .what = IO_TRACE_WRITE },
		{ .offset = 512, .bytes = 4096, .file = 1, .what = IO_TRACE_WRITE },
		{ .what = IO_TRACE_FLUSH },
		{ .offset = 1024, .bytes = 1024, .what = IO_TRACE_READ },
	};
	struct io_trace trace = { .record = record, .records = 4, .files = 2 };
	struct rig *rig = make(PLAT_IO_TRACE);
	struct plat_io io;

	rig->cfg.job_trace[0] = &trace;
	assert_true(io_jobs_take(rig->jobs, 0, &io));
	assert_int_equal(io.bytes, 512);
	io_jobs_submitted(rig->jobs, 0, 0, io.offset);
	assert_true(io_jobs_take(rig->jobs, 0, &io));
	assert_int_equal(io.what, PLAT_IO_WRITES);
	assert_int_equal(io.offset, CAPACITY / 2 + 512);
	io_jobs_submitted(rig->jobs, 0, 1, io.offset);
	assert_false(io_jobs_take(rig->jobs, 0, &io));
	io_jobs_completed(rig->jobs, 0, 1, 0, 0);
	assert_false(io_jobs_take(rig->jobs, 0, &io));
	io_jobs_completed(rig->jobs, 0, 0, 0, 0);
	assert_true(io_jobs_take(rig->jobs, 0, &io));
	assert_int_equal(io.what, PLAT_IO_FLUSHES);
	assert_int_equal(io.bytes, 0);
	io_jobs_submitted(rig->jobs, 0, 0, io.offset);
	assert_false(io_jobs_take(rig->jobs, 0, &io));
	io_jobs_completed(rig->jobs, 0, 0, 0, 0);
	assert_true(io_jobs_take(rig->jobs, 0, &io));
	assert_int_equal(io.what, PLAT_IO_READS);
	/* And again from the first record. */
	io_jobs_submitted(rig->jobs, 0, 0, io.offset);
	assert_true(io_jobs_take(rig->jobs, 0, &io));
	assert_int_equal(io.offset, 0);
	destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sequential_jobs_start_apart_and_wrap),
		cmocka_unit_test(random_offsets_are_aligned_and_inside),
		cmocka_unit_test(never_written_sectors_verify_against_the_fill),
		cmocka_unit_test(lost_write_shows),
		cmocka_unit_test(read_beside_a_write_may_see_both),
		cmocka_unit_test(failed_or_wrong_io_counts_as_error),
		cmocka_unit_test(flushes_order_a_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
