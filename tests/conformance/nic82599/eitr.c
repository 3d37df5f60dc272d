/* SPDX-License-Identifier: MIT */
/* EITR (7.3.2.1, 8.2.3.5.12) event by event: a random course of frames, unmasks, clears and new
 * intervals, of which the trace tells causes and interrupts; a plain model of the rules, written here
 * from the datasheet, says when each interrupt must come. */
#include <stdlib.h>

#include "tests/unit/nic82599/rig.h"

/* What the rules need to know of vector 0. */
struct rules {
	struct rig *rig;
	struct trace_sink sink;
	bool cause, enabled;
	uint64_t interval_ps;
	uint64_t counter_zero_ps;    /* when the counter gets to 0 */
	uint64_t cause_ps;           /* when cause and enable came together */
	uint64_t raises, immediate, last_ps;
};

/* The interrupt must come exactly now: when the cause was there and enabled, and the counter at 0. */
static void check_raise(struct rules *rules, uint64_t now)
{
	uint64_t due = rules->cause_ps > rules->counter_zero_ps ? rules->cause_ps
							       : rules->counter_zero_ps;

	assert_true(rules->cause && rules->enabled);
	assert_int_equal(now, due);
	if (rules->raises)
		assert_true(now - rules->last_ps >= rules->interval_ps ||
			    rules->counter_zero_ps <= now);
	rules->immediate += due == rules->cause_ps;
	rules->raises++;
	rules->last_ps = now;
	rules->counter_zero_ps = now + rules->interval_ps;
	/* EIAC and EIAM of the rig. */
	rules->cause = false;
	rules->enabled = false;
}

static void watch(void *ctx, struct at when, const struct trace_point *point, const char *source,
		  const uint64_t arg[3])
{
	struct rules *rules = ctx;

	if (!strcmp(point->name, "nic82599.irq.cause") && arg[0] & 1) {
		rules->cause = true;
		rules->cause_ps = when.ps;
	} else if (!strcmp(point->name, "nic82599.irq.unmask") && arg[0] & 1) {
		rules->enabled = true;
		if (rules->cause)
			rules->cause_ps = when.ps;
	} else if (!strcmp(point->name, "nic82599.irq.raise") && arg[0] == 0) {
		check_raise(rules, when.ps);
	}
}

/* No interrupt that is due may be missing either. */
static void check_nothing_overdue(const struct rules *rules)
{
	uint64_t now = sim_now(&rules->rig->sim).ps;

	if (rules->cause && rules->enabled)
		assert_true(rules->counter_zero_ps >= now);
}

static void frame_in(struct rules *rules)
{
	uint8_t f[64];
	struct rig *rig = rules->rig;

	frame_ether(f, 0x88b5);
	rig_rx(rig, f, 60);
	/* The driver gives back what it got. */
	rig->rx_next[0] = (rig->rx_next[0] + 1) % 64;
	rig_wr(rig, RDT(0), (rig->rx_next[0] + 59) % 64);
}

static void new_interval(struct rules *rules, uint32_t interval, bool keep_counter)
{
	uint64_t now = sim_now(&rules->rig->sim).ps;

	rules->interval_ps = interval * 2 * PS_PER_US;
	if (!keep_counter || !interval)
		rules->counter_zero_ps = now;
	rig_wr(rules->rig, EITR(0), interval << 3 | (keep_counter ? 0x80000000u : 0));
}

static void step(struct rules *rules, uint32_t random)
{
	struct rig *rig = rules->rig;

	switch (random & 15) {
	case 0:
		new_interval(rules, random >> 8 & 31, random >> 16 & 1);
		break;
	case 1:
		rules->enabled = false;
		rig_wr(rig, EIMC, 1);
		break;
	case 2:
		rules->cause = false;
		rig_wr(rig, EICR, 1);
		break;
	case 3: case 4: case 5: case 6:
		rig_wr(rig, EIMS, 1);
		break;
	default:
		frame_in(rules);
		break;
	}
	check_nothing_overdue(rules);
	rig_run(rig, dur_ns((random >> 20) & 0xfff));
	check_nothing_overdue(rules);
}

static void random_course_follows_the_rules(unsigned seed, bool mostly_idle)
{
	struct rules rules = { .rig = rig_new(NULL), .enabled = true };
	uint32_t random = seed * 2654435761u + 1;

	rig_up(rules.rig);
	rig_rx_ring(rules.rig, 0, 64, 59, 2);
	rules.sink = (struct trace_sink){ .emit = watch, .ctx = &rules };
	trace_add_sink(rules.rig->sim.trace, &rules.sink);
	rules.rig->irqs = 0;
	for (unsigned i = 0; i < 2000; i++) {
		random = random * 1664525u + 1013904223u;
		step(&rules, random >> 3);
		if (mostly_idle)
			rig_run(rules.rig, dur_us(random >> 26));
		rules.rig->rings = 0;
		assert_true(rules.rig->irqs < RIG_LOG);
	}
	assert_true(rules.raises > 50);
	assert_true(rules.immediate > 5);
	assert_true(rules.immediate < rules.raises);
	rig_free(rules.rig);
}

static void busy_courses_follow_the_rules(void **state)
{
	for (unsigned seed = 1; seed <= 20; seed++)
		random_course_follows_the_rules(seed, false);
}

static void idle_courses_follow_the_rules(void **state)
{
	for (unsigned seed = 1; seed <= 20; seed++)
		random_course_follows_the_rules(seed, true);
}

/* Every value of the interval field: the gap is that many times 2 us; at 100 Mb/s 20 us. */
static void every_interval_is_exact(uint64_t link_bps, uint64_t unit_us)
{
	struct nic82599_cfg cfg;
	struct rules rules = { .enabled = true };
	uint32_t interval;

	rig_cfg(&cfg);
	cfg.link_bps = link_bps;
	rules.rig = rig_new(&cfg);
	rig_up(rules.rig);
	rig_rx_ring(rules.rig, 0, 64, 59, 2);
	rig_wr(rules.rig, EIAM_EX(0), 0);
	for (interval = 1; interval <= 511; interval++) {
		rig_wr(rules.rig, EITR(0), interval << 3);
		rules.rig->irqs = rules.rig->rings = 0;
		frame_in(&rules);
		frame_in(&rules);
		rig_run(rules.rig, dur_us(511 * unit_us + 1));
		assert_int_equal(rules.rig->irqs, 2);
		assert_int_equal(rules.rig->irq[1].at.ps - rules.rig->irq[0].at.ps,
				 interval * unit_us * PS_PER_US);
	}
	rig_free(rules.rig);
}

static void every_interval_is_exact_at_10g(void **state)
{
	every_interval_is_exact(10000000000, 2);
}

static void every_interval_is_exact_at_100m(void **state)
{
	every_interval_is_exact(100000000, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(busy_courses_follow_the_rules),
		cmocka_unit_test(idle_courses_follow_the_rules),
		cmocka_unit_test(every_interval_is_exact_at_10g),
		cmocka_unit_test(every_interval_is_exact_at_100m),
	};

	return cmocka_run_group_tests_name("nic82599.eitr", tests, NULL, NULL);
}
