/* SPDX-License-Identifier: MIT */
/* Loading: the order of the steps, and what belongs to the file as a whole. */
#include "model/scenario/scenario.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/scenario/file.h"
#include "model/scenario/internal.h"

static char *copy(const char *text)
{
	char *out = strdup(text);

	ASSERT(out);
	return out;
}

static void set_names(struct scn *scn, const struct scn_options *options)
{
	const char *slash = strrchr(options->path, '/');
	const char *base = slash ? slash + 1 : options->path;
	size_t n = strlen(base);

	scn->path = copy(options->path);
	scn->folder =
		slash ? strndup(options->path, (size_t)(slash - options->path) + 1) : copy("");
	if (n > 5 && !strcmp(base + n - 5, ".toml"))
		n -= 5;
	scn->name = strndup(base, n);
	scn->data_dir = options->data_dir ? copy(options->data_dir) : NULL;
	ASSERT(scn->folder && scn->name);
}

static void copy_drivers(struct scn *scn, const struct scn_options *options)
{
	scn->drivers = calloc(options->drivers_count + 1, sizeof(*scn->drivers));
	ASSERT(scn->drivers);
	for (size_t i = 0; i < options->drivers_count; i++) {
		scn->drivers[i].name = copy(options->drivers[i].name);
		scn->drivers[i].model = copy(options->drivers[i].model);
	}
	scn->driver_count = options->drivers_count;
	scn->may_idle = options->may_idle;
}

static bool read_text(struct scn *scn, const struct scn_options *options)
{
	if (options->text) {
		scn->text = malloc(options->text_bytes + 1);
		ASSERT(scn->text);
		memcpy(scn->text, options->text, options->text_bytes);
		scn->text[options->text_bytes] = '\0';
		scn->text_bytes = options->text_bytes;
	} else {
		scn->text = file_read(options->path, &scn->text_bytes);
	}
	if (scn->text) {
		scn->file_source =
			diag_source(scn->diag, options->path, scn->text, scn->text_bytes);
		return true;
	}
	scn->file_source = diag_source(scn->diag, options->path, NULL, 0);
	diag_error(scn->diag, (struct diag_place){ scn->file_source, 0, 0 }, NULL,
		   "cannot read the scenario: %s", strerror(errno));
	return false;
}

/* The comment lines that open the file, joined by blanks. */
static void find_question(struct scn *scn)
{
	const char *at = scn->text;
	size_t used = 0;
	char *out = calloc(1, strlen(scn->text) + 2);

	ASSERT(out);
	while (*at == '#') {
		size_t n = strcspn(at, "\r\n"), skip = strspn(at, "# \t");

		if (skip < n) {
			if (used)
				out[used++] = ' ';
			memcpy(out + used, at + skip, n - skip);
			used += n - skip;
		}
		at += n;
		at += *at == '\r';
		at += *at == '\n';
	}
	scn->question = out;
}

static void count_points(struct scn *scn)
{
	const struct toml_node *sweep = toml_find(scn->tree, "sweep");

	scn->point_count = 1;
	for (size_t i = 0; i < scn->dimension_count; i++) {
		const struct scn_dimension *dimension = &scn->dimensions[i];

		if (scn->slots[dimension->slot].sweep != (int)i)
			continue;
		scn->point_count *= dimension->count;
		if (scn->point_count <= SCN_POINTS_MAX)
			continue;
		diag_error(scn->diag, scn_place(scn, sweep->at), NULL,
			   "the sweep has more than %d points", SCN_POINTS_MAX);
		scn->point_count = 1;
		return;
	}
}

static void mark_expects(const struct scn_point *point)
{
	for (size_t i = 0; i < point->scn->expect_count; i++)
		if (scn_expect_applies(point, i))
			point->scn->expects[i].applies = true;
}

/* An expectation for no point would always hold. With --set it may be for what was set aside. */
static void check_expects(struct scn *scn)
{
	const struct toml_node *array = toml_find(scn->tree, "expect");

	for (size_t i = 0; i < scn->expect_count; i++)
		if (!scn->expects[i].applies)
			diag_error(scn->diag,
				   scn_place(scn, toml_find(array->child[i], "where")->at),
				   "conditions are keys of [sweep], with one of their values",
				   "no point fulfils this condition");
}

static void check(struct scn *scn, bool pinned)
{
	scn_check_all(scn);
	for (size_t i = 0; i < scn->point_count; i++) {
		struct scn_point *point = scn_point_build(scn, i);

		scn_check_point(point);
		mark_expects(point);
		scn_point_free(point);
	}
	if (!pinned && !diag_count(scn->diag))
		check_expects(scn);
}

