/* SPDX-License-Identifier: MIT */
/* What is drawn where is found out once for each pair of point and source; from then on an event
 * costs the packing of one or two messages. */
#include "model/trace/trace_perfetto.h"

#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/trace/perfetto_packet.h"
#include "model/trace/trace_text.h"

#define PLACES       4096u      /* pairs of point and source; a power of two */
#define TRACKS_MAX   8192u
#define INDEX_MAX    4096u      /* cores, queues, vectors, pairs that get tracks of their own */
#define PAIR_CORES   64u        /* index of a pair: the first core times this, plus the second */
#define NAMES_FIRST  1024u      /* a power of two */
#define NO_ARG       (-1)

enum shape { SHAPE_INSTANT, SHAPE_BEGIN, SHAPE_END, SHAPE_SPAN };
enum axis {
	AXIS_SUBJECT, AXIS_CORE, AXIS_INTERRUPTS, AXIS_QUEUE, AXIS_VECTOR, AXIS_COMMAND,
	AXIS_PAIR,                   /* what goes from one core to another */
};

struct track {
	uint64_t uuid, last_ns;
	unsigned open;               /* slices begun and not ended */
};

/* How one point of one source is drawn. */
struct place {
	const struct trace_point *point;
	const char *source;
	bool wanted;
	enum shape shape;
	enum axis axis;
	int axis_arg, to_arg, flow_arg, end_arg;
	uint64_t name_iid, category_iid, flow_base;
	uint64_t note_iid[3];        /* 0: the argument is not written */
	struct family *family;
};

/* Tracks of one kind and source: one for each index. */
struct family {
	char source[64], subject[64];
	enum axis axis;
	uint64_t parent;
	struct track *track[INDEX_MAX];
};

struct name {
	const struct place *place;
	uint64_t value;
	uint64_t name_iid, category_iid;
};

struct process {
	char name[64];
	uint64_t uuid;
};

struct trace_perfetto {
	struct trace_sink sink;
	struct trace_perfetto_cfg cfg;
	struct perfetto_packet packet;
	bool recording;
	struct place place[PLACES];
	unsigned places;
	struct family *family[PLACES];
	unsigned families;
	struct track *track[TRACKS_MAX];
	unsigned tracks;
	struct process process[PLACES];
	unsigned processes;
	struct name *name;           /* open addressing */
	uint64_t name_room, names;
	uint64_t next_uuid;
};

static void *take(size_t bytes)
{
	void *memory = calloc(1, bytes);

	ASSERT(memory);
	return memory;
}

/* ---- tracks ---- */

static uint64_t process_uuid(struct trace_perfetto *perfetto, const char *name)
{
	struct process *process;

	for (unsigned i = 0; i < perfetto->processes; i++)
		if (!strcmp(perfetto->process[i].name, name))
			return perfetto->process[i].uuid;
	ASSERT(perfetto->processes < PLACES);
	process = &perfetto->process[perfetto->processes++];
	snprintf(process->name, sizeof(process->name), "%s", name);
	process->uuid = perfetto->next_uuid++;
	perfetto_packet_process(&perfetto->packet, process->uuid, perfetto->processes, name);
	return process->uuid;
}

/* "rx" of "nic82599.rx.drop"; the whole name if it has fewer than three parts. */
static void subject_of(const char *point, char *subject, size_t bytes)
{
	const char *first = strchr(point, '.'), *last = strrchr(point, '.');

	if (first && last > first)
		snprintf(subject, bytes, "%.*s", (int)(last - first - 1), first + 1);
	else
		snprintf(subject, bytes, "%s", point);
}

static struct family *family_of(struct trace_perfetto *perfetto, const struct place *place)
{
	bool core = place->axis == AXIS_CORE || place->axis == AXIS_INTERRUPTS;
	const char *source = core ? "cores" : place->source;
	struct family *family;
	char subject[64] = "";

