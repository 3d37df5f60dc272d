/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. A *slot* is one key of this scenario (a row of the table for
 * one device or one table of an array); a *value* is a parsed value with its place; a *point* gives
 * each slot its value. Slots are the same at all points. */
#ifndef DOORBELL_SCENARIO_INTERNAL_H
#define DOORBELL_SCENARIO_INTERNAL_H

#include "model/scenario/keys.h"
#include "model/scenario/profile.h"
#include "model/scenario/scenario.h"
#include "model/scenario/toml_reader.h"

#define SCN_KEY_MAX    256     /* longest path of a key */
#define SCN_POINTS_MAX 10000
#define SCN_TABLES_MAX 64      /* tables of one array; devices */
#define SCN_CORES_MAX  64

struct scn_value {
	struct scn_value *next;      /* all values of a scenario: freed together */
	const struct scn_row *row;
	enum scn_origin origin;
	struct diag_place place;
	char *text;                  /* as written, without quotes */
	bool quoted;
	uint64_t u; /* integers, times (ps), sizes, frequencies, bandwidths, rates */
	int64_t micro;
	int word;                    /* -1: not a word */
	enum scn_rate_kind kind;
	char *path;                  /* paths: with the folder of the scenario in front */
	unsigned *cores;
	size_t core_count;
};

struct scn_slot {
	char *key;
	const struct scn_row *row;
	struct diag_place table;     /* header of the table it is (or would be) in */
	struct diag_place key_at;    /* of the key, if the file has it; else line 0 */
	const struct scn_value *given;   /* by file or --set */
	bool broken;                 /* given, but wrong: reported already */
	int sweep;                   /* index of the dimension, or -1 */
};

struct scn_dimension {
	size_t slot;
	const struct scn_value **values;
	size_t count;
};

struct scn_where {
	size_t slot;
	const struct scn_value *value;
};

struct scn_expectation {
	struct scn_expect view;
	struct scn_where *where;
	size_t where_count;
	bool applies;                /* to a point at least */
};

enum scn_array_index {
	SCN_ARRAY_TRAFFIC,
	SCN_ARRAY_IO,
	SCN_ARRAY_SEND,
	SCN_ARRAY_ADMIN,
	SCN_ARRAY_TRANSFER,
	SCN_ARRAY_MM,
	SCN_ARRAY_FAULT,
	SCN_ARRAY_EXPECT,
	SCN_ARRAYS,
};

struct scn_array {
	const char *name;            /* "traffic" */
	size_t count;
};

struct scn_device_name {
	char *name;
	struct diag_place at;
};

struct scn_profile {
	enum profile_kind kind;
	char *name;
	struct profile *profile;     /* NULL: does not exist, or is wrong */
};

struct scn {
	struct diag *diag;
	char *path, *name, *folder, *data_dir, *question;
	char *text;
	size_t text_bytes;
	unsigned file_source, set_source;
	struct scn_driver *drivers;
	size_t driver_count;
	bool may_idle;

	struct toml_node *tree;
	struct scn_value *values;
	struct scn_slot *slots;
	size_t slot_count;
	struct scn_device_name *devices;
	size_t device_count;
	struct scn_array arrays[SCN_ARRAYS];
	struct scn_dimension *dimensions;
	size_t dimension_count;
	struct scn_expectation *expects;
	size_t expect_count;

	size_t point_count;
	struct scn_point **points;   /* NULL until asked for */

	struct scn_profile *profiles;  /* read so far */
	size_t profile_count;
};

struct scn_point {
	struct scn *scn;
	size_t index;
	const struct scn_value **values;   /* one a slot; NULL: none */
	bool *relevant;              /* the row's `needs` holds */
	struct scn_param *params;
};

struct scn_mistake {
	char what[320];
	char help[320];
};

/* value.c */
struct scn_value *scn_value_parse(struct scn *scn, const struct scn_row *row,
				  const struct toml_node *node, struct scn_mistake *mistake);
/* The value of a default: its text is ours, so it parses. Made once. */
const struct scn_value *scn_value_default(struct scn *scn, const struct scn_row *row,
					  const char *text);
bool scn_value_equal(const struct scn_value *a, const struct scn_value *b);
bool scn_name_ok(const char *name);

/* walk.c: the tree's keys into slots. */
void scn_walk(struct scn *scn);
struct diag_place scn_place(const struct scn *scn, struct toml_spot spot);
/* Message and help for a key that is not there, in file, sweep or --set. */
void scn_unknown(const struct scn *scn, const char *path, struct scn_mistake *mistake);
struct scn_slot *scn_slot_find(const struct scn *scn, const char *key);

/* override.c, sweep.c, expect.c */
void scn_apply_set(struct scn *scn, const char *const *set, size_t sets);
void scn_read_sweep(struct scn *scn);
void scn_read_expects(struct scn *scn);
/* Leaves of a table whose names are keys, quoted ("a.b" = ...) or dotted (a.b = ...). */
typedef void scn_leaf(struct scn *scn, const char *path, const struct toml_node *node, void *ctx);
void scn_leaves(struct scn *scn, const struct toml_node *table, const char *prefix, scn_leaf *leaf,
		void *ctx);

/* point.c */
struct scn_point *scn_point_build(struct scn *scn, size_t index);
void scn_point_free(struct scn_point *point);
/* NULL: no such slot, or no value here. */
const struct scn_value *scn_value_at(const struct scn_point *point, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The slot whose value the row's `needs` asks about; *words gets the good words. */
const struct scn_slot *scn_needs_slot(const struct scn *scn, const struct scn_slot *slot,
				      const char **words);

/* The profile of that name, read once; NULL if it is missing or wrong. Its mistakes go to diag. */
const struct profile *scn_profile_read(struct scn *scn, enum profile_kind kind, const char *name);

/* check.c: everything at one point that needs no machine. */
void scn_check_point(const struct scn_point *point);
bool scn_value_varied(const struct scn_value *value);
const char *scn_check_reference(const struct scn_point *point, const struct scn_value *name,
				const char *model, const char *what);
/* check_fault.c */
void scn_check_fault(const struct scn_point *point, size_t index);
/* What does not depend on the point. */
void scn_check_all(struct scn *scn);

#endif
