/* SPDX-License-Identifier: MIT */
#include "model/scenario/units.h"

#include <string.h>

#include "model/core/assert.h"

struct unit {
	enum units_set set;
	enum units_kind kind;
	const char *name;
	uint64_t scale;
};

static const struct unit units[] = {
	{ UNITS_TIME, UNITS_PLAIN, "ps", 1 },
	{ UNITS_TIME, UNITS_PLAIN, "ns", 1000 },
	{ UNITS_TIME, UNITS_PLAIN, "us", 1000000 },
	{ UNITS_TIME, UNITS_PLAIN, "ms", 1000000000 },
	{ UNITS_TIME, UNITS_PLAIN, "s", 1000000000000 },
	{ UNITS_SIZE, UNITS_PLAIN, "B", 1 },
	{ UNITS_SIZE, UNITS_PLAIN, "KiB", 1ULL << 10 },
	{ UNITS_SIZE, UNITS_PLAIN, "MiB", 1ULL << 20 },
	{ UNITS_SIZE, UNITS_PLAIN, "GiB", 1ULL << 30 },
	{ UNITS_SIZE, UNITS_PLAIN, "TiB", 1ULL << 40 },
	{ UNITS_SIZE, UNITS_PLAIN, "kB", 1000 },
	{ UNITS_SIZE, UNITS_PLAIN, "KB", 1000 },
	{ UNITS_SIZE, UNITS_PLAIN, "MB", 1000000 },
	{ UNITS_SIZE, UNITS_PLAIN, "GB", 1000000000 },
	{ UNITS_SIZE, UNITS_PLAIN, "TB", 1000000000000 },
	{ UNITS_RATE, UNITS_PLAIN, "pps", 1000 },
	{ UNITS_RATE, UNITS_PLAIN, "kpps", 1000000 },
	{ UNITS_RATE, UNITS_PLAIN, "Kpps", 1000000 },
	{ UNITS_RATE, UNITS_PLAIN, "Mpps", 1000000000 },
	{ UNITS_RATE, UNITS_OTHER, "bps", 1 },
	{ UNITS_RATE, UNITS_OTHER, "kbps", 1000 },
	{ UNITS_RATE, UNITS_OTHER, "Kbps", 1000 },
	{ UNITS_RATE, UNITS_OTHER, "Mbps", 1000000 },
	{ UNITS_RATE, UNITS_OTHER, "Gbps", 1000000000 },
	{ UNITS_IO_RATE, UNITS_PLAIN, "iops", 1000 },
	{ UNITS_IO_RATE, UNITS_PLAIN, "kiops", 1000000 },
	{ UNITS_IO_RATE, UNITS_PLAIN, "Kiops", 1000000 },
	{ UNITS_IO_RATE, UNITS_PLAIN, "Miops", 1000000000 },
	{ UNITS_FREQUENCY, UNITS_PLAIN, "Hz", 1 },
	{ UNITS_FREQUENCY, UNITS_PLAIN, "kHz", 1000 },
	{ UNITS_FREQUENCY, UNITS_PLAIN, "MHz", 1000000 },
	{ UNITS_FREQUENCY, UNITS_PLAIN, "GHz", 1000000000 },
	{ UNITS_BANDWIDTH, UNITS_PLAIN, "bps", 1 },
	{ UNITS_BANDWIDTH, UNITS_PLAIN, "kbps", 1000 },
	{ UNITS_BANDWIDTH, UNITS_PLAIN, "Mbps", 1000000 },
	{ UNITS_BANDWIDTH, UNITS_PLAIN, "Gbps", 1000000000 },
	{ UNITS_THROUGHPUT, UNITS_PLAIN, "B/s", 1 },
	{ UNITS_THROUGHPUT, UNITS_PLAIN, "MB/s", 1000000 },
	{ UNITS_THROUGHPUT, UNITS_PLAIN, "GB/s", 1000000000 },
	{ UNITS_THROUGHPUT, UNITS_PLAIN, "MiB/s", 1ULL << 20 },
	{ UNITS_THROUGHPUT, UNITS_PLAIN, "GiB/s", 1ULL << 30 },
	{ UNITS_COST, UNITS_PLAIN, "ps", 1 },
	{ UNITS_COST, UNITS_PLAIN, "ns", 1000 },
	{ UNITS_COST, UNITS_PLAIN, "us", 1000000 },
	{ UNITS_COST, UNITS_PLAIN, "ms", 1000000000 },
	{ UNITS_COST, UNITS_OTHER, "cycles", 1 },
	{ UNITS_CYCLES, UNITS_PLAIN, "cycles", 16 },
};

