/* SPDX-License-Identifier: MIT */
#include "model/trace/perfetto_packet.h"

#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "perfetto.pb-c.h"

#define SEQUENCE           1u
#define STATE_CLEARED      1u        /* SEQ_INCREMENTAL_STATE_CLEARED */
#define STATE_NEEDED       2u        /* SEQ_NEEDS_INCREMENTAL_STATE */
#define TEXT_BYTES_MAX     128
#define PACKET_BYTES_MAX   1024u     /* two texts at most, and numbers */
#define EVENT_BYTES_MAX    192u      /* ten numbers and three notes of at most 24 bytes each */

void perfetto_packet_init(struct perfetto_packet *packet, FILE *out)
{
	*packet = (struct perfetto_packet){ .out = out };
}

int perfetto_packet_close(struct perfetto_packet *packet)
{
	for (int kind = 0; kind < PERFETTO_TEXTS; kind++) {
		for (uint64_t i = 0; i < packet->interned[kind].count; i++)
			free(packet->interned[kind].text[i]);
		free(packet->interned[kind].text);
	}
	return fflush(packet->out) || ferror(packet->out) ? -1 : 0;
}

/* A file is a message Trace; written packet by packet, as repeated fields may be. */
static void send(struct perfetto_packet *packet, Perfetto__Protos__TracePacket *content)
{
	Perfetto__Protos__Trace trace = PERFETTO__PROTOS__TRACE__INIT;
	uint8_t bytes[PACKET_BYTES_MAX];
	size_t length;

	content->has_trusted_packet_sequence_id = 1;
	content->trusted_packet_sequence_id = SEQUENCE;
	content->has_sequence_flags = 1;
	content->sequence_flags = packet->begun ? STATE_NEEDED : STATE_CLEARED | STATE_NEEDED;
	packet->begun = true;
	trace.n_packet = 1;
	trace.packet = &content;
	length = perfetto__protos__trace__pack(&trace, bytes);
	ASSERT(length <= sizeof(bytes));
	fwrite(bytes, 1, length, packet->out);
}

/* protobuf-c has no const in its messages; it does not write to them. */
static char *cut(const char *text, char *into)
{
	snprintf(into, TEXT_BYTES_MAX, "%s", text);
	return into;
}

static void send_descriptor(struct perfetto_packet *packet,
			    Perfetto__Protos__TrackDescriptor *descriptor, uint64_t uuid,
			    char *name)
{
	Perfetto__Protos__TracePacket content = PERFETTO__PROTOS__TRACE_PACKET__INIT;

	descriptor->has_uuid = 1;
	descriptor->uuid = uuid;
	descriptor->name = name;
	content.track_descriptor = descriptor;
	send(packet, &content);
}

void perfetto_packet_process(struct perfetto_packet *packet, uint64_t uuid, unsigned pid,
			     const char *name)
{
	Perfetto__Protos__TrackDescriptor descriptor = PERFETTO__PROTOS__TRACK_DESCRIPTOR__INIT;
	Perfetto__Protos__ProcessDescriptor process = PERFETTO__PROTOS__PROCESS_DESCRIPTOR__INIT;
	char text[TEXT_BYTES_MAX];

	process.has_pid = 1;
	process.pid = (int32_t)pid;
	process.process_name = cut(name, text);
	descriptor.process = &process;
	send_descriptor(packet, &descriptor, uuid, NULL);
}

void perfetto_packet_thread(struct perfetto_packet *packet, uint64_t uuid, unsigned pid,
			    unsigned tid, const char *name)
{
	Perfetto__Protos__TrackDescriptor descriptor = PERFETTO__PROTOS__TRACK_DESCRIPTOR__INIT;
	Perfetto__Protos__ThreadDescriptor thread = PERFETTO__PROTOS__THREAD_DESCRIPTOR__INIT;
	char text[TEXT_BYTES_MAX];

	thread.has_pid = 1;
	thread.pid = (int32_t)pid;
	thread.has_tid = 1;
	thread.tid = (int32_t)tid;
	thread.thread_name = cut(name, text);
	descriptor.thread = &thread;
	send_descriptor(packet, &descriptor, uuid, NULL);
}

