// SPDX-License-Identifier: GPL-2.0
/*
 * Chains of callers for the kernel's own checkers, by frame pointers (drivers/linux/pass/costcc).
 * Names are not among the object's symbols: the simulator has them, and texts show addresses.
 * Not modelled: other tasks' chains.
 */
#include <linux/sched/task_stack.h>
#include <linux/stacktrace.h>

#include "../../../kernel/kallsyms_internal.h"

const int kallsyms_offsets[1];
const u8 kallsyms_names[1];
const unsigned int kallsyms_num_syms;
const unsigned long kallsyms_relative_base;
const char kallsyms_token_table[1];
const u16 kallsyms_token_index[1];
const unsigned int kallsyms_markers[1];
const u8 kallsyms_seqs_of_names[1];

#define FRAME_SPAN_MAX THREAD_SIZE

void arch_stack_walk(stack_trace_consume_fn consume, void *cookie, struct task_struct *task,
		     struct pt_regs *regs)
{
	const unsigned long *frame = __builtin_frame_address(0);

	if (task && task != current)
		return;
	while (consume(cookie, frame[1])) {
		const unsigned long *up = (const unsigned long *)frame[0];

		if (up <= frame || (unsigned long)up - (unsigned long)frame > FRAME_SPAN_MAX)
			break;
		frame = up;
	}
}
