/* SPDX-License-Identifier: MIT */
/* SystemC modules of somebody else. Not modelled: SC_THREADs. */
#ifndef DOORBELL_TESTS_SYSTEMC_FOREIGN_H
#define DOORBELL_TESTS_SYSTEMC_FOREIGN_H

#include "tests/unit/systemc/order.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Constructors for systemc_run; ctx is the struct order that they note themselves in. */
void foreign_watches(void *order);    /* acts on nothing */
void foreign_pokes(void *order);      /* acts on the guest, too */
void foreign_ends_early(void *order); /* nothing left to do after a microsecond */
void foreign_coarse_time(void *order);
void foreign_destroy(void);

#ifdef __cplusplus
}
#endif
#endif
