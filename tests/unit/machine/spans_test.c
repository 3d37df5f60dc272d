/* SPDX-License-Identifier: MIT */
/* Spans from made-up events: what is known, what is missing, what comes in an odd order. */
#include "model/machine/spans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RING, NIC_RAISE, START, MEDIUM, ENTRY, SSD_RAISE, MSI, TAKE, POINTS };
enum { DEVICE, THROTTLE, IRQ, SOFTIRQ, DRIVER, STACK, WAKEUP };
enum { SUBMIT, FETCH, PREPARE, MEDIUM_STAGE, COALESCE, IO_IRQ, HANDLER, IO_WAKEUP };

static const struct trace_point points[POINTS] = {
	[RING] = { "nic82599.rx.ring", { "frame", "queue" } },
	[NIC_RAISE] = { "nic82599.irq.raise", { "vector" } },
	[START] = { "nvme.cmd.start", { "cmd", "opcode", "lba" } },
	[MEDIUM] = { "nvme.cmd.medium", { "cmd" } },
	[ENTRY] = { "nvme.cmd.complete", { "cmd", "status", "latency_ps" } },
	[SSD_RAISE] = { "nvme.irq.raise", { "vector" } },
	[MSI] = { "pcie.msi", { "address", "data", "entry" } },
	[TAKE] = { "intc.take", { "core", "vector" } },
};

#define CMD(queue, id) ((queue) << 16 | (id))

struct rig {
	struct machine_cfg cfg;
	struct sim sim;
	struct trace_source eth0, nvme0, intc;
	struct spans *spans;
	struct span seen[16];
	unsigned count;
};

static int rx_entry(void *ctx, unsigned device, unsigned queue)
{
	return (int)queue;
}

static void on_span(void *ctx, const struct span *span)
{
	struct rig *rig = ctx;
	uint64_t sum = 0;

	for (unsigned i = 0; i < span->stages; i++)
		sum += span->stage_ps[i];
	assert_int_equal(sum, span->latency_ps);
	rig->seen[rig->count++] = *span;
}

static int setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct spans_ops ops = { rx_entry, on_span, rig };

	assert_non_null(rig);
	rig->cfg.devices = 2;
	rig->cfg.device[0].name = "eth0";
	rig->cfg.device[0].model = SCN_MODEL_82599;
	rig->cfg.device[1].name = "nvme0";
	rig->cfg.device[1].model = SCN_MODEL_NVME;
	rig->cfg.job[0].bytes = 8192;
	rig->cfg.jobs = 1;
	rig->sim.engine = engine_create();
	rig->sim.trace = trace_create(1);
	trace_source_init(&rig->eth0, &rig->sim, "eth0", points, POINTS);
	trace_source_init(&rig->nvme0, &rig->sim, "nvme0", points, POINTS);
	trace_source_init(&rig->intc, &rig->sim, "intc", points, POINTS);
	rig->spans = spans_create(&rig->cfg, &rig->intc, &ops);
	assert_non_null(rig->spans);
	*state = rig;
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	spans_destroy(rig->spans);
	trace_destroy(rig->sim.trace);
	engine_destroy(rig->sim.engine);
	free(rig);
	return 0;
}

/* Straight to the sink: the details that spans tell themselves stay out. */
static void tell(struct rig *rig, const struct trace_source *source, unsigned point, uint64_t when,
		 uint64_t a, uint64_t b, uint64_t c)
{
	const uint64_t arg[3] = { a, b, c };
	struct trace_sink *sink = spans_sink(rig->spans);

	sink->emit(sink->ctx, at_ps(when), &points[point], source->name, arg);
}

static void stages_of_a_frame_with_an_interrupt(void **state)
{
	struct rig *rig = *state;
	const uint64_t *stage = rig->seen[0].stage_ps;

	tell(rig, &rig->eth0, RING, 100, 1, 0, 0);
	tell(rig, &rig->eth0, NIC_RAISE, 150, 0, 1, 0);
	tell(rig, &rig->eth0, MSI, 160, 0xfee00000, 40, 0);
	tell(rig, &rig->intc, TAKE, 170, 0, 40, 0);
	spans_frame_delivered(rig->spans, 0, 1, at_ps(90), at_ps(500));
	assert_int_equal(rig->count, 1);
	assert_int_equal(rig->seen[0].latency_ps, 410);
	assert_int_equal(stage[DEVICE], 10);
	assert_int_equal(stage[THROTTLE], 50);
	assert_int_equal(stage[IRQ], 20);
	/* Nobody told what the core ran. */
	assert_int_equal(stage[SOFTIRQ] + stage[DRIVER] + stage[STACK], 0);
	assert_int_equal(stage[WAKEUP], 330);
}

