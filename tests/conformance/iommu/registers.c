/* SPDX-License-Identifier: MIT */
/* Every register of 10.4 through the window: what it reads as after reset, which bits software may
 * write, and what commands do. */
#include "tests/unit/iommu/rig.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

static void identity_and_capabilities(void **state)
{
	struct rig *rig = *state;
	uint64_t cap = rig_get(rig, CAP), ecap = rig_get(rig, ECAP);

	assert_int_equal(rig_get4(rig, VER), 0x10);
	assert_int_equal(cap & 7, 6);                /* ND: 64 Ki domains */
	assert_int_equal(cap >> 4 & 1, 0);           /* RWBF */
	assert_int_equal(cap >> 5 & 3, 3);           /* PLMR, PHMR */
	assert_int_equal(cap >> 7 & 1, 0);           /* CM */
	assert_int_equal(cap >> 8 & 0x1f, 6);        /* SAGAW: 39 and 48 bits */
	assert_int_equal(cap >> 16 & 0x3f, 47);      /* MGAW */
	assert_int_equal(cap >> 34 & 0xf, 3);        /* SLLPS: 2 MiB, 1 GiB */
	assert_int_equal(cap >> 39 & 1, 1);          /* PSI */
	assert_int_equal(cap >> 40 & 0xff, RECORDS - 1);
	assert_int_equal(cap >> 48 & 0x3f, 18);      /* MAMV */
	assert_int_equal(cap >> 54 & 3, 3);          /* DWD, DRD */
	assert_int_equal(ecap & 1, 1);               /* C */
	assert_int_equal(ecap >> 1 & 1, 1);          /* QI */
	assert_int_equal(ecap >> 2 & 1, 0);          /* DT */
	assert_int_equal(ecap >> 3 & 1, 1);          /* IR */
	assert_int_equal(ecap >> 4 & 1, 0);          /* EIM */
	assert_int_equal(ecap >> 6 & 3, 3);          /* PT, SC */
	assert_int_equal(ecap >> 20 & 0xf, 15);      /* MHMV */
	assert_int_equal(ecap >> 43 & 1, 0);         /* SMTS: no scalable mode */
}

/* offset, bytes, after reset, bits that keep what is written. */
static const struct {
	unsigned at, bytes;
	uint64_t reset, rw;
} plain[] = {
	{ GCMD, 4, 0, 0 },
	{ GSTS, 4, 0, 0 },
	{ RTADDR, 8, 0, ~0xfffull },
	{ FSTS, 4, 0, 0 },
	{ FECTL, 4, IM, IM },
	{ FEDATA, 4, 0, 0xffff },
	{ FEADDR, 4, 0, 0xfffffffc },
	{ FEUADDR, 4, 0, 0xffffffff },
	{ AFLOG, 8, 0, 0 },
	{ PLMBASE, 4, 0, 0xffe00000 },
	{ PLMLIMIT, 4, 0, 0xffe00000 },
	{ PHMBASE, 8, 0, ~0x1fffffull },
	{ PHMLIMIT, 8, 0, ~0x1fffffull },
	{ IQH, 8, 0, 0 },
	{ IQT, 8, 0, 0x7fff0 },
	{ IQA, 8, 0, ~0xff8ull },
	{ ICS, 4, 0, 0 },
	{ IECTL, 4, IM, IM },
	{ IEDATA, 4, 0, 0xffff },
	{ IEADDR, 4, 0, 0xfffffffc },
	{ IEUADDR, 4, 0, 0xffffffff },
	{ IQERCD, 8, 0, 0 },
	{ IRTA, 8, 0, ~0xff0ull },
};

static void reserved_bits_stay_zero(void **state)
{
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		unsigned at = plain[i].at, bytes = plain[i].bytes;
		uint64_t ones = ~0ull >> (64 - 8 * bytes);

		if (at == GCMD)
			continue;   /* it would switch everything on */
		assert_int_equal(iommu_mmio_ops.read(rig->iommu, at, bytes), plain[i].reset);
		iommu_mmio_ops.write(rig->iommu, at, ones, bytes);
		assert_int_equal(iommu_mmio_ops.read(rig->iommu, at, bytes), plain[i].rw);
		iommu_mmio_ops.write(rig->iommu, at, 0, bytes);
		assert_int_equal(iommu_mmio_ops.read(rig->iommu, at, bytes), 0);
	}
	for (unsigned n = 0; n < RECORDS; n++) {
		rig_set(rig, rig_frcd(rig, n), ~0ull);
		rig_set(rig, rig_frcd(rig, n) + 8, ~0ull);
		assert_int_equal(rig_get(rig, rig_frcd(rig, n)), 0);
		assert_int_equal(rig_get(rig, rig_frcd(rig, n) + 8), 0);
	}
	rig_set(rig, rig_iva(rig), ~0ull);
	assert_int_equal(rig_get(rig, rig_iva(rig)), ~0xf80ull);
}

