// SPDX-License-Identifier: MIT
/* Interrupt coalescing by count and by time. */
#include "rig.h"

#define READ 0x02

static void set(struct rig *rig, uint32_t id, uint32_t value)
{
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x09, .dw = { id, value } }), 0);
}

static void submit(struct rig *rig, unsigned qid, unsigned n, uint64_t page)
{
	for (unsigned i = 0; i < n; i++)
		rig_put(rig, qid, rig_rw(READ, i, 1, page, 0));
	rig_ring(rig, qid);
}

static void every_entry_interrupts_by_default(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 64);

	submit(rig, 1, 10, rig_alloc(rig, 4096));
	rig_run_idle(rig);
	assert_int_equal(rig->irqs[1], 10);
	rig_destroy(rig);
}

static void threshold_raises_one_interrupt_for_many(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 64);

	set(rig, 8, 10u << 8 | 3);              /* 1 ms, 4 entries */
	submit(rig, 1, 8, rig_alloc(rig, 4096));
	rig_run_for(rig, dur_us(50));
	assert_int_equal(rig->irqs[1], 2);
	rig_run_idle(rig);
	assert_int_equal(rig->irqs[1], 2);      /* no timer is left over */
	rig_destroy(rig);
}

static void time_raises_what_the_threshold_holds(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 64);
	struct at start;

	set(rig, 8, 2u << 8 | 3);               /* 200 us, 4 entries */
	start = sim_now(&rig->sim);
	submit(rig, 1, 6, rig_alloc(rig, 4096));
	rig_run_idle(rig);
	assert_int_equal(rig->irqs[1], 2);
	/* The time runs from the first entry held: all six came at 10.65 us. */
	assert_int_equal(at_since(rig->irq_at[1], start).ps, 200 * PS_PER_US + 10650 * PS_PER_NS);
	rig_destroy(rig);
}

static void neither_time_nor_threshold_alone_coalesces(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 64);
	uint64_t page = rig_alloc(rig, 4096);

	set(rig, 8, 3);
	submit(rig, 1, 3, page);
	rig_run_idle(rig);
	assert_int_equal(rig->irqs[1], 3);
	set(rig, 8, 10u << 8);
	submit(rig, 1, 3, page);
	rig_run_idle(rig);
	assert_int_equal(rig->irqs[1], 6);
	rig_destroy(rig);
}

static void a_vector_can_be_exempt(void **state)
{
	struct rig *rig = rig_ready(NULL, 2, 64);
	uint64_t page = rig_alloc(rig, 4096);

	set(rig, 8, 10u << 8 | 9);
	set(rig, 9, 1u << 16 | 2);
	submit(rig, 1, 3, page);
	submit(rig, 2, 3, page);
	rig_run_for(rig, dur_us(50));
	assert_int_equal(rig->irqs[1], 0);
	assert_int_equal(rig->irqs[2], 3);
	rig_run_idle(rig);
	assert_int_equal(rig->irqs[1], 1);
	rig_destroy(rig);
}

static void admin_queue_is_never_coalesced(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	unsigned before;

	set(rig, 8, 10u << 8 | 9);
	before = rig->irqs[0];
	set(rig, 1, 0);
	assert_int_equal(rig->irqs[0], before + 1);
	rig_destroy(rig);
}

static void no_interrupt_for_entries_already_taken(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 64);

	set(rig, 8, 2u << 8 | 9);
	submit(rig, 1, 3, rig_alloc(rig, 4096));
	for (unsigned i = 0; i < 3; i++)
		rig_wait(rig, 1);
	rig_run_idle(rig);
	assert_int_equal(rig->irqs[1], 0);
	rig_destroy(rig);
}

static void configured_coalescing_holds_from_power_on(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig;
	struct at start;
	struct cqe cqe;

	cfg.coalesce_time = dur_us(25);
	cfg.coalesce_threshold = 4;
	rig = rig_ready(&cfg, 1, 64);
	cqe = rig_do(rig, 0, (struct sqe){ .opcode = 0x0a, .dw = { 8 } });
	assert_int_equal(cqe.result, 1u << 8 | 3);      /* 100 us steps, rounded up */
	start = sim_now(&rig->sim);
	submit(rig, 1, 5, rig_alloc(rig, 4096));
	rig_run_idle(rig);
	assert_int_equal(rig->irqs[1], 2);
	assert_int_equal(at_since(rig->irq_at[1], start).ps, 25 * PS_PER_US + 10650 * PS_PER_NS);
	set(rig, 8, 0);
	submit(rig, 1, 5, rig_alloc(rig, 4096));
	rig_run_idle(rig);
	assert_int_equal(rig->irqs[1], 7);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_entry_interrupts_by_default),
		cmocka_unit_test(threshold_raises_one_interrupt_for_many),
		cmocka_unit_test(time_raises_what_the_threshold_holds),
		cmocka_unit_test(neither_time_nor_threshold_alone_coalesces),
		cmocka_unit_test(a_vector_can_be_exempt),
		cmocka_unit_test(admin_queue_is_never_coalesced),
		cmocka_unit_test(no_interrupt_for_entries_already_taken),
		cmocka_unit_test(configured_coalescing_holds_from_power_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
