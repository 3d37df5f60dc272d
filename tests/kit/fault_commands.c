/* SPDX-License-Identifier: MIT */
/* NVMe commands that fail, never complete, complete late, twice or under another's name. */
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

/* 06h, Internal Error, without Do Not Retry: five more attempts (nvme_max_retries) hide it. */
SIM_TEST(nvme_fault, passing_errors_are_retried, .scenario = "ssd.toml", .no_explore = 1)
{
	uint64_t wrong = 1;

	rig_fault(rig, "nvme0", "kind=status value=0x6 count=5");
	EXPECT_EQ(rig, rig_read(rig, "nvme0", 0, 4 * KIB, &wrong), 0);
	EXPECT_EQ(rig, wrong, 0);
	rig_fault(rig, "nvme0", "kind=status value=0x6 count=6");
	EXPECT_EQ(rig, rig_read(rig, "nvme0", 0, 4 * KIB, 0), -5);
	EXPECT_EQ(rig, rig_stat(rig, "faults.injected"), 11);
	EXPECT_EQ(rig, rig_stat(rig, "nvme0.cmd.errors"), 11);
	EXPECT_EQ(rig, rig_stat(rig, "nvme0.resets"), 0);
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

/* Commands have no order: those behind a late one come first, each with its own data. */
SIM_TEST(nvme_fault, completions_out_of_order_are_told_apart, .scenario = "ssd.toml",
	 .no_explore = 1)
{
	unsigned ticket[3];
	uint64_t wrong;

	rig_fault(rig, "nvme0", "kind=completion-late delay=1ms");
	for (unsigned i = 0; i < 3; i++)
		ticket[i] = rig_begin(rig, RIG_READ, "nvme0", 0, (uint64_t)i << 20, 8 * KIB, 0);
	rig_run(rig, dur_us(500));
	EXPECT_EQ(rig, rig_done(rig, ticket[0]) + rig_done(rig, ticket[1]) +
			       rig_done(rig, ticket[2]), 2);
	EXPECT_EQ(rig, rig_done(rig, ticket[0]), 0);
	for (unsigned i = 0; i < 3; i++) {
		EXPECT_EQ(rig, rig_wait_value(rig, ticket[i], &wrong), 0);
		EXPECT_EQ(rig, wrong, 0);
	}
}

/* Later than the timeout: aborted in vain, reset, done again; the late entry never comes. */
SIM_TEST(nvme_fault, completion_behind_the_timeout_never_counts, .scenario = "ssd.toml",
	 .no_explore = 1)
{
	uint64_t wrong = 1;

	rig_fault(rig, "nvme0", "kind=completion-late delay=100s");
	EXPECT_EQ(rig, rig_read(rig, "nvme0", 0, 4 * KIB, &wrong), 0);
	EXPECT_EQ(rig, wrong, 0);
	EXPECT_LOG(rig, "timeout, aborting");
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
