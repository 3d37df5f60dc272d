/* SPDX-License-Identifier: MIT */
/* Call chains of kernel code, by frame pointers. Not modelled: chains through code without frames
 * (assembler), which lose one caller. */
#ifndef DOORBELL_DRIVERS_LINUX_STACK_H
#define DOORBELL_DRIVERS_LINUX_STACK_H

#include <stdint.h>

/* Kernel code's part of the chain that `frame` (a frame address) begins: an address in each call, innermost
 * first. Frames of the simulator are left out; those of horizon checks lead back to the function
 * that was interrupted. Returns how many there are, at most `max`. */
unsigned stack_walk(const uintptr_t *frame, uintptr_t *pc, unsigned max);

#endif
