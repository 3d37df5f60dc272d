// SPDX-License-Identifier: GPL-2.0
/* Where a generated frame carries its id: the first 8 bytes of the UDP payload, little-endian. */
#include <linux/ip.h>
#include <linux/skbuff.h>
#include <linux/udp.h>
#include <linux/unaligned.h>
#include <net/ip.h>
#include "workloads.h"

#define ID_BYTES 8
/* Ids count frames: a value with one of these bits is not ours. */
#define NOT_AN_ID GENMASK_ULL(63, 48)

unsigned long kw_frame_id(const void *payload, unsigned int bytes)
{
	u64 id;

	if (bytes < ID_BYTES)
		return 0;
	id = get_unaligned_le64(payload) ^ PLAT_FRAME_MAGIC;
	return id & NOT_AN_ID ? 0 : id;
}

unsigned long kw_frame_id_skb(const struct sk_buff *skb)
{
	const struct iphdr *ip;
	const struct udphdr *udp;
	const void *payload;
	struct udphdr udp_buf;
	struct iphdr ip_buf;
	u64 payload_buf;
	int at;

	if (skb->protocol != htons(ETH_P_IP))
		return 0;
	at = skb_network_offset(skb);
	ip = skb_header_pointer(skb, at, sizeof(ip_buf), &ip_buf);
	if (!ip || ip->version != 4 || ip->ihl < 5 || ip->protocol != IPPROTO_UDP ||
	    (ip->frag_off & htons(IP_OFFSET)))
		return 0;
	at += ip->ihl * 4;
	udp = skb_header_pointer(skb, at, sizeof(udp_buf), &udp_buf);
	if (!udp || udp->dest != htons(PLAT_UDP_PORT) ||
	    ntohs(udp->len) < sizeof(udp_buf) + ID_BYTES)
		return 0;
	payload = skb_header_pointer(skb, at + sizeof(udp_buf), ID_BYTES, &payload_buf);
	return payload ? kw_frame_id(payload, ID_BYTES) : 0;
}
