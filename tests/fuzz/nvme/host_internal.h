/* SPDX-License-Identifier: MIT */
/* What the parts of the fuzzing host share. Written from NVM Express 1.4c. */
#ifndef TESTS_FUZZ_NVME_HOST_INTERNAL_H
#define TESTS_FUZZ_NVME_HOST_INTERNAL_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "devices/nvme/nvme.h"
#include "model/trace/stats.h"
#include "model/trace/trace.h"
#include "tests/fuzz/nvme/host.h"

#define BASE        0x5b31d6280000ull /* bus address of the arena: data do not hit it by chance */
#define SLICE       8192u            /* a page and a guard band of the same size */
#define PAGE        4096u
#define DATA_PAGES  64u              /* for data */
#define LIST_PAGES  64u              /* for PRP lists and SGL segments */
#define QUEUES      4u               /* admin and three of I/O */
#define ENTRIES     16u
#define CIDS        64u
#define GUARD       0xa5

/* Slices of the arena: queues, lists, data. A slice of a larger memory page is part of it. */
#define SQ_SLICE(q)   (q)
#define CQ_SLICE(q)   (QUEUES + (q))
#define LIST_SLICE(n) (2 * QUEUES + (n))
#define DATA_SLICE(n) (2 * QUEUES + LIST_PAGES + (n))
#define SLICES        (2 * QUEUES + LIST_PAGES + DATA_PAGES)

struct host;

struct pending_read {
	struct host *host;
	struct event event;
	struct dma_req req;
	struct pending_read *next;           /* free list */
	struct pending_read *all;            /* every one there is */
};

struct command {
	bool busy, parked;
	uint64_t pages;                      /* data pages it lets the controller write */
	uint64_t lists;                      /* list pages it owns */
	bool lists_given;                    /* its pointers may be taken for what they are not */
};

struct queue {
	bool sq, cq;                         /* created, as far as the host knows */
	uint32_t tail, head;                 /* of the submission queue; head from completions */
	uint32_t cq_head, cq_tail;           /* taken by the host; written by the controller */
	bool phase, write_phase;
	struct command command[CIDS];
};

struct host {
	struct sim sim;
	struct nvme *nvme;
	struct nvme_cfg cfg;
	struct choices choices;
	struct outcome *outcome;
	bool wild;                           /* doorbells and entries are wild: no bookkeeping */
	bool enabled;
	uint8_t *memory;
	struct pending_read *free, *reads;
	struct queue queue[QUEUES];
	unsigned given[DATA_PAGES];          /* commands in flight that let it be written */
	uint64_t lists;                      /* in use by commands in flight */
	uint64_t lists_given;                /* of them, those that may be written */
	uint16_t cid;
};

/* 0 to n - 1. */
static inline unsigned pick(struct host *host, unsigned n)
{
	unsigned value = host->choices.byte(host->choices.ctx);

	if (n > 256)
		value = value << 8 | host->choices.byte(host->choices.ctx);
	return value % n;
}

static inline uint64_t bus(unsigned slice)
{
	return BASE + (uint64_t)slice * SLICE;
}

static inline uint8_t *at(struct host *host, unsigned slice)
{
	return host->memory + (size_t)slice * SLICE;
}

/* host.c */
__attribute__((noreturn)) void host_breach(const char *what, uint64_t a, uint64_t b);

/* host_command.c: an entry in the queue's next place. */
void host_submit(struct host *host, unsigned q);

/* host_dma.c */
void host_dma(void *ctx, const struct dma_req *req);
void host_dma_init(struct host *host);
void host_dma_free(struct host *host);
void host_guards(struct host *host);

#endif
