// SPDX-License-Identifier: GPL-2.0
/*
 * A TCP message is received by copying (read) or by mapping its pages into the program
 * (TCP_ZEROCOPY_RECEIVE), which takes the pages of the message before out of it. Both ends are on
 * the loopback interface; its MTU makes each segment one page, as a device with header split does,
 * and the sender hands pages over without a copy, so that the receiver's side is all that is
 * compared.
 */
#include <linux/bvec.h>
#include <linux/err.h>
#include <linux/in.h>
#include <linux/mman.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/tcp.h>
#include <net/net_namespace.h>
#include "mm.h"

#define PORT_BASE	7000
/* A segment's payload is a page: 20 bytes IP, 20 TCP, 12 time stamps. */
#define MTU		(PAGE_SIZE + 52)
/* Both ends are one thread: a message must fit between them. */
#define SOCKET_BYTES	(16 << 20)

struct receive {
	int fd;
	struct socket *sender;
	unsigned long buffer, window, argument;
	struct page **pages;
	struct bio_vec *vec;
};

static unsigned long argument(struct kw_lane *lane, const void *data, unsigned int bytes)
{
	unsigned long at = lane->mm->receive->argument;

	memcpy(user_page(at, true), data, bytes);
	return at;
}

static void check(struct kw_lane *lane, const char *what, long result)
{
	if (IS_ERR_VALUE(result))
		kw_fail("mm %u: %s: error %ld", lane->mm->plat->id, what, result);
}

static int make_socket(struct kw_lane *lane)
{
	static const int options[] = { SO_SNDBUFFORCE, SO_RCVBUFFORCE };
	int fd = user_call3(socket, AF_INET, SOCK_STREAM, 0), bytes = SOCKET_BYTES;
	unsigned int i;

	check(lane, "socket", fd);
	for (i = 0; i < ARRAY_SIZE(options); i++)
		check(lane, "setsockopt",
		      user_call5(setsockopt, fd, SOL_SOCKET, options[i],
				 argument(lane, &bytes, sizeof(bytes)), sizeof(bytes)));
	return fd;
}

void kw_mm_receive_prepare(struct kw_mm *mm)
{
	unsigned int count = mm->plat->pages;
	struct receive *receive = kzalloc(sizeof(*receive), GFP_KERNEL);

	if (receive) {
		receive->pages = kcalloc(count, sizeof(receive->pages[0]), GFP_KERNEL);
		receive->vec = kcalloc(count, sizeof(receive->vec[0]), GFP_KERNEL);
	}
	if (!receive || !receive->pages || !receive->vec || mm->plat->workers != 1)
		kw_fail("mm %u: a message needs memory and one working thread", mm->plat->id);
	mm->receive = receive;
	rtnl_lock();
	dev_set_mtu(init_net.loopback_dev, MTU);
	dev_change_flags(init_net.loopback_dev, IFF_UP, NULL);
	rtnl_unlock();
}

static void connect_ends(struct kw_lane *lane)
{
	struct receive *receive = lane->mm->receive;
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(PORT_BASE + lane->mm->plat->id),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener, sender, error;

	receive->argument = user_call6(mmap, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	listener = make_socket(lane);
	sender = make_socket(lane);
	check(lane, "bind",
	      user_call3(bind, listener, argument(lane, &to, sizeof(to)), sizeof(to)));
	check(lane, "listen", user_call2(listen, listener, 1));
	check(lane, "connect",
	      user_call3(connect, sender, argument(lane, &to, sizeof(to)), sizeof(to)));
	receive->fd = user_call4(accept4, listener, 0, 0, 0);
	check(lane, "accept", receive->fd);
	receive->sender = sockfd_lookup(sender, &error);
	receive->buffer = kw_mm_map(lane->mm->plat, lane->mm->plat->pages * PAGE_SIZE);
	receive->window = user_call6(mmap, 0, lane->mm->plat->pages * PAGE_SIZE, PROT_READ,
				     MAP_SHARED, receive->fd, 0);
	check(lane, "mmap of a socket", receive->window);
}

/* New pages each time, the first word of which says which they are. */
static long send_message(struct kw_lane *lane, u64 number)
{
	struct receive *receive = lane->mm->receive;
	struct msghdr message = { .msg_flags = MSG_SPLICE_PAGES };
	unsigned int i, count = lane->mm->plat->pages;
	long sent;

	for (i = 0; i < count; i++) {
		receive->pages[i] = alloc_page(GFP_KERNEL);
		if (!receive->pages[i])
			kw_fail("mm %u: no memory for a message", lane->mm->plat->id);
		*(u64 *)page_address(receive->pages[i]) = number + i;
		bvec_set_page(&receive->vec[i], receive->pages[i], PAGE_SIZE, 0);
	}
	iov_iter_bvec(&message.msg_iter, ITER_SOURCE, receive->vec, count, count * PAGE_SIZE);
	sent = sock_sendmsg(receive->sender, &message);
	/* The segments have references of their own. */
	for (i = 0; i < count; i++)
		put_page(receive->pages[i]);
	return sent;
}

static long by_copy(struct kw_lane *lane)
{
	struct receive *receive = lane->mm->receive;
	unsigned long bytes = lane->mm->plat->pages * PAGE_SIZE, done = 0;

	while (done < bytes) {
		long part = user_call3(read, receive->fd, receive->buffer + done, bytes - done);

		if (part <= 0)
			return -EIO;
		done += part;
	}
	return done;
}

/* Returns the bytes that were mapped; what cannot be is an error here. */
static long by_mapping(struct kw_lane *lane)
{
	struct receive *receive = lane->mm->receive;
	unsigned long bytes = lane->mm->plat->pages * PAGE_SIZE, done = 0;
	unsigned long at = receive->argument, length_at = at + PAGE_SIZE / 2;
	struct tcp_zerocopy_receive *answer;

	while (done < bytes) {
		struct tcp_zerocopy_receive ask = { .address = receive->window + done,
						    .length = bytes - done };
		int length = sizeof(ask);
		long error;

		memcpy(user_page(at, true), &ask, sizeof(ask));
		memcpy(user_page(length_at, true), &length, sizeof(length));
		error = user_call5(getsockopt, receive->fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, at,
				   length_at);
		answer = user_page(at, false);
		if (error || !answer->length)
			return -EIO;
		done += answer->length;
	}
	return done;
}

static int message(struct kw_lane *lane, u64 number)
{
	const struct plat_mm *plat = lane->mm->plat;
	struct receive *receive = lane->mm->receive;
	unsigned long base = plat->maps ? receive->window : receive->buffer;
	unsigned int page, wrong = 0;
	long done;
	u64 value;

	if (send_message(lane, number) != plat->pages * PAGE_SIZE)
		return -EIO;
	plat_mm_begin(plat->id, lane->index);
	done = plat->maps ? by_mapping(lane) : by_copy(lane);
	for (page = 0; page < plat->pages; page++)
		wrong += !user_load(base + page * PAGE_SIZE, &value) || value != number + page;
	return done == plat->pages * PAGE_SIZE && !wrong ? 0 : -EIO;
}

void kw_mm_receive_worker(struct kw_lane *lane)
{
	const struct plat_mm *plat = lane->mm->plat;
	u64 number = 0;

	connect_ends(lane);
	while (kw_mm_next(lane)) {
		int status = message(lane, number);

		plat_mm_done(plat->id, lane->index, PLAT_MM_OPERATION, status);
		number += plat->pages;
		user_step();
	}
}
