/* SPDX-License-Identifier: MIT */
/* The Perfetto sink, read back with the definitions it is generated from. */
#include "model/trace/trace_perfetto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "perfetto.pb-c.h"

enum { CALL_BEGIN, CALL_END, RING, TLP, PHASE, IRQ, CMD, ACK, POINTS };

static const struct trace_point points[POINTS] = {
	[CALL_BEGIN] = { "linux.call.begin", { "core", "function" } },
	[CALL_END] = { "linux.call.end", { "core", "function" } },
	[RING] = { "nic.rx.ring", { "frame", "queue", "descriptor" } },
	[TLP] = { "pcie.up.tlp", { "bytes", "end_ps" } },
	[PHASE] = { "run.phase", { "phase" } },
	[IRQ] = { "intc.take", { "core", "vector" } },
	[CMD] = { "nvme.cmd.start", { "cmd" } },
	[ACK] = { "machine.shootdown.ack", { "from", "to", "end_ps" } },
};

struct rig {
	struct sim sim;
	struct trace_source eth0, eth1;
	FILE *out;
	char *data;
	size_t bytes;
	struct trace_perfetto *perfetto;
	Perfetto__Protos__Trace *trace;
	unsigned labels;             /* asked for */
};

static void label(void *ctx, const struct trace_point *point, const uint64_t arg[3],
		  struct trace_label *found)
{
	((struct rig *)ctx)->labels++;
	found->name = arg[1] == 5 ? "ixgbe_poll" : NULL;
	found->category = arg[1] == 5 ? "driver" : NULL;
}

static void record(struct rig *rig, const char *glob, const char *start)
{
	struct trace_perfetto_cfg cfg = { .glob = glob, .start = start, .label = label,
					  .label_ctx = rig };

	rig->out = cfg.out = open_memstream(&rig->data, &rig->bytes);
	rig->perfetto = trace_perfetto_create(&cfg);
	assert_non_null(rig->perfetto);
	trace_add_sink(rig->sim.trace, trace_perfetto_sink(rig->perfetto));
}

static void play(struct rig *rig)
{
	assert_int_equal(trace_perfetto_close(rig->perfetto), 0);
	trace_drop_sinks(rig->sim.trace);
	fclose(rig->out);
	rig->trace = perfetto__protos__trace__unpack(NULL, rig->bytes,
						     (const uint8_t *)rig->data);
	assert_non_null(rig->trace);
}

static int setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_non_null(rig);
	rig->sim.engine = engine_create();
	rig->sim.trace = trace_create(1);
	trace_source_init(&rig->eth0, &rig->sim, "eth0", points, POINTS);
	trace_source_init(&rig->eth1, &rig->sim, "eth1", points, POINTS);
	*state = rig;
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	if (rig->trace)
		perfetto__protos__trace__free_unpacked(rig->trace, NULL);
	free(rig->data);
	trace_destroy(rig->sim.trace);
	engine_destroy(rig->sim.engine);
	free(rig);
	return 0;
}

/* The n-th event of the recording. */
static const Perfetto__Protos__TracePacket *event(const struct rig *rig, unsigned n)
{
	for (size_t i = 0; i < rig->trace->n_packet; i++)
		if (rig->trace->packet[i]->track_event && !n--)
			return rig->trace->packet[i];
	return NULL;
}

static const char *name_of(const struct rig *rig, const Perfetto__Protos__TrackEvent *of)
{
	for (size_t i = 0; i < rig->trace->n_packet; i++) {
		const Perfetto__Protos__InternedData *data = rig->trace->packet[i]->interned_data;

		if (data && data->n_event_names && data->event_names[0]->iid == of->name_iid)
			return data->event_names[0]->name;
	}
	return NULL;
}

static const char *track_name(const struct rig *rig, uint64_t uuid)
{
	for (size_t i = 0; i < rig->trace->n_packet; i++) {
		const Perfetto__Protos__TrackDescriptor *track =
			rig->trace->packet[i]->track_descriptor;

		if (track && track->uuid == uuid)
			return track->thread ? track->thread->thread_name : track->name;
	}
	return NULL;
}

