/* SPDX-License-Identifier: MIT */
/* Ways through ixgbe that plain traffic does not take: large frames, checksums, many queues, full
 * rings, streams that the device cuts into segments, and each of those over every kind of DMA. */
#include <doorbell/test.h>

#define START ((struct at){ 0 })
#define CARRIER dur_ms(3000)

#define MACHINE(cores, queues)                                                                    \
	"format = 1\n[cpu]\ncores = " #cores "\n[device.eth0]\nmodel = \"82599\"\n"              \
	"driver = \"ixgbe\"\nring = 512\nitr = \"off\"\nqueues = " #queues "\n"

static const char streams[] =
	MACHINE(2, 2) "[[send]]\nfrom = \"eth0\"\nengine = \"tcp\"\nsize = \"64KiB\"\ncores = [0]\n"
		      "[[send]]\nfrom = \"eth0\"\nengine = \"tcp\"\nsize = \"1400B\"\ncores = [1]\n"
		      "peer = \"echo\"\n";

/* ---- receiving ---- */

/* A frame of several buffers: only the last descriptor of it says that it ends. */
static void jumbo(struct rig *rig)
{
	static const unsigned bytes[] = { 1518, 1519, 2048, 2049, 3000, 3072, 3073, 4096, 6144, 6145,
					  9000, 9018 };
	unsigned count = sizeof(bytes) / sizeof(bytes[0]);

	EXPECT_EQ(rig, rig_set_mtu(rig, "eth0", 9000), 0);
	EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", CARRIER));
	rig_run(rig, dur_ms(1));
	for (unsigned i = 0; i < 4 * count; i++)
		rig_wire_burst(rig, at_add(rig_now(rig), dur_us(1 + 25 * i)), 2, bytes[i % count],
			       dur_us(8));
	rig_run(rig, dur_ms(3));
	EXPECT_EQ(rig, rig_received(rig, "eth0"), 8 * count);
}

SIM_TEST(ixgbe_rx, jumbo_frames_arrive_whole, .scenario = "nic.toml")
{
	jumbo(rig);
}

SIM_TEST(ixgbe_dma, bounced_jumbo_frames_arrive_whole, .scenario = "nic.toml",
	 .set = { "dma.bounce=\"force\"" })
{
	jumbo(rig);
}

/* Of UDP the driver leaves the verdict to the stack: an erratum (ixgbe_rx_checksum). */
SIM_TEST(ixgbe_rx, wrong_checksums_reach_no_socket, .scenario = "nic.toml")
{
	rig_wire_bad_sums(rig, "eth0", START, 20, 300, dur_us(2));
	rig_run(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_received(rig, "eth0"), 0);
	rig_wire_burst(rig, rig_now(rig), 20, 300, dur_us(2));
	rig_run(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_received(rig, "eth0"), 20);
}

/* 64 flows over four queues: each queue has some, and counts what it got. */
SIM_TEST(ixgbe_rx, flows_spread_over_all_queues, .scenario_text = MACHINE(4, 4))
{
	static const char *const queue[] = { "rx_queue_0_packets", "rx_queue_1_packets",
					     "rx_queue_2_packets", "rx_queue_3_packets" };
	uint64_t sum = 0;

	rig_wire_flows(rig, "eth0", START, 1200, 64, dur_us(1), 64);
	rig_run(rig, dur_ms(3));
	EXPECT_EQ(rig, rig_received(rig, "eth0"), 1200);
	for (unsigned i = 0; i < 4; i++) {
		uint64_t count = rig_counter(rig, "eth0", queue[i]);

		EXPECT_GE(rig, count, 100);
		sum += count;
	}
	EXPECT_EQ(rig, sum, 1200);
}

/* Frames of a flow must not overtake each other: `delivered` does not count those. */
SIM_TEST(ixgbe_rx, flows_stay_in_order, .scenario = "nic.toml",
	 .set = { "device.eth0.itr=\"adaptive\"" })
{
	rig_wire_flows(rig, "eth0", START, 1000, 200, dur_us(2), 4);
	rig_run(rig, dur_ms(3));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 1000);
}

