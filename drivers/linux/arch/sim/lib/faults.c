// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that a scenario lets fail: allocations and DMA mappings. The linker puts these wrappers
 * around the kernel's functions (--wrap, build-kernel.sh), for callers in other files than the
 * function's own. Code of this folder takes no simulated time, so a run without faults is as
 * without wrappers.
 * Not modelled: failures of callers within the same file; of what is inlined above these functions.
 */
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include <linux/gfp.h>
#include <linux/pci.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <asm/plat.h>
#include <asm/plat_checking.h>
#include <asm/plat_workloads.h>

#define CALLER ((unsigned long)__builtin_return_address(0))

static bool fails(unsigned int what, struct device *dev, unsigned long caller)
{
	unsigned int devfn = PLAT_NO_DEVICE;

	if (likely(!plat_faults_armed))
		return false;
	if (dev && dev_is_pci(dev))
		devfn = to_pci_dev(dev)->devfn;
	return plat_call_fails(what, devfn, caller);
}

/* To the checking build's rules. */
static inline void told_pages(struct page *page, unsigned int order)
{
#ifdef CONFIG_SIM_CHECKING
	if (page)
		plat_pages(page_to_phys(page), PAGE_SIZE << order, 0);
#endif
}

#define REAL(type, name, ...) type __real_##name(__VA_ARGS__); type __wrap_##name(__VA_ARGS__)

REAL(dma_addr_t, dma_map_page_attrs, struct device *dev, struct page *page, size_t offset,
	size_t size, enum dma_data_direction dir, unsigned long attrs);
dma_addr_t __wrap_dma_map_page_attrs(struct device *dev, struct page *page, size_t offset,
				     size_t size, enum dma_data_direction dir, unsigned long attrs)
{
	if (fails(PLAT_CALL_DMA_MAP, dev, CALLER))
		return DMA_MAPPING_ERROR;
	return __real_dma_map_page_attrs(dev, page, offset, size, dir, attrs);
}

REAL(unsigned int, dma_map_sg_attrs, struct device *dev, struct scatterlist *sg, int nents,
	enum dma_data_direction dir, unsigned long attrs);
unsigned int __wrap_dma_map_sg_attrs(struct device *dev, struct scatterlist *sg, int nents,
				     enum dma_data_direction dir, unsigned long attrs)
{
	if (fails(PLAT_CALL_DMA_MAP, dev, CALLER))
		return 0;
	return __real_dma_map_sg_attrs(dev, sg, nents, dir, attrs);
}

REAL(int, dma_map_sgtable, struct device *dev, struct sg_table *sgt, enum dma_data_direction dir,
	unsigned long attrs);
int __wrap_dma_map_sgtable(struct device *dev, struct sg_table *sgt, enum dma_data_direction dir,
			   unsigned long attrs)
{
	if (fails(PLAT_CALL_DMA_MAP, dev, CALLER))
		return -ENOMEM;
	return __real_dma_map_sgtable(dev, sgt, dir, attrs);
}

REAL(void *, dma_alloc_attrs, struct device *dev, size_t size, dma_addr_t *handle, gfp_t flag,
	unsigned long attrs);
void *__wrap_dma_alloc_attrs(struct device *dev, size_t size, dma_addr_t *handle, gfp_t flag,
			     unsigned long attrs)
{
	if (fails(PLAT_CALL_DMA_ALLOC, dev, CALLER))
		return NULL;
	return __real_dma_alloc_attrs(dev, size, handle, flag, attrs);
}

REAL(void *, dma_pool_alloc, struct dma_pool *pool, gfp_t flags, dma_addr_t *handle);
void *__wrap_dma_pool_alloc(struct dma_pool *pool, gfp_t flags, dma_addr_t *handle)
{
	if (fails(PLAT_CALL_DMA_ALLOC, NULL, CALLER))
		return NULL;
	return __real_dma_pool_alloc(pool, flags, handle);
}

REAL(struct page *, __alloc_pages_noprof, gfp_t gfp, unsigned int order, int nid,
	nodemask_t *nodes);
struct page *__wrap___alloc_pages_noprof(gfp_t gfp, unsigned int order, int nid, nodemask_t *nodes)
{
	struct page *page;

	if (!(gfp & __GFP_NOFAIL) && fails(PLAT_CALL_ALLOC, NULL, CALLER))
		return NULL;
	page = __real___alloc_pages_noprof(gfp, order, nid, nodes);
	told_pages(page, order);
	return page;
}

REAL(void *, __kmalloc_noprof, size_t size, gfp_t flags);
void *__wrap___kmalloc_noprof(size_t size, gfp_t flags)
{
	if (!(flags & __GFP_NOFAIL) && fails(PLAT_CALL_ALLOC, NULL, CALLER))
		return NULL;
	return __real___kmalloc_noprof(size, flags);
}

REAL(void *, __kmalloc_cache_noprof, struct kmem_cache *cache, gfp_t flags, size_t size);
void *__wrap___kmalloc_cache_noprof(struct kmem_cache *cache, gfp_t flags, size_t size)
{
	if (!(flags & __GFP_NOFAIL) && fails(PLAT_CALL_ALLOC, NULL, CALLER))
		return NULL;
	return __real___kmalloc_cache_noprof(cache, flags, size);
}

REAL(struct sk_buff *, napi_alloc_skb, struct napi_struct *napi, unsigned int bytes);
struct sk_buff *__wrap_napi_alloc_skb(struct napi_struct *napi, unsigned int bytes)
{
	if (fails(PLAT_CALL_ALLOC, NULL, CALLER))
		return NULL;
	return __real_napi_alloc_skb(napi, bytes);
}
