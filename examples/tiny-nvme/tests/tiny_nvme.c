/* SPDX-License-Identifier: MIT */
/* tiny-nvme: data in whatever pieces and surroundings, and what it does when the controller
 * misbehaves. */
#include <doorbell/test.h>

#define KIB 1024u
#define SECONDS(n) ((n) * 1000000000000ull)

static void right(struct rig *rig, uint64_t offset, unsigned bytes)
{
	uint64_t wrong = 1;

	EXPECT_EQ(rig, rig_read(rig, "nvme0", offset, bytes, &wrong), 0);
	EXPECT_EQ(rig, wrong, 0);
}

/* One page, two, a list; more than one command. */
static void write_and_read(struct rig *rig)
{
	static const unsigned bytes[] = { 512, 4 * KIB, 8 * KIB, 12 * KIB, 64 * KIB, 256 * KIB,
					  1024 * KIB };

	for (unsigned i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		uint64_t offset = (uint64_t)i << 21;

		right(rig, offset, bytes[i]);
		EXPECT_EQ(rig, rig_write(rig, "nvme0", offset, bytes[i]), 0);
		right(rig, offset, bytes[i]);
	}
	EXPECT_EQ(rig, rig_flush(rig, "nvme0"), 0);
}

static void many_reads(struct rig *rig, unsigned count, unsigned bytes)
{
	unsigned ticket[64];
	uint64_t wrong;

	for (unsigned i = 0; i < count; i++)
		ticket[i] = rig_begin(rig, RIG_READ, "nvme0", i % 2, (uint64_t)i << 20, bytes, 0);
	for (unsigned i = 0; i < count; i++) {
		EXPECT_EQ(rig, rig_wait_value(rig, ticket[i], &wrong), 0);
		EXPECT_EQ(rig, wrong, 0);
	}
}

SIM_TEST(tiny_nvme, what_is_written_is_read, .scenario = "ssd.toml")
{
	EXPECT_LOG(rig, "tnvme0: ");
	write_and_read(rig);
}

SIM_TEST(tiny_nvme, bounced, .scenario = "ssd.toml", .set = { "dma.bounce=\"force\"" })
{
	write_and_read(rig);
}

SIM_TEST(tiny_nvme, translated_strictly, .scenario = "ssd.toml", .set = { "iommu.mode=\"strict\"" })
{
	write_and_read(rig);
	EXPECT_EQ(rig, rig_stat(rig, "iommu.faults"), 0);
}

/* More entries than a queue has. */
SIM_TEST(tiny_nvme, queues_wrap, .scenario = "ssd.toml")
{
	for (unsigned i = 0; i < 4; i++)
		many_reads(rig, 60, 4 * KIB);
}

SIM_TEST(tiny_nvme, driver_leaves_and_comes_back, .scenario = "ssd.toml")
{
	EXPECT_EQ(rig, rig_write(rig, "nvme0", 0, 64 * KIB), 0);
	EXPECT_EQ(rig, rig_unbind(rig, "nvme0"), 0);
	EXPECT_EQ(rig, rig_bind(rig, "nvme0"), 0);
	right(rig, 0, 64 * KIB);
}

SIM_TEST(tiny_nvme, function_reset_under_io, .scenario = "ssd.toml", .no_explore = 1)
{
	unsigned reset = rig_begin(rig, RIG_FUNCTION_RESET, "nvme0", 1, 0, 0, 0);

	many_reads(rig, 8, 128 * KIB);
	EXPECT_EQ(rig, rig_wait(rig, reset), 0);
	right(rig, 0, 64 * KIB);
}

/* 281h: Unrecovered Read Error. */
SIM_TEST(tiny_nvme, media_error_reaches_the_caller, .scenario = "ssd.toml")
{
	rig_fault(rig, "nvme0", "kind=status value=0x4281 count=1");
	EXPECT_EQ(rig, rig_read(rig, "nvme0", 0, 4 * KIB, 0), -61);
	EXPECT_EQ(rig, rig_read(rig, "nvme0", 0, 4 * KIB, 0), 0);
}

SIM_TEST(tiny_nvme, lost_interrupt_is_found_by_the_timeout, .scenario = "ssd.toml",
	 .no_explore = 1)
{
	rig_fault(rig, "nvme0", "kind=irq-lost");
	right(rig, 0, 4 * KIB);
	EXPECT_LOG(rig, "completed without interrupt");
	EXPECT_GE(rig, rig_now(rig).ps, SECONDS(30));
}

/* The reset ends all commands, which are done again. */
SIM_TEST(tiny_nvme, lost_completion_ends_in_a_retry, .scenario = "ssd.toml", .no_explore = 1)
{
	rig_fault(rig, "nvme0", "kind=no-completion");
	right(rig, 0, 4 * KIB);
	EXPECT_LOG(rig, "timed out, the controller is reset");
	many_reads(rig, 20, 64 * KIB);
}

SIM_TEST(tiny_nvme, completion_of_another_id_ends_nothing, .scenario = "ssd.toml",
	 .no_explore = 1)
{
	rig_fault(rig, "nvme0", "kind=wrong-id value=0x1000");
	right(rig, 0, 4 * KIB);
	EXPECT_LOG(rig, "which is not under way");
}

SIM_TEST(tiny_nvme, completion_that_comes_twice_ends_one_request, .scenario = "ssd.toml")
{
	rig_fault(rig, "nvme0", "kind=completion-twice count=1 after=2");
	many_reads(rig, 20, 4 * KIB);
}

SIM_TEST(tiny_nvme, failed_mappings_are_tried_again, .scenario = "ssd.toml")
{
	rig_fault(rig, "nvme0", "kind=dma-map count=5 after=3");
	many_reads(rig, 12, 64 * KIB);
}

/* Errors to the callers, not a hang; and the driver can be taken away. */
SIM_TEST(tiny_nvme, device_that_is_gone_gives_errors, .scenario = "ssd.toml", .no_explore = 1)
{
	right(rig, 0, 4 * KIB);
	rig_fault(rig, "nvme0", "kind=removed");
	EXPECT_NE(rig, rig_read(rig, "nvme0", 0, 4 * KIB, 0), 0);
	EXPECT_LOG(rig, "the controller does not come back");
	EXPECT_EQ(rig, rig_unbind(rig, "nvme0"), 0);
}
