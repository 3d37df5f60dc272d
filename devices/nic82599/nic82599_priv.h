/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. Sections are of the 82599 datasheet, rev. 3.3 (331520). */
#ifndef DOORBELL_NIC82599_PRIV_H
#define DOORBELL_NIC82599_PRIV_H

#include "devices/nic82599/nic82599.h"

#include <stdint.h>

#include "devices/nic82599/nic82599_bits.h"
#include "model/reg/reg.h"
#include "model/trace/stats.h"
#include "model/trace/trace.h"

/* Rows of the register table. */
enum nic_row {
#define REG(id, name, offset, first, count, stride, reset, rw, w1c, spec, wr, rd, help) R_##id,
#include "devices/nic82599/nic82599_regs.def"
#undef REG
	R_MODEL_ROWS,
};

/* Statistics that count, cells of nic->count. A family takes as many as it has instances. */
enum nic_stat_base {
#define STAT32(id, name, offset, n, stride, spec, help) S_##id, S_##id##_LAST = S_##id + (n) - 1,
#define STAT36 STAT32
#include "devices/nic82599/stats.def"
#undef STAT32
#undef STAT36
	S_COUNT,
};

enum nic_trace {
#define TRACE_POINT(id, name, a, b, c) TP_##id,
#include "devices/nic82599/trace.def"
#undef TRACE_POINT
	TP_COUNT,
};

/* A driver's mistakes: argument "error" of nic82599.error.guest. */
enum nic_guest_error {
	GUEST_TAIL,            /* tail or head beyond the ring */
	GUEST_RING_SIZE,       /* queue enabled without a ring */
	GUEST_DESC_TYPE,       /* SRRCTL.DESCTYPE not supported */
	GUEST_BUFFER_SIZE,     /* SRRCTL.BSIZEPACKET is 0 */
	GUEST_TX_DTYP,         /* reserved descriptor type */
	GUEST_TX_LENGTH,       /* frame too long, or longer than PAYLEN says */
	GUEST_TX_CONTEXT,      /* header lengths of the context do not fit the frame */
	GUEST_TX_SHORT,        /* frame below the minimum with padding off */
	GUEST_ACCESS,          /* register access of a wrong size or alignment */
	GUEST_MRQC,            /* multiple-queue mode not supported */
};

#define RX_CACHE 64u           /* descriptors the chip holds a queue (7.1.9: 64) */
#define TX_CACHE 64u           /* 7.2.3: 40 are used */
#define WB_MAX   64u
#define TX_JOBS  128u          /* frames between descriptor and wire */
#define TX_BIG_JOBS 4u         /* of them, those that may be longer than a frame */
#define TX_JOB_BYTES (16384u + 64u)
#define TX_BIG_BYTES (262144u + 1024u)   /* 7.2.4: 256 KB of payload and its header */
#define JOB_NONE UINT16_MAX
#define FDIR_FILTERS 32768u    /* 8.2.3.21.1: signature filters in 256 KB */
#define FDIR_BUCKETS 4096u
#define PERFECT_FILTERS 8192u  /* 7.1.2.7.1: in 256 KB, but for two */
#define PERFECT_BUCKETS 8192u
#define PERFECT_BUCKET  0x1fffu
#define RSC_CONTEXTS 32u       /* 7.11 */
#define RSC_FRAMES   224u      /* 14 in each of 16 buffers */
#define RSC_HEADER   96u       /* Ethernet with a tag, IPv4, TCP with a time stamp: 70 */

struct rx_queue {
	uint64_t base;
	uint32_t count;             /* descriptors; 0 = no ring */
	uint32_t srrctl;
	uint32_t bsize;
	uint32_t tail;
	uint32_t use;               /* next descriptor to fill */
	uint32_t fetch;             /* next descriptor to fetch */
	uint16_t cached, cache_first;
	uint16_t fetching;          /* descriptors of the read under way; 0 = none */
	uint8_t generation;         /* of enablings */
	uint8_t stale_reads;        /* reads under way for earlier enablings */
	uint8_t number;
	bool enabled, strip, drop, drop_by_qde, legacy, broken;
	uint32_t unreturned;        /* descriptors filled and not given back since */
	uint64_t cache[RX_CACHE];   /* buffer addresses */
};

