/* SPDX-License-Identifier: MIT */
/* Reads a recording back and checks what the format asks: every number that is used was introduced,
 * slices nest and end, time does not go back on a track, flows lead somewhere. Prints what it found,
 * one "name value" a line, and "slice NAME" and "track NAME" for the tests to look for. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "perfetto.pb-c.h"

#define TRACKS_MAX 4096
#define NAMES_MAX  4096
#define FLOW_ROOM  (1u << 22)

struct track {
	int known, parent_known;
	uint64_t last_ns, events;
	unsigned depth;
};

struct flow {
	uint64_t id, first_track;
	unsigned events;
	int across;
};

static struct track track[TRACKS_MAX];
static char *name[NAMES_MAX];
static int category_known[NAMES_MAX], note_known[NAMES_MAX], name_used[NAMES_MAX];
static struct flow *flow;
static uint64_t slices, instants, deepest;

static void fail(const char *what, uint64_t value)
{
	fprintf(stderr, "pftrace_check: %s: %" PRIu64 "\n", what, value);
	exit(1);
}

static void check(int holds, const char *what, uint64_t value)
{
	if (!holds)
		fail(what, value);
}

static uint8_t *read_all(const char *path, size_t *bytes)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;

	check(file != NULL, "cannot be opened", 0);
	fseek(file, 0, SEEK_END);
	*bytes = (size_t)ftell(file);
	rewind(file);
	data = malloc(*bytes + 1);
	check(data && fread(data, 1, *bytes, file) == *bytes, "cannot be read", *bytes);
	fclose(file);
	return data;
}

static void take_descriptor(const Perfetto__Protos__TrackDescriptor *descriptor)
{
	check(descriptor->has_uuid && descriptor->uuid < TRACKS_MAX, "track number",
	      descriptor->uuid);
	check(!track[descriptor->uuid].known, "track described twice", descriptor->uuid);
	track[descriptor->uuid].known = 1;
	if (descriptor->has_parent_uuid)
		check(track[descriptor->parent_uuid].known, "parent unknown",
		      descriptor->parent_uuid);
	if (descriptor->process)
		printf("process %s\n", descriptor->process->process_name);
	else if (descriptor->thread)
		printf("track %s\n", descriptor->thread->thread_name);
	else
		printf("track %s\n", descriptor->name);
}

static void take_interned(const Perfetto__Protos__InternedData *data)
{
	for (size_t i = 0; i < data->n_event_names; i++) {
		check(data->event_names[i]->iid < NAMES_MAX, "name number",
		      data->event_names[i]->iid);
		name[data->event_names[i]->iid] = strdup(data->event_names[i]->name);
	}
	for (size_t i = 0; i < data->n_event_categories; i++)
		category_known[data->event_categories[i]->iid % NAMES_MAX] = 1;
	for (size_t i = 0; i < data->n_debug_annotation_names; i++)
		note_known[data->debug_annotation_names[i]->iid % NAMES_MAX] = 1;
}

static void take_flow(uint64_t id, uint64_t on_track)
{
	size_t slot = (size_t)(id * 0x9e3779b97f4a7c15ULL >> 42);

	while (flow[slot].events && flow[slot].id != id)
		slot = (slot + 1) % FLOW_ROOM;
	if (!flow[slot].events++) {
		flow[slot].id = id;
		flow[slot].first_track = on_track;
	}
	flow[slot].across |= flow[slot].first_track != on_track;
}

static void take_names(const Perfetto__Protos__TrackEvent *event)
{
	check(event->has_name_iid && event->name_iid < NAMES_MAX && name[event->name_iid],
	      "event's name unknown", event->name_iid);
	name_used[event->name_iid] = 1;
	check(event->n_category_iids == 1 && category_known[event->category_iids[0]],
	      "event's category unknown", event->name_iid);
	for (size_t i = 0; i < event->n_debug_annotations; i++)
		check(note_known[event->debug_annotations[i]->name_iid] &&
			      event->debug_annotations[i]->has_uint_value,
		      "note unknown", event->debug_annotations[i]->name_iid);
}

static void take_event(const Perfetto__Protos__TrackEvent *event, uint64_t ns)
{
	struct track *on = &track[event->track_uuid];

	check(event->track_uuid < TRACKS_MAX && on->known, "event on an unknown track",
	      event->track_uuid);
	check(ns >= on->last_ns, "time goes back on track", event->track_uuid);
	on->last_ns = ns;
	on->events++;
	switch (event->type) {
	case PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_SLICE_BEGIN:
		slices++;
		if (++on->depth > deepest)
			deepest = on->depth;
		take_names(event);
		break;
	case PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_SLICE_END:
		check(on->depth-- > 0, "end without begin on track", event->track_uuid);
		break;
	default:
		check(event->type == PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_INSTANT,
		      "event of another type", (uint64_t)event->type);
		instants++;
		take_names(event);
	}
	for (size_t i = 0; i < event->n_flow_ids; i++)
		take_flow(event->flow_ids[i], event->track_uuid);
}

static void report(void)
{
	uint64_t flows = 0, across = 0, steps = 0;

	for (size_t i = 0; i < TRACKS_MAX; i++)
		check(!track[i].depth, "slices left open on track", i);
	for (size_t i = 0; i < FLOW_ROOM; i++) {
		flows += flow[i].events > 0;
		across += flow[i].across != 0;
		steps += flow[i].events;
	}
	for (size_t i = 0; i < NAMES_MAX; i++)
		if (name_used[i])
			printf("slice %s\n", name[i]);
	printf("slices %" PRIu64 "\ninstants %" PRIu64 "\ndeepest %" PRIu64 "\nflows %" PRIu64
	       "\nflows_across_tracks %" PRIu64 "\nflow_steps %" PRIu64 "\n",
	       slices, instants, deepest, flows, across, steps);
}

int main(int argc, char **argv)
{
	Perfetto__Protos__Trace *trace;
	uint8_t *data;
	size_t bytes;

	check(argc == 2, "a file is due", (uint64_t)argc);
	flow = calloc(FLOW_ROOM, sizeof(*flow));
	check(flow != NULL, "no memory", 0);
	data = read_all(argv[1], &bytes);
	trace = perfetto__protos__trace__unpack(NULL, bytes, data);
	check(trace != NULL, "is no Trace message", bytes);
	for (size_t i = 0; i < trace->n_packet; i++) {
		const Perfetto__Protos__TracePacket *packet = trace->packet[i];

		check(packet->trusted_packet_sequence_id == 1, "sequence of packet", i);
		check(packet->sequence_flags == (i ? 2u : 3u), "flags of packet", i);
		if (packet->track_descriptor)
			take_descriptor(packet->track_descriptor);
		if (packet->interned_data)
			take_interned(packet->interned_data);
		if (packet->track_event)
			take_event(packet->track_event, packet->timestamp);
	}
	report();
	perfetto__protos__trace__free_unpacked(trace, NULL);
	for (size_t i = 0; i < NAMES_MAX; i++)
		free(name[i]);
	free(flow);
	free(data);
	return 0;
}
