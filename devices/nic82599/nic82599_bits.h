/* SPDX-License-Identifier: MIT */
/* Fields of registers and descriptors. Sections are of the 82599 datasheet, rev. 3.3 (331520). */
#ifndef DOORBELL_NIC82599_BITS_H
#define DOORBELL_NIC82599_BITS_H

/* 8.2.3.1 */
#define CTRL_GIO_DIS     0x00000004u
#define CTRL_LRST        0x00000008u
#define CTRL_RST         0x04000000u
#define STATUS_GIO       0x00080000u
/* 8.2.3.2 */
#define EERD_START       0x00000001u
#define EERD_DONE        0x00000002u
#define EERD_ADDR_SHIFT  2
#define EERD_ADDR_MASK   0x3fffu
#define EERD_DATA_SHIFT  16
/* 8.2.3.5 */
#define EICR_VECTORS     0x0000ffffu
#define EICR_OTHERS      0x7fff0000u
#define EICR_RX_MISS     0x00020000u
#define EICR_PCI         0x00040000u
#define EICR_LSC         0x00100000u
#define EICR_TCP_TIMER   0x40000000u
#define EICR_OCD_CLEARS  0x3fff0000u   /* cleared by a read when GPIE.OCD is set */
#define GPIE_MSIX        0x00000010u
#define GPIE_OCD         0x00000020u
#define GPIE_EIMEN       0x00000040u
#define GPIE_EIAME       0x40000000u
#define IVAR_VALID       0x80u
#define IVAR_VECTOR      0x3fu
/* 8.2.3.5.12: the interval counts 2 us at 1 and 10 Gb/s, 20 us at 100 Mb/s; the counter's upper
 * seven of nine bits can be seen and written. */
#define EITR_UNIT_NS          2000u
#define EITR_UNIT_NS_100M     20000u
#define EITR_INTERVAL_SHIFT   3
#define EITR_INTERVAL_MASK    0x1ffu
#define EITR_COUNTER_SHIFT    21
#define EITR_COUNTER_MASK     0x7fu
#define EITR_COUNTER_LOW_BITS 2
#define EITR_CNT_WDIS         0x80000000u
#define EITR_STORED           0x00008ff8u
/* 8.2.3.7 */
#define FCTRL_SBP        0x00000002u
#define FCTRL_MPE        0x00000100u
#define FCTRL_UPE        0x00000200u
#define FCTRL_BAM        0x00000400u
#define VLNCTRL_VFE      0x40000000u
#define MCSTCTRL_MO      0x3u
#define MCSTCTRL_MFE     0x4u
#define RXCSUM_IPPCSE    0x00001000u
#define RXCSUM_PCSD      0x00002000u
#define RFCTL_IPV6_DIS   0x00000400u
#define RFCTL_IPV6_XSUM_DIS 0x00000800u
#define RAH_AV           0x80000000u
#define MRQC_MODE        0xfu
#define MRQC_MODE_OFF    0x0u
#define MRQC_MODE_RSS    0x1u
#define MRQC_TCP_IPV4    0x00010000u
#define MRQC_IPV4        0x00020000u
#define MRQC_IPV6        0x00100000u
#define MRQC_TCP_IPV6    0x00200000u
#define MRQC_UDP_IPV4    0x00400000u
#define MRQC_UDP_IPV6    0x00800000u
#define MFLCN_PMCF       0x1u
#define MFLCN_DPF        0x2u
#define MFLCN_RFCE       0x8u
#define FCCFG_TFCE       0x8u
/* 8.2.3.8 */
#define SRRCTL_RESET     0x00000402u
#define SRRCTL_BSIZE     0x1fu
#define SRRCTL_BSIZE_SHIFT 10
#define SRRCTL_DESCTYPE  0x0e000000u
#define SRRCTL_LEGACY    0x00000000u
#define SRRCTL_ONE_BUFFER 0x02000000u
#define SRRCTL_DROP_EN   0x10000000u
#define SRRCTL_STORED    0x1fc03f1fu
#define QDE_ENABLE       0x00000001u
#define QDE_QUEUE_SHIFT  8
#define QDE_QUEUE_MASK   0x7fu
#define QDE_WRITE        0x00010000u
#define RXDCTL_ENABLE    0x02000000u
#define RXDCTL_VME       0x40000000u
#define RXCTRL_RXEN      0x1u
#define SECRXCTRL_RX_DIS 0x2u
/* 8.2.3.9 */
#define DMATXCTL_TE      0x1u
#define TXDCTL_ENABLE    0x02000000u
#define TXDCTL_STORED    0x007f7f7fu
#define TXDCTL_WTHRESH_SHIFT 16
#define TDWBAL_ENABLE    0x1u
/* 8.2.3.21 */
#define FDIRCTRL_INIT_DONE 0x8u
#define FDIRCTRL_PBALLOC 0x3u
#define FDIRCTRL_PERFECT 0x10u
#define FDIRCTRL_FLEX    0x1fu
#define FDIRCTRL_FLEX_SHIFT 16
#define FDIRCMD_CMD      0x3u
#define FDIRCMD_ADD      0x1u
#define FDIRCMD_CLEARHT  0x100u
#define FDIRCMD_QUEUE_EN 0x8000u
#define FDIRCMD_QUEUE    0x7fu
#define FDIRCMD_QUEUE_SHIFT 16
/* 8.2.3.22 */
#define HLREG0_RXCRCSTRP 0x00000002u
#define HLREG0_JUMBOEN   0x00000004u
#define HLREG0_TXPADEN   0x00000400u
#define MAXFRS_SHIFT     16
#define MSCA_OP_READ     0x08000000u
#define MSCA_COMMAND     0x40000000u
#define AUTOC_FLU        0x00000001u
#define AUTOC_RESTART    0x00001000u
#define AUTOC2_DISABLE   0x70000000u
#define LINKS_AN_DONE    0x80000000u
#define LINKS_UP         0x40000000u
#define LINKS_SPEED_10G  0x30000000u
#define LINKS_SPEED_1G   0x20000000u
#define LINKS_SPEED_100M 0x10000000u
#define LINKS_STATUS     0x00000080u
#define ANLP1_STATE_GOOD 0x000c0000u
#define ANLP1_PAUSE      0x00000c00u

