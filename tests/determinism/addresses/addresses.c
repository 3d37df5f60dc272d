/* SPDX-License-Identifier: MIT */
/* The fixed addresses of drivers/linux/boundary.h: none overlaps another, and each can be mapped in
 * a process like ours, with address randomisation on, plain and under AddressSanitizer (this file is
 * built both ways). What is mapped is what a run maps: simulated RAM, kernel aliases, user windows.
 * The ranges are reserved without being touched, so that the test takes no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drivers/linux/boundary.h"
#include "model/core/sim.h"
#include "model/mem/mem.h"

#define PAGE 4096u
#define MIB  0x100000ull
#define GIB  0x40000000ull

#define HEAP_BLOCKS 256
#define HEAP_SIZES  24

struct range {
	const char *name;
	uint64_t from, to;
};

/* A range with no end of its own reaches to the next one. */
static const struct range virtual_ranges[] = {
	{ "user windows", PLAT_USER_BASE, PLAT_RAM_BASE },
	{ "simulated RAM", PLAT_RAM_BASE, PLAT_PIO_BASE },
	{ "port I/O", PLAT_PIO_BASE, PLAT_VMALLOC_BASE },
	{ "vmalloc", PLAT_VMALLOC_BASE, PLAT_VMALLOC_END },
};

/* 0xfee00000 to 0xfeefffff is the window of message interrupts (Intel SDM volume 3A, 10.11); a VT-d
 * unit's registers take a page (VT-d specification, chapter 10). */
static const struct range physical_ranges[] = {
	{ "low RAM", 0, PLAT_RAM_LOW_END },
	{ "BARs", PLAT_MMIO_BASE, PLAT_MMIO_END },
	{ "configuration space", PLAT_ECAM_BASE, PLAT_ECAM_END },
	{ "VT-d registers", PLAT_DMAR_BASE, PLAT_DMAR_BASE + PAGE },
	{ "message interrupts", PLAT_MSI_BASE, PLAT_MSI_BASE + 0x100000 },
	{ "high RAM", PLAT_RAM_HIGH, UINT64_MAX },
};

static void in_order(const struct range *range, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (range[i].from >= range[i].to)
			fail_msg("%s is empty", range[i].name);
		if (range[i].from % PAGE)
			fail_msg("%s does not begin at a page", range[i].name);
		if (i && range[i - 1].to > range[i].from)
			fail_msg("%s overlaps %s", range[i - 1].name, range[i].name);
	}
}

static void virtual_ranges_do_not_overlap(void **state)
{
	in_order(virtual_ranges, sizeof(virtual_ranges) / sizeof(virtual_ranges[0]));
}

static void physical_ranges_do_not_overlap(void **state)
{
	in_order(physical_ranges, sizeof(physical_ranges) / sizeof(physical_ranges[0]));
}

/* A bus has 32 devices of 8 functions with 4 KiB each: 1 MiB (PCI Express Base Specification 3.0,
 * 7.2.2). The boundary promises buses 0 to 15. */
static void configuration_space_holds_sixteen_buses(void **state)
{
	assert_int_equal(PLAT_ECAM_END - PLAT_ECAM_BASE, 16 * 32 * 8 * PAGE);
}

/* The linear map covers the hole and what lies above it: both must fit below the next range. */
static void ram_of_64_gib_fits_below_the_next_range(void **state)
{
	assert_true(PLAT_RAM_BASE + PLAT_RAM_HIGH + 64 * GIB <= PLAT_PIO_BASE);
}

/* Blocks of every size class, so that the heap has been where it goes. */
static void use_the_heap(void *block[HEAP_BLOCKS])
{
	for (unsigned i = 0; i < HEAP_BLOCKS; i++) {
		block[i] = malloc((size_t)1 << i % HEAP_SIZES);
		assert_non_null(block[i]);
	}
}

/* Nothing of this process lies in a range: libraries, heap, stack, the sanitizer's shadow. */
static void nothing_of_the_process_lies_there(void **state)
{
	void *block[HEAP_BLOCKS];
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long from, to;
	char line[512];
	unsigned lines = 0;

	assert_non_null(maps);
	use_the_heap(block);
	while (fgets(line, sizeof(line), maps)) {
		assert_int_equal(sscanf(line, "%lx-%lx", &from, &to), 2);
		for (size_t i = 0; i < sizeof(virtual_ranges) / sizeof(virtual_ranges[0]); i++)
			if (from < virtual_ranges[i].to && to > virtual_ranges[i].from)
				fail_msg("%s holds %s", virtual_ranges[i].name, line);
		lines++;
	}
	fclose(maps);
	for (unsigned i = 0; i < HEAP_BLOCKS; i++)
		free(block[i]);
	assert_true(lines > 3);
}

