// SPDX-License-Identifier: GPL-2.0
/* The answering half of sink "echo": the payload goes back to its sender, which becomes a permanent
 * neighbour at first sight. */
#include <linux/bitmap.h>
#include <linux/in.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include "workloads.h"

/* Host numbers of the interface's /16. */
#define HOST_BITS 16
#define HOSTS     (1u << HOST_BITS)

struct kw_echo {
	struct kw_netdev *nd;
	unsigned int ups;	/* of the interface when `known` was so */
	DECLARE_BITMAP(known, HOSTS);
};

struct kw_echo *kw_echo_create(struct kw_netdev *nd)
{
	struct kw_echo *echo = kzalloc(sizeof(*echo), GFP_KERNEL);

	if (!echo)
		kw_fail("%s: echo: out of memory", nd->dev->name);
	echo->nd = nd;
	return echo;
}

void kw_echo_reply(struct kw_echo *echo, struct socket *sock, struct sockaddr_in *to, void *data,
		   unsigned int bytes)
{
	struct kvec vec = { .iov_base = data, .iov_len = bytes };
	struct msghdr msg = { .msg_name = to, .msg_namelen = sizeof(*to) };
	u32 host = ntohl(to->sin_addr.s_addr) % HOSTS;
	unsigned long category;

	if (echo->ups != echo->nd->ups) {
		echo->ups = echo->nd->ups;
		bitmap_zero(echo->known, HOSTS);
	}
	if (!test_bit(host, echo->known)) {
		kw_neighbour(echo->nd, to->sin_addr.s_addr);
		__set_bit(host, echo->known);
	}
	category = kw_syscall_enter();
	/* A datagram that the stack refuses is lost, as for a program that goes on regardless; the
	 * device's count of frames sent shows it. */
	kernel_sendmsg(sock, &msg, &vec, 1, bytes);
	kw_syscall_leave(category);
}
