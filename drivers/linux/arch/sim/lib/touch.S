/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sim_touch_load(%rdi = address): a load follows; sim_touch_prefetch: a prefetch. Keep every
 * register but %rdi; the _flags ones keep the flags as well. The usual cases, the core's own line
 * and what is no RAM in the linear mapping, are decided here. The stack may have any alignment: the
 * caller is code between two instructions of a function.
 */
#include "../kernel/sim.h"

	.text
	.macro touch name, prefetch
	.globl sim_touch_\name
	.type sim_touch_\name, @function
sim_touch_\name:
	subq sim_ram_base(%rip), %rdi
	cmpq plat_lines_end(%rip), %rdi
	jae 1f
	shrq $6, %rdi
	addq plat_lines(%rip), %rdi
	pushq %rdi
	movzbl (%rdi), %edi
	cmpl $SIM_LINE_COMMON, %edi
	je 3f
	subl plat_cpu + SIM_CPU_ID(%rip), %edi
	cmpl $1, %edi
3:	popq %rdi
	jne 2f
1:	ret
2:	pushq %rbp
	movq %rsp, %rbp
	pushq %rax
	pushq %rcx
	pushq %rdx
	pushq %rsi
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	andq $-16, %rsp
	subq plat_lines(%rip), %rdi
	movl $\prefetch, %esi
	call plat_touch
	leaq -64(%rbp), %rsp
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rsi
	popq %rdx
	popq %rcx
	popq %rax
	popq %rbp
	ret
	.size sim_touch_\name, . - sim_touch_\name

	.globl sim_touch_\name\()_flags
	.type sim_touch_\name\()_flags, @function
sim_touch_\name\()_flags:
	pushfq
	call sim_touch_\name
	popfq
	ret
	.size sim_touch_\name\()_flags, . - sim_touch_\name\()_flags
	.endm

	.section .rodata
	.balign 8
sim_ram_base:
	.quad SIM_RAM_BASE
	.text
	touch load, 0
	touch prefetch, 1
	.section .note.GNU-stack, "", @progbits
