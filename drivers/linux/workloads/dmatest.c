// SPDX-License-Identifier: GPL-2.0
/* Driver of the DMA test device: registers mapped, one interrupt a channel. What is transferred is
 * the workload's business (transfer.c). */
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include "transfer.h"

#define VENDOR		0xd00b
#define DEVICE		0x0d3a
#define CHANNELS_MAX	64
#define CHANNEL_BASE	0x1000
#define CHANNEL_STRIDE	0x80

struct dmatest {
	void __iomem *bar;
	struct dmatest_channel *channel[CHANNELS_MAX];
};

static irqreturn_t interrupt(int irq, void *arg)
{
	struct dmatest_channel *channel = arg;

	wake_up_process(channel->waiter);
	return IRQ_HANDLED;
}

/* Vectors for the channels that the scenario uses. */
static unsigned int channels_used(const struct pci_dev *pdev)
{
	unsigned int i, used = 1;

	for (i = 0; i < plat_transfers(); i++)
		if (plat_transfer(i)->devfn == pdev->devfn)
			used = max(used, plat_transfer(i)->channel + 1);
	return used;
}

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct dmatest *dev = devm_kzalloc(&pdev->dev, sizeof(*dev), GFP_KERNEL);
	int err, vectors;

	if (!dev)
		return -ENOMEM;
	err = pcim_enable_device(pdev);
	if (!err)
		err = pcim_iomap_regions(pdev, BIT(0), "dmatest");
	if (!err)
		err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err)
		return err;
	dev->bar = pcim_iomap_table(pdev)[0];
	dma_set_max_seg_size(&pdev->dev, SZ_16M - 1);
	pci_set_master(pdev);
	vectors = pci_alloc_irq_vectors(pdev, 1, channels_used(pdev), PCI_IRQ_MSIX);
	if (vectors < 0)
		return vectors;
	pci_set_drvdata(pdev, dev);
	return 0;
}

static const struct pci_device_id ids[] = {
	{ PCI_DEVICE(VENDOR, DEVICE) },
	{ }
};

static struct pci_driver dmatest_driver = {
	.name = "dmatest",
	.id_table = ids,
	.probe = probe,
};
builtin_pci_driver(dmatest_driver);

void kw_dmatest_open(struct dmatest_channel *channel, const struct plat_transfer *plat)
{
	struct pci_dev *pdev = pci_get_domain_bus_and_slot(0, 0, plat->devfn);
	struct dmatest *dev = pdev ? pci_get_drvdata(pdev) : NULL;
	int irq, err;

	if (!dev || plat->channel >= CHANNELS_MAX)
		kw_fail("transfer %u: no test device at devfn %#x", plat->id, plat->devfn);
	channel->pdev = pdev;
	channel->regs = dev->bar + CHANNEL_BASE + plat->channel * CHANNEL_STRIDE;
	dev->channel[plat->channel] = channel;
	irq = pci_irq_vector(pdev, plat->channel);
	err = irq < 0 ? irq : request_irq(irq, interrupt, 0, "dmatest", channel);
	if (!err)
		err = irq_set_affinity_and_hint(irq, cpumask_of(plat->core));
	if (err)
		kw_fail("transfer %u: interrupt: error %d", plat->id, err);
}
