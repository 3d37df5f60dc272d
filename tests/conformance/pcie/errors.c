/* SPDX-License-Identifier: MIT */
/* Errors as software meets them: all ones, status bits, Device Status and the AER capability.
 * PCI Express Base Specification 3.0: 6.2, 7.5.1.2, 7.8.5, 7.8.16, 7.10. */
#include "tests/unit/pcie/rig.h"

#define AER_UNCORRECTABLE      0x104
#define AER_UNCORRECTABLE_MASK 0x108
#define AER_SEVERITY           0x10c
#define AER_CORRECTABLE        0x110
#define AER_CORRECTABLE_MASK   0x114
#define AER_CONTROL            0x118
#define AER_POISONED           (1u << 12)
#define AER_TIMEOUT            (1u << 14)
#define AER_ABORT              (1u << 15)
#define AER_UR                 (1u << 20)
#define ADVISORY               (1u << 13)
#define CFG_DEVCTL2            0xc8
#define DEVSTA_CORRECTABLE     0x1
#define DEVSTA_NONFATAL        0x2
#define DEVSTA_FATAL           0x4
#define DEVSTA_UR              0x8

static uint32_t get(struct rig *rig, unsigned offset, unsigned bytes)
{
	return pcie_config_read(rig->dev, offset, bytes);
}

static void put(struct rig *rig, unsigned offset, uint32_t value, unsigned bytes)
{
	pcie_config_write(rig->dev, offset, value, bytes);
}

static unsigned devsta(struct rig *rig)
{
	return get(rig, CFG_DEVSTA, 2) & 0xf;
}

static void capability_is_as_after_power_on(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(get(rig, 0x100, 4), 0x00020001);   /* AER, version 2, last */
	assert_int_equal(get(rig, AER_UNCORRECTABLE, 4), 0);
	assert_int_equal(get(rig, AER_UNCORRECTABLE_MASK, 4), 0);
	assert_int_equal(get(rig, AER_SEVERITY, 4), 0x00462030);
	assert_int_equal(get(rig, AER_CORRECTABLE, 4), 0);
	assert_int_equal(get(rig, AER_CORRECTABLE_MASK, 4), 0x2000);
	assert_int_equal(get(rig, AER_CONTROL, 4), 0);
	put(rig, AER_UNCORRECTABLE_MASK, 0xffffffff, 4);
	assert_int_equal(get(rig, AER_UNCORRECTABLE_MASK, 4), 0x0011d000);
	put(rig, AER_SEVERITY, 0xffffffff, 4);
	assert_int_equal(get(rig, AER_SEVERITY, 4), 0x00462030 | 0x0011d000);
	put(rig, 0x100, 0xffffffff, 4);
	assert_int_equal(get(rig, 0x100, 4), 0x00020001);
}

static const struct rig_entry *one_read(struct rig *rig, enum pcie_fault fault)
{
	pcie_inject(rig->dev, PCIE_FAULT_DMA_READ, fault, 1);
	rig->memory[0x1000] = 0x42;
	rig_read(rig, 0x1000, 64, 1);
	rig_run(rig);
	return rig_find(rig, RIG_DONE, rig_count(rig, RIG_DONE) - 1);
}

static void dma_read_refused_as_unsupported(void **state)
{
	struct rig *rig = *state;
	const struct rig_entry *done = one_read(rig, PCIE_FAULT_UNSUPPORTED);

	assert_int_equal(done->status, DMA_UNSUPPORTED);
	assert_int_equal(done->value, 0xff);
	assert_int_equal(get(rig, CFG_STATUS, 2), 0x2010);   /* Received Master Abort */
	assert_int_equal(get(rig, AER_UNCORRECTABLE, 4), 0); /* the completer's to log */
}

static void dma_read_aborted_by_the_completer(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(one_read(rig, PCIE_FAULT_ABORT)->status, DMA_ABORTED);
	assert_int_equal(get(rig, CFG_STATUS, 2), 0x1010);   /* Received Target Abort */
}

