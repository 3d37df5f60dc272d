/* SPDX-License-Identifier: MIT */
/* One port of an Intel 82599 10 GbE controller: rings, RSS, filters, interrupt causes and
 * throttling, statistics. Sections in nic82599*.c are of the 82599 datasheet, revision 3.3
 * (331520). Frames carry bytes; the FCS is counted, not carried.
 *
 * Modelled beyond the rings: pause frames, receive side coalescing, flow director's signature and
 * perfect-match filters, 5-tuple, SYN and EtherType filters with their low latency interrupts,
 * IPv4, TCP, UDP and SCTP checksums both ways, TCP and UDP segmentation, VLAN strip, insertion and
 * filter, packet types, several descriptors a frame, head write-back.
 *
 * Not modelled: link training (the link comes up cfg.link_up after the driver restarts the
 * negotiation), INTx and MSI (causes without GPIE.MSIX_MODE are only
 * seen in EICR), the TCP timer, SR-IOV, VMDq, DCB (one class, one packet buffer), FCoE, IPsec,
 * MACsec (fused off), IEEE 1588, header split (ixgbe does not use it), priority flow control,
 * management firmware, writing the EEPROM, wake-up. Their registers keep what is written. No-snoop,
 * relaxed ordering of reads and DCA hints have no effect; writes of frames' data and of transmit
 * status are relaxed as DCA_RXCTRL, DCA_TXCTRL and CTRL_EXT say. */
#ifndef DOORBELL_NIC82599_NIC82599_H
#define DOORBELL_NIC82599_NIC82599_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/core/sim.h"
#include "model/port/dma.h"
#include "model/port/moderation.h"
#include "model/port/wire.h"

#define NIC82599_QUEUES  128
#define NIC82599_VECTORS 64
#define NIC82599_BAR0_BYTES 0x80000u      /* registers; flash is in another BAR */
#define NIC82599_MSIX_BAR   4
#define NIC82599_MSIX_BYTES 0x4000u
#define NIC82599_MSIX_PBA   0x2000u

/* PCI identity: backplane KX4, so that no PHY or SFP module has to be imitated. */
#define NIC82599_VENDOR 0x8086
#define NIC82599_DEVICE 0x10f7
#define NIC82599_SUBSYSTEM 0x0003
#define NIC82599_CLASS  0x020000          /* Ethernet controller */

/* What decides when a queue's interrupt comes. */
enum nic82599_moderation_kind {
	NIC82599_MODERATION_EITR,          /* the device's own, set by its driver */
	NIC82599_MODERATION_ITR,           /* `gap` between two interrupts, whatever EITR says */
	NIC82599_MODERATION_COUNT_TIMEOUT, /* `count` packets, or `timeout` after the first */
	NIC82599_MODERATION_PACKET_TIMER,  /* `gap` after the last, `timeout` after the first */
	/* The fill level rises to `high`, or `timeout` after the first packet; then not again
	 * before it has fallen to `low` or software unmasks. */
	NIC82599_MODERATION_WATERMARK,
};

/* Kinds other than EITR are of other hardware: software sees the 82599's registers, and EITR keeps
 * what is written to it without effect. */
struct nic82599_moderation {
	enum nic82599_moderation_kind kind;
	uint32_t count, high, low;
	struct dur gap, timeout;       /* timeout 0: none, except with a packet timer */
};

struct nic82599_cfg {
	const char *name;              /* prefix of stats and trace events */
	uint8_t     mac[6];
	uint64_t    link_bps;          /* 10 Gb/s; other values for what-if studies */
	struct dur  rx_pipeline;       /* last bit on the wire -> first DMA of the frame */
	struct dur  tx_pipeline;       /* last payload byte fetched -> first bit on the wire */
	uint32_t    rx_buffer_bytes;   /* packet buffer: 512 KiB */
	unsigned    rx_writeback_batch; /* descriptors written back together; 1 = at once */
	unsigned    rx_prefetch;       /* descriptors fetched ahead at most (1..64) */
	unsigned    tx_prefetch;
	bool        ideal;             /* pipelines and the packet buffer take no time */
	struct dur  link_up;           /* restart of the negotiation -> link up; 0 = at once */
	struct nic82599_moderation moderation;
	/* Another block in the place of the port's own moderation; step NULL: none. Not for
	 * PACKET_TIMER and WATERMARK. */
	struct moderation_port block;
	bool        partner_pause;     /* the other end of the wire knows pause frames */
};

/* Why a received frame was lost. */
enum nic82599_drop {
	NIC82599_DROP_RING,            /* no descriptor */
	NIC82599_DROP_BUFFER,          /* packet buffer full */
	NIC82599_DROP_FILTER,          /* not addressed to us, receiver off, bad frame */
};

/* What the port needs from outside. A call never re-enters the model: its result is a later event
 * or a later call. */
struct nic82599_ops {
	void (*dma)(void *ctx, const struct dma_req *req);      /* answered by nic82599_dma_done */
	void (*msix)(void *ctx, unsigned vector);
	/* The last bit leaves now; the frame is valid for the call. */
	void (*wire_tx)(void *ctx, const struct frame *frame);
	/* Observation, for latency accounting; may be NULL. */
	/* The write-back of the frame's last descriptor was issued. */
	void (*rx_ring)(void *ctx, uint64_t frame_id, unsigned queue, uint32_t rss_hash);
	void (*rx_drop)(void *ctx, uint64_t frame_id, enum nic82599_drop why);
	/* The vector of this receive queue was raised, for all its frames so far. Called for every
	 * queue that IVAR gives the vector. */
	void (*rx_signalled)(void *ctx, unsigned queue);
};

struct nic82599;
struct reg;
struct ring_view;

/* 0 or a negative sim_err; on error *out is NULL and sim holds the reason. cfg is copied (name must
 * outlive the model), ops is not. */
int  nic82599_create(struct nic82599 **out, struct sim *sim, const struct nic82599_cfg *cfg,
		     const struct nic82599_ops *ops, void *ctx);
void nic82599_destroy(struct nic82599 *nic);
void nic82599_reset(struct nic82599 *nic);                      /* power-on */
uint32_t nic82599_read(struct nic82599 *nic, uint32_t offset);  /* BAR0, 4-byte accesses */
void nic82599_write(struct nic82599 *nic, uint32_t offset, uint32_t value);
/* The other end of the wire is gone (cable, power), or there again: the link negotiates anew. */
void nic82599_partner(struct nic82599 *nic, bool there);
void nic82599_wire_rx(struct nic82599 *nic, const struct frame *frame);  /* last bit arrived now */
void nic82599_dma_done(struct nic82599 *nic, const struct dma_done *done);
/* Frames lost so far, by reason. */
struct nic82599_drops {
	uint64_t ring, buffer, filter;
};
struct nic82599_drops nic82599_drops(const struct nic82599 *nic);
/* MSI-X vector that a receive queue's cause goes to now (IVAR); -1 if none. */
int nic82599_rx_vector(const struct nic82599 *nic, unsigned queue);
/* For an observer: a transmit queue's ring (0 on), behind them those of the receive queues. False:
 * no such number. */
bool nic82599_ring(const struct nic82599 *nic, unsigned number, struct ring_view *view);
/* The register table, for docs and tests. */
const struct reg *nic82599_regs_table(size_t *rows);

#endif
