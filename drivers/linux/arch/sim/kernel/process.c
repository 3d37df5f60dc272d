// SPDX-License-Identifier: GPL-2.0
/* Tasks are coroutines of the simulator; idling and spinning are told to it. */
#include <linux/cpu.h>
#include <linux/ptrace.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <linux/sched/debug.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <asm/plat.h>
#include <asm/switch_to.h>
#include "sim.h"

/* Room for the end magic below, and for alignment above. */
#define STACK_MARGIN 64

asmlinkage void schedule_tail(struct task_struct *prev);

void *sim_task_stack(struct task_struct *task)
{
	return task_stack_page(task) + STACK_MARGIN;
}

unsigned long sim_task_stack_bytes(void)
{
	return THREAD_SIZE - 2 * STACK_MARGIN;
}

static void start_task(void *arg)
{
	struct task_struct *task = arg;

	plat_category(PLAT_CAT_SCHED);
	schedule_tail(task->thread.prev);
	task->thread.fn(task->thread.arg);
	do_exit(0);
}

int copy_thread(struct task_struct *task, const struct kernel_clone_args *args)
{
	/* A task without a function would start from user registers, which nothing here has. */
	if (!args->fn)
		return args->idle ? 0 : -EINVAL;
	task->thread.fn = args->fn;
	task->thread.arg = args->fn_arg;
	plat_ctx_make(&task->thread.context, sim_task_stack(task), sim_task_stack_bytes(),
		      start_task, task);
	return 0;
}

/*
 * Whose state the core holds: registers of the floating-point unit, the address space, what caches
 * and predictors have learned. The idle task leaves it alone (on x86 by fpregs_state_valid() and
 * lazy TLB), so one that only slept finds it as it was.
 */
static DEFINE_PER_CPU(struct task_struct *, state_of);

static bool needs_state(struct task_struct *next)
{
	bool held = this_cpu_read(state_of) == next && next->thread.core == plat_cpu.id;

	if (is_idle_task(next))
		return false;
	this_cpu_write(state_of, next);
	next->thread.core = plat_cpu.id;
	return !held;
}

/*
 * The category belongs to the task, the register it is in to the core: it stays on the task's
 * stack while others run. The task may come back on another core, after another task.
 */
struct task_struct *__switch_to(struct task_struct *prev, struct task_struct *next)
{
	unsigned long category = plat_cpu.category;

	if (needs_state(next))
		plat_charge(PLAT_COST_CONTEXT_SWITCH, 1);
	next->thread.prev = prev;
	plat_cpu.task = next;
	plat_ctx_switch(&prev->thread.context, &next->thread.context);
	plat_category(category);
	return current->thread.prev;
}

void arch_cpu_idle(void)
{
	unsigned long category = plat_category(PLAT_CAT_IDLE);

	plat_cpu_halt();
	plat_category(category);
}

/*
 * Waiting for an invalidation keeps its own category. A lock taken inside one does not: its slow
 * path is a category of its own (drivers/linux/build/categories.txt).
 */
void sim_cpu_relax(void)
{
	unsigned long category = plat_cpu.category;

	if (category != PLAT_CAT_INVALIDATE && category != PLAT_CAT_SPIN) {
		plat_category(PLAT_CAT_SPIN);
		plat_cpu_relax();
		plat_category(category);
	} else {
		plat_cpu_relax();
	}
	if (plat_cpu.irq_pending && !plat_cpu.irq_off)
		kern_irq_window();
}
EXPORT_SYMBOL(sim_cpu_relax);

void flush_thread(void)
{
}

void machine_halt(void)
{
	plat_stop(PLAT_STOP_HALT, "the kernel halted");
}

void machine_power_off(void)
{
	plat_stop(PLAT_STOP_HALT, "the kernel powered off");
}

void machine_restart(char *command)
{
	plat_stop(PLAT_STOP_RESTART, command ? command : "the kernel restarted");
}

/* Tasks have no registers that could be shown or changed from outside. */
void show_regs(struct pt_regs *regs)
{
}

void ptrace_disable(struct task_struct *task)
{
}

void user_disable_single_step(struct task_struct *task)
{
}

long arch_ptrace(struct task_struct *task, long request, unsigned long address, unsigned long data)
{
	return -ENOSYS;
}
