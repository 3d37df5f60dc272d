/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sim_line_taken_thunk(%rdi = address): keeps every register. The usual case, the core's own line,
 * is decided here. The stack may have any alignment: the caller is inline assembler.
 */
#include "../kernel/sim.h"

	.text
	.globl sim_line_taken_thunk
	.type sim_line_taken_thunk, @function
sim_line_taken_thunk:
	pushq %rbp
	movq %rsp, %rbp
	pushq %rax
	pushq %rcx
	movq %rdi, %rax
	shrq $6, %rax
	andl $((1 << SIM_LINE_BITS) - 1), %eax
	addq $sim_line_owner, %rax
	movb plat_cpu + SIM_CPU_ID(%rip), %cl
	cmpb %cl, (%rax)
	je 1f
	pushq %rdx
	pushq %rsi
	pushq %rdi
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	andq $-16, %rsp
	movq %rax, %rdi
	call sim_line_moved
	leaq -72(%rbp), %rsp
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rdi
	popq %rsi
	popq %rdx
1:	popq %rcx
	popq %rax
	popq %rbp
	ret
	.size sim_line_taken_thunk, . - sim_line_taken_thunk
	.section .note.GNU-stack, "", @progbits