static void a_frame_that_was_polled_has_no_interrupt(void **state)
{
	struct rig *rig = *state;

	tell(rig, &rig->eth0, RING, 100, 1, 0, 0);
	spans_frame_delivered(rig->spans, 0, 1, at_ps(90), at_ps(500));
	/* Its interrupt comes after it is gone. */
	tell(rig, &rig->eth0, NIC_RAISE, 600, 0, 1, 0);
	assert_int_equal(rig->seen[0].stage_ps[THROTTLE], 0);
	assert_int_equal(rig->seen[0].stage_ps[WAKEUP], 400);
}

static void a_frame_nobody_saw_in_the_ring_has_no_span(void **state)
{
	struct rig *rig = *state;

	spans_frame_delivered(rig->spans, 0, 5, at_ps(90), at_ps(500));
	assert_int_equal(rig->count, 0);
}

static void an_interrupt_under_way_is_the_frames_too(void **state)
{
	struct rig *rig = *state;
	const uint64_t *stage = rig->seen[0].stage_ps;

	tell(rig, &rig->eth0, NIC_RAISE, 99, 0, 1, 0);
	tell(rig, &rig->eth0, RING, 100, 1, 0, 0);
	tell(rig, &rig->eth0, MSI, 110, 0xfee00000, 40, 0);
	tell(rig, &rig->intc, TAKE, 130, 0, 40, 0);
	spans_frame_delivered(rig->spans, 0, 1, at_ps(90), at_ps(500));
	assert_int_equal(stage[THROTTLE], 0);
	assert_int_equal(stage[IRQ], 30);
	assert_int_equal(stage[WAKEUP], 370);
}

static void an_interrupt_of_another_queue_is_not_this_frames(void **state)
{
	struct rig *rig = *state;

	tell(rig, &rig->eth0, RING, 100, 1, 3, 0);
	tell(rig, &rig->eth0, NIC_RAISE, 150, 0, 1, 0);
	spans_frame_delivered(rig->spans, 0, 1, at_ps(90), at_ps(500));
	assert_int_equal(rig->seen[0].stage_ps[THROTTLE], 0);
}

static void stages_of_an_io(void **state)
{
	struct rig *rig = *state;
	const uint64_t *stage = rig->seen[0].stage_ps;

	assert_int_equal(spans_io_submitted(rig->spans, 0, 0, 1, 4096, false, at_ps(1000)), 1);
	tell(rig, &rig->nvme0, START, 1300, CMD(1, 7), 2, 8);
	tell(rig, &rig->nvme0, MEDIUM, 1310, CMD(1, 7), 0, 0);
	tell(rig, &rig->nvme0, ENTRY, 2000, CMD(1, 7), 0, 900);
	tell(rig, &rig->nvme0, SSD_RAISE, 2050, 1, 1, 0);
	tell(rig, &rig->nvme0, MSI, 2060, 0xfee00000 | 2 << 12, 41, 1);
	tell(rig, &rig->intc, TAKE, 2100, 2, 41, 0);
	assert_int_equal(spans_io_completed(rig->spans, 0, 0, at_ps(3000)), 1);
	assert_int_equal(rig->seen[0].latency_ps, 2000);
	assert_int_equal(stage[SUBMIT], 100);
	assert_int_equal(stage[FETCH], 200);
	assert_int_equal(stage[PREPARE], 10);
	assert_int_equal(stage[MEDIUM_STAGE], 690);
	assert_int_equal(stage[COALESCE], 50);
	assert_int_equal(stage[IO_IRQ], 50);
	assert_int_equal(stage[IO_WAKEUP], 900);
}

