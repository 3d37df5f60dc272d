// SPDX-License-Identifier: GPL-2.0
/*
 * A program as a workload: its threads talk by a pair of UNIX sockets. An operation is a message to
 * the peer and its answer, every word of which is the message's plus one. Use:
 *
 *	doorbell run --driver examples/own-program examples/own-program/ping.toml
 */
#include <linux/module.h>
#include <linux/net.h>
#include <linux/socket.h>
#include <asm/user_program.h>

/* In the program's memory, as system calls want it. */
struct pair {
	int worker, peer;
};

static struct pair pair;

/* The peer's reads end when nothing comes, so that it sees the end of the program. */
static void *begin(const struct user_thread *first)
{
	struct __kernel_sock_timeval timeout = { .tv_usec = 1000 };

	if (user_call4(socketpair, AF_UNIX, SOCK_STREAM, 0, first->argument) ||
	    !user_get(&pair, first->argument, sizeof(pair)) ||
	    !user_put(first->argument, &timeout, sizeof(timeout)) ||
	    user_call5(setsockopt, pair.peer, SOL_SOCKET, SO_RCVTIMEO_NEW, first->argument,
		       sizeof(timeout)))
		return NULL;
	return &pair;
}

static bool move(bool in, int fd, unsigned long at, unsigned int bytes)
{
	while (bytes) {
		long part = in ? user_call3(read, fd, at, bytes) : user_call3(write, fd, at, bytes);

		if (part <= 0)
			return false;
		at += part;
		bytes -= part;
	}
	return true;
}

static unsigned int message_bytes(const struct user_thread *thread)
{
	return min_t(unsigned int, thread->bytes, PAGE_SIZE);
}

static int operate(struct user_thread *thread, u64 number)
{
	unsigned int bytes = message_bytes(thread), i;
	u64 value;

	if (!thread->shared)
		return -ENOTCONN;
	for (i = 0; i < bytes; i += sizeof(u64))
		user_store(thread->memory + i, number + i);
	if (!move(false, pair.worker, thread->memory, bytes) ||
	    !move(true, pair.worker, thread->memory, bytes))
		return -EPIPE;
	for (i = 0; i < bytes; i += sizeof(u64))
		if (!user_load(thread->memory + i, &value) || value != number + i + 1)
			return -EBADMSG;
	return 0;
}

static void serve(struct user_thread *thread)
{
	unsigned int bytes = message_bytes(thread), i;
	u64 value;

	while (!user_thread_ends(thread)) {
		if (!move(true, pair.peer, thread->argument, bytes))
			continue;
		for (i = 0; i < bytes; i += sizeof(u64))
			if (user_load(thread->argument + i, &value))
				user_store(thread->argument + i, value + 1);
		move(false, pair.peer, thread->argument, bytes);
	}
}

static struct user_program program = {
	.name = "ping",
	.begin = begin,
	.operate = operate,
	.serve = serve,
};

static int __init own_program_init(void)
{
	user_program_register(&program);
	return 0;
}
module_init(own_program_init);

MODULE_DESCRIPTION("A program as a workload of Doorbell");
MODULE_LICENSE("GPL");