/* A signature filter: both hashes of its flow. */
struct fdir_filter {
	uint32_t name;
	uint16_t next;              /* of its bucket; number + 1, 0 = none */
	uint8_t queue;
};

/* What a perfect-match filter compares, as the registers have it. */
struct perfect_fields {
	uint32_t source, target, ports, vlan_flex, type;
};

struct perfect_filter {
	struct perfect_fields fields;
	uint16_t name;              /* software's index */
	uint16_t next;              /* of its bucket; number + 1, 0 = none */
	uint8_t queue;
	bool drop, at_once;
};

struct tx_desc {
	uint64_t addr;
	uint32_t cmd, olinfo;
};

/* 7.2.3.2.3: the context registers of a queue. */
struct tx_context {
	uint32_t vlan_macip, type, mss_l4len;
};

struct tx_queue {
	uint64_t base;
	uint64_t head_wb;           /* address; 0 = descriptors are written back */
	uint32_t count;
	uint32_t tail, head;
	uint32_t use, fetch;
	uint16_t cached, cache_first;
	uint16_t fetching;
	uint8_t generation, stale_reads;
	uint8_t number;
	bool enabled, broken;
	uint8_t wthresh;
	uint16_t jobs_first, jobs_last;   /* fetched in this order; JOB_NONE = empty */
	uint16_t open;              /* job whose last descriptor has not come */
	uint16_t done_count;        /* descriptors with RS, fetched, not written back */
	uint16_t done[TX_CACHE];
	struct event flush;
	struct nic82599 *nic;
	struct tx_context context[2];
	struct tx_desc cache[TX_CACHE];
};

/* One frame, or one TCP segmentation, between its first descriptor and the wire. */
struct tx_job {
	uint8_t *data;
	uint32_t capacity;
	uint32_t bytes;             /* wanted so far */
	uint32_t reads;             /* under way */
	uint32_t paylen;            /* PAYLEN; 0 in legacy descriptors */
	uint32_t next_desc;         /* behind the last descriptor */
	int32_t rs_desc;            /* last descriptor with RS, or -1 */
	uint16_t next;
	uint8_t queue, queue_generation;
	bool closed, bad, legacy, big;
	uint32_t cmd, olinfo;       /* of the first descriptor */
	struct tx_context context;
	struct at ready;
	uint32_t segment, segments, hdr_bytes;
	uint64_t id;
};

struct rx_frame {
	uint64_t id;
	struct at ready;
	uint32_t offset;            /* in the packet buffer */
	uint32_t bytes;             /* to write to memory */
	uint32_t held;              /* of the packet buffer */
	uint32_t done;              /* bytes written so far */
	uint32_t info, hash, hash_word, status;
	uint16_t vlan;
	uint16_t l3, l4, payload;   /* of TCP over IPv4; 0 = other */
	uint8_t queue;
	uint8_t rsc;                /* context that it is written to, number + 1 */
	bool stalled, candidate, low_latency;
};

/* Why a large receive ended: argument of nic82599.rsc.end. */
enum nic_rsc_end {
	RSC_END_NOT,
	RSC_END_NO_CANDIDATE,
	RSC_END_HEADER,             /* other queue, tag or length of the header */
	RSC_END_SEQUENCE,
	RSC_END_ACK,
	RSC_END_SIZE,
	RSC_END_DESCRIPTORS,
	RSC_END_COUNT,              /* of segments that began in one buffer */
	RSC_END_TIMER,
	RSC_END_STARVED,
	RSC_END_LOW_LATENCY,
};

