/* SPDX-License-Identifier: MIT */
/* Packets of one Perfetto sequence: descriptors, interned texts, events. Texts are interned on the
 * sequence, so an event holds numbers only. A descriptor or text has at most 127 bytes, the
 * rest is cut. Not modelled: several sequences, incremental state that
 * is cleared in the middle. */
#ifndef DOORBELL_TRACE_PERFETTO_PACKET_H
#define DOORBELL_TRACE_PERFETTO_PACKET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define PERFETTO_NOTES_MAX 3

enum perfetto_text { PERFETTO_NAME, PERFETTO_CATEGORY, PERFETTO_NOTE, PERFETTO_TEXTS };

struct perfetto_packet {
	FILE *out;
	bool begun;                            /* the first packet, which clears the state, is out */
	struct {
		char **text;                   /* by number - 1 */
		uint64_t count;
	} interned[PERFETTO_TEXTS];
};

struct perfetto_note {
	uint64_t name_iid, value;
};

struct perfetto_event {
	uint64_t ns, track;
	bool slice;                            /* begins one; else an instant */
	uint64_t name_iid, category_iid;
	uint64_t flow;                         /* 0 = none */
	unsigned notes;
	struct perfetto_note note[PERFETTO_NOTES_MAX];
};

void perfetto_packet_init(struct perfetto_packet *packet, FILE *out);
/* 0, or -1 if anything could not be written. */
int perfetto_packet_close(struct perfetto_packet *packet);

void perfetto_packet_process(struct perfetto_packet *packet, uint64_t uuid, unsigned pid,
			     const char *name);
void perfetto_packet_thread(struct perfetto_packet *packet, uint64_t uuid, unsigned pid,
			    unsigned tid, const char *name);
void perfetto_packet_track(struct perfetto_packet *packet, uint64_t uuid, uint64_t parent,
			   const char *name);

/* The number of a text; told to the reader at its first use. */
uint64_t perfetto_packet_name(struct perfetto_packet *packet, const char *text);
uint64_t perfetto_packet_category(struct perfetto_packet *packet, const char *text);
uint64_t perfetto_packet_note(struct perfetto_packet *packet, const char *text);

void perfetto_packet_event(struct perfetto_packet *packet, const struct perfetto_event *event);
/* Ends the track's innermost slice. */
void perfetto_packet_end(struct perfetto_packet *packet, uint64_t ns, uint64_t track);

#endif