	if (!core)
		subject_of(place->point->name, subject, sizeof(subject));
	for (unsigned i = 0; i < perfetto->families; i++) {
		family = perfetto->family[i];
		if (family->axis == place->axis && !strcmp(family->source, source) &&
		    !strcmp(family->subject, subject))
			return family;
	}
	ASSERT(perfetto->families < PLACES);
	family = take(sizeof(*family));
	perfetto->family[perfetto->families++] = family;
	snprintf(family->source, sizeof(family->source), "%s", source);
	snprintf(family->subject, sizeof(family->subject), "%s", subject);
	family->axis = place->axis;
	family->parent = process_uuid(perfetto, source);
	return family;
}

static struct track *new_track(struct trace_perfetto *perfetto, const struct family *family,
			       unsigned index)
{
	struct track *track = take(sizeof(*track));
	char name[96];

	ASSERT(perfetto->tracks < TRACKS_MAX);
	perfetto->track[perfetto->tracks++] = track;
	track->uuid = perfetto->next_uuid++;
	switch (family->axis) {
	case AXIS_CORE:
		snprintf(name, sizeof(name), "cpu%u", index);
		perfetto_packet_thread(&perfetto->packet, track->uuid, 1, index + 1, name);
		return track;
	case AXIS_INTERRUPTS:
		snprintf(name, sizeof(name), "cpu%u interrupts", index);
		break;
	case AXIS_QUEUE:
	case AXIS_COMMAND:
		snprintf(name, sizeof(name), "%s queue %u", family->subject, index);
		break;
	case AXIS_VECTOR:
		snprintf(name, sizeof(name), "%s vector %u", family->subject, index);
		break;
	case AXIS_PAIR:
		snprintf(name, sizeof(name), "%s cpu%u to cpu%u", family->subject,
			 index / PAIR_CORES, index % PAIR_CORES);
		break;
	case AXIS_SUBJECT:
		snprintf(name, sizeof(name), "%s", family->subject);
		break;
	}
	perfetto_packet_track(&perfetto->packet, track->uuid, family->parent, name);
	return track;
}

static struct track *track_of(struct trace_perfetto *perfetto, const struct place *place,
			      const uint64_t arg[3])
{
	uint64_t index = place->axis_arg == NO_ARG ? 0 : arg[place->axis_arg];
	struct track **slot;

	if (place->axis == AXIS_COMMAND)
		index >>= 16;
	if (place->axis == AXIS_PAIR)
		index = index * PAIR_CORES + arg[place->to_arg];
	/* What has more than these shares the last track. */
	slot = &place->family->track[index < INDEX_MAX ? index : INDEX_MAX - 1];
	if (!*slot)
		*slot = new_track(perfetto, place->family, (unsigned)(slot - place->family->track));
	return *slot;
}

/* ---- places ---- */

static int find_arg(const struct trace_point *point, const char *name)
{
	for (int i = 0; i < 3; i++)
		if (point->arg[i] && !strcmp(point->arg[i], name))
			return i;
	return NO_ARG;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length >= tail && !strcmp(text + length - tail, end);
}

static void find_axis(struct place *place)
{
	static const struct {
		const char *arg;
		enum axis axis;
	} axes[] = {
		{ "core", AXIS_CORE }, { "queue", AXIS_QUEUE }, { "vector", AXIS_VECTOR },
		{ "cmd", AXIS_COMMAND }, { "from", AXIS_PAIR },
	};

	place->axis = AXIS_SUBJECT;
	place->axis_arg = NO_ARG;
	for (size_t i = 0; i < sizeof(axes) / sizeof(axes[0]) && place->axis_arg == NO_ARG; i++) {
		place->axis_arg = find_arg(place->point, axes[i].arg);
		if (place->axis_arg != NO_ARG)
			place->axis = axes[i].axis;
	}
	place->to_arg = find_arg(place->point, "to");
	if (place->axis == AXIS_PAIR && place->to_arg == NO_ARG)
		place->axis = AXIS_SUBJECT;
	if (place->axis == AXIS_CORE && find_arg(place->point, "vector") != NO_ARG)
		place->axis = AXIS_INTERRUPTS;
}

