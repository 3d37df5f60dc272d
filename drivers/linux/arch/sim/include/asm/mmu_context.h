/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_MMU_CONTEXT_H
#define _ASM_SIM_MMU_CONTEXT_H

#include <linux/mm_types.h>

extern atomic64_t sim_last_ctx_id;

#define init_new_context init_new_context
static inline int init_new_context(struct task_struct *task, struct mm_struct *mm)
{
	mm->context.ctx_id = atomic64_inc_return(&sim_last_ctx_id);
	atomic64_set(&mm->context.tlb_gen, 0);
	mm->context.global_asid = 0;
	return 0;
}

#define destroy_context destroy_context
void destroy_context(struct mm_struct *mm);

#define enter_lazy_tlb enter_lazy_tlb
void enter_lazy_tlb(struct mm_struct *mm, struct task_struct *task);

#define switch_mm_irqs_off switch_mm_irqs_off
void switch_mm_irqs_off(struct mm_struct *prev, struct mm_struct *next, struct task_struct *task);

static inline void switch_mm(struct mm_struct *prev, struct mm_struct *next,
			     struct task_struct *task)
{
	unsigned long flags;

	local_irq_save(flags);
	switch_mm_irqs_off(prev, next, task);
	local_irq_restore(flags);
}

#define activate_mm(prev, next) switch_mm((prev), (next), NULL)

#include <asm-generic/mm_hooks.h>
#include <asm-generic/mmu_context.h>

#endif
