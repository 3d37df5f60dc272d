// SPDX-License-Identifier: GPL-2.0
/*
 * The checking build: what drivers ask of the DMA API is told to the simulator. The handlers
 * are called before functions of kernel/dma/debug.c (drivers/linux/build/hooks.txt) with their
 * arguments: argument[0..5] from registers, argument[8] on from the stack
 * (drivers/linux/pass/hooks.h).
 */
#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/pci.h>
#include <linux/scatterlist.h>
#include <asm/plat_checking.h>
#include "../../../mm/slab.h"

#define ON_STACK 8

const int kern_checking = 1;

void sim_told_map_page(const unsigned long *argument);
void sim_told_unmap_page(const unsigned long *argument);
void sim_told_map_sg(const unsigned long *argument);
void sim_told_unmap_sg(const unsigned long *argument);
void sim_told_alloc(const unsigned long *argument);
void sim_told_free(const unsigned long *argument);
void sim_told_alloc_pages(const unsigned long *argument);
void sim_told_free_pages(const unsigned long *argument);
void sim_told_sync_for_cpu(const unsigned long *argument);
void sim_told_sync_for_device(const unsigned long *argument);
void sim_told_sync_sg_for_cpu(const unsigned long *argument);
void sim_told_sync_sg_for_device(const unsigned long *argument);
void sim_told_object(const unsigned long *argument);
void sim_told_object_freed(const unsigned long *argument);
void sim_told_pages_freed(const unsigned long *argument);

/* Devices that are on no PCI bus do no DMA here. */
static void tell(enum plat_dma_call call, struct device *dev, u64 bus, u64 pa, size_t bytes,
		 int direction, int not_synced)
{
	struct plat_dma dma = {
		.call = call,
		.bus = bus,
		.pa = pa,
		.bytes = bytes,
		.direction = direction,
		.not_synced = not_synced,
	};

	if (!dev || !dev_is_pci(dev))
		return;
	dma.devfn = to_pci_dev(dev)->bus->number << 8 | to_pci_dev(dev)->devfn;
	dma.device = dev_name(dev);
	plat_dma(&dma);
}

/* (dev, page, offset, size, direction, dma_addr, attrs) */
void sim_told_map_page(const unsigned long *argument)
{
	u64 bus = argument[5];

	if (bus == DMA_MAPPING_ERROR)
		return;
	tell(PLAT_DMA_MAP, (struct device *)argument[0], bus,
	     page_to_phys((struct page *)argument[1]) + argument[2], argument[3], argument[4],
	     !!(argument[ON_STACK] & DMA_ATTR_SKIP_CPU_SYNC));
}

/* (dev, addr, size, direction) */
void sim_told_unmap_page(const unsigned long *argument)
{
	tell(PLAT_DMA_UNMAP, (struct device *)argument[0], argument[1], 0, argument[2], argument[3],
	     0);
}

/* The IOMMU may have joined entries: each physical piece lies behind the one before, in bus
 * addresses that the joined entries give. */
static void tell_sg(enum plat_dma_call call, struct device *dev, struct scatterlist *list,
		    int count, int mapped, int direction, int not_synced)
{
	struct scatterlist *sg, *at = list;
	unsigned int used = 0;
	int i;

	for_each_sg(list, sg, count, i) {
		if (used == sg_dma_len(at) && mapped > 1) {
			at = sg_next(at);
			mapped--;
			used = 0;
		}
		tell(call, dev, sg_dma_address(at) + used, sg_phys(sg), sg->length, direction,
		     not_synced);
		used += sg->length;
	}
}

/* (dev, sg, nents, mapped_ents, direction, attrs) */
void sim_told_map_sg(const unsigned long *argument)
{
	tell_sg(PLAT_DMA_MAP, (struct device *)argument[0], (struct scatterlist *)argument[1],
		argument[2], argument[3], argument[4], !!(argument[5] & DMA_ATTR_SKIP_CPU_SYNC));
}

