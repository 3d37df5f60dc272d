/* SPDX-License-Identifier: MIT */
/* Flow director's perfect-match filters (7.1.2.7): addresses, ports, VLAN, a word of the packet and
 * the protocol, each as far as the masks let it be compared. Software names a filter by its index
 * and says its bucket; a packet is only compared with the filters of its own.
 *
 * Not modelled: IPv6, pools, the limit of a bucket's length, the interrupt of a full table. */
#include "devices/nic82599/nic82599_priv.h"

#include <string.h>

#define NAME_AT      16u
#define NAME_BITS    0x7fffu
#define RESERVED     2u
#define FLOW_AT      16u
#define L4TYPE       3u
#define VLAN_ID      0x0fffu
#define VLAN_PRIORITY 0xe000u

/* Mask registers for ports have bit 15 for bit 0. */
static uint32_t turned(uint32_t half)
{
	uint32_t sum = 0;
	unsigned bit;

	for (bit = 0; bit < 16; bit++)
		sum |= (half >> bit & 1) << (15 - bit);
	return sum;
}

static uint32_t port_mask(const struct nic82599 *nic, uint32_t type)
{
	uint32_t off = 0;

	if ((type & L4TYPE) == 1)
		off = nic_reg(nic, R_FDIRUDPM, 0);
	else if ((type & L4TYPE) == 2)
		off = nic_reg(nic, R_FDIRTCPM, 0);
	else
		return 0;           /* 7.1.2.7: SCTP's ports are not compared */
	return ~(turned(off & 0xffff) | turned(off >> 16) << 16);
}

/* Masked fields are 0 in filters and packets. */
static struct perfect_fields masked(const struct nic82599 *nic, struct perfect_fields fields)
{
	uint32_t masks = nic_reg(nic, R_FDIRM, 0), vlan = VLAN_ID | VLAN_PRIORITY;

	if (masks & FDIRM_VLAN_ID)
		vlan &= ~VLAN_ID;
	if (masks & FDIRM_VLAN_PRIORITY)
		vlan &= ~VLAN_PRIORITY;
	if (!(masks & FDIRM_FLEX))
		vlan |= 0xffff0000;
	fields.source &= ~nic_reg(nic, R_FDIRSIP4M, 0);
	fields.target &= ~nic_reg(nic, R_FDIRDIP4M, 0);
	fields.ports &= masks & FDIRM_L4 ? 0 : port_mask(nic, fields.type);
	fields.vlan_flex &= vlan;
	if (masks & FDIRM_L4)
		fields.type &= ~L4TYPE;
	return fields;
}

static uint32_t turned_bytes(uint32_t value)
{
	return __builtin_bswap32(value);
}

/* 7.1.2.7.4: the bucket is a hash of the masked fields in the order of the wire. */
static uint32_t bucket_of(const struct nic82599 *nic, const struct perfect_fields *f)
{
	uint32_t words = turned_bytes(f->source ^ f->target);
	uint32_t flex = f->vlan_flex >> 16;

	words ^= f->ports << 16 | f->ports >> 16;
	words ^= (flex >> 8 | (flex & 0xff) << 8) << 16;
	return nic_fdir_bucket(nic, words, f->type << FLOW_AT | (f->vlan_flex & 0xffff));
}

static struct perfect_fields fields_of(const struct nic82599 *nic, const struct rx_packet *packet)
{
	uint32_t at = 2 * (nic_reg(nic, R_FDIRCTRL, 0) >> FDIRCTRL_FLEX_SHIFT & FDIRCTRL_FLEX);
	const uint8_t *ip = packet->data + packet->l3, *l4 = packet->data + packet->l4;
	struct perfect_fields f = { .source = get_le32(ip + 12), .target = get_le32(ip + 16),
				    .type = nic_fdir_type(packet) };

	if (packet->l4 && packet->l4 + 4u <= packet->l3_end)
		f.ports = (uint32_t)get_be16(l4 + 2) << 16 | get_be16(l4);
	if (packet->tagged)
		f.vlan_flex = packet->tag;
	if (at + 2 <= packet->bytes)
		f.vlan_flex |= (uint32_t)packet->data[at] << 16 |
			       (uint32_t)packet->data[at + 1] << 24;
	return masked(nic, f);
}

static bool same(const struct perfect_fields *a, const struct perfect_fields *b)
{
	return a->source == b->source && a->target == b->target && a->ports == b->ports &&
	       a->vlan_flex == b->vlan_flex && a->type == b->type;
}

