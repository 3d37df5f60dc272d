// SPDX-License-Identifier: GPL-2.0
/* The disk: requests of the block layer become commands of the NVM command set (6). */
#include <linux/blk-mq-pci.h>
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include "tiny-nvme.h"

/* A command's id is its tag, and how often the tag was used, so that a completion that comes twice,
 * or late, does not end another request. */
#define GENERATION_SHIFT 12
#define TAG_MASK	 ((1u << GENERATION_SHIFT) - 1)

/* ---- mapping ---- */

static void unmap(struct tn_dev *dev, struct request *rq)
{
	struct tn_request *r = blk_mq_rq_to_pdu(rq);

	if (!r->nents)
		return;
	if (r->list)
		dma_pool_free(dev->lists, r->list, r->list_dma);
	dma_unmap_sg(&dev->pdev->dev, r->sg, r->nents, rq_dma_dir(rq));
	r->nents = 0;
}

/* PRP entries (4.3): the first may begin within a page; the queue's virtual boundary sees to it
 * that all others are whole pages or the last one. More than two go into a list. */
static int write_prps(struct tn_dev *dev, struct request *rq, int mapped, struct nvme_command *cmd)
{
	struct tn_request *r = blk_mq_rq_to_pdu(rq);
	unsigned int offset = sg_dma_address(r->sg) & (TN_PAGE - 1);
	unsigned int pages = DIV_ROUND_UP(offset + blk_rq_bytes(rq), TN_PAGE);
	unsigned int n = 0, left, bytes;
	struct scatterlist *sg;
	u64 address;
	int i;

	r->list = NULL;
	if (pages > 2) {
		r->list = dma_pool_alloc(dev->lists, GFP_ATOMIC, &r->list_dma);
		if (!r->list)
			return -ENOMEM;
		cmd->rw.dptr.prp2 = cpu_to_le64(r->list_dma);
	}
	for_each_sg(r->sg, sg, mapped, i) {
		address = sg_dma_address(sg);
		for (left = sg_dma_len(sg); left; left -= bytes, address += bytes, n++) {
			bytes = min(left, TN_PAGE - (unsigned int)(address & (TN_PAGE - 1)));
			if (!n)
				cmd->rw.dptr.prp1 = cpu_to_le64(address);
			else if (r->list)
				r->list[n - 1] = cpu_to_le64(address);
			else
				cmd->rw.dptr.prp2 = cpu_to_le64(address);
		}
	}
	return 0;
}

static blk_status_t map(struct tn_dev *dev, struct request *rq, struct nvme_command *cmd)
{
	struct tn_request *r = blk_mq_rq_to_pdu(rq);
	int mapped;

	sg_init_table(r->sg, blk_rq_nr_phys_segments(rq));
	r->nents = blk_rq_map_sg(rq->q, rq, r->sg);
	mapped = dma_map_sg(&dev->pdev->dev, r->sg, r->nents, rq_dma_dir(rq));
	if (!mapped) {
		r->nents = 0;
		return BLK_STS_RESOURCE;
	}
	if (!write_prps(dev, rq, mapped, cmd))
		return BLK_STS_OK;
	unmap(dev, rq);
	return BLK_STS_RESOURCE;
}

/* ---- requests ---- */

static blk_status_t make_command(struct tn_dev *dev, struct request *rq, struct nvme_command *cmd)
{
	struct tn_request *r = blk_mq_rq_to_pdu(rq);

	r->nents = 0;
	r->generation++;
	memset(cmd, 0, sizeof(*cmd));
	cmd->common.nsid = cpu_to_le32(TN_NSID);
	cmd->common.command_id = cpu_to_le16(rq->tag | r->generation << GENERATION_SHIFT);
	switch (req_op(rq)) {
	case REQ_OP_FLUSH:
		cmd->common.opcode = nvme_cmd_flush;
		return BLK_STS_OK;
	case REQ_OP_READ:
		cmd->rw.opcode = nvme_cmd_read;
		break;
	case REQ_OP_WRITE:
		cmd->rw.opcode = nvme_cmd_write;
		break;
	default:
		return BLK_STS_NOTSUPP;
	}
	cmd->rw.slba = cpu_to_le64(blk_rq_pos(rq) >> (dev->lba_shift - SECTOR_SHIFT));
	cmd->rw.length = cpu_to_le16((blk_rq_bytes(rq) >> dev->lba_shift) - 1);
	if (rq->cmd_flags & REQ_FUA)
		cmd->rw.control = cpu_to_le16(NVME_RW_FUA);
	return map(dev, rq, cmd);
}

static blk_status_t queue_rq(struct blk_mq_hw_ctx *hctx, const struct blk_mq_queue_data *bd)
{
	struct tn_queue *queue = hctx->driver_data;
	struct nvme_command cmd;
	blk_status_t status;

	if (READ_ONCE(queue->dev->dead))
		return BLK_STS_IOERR;
	status = make_command(queue->dev, bd->rq, &cmd);
	if (status)
		return status;
	blk_mq_start_request(bd->rq);
	tn_submit(queue, &cmd, bd->last);
	return BLK_STS_OK;
}

static void commit_rqs(struct blk_mq_hw_ctx *hctx)
{
	tn_tell(hctx->driver_data);
}

