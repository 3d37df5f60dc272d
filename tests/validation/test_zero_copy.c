/* SPDX-License-Identifier: MIT */
/* Copying against remapping with a shootdown (oracle 6), on the parts of the machine: cores, their
 * TLBs and the interrupt controller, with software of constant costs on the cores. The shootdown
 * is a protocol, not a formula: interrupts are sent one after the other, each target invalidates
 * its own TLB, answers fly back, the last one ends the wait. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "devices/intc/intc.h"
#include "model/cpu/context.h"
#include "model/cpu/cores.h"
#include "model/cpu/tlb.h"
#include "model/trace/stats.h"
#include "model/trace/trace.h"
#include "tests/validation/oracles.h"

#define STACK_BYTES (64u << 10)
#define HZ          10000000000ULL   /* a tick is 6.25 ps: finer than a byte of any copy */
#define VECTOR      64u
#define FLAGS       (TLB_PRESENT | TLB_WRITE | TLB_USER)
/* Beyond so many pages zero copy has won for good in all sets: see the check in crossings(). */
#define PAGES_MAX   160u
#define TABLES      5u

struct costs {
	double copy_base, copy_byte;     /* ns */
	double base, page, invalidate, flush, start, send, flight, handler;
	unsigned ceiling, page_bytes, cores;
};

struct taken {
	double elapsed, cpu;             /* ns */
};

static struct {
	struct sim sim;
	struct cores *cores;
	struct intc *intc;
	struct tlb *tlb;
	struct event answer[CORES_MAX];
	char *stack[CORES_MAX];
	void *slot[CORES_MAX];
	unsigned answers;
	const struct costs *costs;
	unsigned pages;                  /* of this message; 0: `bytes` are copied */
	unsigned bytes;
	uint64_t began, ended;           /* ticks */
	uint64_t targets_busy;
	uint64_t table[TABLES * 512];
} rig;

static struct dur ns(double value)
{
	return dur_ps((uint64_t)llround(value * 1000));
}

static void spend(struct core *core, double value)
{
	uint64_t ticks = cores_ticks(rig.cores, ns(value));

	core_charge(core, ticks);
	if (core->id)
		rig.targets_busy += ticks;
}

/* ---- tables and TLBs: pages 0 and up, one table of each level and one more of pages ---- */

static uint64_t *entry_at(void *ctx, uint64_t pa)
{
	return pa / 8 < TABLES * 512 ? &rig.table[pa / 8] : NULL;
}

static void make_tables(void)
{
	memset(rig.table, 0, sizeof(rig.table));
	rig.table[512] = 0x2000 | FLAGS;
	rig.table[2 * 512] = 0x3000 | FLAGS;
	rig.table[3 * 512] = 0x4000 | FLAGS;
	for (uint64_t i = 0; i < 512; i++)
		rig.table[4 * 512 + i] = (0x100000 + (i << 12)) | FLAGS;
}

static void touch_pages(unsigned core)
{
	tlb_load(rig.tlb, core, 1, 0x1000);
	for (uint64_t page = 0; page < rig.pages; page++)
		assert_true(tlb_access(rig.tlb, core, page << 12, false, 0).pa);
}

static bool has_none(unsigned core)
{
	for (uint64_t page = 0; page < rig.pages; page++)
		if (tlb_quick(rig.tlb, core, page << 12, false))
			return false;
	return true;
}

/* ---- software ---- */

static void invalidate(struct core *core)
{
	const struct costs *costs = rig.costs;

	if (rig.pages > costs->ceiling) {
		spend(core, costs->flush);
		tlb_invalidate_asid(rig.tlb, core->id, 1);
		return;
	}
	for (uint64_t page = 0; page < rig.pages; page++) {
		spend(core, costs->invalidate);
		tlb_invalidate_page(rig.tlb, core->id, 1, page << 12);
	}
}

static void take_interrupt(struct core *core)
{
	while (!core->pending)
		core_halt(core);
	core_sync(core);
	intc_take(rig.intc, core->id);
	core_set_pending(core, false);
}

