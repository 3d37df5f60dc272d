/* SPDX-License-Identifier: MIT */
/* Registers that read wrongly, and a device that is gone. */
#include <doorbell/test.h>

#define START ((struct at){ 0 })
#define KIB 1024u

static void receives(struct rig *rig)
{
	uint64_t before = rig_received(rig, "eth0");

	EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", dur_ms(3000)));
	rig_wire_burst(rig, rig_now(rig), 20, 64, dur_us(2));
	rig_run(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_received(rig, "eth0"), before + 20);
}

/* ixgbe_check_remove: a register of all ones is read again if STATUS is not all ones. */
SIM_TEST(ixgbe_fault, all_ones_once_are_read_again, .scenario = "nic.toml", .no_explore = 1)
{
	rig_fault(rig, "eth0", "kind=read-ones count=0 probability=15");
	rig_run(rig, dur_ms(4500));
	EXPECT_GE(rig, rig_stat(rig, "faults.injected"), 5);
	EXPECT_NO_LOG(rig, "Adapter removed");
	receives(rig);
}

/* STATUS (8h) of all ones six times in a row: the adapter counts as removed. */
SIM_TEST(ixgbe_fault, status_of_all_ones_is_a_removal, .scenario = "nic.toml", .no_explore = 1)
{
	rig_fault(rig, "eth0", "kind=read-ones register=0x4074");
	rig_fault(rig, "eth0", "kind=read-ones register=0x8 count=5");
	rig_run(rig, dur_ms(4500));
	EXPECT_LOG(rig, "Adapter removed");
	EXPECT_EQ(rig, rig_unbind(rig, "eth0"), 0);
}

/* The same by PCIe errors: what ends a core's read gives it all ones. */
SIM_TEST(ixgbe_fault, failed_register_reads_are_done_again, .scenario = "nic.toml",
	 .no_explore = 1)
{
	rig_fault(rig, "eth0", "kind=pcie-unsupported access=register count=4");
	rig_fault(rig, "eth0", "kind=pcie-abort access=register after=6 count=1");
	rig_fault(rig, "eth0", "kind=pcie-timeout access=register after=10 count=1");
	rig_fault(rig, "eth0", "kind=pcie-poisoned access=register after=14 count=1");
	rig_run(rig, dur_ms(4500));
	EXPECT_EQ(rig, rig_stat(rig, "faults.injected"), 7);
	EXPECT_NO_LOG(rig, "Adapter removed");
	receives(rig);
}

/* Statistics are believed; nothing else depends on them. */
SIM_TEST(ixgbe_fault, garbage_in_a_counter_is_shown, .scenario = "nic.toml", .no_explore = 1)
{
	rig_fault(rig, "eth0", "kind=read-garbage register=0x4000 count=1");
	rig_run(rig, dur_ms(2500));
	EXPECT_EQ(rig, rig_stat(rig, "faults.injected"), 1);
	EXPECT_GT(rig, rig_counter(rig, "eth0", "rx_crc_errors"), 0);
	receives(rig);
}

/* LINKS (42a4h) says "up" for ever: the driver does not see that the link is gone, sends into the
 * void, and its hang check resets the adapter. */
SIM_TEST(ixgbe_fault, stuck_link_register_hides_a_lost_link, .scenario = "nic.toml",
	 .no_explore = 1)
{
	rig_fault(rig, "eth0", "kind=read-stuck register=0x42a4 count=0");
	EXPECT_EQ(rig, rig_negotiate(rig, "eth0"), 0);
	EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", dur_ms(5000)));
	rig_fault(rig, "eth0", "kind=link-down delay=4s");
	rig_run(rig, dur_ms(3000));
	EXPECT_TRUE(rig, rig_carrier(rig, "eth0"));
	rig_run(rig, dur_ms(4000));
	receives(rig);
}

/* ixgbe takes all ones for a removed adapter (ixgbe_remove_adapter). */
SIM_TEST(ixgbe_fault, surprise_removal_ends_in_unbind, .scenario = "nic.toml", .no_explore = 1)
{
	rig_wire_flows(rig, "eth0", START, 2000, 64, dur_us(1), 8);
	rig_run(rig, dur_us(300));
	rig_fault(rig, "eth0", "kind=removed");
	rig_run(rig, dur_ms(3000));
	EXPECT_LOG(rig, "Adapter removed");
	EXPECT_EQ(rig, rig_unbind(rig, "eth0"), 0);
}

/* CSTS (1ch) of all ones when an I/O is overdue: reset, and done again (nvme_warn_reset). */
SIM_TEST(nvme_fault, status_of_all_ones_ends_in_a_reset, .scenario = "ssd.toml", .no_explore = 1)
{
	uint64_t wrong = 1;

	rig_fault(rig, "nvme0", "kind=no-completion");
	rig_fault(rig, "nvme0", "kind=read-ones register=0x1c");
	EXPECT_EQ(rig, rig_read(rig, "nvme0", 0, 4 * KIB, &wrong), 0);
	EXPECT_EQ(rig, wrong, 0);
	EXPECT_LOG(rig, "controller is down; will reset: CSTS=0xffffffff");
}

