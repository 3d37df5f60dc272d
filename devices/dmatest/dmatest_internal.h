/* SPDX-License-Identifier: MIT */
/* What the device's source files share: dmatest.c (requests), dmatest_regs.c (registers),
 * dmatest_ring.c (channels that work through descriptors) and dmatest_window.c (channels that work
 * by themselves). */
#ifndef DOORBELL_DMATEST_INTERNAL_H
#define DOORBELL_DMATEST_INTERNAL_H

#include "devices/dmatest/dmatest.h"
#include "model/core/assert.h"
#include "model/core/random.h"
#include "model/reg/reg.h"
#include "model/trace/stats.h"
#include "model/trace/trace.h"

/* ---- registers (docs/dmatest.md) ---- */

enum dmatest_row {
	ROW_ID, ROW_CHANNELS, ROW_CTRL, ROW_STATE, ROW_LIST, ROW_STATUS, ROW_COUNT, ROW_TAIL, ROW_SEEN,
	ROW_BYTES, ROW_OFFSET, ROW_DEPTH, ROW_PAGE, ROW_STRAY, ROW_STRAY_ADDR, ROW_STRAY_DELAY,
};

#define CTRL_ENABLE     (1u << 0)
#define CTRL_WINDOW     (1u << 1)   /* by itself; else a ring */
#define CTRL_READ       (1u << 2)   /* a window's directions: one, or both in turn */
#define CTRL_WRITE      (1u << 3)
#define CTRL_RANDOM     (1u << 4)   /* a window's order */
#define CTRL_DEFINED    0x1fu

#define STRAY_OUTSIDE   (1u << 30)
#define STRAY_STALE     (2u << 30)
#define STRAY_KIND      (3u << 30)
#define STRAY_EVERY     0x00ffffffu

/* A descriptor: address, then length, marks and nothing else. */
#define DESC_BYTES      16u
#define DESC_LENGTH     0x00ffffffu
#define DESC_WRITE      (1u << 31)
#define DESC_LAST       (1u << 30)  /* ends a transfer */

#define FETCH_MAX       16u         /* descriptors of one fetch */
#define PREFETCH_MAX    64u         /* fetched, not begun */
#define ACTIVE_MAX      256u        /* transfers of a channel under way */
#define PAGE_BYTES      4096u       /* each of a write's pages begins with its stamp */
#define STRAY_BYTES     64u

#define TRACE_POINT(id, ...) DMATEST_TRACE_##id,
enum dmatest_trace {
#include "devices/dmatest/trace.def"
	DMATEST_TRACE_COUNT,
};
#undef TRACE_POINT

enum request_kind {
	REQUEST_WINDOW,
	REQUEST_TRANSFER,
	REQUEST_FETCH,
	REQUEST_LIST,
	REQUEST_STATUS,
	REQUEST_STRAY,
};

/* One request in flight; its index is the tag. */
struct request {
	struct request *next;
	struct event start;          /* `setup` over */
	struct event moved;          /* a read's data are where they were wanted */
	struct dma_done done;        /* of a read that is being moved; its data were looked at */
	struct dmatest *dev;
	struct at issued;
	enum request_kind kind;
	unsigned channel;
	unsigned slot;               /* REQUEST_TRANSFER: of the channel's transfers */
	uint32_t first;              /* REQUEST_LIST: first element */
	uint32_t stamp;              /* REQUEST_TRANSFER, a write: of its first page */
	struct dma_req req;
};

struct desc {
	uint64_t addr;
	uint32_t info;
};

/* A transfer of a ring: descriptors up to the one that ends it. */
struct transfer {
	struct desc desc;            /* the one under work */
	uint32_t done_bytes;         /* of it, requested */
	bool open;                   /* not all requested */
	bool last;                   /* its last descriptor is under work */
	unsigned pending;            /* requests in flight */
	struct at begun;
	uint32_t stamp;              /* counts the channel's transfers */
	uint64_t first_write;        /* where its first write went, for STRAY_STALE */
	bool wrote;
};