static void halves_of_wide_registers_are_written_alone(void **state)
{
	struct rig *rig = *state;

	rig_set4(rig, RTADDR + 4, 0x12);
	rig_set4(rig, RTADDR, 0x34567fff);
	assert_int_equal(rig_get(rig, RTADDR), 0x1234567000);
	assert_int_equal(rig_get4(rig, RTADDR + 4), 0x12);
}

static void holes_read_zero(void **state)
{
	struct rig *rig = *state;

	rig_set(rig, 0xc0, ~0ull);   /* page request queue: scalable mode only */
	assert_int_equal(rig_get(rig, 0xc0), 0);
	assert_int_equal(rig_get4(rig, 0xffc), 0);
	rig_set4(rig, VER, 0);
	assert_int_equal(rig_get4(rig, VER), 0x10);
}

/* 10.4.4: GCMD reads 0; each command shows in the status. */
static void global_commands_show_in_the_status(void **state)
{
	struct rig *rig = *state;
	static const unsigned commands[] = { SRTP, SIRTP, TE, QIE, IRE, CFI };
	uint32_t status = 0;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		rig_command(rig, commands[i]);
		status |= commands[i];
		assert_int_equal(rig_get4(rig, GSTS), status);
		assert_int_equal(rig_get4(rig, GCMD), 0);
	}
	rig_set4(rig, GCMD, 0);
	assert_int_equal(rig_get4(rig, GSTS), SRTP | SIRTP);
}

/* SFL, EAFL and WBF have nothing to do here (AFL = 0, RWBF = 0). */
static void commands_without_a_function_do_nothing(void **state)
{
	struct rig *rig = *state;

	rig_command(rig, 7u << 27);
	assert_int_equal(rig_get4(rig, GSTS), 0);
}

static void a_new_root_counts_when_it_is_set(void **state)
{
	struct rig *rig = *state;

	rig_translating(rig);
	rig_map(rig, 0x1000, 0x2000, 1, RW);
	rig_hit(rig, 0x1000, 0x2000);
	rig_set(rig, RTADDR, 0x700000);
	rig_context(rig, 0x40, 0, 0);
	rig_hit(rig, 0x1000, 0x2000);
	rig_command(rig, SRTP);
	rig_set(rig, CCMD, 1ull << 63 | 1ull << 61);
	rig_run_all(rig);
	assert_int_equal(rig_go(rig, 0x1000, DMA_READ, &(struct iommu_page){ 0 }), DMA_UNSUPPORTED);
	rig_faulted(rig, 0, 0x1000, 0x1, RIG_SID, DMA_READ);
}

/* ---- 6.5.1 register-based invalidation ---- */

static void fill(struct rig *rig)
{
	rig_translating(rig);
	for (uint64_t i = 0; i < 4; i++)
		rig_map(rig, i << 12, 0x40000 + (i << 12), 1, RW);
	for (uint64_t i = 0; i < 4; i++)
		rig_hit(rig, i << 12, 0x40000 + (i << 12));
	for (uint64_t i = 0; i < 4; i++)
		rig_map(rig, i << 12, 0x60000 + (i << 12), 1, RW);
	rig_run(rig, 100000);
}

static uint64_t reads(struct rig *rig, uint64_t addr, uint64_t pa)
{
	uint64_t before = rig->reads;

	rig_hit(rig, addr, pa);
	rig_run(rig, 10000);
	return rig->reads - before;
}

static void context_command_is_busy_for_its_time(void **state)
{
	struct rig *rig = *state;
	uint64_t command = 1ull << 63 | 3ull << 61 | RIG_SID << 16 | RIG_DID;

	fill(rig);
	rig_set(rig, CCMD, command);
	rig_run(rig, CONTEXT_TIME - 1);
	assert_int_equal(rig_get(rig, CCMD), command);
	rig_run(rig, 1);
	assert_int_equal(rig_get(rig, CCMD), (command & ~(1ull << 63)) | 3ull << 59);
	/* The context is read again, the translation is still there. */
	assert_int_equal(reads(rig, 0, 0x60000), 3);
}

