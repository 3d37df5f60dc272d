// SPDX-License-Identifier: GPL-2.0
/* A server that answers many TCP connections by epoll, in one thread, and clients with `depth`
 * connections each, on the loopback interface. An operation is a request on each connection of a
 * client and all their answers. */
#include <uapi/linux/eventpoll.h>
#include <linux/in.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <net/net_namespace.h>
#include "program.h"

#define PORT_BASE	7100
#define EVENTS		32
#define BACKLOG		1024
/* The server looks so often whether the program has ended. */
#define WAIT_MS		1
/* The last descriptor that a process may have (RLIMIT_NOFILE). */
#define LAST_FD		1023

struct server {
	int listener, epoll;
	unsigned long buffer;
};

struct client {
	unsigned long out, in;
	int fd[];
};

static void prepare(struct kw_mm *mm)
{
	unsigned int i;

	mm->program = kzalloc(sizeof(struct server), GFP_KERNEL);
	for (i = 0; i < mm->plat->workers; i++)
		mm->lane[i].shadow = kzalloc(struct_size((struct client *)0, fd,
							 mm->plat->depth), GFP_KERNEL);
	for (i = 0; i < mm->plat->workers; i++)
		if (!mm->program || !mm->lane[i].shadow)
			kw_fail("mm %u: no memory for connections", mm->plat->id);
	rtnl_lock();
	dev_change_flags(init_net.loopback_dev, init_net.loopback_dev->flags | IFF_UP, NULL);
	rtnl_unlock();
}

static struct sockaddr_in address(const struct kw_mm *mm)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(PORT_BASE + mm->plat->id),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static long watch(struct kw_lane *lane, int fd)
{
	const struct server *server = lane->mm->program;
	struct epoll_event event = { .events = (__force __poll_t)EPOLLIN, .data = fd };

	return user_call4(epoll_ctl, server->epoll, EPOLL_CTL_ADD, fd,
			  kw_argument(lane, 0, &event, sizeof(event)));
}

/* The table of descriptors grows while there is one thread: later that waits for all cores (RCU),
 * some 15 ms, as in programs that do not think of it. */
static void grow_descriptors(struct kw_mm *mm, int fd)
{
	kw_checked(mm, "dup3", user_call3(dup3, fd, LAST_FD, 0));
	user_call1(close, LAST_FD);
}

static void begin(struct kw_mm *mm)
{
	struct kw_lane *lane = &mm->lane[0];
	struct server *server = mm->program;
	struct sockaddr_in own = address(mm);

	server->listener = kw_checked(mm, "socket",
				      user_call3(socket, AF_INET, SOCK_STREAM, 0));
	kw_checked(mm, "bind", user_call3(bind, server->listener,
					  kw_argument(lane, 0, &own, sizeof(own)), sizeof(own)));
	kw_checked(mm, "listen", user_call2(listen, server->listener, BACKLOG));
	server->epoll = kw_checked(mm, "epoll_create1", user_call1(epoll_create1, 0));
	kw_checked(mm, "epoll_ctl", watch(lane, server->listener));
	grow_descriptors(mm, server->listener);
	server->buffer = kw_memory(mm, mm->plat->bytes);
}

static void enter(struct kw_lane *lane)
{
	struct sockaddr_in to = address(lane->mm);
	struct client *client = lane->shadow;
	unsigned int i;

	client->out = kw_memory(lane->mm, lane->mm->plat->bytes);
	client->in = kw_memory(lane->mm, lane->mm->plat->bytes);
	for (i = 0; i < lane->mm->plat->depth; i++) {
		client->fd[i] = kw_checked(lane->mm, "socket",
					   user_call3(socket, AF_INET, SOCK_STREAM, 0));
		kw_checked(lane->mm, "connect",
			   user_call3(connect, client->fd[i],
				      kw_argument(lane, 0, &to, sizeof(to)), sizeof(to)));
	}
}

static bool read_all(int fd, unsigned long to, unsigned int bytes)
{
	while (bytes) {
		long part = user_call3(read, fd, to, bytes);

		if (part <= 0)
			return false;
		to += part;
		bytes -= part;
	}
	return true;
}

static u64 value_of(const struct kw_lane *lane, u64 number, unsigned int connection)
{
	return (number * lane->mm->lanes + lane->index) * lane->mm->plat->depth + connection;
}

static int operate(struct kw_lane *lane, u64 number)
{
	const struct plat_mm *plat = lane->mm->plat;
	struct client *client = lane->shadow;
	unsigned int i, wrong = 0;

	for (i = 0; i < plat->depth; i++) {
		kw_words_put(client->out, plat->bytes, value_of(lane, number, i));
		if (user_call3(write, client->fd[i], client->out, plat->bytes) != plat->bytes)
			return -EIO;
	}
	for (i = 0; i < plat->depth; i++) {
		if (!read_all(client->fd[i], client->in, plat->bytes))
			return -EIO;
		wrong += kw_words_wrong(client->in, plat->bytes, value_of(lane, number, i));
	}
	return wrong ? -EBADMSG : 0;
}

static void answer(struct kw_lane *lane, int fd)
{
	const struct server *server = lane->mm->program;
	long bytes = user_call3(read, fd, server->buffer, lane->mm->plat->bytes);

	if (bytes > 0 && user_call3(write, fd, server->buffer, bytes) != bytes)
		kw_fail("mm %u: the server cannot answer", lane->mm->plat->id);
}

static void serve(struct kw_lane *lane)
{
	const struct server *server = lane->mm->program;
	unsigned long events = lane->argument + PAGE_SIZE / 2;
	struct epoll_event event;
	long count, i;

	while (!READ_ONCE(lane->mm->stop)) {
		count = kw_checked(lane->mm, "epoll_pwait",
				   user_call6(epoll_pwait, server->epoll, events, EVENTS,
					      WAIT_MS, 0, 8));
		for (i = 0; i < count; i++) {
			user_get(&event, events + i * sizeof(event), sizeof(event));
			if (event.data == server->listener)
				kw_checked(lane->mm, "epoll_ctl", watch(lane, kw_checked(
					lane->mm, "accept",
					user_call4(accept4, server->listener, 0, 0, 0))));
			else
				answer(lane, event.data);
		}
	}
}

const struct kw_program kw_program_echo = {
	.prepare = prepare,
	.begin = begin,
	.enter = enter,
	.operate = operate,
	.serve = serve,
};