void perfetto_packet_track(struct perfetto_packet *packet, uint64_t uuid, uint64_t parent,
			   const char *name)
{
	Perfetto__Protos__TrackDescriptor descriptor = PERFETTO__PROTOS__TRACK_DESCRIPTOR__INIT;
	char text[TEXT_BYTES_MAX];

	descriptor.has_parent_uuid = 1;
	descriptor.parent_uuid = parent;
	send_descriptor(packet, &descriptor, uuid, cut(name, text));
}

/* 0 if the text is new; it then has the number count + 1. Callers keep numbers, so this is rare. */
static uint64_t find(const struct perfetto_packet *packet, enum perfetto_text kind,
		     const char *text)
{
	for (uint64_t i = 0; i < packet->interned[kind].count; i++)
		if (!strncmp(packet->interned[kind].text[i], text, TEXT_BYTES_MAX - 1))
			return i + 1;
	return 0;
}

static char *keep(struct perfetto_packet *packet, enum perfetto_text kind, const char *text)
{
	uint64_t count = packet->interned[kind].count;
	char *copy = malloc(TEXT_BYTES_MAX);

	if (!(count & (count - 1)))
		packet->interned[kind].text =
			realloc(packet->interned[kind].text,
				(count ? 2 * count : 1) * sizeof(*packet->interned[kind].text));
	ASSERT(copy && packet->interned[kind].text);
	packet->interned[kind].text[count] = cut(text, copy);
	packet->interned[kind].count = count + 1;
	return copy;
}

static void send_interned(struct perfetto_packet *packet, Perfetto__Protos__InternedData *data)
{
	Perfetto__Protos__TracePacket content = PERFETTO__PROTOS__TRACE_PACKET__INIT;

	content.interned_data = data;
	send(packet, &content);
}

uint64_t perfetto_packet_name(struct perfetto_packet *packet, const char *text)
{
	Perfetto__Protos__InternedData data = PERFETTO__PROTOS__INTERNED_DATA__INIT;
	Perfetto__Protos__EventName name = PERFETTO__PROTOS__EVENT_NAME__INIT, *names = &name;
	uint64_t known = find(packet, PERFETTO_NAME, text);

	if (known)
		return known;
	name.name = keep(packet, PERFETTO_NAME, text);
	name.has_iid = 1;
	name.iid = packet->interned[PERFETTO_NAME].count;
	data.n_event_names = 1;
	data.event_names = &names;
	send_interned(packet, &data);
	return name.iid;
}

uint64_t perfetto_packet_category(struct perfetto_packet *packet, const char *text)
{
	Perfetto__Protos__InternedData data = PERFETTO__PROTOS__INTERNED_DATA__INIT;
	Perfetto__Protos__EventCategory category = PERFETTO__PROTOS__EVENT_CATEGORY__INIT;
	Perfetto__Protos__EventCategory *categories = &category;
	uint64_t known = find(packet, PERFETTO_CATEGORY, text);

	if (known)
		return known;
	category.name = keep(packet, PERFETTO_CATEGORY, text);
	category.has_iid = 1;
	category.iid = packet->interned[PERFETTO_CATEGORY].count;
	data.n_event_categories = 1;
	data.event_categories = &categories;
	send_interned(packet, &data);
	return category.iid;
}

uint64_t perfetto_packet_note(struct perfetto_packet *packet, const char *text)
{
	Perfetto__Protos__InternedData data = PERFETTO__PROTOS__INTERNED_DATA__INIT;
	Perfetto__Protos__DebugAnnotationName note = PERFETTO__PROTOS__DEBUG_ANNOTATION_NAME__INIT;
	Perfetto__Protos__DebugAnnotationName *notes = &note;
	uint64_t known = find(packet, PERFETTO_NOTE, text);

	if (known)
		return known;
	note.name = keep(packet, PERFETTO_NOTE, text);
	note.has_iid = 1;
	note.iid = packet->interned[PERFETTO_NOTE].count;
	data.n_debug_annotation_names = 1;
	data.debug_annotation_names = &notes;
	send_interned(packet, &data);
	return note.iid;
}

