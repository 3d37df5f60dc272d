/* SPDX-License-Identifier: MIT */
/* What kernel code tells of itself in the checking build (CONFIG_SIM_CHECKING): its mappings
 * for DMA, as it asks the DMA API for them, and its loads and stores to watched memory.
 * Included by kernel code and by ours. Not modelled: accesses by inline assembler (atomics,
 * bit operations), which tell nothing. */
#ifndef DOORBELL_DRIVERS_LINUX_BOUNDARY_CHECKING_H
#define DOORBELL_DRIVERS_LINUX_BOUNDARY_CHECKING_H

enum plat_dma_call {
	PLAT_DMA_MAP,
	PLAT_DMA_UNMAP,
	PLAT_DMA_SYNC_FOR_CPU,
	PLAT_DMA_SYNC_FOR_DEVICE,
	PLAT_DMA_ALLOC,           /* coherent: both sides may use it at any time */
	PLAT_DMA_FREE,
};

/* As the kernel numbers them (enum dma_data_direction). */
enum plat_dma_direction {
	PLAT_DMA_BIDIRECTIONAL,
	PLAT_DMA_TO_DEVICE,
	PLAT_DMA_FROM_DEVICE,
};

struct plat_dma {
	enum plat_dma_call call;
	unsigned devfn;           /* bus << 8 | device << 3 | function */
	const char *device;       /* its name; lives as long as the device */
	unsigned long bus;        /* what the device is to use */
	unsigned long pa;         /* MAP and ALLOC: where the memory is */
	unsigned long bytes;
	enum plat_dma_direction direction;
	int not_synced;           /* MAP: the driver syncs by itself (DMA_ATTR_SKIP_CPU_SYNC) */
};

void plat_dma(const struct plat_dma *dma);

/* A load or store of simulated RAM is about to happen; told for pages with a mark in
 * plat_watch only, which has one for each of the first plat_watch_pages pages of RAM. */
extern unsigned char *plat_watch;
extern unsigned long plat_watch_pages;
void plat_access(unsigned long pa, unsigned long bytes, int write);

/* Objects of the slab allocator come and go; plat_freed has a bit for each 8 bytes of RAM, set
 * while they are of an object that was freed. A load or store there is told as well. */
extern unsigned char *plat_freed;
void plat_object(unsigned long pa, unsigned long bytes, int freed, const char *cache);
/* Pages that the allocator gives out or takes back. */
void plat_pages(unsigned long pa, unsigned long bytes, int freed);

enum plat_weak_access {
	PLAT_WEAK_LOAD,
	PLAT_WEAK_STORE,
	PLAT_WEAK_ATOMIC,         /* by any code; orders nothing else */
};

/* Weak memory: while plat_weak is set, drivers tell every load and store, by the distance from
 * PLAT_RAM_BASE and the place in the code. A load may have been given an old value
 * (plat_weak_lent): what accesses memory next has it put right first. */
extern unsigned plat_weak, plat_weak_lent;
void plat_weak_access(unsigned long distance, unsigned long bytes, enum plat_weak_access what,
		      unsigned long pc);
void plat_weak_return(void);
void plat_weak_order(int loads, int stores);

/* There in the checking build only. */
extern const int kern_checking __attribute__((weak));

#endif
