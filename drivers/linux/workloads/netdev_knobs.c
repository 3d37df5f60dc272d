// SPDX-License-Identifier: GPL-2.0
/* What an administrator sets by sysfs, sysctl and ethtool -K for the receive path. */
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/hotdata.h>
#include "workloads.h"

static netdev_features_t features_of(unsigned int bits)
{
	netdev_features_t features = 0;

	if (bits & PLAT_FEATURE_TSO)
		features |= NETIF_F_ALL_TSO | NETIF_F_GSO_UDP_L4;
	if (bits & PLAT_FEATURE_SG)
		features |= NETIF_F_SG;
	if (bits & PLAT_FEATURE_GRO)
		features |= NETIF_F_GRO;
	if (bits & PLAT_FEATURE_LRO)
		features |= NETIF_F_LRO;
	return features;
}

/* As ethtool -K (net/ethtool/features.c): what the driver has is wanted or not; the rest follows. */
static void set_features(struct kw_netdev *nd)
{
	struct net_device *dev = nd->dev;
	netdev_features_t on = features_of(nd->plat->features_on);
	netdev_features_t off = features_of(nd->plat->features_off);

	if (on & NETIF_F_LRO && !(dev->hw_features & NETIF_F_LRO))
		kw_fail("%s: the driver has no large receive offload", dev->name);
	dev->wanted_features |= on & dev->hw_features;
	dev->wanted_features &= ~(off & (dev->hw_features | NETIF_F_GRO));
	netdev_update_features(dev);
	if (on & NETIF_F_LRO && !(dev->features & NETIF_F_LRO))
		kw_fail("%s: the driver refuses large receive offload with this setting",
			dev->name);
}

/* No interface of the kernel sets the weight: it is the driver's choice when it adds a context. This
 * stands for a driver that was built with another one. */
static void set_weight(struct net_device *dev, unsigned int weight)
{
	struct napi_struct *napi;

	list_for_each_entry(napi, &dev->napi_list, dev_list)
		napi->weight = weight;
}

/* Before the interface is opened: features, and what its opening copies. After: contexts exist. */
void kw_knobs_before_open(struct kw_netdev *nd)
{
	const struct plat_netdev *plat = nd->plat;
	struct net_device *dev = nd->dev;

	rtnl_lock();
	WRITE_ONCE(dev->gro_flush_timeout, plat->gro_flush_timeout_ns);
	WRITE_ONCE(dev->napi_defer_hard_irqs, plat->napi_defer_hard_irqs);
	if (plat->features_on | plat->features_off)
		set_features(nd);
	rtnl_unlock();
	if (plat->netdev_budget)
		WRITE_ONCE(net_hotdata.netdev_budget, plat->netdev_budget);
}

void kw_knobs_after_open(struct kw_netdev *nd)
{
	const struct plat_netdev *plat = nd->plat;
	int err = 0;

	rtnl_lock();
	if (plat->napi_weight)
		set_weight(nd->dev, plat->napi_weight);
	if (plat->threaded_napi)
		err = dev_set_threaded(nd->dev, true);
	rtnl_unlock();
	if (err)
		kw_fail("%s: threaded NAPI: error %d", nd->dev->name, err);
}
