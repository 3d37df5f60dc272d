/* SPDX-License-Identifier: MIT */
/* Accounting of [[transfer]] tables: what the threads that use DMA test devices report. Not modelled:
 * requests of a window (map = "once"), which only the device sees. */
#ifndef DOORBELL_MACHINE_TRANSFERS_H
#define DOORBELL_MACHINE_TRANSFERS_H

#include "model/core/sim.h"
#include "model/machine/config.h"

struct transfers;

struct transfers *transfers_create(struct sim *sim, const struct machine_cfg *cfg);
void transfers_destroy(struct transfers *transfers);
void transfers_begin(struct transfers *transfers, unsigned thread, unsigned slot);
void transfers_done(struct transfers *transfers, unsigned thread, unsigned slot, unsigned wrong);
void transfers_overwritten(struct transfers *transfers, unsigned thread);

#endif