static void an_io_cut_into_commands_lasts_until_the_last(void **state)
{
	struct rig *rig = *state;
	const uint64_t *stage = rig->seen[0].stage_ps;

	spans_io_submitted(rig->spans, 0, 0, 1, 0, false, at_ps(1000));
	tell(rig, &rig->nvme0, START, 1200, CMD(1, 7), 2, 0);
	tell(rig, &rig->nvme0, START, 1250, CMD(1, 8), 2, 8);
	tell(rig, &rig->nvme0, ENTRY, 1500, CMD(1, 7), 0, 400);
	tell(rig, &rig->nvme0, ENTRY, 1900, CMD(1, 8), 0, 800);
	spans_io_completed(rig->spans, 0, 0, at_ps(2000));
	assert_int_equal(stage[SUBMIT], 100);
	assert_int_equal(stage[FETCH], 100);
	assert_int_equal(stage[MEDIUM_STAGE], 700);
	assert_int_equal(stage[IO_WAKEUP], 100);
}

static void two_ios_of_one_block_are_served_in_order(void **state)
{
	struct rig *rig = *state;

	spans_io_submitted(rig->spans, 0, 0, 1, 0, false, at_ps(1000));
	spans_io_submitted(rig->spans, 0, 1, 1, 0, false, at_ps(1000));
	tell(rig, &rig->nvme0, START, 1200, CMD(1, 1), 2, 0);
	tell(rig, &rig->nvme0, START, 1300, CMD(1, 2), 2, 0);
	tell(rig, &rig->nvme0, ENTRY, 1500, CMD(1, 2), 0, 500);
	tell(rig, &rig->nvme0, ENTRY, 1600, CMD(1, 1), 0, 600);
	spans_io_completed(rig->spans, 0, 1, at_ps(2000));
	spans_io_completed(rig->spans, 0, 0, at_ps(2000));
	assert_int_equal(rig->seen[0].id, 2);
	assert_int_equal(rig->seen[0].stage_ps[IO_WAKEUP], 500);
	assert_int_equal(rig->seen[1].id, 1);
	assert_int_equal(rig->seen[1].stage_ps[IO_WAKEUP], 400);
}

static void admin_commands_and_writes_are_not_a_read(void **state)
{
	struct rig *rig = *state;

	spans_io_submitted(rig->spans, 0, 0, 1, 0, false, at_ps(1000));
	tell(rig, &rig->nvme0, START, 1100, CMD(0, 1), 2, 0);
	tell(rig, &rig->nvme0, START, 1100, CMD(1, 2), 1, 0);
	spans_io_completed(rig->spans, 0, 0, at_ps(2000));
	assert_int_equal(rig->seen[0].stage_ps[IO_WAKEUP], 1000);
}

static void a_completion_that_was_never_submitted_is_ignored(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(spans_io_completed(rig->spans, 0, 3, at_ps(2000)), 0);
	assert_int_equal(rig->count, 0);
}

static void a_given_up_command_is_forgotten(void **state)
{
	struct rig *rig = *state;

	spans_io_submitted(rig->spans, 0, 0, 1, 0, false, at_ps(1000));
	tell(rig, &rig->nvme0, START, 1200, CMD(1, 1), 2, 0);
	spans_io_completed(rig->spans, 0, 0, at_ps(2000));
	tell(rig, &rig->nvme0, ENTRY, 2500, CMD(1, 1), 0, 600);
	assert_int_equal(rig->count, 1);
}

#define RIGGED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(stages_of_a_frame_with_an_interrupt),
		RIGGED(a_frame_that_was_polled_has_no_interrupt),
		RIGGED(a_frame_nobody_saw_in_the_ring_has_no_span),
		RIGGED(an_interrupt_under_way_is_the_frames_too),
		RIGGED(an_interrupt_of_another_queue_is_not_this_frames),
		RIGGED(stages_of_an_io),
		RIGGED(an_io_cut_into_commands_lasts_until_the_last),
		RIGGED(two_ios_of_one_block_are_served_in_order),
		RIGGED(admin_commands_and_writes_are_not_a_read),
		RIGGED(a_completion_that_was_never_submitted_is_ignored),
		RIGGED(a_given_up_command_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
