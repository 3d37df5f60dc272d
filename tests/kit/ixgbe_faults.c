/* SPDX-License-Identifier: MIT */
/* What ixgbe does when the device or its surroundings misbehave. */
#include <doorbell/test.h>

#define START ((struct at){ 0 })

/* A message masks its vector by itself (EIAM), and only the handler's poll unmasks it: after a
 * lost one the queue stands still, as the watchdog's causes (ixgbe_irq_rearm_queues) meet a
 * masked vector. What the ring took is there when the interface is opened again, or has been
 * given up by then; new frames arrive. */
SIM_TEST(ixgbe_fault, lost_interrupt_stops_its_queue_until_opened_again, .scenario = "nic.toml",
	 .no_explore = 1)
{
	rig_fault(rig, "eth0", "kind=irq-lost");
	rig_wire_burst(rig, START, 1, 64, dur_ns(0));
	rig_run(rig, dur_ms(4500));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 0);
	EXPECT_EQ(rig, rig_close(rig, "eth0"), 0);
	EXPECT_EQ(rig, rig_open(rig, "eth0"), 0);
	EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", dur_ms(3000)));
	rig_wire_burst(rig, rig_now(rig), 10, 64, dur_us(2));
	rig_run(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 10);
}

SIM_TEST(ixgbe_fault, interrupts_that_come_late_or_twice_lose_nothing, .scenario = "nic.toml")
{
	rig_fault(rig, "eth0", "kind=irq-late count=0 probability=20 delay=30us");
	rig_fault(rig, "eth0", "kind=irq-twice count=0 probability=20 delay=5us");
	rig_wire_flows(rig, "eth0", START, 1000, 64, dur_us(3), 8);
	rig_run_idle(rig, dur_ms(5));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 1000);
}

SIM_TEST(ixgbe_fault, late_write_backs_lose_nothing, .scenario = "nic.toml")
{
	rig_fault(rig, "eth0", "kind=dma-late count=0 probability=10 delay=4us");
	rig_wire_flows(rig, "eth0", START, 1000, 64, dur_us(5), 8);
	rig_run_idle(rig, dur_ms(8));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 1000);
}

/* Damaged frames are dropped by the device and counted by the driver. */
SIM_TEST(ixgbe_fault, damaged_frames_are_counted, .scenario = "nic.toml")
{
	rig_fault(rig, "eth0", "kind=frame-bad count=7 after=10");
	rig_wire_burst(rig, START, 100, 64, dur_us(1));
	rig_run_idle(rig, dur_ms(2));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 93);
	EXPECT_EQ(rig, rig_counter(rig, "eth0", "rx_crc_errors"), 7);
}

/* A ring without fresh pages drops frames; what it delivers afterwards is whole. */
SIM_TEST(ixgbe_fault, failed_allocations_lose_frames_and_recover, .scenario = "nic.toml")
{
	rig_fault(rig, "eth0", "kind=alloc count=20 after=5 caller=ixgbe*");
	rig_fault(rig, "eth0", "kind=dma-map count=20 after=40");
	rig_wire_flows(rig, "eth0", START, 2000, 1500, dur_us(3), 8);
	rig_run(rig, dur_ms(10));
	EXPECT_GE(rig, rig_stat(rig, "eth0.rx.delivered"), 1900);
	EXPECT_EQ(rig, rig_send(rig, "eth0", 100, 1000), 0);
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
