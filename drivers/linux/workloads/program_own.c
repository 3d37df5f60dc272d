// SPDX-License-Identifier: GPL-2.0
/* Programs of users' own (asm/user_program.h), found by the name that the scenario gives. */
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/user_program.h>
#include "program.h"

static LIST_HEAD(programs);

void user_program_register(struct user_program *program)
{
	list_add_tail(&program->node, &programs);
}

static const struct user_program *program_of(const struct kw_mm *mm)
{
	return mm->program;
}

static void prepare(struct kw_mm *mm)
{
	struct user_program *program;
	unsigned int i;

	list_for_each_entry(program, &programs, node)
		if (!strcmp(program->name, mm->plat->name))
			mm->program = program;
	if (!mm->program)
		kw_fail("mm %u: no program registered itself as \"%s\" (asm/user_program.h)",
			mm->plat->id, mm->plat->name);
	for (i = 0; i < mm->lanes; i++) {
		struct user_thread *thread = kzalloc(sizeof(*thread), GFP_KERNEL);

		if (!thread)
			kw_fail("mm %u: no memory for threads", mm->plat->id);
		thread->index = i;
		thread->bytes = mm->plat->bytes;
		thread->depth = mm->plat->depth;
		thread->pages = mm->plat->pages;
		thread->ends = &mm->stop;
		mm->lane[i].shadow = thread;
	}
}

static void begin(struct kw_mm *mm)
{
	struct user_thread *first = mm->lane[0].shadow;
	void *shared = NULL;
	unsigned int i;

	for (i = 0; i < mm->lanes; i++)
		((struct user_thread *)mm->lane[i].shadow)->argument = mm->lane[i].argument;
	if (program_of(mm)->begin)
		shared = program_of(mm)->begin(first);
	for (i = 0; i < mm->lanes; i++)
		((struct user_thread *)mm->lane[i].shadow)->shared = shared;
}

static void enter(struct kw_lane *lane)
{
	((struct user_thread *)lane->shadow)->memory = lane->base;
}

static int operate(struct kw_lane *lane, u64 number)
{
	return program_of(lane->mm)->operate(lane->shadow, number);
}

static void serve(struct kw_lane *lane)
{
	if (program_of(lane->mm)->serve)
		program_of(lane->mm)->serve(lane->shadow);
}

const struct kw_program kw_program_own = {
	.prepare = prepare,
	.begin = begin,
	.enter = enter,
	.operate = operate,
	.serve = serve,
};
