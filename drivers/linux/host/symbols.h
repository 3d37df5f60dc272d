/* SPDX-License-Identifier: MIT */
/* Names of functions in this executable, kernel code included, from its own ELF symbol table. */
#ifndef DOORBELL_DRIVERS_LINUX_SYMBOLS_H
#define DOORBELL_DRIVERS_LINUX_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

/* "function+0x12", or the bare address where no symbol covers it. Reads the table at first use. */
void symbols_name(uintptr_t pc, char *text, size_t bytes);

#endif
