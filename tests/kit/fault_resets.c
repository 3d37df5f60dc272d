/* SPDX-License-Identifier: MIT */
/* Devices that reset themselves or fail, errors that the platform reports, and resets by hand in
 * the middle of whatever is under way. */
#include <doorbell/test.h>

#define START ((struct at){ 0 })
#define KIB 1024u

static void receives(struct rig *rig)
{
	uint64_t before;

	EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", dur_ms(5000)));
	rig_run(rig, dur_ms(1));
	before = rig_received(rig, "eth0");
	rig_wire_flows(rig, "eth0", rig_now(rig), 50, 64, dur_us(2), 8);
	rig_run(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_received(rig, "eth0"), before + 50);
}

static void right(struct rig *rig, uint64_t offset, unsigned bytes)
{
	uint64_t wrong = 1;

	EXPECT_EQ(rig, rig_read(rig, "nvme0", offset, bytes, &wrong), 0);
	EXPECT_EQ(rig, wrong, 0);
}

/* The driver is not told: its rings are off. When the transmit ring is full the stack's watchdog
 * finds that nothing is sent any more, and the adapter is reset (ixgbe_tx_timeout). */
SIM_TEST(ixgbe_fault, device_that_resets_itself_is_found_by_the_watchdog, .scenario = "nic.toml",
	 .set = { "device.eth0.ring=64" }, .no_explore = 1)
{
	unsigned ticket;

	rig_wire_flows(rig, "eth0", START, 300, 64, dur_us(1), 8);
	rig_fault(rig, "eth0", "kind=reset at=150us");
	rig_run(rig, dur_ms(1));
	EXPECT_LT(rig, rig_received(rig, "eth0"), 200);
	ticket = rig_begin(rig, RIG_SEND, "eth0", 0, 80, 1000, 0);
	rig_run(rig, dur_ms(15000));
	EXPECT_LOG(rig, "NETDEV WATCHDOG");
	EXPECT_LOG(rig, "Reset adapter");
	EXPECT_GE(rig, rig_stat(rig, "eth0.resets"), 1);
	EXPECT_EQ(rig, rig_wait(rig, ticket), 0);
	receives(rig);
}

/* I/O times out, the abort has no answer, the controller is reset, everything is done again. */
SIM_TEST(nvme_fault, device_that_resets_itself_is_found_by_the_timeout, .scenario = "ssd.toml",
	 .no_explore = 1)
{
	unsigned ticket[6];
	uint64_t wrong;

	EXPECT_EQ(rig, rig_write(rig, "nvme0", 0, 64 * KIB), 0);
	for (unsigned i = 0; i < 6; i++)
		ticket[i] = rig_begin(rig, RIG_READ, "nvme0", i % 2, (uint64_t)i << 16,
				      64 * KIB, 0);
	rig_fault(rig, "nvme0", "kind=reset");
	for (unsigned i = 0; i < 6; i++) {
		EXPECT_EQ(rig, rig_wait_value(rig, ticket[i], &wrong), 0);
		EXPECT_EQ(rig, wrong, 0);
	}
	EXPECT_LOG(rig, "timeout");
	right(rig, 0, 64 * KIB);
}

/* CSTS.CFS: the timeout resets the controller without an abort (nvme_should_reset). */
SIM_TEST(nvme_fault, failed_controller_is_reset, .scenario = "ssd.toml", .no_explore = 1)
{
	EXPECT_EQ(rig, rig_write(rig, "nvme0", 0, 64 * KIB), 0);
	rig_fault(rig, "nvme0", "kind=fatal");
	rig_run(rig, dur_us(10));
	right(rig, 0, 64 * KIB);
	EXPECT_LOG(rig, "controller is down; will reset: CSTS=0x3");
	EXPECT_NO_LOG(rig, "aborting");
	EXPECT_EQ(rig, rig_stat(rig, "nvme0.resets"), 1);
}

/* A reset asked for at any moment of a burst of I/O (by seed): all of it is done in the end, and
 * right. */
SIM_TEST(nvme_fault, function_reset_in_the_middle_of_anything, .scenario = "ssd.toml",
	 .seed_count = 12, .no_explore = 1)
{
	unsigned ticket[24], reset;
	uint64_t wrong;

	for (unsigned i = 0; i < 24; i++)
		ticket[i] = rig_begin(rig, i % 3 ? RIG_READ : RIG_WRITE, "nvme0", i % 2,
				      (uint64_t)i << 17, 64 * KIB, 0);
	rig_run(rig, dur_ns(rig_random(rig, 60000)));
	reset = rig_begin(rig, RIG_FUNCTION_RESET, "nvme0", 0, 0, 0, 0);
	for (unsigned i = 0; i < 24; i++) {
		EXPECT_EQ(rig, rig_wait_value(rig, ticket[i], &wrong), 0);
		EXPECT_EQ(rig, wrong, 0);
	}
	EXPECT_EQ(rig, rig_wait(rig, reset), 0);
	for (unsigned i = 0; i < 24; i++)
		right(rig, (uint64_t)i << 17, 64 * KIB);
}

