// SPDX-License-Identifier: GPL-2.0
/* A process that forks: parent and child change the pages that they share until then, each sees its
 * own, and the child tells through a pipe what it found. */
#include <linux/slab.h>
#include "program.h"

struct family {
	struct kw_lane *lane;
	int pipe[2];
	u64 number;
};

/* Values of parent and child differ in their lowest bits. */
enum { BEFORE, OF_CHILD, OF_PARENT, VALUES = 4 };

static void prepare(struct kw_mm *mm)
{
	unsigned int i;

	for (i = 0; i < mm->plat->workers; i++) {
		struct family *family = kzalloc(sizeof(*family), GFP_KERNEL);

		if (!family)
			kw_fail("mm %u: no memory", mm->plat->id);
		family->lane = &mm->lane[i];
		mm->lane[i].shadow = family;
	}
}

static void enter(struct kw_lane *lane)
{
	struct family *family = lane->shadow;

	kw_checked(lane->mm, "pipe2", user_call2(pipe2, lane->argument, 0));
	user_get(family->pipe, lane->argument, sizeof(family->pipe));
}

static void put(const struct family *family, unsigned int which)
{
	unsigned int i;

	for (i = 0; i < family->lane->mm->plat->pages; i++)
		user_store(family->lane->base + i * PAGE_SIZE,
			   family->number * VALUES + which);
}

static u64 wrong(const struct family *family, unsigned int which)
{
	u64 count = 0, value;
	unsigned int i;

	for (i = 0; i < family->lane->mm->plat->pages; i++)
		count += !user_load(family->lane->base + i * PAGE_SIZE, &value) ||
			 value != family->number * VALUES + which;
	return count;
}

static int child(void *arg)
{
	struct family *family = arg;
	struct kw_lane *lane = family->lane;
	u64 count;

	plat_category(PLAT_CAT_APP);
	count = wrong(family, BEFORE);
	put(family, OF_CHILD);
	count += wrong(family, OF_CHILD);
	user_call3(write, family->pipe[1], kw_argument(lane, 64, &count, sizeof(count)),
		   sizeof(count));
	return 0;
}

static int operate(struct kw_lane *lane, u64 number)
{
	struct family *family = lane->shadow;
	u64 told = 1;
	pid_t pid;

	family->number = number;
	put(family, BEFORE);
	pid = user_clone(child, family, SIGCHLD);
	if (pid < 0)
		return pid;
	/* The child must find what was there at the fork, whenever this is. */
	put(family, OF_PARENT);
	if (user_call3(read, family->pipe[0], lane->argument, sizeof(told)) == sizeof(told))
		user_get(&told, lane->argument, sizeof(told));
	if (user_call4(wait4, pid, 0, 0, 0) != pid || told || wrong(family, OF_PARENT))
		return -EIO;
	return 0;
}

const struct kw_program kw_program_fork = {
	.prepare = prepare,
	.enter = enter,
	.operate = operate,
};
