/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs as workloads ([[mm]] tables with op = "program"): C code that runs as a user task, has
 * its memory behind the core's TLB and asks the kernel by system calls (asm/user_task.h). A
 * program is a row of program.c's table with what is below. Not modelled: signal handlers,
 * execve, a C library.
 */
#ifndef DOORBELL_WORKLOADS_PROGRAM_H
#define DOORBELL_WORKLOADS_PROGRAM_H

#include <linux/err.h>
#include "mm.h"

#define KW_PROT_RW	3		/* PROT_READ | PROT_WRITE */

struct kw_program {
	/* In the kernel, before the process exists; may be NULL, as all but `operate`. */
	void (*prepare)(struct kw_mm *mm);
	/* By the process's first thread, before there are others: what they share. */
	void (*begin)(struct kw_mm *mm);
	/* By each working thread (`cores`) before its first operation. */
	void (*enter)(struct kw_lane *lane);
	/* One operation; its time is mmN.latency_ns. 0, or an error: something was wrong. */
	int (*operate)(struct kw_lane *lane, u64 number);
	/* By the first of the `peers`, until lane->mm->stop. */
	void (*serve)(struct kw_lane *lane);
};

extern const struct kw_program kw_program_echo, kw_program_futex, kw_program_uring,
	kw_program_file, kw_program_fork, kw_program_own;

/* Ends the run if `result` is an error of the call. */
long kw_checked(const struct kw_mm *mm, const char *call, long result);
/* Private memory of the program. */
unsigned long kw_memory(const struct kw_mm *mm, unsigned long bytes);
/* `data` where a system call finds it: in the thread's page for that, at `at`. Returns the
 * address. */
unsigned long kw_argument(struct kw_lane *lane, unsigned int at, const void *data,
			  unsigned int bytes);
/* Writes words that follow from `value` to user memory, or counts those that differ. Programs do
 * this to check what they were given: it is code of theirs and takes its time. */
void kw_words_put(unsigned long address, unsigned int bytes, u64 value);
unsigned int kw_words_wrong(unsigned long address, unsigned int bytes, u64 value);

#endif