/* The same for the network: frames of that time are lost, later ones are not. */
SIM_TEST(ixgbe_fault, reset_in_the_middle_of_traffic, .scenario = "nic.toml", .seed_count = 8,
	 .no_explore = 1)
{
	rig_wire_flows(rig, "eth0", START, 400, 64, dur_us(1), 8);
	rig_begin(rig, RIG_SEND, "eth0", 1, 200, 1000, 0);
	rig_run(rig, dur_ns(rig_random(rig, 400000)));
	EXPECT_EQ(rig, rig_tx_timeout(rig, "eth0"), 0);
	rig_run(rig, dur_ms(50));
	EXPECT_LOG(rig, "Reset adapter");
	receives(rig);
}

/* The device resets itself while its driver sets it up, takes it down, changes its rings: whatever
 * comes of that, a later close and open make it work. */
SIM_TEST(ixgbe_fault, device_reset_in_the_middle_of_administration, .scenario = "nic.toml",
	 .seed_count = 12, .no_explore = 1)
{
	char fault[64] = "kind=reset at=00000us";
	unsigned us = (unsigned)rig_random(rig, 40000);

	for (unsigned digit = 0; digit < 5; digit++, us /= 10)
		fault[18 - digit] = (char)('0' + us % 10);
	rig_fault(rig, "eth0", fault);
	rig_close(rig, "eth0");
	rig_open(rig, "eth0");
	rig_set_ring(rig, "eth0", 256);
	rig_run(rig, dur_ms(50));
	EXPECT_EQ(rig, rig_stat(rig, "faults.injected"), 1);
	EXPECT_EQ(rig, rig_close(rig, "eth0"), 0);
	EXPECT_EQ(rig, rig_open(rig, "eth0"), 0);
	receives(rig);
}

/* ---- errors that the platform reports: the order is that of pcie_do_recovery ---- */

SIM_TEST(ixgbe_fault, nonfatal_error_is_recovered_from, .scenario = "nic.toml", .no_explore = 1)
{
	rig_fault(rig, "eth0", "kind=error-nonfatal");
	rig_run(rig, dur_ms(100));
	receives(rig);
}

SIM_TEST(ixgbe_fault, fatal_error_is_recovered_from, .scenario = "nic.toml", .no_explore = 1)
{
	rig_wire_flows(rig, "eth0", START, 300, 64, dur_us(1), 8);
	rig_fault(rig, "eth0", "kind=error-fatal at=100us");
	rig_run(rig, dur_ms(100));
	EXPECT_LT(rig, rig_received(rig, "eth0"), 300);
	receives(rig);
	EXPECT_EQ(rig, rig_send(rig, "eth0", 20, 1000), 0);
	rig_run(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_sent(rig, "eth0"), 20);
}

/* The driver lets go of a device that has failed for good, and is told no second time; unbinding
 * works. */
SIM_TEST(ixgbe_fault, permanent_error_ends_in_unbind, .scenario = "nic.toml", .no_explore = 1)
{
	rig_fault(rig, "eth0", "kind=error-permanent count=2 every=1us");
	rig_run(rig, dur_ms(100));
	EXPECT_EQ(rig, rig_carrier(rig, "eth0"), 0);
	EXPECT_EQ(rig, rig_unbind(rig, "eth0"), 0);
}

SIM_TEST(nvme_fault, nonfatal_error_disturbs_nothing, .scenario = "ssd.toml", .no_explore = 1)
{
	rig_fault(rig, "nvme0", "kind=error-nonfatal");
	for (unsigned i = 0; i < 10; i++)
		right(rig, (uint64_t)i << 16, 64 * KIB);
	EXPECT_EQ(rig, rig_stat(rig, "faults.injected"), 1);
	EXPECT_NO_LOG(rig, "reset");
}

SIM_TEST(nvme_fault, fatal_error_restarts_the_controller, .scenario = "ssd.toml",
	 .seed_count = 4, .no_explore = 1)
{
	unsigned ticket[4];
	uint64_t wrong;

	EXPECT_EQ(rig, rig_write(rig, "nvme0", 0, 64 * KIB), 0);
	for (unsigned i = 0; i < 4; i++)
		ticket[i] = rig_begin(rig, RIG_READ, "nvme0", i % 2, (uint64_t)i << 16,
				      64 * KIB, 0);
	rig_run(rig, dur_ns(rig_random(rig, 60000)));
	rig_fault(rig, "nvme0", "kind=error-fatal");
	for (unsigned i = 0; i < 4; i++) {
		EXPECT_EQ(rig, rig_wait_value(rig, ticket[i], &wrong), 0);
		EXPECT_EQ(rig, wrong, 0);
	}
	EXPECT_LOG(rig, "frozen state error detected, reset controller");
	EXPECT_LOG(rig, "restart after slot reset");
	right(rig, 0, 64 * KIB);
}

SIM_TEST(nvme_fault, permanent_error_asks_for_disconnection, .scenario = "ssd.toml",
	 .no_explore = 1)
{
	rig_fault(rig, "nvme0", "kind=error-permanent");
	rig_run(rig, dur_ms(10));
	EXPECT_LOG(rig, "failure state error detected, request disconnect");
	EXPECT_EQ(rig, rig_unbind(rig, "nvme0"), 0);
}
