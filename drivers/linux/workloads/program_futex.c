// SPDX-License-Identifier: GPL-2.0
/* Two threads that wake each other in turn by a futex in memory that they share. */
#include <uapi/linux/futex.h>
#include <linux/time_types.h>
#include "program.h"

/* Values of the word: whose turn it is. */
enum { TURN_PEER = 1, TURN_WORKER = 2 };
/* So that the peer sees the end of the program. */
#define TIMEOUT_NS	1000000

static void begin(struct kw_mm *mm)
{
	unsigned long futex = kw_memory(mm, PAGE_SIZE);

	mm->program = (void *)futex;
	user_store(futex, TURN_WORKER);
}

static long wait_while(struct kw_lane *lane, unsigned int value)
{
	struct __kernel_timespec timeout = { .tv_nsec = TIMEOUT_NS };

	return user_call4(futex, lane->mm->program, FUTEX_WAIT_PRIVATE, value,
			  kw_argument(lane, 0, &timeout, sizeof(timeout)));
}

static int give(struct kw_lane *lane, unsigned int turn)
{
	if (!user_store((unsigned long)lane->mm->program, turn))
		return -EFAULT;
	return user_call3(futex, lane->mm->program, FUTEX_WAKE_PRIVATE, 1) < 0 ? -EIO : 0;
}

static int wait_for(struct kw_lane *lane, unsigned int turn)
{
	u64 now;

	while (user_load((unsigned long)lane->mm->program, &now) && now != turn) {
		long result = wait_while(lane, now);

		if (result && result != -EAGAIN && result != -ETIMEDOUT)
			return result;
		if (READ_ONCE(lane->mm->stop))
			return -EINTR;
	}
	return 0;
}

static int operate(struct kw_lane *lane, u64 number)
{
	return give(lane, TURN_PEER) ?: wait_for(lane, TURN_WORKER);
}

static void serve(struct kw_lane *lane)
{
	while (!wait_for(lane, TURN_PEER))
		if (give(lane, TURN_WORKER))
			kw_fail("mm %u: waking by a futex failed", lane->mm->plat->id);
}

const struct kw_program kw_program_futex = {
	.begin = begin,
	.operate = operate,
	.serve = serve,
};
