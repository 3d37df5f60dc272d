/* SPDX-License-Identifier: MIT */
/* Header parsing (7.1.4), receive checksums (7.1.11), what the descriptor says of them (7.1.6). */
#include "devices/nic82599/nic82599_priv.h"

#define IPV4_MORE_FRAGMENTS 0x3fffu     /* MF and the offset */
#define IPV4_CHECKSUM_AT    10u
#define IPV6_HEADERS_MAX    8u          /* extension headers that the parser follows */
#define TCP_CHECKSUM_AT     16u
#define UDP_CHECKSUM_AT     6u
#define SCTP_CHECKSUM_AT    8u

static void parse_ipv4(struct rx_packet *packet, unsigned at)
{
	const uint8_t *ip = packet->data + at;
	unsigned header, total;

	if (packet->bytes < at + IPV4_HEADER || ip[0] >> 4 != 4)
		return;
	header = (ip[0] & 0xf) * 4u;
	total = get_be16(ip + 2);
	if (header < IPV4_HEADER || total < header || packet->bytes < at + total)
		return;
	packet->ip = 4;
	packet->l3 = (uint16_t)at;
	packet->l4 = (uint16_t)(at + header);
	packet->l3_end = at + total;
	packet->protocol = ip[9];
	packet->extended = header > IPV4_HEADER;
	packet->fragment = get_be16(ip + 6) & IPV4_MORE_FRAGMENTS;
}

/* Follows extension headers to the L4 header (7.1.4.5). */
static void parse_ipv6_headers(struct rx_packet *packet, uint8_t next, uint32_t at)
{
	unsigned i;

	for (i = 0; i < IPV6_HEADERS_MAX; i++) {
		const uint8_t *header = packet->data + at;

		if (next != PROTO_HOP && next != PROTO_ROUTING && next != PROTO_DEST &&
		    next != PROTO_FRAGMENT)
			break;
		packet->extended = true;
		if (at + 8 > packet->l3_end)
			return;
		if (next == PROTO_FRAGMENT && get_be16(header + 2) & 0xfff9)
			packet->fragment = true;
		at += next == PROTO_FRAGMENT ? 8u : 8u * (header[1] + 1u);
		next = header[0];
	}
	packet->protocol = next;
	packet->l4 = (uint16_t)at;
}

static void parse_ipv6(struct rx_packet *packet, unsigned at)
{
	const uint8_t *ip = packet->data + at;
	unsigned payload;

	if (packet->bytes < at + IPV6_HEADER || ip[0] >> 4 != 6)
		return;
	payload = get_be16(ip + 4);
	if (packet->bytes < at + IPV6_HEADER + payload)
		return;
	packet->ip = 6;
	packet->l3 = (uint16_t)at;
	packet->l3_end = at + IPV6_HEADER + payload;
	parse_ipv6_headers(packet, ip[6], at + IPV6_HEADER);
}

void nic_parse(const struct nic82599 *nic, struct rx_packet *packet)
{
	unsigned at = ETH_HEADER;
	unsigned type = get_be16(packet->data + ETH_HEADER - 2);

	if (type == nic->vlan_type) {
		packet->tagged = true;
		packet->tag = get_be16(packet->data + ETH_HEADER);
		type = get_be16(packet->data + ETH_HEADER + 2);
		at += ETH_TAG;
	}
	packet->type = (uint16_t)type;
	if (type == ETH_IPV4)
		parse_ipv4(packet, at);
	else if (type == ETH_IPV6 && !(nic->rfctl & RFCTL_IPV6_DIS))
		parse_ipv6(packet, at);
	if (packet->fragment || packet->l4 == 0 || packet->l4 >= packet->l3_end)
		packet->l4 = 0;
}

static uint32_t l4_header_bytes(unsigned protocol)
{
	if (protocol == PROTO_TCP)
		return TCP_HEADER;
	return protocol == PROTO_UDP ? UDP_HEADER : SCTP_HEADER;
}

