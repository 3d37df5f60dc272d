/* SPDX-License-Identifier: MIT */
#ifndef DOORBELL_TESTS_FUZZ_CHECK_INPUT_H
#define DOORBELL_TESTS_FUZZ_CHECK_INPUT_H

#include <stdbool.h>
#include <stddef.h>

/* Loads any bytes as a scenario and holds the reader to its promises: it says why it refuses; what
 * it accepts has a manifest that loads again. Stops the process when one is broken. The first line
 * may be
 * "#--set KEY=VALUE". Returns true if the input was accepted. */
bool check_input(const char *text, size_t bytes);

#endif
