/* SPDX-License-Identifier: MIT */
/* nvme between failures: commands that time out, resets that meet each other, a device or a driver
 * that leaves in the middle. Timeouts are short, as a user may set them. */
#include <doorbell/test.h>

#define KIB 1024u
#define NO_DEVICE (-19)   /* ENODEV */
#define SHORT "host.cmdline=\"nvme_core.io_timeout=1 nvme_core.admin_timeout=1\""

static void right(struct rig *rig, uint64_t offset, unsigned bytes)
{
	uint64_t wrong = 1;

	EXPECT_EQ(rig, rig_read(rig, "nvme0", offset, bytes, &wrong), 0);
	EXPECT_EQ(rig, wrong, 0);
}

static void begin(struct rig *rig, unsigned *ticket, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		ticket[i] = rig_begin(rig, i & 1 ? RIG_WRITE : RIG_READ, "nvme0", i % 2,
				      (uint64_t)i << 20, 96 * KIB, 0);
}

static void all_good(struct rig *rig, const unsigned *ticket, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		EXPECT_EQ(rig, rig_wait(rig, ticket[i]), 0);
}

/* The first timeout aborts the command, the second resets the controller. */
SIM_TEST(nvme_recovery, lost_commands_are_done_again, .scenario = "ssd.toml", .set = { SHORT })
{
	unsigned ticket[6];

	rig_fault(rig, "nvme0", "kind=no-completion count=2 after=1");
	begin(rig, ticket, 6);
	all_good(rig, ticket, 6);
	right(rig, 0, 64 * KIB);
}

SIM_TEST(nvme_recovery, resets_meet_timeouts, .scenario = "ssd.toml", .set = { SHORT },
	 .seed_count = 2)
{
	unsigned ticket[6], reset[3];

	rig_fault(rig, "nvme0", "kind=no-completion count=1");
	begin(rig, ticket, 6);
	rig_run(rig, dur_us(998000 + rig_random(rig, 30000)));
	for (unsigned i = 0; i < 2; i++) {
		reset[i] = rig_begin_sysfs(rig, i, "class/nvme/nvme0/reset_controller", "1");
		rig_run(rig, dur_us(rig_random(rig, 3000)));
	}
	for (unsigned i = 0; i < 2; i++)
		rig_wait(rig, reset[i]);
	all_good(rig, ticket, 6);
	right(rig, 0, 64 * KIB);
}

/* The second failure comes while the reset of the first is at work; the driver may give up then. */
SIM_TEST(nvme_recovery, failures_during_a_reset, .scenario = "ssd.toml", .set = { SHORT },
	 .seed_count = 4)
{
	unsigned ticket[6], reset;

	begin(rig, ticket, 6);
	reset = rig_begin_sysfs(rig, 0, "class/nvme/nvme0/reset_controller", "1");
	rig_run(rig, dur_us(1 + rig_random(rig, 4000)));
	rig_pci_error(rig, "nvme0", 2);
	rig_wait(rig, reset);
	for (unsigned i = 0; i < 6; i++)
		rig_wait(rig, ticket[i]);
	rig_run(rig, dur_ms(50));
	if (rig_read(rig, "nvme0", 0, 4 * KIB, 0) != NO_DEVICE)
		right(rig, 0, 64 * KIB);
}

SIM_TEST(nvme_recovery, driver_leaves_during_a_reset, .scenario = "ssd.toml", .set = { SHORT },
	 .seed_count = 3)
{
	unsigned ticket[4], reset, unbind;

	begin(rig, ticket, 4);
	reset = rig_begin_sysfs(rig, 0, "class/nvme/nvme0/reset_controller", "1");
	rig_run(rig, dur_us(1 + rig_random(rig, 4000)));
	unbind = rig_begin(rig, RIG_UNBIND, "nvme0", 1, 0, 0, 0);
	rig_wait(rig, reset);
	EXPECT_EQ(rig, rig_wait(rig, unbind), 0);
	for (unsigned i = 0; i < 4; i++)
		rig_wait(rig, ticket[i]);
	EXPECT_EQ(rig, rig_bind(rig, "nvme0"), 0);
	right(rig, 0, 64 * KIB);
}

SIM_TEST(nvme_recovery, driver_leaves_under_io, .scenario = "ssd.toml",
	 .set = { "iommu.mode=\"strict\"" })
{
	unsigned ticket[6];

	begin(rig, ticket, 6);
	rig_run(rig, dur_us(rig_random(rig, 60)));
	EXPECT_EQ(rig, rig_unbind(rig, "nvme0"), 0);
	for (unsigned i = 0; i < 6; i++)
		rig_wait(rig, ticket[i]);
	EXPECT_EQ(rig, rig_bind(rig, "nvme0"), 0);
	right(rig, 0, 64 * KIB);
}

SIM_TEST(nvme_recovery, device_leaves_under_io, .scenario = "ssd.toml", .set = { SHORT },
	 .no_explore = 1)
{
	unsigned ticket[6];

	begin(rig, ticket, 6);
	rig_run(rig, dur_us(20));
	rig_fault(rig, "nvme0", "kind=removed");
	for (unsigned i = 0; i < 6; i++)
		rig_wait(rig, ticket[i]);
	EXPECT_EQ(rig, rig_unbind(rig, "nvme0"), 0);
}

/* Retryable and final errors, among commands that succeed. */
SIM_TEST(nvme_recovery, errors_hit_the_right_command, .scenario = "ssd.toml")
{
	unsigned ticket[12], bad = 0;

	rig_fault(rig, "nvme0", "kind=status value=0x4281 count=2 after=3");
	for (unsigned i = 0; i < 12; i++)
		ticket[i] = rig_begin(rig, RIG_READ, "nvme0", i % 2, (uint64_t)i << 20, 8 * KIB, 0);
	for (unsigned i = 0; i < 12; i++)
		bad += rig_wait(rig, ticket[i]) != 0;
	EXPECT_EQ(rig, bad, 2);
	for (unsigned i = 0; i < 12; i++)
		right(rig, (uint64_t)i << 20, 8 * KIB);
}

/* Each allocation of a reset fails once: it is given up or done without, and nothing leaks. */
SIM_TEST(nvme_recovery, failed_memory_in_a_reset, .scenario = "ssd.toml", .no_explore = 1)
{
	static const char *const fault[] = { "kind=dma-alloc count=1", "kind=dma-alloc count=1 after=1",
					     "kind=dma-alloc count=1 after=2",
					     "kind=alloc count=1", "kind=alloc count=1 after=2" };

	for (unsigned i = 0; i < sizeof(fault) / sizeof(fault[0]); i++) {
		rig_unbind(rig, "nvme0");
		rig_fault(rig, "nvme0", fault[i]);
		rig_bind(rig, "nvme0");
		rig_run(rig, dur_ms(20));
	}
	rig_unbind(rig, "nvme0");
	EXPECT_EQ(rig, rig_bind(rig, "nvme0"), 0);
	right(rig, 0, 64 * KIB);
}
