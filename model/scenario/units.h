/* SPDX-License-Identifier: MIT */
/* Values with units, exactly: decimal digits times the unit's scale must be a whole number of base
 * units that fits 64 bits. Base units: picoseconds, bytes, Hz, bits per second, thousandths of a
 * frame or I/O per second, bytes per second, cycles, sixteenths of a cycle. Not modelled: signs, exponents. */
#ifndef DOORBELL_SCENARIO_UNITS_H
#define DOORBELL_SCENARIO_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum units_set {
	UNITS_TIME,
	UNITS_SIZE,
	UNITS_RATE,         /* frames or bits per second */
	UNITS_IO_RATE,
	UNITS_FREQUENCY,
	UNITS_BANDWIDTH,    /* bits per second */
	UNITS_THROUGHPUT,   /* bytes per second */
	UNITS_COST,         /* a time or cycles */
	UNITS_CYCLES,       /* sixteenths of a cycle */
};

/* Kinds within a set that has two. */
enum units_kind { UNITS_PLAIN, UNITS_OTHER };   /* rate: frames, bits; cost: time, cycles */

struct units_value {
	uint64_t value;
	enum units_kind kind;
};

enum units_result {
	UNITS_OK,
	UNITS_NO_NUMBER,
	UNITS_NO_UNIT,
	UNITS_BAD_UNIT,
	UNITS_INEXACT,
	UNITS_TOO_LARGE,
};

enum units_result units_parse(enum units_set set, const char *text, struct units_value *out);
/* "a time", "a size": for "... is due". */
const char *units_name(enum units_set set);
/* "ps, ns, us, ms, s" */
const char *units_list(enum units_set set);
const char *units_example(enum units_set set);

/* A decimal number of any sign, in millionths; false if it is none, not exact or too large. */
bool units_micro(const char *text, int64_t *micro);

#endif
