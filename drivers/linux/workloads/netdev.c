// SPDX-License-Identifier: GPL-2.0
/* Interfaces: found by their PCI device, renamed, set up by the driver's own ethtool operations,
 * addressed and opened, as an administrator's start-up script does it. */
#include <linux/delay.h>
#include <linux/ethtool.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/sch_generic.h>
#include "workloads.h"

#define PREFIX_MASK 0xffff0000u	/* /16 */

static struct kw_netdev *netdevs;

static struct net_device *netdev_of(const struct pci_dev *pdev)
{
	struct net_device *dev, *found = NULL;

	rtnl_lock();
	for_each_netdev(&init_net, dev) {
		if (dev->dev.parent == &pdev->dev) {
			found = dev;
			dev_hold(dev);
			break;
		}
	}
	rtnl_unlock();
	return found;
}

static void find(struct kw_netdev *nd)
{
	unsigned int ms;

	nd->pdev = pci_get_domain_bus_and_slot(0, 0, nd->plat->devfn);
	if (!nd->pdev)
		kw_fail("%s: no PCI device at devfn %#x", nd->plat->name, nd->plat->devfn);
	for (ms = 0; ms < KW_WAIT_MS; ms += KW_POLL_MS) {
		nd->dev = netdev_of(nd->pdev);
		if (nd->dev)
			return;
		msleep(KW_POLL_MS);
	}
	kw_fail("%s: driver made no interface for %s", nd->plat->name, pci_name(nd->pdev));
}

static void rename(struct kw_netdev *nd, const char *name)
{
	struct ifreq ifr = { };
	int err;

	if (!strcmp(nd->dev->name, name))
		return;
	strscpy(ifr.ifr_name, nd->dev->name, IFNAMSIZ);
	if (strscpy(ifr.ifr_newname, name, IFNAMSIZ) < 0)
		kw_fail("%s: name is longer than %d characters", name, IFNAMSIZ - 1);
	err = dev_ioctl(&init_net, SIOCSIFNAME, &ifr, NULL, NULL);
	if (err)
		kw_fail("%s: rename of %s: error %d", name, nd->dev->name, err);
}

/* The kernel's own numbering may have given a name to the wrong device: all leave theirs first. */
static void rename_all(unsigned int count)
{
	char parking[IFNAMSIZ];
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (!strcmp(netdevs[i].dev->name, netdevs[i].plat->name))
			continue;
		snprintf(parking, sizeof(parking), "doorbell%u", i);
		rename(&netdevs[i], parking);
	}
	for (i = 0; i < count; i++)
		rename(&netdevs[i], netdevs[i].plat->name);
}

int kw_set_channels(struct net_device *dev, unsigned int queues)
{
	const struct ethtool_ops *ops = dev->ethtool_ops;
	struct ethtool_channels ch = { .cmd = ETHTOOL_SCHANNELS };

	if (!queues)
		return 0;
	if (!netif_device_present(dev))
		return -ENODEV;
	if (!ops->get_channels || !ops->set_channels)
		return queues == dev->real_num_rx_queues ? 0 : -EOPNOTSUPP;
	ops->get_channels(dev, &ch);
	if (ch.combined_count == queues)
		return 0;
	if (queues > ch.max_combined)
		return -EINVAL;
	ch.combined_count = queues;
	return ops->set_channels(dev, &ch);
}

int kw_set_ring(struct net_device *dev, unsigned int ring, struct netlink_ext_ack *extack)
{
	const struct ethtool_ops *ops = dev->ethtool_ops;
	struct ethtool_ringparam rp = { .cmd = ETHTOOL_SRINGPARAM };
	struct kernel_ethtool_ringparam kernel_rp = { };

	if (!ring)
		return 0;
	if (!netif_device_present(dev))
		return -ENODEV;
	if (!ops->get_ringparam || !ops->set_ringparam)
		return -EOPNOTSUPP;
	ops->get_ringparam(dev, &rp, &kernel_rp, extack);
	if (ring > rp.rx_max_pending || ring > rp.tx_max_pending)
		return -EINVAL;
	rp.rx_pending = ring;
	rp.tx_pending = ring;
	return ops->set_ringparam(dev, &rp, &kernel_rp, extack);
}

/* itr_us has the meaning of ixgbe's rx-usecs, where 1 is the adaptive mode; a driver with ethtool's
 * own flag for it gets the flag. */
