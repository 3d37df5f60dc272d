/* SPDX-License-Identifier: MIT */
/* Shared by the parts of model/pcie: the device (pcie.c), its configuration space (pcie_config.c)
 * and MSI-X table (pcie_msix.c), the link's serialisers (pcie_link.c), requests of the device
 * (pcie_tlp.c, their storage pcie_pool.c), what limits them (pcie_flow.c, pcie_wait.c), register
 * accesses of software (pcie_mmio.c), errors (pcie_error.c) and shared uplinks (pcie_switch.c).
 * Not modelled: see pcie.h. */
#ifndef DOORBELL_PCIE_PCIE_INTERNAL_H
#define DOORBELL_PCIE_PCIE_INTERNAL_H

#include "model/core/random.h"
#include "model/pcie/pcie.h"
#include "model/trace/stats.h"
#include "model/trace/trace.h"

#define TRACE_POINT(id, ...) PCIE_TRACE_##id,
enum pcie_trace {
#include "model/pcie/trace.def"
	PCIE_TRACE_COUNT,
};
#undef TRACE_POINT

#define PCIE_PAGE_BYTES     4096u   /* no request crosses such a boundary (2.2.7) */
#define PCIE_DMA_BYTES_MAX  65536u
#define PCIE_CONFIG_BYTES   512u    /* PCI-compatible part and AER; the rest of 4 KiB reads 0 */
#define PCIE_MSIX_MAX       2048u
#define PCIE_MSIX_ENTRY     16u     /* bytes (6.8.2) */

/* ---- link ---- */

#define PCIE_FRACTION_BITS 11u   /* 1/2048 ps */

/* TLPs of one length that leave back to back: each one's header, or tag, and `data` come back. */
struct pcie_return {
	uint64_t ps;              /* of the first, */
	uint64_t step;            /* from one to the next, in 1/2048 ps, */
	uint32_t fraction;        /* and these later */
	uint32_t count, data;
};

/* One direction of a link. It computes when a byte string has left, instead of ticking. */
struct pcie_ser {
	struct at free;           /* everything queued so far has left */
	uint64_t frac;            /* and this many 1/2048 ps later */
	uint64_t rate;            /* 1/2048 ps a byte; 0 = takes no time */
	uint64_t busy_ps;         /* total, queued included */
	const struct sim *sim;    /* both set by pcie_ser_stats */
	struct counter *bytes;
	const struct trace_source *trace;
	enum pcie_trace point;
};

enum pcie_tlp {
	PCIE_TLP_MWR,
	PCIE_TLP_MRD,
	PCIE_TLP_CPLD,
	PCIE_TLP_CPL,
	PCIE_TLP_COUNT,
};

/* What a request costs on the wire. */
struct pcie_wire {
	unsigned requests;        /* TLPs from requester to completer */
	unsigned completions;
};

/* 1/2048 ps a byte of TLPs. */
uint64_t pcie_link_rate(unsigned gen, unsigned lanes, unsigned mps, uint32_t dllp_ppm);
unsigned pcie_tlp_overhead(enum pcie_tlp tlp);
/* Queues bytes behind what is queued; when the last of them has left. */
struct at pcie_ser_push(struct pcie_ser *ser, struct at now, uint64_t bytes);
/* `count` TLPs of so many bytes each; *first has when the first has left, and their step. */
struct at pcie_ser_run(struct pcie_ser *ser, struct at now, uint64_t bytes, uint32_t count,
		       struct pcie_return *first);
/* What so many bytes take, the fraction left out. */
uint64_t pcie_ser_time(const struct pcie_ser *ser, uint64_t bytes);
/* Its stats pcie.NAME.WAY.bytes and .utilisation; way is "up" or "down". */
void pcie_ser_stats(struct pcie_ser *ser, struct sim *sim, const char *name, const char *way);
unsigned pcie_write_tlps(uint64_t addr, uint32_t bytes, unsigned mps);
/* Bytes of the first TLP of a write, of the first request of a read. */
uint32_t pcie_piece(uint64_t addr, uint32_t bytes, unsigned most);
/* TLPs that answer one request (2.3.1.1). */
unsigned pcie_completions(uint64_t addr, uint32_t bytes, unsigned mps, unsigned rcb);
struct pcie_wire pcie_read_tlps(uint64_t addr, uint32_t bytes, unsigned mrrs, unsigned mps,
				unsigned rcb);

