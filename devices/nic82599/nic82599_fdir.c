/* SPDX-License-Identifier: MIT */
/* Flow director with signature filters (7.1.2.7): software adds a filter by the hash of a flow and
 * the queue it shall go to; a received packet with this hash goes there instead of where RSS would
 * send it. Two hashes of the same words name a filter: the bucket and the signature. Its
 * perfect-match filters are in nic82599_perfect.c.
 *
 * Not modelled: removing and querying a signature filter, masks of signature filters, the report in
 * the descriptor, filters of a pool, the time and memory that filters take. */
#include "devices/nic82599/nic82599_priv.h"

#include <string.h>

#define HASH_BITS    0x7fffu
#define SIGNATURE_AT 16u
#define L4TYPE_UDP   1u
#define L4TYPE_TCP   2u
#define L4TYPE_SCTP  3u
#define L4TYPE_IPV6  4u
#define FLOW_AT      16u

/* 7.1.2.7.4: the words of a flow, folded into two. */
struct flow_words {
	uint32_t high, low, vlan;
};

unsigned nic_fdir_type(const struct rx_packet *packet)
{
	unsigned type = packet->ip == 6 ? L4TYPE_IPV6 : 0;

	if (!packet->l4)
		return type;
	if (packet->protocol == PROTO_UDP)
		return type | L4TYPE_UDP;
	if (packet->protocol == PROTO_TCP)
		return type | L4TYPE_TCP;
	return packet->protocol == PROTO_SCTP ? type | L4TYPE_SCTP : type;
}

static struct flow_words words(const struct nic82599 *nic, const struct rx_packet *packet)
{
	const uint8_t *address = packet->data + packet->l3 + (packet->ip == 4 ? 12 : 8);
	uint32_t control = nic_reg(nic, R_FDIRCTRL, 0);
	uint32_t flexible = 2 * (control >> FDIRCTRL_FLEX_SHIFT & FDIRCTRL_FLEX);
	unsigned bytes = packet->ip == 4 ? 8 : 32, i;
	struct flow_words words = { 0 };

	for (i = 0; i < bytes; i += 4)
		words.high ^= get_be32(address + i);
	if (packet->l4)
		words.high ^= get_be32(packet->data + packet->l4);
	if (flexible + 2 <= packet->bytes)
		words.high ^= (uint32_t)get_be16(packet->data + flexible) << 16;
	words.low = words.high >> 16 | words.high << 16;
	words.vlan = nic_fdir_type(packet) << FLOW_AT | (packet->tagged ? packet->tag : 0);
	words.high ^= words.vlan ^ words.vlan >> 16;
	return words;
}

/* Bit n of the key adds the words from bit n on; the flow's own bits join the low word behind
 * bit 0. */
static uint32_t hash(const struct flow_words *words, uint32_t key)
{
	uint32_t low = words->low, sum = 0;
	unsigned n;

	for (n = 0; n < 16; n++) {
		if (key >> n & 1)
			sum ^= low >> n;
		if (key >> (n + 16) & 1)
			sum ^= words->high >> n;
		if (n == 0)
			low ^= words->vlan ^ words->vlan << 16;
	}
	return sum & HASH_BITS;
}

uint32_t nic_fdir_bucket(const struct nic82599 *nic, uint32_t fields, uint32_t flow)
{
	struct flow_words words = { .high = fields, .low = fields >> 16 | fields << 16,
				    .vlan = flow };

	words.high ^= flow ^ flow >> 16;
	return hash(&words, nic_reg(nic, R_FDIRHKEY, 0)) & PERFECT_BUCKET;
}

static bool is_on(const struct nic82599 *nic)
{
	return nic_reg(nic, R_FDIRCTRL, 0) & FDIRCTRL_PBALLOC;
}

static bool is_perfect(const struct nic82599 *nic)
{
	return nic_reg(nic, R_FDIRCTRL, 0) & FDIRCTRL_PERFECT;
}

/* Filters of 64 KB of the packet buffer, and twice and four times as many (8.2.3.21.1). */
static uint32_t capacity(const struct nic82599 *nic)
{
	return 4096u << (nic_reg(nic, R_FDIRCTRL, 0) & FDIRCTRL_PBALLOC);
}

static struct fdir_filter *find(struct nic82599 *nic, uint32_t name)
{
	uint16_t at = nic->fdir.head[name % FDIR_BUCKETS];

	while (at && nic->fdir.filter[at - 1].name != name)
		at = nic->fdir.filter[at - 1].next;
	return at ? &nic->fdir.filter[at - 1] : NULL;
}

