/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_IRQFLAGS_H
#define _ASM_SIM_IRQFLAGS_H

#include <linux/compiler.h>
#include <asm/current.h>

/*
 * The interrupt flag of the running core. Volatile accesses keep the order that matters: the flag
 * is cleared before the pending mark is read, or an interrupt between the two would wait.
 */
static __always_inline unsigned long arch_local_save_flags(void)
{
	return READ_ONCE(plat_cpu.irq_off);
}

static __always_inline void arch_local_irq_disable(void)
{
	WRITE_ONCE(plat_cpu.irq_off, 1);
	barrier();
}

static __always_inline void arch_local_irq_enable(void)
{
	barrier();
	WRITE_ONCE(plat_cpu.irq_off, 0);
	if (unlikely(READ_ONCE(plat_cpu.irq_pending)))
		kern_irq_window();
}

static __always_inline void arch_local_irq_restore(unsigned long flags)
{
	if (flags)
		arch_local_irq_disable();
	else
		arch_local_irq_enable();
}

static __always_inline int arch_irqs_disabled_flags(unsigned long flags)
{
	return flags != 0;
}

static __always_inline int arch_irqs_disabled(void)
{
	return arch_local_save_flags() != 0;
}

static __always_inline unsigned long arch_local_irq_save(void)
{
	unsigned long flags = arch_local_save_flags();

	arch_local_irq_disable();
	return flags;
}

#endif
