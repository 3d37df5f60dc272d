/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs of your own as workloads: C code in a folder as for doorbell build, whose module_init()
 * registers what is below, and which a scenario's [[mm]] table names (op = "program",
 * program = "own", name = "NAME"). It runs as a user task: memory behind the core's TLB and system
 * calls as functions are in asm/user_task.h. Not modelled: what that header says.
 */
#ifndef _ASM_SIM_USER_PROGRAM_H
#define _ASM_SIM_USER_PROGRAM_H

#include <linux/list.h>
#include <asm/user_task.h>

struct user_thread {
	unsigned int index;		/* working threads first, from 0, then peers */
	unsigned int bytes, depth;	/* the table's `size` and `depth`, for the program to use */
	unsigned int pages;		/* `pages`: so many at `memory`, of working threads */
	unsigned long memory;
	unsigned long argument;		/* a page for what system calls take and give */
	void *shared;			/* what begin() returned */
	void *own;			/* the program's */
	const bool *ends;		/* see user_thread_ends() */
};

struct user_program {
	const char *name;
	/* By the process's first thread, before there are others; may be NULL, as serve(). */
	void *(*begin)(const struct user_thread *first);
	/* One operation of a working thread (`cores`), whose time is mmN.latency_ns. 0, or a
	 * negative error, which counts in mmN.errors. */
	int (*operate)(struct user_thread *thread, u64 number);
	/* By the first of the `peers`, until user_thread_ends(). */
	void (*serve)(struct user_thread *thread);
	struct list_head node;		/* for user_program_register() */
};

/* At boot: the program exists. */
void user_program_register(struct user_program *program);

static inline bool user_thread_ends(const struct user_thread *thread)
{
	return READ_ONCE(*thread->ends);
}

#endif
