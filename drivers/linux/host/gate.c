/* SPDX-License-Identifier: MIT */
/* The gates: every plat_ function of the boundary. This file is built with -ffixed-r15, so that the
 * register keeps the running core's time: a gate stores it on the way in and reloads it on the way
 * out, from the core that runs then. Code behind the gates may use r15 as it likes. */
#include <stdbool.h>
#include <string.h>

#include "drivers/linux/host/host_private.h"
#include "model/cpu/context.h"

register uint64_t time_register asm("r15");

uint64_t plat_horizon = TICKS_NEVER;
uint64_t linux_profile_due = TICKS_NEVER;
uint64_t plat_copy_ticks_base, plat_copy_ticks_per_64;
const unsigned char *plat_lines;
unsigned long plat_lines_end;

static inline struct core *enter(void)
{
	struct core *core = linux_host->cores->running;

	if (linux_host->cfg.count_instructions)
		linux_host->instructions += time_register - core->ticks;
	else
		core->ticks = time_register;
#ifdef GATE_POISON
	/* What follows must not count on the register, nor a gate leave without loading it. */
	time_register = 0xbadc0ffee0ddf00d;
#endif
	return core;
}

/* A context may have been resumed by another core than the one that entered. */
static inline void leave(void)
{
	time_register = linux_host->cores->running->ticks;
}

/* Leaves from where samples of the profile may be due. What came after `before` was charged. Always
 * part of the gate, whose frame the samples' chains begin with. */
static inline __attribute__((always_inline)) void
leave_sampled(uint64_t before, enum profile_leaf leaf, unsigned category)
{
	struct core *core = linux_host->cores->running;

	if (__builtin_expect(core->ticks >= linux_profile_due, 0))
		profile_take(linux_host->profile, core, __builtin_frame_address(0), before, leaf,
			     category);
	time_register = core->ticks;
}

/* Between two gates: interrupts that can be taken are taken. */
static inline void irq_window(void)
{
	if (plat_cpu.irq_pending && !plat_cpu.irq_off)
		kern_irq_window();
}

/* Of the checking build, with weak memory: what orders all loads and stores of the core. */
static inline void order_all(void)
{
	if (plat_weak)
		plat_weak_order(1, 1);
}

/* ---- boot and ends ---- */

void linux_gate_boot(void *unused)
{
	leave();
	linux_enter_at((char *)linux_host->boot_stack_top - HOST_FRAMES_BYTES, kern_start, NULL);
}

const struct plat_boot *plat_boot(void)
{
	return &linux_host->cfg.boot;
}

void plat_console(const char *text, unsigned len)
{
	enter();
	linux_host->ops.console(linux_host->ctx, text, len);
	if (linux_host->rules)
		linux_checking_console(linux_host, text, len);
	leave();
}

void plat_stop(enum plat_stop why, const char *message)
{
	static const enum linux_end end[] = {
		[PLAT_STOP_PANIC] = LINUX_PANIC,
		[PLAT_STOP_HALT] = LINUX_HALT,
		[PLAT_STOP_RESTART] = LINUX_RESTART,
	};

	struct core *core = enter();

	linux_host_note_end(end[why], message);
	linux_stack_dump();
	core_leave(core);
}

void plat_workload_failed(const char *message)
{
	linux_host_note_end(LINUX_WORKLOAD, message);
	core_leave(enter());
}

void plat_stack_dump(void)
{
	enter();
	linux_stack_dump();
	leave();
}

void plat_kernel_warning(void)
{
	struct core *core = enter();

	if (!linux_host->warnings++) {
		linux_host->warning_core = core->id;
		linux_host->warning_time = core_time(core);
	}
	leave();
}

/* ---- contexts ---- */

struct gate_start {
	void (*fn)(void *);
	void *arg;
};

static void gate_start(void *arg)
{
	struct gate_start *start = arg;

	leave();
	linux_enter_at((char *)start - HOST_FRAMES_BYTES, start->fn, start->arg);
}

void plat_ctx_make(void **sp, void *stack, unsigned long bytes, void (*fn)(void *), void *arg)
{
	struct gate_start *start;

	enter();
	bytes -= 64;
	start = (struct gate_start *)((char *)stack + bytes);
	start->fn = fn;
	start->arg = arg;
	context_make(sp, stack, bytes, gate_start, start);
	leave();
}

void plat_ctx_switch(void **from, void **to)
{
	linux_host->signs[enter()->id]++;
	order_all();
	context_switch(from, to);
	leave();
}

