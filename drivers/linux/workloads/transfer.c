// SPDX-License-Identifier: GPL-2.0
/* Transfers that are mapped and unmapped one by one, through the DMA API as drivers use it. */
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/pci.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "transfer.h"

#define POISON	0xa5a5a5a5a5a5a5a5ULL

static unsigned int pages_of(const struct plat_transfer *plat)
{
	return DIV_ROUND_UP(plat->bytes, PAGE_SIZE);
}

void kw_transfer_write64(struct kw_transfer *transfer, unsigned int reg, u64 value)
{
	writeq(value, transfer->channel.regs + reg);
}

/* ---- misbehaviour ---- */

void kw_transfer_check_victim(struct kw_transfer *transfer)
{
	u64 *word = page_address(transfer->victim);

	if (READ_ONCE(*word) == POISON)
		return;
	plat_transfer_overwritten(transfer->plat->id);
	WRITE_ONCE(*word, POISON);
}

/* As a bus address, where the victim lies means something else, or nothing, behind an IOMMU. */
void kw_transfer_set_stray(struct kw_transfer *transfer)
{
	const struct plat_transfer *plat = transfer->plat;
	void __iomem *regs = transfer->channel.regs;
	u32 kind = plat->stray == PLAT_STRAY_OUTSIDE ? STRAY_OUTSIDE : STRAY_STALE;

	if (plat->stray == PLAT_STRAY_NONE)
		return;
	transfer->victim = alloc_page(GFP_KERNEL);
	if (!transfer->victim)
		kw_fail("transfer %u: out of memory", plat->id);
	*(u64 *)page_address(transfer->victim) = POISON;
	kw_transfer_write64(transfer, CH_STRAY_ADDR, page_to_phys(transfer->victim));
	writel(plat->stray_delay_ns, regs + CH_STRAY_DELAY);
	writel(kind | plat->stray_every, regs + CH_STRAY);
}

/* Between unmapping and the next mapping the buffer is its owner's alone. */
static void poison(struct kw_transfer *transfer, struct kw_buffer *buffer)
{
	if (transfer->plat->stray != PLAT_STRAY_STALE)
		return;
	*(u64 *)page_address(buffer->pages[0]) = POISON;
	buffer->poisoned = true;
}

static void check_poison(struct kw_transfer *transfer, struct kw_buffer *buffer)
{
	if (!buffer->poisoned)
		return;
	if (*(u64 *)page_address(buffer->pages[0]) != POISON)
		plat_transfer_overwritten(transfer->plat->id);
	buffer->poisoned = false;
}

/* ---- mapping ---- */

static enum dma_data_direction direction(const struct kw_buffer *buffer)
{
	return buffer->write ? DMA_FROM_DEVICE : DMA_TO_DEVICE;
}

static void describe(struct kw_transfer *transfer, dma_addr_t addr, unsigned int bytes, u32 marks)
{
	struct dmatest_desc *desc = &transfer->ring[transfer->tail++ & transfer->ring_mask];

	desc->addr = cpu_to_le64(addr);
	desc->info = cpu_to_le32(bytes | marks);
	transfer->room--;
}

static void map_failed(struct kw_transfer *transfer)
{
	kw_fail("transfer %u: mapping failed", transfer->plat->id);
}

static void map_single(struct kw_transfer *transfer, struct kw_buffer *buffer, u32 marks)
{
	struct device *dev = &transfer->channel.pdev->dev;
	unsigned int bytes = transfer->plat->bytes;

	buffer->addr[0] = dma_map_single(dev, page_address(buffer->pages[0]), bytes,
					 direction(buffer));
	if (dma_mapping_error(dev, buffer->addr[0]))
		map_failed(transfer);
	describe(transfer, buffer->addr[0], bytes, marks | DESC_LAST);
}

static void map_sg(struct kw_transfer *transfer, struct kw_buffer *buffer, u32 marks)
{
	struct scatterlist *sg;
	unsigned int i;

	if (dma_map_sgtable(&transfer->channel.pdev->dev, &buffer->sg, direction(buffer), 0))
		map_failed(transfer);
	for_each_sgtable_dma_sg(&buffer->sg, sg, i)
		describe(transfer, sg_dma_address(sg), sg_dma_len(sg),
			 marks | (i + 1 == buffer->sg.nents ? DESC_LAST : 0));
}

