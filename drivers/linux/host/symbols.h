/* SPDX-License-Identifier: MIT */
/* Names of functions in this executable, kernel code included, from its own ELF symbol table.
 * Not modelled: functions that the linker dropped the names of. */
#ifndef DOORBELL_DRIVERS_LINUX_SYMBOLS_H
#define DOORBELL_DRIVERS_LINUX_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYMBOL_NONE UINT32_MAX

/* The function that covers an address, as a small number; parts that the compiler made of it
 * (".cold", ".isra.0") count as it, and functions of one name have one number. */
uint32_t symbols_function(uintptr_t pc);
const char *symbols_function_name(uint32_t function);
/* Where the symbol that covers an address starts; 0 = none. */
uintptr_t symbols_start(uintptr_t pc);
/* The address lies in the kernel's code. */
bool symbols_is_kernel(uintptr_t pc);

/* "function+0x12"; false and "?" where no code is. Reads the table at first use. */
bool symbols_is_code(uintptr_t pc);
bool symbols_name(uintptr_t pc, char *text, size_t bytes);

#endif
