/* SPDX-License-Identifier: MIT */
/* Who asked for the objects of the slab allocator that are there, from some moment on: what a
 * driver has taken and not given back when it has left its devices is lost. Not modelled: pages of
 * their own; objects that somebody else took for the driver (socket buffers, requests). */
#ifndef DOORBELL_DRIVERS_LINUX_OWNERS_H
#define DOORBELL_DRIVERS_LINUX_OWNERS_H

#include <stdint.h>

#define OWNERS_CHAIN 12   /* functions of a call chain: the allocator's own are on it */

struct owners;

/* NULL without memory. */
struct owners *owners_create(void);
void owners_destroy(struct owners *owners);
void owners_took(struct owners *owners, uint64_t pa, const uintptr_t *pc, unsigned count);
void owners_gave(struct owners *owners, uint64_t pa);
/* Objects that functions with such names took; *first: one of the places, if there are any. */
unsigned owners_left(const struct owners *owners, const char *prefix, uintptr_t *first);

#endif
