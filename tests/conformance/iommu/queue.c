/* SPDX-License-Identifier: MIT */
/* Queued invalidation (6.5.2): every descriptor type, its time, and what malformed ones do. */
#include "tests/unit/iommu/rig.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

/* Descriptors, low word. */
#define CC(g, did, sid, fm) (1ull | (g) << 4 | (uint64_t)(did) << 16 | (uint64_t)(sid) << 32 | \
			     (uint64_t)(fm) << 48)
#define TLB(g, did)         (2ull | (g) << 4 | (uint64_t)(did) << 16)
#define DRAIN               0xc0ull
#define DEVICE_TLB          3ull
#define IEC(g, index, mask) (4ull | (g) << 4 | (uint64_t)(mask) << 27 | (uint64_t)(index) << 32)
#define WAIT_SW(data)       (5ull | 0x20 | (uint64_t)(data) << 32)
#define WAIT_IF             (5ull | 0x10)
#define FENCE               0x40ull

static void fill(struct rig *rig)
{
	rig_translating(rig);
	rig_queue(rig, 0);
	for (uint64_t i = 0; i < 8; i++)
		rig_map(rig, i << 12, 0x40000 + (i << 12), 1, RW);
	rig_map(rig, 0x200000, 0x200000, 2, RW);
	for (uint64_t i = 0; i < 8; i++)
		rig_hit(rig, i << 12, 0x40000 + (i << 12));
	rig_hit(rig, 0x200000, 0x200000);
	rig_run(rig, 100000);
}

/* Table reads that a request needs now; then everything is cached again. */
static uint64_t reads(struct rig *rig, uint64_t addr)
{
	uint64_t before = rig->reads;
	struct iommu_page page;

	assert_int_equal(rig_go(rig, addr, DMA_READ, &page), DMA_OK);
	rig_run(rig, 10000);
	return rig->reads - before;
}

static void one(struct rig *rig, uint64_t low, uint64_t high)
{
	rig_submit(rig, low, high);
	rig_wait(rig);
}

static void context_descriptors(void **state)
{
	struct rig *rig = *state;
	static const struct {
		uint64_t low;
		bool hits;
	} cases[] = {
		{ CC(1, 0, 0, 0), true },
		{ CC(2, RIG_DID, 0, 0), true },
		{ CC(2, RIG_DID + 1, 0, 0), false },
		{ CC(3, RIG_DID, RIG_SID, 0), true },
		{ CC(3, RIG_DID, RIG_SID + 1, 0), false },
		{ CC(3, RIG_DID, RIG_SID + 4, 1), true },
		{ CC(3, RIG_DID, RIG_SID + 6, 2), true },
		{ CC(3, RIG_DID, RIG_SID + 7, 3), true },
		{ CC(3, RIG_DID, RIG_SID + 0x100, 3), false },
	};

	fill(rig);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		one(rig, cases[i].low, 0);
		one(rig, TLB(1, 0), 0);
		assert_int_equal(reads(rig, 0), cases[i].hits ? 6 : 4);
	}
}

