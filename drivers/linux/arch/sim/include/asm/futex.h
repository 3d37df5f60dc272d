/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_FUTEX_H
#define _ASM_SIM_FUTEX_H

/* One host thread: the "local" (UP) versions are atomic, see asm/cmpxchg.h. */
#define futex_atomic_cmpxchg_inatomic(uval, uaddr, oldval, newval) \
	futex_atomic_cmpxchg_inatomic_local(uval, uaddr, oldval, newval)
#define arch_futex_atomic_op_inuser(op, oparg, oval, uaddr) \
	futex_atomic_op_inuser_local(op, oparg, oval, uaddr)
#include <asm-generic/futex.h>

#endif