/* 7.11: a context, one connection's large receive. */
struct rsc {
	bool open, ack;
	bool filling;               /* a segment's data are on their way */
	enum nic_rsc_end ended;     /* as soon as they are there */
	uint8_t queue;
	int8_t vector;
	uint16_t l3, l4, payload, vlan;
	uint32_t next_sequence;
	uint32_t bytes;             /* header and data */
	uint32_t info, hash, hash_word, status;
	uint64_t first_addr, addr;
	uint32_t desc, fill;        /* the descriptor that is being filled */
	uint32_t started;           /* segments that began in it */
	uint32_t descs, frames;
	uint64_t frame[RSC_FRAMES];
	uint8_t header[RSC_HEADER];
};

/* What the parser found. */
struct rx_packet {
	const uint8_t *data;
	uint32_t bytes;
	uint16_t l3, l4;            /* offsets; 0 = none */
	uint32_t l3_end;            /* end of the IP payload, at most bytes */
	uint8_t ip;                 /* 0, 4, 6 */
	uint8_t protocol;           /* of the IP payload: 6, 17, 132, or what it is */
	bool fragment, extended, tagged;
	uint16_t tag;
	uint16_t type;              /* EtherType behind the tag */
};

/* Why a batch of packets is ripe for its interrupt: argument of nic82599.irq.ripe. */
enum nic_ripe {
	RIPE_NOT,
	RIPE_COUNT,
	RIPE_TIMEOUT,
	RIPE_GAP,
	RIPE_LEVEL,
	RIPE_AT_ONCE,           /* set by software, or not a queue's cause */
};

struct vector {
	struct at due;              /* the ITR counter reaches 0 */
	struct dur interval;
	uint32_t eitr;
	uint64_t rx_queues[2];      /* receive queues that IVAR gives this vector */
	/* Moderation of other kinds than EITR (moderation.c). */
	uint32_t batch;             /* packets since the last interrupt */
	struct at first;            /* when the first of them came */
	enum nic_ripe ripe;
	bool armed;
	uint32_t coalescing;        /* large receives that end with the counter */
	uint32_t credits;           /* for interrupts at once; when they were counted */
	struct at credited;
	bool delayed;               /* they have, and the message follows (GPIE.RSC_DELAY) */
	struct event event;
	struct nic82599 *nic;
};

struct nic82599 {
	struct sim *sim;
	struct nic82599_cfg cfg;
	const struct nic82599_ops *ops;
	void *ctx;
	struct reg_bank *bank;
	struct trace_source trace;
	uint16_t generation;        /* of resets, in DMA tags */
	uint32_t reads;             /* DMA reads under way, this generation */
	bool master_off;            /* CTRL.GIO_DIS */

	struct {
		struct counter *irq, *irq_timeout, *pauses, *sent, *tx_bytes, *frames, *bytes;
		struct counter *drop[3];
		struct counter *guest, *unknown, *dma_errors, *resets, *rsc_packets, *rsc_receives;
	} stat;
	uint64_t count[S_COUNT];
	uint32_t count_high[S_COUNT];    /* taken with the low half, not read yet */
	uint8_t rx_stat[NIC82599_QUEUES], tx_stat[NIC82599_QUEUES];

	uint16_t eeprom[64];
	uint32_t eerd, msca;

	enum nic_link {
		LINK_DOWN,
		LINK_TRAINING,
		LINK_UP,
	} link;
	bool partner_gone;
	struct event link_event;

	/* Interrupts (irq.c). */
	uint64_t cause, mask, automask;  /* by vector */
	uint32_t cause_other, mask_other, automask_other;   /* EICR bits 16..30 */
	uint32_t gpie, eiac;
	int8_t rx_vector[NIC82599_QUEUES], tx_vector[NIC82599_QUEUES];
	int8_t timer_vector, other_vector;
	struct vector vector[NIC82599_VECTORS];

