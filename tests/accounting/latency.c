/* SPDX-License-Identifier: MIT */
/* How long an interrupt waits in the middle of a long loop: real instrumented code on a simulated
 * core, priced by the machine profiles, and interrupts at random times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/linux/host/patch.h"
#include "model/core/random.h"
#include "model/cpu/context.h"
#include "model/cpu/cores.h"
#include "model/scenario/profile.h"
#include "tests/accounting/loops.h"

#define STACK_BYTES  (256u << 10)
#define INTERRUPTS   2000u
#define TURNS        100000u
#define CYCLES_MAX   25u
#define DELAYS       1024u

register uint64_t time_register asm("r15");

volatile int latency_irq_off, latency_irq_pending;
uint64_t plat_horizon;

typedef uint64_t loop_fn(uint64_t *data, unsigned turns);

#define LOOPS(X) X(sum) X(branches) X(calls) X(nested) X(switches) X(long_body) X(masked)
#define DECLARE(name) loop_fn loop_##name, all_##name;
LOOPS(DECLARE)
DECLARE(begin)
DECLARE(end)

struct shape {
	const char *name;
	loop_fn *run;
};

#define LOOP_ROW(name) { #name, loop_##name },
#define ALL_ROW(name)  { #name, all_##name },
static const struct shape loop_mode[] = { LOOPS(LOOP_ROW) { NULL, NULL } };
static const struct shape all_mode[] = { LOOPS(ALL_ROW) { NULL, NULL } };

static struct {
	struct sim sim;
	struct cores *cores;
	struct random random;
	struct event interrupt;
	loop_fn *run;
	void *stack, *slot;
	uint64_t data[LOOP_WORDS];
	uint64_t due;                 /* ticks of the interrupt that waits */
	uint64_t enabled;             /* ticks at which interrupts were enabled last */
	bool came_masked;
	unsigned taken, taken_on_enabling, taken_late, within_block;
	unsigned delays[DELAYS];      /* in cycles, rounded up */
	unsigned most;
} rig;

/* ---- the core's software ---- */

static void schedule_next(void)
{
	struct dur gap = dur_ps(100000 + random_below(&rig.random, 400000));

	engine_schedule(rig.sim.engine, &rig.interrupt, at_add(core_time(rig.cores->running), gap));
	cores_refresh_horizon(rig.cores);
}

static void on_interrupt(void *ctx)
{
	struct core *core = &rig.cores->core[0];

	rig.due = cores_ticks(rig.cores, dur_ps(sim_now(&rig.sim).ps));
	rig.came_masked = latency_irq_off;
	core_set_pending(core, true);
}

/* What a check or an enabling that finds a vector does. */
static void take(struct core *core, uint64_t block_ticks)
{
	uint64_t delay = core_irq_delay(core), cycles;

	if (rig.came_masked) {
		/* Only the enabling itself may take it. */
		rig.taken_on_enabling += block_ticks == 0;
		rig.taken_late += block_ticks != 0;
		delay = 0;
	} else {
		assert_true(delay != TICKS_NEVER);
		assert_int_equal(delay, core->ticks - rig.due);
		rig.within_block += delay <= block_ticks;
		cycles = (delay + TICKS_PER_CYCLE - 1) / TICKS_PER_CYCLE;
		assert_true(cycles < DELAYS);
		rig.delays[cycles]++;
		if (cycles > rig.most)
			rig.most = (unsigned)cycles;
	}
	core_set_pending(core, false);
	if (++rig.taken == INTERRUPTS)
		core_leave(core);
	schedule_next();
}

extern const struct cost_record costs_start[] __asm__("__start_plat_costs");
extern const struct cost_record costs_stop[] __asm__("__stop_plat_costs");

static uint64_t price_at(const struct cost_record *record)
{
	uint32_t ticks;

	memcpy(&ticks, (const void *)(uintptr_t)record->site, sizeof(ticks));
	return ticks;
}

/* The slow path of a check is `call stub; jmp back`; the block's leaq is the last one before. */
static uint64_t block_of_check(const uint8_t *after_call)
{
	const struct cost_record *best = NULL;
	uintptr_t back;
	int32_t far;

	assert_true(after_call[0] == 0xe9 || after_call[0] == 0xeb);
	memcpy(&far, after_call + 1, sizeof(far));
	back = (uintptr_t)after_call + (after_call[0] == 0xe9 ? 5 + (intptr_t)far
							       : 2 + (int8_t)after_call[1]);
	for (const struct cost_record *r = costs_start; r < costs_stop; r++)
		if (r->site < back && (!best || r->site > best->site))
			best = r;
	assert_non_null(best);
	return price_at(best);
}

void linux_gate_horizon(void);
/* Called by plat_horizon_stub, whose frame is the next one up. */
void linux_gate_horizon(void)
{
	const uint8_t *const *stub_frame = *(void **)__builtin_frame_address(0);
	struct core *core = rig.cores->running;

	core->ticks = time_register;
	core_horizon(core);
	if (core->pending && !latency_irq_off)
		take(core, block_of_check(stub_frame[1]));
	time_register = core->ticks;
}

void latency_irq_window(void)
{
	struct core *core = rig.cores->running;

	core->ticks = time_register;
	if (core->pending)
		take(core, 0);
	time_register = core->ticks;
}