static int by_signature(struct nic82599 *nic, const struct rx_packet *packet)
{
	const struct fdir_filter *filter;
	struct flow_words flow;

	flow = words(nic, packet);
	filter = find(nic, hash(&flow, nic_reg(nic, R_FDIRHKEY, 0)) |
				   hash(&flow, nic_reg(nic, R_FDIRSKEY, 0)) << SIGNATURE_AT);
	return filter ? filter->queue : -1;
}

int nic_fdir(struct nic82599 *nic, const struct rx_packet *packet, bool *at_once)
{
	int queue;

	if (!nic->fdir.filters || !packet->ip || packet->fragment || !is_on(nic))
		return -1;
	queue = is_perfect(nic) ? nic_perfect(nic, packet, at_once) : by_signature(nic, packet);
	if (queue != -1)
		nic->fdir.matches++;
	else
		nic->fdir.misses++;
	return queue;
}

static void add(struct nic82599 *nic, uint32_t name, uint32_t command)
{
	struct fdir_filter *filter = find(nic, name);

	if (!filter && nic->fdir.filters == capacity(nic)) {
		nic->fdir.failed++;
		return;
	}
	if (!filter) {
		filter = &nic->fdir.filter[nic->fdir.filters++];
		nic->fdir.added++;
		filter->name = name;
		filter->next = nic->fdir.head[name % FDIR_BUCKETS];
		nic->fdir.head[name % FDIR_BUCKETS] = (uint16_t)nic->fdir.filters;
	}
	filter->queue = (uint8_t)(command >> FDIRCMD_QUEUE_SHIFT & FDIRCMD_QUEUE);
	trace_emit(&nic->trace, TP_FDIR, name, filter->queue, nic->fdir.filters);
}

void nic_fdir_reset(struct nic82599 *nic)
{
	nic->fdir.filters = 0;
	nic_perfect_reset(nic);
	nic->fdir.added = nic->fdir.removed = nic->fdir.failed_removals = 0;
	nic->fdir.matches = nic->fdir.misses = nic->fdir.failed = 0;
	memset(nic->fdir.head, 0, sizeof(nic->fdir.head));
}

/* 8.2.3.21.1: the write starts the initialisation, which is done at once. */
void nic_fdirctrl_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;

	nic_fdir_reset(nic);
	reg_set(nic->bank, R_FDIRCTRL, 0, nic_reg(nic, R_FDIRCTRL, 0) | FDIRCTRL_INIT_DONE);
}

void nic_fdircmd_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	uint32_t command = nic_reg(nic, R_FDIRCMD, 0);
	uint32_t hashes = nic_reg(nic, R_FDIRHASH, 0);

	command &= ~FDIRCMD_VALID;
	if (command & FDIRCMD_CLEARHT)
		nic_fdir_reset(nic);
	else if (is_on(nic) && is_perfect(nic))
		command = nic_perfect_command(nic, command, hashes);
	else if ((command & FDIRCMD_CMD) == FDIRCMD_ADD && command & FDIRCMD_QUEUE_EN && is_on(nic))
		add(nic, (hashes & HASH_BITS) | (hashes & HASH_BITS << SIGNATURE_AT), command);
	reg_set(nic->bank, R_FDIRCMD, 0, command & ~FDIRCMD_CMD);
}

/* The counters clear when read. */
uint64_t nic_fdirmatch_read(void *ctx, unsigned index)
{
	struct nic82599 *nic = ctx;
	uint64_t value = nic->fdir.matches;

	nic->fdir.matches = 0;
	return value;
}

uint64_t nic_fdirmiss_read(void *ctx, unsigned index)
{
	struct nic82599 *nic = ctx;
	uint64_t value = nic->fdir.misses;

	nic->fdir.misses = 0;
	return value;
}

uint64_t nic_fdirfstat_read(void *ctx, unsigned index)
{
	struct nic82599 *nic = ctx;
	uint64_t value = (nic->fdir.failed & 0xff) | (nic->fdir.failed_removals & 0xff) << 8;

	nic->fdir.failed = nic->fdir.failed_removals = 0;
	return value;
}

uint64_t nic_fdirustat_read(void *ctx, unsigned index)
{
	struct nic82599 *nic = ctx;
	uint64_t value = (nic->fdir.added & 0xffff) | (nic->fdir.removed & 0xffff) << 16;

	nic->fdir.added = nic->fdir.removed = 0;
	return value;
}

uint64_t nic_fdirfree_read(void *ctx, unsigned index)
{
	const struct nic82599 *nic = ctx;
	uint32_t all = is_perfect(nic) ? nic_perfect_capacity(nic) : capacity(nic);

	return is_on(nic) ? (all - nic->fdir.filters) & HASH_BITS : 0;
}
