/* SPDX-License-Identifier: GPL-2.0 */
/*
 * User tasks whose code is C in the kernel's object: they have an address space of their own, reach
 * its memory by these calls only, and ask the kernel by system calls as any program does. Not
 * modelled: machine code of programs, signal handlers, execve.
 */
#ifndef _ASM_SIM_USER_TASK_H
#define _ASM_SIM_USER_TASK_H

#include <linux/sched.h>
#include <linux/thread_info.h>
#include <asm/unistd.h>

/* Flags for user_clone(): a thread of the same process. fork is SIGCHLD alone. */
#define USER_THREAD	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)

/* Gives the calling task, made by user_mode_thread(), an empty address space. 0 or an error. */
int user_become(void);
/* fn returns when the task ends. */
pid_t user_clone(int (*fn)(void *), void *arg, unsigned long flags);

/* Work that waits for the return to user mode: another task's turn, death by signal. */
void user_step_slow(void);

static inline void user_step(void)
{
	if (unlikely(read_thread_flags() &
		     (_TIF_NEED_RESCHED | _TIF_NOTIFY_RESUME | _TIF_NOTIFY_SIGNAL |
		      _TIF_SIGPENDING)))
		user_step_slow();
}

/* One load or store of 8 bytes, aligned. False: the access is not allowed (SIGSEGV). */
bool user_load(unsigned long address, u64 *value);
bool user_store(unsigned long address, u64 value);
/* The page's memory at `address` after an access, for as long as no time passes; NULL: not
 * allowed. */
void *user_page(unsigned long address, bool write);

/* Copies between the task's memory and variables of its C code, charged as those of a program. */
bool user_get(void *to, unsigned long from, unsigned long bytes);
bool user_put(unsigned long to, const void *from, unsigned long bytes);

long user_syscall(unsigned int number, unsigned long a, unsigned long b, unsigned long c,
		  unsigned long d, unsigned long e, unsigned long f);

#define USER_ARG(x)	((unsigned long)(x))
#define user_call1(n, a) \
	user_syscall(__NR_##n, USER_ARG(a), 0, 0, 0, 0, 0)
#define user_call2(n, a, b) \
	user_syscall(__NR_##n, USER_ARG(a), USER_ARG(b), 0, 0, 0, 0)
#define user_call3(n, a, b, c) \
	user_syscall(__NR_##n, USER_ARG(a), USER_ARG(b), USER_ARG(c), 0, 0, 0)
#define user_call4(n, a, b, c, d) \
	user_syscall(__NR_##n, USER_ARG(a), USER_ARG(b), USER_ARG(c), USER_ARG(d), 0, 0)
#define user_call5(n, a, b, c, d, e) \
	user_syscall(__NR_##n, USER_ARG(a), USER_ARG(b), USER_ARG(c), USER_ARG(d), USER_ARG(e), 0)
#define user_call6(n, a, b, c, d, e, f) \
	user_syscall(__NR_##n, USER_ARG(a), USER_ARG(b), USER_ARG(c), USER_ARG(d), USER_ARG(e), \
		     USER_ARG(f))

#endif
