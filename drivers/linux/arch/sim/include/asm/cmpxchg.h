/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_CMPXCHG_H
#define _ASM_SIM_CMPXCHG_H

#include <asm/order.h>

/*
 * All simulated cores share one host thread, and core switches happen only between basic blocks
 * (drivers/linux/pass) or in calls. So ONE instruction is atomic without the host's LOCK prefix.
 * The comment "# lock" tells the pass to charge what a locked instruction costs.
 */
#define arch_xchg(ptr, x)						\
({									\
	__typeof__(*(ptr)) __x = (__typeof__(*(ptr)))(x);		\
	sim_order_all();						\
	asm volatile("xchg %0, %1 # lock"				\
		     : "+q" (__x), "+m" (*(ptr)) : : "memory");		\
	__x;								\
})

#define arch_cmpxchg(ptr, old, new)					\
({									\
	__typeof__(*(ptr)) __ret;					\
	sim_order_all();						\
	asm volatile("cmpxchg %2, %1 # lock"				\
		     : "=a" (__ret), "+m" (*(ptr))			\
		     : "q" ((__typeof__(*(ptr)))(new)),			\
		       "0" ((__typeof__(*(ptr)))(old)) : "memory");	\
	__ret;								\
})

#define arch_try_cmpxchg(ptr, pold, new)				\
({									\
	bool __done;							\
	__typeof__(ptr) __old_at = (__typeof__(ptr))(pold);		\
	__typeof__(*(ptr)) __old = *__old_at;				\
	sim_order_all();						\
	asm volatile("cmpxchg %3, %1 # lock"				\
		     : "=@ccz" (__done), "+m" (*(ptr)), "+a" (__old)	\
		     : "q" ((__typeof__(*(ptr)))(new)) : "memory");	\
	if (unlikely(!__done))						\
		*__old_at = __old;					\
	likely(__done);							\
})

#define arch_cmpxchg_relaxed		arch_cmpxchg
#define arch_cmpxchg_local		arch_cmpxchg
#define arch_cmpxchg64			arch_cmpxchg
#define arch_cmpxchg64_local		arch_cmpxchg
#define arch_cmpxchg64_relaxed		arch_cmpxchg
#define arch_try_cmpxchg_relaxed	arch_try_cmpxchg
#define arch_try_cmpxchg64		arch_try_cmpxchg
#define arch_try_cmpxchg64_relaxed	arch_try_cmpxchg

#endif
