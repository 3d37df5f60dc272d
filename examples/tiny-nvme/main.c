// SPDX-License-Identifier: GPL-2.0
/* The controller: PCI, initialisation (7.6.1), reset (7.3.2), shutdown (7.6.2). */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include <linux/interrupt.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/module.h>
#include "tiny-nvme.h"

static unsigned int queues_max = UINT_MAX;
module_param(queues_max, uint, 0444);
MODULE_PARM_DESC(queues_max, "I/O queues, at most");

/* ---- the controller's states ---- */

/* Waits until CSTS, masked, is the value; a controller that is gone reads as ones. */
static int wait_status(struct tn_dev *dev, u32 mask, u32 value)
{
	unsigned long limit = jiffies + (NVME_CAP_TIMEOUT(dev->cap) + 1) * HZ / 2;
	u32 status;

	for (;;) {
		status = readl(dev->bar + NVME_REG_CSTS);
		if (status == ~0u)
			return -ENODEV;
		if ((status & mask) == value)
			return 0;
		if (time_after(jiffies, limit))
			return -ETIME;
		usleep_range(100, 200);
	}
}

static int disable(struct tn_dev *dev)
{
	writel(readl(dev->bar + NVME_REG_CC) & ~NVME_CC_ENABLE, dev->bar + NVME_REG_CC);
	return wait_status(dev, NVME_CSTS_RDY, 0);
}

/* The write cache of the medium is safe then. */
static void shut_down(struct tn_dev *dev)
{
	u32 cc = readl(dev->bar + NVME_REG_CC) & ~NVME_CC_SHN_MASK;

	writel(cc | NVME_CC_SHN_NORMAL, dev->bar + NVME_REG_CC);
	if (wait_status(dev, NVME_CSTS_SHST_MASK, NVME_CSTS_SHST_CMPLT))
		dev_warn(&dev->pdev->dev, "the controller did not shut down\n");
	disable(dev);
}

static int enable_admin(struct tn_dev *dev)
{
	struct tn_queue *admin = &dev->queue[0];
	u32 cc = NVME_CC_ENABLE | NVME_CC_CSS_NVM | NVME_CC_AMS_RR | NVME_CC_SHN_NONE |
		 NVME_CC_IOSQES | NVME_CC_IOCQES;

	tn_queue_init(admin);
	writel((TN_ENTRIES - 1) << 16 | (TN_ENTRIES - 1), dev->bar + NVME_REG_AQA);
	lo_hi_writeq(admin->sq_dma, dev->bar + NVME_REG_ASQ);
	lo_hi_writeq(admin->cq_dma, dev->bar + NVME_REG_ACQ);
	writel(cc, dev->bar + NVME_REG_CC);
	return wait_status(dev, NVME_CSTS_RDY, NVME_CSTS_RDY);
}

/* First the completion queue: the other names it (5.3, 5.4). */
static int create_queue(struct tn_dev *dev, struct tn_queue *queue)
{
	struct nvme_command cmd = { };
	int err;

	tn_queue_init(queue);
	cmd.create_cq.opcode = nvme_admin_create_cq;
	cmd.create_cq.prp1 = cpu_to_le64(queue->cq_dma);
	cmd.create_cq.cqid = cpu_to_le16(queue->id);
	cmd.create_cq.qsize = cpu_to_le16(TN_ENTRIES - 1);
	cmd.create_cq.cq_flags = cpu_to_le16(NVME_QUEUE_PHYS_CONTIG | NVME_CQ_IRQ_ENABLED);
	cmd.create_cq.irq_vector = cpu_to_le16(queue->id);
	err = tn_admin(dev, &cmd, NULL);
	if (err)
		return err;
	memset(&cmd, 0, sizeof(cmd));
	cmd.create_sq.opcode = nvme_admin_create_sq;
	cmd.create_sq.prp1 = cpu_to_le64(queue->sq_dma);
	cmd.create_sq.sqid = cpu_to_le16(queue->id);
	cmd.create_sq.qsize = cpu_to_le16(TN_ENTRIES - 1);
	cmd.create_sq.sq_flags = cpu_to_le16(NVME_QUEUE_PHYS_CONTIG);
	cmd.create_sq.cqid = cpu_to_le16(queue->id);
	return tn_admin(dev, &cmd, NULL);
}

/* Number of Queues (5.21.1.7) counts from 0, and is to be set before queues are created. */
static int set_queue_count(struct tn_dev *dev)
{
	struct nvme_command cmd = { };
	u32 asked = dev->queues - 1, got;
	int err;

	cmd.features.opcode = nvme_admin_set_features;
	cmd.features.fid = cpu_to_le32(NVME_FEAT_NUM_QUEUES);
	cmd.features.dword11 = cpu_to_le32(asked << 16 | asked);
	err = tn_admin(dev, &cmd, &got);
	if (!err && min(got & 0xffff, got >> 16) < asked)
		err = -ENOSPC;
	return err;
}

