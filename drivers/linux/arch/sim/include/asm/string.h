/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_STRING_H
#define _ASM_SIM_STRING_H

#include <linux/types.h>

/* lib/string.c of the port charges by length; all else is the kernel's lib/string.c. */
#define __HAVE_ARCH_MEMCPY
void *memcpy(void *to, const void *from, size_t bytes);
#define __HAVE_ARCH_MEMMOVE
void *memmove(void *to, const void *from, size_t bytes);
#define __HAVE_ARCH_MEMSET
void *memset(void *to, int value, size_t bytes);

#endif
