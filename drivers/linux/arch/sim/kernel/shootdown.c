// SPDX-License-Identifier: GPL-2.0
/* Switching address spaces and invalidating other cores' TLBs: the protocol of arch/x86/mm/tlb.c
 * (context numbers, generations, lazy mode, ceiling), on real inter-processor interrupts; or, where
 * hardware broadcasts invalidations, that of later kernels for INVLPGB: an identifier of its own
 * for each address space on all cores. Not modelled: x86's clearing of cores that have long left an
 * address space from its mask (trim_cpumask). */
#include <linux/cpumask.h>
#include <linux/moduleparam.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <asm/mmu_context.h>
#include <asm/plat.h>
#include <asm/plat_mm.h>
#include <asm/tlbflush.h>
#include "../mm/tlb.h"
#include "sim.h"

/* x86: tlb_single_page_flush_ceiling; above it the whole address space goes. */
static int tlb_ceiling = 33;
core_param(tlb_ceiling, tlb_ceiling, int, 0);

/* For tests of the detection of stale entries: other cores are not told. */
static bool tlb_forgets;
core_param(tlb_forgets, tlb_forgets, bool, 0);

atomic64_t sim_last_ctx_id = ATOMIC64_INIT(1);

static struct tlb_state states[NR_CPUS];
/* The core has a shootdown under way whose interrupts are not sent yet. */
static bool is_sending[NR_CPUS];
static DECLARE_BITMAP(global_asids, SIM_ASIDS);
static DEFINE_SPINLOCK(global_asids_lock);

struct flush_info {
	struct mm_struct *mm;
	unsigned long start, end;
	u64 generation;		/* 0: catch up with whatever is newest */
	unsigned int stride_shift;
	int initiator;
};

void enter_lazy_tlb(struct mm_struct *mm, struct task_struct *task)
{
	struct tlb_state *state = &states[smp_processor_id()];

	if (state->mm && state->mm != &init_mm)
		state->lazy = true;
}

/* ---- identifiers ---- */

static void flush_asid(u32 asid)
{
	plat_charge(PLAT_COST_TLB_FLUSH, 1);
	plat_tlb_invalidate_asid(asid);
}

static void load(struct tlb_state *state, struct mm_struct *mm, u32 asid)
{
	state->mm = mm;
	state->asid = asid;
	plat_tlb_load(asid, __pa(mm->pgd));
}

static void renew(struct tlb_state *state, struct mm_struct *mm, u32 asid, u64 generation)
{
	state->ctx[asid].ctx_id = mm->context.ctx_id;
	state->ctx[asid].tlb_gen = generation;
	flush_asid(asid);
}

/* The slot that holds this address space still, or the next to be reused. */
static u32 choose_asid(struct tlb_state *state, struct mm_struct *mm, bool *found)
{
	u32 asid;

	for (asid = 0; asid < SIM_ASIDS_DYNAMIC; asid++) {
		if (state->ctx[asid].ctx_id == mm->context.ctx_id) {
			*found = true;
			return asid;
		}
	}
	*found = false;
	asid = state->next_asid;
	state->next_asid = (asid + 1) % SIM_ASIDS_DYNAMIC;
	return asid;
}

static u32 global_asid(const struct mm_struct *mm)
{
	return mm->context.global_asid < SIM_ASIDS ? mm->context.global_asid : 0;
}

/*
 * With broadcasts: one identifier on all cores, from its first switch on. When all are taken, the
 * address space does without for its whole life (SIM_ASIDS), as cores may hold it under others.
 */
static void choose_global_asid(struct mm_struct *mm)
{
	unsigned long asid, flags;

	if (mm->context.global_asid || !plat_tlb_broadcast_pages())
		return;
	spin_lock_irqsave(&global_asids_lock, flags);
	if (!mm->context.global_asid) {
		asid = find_next_zero_bit(global_asids, SIM_ASIDS, SIM_ASIDS_DYNAMIC);
		if (asid < SIM_ASIDS)
			__set_bit(asid, global_asids);
		mm->context.global_asid = asid;
	}
	spin_unlock_irqrestore(&global_asids_lock, flags);
}

