/* SPDX-License-Identifier: MIT */
/* Interrupt remapping (5.1, 9.10): formats, entries, source checks, the entry cache, faults. */
#include "tests/unit/iommu/rig.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

#define ENTRIES 256u
#define SID     0x0342u    /* 03:08.2 */

static uint64_t table;

/* Table of 256 entries, remapping on. */
static void remapping(struct rig *rig, uint32_t more)
{
	table = rig_page(rig);
	rig_set(rig, IRTA, table | 7);
	rig_command(rig, SIRTP);
	if (more)
		rig_command(rig, more);
	rig_command(rig, IRE);
	assert_int_equal(rig_get4(rig, GSTS) & (IRE | SIRTP), IRE | SIRTP);
}

static void entry(struct rig *rig, unsigned index, uint64_t low, uint64_t high)
{
	rig_at(rig, table)[2 * index] = low;
	rig_at(rig, table)[2 * index + 1] = high;
}

/* Fixed delivery, vector, xAPIC destination. */
static uint64_t irte(unsigned vector, unsigned destination)
{
	return 1 | vector << 16 | (uint64_t)destination << 40;
}

/* Remappable format with a handle; bit 15 of it is address bit 2. */
static struct msi_msg request(unsigned handle)
{
	return (struct msi_msg){ 0xfee00010 | (handle & 0x7fff) << 5 | (handle >> 15) << 2, 0 };
}

static bool go(struct rig *rig, struct msi_msg msg, struct msi_msg *out)
{
	struct dur delay;

	return iommu_msi(rig->iommu, SID, &msg, out, &delay);
}

static void expect_fault(struct rig *rig, struct msi_msg msg, unsigned index, unsigned reason)
{
	struct msi_msg out;
	unsigned n;

	assert_int_equal(rig_get4(rig, FSTS) & (PPF | PFO), 0);
	assert_false(go(rig, msg, &out));
	n = rig_get4(rig, FSTS) >> 8 & 0xff;
	rig_faulted(rig, n, (uint64_t)index << 48, reason, SID, DMA_WRITE);
}

static void off_nothing_is_remapped(void **state)
{
	struct rig *rig = *state;
	struct msi_msg out;

	assert_true(go(rig, (struct msi_msg){ 0xfee03000, 0x41 }, &out));
	assert_int_equal(out.addr, 0xfee03000);
	assert_int_equal(out.data, 0x41);
	assert_true(go(rig, request(5), &out));
	assert_int_equal(out.addr, request(5).addr);
}

static void entries_make_the_message(void **state)
{
	struct rig *rig = *state;
	struct msi_msg out;

	remapping(rig, 0);
	entry(rig, 5, irte(0x55, 3), 0);
	assert_true(go(rig, request(5), &out));
	assert_int_equal(out.addr, 0xfee03000);
	assert_int_equal(out.data, 0x55);
	/* Logical mode, redirection hint, lowest priority, level. */
	entry(rig, 6, irte(0x66, 0xff) | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5, 0);
	assert_true(go(rig, request(6), &out));
	assert_int_equal(out.addr, 0xfeeff00c);
	assert_int_equal(out.data, 0xc166);
	assert_int_equal(rig_stat(rig, "iommu.interrupts.remapped"), 2);
}

static void subhandles_are_added(void **state)
{
	struct rig *rig = *state;
	struct msi_msg msg = request(0x20), out;

	remapping(rig, 0);
	entry(rig, 0x23, irte(0x77, 1), 0);
	msg.addr |= 8;
	msg.data = 3;
	assert_true(go(rig, msg, &out));
	assert_int_equal(out.data, 0x77);
	msg.data = 0x10003;
	expect_fault(rig, msg, 0x23, 0x20);
	msg = request(0x23);
	msg.data = 0x7;   /* without SHV the data say nothing */
	assert_true(go(rig, msg, &out));
	assert_int_equal(out.data, 0x77);
}

static void indices_end_with_the_table(void **state)
{
	struct rig *rig = *state;
	struct msi_msg out;

	remapping(rig, 0);
	entry(rig, ENTRIES - 1, irte(0x30, 0), 0);
	assert_true(go(rig, request(ENTRIES - 1), &out));
	expect_fault(rig, request(ENTRIES), ENTRIES, 0x21);
	expect_fault(rig, request(0x8000), 0x8000, 0x21);
}

static void malformed_entries(void **state)
{
	struct rig *rig = *state;
	static const struct {
		uint64_t low, high;
		unsigned reason;
	} cases[] = {
		{ 0, 0, 0x22 },
		{ ~3ull, 0, 0x22 },
		{ 1ull | 1 << 12, 0, 0x24 },
		{ 1ull | 1 << 15, 0, 0x24 },          /* posted: not supported */
		{ 1ull | 1 << 24, 0, 0x24 },
		{ 1ull | 1ull << 32, 0, 0x24 },       /* x2APIC destination */
		{ 1ull | 1ull << 48, 0, 0x24 },
		{ 1ull, 1ull << 20, 0x24 },
		{ 1ull, 3ull << 18, 0x24 },           /* SVT reserved */
	};

	remapping(rig, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		entry(rig, 9, cases[i].low, cases[i].high);
		expect_fault(rig, request(9), 9, cases[i].reason);
	}
	rig->broken = table;
	expect_fault(rig, request(9), 9, 0x23);
}

