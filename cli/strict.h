/* SPDX-License-Identifier: MIT */
/* --strict needs the checking build of the kernel, which is in another executable beside this
 * one. */
#ifndef DOORBELL_CLI_STRICT_H
#define DOORBELL_CLI_STRICT_H

#include <stdbool.h>

/* Goes on as doorbell-checking if the verb is "run" or "test" with --strict and this is not it.
 * Returns if there is nothing to do (true) or it cannot be run (false; the user has been told). */
bool strict_hand_over(int argc, char **argv);

#endif
