/* SPDX-License-Identifier: MIT */
/* Chains are kept as a tree: a node is a function called by its parent's function. The tree's first
 * two levels are core and category. */
#include "drivers/linux/host/profile.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/linux/boundary.h"
#include "drivers/linux/host/host_private.h"
#include "drivers/linux/host/stack.h"
#include "drivers/linux/host/symbols.h"
#include "model/core/assert.h"

#define DEPTH_MAX    128
#define PATH_BYTES   (DEPTH_MAX * 64)
#define NODES_FIRST  1024u
#define ROOT         0u

/* What a node's number stands for: a function, or from here on one of the levels and leaves. */
#define LEAF_BASE     0xf0000000u
#define CATEGORY_BASE 0xf1000000u
#define CORE_BASE     0xf2000000u

struct node {
	uint32_t what;
	uint32_t child, sibling;     /* 0 = none: the root is nobody's child */
	uint64_t samples;
};

struct profile {
	struct cores *cores;
	uint64_t interval;
	bool running;
	uint64_t due[CORES_MAX];
	struct node *node;
	uint32_t nodes, room;
};

static const char *const leaf_name[] = {
	[PROFILE_MMIO_READ] = "[register read]",
	[PROFILE_MMIO_WRITE] = "[register write]",
	[PROFILE_DELAY] = "[delay]",
	[PROFILE_SPIN] = "[spin]",
	[PROFILE_MISS] = "[cache miss]",
	[PROFILE_COST + PLAT_COST_IRQ_ENTRY] = "[interrupt entry]",
	[PROFILE_COST + PLAT_COST_IRQ_EXIT] = "[interrupt exit]",
	[PROFILE_COST + PLAT_COST_CONTEXT_SWITCH] = "[context switch]",
	[PROFILE_COST + PLAT_COST_COPY] = "[copy]",
	[PROFILE_COST + PLAT_COST_CLEAR] = "[clear]",
	[PROFILE_COST + PLAT_COST_USER_COPY] = "[user copy]",
	[PROFILE_COST + PLAT_COST_SYSCALL] = "[system call]",
	[PROFILE_COST + PLAT_COST_CLFLUSH] = "[cache line flush]",
	[PROFILE_COST + PLAT_COST_IPI_SEND] = "[IPI send]",
	[PROFILE_COST + PLAT_COST_INVLPG] = "[page invalidation]",
	[PROFILE_COST + PLAT_COST_TLB_FLUSH] = "[TLB flush]",
	[PROFILE_COST + PLAT_COST_CR3] = "[address space switch]",
	[PROFILE_COST + PLAT_COST_TLB_WALK] = "[page table walk]",
	[PROFILE_COST + PLAT_COST_PAGE_FAULT] = "[page fault]",
	[PROFILE_COST + PLAT_COST_LINE] = "[cache line transfer]",
	[PROFILE_COST + PLAT_COST_LINE_REMOTE] = "[remote cache line transfer]",
};

#define LEAVES (sizeof(leaf_name) / sizeof(leaf_name[0]))

/* ---- when ---- */

static void arm(struct profile *profile, const struct core *core)
{
	linux_profile_due = profile->running ? profile->due[core->id] : TICKS_NEVER;
	cores_look(profile->cores, linux_profile_due);
}

struct profile *profile_create(struct cores *cores, uint64_t interval_ticks)
{
	struct profile *profile = calloc(1, sizeof(*profile));

	if (!profile)
		return NULL;
	profile->cores = cores;
	profile->interval = interval_ticks ? interval_ticks : 1;
	profile->room = NODES_FIRST;
	profile->nodes = 1;
	profile->node = calloc(profile->room, sizeof(*profile->node));
	if (!profile->node) {
		free(profile);
		return NULL;
	}
	return profile;
}

void profile_destroy(struct profile *profile)
{
	if (!profile)
		return;
	linux_profile_due = TICKS_NEVER;
	free(profile->node);
	free(profile);
}

/* A halted core's own time stands still; profile_slept adds all of its sleep. */
void profile_start(struct profile *profile)
{
	for (unsigned id = 0; id < profile->cores->cfg.count; id++)
		profile->due[id] = profile->cores->core[id].ticks + profile->interval;
	profile->running = true;
	if (profile->cores->running)
		arm(profile, profile->cores->running);
}

void profile_stop(struct profile *profile)
{
	profile->running = false;
	linux_profile_due = TICKS_NEVER;
	cores_look(profile->cores, TICKS_NEVER);
}

void profile_switch_in(struct profile *profile, const struct core *core)
{
	arm(profile, core);
}

void profile_slept(struct profile *profile, const struct core *core, uint64_t before)
{
	profile->due[core->id] += core->ticks - before;
	arm(profile, core);
}

/* ---- what ---- */

static uint32_t new_node(struct profile *profile, uint32_t what)
{
	if (profile->nodes == profile->room) {
		struct node *more = realloc(profile->node, 2 * profile->room * sizeof(*more));

		ASSERT(more);
		memset(more + profile->room, 0, profile->room * sizeof(*more));
		profile->node = more;
		profile->room *= 2;
	}
	profile->node[profile->nodes].what = what;
	return profile->nodes++;
}

