/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_TIMEX_H
#define _ASM_SIM_TIMEX_H

#include <asm/plat.h>

typedef unsigned long cycles_t;

#define get_cycles plat_cycles

#endif
