/* SPDX-License-Identifier: MIT */
/* What the controller's source files share. Sections in nvme*.c are of NVM Express 1.4c. */
#ifndef DOORBELL_NVME_INTERNAL_H
#define DOORBELL_NVME_INTERNAL_H

#include "devices/nvme/nvme.h"
#include "devices/nvme/nvme_journal.h"
#include "devices/nvme/nvme_spec.h"
#include "devices/nvme/nvme_store.h"
#include "model/core/random.h"
#include "model/reg/reg.h"
#include "model/trace/stats.h"
#include "model/trace/trace.h"

#define NVME_MPSMAX          4u     /* pages of 4 KiB to 64 KiB */
#define NVME_TRANSFER_MAX    (128u << 10)   /* where the configuration says nothing */
#define NVME_TRANSFER_LIMIT  (4u << 20)
#define NVME_PAGE_MAX        (4096u << NVME_MPSMAX)
#define NVME_AER_MAX         4u     /* AERL + 1 */
#define NVME_ABORTS          4u     /* ACL + 1 */
#define NVME_ERRORS          64u    /* ELPE + 1 */
#define NVME_EVENTS          4u     /* distinct events that can be raised */
#define NVME_LIST_BYTES      4096u  /* of an SGL segment read at once */
#define NVME_PIECES_MAX      1024u  /* of an SGL: pieces of memory, and descriptors */
#define NVME_FETCH_SLOTS     16u    /* reads of submission entries under way at once */
#define NVME_FETCH_ENTRIES   64u    /* longest one */
#define NVME_ADMIN_RESERVE   8u     /* contexts that I/O commands leave free */
#define NVME_DSM_BYTES       4096u  /* 256 ranges, or what a feature takes */
#define NVME_CIDS            65536u

enum nvme_state {
	NVME_STATE_DISABLED,
	NVME_STATE_READY,
	NVME_STATE_SHUTTING_DOWN,
	NVME_STATE_SHUT_DOWN,
	NVME_STATE_FAILED,
};

/* Life of a command context. */
enum nvme_phase {
	NVME_PHASE_FREE,
	NVME_PHASE_FETCH,          /* reserved; its entry is being read */
	NVME_PHASE_DECODE,
	NVME_PHASE_LIST,           /* PRP list or SGL segment being read */
	NVME_PHASE_DATA,           /* data being read */
	NVME_PHASE_MEDIUM_WAIT,
	NVME_PHASE_MEDIUM,
	NVME_PHASE_TRANSFER,
	NVME_PHASE_LATE,           /* done, and its completion is held back on purpose */
	NVME_PHASE_CQ_WAIT,        /* completion queue full */
	NVME_PHASE_PARKED,         /* Asynchronous Event Request */
};

enum nvme_guest_error {
	NVME_GUEST_REGISTER,       /* access to nothing, or of a bad size */
	NVME_GUEST_READ_ONLY,
	NVME_GUEST_ENABLED,        /* a register written that must not change while enabled */
	NVME_GUEST_DOORBELL_QUEUE, /* no such queue */
	NVME_GUEST_DOORBELL_VALUE, /* beyond the queue, or a head beyond the tail */
	NVME_GUEST_DOORBELL_STATE, /* controller not ready */
};

enum nvme_fatal {
	NVME_FATAL_CONFIGURATION,
	NVME_FATAL_ADMIN_QUEUE,
	NVME_FATAL_FETCH,
	NVME_FATAL_ON_PURPOSE,
};

/* Rows of the register table that the model itself reads or sets, in the table's order. */
enum nvme_row {
	NVME_ROW_CAP,
	NVME_ROW_VS,
	NVME_ROW_INTMS,
	NVME_ROW_INTMC,
	NVME_ROW_CC,
	NVME_ROW_CSTS,
	NVME_ROW_NSSR,
	NVME_ROW_AQA,
	NVME_ROW_ASQ,
	NVME_ROW_ACQ,
};

#define TRACE_POINT(id, ...) id,
enum nvme_trace {
#include "devices/nvme/trace.def"
	NVME_TRACE_COUNT
};
#undef TRACE_POINT

/* A part of a command's data: where in memory, where in the data. */
struct nvme_piece {
	uint64_t addr;
	uint32_t offset, bytes;
};

