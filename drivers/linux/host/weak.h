/* SPDX-License-Identifier: MIT */
/* Weak memory, for exploration in the checking build: what LKMM (tools/memory-model of the kernel)
 * allows and the simulated cores, which are sequentially consistent, do not show by themselves. A
 * driver's store may become visible to other cores and to devices late, up to the next barrier for
 * stores and out of order with others; a load may be satisfied early, so that it gets what was
 * there at any time since the core's last barrier for loads (delayed stores and versioned loads:
 * OZZ, SOSP 2024). Kept are: the order of accesses to one location; a load through a pointer comes
 * after the load of the pointer (a neighbourhood stands for the object); atomic operations, locks,
 * accesses to devices, interrupts and task switches order everything.
 *
 * A delayed store is in memory while its core runs and not while others do: memory is changed at
 * each switch of cores. An old value is in memory for the one load that gets it. Accesses to
 * different bytes are different locations, in units of two.
 *
 * Before an access the core may wait (weak_pause.h): what happens elsewhere meanwhile is what the
 * loads behind, which were not to wait for this one, can miss.
 *
 * Not modelled: accesses to the running task's own stack, and to variables of the kernel's image;
 * reordering of accesses in the kernel's own code, and of more than 16 bytes; barriers that relaxed
 * atomic operations with a result need; control dependencies (they order no loads). */
#ifndef DOORBELL_DRIVERS_LINUX_WEAK_H
#define DOORBELL_DRIVERS_LINUX_WEAK_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/linux/boundary_checking.h"

struct vmap;
struct weak;

/* Of the running core. */
struct weak_access {
	uint64_t pa, bytes;
	enum plat_weak_access what;
	uint64_t pc;                  /* where in the code */
	uint64_t now_ps;
};

/* `ram` holds `pages` pages; NULL without memory. */
struct weak *weak_create(void *ram, uint64_t pages, unsigned cores, uint64_t seed);
/* Pointers may also be to the vmalloc area. */
void weak_set_vmap(struct weak *weak, const struct vmap *vmap);
void weak_destroy(struct weak *weak);

/* How long the core is to wait before an access, in picoseconds; others run meanwhile. */
uint64_t weak_pause(struct weak *weak, unsigned core, const struct weak_access *access);
/* Before an access. True: a load finds an old value there, until weak_return. */
bool weak_access(struct weak *weak, unsigned core, const struct weak_access *access);
void weak_return(struct weak *weak);
/* Has the core been given an old value since it was last asked? */
bool weak_was_early(struct weak *weak, unsigned core);
void weak_order(struct weak *weak, unsigned core, bool loads, bool stores);
/* The core stops running, or goes on. */
void weak_out(struct weak *weak, unsigned core, uint64_t now_ps);
void weak_in(struct weak *weak, unsigned core);
/* A device is about to write. */
void weak_device_write(struct weak *weak, uint64_t pa, uint64_t bytes);

#endif
