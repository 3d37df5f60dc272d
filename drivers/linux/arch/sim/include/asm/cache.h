/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_CACHE_H
#define _ASM_SIM_CACHE_H

/* As on x86-64: structures are laid out, and slab objects aligned, for lines of 64 bytes. */
#define L1_CACHE_SHIFT	6
#define L1_CACHE_BYTES	(1 << L1_CACHE_SHIFT)

#endif