	/* Receive (rx.c, filter.c, rss.c). */
	bool rx_on, store_bad, unicast_all, multicast_all, broadcast, multicast_hash;
	bool vlan_filter, jumbo, crc_strip, pass_control, report_hash, fragment_sum;
	uint8_t multicast_offset;
	uint16_t vlan_type;
	uint32_t frame_max;
	uint32_t rfctl;
	uint64_t rar[128], rar_live[128];
	uint32_t ral[128], rah[128], rar_count;
	uint32_t mta[128], vfta[128];
	uint32_t mrqc;
	uint8_t rss_key[40];
	uint8_t reta[128];
	bool rss_stale;
	uint32_t rss_table[36][256];
	struct {
		uint16_t head[FDIR_BUCKETS];     /* by name; filter number + 1, 0 = none */
		struct fdir_filter filter[FDIR_FILTERS];
		uint32_t filters;
		uint64_t matches, misses, failed, added, removed, failed_removals;
		uint16_t perfect_head[PERFECT_BUCKETS];
		uint16_t perfect_free;           /* list of removed ones, number + 1 */
		uint32_t perfect_used;           /* of the array */
		struct perfect_filter perfect[PERFECT_FILTERS];
	} fdir;
	uint8_t *rx_memory;
	uint32_t rx_memory_bytes, rx_memory_tail;
	uint32_t rx_limit, rx_held;
	struct rx_frame *rx_frames;
	uint32_t rx_frame_slots, rx_frame_first, rx_frame_count;
	struct event rx_event;
	struct {
		uint32_t queue, first, count, frames;
		bool at_once;
		uint8_t desc[WB_MAX][16];
		struct {
			uint64_t id;
			uint32_t hash, desc;
		} frame[WB_MAX];
	} wb;
	struct rx_queue rxq[NIC82599_QUEUES];
	uint32_t tuples;            /* 5-tuple filters that are on (tuple.c) */
	bool queue_filters;         /* any filter of tuple.c is */
	struct rsc rsc[RSC_CONTEXTS];
	uint32_t rsc_open;

	/* Transmit (tx.c, tx_frame.c). */
	bool tx_on, pad;
	bool loopback;              /* frames that are sent are received, the wire is not */
	uint16_t tx_vlan_type;
	uint32_t tcp_flags_first, tcp_flags_middle, tcp_flags_last;
	uint32_t tx_limit, tx_held;
	uint64_t tx_ready[2];       /* queues with descriptors in their cache */
	unsigned tx_turn;
	struct event wire_event;
	struct at wire_free;
	struct at wire_free_before, wire_begin;   /* of the frame that is planned or under way */
	struct at wire_paused;      /* no frame begins before */
	struct {
		struct event sent, refresh;
		uint32_t quanta;
		bool asked;             /* the other end was told to wait */
	} pause;
	uint64_t byte_ps;           /* time of a byte; 0 = not whole */
	uint16_t wire_first, wire_last;   /* jobs for the wire */
	bool wire_busy;
	uint16_t free_jobs[TX_JOBS], free_job_count;
	uint16_t free_big[TX_BIG_JOBS], free_big_count;
	struct tx_job job[TX_JOBS + TX_BIG_JOBS];
	uint8_t *tx_memory;
	uint8_t segment[TX_JOB_BYTES];
	struct tx_queue txq[NIC82599_QUEUES];
};

/* DMA tags: generation, kind, queue or job, detail. */
enum tag_kind {
	TAG_RX_FETCH,
	TAG_TX_FETCH,
	TAG_TX_DATA,
	TAG_WRITE,
};

static inline uint64_t nic_tag(const struct nic82599 *nic, enum tag_kind kind, unsigned which,
			       uint32_t detail)
{
	return (uint64_t)nic->generation << 48 | (uint64_t)kind << 44 | (uint64_t)which << 32 |
	       detail;
}

static inline uint32_t get_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t get_le64(const uint8_t *p)
{
	return get_le32(p) | (uint64_t)get_le32(p + 4) << 32;
}

static inline void put_le32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

static inline uint16_t get_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)get_be16(p) << 16 | get_be16(p + 2);
}

static inline void put_be16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void put_be32(uint8_t *p, uint32_t v)
{
	put_be16(p, v >> 16);
	put_be16(p + 2, v);
}

/* Entries between `from` and `to` in a ring of `count`. */
static inline uint32_t ring_gap(uint32_t from, uint32_t to, uint32_t count)
{
	return to >= from ? to - from : to + count - from;
}

static inline uint32_t ring_next(uint32_t index, uint32_t by, uint32_t count)
{
	index += by;
	return index >= count ? index - count : index;
}