/* Where the walk through a scatter gather list is. */
struct nvme_sgl {
	uint64_t addr;             /* of what is left of the segment */
	uint32_t left;             /* bytes of it */
	bool last;                 /* the segment that a Last Segment descriptor told of */
	unsigned descriptors;      /* seen */
	uint32_t bytes;            /* of the data described */
};

struct nvme_namespace {
	uint32_t nsid;
	uint64_t first, bytes;     /* on the medium */
	unsigned shift;            /* LBADS */
	uint64_t blocks;
	bool formatting;
	bool changed;              /* since the host read the log of it */
	uint16_t error_recovery, error_recovery_saved;
	uint64_t sectors_read, sectors_written, reads, writes;
};

struct nvme_cmd {
	struct nvme *nvme;
	struct nvme_cmd *next;     /* free list, or the list its phase waits in */
	struct event event;
	struct at doorbell;
	enum nvme_phase phase;
	uint32_t generation;       /* counts uses: tells late DMA answers from due ones */
	uint16_t index;
	uint16_t sqid, cid;
	uint16_t status;
	uint32_t result;           /* dword 0 of the completion entry */
	uint8_t opcode;
	uint8_t work;              /* for the medium: an I/O opcode */
	bool owns_cid;
	bool decided;              /* what its completion says, and how often it is posted: */
	uint8_t entries;
	uint16_t told_cid;
	struct nvme_namespace *ns; /* of an I/O command */
	struct flash_request *request;
	uint8_t *staged;           /* data of a write that come in several pages; kept for the next */
	uint64_t version;          /* of the data of a write */
	uint64_t lba;
	uint64_t place, length;    /* on the medium, bytes */
	uint32_t bytes;            /* to transfer */
	uint32_t first_bytes;      /* of them in the first page */
	uint16_t pages, mapped;    /* PRP entries needed, known; or pieces of the SGL */
	struct nvme_sgl sgl;
	struct nvme_piece *pieces; /* of an SGL; kept for the next */
	bool by_sgl;
	uint16_t waiting;          /* DMA answers under way */
	uint8_t sqe[NVME_SQE_BYTES];
	uint64_t *prp;             /* room for the longest transfer */
};

struct nvme_list {
	struct nvme_cmd *head, *tail;
};

/* One DMA read of submission queue entries. */
struct nvme_fetch {
	struct nvme_fetch *next;   /* free list, or the queue's, in order of issue */
	uint32_t generation;
	uint16_t sqid, count;
	uint8_t index;
	bool arrived;
	struct nvme_list cmds;
};

struct nvme_sq {
	struct nvme *nvme;
	struct nvme_sq *next;      /* arbiter's turn list */
	bool live, in_turn;
	uint16_t id, cqid;
	uint64_t base;
	uint32_t entries;
	uint32_t head;             /* consumed: what completions report */
	uint32_t fetched;          /* requested from memory */
	uint32_t tail;
	unsigned opened;           /* times */
	struct nvme_fetch *fetches, **fetches_end;
	struct event fetch_event;
	struct at *doorbells;      /* of each entry: when its doorbell was seen */
	uint64_t *cids;            /* bitmap of identifiers in use */
};

struct nvme_cq {
	bool live, interrupts;
	uint16_t vector;
	uint64_t base;
	uint32_t entries, head, tail;
	bool phase;
	unsigned users;            /* submission queues */
	struct nvme_list waiting;
};

/* Interrupt coalescing of one vector, 5.21.1.8. */
struct nvme_vector {
	struct nvme *nvme;
	struct event event;
	unsigned held;             /* entries not yet signalled */
	bool no_coalescing;        /* CD, 5.21.1.9 */
};

struct nvme_features {
	uint32_t arbitration;
	uint16_t over, under;      /* composite temperature thresholds, kelvin */
	uint32_t write_cache;
	uint32_t coalescing;
	struct dur coalesce_time;
	uint32_t coalesce_entries;
	uint32_t atomicity;
	uint32_t async_events;
	unsigned queues_sq, queues_cq;
	uint64_t timestamp;        /* milliseconds, as the host set it */
	struct at timestamp_at;
	bool timestamp_set;
	uint8_t host_behavior;     /* ACRE */
};