static void dma_read_without_a_completion(void **state)
{
	struct rig *rig = *state;
	const struct rig_entry *done = one_read(rig, PCIE_FAULT_TIMEOUT);

	assert_int_equal(done->status, DMA_TIMEOUT);
	assert_int_equal(done->value, 0xff);
	assert_int_equal(done->ps, 10 * PS_PER_MS);
	assert_int_equal(get(rig, AER_UNCORRECTABLE, 4), AER_TIMEOUT);
	assert_int_equal(get(rig, AER_CONTROL, 4) & 0x1f, 14);
	assert_int_equal(get(rig, AER_CORRECTABLE, 4), 0);
	assert_int_equal(devsta(rig), DEVSTA_NONFATAL);
	assert_int_equal(get(rig, CFG_STATUS, 2), 0x0010);
}

static void the_timeout_is_the_one_that_software_chose(void **state)
{
	static const struct { unsigned code; uint64_t us; } ranges[] = {
		{ 0x1, 50 }, { 0x2, 1000 }, { 0x5, 16000 }, { 0x6, 65000 }, { 0x9, 260000 },
		{ 0xa, 1000000 }, { 0xd, 4000000 }, { 0xe, 17000000 }, { 0x3, 10000 },
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		uint64_t from = rig_now_ps(rig);

		put(rig, CFG_DEVCTL2, ranges[i].code, 2);
		assert_int_equal(one_read(rig, PCIE_FAULT_TIMEOUT)->ps - from,
				 ranges[i].us * PS_PER_US);
	}
}

static void a_timed_out_read_gives_its_tags_back(void **state)
{
	struct rig *rig = *state;
	struct pcie_cfg cfg = rig_cfg("eth0");

	cfg.link.tags = 1;
	rig_recreate(rig, &cfg);
	pcie_inject(rig->dev, PCIE_FAULT_DMA_READ, PCIE_FAULT_TIMEOUT, 1);
	rig_read(rig, 0x1000, 64, 1);
	rig_read(rig, 0x1000, 64, 2);
	rig_run(rig);
	assert_int_equal(rig_find(rig, RIG_DONE, 0)->status, DMA_TIMEOUT);
	assert_int_equal(rig_find(rig, RIG_DONE, 1)->status, DMA_OK);
}

static void dma_read_with_poisoned_data(void **state)
{
	struct rig *rig = *state;
	const struct rig_entry *done;

	put(rig, CFG_COMMAND, 0x46, 2);                      /* parity errors answered */
	done = one_read(rig, PCIE_FAULT_POISONED);
	assert_int_equal(done->status, DMA_POISONED);
	assert_int_equal(done->value, 0xff);
	assert_int_equal(get(rig, CFG_STATUS, 2), 0x8110);   /* detected, and as master */
	assert_int_equal(get(rig, AER_UNCORRECTABLE, 4), AER_POISONED);
	assert_int_equal(get(rig, AER_CORRECTABLE, 4), ADVISORY);
	assert_int_equal(devsta(rig), DEVSTA_CORRECTABLE);
	put(rig, CFG_STATUS, 0x8100, 2);
	put(rig, CFG_COMMAND, 0x06, 2);
	one_read(rig, PCIE_FAULT_POISONED);
	assert_int_equal(get(rig, CFG_STATUS, 2), 0x8010);
}

static void severity_decides_between_advisory_and_fatal(void **state)
{
	struct rig *rig = *state;

	put(rig, AER_SEVERITY, AER_POISONED | AER_TIMEOUT, 4);
	one_read(rig, PCIE_FAULT_POISONED);
	assert_int_equal(devsta(rig), DEVSTA_FATAL);
	assert_int_equal(get(rig, AER_CORRECTABLE, 4), 0);
}

static void poisoned_write_does_not_reach_memory(void **state)
{
	struct rig *rig = *state;

	pcie_inject(rig->dev, PCIE_FAULT_DMA_WRITE, PCIE_FAULT_POISONED, 1);
	rig_write(rig, 0x1000, 64, 0x11, 1, 0);
	rig_write(rig, 0x2000, 64, 0x22, 2, 0);
	rig_run(rig);
	assert_int_equal(rig->memory[0x1000], 0);
	assert_int_equal(rig->memory[0x2000], 0x22);
}