/* ---- cores ---- */

void plat_cpu_start(unsigned cpu, void **sp)
{
	enter();
	core_start(linux_host->cores, cpu, *sp);
	leave();
}

void plat_cpu_relax(void)
{
	struct core *core = enter();
	uint64_t before = core->ticks;

	order_all();
	/* An old value that it has seen needs no event to be another at the next look. */
	if (linux_host->weak && weak_was_early(linux_host->weak, core->id))
		core->relaxed_events = UINT64_MAX;
	core_relax(core);
	leave_sampled(before, PROFILE_SPIN, core->category);
	irq_window();
}

void plat_cpu_halt(void)
{
	struct core *core = enter();
	uint64_t before = core->ticks;

	linux_host->signs[core->id]++;
	order_all();
	core_halt(core);
	if (linux_host->profile)
		profile_slept(linux_host->profile, core, before);
	leave();
}

void plat_sync(void)
{
	core_sync(enter());
	leave();
}

/* Data that move count as such, whoever moves them; what bounces is a category of its own. */
static unsigned charged_category(const struct core *core, enum plat_cost cost)
{
	bool moves = cost == PLAT_COST_COPY || cost == PLAT_COST_CLEAR ||
		     cost == PLAT_COST_USER_COPY;

	return moves && core->category != PLAT_CAT_BOUNCE ? PLAT_CAT_COPY : core->category;
}

static uint64_t cost_of(enum plat_cost cost, unsigned long n)
{
	const struct linux_cost *row = &linux_host->cfg.cost[cost];

	return row->base_ticks + row->each_ticks * ((n + row->unit - 1) / row->unit);
}

/* Always part of the gate, as leave_sampled. */
static inline __attribute__((always_inline)) void charge(enum plat_cost cost, uint64_t left)
{
	do {
		struct core *core = enter();
		uint64_t before = core->ticks;
		unsigned category = charged_category(core, cost);
		unsigned former = core_category(core, category);

		left = core_charge_interruptible(core, left);
		core_category(core, former);
		leave_sampled(before, PROFILE_COST + cost, category);
		irq_window();
	} while (left);
}

void plat_charge(enum plat_cost cost, unsigned long n)
{
	if (cost == PLAT_COST_SYSCALL)
		linux_host->signs[linux_host->cores->running->id]++;
	charge(cost, cost_of(cost, n));
}

void plat_copy(enum plat_cost cost, const void *to, const void *from, unsigned long n)
{
	uint64_t ticks = cost_of(cost, n);

	if (cost == PLAT_COST_COPY && plat_cpu.category == PLAT_CAT_BOUNCE)
		linux_host->bounced_bytes += n;
	if (plat_lines_end) {
		ticks += linux_host->ops.copy(linux_host->ctx, enter(), (uint64_t)to,
					      (uint64_t)from, n);
		leave();
	}
	charge(cost, ticks);
}

void plat_copy_lines(const void *to, const void *from, unsigned long n)
{
	struct core *core;
	uint64_t before, ticks;
	unsigned former;

	if (!plat_lines_end)
		return;
	core = enter();
	before = core->ticks;
	ticks = linux_host->ops.copy(linux_host->ctx, core, (uint64_t)to, (uint64_t)from, n);
	former = core_category(core, PLAT_CAT_COPY);
	core->ticks += ticks;
	core->charged += ticks;
	core_category(core, former);
	leave_sampled(before, PROFILE_MISS, PLAT_CAT_COPY);
}

/* As with code, time passes and the next check sees it: the load can stand anywhere. */
void plat_touch(unsigned long line, int prefetch)
{
	struct core *core = enter();
	uint64_t before = core->ticks;
	uint64_t ticks = linux_host->ops.touch(linux_host->ctx, core, line, prefetch);

	core->ticks += ticks;
	core->charged += ticks;
	leave_sampled(before, PROFILE_MISS, core->category);
}

void plat_count(enum plat_count what)
{
	linux_host->counted[what]++;
}

void plat_line_transfer(unsigned from)
{
	const struct cores *cores = linux_host->cores;

	plat_charge(cores_same_socket(cores, from, cores->running->id) ? PLAT_COST_LINE
								       : PLAT_COST_LINE_REMOTE,
		    1);
}

