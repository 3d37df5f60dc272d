/* SPDX-License-Identifier: MIT */
/* The device in Verilog and its driver: what is copied arrives whole, and nothing else changes. */
#include <doorbell/test.h>

#include <stdio.h>
#include <string.h>

#define DEVICE "bus/pci/devices/0000:00:01.0/"
#define SHOWN  4095u      /* of the target buffer: a page, less a NUL */

static long copy(struct rig *rig, unsigned bytes)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", bytes);
	return rig_sysfs(rig, DEVICE "copy", text);
}

/* `bytes` of the text, repeated, then zeros. */
static void expect_target(struct rig *rig, const char *text, unsigned bytes)
{
	static char target[SHOWN + 1];
	unsigned wrong = 0;

	EXPECT_EQ(rig, rig_sysfs_read(rig, DEVICE "target", target, sizeof(target)), SHOWN);
	for (unsigned i = 0; i < SHOWN; i++)
		wrong += target[i] != (i < bytes ? text[i % strlen(text)] : 0);
	EXPECT_EQ(rig, wrong, 0);
}

static void copy_all_lengths(struct rig *rig)
{
	static const unsigned bytes[] = { 8, 16, 64, 200, 1024, 4088 };

	for (unsigned i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		char text[64];

		snprintf(text, sizeof(text), "copy number %u, %llx. ", i,
			 (unsigned long long)rig_random(rig, 1ull << 60));
		EXPECT_EQ(rig, rig_sysfs(rig, DEVICE "source", text), 0);
		EXPECT_EQ(rig, copy(rig, bytes[i]), 0);
		expect_target(rig, text, bytes[i]);
	}
}

SIM_TEST(dma_copy, what_is_copied_arrives, .scenario = "machine.toml")
{
	copy_all_lengths(rig);
	EXPECT_GE(rig, rig_stat(rig, "copy0.irq.count"), 6);
}

/* Bus addresses are not those of memory then; nothing else is mapped. */
SIM_TEST(dma_copy, translated_strictly, .scenario = "machine.toml",
	 .set = { "iommu.mode=\"strict\"" })
{
	copy_all_lengths(rig);
	EXPECT_EQ(rig, rig_stat(rig, "iommu.faults"), 0);
}

SIM_TEST(dma_copy, with_another_clock, .scenario = "machine.toml",
	 .set = { "device.copy0.options=\"clock=250MHz\"" })
{
	copy_all_lengths(rig);
}

/* The kernel's pages are then beyond 4 GiB: both words of an address count. */
SIM_TEST(dma_copy, in_a_large_memory, .scenario = "machine.toml",
	 .set = { "host.memory=\"8GiB\"" })
{
	copy_all_lengths(rig);
}

SIM_TEST(dma_copy, lengths_that_it_cannot_copy_are_refused, .scenario = "machine.toml")
{
	EXPECT_EQ(rig, copy(rig, 0), -22);
	EXPECT_EQ(rig, copy(rig, 12), -22);
	EXPECT_EQ(rig, copy(rig, 65544), -22);
}

/* A read that leads nowhere is answered with an error, which ends in the caller's; the next copy is
 * good again. */
SIM_TEST(dma_copy, memory_that_is_not_there_is_an_error, .scenario = "machine.toml",
	 .allow = "dma.*")
{
	rig_fault(rig, "copy0", "kind=dma-astray value=0x4000000000 count=1");
	EXPECT_EQ(rig, copy(rig, 256), -5);
	copy_all_lengths(rig);
}

/* The driver looks after half a second; later copies have their interrupts again. */
SIM_TEST(dma_copy, lost_interrupt_is_made_up_for, .scenario = "machine.toml", .no_explore = 1)
{
	rig_fault(rig, "copy0", "kind=irq-lost count=1");
	EXPECT_EQ(rig, copy(rig, 64), 0);
	EXPECT_LOG(rig, "no interrupt came");
	copy_all_lengths(rig);
}

SIM_TEST(dma_copy, driver_leaves_and_comes_back, .scenario = "machine.toml")
{
	EXPECT_EQ(rig, copy(rig, 64), 0);
	EXPECT_EQ(rig, rig_unbind(rig, "copy0"), 0);
	EXPECT_NE(rig, copy(rig, 64), 0);
}
