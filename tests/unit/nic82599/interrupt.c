/* SPDX-License-Identifier: MIT */
/* Interrupts: throttle, masks, allocation. Time is exact, so gaps are compared for equality. */
#include "rig.h"

#define EITR_US(us) ((us) / 2 << 3)
#define NO_COUNTER  0x80000000u

static struct rig *started(uint32_t eitr)
{
	struct rig *rig = rig_new(NULL);

	rig_up(rig);
	rig_rx_ring(rig, 0, 64, 60, 2);
	rig_wr(rig, EITR(0), eitr);
	rig_run(rig, dur_us(10));
	rig->irqs = 0;
	return rig;
}

static void frame_in(struct rig *rig)
{
	uint8_t f[64];

	frame_ether(f, 0x88b5);
	rig_rx(rig, f, 60);
}

static uint64_t irq_ps(struct rig *rig, unsigned i)
{
	assert_true(i < rig->irqs);
	return rig->irq[i].at.ps;
}

static void isolated_frame_after_idle_interrupts_at_once(void **state)
{
	struct rig *rig = started(EITR_US(50));

	frame_in(rig);
	assert_int_equal(rig->irqs, 1);
	rig_wr(rig, EIMS_EX(0), 1);
	rig_run(rig, dur_us(200));
	frame_in(rig);
	assert_int_equal(rig->irqs, 2);
	assert_int_equal(irq_ps(rig, 1), sim_now(&rig->sim).ps);
	rig_free(rig);
}

static void eitr_holds_back_second_interrupt(void **state)
{
	struct rig *rig = started(EITR_US(50));

	frame_in(rig);
	rig_run(rig, dur_us(5));
	rig_wr(rig, EIMS_EX(0), 1);
	frame_in(rig);
	rig_run(rig, dur_us(100));
	assert_int_equal(rig->irqs, 2);
	assert_int_equal(irq_ps(rig, 1) - irq_ps(rig, 0), 50 * PS_PER_US);
	rig_free(rig);
}

static void gap_counts_from_assertion_not_from_unmask(void **state)
{
	struct rig *rig = started(EITR_US(20));

	frame_in(rig);
	frame_in(rig);
	rig_run(rig, dur_us(19));
	rig_wr(rig, EIMS_EX(0), 1);
	rig_run(rig, dur_us(30));
	assert_int_equal(irq_ps(rig, 1) - irq_ps(rig, 0), 20 * PS_PER_US);
	rig_free(rig);
}

static void interval_granularity_is_two_microseconds(void **state)
{
	struct rig *rig = started(0x17 | NO_COUNTER);

	assert_int_equal(rig_rd(rig, EITR(0)) & 0xfff, 0x10);
	rig_wr(rig, EIAM_EX(0), 0);
	frame_in(rig);
	frame_in(rig);
	rig_run(rig, dur_us(100));
	assert_int_equal(irq_ps(rig, 1) - irq_ps(rig, 0), 4 * PS_PER_US);
	rig_free(rig);
}

static void steady_load_gives_one_interrupt_an_interval(void **state)
{
	struct rig *rig = started(EITR_US(10));
	unsigned i;

	rig_wr(rig, EIAM_EX(0), 0);
	rig_rx_ring(rig, 1, 64, 60, 2);
	for (i = 0; i < 50; i++) {
		frame_in(rig);
		rig_run(rig, dur_us(1));
	}
	/* At 0, 10, ... 50 us. */
	assert_int_equal(rig->irqs, 6);
	for (i = 1; i < 6; i++)
		assert_int_equal(irq_ps(rig, i) - irq_ps(rig, i - 1), 10 * PS_PER_US);
	rig_free(rig);
}

static void zero_interval_does_not_throttle(void **state)
{
	struct rig *rig = started(0);
	unsigned i;

	rig_wr(rig, EIAM_EX(0), 0);
	for (i = 0; i < 10; i++)
		frame_in(rig);
	assert_int_equal(rig->irqs, 10);
	rig_free(rig);
}

static void interval_written_with_wdis_applies_from_the_next_interrupt(void **state)
{
	struct rig *rig = started(EITR_US(50));

	rig_wr(rig, EIAM_EX(0), 0);
	frame_in(rig);
	frame_in(rig);
	rig_run(rig, dur_us(1));
	rig_wr(rig, EITR(0), EITR_US(10) | NO_COUNTER);
	frame_in(rig);
	rig_run(rig, dur_us(200));
	assert_int_equal(rig->irqs, 2);
	assert_int_equal(irq_ps(rig, 1) - irq_ps(rig, 0), 50 * PS_PER_US);
	frame_in(rig);
	frame_in(rig);
	rig_run(rig, dur_us(200));
	assert_int_equal(irq_ps(rig, 3) - irq_ps(rig, 2), 10 * PS_PER_US);
	rig_free(rig);
}

