/* SPDX-License-Identifier: MIT */
/* Moderation of other hardware in the place of EITR, frame by frame; time is exact. */
#include "rig.h"

#define UNMASK(rig) rig_wr(rig, EIMS_EX(0), 1)

static struct rig *started(enum nic82599_moderation_kind kind, uint32_t count, struct dur gap,
			   struct dur timeout)
{
	struct nic82599_cfg cfg;
	struct rig *rig;

	rig_cfg(&cfg);
	cfg.moderation = (struct nic82599_moderation){
		.kind = kind, .count = count, .high = count, .low = 1, .gap = gap,
		.timeout = timeout,
	};
	rig = rig_new(&cfg);
	rig_up(rig);
	rig_rx_ring(rig, 0, 64, 60, 2);
	rig_run(rig, dur_us(10));
	rig_wr(rig, EIAM_EX(0), 0);
	rig->irqs = 0;
	return rig;
}

static void frame_in(struct rig *rig)
{
	uint8_t f[64];

	frame_ether(f, 0x88b5);
	rig_rx(rig, f, 60);
}

static uint64_t last_irq_ps(const struct rig *rig)
{
	return rig->irq[rig->irqs - 1].at.ps;
}

static void count_interrupts_with_the_last_packet(void **state)
{
	struct rig *rig = started(NIC82599_MODERATION_COUNT_TIMEOUT, 3, dur_ps(0), dur_us(50));

	frame_in(rig);
	frame_in(rig);
	assert_int_equal(rig->irqs, 0);
	frame_in(rig);
	assert_int_equal(rig->irqs, 1);
	frame_in(rig);
	frame_in(rig);
	assert_int_equal(rig->irqs, 1);
	frame_in(rig);
	assert_int_equal(rig->irqs, 2);
	assert_int_equal(rig_stat(rig, "eth0.irq.timeouts"), 0);
	rig_free(rig);
}

static void timeout_counts_from_the_first_packet(void **state)
{
	struct rig *rig = started(NIC82599_MODERATION_COUNT_TIMEOUT, 3, dur_ps(0), dur_us(50));
	uint64_t first = sim_now(&rig->sim).ps;

	frame_in(rig);
	rig_run(rig, dur_us(49));
	frame_in(rig);
	assert_int_equal(rig->irqs, 0);
	rig_run(rig, dur_us(100));
	assert_int_equal(rig->irqs, 1);
	assert_int_equal(last_irq_ps(rig) - first, 50 * PS_PER_US);
	assert_int_equal(rig_stat(rig, "eth0.irq.timeouts"), 1);
	/* Nothing runs without packets, and the next batch has its own timer. */
	assert_int_equal(engine_pending(rig->sim.engine), 0);
	first = sim_now(&rig->sim).ps;
	frame_in(rig);
	rig_run(rig, dur_us(100));
	assert_int_equal(last_irq_ps(rig) - first, 50 * PS_PER_US);
	rig_free(rig);
}

static void ripe_batch_waits_for_the_unmask(void **state)
{
	struct rig *rig = started(NIC82599_MODERATION_COUNT_TIMEOUT, 2, dur_ps(0), dur_us(50));

	rig_wr(rig, EIMC, 1);
	frame_in(rig);
	frame_in(rig);
	rig_run(rig, dur_us(100));
	assert_int_equal(rig->irqs, 0);
	UNMASK(rig);
	assert_int_equal(rig->irqs, 1);
	rig_free(rig);
}

static void unripe_batch_does_not_fire_on_the_unmask(void **state)
{
	struct rig *rig = started(NIC82599_MODERATION_COUNT_TIMEOUT, 2, dur_ps(0), dur_us(50));

	rig_wr(rig, EIMC, 1);
	frame_in(rig);
	rig_run(rig, dur_us(10));
	UNMASK(rig);
	assert_int_equal(rig->irqs, 0);
	rig_run(rig, dur_us(50));
	assert_int_equal(rig->irqs, 1);
	rig_free(rig);
}

