/* SPDX-License-Identifier: MIT */
/* Names of functions in this executable, kernel code included, from its own ELF symbol table. */
#ifndef DOORBELL_DRIVERS_LINUX_SYMBOLS_H
#define DOORBELL_DRIVERS_LINUX_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "function+0x12"; false and "?" where no code is. Reads the table at first use. */
bool symbols_is_code(uintptr_t pc);
bool symbols_name(uintptr_t pc, char *text, size_t bytes);

#endif