static void counter_written_zero_releases_a_held_interrupt(void **state)
{
	struct rig *rig = started(EITR_US(500));

	rig_wr(rig, EIAM_EX(0), 0);
	frame_in(rig);
	frame_in(rig);
	rig_run(rig, dur_us(7));
	assert_int_equal(rig->irqs, 1);
	assert_int_equal(rig_rd(rig, EITR(0)) >> 21 & 0x7f, (500 - 7) / 2 / 4);
	rig_wr(rig, EITR(0), EITR_US(500));
	rig_run(rig, dur_us(1));
	assert_int_equal(rig->irqs, 2);
	assert_int_equal(irq_ps(rig, 1) - irq_ps(rig, 0), 7 * PS_PER_US);
	rig_free(rig);
}

static void counter_can_be_written(void **state)
{
	struct rig *rig = started(EITR_US(10) | 5u << 21);

	rig_wr(rig, EITR(0), EITR_US(10) | 5u << 21);
	frame_in(rig);
	assert_int_equal(rig->irqs, 0);
	rig_run(rig, dur_us(100));
	assert_int_equal(rig->irqs, 1);
	assert_int_equal(sim_now(&rig->sim).ps - irq_ps(rig, 0), 60 * PS_PER_US);
	rig_free(rig);
}

static void vector_is_masked_and_cleared_when_sent(void **state)
{
	struct rig *rig = started(0);

	assert_int_equal(rig_rd(rig, EIMS_EX(0)) & 1, 1);
	frame_in(rig);
	assert_int_equal(rig_rd(rig, EIMS_EX(0)) & 1, 0);
	assert_int_equal(rig_rd(rig, EIMS) & 1, 0);
	assert_int_equal(rig_rd(rig, EICS) & 1, 0);
	frame_in(rig);
	assert_int_equal(rig->irqs, 1);
	assert_int_equal(rig_rd(rig, EICS) & 1, 1);
	rig_free(rig);
}

static void masked_cause_stays_and_fires_on_unmask(void **state)
{
	struct rig *rig = started(0);

	rig_wr(rig, EIMC, 1);
	frame_in(rig);
	rig_run(rig, dur_us(100));
	assert_int_equal(rig->irqs, 0);
	rig_wr(rig, EIMS, 1);
	assert_int_equal(rig->irqs, 1);
	rig_free(rig);
}

static void cause_masked_while_held_fires_only_after_unmask(void **state)
{
	struct rig *rig = started(EITR_US(20));

	rig_wr(rig, EIAM_EX(0), 0);
	frame_in(rig);
	frame_in(rig);
	rig_run(rig, dur_us(5));
	rig_wr(rig, EIMC_EX(0), 1);
	rig_run(rig, dur_us(100));
	assert_int_equal(rig->irqs, 1);
	rig_wr(rig, EIMS_EX(0), 1);
	assert_int_equal(rig->irqs, 2);
	rig_free(rig);
}

static void cause_cleared_by_software_does_not_fire(void **state)
{
	struct rig *rig = started(0);

	rig_wr(rig, EIMC, 1);
	frame_in(rig);
	rig_wr(rig, EICR, 1);
	rig_wr(rig, EIMS, 1);
	assert_int_equal(rig->irqs, 0);
	rig_free(rig);
}

static void without_auto_clear_a_cause_fires_once(void **state)
{
	struct rig *rig = started(0);

	rig_wr(rig, EIAC, 0);
	rig_wr(rig, EIAM_EX(0), 0);
	frame_in(rig);
	frame_in(rig);
	assert_int_equal(rig->irqs, 1);
	assert_int_equal(rig_rd(rig, EICS) & 1, 1);
	rig_wr(rig, EICR, 1);
	frame_in(rig);
	assert_int_equal(rig->irqs, 2);
	rig_free(rig);
}

static void read_of_eicr_clears_only_other_causes_with_ocd(void **state)
{
	struct rig *rig = started(0);

	rig_wr(rig, EIMC, 0xffffffff);
	rig_wr(rig, EICS, 0x00100001);
	assert_int_equal(rig_rd(rig, EICR), 0x00100001);
	assert_int_equal(rig_rd(rig, EICR), 0x00000001);
	rig_wr(rig, GPIE, 0xc0000010);
	assert_int_equal(rig_rd(rig, EICR), 0x00000001);
	assert_int_equal(rig_rd(rig, EICR), 0);
	rig_free(rig);
}

static void ivar_routes_queues_to_vectors(void **state)
{
	struct rig *rig = started(0);

	rig_wr(rig, IVAR(0), 0x00008a8b);
	frame_in(rig);
	assert_int_equal(rig->irqs, 1);
	assert_int_equal(rig->irq[0].vector, 11);
	/* Queue 11 has the vector too. */
	assert_int_equal(rig->signals, 2);
	rig_wr(rig, IVAR(0), 0x00008a0b);
	frame_in(rig);
	assert_int_equal(rig->irqs, 1);
	rig_free(rig);
}

