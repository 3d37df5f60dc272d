// SPDX-License-Identifier: GPL-2.0
/* Bringing up cores, interrupts between cores. Not modelled: taking a core down. */
#include <linux/cpu.h>
#include <linux/init.h>
#include <linux/sched/hotplug.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/smp.h>
#include <asm/irq.h>
#include <asm/plat.h>
#include "sim.h"

struct plat_cpu plat_cpu = {
	.task = &init_task,
	.irq_off = 1,
	.category = PLAT_CAT_SCHED,
};

static void send_ipi(int core, int vector)
{
	plat_charge(PLAT_COST_IPI_SEND, 1);
	plat_ipi(core, vector);
}

void arch_smp_send_reschedule(int core)
{
	send_ipi(core, PLAT_VEC_RESCHED);
}

void arch_send_call_function_single_ipi(int core)
{
	send_ipi(core, PLAT_VEC_CALL);
	sim_shootdown_sent();
}

void arch_send_call_function_ipi_mask(const struct cpumask *mask)
{
	int core;

	for_each_cpu(core, mask)
		send_ipi(core, PLAT_VEC_CALL);
	sim_shootdown_sent();
}

/* Only a panic asks for it, and that ends the run before another core goes on. */
void smp_send_stop(void)
{
}

void __init smp_prepare_boot_cpu(void)
{
	plat_cpu.percpu = __per_cpu_offset[0];
}

void __init smp_prepare_cpus(unsigned int max)
{
	unsigned int core;

	for_each_possible_cpu(core)
		set_cpu_present(core, true);
}

void __init smp_cpus_done(unsigned int max)
{
}

/* First code of another core, on its idle task's stack. */
static void start_secondary(void *idle)
{
	plat_cpu.task = idle;
	plat_cpu.irq_off = 1;
	plat_cpu.percpu = __per_cpu_offset[plat_cpu.id];
	plat_category(PLAT_CAT_SCHED);
	mmgrab(&init_mm);
	current->active_mm = &init_mm;
	sim_vectors_online();
	notify_cpu_starting(smp_processor_id());
	set_cpu_online(smp_processor_id(), true);
	sim_timer_start();
	local_irq_enable();
	cpu_startup_entry(CPUHP_AP_ONLINE_IDLE);
}

int __cpu_up(unsigned int core, struct task_struct *idle)
{
	plat_ctx_make(&idle->thread.context, sim_task_stack(idle), sim_task_stack_bytes(),
		      start_secondary, idle);
	plat_cpu_start(core, &idle->thread.context);
	while (!cpu_online(core))
		cpu_relax();
	return 0;
}
