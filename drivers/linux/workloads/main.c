// SPDX-License-Identifier: GPL-2.0
/* Main thread of the workloads: interfaces up, block devices open, all threads at the start line,
 * then the start. There is no user space: the boot thread never leaves our initcall. */
#include <linux/async.h>
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include "workloads.h"

/* What the bring-up left behind (RCU callbacks, work items, address notifiers) has run by then. */
#define SETTLE_MS 20

static atomic_t not_ready = ATOMIC_INIT(0);
static DECLARE_COMPLETION(all_ready);
static DECLARE_COMPLETION(start);
static u64 start_ns;

void kw_fail(const char *fmt, ...)
{
	char text[160];
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	plat_workload_failed(text);
}

void kw_thread(int (*fn)(void *), void *arg, const char *name, unsigned int core)
{
	struct task_struct *task;

	if (core >= nr_cpu_ids || !cpu_online(core))
		kw_fail("%s: core %u does not exist", name, core);
	task = kthread_create_on_node(fn, arg, cpu_to_node(core), "%s", name);
	if (IS_ERR(task))
		kw_fail("%s: thread on core %u: error %ld", name, core, PTR_ERR(task));
	kthread_bind(task, core);
	atomic_inc(&not_ready);
	wake_up_process(task);
}

void kw_expect(unsigned int threads)
{
	atomic_add(threads, &not_ready);
}

void kw_at_start_line(void)
{
	if (atomic_dec_and_test(&not_ready))
		complete(&all_ready);
}

u64 kw_wait_start(void)
{
	kw_at_start_line();
	wait_for_completion(&start);
	return start_ns;
}

unsigned long kw_syscall_enter(void)
{
	unsigned long category = plat_category(PLAT_CAT_STACK);

	plat_charge(PLAT_COST_SYSCALL, 1);
	return category;
}

void kw_syscall_leave(unsigned long category)
{
	plat_category(category);
}

static void __noreturn sleep_forever(void)
{
	for (;;) {
		/* TASK_IDLE: it neither counts as load nor as hung. */
		set_current_state(TASK_IDLE);
		schedule();
	}
}

/* The part of kernel_init() behind the initcalls that changes how the running kernel behaves: until
 * then RCU expedites every grace period by interrupting all cores. */
static void finish_boot(void)
{
	async_synchronize_full();
	system_state = SYSTEM_RUNNING;
	rcu_end_inkernel_boot();
}

static int main_thread(void *unused)
{
	finish_boot();

	/* This thread's own share keeps the line closed until all threads exist. */
	atomic_inc(&not_ready);
	kw_netdevs_open();
	kw_io_start();
	kw_mm_start();
	kw_netdevs_start_sinks();
	kw_selftest_start();
	kw_send_start();
	kw_admin_start();
	kw_transfer_start();
	kw_user_start();
	kw_at_start_line();
	wait_for_completion(&all_ready);
	msleep(SETTLE_MS);

	plat_ready();
	start_ns = ktime_get_ns();
	complete_all(&start);
	sleep_forever();
}

static int __init workloads_init(void)
{
	struct task_struct *task = kthread_run(main_thread, NULL, "doorbell");

	if (IS_ERR(task))
		kw_fail("main thread: error %ld", PTR_ERR(task));
	sleep_forever();
	return 0;
}
late_initcall_sync(workloads_init);
