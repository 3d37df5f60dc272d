// SPDX-License-Identifier: GPL-2.0
/*
 * Driver of the copying device in Verilog, examples/rtl/dma_copy.sv, which has the registers. Two
 * buffers and three attributes of the PCI device:
 *
 *   source  written: the source buffer is filled with the text, again and again
 *   copy    written: so many bytes are copied into the target buffer, which is cleared first
 *   target  read: the target buffer's first page
 *
 * A copy that the device reports as failed is -EIO, one that does not end -ETIMEDOUT: the device is
 * not used any more then, as it may still write.
 */
#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>

#define NAME		"dma-copy"
#define SOURCE		0x00
#define TARGET		0x08
#define LENGTH		0x10
#define CONTROL		0x14
#define  START		BIT(0)
#define STATUS		0x18
#define  DONE		BIT(1)
#define  FAILED		BIT(2)
#define IDENTITY	0x1c
#define  IS_DMA_COPY	0xd0c09001

#define BUFFER_BYTES	SZ_64K
#define ALIGN_BYTES	8
#define TIMEOUT		(HZ / 2)

struct dma_copy {
	struct pci_dev *pdev;
	void __iomem *regs;
	struct mutex lock;		/* of the buffers and the device */
	struct completion done;
	bool stuck;
	u32 status;
	u8 *source, *target;
};

static irqreturn_t interrupt(int irq, void *arg)
{
	struct dma_copy *dev = arg;

	dev->status = readl(dev->regs + STATUS);
	if (!(dev->status & DONE))
		return IRQ_NONE;
	writel(DONE, dev->regs + STATUS);
	complete(&dev->done);
	return IRQ_HANDLED;
}

static void write_address(struct dma_copy *dev, unsigned int reg, dma_addr_t address)
{
	writel(lower_32_bits(address), dev->regs + reg);
	writel(upper_32_bits(address), dev->regs + reg + 4);
}

static int start_and_wait(struct dma_copy *dev, dma_addr_t from, dma_addr_t to, u32 bytes)
{
	reinit_completion(&dev->done);
	write_address(dev, SOURCE, from);
	write_address(dev, TARGET, to);
	writel(bytes, dev->regs + LENGTH);
	writel(START, dev->regs + CONTROL);
	if (!wait_for_completion_timeout(&dev->done, TIMEOUT)) {
		/* While DONE stands, the next copy's end raises no interrupt either. */
		dev->stuck = interrupt(0, dev) == IRQ_NONE;
		if (dev->stuck)
			return -ETIMEDOUT;
		dev_warn(&dev->pdev->dev, "no interrupt came\n");
	}
	return dev->status & FAILED ? -EIO : 0;
}

static int copy(struct dma_copy *dev, u32 bytes)
{
	struct device *device = &dev->pdev->dev;
	dma_addr_t from, to;
	int err = -ENOMEM;

	memset(dev->target, 0, BUFFER_BYTES);
	from = dma_map_single(device, dev->source, bytes, DMA_TO_DEVICE);
	if (dma_mapping_error(device, from))
		return err;
	to = dma_map_single(device, dev->target, bytes, DMA_FROM_DEVICE);
	if (!dma_mapping_error(device, to)) {
		err = start_and_wait(dev, from, to, bytes);
		if (dev->stuck)
			return err;	/* both buffers stay the device's */
		dma_unmap_single(device, to, bytes, DMA_FROM_DEVICE);
	}
	dma_unmap_single(device, from, bytes, DMA_TO_DEVICE);
	return err;
}

static ssize_t source_store(struct device *device, struct device_attribute *attr, const char *text,
			    size_t bytes)
{
	struct dma_copy *dev = dev_get_drvdata(device);
	size_t i;

	mutex_lock(&dev->lock);
	for (i = 0; i < BUFFER_BYTES && bytes; i++)
		dev->source[i] = text[i % bytes];
	mutex_unlock(&dev->lock);
	return bytes;
}

static ssize_t copy_store(struct device *device, struct device_attribute *attr, const char *text,
			  size_t bytes)
{
	struct dma_copy *dev = dev_get_drvdata(device);
	u32 length;
	int err = kstrtou32(text, 0, &length);

	if (!err && (!length || length > BUFFER_BYTES || length % ALIGN_BYTES))
		err = -EINVAL;
	if (err)
		return err;
	mutex_lock(&dev->lock);
	err = dev->stuck ? -EIO : copy(dev, length);
	mutex_unlock(&dev->lock);
	return err ? err : bytes;
}

static ssize_t target_show(struct device *device, struct device_attribute *attr, char *text)
{
	struct dma_copy *dev = dev_get_drvdata(device);

	mutex_lock(&dev->lock);
	memcpy(text, dev->target, PAGE_SIZE);
	mutex_unlock(&dev->lock);
	return PAGE_SIZE - 1;		/* what sysfs takes of an attribute, with its NUL */
}

static DEVICE_ATTR_WO(source);
static DEVICE_ATTR_WO(copy);
static DEVICE_ATTR_RO(target);

static struct attribute *dma_copy_attrs[] = {
	&dev_attr_source.attr,
	&dev_attr_copy.attr,
	&dev_attr_target.attr,
	NULL
};
ATTRIBUTE_GROUPS(dma_copy);

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct dma_copy *dev = devm_kzalloc(&pdev->dev, sizeof(*dev), GFP_KERNEL);
	unsigned int order = get_order(BUFFER_BYTES);
	int err;

	if (!dev)
		return -ENOMEM;
	dev->pdev = pdev;
	dev->source = (u8 *)devm_get_free_pages(&pdev->dev, GFP_KERNEL | __GFP_ZERO, order);
	dev->target = (u8 *)devm_get_free_pages(&pdev->dev, GFP_KERNEL | __GFP_ZERO, order);
	if (!dev->source || !dev->target)
		return -ENOMEM;
	mutex_init(&dev->lock);
	init_completion(&dev->done);
	pci_set_drvdata(pdev, dev);
	err = pcim_enable_device(pdev);
	if (err)
		return err;
	dev->regs = pcim_iomap_region(pdev, 0, NAME);
	if (IS_ERR(dev->regs))
		return PTR_ERR(dev->regs);
	if (readl(dev->regs + IDENTITY) != IS_DMA_COPY)
		return dev_err_probe(&pdev->dev, -ENODEV, "this is no dma_copy\n");
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err)
		return err;
	pci_set_master(pdev);
	err = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX);
	if (err < 0)
		return err;
	err = pci_request_irq(pdev, 0, interrupt, NULL, dev, NAME);
	if (err)
		pci_free_irq_vectors(pdev);
	return err;
}

static void remove(struct pci_dev *pdev)
{
	struct dma_copy *dev = pci_get_drvdata(pdev);

	pci_free_irq(pdev, 0, dev);
	pci_free_irq_vectors(pdev);
}

static const struct pci_device_id ids[] = {
	{ PCI_DEVICE(0xd00b, 0xc0c1) },
	{ }
};
MODULE_DEVICE_TABLE(pci, ids);

static struct pci_driver dma_copy_driver = {
	.name = NAME,
	.id_table = ids,
	.probe = probe,
	.remove = remove,
	.dev_groups = dma_copy_groups,
};

module_pci_driver(dma_copy_driver);

MODULE_DESCRIPTION("Driver of the dma_copy device, an example of Doorbell");
MODULE_LICENSE("GPL");
