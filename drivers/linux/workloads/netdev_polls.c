// SPDX-License-Identifier: GPL-2.0
/* Counts NAPI polls: the driver's function is called through one of ours. (The kernel's own tracepoint
 * for it would put code into every function that has one.) */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include "workloads.h"

static int counted(struct napi_struct *napi, int budget)
{
	const struct kw_netdev *nd = kw_netdev_of(napi->dev);
	int work = nd->poll(napi, budget);

	plat_polled(nd->plat->devfn);
	return work;
}

/* One function for all contexts of a device is what drivers have; one with several is not counted. */
void kw_polls_count(struct kw_netdev *nd)
{
	struct napi_struct *napi;

	rtnl_lock();
	list_for_each_entry(napi, &nd->dev->napi_list, dev_list) {
		if (!nd->poll)
			nd->poll = napi->poll;
		if (napi->poll == nd->poll)
			WRITE_ONCE(napi->poll, counted);
	}
	rtnl_unlock();
}