static void map_pages(struct kw_transfer *transfer, struct kw_buffer *buffer, u32 marks)
{
	struct device *dev = &transfer->channel.pdev->dev;
	unsigned int i, left = transfer->plat->bytes, pages = pages_of(transfer->plat);

	for (i = 0; i < pages; i++, left -= PAGE_SIZE) {
		unsigned int bytes = min_t(unsigned int, left, PAGE_SIZE);

		buffer->addr[i] = dma_map_page(dev, buffer->pages[i], 0, bytes, direction(buffer));
		if (dma_mapping_error(dev, buffer->addr[i]))
			map_failed(transfer);
		describe(transfer, buffer->addr[i], bytes,
			 marks | (i + 1 == pages ? DESC_LAST : 0));
	}
}

static void unmap(struct kw_transfer *transfer, struct kw_buffer *buffer)
{
	const struct plat_transfer *plat = transfer->plat;
	struct device *dev = &transfer->channel.pdev->dev;
	unsigned int i, left = plat->bytes;

	if (plat->map == PLAT_MAP_SINGLE) {
		dma_unmap_single(dev, buffer->addr[0], plat->bytes, direction(buffer));
		return;
	}
	if (plat->map == PLAT_MAP_SG) {
		dma_unmap_sgtable(dev, &buffer->sg, direction(buffer), 0);
		return;
	}
	for (i = 0; i < pages_of(plat); i++, left -= PAGE_SIZE)
		dma_unmap_page(dev, buffer->addr[i], min_t(unsigned int, left, PAGE_SIZE),
			       direction(buffer));
}

/* ---- the course of transfers ---- */

static bool submit_one(struct kw_transfer *transfer)
{
	const struct plat_transfer *plat = transfer->plat;
	struct kw_buffer *buffer = &transfer->buffers[transfer->begun % transfer->count];
	u32 marks;

	if (transfer->begun - transfer->seen >= plat->depth || transfer->room < pages_of(plat))
		return false;
	check_poison(transfer, buffer);
	buffer->slot = transfer->begun % plat->depth;
	buffer->stamp = transfer->begun++;
	buffer->write = transfer->write_next;
	if (plat->reads && plat->writes)
		transfer->write_next = !transfer->write_next;
	marks = buffer->write ? DESC_WRITE : 0;
	plat_transfer_begin(plat->id, buffer->slot);
	if (plat->map == PLAT_MAP_SINGLE)
		map_single(transfer, buffer, marks);
	else if (plat->map == PLAT_MAP_SG)
		map_sg(transfer, buffer, marks);
	else
		map_pages(transfer, buffer, marks);
	return true;
}

static void submit(struct kw_transfer *transfer)
{
	unsigned int tail = transfer->tail;

	while (submit_one(transfer))
		;
	if (transfer->tail == tail)
		return;
	/* writel() orders the descriptors before the doorbell. */
	writel(transfer->tail, transfer->channel.regs + CH_TAIL);
}

/* Every page of a write begins with the channel and the number of the transfer. */
static unsigned int wrong_pages(const struct kw_transfer *transfer, const struct kw_buffer *buffer)
{
	u64 stamp = (u64)(transfer->plat->channel + 1) << 32 | buffer->stamp;
	unsigned int i, wrong = 0;

	if (!buffer->write)
		return 0;
	for (i = 0; i < pages_of(transfer->plat); i++)
		wrong += *(u64 *)page_address(buffer->pages[i]) != stamp;
	return wrong;
}

static unsigned int descriptors(const struct kw_transfer *transfer, const struct kw_buffer *buffer)
{
	if (transfer->plat->map == PLAT_MAP_SINGLE)
		return 1;
	return transfer->plat->map == PLAT_MAP_SG ? buffer->sg.nents : pages_of(transfer->plat);
}

static void reap(struct kw_transfer *transfer)
{
	u32 completed = READ_ONCE(*transfer->status);

	dma_rmb();
	while (transfer->seen != completed) {
		struct kw_buffer *buffer = &transfer->buffers[transfer->seen++ % transfer->count];

		transfer->room += descriptors(transfer, buffer);
		unmap(transfer, buffer);
		plat_transfer_done(transfer->plat->id, buffer->slot,
				   wrong_pages(transfer, buffer));
		poison(transfer, buffer);
	}
	if (transfer->victim)
		kw_transfer_check_victim(transfer);
}

static void sleep_until_done(struct kw_transfer *transfer)
{
	set_current_state(TASK_INTERRUPTIBLE);
	writel(transfer->seen, transfer->channel.regs + CH_SEEN);
	if (READ_ONCE(*transfer->status) == transfer->seen)
		schedule();
	__set_current_state(TASK_RUNNING);
}

