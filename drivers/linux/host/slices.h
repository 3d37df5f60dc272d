/* SPDX-License-Identifier: MIT */
/* What runs on each core, as slices that begin and end in pairs: a task, in it the functions that
 * switch the time category, and interrupts. A task that gives way closes its slices; they open
 * again where it goes on. Told as details of the trace, so only while a sink wants them.
 * Not modelled: names of tasks (a task is named by its thread's function). */
#ifndef DOORBELL_DRIVERS_LINUX_SLICES_H
#define DOORBELL_DRIVERS_LINUX_SLICES_H

#include <stdint.h>

#include "model/cpu/cores.h"

struct slices;

/* NULL without memory. Registers its events with the trace. */
struct slices *slices_create(struct sim *sim);
void slices_destroy(struct slices *slices);
/* `task` on `core` switched from category `former` to its present one. `frame` is of the gate: its
 * return address tells which function did. */
void slices_switch(struct slices *slices, const struct core *core, const void *task,
		   unsigned former, const uintptr_t *frame);

#endif
