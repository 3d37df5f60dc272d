// SPDX-License-Identifier: GPL-2.0
/* Sinks "xdp-drop" and "xdp-tx": a program of the kernel's own BPF interpreter that the driver runs
 * for every frame before there is an skb (net/core/filter.c, the driver's ndo_bpf). There is no bpf()
 * and no verifier here: the program is put together in the kernel and calls one function, which says
 * that the frame is here; for "xdp-tx" it swaps the addresses, as the kernel's samples do. */
#include <linux/bpf.h>
#include <linux/etherdevice.h>
#include <linux/filter.h>
#include <linux/ip.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/udp.h>
#include <net/xdp.h>
#include "workloads.h"

static unsigned long frame_id(const struct xdp_buff *xdp)
{
	const struct ethhdr *eth = xdp->data;
	const struct iphdr *ip = (const void *)(eth + 1);
	const struct udphdr *udp = (const void *)(ip + 1);
	const void *payload = udp + 1;

	if (payload > xdp->data_end || eth->h_proto != htons(ETH_P_IP) || ip->ihl != 5 ||
	    ip->protocol != IPPROTO_UDP || udp->dest != htons(PLAT_UDP_PORT))
		return 0;
	return kw_frame_id(payload, xdp->data_end - payload);
}

/* A helper of the program: registers 1 to 5 are its arguments. */
static u64 here(u64 context, u64 devfn, u64 swap, u64 unused, u64 none)
{
	const struct xdp_buff *xdp = (const struct xdp_buff *)(unsigned long)context;
	struct ethhdr *eth = xdp->data;

	plat_frame_delivered(devfn, frame_id(xdp), 0, 1);
	if (swap) {
		u8 address[ETH_ALEN];

		ether_addr_copy(address, eth->h_source);
		ether_addr_copy(eth->h_source, eth->h_dest);
		ether_addr_copy(eth->h_dest, address);
	}
	return 0;
}

static struct bpf_prog *program(struct kw_netdev *nd)
{
	bool tx = nd->plat->sink == PLAT_SINK_XDP_TX;
	const struct bpf_insn code[] = {
		BPF_MOV64_IMM(BPF_REG_2, nd->plat->devfn),
		BPF_MOV64_IMM(BPF_REG_3, tx),
		BPF_EMIT_CALL(here),
		BPF_MOV64_IMM(BPF_REG_0, tx ? XDP_TX : XDP_DROP),
		BPF_EXIT_INSN(),
	};
	struct bpf_prog *prog = bpf_prog_alloc(bpf_prog_size(ARRAY_SIZE(code)), 0);
	int err = 0;

	if (!prog)
		kw_fail("%s: xdp: out of memory", nd->dev->name);
	prog->len = ARRAY_SIZE(code);
	prog->type = BPF_PROG_TYPE_XDP;
	prog->gpl_compatible = 1;
	memcpy(prog->insnsi, code, sizeof(code));
	prog = bpf_prog_select_runtime(prog, &err);
	if (err)
		kw_fail("%s: xdp: program: error %d", nd->dev->name, err);
	return prog;
}

/* Before the interface is opened, as the driver makes its rings anew (and has queues of its own for
 * XDP_TX). */
void kw_sink_xdp_attach(struct kw_netdev *nd)
{
	const struct net_device_ops *ops = nd->dev->netdev_ops;
	struct netdev_bpf bpf = { .command = XDP_SETUP_PROG };
	int err;

	if (!ops->ndo_bpf)
		kw_fail("%s: the driver has no XDP", nd->dev->name);
	bpf.prog = program(nd);
	rtnl_lock();
	err = ops->ndo_bpf(nd->dev, &bpf);
	rtnl_unlock();
	if (err)
		kw_fail("%s: xdp: the driver refuses the program: error %d", nd->dev->name, err);
}
