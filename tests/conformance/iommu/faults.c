/* SPDX-License-Identifier: MIT */
/* Malformed tables and blocked requests: the fault reasons of chapter 7, what is recorded, when the
 * fault event is sent, overflow. */
#include "tests/unit/iommu/rig.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

static void expect(struct rig *rig, unsigned sid, uint64_t addr, enum dma_kind kind,
		   unsigned reason)
{
	static unsigned next;
	struct iommu_page page;

	if (!rig_get(rig, rig_frcd(rig, 0)) && !rig_get(rig, rig_frcd(rig, 0) + 8))
		next = 0;   /* a fresh unit */
	assert_int_equal(iommu_translate(rig->iommu, sid, addr, kind, &page), DMA_UNSUPPORTED);
	assert_int_equal(rig_get4(rig, FSTS) >> 8 & 0xff, next);
	rig_faulted(rig, next, addr & ~0xfffull, reason, sid, kind);
	assert_int_equal(rig_get4(rig, FSTS) & (PPF | PFO), 0);
	next = (next + 1) % RECORDS;
	/* Nothing of it is cached: CM = 0. */
	assert_int_equal(iommu_translate(rig->iommu, sid, addr, kind, &page), DMA_UNSUPPORTED);
	rig_faulted(rig, next, addr & ~0xfffull, reason, sid, kind);
	next = (next + 1) % RECORDS;
}

static void root_entries(void **state)
{
	struct rig *rig = *state;
	uint64_t *root;

	rig_translating(rig);
	root = rig_at(rig, rig->root);
	expect(rig, 0x0418, 0x1234, DMA_READ, 0x1);           /* bus 4: not present */
	root[8] = ~1ull;
	expect(rig, 0x0418, 0x1234, DMA_READ, 0x1);           /* what is not present has no bits */
	root[8] = 0x5000 | 1 | 0x10;
	expect(rig, 0x0418, 0x1234, DMA_WRITE, 0xa);
	root[8] = 1ull << 46 | 1;                             /* beyond the host's width */
	expect(rig, 0x0418, 0x1234, DMA_WRITE, 0xa);
	root[8] = 0x5000 | 1;
	root[9] = 1;
	expect(rig, 0x0418, 0x1234, DMA_WRITE, 0xa);
	root[9] = 0;
	root[8] = 0x3000000000 | 1;                           /* no memory there */
	expect(rig, 0x0418, 0x1234, DMA_WRITE, 0x9);
}

static void a_root_table_outside_of_memory(void **state)
{
	struct rig *rig = *state;

	rig_set(rig, RTADDR, 0x3000000000);
	rig_command(rig, SRTP);
	rig_command(rig, TE);
	expect(rig, RIG_SID, 0x1234, DMA_READ, 0x8);
}

static void context_entries(void **state)
{
	struct rig *rig = *state;
	static const struct {
		uint64_t low, high;
		unsigned reason;
	} cases[] = {
		{ 0, 0, 0x2 },
		{ 0x4000, 0x702, 0x2 },
		{ 0x4001 | 1 << 4, 0x702, 0xb },
		{ 0x4001 | 1 << 11, 0x702, 0xb },
		{ 0x4001 | 1ull << 46, 0x702, 0xb },
		{ 0x4001, 0x702 | 1 << 7, 0xb },
		{ 0x4001, 0x702 | 1ull << 24, 0xb },
		{ 0x4001, 0x702 | 1ull << 63, 0xb },
		{ 0x4001, 0x700, 0x3 },                       /* 2 levels: not in SAGAW */
		{ 0x4001, 0x703, 0x3 },                       /* 5 levels */
		{ 0x4001, 0x707, 0x3 },
		{ 0x4001 | TT_ATS << 2, 0x702, 0x3 },         /* no device TLBs */
		{ 0x4001 | TT_RESERVED << 2, 0x702, 0x3 },
		{ 0x4001 | TT_THROUGH << 2, 0x701, 0x3 },     /* not the largest width */
	};

	rig_translating(rig);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig_context(rig, 0x33, cases[i].low, cases[i].high);
		expect(rig, 0x33, 0x1234567, i % 2 ? DMA_READ : DMA_WRITE, cases[i].reason);
	}
	rig_context(rig, 0x33, 0x3000000001, 0x702 | 0x78);   /* available bits are ignored */
	expect(rig, 0x33, 0x1234567, DMA_READ, 0x7);
}

