/* SPDX-License-Identifier: MIT */
/* Queue filters before flow director and RSS (7.1.2): by EtherType (7.1.2.3), by up to five fields
 * of an IPv4 packet (7.1.2.5), for TCP packets with SYN (7.1.2.6); and which packets want their
 * interrupt at once (7.3.2.2).
 *
 * Not modelled: pools, FCoE and IEEE 1588 of an EtherType filter, its user priority. Of two
 * matching 5-tuple filters of the same priority the one with the lower number wins. */
#include "devices/nic82599/nic82599_priv.h"

#define TCP_FLAGS_AT 13u
#define TCP_SYN      0x02u

static uint32_t get_le16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

/* ---- EtherType (8.2.3.7.21, 8.2.3.7.22) ---- */

static int by_ethertype(const struct nic82599 *nic, const struct rx_packet *packet, bool *at_once)
{
	unsigned i;

	for (i = 0; i < ETQF_FILTERS; i++) {
		uint32_t filter = nic_reg(nic, R_ETQF, i), select = nic_reg(nic, R_ETQS, i);

		if (!(filter & ETQF_ENABLE) || (filter & ETQF_TYPE) != packet->type)
			continue;
		*at_once |= !!(select & ETQS_LLI);
		return select & ETQS_QUEUE_EN ? (int)(select >> ETQS_QUEUE_SHIFT & ETQS_QUEUE) : -1;
	}
	return -1;
}

/* ---- SYN (8.2.3.7.20) ---- */

static int by_syn(const struct nic82599 *nic, const struct rx_packet *packet)
{
	uint32_t filter = nic_reg(nic, R_SYNQF, 0);

	if (!(filter & SYNQF_ENABLE) || !packet->l4 || packet->protocol != PROTO_TCP ||
	    packet->l4 + TCP_HEADER > packet->l3_end ||
	    !(packet->data[packet->l4 + TCP_FLAGS_AT] & TCP_SYN))
		return -1;
	return (int)(filter >> SYNQF_QUEUE_SHIFT & SYNQF_QUEUE);
}

/* ---- 5-tuple (8.2.3.7.16 to .19, 8.2.3.5.13) ---- */

static uint32_t protocol_code(const struct rx_packet *packet)
{
	switch (packet->protocol) {
	case PROTO_TCP:
		return 0;
	case PROTO_UDP:
		return 1;
	case PROTO_SCTP:
		return 2;
	default:
		return 3;
	}
}

/* Addresses and ports are in the registers as in memory, lowest byte first on the wire. */
static bool tuple_matches(const struct nic82599 *nic, unsigned i, const struct rx_packet *packet)
{
	uint32_t control = nic_reg(nic, R_FTQF, i), ports = nic_reg(nic, R_SDPQF, i);
	const uint8_t *ip = packet->data + packet->l3, *l4 = packet->data + packet->l4;

	if (!(control & FTQF_QUEUE_ENABLE))
		return false;
	if (!(control & FTQF_ANY_SOURCE) && get_le32(ip + 12) != nic_reg(nic, R_SAQF, i))
		return false;
	if (!(control & FTQF_ANY_TARGET) && get_le32(ip + 16) != nic_reg(nic, R_DAQF, i))
		return false;
	if (!(control & FTQF_ANY_PROTOCOL) && protocol_code(packet) != (control & FTQF_PROTOCOL))
		return false;
	if ((control & FTQF_ANY_PORTS) == FTQF_ANY_PORTS)
		return true;
	if (!packet->l4 || packet->l4 + 4u > packet->l3_end)
		return false;
	return (control & FTQF_ANY_SOURCE_PORT || get_le16(l4) == (ports & 0xffff)) &&
	       (control & FTQF_ANY_TARGET_PORT || get_le16(l4 + 2) == ports >> 16);
}

static int best_tuple(const struct nic82599 *nic, const struct rx_packet *packet)
{
	uint32_t best_priority = 0;
	int best = -1;
	unsigned i;

	if (packet->ip != 4)
		return -1;
	for (i = 0; i < FTQF_FILTERS; i++) {
		uint32_t priority = nic_reg(nic, R_FTQF, i) >> FTQF_PRIORITY_SHIFT & FTQF_PRIORITY;

		if ((best < 0 || priority > best_priority) && tuple_matches(nic, i, packet)) {
			best = (int)i;
			best_priority = priority;
		}
	}
	return best;
}

/* L34TIMIR: at once, unless only short packets shall be (LLITHRESH). */
static bool tuple_at_once(const struct nic82599 *nic, uint32_t action,
			  const struct rx_packet *packet)
{
	if (!(action & L34TIMIR_LLI))
		return false;
	return action & L34TIMIR_SIZE_BP ||
	       packet->bytes < (nic_reg(nic, R_LLITHRESH, 0) & LLITHRESH_SIZE);
}

static int by_tuple(const struct nic82599 *nic, const struct rx_packet *packet, bool *at_once)
{
	int filter = nic->tuples ? best_tuple(nic, packet) : -1;
	uint32_t action;

	if (filter < 0)
		return -1;
	action = nic_reg(nic, R_L34TIMIR, (unsigned)filter);
	*at_once |= tuple_at_once(nic, action, packet);
	return (int)(action >> L34TIMIR_QUEUE_SHIFT & L34TIMIR_QUEUE);
}

int nic_tuple(const struct nic82599 *nic, const struct rx_packet *packet, bool *at_once)
{
	uint32_t vlan = nic_reg(nic, R_IMIRVP, 0);
	bool syn_first = nic_reg(nic, R_SYNQF, 0) & SYNQF_FIRST;
	int queue, syn, tuple;

	/* 8.2.3.5.15 */
	if (vlan & IMIRVP_ENABLE && packet->tagged &&
	    (uint32_t)packet->tag >> VLAN_PRIORITY_SHIFT >= (vlan & IMIRVP_PRIORITY))
		*at_once = true;
	queue = by_ethertype(nic, packet, at_once);
	if (queue >= 0)
		return queue;
	syn = by_syn(nic, packet);
	if (syn >= 0 && syn_first)
		return syn;
	tuple = by_tuple(nic, packet, at_once);
	return tuple >= 0 ? tuple : syn;
}

/* Most ports have no such filter: then the receive path does not look. */
void nic_tuple_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	unsigned i;

	nic->tuples = 0;
	for (i = 0; i < FTQF_FILTERS; i++)
		nic->tuples += !!(nic_reg(nic, R_FTQF, i) & FTQF_QUEUE_ENABLE);
	nic->queue_filters = nic->tuples || nic_reg(nic, R_SYNQF, 0) & SYNQF_ENABLE ||
			     nic_reg(nic, R_IMIRVP, 0) & IMIRVP_ENABLE;
	for (i = 0; i < ETQF_FILTERS; i++)
		nic->queue_filters |= !!(nic_reg(nic, R_ETQF, i) & ETQF_ENABLE);
}