void tn_completed(struct tn_queue *queue, const struct nvme_completion *cqe)
{
	struct tn_dev *dev = queue->dev;
	u16 id = le16_to_cpu(cqe->command_id);
	struct request *rq = blk_mq_tag_to_rq(dev->tags.tags[queue->id - 1], id & TAG_MASK);
	struct tn_request *r = rq ? blk_mq_rq_to_pdu(rq) : NULL;

	if (!r || blk_mq_rq_state(rq) != MQ_RQ_IN_FLIGHT ||
	    (r->generation & 0xf) != id >> GENERATION_SHIFT) {
		dev_warn(&dev->pdev->dev, "queue %u completes id %#x, which is not under way\n",
			 queue->id, id);
		return;
	}
	r->status = le16_to_cpu(cqe->status) >> 1;
	if (likely(!blk_should_fake_timeout(rq->q)))
		blk_mq_complete_request(rq);
}

static blk_status_t to_errno(u16 status)
{
	status &= 0x7ff;		/* type and code, without More and Do Not Retry */
	if (!status)
		return BLK_STS_OK;
	return (status & 0x700) == NVME_SCT_MEDIA_ERROR ? BLK_STS_MEDIUM : BLK_STS_IOERR;
}

static void complete_rq(struct request *rq)
{
	struct tn_dev *dev = rq->mq_hctx->queue->queuedata;
	struct tn_request *r = blk_mq_rq_to_pdu(rq);

	unmap(dev, rq);
	if (r->status == TN_CANCELLED && !dev->dead && ++r->tries < TN_TRIES) {
		blk_mq_requeue_request(rq, true);
		return;
	}
	r->tries = 0;
	blk_mq_end_request(rq, r->status == TN_CANCELLED ? BLK_STS_IOERR : to_errno(r->status));
}

/* An interrupt may be lost; else the controller is reset, which ends all that is under way. */
static enum blk_eh_timer_return timeout(struct request *rq)
{
	struct tn_queue *queue = rq->mq_hctx->driver_data;
	struct device *dev = &queue->dev->pdev->dev;

	tn_poll(queue);
	if (blk_mq_rq_state(rq) != MQ_RQ_IN_FLIGHT) {
		dev_warn(dev, "queue %u: tag %d completed without interrupt\n", queue->id, rq->tag);
		return BLK_EH_DONE;
	}
	dev_warn(dev, "queue %u: tag %d timed out, the controller is reset\n", queue->id, rq->tag);
	schedule_work(&queue->dev->reset);
	return BLK_EH_RESET_TIMER;
}

static bool cancel(struct request *rq, void *unused)
{
	struct tn_request *r = blk_mq_rq_to_pdu(rq);

	if (blk_mq_request_started(rq) && !blk_mq_request_completed(rq)) {
		r->status = TN_CANCELLED;
		blk_mq_complete_request(rq);
	}
	return true;
}

/* The controller is stopped: what was under way is done again, or fails if it is dead. */
void tn_cancel_all(struct tn_dev *dev)
{
	blk_mq_tagset_busy_iter(&dev->tags, cancel, NULL);
	blk_mq_tagset_wait_completed_request(&dev->tags);
}

/* ---- set-up ---- */

static int init_hctx(struct blk_mq_hw_ctx *hctx, void *data, unsigned int index)
{
	struct tn_dev *dev = data;

	hctx->driver_data = &dev->queue[index + 1];
	return 0;
}

static void map_queues(struct blk_mq_tag_set *tags)
{
	struct tn_dev *dev = tags->driver_data;

	/* Vector 0 is the admin queue's. */
	blk_mq_pci_map_queues(&tags->map[HCTX_TYPE_DEFAULT], dev->pdev, 1);
}

static const struct blk_mq_ops mq_ops = {
	.queue_rq = queue_rq,
	.commit_rqs = commit_rqs,
	.complete = complete_rq,
	.timeout = timeout,
	.init_hctx = init_hctx,
	.map_queues = map_queues,
};

static const struct block_device_operations disk_ops = {
	.owner = THIS_MODULE,
};

int tn_tags_alloc(struct tn_dev *dev)
{
	dev->tags.ops = &mq_ops;
	dev->tags.nr_hw_queues = dev->queues;
	dev->tags.queue_depth = TN_ENTRIES - 1;
	dev->tags.numa_node = dev_to_node(&dev->pdev->dev);
	dev->tags.cmd_size = sizeof(struct tn_request);
	dev->tags.flags = BLK_MQ_F_SHOULD_MERGE;
	dev->tags.timeout = 30 * HZ;
	dev->tags.driver_data = dev;
	return blk_mq_alloc_tag_set(&dev->tags);
}

int tn_disk_add(struct tn_dev *dev, u64 blocks)
{
	struct queue_limits limits = {
		.logical_block_size = 1u << dev->lba_shift,
		.max_hw_sectors = dev->max_sectors,
		.max_segments = TN_SEGMENTS,
		.virt_boundary_mask = TN_PAGE - 1,
		.features = dev->write_cache ? BLK_FEAT_WRITE_CACHE | BLK_FEAT_FUA : 0,
	};
	struct gendisk *disk = blk_mq_alloc_disk(&dev->tags, &limits, dev);
	static atomic_t number;
	int err;

	if (IS_ERR(disk))
		return PTR_ERR(disk);
	disk->fops = &disk_ops;
	disk->private_data = dev;
	snprintf(disk->disk_name, DISK_NAME_LEN, "tnvme%d", atomic_inc_return(&number) - 1);
	set_capacity(disk, blocks << (dev->lba_shift - SECTOR_SHIFT));
	dev->disk = disk;
	err = device_add_disk(&dev->pdev->dev, disk, NULL);
	if (!err)
		return 0;
	put_disk(disk);
	dev->disk = NULL;
	return err;
}
