// SPDX-License-Identifier: GPL-2.0
/* Ends and complaints of the kernel, told to the simulator. */
#include <linux/bug.h>
#include <linux/init.h>
#include <linux/notifier.h>
#include <linux/panic.h>
#include <linux/panic_notifier.h>
#include <linux/sched/debug.h>
#include <asm/plat.h>

void sim_warning(void)
{
	plat_kernel_warning();
}
EXPORT_SYMBOL(sim_warning);

void sim_bug(const char *file, int line)
{
	plat_kernel_warning();
	pr_emerg("kernel BUG at %s:%d\n", file, line);
	panic("BUG at %s:%d", file, line);
}
EXPORT_SYMBOL(sim_bug);

/* The simulator knows the symbols, and only the running context has a chain to walk. */
void show_stack(struct task_struct *task, unsigned long *sp, const char *level)
{
	if (!task || task == current)
		plat_stack_dump();
}

static int stop_run(struct notifier_block *unused, unsigned long event, void *message)
{
	plat_stop(PLAT_STOP_PANIC, message);
}

static struct notifier_block panic_block = {
	.notifier_call = stop_run,
	.priority = INT_MIN,
};

static int __init register_panic_block(void)
{
	return atomic_notifier_chain_register(&panic_notifier_list, &panic_block);
}
early_initcall(register_panic_block);
