/* SPDX-License-Identifier: GPL-2.0 */
/* The DMA test device (docs/dmatest.md): driver, and the threads that use its channels. A thread
 * stands for a program that asks the driver for a batch of transfers and for those that are done, one
 * system call each time. Not modelled: removal of the device. */
#ifndef DOORBELL_WORKLOADS_TRANSFER_H
#define DOORBELL_WORKLOADS_TRANSFER_H

#include <linux/scatterlist.h>
#include "workloads.h"

/* ---- registers of a channel ---- */
#define CH_CTRL		0x00
#define CH_STATE	0x04
#define CH_LIST		0x08
#define CH_STATUS	0x10
#define CH_COUNT	0x18
#define CH_TAIL		0x1c
#define CH_SEEN		0x20
#define CH_BYTES	0x24
#define CH_OFFSET	0x28
#define CH_DEPTH	0x2c
#define CH_PAGE		0x30
#define CH_STRAY	0x34
#define CH_STRAY_ADDR	0x38
#define CH_STRAY_DELAY	0x40

#define CTRL_ENABLE	BIT(0)
#define CTRL_WINDOW	BIT(1)
#define CTRL_READ	BIT(2)
#define CTRL_WRITE	BIT(3)
#define CTRL_RANDOM	BIT(4)

#define STRAY_OUTSIDE	BIT(30)
#define STRAY_STALE	BIT(31)

#define DESC_WRITE	BIT(31)
#define DESC_LAST	BIT(30)

struct dmatest_desc {
	__le64 addr;
	__le32 info;
	__le32 reserved;
};

/* ---- dmatest.c ---- */
struct dmatest_channel {
	struct pci_dev *pdev;
	void __iomem *regs;
	struct task_struct *waiter;	/* woken by the channel's interrupt */
};

/* The device's channel, its interrupt on `core`; fails the run if there is none. */
void kw_dmatest_open(struct dmatest_channel *channel, const struct plat_transfer *plat);

/* ---- transfer.c ---- */
struct kw_buffer {
	struct page **pages;
	dma_addr_t *addr;		/* of each page (map page), else the first is used */
	struct sg_table sg;
	unsigned int slot;
	unsigned int stamp;
	bool write;
	bool poisoned;			/* holds what the owner put there after unmapping it */
};

struct kw_transfer {
	const struct plat_transfer *plat;
	struct dmatest_channel channel;
	struct dmatest_desc *ring;
	dma_addr_t ring_addr;
	u32 *status;
	dma_addr_t status_addr;
	unsigned int ring_mask, tail;
	unsigned int begun, seen;	/* transfers */
	unsigned int room;		/* descriptors free */
	bool write_next;
	struct page *victim;		/* never mapped for the device */
	struct kw_buffer *buffers;
	unsigned int count;
};

/* Memory that only its owner may write; reports it if it was. */
void kw_transfer_check_victim(struct kw_transfer *transfer);
void kw_transfer_write64(struct kw_transfer *transfer, unsigned int reg, u64 value);
/* How the device is to misbehave. */
void kw_transfer_set_stray(struct kw_transfer *transfer);

/* ---- transfer_window.c ---- */
int kw_transfer_window_thread(void *transfer);

#endif
