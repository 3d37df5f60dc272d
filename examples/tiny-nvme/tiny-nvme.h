/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small NVMe driver: one namespace, an I/O queue per core with an MSI-X vector of its own,
 * blk-mq, PRP lists, reset after a timeout. NVM Express Base Specification 1.4.
 *
 * Not there: other namespaces, command sets, SGLs, metadata, polled queues, abort of single
 * commands, power management, firmware and log commands.
 */
#ifndef TINY_NVME_H
#define TINY_NVME_H

#include <linux/blk-mq.h>
#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/nvme.h>
#include <linux/pci.h>
#include <linux/scatterlist.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#define TN_NAME		"tiny-nvme"
#define TN_ENTRIES	64		/* of each queue; one stays free (4.1.3) */
#define TN_SEGMENTS	64
#define TN_PAGE		4096u		/* CC.MPS = 0 */
#define TN_SECTORS	((TN_SEGMENTS * TN_PAGE) >> SECTOR_SHIFT)
#define TN_NSID		1
#define TN_TRIES	3
#define TN_CANCELLED	0xffff		/* no status of a controller: the reset took the command */

struct tn_dev;

struct tn_queue {
	struct tn_dev *dev;
	unsigned int id;		/* 0: admin */
	spinlock_t sq_lock, cq_lock;
	struct nvme_command *sq;
	struct nvme_completion *cq;
	dma_addr_t sq_dma, cq_dma;
	void __iomem *sq_doorbell, *cq_doorbell;
	u16 tail, told;			/* next entry; what the doorbell was told */
	u16 head;
	u16 phase;			/* of entries that are new */
};

/* Beside each request. */
struct tn_request {
	struct scatterlist sg[TN_SEGMENTS];
	unsigned int nents;
	__le64 *list;			/* PRP list; NULL: two pages at most */
	dma_addr_t list_dma;
	u16 status;
	u8 generation;			/* in the upper bits of the command id */
	u8 tries;
};

struct tn_dev {
	struct pci_dev *pdev;
	void __iomem *bar;
	u64 cap;
	struct tn_queue *queue;		/* 0: admin, then those of I/O */
	unsigned int queues;		/* of I/O */
	struct mutex admin_lock;	/* one admin command at a time */
	struct completion admin_done;
	struct nvme_completion admin_answer;
	u16 admin_id;
	struct blk_mq_tag_set tags;
	struct dma_pool *lists;
	struct gendisk *disk;
	unsigned int lba_shift;
	u32 max_sectors;
	bool write_cache;
	bool dead;			/* the controller does not come back */
	struct work_struct reset;
};

/* queue.c */
void tn_queue_init(struct tn_queue *queue);
void tn_submit(struct tn_queue *queue, const struct nvme_command *cmd, bool tell);
void tn_tell(struct tn_queue *queue);
int tn_poll(struct tn_queue *queue);
irqreturn_t tn_irq(int irq, void *queue);
int tn_admin(struct tn_dev *dev, struct nvme_command *cmd, u32 *result);

/* block.c */
int tn_disk_add(struct tn_dev *dev, u64 blocks);
int tn_tags_alloc(struct tn_dev *dev);
void tn_completed(struct tn_queue *queue, const struct nvme_completion *cqe);
void tn_cancel_all(struct tn_dev *dev);

#endif
