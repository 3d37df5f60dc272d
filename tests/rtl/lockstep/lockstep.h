/* SPDX-License-Identifier: MIT */
/* A device twice, each side on an engine of its own: one with the C model of a block, one with
 * the block in RTL. Both get the same operations at the same times; whatever one does, the
 * other must do at the same picosecond. Not modelled: other parts of the devices. */
#ifndef TESTS_RTL_LOCKSTEP_H
#define TESTS_RTL_LOCKSTEP_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/rtl/rtl.h"
#include "model/core/digest.h"
#include "model/core/random.h"
#include "model/core/sim.h"

#define SIDES 2            /* 0: C, 1: RTL */

struct side {
	struct sim sim;
	struct digest out;     /* of what left the device, with times */
	uint64_t messages;
	void *device;          /* the subject's own */
};

struct lockstep {
	const struct subject *subject;
	struct side side[SIDES];
	struct random random;
	struct rtl_cfg rtl;
	uint64_t grain_ps;     /* all times are multiples of it */
	uint64_t seed, epoch;
	void *state;           /* the subject's own */
};

/* One block under test. */
struct subject {
	const char *name;
	/* Both devices, with what this epoch's random numbers choose. */
	void (*begin)(struct lockstep *ls);
	/* One operation on both, chosen at random; what it returned goes to ls_out. */
	void (*operate)(struct lockstep *ls);
	/* Cases that random numbers seldom meet. */
	void (*directed)(struct lockstep *ls);
	void (*end)(struct lockstep *ls);
};

extern const struct subject moderation_subject, msix_subject, coalescing_subject;

/* Something came out of a side now. */
void ls_out(struct side *side, uint64_t what, uint64_t value);
/* Both sides go on by so many grains. */
void ls_advance(struct lockstep *ls, uint64_t grains);
/* Mostly short, seldom so long that high bits of the time change. */
void ls_advance_random(struct lockstep *ls, uint64_t typical_grains);
/* Uniform below n, of the epoch's stream. */
uint64_t ls_below(struct lockstep *ls, uint64_t n);
bool ls_chance(struct lockstep *ls, uint64_t den);

#endif
