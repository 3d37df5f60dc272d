/* SPDX-License-Identifier: MIT */
/* The gate sees only "category is X now". Functions that the pass wraps begin and end with it, and
 * are known by their name. Others (arch/sim, workloads) may switch in one function and back in
 * another: putting back the category that was before ends what the last of them began. */
#include "drivers/linux/host/slices.h"

#include <stdlib.h>
#include <string.h>

#include "drivers/linux/boundary.h"
#include "drivers/linux/host/host_private.h"
#include "drivers/linux/host/stack.h"
#include "drivers/linux/host/symbols.h"
#include "model/core/assert.h"
#include "model/trace/trace.h"

#define DEPTH_MAX      32
#define CHAIN_MAX      128
#define TASKS_FIRST    64u        /* a power of two */
#define CALLERS        1024u      /* a power of two */
#define CALL(function, category) ((uint64_t)(uint32_t)(function) << 8 | (category))

#define TRACE_POINT(id, ...) id,
enum {
#include "drivers/linux/host/trace.def"
	POINTS,
};
#undef TRACE_POINT

#define TRACE_POINT(id, name, a, b, c) { name, { a, b, c } },
static const struct trace_point trace_points[POINTS] = {
#include "drivers/linux/host/trace.def"
};
#undef TRACE_POINT

struct open_slice {
	uint32_t function;
	uint8_t category;
	bool wrapper;
	uint64_t argument;
};

struct task {
	const void *id;               /* NULL: the entry is free */
	unsigned depth;
	struct open_slice open[DEPTH_MAX];
};

/* A place that switches the category. */
struct caller {
	uintptr_t pc;
	uint32_t function;
	bool ignored;                 /* it only restores what a task had */
	bool plain;                   /* of arch/sim: the category says what it is */
	bool wrapper;                 /* of the pass: its frame holds the first argument */
};

struct slices {
	struct trace_source trace;
	struct task **task;           /* open addressing */
	unsigned room, tasks;
	struct task *on_core[CORES_MAX];
	struct caller caller[CALLERS];
};

struct slices *slices_create(struct sim *sim)
{
	struct slices *slices = calloc(1, sizeof(*slices));

	if (!slices)
		return NULL;
	slices->room = TASKS_FIRST;
	slices->task = calloc(slices->room, sizeof(struct task *));
	if (!slices->task) {
		free(slices);
		return NULL;
	}
	trace_source_init(&slices->trace, sim, "linux", trace_points, POINTS);
	return slices;
}

void slices_destroy(struct slices *slices)
{
	if (!slices)
		return;
	for (unsigned i = 0; i < slices->room; i++)
		free(slices->task[i]);
	free(slices->task);
	free(slices);
}

/* ---- callers ---- */

/* How pass/categories.cpp begins a wrapper: the arguments' registers go to the frame in order, so
 * the first one lies below the saved frame pointer. */
static bool is_wrapper(uintptr_t start)
{
	static const uint8_t head[] = { 0x55, 0x48, 0x89, 0xe5, 0x57, 0x56, 0x52, 0x51,
					0x41, 0x50, 0x41, 0x51, 0x50, 0x48, 0x83, 0xec };

	return !memcmp((const void *)start, head, sizeof(head));
}

static const char *const restoring[] = { "__switch_to", "start_task", NULL };
static const char *const plain[] = { "take_vector", "kern_irq_window", "arch_cpu_idle",
				     "default_idle_call", "sim_cpu_relax", NULL };

static bool is_one_of(const char *name, const char *const *names)
{
	while (*names && strcmp(*names, name))
		names++;
	return *names != NULL;
}

static const struct caller *caller_of(struct slices *slices, uintptr_t pc)
{
	struct caller *caller = &slices->caller[(pc ^ pc >> 10) & (CALLERS - 1)];
	const char *name;

	if (caller->pc == pc)
		return caller;
	caller->pc = pc;
	caller->function = symbols_function(pc - 1);
	name = symbols_function_name(caller->function);
	caller->ignored = is_one_of(name, restoring);
	caller->plain = is_one_of(name, plain);
	caller->wrapper = is_wrapper(symbols_start(pc - 1));
	return caller;
}

/* ---- slices ---- */

static void begin(struct slices *slices, const struct core *core, const struct open_slice *slice)
{
	trace_detail(&slices->trace, SLICE_BEGIN, core_time(core), core->id,
		     CALL(slice->function, slice->category), slice->argument);
}

