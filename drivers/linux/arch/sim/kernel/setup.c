// SPDX-License-Identifier: GPL-2.0
/* Start of the kernel: memory, command line, cores that exist. */
#include <linux/cpu.h>
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/start_kernel.h>
#include <linux/swiotlb.h>
#include <asm/plat.h>
#include <asm/setup.h>
#include "sim.h"

/* The simulator keeps chains of callers for the checking build, not the slab allocator. */
#ifdef CONFIG_SIM_CHECKING
#define OF_CHECKING " slub_debug=FZP"
#else
#define OF_CHECKING ""
#endif

static char command_line[COMMAND_LINE_SIZE] __initdata = "console=sim0 loglevel=8" OF_CHECKING;

/* Physical page 0 stays unused, so that address 0 in a descriptor is always a mistake. */
static void __init add_ram(unsigned long bytes)
{
	unsigned long low = min(bytes, PLAT_RAM_LOW_END);

	memblock_add(PAGE_SIZE, low - PAGE_SIZE);
	max_low_pfn = PFN_DOWN(low);
	if (bytes > low) {
		memblock_add(PLAT_RAM_HIGH, bytes - low);
		max_low_pfn = PFN_DOWN(PLAT_RAM_HIGH + bytes - low);
	}
	min_low_pfn = 1;
	max_pfn = max_low_pfn;
	max_mapnr = max_pfn;
	high_memory = __va(PFN_PHYS(max_pfn));
}

static void __init set_up_zones(void)
{
	unsigned long ends[MAX_NR_ZONES] = { };

	ends[ZONE_DMA32] = min(max_pfn, PFN_DOWN(1UL << 32));
	ends[ZONE_NORMAL] = max_pfn;
	free_area_init(ends);
}

static void __init set_up_cores(void)
{
	unsigned int core, count = min_t(unsigned int, plat_boot()->cpus, NR_CPUS);

	if (plat_boot()->cpus > NR_CPUS)
		pr_warn("sim: %u cores asked for, the kernel is built for %d\n",
			plat_boot()->cpus, NR_CPUS);
	for (core = 0; core < count; core++)
		set_cpu_possible(core, true);
}

void __init setup_arch(char **cmdline)
{
	sim_early_console();
	if (plat_boot()->cmdline && plat_boot()->cmdline[0]) {
		strlcat(command_line, " ", sizeof(command_line));
		strlcat(command_line, plat_boot()->cmdline, sizeof(command_line));
	}
	strscpy(boot_command_line, command_line, COMMAND_LINE_SIZE);
	*cmdline = command_line;
	add_ram(plat_boot()->ram_bytes);
	parse_early_param();
	sim_mm_init();
	set_up_zones();
	set_up_cores();
}

/*
 * The bounce pool costs 64 MiB, so it exists where x86 has it (RAM above 4 GiB, swiotlb=force) and
 * where devices count as external: the IOMMU driver bounces partial pages for those. "sim_swiotlb"
 * asks for it where a device of less than 32 address bits meets little RAM.
 */
static bool want_swiotlb __initdata;

static int __init parse_want_swiotlb(char *unused)
{
	want_swiotlb = true;
	return 0;
}
early_param("sim_swiotlb", parse_want_swiotlb);

void __init mem_init(void)
{
	bool needed = want_swiotlb || max_pfn > PFN_DOWN(1UL << 32) ||
		      plat_boot()->iommu_segments_untrusted;

	swiotlb_init(needed, SWIOTLB_VERBOSE);
	memblock_free_all();
}

/* The image is part of the executable, so its start-up part cannot be given back. */
void free_initmem(void)
{
}

static void *cpuinfo_start(struct seq_file *file, loff_t *position)
{
	return NULL;
}

static void *cpuinfo_next(struct seq_file *file, void *item, loff_t *position)
{
	return NULL;
}

static void cpuinfo_stop(struct seq_file *file, void *item)
{
}

static int cpuinfo_show(struct seq_file *file, void *item)
{
	return 0;
}

/* /proc/cpuinfo is empty. */
const struct seq_operations cpuinfo_op = {
	.start = cpuinfo_start,
	.next = cpuinfo_next,
	.stop = cpuinfo_stop,
	.show = cpuinfo_show,
};

void kern_start(void *unused)
{
	start_kernel();
}