static void cleared_cause_takes_the_batch_with_it(void **state)
{
	struct rig *rig = started(NIC82599_MODERATION_COUNT_TIMEOUT, 2, dur_ps(0), dur_us(50));

	frame_in(rig);
	rig_wr(rig, EICR, 1);
	rig_run(rig, dur_us(100));
	assert_int_equal(rig->irqs, 0);
	frame_in(rig);
	assert_int_equal(rig->irqs, 0);
	frame_in(rig);
	assert_int_equal(rig->irqs, 1);
	rig_free(rig);
}

static void software_and_link_causes_do_not_wait(void **state)
{
	struct rig *rig = started(NIC82599_MODERATION_COUNT_TIMEOUT, 100, dur_ps(0), dur_ms(1));

	rig_wr(rig, EICS, 1);
	assert_int_equal(rig->irqs, 1);
	rig_wr(rig, EIMS, 0x00100000);
	rig_wr(rig, AUTOC2, 0x70000000);
	assert_int_equal(rig->irqs, 2);
	assert_int_equal(rig->irq[1].vector, 15);
	rig_free(rig);
}

static void transmit_write_back_counts_as_a_packet(void **state)
{
	struct rig *rig = started(NIC82599_MODERATION_COUNT_TIMEOUT, 2, dur_ps(0), dur_us(50));
	uint8_t f[64];

	rig_tx_ring(rig, 0, 64);
	frame_ether(f, 0x88b5);
	rig_tx(rig, 0, 0, f, 60);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->irqs, 0);
	rig_tx(rig, 0, 1, f, 60);
	rig_tx_go(rig, 0);
	rig_run(rig, dur_us(10));
	assert_int_equal(rig->irqs, 1);
	rig_free(rig);
}

static void packet_timer_is_restarted_by_every_packet(void **state)
{
	struct rig *rig = started(NIC82599_MODERATION_PACKET_TIMER, 0, dur_us(10), dur_us(100));
	uint64_t last = 0;
	unsigned i;

	for (i = 0; i < 3; i++) {
		last = sim_now(&rig->sim).ps;
		frame_in(rig);
		rig_run(rig, dur_us(9));
	}
	assert_int_equal(rig->irqs, 0);
	rig_run(rig, dur_us(9));
	assert_int_equal(rig->irqs, 1);
	assert_int_equal(last_irq_ps(rig) - last, 10 * PS_PER_US);
	assert_int_equal(rig_stat(rig, "eth0.irq.timeouts"), 0);
	rig_free(rig);
}

static void absolute_timer_ends_the_restarts(void **state)
{
	struct rig *rig = started(NIC82599_MODERATION_PACKET_TIMER, 0, dur_us(10), dur_us(32));
	uint64_t first = sim_now(&rig->sim).ps;

	while (!rig->irqs) {
		frame_in(rig);
		rig_run(rig, dur_us(9));
	}
	assert_int_equal(last_irq_ps(rig) - first, 32 * PS_PER_US);
	assert_int_equal(rig_stat(rig, "eth0.irq.timeouts"), 1);
	rig_free(rig);
}

/* The tail moves on: descriptors go back as a driver gives them. */
static void give_back(struct rig *rig, uint32_t tail)
{
	rig_wr(rig, RDT(0), tail);
}

static void watermark_fires_on_the_rise_only(void **state)
{
	struct rig *rig = started(NIC82599_MODERATION_WATERMARK, 4, dur_ps(0), dur_ps(0));
	unsigned i;

	for (i = 0; i < 3; i++)
		frame_in(rig);
	assert_int_equal(rig->irqs, 0);
	frame_in(rig);
	assert_int_equal(rig->irqs, 1);
	for (i = 0; i < 8; i++)
		frame_in(rig);
	assert_int_equal(rig->irqs, 1);
	/* From 12 to 2 frames: above the low mark of 1. */
	give_back(rig, (60 + 10) % 64);
	for (i = 0; i < 8; i++)
		frame_in(rig);
	assert_int_equal(rig->irqs, 1);
	give_back(rig, (60 + 19) % 64);
	for (i = 0; i < 2; i++)
		frame_in(rig);
	assert_int_equal(rig->irqs, 1);
	frame_in(rig);
	assert_int_equal(rig->irqs, 2);
	rig_free(rig);
}