struct channel {
	struct dmatest *dev;
	unsigned index;
	bool running, window;
	/* ring */
	uint32_t head, fetched;      /* next to begin, next to fetch; free-running modulo count */
	struct desc prefetch[PREFETCH_MAX];
	unsigned prefetch_first, prefetch_count;
	bool fetching;
	struct transfer transfer[ACTIVE_MAX];
	unsigned oldest, active;     /* transfers complete in order */
	unsigned turn;               /* which of them is served next */
	uint32_t begun, completed;
	bool armed, status_pending, status_again;
	/* window */
	uint64_t *page;              /* bus addresses */
	uint32_t pages, listed;
	unsigned in_flight;
	uint64_t position;
	bool write_next;
	/* misbehaviour */
	uint32_t until_stray;
	bool stray_write;
};

/* A write that is repeated after its time. */
struct stale {
	struct event event;
	struct dmatest *dev;
	struct stale *next;
	unsigned channel;
	uint64_t addr;
};

#define STALES_MAX 64u

struct dmatest {
	struct sim *sim;
	struct dmatest_cfg cfg;
	const struct dmatest_ops *ops;
	void *ctx;
	struct reg_bank *regs;
	struct trace_source trace;
	struct random random;
	struct request request[DMATEST_FLIGHT_MAX];
	struct request *free;
	struct channel channel[DMATEST_CHANNELS];
	unsigned turn;               /* channel that is served next */
	unsigned used;               /* channels that were ever started are below */
	unsigned in_flight;          /* data requests */
	unsigned reads_out;          /* of them: on the link or being moved */
	struct request *read_first, *read_last;   /* ready to go, but `read_slots` are taken */
	struct event serve;
	struct at free_at[2];        /* by kind: the next may go then */
	struct at wait_until;        /* earliest of what had to wait in this round */
	struct stale stale[STALES_MAX];
	struct stale *stale_free;
	uint8_t data[DMATEST_REQUEST_MAX];
	struct counter *reads, *writes, *read_bytes, *write_bytes, *bytes, *transfers, *refused;
	struct counter *strays, *strays_landed, *strays_blocked, *irqs;
	struct hist *read_latency, *write_latency, *transfer_latency;
};

static inline uint64_t dmatest_get(const struct dmatest *dev, enum dmatest_row row, unsigned index)
{
	return reg_get(dev->regs, row, index);
}

/* dmatest_regs.c */
int dmatest_regs_create(struct dmatest *dev);

/* dmatest.c */
struct request *dmatest_request(struct channel *channel, enum request_kind kind);
/* data: of a write that is no transfer's; NULL = zeros. */
void dmatest_issue(struct request *request, enum dma_kind kind, uint64_t addr, uint32_t bytes,
		   const void *data);
/* May a data request of this kind go now? Otherwise the device comes back when it may. */
bool dmatest_may_issue(struct dmatest *dev, enum dma_kind kind);
/* Something may go on: an event of this instant serves all channels in turn. */
void dmatest_kick(struct dmatest *dev);
void dmatest_channel_error(struct channel *channel, unsigned why);
/* A data request of the channel went out: makes the stray access that is due with it. */
void dmatest_maybe_stray(struct channel *channel);
void dmatest_maybe_stale(struct channel *channel, const struct transfer *transfer);

/* dmatest_ring.c */
void dmatest_ring_start(struct channel *channel);
void dmatest_ring_tail(struct channel *channel);
void dmatest_ring_seen(struct channel *channel);
/* Issues at most one request; false: nothing to do now. */
bool dmatest_ring_serve(struct channel *channel);
void dmatest_ring_fetched(struct channel *channel, const struct request *request,
			  const struct dma_done *done);
void dmatest_ring_done(struct channel *channel, const struct request *request);
void dmatest_ring_status_done(struct channel *channel);

/* dmatest_window.c */
void dmatest_window_start(struct channel *channel);
bool dmatest_window_serve(struct channel *channel);
void dmatest_window_free(struct channel *channel);
void dmatest_window_listed(struct channel *channel, const struct request *request,
			   const struct dma_done *done);

#endif
