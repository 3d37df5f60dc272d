/* SPDX-License-Identifier: MIT */
/* ixgbe under ordinary traffic: what is on the wire arrives, once and whole. */
#include <doorbell/test.h>

#define START ((struct at){ 0 })

SIM_TEST(ixgbe_rx, every_frame_of_a_burst_arrives_once, .scenario = "nic.toml")
{
	rig_wire_burst(rig, START, 64, 64, dur_ns(0));
	rig_run_idle(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 64);
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.dropped"), 0);
}

/* Descriptors come round again after 512 frames a queue: what a slot held before must not count. */
SIM_TEST(ixgbe_rx, rings_that_wrap_deliver_each_frame_once, .scenario = "nic.toml")
{
	rig_wire_flows(rig, "eth0", START, 3000, 64, dur_us(2), 16);
	rig_run_idle(rig, dur_ms(10));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 3000);
}

/* Sizes around the cache line, the copy break (256) and the page half. */
SIM_TEST(ixgbe_rx, all_sizes_arrive_whole, .scenario = "nic.toml")
{
	static const unsigned bytes[] = { 64, 65, 127, 128, 129, 255, 256, 257, 300, 511, 512,
					  1023, 1024, 1500, 1518 };
	unsigned count = sizeof(bytes) / sizeof(bytes[0]);

	for (unsigned i = 0; i < count; i++)
		rig_wire_burst(rig, (struct at){ 10000000ull * i }, 8, bytes[i], dur_ns(0));
	rig_run_idle(rig, dur_ms(2));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 8 * count);
}

/* A frame that lands between the driver's last look into the ring and its unmask must still
 * raise an interrupt. The window is a few hundred nanoseconds wide, so the second frame's
 * arrival is swept. */
SIM_TEST(ixgbe_rx, frame_in_rearm_window_is_not_lost, .scenario = "nic.toml", .seed_count = 8)
{
	for (unsigned i = 0; i < 100; i++) {
		struct at now = at_add(rig_now(rig), dur_us(1));

		rig_wire_burst(rig, now, 1, 64, dur_ns(0));
		rig_wire_burst(rig, at_add(now, dur_ns(1000 + rig_random(rig, 9000))), 1, 64,
			       dur_ns(0));
		rig_run(rig, dur_us(150));
		EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 2 * (i + 1));
	}
}

/* With bounce buffers the data reach the stack only if the driver synchronises them. */
SIM_TEST(ixgbe_dma, bounced_frames_arrive_whole, .scenario = "nic.toml",
	 .set = { "dma.bounce=\"force\"" })
{
	rig_wire_flows(rig, "eth0", START, 1500, 300, dur_us(3), 8);
	rig_run_idle(rig, dur_ms(6));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 1500);
}

SIM_TEST(ixgbe_dma, translated_frames_arrive_whole, .scenario = "nic.toml",
	 .set = { "iommu.mode=\"strict\"" })
{
	rig_wire_flows(rig, "eth0", START, 1500, 300, dur_us(3), 8);
	rig_run_idle(rig, dur_ms(6));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 1500);
	EXPECT_EQ(rig, rig_stat(rig, "iommu.faults"), 0);
}

SIM_TEST(ixgbe_tx, datagrams_leave_whole, .scenario = "nic.toml")
{
	EXPECT_EQ(rig, rig_send(rig, "eth0", 300, 200), 0);
	EXPECT_EQ(rig, rig_send(rig, "eth0", 300, 1472), 0);
	rig_run_idle(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_sent(rig, "eth0"), 600);
}

/* Fragments have mappings of their own. Bounce buffers are few: leaked ones run out. */
SIM_TEST(ixgbe_tx, fragments_give_their_mappings_back, .scenario = "nic.toml",
	 .set = { "dma.bounce=\"force\"", "host.cmdline=\"swiotlb=4096,force\"" })
{
	for (unsigned i = 0; i < 12; i++) {
		EXPECT_EQ(rig, rig_send_pages(rig, "eth0", 200, 1400), 0);
		rig_run(rig, dur_us(200));
	}
	rig_run_idle(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_sent(rig, "eth0"), 2400);
	EXPECT_NO_LOG(rig, "swiotlb buffer is full");
}

/* Received frames and sent ones share vectors and NAPI contexts. */
SIM_TEST(ixgbe_tx, traffic_in_both_directions, .scenario = "nic.toml")
{
	rig_wire_flows(rig, "eth0", START, 1000, 128, dur_us(2), 8);
	EXPECT_EQ(rig, rig_send(rig, "eth0", 800, 512), 0);
	rig_run_idle(rig, dur_ms(4));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 1000);
	EXPECT_EQ(rig, rig_sent(rig, "eth0"), 800);
}
