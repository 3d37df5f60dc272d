/* SPDX-License-Identifier: MIT */
/* What a horizon check of instrumented code calls. The check may stand anywhere in a function, so
 * every register that a C function may change is saved; flags are dead at a check. The pushed frame
 * pointer keeps the chain of frames whole for stack walks. */
	.text
	.globl plat_horizon_stub
	.type plat_horizon_stub, @function
plat_horizon_stub:
	pushq %rbp
	movq %rsp, %rbp
	pushq %rax
	pushq %rcx
	pushq %rdx
	pushq %rsi
	pushq %rdi
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	andq $-16, %rsp
	call linux_gate_horizon
	leaq -72(%rbp), %rsp
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rdi
	popq %rsi
	popq %rdx
	popq %rcx
	popq %rax
	popq %rbp
	ret
	.size plat_horizon_stub, . - plat_horizon_stub

/* linux_enter_at(sp, fn, arg): fn(arg) on the running stack from `sp` down; never returns. What lies
 * above is the host's, and as deep as its compiler made it: kernel code must not stand on that. */
	.globl linux_enter_at
	.type linux_enter_at, @function
linux_enter_at:
	movq %rdi, %rsp
	xorl %ebp, %ebp
	movq %rdx, %rdi
	call *%rsi
	ud2
	.size linux_enter_at, . - linux_enter_at
	.section .note.GNU-stack, "", @progbits