static void context_commands_of_all_granularities(void **state)
{
	struct rig *rig = *state;
	static const struct {
		uint64_t command;
		bool hits;
	} cases[] = {
		{ 1ull << 61, true },
		{ 2ull << 61 | RIG_DID, true },
		{ 2ull << 61 | (RIG_DID + 1), false },
		{ 3ull << 61 | RIG_SID << 16 | RIG_DID, true },
		{ 3ull << 61 | (RIG_SID + 1) << 16 | RIG_DID, false },
		{ 3ull << 61 | (RIG_SID + 4) << 16 | 1ull << 32, true },
		{ 3ull << 61 | (RIG_SID + 2) << 16 | 1ull << 32, false },
		{ 3ull << 61 | (RIG_SID + 6) << 16 | 2ull << 32, true },
		{ 3ull << 61 | (RIG_SID + 7) << 16 | 3ull << 32, true },
		{ 3ull << 61 | (RIG_SID + 8) << 16 | 3ull << 32, false },
	};

	fill(rig);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig_set(rig, CCMD, 1ull << 63 | cases[i].command);
		rig_run_all(rig);
		assert_int_equal(rig_get(rig, CCMD) >> 59 & 3, cases[i].command >> 61);
		rig_set(rig, rig_iva(rig), 0);
		rig_set(rig, rig_iva(rig) + 8, 1ull << 63 | 1ull << 60);
		rig_run_all(rig);
		assert_int_equal(reads(rig, 0, 0x60000), cases[i].hits ? 6 : 4);
	}
}

static void iotlb_commands_of_all_granularities(void **state)
{
	struct rig *rig = *state;
	unsigned iva = rig_iva(rig), iotlb = iva + 8;
	uint64_t busy = 1ull << 63;

	fill(rig);
	/* Page-selective with the hint: only the leaf goes; 2 pages. */
	rig_set(rig, iva, 0x2000 | 1 << 6 | 1);
	rig_set(rig, iotlb, busy | 3ull << 60 | (uint64_t)RIG_DID << 32 | 3ull << 48);
	rig_run(rig, PAGES_TIME - 1);
	assert_int_equal(rig_get(rig, iotlb) >> 63, 1);
	rig_run(rig, 1);
	assert_int_equal(rig_get(rig, iotlb) >> 57 & 3, 3);
	assert_int_equal(rig_get(rig, iotlb) >> 63, 0);
	assert_int_equal(reads(rig, 0x1000, 0x41000), 0);
	assert_int_equal(reads(rig, 0x2000, 0x62000), 1);
	assert_int_equal(reads(rig, 0x3000, 0x63000), 1);
	/* Without it: the entries above, too. */
	rig_set(rig, iva, 0x1000);
	rig_set(rig, iotlb, busy | 3ull << 60 | (uint64_t)RIG_DID << 32);
	rig_run_all(rig);
	assert_int_equal(reads(rig, 0x0, 0x40000), 0);
	assert_int_equal(reads(rig, 0x1000, 0x61000), 4);
	/* Another domain: nothing. */
	rig_set(rig, iotlb, busy | 2ull << 60 | (uint64_t)(RIG_DID + 1) << 32);
	rig_run_all(rig);
	assert_int_equal(rig_get(rig, iotlb) >> 57 & 3, 2);
	assert_int_equal(reads(rig, 0x0, 0x40000), 0);
	rig_set(rig, iotlb, busy | 2ull << 60 | (uint64_t)RIG_DID << 32);
	rig_run_all(rig);
	assert_int_equal(reads(rig, 0x0, 0x60000), 4);
	rig_set(rig, iotlb, busy | 1ull << 60);
	rig_run_all(rig);
	assert_int_equal(rig_get(rig, iotlb) >> 57 & 3, 1);
	assert_int_equal(reads(rig, 0x0, 0x60000), 4);
}

/* Reserved granularities and masks beyond MAMV: the actual granularity is 0, nothing happens. */
static void incorrect_register_requests_report_no_granularity(void **state)
{
	struct rig *rig = *state;
	unsigned iva = rig_iva(rig), iotlb = iva + 8;

	fill(rig);
	rig_set(rig, iotlb, 1ull << 63);
	rig_set(rig, CCMD, 1ull << 63);
	rig_run_all(rig);
	assert_int_equal(rig_get(rig, iotlb) >> 57 & 3, 0);
	assert_int_equal(rig_get(rig, CCMD) >> 59 & 3, 0);
	rig_set(rig, iva, 19);
	rig_set(rig, iotlb, 1ull << 63 | 3ull << 60 | (uint64_t)RIG_DID << 32);
	rig_run_all(rig);
	assert_int_equal(rig_get(rig, iotlb) >> 57 & 3, 0);
	assert_int_equal(reads(rig, 0, 0x40000), 0);
	assert_int_equal(rig_stat(rig, "iommu.invalidations"), 0);
}

