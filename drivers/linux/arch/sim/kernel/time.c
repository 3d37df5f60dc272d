// SPDX-License-Identifier: GPL-2.0
/* Clock source, one-shot timer per core, delays: all of them are the simulator's time. */
#include <linux/clockchips.h>
#include <linux/clocksource.h>
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/percpu.h>
#include <linux/sched/clock.h>
#include <linux/smp.h>
#include <asm/plat.h>
#include "sim.h"

#define TIMER_MIN_NS	100
#define TIMER_MAX_NS	0x7fffffff

unsigned long long notrace sched_clock(void)
{
	return plat_now_ns();
}

static u64 clock_read(struct clocksource *clock)
{
	return plat_now_ns();
}

static struct clocksource sim_clock = {
	.name = "sim",
	.rating = 400,
	.read = clock_read,
	.mask = CLOCKSOURCE_MASK(64),
	.flags = CLOCK_SOURCE_IS_CONTINUOUS,
};

DEFINE_PER_CPU(struct clock_event_device, sim_timer);

static int timer_next(unsigned long delta_ns, struct clock_event_device *timer)
{
	plat_timer_set(plat_now_ns() + delta_ns);
	return 0;
}

static int timer_off(struct clock_event_device *timer)
{
	plat_timer_set(~0UL);
	return 0;
}

/* Each core calls this for itself. */
void sim_timer_start(void)
{
	struct clock_event_device *timer = this_cpu_ptr(&sim_timer);

	timer->name = "sim";
	timer->features = CLOCK_EVT_FEAT_ONESHOT;
	timer->rating = 400;
	timer->set_next_event = timer_next;
	timer->set_state_shutdown = timer_off;
	timer->cpumask = cpumask_of(smp_processor_id());
	clockevents_config_and_register(timer, NSEC_PER_SEC, TIMER_MIN_NS, TIMER_MAX_NS);
}

void __init time_init(void)
{
	clocksource_register_hz(&sim_clock, NSEC_PER_SEC);
	sim_timer_start();
}

void calibrate_delay(void)
{
	loops_per_jiffy = NSEC_PER_SEC / HZ;
}

/* loops_per_jiffy above makes a "loop" of one nanosecond. */
void __delay(unsigned long loops)
{
	plat_delay_ns(loops);
}
EXPORT_SYMBOL(__delay);