static int ring_thread(void *arg)
{
	struct kw_transfer *transfer = arg;
	unsigned long category;

	plat_category(PLAT_CAT_APP);
	transfer->channel.waiter = current;
	kw_wait_start();
	writel(CTRL_ENABLE, transfer->channel.regs + CH_CTRL);
	for (;;) {
		category = kw_syscall_enter();
		plat_category(PLAT_CAT_DRIVER);
		submit(transfer);
		if (READ_ONCE(*transfer->status) == transfer->seen)
			sleep_until_done(transfer);
		reap(transfer);
		kw_syscall_leave(category);
		cond_resched();
	}
	return 0;
}

/* ---- set-up ---- */

static void no_memory(const struct kw_transfer *transfer)
{
	kw_fail("transfer %u: out of memory", transfer->plat->id);
}

/* Scattered: no two pages of a buffer are neighbours in memory. */
static void create_pages(struct kw_transfer *transfer, struct kw_buffer *buffer)
{
	unsigned int i, pages = pages_of(transfer->plat);
	bool scattered = transfer->plat->map != PLAT_MAP_SINGLE;
	struct page *whole = NULL;

	if (!scattered)
		whole = alloc_pages(GFP_KERNEL, get_order(transfer->plat->bytes));
	for (i = 0; i < pages; i++) {
		struct page *pair = scattered ? alloc_pages(GFP_KERNEL, 1) : whole;

		if (!pair)
			no_memory(transfer);
		buffer->pages[i] = scattered ? pair : nth_page(whole, i);
	}
}

static void create_buffer(struct kw_transfer *transfer, struct kw_buffer *buffer)
{
	unsigned int pages = pages_of(transfer->plat);

	buffer->pages = kvcalloc(pages, sizeof(*buffer->pages), GFP_KERNEL);
	buffer->addr = kvcalloc(pages, sizeof(*buffer->addr), GFP_KERNEL);
	if (!buffer->pages || !buffer->addr)
		no_memory(transfer);
	create_pages(transfer, buffer);
	if (transfer->plat->map == PLAT_MAP_SG &&
	    sg_alloc_table_from_pages(&buffer->sg, buffer->pages, pages, 0, transfer->plat->bytes,
				      GFP_KERNEL))
		no_memory(transfer);
}

static void create_ring(struct kw_transfer *transfer)
{
	const struct plat_transfer *plat = transfer->plat;
	struct device *dev = &transfer->channel.pdev->dev;
	unsigned int count = roundup_pow_of_two(plat->depth * pages_of(plat));
	void __iomem *regs = transfer->channel.regs;

	transfer->ring = dma_alloc_coherent(dev, count * sizeof(*transfer->ring),
					    &transfer->ring_addr, GFP_KERNEL);
	transfer->status = dma_alloc_coherent(dev, sizeof(*transfer->status),
					      &transfer->status_addr, GFP_KERNEL);
	if (!transfer->ring || !transfer->status)
		no_memory(transfer);
	transfer->ring_mask = count - 1;
	transfer->room = count;
	kw_transfer_write64(transfer, CH_LIST, transfer->ring_addr);
	kw_transfer_write64(transfer, CH_STATUS, transfer->status_addr);
	writel(count, regs + CH_COUNT);
	writel(min(plat->depth, plat->active), regs + CH_DEPTH);
	kw_transfer_set_stray(transfer);
}

static void create_buffers(struct kw_transfer *transfer)
{
	const struct plat_transfer *plat = transfer->plat;
	unsigned int i;

	transfer->count = max_t(unsigned long, plat->depth, plat->window_bytes / plat->bytes);
	transfer->buffers = kvcalloc(transfer->count, sizeof(*transfer->buffers), GFP_KERNEL);
	if (!transfer->buffers)
		no_memory(transfer);
	for (i = 0; i < transfer->count; i++)
		create_buffer(transfer, &transfer->buffers[i]);
	create_ring(transfer);
}

void kw_transfer_start(void)
{
	unsigned int i;

	for (i = 0; i < plat_transfers(); i++) {
		struct kw_transfer *transfer = kzalloc(sizeof(*transfer), GFP_KERNEL);
		const struct plat_transfer *plat = plat_transfer(i);
		bool once = plat->map == PLAT_MAP_ONCE;
		char name[TASK_COMM_LEN];

		if (!transfer)
			kw_fail("transfer %u: out of memory", i);
		transfer->plat = plat;
		transfer->write_next = !plat->reads;
		kw_dmatest_open(&transfer->channel, plat);
		if (!once)
			create_buffers(transfer);
		snprintf(name, sizeof(name), "transfer/%u", i);
		kw_thread(once ? kw_transfer_window_thread : ring_thread, transfer, name,
			  plat->core);
	}
}
