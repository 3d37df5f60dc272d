/* SPDX-License-Identifier: MIT */
/* The price of every block, written into the kernel's code: from the table of the assembler pass
 * (drivers/linux/pass/record.h) and the prices of the run. Not modelled: prices that change while
 * the kernel runs. */
#ifndef DOORBELL_DRIVERS_LINUX_PATCH_H
#define DOORBELL_DRIVERS_LINUX_PATCH_H

#include "drivers/linux/host/linux_host.h"

/* 0 or a negative sim_err, with the reason in sim. A kernel without the table stays as it is. */
int linux_patch(struct sim *sim, const struct linux_host_cfg *cfg);

#endif
