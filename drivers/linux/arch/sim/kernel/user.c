// SPDX-License-Identifier: GPL-2.0
/* User tasks and their system calls (asm/user_task.h). */
#include <linux/mm.h>
#include <linux/resume_user_mode.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/syscalls.h>
#include <asm/mmu_context.h>
#include <asm/plat.h>
#include <asm/user_task.h>

/* The data segment's place for brk: behind all that mmap would use. */
#define BRK_BASE	(TASK_SIZE - (1UL << 40))

static void install(struct mm_struct *mm)
{
	struct task_struct *task = current;
	struct mm_struct *active;

	task_lock(task);
	local_irq_disable();
	active = task->active_mm;
	task->active_mm = mm;
	task->mm = mm;
	mm_init_cid(mm);
	local_irq_enable();
	activate_mm(active, mm);
	lru_gen_add_mm(mm);
	task_unlock(task);
	lru_gen_use_mm(mm);
	mmdrop_lazy_tlb(active);
}

/* What begin_new_exec() and exec_mmap() do, without a binary. */
int user_become(void)
{
	struct mm_struct *mm = mm_alloc();

	if (!mm)
		return -ENOMEM;
	spin_lock_irq(&current->sighand->siglock);
	flush_signal_handlers(current, 1);
	spin_unlock_irq(&current->sighand->siglock);
	arch_pick_mmap_layout(mm, &current->signal->rlim[RLIMIT_STACK]);
	mm->task_size = TASK_SIZE;
	mm->start_brk = mm->brk = BRK_BASE;
	install(mm);
	return 0;
}

pid_t user_clone(int (*fn)(void *), void *arg, unsigned long flags)
{
	struct kernel_clone_args args = {
		.flags = flags & ~CSIGNAL,
		.exit_signal = flags & CSIGNAL,
		.fn = fn,
		.fn_arg = arg,
	};
	unsigned long category = plat_category(PLAT_CAT_STACK);
	pid_t pid;

	plat_charge(PLAT_COST_SYSCALL, 1);
	pid = kernel_clone(&args);
	plat_category(category);
	return pid;
}

void user_step_slow(void)
{
	unsigned long category = plat_category(PLAT_CAT_SCHED);

	if (need_resched())
		schedule();
	if (test_thread_flag(TIF_NOTIFY_SIGNAL))
		clear_notify_signal();
	if (test_thread_flag(TIF_NOTIFY_RESUME)) {
		clear_thread_flag(TIF_NOTIFY_RESUME);
		resume_user_mode_work(NULL);
	}
	if (fatal_signal_pending(current))
		do_exit(SIGKILL);
	/* Nobody handles any other signal. */
	clear_thread_flag(TIF_SIGPENDING);
	plat_category(category);
}

/* ---- system calls ---- */

SYSCALL_DEFINE6(mmap, unsigned long, address, unsigned long, bytes, unsigned long, prot,
		unsigned long, flags, unsigned long, fd, unsigned long, offset)
{
	if (offset_in_page(offset))
		return -EINVAL;
	return ksys_mmap_pgoff(address, bytes, prot, flags, fd, offset >> PAGE_SHIFT);
}

/* There are no signal frames to return from. */
SYSCALL_DEFINE0(rt_sigreturn)
{
	return -ENOSYS;
}

typedef long (*call_fn)(unsigned long, unsigned long, unsigned long, unsigned long, unsigned long,
			unsigned long);

#undef __SYSCALL
#define __SYSCALL(number, fn) [number] = fn,
#define __SYSCALL_WITH_COMPAT(number, fn, compat) __SYSCALL(number, fn)

/* As addresses: the calls have all kinds of arguments. */
static const void *const calls[__NR_syscalls] = {
	[0 ... __NR_syscalls - 1] = sys_ni_syscall,
#include <asm/syscall_table_64.h>
};

long user_syscall(unsigned int number, unsigned long a, unsigned long b, unsigned long c,
		  unsigned long d, unsigned long e, unsigned long f)
{
	unsigned long category = plat_category(PLAT_CAT_STACK);
	long result = -ENOSYS;

	plat_charge(PLAT_COST_SYSCALL, 1);
	if (number < __NR_syscalls)
		result = ((call_fn)calls[number])(a, b, c, d, e, f);
	plat_category(category);
	user_step();
	return result;
}
