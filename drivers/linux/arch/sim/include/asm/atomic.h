/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_ATOMIC_H
#define _ASM_SIM_ATOMIC_H

#include <linux/types.h>
#include <asm/barrier.h>
#include <asm/cmpxchg.h>
#include <asm/order.h>

/* One instruction each, so that no check of the pass can split them; see asm/cmpxchg.h. */
#define arch_atomic_read(v)		READ_ONCE((v)->counter)
#define arch_atomic_set(v, i)		WRITE_ONCE((v)->counter, (i))
#define arch_atomic64_read(v)		READ_ONCE((v)->counter)
#define arch_atomic64_set(v, i)		WRITE_ONCE((v)->counter, (i))
#define ATOMIC64_INIT(i)		{ (i) }

#define SIM_ATOMIC_OP(prefix, type, atomic, op, suffix)				\
static __always_inline void arch_##prefix##_##op(type i, atomic *v)		\
{										\
	sim_order_same(&v->counter, sizeof(v->counter));			\
	asm volatile(#op suffix " %1, %0 # lock"				\
		     : "+m" (v->counter) : "er" (i) : "memory");		\
}

#define SIM_ATOMIC_FETCH_ADD(prefix, type, atomic)				\
static __always_inline type arch_##prefix##_fetch_add(type i, atomic *v)	\
{										\
	sim_order_all();							\
	asm volatile("xadd %0, %1 # lock"					\
		     : "+r" (i), "+m" (v->counter) : : "memory");		\
	return i;								\
}										\
static __always_inline type arch_##prefix##_fetch_sub(type i, atomic *v)	\
{										\
	return arch_##prefix##_fetch_add(-i, v);				\
}										\
static __always_inline type arch_##prefix##_add_return(type i, atomic *v)	\
{										\
	return i + arch_##prefix##_fetch_add(i, v);				\
}										\
static __always_inline type arch_##prefix##_sub_return(type i, atomic *v)	\
{										\
	return arch_##prefix##_fetch_add(-i, v) - i;				\
}

#define SIM_ATOMIC_FETCH_BITS(prefix, type, atomic, op, c_op)			\
static __always_inline type arch_##prefix##_fetch_##op(type i, atomic *v)	\
{										\
	type old = READ_ONCE(v->counter);					\
										\
	while (!arch_try_cmpxchg(&v->counter, &old, old c_op i))		\
		;								\
	return old;								\
}

#define SIM_ATOMICS(prefix, type, atomic, suffix)				\
	SIM_ATOMIC_OP(prefix, type, atomic, add, suffix)			\
	SIM_ATOMIC_OP(prefix, type, atomic, sub, suffix)			\
	SIM_ATOMIC_OP(prefix, type, atomic, and, suffix)			\
	SIM_ATOMIC_OP(prefix, type, atomic, or, suffix)				\
	SIM_ATOMIC_OP(prefix, type, atomic, xor, suffix)			\
	SIM_ATOMIC_FETCH_ADD(prefix, type, atomic)				\
	SIM_ATOMIC_FETCH_BITS(prefix, type, atomic, and, &)			\
	SIM_ATOMIC_FETCH_BITS(prefix, type, atomic, or, |)			\
	SIM_ATOMIC_FETCH_BITS(prefix, type, atomic, xor, ^)

SIM_ATOMICS(atomic, int, atomic_t, "l")
SIM_ATOMICS(atomic64, s64, atomic64_t, "q")

/* dec_and_test and its kin as on x86: the flags of the one instruction are the answer. */
#define SIM_ATOMIC_TEST(prefix, atomic, suffix)					\
static __always_inline bool arch_##prefix##_dec_and_test(atomic *v)		\
{										\
	bool zero;								\
										\
	sim_order_all();							\
	asm volatile("dec" suffix " %0 # lock"					\
		     : "+m" (v->counter), "=@ccz" (zero) : : "memory");		\
	return zero;								\
}										\
static __always_inline void arch_##prefix##_inc(atomic *v)			\
{										\
	sim_order_same(&v->counter, sizeof(v->counter));			\
	asm volatile("inc" suffix " %0 # lock" : "+m" (v->counter) : : "memory"); \
}										\
static __always_inline void arch_##prefix##_dec(atomic *v)			\
{										\
	sim_order_same(&v->counter, sizeof(v->counter));			\
	asm volatile("dec" suffix " %0 # lock" : "+m" (v->counter) : : "memory"); \
}

SIM_ATOMIC_TEST(atomic, atomic_t, "l")
SIM_ATOMIC_TEST(atomic64, atomic64_t, "q")

/* The generic layer looks for the names as macros. */
#define arch_atomic_add_return arch_atomic_add_return
#define arch_atomic_sub_return arch_atomic_sub_return
#define arch_atomic_fetch_add arch_atomic_fetch_add
#define arch_atomic_fetch_sub arch_atomic_fetch_sub
#define arch_atomic_fetch_and arch_atomic_fetch_and
#define arch_atomic_fetch_or arch_atomic_fetch_or
#define arch_atomic_fetch_xor arch_atomic_fetch_xor
#define arch_atomic_dec_and_test arch_atomic_dec_and_test
#define arch_atomic_inc arch_atomic_inc
#define arch_atomic_dec arch_atomic_dec
#define arch_atomic64_add_return arch_atomic64_add_return
#define arch_atomic64_sub_return arch_atomic64_sub_return
#define arch_atomic64_fetch_add arch_atomic64_fetch_add
#define arch_atomic64_fetch_sub arch_atomic64_fetch_sub
#define arch_atomic64_fetch_and arch_atomic64_fetch_and
#define arch_atomic64_fetch_or arch_atomic64_fetch_or
#define arch_atomic64_fetch_xor arch_atomic64_fetch_xor
#define arch_atomic64_dec_and_test arch_atomic64_dec_and_test
#define arch_atomic64_inc arch_atomic64_inc
#define arch_atomic64_dec arch_atomic64_dec

#endif
