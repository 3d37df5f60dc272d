/* SPDX-License-Identifier: MIT */
/* Rules that hold while any driver runs. Whoever sees one broken reports it here: it is counted,
 * traced and kept with its time; with --strict, and always in a driver test for the rules named
 * "data", it fails the run. Not modelled: more than the first RULES_KEPT breaches in words. */
#ifndef DOORBELL_MACHINE_RULES_H
#define DOORBELL_MACHINE_RULES_H

#include <stdbool.h>
#include <stdint.h>

#define RULES_KEPT 16

struct machine;

struct breach {
	const char *rule;      /* "data.frame", "msix.update" */
	const char *device;    /* scenario name, or "" */
	uint64_t time_ps;      /* from the workloads' start */
	unsigned core;
	char function[64];     /* of the kernel's code that ran, "" if none did */
	char text[200];
};

/* rule and device must outlive the machine. */
void rules_breach(struct machine *machine, const char *rule, const char *device, const char *fmt,
		  ...) __attribute__((format(printf, 4, 5)));
uint64_t rules_breaches(const struct machine *machine);
/* The n-th of those kept; NULL past the end. */
const struct breach *rules_breach_at(const struct machine *machine, unsigned n);

#endif
