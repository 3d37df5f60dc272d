// SPDX-License-Identifier: GPL-2.0
/* What a driver test asks of an interface. */
#include <linux/bvec.h>
#include <linux/delay.h>
#include <linux/ethtool.h>
#include <linux/in.h>
#include <linux/interrupt.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uio.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include "workloads.h"

#define SEND_MAX 1472u	/* a datagram of the default MTU */

static long set_open(struct kw_netdev *nd, bool up)
{
	long err = 0;

	rtnl_lock();
	if (up)
		err = dev_open(nd->dev, NULL);
	else
		dev_close(nd->dev);
	rtnl_unlock();
	if (!up)
		kw_neighbours_lost(nd);
	if (!up || err)
		return err;
	kw_knobs_after_open(nd);
	kw_irq_place(nd);
	return 0;
}

static long counter(struct net_device *dev, const char *name, unsigned long *value)
{
	const struct ethtool_ops *ops = dev->ethtool_ops;
	struct ethtool_stats stats = { .cmd = ETHTOOL_GSTATS };
	int count = ops->get_sset_count ? ops->get_sset_count(dev, ETH_SS_STATS) : 0, i;
	u8 *names = count > 0 ? kcalloc(count, ETH_GSTRING_LEN, GFP_KERNEL) : NULL;
	u64 *data = count > 0 ? kcalloc(count, sizeof(*data), GFP_KERNEL) : NULL;
	long err = -ENOENT;

	if (names && data) {
		stats.n_stats = count;
		ops->get_strings(dev, ETH_SS_STATS, names);
		ops->get_ethtool_stats(dev, &stats, data);
		for (i = 0; i < count && err; i++) {
			if (strncmp(names + i * ETH_GSTRING_LEN, name, ETH_GSTRING_LEN))
				continue;
			*value = data[i];
			err = 0;
		}
	}
	kfree(names);
	kfree(data);
	return err;
}

static long self_test(struct net_device *dev)
{
	const struct ethtool_ops *ops = dev->ethtool_ops;
	struct ethtool_test test = { .cmd = ETHTOOL_TEST, .flags = ETH_TEST_FL_OFFLINE };
	int count = ops->get_sset_count ? ops->get_sset_count(dev, ETH_SS_TEST) : 0;
	u64 *data;

	if (count <= 0 || !ops->self_test)
		return -EOPNOTSUPP;
	data = kcalloc(count, sizeof(*data), GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	test.len = count;
	ops->self_test(dev, &test, data);
	kfree(data);
	return test.flags & ETH_TEST_FL_FAILED ? -EIO : 0;
}

static void tx_timeout(struct net_device *dev)
{
	netif_tx_lock_bh(dev);
	dev->netdev_ops->ndo_tx_timeout(dev, 0);
	netif_tx_unlock_bh(dev);
}

/* As ethtool -K ntuple on, then -N; the rule's place is made of the port. */
static long steer(struct net_device *dev, const struct plat_user *user)
{
	struct ethtool_rxnfc rule = { .cmd = ETHTOOL_SRXCLSRLINS };

	if (!dev->ethtool_ops->set_rxnfc || !(dev->hw_features & NETIF_F_NTUPLE))
		return -EOPNOTSUPP;
	dev->wanted_features |= NETIF_F_NTUPLE;
	netdev_update_features(dev);
	rule.fs.location = user->arg[0] & 0x1ff;
	if (user->arg[1] == PLAT_STEER_NONE)
		rule.cmd = ETHTOOL_SRXCLSRLDEL;
	rule.fs.ring_cookie = user->arg[1] == PLAT_STEER_DROP ? RX_CLS_FLOW_DISC : user->arg[1];
	rule.fs.flow_type = UDP_V4_FLOW;
	rule.fs.h_u.udp_ip4_spec.pdst = htons(user->arg[0]);
	rule.fs.m_u.udp_ip4_spec.pdst = htons(0xffff);
	return dev->ethtool_ops->set_rxnfc(dev, &rule);
}

/* Under rtnl, as all of ethtool is, which leaves a detached device alone (ethnl_ops_begin). */
static long configure(struct kw_netdev *nd, const struct plat_user *user, unsigned long *value)
{
	struct net_device *dev = nd->dev;
	struct netlink_ext_ack extack = { };

	if (user->op != PLAT_USER_CARRIER && !netif_device_present(dev))
		return -ENODEV;

	switch (user->op) {
	case PLAT_USER_RING:
		return kw_set_ring(dev, user->arg[0], &extack);
	case PLAT_USER_CHANNELS:
		return kw_set_channels(dev, user->arg[0]);
	case PLAT_USER_COALESCE:
		return kw_set_coalesce(dev, user->arg[0], &extack);
	case PLAT_USER_MTU:
		return dev_set_mtu(dev, user->arg[0]);
	case PLAT_USER_COUNTER:
		return counter(dev, user->text, value);
	case PLAT_USER_SELF_TEST:
		return self_test(dev);
	case PLAT_USER_STEER:
		return steer(dev, user);
	case PLAT_USER_NEGOTIATE:
		return dev->ethtool_ops->nway_reset ? dev->ethtool_ops->nway_reset(dev) :
						      -EOPNOTSUPP;
	case PLAT_USER_CARRIER:
		*value = netif_running(dev) && netif_carrier_ok(dev);
		return 0;
	default:
		return -EINVAL;
	}
}

/* As sendfile() does: the datagram's pages go to the driver as they are. */
static int send_pages(struct socket *sock, struct msghdr *msg, struct page *page,
		      unsigned int bytes)
{
	struct bio_vec vec[2];
	unsigned int half = bytes / 2;

	bvec_set_page(&vec[0], page, half, 0);
	bvec_set_page(&vec[1], page, bytes - half, half);
	msg->msg_flags |= MSG_SPLICE_PAGES;
	iov_iter_bvec(&msg->msg_iter, ITER_SOURCE, vec, 2, bytes);
	return sock_sendmsg(sock, msg);
}

static long send_one(struct kw_netdev *nd, const struct plat_user *user, struct socket *sock)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(PLAT_USER_PORT),
		.sin_addr.s_addr = kw_peer(nd, 0),
	};
	struct msghdr msg = { .msg_name = &to, .msg_namelen = sizeof(to) };
	unsigned int bytes = user->arg[1];
	struct page *page = alloc_page(GFP_KERNEL);
	struct kvec vec;
	int done;

	if (!page)
		return -ENOMEM;
	plat_user_data(user->id, page_address(page), bytes, 1);
	vec = (struct kvec){ page_address(page), bytes };
	if (user->arg[2])
		done = send_pages(sock, &msg, page, bytes);
	else
		done = kernel_sendmsg(sock, &msg, &vec, 1, bytes);
	put_page(page);
	return done < 0 ? done : 0;
}

