/* SPDX-License-Identifier: MIT */
/* nvme and a device that forgets a command, or is gone. */
#include <doorbell/test.h>

#define KIB 1024u

/* Until the command's 30 s are over, then those of the abort: the controller is reset, and all that
 * was under way is done again (nvme_timeout, nvme_reset_work). */
SIM_TEST(nvme_fault, forgotten_write_is_aborted_then_the_controller_reset, .scenario = "ssd.toml",
	 .no_explore = 1)
{
	unsigned ticket[4];
	uint64_t wrong = 1;

	rig_fault(rig, "nvme0", "kind=no-completion after=2");
	for (unsigned i = 0; i < 4; i++)
		ticket[i] = rig_begin(rig, RIG_WRITE, "nvme0", i % 2, (uint64_t)i << 20,
				      64 * KIB, 0);
	for (unsigned i = 0; i < 4; i++)
		EXPECT_EQ(rig, rig_wait(rig, ticket[i]), 0);
	EXPECT_LOG(rig, "timeout, aborting");
	EXPECT_LOG(rig, "Abort status: 0x0");
	EXPECT_LOG(rig, "timeout, reset controller");
	EXPECT_GE(rig, rig_now(rig).ps, 60ull * 1000000000000);
	for (unsigned i = 0; i < 4; i++) {
		EXPECT_EQ(rig, rig_read(rig, "nvme0", (uint64_t)i << 20, 64 * KIB, &wrong), 0);
		EXPECT_EQ(rig, wrong, 0);
	}
}

/* Pulled out under I/O: nobody says so, the driver finds out at the timeout. What was under way
 * ends with an error, and the dead device can be taken away. */
SIM_TEST(nvme_fault, surprise_removal_ends_io_with_errors, .scenario = "ssd.toml", .no_explore = 1)
{
	unsigned ticket[4];

	rig_fault(rig, "nvme0", "kind=removed after=1");
	for (unsigned i = 0; i < 4; i++)
		ticket[i] = rig_begin(rig, RIG_READ, "nvme0", i % 2, (uint64_t)i << 20,
				      64 * KIB, 0);
	for (unsigned i = 0; i < 4; i++)
		EXPECT_LT(rig, rig_wait(rig, ticket[i]), 0);
	EXPECT_LT(rig, rig_read(rig, "nvme0", 0, 4 * KIB, 0), 0);
	EXPECT_EQ(rig, rig_sysfs(rig, "bus/pci/devices/0000:00:01.0/remove", "1"), 0);
	EXPECT_LT(rig, rig_read(rig, "nvme0", 0, 4 * KIB, 0), 0);
}
