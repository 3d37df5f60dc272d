/* SPDX-License-Identifier: MIT */
/* NAPI when more than the interrupt schedules it: a flush timer, busy polling. The interrupt is on
 * then, and what it finds already scheduled must be remembered. Nothing else comes to the rescue
 * here: one stream, one request at a time. */
#include <doorbell/test.h>

#define ECHO(delay)                                                                               \
	"format = 1\n[cpu]\ncores = 2\n[device.eth0]\nmodel = \"82599\"\ndriver = \"ixgbe\"\n"    \
	"ring = 512\nitr = \"off\"\nqueues = 1\ngro_flush_timeout = \"20us\"\n"                   \
	"[[send]]\nfrom = \"eth0\"\nengine = \"tcp\"\nsize = \"4KiB\"\ncores = [0]\n"             \
	"peer = \"echo\"\npeer_delay = \"" delay "\"\n"

/* A retransmission comes after 200 ms (TCP_RTO_MIN): an answer that took long was lost sight of. */
static void answers_come_soon(struct rig *rig)
{
	for (unsigned i = 0; i < 10; i++) {
		uint64_t before = rig_stat(rig, "send0.completed");

		rig_run(rig, dur_ms(1));
		EXPECT_GT(rig, rig_stat(rig, "send0.completed"), before);
	}
	EXPECT_LE(rig, rig_stat(rig, "send0.latency_ns.max"), 1500000);
}

SIM_TEST(napi, answers_come_as_the_flush_timer_does, .scenario_text = ECHO("14us"))
{
	answers_come_soon(rig);
}

SIM_TEST(napi, answers_come_before_the_flush_timer, .scenario_text = ECHO("6us"))
{
	answers_come_soon(rig);
}

SIM_TEST(napi, answers_come_after_the_flush_timer, .scenario_text = ECHO("22us"))
{
	answers_come_soon(rig);
}

SIM_TEST(napi, interrupts_are_deferred, .scenario_text = ECHO("14us"),
	 .set = { "device.eth0.napi_defer_hard_irqs=2" })
{
	answers_come_soon(rig);
}

/* The vector is served by another core than the one that polls. */
SIM_TEST(napi, answers_come_as_the_vector_moves, .scenario_text = ECHO("14us"))
{
	for (unsigned i = 0; i < 6; i++) {
		EXPECT_EQ(rig, rig_set_affinity(rig, "eth0", 0, i % 2), 0);
		rig_run(rig, dur_ms(1));
	}
	EXPECT_LE(rig, rig_stat(rig, "send0.latency_ns.max"), 1500000);
}

/* ---- a frame that comes while the flush timer's poll gives up ---- */

static unsigned sum_of(const unsigned char *data, unsigned bytes, unsigned sum)
{
	for (unsigned i = 0; i < bytes; i++)
		sum += i & 1 ? data[i] : (unsigned)data[i] << 8;
	return sum;
}

static void put_sum(unsigned char *to, unsigned sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	to[0] = (unsigned char)(~sum >> 8);
	to[1] = (unsigned char)~sum;
}

/* Of a stream that nobody listens to (RFC 791, RFC 9293): GRO holds it until the timer. */
static void segment(struct rig *rig, struct at when)
{
	unsigned char frame[154] = {
		2, 0xd0, 0x0b, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0,
		0x45, 0, 0, 140, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1,
		0x10, 0, 0x20, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 0x20, 0,
	};

	put_sum(frame + 24, sum_of(frame + 14, 20, 0));
	put_sum(frame + 50, sum_of(frame + 26, 128, 6 + 120));
	rig_wire_frame(rig, "eth0", when, frame, sizeof(frame), 0);
}

/* The timer schedules NAPI while the interrupt is on. Between that poll's last look into the ring
 * and its end lies what it does with the segment; the frame's moment is swept over it. */
static void swept(struct rig *rig)
{
	for (unsigned i = 0; i < 96; i++) {
		struct at now = at_add(rig_now(rig), dur_us(2));

		segment(rig, now);
		rig_wire_burst(rig, at_add(now, dur_ns(19000 + i * 100)), 1, 64, dur_ns(0));
		rig_run(rig, dur_us(90));
		EXPECT_EQ(rig, rig_received(rig, "eth0"), i + 1);
	}
}

SIM_TEST(napi, frame_during_a_flush_is_not_forgotten, .scenario = "nic.toml", .no_explore = 1,
	 .set = { "device.eth0.gro_flush_timeout=\"20us\"", "device.eth0.queues=1",
		  "cpu.cores=1" })
{
	swept(rig);
}

/* The timer of a context that goes must not run on: new channels free the old contexts. */
SIM_TEST(napi, contexts_go_with_their_timers, .scenario = "nic.toml",
	 .set = { "device.eth0.gro_flush_timeout=\"30ms\"" })
{
	for (unsigned i = 0; i < 4; i++) {
		segment(rig, at_add(rig_now(rig), dur_us(1)));
		rig_run(rig, dur_us(30));
		if (i % 2) {
			EXPECT_EQ(rig, rig_set_channels(rig, "eth0", 1 + i / 2), 0);
		} else {
			EXPECT_EQ(rig, rig_close(rig, "eth0"), 0);
			EXPECT_EQ(rig, rig_open(rig, "eth0"), 0);
		}
		EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", dur_ms(3000)));
	}
}