static const struct {
	const char *name, *list, *example;
} sets[] = {
	[UNITS_TIME] = { "a time", "ps, ns, us, ms, s", "20us" },
	[UNITS_SIZE] = { "a size", "B, KiB, MiB, GiB, TiB, kB, MB, GB, TB", "4KiB" },
	[UNITS_RATE] = { "a rate", "pps, kpps, Mpps, bps, kbps, Mbps, Gbps", "1Mpps" },
	[UNITS_IO_RATE] = { "an I/O rate", "iops, kiops, Miops", "50kiops" },
	[UNITS_FREQUENCY] = { "a frequency", "Hz, kHz, MHz, GHz", "3GHz" },
	[UNITS_BANDWIDTH] = { "a bandwidth", "bps, kbps, Mbps, Gbps", "10Gbps" },
	[UNITS_THROUGHPUT] = { "a throughput", "B/s, MB/s, GB/s, MiB/s, GiB/s", "2.4GB/s" },
	[UNITS_COST] = { "a time or a number of cycles", "ps, ns, us, ms, cycles", "90ns" },
	[UNITS_CYCLES] = { "a number of cycles in sixteenths", "cycles", "0.25 cycles" },
};

/* Digits behind the point: more cannot be exact in any unit. */
#define FRACTION_DIGITS 18

struct decimal {
	uint64_t whole;
	uint64_t fraction;
	uint64_t power;          /* the fraction is fraction / power */
	bool inexact, large;
};

/* Reads digits[.digits]; returns where it stopped, or NULL if there is no number. */
static const char *decimal_read(const char *text, struct decimal *out)
{
	const char *at = text;
	unsigned digits = 0;

	*out = (struct decimal){ .power = 1 };
	for (; *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(out->whole, 10, &out->whole) ||
		    __builtin_add_overflow(out->whole, (uint64_t)(*at - '0'), &out->whole))
			out->large = true;
	if (at == text)
		return NULL;
	if (*at != '.')
		return at;
	at++;
	if (*at < '0' || *at > '9')
		return NULL;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (++digits > FRACTION_DIGITS) {
			out->inexact = out->inexact || *at != '0';
			continue;
		}
		out->fraction = out->fraction * 10 + (uint64_t)(*at - '0');
		out->power *= 10;
	}
	return at;
}

static enum units_result decimal_scale(const struct decimal *number, uint64_t scale, uint64_t *out)
{
	unsigned __int128 part = (unsigned __int128)number->fraction * scale;
	unsigned __int128 value = (unsigned __int128)number->whole * scale + part / number->power;

	if (number->large || value > UINT64_MAX)
		return UNITS_TOO_LARGE;
	if (number->inexact || part % number->power)
		return UNITS_INEXACT;
	*out = (uint64_t)value;
	return UNITS_OK;
}

enum units_result units_parse(enum units_set set, const char *text, struct units_value *out)
{
	struct decimal number;
	const char *name = decimal_read(text, &number);

	if (!name)
		return UNITS_NO_NUMBER;
	if (*name == ' ')
		name++;
	if (!*name)
		return UNITS_NO_UNIT;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].set != set || strcmp(units[i].name, name))
			continue;
		out->kind = units[i].kind;
		return decimal_scale(&number, units[i].scale, &out->value);
	}
	return UNITS_BAD_UNIT;
}

const char *units_name(enum units_set set)
{
	return sets[set].name;
}

const char *units_list(enum units_set set)
{
	return sets[set].list;
}

const char *units_example(enum units_set set)
{
	return sets[set].example;
}

bool units_micro(const char *text, int64_t *micro)
{
	bool negative = *text == '-';
	struct decimal number;
	const char *end;
	uint64_t value;

	if (*text == '-' || *text == '+')
		text++;
	end = decimal_read(text, &number);
	if (!end || *end || decimal_scale(&number, 1000000, &value) != UNITS_OK ||
	    value > INT64_MAX)
		return false;
	*micro = negative ? -(int64_t)value : (int64_t)value;
	return true;
}