static void software(void *arg)
{
	time_register = rig.cores->running->ticks;
	schedule_next();
	for (;;)
		rig.data[0] ^= rig.run(rig.data, TURNS);
}

/* ---- the core ---- */

static void nothing(void *ctx, struct core *core)
{
}

static bool masked(void *ctx, struct core *core)
{
	return latency_irq_off;
}

static void pending(void *ctx, struct core *core)
{
	latency_irq_pending = core->pending;
}

static void run_shape(const struct shape *shape, uint64_t hz)
{
	struct cores_cfg cfg = { .count = 1, .frequency_hz = hz, .categories = 1 };
	struct cores_ops ops = { nothing, nothing, masked, pending, nothing, NULL };

	memset(&rig, 0, sizeof(rig));
	latency_irq_off = latency_irq_pending = 0;
	rig.run = shape->run;
	rig.sim.engine = engine_create();
	rig.stack = malloc(STACK_BYTES);
	random_init(&rig.random, 1, shape->name);
	for (unsigned i = 0; i < LOOP_WORDS; i++)
		rig.data[i] = random_u64(&rig.random);
	event_init(&rig.interrupt, "interrupt", PHASE_INTERRUPT, on_interrupt, NULL);
	assert_int_equal(cores_create(&rig.cores, &rig.sim, &cfg, &ops), SIM_OK);
	cores_set_horizon_variable(rig.cores, &plat_horizon);
	context_make(&rig.slot, rig.stack, STACK_BYTES, software, NULL);
	core_start(rig.cores, 0, rig.slot);
	cores_run(rig.cores, AT_NEVER);
	assert_int_equal(rig.taken, INTERRUPTS);
	cores_destroy(rig.cores);
	engine_destroy(rig.sim.engine);
	free(rig.stack);
}

static unsigned quantile(unsigned percent)
{
	unsigned all = 0, sum = 0, cycles = 0;

	for (unsigned i = 0; i < DELAYS; i++)
		all += rig.delays[i];
	while (cycles < DELAYS && (sum += rig.delays[cycles]) * 100 < all * percent)
		cycles++;
	return cycles;
}

static uint64_t price_by(const char *name)
{
	static const char *const row[INSN_CLASSES] = {
		"insn.simple", "insn.load", "insn.store", "insn.multiply", "insn.divide",
		"insn.divide_wide", "insn.atomic", "insn.branch", "insn.jump", "insn.call",
		"insn.string",
	};
	static struct linux_host_cfg cfg;
	struct diag *diag = diag_new();
	struct profile *profile;
	struct sim sim = { 0 };
	uint64_t hz;

	assert_int_equal(profile_load(&profile, DATA_DIR, PROFILE_CPU, name, diag), 0);
	for (unsigned i = 0; i < INSN_CLASSES; i++)
		cfg.insn_ticks[i] = (uint16_t)profile_u64(profile, row[i]);
	hz = profile_u64(profile, "frequency");
	profile_free(profile);
	assert_int_equal(linux_patch(&sim, &cfg), SIM_OK);
	return hz;
}

static void run_mode(const char *mode, const struct shape *shapes, bool each_block)
{
	static const char *const profiles[] = { "xeon-skx", "xeon-bdw-2ghz", "epyc-milan" };

	for (unsigned p = 0; p < sizeof(profiles) / sizeof(profiles[0]); p++) {
		uint64_t hz = price_by(profiles[p]);

		for (const struct shape *shape = shapes; shape->name; shape++) {
			run_shape(shape, hz);
			print_message("%-4s %-14s %-10s cycles: p50 %2u p99 %2u max %2u; within the "
				      "block %5.1f %%; masked meanwhile %u\n",
				      mode, profiles[p], shape->name, quantile(50), quantile(99),
				      rig.most, 100.0 * rig.within_block /
				      (INTERRUPTS - rig.taken_on_enabling), rig.taken_on_enabling);
			assert_true(rig.most <= CYCLES_MAX);
			assert_int_equal(rig.taken_late, 0);
			if (each_block)
				assert_true(rig.within_block * 100 >=
					    99 * (INTERRUPTS - rig.taken_on_enabling));
			if (!strcmp(shape->name, "masked"))
				assert_true(rig.taken_on_enabling > INTERRUPTS / 10);
		}
	}
}

static void interrupt_in_a_long_loop_is_taken_within_25_cycles(void **state)
{
	run_mode("loop", loop_mode, false);
}

static void with_a_check_in_each_block_it_is_taken_within_the_block(void **state)
{
	run_mode("all", all_mode, true);
}

static void the_profile_prices_the_blocks(void **state)
{
	uint64_t skx = 0, milan = 0, counted = 0;

	price_by("xeon-skx");
	for (const struct cost_record *r = costs_start; r < costs_stop; r++)
		skx += price_at(r);
	price_by("epyc-milan");
	for (const struct cost_record *r = costs_start; r < costs_stop; r++) {
		milan += price_at(r);
		counted += r->instructions;
	}
	assert_true(milan < skx);
	assert_true(counted > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interrupt_in_a_long_loop_is_taken_within_25_cycles),
		cmocka_unit_test(with_a_check_in_each_block_it_is_taken_within_the_block),
		cmocka_unit_test(the_profile_prices_the_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
