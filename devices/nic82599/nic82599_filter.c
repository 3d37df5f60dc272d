/* SPDX-License-Identifier: MIT */
/* Receive filters (7.1.1) and the registers that configure them. Register values that the receive
 * path needs are kept decoded. */
#include "devices/nic82599/nic82599_priv.h"

#include <string.h>

#define STANDARD_FRAME 1518u

static uint64_t address_of(const uint8_t *p)
{
	return get_le32(p) | (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40;
}

/* 7.1.1.1.4, 8.2.3.7.3: twelve bits of the address, by MCSTCTRL.MO, choose a bit of the table. */
static unsigned multicast_bit(const struct nic82599 *nic, uint64_t address)
{
	static const uint8_t shift[] = { 36, 35, 34, 32 };

	return address >> shift[nic->multicast_offset] & 0xfff;
}

static bool exact_match(const struct nic82599 *nic, uint64_t address)
{
	uint32_t i;

	for (i = 0; i < nic->rar_count; i++)
		if (nic->rar_live[i] == address)
			return true;
	return false;
}

static enum nic_match address_match(const struct nic82599 *nic, const uint8_t *data)
{
	const uint64_t all = (UINT64_C(1) << 48) - 1;
	uint64_t address = address_of(data);
	unsigned bit;

	if (exact_match(nic, address))
		return MATCH_EXACT;
	if (!(address & 1))
		return nic->unicast_all ? MATCH_INEXACT : MATCH_NONE;
	if (address == all)
		return nic->broadcast ? MATCH_EXACT : MATCH_NONE;
	if (nic->multicast_all)
		return MATCH_INEXACT;
	if (!nic->multicast_hash)
		return MATCH_NONE;
	bit = multicast_bit(nic, address);
	return nic->mta[bit >> 5] >> (bit & 31) & 1 ? MATCH_INEXACT : MATCH_NONE;
}

enum nic_match nic_filter(const struct nic82599 *nic, const struct rx_packet *packet)
{
	unsigned id = packet->tag & 0xfff;

	/* 3.7.7.3: MAC control frames stay in the MAC. */
	if (get_be16(packet->data + ETH_HEADER - 2) == ETH_CONTROL && !nic->pass_control)
		return MATCH_NONE;
	/* 7.1.1.2 */
	if (nic->vlan_filter && packet->tagged && !(nic->vfta[id >> 5] >> (id & 31) & 1))
		return MATCH_NONE;
	return address_match(nic, packet->data);
}

void nic_filter_config_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	uint32_t fctrl = nic_reg(nic, R_FCTRL, 0), vln = nic_reg(nic, R_VLNCTRL, 0);
	uint32_t mcst = nic_reg(nic, R_MCSTCTRL, 0), rxcsum = nic_reg(nic, R_RXCSUM, 0);

	nic->store_bad = fctrl & FCTRL_SBP;
	nic->multicast_all = fctrl & FCTRL_MPE;
	nic->unicast_all = fctrl & FCTRL_UPE;
	nic->broadcast = fctrl & FCTRL_BAM;
	nic->vlan_filter = vln & VLNCTRL_VFE;
	nic->vlan_type = (uint16_t)vln;
	nic->multicast_hash = mcst & MCSTCTRL_MFE;
	nic->multicast_offset = mcst & MCSTCTRL_MO;
	nic->report_hash = rxcsum & RXCSUM_PCSD;
	nic->fragment_sum = rxcsum & RXCSUM_IPPCSE;
	nic->rfctl = nic_reg(nic, R_RFCTL, 0);
	nic->rx_on = nic_reg(nic, R_RXCTRL, 0) & RXCTRL_RXEN &&
		     !(nic_reg(nic, R_SECRXCTRL, 0) & SECRXCTRL_RX_DIS);
}

/* 8.2.3.22.13: MAXFRS limits jumbo frames only; a tag is always allowed on top. */
void nic_mac_config_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	uint32_t hlreg0 = nic_reg(nic, R_HLREG0, 0);

	nic->jumbo = hlreg0 & HLREG0_JUMBOEN;
	nic->crc_strip = hlreg0 & HLREG0_RXCRCSTRP;
	nic->pad = hlreg0 & HLREG0_TXPADEN;
	nic->loopback = hlreg0 & HLREG0_LPBK;
	nic->frame_max = nic->jumbo ? nic_reg(nic, R_MAXFRS, 0) >> MAXFRS_SHIFT : STANDARD_FRAME;
	if (nic->frame_max > FRAME_BYTES_MAX)
		nic->frame_max = FRAME_BYTES_MAX;
	nic->pass_control = nic_reg(nic, R_MFLCN, 0) & MFLCN_PMCF;
}

void nic_mta_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	((struct nic82599 *)ctx)->mta[index] = (uint32_t)value;
}

void nic_vfta_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	((struct nic82599 *)ctx)->vfta[index] = (uint32_t)value;
}

/* Only valid addresses are searched; most ports have one or two. */
static void rar_changed(struct nic82599 *nic)
{
	unsigned i;

	nic->rar_count = 0;
	for (i = 0; i < sizeof(nic->ral) / sizeof(nic->ral[0]); i++)
		if (nic->rah[i] & RAH_AV)
			nic->rar_live[nic->rar_count++] =
				nic->ral[i] | (uint64_t)(nic->rah[i] & 0xffff) << 32;
}

void nic_ral_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;

	nic->ral[index] = (uint32_t)value;
	rar_changed(nic);
}

uint64_t nic_ral_read(void *ctx, unsigned index)
{
	return ((struct nic82599 *)ctx)->ral[index];
}

void nic_rah_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;

	nic->rah[index] = (uint32_t)value & (RAH_AV | 0xffff);
	rar_changed(nic);
}

uint64_t nic_rah_read(void *ctx, unsigned index)
{
	return ((struct nic82599 *)ctx)->rah[index];
}

/* The station address comes from the EEPROM (8.2.3.7.8). */
void nic_filter_reset(struct nic82599 *nic)
{
	memset(nic->mta, 0, sizeof(nic->mta));
	memset(nic->vfta, 0, sizeof(nic->vfta));
	memset(nic->ral, 0, sizeof(nic->ral));
	memset(nic->rah, 0, sizeof(nic->rah));
	nic->ral[0] = get_le32(nic->cfg.mac);
	nic->rah[0] = RAH_AV | (uint32_t)nic->cfg.mac[5] << 8 | nic->cfg.mac[4];
	rar_changed(nic);
	nic_filter_config_write(nic, 0, 0, 0);
	nic_mac_config_write(nic, 0, 0, 0);
}
