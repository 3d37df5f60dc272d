// SPDX-License-Identifier: GPL-2.0
/* map = "once": memory is mapped page by page before the start; then the device works alone. */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include "transfer.h"

#define CHECK_MS 1

static void map_window(struct kw_transfer *transfer, __le64 *list)
{
	const struct plat_transfer *plat = transfer->plat;
	struct device *dev = &transfer->channel.pdev->dev;
	enum dma_data_direction dir = !plat->writes ? DMA_TO_DEVICE
				      : plat->reads ? DMA_BIDIRECTIONAL : DMA_FROM_DEVICE;
	unsigned long i;

	for (i = 0; i < plat->window_bytes / plat->page_bytes; i++) {
		struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, get_order(plat->page_bytes));
		dma_addr_t addr = page ? dma_map_page(dev, page, 0, plat->page_bytes, dir)
				       : DMA_MAPPING_ERROR;

		if (dma_mapping_error(dev, addr))
			kw_fail("transfer %u: no memory for its window", plat->id);
		list[i] = cpu_to_le64(addr);
	}
}

static void set_up(struct kw_transfer *transfer)
{
	const struct plat_transfer *plat = transfer->plat;
	unsigned long pages = plat->window_bytes / plat->page_bytes;
	void __iomem *regs = transfer->channel.regs;
	dma_addr_t list_addr;
	__le64 *list = dma_alloc_coherent(&transfer->channel.pdev->dev, pages * sizeof(*list),
					  &list_addr, GFP_KERNEL);

	if (!list)
		kw_fail("transfer %u: no memory for a list of %lu pages", plat->id, pages);
	map_window(transfer, list);
	kw_transfer_write64(transfer, CH_LIST, list_addr);
	writel(pages, regs + CH_COUNT);
	writel(plat->bytes, regs + CH_BYTES);
	writel(plat->offset, regs + CH_OFFSET);
	writel(plat->depth, regs + CH_DEPTH);
	writel(ilog2(plat->page_bytes), regs + CH_PAGE);
	kw_transfer_set_stray(transfer);
}

int kw_transfer_window_thread(void *arg)
{
	struct kw_transfer *transfer = arg;
	const struct plat_transfer *plat = transfer->plat;
	u32 ctrl = CTRL_ENABLE | CTRL_WINDOW;

	plat_category(PLAT_CAT_APP);
	set_up(transfer);
	kw_wait_start();
	if (plat->reads)
		ctrl |= CTRL_READ;
	if (plat->writes)
		ctrl |= CTRL_WRITE;
	if (plat->random)
		ctrl |= CTRL_RANDOM;
	writel(ctrl, transfer->channel.regs + CH_CTRL);
	for (;;) {
		if (plat->stray == PLAT_STRAY_NONE) {
			set_current_state(TASK_IDLE);
			schedule();
		} else {
			msleep(CHECK_MS);
			kw_transfer_check_victim(transfer);
		}
	}
	return 0;
}
