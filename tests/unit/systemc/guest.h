/* SPDX-License-Identifier: MIT */
/* A guest of the SystemC host: engine events and three simulated cores with software that is a C
 * function each. Not modelled: hardware. */
#ifndef DOORBELL_TESTS_SYSTEMC_GUEST_H
#define DOORBELL_TESTS_SYSTEMC_GUEST_H

#include "model/core/time.h"
#include "tests/unit/systemc/order.h"

#ifdef __cplusplus
extern "C" {
#endif

/* At equal times of cores and within the interleave, order is exact only with interleave 0. */
void guest_create(struct order *order, struct dur interleave, struct at end);
void guest_destroy(void);
struct at guest_step(void *ctx, struct at limit);

/* For foreign processes: at `when` the flag changes and the halted core's vector becomes pending.
 * False if too many are under way. */
int guest_poke(struct at when);

#ifdef __cplusplus
}
#endif
#endif
