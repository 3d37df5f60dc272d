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