/* What the driver tells of itself must be what happened. */
SIM_TEST(ixgbe_stats, counters_are_exact, .scenario = "nic.toml")
{
	rig_wire_burst(rig, START, 300, 1000, dur_us(2));
	EXPECT_EQ(rig, rig_send(rig, "eth0", 200, 500), 0);
	rig_run(rig, dur_ms(2));
	EXPECT_EQ(rig, rig_received(rig, "eth0"), 300);
	EXPECT_EQ(rig, rig_sent(rig, "eth0"), 200);
	EXPECT_EQ(rig, rig_counter(rig, "eth0", "rx_packets"), 300);
	EXPECT_EQ(rig, rig_counter(rig, "eth0", "rx_bytes"), 300 * 996);
	EXPECT_EQ(rig, rig_counter(rig, "eth0", "tx_packets"), 200);
	EXPECT_EQ(rig, rig_counter(rig, "eth0", "tx_bytes"), 200 * 542);
	EXPECT_EQ(rig, rig_counter(rig, "eth0", "rx_csum_offload_errors"), 0);
	EXPECT_EQ(rig, rig_counter(rig, "eth0", "alloc_rx_buff_failed"), 0);
}

/* ---- sending ---- */

/* The smallest ring: queues stop and are woken again, from both cores. */
SIM_TEST(ixgbe_tx, full_rings_stop_and_go_on, .scenario = "nic.toml")
{
	unsigned ticket[4];

	EXPECT_EQ(rig, rig_set_ring(rig, "eth0", 64), 0);
	EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", CARRIER));
	for (unsigned i = 0; i < 4; i++)
		ticket[i] = rig_begin(rig, RIG_SEND, "eth0", i % 2, 250, 1400, i / 2);
	for (unsigned i = 0; i < 4; i++)
		EXPECT_EQ(rig, rig_wait(rig, ticket[i]), 0);
	rig_run(rig, dur_ms(2));
	EXPECT_EQ(rig, rig_sent(rig, "eth0"), 1000);
}

/* One queue for both cores: one sends while the other cleans up. */
SIM_TEST(ixgbe_tx, cores_share_a_queue, .scenario = "nic.toml",
	 .set = { "device.eth0.queues=1" })
{
	unsigned ticket[2];

	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 2; i++)
			ticket[i] = rig_begin(rig, RIG_SEND, "eth0", i, 120, 64 + 300 * round,
					      round & 1);
		for (unsigned i = 0; i < 2; i++)
			EXPECT_EQ(rig, rig_wait(rig, ticket[i]), 0);
	}
	rig_run(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_sent(rig, "eth0"), 720);
}

/* Paced, so that the other core's cleaning finds the ring now empty, now not. */
SIM_TEST(ixgbe_tx, cleaning_races_with_sending, .scenario = "nic.toml",
	 .set = { "device.eth0.queues=1", "cpu.interleave=\"0ns\"" })
{
	rig_wire_flows(rig, "eth0", START, 150, 64, dur_us(4), 4);
	for (unsigned i = 0; i < 12; i++) {
		unsigned ticket = rig_begin(rig, RIG_SEND, "eth0", i % 2, 12, 200, 0);

		rig_run(rig, dur_us(10 + rig_random(rig, 30)));
		EXPECT_EQ(rig, rig_wait(rig, ticket), 0);
	}
	rig_run(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_sent(rig, "eth0"), 144);
	EXPECT_EQ(rig, rig_received(rig, "eth0"), 150);
}

SIM_TEST(ixgbe_tx, all_sizes_leave_whole, .scenario = "nic.toml")
{
	static const unsigned bytes[] = { 8, 17, 18, 19, 60, 200, 255, 256, 1000, 1471, 1472 };
	unsigned count = sizeof(bytes) / sizeof(bytes[0]);

	for (unsigned i = 0; i < count; i++)
		for (unsigned pages = 0; pages < 2; pages++)
			EXPECT_EQ(rig, rig_do(rig, RIG_SEND, "eth0", 5, bytes[i], pages), 0);
	rig_run(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_sent(rig, "eth0"), 10 * count);
}

/* ---- streams ---- */

static void stream(struct rig *rig)
{
	rig_run(rig, dur_ms(4));
	EXPECT_GE(rig, rig_stat(rig, "send0.bytes"), 100000);
	EXPECT_GE(rig, rig_stat(rig, "send1.bytes"), 5000);
}

