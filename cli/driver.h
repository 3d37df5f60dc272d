/* SPDX-License-Identifier: MIT */
/* Drivers of users, which `doorbell build` compiles into an executable of their own, like this one
 * (docs/own-driver.md). BUILD/own-drivers/NAME says from which folder a driver of that name comes;
 * what needs it goes on as its executable, which is brought up to date before. */
#ifndef DOORBELL_CLI_DRIVER_H
#define DOORBELL_CLI_DRIVER_H

#include <stdbool.h>
#include <stddef.h>

#include "model/scenario/scenario.h"

/* Drivers that scenarios may name: those in this executable, or that others have. */
const struct scn_driver *driver_list(size_t *count);

/* Builds the folder's driver for the kernel of this executable, or of the checking build, and notes
 * its names. 0, with the executable's name in `path`, or the exit code; the user has been told. */
int driver_build(const char *dir, bool checking, char *path, size_t bytes);

/* `--driver DIR` of run and test: goes on as the executable with that driver. Returns 0 if there is
 * nothing to do, else the exit code. To be called once, with main()'s arguments. */
int driver_hand_over(int argc, char **argv);
/* The same if this executable lacks a driver that the scenario names, or for a folder that has a
 * driver in it or around it. */
int driver_hand_over_for(const struct scn *scn);
int driver_hand_over_beside(const char *tests);

#endif
