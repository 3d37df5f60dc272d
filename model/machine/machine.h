/* SPDX-License-Identifier: MIT */
/* A wired machine: the only place that knows all blocks. Created from a description, stepped by
 * whoever keeps the outer time (model/systemc), asked for its results at the end.
 *
 * Not modelled: more than one machine in a process with the Linux host (the kernel is global). */
#ifndef DOORBELL_MACHINE_MACHINE_H
#define DOORBELL_MACHINE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "model/core/sim.h"
#include "model/machine/config.h"
#include "model/trace/stats.h"
#include "model/trace/trace.h"

enum machine_end {
	MACHINE_RUNNING,
	MACHINE_DONE,           /* the window ended as it should */
	MACHINE_SOFTWARE_DIED,  /* panic, oops, failed set-up of a workload */
	MACHINE_HUNG,           /* outstanding work and no progress, or nothing left to happen */
};

struct machine_hooks {
	void (*console)(void *ctx, const char *text, unsigned len);
	/* A frame delivered or an I/O completed inside the window. */
	void (*sample)(void *ctx, const char *stat, uint64_t time_ps, uint64_t id, uint64_t value);
	/* From time to time: where the simulation is and where it will end (0 = not known). */
	void (*progress)(void *ctx, uint64_t now_ns, uint64_t end_ns);
	void *ctx;
	/* With machine_cfg.interval, and if not NULL: what a counter gained, or the sum of a
	 * distribution's new samples and their number, in [from, to) of the window. */
	void (*series)(void *ctx, const char *stat, uint64_t from_ps, uint64_t to_ps,
		       uint64_t value, uint64_t count);
	/* If not NULL: somebody outside changed something; machine_step is to be called. */
	void (*wake)(void);
};

struct machine;

/* 0 or a negative sim_err, then `error` says why. cfg must outlive the machine. Between create and
 * build, trace sinks may be added: they see everything from the first block on. */
int machine_create(struct machine **out, const struct machine_cfg *cfg,
		   const struct machine_hooks *hooks, char *error, size_t error_bytes);
int machine_build(struct machine *machine, char *error, size_t error_bytes);
void machine_destroy(struct machine *machine);

struct sim *machine_sim(struct machine *machine);
/* In a forked child, on a stack outside of the simulated memory, before the machine goes on:
 * gives it memory of its own, while the parent waits. */
int machine_forked(struct machine *machine, char *error, size_t error_bytes);
/* Runs all that is due up to and including `limit`; the next thing to do comes at the returned time
 * (AT_NEVER: the run is over). */
struct at machine_step(struct machine *machine, struct at limit);

/* The NVMe device of that number (configured for it: power_cuts) loses power; what survived is
 * compared with what workloads were told, and the run ends. To be called from an event. */
void machine_power_cut(struct machine *machine, unsigned device);

enum machine_end machine_end(const struct machine *machine);
/* One line for the user, with simulated time and core; "" when all is well. */
const char *machine_end_message(const struct machine *machine);
/* Executed by kernel code; counted with machine_cfg.count_instructions only. */
uint64_t machine_instructions(const struct machine *machine);
/* The kernel of this executable is the checking build. */
bool machine_is_checking(void);
/* Places at which rules were broken so far (rules.h). */
uint64_t machine_breaches(const struct machine *machine);
unsigned machine_kernel_warnings(const struct machine *machine);
/* "at ... ns on cpu..." of the first of them. */
void machine_first_warning(const struct machine *machine, char *text, size_t bytes);

/* ---- observation: none of it changes the run ---- */

struct hist;
struct span;

struct machine_observe {
	uint64_t profile_ns;    /* distance of the profile's samples; 0 = no profile */
	bool slices;            /* tell the trace's sinks what runs on each core */
	/* Told every request that completes in the window; NULL = nobody is. */
	void (*span)(void *ctx, const struct span *span);
	/* Told of broken rules in the checking build, a line each; NULL = nobody is. */
	void (*breach)(void *ctx, const char *text);
	void *ctx;
};

/* Between create and build. With the ideal host there is no code to profile or follow. */
int machine_observe(struct machine *machine, const struct machine_observe *observe);
/* Folded stacks of the window. 0, or -1 if it could not be written. */
int machine_profile_write(const struct machine *machine, FILE *out);
/* Words for "linux.slice" events. ctx is not used. */
void machine_trace_label(void *ctx, const struct trace_point *point, const uint64_t arg[3],
			 struct trace_label *label);
/* Name of the event at which the workloads start. */
#define MACHINE_TRACE_START "machine.run.phase"

/* From time zero (workloads start) to the end of the run. */
uint64_t machine_simulated_ps(const struct machine *machine);

#endif
