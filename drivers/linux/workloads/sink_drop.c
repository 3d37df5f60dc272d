// SPDX-License-Identifier: GPL-2.0
/* Sink "drop": a frame is counted and freed where the driver and GRO hand it to the stack. */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include "workloads.h"

static rx_handler_result_t drop(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	const struct kw_netdev *nd = rcu_dereference(skb->dev->rx_handler_data);
	unsigned int frames = max_t(unsigned int, skb_shinfo(skb)->gso_segs, 1);

	plat_frame_delivered(nd->plat->devfn, kw_frame_id_skb(skb), skb_get_hash_raw(skb), frames);
	consume_skb(skb);
	return RX_HANDLER_CONSUMED;
}

void kw_sink_drop_start(struct kw_netdev *nd)
{
	int err;

	rtnl_lock();
	err = netdev_rx_handler_register(nd->dev, drop, nd);
	rtnl_unlock();
	if (err)
		kw_fail("%s: sink: error %d", nd->dev->name, err);
}
