/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_ORDER_H
#define _ASM_SIM_ORDER_H

/*
 * What orders memory, as the checking build tells it to the simulator, which may delay stores and
 * satisfy loads early in between (drivers/linux/host/weak.h). Atomic operations that return nothing
 * order nothing but accesses to the same place (Documentation/atomic_bitops.txt, atomic_t.txt); all
 * others order everything, as on x86: some barriers around relaxed ones are not missed, but none is
 * missed that is there.
 */
#ifdef CONFIG_SIM_CHECKING
void sim_order_loads(void);
void sim_order_stores(void);
void sim_order_all(void);
void sim_order_same(const void *at, unsigned long bytes);
#else
static inline void sim_order_loads(void) { }
static inline void sim_order_stores(void) { }
static inline void sim_order_all(void) { }
static inline void sim_order_same(const void *at, unsigned long bytes) { }
#endif

#endif
