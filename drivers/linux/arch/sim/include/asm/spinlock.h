/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_SPINLOCK_H
#define _ASM_SIM_SPINLOCK_H

/* The locks of x86-64, so that contention behaves alike. */
#include <asm/qspinlock.h>
#include <asm/qrwlock.h>

#endif