struct nvme_power {
	unsigned state;
	struct at ready;           /* the transition under way is over */
	struct event event;        /* time without I/O */
	unsigned busy;             /* I/O commands */
	bool autonomous;
	uint8_t table[256];        /* of feature 0Ch */
};

struct nvme_event {
	uint8_t type, info, log;
};

struct nvme_error {
	uint64_t number;
	uint16_t sqid, cid, status;
	uint64_t lba;
	uint32_t nsid;
};

struct nvme_counters {
	struct counter *irqs, *guest_errors;
	struct counter *read, *write, *flush, *other, *admin, *errors, *resets;
	struct hist *latency;
};

/* SMART numbers since creation, 5.14.1.2; those of reads and writes are the namespaces'. */
struct nvme_health {
	uint64_t power_cycles, unsafe_shutdowns, errors;
};

struct nvme {
	struct sim *sim;
	struct nvme_cfg cfg;
	const struct nvme_ops *ops;
	void *ctx;
	struct reg_bank *bank;
	struct trace_source trace;
	struct nvme_counters stats;
	enum nvme_state state;
	bool was_ready;                   /* since power-on, without a shutdown after it */
	struct event shutdown_event;
	uint32_t page_bytes;
	struct nvme_namespace ns[NVME_NAMESPACES_MAX];
	unsigned namespaces;

	struct nvme_sq sq[NVME_QUEUES_MAX];
	struct nvme_cq cq[NVME_QUEUES_MAX];
	struct nvme_vector vector[NVME_VECTORS_MAX];
	struct nvme_cmd *cmds;
	uint64_t *prps;            /* of all commands */
	struct nvme_cmd *free;
	unsigned free_count;
	struct nvme_fetch fetch[NVME_FETCH_SLOTS];
	struct nvme_fetch *free_fetch;
	struct nvme_sq *turn_head, *turn_tail;
	bool arbitrating;

	struct nvme_features features, saved;
	struct nvme_power power;
	struct nvme_cmd *aer[NVME_AER_MAX];
	unsigned aers;
	unsigned aborts_waiting;          /* Abort commands not yet completed */
	struct nvme_event events[NVME_EVENTS];
	unsigned event_count;
	uint32_t events_masked;           /* types, until their log page is read */
	struct nvme_error errors[NVME_ERRORS];
	uint64_t error_count;
	struct nvme_health health;

	struct nvme_store *store;
	struct nvme_journal *journal;     /* NULL: power is never cut */
	uint64_t version;                 /* writes that changed the store */
	struct flash *flash;              /* NULL: servers */
	struct flash_request *shutdown_flush;
	struct nvme_list medium_wait;
	unsigned medium_busy;
	struct at *server_free;           /* by_address: of each server */
	struct at bus_free;
	struct random random;             /* of the medium */
	bool block_made_it;               /* of the block a loss of power is looking at */
	uint8_t *dsm;                     /* ranges of each context's Dataset Management */
	uint8_t scratch[NVME_PAGE_MAX];
	uint8_t answer[4096];             /* of Identify and Get Log Page */
};

/* DMA tags: kind 4, generation 32, index 16, page 12 bits. */
enum nvme_tag {
	NVME_TAG_FETCH = 1,
	NVME_TAG_LIST,
	NVME_TAG_DATA,
	NVME_TAG_POSTED,
};

static inline uint64_t nvme_tag(enum nvme_tag kind, uint32_t generation, unsigned index,
				unsigned page)
{
	return (uint64_t)kind << 60 | (uint64_t)generation << 28 | (uint64_t)index << 12 | page;
}

static inline void nvme_trace(struct nvme *nvme, enum nvme_trace point, uint64_t a, uint64_t b,
			      uint64_t c)
{
	trace_emit(&nvme->trace, point, a, b, c);
}

static inline uint64_t nvme_correlator(const struct nvme_cmd *cmd)
{
	return (uint64_t)cmd->sqid << 16 | cmd->cid;
}

/* nvme.c */
void nvme_guest_error(struct nvme *nvme, enum nvme_guest_error what, uint64_t where,
		      uint64_t value);
