/* SPDX-License-Identifier: MIT */
#include "drivers/linux/host/owners.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/linux/host/symbols.h"

#define BUCKETS 4096u

struct owned_object {
	uint64_t pa;
	unsigned count;
	uintptr_t pc[OWNERS_CHAIN];
	struct owned_object *next;
};

struct owners {
	struct owned_object *bucket[BUCKETS];
};

struct owners *owners_create(void)
{
	return calloc(1, sizeof(struct owners));
}

void owners_destroy(struct owners *owners)
{
	for (unsigned i = 0; owners && i < BUCKETS; i++)
		for (struct owned_object *object = owners->bucket[i], *next; object;
		     object = next) {
			next = object->next;
			free(object);
		}
	free(owners);
}

static struct owned_object **bucket(struct owners *owners, uint64_t pa)
{
	return &owners->bucket[(unsigned)((pa >> 3) * 0x9e3779b97f4a7c15u >> 32) % BUCKETS];
}

/* Without memory for it, nobody is asked about the object: no false alarm comes of it. */
void owners_took(struct owners *owners, uint64_t pa, const uintptr_t *pc, unsigned count)
{
	struct owned_object *object = malloc(sizeof(*object));

	if (!object)
		return;
	object->pa = pa;
	object->count = count;
	memcpy(object->pc, pc, count * sizeof(*pc));
	object->next = *bucket(owners, pa);
	*bucket(owners, pa) = object;
}

void owners_gave(struct owners *owners, uint64_t pa)
{
	for (struct owned_object **at = bucket(owners, pa); *at; at = &(*at)->next) {
		struct owned_object *object = *at;

		if (object->pa != pa)
			continue;
		*at = object->next;
		free(object);
		return;
	}
}

/* The allocator and what stands before it. Others that take memory for a driver (the DMA API, its
 * pools) may keep it for later, and have checks of their own. */
static bool is_allocator(const char *name)
{
	static const char *const allocator[] = {
		"sim_",   "plat_",    "__wrap_", "alloc_debug", "kmem_",    "kmalloc",
		"__kmalloc", "___slab", "__slab", "mempool_",   "kmemdup",  "kstrdup",
		"kvmalloc",  "__kvmalloc", "devm_k", "kvasprintf", "kasprintf",
	};

	for (unsigned i = 0; i < sizeof(allocator) / sizeof(allocator[0]); i++)
		if (!strncmp(name, allocator[i], strlen(allocator[i])))
			return true;
	return false;
}

/* Who asked for it: the first that does not do it for others. */
static uintptr_t place(const struct owned_object *object)
{
	for (unsigned i = 0; i < object->count; i++) {
		uint32_t function = symbols_function(object->pc[i]);

		if (function != SYMBOL_NONE &&
		    !is_allocator(symbols_function_name(function)))
			return object->pc[i];
	}
	return 0;
}

unsigned owners_left(const struct owners *owners, const char *prefix, uintptr_t *first)
{
	unsigned left = 0;

	for (unsigned i = 0; i < BUCKETS; i++)
		for (const struct owned_object *object = owners->bucket[i]; object;
		     object = object->next) {
			uintptr_t pc = place(object);

			if (!pc || strncmp(symbols_function_name(symbols_function(pc)), prefix,
					   strlen(prefix)))
				continue;
			/* Of several the lowest place, so that hashing does not choose. */
			if (!left++ || pc < *first)
				*first = pc;
		}
	return left;
}