/* ---- what is given out and comes back: tags, credits of one class (2.6.1) ---- */

#define PCIE_CREDIT_BYTES 16u   /* of payload to a data credit */

/* 0 = no limit. */
struct pcie_flow {
	uint32_t headers, data;
	uint32_t headers_out, data_out;
	struct pcie_return *ring; /* those whose return has its time, in order */
	struct pcie_return *held; /* for pcie_flow_hold */
	size_t mask, head, tail;
	uint64_t last_ps;
};

static inline bool pcie_flow_limits(const struct pcie_flow *flow)
{
	return flow->headers || flow->data;
}

static inline bool pcie_flow_room(const struct pcie_flow *flow, uint32_t headers, uint32_t data)
{
	return (!flow->headers || flow->headers_out + headers <= flow->headers) &&
	       (!flow->data || flow->data_out + data <= flow->data);
}

bool pcie_flow_init(struct pcie_flow *flow, uint32_t headers, uint32_t data);
void pcie_flow_destroy(struct pcie_flow *flow);
/* Those of a run come back so much later than its TLPs leave. */
void pcie_flow_give(struct pcie_flow *flow, struct at now, const struct pcie_return *run,
		    struct dur later);
/* Takes what a run of TLPs needs; it comes back so much later than they leave. */
void pcie_flow_run(struct pcie_flow *flow, struct at now, const struct pcie_return *run,
		   struct dur later);
/* Whether so many are there now. */
bool pcie_flow_has(struct pcie_flow *flow, struct at now, uint32_t headers, uint32_t data);
void pcie_flow_take(struct pcie_flow *flow, uint32_t headers, uint32_t data);
/* One header and `data` come back at `when`, which does not decrease from call to call. */
void pcie_flow_return(struct pcie_flow *flow, struct at now, struct at when, uint32_t data);
/* What was to come back after `from` comes no earlier than `until`. */
void pcie_flow_hold(struct pcie_flow *flow, struct at from, struct at until);
/* When the next comes back; AT_NEVER if none has its time yet. */
struct at pcie_flow_next(const struct pcie_flow *flow);

/* ---- requests of the device ---- */

enum pcie_slot_kind {
	PCIE_SLOT_READ,
	PCIE_SLOT_WRITE,
	PCIE_SLOT_MSI,
};

#define PCIE_INLINE_BYTES 64u

/* TLPs of one request that leave together: all of them, unless tags or credits are short or the
 * uplink is shared. */
struct pcie_part {
	struct event event;
	struct pcie_slot *slot;
	struct pcie_part *next;        /* in the queue, or free */
	struct at due;                 /* when it is at the root complex: reads, their first TLP */
	uint64_t addr;                 /* what is on the wire */
	uint32_t bytes;
	bool first, last;
};

struct pcie_slot {
	struct pcie_part whole;
	struct pcie_dev *dev;
	struct pcie_slot *next;        /* of those that wait, or free */
	struct at issued;
	struct at ready;               /* a read: the root complex has its data */
	uint64_t posted_before;        /* a read: writes it must not pass */
	uint64_t wire_addr;            /* of what is still to be sent */
	uint32_t wire_bytes;
	uint32_t to_come;              /* bytes of a read not yet answered */
	unsigned flags;                /* as in struct dma_req */
	uint64_t addr;
	uint32_t bytes;
	uint32_t message;              /* MSI data */
	uint64_t tag;
	uint32_t generation;           /* dev->generation when issued */
	enum pcie_slot_kind kind;
	enum dma_status status;
	bool want_done, refused;
	bool begun;                    /* a part of it has left */
	bool used;
	int8_t class;                  /* of `data`; -1 = inline */
	uint8_t *data;
	uint8_t inline_data[PCIE_INLINE_BYTES];
};

#define PCIE_CLASSES 5                 /* 256 bytes .. 64 KiB, by four */

struct pcie_buffer {
	struct pcie_buffer *next;
};

