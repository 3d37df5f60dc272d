/* SPDX-License-Identifier: MIT */
/* [[fault]] tables of a scenario point, as the words that driver tests write too. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/machine/config_internal.h"
#include "model/scenario/fault_kinds.h"

__attribute__((format(printf, 2, 3)))
static void add(struct machine_fault_cfg *fault, const char *fmt, ...)
{
	size_t used = strlen(fault->what);
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(fault->what + used, sizeof(fault->what) - used, fmt, args);
	va_end(args);
	ASSERT(length >= 0 && (size_t)length < sizeof(fault->what) - used);
}

static const char *key_of(char key[96], unsigned n, const char *name)
{
	return scn_key(key, 96, "fault.%u.%s", n, name);
}

/* A key that this kind does not take keeps its default, and is not there in words. */
static bool takes(const struct reading *r, const struct fault_row *row, unsigned n,
		  const char *name)
{
	char key[96];

	return (!fault_key(name) || row->keys & fault_key(name)) &&
	       scn_has(r->point, key_of(key, n, name));
}

static void read_words(struct reading *r, unsigned n, const struct fault_row *row)
{
	static const char *const times[] = { "at", "delay", "every" };
	static const char *const numbers[] = { "after", "count", "probability", "value",
					       "register" };
	struct machine_fault_cfg *fault = &r->cfg->fault[n];
	char key[96];

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (takes(r, row, n, times[i]))
			add(fault, " %s=%llups", times[i],
			    (unsigned long long)scn_dur(r->point, key_of(key, n, times[i])).ps);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (takes(r, row, n, numbers[i]))
			add(fault, " %s=%llu", numbers[i],
			    (unsigned long long)scn_u64(r->point, key_of(key, n, numbers[i])));
	if (takes(r, row, n, "access"))
		add(fault, " access=%s", scn_text(r->point, key_of(key, n, "access")));
	if (takes(r, row, n, "caller"))
		add(fault, " caller=%.40s*", scn_text(r->point, key_of(key, n, "caller")));
}

static void read_fault(struct reading *r, unsigned n)
{
	struct machine_fault_cfg *fault = &r->cfg->fault[n];
	const struct fault_row *row;
	char key[96];

	fault->on = scn_text(r->point, key_of(key, n, "on"));
	if (r->cfg->software == MACHINE_IDEAL)
		config_refuse(r, key, "the ideal host has no reactions to faults");
	row = fault_row_named(scn_text(r->point, key_of(key, n, "kind")));
	ASSERT(row);
	add(fault, "kind=%s", row->name);
	read_words(r, n, row);
	if (row == fault_row(FAULT_ERROR_NONFATAL) || row == fault_row(FAULT_ERROR_FATAL) ||
	    row == fault_row(FAULT_ERROR_PERMANENT))
		r->cfg->reports_errors = true;
}

void config_read_faults(struct reading *r)
{
	size_t faults = scn_count(r->point, "fault");

	if (faults > MACHINE_FAULTS_MAX) {
		config_refuse(r, "fault.16.on", "more than 16 [[fault]] tables");
		faults = MACHINE_FAULTS_MAX;
	}
	for (unsigned n = 0; n < faults; n++)
		read_fault(r, n);
	r->cfg->faults = (unsigned)faults;
}
