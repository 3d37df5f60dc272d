/* SPDX-License-Identifier: MIT */
/* The tables of theory (oracles.json, as published) and the comparison with them. A tolerance
 * holds for 1e6 packets and grows with sqrt(1e6 / n) for fewer; it never falls below its floor,
 * 0.5 % (1 % for p50 and p99). Not modelled: skipping of metrics silently; every row is printed. */
#ifndef DOORBELL_TESTS_VALIDATION_ORACLES_H
#define DOORBELL_TESTS_VALIDATION_ORACLES_H

#include <stdbool.h>

struct oracle;

/* Fails the test when there is no such set ("1c", "V1"). */
struct oracle *oracle_open(const char *id, const char *set);
/* For formulas of the oracles' text that have no table. */
struct oracle *oracle_formulas(const char *id);
void oracle_close(struct oracle *oracle);
double oracle_param(const struct oracle *oracle, const char *name);
const char *oracle_word(const struct oracle *oracle, const char *name);
/* Compares a metric of the table; n: packets behind the value. Prints a row. */
void oracle_compare(struct oracle *oracle, const char *metric, double ours, double n);
/* Compares with a formula of the oracles' text, to 1e-4. */
void oracle_formula(struct oracle *oracle, const char *metric, double theory, double ours);
/* Prints why a metric of the table has no counterpart in the machine. */
void oracle_not_compared(struct oracle *oracle, const char *metric, const char *why);
/* Fails the test if a comparison failed, or a metric of the table was left out; closes. */
void oracle_finish(struct oracle *oracle);

#endif
