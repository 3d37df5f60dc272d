// SPDX-License-Identifier: GPL-2.0
/* Sink "forward": the host is a router. Frames that arrive for a host behind another interface leave
 * by it, as with net.ipv4.ip_forward. */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include "workloads.h"

/* As writing 1 to ip_forward does (net/ipv4/devinet.c, inet_forward_change). */
static void forward(struct net_device *dev)
{
	struct in_device *in_dev;

	rtnl_lock();
	dev_disable_lro(dev);
	in_dev = __in_dev_get_rtnl(dev);
	if (!in_dev)
		kw_fail("%s: forward: the interface has no address", dev->name);
	IN_DEV_CONF_SET(in_dev, FORWARDING, 1);
	rtnl_unlock();
}

void kw_sink_forward_start(struct kw_netdev *nd)
{
	struct kw_netdev *out = kw_netdev_find(nd->plat->forward_devfn);

	IPV4_DEVCONF_ALL(&init_net, FORWARDING) = 1;
	forward(nd->dev);
	forward(out->dev);
	kw_neighbour(out, kw_peer(out, 0));
}