static void iotlb_descriptors(void **state)
{
	struct rig *rig = *state;

	fill(rig);
	one(rig, TLB(3, RIG_DID), 0x2000 | 0x40);            /* one page, hint */
	assert_int_equal(reads(rig, 0x1000), 0);
	assert_int_equal(reads(rig, 0x2000), 1);
	one(rig, TLB(3, RIG_DID), 0x5000 | 0x40 | 2);        /* 4 pages, aligned down */
	assert_int_equal(reads(rig, 0x3000), 0);
	assert_int_equal(reads(rig, 0x4000), 1);
	assert_int_equal(reads(rig, 0x7000), 1);
	one(rig, TLB(3, RIG_DID), 0x2000);                   /* no hint: tables above, too */
	assert_int_equal(reads(rig, 0x1000), 0);
	assert_int_equal(reads(rig, 0x2000), 4);
	one(rig, TLB(3, RIG_DID), 0x3ff000 | 0x40);          /* any page of a large one */
	assert_int_equal(reads(rig, 0x200000), 1);
	one(rig, TLB(3, RIG_DID), 18);                       /* 1 GiB: a scan */
	assert_int_equal(reads(rig, 0x200000), 3);
	assert_int_equal(reads(rig, 0x0), 2);
	one(rig, TLB(3, RIG_DID + 1), 0);
	one(rig, TLB(2, RIG_DID + 1), 0);
	assert_int_equal(reads(rig, 0x0), 0);
	one(rig, TLB(2, RIG_DID) | DRAIN, 0);
	assert_int_equal(reads(rig, 0x0), 4);
	one(rig, TLB(1, 0), 0);
	assert_int_equal(reads(rig, 0x0), 4);
	one(rig, TLB(3, RIG_DID), 0xffff800000000000ull);    /* beyond the address width */
	assert_int_equal(reads(rig, 0x0), 0);
	assert_int_equal(rig_get4(rig, FSTS), 0);
}

static void each_descriptor_takes_its_time(void **state)
{
	struct rig *rig = *state;
	static const struct {
		uint64_t low, high;
		unsigned time;
	} cases[] = {
		{ CC(1, 0, 0, 0), 0, CONTEXT_TIME },
		{ TLB(1, 0), 0, DOMAIN_TIME },
		{ TLB(2, RIG_DID), 0, DOMAIN_TIME },
		{ TLB(3, RIG_DID), 0, PAGES_TIME },
		{ IEC(0, 0, 0), 0, IEC_TIME },
	};
	uint64_t status = 0x7ff000;

	fill(rig);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		while (rig->tail % 4)
			one(rig, WAIT_SW(0), status);
		rig_submit(rig, cases[i].low, cases[i].high);
		rig_submit(rig, WAIT_SW(i + 1), status);
		rig_ring(rig);
		rig_run(rig, BELL + FETCH + cases[i].time + WAIT_TIME - 1);
		assert_int_equal(*(uint32_t *)rig_at(rig, status), 0);
		rig_run(rig, 1);
		assert_int_equal(*(uint32_t *)rig_at(rig, status), i + 1);
		assert_int_equal(rig_get(rig, IQH), rig->tail * 16);
		*rig_at(rig, status) = 0;
	}
	assert_int_equal(rig_stat(rig, "iommu.invalidate.wait_ns"),
			 BELL + FETCH + DOMAIN_TIME + WAIT_TIME);
}

/* A line of the queue holds four descriptors; the fifth needs another read. */
static void descriptors_are_fetched_by_lines(void **state)
{
	struct rig *rig = *state;
	uint64_t status = 0x7ff000, before;

	fill(rig);
	before = rig->reads;
	for (unsigned i = 0; i < 4; i++)
		rig_submit(rig, TLB(3, RIG_DID), 0);
	rig_submit(rig, WAIT_SW(1), status);
	rig_ring(rig);
	rig_run(rig, BELL + 2 * FETCH + 4 * PAGES_TIME + WAIT_TIME - 1);
	assert_int_equal(*(uint32_t *)rig_at(rig, status), 0);
	rig_run(rig, 1);
	assert_int_equal(*(uint32_t *)rig_at(rig, status), 1);
	assert_int_equal(rig->reads - before, 2);
}

static void wait_raises_its_interrupt_once_until_serviced(void **state)
{
	struct rig *rig = *state;

	fill(rig);
	rig_set4(rig, IEDATA, 0x4022);
	rig_set4(rig, IEADDR, 0xfee01000);
	rig_set4(rig, IECTL, 0);
	rig_submit(rig, WAIT_IF, 0);
	rig_submit(rig, WAIT_IF | FENCE, 0);
	rig_ring(rig);
	rig_run_all(rig);
	assert_int_equal(rig->messages, 1);
	assert_int_equal(rig->message[0].addr, 0xfee01000);
	assert_int_equal(rig->message[0].data, 0x4022);
	assert_int_equal(rig_get4(rig, ICS), 1);
	rig_set4(rig, ICS, 1);
	assert_int_equal(rig_get4(rig, ICS), 0);
	rig_submit(rig, WAIT_IF, 0);
	rig_ring(rig);
	rig_run_all(rig);
	assert_int_equal(rig->messages, 2);
}

