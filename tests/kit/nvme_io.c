/* SPDX-License-Identifier: MIT */
/* nvme: what is written is read, in whatever pieces, translated, bounced, after resets. */
#include <doorbell/test.h>

#define KIB 1024u

static void right(struct rig *rig, uint64_t offset, unsigned bytes)
{
	uint64_t wrong = 1;

	EXPECT_EQ(rig, rig_read(rig, "nvme0", offset, bytes, &wrong), 0);
	EXPECT_EQ(rig, wrong, 0);
}

static void write_and_read(struct rig *rig)
{
	static const unsigned bytes[] = { 512, 4 * KIB, 8 * KIB, 12 * KIB, 64 * KIB, 128 * KIB,
					  1024 * KIB };

	for (unsigned i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		uint64_t offset = (uint64_t)i << 21;

		right(rig, offset, bytes[i]);
		EXPECT_EQ(rig, rig_write(rig, "nvme0", offset, bytes[i]), 0);
		right(rig, offset, bytes[i]);
	}
	EXPECT_EQ(rig, rig_flush(rig, "nvme0"), 0);
}

SIM_TEST(nvme_io, what_is_written_is_read, .scenario = "ssd.toml")
{
	write_and_read(rig);
}

SIM_TEST(nvme_io, bounced, .scenario = "ssd.toml", .set = { "dma.bounce=\"force\"" })
{
	write_and_read(rig);
}

SIM_TEST(nvme_io, translated_strictly, .scenario = "ssd.toml",
	 .set = { "iommu.mode=\"strict\"" })
{
	write_and_read(rig);
	EXPECT_EQ(rig, rig_stat(rig, "iommu.faults"), 0);
}

SIM_TEST(nvme_io, many_at_a_time, .scenario = "ssd.toml")
{
	unsigned ticket[60];
	uint64_t wrong;

	for (unsigned i = 0; i < 60; i++)
		ticket[i] = rig_begin(rig, i % 3 ? RIG_READ : RIG_WRITE, "nvme0", i % 2,
				      (uint64_t)(i / 3) << 16, 16 * KIB, 0);
	for (unsigned i = 0; i < 60; i++) {
		EXPECT_EQ(rig, rig_wait_value(rig, ticket[i], &wrong), 0);
		EXPECT_EQ(rig, wrong, 0);
	}
}

SIM_TEST(nvme_admin, driver_leaves_and_comes_back, .scenario = "ssd.toml")
{
	EXPECT_EQ(rig, rig_write(rig, "nvme0", 0, 64 * KIB), 0);
	EXPECT_EQ(rig, rig_unbind(rig, "nvme0"), 0);
	EXPECT_EQ(rig, rig_bind(rig, "nvme0"), 0);
	right(rig, 0, 64 * KIB);
}

SIM_TEST(nvme_admin, controller_reset_under_io, .scenario = "ssd.toml", .no_explore = 1)
{
	unsigned ticket[12], reset;

	for (unsigned i = 0; i < 6; i++)
		ticket[i] = rig_begin(rig, RIG_READ, "nvme0", i % 2, (uint64_t)i << 20,
				      128 * KIB, 0);
	reset = rig_begin_sysfs(rig, 0, "class/nvme/nvme0/reset_controller", "1");
	for (unsigned i = 0; i < 6; i++)
		EXPECT_EQ(rig, rig_wait(rig, ticket[i]), 0);
	EXPECT_EQ(rig, rig_wait(rig, reset), 0);
	right(rig, 0, 64 * KIB);
}

/* Taken away in order and found again: what was under way ends, well or with an error, and what was
 * written is there (nvme_remove, nvme_probe). */
SIM_TEST(nvme_admin, removal_under_io_and_rescan, .scenario = "ssd.toml", .no_explore = 1)
{
	unsigned ticket[12], remove;

	EXPECT_EQ(rig, rig_write(rig, "nvme0", 0, 64 * KIB), 0);
	for (unsigned i = 0; i < 6; i++)
		ticket[i] = rig_begin(rig, RIG_READ, "nvme0", i % 2, (uint64_t)i << 20,
				      128 * KIB, 0);
	remove = rig_begin_sysfs(rig, 0, "bus/pci/devices/0000:00:01.0/remove", "1");
	for (unsigned i = 0; i < 6; i++)
		EXPECT_LE(rig, rig_wait(rig, ticket[i]), 0);
	EXPECT_EQ(rig, rig_wait(rig, remove), 0);
	EXPECT_LT(rig, rig_read(rig, "nvme0", 0, 4 * KIB, 0), 0);
	EXPECT_EQ(rig, rig_sysfs(rig, "bus/pci/rescan", "1"), 0);
	rig_run(rig, dur_us(100000));
	right(rig, 0, 64 * KIB);
}