static long send(struct kw_netdev *nd, const struct plat_user *user)
{
	struct socket *sock;
	unsigned long i;
	long err;

	if (user->arg[1] < 8 || user->arg[1] > SEND_MAX)
		return -EINVAL;
	kw_neighbour(nd, kw_peer(nd, 0));
	err = sock_create_kern(&init_net, AF_INET, SOCK_DGRAM, IPPROTO_UDP, &sock);
	if (err)
		return err;
	err = sock_bindtoindex(sock->sk, nd->dev->ifindex, true);
	for (i = 0; i < user->arg[0] && !err; i++)
		err = send_one(nd, user, sock);
	sock_release(sock);
	return err;
}

/* As echo MASK > /proc/irq/N/smp_affinity. */
static long affinity(struct kw_netdev *nd, const struct plat_user *user)
{
	int irq = pci_irq_vector(nd->pdev, user->arg[0]);

	if (irq < 0)
		return irq;
	if (user->arg[1] >= nr_cpu_ids || !cpu_online(user->arg[1]))
		return -EINVAL;
	return irq_set_affinity(irq, cpumask_of(user->arg[1]));
}

long kw_user_net(const struct plat_user *user, unsigned long *value)
{
	struct kw_netdev *nd = kw_netdev_find(user->devfn);
	long err;

	if (!nd->dev)
		return -ENODEV;
	switch (user->op) {
	case PLAT_USER_OPEN:
	case PLAT_USER_CLOSE:
		return set_open(nd, user->op == PLAT_USER_OPEN);
	case PLAT_USER_SEND:
		return send(nd, user);
	case PLAT_USER_AFFINITY:
		return affinity(nd, user);
	case PLAT_USER_TX_TIMEOUT:
		if (!nd->dev->netdev_ops->ndo_tx_timeout)
			return -EOPNOTSUPP;
		tx_timeout(nd->dev);
		return 0;
	default:
		rtnl_lock();
		err = configure(nd, user, value);
		rtnl_unlock();
		return err;
	}
}