static bool sctp_good(const uint8_t *l4, uint32_t bytes)
{
	uint8_t copy[FRAME_BYTES_MAX];
	uint32_t found = get_le32(l4 + SCTP_CHECKSUM_AT), i;

	for (i = 0; i < bytes; i++)
		copy[i] = l4[i];
	put_le32(copy + SCTP_CHECKSUM_AT, 0);
	return nic_crc32c(copy, bytes) == found;
}

/* RFC 793, 768, 8200 8.1: pseudo header, header and data. */
static bool l4_good(const struct rx_packet *packet)
{
	const uint8_t *ip = packet->data + packet->l3;
	const uint8_t *l4 = packet->data + packet->l4;
	uint32_t bytes = packet->l3_end - packet->l4;
	uint64_t sum = (uint64_t)packet->protocol + bytes;

	if (packet->protocol == PROTO_SCTP)
		return sctp_good(l4, bytes);
	if (packet->ip == 4)
		sum = nic_sum(ip + 12, 8, sum);
	else
		sum = nic_sum(ip + 8, 32, sum);
	return nic_sum_fold(nic_sum(l4, bytes, sum)) == 0xffff;
}

/* 7.1.11.2: UDP without a checksum and fragments are not checked. */
static bool l4_checkable(const struct nic82599 *nic, const struct rx_packet *packet)
{
	uint32_t bytes = packet->l3_end - packet->l4;

	if (!packet->l4 || bytes < l4_header_bytes(packet->protocol))
		return false;
	if (packet->ip == 6 && nic->rfctl & RFCTL_IPV6_XSUM_DIS)
		return false;
	if (packet->protocol == PROTO_UDP)
		return get_be16(packet->data + packet->l4 + UDP_CHECKSUM_AT) != 0;
	return packet->protocol == PROTO_TCP || packet->protocol == PROTO_SCTP;
}

static uint32_t packet_type(const struct rx_packet *packet)
{
	uint32_t type;

	if (packet->ip == 4)
		type = RXD_TYPE_IPV4 | (packet->extended ? RXD_TYPE_IPV4E : 0);
	else if (packet->ip == 6)
		type = RXD_TYPE_IPV6 | (packet->extended ? RXD_TYPE_IPV6E : 0);
	else
		return 0;
	if (!packet->l4)
		return type;
	if (packet->protocol == PROTO_TCP)
		type |= RXD_TYPE_TCP;
	else if (packet->protocol == PROTO_UDP)
		type |= RXD_TYPE_UDP;
	else if (packet->protocol == PROTO_SCTP)
		type |= RXD_TYPE_SCTP;
	return type;
}

void nic_rx_offload(struct nic82599 *nic, const struct rx_packet *packet, struct rx_frame *frame)
{
	const uint8_t *ip = packet->data + packet->l3;

	frame->info |= packet_type(packet);
	if (packet->ip == 4) {
		uint32_t header = (ip[0] & 0xfu) * 4u;

		frame->status |= RXD_STAT_IPCS;
		if (nic_sum_fold(nic_sum(ip, header, 0)) != 0xffff)
			frame->status |= RXD_ERR_IPE;
		if (!nic->report_hash)
			frame->hash_word = get_be16(ip + 4);
	}
	if (packet->ip && l4_checkable(nic, packet)) {
		frame->status |= RXD_STAT_L4CS;
		if (packet->protocol == PROTO_UDP)
			frame->status |= RXD_STAT_UDPCS;
		if (!l4_good(packet))
			frame->status |= RXD_ERR_L4E;
	}
	if (frame->status & (RXD_ERR_IPE | RXD_ERR_L4E))
		nic->count[S_XEC]++;
	/* 7.1.11.3: the sum of a fragment's payload, for software to add up. */
	if (packet->ip == 4 && packet->fragment && nic->fragment_sum && !nic->report_hash) {
		uint32_t from = packet->l3 + (ip[0] & 0xfu) * 4u;
		uint16_t sum = nic_sum_fold(nic_sum(packet->data + from, packet->l3_end - from, 0));

		frame->hash_word |= (uint32_t)sum << 16;
		if (packet->protocol == PROTO_UDP)
			frame->status |= RXD_STAT_UDPV;
	}
}