static void register_read_refused_by_the_function(void **state)
{
	struct rig *rig = *state;

	pcie_inject(rig->dev, PCIE_FAULT_MMIO_READ, PCIE_FAULT_UNSUPPORTED, 2);
	assert_int_equal(pcie_bar_read(rig->dev, 0, 0x100, 4), 0xffffffff);
	assert_int_equal(pcie_bar_read(rig->dev, 0, 0x100, 8), UINT64_MAX);
	assert_int_equal(pcie_bar_read(rig->dev, 0, 0x100, 4), 0x104);
	assert_int_equal(rig_count(rig, RIG_REG_READ), 1);
	assert_int_equal(get(rig, AER_UNCORRECTABLE, 4), AER_UR);
	assert_int_equal(get(rig, AER_CONTROL, 4) & 0x1f, 20);
	assert_int_equal(get(rig, AER_CORRECTABLE, 4), ADVISORY);
	assert_int_equal(devsta(rig), DEVSTA_UR | DEVSTA_CORRECTABLE);
	put(rig, CFG_DEVSTA, 0xf, 2);
	assert_int_equal(devsta(rig), 0);
}

static void register_read_aborted_by_the_function(void **state)
{
	struct rig *rig = *state;

	pcie_inject(rig->dev, PCIE_FAULT_MMIO_READ, PCIE_FAULT_ABORT, 1);
	assert_int_equal(pcie_bar_read(rig->dev, 0, 0x100, 1), 0xff);
	assert_int_equal(get(rig, CFG_STATUS, 2), 0x0810);   /* Signaled Target Abort */
	assert_int_equal(get(rig, AER_UNCORRECTABLE, 4), AER_ABORT);
}

static void register_read_without_an_answer_stalls_the_core(void **state)
{
	struct rig *rig = *state;

	pcie_inject(rig->dev, PCIE_FAULT_MMIO_READ, PCIE_FAULT_TIMEOUT, 1);
	assert_int_equal(pcie_mmio_read_time(rig->dev).ps,
			 MMIO_READ_NS * PS_PER_NS + 10 * PS_PER_MS);
	assert_int_equal(pcie_bar_read(rig->dev, 0, 0x100, 4), 0xffffffff);
	assert_int_equal(get(rig, AER_UNCORRECTABLE, 4), 0); /* the root port's to log */
	assert_true(pcie_mmio_read_time(rig->dev).ps < PS_PER_MS);
}

static void the_first_error_stays_until_software_clears_it(void **state)
{
	struct rig *rig = *state;

	one_read(rig, PCIE_FAULT_TIMEOUT);
	one_read(rig, PCIE_FAULT_POISONED);
	assert_int_equal(get(rig, AER_UNCORRECTABLE, 4), AER_TIMEOUT | AER_POISONED);
	assert_int_equal(get(rig, AER_CONTROL, 4) & 0x1f, 14);
	put(rig, AER_UNCORRECTABLE, AER_TIMEOUT | AER_POISONED, 4);
	assert_int_equal(get(rig, AER_UNCORRECTABLE, 4), 0);
	one_read(rig, PCIE_FAULT_POISONED);
	assert_int_equal(get(rig, AER_CONTROL, 4) & 0x1f, 12);
}

static void a_masked_error_has_a_status_but_is_not_the_first(void **state)
{
	struct rig *rig = *state;

	put(rig, AER_UNCORRECTABLE_MASK, AER_TIMEOUT, 4);
	one_read(rig, PCIE_FAULT_TIMEOUT);
	assert_int_equal(get(rig, AER_UNCORRECTABLE, 4), AER_TIMEOUT);
	assert_int_equal(get(rig, AER_CONTROL, 4) & 0x1f, 0);
	one_read(rig, PCIE_FAULT_POISONED);
	assert_int_equal(get(rig, AER_CONTROL, 4) & 0x1f, 12);
}

/* 7.4: status, mask and severity are sticky; a function level reset leaves them. */
static void logs_survive_a_function_level_reset(void **state)
{
	struct rig *rig = *state;

	put(rig, AER_SEVERITY, AER_UR, 4);
	one_read(rig, PCIE_FAULT_TIMEOUT);
	put(rig, CFG_DEVCTL, 0x8000, 2);
	assert_int_equal(get(rig, AER_UNCORRECTABLE, 4), AER_TIMEOUT);
	assert_int_equal(get(rig, AER_SEVERITY, 4) & 0x0011d000, AER_UR);
	assert_int_equal(devsta(rig), 0);
}