/* Descriptors that the next read brings: none while more than half of the prefetch is on the chip,
 * and never across the ring's end (7.1.9, 7.2.3.4). */
static inline uint32_t ring_fetch(uint32_t from, uint32_t tail, uint32_t count, uint32_t cached,
				  uint32_t prefetch)
{
	uint32_t n = ring_gap(from, tail, count);

	if (cached > prefetch / 2)
		return 0;
	if (n > prefetch - cached)
		n = prefetch - cached;
	return n < count - from ? n : count - from;
}

static inline uint32_t nic_reg(const struct nic82599 *nic, enum nic_row row, unsigned index)
{
	return (uint32_t)reg_get(nic->bank, row, index);
}

/* nic82599.c */
void nic_guest_error(struct nic82599 *nic, enum nic_guest_error error, uint64_t where,
		     uint64_t value);
void nic_dma_read(struct nic82599 *nic, uint64_t addr, uint32_t bytes, uint64_t tag);
void nic_dma_write(struct nic82599 *nic, uint64_t addr, const void *data, uint32_t bytes);
/* Data of frames for a receive queue; that descriptors of a transmit queue were sent. */
void nic_dma_write_data(struct nic82599 *nic, unsigned queue, uint64_t addr, const void *data,
			uint32_t bytes);
void nic_dma_write_sent(struct nic82599 *nic, unsigned queue, uint64_t addr, const void *data,
			uint32_t bytes);
/* Descriptors of a receive queue. */
void nic_dma_write_back(struct nic82599 *nic, uint64_t addr, const void *data, uint32_t bytes);

/* nic82599_reset.c: reset and link */
void nic_link_init(struct nic82599 *nic);
void nic_soft_reset(struct nic82599 *nic, bool link_too);
void nic_reset_state(struct nic82599 *nic);

/* nic82599_eeprom.c */
void nic_eeprom_fill(struct nic82599 *nic);

/* nic82599_irq.c */
void nic_irq_init(struct nic82599 *nic);
void nic_irq_reset(struct nic82599 *nic);
/* `packets` more stand in the ring behind the vector's cause; or descriptors were sent. */
void nic_cause_received(struct nic82599 *nic, int vector, uint32_t packets);
void nic_cause_sent(struct nic82599 *nic, int vector);
/* The vector's message goes out: what that clears and masks, and who is told. */
void nic_vector_sent(struct nic82599 *nic, int vector);
/* Sends if the vector has a cause and is not masked. */
void nic_vector_ripe(struct nic82599 *nic, int vector);
bool nic_vector_may_send(const struct nic82599 *nic, int vector);
void nic_cause_other(struct nic82599 *nic, uint32_t bits);
/* A large receive of the vector began: it ends when the counter gets to 0; or it ended before. */
void nic_coalescing_began(struct nic82599 *nic, int vector);
void nic_coalescing_ended(struct nic82599 *nic, int vector);
/* The vector's message does not wait for the counter, if there is credit for it. */
void nic_cause_at_once(struct nic82599 *nic, int vector);

/* nic82599_moderation.c; all but the first do nothing with the device's own moderation */
bool nic_moderation_holds(const struct nic82599 *nic, int vector);
void nic_moderation_at_once(struct nic82599 *nic, uint64_t vectors);
void nic_moderation_sent(struct nic82599 *nic, int vector);
void nic_moderation_cleared(struct nic82599 *nic, uint64_t vectors);
void nic_moderation_packets(struct nic82599 *nic, int vector, uint32_t packets);
void nic_moderation_transmitted(struct nic82599 *nic, int vector);
void nic_moderation_due(struct nic82599 *nic, int vector);
void nic_moderation_returned(struct nic82599 *nic, struct rx_queue *q, uint32_t descriptors);
void nic_moderation_unmasked(struct nic82599 *nic, uint64_t vectors);
void nic_moderation_reset(struct nic82599 *nic, struct vector *v);

/* ---- moderation by another block (nic82599_block.c) ---- */