/* ---- events ----
 * They are nearly all of a recording, so they are put together here instead of by protobuf-c, which
 * takes several times as long; tests/observe reads them back with it. A field begins with its number
 * << 3 | its wire type: 0 a varint, 1 eight bytes, 2 a length and so many bytes. */

#define VARINT(field)  ((field) << 3)
#define FIXED64(field) ((field) << 3 | 1)
#define BYTES(field)   ((field) << 3 | 2)

static uint8_t *put_varint(uint8_t *at, uint64_t value)
{
	for (; value > 0x7f; value >>= 7)
		*at++ = (uint8_t)(value | 0x80);
	*at++ = (uint8_t)value;
	return at;
}

static uint8_t *put_number(uint8_t *at, unsigned field, uint64_t value)
{
	return put_varint(put_varint(at, VARINT(field)), value);
}

/* A message of `bytes` that stands at at + 1 gets its length before it; at most 127. */
static uint8_t *close_message(uint8_t *at, size_t bytes)
{
	ASSERT(bytes < 0x80);
	*at = (uint8_t)bytes;
	return at + 1 + bytes;
}

/* TracePacket with a TrackEvent that is complete in `event`. */
static void send_event(struct perfetto_packet *packet, uint64_t ns, const uint8_t *event,
		       size_t bytes)
{
	uint8_t whole[2 * EVENT_BYTES_MAX], *start = whole + 3, *at = start;

	at = put_number(at, 8, ns);
	at = put_number(at, 10, SEQUENCE);
	at = put_number(at, 13, STATE_NEEDED);
	at = put_varint(put_varint(at, BYTES(11)), bytes);
	memcpy(at, event, bytes);
	at += bytes;
	/* Trace.packet and the length before it; two bytes of length whenever one is not enough. */
	bytes = (size_t)(at - start);
	start -= bytes < 0x80 ? 1 : 2;
	put_varint(start, bytes);
	*--start = BYTES(1);
	fwrite_unlocked(start, 1, (size_t)(at - start), packet->out);
}

static uint8_t *put_note(uint8_t *at, const struct perfetto_note *note)
{
	uint8_t *length = put_varint(at, BYTES(4)), *end;

	end = put_number(put_number(length + 1, 1, note->name_iid), 3, note->value);
	return close_message(length, (size_t)(end - length - 1));
}

void perfetto_packet_event(struct perfetto_packet *packet, const struct perfetto_event *event)
{
	uint8_t bytes[EVENT_BYTES_MAX], *at = bytes;

	at = put_number(at, 3, event->category_iid);
	for (unsigned i = 0; i < event->notes; i++)
		at = put_note(at, &event->note[i]);
	at = put_number(at, 9,
			event->slice ? PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_SLICE_BEGIN
				     : PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_INSTANT);
	at = put_number(at, 10, event->name_iid);
	at = put_number(at, 11, event->track);
	if (event->flow) {
		at = put_varint(at, FIXED64(47));
		for (unsigned shift = 0; shift < 64; shift += 8)
			*at++ = (uint8_t)(event->flow >> shift);
	}
	send_event(packet, event->ns, bytes, (size_t)(at - bytes));
}

void perfetto_packet_end(struct perfetto_packet *packet, uint64_t ns, uint64_t track)
{
	uint8_t bytes[EVENT_BYTES_MAX], *at = bytes;

	at = put_number(at, 9, PERFETTO__PROTOS__TRACK_EVENT__TYPE__TYPE_SLICE_END);
	at = put_number(at, 11, track);
	send_event(packet, ns, bytes, (size_t)(at - bytes));
}
