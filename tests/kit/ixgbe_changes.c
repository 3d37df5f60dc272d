/* SPDX-License-Identifier: MIT */
/* Changes of an interface while frames are on their way in both directions: nothing is freed under
 * the device's hands, nothing hangs, and it works afterwards. */
#include <doorbell/test.h>

#define CARRIER dur_ms(3000)

static unsigned busy(struct rig *rig)
{
	rig_wire_flows(rig, "eth0", rig_now(rig), 1500, 128, dur_ns(600), 16);
	return rig_begin(rig, RIG_SEND, "eth0", 1, 400, 900, 1);
}

static void works(struct rig *rig, unsigned ticket)
{
	uint64_t before;

	/* Sockets of an interface that is down refuse; none hangs. */
	rig_wait(rig, ticket);
	EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", CARRIER));
	rig_run(rig, dur_ms(2));
	before = rig_received(rig, "eth0");
	rig_wire_flows(rig, "eth0", rig_now(rig), 60, 128, dur_us(2), 8);
	EXPECT_EQ(rig, rig_send(rig, "eth0", 20, 900), 0);
	rig_run(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_received(rig, "eth0"), before + 60);
}

SIM_TEST(ixgbe_change, rings, .scenario = "nic.toml")
{
	unsigned ticket = busy(rig);

	rig_run(rig, dur_us(100 + rig_random(rig, 300)));
	EXPECT_EQ(rig, rig_set_ring(rig, "eth0", 256), 0);
	works(rig, ticket);
}

SIM_TEST(ixgbe_change, channels, .scenario = "nic.toml")
{
	unsigned ticket = busy(rig);

	rig_run(rig, dur_us(100 + rig_random(rig, 300)));
	EXPECT_EQ(rig, rig_set_channels(rig, "eth0", 1), 0);
	works(rig, ticket);
}

SIM_TEST(ixgbe_change, mtu, .scenario = "nic.toml", .set = { "iommu.mode=\"strict\"" })
{
	unsigned ticket = busy(rig);

	rig_run(rig, dur_us(100 + rig_random(rig, 300)));
	EXPECT_EQ(rig, rig_set_mtu(rig, "eth0", 3000), 0);
	works(rig, ticket);
}

SIM_TEST(ixgbe_change, transmit_timeout, .scenario = "nic.toml")
{
	unsigned ticket = busy(rig);

	rig_run(rig, dur_us(100 + rig_random(rig, 300)));
	EXPECT_EQ(rig, rig_tx_timeout(rig, "eth0"), 0);
	rig_run(rig, dur_ms(20));
	works(rig, ticket);
}

/* The reset of a timeout, asked for while the interface closes. */
SIM_TEST(ixgbe_change, timeout_and_close, .scenario = "nic.toml")
{
	unsigned ticket = busy(rig), close;

	rig_run(rig, dur_us(200));
	EXPECT_EQ(rig, rig_tx_timeout(rig, "eth0"), 0);
	close = rig_begin(rig, RIG_CLOSE, "eth0", 0, 0, 0, 0);
	EXPECT_EQ(rig, rig_wait(rig, close), 0);
	rig_run(rig, dur_ms(20));
	EXPECT_EQ(rig, rig_open(rig, "eth0"), 0);
	works(rig, ticket);
}

SIM_TEST(ixgbe_change, driver_leaves, .scenario = "nic.toml", .set = { "iommu.mode=\"strict\"" })
{
	unsigned ticket = busy(rig);

	rig_run(rig, dur_us(100 + rig_random(rig, 300)));
	EXPECT_EQ(rig, rig_unbind(rig, "eth0"), 0);
	rig_wait(rig, ticket);
	rig_run(rig, dur_ms(2));
	EXPECT_EQ(rig, rig_bind(rig, "eth0"), 0);
	EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", CARRIER));
}