/* (dev, sglist, nelems, direction): of a list, the lengths of its bus side are still there. */
void sim_told_unmap_sg(const unsigned long *argument)
{
	tell_sg(PLAT_DMA_UNMAP, (struct device *)argument[0], (struct scatterlist *)argument[1],
		argument[2], argument[2], argument[3], 0);
}

/* (dev, size, dma_addr, virt, attrs) */
void sim_told_alloc(const unsigned long *argument)
{
	const void *virt = (const void *)argument[3];

	if (!virt)
		return;
	tell(PLAT_DMA_ALLOC, (struct device *)argument[0], argument[2],
	     is_vmalloc_addr(virt) ? page_to_phys(vmalloc_to_page(virt)) : virt_to_phys(virt),
	     argument[1], DMA_BIDIRECTIONAL, 0);
}

/* (dev, size, virt, addr) */
void sim_told_free(const unsigned long *argument)
{
	tell(PLAT_DMA_FREE, (struct device *)argument[0], argument[3], 0, argument[1],
	     DMA_BIDIRECTIONAL, 0);
}

/* (dev, page, size, direction, dma_addr, attrs): a streaming mapping of memory the API found. */
void sim_told_alloc_pages(const unsigned long *argument)
{
	tell(PLAT_DMA_MAP, (struct device *)argument[0], argument[4],
	     page_to_phys((struct page *)argument[1]), argument[2], argument[3], 1);
}

/* (dev, page, size, direction, dma_addr) */
void sim_told_free_pages(const unsigned long *argument)
{
	tell(PLAT_DMA_UNMAP, (struct device *)argument[0], argument[4], 0, argument[2], argument[3],
	     0);
}

/* (dev, dma_handle, size, direction) */
void sim_told_sync_for_cpu(const unsigned long *argument)
{
	tell(PLAT_DMA_SYNC_FOR_CPU, (struct device *)argument[0], argument[1], 0, argument[2],
	     argument[3], 0);
}

void sim_told_sync_for_device(const unsigned long *argument)
{
	tell(PLAT_DMA_SYNC_FOR_DEVICE, (struct device *)argument[0], argument[1], 0, argument[2],
	     argument[3], 0);
}

/* (dev, sg, nelems, direction) */
void sim_told_sync_sg_for_cpu(const unsigned long *argument)
{
	tell_sg(PLAT_DMA_SYNC_FOR_CPU, (struct device *)argument[0],
		(struct scatterlist *)argument[1], argument[2], argument[2], argument[3], 0);
}

void sim_told_sync_sg_for_device(const unsigned long *argument)
{
	tell_sg(PLAT_DMA_SYNC_FOR_DEVICE, (struct device *)argument[0],
		(struct scatterlist *)argument[1], argument[2], argument[2], argument[3], 0);
}

/* What RCU lets others look at after it was freed is not told of. */
static void object(const struct kmem_cache *cache, const void *at, int freed)
{
	if (!(cache->flags & SLAB_TYPESAFE_BY_RCU))
		plat_object(virt_to_phys(at), cache->object_size, freed, cache->name);
}

/* (cache, slab, object, size) */
void sim_told_object(const unsigned long *argument)
{
	object((const struct kmem_cache *)argument[0], (const void *)argument[2], 0);
}

/* (cache, slab, first, last, count, caller): a list, each object points to the next one. */
void sim_told_object_freed(const unsigned long *argument)
{
	const struct kmem_cache *cache = (const struct kmem_cache *)argument[0];
	const void *at = (const void *)argument[2];
	int left;

	for (left = (int)argument[4]; left > 0; left--) {
		const void *next = *(void *const *)(at + cache->offset);

		object(cache, at, 1);
		at = next;
	}
}

/* (page, order): slabs go this way. */
void sim_told_pages_freed(const unsigned long *argument)
{
	plat_pages(page_to_phys((struct page *)argument[0]), PAGE_SIZE << argument[1], 1);
}