static void masked_completion_event_is_pending(void **state)
{
	struct rig *rig = *state;

	fill(rig);
	rig_set4(rig, IEADDR, 0xfee00000);
	rig_set4(rig, IEUADDR, 0x1);
	rig_submit(rig, WAIT_IF, 0);
	rig_ring(rig);
	rig_run_all(rig);
	assert_int_equal(rig_get4(rig, IECTL), IM | IP);
	rig_set4(rig, IECTL, 0);
	assert_int_equal(rig->messages, 1);
	assert_int_equal(rig->message[0].addr, 0x1fee00000);
	assert_int_equal(rig_get4(rig, IECTL), 0);
	/* Serviced while masked: no message any more. */
	rig_set4(rig, ICS, 1);
	rig_set4(rig, IECTL, IM);
	rig_submit(rig, WAIT_IF, 0);
	rig_ring(rig);
	rig_run_all(rig);
	rig_set4(rig, ICS, 1);
	assert_int_equal(rig_get4(rig, IECTL), IM);
	rig_set4(rig, IECTL, 0);
	assert_int_equal(rig->messages, 1);
}

static void the_queue_wraps(void **state)
{
	struct rig *rig = *state;

	fill(rig);
	for (unsigned round = 0; round < 3; round++)
		for (unsigned i = 0; i < 100; i++)
			one(rig, TLB(3, RIG_DID), 0x40 | (uint64_t)i << 12);
	assert_int_equal(rig_get(rig, IQH), 600 % 256 * 16);
	assert_int_equal(rig_stat(rig, "iommu.invalidations"), 300);
}

static void longest_queue(void **state)
{
	struct rig *rig = *state;

	rig_queue(rig, 7);
	for (unsigned i = 0; i < 32766; i++)
		rig_submit(rig, IEC(0, 0, 0), 0);
	rig_wait(rig);
	assert_int_equal(rig_get(rig, IQH), 32767 * 16);
	rig_wait(rig);
	assert_int_equal(rig_get(rig, IQH), 0);
	assert_int_equal(rig_stat(rig, "iommu.invalidations"), 32766);
}

/* ---- 6.5.2.10 errors ---- */

static void expect_error(struct rig *rig, unsigned info, unsigned head)
{
	assert_int_equal(rig_get4(rig, FSTS) & IQE, IQE);
	assert_int_equal(rig_get(rig, IQERCD) & 0xf, info);
	assert_int_equal(rig_get(rig, IQH), head * 16);
}

