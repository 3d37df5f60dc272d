/* SPDX-License-Identifier: MIT */
#include "model/machine/rules.h"

#include <stdarg.h>
#include <stdio.h>

#include "model/machine/internal.h"
#include "model/machine/trace_points.h"

void rules_breach(struct machine *machine, const char *rule, const char *device, const char *fmt,
		  ...)
{
	struct rules *rules = &machine->rules;
	struct breach *breach;
	va_list args;

	trace_emit(&machine->trace, MACHINE_BREACH, rules->count, 0, 0);
	if (rules->count++ >= RULES_KEPT)
		return;
	breach = &rules->kept[rules->count - 1];
	breach->rule = rule;
	breach->device = device;
	breach->core = observe_core(machine);
	breach->time_ps = at_since(sim_now(&machine->sim), machine->run.zero).ps;
	if (machine->linux_host)
		linux_host_function(machine->linux_host, breach->function,
				    sizeof(breach->function));
	va_start(args, fmt);
	vsnprintf(breach->text, sizeof(breach->text), fmt, args);
	va_end(args);
}

uint64_t rules_breaches(const struct machine *machine)
{
	return machine->rules.count;
}

const struct breach *rules_breach_at(const struct machine *machine, unsigned n)
{
	uint64_t kept = machine->rules.count < RULES_KEPT ? machine->rules.count : RULES_KEPT;

	return n < kept ? &machine->rules.kept[n] : NULL;
}