/* 7.1.6: receive descriptors */
#define RXD_STAT_DD      0x00000001u
#define RXD_STAT_EOP     0x00000002u
#define RXD_STAT_VP      0x00000008u
#define RXD_STAT_UDPCS   0x00000010u
#define RXD_STAT_L4CS    0x00000020u
#define RXD_STAT_IPCS    0x00000040u
#define RXD_STAT_PIF     0x00000080u
#define RXD_STAT_UDPV    0x00000400u
#define RXD_ERR_RXE      0x20000000u
#define RXD_ERR_L4E      0x40000000u
#define RXD_ERR_IPE      0x80000000u
#define RXD_ERR_SHIFT    20            /* of the advanced format; the legacy one has 8 bits each */
#define RXD_LEGACY_ERR_RXE 0x20u
#define RXD_LEGACY_ERR_L4E 0x40u
#define RXD_LEGACY_ERR_IPE 0x80u
#define RXD_TYPE_IPV4    0x00000010u
#define RXD_TYPE_IPV4E   0x00000020u
#define RXD_TYPE_IPV6    0x00000040u
#define RXD_TYPE_IPV6E   0x00000080u
#define RXD_TYPE_TCP     0x00000100u
#define RXD_TYPE_UDP     0x00000200u
#define RXD_TYPE_SCTP    0x00000400u
/* RSS types */
#define RSS_TYPE_TCP_IPV4 1u
#define RSS_TYPE_IPV4    2u
#define RSS_TYPE_TCP_IPV6 3u
#define RSS_TYPE_IPV6    5u
#define RSS_TYPE_UDP_IPV4 7u
#define RSS_TYPE_UDP_IPV6 8u

/* 7.2.3: transmit descriptors */
#define TXD_LENGTH       0x0000ffffu
#define TXD_DTYP         0x00f00000u
#define TXD_DTYP_CONTEXT 0x00200000u
#define TXD_DTYP_DATA    0x00300000u
#define TXD_EOP          0x01000000u
#define TXD_IFCS         0x02000000u
#define TXD_IC           0x04000000u   /* legacy */
#define TXD_RS           0x08000000u
#define TXD_DEXT         0x20000000u
#define TXD_VLE          0x40000000u
#define TXD_TSE          0x80000000u
#define TXD_STAT_DD      0x00000001u
#define TXD_IDX_SHIFT    4
#define TXD_IXSM         0x00000100u
#define TXD_TXSM         0x00000200u
#define TXD_PAYLEN_SHIFT 14
#define TXD_CSO_SHIFT    16            /* legacy, of cmd */
#define TXD_CSS_SHIFT    8             /* legacy, of olinfo */
#define TXD_VLAN_SHIFT   16
#define CTX_IPLEN        0x1ffu
#define CTX_MACLEN_SHIFT 9
#define CTX_MACLEN       0x7fu
#define CTX_IPV4         0x00000400u
#define CTX_L4T          0x00001800u
#define CTX_L4T_UDP      0x00000000u
#define CTX_L4T_TCP      0x00000800u
#define CTX_L4T_SCTP     0x00001000u
#define CTX_L4LEN_SHIFT  8
#define CTX_L4LEN        0xffu
#define CTX_MSS_SHIFT    16

/* Frames (IEEE 802.3, RFC 791, 8200, 768, 9293, 9260). */
#define ETH_HEADER       14u
#define ETH_TAG          4u
#define ETH_IPV4         0x0800u
#define ETH_IPV6         0x86ddu
#define ETH_CONTROL      0x8808u
#define PROTO_HOP        0u
#define PROTO_TCP        6u
#define PROTO_UDP        17u
#define PROTO_ROUTING    43u
#define PROTO_FRAGMENT   44u
#define PROTO_DEST       60u
#define PROTO_SCTP       132u
#define IPV4_HEADER      20u
#define IPV6_HEADER      40u
#define TCP_HEADER       20u
#define UDP_HEADER       8u
#define SCTP_HEADER      12u

#endif