void destroy_context(struct mm_struct *mm)
{
	u32 asid = global_asid(mm);
	unsigned long flags;

	if (!asid)
		return;
	plat_tlb_broadcast(asid, 0, 0, 0);
	spin_lock_irqsave(&global_asids_lock, flags);
	__clear_bit(asid, global_asids);
	spin_unlock_irqrestore(&global_asids_lock, flags);
}

/* ---- switching ---- */

static void leave_lazy(struct tlb_state *state)
{
	u64 generation = atomic64_read(&state->mm->context.tlb_gen);

	if (!global_asid(state->mm) && state->ctx[state->asid].tlb_gen != generation)
		renew(state, state->mm, state->asid, generation);
}

static void load_dynamic(struct tlb_state *state, struct mm_struct *mm)
{
	u64 generation = atomic64_read(&mm->context.tlb_gen);
	bool found;
	u32 asid = choose_asid(state, mm, &found);

	if (!found || state->ctx[asid].tlb_gen < generation)
		renew(state, mm, asid, generation);
	load(state, mm, asid);
}

void switch_mm_irqs_off(struct mm_struct *unused, struct mm_struct *next, struct task_struct *task)
{
	int core = smp_processor_id();
	struct tlb_state *state = &states[core];
	struct mm_struct *prev = state->mm ?: &init_mm;
	bool was_lazy = state->lazy;

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
	/* Before the generation is read: who changes it afterwards finds this core in the mask. */
	cpumask_set_cpu(core, mm_cpumask(next));
	choose_global_asid(next);
	if (global_asid(next))
		load(state, next, global_asid(next));
	else
		load_dynamic(state, next);
}

/* ---- flushing ---- */

static void flush_range(u32 asid, const struct flush_info *info)
{
	unsigned long address;

	for (address = info->start; address < info->end; address += 1UL << info->stride_shift) {
		plat_charge(PLAT_COST_INVLPG, 1);
		plat_tlb_invalidate_page(asid, address);
	}
}

static void flush_loaded(struct tlb_state *state, const struct flush_info *info)
{
	u64 here, newest;

	if (global_asid(state->mm))
		return;
	here = state->ctx[state->asid].tlb_gen;
	newest = atomic64_read(&state->mm->context.tlb_gen);
	if (here == newest || (info->generation && info->generation <= here))
		return;
	/* One step behind and nothing newer: the range is all that changed. */
	if (info->end != TLB_FLUSH_ALL && info->generation == here + 1 &&
	    info->generation == newest)
		flush_range(state->asid, info);
	else
		flush_asid(state->asid);
	state->ctx[state->asid].tlb_gen = newest;
}

/*
 * Cache lines that pass between the cores: kernel/smp.c and the flush function touch them, and no
 * code of ours sees it (Amit et al., "Don't shoot down TLB shootdowns!", EuroSys 2020, 3, counts
 * the same ones). Waited for are, one after the other:
 *   by the core that asks, once: the generation, which the others have read;
 *   by it, for each target: the target's call queue, which that core emptied last, read and then
 *     taken by a locked instruction (llist_add) that also waits for the request's store before it
 *     (csd_lock: the target holds a copy of that line, too);
 *   by a target: its queue (llist_del_all), the request, and what is to be flushed; the
 *     generation's line comes meanwhile;
 *   by the core that asks: each target's answer (csd_lock_wait), which model/machine/mm.c adds, as
 *     an answer that is there already is read while later ones are on their way.
 * Not modelled: several targets that ask for one line at the same time.
 */
static void take_queue(int target)
{
	plat_line_transfer(target);
	plat_line_transfer(target);
}

static void read_request(const struct flush_info *info)
{
	plat_line_transfer(info->initiator);
	plat_line_transfer(info->initiator);
	plat_line_transfer(info->initiator);
}