static int start(struct tn_dev *dev)
{
	unsigned int i;
	int err = disable(dev);

	if (!err)
		err = enable_admin(dev);
	if (!err)
		err = set_queue_count(dev);
	for (i = 1; i <= dev->queues && !err; i++)
		err = create_queue(dev, &dev->queue[i]);
	return err;
}

/* ---- reset ---- */

/* Afterwards neither device nor interrupt handlers touch a request. */
static void stop(struct tn_dev *dev)
{
	unsigned int i;

	blk_mq_quiesce_tagset(&dev->tags);
	if (disable(dev))
		dev->dead = true;
	for (i = 0; i <= dev->queues; i++) {
		synchronize_irq(pci_irq_vector(dev->pdev, i));
		if (i)
			tn_poll(&dev->queue[i]);
	}
	tn_cancel_all(dev);
}

static void go_on(struct tn_dev *dev)
{
	if (!dev->dead && start(dev))
		dev->dead = true;
	if (dev->dead) {
		dev_err(&dev->pdev->dev, "the controller does not come back\n");
		blk_mark_disk_dead(dev->disk);
	}
	blk_mq_unquiesce_tagset(&dev->tags);
}

static void reset_work(struct work_struct *work)
{
	struct tn_dev *dev = container_of(work, struct tn_dev, reset);

	stop(dev);
	go_on(dev);
}

static void reset_prepare(struct pci_dev *pdev)
{
	struct tn_dev *dev = pci_get_drvdata(pdev);

	cancel_work_sync(&dev->reset);
	stop(dev);
}

static void reset_done(struct pci_dev *pdev)
{
	go_on(pci_get_drvdata(pdev));
}

/* ---- identify ---- */

static int identify(struct tn_dev *dev, unsigned int what, dma_addr_t to)
{
	struct nvme_command cmd = { };

	cmd.identify.opcode = nvme_admin_identify;
	cmd.identify.nsid = cpu_to_le32(what == NVME_ID_CNS_NS ? TN_NSID : 0);
	cmd.identify.cns = what;
	cmd.identify.dptr.prp1 = cpu_to_le64(to);
	return tn_admin(dev, &cmd, NULL);
}

static int read_identity(struct tn_dev *dev, u64 *blocks)
{
	dma_addr_t dma;
	void *page = dma_alloc_coherent(&dev->pdev->dev, TN_PAGE, &dma, GFP_KERNEL);
	const struct nvme_id_ctrl *ctrl = page;
	const struct nvme_id_ns *ns = page;
	int err;

	if (!page)
		return -ENOMEM;
	err = identify(dev, NVME_ID_CNS_CTRL, dma);
	if (!err) {
		dev->max_sectors = TN_SECTORS;
		if (ctrl->mdts)
			dev->max_sectors = min_t(u64, TN_SECTORS,
						 (u64)TN_PAGE << ctrl->mdts >> SECTOR_SHIFT);
		dev->write_cache = ctrl->vwc & NVME_CTRL_VWC_PRESENT;
		err = identify(dev, NVME_ID_CNS_NS, dma);
	}
	if (!err) {
		*blocks = le64_to_cpu(ns->nsze);
		dev->lba_shift = ns->lbaf[ns->flbas & 0xf].ds;
		if (dev->lba_shift < SECTOR_SHIFT || dev->lba_shift > PAGE_SHIFT || !*blocks)
			err = -EINVAL;
	}
	dma_free_coherent(&dev->pdev->dev, TN_PAGE, page, dma);
	return err;
}

/* ---- set-up ---- */

static int init_queues(struct tn_dev *dev)
{
	struct device *device = &dev->pdev->dev;
	unsigned int i, stride = 4u << NVME_CAP_STRIDE(dev->cap);
	int err = 0;

	dev->queue = devm_kcalloc(device, dev->queues + 1, sizeof(*dev->queue), GFP_KERNEL);
	if (!dev->queue)
		return -ENOMEM;
	for (i = 0; i <= dev->queues && !err; i++) {
		struct tn_queue *queue = &dev->queue[i];

		queue->dev = dev;
		queue->id = i;
		spin_lock_init(&queue->sq_lock);
		spin_lock_init(&queue->cq_lock);
		queue->sq_doorbell = dev->bar + NVME_REG_DBS + 2 * i * stride;
		queue->cq_doorbell = queue->sq_doorbell + stride;
		queue->sq = dmam_alloc_coherent(device, TN_ENTRIES * sizeof(*queue->sq),
						&queue->sq_dma, GFP_KERNEL);
		queue->cq = dmam_alloc_coherent(device, TN_ENTRIES * sizeof(*queue->cq),
						&queue->cq_dma, GFP_KERNEL);
		err = -ENOMEM;
		if (queue->sq && queue->cq) {
			tn_queue_init(queue);
			err = pci_request_irq(dev->pdev, i, tn_irq, NULL, queue,
					      TN_NAME " queue %u", i);
		}
	}
	while (err && --i)
		pci_free_irq(dev->pdev, i - 1, &dev->queue[i - 1]);
	return err;
}