static void watermark_without_timer_waits_for_ever(void **state)
{
	struct rig *rig = started(NIC82599_MODERATION_WATERMARK, 4, dur_ps(0), dur_ps(0));

	frame_in(rig);
	rig_run(rig, dur_ms(100));
	assert_int_equal(rig->irqs, 0);
	rig_free(rig);
}

static void watermark_with_timer_does_not(void **state)
{
	struct rig *rig = started(NIC82599_MODERATION_WATERMARK, 4, dur_ps(0), dur_us(20));
	uint64_t first = sim_now(&rig->sim).ps;

	frame_in(rig);
	rig_run(rig, dur_us(15));
	frame_in(rig);
	rig_run(rig, dur_us(100));
	assert_int_equal(rig->irqs, 1);
	assert_int_equal(last_irq_ps(rig) - first, 20 * PS_PER_US);
	rig_free(rig);
}

static void unmask_arms_the_watermark_again(void **state)
{
	struct rig *rig = started(NIC82599_MODERATION_WATERMARK, 4, dur_ps(0), dur_ps(0));
	unsigned i;

	rig_wr(rig, EIAM_EX(0), 1);
	for (i = 0; i < 6; i++)
		frame_in(rig);
	assert_int_equal(rig->irqs, 1);
	/* Two frames came behind the interrupt; none was given back. */
	UNMASK(rig);
	assert_int_equal(rig->irqs, 2);
	rig_free(rig);
}

static void gap_is_exact_and_eitr_has_no_effect(void **state)
{
	struct rig *rig = started(NIC82599_MODERATION_ITR, 0, dur_ns(12345), dur_ps(0));
	unsigned i;

	rig_wr(rig, EITR(0), 500 / 2 << 3);
	assert_int_equal(rig_rd(rig, EITR(0)) & 0xff8, 500 / 2 << 3);
	for (i = 0; i < 10; i++) {
		frame_in(rig);
		rig_run(rig, dur_us(5));
	}
	/* At 0, 12.345, 24.69, 37.035, 49.38 us. */
	assert_int_equal(rig->irqs, 5);
	for (i = 1; i < 5; i++)
		assert_int_equal(rig->irq[i].at.ps - rig->irq[i - 1].at.ps, 12345 * PS_PER_NS);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(count_interrupts_with_the_last_packet),
		cmocka_unit_test(timeout_counts_from_the_first_packet),
		cmocka_unit_test(ripe_batch_waits_for_the_unmask),
		cmocka_unit_test(unripe_batch_does_not_fire_on_the_unmask),
		cmocka_unit_test(cleared_cause_takes_the_batch_with_it),
		cmocka_unit_test(software_and_link_causes_do_not_wait),
		cmocka_unit_test(transmit_write_back_counts_as_a_packet),
		cmocka_unit_test(packet_timer_is_restarted_by_every_packet),
		cmocka_unit_test(absolute_timer_ends_the_restarts),
		cmocka_unit_test(watermark_fires_on_the_rise_only),
		cmocka_unit_test(watermark_without_timer_waits_for_ever),
		cmocka_unit_test(watermark_with_timer_does_not),
		cmocka_unit_test(unmask_arms_the_watermark_again),
		cmocka_unit_test(gap_is_exact_and_eitr_has_no_effect),
	};

	return cmocka_run_group_tests_name("nic82599.moderation", tests, NULL, NULL);
}