/* x86: flush_tlb_func(). Runs on every core concerned, interrupts off. */
static void flush_here(void *arg)
{
	const struct flush_info *info = arg;
	struct tlb_state *state = &states[smp_processor_id()];
	bool asked = info->initiator != smp_processor_id();

	if (asked) {
		if (tlb_forgets)
			return;
		plat_tlb_event(PLAT_TLB_HANDLER, info->initiator);
		read_request(info);
	}
	if (!asked || !info->mm || info->mm == state->mm) {
		if (state->mm && state->mm != &init_mm) {
			if (state->lazy)
				switch_mm_irqs_off(NULL, &init_mm, NULL);
			else
				flush_loaded(state, info);
		}
	}
	plat_tlb_event(PLAT_TLB_HANDLED, info->initiator);
}

/* Asked for each core just before the request goes into its queue. */
static bool is_asked(int core, void *unused)
{
	if (core != smp_processor_id())
		take_queue(core);
	return true;
}

static bool is_asked_if_not_lazy(int core, void *unused)
{
	return !states[core].lazy && is_asked(core, unused);
}

void sim_shootdown_sent(void)
{
	int core = smp_processor_id();

	if (is_sending[core]) {
		is_sending[core] = false;
		plat_tlb_event(PLAT_TLB_SENT, 0);
	}
}

static void begin_shootdown(const struct cpumask *cores, const struct flush_info *info)
{
	bool all = info->end == TLB_FLUSH_ALL;
	unsigned int reader = cpumask_last(cores);

	if (reader == smp_processor_id())
		reader = cpumask_first(cores);
	is_sending[smp_processor_id()] = true;
	plat_tlb_event(PLAT_TLB_BEGIN,
		       all ? 0 : (info->end - info->start) >> info->stride_shift);
	if (info->mm)
		plat_line_transfer(reader);
}

static void end_shootdown(void)
{
	is_sending[smp_processor_id()] = false;
	plat_tlb_event(PLAT_TLB_ANSWERED, 0);
	plat_tlb_event(PLAT_TLB_END, 0);
}

/* Lazy cores are left alone, unless tables are freed that their walkers could still read. */
static void flush_cores(const struct cpumask *cores, struct flush_info *info, bool freed_tables)
{
	begin_shootdown(cores, info);
	on_each_cpu_cond_mask(freed_tables ? is_asked : is_asked_if_not_lazy, flush_here, info,
			      true, cores);
	end_shootdown();
}

static void flush_local(struct flush_info *info)
{
	local_irq_disable();
	flush_here(info);
	local_irq_enable();
}

static void broadcast(struct mm_struct *mm, const struct flush_info *info)
{
	bool all = info->end == TLB_FLUSH_ALL;

	plat_tlb_event(PLAT_TLB_BEGIN,
		       all ? 0 : (info->end - info->start) >> info->stride_shift);
	plat_tlb_broadcast(global_asid(mm), info->start,
			   all ? 0 : (info->end - info->start) >> info->stride_shift,
			   info->stride_shift);
	plat_tlb_event(PLAT_TLB_END, 0);
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
	if (global_asid(mm))
		broadcast(mm, &info);
	else if (cpumask_any_but(mm_cpumask(mm), core) < nr_cpu_ids)
		flush_cores(mm_cpumask(mm), &info, freed_tables);
	else if (mm == states[core].mm)
		flush_local(&info);
	put_cpu();
}

void arch_tlbbatch_flush(struct arch_tlbflush_unmap_batch *batch)
{
	int core = get_cpu();
	struct flush_info info = { .end = TLB_FLUSH_ALL, .initiator = core };

	if (plat_tlb_broadcast_pages())
		plat_tlb_broadcast(-1, 0, 0, 0);
	if (cpumask_any_but(&batch->cpumask, core) < nr_cpu_ids)
		flush_cores(&batch->cpumask, &info, false);
	else if (cpumask_test_cpu(core, &batch->cpumask))
		flush_local(&info);
	cpumask_clear(&batch->cpumask);
	put_cpu();
}

static void flush_everything(void *unused)
{
	plat_charge(PLAT_COST_TLB_FLUSH, 1);
	plat_tlb_invalidate_all();
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