static void target(void *arg)
{
	struct core *core = rig.cores->running;

	for (;;) {
		take_interrupt(core);
		spend(core, rig.costs->handler);
		invalidate(core);
		core_sync(core);
		engine_schedule_in(rig.sim.engine, &rig.answer[core->id],
				   ns(rig.costs->flight));
		cores_refresh_horizon(rig.cores);
	}
}

static void shoot_down(struct core *core)
{
	spend(core, rig.costs->start);
	for (unsigned id = 1; id < rig.costs->cores; id++) {
		spend(core, rig.costs->send);
		core_sync(core);
		intc_raise(rig.intc, id, VECTOR, ns(rig.costs->flight));
		cores_refresh_horizon(rig.cores);
	}
	while (rig.answers < rig.costs->cores - 1) {
		core_halt(core);
		core_set_pending(core, false);
	}
}

static void initiator(void *arg)
{
	struct core *core = rig.cores->running;
	const struct costs *costs = rig.costs;

	core_sync(core);
	rig.began = core->ticks;
	if (!rig.pages) {
		spend(core, costs->copy_base + costs->copy_byte * rig.bytes);
	} else {
		spend(core, costs->base + costs->page * rig.pages);
		invalidate(core);
		if (costs->cores > 1)
			shoot_down(core);
	}
	rig.ended = core->ticks;
	core_leave(core);
}

/* ---- hardware ---- */

static void nothing(void *ctx, struct core *core)
{
}

static bool unmasked(void *ctx, struct core *core)
{
	return false;
}

static void vector_pending(void *ctx, unsigned core, unsigned vector)
{
	core_set_pending(&rig.cores->core[core], true);
}

static void answered(void *ctx)
{
	if (++rig.answers == rig.costs->cores - 1)
		core_set_pending(&rig.cores->core[0], true);
}

static void make_rig(const struct costs *costs)
{
	struct cores_cfg cores = { .count = costs->cores, .frequency_hz = HZ, .categories = 2,
				   .category_idle = 1 };
	struct cores_ops cores_ops = { nothing, nothing, unmasked, nothing, nothing, NULL };
	struct intc_cfg intc = { .cores = costs->cores };
	struct intc_ops intc_ops = { vector_pending };
	struct tlb_cfg tlb = { .cores = costs->cores, .small = { 64, 4 }, .large = { 32, 4 },
			       .second = { 1536, 12 }, .walk_cache = { 32, 4, 2 } };
	struct tlb_ops tlb_ops = { entry_at, NULL };

	rig.sim.engine = engine_create();
	rig.sim.stats = stats_create();
	rig.sim.trace = trace_create(1);
	rig.costs = costs;
	rig.answers = 0;
	rig.targets_busy = 0;
	make_tables();
	assert_int_equal(cores_create(&rig.cores, &rig.sim, &cores, &cores_ops), SIM_OK);
	assert_int_equal(intc_create(&rig.intc, &rig.sim, &intc, &intc_ops, NULL), SIM_OK);
	assert_int_equal(tlb_create(&rig.tlb, &rig.sim, &tlb, &tlb_ops), SIM_OK);
	for (unsigned id = 0; id < costs->cores; id++) {
		event_init(&rig.answer[id], "answer", PHASE_INTERRUPT, answered, NULL);
		touch_pages(id);
		rig.stack[id] = malloc(STACK_BYTES);
		context_make(&rig.slot[id], rig.stack[id], STACK_BYTES, id ? target : initiator,
			     NULL);
		core_start(rig.cores, id, rig.slot[id]);
	}
}

/* pages 0: a copy of `bytes`. */
static struct taken message(const struct costs *costs, unsigned pages, unsigned bytes)
{
	struct taken taken;
	/* As a divisor: a tick has no exact number of nanoseconds. */
	double ticks_per_ns = HZ / 1e9 * TICKS_PER_CYCLE;

