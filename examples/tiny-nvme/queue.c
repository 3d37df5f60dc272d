// SPDX-License-Identifier: GPL-2.0
/* Submission and completion queues (4.1), and admin commands, which wait for their end. */
#include <linux/interrupt.h>
#include <linux/io.h>
#include "tiny-nvme.h"

#define ADMIN_TIMEOUT	(10 * HZ)

/* As the controller takes them to be after a reset. */
void tn_queue_init(struct tn_queue *queue)
{
	queue->tail = 0;
	queue->told = 0;
	queue->head = 0;
	queue->phase = 1;
	memset(queue->cq, 0, TN_ENTRIES * sizeof(*queue->cq));
}

static void tell(struct tn_queue *queue)
{
	if (queue->tail == queue->told)
		return;
	/* writel() comes after the stores to the queue, which is coherent memory. */
	writel(queue->tail, queue->sq_doorbell);
	queue->told = queue->tail;
}

/* There is room: tags are fewer than entries. */
void tn_submit(struct tn_queue *queue, const struct nvme_command *cmd, bool now)
{
	spin_lock(&queue->sq_lock);
	memcpy(&queue->sq[queue->tail], cmd, sizeof(*cmd));
	queue->tail = (queue->tail + 1) % TN_ENTRIES;
	if (now)
		tell(queue);
	spin_unlock(&queue->sq_lock);
}

void tn_tell(struct tn_queue *queue)
{
	spin_lock(&queue->sq_lock);
	tell(queue);
	spin_unlock(&queue->sq_lock);
}

static void admin_completed(struct tn_dev *dev, const struct nvme_completion *cqe)
{
	if (le16_to_cpu(cqe->command_id) != dev->admin_id)
		return;			/* of a command that was given up */
	dev->admin_answer = *cqe;
	complete(&dev->admin_done);
}

/* Takes all entries that are new; how many. */
int tn_poll(struct tn_queue *queue)
{
	struct nvme_completion cqe;
	unsigned long flags;
	int taken = 0;

	spin_lock_irqsave(&queue->cq_lock, flags);
	while ((le16_to_cpu(READ_ONCE(queue->cq[queue->head].status)) & 1) == queue->phase) {
		dma_rmb();		/* the phase first, then the rest (4.6.1) */
		cqe = queue->cq[queue->head];
		if (++queue->head == TN_ENTRIES) {
			queue->head = 0;
			queue->phase ^= 1;
		}
		taken++;
		if (queue->id)
			tn_completed(queue, &cqe);
		else
			admin_completed(queue->dev, &cqe);
	}
	if (taken)
		writel(queue->head, queue->cq_doorbell);
	spin_unlock_irqrestore(&queue->cq_lock, flags);
	return taken;
}

irqreturn_t tn_irq(int irq, void *queue)
{
	return tn_poll(queue) ? IRQ_HANDLED : IRQ_NONE;
}

/* 0, or a negative errno. */
int tn_admin(struct tn_dev *dev, struct nvme_command *cmd, u32 *result)
{
	struct tn_queue *queue = &dev->queue[0];
	int err = 0;

	mutex_lock(&dev->admin_lock);
	reinit_completion(&dev->admin_done);
	dev->admin_id++;
	cmd->common.command_id = cpu_to_le16(dev->admin_id);
	tn_submit(queue, cmd, true);
	if (!wait_for_completion_timeout(&dev->admin_done, ADMIN_TIMEOUT)) {
		/* Perhaps only its interrupt is lost. */
		tn_poll(queue);
		if (!completion_done(&dev->admin_done))
			err = -ETIME;
	}
	if (!err && le16_to_cpu(dev->admin_answer.status) >> 1)
		err = -EIO;
	if (err)
		dev_err(&dev->pdev->dev, "admin command %#x: error %d, status %#x\n",
			cmd->common.opcode, err, le16_to_cpu(dev->admin_answer.status) >> 1);
	else if (result)
		*result = le32_to_cpu(dev->admin_answer.result.u32);
	mutex_unlock(&dev->admin_lock);
	return err;
}