static void free_irqs(struct tn_dev *dev)
{
	unsigned int i;

	for (i = 0; i <= dev->queues; i++)
		pci_free_irq(dev->pdev, i, &dev->queue[i]);
}

/* A vector for the admin queue, which stays where it is, and one for each core's queue. */
static int init_pci(struct tn_dev *dev)
{
	struct irq_affinity affinity = { .pre_vectors = 1 };
	struct pci_dev *pdev = dev->pdev;
	unsigned int wanted = clamp(queues_max, 1u, num_online_cpus());
	int vectors, err = pcim_enable_device(pdev);

	if (err)
		return err;
	dev->bar = pcim_iomap_region(pdev, 0, TN_NAME);
	if (IS_ERR(dev->bar))
		return PTR_ERR(dev->bar);
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err)
		return err;
	/* The block layer joins pages into segments of any length; PRP lists take them apart. */
	dma_set_max_seg_size(&pdev->dev, UINT_MAX);
	pci_set_master(pdev);
	dev->cap = lo_hi_readq(dev->bar + NVME_REG_CAP);
	if (NVME_CAP_MQES(dev->cap) + 1 < TN_ENTRIES)
		return -ENODEV;
	vectors = pci_alloc_irq_vectors_affinity(pdev, 2, wanted + 1,
						 PCI_IRQ_MSIX | PCI_IRQ_AFFINITY, &affinity);
	if (vectors < 0)
		return vectors;
	dev->queues = vectors - 1;
	return 0;
}

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct tn_dev *dev = devm_kzalloc(&pdev->dev, sizeof(*dev), GFP_KERNEL);
	u64 blocks;
	int err;

	if (!dev)
		return -ENOMEM;
	dev->pdev = pdev;
	pci_set_drvdata(pdev, dev);
	mutex_init(&dev->admin_lock);
	init_completion(&dev->admin_done);
	INIT_WORK(&dev->reset, reset_work);
	dev->lists = dmam_pool_create(TN_NAME, &pdev->dev, TN_PAGE, TN_PAGE, 0);
	err = dev->lists ? init_pci(dev) : -ENOMEM;
	if (err)
		return err;
	err = init_queues(dev);
	if (err)
		goto free_vectors;
	err = start(dev);
	if (!err)
		err = read_identity(dev, &blocks);
	if (!err)
		err = tn_tags_alloc(dev);
	if (err)
		goto stop;
	err = tn_disk_add(dev, blocks);
	if (!err) {
		dev_info(&pdev->dev, "%s: %llu blocks, %u queues\n", dev->disk->disk_name, blocks,
			 dev->queues);
		return 0;
	}
	blk_mq_free_tag_set(&dev->tags);
stop:
	disable(dev);
	free_irqs(dev);
free_vectors:
	pci_free_irq_vectors(pdev);
	return err;
}

static void remove(struct pci_dev *pdev)
{
	struct tn_dev *dev = pci_get_drvdata(pdev);

	if (!pci_device_is_present(pdev)) {
		dev->dead = true;
		blk_mark_disk_dead(dev->disk);
		stop(dev);
		blk_mq_unquiesce_tagset(&dev->tags);
	}
	del_gendisk(dev->disk);
	cancel_work_sync(&dev->reset);
	if (!dev->dead)
		shut_down(dev);
	put_disk(dev->disk);
	blk_mq_free_tag_set(&dev->tags);
	free_irqs(dev);
	pci_free_irq_vectors(pdev);
}

static const struct pci_error_handlers error_handlers = {
	.reset_prepare = reset_prepare,
	.reset_done = reset_done,
};

static const struct pci_device_id ids[] = {
	{ PCI_DEVICE_CLASS(PCI_CLASS_STORAGE_EXPRESS, 0xffffff) },
	{ }
};
MODULE_DEVICE_TABLE(pci, ids);

static struct pci_driver tiny_nvme = {
	.name = TN_NAME,
	.id_table = ids,
	.probe = probe,
	.remove = remove,
	.err_handler = &error_handlers,
};
module_pci_driver(tiny_nvme);

MODULE_DESCRIPTION("A small NVMe driver, an example of Doorbell");
MODULE_LICENSE("GPL");
