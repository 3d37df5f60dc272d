/* SPDX-License-Identifier: MIT */
/* Folded stacks as profile.folded holds them: a line a chain, "cpu0;driver;outermost;...;innermost
 * NS". The first two names are core and time category, the rest functions, at the end perhaps a
 * charge in brackets. */
#ifndef DOORBELL_ANALYSIS_FOLDED_H
#define DOORBELL_ANALYSIS_FOLDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct folded_node {
	char *name;
	uint64_t self_ns, total_ns;
	struct folded_node **children;     /* sorted by name */
	size_t count;
};

/* Chains of a core or category ("cpu0", "driver") as one tree; NULL selects all. The two levels
 * above the functions are merged away where they are not the selection. NULL with errno if the file
 * cannot be read. */
struct folded_node *folded_read(const char *path, const char *selection);
void folded_free(struct folded_node *node);

#endif