unsigned long plat_category(unsigned long category)
{
	const uintptr_t *frame = __builtin_frame_address(0);
	struct core *core = enter();
	unsigned former = core->category;

	leave_sampled(core->ticks, PROFILE_CODE, former);
	core_category(core, (unsigned)category);
	plat_cpu.category = category;
	if (__builtin_expect(linux_host->slices != NULL, 0))
		slices_switch(linux_host->slices, core, plat_cpu.task, former, frame);
	return former;
}

void linux_gate_horizon(void);
/* Called by plat_horizon_stub with all registers saved. */
void linux_gate_horizon(void)
{
	struct core *core = enter();
	bool waited = core->pending;
	/* Or else somebody only wants to look (a sample, the end of cores_run): that changes
	 * nothing, so no interrupt is taken here that would have been taken a few instructions
	 * later. */
	bool due = plat_horizon == 0 || core->ticks >= linux_host->cores->real_horizon;

	/* Where instructions are counted, time stands still between gates, as in a kernel without
	 * checks: there is nothing to be done at one. */
	if (linux_host->cfg.count_instructions) {
		leave();
		return;
	}
	core_horizon(core);
	due |= core->pending && !waited;
	leave_sampled(core->ticks, PROFILE_CODE, core->category);
	if (due)
		irq_window();
}

/* ---- time ---- */

unsigned long plat_now_ns(void)
{
	unsigned long ns = core_time(enter()).ps / PS_PER_NS;

	leave();
	return ns;
}

unsigned long plat_cycles(void)
{
	unsigned long cycles = enter()->ticks / TICKS_PER_CYCLE;

	leave();
	return cycles;
}

void plat_delay_ns(unsigned long ns)
{
	uint64_t left = cores_ticks(linux_host->cores, dur_ns(ns));

	do {
		struct core *core = enter();
		uint64_t before = core->ticks;

		left = core_charge_interruptible(core, left);
		leave_sampled(before, PROFILE_DELAY, core->category);
		irq_window();
	} while (left);
}

void plat_timer_set(unsigned long ns)
{
	struct core *core = enter();

	core_set_timer(core, ns > UINT64_MAX / PS_PER_NS ? AT_NEVER : at_ps(ns * PS_PER_NS));
	leave();
}

/* ---- interrupts ---- */

void plat_ipi(unsigned cpu, int vector)
{
	core_sync(enter());
	linux_host->ops.ipi(linux_host->ctx, cpu, vector);
	cores_refresh_horizon(linux_host->cores);
	leave();
}

int plat_irq_next(void)
{
	struct core *core = enter();
	int vector = linux_host->ops.irq_take(linux_host->ctx, core);

	if (vector >= 0) {
		linux_host->taken[core->id]++;
		order_all();
	}
	leave();
	return vector;
}

void plat_irq_eoi(int vector)
{
}

/* ---- hardware ---- */

unsigned long plat_mmio_read(unsigned long pa, unsigned bytes)
{
	struct core *core = enter();
	uint64_t before = core->ticks;
	struct dur there, back, behind;
	uint64_t value;

	core_sync(core);
	linux_host->ops.mmio_read_time(linux_host->ctx, pa, &there, &back);
	core_charge(core, cores_ticks(linux_host->cores, there));
	core_sync(core);
	value = linux_host->ops.mmio_read(linux_host->ctx, pa, bytes, &behind);
	cores_refresh_horizon(linux_host->cores);
	core_charge(core, cores_ticks(linux_host->cores, dur_add(back, behind)));
	leave_sampled(before, PROFILE_MMIO_READ, core->category);
	return value;
}

void plat_mmio_write(unsigned long pa, unsigned long value, unsigned bytes)
{
	struct core *core = enter();
	uint64_t before = core->ticks;
	bool port = pa >= PLAT_PIO_BASE;

	core_sync(core);
	for (;;) {
		struct dur stall = linux_host->ops.mmio_write(linux_host->ctx, pa, value, bytes);

		if (!stall.ps)
			break;
		core_charge(core, cores_ticks(linux_host->cores, stall));
		core_sync(core);
	}
	cores_refresh_horizon(linux_host->cores);
	core_charge(core, port ? linux_host->cfg.port_ticks : linux_host->cfg.mmio_write_ticks);
	leave_sampled(before, PROFILE_MMIO_WRITE, core->category);
}

void plat_kmap(unsigned long va, unsigned long pa, unsigned long bytes)
{
	int err;

	enter();
	err = linux_host->ops.kmap(linux_host->ctx, va, pa, bytes);
	if (linux_host->rules && !vmap_set(&linux_host->vmap, va, pa, bytes))
		err = SIM_ERR_MEMORY;
	leave();
	if (err)
		plat_stop(PLAT_STOP_PANIC, "the host refused a kernel mapping");
}

