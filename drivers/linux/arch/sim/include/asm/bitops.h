/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_BITOPS_H
#define _ASM_SIM_BITOPS_H

#include <linux/compiler.h>
#include <asm/barrier.h>
#include <asm/order.h>
#include <asm-generic/bitops/builtin-__ffs.h>
#include <asm-generic/bitops/builtin-__fls.h>
#include <asm-generic/bitops/builtin-ffs.h>
#include <asm-generic/bitops/builtin-fls.h>
#include <asm-generic/bitops/fls64.h>
#include <asm-generic/bitops/ffz.h>
#include <asm-generic/bitops/sched.h>
#include <asm-generic/bitops/hweight.h>

/* One instruction each; see asm/cmpxchg.h. */
#define SIM_BITOP(name, op)							\
static __always_inline void arch_##name(unsigned int nr, volatile unsigned long *p) \
{										\
	sim_order_same((const void *)&p[nr / 64], 8);				\
	asm volatile(op " %1, %0 # lock"					\
		     : "+m" (p[nr / 64]) : "Jr" ((unsigned long)(nr % 64)) : "memory"); \
}										\
static __always_inline int arch_test_and_##name(unsigned int nr, volatile unsigned long *p) \
{										\
	bool old;								\
										\
	sim_order_all();							\
	asm volatile(op " %2, %0 # lock"					\
		     : "+m" (p[nr / 64]), "=@ccc" (old)				\
		     : "Jr" ((unsigned long)(nr % 64)) : "memory");		\
	return old;								\
}

SIM_BITOP(set_bit, "btsq")
SIM_BITOP(clear_bit, "btrq")
SIM_BITOP(change_bit, "btcq")

#include <asm-generic/bitops/instrumented-atomic.h>
#include <asm-generic/bitops/lock.h>
#include <asm-generic/bitops/non-atomic.h>
#include <asm-generic/bitops/le.h>
#include <asm-generic/bitops/ext2-atomic.h>

#endif
