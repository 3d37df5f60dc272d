/* SPDX-License-Identifier: MIT */
/* A port on a bench: memory is an array, DMA is answered a fixed time later, and the test is the
 * driver. Offsets and bits are written here again, on purpose: a slip in the model must not agree
 * with the test. */
#ifndef TESTS_UNIT_NIC82599_RIG_H
#define TESTS_UNIT_NIC82599_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/nic82599/nic82599.h"
#include "model/core/engine.h"
#include "model/trace/stats.h"
#include "model/trace/trace.h"

#define RIG_MEMORY (4u << 20)
#define RIG_OPS    1024u
#define RIG_LOG    4096u

/* Layout of the memory. */
#define RX_RING(q)   (0x10000u + (q) * 0x4000u)
#define TX_RING(q)   (0x90000u + (q) * 0x4000u)
#define RX_BUFFER(n) (0x100000u + (n) * 0x1000u)
#define TX_BUFFER(n) (0x200000u + (n) * 0x400u)

/* Registers. */
#define CTRL 0x0
#define STATUS 0x8
#define EICR 0x800
#define EICS 0x808
#define EIAC 0x810
#define EITR(v) (0x820 + 4 * (v))
#define EIMS 0x880
#define EIMC 0x888
#define EIAM 0x890
#define GPIE 0x898
#define IVAR(n) (0x900 + 4 * (n))
#define IVAR_MISC 0xa00
#define EICS_EX(n) (0xa90 + 4 * (n))
#define EIMS_EX(n) (0xaa0 + 4 * (n))
#define EIMC_EX(n) (0xab0 + 4 * (n))
#define EIAM_EX(n) (0xad0 + 4 * (n))
#define RDBAL(q) (0x1000 + 0x40 * (q))
#define RDBAH(q) (0x1004 + 0x40 * (q))
#define RDLEN(q) (0x1008 + 0x40 * (q))
#define RDH(q) (0x1010 + 0x40 * (q))
#define SRRCTL(q) (0x1014 + 0x40 * (q))
#define RDT(q) (0x1018 + 0x40 * (q))
#define RXDCTL(q) (0x1028 + 0x40 * (q))
#define QPRC(n) (0x1030 + 0x40 * (n))
#define QBRC_L(n) (0x1034 + 0x40 * (n))
#define QPRDC(n) (0x1430 + 0x40 * (n))
#define RQSMR(n) (0x2300 + 4 * (n))
#define RXCTRL 0x3000
#define RXPBSIZE 0x3c00
#define MPC(n) (0x3fa0 + 4 * (n))
#define CRCERRS 0x4000
#define PRC64 0x405c
#define GPRC 0x4074
#define BPRC 0x4078
#define MPRC 0x407c
#define GPTC 0x4080
#define GORCL 0x4088
#define GORCH 0x408c
#define GOTCL 0x4090
#define RUC 0x40a4
#define ROC 0x40ac
#define TPR 0x40d0
#define PTC64 0x40d8
#define PTC1522 0x40ec
#define HLREG0 0x4240
#define MAXFRS 0x4268
#define AUTOC 0x42a0
#define LINKS 0x42a4
#define AUTOC2 0x42a8
#define DMATXCTL 0x4a80
#define RXCSUM 0x5000
#define FCTRL 0x5080
#define VLNCTRL 0x5088
#define MCSTCTRL 0x5090
#define MTA(n) (0x5200 + 4 * (n))
#define MRQC 0x5818
#define RETA(n) (0x5c00 + 4 * (n))
#define RSSRK(n) (0x5c80 + 4 * (n))
#define TDBAL(q) (0x6000 + 0x40 * (q))
#define TDBAH(q) (0x6004 + 0x40 * (q))
#define TDLEN(q) (0x6008 + 0x40 * (q))
#define TDH(q) (0x6010 + 0x40 * (q))
#define TDT(q) (0x6018 + 0x40 * (q))
#define TXDCTL(q) (0x6028 + 0x40 * (q))
#define TDWBAL(q) (0x6038 + 0x40 * (q))
#define VFTA(n) (0xa000 + 4 * (n))
#define RAL(n) (0xa200 + 8 * (n))
#define RAH(n) (0xa204 + 8 * (n))
#define EERD 0x10014
#define SWSM 0x10140

