/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_SYSCALL_H
#define _ASM_SIM_SYSCALL_H

#include <linux/sched.h>

/* No task enters by a system call instruction. */
static inline int syscall_get_nr(struct task_struct *task, struct pt_regs *regs)
{
	return -1;
}

static inline int syscall_get_arch(struct task_struct *task)
{
	return 0;
}

static inline void syscall_get_arguments(struct task_struct *task, struct pt_regs *regs,
					 unsigned long *args)
{
}

static inline long syscall_get_error(struct task_struct *task, struct pt_regs *regs)
{
	return 0;
}

static inline long syscall_get_return_value(struct task_struct *task, struct pt_regs *regs)
{
	return 0;
}

static inline void syscall_set_return_value(struct task_struct *task, struct pt_regs *regs,
					    int error, long value)
{
}

static inline void syscall_rollback(struct task_struct *task, struct pt_regs *regs)
{
}

#endif
