/* SPDX-License-Identifier: MIT */
/* A DMA engine for measuring the way to memory: requests of a chosen size, direction, pattern and
 * number in flight, either by itself over a window that was mapped once (as the pcie-bench device of
 * Neugebauer et al., SIGCOMM 2018, does), or over a ring of descriptors, so that its driver maps and
 * unmaps memory for each transfer. It is a device of our own: its specification is docs/dmatest.md.
 * On request it misbehaves: accesses outside of what is mapped, and repeats the beginning of a write
 * after it has reported it.
 *
 * What its own engine takes is configured (nothing by default). Not modelled: the engine's cost of
 * an address in the device's own memory that is not aligned, scatter-gather across channels,
 * priorities (channels and transfers take turns), an error state (a transfer with a refused request
 * is reported as done, and counted), function level reset while requests are under way other than
 * forgetting them. */
#ifndef DOORBELL_DMATEST_DMATEST_H
#define DOORBELL_DMATEST_DMATEST_H

#include <stdbool.h>
#include <stdint.h>

#include "model/core/sim.h"
#include "model/port/dma.h"

/* No vendor has this number; PCI class: other system peripheral. */
#define DMATEST_VENDOR      0xd00b
#define DMATEST_DEVICE      0x0d3a
#define DMATEST_CLASS       0x088000
#define DMATEST_BAR0_BYTES  0x10000u
#define DMATEST_BAR0_USED   0x8000u    /* registers below, MSI-X from here */
#define DMATEST_MSIX_TABLE  0x8000u
#define DMATEST_MSIX_PBA    0xc000u
#define DMATEST_CHANNELS    64u        /* and as many vectors */
#define DMATEST_REQUEST_MAX 65536u
#define DMATEST_FLIGHT_MAX  4096u

/* Stages of the engine. Requests of a kind follow each other, and are prepared side by side. */
struct dmatest_engine {
	struct dur setup;            /* a request decided to the request on the link */
	struct dur read_gap, write_gap;   /* least distance of two reads, of two writes */
	struct dur write_chunk;      /* each 128 bytes begun of a write: they are fetched */
	struct dur write_beat;       /* each 32 bytes begun of a write's packets: to the link */
	struct dur read_move;        /* 64 bytes of a read's data: to where they are wanted */
	unsigned read_slots;         /* reads on the link or being moved; 0 = no limit */
	unsigned mps;                /* of the link */
};

/* From one write to the next, at least; from a read's last completion to its data's use. */
struct dur dmatest_write_time(const struct dmatest_engine *engine, uint32_t bytes);
struct dur dmatest_move_time(const struct dmatest_engine *engine, uint32_t bytes);

struct dmatest_cfg {
	const char *name;            /* prefix of stats; outlives the device */
	unsigned outstanding;        /* requests in flight, all channels: 1..DMATEST_FLIGHT_MAX */
	uint32_t burst;              /* bytes of one request of a ring's transfer */
	struct dmatest_engine engine;
	uint64_t seed;               /* of the windows' random order */
};

struct dmatest_ops {
	void (*dma)(void *ctx, const struct dma_req *req);   /* answered by dmatest_dma_done */
	void (*msix)(void *ctx, unsigned vector);
};

struct dmatest;

/* 0 or a negative sim_err; on error *out is NULL and sim holds the reason. cfg is copied, ops is
 * not. */
int dmatest_create(struct dmatest **out, struct sim *sim, const struct dmatest_cfg *cfg,
		   const struct dmatest_ops *ops, void *ctx);
void dmatest_destroy(struct dmatest *dev);
/* As after power-on; answers to requests made before are ignored. */
void dmatest_reset(struct dmatest *dev);
uint64_t dmatest_read(struct dmatest *dev, uint32_t offset, unsigned bytes);
void dmatest_write(struct dmatest *dev, uint32_t offset, uint64_t value, unsigned bytes);
void dmatest_dma_done(struct dmatest *dev, const struct dma_done *done);

#endif
