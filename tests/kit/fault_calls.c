/* SPDX-License-Identifier: MIT */
/* Calls of the drivers that fail: memory, DMA memory, DMA mappings, on the n-th call. */
#include <doorbell/test.h>

#define START ((struct at){ 0 })
#define KIB 1024u

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

/* Opening an interface allocates a ring for each queue and direction, and tries again on any node
 * (ixgbe_setup_tx_resources). Whichever of these fails, the error comes back, what was there before
 * is freed, and the next attempt succeeds. */
SIM_TEST(ixgbe_fault, each_failed_ring_allocation_is_undone, .scenario = "nic.toml",
	 .no_explore = 1)
{
	char fault[] = "kind=dma-alloc count=2 after=0";

	for (unsigned n = 0; n < 4; n++) {
		fault[sizeof(fault) - 2] = (char)('0' + n);
		EXPECT_EQ(rig, rig_close(rig, "eth0"), 0);
		rig_fault(rig, "eth0", fault);
		EXPECT_EQ(rig, rig_open(rig, "eth0"), -12);
		EXPECT_EQ(rig, rig_stat(rig, "faults.injected"), 2 * (n + 1));
		EXPECT_EQ(rig, rig_open(rig, "eth0"), 0);
		EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", dur_ms(5000)));
		rig_wire_burst(rig, rig_now(rig), 10, 64, dur_us(2));
		rig_run(rig, dur_ms(1));
		EXPECT_EQ(rig, rig_received(rig, "eth0"), 10 * (n + 1));
	}
}

/* A frame that cannot be mapped is dropped by the driver, and counted by nobody else. */
SIM_TEST(ixgbe_fault, frames_that_cannot_be_mapped_are_dropped, .scenario = "nic.toml",
	 .no_explore = 1)
{
	rig_fault(rig, "eth0", "kind=dma-map count=3 after=10 caller=ixgbe_xmit*");
	EXPECT_EQ(rig, rig_send(rig, "eth0", 100, 1000), 0);
	rig_run(rig, dur_ms(2));
	EXPECT_EQ(rig, rig_stat(rig, "faults.injected"), 3);
	EXPECT_EQ(rig, rig_sent(rig, "eth0"), 97);
}

/* Calls that fail for want of memory are done again by the block layer, nothing leaks: bounce
 * buffers would run out. */
SIM_TEST(nvme_fault, failed_mappings_leak_nothing, .scenario = "ssd.toml",
	 .set = { "dma.bounce=\"force\"", "host.cmdline=\"swiotlb=2048,force\"" })
{
	uint64_t wrong = 1;

	rig_fault(rig, "nvme0", "kind=dma-alloc count=0 probability=50");
	for (unsigned i = 0; i < 60; i++) {
		EXPECT_EQ(rig, rig_read(rig, "nvme0", (uint64_t)i << 17, 128 * KIB, &wrong), 0);
		EXPECT_EQ(rig, wrong, 0);
	}
	EXPECT_NO_LOG(rig, "swiotlb buffer is full");
}

SIM_TEST(nvme_fault, failed_dma_maps_are_tried_again, .scenario = "ssd.toml")
{
	rig_fault(rig, "nvme0", "kind=dma-map count=5 after=3");
	for (unsigned i = 0; i < 12; i++)
		EXPECT_EQ(rig, rig_read(rig, "nvme0", (uint64_t)i << 17, 64 * KIB, 0), 0);
}

/* Whichever allocation of probe fails: an error or a smaller set-up, and a later probe is good. */
SIM_TEST(nvme_fault, each_failed_allocation_of_probe_is_undone, .scenario = "ssd.toml",
	 .no_explore = 1)
{
	char fault[] = "kind=alloc caller=nvme_* after=00";

	for (unsigned n = 0; n < 12; n++) {
		uint64_t wrong = 1;

		fault[sizeof(fault) - 3] = (char)('0' + n / 10);
		fault[sizeof(fault) - 2] = (char)('0' + n % 10);
		EXPECT_EQ(rig, rig_unbind(rig, "nvme0"), 0);
		rig_fault(rig, "nvme0", fault);
		if (rig_bind(rig, "nvme0")) {
			rig_unbind(rig, "nvme0");
			EXPECT_EQ(rig, rig_bind(rig, "nvme0"), 0);
		}
		EXPECT_EQ(rig, rig_read(rig, "nvme0", 0, 64 * KIB, &wrong), 0);
		EXPECT_EQ(rig, wrong, 0);
	}
}
