/* SPDX-License-Identifier: MIT */
#include "model/cpu/context.h"

/* Boost.Context 1.74, C interface of the assembler part (boost/context/detail/fcontext.hpp). */
struct transfer {
	void *from;   /* the context that jumped here, to be stored by the one that was resumed */
	void *data;
};
struct transfer jump_fcontext(void *to, void *data);
void *make_fcontext(void *stack_top, size_t bytes, void (*fn)(struct transfer));

struct start {
	void (*fn)(void *);
	void *arg;
};

/* First entry: context_make jumps here at once and comes back, so that fn and arg are on the new
 * stack and nothing has to be found again at the first real switch. */
static void enter(struct transfer t)
{
	struct start start = *(struct start *)t.data;

	t = jump_fcontext(t.from, NULL);
	*(void **)t.data = t.from;
	start.fn(start.arg);
	__builtin_trap();
}

void context_make(void **slot, void *stack, size_t bytes, void (*fn)(void *), void *arg)
{
	struct start start = { fn, arg };
	struct transfer t;

	t = jump_fcontext(make_fcontext((char *)stack + bytes, bytes, enter), &start);
	*slot = t.from;
}

void context_switch(void **from, void **to)
{
	struct transfer t = jump_fcontext(*to, from);

	*(void **)t.data = t.from;
}

/* What jump_fcontext leaves on the stack (jump_x86_64_sysv_elf_gas.S): floating-point control
 * words, r12 to r15, rbx, rbp, and the address to return to. */
void context_where(const void *slot, uintptr_t *pc, uintptr_t *frame)
{
	const uintptr_t *saved = slot;

	*frame = saved[6];
	*pc = saved[7];
}