int kw_set_coalesce(struct net_device *dev, unsigned int itr_us, struct netlink_ext_ack *extack)
{
	const struct ethtool_ops *ops = dev->ethtool_ops;
	bool adaptive = itr_us == PLAT_ITR_ADAPTIVE;
	struct ethtool_coalesce ec = { .cmd = ETHTOOL_SCOALESCE };
	struct kernel_ethtool_coalesce kernel_ec = { };
	int err;

	if (!netif_device_present(dev))
		return -ENODEV;
	if (!ops->get_coalesce || !ops->set_coalesce)
		return -EOPNOTSUPP;
	err = ops->get_coalesce(dev, &ec, &kernel_ec, extack);
	if (err)
		return err;
	if (ops->supported_coalesce_params & ETHTOOL_COALESCE_USE_ADAPTIVE_RX) {
		ec.use_adaptive_rx_coalesce = adaptive;
		if (!adaptive)
			ec.rx_coalesce_usecs = itr_us;
		return ops->set_coalesce(dev, &ec, &kernel_ec, extack);
	}
	ec.rx_coalesce_usecs = itr_us;
	/* ixgbe reports 0 for tx, and takes nothing else, while a vector serves both directions. */
	if (ec.tx_coalesce_usecs)
		ec.tx_coalesce_usecs = itr_us;
	return ops->set_coalesce(dev, &ec, &kernel_ec, extack);
}

/* The kernel draws its hash key at random, as the boot went, and so flows would move between queues
 * from one point of a sweep to the next. This is the key that most drivers once came with (Microsoft,
 * "Verifying the RSS hash calculation"). */
static int set_rss_key(struct net_device *dev, struct netlink_ext_ack *extack)
{
	static u8 key[] = {
		0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
		0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
		0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
	};
	const struct ethtool_ops *ops = dev->ethtool_ops;
	struct ethtool_rxfh_param rxfh = { .key_size = sizeof(key), .key = key };

	if (!ops->set_rxfh || !ops->get_rxfh_key_size || ops->get_rxfh_key_size(dev) != sizeof(key))
		return 0;
	return ops->set_rxfh(dev, &rxfh, extack);
}

static void check(struct kw_netdev *nd, const char *what, unsigned int value, int err,
		  const struct netlink_ext_ack *extack)
{
	if (err)
		kw_fail("%s: %s %u: error %d%s%s", nd->dev->name, what, value, err,
			extack->_msg ? ": " : "", extack->_msg ? extack->_msg : "");
}

/* In the order in which a driver rebuilds its rings: new channels forget what was set before. */
static void set_up(struct kw_netdev *nd)
{
	const struct plat_netdev *plat = nd->plat;
	struct net_device *dev = nd->dev;
	struct netlink_ext_ack extack = { };
	int err = 0;
	int itr_err;

	if (!dev->ethtool_ops)
		kw_fail("%s: driver has no ethtool operations", dev->name);
	pm_runtime_get_sync(dev->dev.parent);
	rtnl_lock();
	if (dev->ethtool_ops->begin)
		err = dev->ethtool_ops->begin(dev);
	check(nd, "ethtool", 0, err, &extack);
	check(nd, "queues", plat->queues, kw_set_channels(dev, plat->queues), &extack);
	check(nd, "ring", plat->ring, kw_set_ring(dev, plat->ring, &extack), &extack);
	check(nd, "rss key", 0, set_rss_key(dev, &extack), &extack);
	itr_err = kw_set_coalesce(dev, plat->itr_us, &extack);
	/* "adaptive" asks for the driver's own algorithm, which a driver without the knob has. */
	if (itr_err != -EOPNOTSUPP || plat->itr_us != PLAT_ITR_ADAPTIVE)
		check(nd, "itr_us", plat->itr_us, itr_err, &extack);
	if (dev->ethtool_ops->complete)
		dev->ethtool_ops->complete(dev);
	if (plat->mtu)
		check(nd, "mtu", plat->mtu, dev_set_mtu(dev, plat->mtu), &extack);
	rtnl_unlock();
	pm_runtime_put(dev->dev.parent);
}

static void set_address(struct kw_netdev *nd, unsigned int cmd, __be32 addr)
{
	struct ifreq ifr = { };
	struct sockaddr_in *sin = (struct sockaddr_in *)&ifr.ifr_addr;
	int err;

	strscpy(ifr.ifr_name, nd->dev->name, IFNAMSIZ);
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = addr;
	err = devinet_ioctl(&init_net, cmd, &ifr);
	if (err)
		kw_fail("%s: address %pI4: error %d", nd->dev->name, &addr, err);
}

