/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_PERCPU_H
#define _ASM_SIM_PERCPU_H

#include <asm/current.h>

#define __my_cpu_offset (plat_cpu.percpu)

/*
 * Adding to a per-CPU variable is one instruction, as on x86, and not an interrupts-off section as
 * in the generic code: interrupts and core switches come only between basic blocks.
 */
#define sim_percpu_op(op, pcp, val)						\
do {										\
	asm volatile(op " %1, %0"						\
		     : "+m" (*raw_cpu_ptr(&(pcp)))				\
		     : "er" ((__typeof__(pcp))(val)) : "memory");		\
} while (0)

#define this_cpu_add_4(pcp, val)	sim_percpu_op("addl", pcp, val)
#define this_cpu_add_8(pcp, val)	sim_percpu_op("addq", pcp, val)
#define this_cpu_and_4(pcp, val)	sim_percpu_op("andl", pcp, val)
#define this_cpu_and_8(pcp, val)	sim_percpu_op("andq", pcp, val)
#define this_cpu_or_4(pcp, val)		sim_percpu_op("orl", pcp, val)
#define this_cpu_or_8(pcp, val)		sim_percpu_op("orq", pcp, val)
#define this_cpu_read_1(pcp)		READ_ONCE(*raw_cpu_ptr(&(pcp)))
#define this_cpu_read_2(pcp)		READ_ONCE(*raw_cpu_ptr(&(pcp)))
#define this_cpu_read_4(pcp)		READ_ONCE(*raw_cpu_ptr(&(pcp)))
#define this_cpu_read_8(pcp)		READ_ONCE(*raw_cpu_ptr(&(pcp)))
#define this_cpu_write_1(pcp, val)	WRITE_ONCE(*raw_cpu_ptr(&(pcp)), val)
#define this_cpu_write_2(pcp, val)	WRITE_ONCE(*raw_cpu_ptr(&(pcp)), val)
#define this_cpu_write_4(pcp, val)	WRITE_ONCE(*raw_cpu_ptr(&(pcp)), val)
#define this_cpu_write_8(pcp, val)	WRITE_ONCE(*raw_cpu_ptr(&(pcp)), val)

#include <asm-generic/percpu.h>

#endif
