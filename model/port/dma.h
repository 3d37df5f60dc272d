/* SPDX-License-Identifier: MIT */
/* DMA as a device sees it: a request goes out, an answer comes back later. A device never knows
 * what lies between it and memory (PCIe link, IOMMU); that is wiring in model/machine.
 *
 * A write carries its data by pointer, valid for the call. A read's data arrive in dma_done, valid
 * for that call. Requests of one device are issued in order; posted writes never pass each other;
 * a read's answer is ordered behind earlier writes of the same device. Payloads are cut into TLPs
 * by the link, not by the device. Sizes 1 byte .. 64 KiB. */
#ifndef DOORBELL_PORT_DMA_H
#define DOORBELL_PORT_DMA_H

#include <stddef.h>
#include <stdint.h>

#include "model/core/time.h"

enum dma_kind {
	DMA_READ,
	DMA_WRITE,
};

enum dma_status {
	DMA_OK,
	DMA_UNSUPPORTED,   /* UR: no such address, master abort; reads return all ones */
	DMA_ABORTED,       /* CA: refused by the completer, e.g. blocked by the IOMMU */
	DMA_TIMEOUT,       /* no completion */
	DMA_POISONED,
};

/* Attributes of a request (PCIe 2.2.6.4); they hold if software has enabled them. */
enum {
	DMA_RELAXED = 1 << 0,     /* a write may be in memory before earlier writes are */
	/* Nothing of the wire's: the write tells software that something is done. */
	DMA_DESCRIPTOR = 1 << 1,
};

struct dma_req {
	enum dma_kind kind;
	unsigned flags;
	uint64_t addr;         /* bus address, as the driver wrote it */
	uint32_t bytes;
	const void *data;      /* DMA_WRITE */
	uint64_t tag;          /* the device's own; comes back in dma_done */
	int want_done;         /* DMA_WRITE: 1 = report when the write is in memory. Reads always do. */
};

struct dma_done {
	uint64_t tag;
	enum dma_kind kind;
	enum dma_status status;
	uint32_t bytes;
	const void *data;      /* DMA_READ; all ones on an error */
};

#endif
