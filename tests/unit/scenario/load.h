/* SPDX-License-Identifier: MIT */
/* Loading scenarios from texts in tests. */
#ifndef DOORBELL_TESTS_SCENARIO_LOAD_H
#define DOORBELL_TESTS_SCENARIO_LOAD_H

#include "model/scenario/scenario.h"

/* One that must load; `set` is NULL-terminated or NULL. load_free ends it. */
struct scn *load_good(const char *text, const char *const *set);
/* One that must not: the diagnostics, to be freed. */
char *load_bad(const char *text, const char *const *set);
/* What load_good's diag holds by now. */
char *load_told(void);
void load_free(struct scn *scn);

#endif
