/* SPDX-License-Identifier: MIT */
/* What an administrator may do to an interface at any time, and what must work afterwards. */
#include <doorbell/test.h>

#define CARRIER dur_ms(3000)

static void works(struct rig *rig)
{
	uint64_t before;

	EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", CARRIER));
	rig_run(rig, dur_ms(1));
	before = rig_stat(rig, "eth0.rx.delivered");
	rig_wire_flows(rig, "eth0", rig_now(rig), 50, 64, dur_us(2), 8);
	rig_run_idle(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), before + 50);
}

SIM_TEST(ixgbe_admin, closed_and_opened_again, .scenario = "nic.toml")
{
	for (unsigned i = 0; i < 3; i++) {
		EXPECT_EQ(rig, rig_close(rig, "eth0"), 0);
		EXPECT_EQ(rig, rig_open(rig, "eth0"), 0);
		works(rig);
	}
}

SIM_TEST(ixgbe_admin, closed_under_traffic, .scenario = "nic.toml")
{
	rig_wire_flows(rig, "eth0", rig_now(rig), 2000, 64, dur_us(1), 8);
	rig_run(rig, dur_us(500));
	EXPECT_EQ(rig, rig_close(rig, "eth0"), 0);
	rig_run(rig, dur_ms(3));
	EXPECT_EQ(rig, rig_open(rig, "eth0"), 0);
	EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", CARRIER));
}

/* A closed interface has nothing mapped, whatever was under way. */
SIM_TEST(ixgbe_admin, closing_leaves_no_mapping, .scenario = "nic.toml")
{
	for (unsigned i = 0; i < 20; i++) {
		rig_wire_flows(rig, "eth0", rig_now(rig), 400, 64, dur_us(1), 8);
		rig_run(rig, dur_us(100 + 10 * i));
		EXPECT_EQ(rig, rig_close(rig, "eth0"), 0);
		EXPECT_EQ(rig, rig_stat(rig, "dma.live"), 0);
		EXPECT_EQ(rig, rig_open(rig, "eth0"), 0);
		EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", CARRIER));
	}
	works(rig);
}

SIM_TEST(ixgbe_admin, rings_and_channels_change, .scenario = "nic.toml")
{
	EXPECT_EQ(rig, rig_set_ring(rig, "eth0", 128), 0);
	works(rig);
	EXPECT_EQ(rig, rig_set_channels(rig, "eth0", 1), 0);
	works(rig);
	EXPECT_EQ(rig, rig_set_channels(rig, "eth0", 2), 0);
	EXPECT_EQ(rig, rig_set_coalesce(rig, "eth0", 50), 0);
	works(rig);
}

/* Flow director's perfect match: the driver's hash, masks and fields must be the device's. */
SIM_TEST(ixgbe_admin, flow_rules_choose_the_queue, .scenario = "nic.toml")
{
	const unsigned sink = 9000;
	uint64_t before;

	for (unsigned queue = 0; queue < 2; queue++) {
		const char *name = queue ? "rx_queue_1_packets" : "rx_queue_0_packets";

		EXPECT_EQ(rig, rig_steer(rig, "eth0", sink, queue), 0);
		EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", CARRIER));
		before = rig_counter(rig, "eth0", name);
		works(rig);
		EXPECT_EQ(rig, rig_counter(rig, "eth0", name), before + 50);
	}
	EXPECT_EQ(rig, rig_steer(rig, "eth0", sink, RIG_STEER_DROP), 0);
	before = rig_stat(rig, "eth0.rx.delivered");
	rig_wire_flows(rig, "eth0", rig_now(rig), 50, 64, dur_us(2), 8);
	rig_run_idle(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), before);
	EXPECT_EQ(rig, rig_steer(rig, "eth0", sink, RIG_STEER_NONE), 0);
	works(rig);
}

SIM_TEST(ixgbe_admin, driver_leaves_and_comes_back, .scenario = "nic.toml")
{
	works(rig);
	EXPECT_EQ(rig, rig_unbind(rig, "eth0"), 0);
	EXPECT_EQ(rig, rig_bind(rig, "eth0"), 0);
	works(rig);
}

SIM_TEST(ixgbe_admin, transmit_timeout_resets_the_adapter, .scenario = "nic.toml")
{
	EXPECT_EQ(rig, rig_tx_timeout(rig, "eth0"), 0);
	rig_run(rig, dur_ms(20));
	EXPECT_LOG(rig, "Reset adapter");
	works(rig);
}

/* An entry of the MSI-X table must be masked while its three words change. One move of a vector at
 * a time: x86 refuses the next while messages to the last place may be under way, and exploration
 * makes them late by up to 100 us. */
SIM_TEST(ixgbe_admin, interrupts_move_between_cores, .scenario = "nic.toml")
{
	rig_wire_flows(rig, "eth0", rig_now(rig), 1000, 64, dur_us(4), 8);
	for (unsigned i = 0; i < 40; i++) {
		EXPECT_EQ(rig, rig_set_affinity(rig, "eth0", i % 2, (i / 2) % 2), 0);
		rig_run(rig, dur_us(110));
	}
	rig_run(rig, dur_ms(5));
	EXPECT_EQ(rig, rig_received(rig, "eth0"), 1000);
	EXPECT_NO_LOG(rig, "no interrupt is at vector");
}

/* napi_defer_hard_irqs = 0 with a flush timeout: a timer schedules NAPI while the interrupt is
 * on. */
SIM_TEST(napi, event_while_scheduled_is_remembered, .scenario = "nic.toml", .seed_count = 4,
	 .set = { "device.eth0.gro_flush_timeout=\"20us\"", "device.eth0.busy_poll=\"50us\"",
		  "device.eth0.queues=1" })
{
	for (unsigned i = 0; i < 150; i++) {
		struct at now = at_add(rig_now(rig), dur_us(1));

		rig_wire_burst(rig, now, 1 + rig_random(rig, 3), 64,
			       dur_ns(500 + rig_random(rig, 4000)));
		rig_run(rig, dur_us(100));
	}
	rig_run_idle(rig, dur_ms(1));
	EXPECT_LE(rig, rig_stat(rig, "eth0.rx.latency_ns.max"), 200000);
}