/* FNV-1a: flows of two sources must not meet. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return hash;
}

static void find_flow(struct place *place)
{
	const char *kind = "frame";

	place->flow_arg = find_arg(place->point, kind);
	if (place->flow_arg == NO_ARG) {
		kind = "io";
		place->flow_arg = find_arg(place->point, kind);
	}
	place->flow_base = hash_text(hash_text(0xcbf29ce484222325, place->source), kind) << 32;
}

static void init_place(struct trace_perfetto *perfetto, struct place *place)
{
	const char *name = place->point->name;
	char folder[64];

	place->wanted = trace_glob_wants(perfetto->cfg.glob, place->point, place->source);
	if (!place->wanted)
		return;
	find_axis(place);
	find_flow(place);
	place->end_arg = find_arg(place->point, "end_ps");
	place->shape = ends_with(name, ".begin")       ? SHAPE_BEGIN
		       : ends_with(name, ".end")       ? SHAPE_END
		       : place->end_arg != NO_ARG      ? SHAPE_SPAN
						       : SHAPE_INSTANT;
	snprintf(folder, sizeof(folder), "%.*s", (int)strcspn(name, "."), name);
	place->name_iid = perfetto_packet_name(&perfetto->packet, name);
	place->category_iid = perfetto_packet_category(&perfetto->packet, folder);
	/* Begin and end come too often for notes; their labels say what matters. */
	for (int i = 0; i < 3; i++)
		if (place->point->arg[i] && i != place->end_arg && place->shape != SHAPE_BEGIN &&
		    place->shape != SHAPE_END)
			place->note_iid[i] =
				perfetto_packet_note(&perfetto->packet, place->point->arg[i]);
	place->family = family_of(perfetto, place);
}

static struct place *place_of(struct trace_perfetto *perfetto, const struct trace_point *point,
			      const char *source)
{
	unsigned slot = (unsigned)(((uintptr_t)point >> 3) * 31 + ((uintptr_t)source >> 3)) %
			PLACES;
	struct place *place;

	for (;; slot = (slot + 1) % PLACES) {
		place = &perfetto->place[slot];
		if (place->point == point && place->source == source)
			return place;
		if (!place->point)
			break;
	}
	ASSERT(++perfetto->places < PLACES);
	place->point = point;
	place->source = source;
	init_place(perfetto, place);
	return place;
}

/* ---- names of slices ---- */

static struct name *probe(struct name *table, uint64_t room, const struct place *place,
			  uint64_t value)
{
	uint64_t slot = (value * 0x9e3779b97f4a7c15ULL >> 32 ^ (uintptr_t)place >> 6) & (room - 1);

	while (table[slot].place && (table[slot].place != place || table[slot].value != value))
		slot = (slot + 1) & (room - 1);
	return &table[slot];
}

static void grow_names(struct trace_perfetto *perfetto)
{
	uint64_t room = perfetto->name_room ? 2 * perfetto->name_room : NAMES_FIRST;
	struct name *table = take(room * sizeof(*table));

	for (uint64_t i = 0; i < perfetto->name_room; i++)
		if (perfetto->name[i].place)
			*probe(table, room, perfetto->name[i].place, perfetto->name[i].value) =
				perfetto->name[i];
	free(perfetto->name);
	perfetto->name = table;
	perfetto->name_room = room;
}

/* The label depends on the second argument, so it is asked for once for each value. */
static const struct name *name_of(struct trace_perfetto *perfetto, const struct place *place,
				  const uint64_t arg[3])
{
	struct trace_label label = { NULL, NULL };
	struct name *name;

	if (2 * perfetto->names >= perfetto->name_room)
		grow_names(perfetto);
	name = probe(perfetto->name, perfetto->name_room, place, arg[1]);
	if (name->place)
		return name;
	perfetto->names++;
	perfetto->cfg.label(perfetto->cfg.label_ctx, place->point, arg, &label);
	*name = (struct name){ place, arg[1], place->name_iid, place->category_iid };
	if (label.name)
		name->name_iid = perfetto_packet_name(&perfetto->packet, label.name);
	if (label.category)
		name->category_iid = perfetto_packet_category(&perfetto->packet, label.category);
	return name;
}