struct pcie_chunk {
	struct pcie_chunk *next;
	size_t count;
	struct pcie_slot slots[];
};

#define PCIE_PARTS 64

struct pcie_parts {
	struct pcie_parts *next;
	struct pcie_part part[PCIE_PARTS];
};

/* Requests under way. Grows by doubling to the high-water mark and never shrinks: slots hold their
 * events and must not move. */
struct pcie_pool {
	struct pcie_slot *free;
	struct pcie_chunk *chunks;
	struct pcie_buffer *buffers[PCIE_CLASSES];
	struct pcie_part *free_parts;
	struct pcie_parts *parts;
	size_t slots;
};

struct pcie_slot *pcie_slot_get(struct pcie_dev *dev, uint32_t bytes);
void pcie_slot_put(struct pcie_slot *slot);
struct pcie_part *pcie_part_get(struct pcie_slot *slot);
/* A part that is not the whole of its slot. */
void pcie_part_put(struct pcie_part *part);
void pcie_pool_destroy(struct pcie_dev *dev);

/* Slots that wait for tags or credits, of one class. */
struct pcie_waiting {
	struct pcie_slot *head, *tail;
};

/* ---- register writes of software ---- */

struct pcie_posted {
	struct at due;
	uint64_t offset, value;
	uint8_t bar, bytes;
};

struct pcie_dev {
	struct sim *sim;
	struct pcie_cfg cfg;           /* link times are 0 if ideal */
	const struct pcie_dev_ops *dev_ops;
	void *dev_ctx;
	const struct pcie_root_ops *root_ops;
	void *root_ctx;
	struct trace_source trace;

	/* configuration space (pcie_config.c) */
	uint8_t config[PCIE_CONFIG_BYTES];
	uint8_t writable[PCIE_CONFIG_BYTES];   /* bits software may change */
	uint8_t w1c[PCIE_CONFIG_BYTES];        /* bits that a 1 clears */
	uint64_t bar_base[PCIE_BARS];
	bool memory_space, bus_master;         /* D0 included */
	unsigned mps, mrrs, rcb;               /* as Device Control and Link Control say */
	bool relaxed_ordering, id_ordering;
	uint32_t generation;                   /* counts resets */

	/* MSI-X (pcie_msix.c) */
	bool msix_enabled, msix_masked;
	uint32_t *msix_table;                  /* 4 words a vector */
	uint64_t *msix_pending;

	/* link */
	struct pcie_ser up, down;
	struct random jitter;
	struct dur way_up;                     /* of a read request */
	struct hist *read_latency;

	/* requests of the device, in order (pcie_tlp.c) */
	struct pcie_pool pool;
	struct pcie_part *up_head, *up_tail;
	struct event up_event;
	bool up_running;
	struct pcie_flow tags, posted_credits, read_credits;
	struct pcie_waiting posted_waiting, reads_waiting;
	struct event wait_event;
	uint64_t posts_issued, posts_sent;
	struct counter *stalls;                /* requests that tags or credits held up */
	struct counter *asked, *moved;
	struct at ordered;                     /* the last posted write is in memory */
	struct at write_due;                   /* latest arrival of a posted write still queued */
	unsigned writes_queued;                /* parts */
	unsigned reads_pending;                /* of this generation */

	/* register writes of software, in order (pcie_mmio.c) */
	struct pcie_posted *posted;
	size_t posted_mask, posted_head, posted_tail;
	struct event posted_event;
	struct pcie_flow core_credits;         /* of writes of cores */
	struct counter *write_stalls;
	struct hist *write_stall;

	/* errors (pcie_error.c) */
	bool removed;
	uint32_t lost_before;                  /* requests of earlier generations never arrive */
	bool faults;                           /* one was ever asked for */
	unsigned fault_count[PCIE_FAULT_TARGETS];
	enum pcie_fault fault[PCIE_FAULT_TARGETS];

	/* behind a switch (pcie_switch.c) */
	struct pcie_dev *next_port;
	struct pcie_part *port_head, *port_tail;
};

