/* SPDX-License-Identifier: MIT */
/* Interrupts that are lost, late, doubled or without a cause. */
#include <doorbell/test.h>

#define START ((struct at){ 0 })
#define KIB 1024u

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

/* ixgbe_msix_clean_rings schedules a poll that finds nothing, and claims the interrupt. */
SIM_TEST(ixgbe_fault, spurious_interrupts_find_nothing, .scenario = "nic.toml", .no_explore = 1)
{
	rig_fault(rig, "eth0", "kind=irq-spurious value=0 count=100 every=7us");
	rig_fault(rig, "eth0", "kind=irq-spurious value=1 count=100 every=11us");
	rig_wire_flows(rig, "eth0", START, 500, 64, dur_us(2), 8);
	rig_run_idle(rig, dur_ms(3));
	EXPECT_EQ(rig, rig_stat(rig, "faults.injected"), 200);
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 500);
	EXPECT_NO_LOG(rig, "nobody cared");
}

/* The driver finds the entry when the I/O is overdue (nvme_poll_irqdisable in nvme_timeout). */
SIM_TEST(nvme_fault, lost_interrupt_is_found_by_the_timeout, .scenario = "ssd.toml",
	 .no_explore = 1)
{
	rig_fault(rig, "nvme0", "kind=irq-lost");
	EXPECT_EQ(rig, rig_read(rig, "nvme0", 0, 4 * KIB, 0), 0);
	EXPECT_LOG(rig, "completion polled");
}

SIM_TEST(nvme_fault, interrupts_that_come_late_or_twice_lose_nothing, .scenario = "ssd.toml",
	 .no_explore = 1)
{
	uint64_t wrong = 1;

	rig_fault(rig, "nvme0", "kind=irq-late count=0 probability=30 delay=50us");
	rig_fault(rig, "nvme0", "kind=irq-twice count=0 probability=30 delay=5us");
	for (unsigned i = 0; i < 40; i++) {
		EXPECT_EQ(rig, rig_read(rig, "nvme0", (uint64_t)i << 14, 16 * KIB, &wrong), 0);
		EXPECT_EQ(rig, wrong, 0);
	}
	EXPECT_GE(rig, rig_stat(rig, "faults.injected"), 10);
}

/* nvme_irq claims nothing without a new entry: after 99,900 such of 100,000 the kernel takes the
 * line for broken and turns it off (note_interrupt, kernel/irq/spurious.c). From then on it calls
 * the handler ten times a second (poll_spurious_irqs), which finds the entries. */
SIM_TEST(nvme_fault, storm_of_spurious_interrupts_turns_the_vector_off, .scenario = "ssd.toml",
	 .no_explore = 1)
{
	uint64_t wrong = 1, from;

	EXPECT_EQ(rig, rig_read(rig, "nvme0", 0, 4 * KIB, 0), 0);
	rig_fault(rig, "nvme0", "kind=irq-spurious value=1 count=100001 every=5us");
	rig_run(rig, dur_ms(510));
	EXPECT_LOG(rig, "nobody cared");
	EXPECT_LOG(rig, "Disabling IRQ");
	from = rig_now(rig).ps;
	EXPECT_EQ(rig, rig_read(rig, "nvme0", 0, 4 * KIB, &wrong), 0);
	EXPECT_EQ(rig, wrong, 0);
	EXPECT_GE(rig, rig_now(rig).ps - from, dur_ms(1).ps);
	EXPECT_LE(rig, rig_now(rig).ps - from, dur_ms(110).ps);
}