static inline bool nic_has_block(const struct nic82599 *nic)
{
	return nic->cfg.block.step != NULL;
}

void nic_block_do(struct nic82599 *nic, int vector, enum moderation_what what, bool active);
void nic_block_packets(struct nic82599 *nic, int vector, uint32_t packets, bool active);
void nic_block_load(struct nic82599 *nic, struct vector *v, bool load_counter, struct dur counter);
void nic_block_reset(struct nic82599 *nic, struct vector *v);

/* nic82599_filter.c */
void nic_filter_reset(struct nic82599 *nic);
enum nic_match {
	MATCH_NONE,
	MATCH_INEXACT,          /* by the hash table or a promiscuous mode */
	MATCH_EXACT,
};
/* Whether the frame is for us by its addresses and VLAN (7.1.1). */
enum nic_match nic_filter(const struct nic82599 *nic, const struct rx_packet *packet);

/* nic82599_parse.c */
void nic_parse(const struct nic82599 *nic, struct rx_packet *packet);
/* Packet type bits and checksum status of the descriptor. */
void nic_rx_offload(struct nic82599 *nic, const struct rx_packet *packet, struct rx_frame *frame);

/* nic82599_rss.c */
void nic_rss_reset(struct nic82599 *nic);
/* Queue number; *type is the descriptor's RSS type. */
unsigned nic_rss(struct nic82599 *nic, const struct rx_packet *packet, uint32_t *hash,
		 unsigned *type);

/* nic82599_tuple.c */
/* The queue that an EtherType, SYN or 5-tuple filter wants, or -1; *at_once becomes true if the
 * packet's interrupt shall not wait. */
int nic_tuple(const struct nic82599 *nic, const struct rx_packet *packet, bool *at_once);

/* nic82599_fdir.c */
void nic_fdir_reset(struct nic82599 *nic);
#define FDIR_DROPPED (-2)
/* The queue that a filter wants, -1, or FDIR_DROPPED. */
int nic_fdir(struct nic82599 *nic, const struct rx_packet *packet, bool *at_once);
unsigned nic_fdir_type(const struct rx_packet *packet);
/* The bucket of a flow: its fields, and its type and VLAN. */
uint32_t nic_fdir_bucket(const struct nic82599 *nic, uint32_t fields, uint32_t flow);

/* nic82599_perfect.c */
void nic_perfect_reset(struct nic82599 *nic);
uint32_t nic_perfect_capacity(const struct nic82599 *nic);
int nic_perfect(struct nic82599 *nic, const struct rx_packet *packet, bool *at_once);
/* FDIRCMD: what is read of it afterwards. */
uint32_t nic_perfect_command(struct nic82599 *nic, uint32_t command, uint32_t hashes);

/* nic82599_sum.c: checksums */
/* Adds big-endian 16-bit words to a running sum; any start, a last odd byte is padded. */
uint64_t nic_sum(const uint8_t *data, uint32_t bytes, uint64_t sum);
uint16_t nic_sum_fold(uint64_t sum);
uint32_t nic_crc32(const uint8_t *data, uint32_t bytes);
uint32_t nic_crc32c(const uint8_t *data, uint32_t bytes);

/* nic82599_rx.c */
void nic_rx_init(struct nic82599 *nic);
void nic_rx_lose_all(struct nic82599 *nic);
void nic_rx_reset(struct nic82599 *nic);
/* Moves frames from the packet buffer to memory as far as time and descriptors allow. */
void nic_rx_run(struct nic82599 *nic);
void nic_rx_fetched(struct nic82599 *nic, unsigned queue, uint32_t detail,
		    const struct dma_done *done);

/* A frame came, from the wire or from the transmitter. */
void nic_rx_frame(struct nic82599 *nic, const struct frame *frame);
/* Writes back what is collected. */
void nic_rx_flush(struct nic82599 *nic);
/* Takes the next descriptor, of which one must be there: its buffer. */
uint64_t nic_rx_take(struct rx_queue *q);