void plat_kunmap(unsigned long va, unsigned long bytes)
{
	enter();
	linux_host->ops.kunmap(linux_host->ctx, va, bytes);
	vmap_clear(&linux_host->vmap, va, bytes);
	leave();
}

/* ---- user memory ---- */

/* No time passes but the access's own, so nothing else gets its turn: what runs ahead looks at the
 * horizon at its next check. A call keeps the time register. */
unsigned long plat_tlb_quick(unsigned long va, int write)
{
	const struct linux_host *host = linux_host;
	unsigned long pa = tlb_quick(host->cfg.tlb, host->cores->running->id, va, write);

	if (pa && !host->cfg.count_instructions)
		time_register += host->cfg.tlb_hit_ticks;
	return pa;
}

void plat_tlb_access(unsigned long va, int write, unsigned long stamp,
		     struct plat_tlb_answer *answer)
{
	struct core *core = enter();
	struct tlb_answer a = tlb_access(linux_host->cfg.tlb, core->id, va, write, stamp);

	core->ticks += a.ticks;
	*answer = (struct plat_tlb_answer){ .pa = a.pa, .reads = a.reads, .stale = a.stale,
					    .stale_entry = a.stale_entry,
					    .table_entry = a.table_entry, .stamp = a.stamp };
	leave();
}

void plat_tlb_load(unsigned asid, unsigned long root)
{
	tlb_load(linux_host->cfg.tlb, enter()->id, asid, root);
	leave();
}

void plat_tlb_invalidate_page(unsigned asid, unsigned long va)
{
	tlb_invalidate_page(linux_host->cfg.tlb, enter()->id, asid, va);
	leave();
}

void plat_tlb_invalidate_asid(unsigned asid)
{
	tlb_invalidate_asid(linux_host->cfg.tlb, enter()->id, asid);
	leave();
}

void plat_tlb_invalidate_all(void)
{
	tlb_invalidate_all(linux_host->cfg.tlb, enter()->id);
	leave();
}

unsigned plat_tlb_broadcast_pages(void)
{
	return linux_host->cfg.tlb_broadcast_pages;
}

/* The cores obey at the last moment they may: when the wait for them ends. */
void plat_tlb_broadcast(int asid, unsigned long va, unsigned long count, unsigned shift)
{
	const struct linux_host_cfg *cfg = &linux_host->cfg;
	unsigned long instructions =
		count ? (count + cfg->tlb_broadcast_pages - 1) / cfg->tlb_broadcast_pages : 1;
	uint64_t left = instructions * cfg->tlb_broadcast_ticks + cfg->tlb_broadcast_sync_ticks;

	do {
		struct core *core = enter();
		uint64_t before = core->ticks;

		left = core_charge_interruptible(core, left);
		leave_sampled(before, PROFILE_COST + PLAT_COST_INVLPG, core->category);
		irq_window();
	} while (left);
	core_sync(enter());
	for (unsigned id = 0; id < linux_host->cores->cfg.count; id++) {
		for (unsigned long i = 0; i < count; i++)
			tlb_invalidate_page(cfg->tlb, id, (unsigned)asid, va + (i << shift));
		if (!count && asid >= 0)
			tlb_invalidate_asid(cfg->tlb, id, (unsigned)asid);
		else if (!count)
			tlb_invalidate_all(cfg->tlb, id);
	}
	leave();
}

void plat_tlb_event(enum plat_tlb_event event, unsigned value)
{
	uint64_t ticks = linux_host->ops.tlb_event(linux_host->ctx, enter(), event, value);

	leave();
	if (ticks)
		charge(PLAT_COST_LINE, ticks);
}

void plat_tlb_stale(int hole)
{
	enter();
	linux_host->ops.tlb_stale(linux_host->ctx, hole);
	leave();
	if (hole)
		plat_kernel_warning();
}

/* ---- the checking build: takes no time ---- */

unsigned char *plat_watch;
unsigned long plat_watch_pages;

void plat_dma(const struct plat_dma *dma)
{
	linux_checking_dma(enter(), dma, __builtin_frame_address(0));
	leave();
}

void plat_access(unsigned long pa, unsigned long bytes, int write)
{
	linux_checking_access(enter(), pa, bytes, write, __builtin_frame_address(0));
	leave();
}

unsigned char *plat_freed;