static void malformed_descriptors_stop_the_queue(void **state)
{
	struct rig *rig = *state;
	static const struct {
		uint64_t low, high;
		unsigned info;
	} cases[] = {
		{ 0, 0, 3 },                              /* type 0 */
		{ DEVICE_TLB | 0x18ull << 32, 1, 3 },     /* no device TLBs: DT = 0 */
		{ 6, 0, 3 }, { 7, 0, 3 }, { 8, 0, 3 }, { 9, 0, 3 },   /* scalable mode */
		{ 15, 0, 3 },
		{ TLB(1, 0) | 1ull << 9, 0, 3 },          /* type, high bits */
		{ CC(0, 0, 0, 0), 0, 4 },                 /* granularity reserved */
		{ TLB(0, 0), 0, 4 },
		{ CC(1, 0, 0, 0) | 1ull << 6, 0, 4 },
		{ CC(1, 0, 0, 0) | 1ull << 12, 0, 4 },
		{ CC(1, 0, 0, 0) | 1ull << 50, 0, 4 },
		{ CC(1, 0, 0, 0), 1, 4 },
		{ TLB(1, 0) | 1ull << 8, 0, 4 },
		{ TLB(1, 0) | 1ull << 32, 0, 4 },
		{ TLB(3, RIG_DID), 0x80, 4 },
		{ TLB(3, RIG_DID), 19, 4 },               /* mask beyond MAMV */
		{ IEC(0, 0, 0) | 1ull << 5, 0, 4 },
		{ IEC(0, 0, 0) | 1ull << 48, 0, 4 },
		{ IEC(0, 0, 0), 1, 4 },
		{ WAIT_SW(1) | 1ull << 7, 0x7ff000, 4 },  /* page drain */
		{ WAIT_SW(1) | 1ull << 8, 0x7ff000, 4 },
		{ WAIT_SW(1), 0x7ff001, 4 },
	};
	unsigned at;

	fill(rig);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		one(rig, TLB(3, RIG_DID), 0x40);
		at = rig->tail;
		rig_submit(rig, cases[i].low, cases[i].high);
		rig_submit(rig, WAIT_SW(1), 0x7fe000);
		rig_ring(rig);
		rig_run_all(rig);
		expect_error(rig, cases[i].info, at);
		assert_int_equal(*(uint32_t *)rig_at(rig, 0x7fe000), 0);
		/* As Linux does: the bad one becomes another wait, then IQE is cleared. */
		rig_at(rig, rig->queue + at * 16)[0] = WAIT_SW(2);
		rig_at(rig, rig->queue + at * 16)[1] = 0x7fe008;
		rig_set4(rig, FSTS, IQE);
		rig_run_all(rig);
		assert_int_equal(rig_get4(rig, FSTS), 0);
		assert_int_equal(*(uint32_t *)rig_at(rig, 0x7fe000), 1);
		assert_int_equal(*(uint32_t *)rig_at(rig, 0x7fe008), 2);
		rig_at(rig, 0x7fe000)[0] = 0;
	}
}

static void errors_raise_the_fault_event_once(void **state)
{
	struct rig *rig = *state;

	fill(rig);
	rig_set4(rig, FEDATA, 0x31);
	rig_set4(rig, FEADDR, 0xfee00000);
	rig_set4(rig, FECTL, 0);
	rig_submit(rig, 0, 0);
	rig_ring(rig);
	rig_run_all(rig);
	assert_int_equal(rig->messages, 1);
	assert_int_equal(rig->message[0].data, 0x31);
	rig_set4(rig, FSTS, IQE);            /* the descriptor is still bad */
	rig_run_all(rig);
	assert_int_equal(rig->messages, 2);
	expect_error(rig, 3, rig->tail - 1);
}

static void a_tail_beyond_the_queue_is_an_error(void **state)
{
	struct rig *rig = *state;

	fill(rig);
	rig_set4(rig, IQT, 256 * 16);
	rig_run_all(rig);
	expect_error(rig, 1, 0);
	rig_set4(rig, IQT, 0);
	rig_set4(rig, FSTS, IQE);
	rig_run_all(rig);
	assert_int_equal(rig_get4(rig, FSTS), 0);
	rig_set4(rig, IQT, 0x7fff0);
	rig_run_all(rig);
	expect_error(rig, 1, 0);
}

static void a_queue_outside_of_memory_is_an_error(void **state)
{
	struct rig *rig = *state;

	rig_set(rig, IQA, 0x7000000000);
	rig_command(rig, QIE);
	rig_set4(rig, IQT, 16);
	rig_run_all(rig);
	expect_error(rig, 2, 0);
}

static void a_status_without_memory_is_lost(void **state)
{
	struct rig *rig = *state;

	fill(rig);
	rig_submit(rig, WAIT_SW(1), 0x7000000000);
	rig_wait(rig);
	assert_int_equal(rig_get4(rig, FSTS), 0);
}

