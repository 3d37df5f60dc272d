/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_LINE_H
#define _ASM_SIM_LINE_H

/*
 * This core writes the cache line at `address`: if another core wrote it last, the transfer takes
 * time. The call is the simulator's, hence "# free", and changes no register, so that the code
 * around it stays that of the real kernel.
 */
static __always_inline void sim_line_taken(const volatile void *address)
{
	register unsigned long stack asm("rsp");

	asm volatile("call sim_line_taken_thunk # free"
		     : "+r" (stack) : "D" (address) : "memory", "cc");
}

#endif
