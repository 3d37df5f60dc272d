/* SPDX-License-Identifier: MIT */
/* Ten simulated milliseconds of one device on two cores, for benchmarks/exploration.sh. */
#include <doorbell/test.h>

#define START ((struct at){ 0 })
#define TEN_MS 10000000000ull

SIM_TEST(ten_ms, frames_to_two_queues, .scenario = "tests/kit/nic.toml")
{
	rig_wire_flows(rig, "eth0", START, 1000, 64, dur_us(9), 8);
	rig_run(rig, dur_ms(10));
	EXPECT_EQ(rig, rig_received(rig, "eth0"), 1000);
}

SIM_TEST(ten_ms, reads_from_two_cores, .scenario = "tests/kit/ssd.toml")
{
	for (uint64_t i = 0; rig_now(rig).ps < TEN_MS; i++) {
		unsigned other = rig_begin(rig, RIG_READ, "nvme0", 1, i << 16, 4096, 0);

		EXPECT_EQ(rig, rig_read(rig, "nvme0", i << 17, 4096, 0), 0);
		EXPECT_EQ(rig, rig_wait(rig, other), 0);
	}
}