void nvme_dma_read(struct nvme *nvme, uint64_t addr, uint32_t bytes, uint64_t tag);
void nvme_dma_write(struct nvme *nvme, uint64_t addr, const void *data, uint32_t bytes);
/* Of a completion queue. */
void nvme_dma_write_entry(struct nvme *nvme, uint64_t addr, const void *data, uint32_t bytes);

/* nvme_state.c */
void nvme_controller_reset(struct nvme *nvme);
void nvme_enable(struct nvme *nvme, uint32_t cc);
void nvme_shutdown(struct nvme *nvme);
void nvme_fatal(struct nvme *nvme, enum nvme_fatal what, uint64_t where);
void nvme_state_init(struct nvme *nvme);

/* nvme_regs.c */
int  nvme_regs_create(struct nvme *nvme);
void nvme_regs_power_on(struct nvme *nvme);
uint64_t nvme_reg_get(const struct nvme *nvme, enum nvme_row row);
void nvme_reg_set(struct nvme *nvme, enum nvme_row row, uint64_t value);

/* nvme_queue.c */
int  nvme_queues_init(struct nvme *nvme);
void nvme_queues_free(struct nvme *nvme);
void nvme_queues_reset(struct nvme *nvme);
void nvme_sq_open(struct nvme *nvme, unsigned qid, uint64_t base, uint32_t entries, unsigned cqid);
void nvme_cq_open(struct nvme *nvme, unsigned qid, uint64_t base, uint32_t entries, unsigned vector,
		  bool interrupts);
void nvme_sq_close(struct nvme *nvme, unsigned qid);
void nvme_cq_close(struct nvme *nvme, unsigned qid);
void nvme_sq_doorbell(struct nvme *nvme, unsigned qid, uint32_t tail);
void nvme_cq_doorbell(struct nvme *nvme, unsigned qid, uint32_t head);

/* nvme_fetch.c */
void nvme_fetch_init(struct nvme *nvme);
void nvme_fetch_reset(struct nvme *nvme);
void nvme_fetch_close(struct nvme *nvme, struct nvme_sq *sq);
void nvme_fetch_due(void *sq);
void nvme_fetch_turn(struct nvme *nvme, struct nvme_sq *sq);
void nvme_arbitrate(struct nvme *nvme);
void nvme_fetch_done(struct nvme *nvme, unsigned index, uint32_t generation,
		     const struct dma_done *done);

/* nvme_cmd.c */
int  nvme_cmds_init(struct nvme *nvme);
void nvme_cmds_reset(struct nvme *nvme);
void nvme_list_push(struct nvme_list *list, struct nvme_cmd *cmd);
struct nvme_cmd *nvme_list_pop(struct nvme_list *list);
bool nvme_list_remove(struct nvme_list *list, struct nvme_cmd *cmd);
struct nvme_cmd *nvme_cmd_take(struct nvme *nvme);
void nvme_cmd_free(struct nvme_cmd *cmd);
void nvme_cmd_begin(struct nvme_cmd *cmd);
void nvme_cmd_mapped(struct nvme_cmd *cmd);
void nvme_cmd_complete(struct nvme_cmd *cmd, uint16_t status);
bool nvme_cmd_abort(struct nvme_cmd *cmd, uint16_t status);
void nvme_cmd_hurry(struct nvme_cmd *cmd);
struct nvme_cmd *nvme_cmd_find(struct nvme *nvme, unsigned sqid, uint16_t cid);

/* nvme_complete.c */
void nvme_cq_post_waiting(struct nvme *nvme, unsigned cqid);
void nvme_cq_complete(struct nvme_cmd *cmd);

/* nvme_irq.c */
void nvme_irq_init(struct nvme *nvme);
void nvme_irq_reset(struct nvme *nvme);
void nvme_irq_entry(struct nvme *nvme, unsigned cqid);

/* nvme_prp.c */
void nvme_data_begin(struct nvme_cmd *cmd, uint32_t bytes);
void nvme_list_done(struct nvme_cmd *cmd, const struct dma_done *done);
struct nvme_piece nvme_data_piece(const struct nvme_cmd *cmd, unsigned i);

/* nvme_sgl.c */
void nvme_sgl_begin(struct nvme_cmd *cmd, uint32_t bytes);
void nvme_sgl_list_done(struct nvme_cmd *cmd, const struct dma_done *done);

