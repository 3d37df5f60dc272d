/* SPDX-License-Identifier: MIT */
/* Receive side scaling (7.1.2.8): Toeplitz hash, redirection table. The hash of one byte at one
 * place comes from a table made of the key, so that a frame costs one lookup a byte. */
#include "devices/nic82599/nic82599_priv.h"

#include <string.h>

#define RSS_INPUT_BYTES_MAX 36u     /* two IPv6 addresses and two ports */

/* 32 bits of the key from bit `bit` on. */
static uint32_t key_window(const uint8_t *key, unsigned bit)
{
	uint64_t window = 0;
	unsigned i;

	for (i = 0; i < 5; i++)
		window = window << 8 | key[bit / 8 + i];
	return (uint32_t)(window >> (8 - bit % 8));
}

static void build_table(struct nic82599 *nic)
{
	unsigned place, value, bit;

	for (place = 0; place < RSS_INPUT_BYTES_MAX; place++) {
		for (value = 0; value < 256; value++) {
			uint32_t hash = 0;

			for (bit = 0; bit < 8; bit++)
				if (value & 0x80u >> bit)
					hash ^= key_window(nic->rss_key, 8 * place + bit);
			nic->rss_table[place][value] = hash;
		}
	}
	nic->rss_stale = false;
}

static uint32_t toeplitz(const struct nic82599 *nic, const uint8_t *data, unsigned bytes,
			 unsigned place, uint32_t hash)
{
	unsigned i;

	for (i = 0; i < bytes; i++)
		hash ^= nic->rss_table[place + i][data[i]];
	return hash;
}

/* Which of the hash functions that MRQC enables applies; with ports goes first (7.1.2.8.1). */
static unsigned hash_type(const struct nic82599 *nic, const struct rx_packet *packet)
{
	bool v4 = packet->ip == 4, ports = packet->l4 && packet->l4 + 4u <= packet->l3_end;

	if (!packet->ip)
		return 0;
	if (ports && packet->protocol == PROTO_TCP &&
	    nic->mrqc & (v4 ? MRQC_TCP_IPV4 : MRQC_TCP_IPV6))
		return v4 ? RSS_TYPE_TCP_IPV4 : RSS_TYPE_TCP_IPV6;
	if (ports && packet->protocol == PROTO_UDP &&
	    nic->mrqc & (v4 ? MRQC_UDP_IPV4 : MRQC_UDP_IPV6))
		return v4 ? RSS_TYPE_UDP_IPV4 : RSS_TYPE_UDP_IPV6;
	if (nic->mrqc & (v4 ? MRQC_IPV4 : MRQC_IPV6))
		return v4 ? RSS_TYPE_IPV4 : RSS_TYPE_IPV6;
	return 0;
}

unsigned nic_rss(struct nic82599 *nic, const struct rx_packet *packet, uint32_t *hash,
		 unsigned *type)
{
	const uint8_t *ip = packet->data + packet->l3;
	unsigned addresses;

	*hash = 0;
	*type = 0;
	if ((nic->mrqc & MRQC_MODE) != MRQC_MODE_RSS)
		return 0;
	*type = hash_type(nic, packet);
	if (!*type)
		return 0;
	if (nic->rss_stale)
		build_table(nic);
	addresses = packet->ip == 4 ? 8 : 32;
	*hash = toeplitz(nic, ip + (packet->ip == 4 ? 12 : 8), addresses, 0, 0);
	if (*type != RSS_TYPE_IPV4 && *type != RSS_TYPE_IPV6)
		*hash = toeplitz(nic, packet->data + packet->l4, 4, addresses, *hash);
	return nic->reta[*hash & (sizeof(nic->reta) - 1)];
}

void nic_rss_config_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	uint32_t mode = (uint32_t)value & MRQC_MODE;

	nic->mrqc = nic_reg(nic, R_MRQC, 0);
	if (mode != MRQC_MODE_OFF && mode != MRQC_MODE_RSS)
		nic_guest_error(nic, GUEST_MRQC, mode, value);
}

void nic_rssrk_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;

	put_le32(nic->rss_key + 4 * index, (uint32_t)value);
	nic->rss_stale = true;
}

void nic_reta_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	uint32_t entries = nic_reg(nic, R_RETA, index);
	unsigned i;

	for (i = 0; i < 4; i++)
		nic->reta[4 * index + i] = entries >> 8 * i & 0xf;
}

void nic_rss_reset(struct nic82599 *nic)
{
	nic->mrqc = 0;
	memset(nic->rss_key, 0, sizeof(nic->rss_key));
	memset(nic->reta, 0, sizeof(nic->reta));
	nic->rss_stale = true;
}
