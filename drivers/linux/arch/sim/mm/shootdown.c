// SPDX-License-Identifier: GPL-2.0
/* Switching address spaces and invalidating other cores' TLBs: the protocol of arch/x86/mm/tlb.c
 * (context numbers, generations, lazy mode, ceiling), on real inter-processor interrupts. */
#include <linux/cpumask.h>
#include <linux/moduleparam.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <asm/mmu_context.h>
#include <asm/plat.h>
#include <asm/tlbflush.h>
#include "tlb.h"

/* x86: tlb_single_page_flush_ceiling; above it the whole address space goes. */
static int tlb_ceiling = 33;
core_param(tlb_ceiling, tlb_ceiling, int, 0);

atomic64_t sim_last_ctx_id = ATOMIC64_INIT(1);

struct flush_info {
	struct mm_struct *mm;
	unsigned long start, end;
	u64 generation;		/* 0: catch up with whatever is newest */
	unsigned int stride_shift;
	int initiator;
};

void destroy_context(struct mm_struct *mm)
{
}

void enter_lazy_tlb(struct mm_struct *mm, struct task_struct *task)
{
	struct tlb_state *state = tlb_state_of(smp_processor_id());

	if (state->mm && state->mm != &init_mm)
		state->lazy = true;
}

static void load(struct tlb_state *state, struct mm_struct *mm, u32 asid, u64 generation)
{
	state->ctx[asid].ctx_id = mm->context.ctx_id;
	state->ctx[asid].tlb_gen = generation;
	tlb_flush_asid(asid);
}

/* The slot that holds this address space still, or the next to be reused. */
static u32 choose_asid(struct tlb_state *state, struct mm_struct *mm, bool *found)
{
	u32 asid;

	for (asid = 0; asid < TLB_ASIDS; asid++) {
		if (state->ctx[asid].ctx_id == mm->context.ctx_id) {
			*found = true;
			return asid;
		}
	}
	*found = false;
	asid = state->next_asid;
	state->next_asid = (asid + 1) % TLB_ASIDS;
	return asid;
}

static void leave_lazy(struct tlb_state *state)
{
	u64 generation = atomic64_read(&state->mm->context.tlb_gen);

	if (state->ctx[state->asid].tlb_gen != generation)
		load(state, state->mm, state->asid, generation);
}

void switch_mm_irqs_off(struct mm_struct *unused, struct mm_struct *next, struct task_struct *task)
{
	int core = smp_processor_id();
	struct tlb_state *state = tlb_state_of(core);
	struct mm_struct *prev = state->mm ?: &init_mm;
	bool was_lazy = state->lazy, found;
	u64 generation;
	u32 asid;

	state->lazy = false;
	if (prev == next) {
		if (was_lazy && next != &init_mm)
			leave_lazy(state);
		return;
	}
	if (prev != &init_mm)
		cpumask_clear_cpu(core, mm_cpumask(prev));
	plat_charge(PLAT_COST_CR3, 1);
	if (next == &init_mm) {
		state->mm = next;
		return;
	}
	cpumask_set_cpu(core, mm_cpumask(next));
	generation = atomic64_read(&next->context.tlb_gen);
	asid = choose_asid(state, next, &found);
	if (!found || state->ctx[asid].tlb_gen < generation)
		load(state, next, asid, generation);
	state->mm = next;
	state->asid = asid;
}

static void flush_range(const struct flush_info *info)
{
	unsigned long address;

	for (address = info->start; address < info->end; address += 1UL << info->stride_shift)
		tlb_flush_page(address);
}

/* x86: flush_tlb_func(). Runs on every core concerned, interrupts off. */
static void flush_here(void *arg)
{
	const struct flush_info *info = arg;
	struct tlb_state *state = tlb_state_of(smp_processor_id());
	u64 here, newest;

	if (info->initiator != smp_processor_id() && info->mm && info->mm != state->mm)
		return;
	if (!state->mm || state->mm == &init_mm)
		return;
	if (state->lazy) {
		switch_mm_irqs_off(NULL, &init_mm, NULL);
		return;
	}
	here = state->ctx[state->asid].tlb_gen;
	newest = atomic64_read(&state->mm->context.tlb_gen);
	if (here == newest || (info->generation && info->generation <= here))
		return;
	/* One step behind and nothing newer: the range is all that changed. */
	if (info->end != TLB_FLUSH_ALL && info->generation == here + 1 &&
	    info->generation == newest)
		flush_range(info);
	else
		tlb_flush_asid(state->asid);
	state->ctx[state->asid].tlb_gen = newest;
}

static bool is_not_lazy(int core, void *unused)
{
	return !tlb_state_of(core)->lazy;
}

/* Lazy cores are left alone, unless tables are freed that their walkers could still read. */
static void flush_cores(const struct cpumask *cores, struct flush_info *info, bool freed_tables)
{
	if (freed_tables)
		on_each_cpu_mask(cores, flush_here, info, true);
	else
		on_each_cpu_cond_mask(is_not_lazy, flush_here, info, true, cores);
}

static void flush_local(struct flush_info *info)
{
	local_irq_disable();
	flush_here(info);
	local_irq_enable();
}

void flush_tlb_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end,
			unsigned int stride_shift, bool freed_tables)
{
	int core = get_cpu();
	struct flush_info info = {
		.mm = mm,
		.start = start,
		.end = end,
		.stride_shift = stride_shift,
		.initiator = core,
	};

	if (end == TLB_FLUSH_ALL || (end - start) >> stride_shift > tlb_ceiling) {
		info.start = 0;
		info.end = TLB_FLUSH_ALL;
	}
	info.generation = atomic64_inc_return(&mm->context.tlb_gen);
	if (cpumask_any_but(mm_cpumask(mm), core) < nr_cpu_ids)
		flush_cores(mm_cpumask(mm), &info, freed_tables);
	else if (mm == tlb_state_of(core)->mm)
		flush_local(&info);
	put_cpu();
}

void arch_tlbbatch_flush(struct arch_tlbflush_unmap_batch *batch)
{
	int core = get_cpu();
	struct flush_info info = { .end = TLB_FLUSH_ALL, .initiator = core };

	if (cpumask_any_but(&batch->cpumask, core) < nr_cpu_ids)
		flush_cores(&batch->cpumask, &info, false);
	else if (cpumask_test_cpu(core, &batch->cpumask))
		flush_local(&info);
	cpumask_clear(&batch->cpumask);
	put_cpu();
}

static void flush_everything(void *unused)
{
	tlb_flush_all_asids();
}

void flush_tlb_all(void)
{
	on_each_cpu(flush_everything, NULL, 1);
}

/* The simulator's mapping is gone already; the cores' invalidations cost their time. */
static void charge_kernel_range(void *arg)
{
	const struct flush_info *info = arg;

	plat_charge(PLAT_COST_INVLPG, (info->end - info->start) >> PAGE_SHIFT);
}

void flush_tlb_kernel_range(unsigned long start, unsigned long end)
{
	struct flush_info info = { .start = start, .end = end };

	if (end == TLB_FLUSH_ALL || (end - start) >> PAGE_SHIFT > tlb_ceiling)
		on_each_cpu(flush_everything, NULL, 1);
	else
		on_each_cpu(charge_kernel_range, &info, 1);
}