void plat_object(unsigned long pa, unsigned long bytes, int freed, const char *cache)
{
	linux_checking_object(enter(), pa, bytes, freed, cache, __builtin_frame_address(0));
	leave();
}

void plat_pages(unsigned long pa, unsigned long bytes, int freed)
{
	linux_checking_pages(enter(), pa, bytes, freed, __builtin_frame_address(0));
	leave();
}

unsigned plat_weak, plat_weak_lent;

/* A stack is aligned to its size (THREAD_SIZE). The running one holds frames of the simulator, too,
 * which must not change while it switches cores. */
#define STACK_BYTES 65536u

void plat_weak_access(unsigned long distance, unsigned long bytes, enum plat_weak_access what,
		      unsigned long pc)
{
	const uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
	struct weak_access access = { .bytes = bytes, .what = what, .pc = pc };
	struct core *core;
	uint64_t before, wait_ps;

	if (plat_weak_lent)
		plat_weak_return();
	if (((PLAT_RAM_BASE + distance) ^ frame) < STACK_BYTES)
		return;
	core = enter();
	before = core->ticks;
	access.pa = linux_checking_pa(linux_host, distance, bytes);
	access.now_ps = core_time(core).ps;
	wait_ps = weak_pause(linux_host->weak, core->id, &access);
	if (wait_ps) {
		core_charge(core, cores_ticks(linux_host->cores, dur_ps(wait_ps)));
		access.now_ps = core_time(core).ps;
	}
	plat_weak_lent = weak_access(linux_host->weak, core->id, &access);
	leave_sampled(before, PROFILE_MISS, core->category);
}

/* Time does not pass in it, nor does it look at it. */
void plat_weak_return(void)
{
	plat_weak_lent = 0;
	weak_return(linux_host->weak);
}

void plat_weak_order(int loads, int stores)
{
	if (plat_weak_lent)
		plat_weak_return();
	weak_order(linux_host->weak, linux_host->cores->running->id, loads, stores);
}

/* ---- workloads ---- */

unsigned plat_mms(void)
{
	return linux_host->cfg.mms;
}

const struct plat_mm *plat_mm(unsigned index)
{
	return &linux_host->cfg.mm[index];
}

void plat_mm_begin(unsigned mm, unsigned lane)
{
	core_sync(enter());
	linux_host->ops.mm_begin(linux_host->ctx, mm, lane);
	leave();
}

void plat_mm_done(unsigned mm, unsigned lane, enum plat_mm_what what, int status)
{
	core_sync(enter());
	linux_host->signs[linux_host->cores->running->id]++;
	linux_host->ops.mm_done(linux_host->ctx, mm, lane, what, status);
	cores_refresh_horizon(linux_host->cores);
	leave();
}

void plat_mm_ended(unsigned mm, long leaked)
{
	core_sync(enter());
	linux_host->ops.mm_ended(linux_host->ctx, mm, leaked);
	leave();
}

unsigned plat_netdevs(void)
{
	return linux_host->cfg.netdevs;
}

const struct plat_netdev *plat_netdev(unsigned index)
{
	return &linux_host->cfg.netdev[index];
}

unsigned plat_io_jobs(void)
{
	return linux_host->cfg.io_jobs;
}

const struct plat_io_job *plat_io_job(unsigned index)
{
	return &linux_host->cfg.io_job[index];
}

unsigned plat_sends(void)
{
	return linux_host->cfg.sends;
}

const struct plat_send *plat_send(unsigned index)
{
	return &linux_host->cfg.send[index];
}

unsigned plat_admins(void)
{
	return linux_host->cfg.admins;
}

const struct plat_admin *plat_admin(unsigned index)
{
	return &linux_host->cfg.admin[index];
}

void plat_ready(void)
{
	core_sync(enter());
	linux_host->ops.ready(linux_host->ctx);
	cores_refresh_horizon(linux_host->cores);
	leave();
}

void plat_frame_delivered(unsigned devfn, unsigned long id, unsigned hash, unsigned frames)
{
	core_sync(enter());
	linux_host->ops.frame_delivered(linux_host->ctx, devfn, id, hash, frames);
	cores_refresh_horizon(linux_host->cores);
	leave();
}

void plat_polled(unsigned devfn)
{
	core_sync(enter());
	linux_host->ops.polled(linux_host->ctx, devfn);
	cores_refresh_horizon(linux_host->cores);
	leave();
}

