/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_SPINLOCK_H
#define _ASM_SIM_SPINLOCK_H

#include <linux/atomic.h>
#include <asm-generic/qspinlock_types.h>
#include <asm/line.h>

/* The locks of x86-64, so that contention behaves alike. */
static __always_inline void queued_spin_lock(struct qspinlock *lock);
#define queued_spin_lock queued_spin_lock
#include <asm/qspinlock.h>
#include <asm/qrwlock.h>

/* Who takes a lock takes its cache line over, from the core that had the lock before. */
static __always_inline void queued_spin_lock(struct qspinlock *lock)
{
	int val = 0;

	if (unlikely(!atomic_try_cmpxchg_acquire(&lock->val, &val, _Q_LOCKED_VAL)))
		queued_spin_lock_slowpath(lock, val);
	sim_line_taken(lock);
}

#endif