static uint32_t child_of(struct profile *profile, uint32_t parent, uint32_t what)
{
	uint32_t child = profile->node[parent].child;

	while (child && profile->node[child].what != what)
		child = profile->node[child].sibling;
	if (child)
		return child;
	child = new_node(profile, what);
	profile->node[child].sibling = profile->node[parent].child;
	profile->node[parent].child = child;
	return child;
}

/* A function that switches the time category calls itself under another name (pass/categories.cpp):
 * one of two neighbours of the same name is left out. */
static uint32_t descend(struct profile *profile, uint32_t node, const uintptr_t *pc, unsigned count)
{
	uint32_t last = SYMBOL_NONE;

	for (unsigned i = count; i-- > 0;) {
		uint32_t function = symbols_function(pc[i]);

		if (function != last)
			node = child_of(profile, node, function);
		last = function;
	}
	return node;
}

void profile_take(struct profile *profile, struct core *core, const uintptr_t *frame,
		  uint64_t before, enum profile_leaf leaf, unsigned category)
{
	uint64_t *due = &profile->due[core->id];
	uint64_t of_code = 0, of_leaf = 0;
	uintptr_t pc[DEPTH_MAX];
	uint32_t node;

	for (; *due <= core->ticks; *due += profile->interval) {
		if (*due <= before || leaf == PROFILE_CODE)
			of_code++;
		else
			of_leaf++;
	}
	if (of_code + of_leaf) {
		node = child_of(profile, ROOT, CORE_BASE + core->id);
		node = child_of(profile, node, CATEGORY_BASE + category);
		node = descend(profile, node, pc, stack_walk(frame, pc, DEPTH_MAX));
		profile->node[node].samples += of_code;
		if (of_leaf) {
			node = child_of(profile, node, LEAF_BASE + leaf);
			profile->node[node].samples += of_leaf;
		}
	}
	arm(profile, core);
}

/* ---- output ---- */

struct line {
	char *path;
	uint64_t samples;
};

struct writing {
	const char *const *category_name;
	struct line *line;
	size_t lines;
	char path[PATH_BYTES];
};

static void name_node(const struct writing *writing, uint32_t what, char *text, size_t bytes)
{
	if (what >= CORE_BASE)
		snprintf(text, bytes, "cpu%u", what - CORE_BASE);
	else if (what >= CATEGORY_BASE)
		snprintf(text, bytes, "%s", writing->category_name[what - CATEGORY_BASE]);
	else if (what >= LEAF_BASE)
		snprintf(text, bytes, "%s", what - LEAF_BASE < LEAVES && leaf_name[what - LEAF_BASE]
						    ? leaf_name[what - LEAF_BASE]
						    : "[charge]");
	else
		snprintf(text, bytes, "%s", symbols_function_name(what));
}

static void collect(const struct profile *profile, struct writing *writing, uint32_t parent,
		    size_t length)
{
	for (uint32_t child = profile->node[parent].child; child;
	     child = profile->node[child].sibling) {
		char *end = writing->path + length;
		size_t room = sizeof(writing->path) - length;
		const char *semicolon = length ? ";" : "";
		char name[96];

		name_node(writing, profile->node[child].what, name, sizeof(name));
		/* Deeper than there is room for: the rest counts for what fits. */
		if (strlen(name) + 2 < room)
			snprintf(end, room, "%s%s", semicolon, name);
		if (profile->node[child].samples) {
			struct line *line = &writing->line[writing->lines++];

			line->path = strdup(writing->path);
			ASSERT(line->path);
			line->samples = profile->node[child].samples;
		}
		collect(profile, writing, child, strlen(writing->path));
		*end = '\0';
	}
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct line *)a)->path, ((const struct line *)b)->path);
}

static uint64_t nanoseconds(const struct profile *profile, uint64_t samples)
{
	unsigned __int128 ps = (unsigned __int128)samples * profile->interval *
			       profile->cores->tick_num / profile->cores->tick_den;

	return (uint64_t)(ps / PS_PER_NS);
}

int profile_write(const struct profile *profile, const char *const *category_name, FILE *out)
{
	struct writing *writing = calloc(1, sizeof(*writing));

	if (writing)
		writing->line = calloc(profile->nodes, sizeof(*writing->line));
	if (!writing || !writing->line) {
		free(writing);
		return -1;
	}
	writing->category_name = category_name;
	collect(profile, writing, ROOT, 0);
	/* Which chain came first depends on nothing but the run, yet by name two runs compare best. */
	qsort(writing->line, writing->lines, sizeof(*writing->line), by_path);
	for (size_t i = 0; i < writing->lines; i++) {
		fprintf(out, "%s %" PRIu64 "\n", writing->line[i].path,
			nanoseconds(profile, writing->line[i].samples));
		free(writing->line[i].path);
	}
	free(writing->line);
	free(writing);
	return ferror(out) ? -1 : 0;
}
