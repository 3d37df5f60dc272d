/* SPDX-License-Identifier: MIT */
/* Machine profiles: what things cost, each row with value, unit, source and its status. A cpu
 * profile is scenarios/profiles/NAME.toml, a medium media/NAME.toml and a NIC nic/NAME.toml there;
 * the rows a file must have are the table in profile.c. A cost may be given in time or in cycles of
 * the core; it is handed out as given, and profile_dur converts cycles by the frequency of the run.
 * A medium may say its kind (kind = "servers", the default, or "flash"): each has rows of its own.
 *
 * Not modelled: profiles that inherit from another. */
#ifndef DOORBELL_SCENARIO_PROFILE_H
#define DOORBELL_SCENARIO_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/core/time.h"
#include "model/scenario/diag.h"

#ifdef __cplusplus
extern "C" {
#endif

enum profile_kind {
	PROFILE_CPU,
	PROFILE_MEDIA,
	PROFILE_NIC,
	/* Of rows: those that only one kind of medium has. */
	PROFILE_SERVERS,
	PROFILE_FLASH,
};
enum profile_status { PROFILE_DATASHEET, PROFILE_PAPER, PROFILE_MEASURED, PROFILE_GUESS };
enum profile_unit {
	PROFILE_COST,        /* a time, or cycles of the core */
	PROFILE_COUNT,
	PROFILE_FREQUENCY,   /* Hz */
	PROFILE_BANDWIDTH,   /* bytes per second */
	PROFILE_SIZE,        /* bytes */
	PROFILE_TICKS,       /* cycles of the core, in sixteenths */
};

struct profile_row {
	const char *name;            /* "irq.entry" */
	enum profile_kind kind;
	enum profile_unit unit;
	const char *help;
};
/* Every row a profile of that kind must have. */
const struct profile_row *profile_rows(size_t *count);

struct profile;

/* 0, or -1 with the reasons in diag. */
int profile_load(struct profile **out, const char *data_dir, enum profile_kind kind,
		 const char *name, struct diag *diag);
void profile_free(struct profile *profile);
const char *profile_name(const struct profile *profile);
const char *profile_title(const struct profile *profile);
/* PROFILE_SERVERS or PROFILE_FLASH of a medium, else its kind. */
enum profile_kind profile_variant(const struct profile *profile);

/* A row that the table does not have is our bug. hz: frequency of the core in this run, for rows
 * that are given in cycles; the result is rounded up to a picosecond. */
struct dur profile_dur(const struct profile *profile, const char *row, uint64_t hz);
/* The same cost in cycles of that core, rounded up: what the cycle counter is charged. */
uint64_t profile_cycles(const struct profile *profile, const char *row, uint64_t hz);
/* Counts, Hz, bytes per second, bytes, sixteenths of a cycle. */
uint64_t profile_u64(const struct profile *profile, const char *row);
const char *profile_source(const struct profile *profile, const char *row,
			   enum profile_status *status);

/* Names of the profiles in data_dir, sorted; array and strings are the caller's
 * (profile_names_free). */
char **profile_names(const char *data_dir, enum profile_kind kind, size_t *count);
void profile_names_free(char **names, size_t count);

#ifdef __cplusplus
}
#endif
#endif
