/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_PTRACE_H
#define _ASM_SIM_PTRACE_H

/* Interrupted registers are not kept: the simulator takes interrupts as calls. */
struct pt_regs {
	unsigned long ip, sp, ax;
};

#define user_mode(regs)			0
#define instruction_pointer(regs)	((regs)->ip)
#define user_stack_pointer(regs)	((regs)->sp)
#define profile_pc(regs)		((regs)->ip)
#define arch_has_single_step()		0

static inline void instruction_pointer_set(struct pt_regs *regs, unsigned long ip)
{
	regs->ip = ip;
}

static inline long regs_return_value(struct pt_regs *regs)
{
	return regs->ax;
}

#endif
