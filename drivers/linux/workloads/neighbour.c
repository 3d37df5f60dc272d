// SPDX-License-Identifier: GPL-2.0
/* The simulated wire has no host that answers ARP, so its hosts are permanent neighbours, as an
 * administrator would set them with "ip neigh". Permanent entries are exempt from the neighbour
 * table's garbage collection thresholds, so their number is not limited by them. */
#include <linux/err.h>
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <net/arp.h>
#include <net/neighbour.h>
#include "workloads.h"

/* Source address of every generated frame, and the address of every peer. */
static const u8 wire_mac[ETH_ALEN] = { 0x02, 0, 0, 0, 0, 0x01 };

void kw_neighbour(struct kw_netdev *nd, __be32 addr)
{
	struct net_device *dev = nd->dev;
	struct neighbour *neigh = neigh_lookup(&arp_tbl, &addr, dev);
	int err;

	if (!neigh)
		neigh = neigh_create(&arp_tbl, &addr, dev);
	if (IS_ERR(neigh))
		kw_fail("%s: neighbour %pI4: error %ld", dev->name, &addr, PTR_ERR(neigh));
	err = neigh_update(neigh, wire_mac, NUD_PERMANENT,
			   NEIGH_UPDATE_F_OVERRIDE | NEIGH_UPDATE_F_ADMIN, 0);
	neigh_release(neigh);
	if (err)
		kw_fail("%s: neighbour %pI4: error %d", dev->name, &addr, err);
}

void kw_neighbours_lost(struct kw_netdev *nd)
{
	nd->ups++;
}

__be32 kw_peer(const struct kw_netdev *nd, unsigned int number)
{
	const unsigned char *ip = nd->plat->ip;
	u32 host = PLAT_PEER_HOST + number;

	return htonl((u32)ip[0] << 24 | (u32)ip[1] << 16 | (host & 0xffff));
}
