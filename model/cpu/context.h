/* SPDX-License-Identifier: MIT */
/* Coroutine contexts: a thin layer over Boost.Context's C interface (about 8 ns a round trip). A
 * context is a pointer slot: it holds where to go on while the context is not running. Not
 * modelled: ends of contexts; their functions never return. */
#ifndef DOORBELL_CPU_CONTEXT_H
#define DOORBELL_CPU_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

/* *slot becomes a context that will call fn(arg) on the given stack when first switched to. The
 * stack belongs to the caller and must stay. */
void context_make(void **slot, void *stack, size_t bytes, void (*fn)(void *), void *arg);
/* Goes on with *to; whoever runs now can be resumed through *from. */
void context_switch(void **from, void **to);
/* Where a context that is not running will go on, and its frame pointer: for call chains. */
void context_where(const void *slot, uintptr_t *pc, uintptr_t *frame);

#endif
