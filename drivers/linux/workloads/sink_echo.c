// SPDX-License-Identifier: GPL-2.0
/* The answering half of sink "echo": the payload goes back to its sender. The simulated wire has no
 * host that answers ARP, so each sender gets a permanent neighbour entry at first sight, as an
 * administrator would set it with "ip neigh". Permanent entries are exempt from the neighbour
 * table's garbage collection thresholds, so their number is not limited by them. */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/etherdevice.h>
#include <linux/in.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <net/arp.h>
#include <net/neighbour.h>
#include "workloads.h"

/* Source address of every generated frame. */
static const u8 generator_mac[ETH_ALEN] = { 0x02, 0, 0, 0, 0, 0x01 };

/* Host numbers of the interface's /16. */
#define HOST_BITS 16
#define HOSTS     (1u << HOST_BITS)

struct kw_echo {
	struct kw_netdev *nd;
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

static void learn(struct kw_echo *echo, __be32 addr)
{
	struct net_device *dev = echo->nd->dev;
	struct neighbour *neigh = neigh_lookup(&arp_tbl, &addr, dev);
	int err;

	if (!neigh)
		neigh = neigh_create(&arp_tbl, &addr, dev);
	if (IS_ERR(neigh))
		kw_fail("%s: echo: neighbour %pI4: error %ld", dev->name, &addr, PTR_ERR(neigh));
	err = neigh_update(neigh, generator_mac, NUD_PERMANENT,
			   NEIGH_UPDATE_F_OVERRIDE | NEIGH_UPDATE_F_ADMIN, 0);
	neigh_release(neigh);
	if (err)
		kw_fail("%s: echo: neighbour %pI4: error %d", dev->name, &addr, err);
}

void kw_echo_reply(struct kw_echo *echo, struct socket *sock, struct sockaddr_in *to, void *data,
		   unsigned int bytes)
{
	struct kvec vec = { .iov_base = data, .iov_len = bytes };
	struct msghdr msg = { .msg_name = to, .msg_namelen = sizeof(*to) };
	u32 host = ntohl(to->sin_addr.s_addr) % HOSTS;
	unsigned long category;

	if (!test_bit(host, echo->known)) {
		learn(echo, to->sin_addr.s_addr);
		__set_bit(host, echo->known);
	}
	category = kw_syscall_enter();
	/* A datagram that the stack refuses is lost, as for a program that goes on regardless; the
	 * device's count of frames sent shows it. */
	kernel_sendmsg(sock, &msg, &vec, 1, bytes);
	kw_syscall_leave(category);
}
