/* SPDX-License-Identifier: MIT */
/* Shared by the parts of model/pcie: the device (pcie.c), its configuration space (pcie_config.c)
 * and MSI-X table (pcie_msix.c), the link's serialisers (pcie_link.c), requests of the device
 * (pcie_tlp.c, their storage pcie_pool.c) and register accesses of software (pcie_mmio.c).
 * Not modelled: see pcie.h. */
#ifndef DOORBELL_PCIE_PCIE_INTERNAL_H
#define DOORBELL_PCIE_PCIE_INTERNAL_H

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
#define PCIE_CONFIG_BYTES   256u    /* the PCI-compatible part; the rest of the 4 KiB reads 0 */
#define PCIE_MSIX_MAX       2048u
#define PCIE_MSIX_ENTRY     16u     /* bytes (6.8.2) */

/* ---- link ---- */

/* One direction of a link. It computes when a byte string has left, instead of ticking. */
struct pcie_ser {
	struct at free;           /* everything queued so far has left */
	uint64_t frac;            /* and this many 1/2048 ps later */
	uint64_t rate;            /* 1/2048 ps a byte; 0 = takes no time */
	uint64_t busy_ps;         /* total, queued included */
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

uint64_t pcie_link_rate(const struct pcie_link_cfg *link);
unsigned pcie_tlp_overhead(enum pcie_tlp tlp);
/* Queues bytes behind what is queued; when the last of them has left. */
struct at pcie_ser_push(struct pcie_ser *ser, struct at now, uint64_t bytes);
uint64_t pcie_ser_busy(const struct pcie_ser *ser, struct at now);
unsigned pcie_write_tlps(uint64_t addr, uint32_t bytes, unsigned mps);
struct pcie_wire pcie_read_tlps(uint64_t addr, uint32_t bytes, unsigned mrrs, unsigned mps);

/* ---- requests of the device ---- */

enum pcie_slot_kind {
	PCIE_SLOT_READ,
	PCIE_SLOT_WRITE,
	PCIE_SLOT_MSI,
};

#define PCIE_INLINE_BYTES 64u

struct pcie_slot {
	struct event event;
	struct pcie_dev *dev;
	struct pcie_slot *next;        /* in the queue, or free */
	struct at due, issued;
	uint64_t addr, tag;
	uint32_t bytes;
	uint32_t message;              /* MSI data */
	uint32_t generation;           /* dev->generation when issued */
	enum pcie_slot_kind kind;
	enum dma_status status;
	bool want_done, refused;
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

/* Requests under way. Grows by doubling to the high-water mark and never shrinks: slots hold their
 * events and must not move. */
struct pcie_pool {
	struct pcie_slot *free;
	struct pcie_chunk *chunks;
	struct pcie_buffer *buffers[PCIE_CLASSES];
	size_t slots;
};

struct pcie_slot *pcie_slot_get(struct pcie_dev *dev, uint32_t bytes);
void pcie_slot_put(struct pcie_slot *slot);
void pcie_pool_destroy(struct pcie_dev *dev);

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
	unsigned mps, mrrs;                    /* as Device Control says */
	uint32_t generation;                   /* counts resets */

	/* MSI-X (pcie_msix.c) */
	bool msix_enabled, msix_masked;
	uint32_t *msix_table;                  /* 4 words a vector */
	uint64_t *msix_pending;

	/* link */
	struct pcie_ser up, down;
	struct dur way_up;                     /* of a read request */
	struct hist *read_latency;

	/* requests of the device, in order (pcie_tlp.c) */
	struct pcie_pool pool;
	struct pcie_slot *up_head, *up_tail;
	struct event up_event;
	bool up_running;
	struct at ordered;                     /* the last posted write is in memory */
	struct at write_due;                   /* latest arrival of a posted write still queued */
	unsigned writes_queued;
	unsigned reads_pending;                /* of this generation */

	/* register writes of software, in order (pcie_mmio.c) */
	struct pcie_posted *posted;
	size_t posted_mask, posted_head, posted_tail;
	struct event posted_event;
};

void pcie_config_init(struct pcie_dev *dev);
void pcie_config_error(struct pcie_dev *dev, enum dma_status status);

int pcie_msix_create(struct pcie_dev *dev);
void pcie_msix_reset(struct pcie_dev *dev);
bool pcie_msix_owns(const struct pcie_dev *dev, int bar, uint64_t offset);
uint64_t pcie_msix_read(const struct pcie_dev *dev, uint64_t offset, unsigned bytes);
void pcie_msix_write(struct pcie_dev *dev, uint64_t offset, uint64_t value, unsigned bytes);
/* Enable, function mask or bus master changed: sends what waits and may go now. */
void pcie_msix_update(struct pcie_dev *dev);

void pcie_tlp_init(struct pcie_dev *dev);
void pcie_send_msi(struct pcie_dev *dev, uint64_t addr, uint32_t data, unsigned entry);

int pcie_mmio_create(struct pcie_dev *dev);

#endif