int nic_perfect(struct nic82599 *nic, const struct rx_packet *packet, bool *at_once)
{
	struct perfect_fields fields;
	uint16_t at;

	if (packet->ip != 4)
		return -1;
	fields = fields_of(nic, packet);
	at = nic->fdir.perfect_head[bucket_of(nic, &fields)];
	while (at) {
		const struct perfect_filter *filter = &nic->fdir.perfect[at - 1];
		struct perfect_fields wanted = masked(nic, filter->fields);

		if (same(&wanted, &fields)) {
			*at_once |= filter->at_once;
			return filter->drop ? FDIR_DROPPED : filter->queue;
		}
		at = filter->next;
	}
	return -1;
}

/* The link to the filter of this name in its bucket. */
static uint16_t *find(struct nic82599 *nic, uint32_t bucket, uint32_t name)
{
	uint16_t *link = &nic->fdir.perfect_head[bucket];

	while (*link && nic->fdir.perfect[*link - 1].name != name)
		link = &nic->fdir.perfect[*link - 1].next;
	return link;
}

/* 8.2.3.21.1 */
uint32_t nic_perfect_capacity(const struct nic82599 *nic)
{
	return (1024u << (nic_reg(nic, R_FDIRCTRL, 0) & FDIRCTRL_PBALLOC)) - RESERVED;
}

static uint16_t take(struct nic82599 *nic)
{
	uint16_t number = nic->fdir.perfect_free;

	if (nic->fdir.filters >= nic_perfect_capacity(nic))
		return 0;
	if (number)
		nic->fdir.perfect_free = nic->fdir.perfect[number - 1].next;
	else
		number = (uint16_t)++nic->fdir.perfect_used;
	nic->fdir.filters++;
	nic->fdir.added++;
	return number;
}

static void add(struct nic82599 *nic, uint32_t command, uint32_t bucket, uint32_t name)
{
	uint16_t *link = find(nic, bucket, name);
	struct perfect_filter *filter;

	if (!*link) {
		*link = take(nic);
		if (!*link) {
			nic->fdir.failed++;
			return;
		}
		nic->fdir.perfect[*link - 1].next = 0;
	}
	filter = &nic->fdir.perfect[*link - 1];
	filter->fields = (struct perfect_fields){
		.source = nic_reg(nic, R_FDIRIPSA, 0), .target = nic_reg(nic, R_FDIRIPDA, 0),
		.ports = nic_reg(nic, R_FDIRPORT, 0), .vlan_flex = nic_reg(nic, R_FDIRVLAN, 0),
		.type = command >> FDIRCMD_TYPE_SHIFT & FDIRCMD_TYPE,
	};
	filter->name = (uint16_t)name;
	filter->queue = (uint8_t)(command >> FDIRCMD_QUEUE_SHIFT & FDIRCMD_QUEUE);
	filter->drop = command & FDIRCMD_DROP;
	filter->at_once = command & FDIRCMD_INT;
	trace_emit(&nic->trace, TP_FDIR, bucket | name << NAME_AT, filter->queue,
		   nic->fdir.filters);
}

static void remove_filter(struct nic82599 *nic, uint32_t bucket, uint32_t name)
{
	uint16_t *link = find(nic, bucket, name);
	uint16_t number = *link;

	if (!number) {
		nic->fdir.failed_removals++;
		return;
	}
	*link = nic->fdir.perfect[number - 1].next;
	nic->fdir.perfect[number - 1].next = nic->fdir.perfect_free;
	nic->fdir.perfect_free = number;
	nic->fdir.filters--;
	nic->fdir.removed++;
	trace_emit(&nic->trace, TP_FDIR, bucket | name << NAME_AT, 0, nic->fdir.filters);
}

uint32_t nic_perfect_command(struct nic82599 *nic, uint32_t command, uint32_t hashes)
{
	uint32_t bucket = hashes & PERFECT_BUCKET, name = hashes >> NAME_AT & NAME_BITS;

	switch (command & FDIRCMD_CMD) {
	case FDIRCMD_ADD:
		add(nic, command, bucket, name);
		break;
	case FDIRCMD_REMOVE:
		remove_filter(nic, bucket, name);
		break;
	case FDIRCMD_QUERY:
		if (*find(nic, bucket, name))
			command |= FDIRCMD_VALID;
		break;
	default:
		break;
	}
	return command;
}

void nic_perfect_reset(struct nic82599 *nic)
{
	memset(nic->fdir.perfect_head, 0, sizeof(nic->fdir.perfect_head));
	nic->fdir.perfect_free = 0;
	nic->fdir.perfect_used = 0;
}