/* The whole of each range is free. */
static void each_range_can_be_mapped(void **state)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;

	for (size_t i = 0; i < sizeof(virtual_ranges) / sizeof(virtual_ranges[0]); i++) {
		uint64_t bytes = virtual_ranges[i].to - virtual_ranges[i].from;
		void *want = (void *)virtual_ranges[i].from;
		void *at = mmap(want, bytes, PROT_NONE, flags, -1, 0);

		if (at != want)
			fail_msg("%s cannot be mapped", virtual_ranges[i].name);
		assert_int_equal(munmap(at, bytes), 0);
	}
}

static struct mem_cfg ram(uint64_t bytes)
{
	return (struct mem_cfg){ .bytes = bytes, .base = PLAT_RAM_BASE,
				 .low_end = PLAT_RAM_LOW_END, .high = PLAT_RAM_HIGH };
}

/* Small RAM, RAM around the hole, and again after it was given back: always the same place. */
static void simulated_ram_lies_at_its_address_every_time(void **state)
{
	const uint64_t sizes[] = { 16 * MIB, 256 * MIB, 256 * MIB, 5 * GIB };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct mem_cfg cfg = ram(sizes[i]);
		struct sim sim = { 0 };
		struct mem *mem;

		if (mem_create(&mem, &sim, &cfg) != SIM_OK)
			fail_msg("%llu bytes: %s", (unsigned long long)sizes[i], sim.error);
		assert_ptr_equal(mem_at(mem, 0, PAGE), (void *)PLAT_RAM_BASE);
		*(volatile uint64_t *)PLAT_RAM_BASE = 0x0123456789abcdefull;
		if (sizes[i] > PLAT_RAM_LOW_END) {
			void *high = (void *)(PLAT_RAM_BASE + PLAT_RAM_HIGH);

			assert_ptr_equal(mem_at(mem, PLAT_RAM_HIGH, PAGE), high);
		}
		mem_destroy(mem);
	}
}

static void a_second_machine_is_refused_not_moved(void **state)
{
	struct mem_cfg cfg = ram(16 * MIB);
	struct mem *mem, *second = NULL;
	struct sim sim = { 0 };

	assert_int_equal(mem_create(&mem, &sim, &cfg), SIM_OK);
	assert_int_equal(mem_create(&second, &sim, &cfg), SIM_ERR_HOST);
	assert_null(second);
	assert_true(strlen(sim.error) > 0);
	mem_destroy(mem);
}

/* As the kernel does with vmalloc areas, and processes with their windows: the same pages again. */
static void aliases_lie_in_vmalloc_and_user_windows(void **state)
{
	const uint64_t va[] = { PLAT_VMALLOC_BASE, PLAT_VMALLOC_END - PAGE, PLAT_USER_BASE };
	struct mem_cfg cfg = ram(16 * MIB);
	struct sim sim = { 0 };
	struct mem *mem;

	assert_int_equal(mem_create(&mem, &sim, &cfg), SIM_OK);
	for (unsigned i = 0; i < 3; i++) {
		if (mem_alias(mem, va[i], i * PAGE, PAGE) != SIM_OK)
			fail_msg("0x%llx: %s", (unsigned long long)va[i], sim.error);
		*(volatile uint64_t *)va[i] = i + 1;
		assert_int_equal(*(volatile uint64_t *)(PLAT_RAM_BASE + i * PAGE), i + 1);
		mem_unalias(mem, va[i], PAGE);
	}
	mem_destroy(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(virtual_ranges_do_not_overlap),
		cmocka_unit_test(physical_ranges_do_not_overlap),
		cmocka_unit_test(configuration_space_holds_sixteen_buses),
		cmocka_unit_test(ram_of_64_gib_fits_below_the_next_range),
		cmocka_unit_test(nothing_of_the_process_lies_there),
		cmocka_unit_test(each_range_can_be_mapped),
		cmocka_unit_test(simulated_ram_lies_at_its_address_every_time),
		cmocka_unit_test(a_second_machine_is_refused_not_moved),
		cmocka_unit_test(aliases_lie_in_vmalloc_and_user_windows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