static void end(struct slices *slices, const struct core *core, const struct open_slice *slice)
{
	trace_detail(&slices->trace, SLICE_END, core_time(core), core->id,
		     CALL(slice->function, slice->category), 0);
}

/* ---- tasks ---- */

static struct task **probe(struct task **table, unsigned room, const void *id)
{
	unsigned slot = (unsigned)((uintptr_t)id >> 6) & (room - 1);

	while (table[slot] && table[slot]->id != id)
		slot = (slot + 1) & (room - 1);
	return &table[slot];
}

static void grow_tasks(struct slices *slices)
{
	struct task **table = calloc(2 * slices->room, sizeof(*table));

	ASSERT(table);
	for (unsigned i = 0; i < slices->room; i++)
		if (slices->task[i])
			*probe(table, 2 * slices->room, slices->task[i]->id) = slices->task[i];
	free(slices->task);
	slices->task = table;
	slices->room *= 2;
}

/* The thread's function: the outermost but for what starts every thread. */
static uint32_t thread_function(const uintptr_t *frame)
{
	static const char *const starters[] = { "start_task", "kthread", "ret_from_fork" };
	uintptr_t pc[CHAIN_MAX];
	unsigned count = stack_walk(frame, pc, CHAIN_MAX);
	uint32_t function = SYMBOL_NONE;

	while (count-- > 0) {
		const char *name;
		bool starter = false;

		function = symbols_function(pc[count]);
		name = symbols_function_name(function);
		for (size_t i = 0; i < sizeof(starters) / sizeof(starters[0]); i++)
			starter |= !strcmp(name, starters[i]);
		if (!starter)
			break;
	}
	return function;
}

static struct task *task_of(struct slices *slices, const void *id, unsigned category,
			    const uintptr_t *frame)
{
	struct task **slot = probe(slices->task, slices->room, id);

	if (*slot)
		return *slot;
	if (2 * ++slices->tasks > slices->room) {
		grow_tasks(slices);
		slot = probe(slices->task, slices->room, id);
	}
	*slot = calloc(1, sizeof(**slot));
	ASSERT(*slot);
	(*slot)->id = id;
	(*slot)->open[0] = (struct open_slice){ thread_function(frame), (uint8_t)category,
						    false, 0 };
	(*slot)->depth = 1;
	return *slot;
}

static void change_task(struct slices *slices, const struct core *core, struct task *task)
{
	struct task *former = slices->on_core[core->id];

	for (unsigned i = former ? former->depth : 0; i-- > 0;)
		end(slices, core, &former->open[i]);
	slices->on_core[core->id] = task;
	for (unsigned i = 0; i < task->depth; i++)
		begin(slices, core, &task->open[i]);
}

/* How many slices this switch ends; 0: it begins one. What a wrapped function left open inside ends
 * with it. */
static unsigned ending(const struct task *task, const struct caller *caller, unsigned category)
{
	unsigned at = task->depth - 1;

	while (caller->wrapper && at && !task->open[at].wrapper)
		at--;
	if (!at || task->open[at - 1].category != category ||
	    task->open[at].wrapper != caller->wrapper ||
	    (caller->wrapper && task->open[at].function != caller->function))
		return 0;
	return task->depth - at;
}

void slices_switch(struct slices *slices, const struct core *core, const void *id,
		   unsigned former, const uintptr_t *frame)
{
	const struct caller *caller = caller_of(slices, frame[1]);
	struct task *task = task_of(slices, id, former, frame);
	unsigned ends;

	if (slices->on_core[core->id] != task)
		change_task(slices, core, task);
	if (caller->ignored)
		return;
	ends = ending(task, caller, core->category);
	/* Functions that never put back what they found would pile up. */
	if (!ends && task->depth == DEPTH_MAX)
		ends = DEPTH_MAX - 1;
	for (unsigned i = 0; i < ends; i++)
		end(slices, core, &task->open[--task->depth]);
	if (ends && task->depth != 1)
		return;
	if (ends && task->open[0].category == core->category)
		return;
	task->open[task->depth] = (struct open_slice){
		.function = caller->plain ? SYMBOL_NONE : caller->function,
		.category = (uint8_t)core->category,
		.wrapper = caller->wrapper,
		.argument = caller->wrapper ? ((const uintptr_t *)frame[0])[-1] : 0,
	};
	begin(slices, core, &task->open[task->depth++]);
}