/* nic82599_rsc.c */
void nic_rsc_reset(struct nic82599 *nic);
/* Where TCP and its data are, and whether the frame may be coalesced; behind nic_rx_offload. */
void nic_rsc_classify(const struct nic82599 *nic, const struct rx_packet *packet,
		      struct rx_frame *frame);
/* The large receive that the frame continues; one that it ends is completed. */
struct rsc *nic_rsc_match(struct nic82599 *nic, const struct rx_frame *f);
/* Descriptors that it takes beside those the large receive has. */
uint32_t nic_rsc_wanted(const struct nic82599 *nic, const struct rsc *rsc,
			const struct rx_frame *f);
/* The frame goes to `rsc`, or opens a context; false: it is not coalesced. */
bool nic_rsc_begin(struct nic82599 *nic, struct rsc *rsc, struct rx_frame *f);
/* False: it waits for descriptors on the chip. */
bool nic_rsc_fill(struct nic82599 *nic, struct rx_queue *q, struct rx_frame *f);
/* Completes what the vector's queues have; what a queue without descriptors has. */
void nic_rsc_age(struct nic82599 *nic, int vector);
void nic_rsc_starved(struct nic82599 *nic, unsigned queue);
void nic_rsc_abort(struct nic82599 *nic, unsigned queue);

/* nic82599_tx.c */
void nic_tx_init(struct nic82599 *nic);
void nic_tx_reset(struct nic82599 *nic);
void nic_tx_run(struct nic82599 *nic);
void nic_tx_kick(struct nic82599 *nic);
void nic_tx_fetched(struct nic82599 *nic, unsigned queue, uint32_t detail,
		    const struct dma_done *done);
void nic_tx_data(struct nic82599 *nic, unsigned job, uint32_t offset, const struct dma_done *done);

/* nic82599_wire.c */
void nic_wire_init(struct nic82599 *nic);
void nic_wire_reset(struct nic82599 *nic);
void nic_wire_add(struct nic82599 *nic, uint16_t job);
void nic_wire_kick(struct nic82599 *nic);
/* No frame begins before `until`; one under way is finished. */
void nic_wire_pause(struct nic82599 *nic, struct at until);
/* A control frame's place on the wire: when its last bit leaves. */
struct at nic_wire_reserve(struct nic82599 *nic, uint32_t bytes);

/* nic82599_pause.c */
void nic_pause_init(struct nic82599 *nic);
void nic_pause_reset(struct nic82599 *nic);
/* The packet buffer's level has changed. */
void nic_pause_level(struct nic82599 *nic);
/* True if the frame was a pause frame and goes no further. */
bool nic_pause_received(struct nic82599 *nic, const struct frame *frame);

void nic_tx_free_job(struct nic82599 *nic, uint16_t number);

/* nic82599_txframe.c */
/* Checks header lengths and counts segments when the frame is complete. */
void nic_txframe_prepare(struct nic82599 *nic, struct tx_job *job);
/* Bytes of the current segment as they go to the wire, without check sequence. */
uint32_t nic_txframe_bytes(const struct nic82599 *nic, const struct tx_job *job);
/* Builds the current segment. */
struct frame nic_txframe_build(struct nic82599 *nic, struct tx_job *job);

/* nic82599_stats.c */
void nic_stats_rx(struct nic82599 *nic, const uint8_t *data, uint32_t wire_bytes);
void nic_stats_tx(struct nic82599 *nic, const uint8_t *data, uint32_t wire_bytes, unsigned queue);
#define STAT32(id, name, offset, n, stride, spec, help) \
	uint64_t nic_stat_read_##id(void *ctx, unsigned index);
#define STAT36(id, name, offset, n, stride, spec, help) \
	STAT32(id, name, offset, n, stride, spec, help) \
	uint64_t nic_stat_high_##id(void *ctx, unsigned index);
#include "devices/nic82599/stats.def"
#undef STAT32
#undef STAT36