static bool load(struct scn *scn, const struct scn_options *options)
{
	struct toml_error error;

	if (!read_text(scn, options))
		return false;
	find_question(scn);
	scn->tree = toml_read(scn->text, scn->text_bytes, &error);
	if (!scn->tree) {
		diag_error(scn->diag, scn_place(scn, error.at), NULL, "%s", error.what);
		return false;
	}
	scn_walk(scn);
	scn_read_sweep(scn);
	scn_apply_set(scn, options->set, options->sets);
	scn_read_expects(scn);
	count_points(scn);
	check(scn, options->sets != 0);
	return diag_count(scn->diag) == 0;
}

int scn_load(struct scn **out, const struct scn_options *options, struct diag *diag)
{
	struct scn *scn = calloc(1, sizeof(*scn));

	ASSERT(scn);
	*out = NULL;
	scn->diag = diag;
	scn->arrays[SCN_ARRAY_TRAFFIC].name = "traffic";
	scn->arrays[SCN_ARRAY_IO].name = "io";
	scn->arrays[SCN_ARRAY_SEND].name = "send";
	scn->arrays[SCN_ARRAY_ADMIN].name = "admin";
	scn->arrays[SCN_ARRAY_TRANSFER].name = "transfer";
	scn->arrays[SCN_ARRAY_MM].name = "mm";
	scn->arrays[SCN_ARRAY_FAULT].name = "fault";
	scn->arrays[SCN_ARRAY_EXPECT].name = "expect";
	set_names(scn, options);
	copy_drivers(scn, options);
	if (!load(scn, options)) {
		scn_free(scn);
		return -1;
	}
	scn->points = calloc(scn->point_count, sizeof(*scn->points));
	ASSERT(scn->points);
	*out = scn;
	return 0;
}

static void free_values(struct scn *scn)
{
	while (scn->values) {
		struct scn_value *value = scn->values;

		scn->values = value->next;
		free(value->text);
		free(value->path);
		free(value->cores);
		free(value);
	}
}

static void free_lists(struct scn *scn)
{
	for (size_t i = 0; i < scn->slot_count; i++)
		free(scn->slots[i].key);
	for (size_t i = 0; i < scn->dimension_count; i++)
		free(scn->dimensions[i].values);
	for (size_t i = 0; i < scn->device_count; i++)
		free(scn->devices[i].name);
	for (size_t i = 0; scn->expects && i < scn->expect_count; i++)
		free(scn->expects[i].where);
	for (size_t i = 0; i < scn->driver_count; i++) {
		free((char *)scn->drivers[i].name);
		free((char *)scn->drivers[i].model);
	}
	for (size_t i = 0; i < scn->profile_count; i++) {
		free(scn->profiles[i].name);
		profile_free(scn->profiles[i].profile);
	}
	free(scn->slots);
	free(scn->dimensions);
	free(scn->devices);
	free(scn->expects);
	free(scn->drivers);
	free(scn->profiles);
}

void scn_free(struct scn *scn)
{
	if (!scn)
		return;
	for (size_t i = 0; scn->points && i < scn->point_count; i++)
		scn_point_free(scn->points[i]);
	free(scn->points);
	free_lists(scn);
	free_values(scn);
	toml_free(scn->tree);
	free(scn->path);
	free(scn->name);
	free(scn->folder);
	free(scn->data_dir);
	free(scn->question);
	free(scn->text);
	free(scn);
}

const char *scn_path_of_file(const struct scn *scn)
{
	return scn->path;
}

const char *scn_name(const struct scn *scn)
{
	return scn->name;
}

const char *scn_data_dir(const struct scn *scn)
{
	return scn->data_dir;
}

const char *scn_question(const struct scn *scn)
{
	return scn->question;
}

const struct profile *scn_profile_read(struct scn *scn, enum profile_kind kind, const char *name)
{
	struct scn_profile *entry;
	char **names;
	size_t count;
	bool exists = false;

	if (!scn->data_dir)
		return NULL;
	for (size_t i = 0; i < scn->profile_count; i++)
		if (scn->profiles[i].kind == kind && !strcmp(scn->profiles[i].name, name))
			return scn->profiles[i].profile;
	scn->profiles = realloc(scn->profiles, (scn->profile_count + 1) * sizeof(*scn->profiles));
	ASSERT(scn->profiles);
	entry = &scn->profiles[scn->profile_count++];
	*entry = (struct scn_profile){ .kind = kind, .name = copy(name) };
	names = profile_names(scn->data_dir, kind, &count);
	for (size_t i = 0; i < count; i++)
		exists = exists || !strcmp(names[i], name);
	profile_names_free(names, count);
	/* One that does not exist is reported at the key that names it (check.c). */
	if (exists)
		profile_load(&entry->profile, scn->data_dir, kind, name, scn->diag);
	return entry->profile;
}