static void paging_entries(void **state)
{
	struct rig *rig = *state;
	uint64_t addr = 0x7f1234567000;
	static const struct {
		unsigned level;
		uint64_t entry;
		unsigned reason;
	} cases[] = {
		{ 1, 0, 0x6 },
		{ 1, ~0x3ull, 0x6 },                          /* not present: no bit counts */
		{ 1, 0x3000 | W, 0x6 },
		{ 1, 0x3000 | RW | 1ull << 46, 0xc },
		{ 1, 0x3000 | RW | 1ull << 62, 0xc },         /* TM: no device TLBs */
		{ 2, 0, 0x6 },
		{ 2, 0x200000 | PS | RW | 0x1000, 0xc },      /* 20:12 of a large page */
		{ 2, 0x200000 | PS | RW | 0x100000, 0xc },
		{ 2, 0x3000000000 | RW, 0x7 },
		{ 2, 0x3000 | RW | 1ull << 51, 0xc },
		{ 3, 0x40000000 | PS | RW | 0x200000, 0xc },
		{ 3, 0x40000000 | PS | W, 0x6 },
		{ 3, 0x3000 | W, 0x6 },
		{ 4, 0x3000 | RW | PS, 0xc },                 /* no 512 GiB pages */
		{ 4, 0x3000000000 | RW, 0x7 },
		{ 4, 0, 0x6 },
	};

	rig_translating(rig);
	rig_queue(rig, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t *entry = rig_entry(rig, rig->table, 4, cases[i].level, addr);
		uint64_t before = *entry;

		*entry = cases[i].entry;
		expect(rig, RIG_SID, addr, DMA_READ, cases[i].reason);
		*entry = before;
		rig_submit(rig, 0x12, 0);
		rig_wait(rig);
	}
	rig_map(rig, addr, 0x3000, 1, RW | 0x3ffull << 52 | 0x78 | 0x700);   /* ignored bits */
	rig_hit(rig, addr, 0x3000);
}

static void permissions_are_those_of_all_levels(void **state)
{
	struct rig *rig = *state;
	struct iommu_page page;
	uint64_t addr = 0x40000000;

	rig_translating(rig);
	rig_map(rig, addr, 0x3000, 1, RW);
	*rig_entry(rig, rig->table, 4, 2, addr) &= ~W;
	expect(rig, RIG_SID, addr, DMA_WRITE, 0x5);
	assert_int_equal(rig_go(rig, addr, DMA_READ, &page), DMA_OK);
	assert_int_equal(rig_go(rig, addr, DMA_WRITE, &page), DMA_UNSUPPORTED);
	rig_map(rig, addr + 0x200000, 0x3000, 1, W);
	assert_int_equal(rig_go(rig, addr + 0x200000, DMA_WRITE, &page), DMA_OK);
	assert_int_equal(rig_go(rig, addr + 0x200000, DMA_READ, &page), DMA_UNSUPPORTED);
}

static void addresses_beyond_the_width(void **state)
{
	struct rig *rig = *state;
	struct iommu_page page;

	rig_translating(rig);
	expect(rig, RIG_SID, 1ull << 48, DMA_READ, 0x4);
	expect(rig, RIG_SID, ~0xfffull, DMA_WRITE, 0x4);
	rig_context(rig, 0x20, rig_context_low(0, TT_THROUGH), rig_context_high(3, 2));
	assert_int_equal(iommu_translate(rig->iommu, 0x20, (1ull << 48) - 1, DMA_READ, &page),
			 DMA_OK);
	expect(rig, 0x20, 1ull << 48, DMA_READ, 0x4);
}

static void interrupt_addresses_are_not_translated(void **state)
{
	struct rig *rig = *state;

	rig_translating(rig);
	rig_hit(rig, 0xfee00018, 0xfee00018);
	rig_hit(rig, 0xfeefffff, 0xfeefffff);
	expect(rig, RIG_SID, 0xfef00000, DMA_WRITE, 0x5);
}

static void fault_processing_disable(void **state)
{
	struct rig *rig = *state;
	struct iommu_page page;

	rig_translating(rig);
	rig_context(rig, 0x33, rig->table | 3, rig_context_high(9, 2));
	rig_context(rig, 0x34, 2, 0);
	assert_int_equal(iommu_translate(rig->iommu, 0x33, 0x5000, DMA_READ, &page),
			 DMA_UNSUPPORTED);
	assert_int_equal(iommu_translate(rig->iommu, 0x34, 0x5000, DMA_READ, &page),
			 DMA_UNSUPPORTED);
	assert_int_equal(rig_get4(rig, FSTS), 0);
	assert_int_equal(rig_stat(rig, "iommu.faults"), 2);
}

/* ---- recording ---- */

static void faults(struct rig *rig, unsigned from, unsigned to)
{
	struct iommu_page page;

	for (unsigned i = from; i < to; i++)
		assert_int_equal(rig_go(rig, (uint64_t)i << 12, DMA_WRITE, &page),
				 DMA_UNSUPPORTED);
}