/* Hooks of the register table. */
#define NIC_ON_WRITE(name) void name(void *ctx, unsigned index, uint64_t old, uint64_t value);
#define NIC_ON_READ(name)  uint64_t name(void *ctx, unsigned index);
NIC_ON_WRITE(nic_ctrl_write) NIC_ON_READ(nic_ctrl_read) NIC_ON_READ(nic_status_read)
NIC_ON_READ(nic_frtimer_read) NIC_ON_WRITE(nic_eerd_write) NIC_ON_READ(nic_eerd_read)
NIC_ON_READ(nic_swsm_read) NIC_ON_WRITE(nic_msca_write) NIC_ON_READ(nic_msca_read)
NIC_ON_WRITE(nic_autoc_write) NIC_ON_WRITE(nic_autoc2_write) NIC_ON_READ(nic_links_read)
NIC_ON_READ(nic_anlp1_read) NIC_ON_WRITE(nic_fdirctrl_write) NIC_ON_WRITE(nic_fdircmd_write)
NIC_ON_READ(nic_fdirmatch_read) NIC_ON_READ(nic_fdirmiss_read) NIC_ON_READ(nic_fdirfstat_read)
NIC_ON_READ(nic_fdirustat_read) NIC_ON_READ(nic_fdirfree_read)
NIC_ON_WRITE(nic_eicr_write) NIC_ON_READ(nic_eicr_read) NIC_ON_WRITE(nic_eics_write)
NIC_ON_READ(nic_eics_read) NIC_ON_WRITE(nic_irq_config_write) NIC_ON_WRITE(nic_eitr_write)
NIC_ON_READ(nic_eitr_read) NIC_ON_WRITE(nic_eims_write) NIC_ON_READ(nic_eims_read)
NIC_ON_WRITE(nic_eimc_write) NIC_ON_WRITE(nic_eiam_write) NIC_ON_READ(nic_eiam_read)
NIC_ON_WRITE(nic_ivar_write) NIC_ON_WRITE(nic_eics_ex_write) NIC_ON_READ(nic_eics_ex_read)
NIC_ON_WRITE(nic_eims_ex_write) NIC_ON_READ(nic_eims_ex_read) NIC_ON_WRITE(nic_eimc_ex_write)
NIC_ON_WRITE(nic_eiam_ex_write) NIC_ON_READ(nic_eiam_ex_read)
NIC_ON_WRITE(nic_filter_config_write) NIC_ON_WRITE(nic_mac_config_write)
NIC_ON_WRITE(nic_mta_write) NIC_ON_WRITE(nic_ral_write) NIC_ON_READ(nic_ral_read)
NIC_ON_WRITE(nic_rah_write) NIC_ON_READ(nic_rah_read) NIC_ON_WRITE(nic_vfta_write)
NIC_ON_WRITE(nic_rss_config_write) NIC_ON_WRITE(nic_rssrk_write) NIC_ON_WRITE(nic_reta_write)
NIC_ON_WRITE(nic_rdba_write) NIC_ON_WRITE(nic_rdlen_write) NIC_ON_WRITE(nic_rdh_write)
NIC_ON_READ(nic_rdh_read) NIC_ON_WRITE(nic_rdt_write) NIC_ON_WRITE(nic_srrctl_write)
NIC_ON_READ(nic_srrctl_read) NIC_ON_WRITE(nic_rxdctl_write) NIC_ON_READ(nic_rxdctl_read)
NIC_ON_WRITE(nic_dca_rxctrl_alias_write) NIC_ON_READ(nic_dca_rxctrl_alias_read)
NIC_ON_WRITE(nic_qde_write) NIC_ON_WRITE(nic_rxpb_write)
NIC_ON_WRITE(nic_tx_config_write) NIC_ON_WRITE(nic_tdba_write) NIC_ON_WRITE(nic_tdlen_write)
NIC_ON_WRITE(nic_tdh_write) NIC_ON_READ(nic_tdh_read) NIC_ON_WRITE(nic_tdt_write)
NIC_ON_WRITE(nic_txdctl_write) NIC_ON_READ(nic_txdctl_read) NIC_ON_WRITE(nic_tdwba_write)
NIC_ON_WRITE(nic_statmap_write) NIC_ON_WRITE(nic_tuple_write)
#undef NIC_ON_WRITE
#undef NIC_ON_READ

#endif
