// SPDX-License-Identifier: GPL-2.0
/* What an administrator does to an interface while traffic runs, through the calls that ip and
 * ethtool end in. After each the interface must be up again. */
#include <linux/delay.h>
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include "workloads.h"

#define COALESCE_US 100

struct admin {
	const struct plat_admin *plat;
	struct kw_netdev *nd;
};

static int down_up(struct kw_netdev *nd)
{
	int err;

	rtnl_lock();
	dev_close(nd->dev);
	rtnl_unlock();
	kw_neighbours_lost(nd);
	rtnl_lock();
	err = dev_open(nd->dev, NULL);
	rtnl_unlock();
	if (err)
		return err;
	kw_knobs_after_open(nd);
	kw_irq_place(nd);
	kw_send_neighbours(nd);
	return 0;
}

static int ring(struct net_device *dev)
{
	struct netlink_ext_ack extack = { };
	struct ethtool_ringparam rp = { };
	struct kernel_ethtool_ringparam kernel_rp = { };
	int err;

	rtnl_lock();
	dev->ethtool_ops->get_ringparam(dev, &rp, &kernel_rp, &extack);
	err = kw_set_ring(dev, rp.rx_pending / 2, &extack);
	if (!err)
		err = kw_set_ring(dev, rp.rx_pending, &extack);
	rtnl_unlock();
	return err;
}

static int coalesce(struct kw_netdev *nd)
{
	struct netlink_ext_ack extack = { };
	int err;

	rtnl_lock();
	err = kw_set_coalesce(nd->dev, COALESCE_US, &extack);
	if (!err)
		err = kw_set_coalesce(nd->dev, nd->plat->itr_us, &extack);
	rtnl_unlock();
	return err;
}

static int statistics(struct net_device *dev)
{
	const struct ethtool_ops *ops = dev->ethtool_ops;
	struct ethtool_stats stats = { .cmd = ETHTOOL_GSTATS };
	struct rtnl_link_stats64 link;
	u64 *data;
	int count;

	rtnl_lock();
	count = ops->get_sset_count(dev, ETH_SS_STATS);
	data = count > 0 ? kcalloc(count, sizeof(*data), GFP_KERNEL) : NULL;
	if (data) {
		stats.n_stats = count;
		ops->get_ethtool_stats(dev, &stats, data);
	}
	dev_get_stats(dev, &link);
	rtnl_unlock();
	kfree(data);
	return data ? 0 : -ENOMEM;
}

/* As the queues' watchdog calls it (net/sched/sch_generic.c, dev_watchdog). */
static int tx_timeout(struct net_device *dev)
{
	if (!dev->netdev_ops->ndo_tx_timeout)
		return -EOPNOTSUPP;
	netif_tx_lock_bh(dev);
	dev->netdev_ops->ndo_tx_timeout(dev, 0);
	netif_tx_unlock_bh(dev);
	/* The driver resets the device in a work item. */
	msleep(KW_POLL_MS);
	return 0;
}

static int self_test(struct kw_netdev *nd)
{
	struct net_device *dev = nd->dev;
	const struct ethtool_ops *ops = dev->ethtool_ops;
	struct ethtool_test test = { .cmd = ETHTOOL_TEST, .flags = ETH_TEST_FL_OFFLINE };
	u64 *data;
	int count = ops->get_sset_count(dev, ETH_SS_TEST), i, failed = 0;

	if (count <= 0 || !ops->self_test)
		return -EOPNOTSUPP;
	data = kcalloc(count, sizeof(*data), GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	test.len = count;
	rtnl_lock();
	ops->self_test(dev, &test, data);
	rtnl_unlock();
	for (i = 0; i < count; i++) {
		if (data[i])
			pr_info("%s: self-test %d: %llu\n", dev->name, i, data[i]);
		failed |= data[i] != 0;
	}
	kfree(data);
	return failed ? -EIO : 0;
}

static int flap(struct net_device *dev)
{
	int err;

	if (!dev->ethtool_ops->nway_reset)
		return -EOPNOTSUPP;
	rtnl_lock();
	err = dev->ethtool_ops->nway_reset(dev);
	rtnl_unlock();
	return err;
}

static int act(struct admin *admin)
{
	struct net_device *dev = admin->nd->dev;

	switch (admin->plat->op) {
	case PLAT_ADMIN_DOWN_UP:
		return down_up(admin->nd);
	case PLAT_ADMIN_RING:
		return ring(dev);
	case PLAT_ADMIN_COALESCE:
		return coalesce(admin->nd);
	case PLAT_ADMIN_STATISTICS:
		return statistics(dev);
	case PLAT_ADMIN_TX_TIMEOUT:
		return tx_timeout(dev);
	case PLAT_ADMIN_SELF_TEST:
		return self_test(admin->nd);
	case PLAT_ADMIN_RESET:
		return flap(dev);
	}
	return -EINVAL;
}

static int admin_thread(void *arg)
{
	struct admin *admin = arg;
	unsigned int i;

	kw_wait_start();
	for (i = 0; i < admin->plat->count; i++) {
		int err;

		fsleep(admin->plat->period_ns / 1000);
		err = act(admin);
		kw_wait_up(admin->nd);
		plat_admin_done(admin->plat->id, err);
	}
	for (;;) {
		set_current_state(TASK_IDLE);
		schedule();
	}
	return 0;
}

void kw_admin_start(void)
{
	char name[TASK_COMM_LEN];
	unsigned int i;

	for (i = 0; i < plat_admins(); i++) {
		struct admin *admin = kzalloc(sizeof(*admin), GFP_KERNEL);

		if (!admin)
			kw_fail("admin %u: out of memory", i);
		admin->plat = plat_admin(i);
		admin->nd = kw_netdev_find(admin->plat->devfn);
		snprintf(name, sizeof(name), "admin/%u", i);
		kw_thread(admin_thread, admin, name, 0);
	}
}
