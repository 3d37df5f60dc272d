/* SPDX-License-Identifier: MIT */
/* Functions by the simulated time they took: self, and total with what they called. A function that
 * stands several times in a chain counts once in its total. */
#ifndef DOORBELL_ANALYSIS_PROFILE_TABLE_H
#define DOORBELL_ANALYSIS_PROFILE_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "analysis/folded.h"

/* The `most` functions with the largest self time. */
void profile_table_print(const struct folded_node *root, size_t most, FILE *out);

#endif
