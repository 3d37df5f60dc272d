/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ARCH_SIM_LIB_ACCESS_H
#define ARCH_SIM_LIB_ACCESS_H

#include <linux/types.h>

/* Loads and stores that compiled code does not tell of: those of string.c. */
#ifdef CONFIG_SIM_CHECKING
void sim_access(const void *at, size_t bytes, bool write);
#else
static inline void sim_access(const void *at, size_t bytes, bool write)
{
}
#endif

#endif