void pcie_config_init(struct pcie_dev *dev);
uint32_t pcie_config_get(const struct pcie_dev *dev, unsigned reg);
void pcie_config_set(struct pcie_dev *dev, unsigned reg, uint32_t value);
/* Sets bits of Status and of Device Status. */
void pcie_config_status(struct pcie_dev *dev, unsigned status, unsigned devsta);
struct at pcie_timeout_at(const struct pcie_dev *dev, struct at from);

/* pcie_error.c. 7.10: advanced error reporting. */
enum {
	PCIE_AER = 0x100,
	PCIE_AER_UNCORRECTABLE = PCIE_AER + 0x04,
	PCIE_AER_UNCORRECTABLE_MASK = PCIE_AER + 0x08,
	PCIE_AER_SEVERITY = PCIE_AER + 0x0c,
	PCIE_AER_CORRECTABLE = PCIE_AER + 0x10,
	PCIE_AER_CORRECTABLE_MASK = PCIE_AER + 0x14,
	PCIE_AER_CONTROL = PCIE_AER + 0x18,
	PCIE_AER_END = PCIE_AER + 0x2c,
};

void pcie_config_error(struct pcie_dev *dev, enum dma_status status);
/* Completion Timeout Value to time (7.8.16). */
struct dur pcie_timeout(unsigned code);
/* Whether a fault was asked for; then what the transaction ends with. */
bool pcie_fault_due(struct pcie_dev *dev, enum pcie_fault_target target, enum dma_status *status);
bool pcie_fault_mmio(struct pcie_dev *dev);
bool pcie_fault_silent(const struct pcie_dev *dev);

int pcie_msix_create(struct pcie_dev *dev);
void pcie_msix_reset(struct pcie_dev *dev);
bool pcie_msix_owns(const struct pcie_dev *dev, int bar, uint64_t offset);
uint64_t pcie_msix_read(const struct pcie_dev *dev, uint64_t offset, unsigned bytes);
void pcie_msix_write(struct pcie_dev *dev, uint64_t offset, uint64_t value, unsigned bytes);
/* Enable, function mask or bus master changed: sends what waits and may go now. */
void pcie_msix_update(struct pcie_dev *dev);

int pcie_tlp_create(struct pcie_dev *dev);
/* Sends what is on the wire of a slot: `addr`, `bytes` of it. */
void pcie_tlp_send(struct pcie_dev *dev, struct pcie_slot *slot, struct pcie_part *part);
bool pcie_slot_stale(const struct pcie_slot *slot);
/* A part on its last stretch to the root complex. */
void pcie_tlp_up(struct pcie_dev *dev, struct pcie_part *part);
/* Bytes towards the device; when the last is there. */
struct at pcie_down_push(struct pcie_dev *dev, struct at now, uint64_t bytes);

/* pcie_wait.c: sends a slot now if it may go, or lets it wait. */
void pcie_wait_init(struct pcie_dev *dev);
void pcie_wait_or_send(struct pcie_dev *dev, struct pcie_slot *slot);
/* Something came back, or has its time now. */
void pcie_wait_kick(struct pcie_dev *dev);
/* The link is gone: what has not begun to leave never does. */
void pcie_wait_drop(struct pcie_dev *dev);
void pcie_send_msi(struct pcie_dev *dev, uint64_t addr, uint32_t data, unsigned entry);

int pcie_mmio_create(struct pcie_dev *dev);
/* Writes under way are lost. */
void pcie_mmio_drop(struct pcie_dev *dev);

/* ---- a shared uplink ---- */

extern const struct trace_point pcie_trace_points[PCIE_TRACE_COUNT];

void pcie_switch_attach(struct pcie_switch *sw, struct pcie_dev *dev);
/* A part of one TLP that has left its device's link. */
void pcie_switch_up(struct pcie_switch *sw, struct pcie_dev *dev, struct pcie_part *part,
		    struct at left);
struct at pcie_switch_down(struct pcie_switch *sw, struct pcie_dev *dev, struct at now,
			   uint64_t bytes);
struct at pcie_switch_complete(struct pcie_switch *sw, uint64_t bytes);
struct at pcie_switch_ordered(const struct pcie_switch *sw);
void pcie_switch_hold(struct pcie_switch *sw, struct at landed);
struct dur pcie_switch_latency(const struct pcie_switch *sw);

#endif