static void registers_are_refused_while_busy_or_queued(void **state)
{
	struct rig *rig = *state;
	unsigned iotlb = rig_iva(rig) + 8;

	fill(rig);
	rig_set(rig, CCMD, 1ull << 63 | 1ull << 61);
	rig_set(rig, CCMD, 1ull << 63 | 2ull << 61);
	rig_set(rig, iotlb, 1ull << 63 | 1ull << 60);
	rig_set(rig, iotlb, 0);
	rig_run_all(rig);
	assert_int_equal(rig_get(rig, CCMD), 1ull << 61 | 1ull << 59);
	assert_int_equal(rig_get(rig, iotlb), 1ull << 60 | 1ull << 57);
	rig_queue(rig, 0);
	rig_set(rig, CCMD, 1ull << 63 | 1ull << 61);
	rig_set(rig, iotlb, 1ull << 63 | 1ull << 60);
	assert_int_equal(rig_get(rig, CCMD), 1ull << 61);
	assert_int_equal(rig_get(rig, iotlb), 1ull << 60);
	assert_int_equal(rig_stat(rig, "iommu.invalidations"), 2);
}

static void draining_waits_for_requests_under_way(void **state)
{
	struct rig *rig = *state;
	unsigned iotlb = rig_iva(rig) + 8;
	uint64_t start;

	rig_translating(rig);
	rig_map(rig, 0, 0x2000, 1, RW);
	assert_int_equal(rig_hit(rig, 0, 0x2000), LOOKUP + 6 * READ);
	start = rig_now(rig);
	rig_set(rig, iotlb, 1ull << 63 | 3ull << 60 | 3ull << 48 | (uint64_t)RIG_DID << 32);
	while (rig_get(rig, iotlb) >> 63)
		rig_run(rig, 1);
	assert_int_equal(rig_now(rig) - start, LOOKUP + 6 * READ);
}

/* ---- 10.4.16 protected memory ---- */

static void protected_memory_is_out_of_reach(void **state)
{
	struct rig *rig = *state;
	struct iommu_page page;

	rig_set4(rig, PLMBASE, 0x00400000);
	rig_set4(rig, PLMLIMIT, 0x00600000);
	rig_set(rig, PHMBASE, 0x100000000);
	rig_set(rig, PHMLIMIT, 0x100000000);
	assert_int_equal(rig_go(rig, 0x500000, DMA_READ, &page), DMA_OK);
	rig_set4(rig, PMEN, 1u << 31);
	assert_int_equal(rig_get4(rig, PMEN), 1u << 31 | 1);
	assert_int_equal(rig_go(rig, 0x3ff000, DMA_READ, &page), DMA_OK);
	assert_int_equal(rig_go(rig, 0x400000, DMA_READ, &page), DMA_UNSUPPORTED);
	assert_int_equal(rig_go(rig, 0x7ff000, DMA_WRITE, &page), DMA_UNSUPPORTED);
	assert_int_equal(rig_go(rig, 0x800000, DMA_WRITE, &page), DMA_OK);
	assert_int_equal(rig_go(rig, 0x1001ff000, DMA_READ, &page), DMA_UNSUPPORTED);
	assert_int_equal(rig_go(rig, 0x100200000, DMA_READ, &page), DMA_OK);
	rig_set4(rig, PMEN, 0);
	assert_int_equal(rig_get4(rig, PMEN), 0);
	assert_int_equal(rig_go(rig, 0x400000, DMA_READ, &page), DMA_OK);
	assert_int_equal(rig_stat(rig, "iommu.faults"), 0);
}

static void protection_covers_pass_through(void **state)
{
	struct rig *rig = *state;
	struct iommu_page page;

	rig_translating(rig);
	rig_context(rig, 0x20, rig_context_low(0, TT_THROUGH), rig_context_high(3, 2));
	rig_set4(rig, PLMBASE, 0x00400000);
	rig_set4(rig, PLMLIMIT, 0x00400000);
	rig_set4(rig, PMEN, 1u << 31);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(iommu_translate(rig->iommu, 0x20, 0x400000, DMA_READ, &page),
				 DMA_UNSUPPORTED);
		assert_int_equal(iommu_translate(rig->iommu, 0x20, 0x600000, DMA_READ, &page),
				 DMA_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(identity_and_capabilities),
		TEST(reserved_bits_stay_zero),
		TEST(halves_of_wide_registers_are_written_alone),
		TEST(holes_read_zero),
		TEST(global_commands_show_in_the_status),
		TEST(commands_without_a_function_do_nothing),
		TEST(a_new_root_counts_when_it_is_set),
		TEST(context_command_is_busy_for_its_time),
		TEST(context_commands_of_all_granularities),
		TEST(iotlb_commands_of_all_granularities),
		TEST(incorrect_register_requests_report_no_granularity),
		TEST(registers_are_refused_while_busy_or_queued),
		TEST(draining_waits_for_requests_under_way),
		TEST(protected_memory_is_out_of_reach),
		TEST(protection_covers_pass_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
