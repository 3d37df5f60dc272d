/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_DELAY_H
#define _ASM_SIM_DELAY_H

#include <asm/plat.h>

void __delay(unsigned long cycles);

/* Busy waits pass simulated time, and interrupts are taken inside where they are enabled. */
#define udelay(n) plat_delay_ns((n) * 1000UL)
#define ndelay(n) plat_delay_ns(n)

#endif