/* nvme_namespace.c */
int  nvme_namespaces_init(struct nvme *nvme);
struct nvme_namespace *nvme_namespace(struct nvme *nvme, uint32_t nsid);
void nvme_namespace_set_shift(struct nvme_namespace *ns, unsigned shift);
void nvme_format(struct nvme_cmd *cmd);
void nvme_format_done(struct nvme_cmd *cmd);
void nvme_format_forget(struct nvme_cmd *cmd);

/* nvme_admin.c, nvme_queue_cmd.c, nvme_identify.c, nvme_features.c, nvme_log.c */
void nvme_admin_decode(struct nvme_cmd *cmd);
void nvme_admin_execute(struct nvme_cmd *cmd);
void nvme_admin_data(struct nvme_cmd *cmd, unsigned piece, const struct dma_done *done);
void nvme_data_send(struct nvme_cmd *cmd, const void *data);
uint16_t nvme_create_sq(struct nvme_cmd *cmd);
uint16_t nvme_create_cq(struct nvme_cmd *cmd);
uint16_t nvme_delete_sq(struct nvme_cmd *cmd);
uint16_t nvme_delete_cq(struct nvme_cmd *cmd);
uint16_t nvme_identify(struct nvme *nvme, const uint8_t *sqe, uint8_t *answer);
void nvme_features_reset(struct nvme *nvme);
void nvme_features_init(struct nvme *nvme);
uint16_t nvme_set_features(struct nvme_cmd *cmd);
uint16_t nvme_get_features(struct nvme_cmd *cmd);
uint32_t nvme_feature_bytes(const uint8_t *sqe);
uint16_t nvme_feature_take(struct nvme_cmd *cmd, const uint8_t *data);
void nvme_feature_give(struct nvme_cmd *cmd, uint8_t *data);
uint16_t nvme_log_check(struct nvme *nvme, const uint8_t *sqe, uint32_t *bytes);
void nvme_log_send(struct nvme_cmd *cmd);
void nvme_log_error(struct nvme *nvme, unsigned sqid, uint16_t cid, uint16_t status, uint64_t lba,
		    uint32_t nsid);
uint8_t nvme_temperature_warning(const struct nvme *nvme);

/* nvme_event.c */
uint16_t nvme_event_request(struct nvme_cmd *cmd);
void nvme_event_raise(struct nvme *nvme, uint8_t type, uint8_t info, uint8_t log);
void nvme_event_log_read(struct nvme *nvme, uint8_t log);
void nvme_event_reset(struct nvme *nvme);
bool nvme_event_forget(struct nvme_cmd *cmd);

/* nvme_io.c */
void nvme_io_decode(struct nvme_cmd *cmd);
void nvme_io_mapped(struct nvme_cmd *cmd);
void nvme_io_data(struct nvme_cmd *cmd, unsigned piece, const struct dma_done *done);
uint16_t nvme_zero(struct nvme *nvme, uint64_t place, uint64_t bytes);
void nvme_io_medium_done(struct nvme_cmd *cmd);

/* nvme_power.c */
bool nvme_store_change(struct nvme_cmd *cmd, const uint8_t *data);
void nvme_store_durable(struct nvme *nvme, uint64_t offset, uint64_t bytes, uint64_t version);

/* nvme_pstate.c */
void nvme_power_init(struct nvme *nvme);
void nvme_power_reset(struct nvme *nvme);
struct dur nvme_power_wake(struct nvme *nvme);
void nvme_power_busy(struct nvme *nvme);
void nvme_power_done(struct nvme *nvme);
uint16_t nvme_power_set(struct nvme *nvme, uint32_t value);
uint32_t nvme_power_bytes(void);
uint16_t nvme_power_take(struct nvme *nvme, bool enabled, const uint8_t *table);
void nvme_power_describe(const struct nvme *nvme, uint8_t *id);

/* nvme_media.c */
int  nvme_media_init(struct nvme *nvme);
void nvme_media_free(struct nvme *nvme);
void nvme_media_submit(struct nvme_cmd *cmd);
void nvme_media_trim(struct nvme *nvme, uint64_t place, uint64_t bytes);
void nvme_media_event(struct nvme_cmd *cmd);
void nvme_media_forget(struct nvme_cmd *cmd);
void nvme_media_reset(struct nvme *nvme);

#endif
