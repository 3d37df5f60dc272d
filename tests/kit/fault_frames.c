/* SPDX-License-Identifier: MIT */
/* Frames that arrive damaged, too short, too long, twice or not at all; a link that goes away. */
#include <doorbell/test.h>

#define START ((struct at){ 0 })

/* Damaged frames are dropped by the device and counted by the driver. */
SIM_TEST(ixgbe_fault, damaged_frames_are_counted, .scenario = "nic.toml")
{
	rig_fault(rig, "eth0", "kind=frame-bad count=7 after=10");
	rig_wire_burst(rig, START, 100, 64, dur_us(1));
	rig_run_idle(rig, dur_ms(2));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 93);
	EXPECT_EQ(rig, rig_counter(rig, "eth0", "rx_crc_errors"), 7);
}

SIM_TEST(ixgbe_fault, runts_are_counted, .scenario = "nic.toml", .no_explore = 1)
{
	rig_fault(rig, "eth0", "kind=frame-runt count=5 after=10");
	rig_fault(rig, "eth0", "kind=frame-runt value=63 count=3 after=50");
	rig_wire_burst(rig, START, 100, 512, dur_us(1));
	rig_run_idle(rig, dur_ms(2));
	EXPECT_EQ(rig, rig_received(rig, "eth0"), 92);
	EXPECT_EQ(rig, rig_counter(rig, "eth0", "rx_short_length_errors"), 8);
	EXPECT_EQ(rig, rig_counter(rig, "eth0", "rx_crc_errors"), 0);
}

/* A frame beyond MAXFRS is not stored; with a greater MTU the same frame is taken. */
SIM_TEST(ixgbe_fault, oversize_frames_are_counted, .scenario = "nic.toml", .no_explore = 1)
{
	rig_fault(rig, "eth0", "kind=frame-oversize value=2000 count=6 after=10");
	rig_wire_burst(rig, START, 100, 1000, dur_us(2));
	rig_run_idle(rig, dur_ms(2));
	EXPECT_EQ(rig, rig_received(rig, "eth0"), 94);
	EXPECT_EQ(rig, rig_counter(rig, "eth0", "rx_long_length_errors"), 6);
}

/* What the wire loses nobody sees: no counter moves, the datagrams are missing. */
SIM_TEST(ixgbe_fault, lost_frames_leave_no_trace, .scenario = "nic.toml", .no_explore = 1)
{
	rig_fault(rig, "eth0", "kind=frame-lost count=0 probability=10");
	rig_wire_flows(rig, "eth0", START, 500, 64, dur_us(1), 8);
	rig_run_idle(rig, dur_ms(3));
	EXPECT_GE(rig, rig_stat(rig, "faults.injected"), 25);
	EXPECT_EQ(rig, rig_received(rig, "eth0"), 500 - rig_stat(rig, "faults.injected"));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.dropped"), rig_stat(rig, "faults.injected"));
	EXPECT_EQ(rig, rig_counter(rig, "eth0", "rx_packets"), rig_received(rig, "eth0"));
	EXPECT_EQ(rig, rig_counter(rig, "eth0", "rx_errors"), 0);
}

/* UDP promises no uniqueness: both copies reach the socket. */
SIM_TEST(ixgbe_fault, doubled_frames_are_both_delivered, .scenario = "nic.toml",
	 .allow = "data.twice", .no_explore = 1)
{
	rig_fault(rig, "eth0", "kind=frame-twice count=9 after=20");
	rig_wire_burst(rig, START, 100, 64, dur_us(1));
	rig_run_idle(rig, dur_ms(2));
	EXPECT_EQ(rig, rig_received(rig, "eth0"), 100);
	EXPECT_EQ(rig, rig_counter(rig, "eth0", "rx_packets"), 109);
	EXPECT_EQ(rig, rig_stat(rig, "rules.breaches"), 9);
}

/* The link's change interrupts; the service task takes the carrier away and gives it back
 * (ixgbe_watchdog_link_is_down, _is_up). Frames of that time are lost on the wire. */
SIM_TEST(ixgbe_fault, link_flaps_are_followed, .scenario = "nic.toml", .no_explore = 1)
{
	rig_fault(rig, "eth0", "kind=link-down delay=50ms");
	rig_run(rig, dur_ms(30));
	EXPECT_LOG(rig, "NIC Link is Down");
	EXPECT_EQ(rig, rig_carrier(rig, "eth0"), 0);
	rig_wire_burst(rig, rig_now(rig), 10, 64, dur_us(1));
	rig_run(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_received(rig, "eth0"), 0);
	EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", dur_ms(5000)));
	rig_wire_burst(rig, rig_now(rig), 10, 64, dur_us(1));
	EXPECT_EQ(rig, rig_send(rig, "eth0", 20, 1000), 0);
	rig_run_idle(rig, dur_ms(2));
	EXPECT_EQ(rig, rig_received(rig, "eth0"), 10);
	EXPECT_EQ(rig, rig_sent(rig, "eth0"), 20);
}

/* Ten flaps shorter than the service task's period: carrier is there in the end. */
SIM_TEST(ixgbe_fault, a_flapping_link_settles, .scenario = "nic.toml", .no_explore = 1)
{
	rig_fault(rig, "eth0", "kind=link-down delay=3ms count=10 every=17ms");
	rig_wire_flows(rig, "eth0", START, 2000, 64, dur_us(100), 8);
	rig_run(rig, dur_ms(250));
	EXPECT_EQ(rig, rig_stat(rig, "faults.injected"), 10);
	EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", dur_ms(5000)));
	EXPECT_LT(rig, rig_received(rig, "eth0"), 2000);
	rig_wire_burst(rig, rig_now(rig), 100, 64, dur_us(1));
	rig_run_idle(rig, dur_ms(2));
	EXPECT_EQ(rig, rig_received(rig, "eth0") + rig_stat(rig, "eth0.rx.dropped"), 2100);
}