static const char *event_track(const struct rig *rig, unsigned n)
{
	return track_name(rig, event(rig, n)->track_event->track_uuid);
}

static void slices_begin_and_end_on_their_core(void **state)
{
	struct rig *rig = *state;

	record(rig, NULL, NULL);
	trace_detail(&rig->eth0, CALL_BEGIN, at_ps(1999), 3, 5, 0);
	trace_detail(&rig->eth0, CALL_END, at_ps(7000), 3, 5, 0);
	play(rig);
	assert_int_equal(event(rig, 0)->timestamp, 1);
	assert_int_equal(event(rig, 0)->track_event->type,
			 PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_SLICE_BEGIN);
	assert_string_equal(event_track(rig, 0), "cpu3");
	assert_string_equal(name_of(rig, event(rig, 0)->track_event), "ixgbe_poll");
	assert_int_equal(event(rig, 1)->timestamp, 7);
	assert_int_equal(event(rig, 1)->track_event->type,
			 PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_SLICE_END);
	assert_int_equal(event(rig, 1)->track_event->track_uuid,
			 event(rig, 0)->track_event->track_uuid);
	assert_null(event(rig, 2));
}

static void slices_left_open_are_ended_and_ends_without_begin_left_out(void **state)
{
	struct rig *rig = *state;

	record(rig, NULL, NULL);
	trace_detail(&rig->eth0, CALL_END, at_ps(1000), 0, 5, 0);
	trace_detail(&rig->eth0, CALL_BEGIN, at_ps(2000), 0, 5, 0);
	trace_detail(&rig->eth0, CALL_BEGIN, at_ps(3000), 0, 6, 0);
	play(rig);
	assert_int_equal(event(rig, 0)->timestamp, 2);
	assert_string_equal(name_of(rig, event(rig, 1)->track_event), "linux.call.begin");
	assert_int_equal(event(rig, 2)->track_event->type,
			 PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_SLICE_END);
	assert_int_equal(event(rig, 3)->timestamp, 3);
	assert_null(event(rig, 4));
}

static void a_label_is_asked_for_once(void **state)
{
	struct rig *rig = *state;

	record(rig, NULL, NULL);
	for (unsigned i = 0; i < 5000; i++)
		trace_detail(&rig->eth0, CALL_BEGIN, at_ps(i), i & 1, i / 2, 0);
	play(rig);
	assert_int_equal(rig->labels, 2500);
}

static void end_ps_makes_a_slice(void **state)
{
	struct rig *rig = *state;

	record(rig, NULL, NULL);
	trace_detail(&rig->eth0, TLP, at_ps(4000), 84, 9000, 0);
	play(rig);
	assert_string_equal(event_track(rig, 0), "up");
	assert_int_equal(event(rig, 0)->track_event->n_debug_annotations, 1);
	assert_int_equal(event(rig, 0)->track_event->debug_annotations[0]->uint_value, 84);
	assert_int_equal(event(rig, 1)->timestamp, 9);
}

static void what_goes_between_two_cores_has_a_track_of_its_own(void **state)
{
	struct rig *rig = *state;

	record(rig, NULL, NULL);
	trace_detail(&rig->eth0, ACK, at_ps(4000), 3, 12, 9000);
	trace_detail(&rig->eth0, ACK, at_ps(2000), 12, 3, 3000);
	play(rig);
	assert_string_equal(event_track(rig, 0), "shootdown cpu3 to cpu12");
	assert_int_equal(event(rig, 1)->timestamp, 9);
	assert_string_equal(event_track(rig, 2), "shootdown cpu12 to cpu3");
}

