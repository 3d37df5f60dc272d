/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_PROCESSOR_H
#define _ASM_SIM_PROCESSOR_H

#include <asm/page.h>
#include <asm/vdso/processor.h>

struct task_struct;
struct pt_regs;

/* A task is a coroutine: where it stopped, and what it runs when it starts. */
struct thread_struct {
	void *context;
	int (*fn)(void *arg);
	void *arg;
	struct task_struct *prev;
	int core;			/* where it ran last */
};

#define INIT_THREAD		{ }
#define TASK_SIZE		PAGE_OFFSET
#define TASK_UNMAPPED_BASE	PLAT_USER_BASE
#define STACK_TOP		TASK_SIZE
#define STACK_TOP_MAX		TASK_SIZE

extern struct pt_regs sim_regs;
#define task_pt_regs(task)	(&sim_regs)
#define KSTK_EIP(task)		0UL
#define KSTK_ESP(task)		0UL

static inline void start_thread(struct pt_regs *regs, unsigned long pc, unsigned long sp)
{
}

static inline unsigned long __get_wchan(struct task_struct *task)
{
	return 0;
}

#endif
