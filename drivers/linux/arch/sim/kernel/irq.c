// SPDX-License-Identifier: GPL-2.0
/* How a core takes interrupts: the simulator calls kern_irq_window() at a check, the kernel calls
 * it when it enables interrupts with one pending. */
#include <linux/clockchips.h>
#include <linux/hardirq.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <asm/irq_regs.h>
#include <asm/plat.h>

DECLARE_PER_CPU(struct clock_event_device, sim_timer);

struct pt_regs sim_regs;

static void run_timer(void)
{
	struct clock_event_device *timer = this_cpu_ptr(&sim_timer);

	timer->event_handler(timer);
}

static unsigned long category_of(int vector)
{
	return vector == PLAT_VEC_RESCHED || vector == PLAT_VEC_CALL ? PLAT_CAT_IPI :
								       PLAT_CAT_HARDIRQ;
}

/*
 * One vector, interrupts off. It is acknowledged before its handler runs, as x86 does for edge
 * interrupts: a device may raise the same vector again meanwhile, and it will be taken afterwards.
 */
static void take_vector(int vector)
{
	unsigned long category = plat_category(category_of(vector));
	struct pt_regs *regs = set_irq_regs(&sim_regs);

	plat_charge(PLAT_COST_IRQ_ENTRY, 1);
	plat_irq_eoi(vector);
	if (vector == PLAT_VEC_RESCHED) {
		scheduler_ipi();
	} else {
		irq_enter();
		if (vector == PLAT_VEC_TIMER)
			run_timer();
		else if (vector == PLAT_VEC_CALL)
			generic_smp_call_function_interrupt();
		else
			sim_device_vector(vector);
		irq_exit();
	}
	plat_charge(PLAT_COST_IRQ_EXIT, 1);
	set_irq_regs(regs);
	plat_category(category);
}

/* The flag is set before a vector is asked for, so that no window opens inside this one. */
void kern_irq_window(void)
{
	int vector;

	/* In this order: a core that starts has no task yet. */
	if (plat_cpu.irq_off || in_hardirq())
		return;
	do {
		plat_cpu.irq_off = 1;
		vector = plat_irq_next();
		if (vector >= 0) {
			trace_hardirqs_off();
			take_vector(vector);
			trace_hardirqs_on();
		}
		plat_cpu.irq_off = 0;
	} while (vector >= 0);
}
