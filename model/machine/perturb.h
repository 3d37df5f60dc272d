/* SPDX-License-Identifier: MIT */
/* Schedules for exploration. A schedule is words with a blank between:
 *     c1@52000+800    core 1 stands still for 800 ns when it has been busy for 52 us in all
 *     i17+2500        message interrupt 17 (from time zero, all devices) comes 2.5 us later
 *     j200            every DMA and message interrupt takes up to 200 ns longer, by seed
 *     w7              memory is weakly ordered for drivers, by this seed: stores become visible
 *                     late, loads are satisfied early (in the checking build; weak.h)
 * Times are whole nanoseconds. Each is something that happens to real machines (firmware,
 * hypervisors, a busy fabric), so no schedule can show a fault that only the simulator has. Not
 * modelled: cores that stop in the middle of a basic block. */
#ifndef DOORBELL_MACHINE_PERTURB_H
#define DOORBELL_MACHINE_PERTURB_H

#include <stdint.h>

#include "model/core/time.h"

struct machine;

/* From now on. -1: not a schedule, or more than there is room for. */
int machine_perturb(struct machine *machine, const char *schedule);
/* For the next schedule's choice: what a core has been busy since time zero, messages since
 * then. */
uint64_t machine_busy_ns(struct machine *machine, unsigned core);
uint64_t machine_messages(const struct machine *machine);
/* At time zero: from where both are counted. */
void machine_perturb_start(struct machine *machine);

/* ---- for the machine ---- */
struct dur perturb_message(struct machine *machine);
struct dur perturb_dma(struct machine *machine);

#endif