static void open(struct kw_netdev *nd)
{
	__be32 ip;
	int err;

	memcpy(&ip, nd->plat->ip, sizeof(ip));
	set_address(nd, SIOCSIFADDR, ip);
	set_address(nd, SIOCSIFNETMASK, htonl(PREFIX_MASK));
	rtnl_lock();
	err = dev_open(nd->dev, NULL);
	rtnl_unlock();
	if (err)
		kw_fail("%s: open failed: error %d", nd->dev->name, err);
}

/* Up means more than the carrier: the queueing disciplines follow it by a work item. */
void kw_wait_up(struct kw_netdev *nd)
{
	struct net_device *dev = nd->dev;
	unsigned int ms;

	for (ms = 0; ms < KW_WAIT_MS; ms += KW_POLL_MS) {
		if (netif_carrier_ok(dev) && netif_oper_up(dev) && !qdisc_tx_is_noop(dev))
			return;
		msleep(KW_POLL_MS);
	}
	kw_fail("%s: no carrier after %u ms", dev->name, KW_WAIT_MS);
}

static bool is_xdp(const struct plat_netdev *plat)
{
	return plat->has_traffic &&
	       (plat->sink == PLAT_SINK_XDP_DROP || plat->sink == PLAT_SINK_XDP_TX);
}

void kw_netdevs_open(void)
{
	unsigned int i, count = plat_netdevs();

	if (!count)
		return;
	netdevs = kcalloc(count, sizeof(*netdevs), GFP_KERNEL);
	if (!netdevs)
		kw_fail("interfaces: out of memory");
	for (i = 0; i < count; i++) {
		netdevs[i].plat = plat_netdev(i);
		find(&netdevs[i]);
	}
	rename_all(count);
	for (i = 0; i < count; i++) {
		set_up(&netdevs[i]);
		kw_knobs_before_open(&netdevs[i]);
		if (is_xdp(netdevs[i].plat))
			kw_sink_xdp_attach(&netdevs[i]);
		open(&netdevs[i]);
		kw_knobs_after_open(&netdevs[i]);
		kw_polls_count(&netdevs[i]);
		kw_irq_place(&netdevs[i]);
	}
	for (i = 0; i < count; i++)
		kw_wait_up(&netdevs[i]);
}

struct kw_netdev *kw_netdev_find(unsigned int devfn)
{
	unsigned int i, count = plat_netdevs();

	for (i = 0; i < count; i++) {
		if (netdevs[i].plat->devfn == devfn)
			return &netdevs[i];
	}
	kw_fail("no interface at devfn %#x", devfn);
}

/* Also while its driver leaves, when nobody has a reference to the interface any more. */
struct kw_netdev *kw_netdev_of(const struct net_device *dev)
{
	struct kw_netdev *nd = netdevs;

	while (dev->dev.parent != &nd->pdev->dev)
		nd++;
	return nd;
}

static void start_sink(struct kw_netdev *nd)
{
	switch (nd->plat->sink) {
	case PLAT_SINK_DROP:
		kw_sink_drop_start(nd);
		break;
	case PLAT_SINK_UDP:
	case PLAT_SINK_ECHO:
		kw_sink_udp_start(nd, nd->plat->sink == PLAT_SINK_ECHO);
		break;
	case PLAT_SINK_XDP_DROP:
	case PLAT_SINK_XDP_TX:
		break;	/* attached before the interface was opened */
	case PLAT_SINK_FORWARD:
		kw_sink_forward_start(nd);
		break;
	default:
		kw_fail("%s: unknown sink %u", nd->dev->name, nd->plat->sink);
	}
}

void kw_netdevs_start_sinks(void)
{
	unsigned int i, count = plat_netdevs();

	for (i = 0; i < count; i++) {
		if (netdevs[i].plat->has_traffic)
			start_sink(&netdevs[i]);
	}
}

void kw_netdev_lost(struct kw_netdev *nd)
{
	dev_put(nd->dev);
	nd->dev = NULL;
	kw_neighbours_lost(nd);
}

int kw_netdev_again(struct kw_netdev *nd)
{
	nd->dev = netdev_of(nd->pdev);
	if (!nd->dev)
		return -ENODEV;
	rename(nd, nd->plat->name);
	set_up(nd);
	kw_knobs_before_open(nd);
	open(nd);
	kw_knobs_after_open(nd);
	kw_irq_place(nd);
	kw_wait_up(nd);
	/* Sockets are bound to an interface's number, which is a new one. */
	if (nd->plat->has_traffic)
		start_sink(nd);
	return 0;
}
