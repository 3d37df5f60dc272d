/* SPDX-License-Identifier: MIT */
/* One core hands over, another takes: what is not ordered between them shows under a weakly ordered
 * schedule as a use after free, a mapping that is not there, wrong data or a hang. Rings are small,
 * so that what a slot held before is something that has gone. */
#include <doorbell/test.h>

#define NIC                                                                                       \
	.scenario = "nic.toml", .set = { "device.eth0.queues=1", "device.eth0.ring=64" }

#define START ((struct at){ 0 })

/* One or two at a time, so that the other core looks in vain now and then before the next one
 * comes. Sizes change, so that no slot of the ring holds what it held the last time round. */
static void send_from_the_other_core(struct rig *rig)
{
	unsigned ticket[100];

	EXPECT_EQ(rig, rig_set_affinity(rig, "eth0", 0, 1), 0);
	for (unsigned i = 0; i < 100; i++)
		ticket[i] = rig_begin(rig, RIG_SEND, "eth0", 0, 1 + i % 2, 60 + i * 577 % 1400,
				      i % 3 == 2);
	for (unsigned i = 0; i < 100; i++)
		EXPECT_EQ(rig, rig_wait(rig, ticket[i]), 0);
	rig_run_idle(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_sent(rig, "eth0"), 150);
}

SIM_TEST(two_cores, one_sends_and_the_other_cleans, NIC)
{
	send_from_the_other_core(rig);
}

SIM_TEST(two_cores, one_sends_and_the_other_cleans_behind_an_iommu, .scenario = "nic-strict.toml",
	 .set = { "device.eth0.queues=1", "device.eth0.ring=64" })
{
	send_from_the_other_core(rig);
}

/* Both fill one ring until it is full, again and again. */
SIM_TEST(two_cores, a_full_ring_is_sent_from_again, NIC)
{
	unsigned ticket[4];

	EXPECT_EQ(rig, rig_set_affinity(rig, "eth0", 0, 1), 0);
	for (unsigned i = 0; i < 4; i++)
		ticket[i] = rig_begin(rig, RIG_SEND, "eth0", i % 2, 80, 1472, i / 2);
	for (unsigned i = 0; i < 4; i++)
		EXPECT_EQ(rig, rig_wait(rig, ticket[i]), 0);
	rig_run_idle(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_sent(rig, "eth0"), 320);
}

SIM_TEST(two_cores, one_receives_and_the_other_sends, NIC)
{
	EXPECT_EQ(rig, rig_set_affinity(rig, "eth0", 0, 1), 0);
	rig_wire_flows(rig, "eth0", START, 200, 300, dur_us(3), 4);
	EXPECT_EQ(rig, rig_send(rig, "eth0", 100, 400), 0);
	rig_run_idle(rig, dur_ms(2));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 200);
	EXPECT_EQ(rig, rig_sent(rig, "eth0"), 100);
}

/* One queue for both: commands of one core are completed by the other. */
SIM_TEST(two_cores, one_submits_and_the_other_completes, .scenario = "ssd.toml",
	 .set = { "device.nvme0.queues=1" })
{
	unsigned ticket[48];
	uint64_t wrong;

	for (unsigned i = 0; i < 48; i++)
		ticket[i] = rig_begin(rig, i % 4 ? RIG_READ : RIG_WRITE, "nvme0", i % 2,
				      (uint64_t)(i / 4) << 14, 4096, 0);
	for (unsigned i = 0; i < 48; i++) {
		EXPECT_EQ(rig, rig_wait_value(rig, ticket[i], &wrong), 0);
		EXPECT_EQ(rig, wrong, 0);
	}
}