static void address_is_fixed_while_enabled(void **state)
{
	struct rig *rig = *state;
	uint64_t address;

	fill(rig);
	address = rig_get(rig, IQA);
	rig_set(rig, IQA, 0x123000);
	assert_int_equal(rig_get(rig, IQA), address);
	rig_set4(rig, GCMD, TE);
	rig_set(rig, IQA, 0x123000);
	assert_int_equal(rig_get(rig, IQA), 0x123000);
}

static void disabling_completes_and_rewinds(void **state)
{
	struct rig *rig = *state;

	fill(rig);
	rig_submit(rig, WAIT_SW(0), 0x7ff000);
	rig_wait(rig);
	rig_submit(rig, TLB(1, 0), 0);
	rig_submit(rig, WAIT_SW(7), 0x7ff000);
	rig_ring(rig);
	rig_run(rig, BELL + FETCH + 10);
	rig_set4(rig, GCMD, TE);
	assert_int_equal(rig_get4(rig, GSTS) & QIE, 0);
	assert_int_equal(rig_get(rig, IQH), 0);
	rig_run_all(rig);
	assert_int_equal(reads(rig, 0), 4);   /* the one under way has been carried out */
	assert_int_equal(*(uint32_t *)rig_at(rig, 0x7ff000), 0);
	rig_set(rig, IQT, 0);
	rig->tail = 0;
	rig_command(rig, QIE);
	one(rig, TLB(1, 0), 0);
}

/* What was translated before the invalidation lands before its wait is done (6.5.4). */
static void invalidation_drains_requests_under_way(void **state)
{
	struct rig *rig = *state;
	uint64_t start, delay;

	fill(rig);
	one(rig, CC(1, 0, 0, 0), 0);
	one(rig, TLB(1, 0), 0);
	while (rig->tail % 4)
		one(rig, WAIT_SW(0), 0x7ff000);
	rig_submit(rig, TLB(3, RIG_DID) | DRAIN, 0x40);
	rig_submit(rig, WAIT_SW(9), 0x7ff000);
	start = rig_now(rig);
	delay = rig_hit(rig, 0x0, 0x40000);
	assert_true(delay > BELL + FETCH + PAGES_TIME);
	rig_ring(rig);
	while (*(uint32_t *)rig_at(rig, 0x7ff000) != 9)
		rig_run(rig, 1);
	assert_int_equal(rig_now(rig) - start, delay + WAIT_TIME);
}

/* Requests that come while it drains do not hold it up. */
static void a_steady_stream_does_not_starve_the_drain(void **state)
{
	struct rig *rig = *state;
	uint64_t start;

	fill(rig);
	rig_submit(rig, TLB(3, RIG_DID) | DRAIN, 0x40);
	rig_submit(rig, WAIT_SW(9), 0x7ff000);
	rig_ring(rig);
	start = rig_now(rig);
	for (unsigned i = 0; *(uint32_t *)rig_at(rig, 0x7ff000) != 9; i++) {
		rig_hit(rig, (uint64_t)(i % 8) << 12, 0x40000 + ((i % 8) << 12));
		rig_run(rig, LOOKUP / 2);
		assert_true(rig_now(rig) - start < 2000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(context_descriptors),
		TEST(iotlb_descriptors),
		TEST(each_descriptor_takes_its_time),
		TEST(descriptors_are_fetched_by_lines),
		TEST(wait_raises_its_interrupt_once_until_serviced),
		TEST(masked_completion_event_is_pending),
		TEST(the_queue_wraps),
		TEST(longest_queue),
		TEST(malformed_descriptors_stop_the_queue),
		TEST(errors_raise_the_fault_event_once),
		TEST(a_tail_beyond_the_queue_is_an_error),
		TEST(a_queue_outside_of_memory_is_an_error),
		TEST(a_status_without_memory_is_lost),
		TEST(address_is_fixed_while_enabled),
		TEST(disabling_completes_and_rewinds),
		TEST(invalidation_drains_requests_under_way),
		TEST(a_steady_stream_does_not_starve_the_drain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
