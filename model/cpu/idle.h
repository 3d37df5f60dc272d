/* SPDX-License-Identifier: MIT */
/* Which idle state a core that halts goes into, and what leaving it takes. With one state there is no
 * choice. With more, a governor like Linux's menu (drivers/cpuidle/governors/menu.c, 6.12) predicts
 * how long the core will be idle: until its timer, or as long as its last idle periods if those were
 * alike; the deepest state whose residency the prediction reaches is taken.
 *
 * Not modelled: waiting I/O as an input, energy, frequency changes, caches that a deep state
 * empties, states that several cores enter together, and demotion by the hardware. */
#ifndef DOORBELL_CPU_IDLE_H
#define DOORBELL_CPU_IDLE_H

#include <stdint.h>

#include "model/core/time.h"

#define IDLE_STATES_MAX 4
#define IDLE_PERIODS    8

struct core;

/* From the shallowest to the deepest. */
struct idle_state {
	struct dur exit;        /* interrupt pending -> first instruction */
	struct dur residency;   /* idle time from which it pays */
};

/* Of one core. */
struct idle {
	uint64_t from;                    /* when it halted */
	unsigned state;                   /* it is in, or was last */
	uint64_t period[IDLE_PERIODS];    /* lengths of the last idle periods, in a ring */
	unsigned next;
};

/* The core halts at its time. timer: ticks at which its timer is due, or TICKS_NEVER. */
void idle_enter(struct core *core, uint64_t timer);
/* The core is woken at its time; what leaving the state takes. */
uint64_t idle_leave(struct core *core);
/* The length at which the last periods were alike, or TICKS_NEVER. */
uint64_t idle_typical(const uint64_t period[IDLE_PERIODS]);

#endif
