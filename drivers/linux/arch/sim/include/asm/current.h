/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_CURRENT_H
#define _ASM_SIM_CURRENT_H

#include <asm/plat.h>

struct task_struct;

/* plat_cpu is the running core; the simulator swaps it at every core switch. */
#define current ((struct task_struct *)plat_cpu.task)

#endif