static void a_pulled_card_reads_as_all_ones(void **state)
{
	struct rig *rig = *state;
	uint64_t offset;

	pcie_remove(rig->dev);
	assert_true(pcie_removed(rig->dev));
	assert_int_equal(rig_count(rig, RIG_RESET), 1);
	assert_int_equal(get(rig, 0x00, 4), 0xffffffff);
	assert_int_equal(get(rig, 0x00, 2), 0xffff);
	assert_int_equal(get(rig, 0x100, 1), 0xff);
	put(rig, CFG_COMMAND, 6, 2);
	assert_int_equal(pcie_decode(rig->dev, RIG_BAR0_AT, &offset), -1);
	assert_false(pcie_msix(rig->dev, 0));
	assert_false(pcie_bus_master(rig->dev));
}

static void what_was_under_way_is_lost_with_the_card(void **state)
{
	struct rig *rig = *state;
	struct pcie_cfg cfg = rig_cfg("eth0");

	cfg.link.tags = 2;
	cfg.link.posted.headers = 2;
	cfg.link.credit_return = dur_ns(300);
	rig_recreate(rig, &cfg);
	rig_write(rig, 0x1000, 4096, 0x11, 1, 1);
	rig_write(rig, 0x3000, 64, 0x11, 2, 1);
	rig_read(rig, 0x2000, 4096, 3);
	rig_read(rig, 0x2000, 64, 4);
	pcie_bar_write(rig->dev, 0, 0, 1, 4);
	rig_run_ns(rig, 100);
	pcie_remove(rig->dev);
	rig_write(rig, 0x4000, 64, 0x11, 5, 1);
	rig_read(rig, 0x4000, 64, 6);
	rig_run(rig);
	assert_int_equal(rig_count(rig, RIG_DONE), 0);
	assert_int_equal(rig_count(rig, RIG_ACCESS_WRITE), 0);
	assert_int_equal(rig_count(rig, RIG_ACCESS_READ), 0);
	assert_int_equal(rig_count(rig, RIG_REG_WRITE), 0);
}

static void a_card_put_back_is_as_after_power_on(void **state)
{
	struct rig *rig = *state;

	one_read(rig, PCIE_FAULT_TIMEOUT);
	pcie_inject(rig->dev, PCIE_FAULT_DMA_READ, PCIE_FAULT_ABORT, 5);
	pcie_remove(rig->dev);
	pcie_replace(rig->dev);
	assert_int_equal(get(rig, 0x00, 4), 0x10f78086);
	assert_int_equal(get(rig, CFG_COMMAND, 2), 0);
	assert_int_equal(get(rig, AER_UNCORRECTABLE, 4), 0);
	assert_int_equal(rig_count(rig, RIG_RESET), 2);
	rig_enable(rig);
	rig_write(rig, 0x1000, 64, 0x33, 1, 0);
	rig_read(rig, 0x1000, 64, 2);
	rig_run(rig);
	assert_int_equal(rig_find(rig, RIG_DONE, 1)->value, 0x33);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(capability_is_as_after_power_on),
		TEST(dma_read_refused_as_unsupported),
		TEST(dma_read_aborted_by_the_completer),
		TEST(dma_read_without_a_completion),
		TEST(the_timeout_is_the_one_that_software_chose),
		TEST(a_timed_out_read_gives_its_tags_back),
		TEST(dma_read_with_poisoned_data),
		TEST(severity_decides_between_advisory_and_fatal),
		TEST(poisoned_write_does_not_reach_memory),
		TEST(register_read_refused_by_the_function),
		TEST(register_read_aborted_by_the_function),
		TEST(register_read_without_an_answer_stalls_the_core),
		TEST(the_first_error_stays_until_software_clears_it),
		TEST(a_masked_error_has_a_status_but_is_not_the_first),
		TEST(logs_survive_a_function_level_reset),
		TEST(a_pulled_card_reads_as_all_ones),
		TEST(what_was_under_way_is_lost_with_the_card),
		TEST(a_card_put_back_is_as_after_power_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
