/* SPDX-License-Identifier: MIT */
/* The table of scenario keys: one row a key. Parser, `doorbell doc`, `doorbell list keys`, the
 * did-you-mean and the reference pages are made from it. In a path, '*' stands for a name the user
 * chooses and '#' for the number of a table in an array. */
#ifndef DOORBELL_SCENARIO_KEYS_H
#define DOORBELL_SCENARIO_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum scn_type {
	SCN_TYPE_BOOL,
	SCN_TYPE_INTEGER,
	SCN_TYPE_NUMBER,          /* decimal, exact to a millionth */
	SCN_TYPE_WORD,            /* one of `words` */
	SCN_TYPE_TEXT,
	SCN_TYPE_NAME,            /* of a device, driver or profile: letters, digits, '-', '_' */
	SCN_TYPE_PATH,            /* relative to the scenario file */
	SCN_TYPE_TIME,
	SCN_TYPE_TIME_OR_WORD,
	SCN_TYPE_RATE,
	SCN_TYPE_IO_RATE,
	SCN_TYPE_SIZE,
	SCN_TYPE_FREQUENCY,
	SCN_TYPE_BANDWIDTH,
	SCN_TYPE_CORES,           /* list of core numbers */
	SCN_TYPE_TABLE,           /* free keys: expect.#.where */
};

struct scn_row {
	const char *path;
	enum scn_type type;
	const char *fallback;     /* the default, as in a file but without quotes; NULL: none */
	const char *range;        /* "1..64", "64B..9728B", or a list "1,2,4"; NULL: any */
	const char *words;        /* "off|c1|menu" */
	/* When the key means something: "arrival=burst" (a key of the same table),
	 * "/host.software=ideal" (a key of the file), alternatives with '|'. NULL: always. */
	const char *needs;
	bool required;
	const char *help;
};

/* In the order of the reference. */
const struct scn_row *scn_rows(size_t *count);
/* Row of a concrete path ("traffic.0.rate") or of a pattern; NULL if there is none. */
const struct scn_row *scn_row_find(const char *path);
/* True if rows exist below this concrete path: it names a table. */
bool scn_row_is_table(const char *path);
/* Index of a word in "a|b|c", or -1; and the n-th word into a buffer of the caller (NULL past the
 * end). */
int scn_words_index(const char *words, const char *word);
const char *scn_words_at(const char *words, size_t index, char *buffer, size_t bytes);
/* "time", "integer", "word" ...; and the units it takes ("" if none). */
const char *scn_type_name(enum scn_type type);
const char *scn_type_units(enum scn_type type);

/* Host drivers that come with Doorbell. */
struct scn_known_driver {
	const char *name, *model, *software, *help;
};
const struct scn_known_driver *scn_known_drivers(size_t *count);
bool scn_is_known_driver(const char *name);
/* Device models. */
struct scn_known_model {
	const char *name, *help;
};
const struct scn_known_model *scn_known_models(size_t *count);

/* Stats a run has, for `doorbell list stats` and for checking expectations. In a name, DEV stands
 * for a device, N for a core number. */
struct scn_known_stat {
	const char *name;
	const char *unit;
	const char *model;        /* model of DEV; NULL: any, or no device in the name */
	bool distribution;        /* has fields: count, mean, min, p50 ... max */
	const char *help;
};
const struct scn_known_stat *scn_known_stats(size_t *count);

#ifdef __cplusplus
}
#endif
#endif
