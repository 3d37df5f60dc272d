/* SPDX-License-Identifier: MIT */
/* Cores that stand still for a time, as firmware or a hypervisor takes them away, or run slowly. */
#include <doorbell/test.h>

#define START ((struct at){ 0 })
#define KIB 1024u

/* A stall that the ring outlasts costs latency only. */
SIM_TEST(ixgbe_fault, stalled_cores_lose_nothing_that_the_ring_holds, .scenario = "nic.toml",
	 .no_explore = 1)
{
	rig_fault(rig, "cpu0", "kind=core-stall at=100us delay=200us count=4 every=1ms");
	rig_fault(rig, "cpu1", "kind=core-stall at=350us delay=200us count=4 every=1ms");
	rig_wire_flows(rig, "eth0", START, 1300, 64, dur_us(4), 8);
	rig_run_idle(rig, dur_ms(6));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 1300);
	EXPECT_GE(rig, rig_stat(rig, "eth0.rx.latency_ns.max"), 190000);
	EXPECT_LE(rig, rig_stat(rig, "eth0.rx.latency_ns.p50"), 50000);
}

/* A longer one: the ring and the packet buffer are full, the device counts what it drops; the rest
 * comes at once when the core is back, more than the socket takes. Afterwards everything is as
 * before. */
SIM_TEST(ixgbe_fault, long_stall_overflows_and_recovers, .scenario = "nic.toml",
	 .set = { "device.eth0.queues=1", "cpu.cores=1" }, .no_explore = 1)
{
	rig_fault(rig, "cpu0", "kind=core-stall at=1ms delay=10ms");
	rig_wire_burst(rig, START, 12000, 64, dur_us(1));
	rig_run(rig, dur_ms(40));
	EXPECT_GT(rig, rig_stat(rig, "eth0.rx.dropped.buffer"), 100);
	EXPECT_EQ(rig, rig_counter(rig, "eth0", "rx_missed_errors"),
		  rig_stat(rig, "eth0.rx.dropped.buffer"));
	rig_wire_burst(rig, rig_now(rig), 100, 64, dur_us(2));
	rig_run_idle(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_received(rig, "eth0") + rig_stat(rig, "eth0.rx.dropped"), 12100);
}

/* At a quarter of its speed, work takes about four times as long; nothing is lost. */
SIM_TEST(ixgbe_fault, slow_core_takes_longer, .scenario = "nic.toml",
	 .set = { "device.eth0.queues=1", "cpu.cores=1" }, .no_explore = 1)
{
	uint64_t busy, slow;

	rig_wire_burst(rig, rig_now(rig), 400, 64, dur_us(20));
	rig_run_idle(rig, dur_ms(9));
	busy = rig_stat(rig, "eth0.rx.latency_ns.mean");
	rig_fault(rig, "cpu0", "kind=core-slow value=25 delay=9ms");
	rig_wire_burst(rig, rig_now(rig), 400, 64, dur_us(20));
	rig_run_idle(rig, dur_ms(10));
	slow = 2 * rig_stat(rig, "eth0.rx.latency_ns.mean") - busy;
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 800);
	EXPECT_GE(rig, slow, 2 * busy);
	EXPECT_LE(rig, slow, 8 * busy);
}

/* The I/O's core is away while its completion comes: it waits, and is right. */
SIM_TEST(nvme_fault, io_waits_for_its_stalled_core, .scenario = "ssd.toml", .no_explore = 1)
{
	uint64_t wrong = 1, from;

	rig_run(rig, dur_us(100));
	from = rig_now(rig).ps;
	rig_fault(rig, "cpu0", "kind=core-stall at=105us delay=3ms");
	EXPECT_EQ(rig, rig_read(rig, "nvme0", 0, 4 * KIB, &wrong), 0);
	EXPECT_EQ(rig, wrong, 0);
	EXPECT_GE(rig, rig_now(rig).ps - from, dur_ms(3).ps);
	EXPECT_LE(rig, rig_now(rig).ps - from, dur_ms(4).ps);
}