unsigned long plat_send_begin(unsigned sender)
{
	uint64_t id;

	core_sync(enter());
	id = linux_host->ops.send_begin(linux_host->ctx, sender);
	leave();
	return id;
}

void plat_send_done(unsigned sender, unsigned long id, int status, unsigned bytes)
{
	core_sync(enter());
	linux_host->ops.send_done(linux_host->ctx, sender, id, status, bytes);
	cores_refresh_horizon(linux_host->cores);
	leave();
}

void plat_send_notified(unsigned sender, unsigned long id, int status, int copied)
{
	enter();
	linux_host->ops.send_notified(linux_host->ctx, sender, id, status, copied);
	leave();
}

void plat_send_pattern(unsigned long offset, void *data, unsigned bytes)
{
	enter();
	linux_host->ops.send_pattern(linux_host->ctx, offset, data, bytes);
	leave();
}

unsigned plat_stream_wrong(unsigned long offset, const void *data, unsigned bytes)
{
	unsigned wrong;

	enter();
	wrong = linux_host->ops.stream_wrong(linux_host->ctx, offset, data, bytes);
	leave();
	return wrong;
}

void plat_admin_done(unsigned admin, int status)
{
	core_sync(enter());
	linux_host->ops.admin_done(linux_host->ctx, admin, status);
	cores_refresh_horizon(linux_host->cores);
	leave();
}

unsigned plat_transfers(void)
{
	return linux_host->cfg.transfers;
}

const struct plat_transfer *plat_transfer(unsigned index)
{
	return &linux_host->cfg.transfer[index];
}

void plat_transfer_begin(unsigned transfer, unsigned slot)
{
	core_sync(enter());
	linux_host->ops.transfer_begin(linux_host->ctx, transfer, slot);
	leave();
}

void plat_transfer_done(unsigned transfer, unsigned slot, unsigned wrong)
{
	core_sync(enter());
	linux_host->ops.transfer_done(linux_host->ctx, transfer, slot, wrong);
	cores_refresh_horizon(linux_host->cores);
	leave();
}

void plat_transfer_overwritten(unsigned transfer)
{
	core_sync(enter());
	linux_host->ops.transfer_overwritten(linux_host->ctx, transfer);
	leave();
}

int plat_io_next(unsigned job, struct plat_io *io)
{
	int there;

	enter();
	there = linux_host->ops.io_next(linux_host->ctx, job, io);
	leave();
	return there;
}

void plat_io_submitted(unsigned job, unsigned slot, unsigned long offset)
{
	core_sync(enter());
	linux_host->ops.io_submitted(linux_host->ctx, job, slot, offset);
	leave();
}

void plat_io_completed(unsigned job, unsigned slot, int status, unsigned bad)
{
	core_sync(enter());
	linux_host->ops.io_completed(linux_host->ctx, job, slot, status, bad);
	cores_refresh_horizon(linux_host->cores);
	leave();
}

unsigned plat_io_pattern(unsigned job, unsigned long offset, void *data, unsigned bytes, int write)
{
	unsigned bad;

	enter();
	bad = linux_host->ops.io_pattern(linux_host->ctx, job, offset, data, bytes, write);
	leave();
	return bad;
}

/* ---- driver tests ---- */

unsigned plat_faults_armed;

void linux_host_arm_faults(bool armed)
{
	plat_faults_armed = armed;
}

int plat_call_fails(unsigned call, unsigned devfn, unsigned long caller)
{
	bool fails;

	enter();
	fails = linux_host->ops.call_fails(linux_host->ctx, call, devfn, caller);
	leave();
	return fails;
}

unsigned plat_users(void)
{
	return linux_host->cfg.users;
}

int plat_user_next(unsigned core, struct plat_user *user)
{
	bool there;

	enter();
	there = linux_host->ops.user_next(linux_host->ctx, core, user);
	leave();
	return there;
}

void plat_user_done(unsigned id, long status, unsigned long value)
{
	core_sync(enter());
	linux_host->ops.user_done(linux_host->ctx, id, status, value);
	cores_refresh_horizon(linux_host->cores);
	leave();
}

unsigned plat_user_data(unsigned id, void *data, unsigned bytes, int write)
{
	unsigned bad;

	enter();
	bad = linux_host->ops.user_data(linux_host->ctx, id, data, bytes, write);
	leave();
	return bad;
}

void plat_frame_data(unsigned devfn, const void *payload, unsigned bytes)
{
	enter();
	linux_host->ops.frame_data(linux_host->ctx, devfn, payload, bytes);
	leave();
}