static void sources_are_verified(void **state)
{
	struct rig *rig = *state;
	struct msi_msg out;
	static const struct {
		uint64_t high;
		bool ok;
	} cases[] = {
		{ 0xffff, true },                               /* SVT 00: no check */
		{ 1ull << 18 | SID, true },
		{ 1ull << 18 | (SID ^ 1), false },
		{ 1ull << 18 | 1ull << 16 | (SID ^ 4), true },  /* SQ leaves out bit 2 */
		{ 1ull << 18 | 1ull << 16 | (SID ^ 2), false },
		{ 1ull << 18 | 2ull << 16 | (SID ^ 6), true },
		{ 1ull << 18 | 3ull << 16 | (SID ^ 7), true },
		{ 1ull << 18 | 3ull << 16 | (SID ^ 8), false },
		{ 2ull << 18 | 0x0104, true },                  /* buses 1 to 4 */
		{ 2ull << 18 | 0x0303, true },
		{ 2ull << 18 | 0x0405, false },
		{ 2ull << 18 | 0x0002, false },
	};

	remapping(rig, 0);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		entry(rig, i, irte(0x40, 0), cases[i].high);
		if (cases[i].ok)
			assert_true(go(rig, request(i), &out));
		else
			expect_fault(rig, request(i), i, 0x26);
	}
}

static void compatibility_format_is_blocked_unless_allowed(void **state)
{
	struct rig *rig = *state;
	struct msi_msg msg = { 0xfee01000, 0x44 }, out;

	remapping(rig, 0);
	expect_fault(rig, msg, 0, 0x25);
	rig_command(rig, CFI);
	assert_true(go(rig, msg, &out));
	assert_int_equal(out.addr, msg.addr);
	assert_int_equal(out.data, msg.data);
}

static void fault_processing_disable(void **state)
{
	struct rig *rig = *state;
	struct msi_msg out;

	remapping(rig, 0);
	entry(rig, 1, 2, 0);
	entry(rig, 2, irte(0x40, 0) | 2, 1ull << 18 | (SID ^ 1));
	assert_false(go(rig, request(1), &out));
	assert_false(go(rig, request(2), &out));
	assert_int_equal(rig_get4(rig, FSTS), 0);
	assert_int_equal(rig_stat(rig, "iommu.faults"), 2);
}

static uint64_t delay_of(struct rig *rig, unsigned index)
{
	struct msi_msg msg = request(index), out;
	struct dur delay;

	assert_true(iommu_msi(rig->iommu, SID, &msg, &out, &delay));
	rig_run(rig, 10000);
	return delay.ps / PS_PER_NS;
}

static void entries_are_cached_until_invalidated(void **state)
{
	struct rig *rig = *state;
	struct msi_msg out;

	remapping(rig, 0);
	rig_queue(rig, 0);
	for (unsigned i = 0; i < 16; i++)
		entry(rig, i, irte(0x40 + i, 0), 0);
	assert_int_equal(delay_of(rig, 5), LOOKUP + READ);
	assert_int_equal(delay_of(rig, 5), LOOKUP);
	entry(rig, 5, irte(0x90, 0), 0);
	go(rig, request(5), &out);
	assert_int_equal(out.data, 0x45);
	rig_submit(rig, 0x14 | 4ull << 32, 0);                 /* another index */
	rig_wait(rig);
	assert_int_equal(delay_of(rig, 5), LOOKUP);
	rig_submit(rig, 0x14 | 4ull << 32 | 1ull << 27, 0);    /* 4 and 5 */
	rig_wait(rig);
	assert_int_equal(delay_of(rig, 5), LOOKUP + READ);
	go(rig, request(5), &out);
	assert_int_equal(out.data, 0x90);
	rig_submit(rig, 0x4, 0);                               /* all */
	rig_wait(rig);
	assert_int_equal(delay_of(rig, 5), LOOKUP + READ);
	assert_int_equal(rig_stat(rig, "iommu.invalidations"), 3);
}

static void a_new_table_counts_when_it_is_set(void **state)
{
	struct rig *rig = *state;
	struct msi_msg out;

	remapping(rig, 0);
	entry(rig, 3, irte(0x41, 0), 0);
	table = rig_page(rig);
	entry(rig, 3, irte(0x42, 0), 0);
	rig_set(rig, IRTA, table | 0);
	assert_true(go(rig, request(3), &out));
	assert_int_equal(out.data, 0x41);
	rig_command(rig, SIRTP);
	expect_fault(rig, request(3), 3, 0x21);                /* S = 0: two entries */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(off_nothing_is_remapped),
		TEST(entries_make_the_message),
		TEST(subhandles_are_added),
		TEST(indices_end_with_the_table),
		TEST(malformed_entries),
		TEST(sources_are_verified),
		TEST(compatibility_format_is_blocked_unless_allowed),
		TEST(fault_processing_disable),
		TEST(entries_are_cached_until_invalidated),
		TEST(a_new_table_counts_when_it_is_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
