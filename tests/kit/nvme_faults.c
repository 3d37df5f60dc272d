/* SPDX-License-Identifier: MIT */
/* What nvme does when the controller or its surroundings misbehave. */
#include <doorbell/test.h>

#define KIB 1024u

/* 281h: Unrecovered Read Error. The block layer reports it to the caller, without a retry that
 * helps (nvme_error_status: BLK_STS_MEDIUM, -ENODATA). */
SIM_TEST(nvme_fault, media_error_reaches_the_caller, .scenario = "ssd.toml")
{
	rig_fault(rig, "nvme0", "kind=status value=0x4281 count=1");
	EXPECT_EQ(rig, rig_read(rig, "nvme0", 0, 4 * KIB, 0), -61);
	EXPECT_EQ(rig, rig_read(rig, "nvme0", 0, 4 * KIB, 0), 0);
}

/* After 30 s the driver looks into the queue, then aborts the command, then resets the controller;
 * the I/O is done again and succeeds (nvme_timeout). */
SIM_TEST(nvme_fault, lost_completion_ends_in_a_retry, .scenario = "ssd.toml", .no_explore = 1)
{
	uint64_t wrong = 1;

	rig_fault(rig, "nvme0", "kind=no-completion");
	EXPECT_EQ(rig, rig_read(rig, "nvme0", 0, 4 * KIB, &wrong), 0);
	EXPECT_EQ(rig, wrong, 0);
	EXPECT_LOG(rig, "timeout");
	EXPECT_GE(rig, rig_now(rig).ps, 30ull * 1000000000000);
}

/* The driver finds the entry when the I/O is overdue (nvme_poll_irqdisable in nvme_timeout). */
SIM_TEST(nvme_fault, lost_interrupt_is_found_by_the_timeout, .scenario = "ssd.toml",
	 .no_explore = 1)
{
	rig_fault(rig, "nvme0", "kind=irq-lost");
	EXPECT_EQ(rig, rig_read(rig, "nvme0", 0, 4 * KIB, 0), 0);
	EXPECT_LOG(rig, "completion polled");
}

/* nvme_find_rq refuses ids that are not in use or of another generation. */
SIM_TEST(nvme_fault, wrong_command_id_is_refused, .scenario = "ssd.toml", .no_explore = 1)
{
	uint64_t wrong = 1;

	rig_fault(rig, "nvme0", "kind=wrong-id value=0x1000");
	EXPECT_EQ(rig, rig_read(rig, "nvme0", 0, 4 * KIB, &wrong), 0);
	EXPECT_EQ(rig, wrong, 0);
	EXPECT_LOG(rig, "genctr mismatch");
}

SIM_TEST(nvme_fault, duplicated_completion_is_refused, .scenario = "ssd.toml")
{
	rig_fault(rig, "nvme0", "kind=completion-twice count=1 after=2");
	for (unsigned i = 0; i < 8; i++)
		EXPECT_EQ(rig, rig_read(rig, "nvme0", (uint64_t)i << 16, 4 * KIB, 0), 0);
}

/* Calls that fail for want of memory are done again by the block layer, nothing leaks: bounce
 * buffers would run out. */
SIM_TEST(nvme_fault, failed_mappings_leak_nothing, .scenario = "ssd.toml",
	 .set = { "dma.bounce=\"force\"", "host.cmdline=\"swiotlb=2048,force\"" })
{
	uint64_t wrong = 1;

	rig_fault(rig, "nvme0", "kind=dma-alloc count=0 probability=50");
	for (unsigned i = 0; i < 60; i++) {
		EXPECT_EQ(rig, rig_read(rig, "nvme0", (uint64_t)i << 17, 128 * KIB, &wrong), 0);
		EXPECT_EQ(rig, wrong, 0);
	}
	EXPECT_NO_LOG(rig, "swiotlb buffer is full");
}

SIM_TEST(nvme_fault, failed_dma_maps_are_tried_again, .scenario = "ssd.toml")
{
	rig_fault(rig, "nvme0", "kind=dma-map count=5 after=3");
	for (unsigned i = 0; i < 12; i++)
		EXPECT_EQ(rig, rig_read(rig, "nvme0", (uint64_t)i << 17, 64 * KIB, 0), 0);
}