	rig.pages = pages;
	rig.bytes = bytes;
	make_rig(costs);
	cores_run(rig.cores, AT_NEVER);
	taken.elapsed = (double)(rig.ended - rig.began) / ticks_per_ns;
	/* The initiator waits actively. */
	taken.cpu = taken.elapsed + (double)rig.targets_busy / ticks_per_ns;
	for (unsigned id = 0; id < costs->cores; id++) {
		assert_true(has_none(id));
		free(rig.stack[id]);
	}
	tlb_destroy(rig.tlb);
	intc_destroy(rig.intc);
	cores_destroy(rig.cores);
	stats_destroy(rig.sim.stats);
	trace_destroy(rig.sim.trace);
	engine_destroy(rig.sim.engine);
	return taken;
}

/* ---- break-even ---- */

static double copy_of(const struct costs *costs, unsigned bytes)
{
	return message(costs, 0, bytes).elapsed;
}

/* Smallest size in (low, high] whose copy takes `limit` or longer; high + 1 if none does. */
static unsigned smallest(const struct costs *costs, unsigned low, unsigned high, double limit)
{
	unsigned below = low, from = high + 1;

	while (from - below > 1) {
		unsigned middle = below + (from - below) / 2;

		if (copy_of(costs, middle) >= limit - 1e-6)
			from = middle;
		else
			below = middle;
	}
	return from;
}

static void crossings(struct oracle *oracle, const struct costs *costs, bool cpu)
{
	unsigned first = 0, last = 0;

	for (unsigned pages = 1; pages <= PAGES_MAX; pages++) {
		unsigned low = (pages - 1) * costs->page_bytes, high = pages * costs->page_bytes;
		struct taken taken = message(costs, pages, 0);
		double limit = cpu ? taken.cpu : taken.elapsed;
		unsigned from = smallest(costs, low, high, limit);

		if (from <= high && !first)
			first = from;
		if (from - 1 > low)
			last = from - 1;
	}
	/* Each further page then costs less to remap than to copy. */
	assert_true(last < (PAGES_MAX - 1) * costs->page_bytes);
	oracle_compare(oracle, cpu ? "first_win_cpu" : "first_win_elapsed", first, 1);
	oracle_compare(oracle, cpu ? "last_loss_cpu" : "last_loss_elapsed", last, 1);
}

static void zero_copy(const char *set)
{
	struct oracle *oracle = oracle_open("6", set);
	struct costs costs = {
		.copy_base = oracle_param(oracle, "ac"), .copy_byte = oracle_param(oracle, "beta"),
		.base = oracle_param(oracle, "az"), .page = oracle_param(oracle, "cpage"),
		.invalidate = oracle_param(oracle, "cinv"),
		.flush = oracle_param(oracle, "cfull"), .start = oracle_param(oracle, "c0"),
		.send = oracle_param(oracle, "csend"), .flight = oracle_param(oracle, "lipi"),
		.handler = oracle_param(oracle, "chand"),
		.ceiling = (unsigned)oracle_param(oracle, "F"),
		.page_bytes = (unsigned)oracle_param(oracle, "Pg"),
		.cores = (unsigned)oracle_param(oracle, "n"),
	};
	unsigned pages = (65536 + costs.page_bytes - 1) / costs.page_bytes;
	struct taken taken = message(&costs, pages, 0);

	oracle_compare(oracle, "copy_64k", copy_of(&costs, 65536), 1);
	oracle_compare(oracle, "zc_64k_elapsed", taken.elapsed, 1);
	oracle_compare(oracle, "zc_64k_cpu", taken.cpu, 1);
	crossings(oracle, &costs, false);
	crossings(oracle, &costs, true);
	oracle_finish(oracle);
}

static void a_core_by_itself(void **state)
{
	zero_copy("V1");
}

static void four_cores_share_the_memory(void **state)
{
	zero_copy("V2");
}

static void thirty_two_cores_share_the_memory(void **state)
{
	zero_copy("V3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_core_by_itself),
		cmocka_unit_test(four_cores_share_the_memory),
		cmocka_unit_test(thirty_two_cores_share_the_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
