/* SPDX-License-Identifier: MIT */
/* Points: which value each slot has, and how the rest of the program asks for it. */
#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/scenario/internal.h"

static bool live(const struct scn *scn, size_t dimension)
{
	return scn->slots[scn->dimensions[dimension].slot].sweep == (int)dimension;
}

/* What sweep, --set or file say; NULL: nothing. */
static const struct scn_value *stated(const struct scn_point *point, const struct scn_slot *slot)
{
	const struct scn *scn = point->scn;
	size_t index = point->index;

	if (slot->sweep < 0)
		return slot->given;
	for (size_t i = scn->dimension_count; i-- > 0;) {
		if (!live(scn, i))
			continue;
		if (i == (size_t)slot->sweep)
			return scn->dimensions[i].values[index % scn->dimensions[i].count];
		index /= scn->dimensions[i].count;
	}
	return NULL;
}

static const struct scn_value *value_of(const struct scn_point *point, const char *key)
{
	const struct scn_slot *slot = scn_slot_find(point->scn, key);

	return slot ? point->values[slot - point->scn->slots] : NULL;
}

const struct scn_value *scn_value_at(const struct scn_point *point, const char *fmt, ...)
{
	char key[SCN_KEY_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(key, sizeof(key), fmt, args);
	va_end(args);
	return value_of(point, key);
}

const struct scn_slot *scn_needs_slot(const struct scn *scn, const struct scn_slot *slot,
				      const char **words)
{
	const char *needs = slot->row->needs;
	const char *equals = needs ? strchr(needs, '=') : NULL;
	const char *last = strrchr(slot->key, '.');
	char key[SCN_KEY_MAX];

	if (!equals)
		return NULL;
	*words = equals + 1;
	if (*needs == '/')
		snprintf(key, sizeof(key), "%.*s", (int)(equals - needs) - 1, needs + 1);
	else
		snprintf(key, sizeof(key), "%.*s%.*s", last ? (int)(last - slot->key) + 1 : 0,
			 slot->key, (int)(equals - needs), needs);
	return scn_slot_find(scn, key);
}

static bool is_relevant(const struct scn_point *point, const struct scn_slot *slot)
{
	const char *words;
	const struct scn_slot *other = scn_needs_slot(point->scn, slot, &words);
	const struct scn_value *value = other ? point->values[other - point->scn->slots] : NULL;

	return !value || scn_words_index(words, value->text) >= 0;
}

static const char *default_driver(const struct scn_point *point, const char *key)
{
	const struct scn_value *software = value_of(point, "host.software");
	const struct scn_value *model = scn_value_at(point, "%.*s.model",
						     (int)(strrchr(key, '.') - key), key);
	size_t count;
	const struct scn_known_driver *drivers = scn_known_drivers(&count);

	for (size_t i = 0; software && model && i < count; i++)
		if (!strcmp(drivers[i].software, software->text) &&
		    !strcmp(drivers[i].model, model->text))
			return drivers[i].name;
	return NULL;
}

/* The frequency of the profile, as a text whose value is exact. */
static const char *default_frequency(const struct scn_point *point, char *buffer, size_t bytes)
{
	const struct scn_value *name = value_of(point, "cpu.profile");
	const struct profile *profile =
		name ? scn_profile_read(point->scn, PROFILE_CPU, name->text) : NULL;
	uint64_t hz;

	if (!profile)
		return NULL;
	hz = profile_u64(profile, "frequency");
	if (hz % 1000000000 == 0)
		snprintf(buffer, bytes, "%lluGHz", (unsigned long long)(hz / 1000000000));
	else if (hz % 1000000 == 0)
		snprintf(buffer, bytes, "%lluMHz", (unsigned long long)(hz / 1000000));
	else
		snprintf(buffer, bytes, "%lluHz", (unsigned long long)hz);
	return buffer;
}

static const struct scn_value *fallback(const struct scn_point *point, const struct scn_slot *slot)
{
	const struct scn_row *row = slot->row;
	const char *text = row->fallback;
	char buffer[32];
	struct scn *scn = point->scn;

	if (slot->broken)
		return NULL;
	if (!strcmp(row->path, "run.measure") &&
	    (stated(point, scn_slot_find(scn, "run.measure.frames")) ||
	     stated(point, scn_slot_find(scn, "run.measure.ios"))))
		return NULL;
	if (row->needs && !strncmp(row->needs, "model=", 6) && !is_relevant(point, slot))
		return NULL;
	if (!strncmp(row->path, "device.*.pcie.", 14))
		return value_of(point, row->path + 9);
	if (!strcmp(row->path, "device.*.driver"))
		text = default_driver(point, slot->key);
	if (!strcmp(row->path, "cpu.frequency") && default_frequency(point, buffer, sizeof(buffer)))
		text = buffer;
	return text ? scn_value_default(scn, row, text) : NULL;
}

/* Names the values of a point for results; a swept key always has one. */
static void make_params(struct scn_point *point)
{
	struct scn *scn = point->scn;
	size_t count = 0;

	point->params = calloc(scn->dimension_count + 1, sizeof(*point->params));
	ASSERT(point->params);
	for (size_t i = 0; i < scn->dimension_count; i++) {
		const struct scn_slot *slot = &scn->slots[scn->dimensions[i].slot];
		const struct scn_value *value = point->values[scn->dimensions[i].slot];

		if (!live(scn, i))
			continue;
		point->params[count++] =
			(struct scn_param){ slot->key, value->text, value->quoted };
	}
}

/* Defaults look at values of earlier slots only: the table is in that order. */
struct scn_point *scn_point_build(struct scn *scn, size_t index)
{
	struct scn_point *point = calloc(1, sizeof(*point));

	ASSERT(point);
	point->scn = scn;
	point->index = index;
	point->values = calloc(scn->slot_count, sizeof(*point->values));
	point->relevant = calloc(scn->slot_count, sizeof(*point->relevant));
	ASSERT(point->values && point->relevant);
	for (size_t i = 0; i < scn->slot_count; i++) {
		point->values[i] = stated(point, &scn->slots[i]);
		if (!point->values[i])
			point->values[i] = fallback(point, &scn->slots[i]);
	}
	for (size_t i = 0; i < scn->slot_count; i++)
		point->relevant[i] = is_relevant(point, &scn->slots[i]);
	make_params(point);
	return point;
}

void scn_point_free(struct scn_point *point)
{
	if (!point)
		return;
	free(point->values);
	free(point->relevant);
	free(point->params);
	free(point);
}

/* ---- The public side. ---- */

size_t scn_point_count(const struct scn *scn)
{
	return scn->point_count;
}

const struct scn_point *scn_point(struct scn *scn, size_t index)
{
	ASSERT(index < scn->point_count);
	if (!scn->points[index])
		scn->points[index] = scn_point_build(scn, index);
	return scn->points[index];
}

size_t scn_point_index(const struct scn_point *point)
{
	return point->index;
}

static const struct scn_slot *slot_of(const struct scn_point *point, const char *key)
{
	const struct scn_slot *slot = scn_slot_find(point->scn, key);

	ASSERT(slot);
	return slot;
}

static const struct scn_value *get(const struct scn_point *point, const char *key)
{
	const struct scn_value *value = point->values[slot_of(point, key) - point->scn->slots];

	ASSERT(value);
	return value;
}

bool scn_has(const struct scn_point *point, const char *key)
{
	return point->values[slot_of(point, key) - point->scn->slots] != NULL;
}

bool scn_is_set(const struct scn_point *point, const char *key)
{
	const struct scn_value *value = point->values[slot_of(point, key) - point->scn->slots];

	return value && value->origin != SCN_FROM_DEFAULT;
}

bool scn_bool(const struct scn_point *point, const char *key)
{
	const struct scn_value *value = get(point, key);

	ASSERT(value->row->type == SCN_TYPE_BOOL);
	return value->u != 0;
}

uint64_t scn_u64(const struct scn_point *point, const char *key)
{
	const struct scn_value *value = get(point, key);

	ASSERT(value->row->type == SCN_TYPE_INTEGER || value->row->type == SCN_TYPE_SIZE ||
	       value->row->type == SCN_TYPE_FREQUENCY || value->row->type == SCN_TYPE_BANDWIDTH);
	return value->u;
}

struct dur scn_dur(const struct scn_point *point, const char *key)
{
	const struct scn_value *value = get(point, key);

	ASSERT(value->row->type == SCN_TYPE_TIME ||
	       (value->row->type == SCN_TYPE_TIME_OR_WORD && value->word < 0));
	return dur_ps(value->u);
}

const char *scn_text(const struct scn_point *point, const char *key)
{
	return get(point, key)->text;
}

int scn_word(const struct scn_point *point, const char *key)
{
	const struct scn_value *value = get(point, key);

	ASSERT(value->row->words);
	return value->word;
}

const char *scn_path(const struct scn_point *point, const char *key)
{
	const struct scn_value *value = get(point, key);

	ASSERT(value->row->type == SCN_TYPE_PATH);
	return value->path;
}

int64_t scn_micro(const struct scn_point *point, const char *key)
{
	const struct scn_value *value = get(point, key);

	ASSERT(value->row->type == SCN_TYPE_NUMBER);
	return value->micro;
}

struct scn_rate scn_rate(const struct scn_point *point, const char *key)
{
	const struct scn_value *value = get(point, key);

	ASSERT(value->row->type == SCN_TYPE_RATE || value->row->type == SCN_TYPE_IO_RATE);
	return (struct scn_rate){ value->kind, value->u };
}

const unsigned *scn_cores(const struct scn_point *point, const char *key, size_t *count)
{
	const struct scn_value *value = get(point, key);

	ASSERT(value->row->type == SCN_TYPE_CORES);
	*count = value->core_count;
	return value->cores;
}

size_t scn_device_count(const struct scn_point *point)
{
	return point->scn->device_count;
}

const char *scn_device(const struct scn_point *point, size_t index)
{
	return index < point->scn->device_count ? point->scn->devices[index].name : NULL;
}

size_t scn_count(const struct scn_point *point, const char *array)
{
	for (size_t i = 0; i < sizeof(point->scn->arrays) / sizeof(point->scn->arrays[0]); i++)
		if (!strcmp(point->scn->arrays[i].name, array))
			return point->scn->arrays[i].count;
	ASSERT(!"an array of the table");
	return 0;
}

char *scn_key(char *buffer, size_t bytes, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(buffer, bytes, fmt, args);
	va_end(args);
	ASSERT(n >= 0 && (size_t)n < bytes);
	return buffer;
}

enum scn_origin scn_origin(const struct scn_point *point, const char *key, unsigned *line)
{
	const struct scn_value *value = get(point, key);

	if (line)
		*line = value->origin == SCN_FROM_DEFAULT ? 0 : value->place.line;
	return value->origin;
}

size_t scn_params(const struct scn_point *point, const struct scn_param **out)
{
	size_t count = 0;

	*out = point->params;
	for (size_t i = 0; i < point->scn->dimension_count; i++)
		count += live(point->scn, i);
	return count;
}

void scn_error_at(const struct scn_point *point, const char *key, const char *help,
		  const char *fmt, ...)
{
	const struct scn_slot *slot = slot_of(point, key);
	const struct scn_value *value = point->values[slot - point->scn->slots];
	va_list args;

	va_start(args, fmt);
	diag_verror(point->scn->diag,
		    value && value->origin != SCN_FROM_DEFAULT ? value->place : slot->table, help,
		    fmt, args);
	va_end(args);
}
