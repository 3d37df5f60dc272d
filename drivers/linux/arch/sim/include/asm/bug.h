/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_BUG_H
#define _ASM_SIM_BUG_H

/*
 * A BUG ends the run, a WARN is counted by the simulator: both without a change to the kernel.
 */
void sim_bug(const char *file, int line) __attribute__((noreturn, cold));
void sim_warning(void) __attribute__((cold));

#ifdef CONFIG_BUG
#define HAVE_ARCH_BUG
#define BUG() sim_bug(__FILE__, __LINE__)
#endif

#include <asm-generic/bug.h>

#ifdef CONFIG_BUG
#undef __WARN_printf
#define __WARN_printf(taint, arg...)					\
do {									\
	instrumentation_begin();					\
	sim_warning();							\
	warn_slowpath_fmt(__FILE__, __LINE__, taint, arg);		\
	instrumentation_end();						\
} while (0)
#endif

#endif
