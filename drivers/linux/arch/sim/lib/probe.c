// SPDX-License-Identifier: GPL-2.0
/*
 * What the assembler pass has called at functions of the kernel
 * (drivers/linux/build/categories.txt). Takes no simulated time.
 */
#include <linux/dma-mapping.h>
#include <asm/plat.h>
#include "../kernel/sim.h"

void sim_probe_mapped(dma_addr_t address)
{
	if (address != DMA_MAPPING_ERROR)
		plat_count(PLAT_COUNT_DMA_MAP);
}

void sim_probe_mapped_entries(int entries)
{
	if (entries > 0)
		plat_count(PLAT_COUNT_DMA_MAP);
}

void sim_probe_mapped_table(int error)
{
	if (!error)
		plat_count(PLAT_COUNT_DMA_MAP);
}

void sim_probe_unmap(void)
{
	plat_count(PLAT_COUNT_DMA_UNMAP);
}