static void vectors_above_15_work_without_a_bit_in_eicr(void **state)
{
	struct rig *rig = started(0);

	rig_wr(rig, IVAR(0), 0x000080a8);
	rig_wr(rig, EIMS_EX(1), 0x100);
	rig_wr(rig, EIAM_EX(1), 0xffffffff);
	frame_in(rig);
	assert_int_equal(rig->irqs, 1);
	assert_int_equal(rig->irq[0].vector, 40);
	assert_int_equal(rig_rd(rig, EIMS_EX(1)), 0);
	frame_in(rig);
	assert_int_equal(rig_rd(rig, EICR), 0);
	assert_int_equal(rig_rd(rig, EICS_EX(1)), 0x100);
	rig_wr(rig, EIMS_EX(1), 0x100);
	assert_int_equal(rig->irqs, 2);
	rig_free(rig);
}

static void link_change_goes_to_the_other_vector(void **state)
{
	struct rig *rig = started(0);

	rig_wr(rig, EIMS, 0x00100000);
	rig_wr(rig, AUTOC2, 0x70000000);
	assert_int_equal(rig->irqs, 1);
	assert_int_equal(rig->irq[0].vector, 15);
	/* Not cleared by EIAC, so software clears it. */
	assert_int_equal(rig_rd(rig, EICS), 0x00100000);
	rig_wr(rig, EICR, 0x00100000);
	assert_int_equal(rig_rd(rig, EICS), 0);
	rig_free(rig);
}

static void software_cause_fires_every_vector_it_names(void **state)
{
	struct rig *rig = started(0);

	rig_wr(rig, EICS_EX(0), 0x5);
	assert_int_equal(rig->irqs, 2);
	assert_int_equal(rig->irq[0].vector, 0);
	assert_int_equal(rig->irq[1].vector, 2);
	rig_free(rig);
}

static void eimen_lets_software_causes_pass_the_throttle(void **state)
{
	struct rig *rig = started(EITR_US(100));

	rig_wr(rig, EIAM_EX(0), 0);
	rig_wr(rig, EICS, 1);
	rig_wr(rig, EICS, 1);
	assert_int_equal(rig->irqs, 1);
	rig_run(rig, dur_us(300));
	assert_int_equal(rig->irqs, 2);
	rig_wr(rig, GPIE, 0xc0000070);
	rig_wr(rig, EICS, 1);
	assert_int_equal(rig->irqs, 3);
	rig_wr(rig, EICS, 1);
	assert_int_equal(rig->irqs, 4);
	rig_free(rig);
}

static void without_msix_mode_no_message_is_sent(void **state)
{
	struct rig *rig = started(0);

	rig_wr(rig, GPIE, 0);
	frame_in(rig);
	assert_int_equal(rig->irqs, 0);
	assert_int_equal(rig_rd(rig, EICR), 1);
	rig_free(rig);
}

static void nothing_is_scheduled_while_idle(void **state)
{
	struct rig *rig = started(EITR_US(10));

	frame_in(rig);
	rig_run(rig, dur_us(100));
	assert_int_equal(engine_pending(rig->sim.engine), 0);
	rig_free(rig);
}

static void interrupts_are_counted(void **state)
{
	struct rig *rig = started(0);

	rig_stat(rig, "eth0.irq.count");
	rig_wr(rig, EIAM_EX(0), 0);
	frame_in(rig);
	frame_in(rig);
	assert_int_equal(rig_stat(rig, "eth0.irq.count"), 2);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(isolated_frame_after_idle_interrupts_at_once),
		cmocka_unit_test(eitr_holds_back_second_interrupt),
		cmocka_unit_test(gap_counts_from_assertion_not_from_unmask),
		cmocka_unit_test(interval_granularity_is_two_microseconds),
		cmocka_unit_test(steady_load_gives_one_interrupt_an_interval),
		cmocka_unit_test(zero_interval_does_not_throttle),
		cmocka_unit_test(interval_written_with_wdis_applies_from_the_next_interrupt),
		cmocka_unit_test(counter_written_zero_releases_a_held_interrupt),
		cmocka_unit_test(counter_can_be_written),
		cmocka_unit_test(vector_is_masked_and_cleared_when_sent),
		cmocka_unit_test(masked_cause_stays_and_fires_on_unmask),
		cmocka_unit_test(cause_masked_while_held_fires_only_after_unmask),
		cmocka_unit_test(cause_cleared_by_software_does_not_fire),
		cmocka_unit_test(without_auto_clear_a_cause_fires_once),
		cmocka_unit_test(read_of_eicr_clears_only_other_causes_with_ocd),
		cmocka_unit_test(ivar_routes_queues_to_vectors),
		cmocka_unit_test(vectors_above_15_work_without_a_bit_in_eicr),
		cmocka_unit_test(link_change_goes_to_the_other_vector),
		cmocka_unit_test(software_cause_fires_every_vector_it_names),
		cmocka_unit_test(eimen_lets_software_causes_pass_the_throttle),
		cmocka_unit_test(without_msix_mode_no_message_is_sent),
		cmocka_unit_test(nothing_is_scheduled_while_idle),
		cmocka_unit_test(interrupts_are_counted),
	};

	return cmocka_run_group_tests_name("nic82599.interrupt", tests, NULL, NULL);
}