static void arm(struct rig *rig)
{
	rig_translating(rig);
	rig_set4(rig, FEDATA, 0x4021);
	rig_set4(rig, FEADDR, 0xfee02000);
	rig_set4(rig, FECTL, 0);
}

static void the_first_pending_fault_sends_the_event(void **state)
{
	struct rig *rig = *state;

	arm(rig);
	faults(rig, 1, 4);
	assert_int_equal(rig->messages, 1);
	assert_int_equal(rig->message[0].addr, 0xfee02000);
	assert_int_equal(rig->message[0].data, 0x4021);
	assert_int_equal(rig_get4(rig, FSTS), PPF);
	for (unsigned n = 0; n < 3; n++)
		rig_faulted(rig, n, (uint64_t)(n + 1) << 12, 5, RIG_SID, DMA_WRITE);
	assert_int_equal(rig_get4(rig, FSTS) & PPF, 0);
	faults(rig, 9, 10);
	assert_int_equal(rig->messages, 2);
	assert_int_equal(rig_get4(rig, FSTS), PPF | 3 << 8);   /* FRI: the record in turn */
}

static void a_masked_event_stays_pending(void **state)
{
	struct rig *rig = *state;

	arm(rig);
	rig_set4(rig, FECTL, IM);
	faults(rig, 1, 2);
	assert_int_equal(rig->messages, 0);
	assert_int_equal(rig_get4(rig, FECTL), IM | IP);
	rig_set4(rig, FECTL, 0);
	assert_int_equal(rig->messages, 1);
	assert_int_equal(rig_get4(rig, FECTL), 0);
	/* Serviced before it is unmasked: nothing is left to tell. */
	rig_faulted(rig, 0, 0x1000, 5, RIG_SID, DMA_WRITE);
	rig_set4(rig, FECTL, IM);
	faults(rig, 1, 2);
	rig_faulted(rig, 1, 0x1000, 5, RIG_SID, DMA_WRITE);
	assert_int_equal(rig_get4(rig, FECTL), IM);
	rig_set4(rig, FECTL, 0);
	assert_int_equal(rig->messages, 1);
}

static void a_storm_overflows_and_is_told_once(void **state)
{
	struct rig *rig = *state;

	arm(rig);
	faults(rig, 1, 1001);
	assert_int_equal(rig->messages, 1);
	assert_int_equal(rig_get4(rig, FSTS), PPF | PFO);
	for (unsigned n = 0; n < RECORDS; n++)
		rig_faulted(rig, n, (uint64_t)(n + 1) << 12, 5, RIG_SID, DMA_WRITE);
	/* While the overflow stands nothing is recorded. */
	faults(rig, 1, 10);
	assert_int_equal(rig_get4(rig, FSTS) & (PPF | PFO), PFO);
	rig_set4(rig, FSTS, PFO | PPF);
	assert_int_equal(rig_get4(rig, FSTS) & 0xff, 0);
	faults(rig, 77, 78);
	assert_int_equal(rig->messages, 2);
	rig_faulted(rig, 0, 77 << 12, 5, RIG_SID, DMA_WRITE);
	assert_int_equal(rig_stat(rig, "iommu.faults"), 1010);
}

static void pending_faults_are_cleared_in_their_records_only(void **state)
{
	struct rig *rig = *state;

	arm(rig);
	faults(rig, 1, 2);
	rig_set4(rig, FSTS, PPF);
	assert_int_equal(rig_get4(rig, FSTS), PPF);
	rig_set4(rig, rig_frcd(rig, 0) + 8, ~0u);    /* the half without F */
	assert_int_equal(rig_get4(rig, FSTS), PPF);
	rig_set4(rig, rig_frcd(rig, 0) + 12, 1u << 31);
	assert_int_equal(rig_get4(rig, FSTS), 0);
}

static void a_blocked_request_harms_nobody_else(void **state)
{
	struct rig *rig = *state;

	arm(rig);
	rig_map(rig, 0x5000, 0x9000, 1, RW);
	rig_hit(rig, 0x5000, 0x9000);
	faults(rig, 6, 100);
	rig_run(rig, 100000);
	assert_int_equal(rig_hit(rig, 0x5000, 0x9000), LOOKUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(root_entries),
		TEST(a_root_table_outside_of_memory),
		TEST(context_entries),
		TEST(paging_entries),
		TEST(permissions_are_those_of_all_levels),
		TEST(addresses_beyond_the_width),
		TEST(interrupt_addresses_are_not_translated),
		TEST(fault_processing_disable),
		TEST(the_first_pending_fault_sends_the_event),
		TEST(a_masked_event_stays_pending),
		TEST(a_storm_overflows_and_is_told_once),
		TEST(pending_faults_are_cleared_in_their_records_only),
		TEST(a_blocked_request_harms_nobody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