/* ---- events ---- */

static void write_end(struct trace_perfetto *perfetto, struct track *track, uint64_t ns)
{
	/* A slice that was open before the recording began has no begin. */
	if (!track->open)
		return;
	track->open--;
	track->last_ns = ns;
	perfetto_packet_end(&perfetto->packet, ns, track->uuid);
}

static void write_begin(struct trace_perfetto *perfetto, const struct place *place, uint64_t ns,
			struct track *track, const uint64_t arg[3])
{
	struct perfetto_event event = { .track = track->uuid, .ns = ns,
					.slice = place->shape != SHAPE_INSTANT,
					.name_iid = place->name_iid,
					.category_iid = place->category_iid };

	if (place->shape == SHAPE_BEGIN && perfetto->cfg.label) {
		const struct name *name = name_of(perfetto, place, arg);

		event.name_iid = name->name_iid;
		event.category_iid = name->category_iid;
	}
	if (place->flow_arg != NO_ARG)
		event.flow = place->flow_base + arg[place->flow_arg];
	for (int i = 0; i < 3; i++)
		if (place->note_iid[i])
			event.note[event.notes++] =
				(struct perfetto_note){ place->note_iid[i], arg[i] };
	track->last_ns = ns;
	track->open += event.slice;
	perfetto_packet_event(&perfetto->packet, &event);
}

static void emit(void *ctx, struct at when, const struct trace_point *point, const char *source,
		 const uint64_t arg[3])
{
	struct trace_perfetto *perfetto = ctx;
	uint64_t ns = when.ps / PS_PER_NS;
	const struct place *place;
	struct track *track;

	if (!perfetto->recording) {
		if (strcmp(point->name, perfetto->cfg.start))
			return;
		perfetto->recording = true;
	}
	place = place_of(perfetto, point, source);
	if (!place->wanted)
		return;
	track = track_of(perfetto, place, arg);
	if (place->shape == SHAPE_END)
		write_end(perfetto, track, ns);
	else
		write_begin(perfetto, place, ns, track, arg);
	if (place->shape == SHAPE_SPAN)
		write_end(perfetto, track, arg[place->end_arg] / PS_PER_NS);
}

/* ---- life ---- */

struct trace_perfetto *trace_perfetto_create(const struct trace_perfetto_cfg *cfg)
{
	struct trace_perfetto *perfetto = calloc(1, sizeof(*perfetto));

	if (!perfetto)
		return NULL;
	perfetto->cfg = *cfg;
	perfetto->recording = !cfg->start;
	perfetto->next_uuid = 1;
	perfetto->sink = (struct trace_sink){ .emit = emit, .ctx = perfetto, .details = true };
	perfetto_packet_init(&perfetto->packet, cfg->out);
	/* Threads name their process by number: the cores' is always the first. */
	process_uuid(perfetto, "cores");
	return perfetto;
}

struct trace_sink *trace_perfetto_sink(struct trace_perfetto *perfetto)
{
	return &perfetto->sink;
}

int trace_perfetto_close(struct trace_perfetto *perfetto)
{
	int failed;

	for (unsigned i = 0; i < perfetto->tracks; i++) {
		struct track *track = perfetto->track[i];

		while (track->open)
			write_end(perfetto, track, track->last_ns);
		free(track);
	}
	failed = perfetto_packet_close(&perfetto->packet);
	for (unsigned i = 0; i < perfetto->families; i++)
		free(perfetto->family[i]);
	free(perfetto->name);
	free(perfetto);
	return failed;
}