#define QUEUE_ENABLE 0x02000000u
#define RX_DD 1u
#define RX_EOP 2u
#define RX_VP 8u
#define RX_L4CS 0x20u
#define RX_IPCS 0x40u
#define RX_PIF 0x80u
#define RX_L4E 0x40000000u
#define RX_IPE 0x80000000u
#define TX_EOP 0x01000000u
#define TX_IFCS 0x02000000u
#define TX_RS 0x08000000u
#define TX_ADVANCED 0x20000000u
#define TX_VLE 0x40000000u
#define TX_TSE 0x80000000u
#define TX_DATA 0x00300000u
#define TX_CONTEXT 0x00200000u
#define TX_PLAIN (TX_ADVANCED | TX_DATA | TX_EOP | TX_IFCS | TX_RS)

struct rig_op {
	struct rig *rig;
	struct event event;
	struct dma_req req;
	uint8_t data[2048 + 16384];
	int busy;
};

struct rig {
	struct sim sim;
	struct nic82599 *nic;
	struct nic82599_cfg cfg;
	struct dur read_delay, write_delay;
	uint8_t *memory;
	struct rig_op *ops;
	unsigned next_op;
	unsigned fail_reads;          /* that many reads are answered with an error */
	/* What the port did. */
	unsigned reads, writes;
	unsigned relaxed;             /* writes that may pass others */
	unsigned irqs;
	struct { struct at at; unsigned vector; unsigned writes; } irq[RIG_LOG];
	unsigned sents;
	struct { struct at at; uint32_t bytes, flags; uint8_t data[1600]; } sent[RIG_LOG];
	unsigned rings;
	struct { uint64_t id; unsigned queue; uint32_t hash; } ring[RIG_LOG];
	unsigned drops[3];
	unsigned signals;
	uint64_t next_id;
	/* The driver. */
	uint32_t rx_count[16], rx_next[16];
	uint32_t tx_count[16], tx_tail[16];
};

void rig_cfg(struct nic82599_cfg *cfg);
struct rig *rig_new(const struct nic82599_cfg *cfg);
void rig_free(struct rig *rig);
void rig_run(struct rig *rig, struct dur time);
uint32_t rig_rd(struct rig *rig, uint32_t offset);
void rig_wr(struct rig *rig, uint32_t offset, uint32_t value);
uint32_t rig_mem32(struct rig *rig, uint32_t addr);
/* How far a counter went since the last call. */
uint64_t rig_stat(struct rig *rig, const char *name);

/* Link up, receiver and transmitter on, MSI-X with vector n for queue n and 15 for the rest, all
 * unmasked with automatic clear and mask. */
void rig_up(struct rig *rig);
/* A ring of `count` descriptors with one-buffer advanced descriptors of `kib` KiB each; `filled` of
 * them are given to the hardware. Queue q's buffers are RX_BUFFER(64 * q ...). */
void rig_rx_ring(struct rig *rig, unsigned q, uint32_t count, uint32_t filled, uint32_t kib);
void rig_tx_ring(struct rig *rig, unsigned q, uint32_t count);

void rig_rx(struct rig *rig, const uint8_t *data, uint32_t bytes);
/* Double word n of receive descriptor i. */
uint32_t rig_rxd(struct rig *rig, unsigned q, uint32_t i, unsigned word);
/* Puts a descriptor behind the last without telling the port, and tells it. */
void rig_tx_desc(struct rig *rig, unsigned q, uint64_t addr, uint32_t cmd, uint32_t olinfo);
void rig_tx_go(struct rig *rig, unsigned q);
/* One plain frame from TX_BUFFER(n), copied there. */
void rig_tx(struct rig *rig, unsigned q, unsigned n, const uint8_t *data, uint32_t bytes);

/* ---- frames ---- */
extern const uint8_t rig_mac[6];
/* To us, of `type`, rest zero. */
void frame_ether(uint8_t *f, uint16_t type);
/* UDP or TCP over IPv4 or IPv6 with good checksums; returns the bytes (at least 60). */
uint32_t frame_ip4(uint8_t *f, const uint8_t src[4], const uint8_t dst[4], uint8_t protocol,
		   uint16_t sport, uint16_t dport, uint32_t payload);
uint32_t frame_ip6(uint8_t *f, const uint8_t src[16], const uint8_t dst[16], uint8_t protocol,
		   uint16_t sport, uint16_t dport, uint32_t payload);
/* A plain, slow Internet checksum over big-endian words. */
uint16_t plain_sum(const uint8_t *data, uint32_t bytes, uint32_t start);
uint16_t pseudo4(const uint8_t *ip, uint8_t protocol, uint32_t bytes);
uint16_t be16(const uint8_t *p);
void set_be16(uint8_t *p, uint16_t v);

#endif