/* CSTS never says that the controller is off: the reset gives up and the device is disabled. */
SIM_TEST(nvme_fault, stuck_status_ends_in_a_dead_controller, .scenario = "ssd.toml",
	 .no_explore = 1)
{
	rig_fault(rig, "nvme0", "kind=read-stuck register=0x1c count=0");
	rig_sysfs(rig, "class/nvme/nvme0/reset_controller", "1");
	EXPECT_LOG(rig, "Device not ready; aborting");
	EXPECT_LT(rig, rig_read(rig, "nvme0", 0, 4 * KIB, 0), 0);
}

/* Garbage while the controller is disabled: whatever it says for a while, the reset succeeds or
 * gives up; nothing else happens. */
SIM_TEST(nvme_fault, garbage_in_the_status_is_survived, .scenario = "ssd.toml", .seed_count = 4,
	 .no_explore = 1)
{
	rig_fault(rig, "nvme0", "kind=read-garbage register=0x1c count=3");
	rig_sysfs(rig, "class/nvme/nvme0/reset_controller", "1");
	rig_run(rig, dur_ms(100));
	rig_read(rig, "nvme0", 0, 4 * KIB, 0);
	EXPECT_GE(rig, rig_stat(rig, "faults.injected"), 1);
}

/* nvme_timeout sees all ones, the reset fails, the callers get their error. */
SIM_TEST(nvme_fault, surprise_removal_fails_what_is_under_way, .scenario = "ssd.toml",
	 .no_explore = 1)
{
	unsigned ticket[4];

	rig_fault(rig, "nvme0", "kind=removed");
	for (unsigned i = 0; i < 4; i++)
		ticket[i] = rig_begin(rig, RIG_READ, "nvme0", i % 2, (uint64_t)i << 16, 4 * KIB, 0);
	for (unsigned i = 0; i < 4; i++)
		EXPECT_LT(rig, rig_wait(rig, ticket[i]), 0);
	EXPECT_LOG(rig, "CSTS=0xffffffff");
	EXPECT_EQ(rig, rig_unbind(rig, "nvme0"), 0);
}

/* Tails of queue pair 1 (1008h) and of transmit queue 0 (6018h). The next doorbell covers the entry
 * whose own was lost; in between the ring holds work that the device does not know of. */
SIM_TEST(nvme_fault, lost_doorbell_is_made_up_for_by_the_next, .scenario = "ssd.toml",
	 .no_explore = 1, .allow = "doorbell.missing")
{
	uint64_t wrong = 1;
	unsigned first;

	rig_fault(rig, "nvme0", "kind=write-lost register=0x1008");
	first = rig_begin(rig, RIG_READ, "nvme0", 0, 0, 4 * KIB, 0);
	rig_run(rig, dur_ms(5));
	EXPECT_TRUE(rig, !rig_done(rig, first));
	EXPECT_EQ(rig, rig_stat(rig, "rules.breaches"), 1);
	EXPECT_EQ(rig, rig_read(rig, "nvme0", 1 << 20, 4 * KIB, &wrong), 0);
	EXPECT_EQ(rig, rig_wait(rig, first), 0);
	EXPECT_EQ(rig, wrong, 0);
	EXPECT_NO_LOG(rig, "timeout");
	EXPECT_EQ(rig, rig_stat(rig, "rules.breaches"), 1);
}

/* nvme_timeout: there is nothing to abort in the controller, so a reset ends it. */
SIM_TEST(nvme_fault, lost_last_doorbell_ends_in_a_retry, .scenario = "ssd.toml", .no_explore = 1,
	 .allow = "doorbell.missing")
{
	uint64_t wrong = 1;

	rig_fault(rig, "nvme0", "kind=write-lost register=0x1008");
	EXPECT_EQ(rig, rig_read(rig, "nvme0", 0, 4 * KIB, &wrong), 0);
	EXPECT_EQ(rig, wrong, 0);
	EXPECT_LOG(rig, "timeout");
}

SIM_TEST(ixgbe_fault, lost_doorbell_is_made_up_for_by_the_next, .scenario = "nic.toml",
	 .set = { "iommu.mode=\"strict\"" }, .no_explore = 1, .allow = "doorbell.missing")
{
	EXPECT_EQ(rig, rig_send(rig, "eth0", 1, 100), 0);
	rig_fault(rig, "eth0", "kind=write-lost register=0x6018");
	EXPECT_EQ(rig, rig_send(rig, "eth0", 1, 100), 0);
	rig_run(rig, dur_ms(5));
	EXPECT_EQ(rig, rig_sent(rig, "eth0"), 1);
	EXPECT_EQ(rig, rig_stat(rig, "rules.breaches"), 1);
	EXPECT_EQ(rig, rig_send(rig, "eth0", 1, 100), 0);
	rig_run(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_sent(rig, "eth0"), 3);
	EXPECT_EQ(rig, rig_stat(rig, "rules.breaches"), 1);
}