static void arrows_connect_one_frame_of_one_source(void **state)
{
	struct rig *rig = *state;
	uint64_t flow[4];

	record(rig, NULL, NULL);
	trace_emit(&rig->eth0, RING, 17, 0, 1);
	trace_emit(&rig->eth0, RING, 17, 1, 2);
	trace_emit(&rig->eth0, RING, 18, 1, 3);
	trace_emit(&rig->eth1, RING, 17, 0, 4);
	play(rig);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(event(rig, i)->track_event->n_flow_ids, 1);
		flow[i] = event(rig, i)->track_event->flow_ids[0];
	}
	assert_int_equal(flow[0], flow[1]);
	assert_true(flow[0] != flow[2]);
	assert_true(flow[0] != flow[3]);
	assert_string_equal(event_track(rig, 0), "rx queue 0");
	assert_string_equal(event_track(rig, 1), "rx queue 1");
	/* The other port's queue 0 is another track. */
	assert_true(event(rig, 0)->track_event->track_uuid !=
		    event(rig, 3)->track_event->track_uuid);
}

static void numbers_of_any_size_come_back(void **state)
{
	static const uint64_t value[] = { 0, 127, 128, 16383, 16384, 1ULL << 35, UINT64_MAX };
	struct rig *rig = *state;

	record(rig, NULL, NULL);
	for (unsigned i = 0; i < 7; i++)
		trace_emit(&rig->eth0, RING, value[i], 0, UINT64_MAX - value[i]);
	play(rig);
	for (unsigned i = 0; i < 7; i++) {
		const Perfetto__Protos__TrackEvent *back = event(rig, i)->track_event;

		assert_true(back->debug_annotations[0]->uint_value == value[i]);
		assert_true(back->debug_annotations[2]->uint_value == UINT64_MAX - value[i]);
	}
}

static void interrupts_and_commands_have_tracks_of_their_own(void **state)
{
	struct rig *rig = *state;

	record(rig, NULL, NULL);
	trace_emit(&rig->eth0, IRQ, 2, 33, 0);
	trace_emit(&rig->eth0, CMD, 3 << 16 | 17, 0, 0);
	play(rig);
	assert_string_equal(event_track(rig, 0), "cpu2 interrupts");
	assert_string_equal(event_track(rig, 1), "cmd queue 3");
}

static void glob_and_start_choose_what_is_recorded(void **state)
{
	struct rig *rig = *state;

	record(rig, "nic.*", "run.phase");
	trace_emit(&rig->eth0, RING, 1, 0, 0);
	trace_emit(&rig->eth0, PHASE, 1, 0, 0);
	trace_emit(&rig->eth0, RING, 2, 0, 0);
	trace_emit(&rig->eth0, CMD, 3, 0, 0);
	play(rig);
	assert_int_equal(event(rig, 0)->track_event->debug_annotations[0]->uint_value, 2);
	assert_null(event(rig, 1));
}

static void a_full_disk_is_told(void **state)
{
	struct rig *rig = *state;
	struct trace_perfetto_cfg cfg = { .out = fopen("/dev/full", "w") };
	struct trace_perfetto *perfetto = trace_perfetto_create(&cfg);

	assert_non_null(cfg.out);
	trace_add_sink(rig->sim.trace, trace_perfetto_sink(perfetto));
	trace_emit(&rig->eth0, RING, 1, 0, 0);
	assert_int_equal(trace_perfetto_close(perfetto), -1);
	trace_drop_sinks(rig->sim.trace);
	fclose(cfg.out);
}

#define RIGGED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(slices_begin_and_end_on_their_core),
		RIGGED(slices_left_open_are_ended_and_ends_without_begin_left_out),
		RIGGED(a_label_is_asked_for_once),
		RIGGED(end_ps_makes_a_slice),
		RIGGED(what_goes_between_two_cores_has_a_track_of_its_own),
		RIGGED(arrows_connect_one_frame_of_one_source),
		RIGGED(numbers_of_any_size_come_back),
		RIGGED(interrupts_and_commands_have_tracks_of_their_own),
		RIGGED(glob_and_start_choose_what_is_recorded),
		RIGGED(a_full_disk_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
