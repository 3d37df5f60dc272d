/* SPDX-License-Identifier: MIT */
/* A host for the controller: an array as memory, DMA answered after a delay, queues driven as a
 * driver drives them. Written from the specification, without the model's headers of numbers. */
#ifndef TESTS_NVME_RIG_H
#define TESTS_NVME_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/nvme/nvme.h"
#include "model/reg/reg.h"
#include "model/trace/stats.h"
#include "model/trace/trace.h"

#define MEM_BASE   0x40000000ull
#define MEM_BYTES  (8u << 20)
#define DMA_SLOTS  4096
#define RIG_QUEUES 9
#define RIG_LOG    512

#define REG_CAP  0x00
#define REG_CC   0x14
#define REG_CSTS 0x1c
#define REG_AQA  0x24
#define REG_ASQ  0x28
#define REG_ACQ  0x30
#define CC_START 0x00460001u

struct rig;

struct rig_read {
	struct rig *rig;
	struct event event;
	struct dma_req req;
};

struct rig_dma {
	struct dma_req req;
	struct at when;
};

struct rig_queue {
	uint64_t sq, cq;
	uint32_t entries, tail, head;
	bool phase;
};

struct cqe {
	uint32_t result;
	uint16_t sqhd, sqid, cid, status;   /* status without phase */
	bool phase;
	struct at when;                     /* seen */
};

struct sqe {
	uint8_t opcode;
	uint8_t flags;
	uint16_t cid;
	uint32_t nsid;
	uint64_t prp1, prp2;
	uint32_t dw[6];                     /* 10..15 */
};

struct rig {
	struct sim sim;
	struct nvme *nvme;
	struct nvme_cfg cfg;
	uint8_t *mem;
	struct dur read_delay;
	struct dur late;                    /* completions are held back for so long */
	struct rig_read reads[DMA_SLOTS];
	struct rig_dma log[RIG_LOG];        /* of every request */
	unsigned logged;
	unsigned irqs[16];
	struct at irq_at[16];
	unsigned done;                      /* command_done calls */
	uint64_t fail_from, fail_to;        /* addresses whose reads fail */
	struct rig_queue q[RIG_QUEUES];
	uint64_t brk;                       /* next free bus address */
	uint16_t cid;
};

struct nvme_cfg rig_cfg(void);
struct rig *rig_create(const struct nvme_cfg *cfg);
void rig_destroy(struct rig *rig);
/* A second controller on the same engine and stats. */
struct rig *rig_create_beside(struct rig *first, const struct nvme_cfg *cfg);

uint64_t rig_alloc(struct rig *rig, uint32_t bytes);    /* page aligned, zeroed */
uint8_t *rig_mem(struct rig *rig, uint64_t addr);
uint32_t rig_rd(struct rig *rig, uint32_t offset);
void rig_wr(struct rig *rig, uint32_t offset, uint32_t value);

/* Admin queue of `entries`, enabled. */
void rig_enable(struct rig *rig, uint32_t entries);
/* Completion and submission queue `qid`, on vector qid. */
void rig_io_queue(struct rig *rig, unsigned qid, uint32_t entries);
struct rig *rig_ready(const struct nvme_cfg *cfg, unsigned queues, uint32_t entries);

/* Puts an entry into the queue (its cid is chosen) and returns the cid. */
uint16_t rig_put(struct rig *rig, unsigned qid, struct sqe sqe);
void rig_ring(struct rig *rig, unsigned qid);
uint16_t rig_submit(struct rig *rig, unsigned qid, struct sqe sqe);
bool rig_poll(struct rig *rig, unsigned qid, struct cqe *out);
/* Same, without the head doorbell. */
bool rig_peek(struct rig *rig, unsigned qid, struct cqe *out);
struct cqe rig_wait(struct rig *rig, unsigned qid);
struct cqe rig_do(struct rig *rig, unsigned qid, struct sqe sqe);
void rig_run_for(struct rig *rig, struct dur dur);
void rig_run_idle(struct rig *rig);

struct sqe rig_rw(uint8_t opcode, uint64_t lba, uint32_t sectors, uint64_t prp1, uint64_t prp2);
/* Counter since the last call for any counter. */
uint64_t rig_stat(struct rig *rig, const char *name);
void rig_pattern(uint8_t *to, uint32_t bytes, uint32_t seed);

#define assert_status(cqe, want) \
	assert_int_equal((cqe).status & ~(NVME_STATUS_MORE | NVME_STATUS_DNR), want)

#endif
