/* SPDX-License-Identifier: MIT */
#include "drivers/linux/host/dma_rules_owned.h"

#include <stdlib.h>
#include <string.h>

static bool have_room(struct owned *owned, unsigned count)
{
	struct owned_range *range;
	unsigned room = owned->room ? owned->room : 2;

	while (room < count)
		room *= 2;
	if (room == owned->room)
		return true;
	range = realloc(owned->range, room * sizeof(*range));
	if (!range)
		return false;
	owned->range = range;
	owned->room = room;
	return true;
}

/* Range `at` gives place to `count` others. */
static void replace(struct owned *owned, unsigned at, unsigned old, const struct owned_range *with,
		    unsigned count)
{
	memmove(&owned->range[at + count], &owned->range[at + old],
		(owned->count - at - old) * sizeof(*owned->range));
	for (unsigned i = 0; i < count; i++)
		owned->range[at + i] = with[i];
	owned->count = owned->count - old + count;
}

/* The first range that ends at or behind `byte`. */
static unsigned ends_from(const struct owned *owned, uint64_t byte)
{
	unsigned at = 0;

	while (at < owned->count && owned->range[at].to < byte)
		at++;
	return at;
}

bool owned_add(struct owned *owned, uint64_t from, uint64_t to)
{
	struct owned_range whole = { from, to };
	unsigned at = ends_from(owned, from), end = at;

	if (!have_room(owned, owned->count + 1))
		return false;
	for (; end < owned->count && owned->range[end].from <= to; end++) {
		if (owned->range[end].from < whole.from)
			whole.from = owned->range[end].from;
		if (owned->range[end].to > whole.to)
			whole.to = owned->range[end].to;
	}
	replace(owned, at, end - at, &whole, 1);
	return true;
}

bool owned_remove(struct owned *owned, uint64_t from, uint64_t to)
{
	if (!have_room(owned, owned->count + 1))
		return false;
	for (unsigned at = ends_from(owned, from + 1);
	     at < owned->count && owned->range[at].from < to;) {
		struct owned_range old = owned->range[at], left[2];
		unsigned count = 0;

		if (old.from < from)
			left[count++] = (struct owned_range){ old.from, from };
		if (old.to > to)
			left[count++] = (struct owned_range){ to, old.to };
		replace(owned, at, 1, left, count);
		at += count;
	}
	return true;
}

bool owned_first(const struct owned *owned, uint64_t from, uint64_t to, uint64_t *first)
{
	unsigned at = ends_from(owned, from + 1);

	if (from >= to || at == owned->count || owned->range[at].from >= to)
		return false;
	*first = owned->range[at].from > from ? owned->range[at].from : from;
	return true;
}

bool owned_covers(const struct owned *owned, uint64_t from, uint64_t to)
{
	unsigned at = ends_from(owned, to);

	return at < owned->count && owned->range[at].from <= from;
}

void owned_free(struct owned *owned)
{
	free(owned->range);
	*owned = (struct owned){ 0 };
}