SIM_TEST(ixgbe_tcp, streams_flow, .scenario_text = streams)
{
	stream(rig);
}

SIM_TEST(ixgbe_tcp, streams_flow_translated, .scenario_text = streams,
	 .set = { "iommu.mode=\"strict\"" })
{
	stream(rig);
	EXPECT_EQ(rig, rig_stat(rig, "iommu.faults"), 0);
}

SIM_TEST(ixgbe_tcp, streams_flow_bounced, .scenario_text = streams,
	 .set = { "dma.bounce=\"force\"" })
{
	stream(rig);
	EXPECT_NO_LOG(rig, "swiotlb buffer is full");
}

/* A mapping that fails in the middle of a frame undoes those before it; TCP sends again. */
SIM_TEST(ixgbe_tcp, failed_mappings_are_undone, .scenario_text = streams,
	 .set = { "dma.bounce=\"force\"", "host.cmdline=\"swiotlb=8192,force\"" })
{
	rig_fault(rig, "eth0", "kind=dma-map count=0 probability=4");
	rig_run(rig, dur_ms(6));
	EXPECT_NO_LOG(rig, "swiotlb buffer is full");
}

/* ---- both directions over every kind of DMA, then the driver leaves ---- */

static void both_ways(struct rig *rig)
{
	rig_wire_flows(rig, "eth0", START, 400, 700, dur_us(3), 8);
	EXPECT_EQ(rig, rig_send_pages(rig, "eth0", 200, 1400), 0);
	EXPECT_EQ(rig, rig_send(rig, "eth0", 200, 100), 0);
	rig_run(rig, dur_ms(3));
	EXPECT_EQ(rig, rig_received(rig, "eth0"), 400);
	EXPECT_EQ(rig, rig_sent(rig, "eth0"), 400);
	EXPECT_EQ(rig, rig_unbind(rig, "eth0"), 0);
}

SIM_TEST(ixgbe_dma, direct, .scenario = "nic.toml")
{
	both_ways(rig);
}

SIM_TEST(ixgbe_dma, translated_lazily, .scenario = "nic.toml", .set = { "iommu.mode=\"lazy\"" })
{
	both_ways(rig);
}

SIM_TEST(ixgbe_dma, untrusted, .scenario = "nic.toml",
	 .set = { "iommu.mode=\"strict\"", "dma.bounce=\"untrusted\"" })
{
	both_ways(rig);
}

SIM_TEST(ixgbe_dma, addresses_of_32_bits, .scenario = "nic.toml",
	 .set = { "device.eth0.dma_bits=32" })
{
	both_ways(rig);
}

/* ---- what fails while the interface is set up ---- */

/* Each allocation fails once: the call says so, gives everything back, and works afterwards. */
static void each_fails_once(struct rig *rig, const char *kind)
{
	for (unsigned after = 0, failed = 1; failed && after < 40; after += 1 + after / 8) {
		char fault[80], *at = fault;
		const char *word;

		for (word = "kind="; *word;)
			*at++ = *word++;
		for (word = kind; *word;)
			*at++ = *word++;
		for (word = " count=1 after="; *word;)
			*at++ = *word++;
		*at++ = (char)('0' + after / 10);
		*at++ = (char)('0' + after % 10);
		*at = 0;
		EXPECT_EQ(rig, rig_close(rig, "eth0"), 0);
		rig_fault(rig, "eth0", fault);
		failed = rig_open(rig, "eth0") != 0;
		if (failed)
			EXPECT_EQ(rig, rig_open(rig, "eth0"), 0);
	}
	EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", CARRIER));
	rig_wire_flows(rig, "eth0", rig_now(rig), 50, 64, dur_us(2), 8);
	rig_run(rig, dur_ms(1));
	EXPECT_GE(rig, rig_received(rig, "eth0"), 50);
}

SIM_TEST(ixgbe_open, failed_dma_memory_is_told_and_undone, .scenario = "nic.toml",
	 .no_explore = 1)
{
	each_fails_once(rig, "dma-alloc");
}

SIM_TEST(ixgbe_open, failed_memory_is_told_and_undone, .scenario = "nic.toml", .no_explore = 1)
{
	each_fails_once(rig, "alloc");
}
